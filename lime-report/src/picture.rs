//! An explanation of a picture, drawn.

mod canvas;
mod outline;

use lime_core::TargetExplanation;
use lime_image::{Error, Heatmap, Highlight, Image, Segments, Sign};

use canvas::{Canvas, LETTER, LINE, Rgb};

use crate::terminal::{number, printable};

/// How an explanation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum View {
    /// The picture, with outlines around the superpixels that count most: green where they raise the output, red where they
    /// lower it. The default.
    #[default]
    Outlines,
    /// Those superpixels, outlined, and the rest hidden.
    Only,
    /// The picture in gray under the weights of all superpixels: red raises the output, blue lowers it, white does neither.
    Heat,
}

/// Draws the explanation of a picture for people: an [`Image`] of bytes in red, green and blue, which
/// [`Image::save_png`] and [`Image::encode_png`] make a PNG of.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`view`](Self::view) | [`View::Outlines`] | |
/// | [`features`](Self::features) | 5 | superpixels that are outlined at most |
/// | [`sign`](Self::sign) | [`Sign::Both`] | those that are outlined |
/// | [`min_weight`](Self::min_weight) | 0 | absolute weight, 0 or more, under which none is outlined |
/// | [`rest`](Self::rest) | the picture in gray, a quarter as bright | what stands for the rest in [`View::Only`] |
/// | [`opacity`](Self::opacity) | 0.7 | 0 to 1: of the heat over the picture |
/// | [`boundaries`](Self::boundaries) | no | yellow lines between all superpixels, as scikit-image's `mark_boundaries` |
/// | [`legend`](Self::legend) | yes | the target's name, and what the colours mean, under the picture |
/// | [`scale`](Self::scale) | the least that makes the longer side 400 | 1 to 32: every pixel is drawn as that many by that many |
///
/// Pictures of one channel are gray, of two gray with alpha, of three colours, of four colours with alpha, both over
/// white. Of more channels, the first three are shown as red, green and blue: put those in front which are to be seen. Values
/// below 0 and above white are shown as the nearer of the two.
///
/// Heat is in ColorBrewer's RdBu (Harrower and Brewer 2003), one of their diverging schemes that colour-blind people can read, from minus
/// to plus the greatest absolute weight: so 0 is white, and equal weights of either sign are equally strong. The numbers under the colour bar are
/// these ends. Names are written in Latin, Cyrillic and Greek letters and half-width katakana; other characters are question
/// marks, and what is too long for the picture ends in dots.
///
/// ```
/// use lime_core::{model_fn, nalgebra::DMatrix};
/// use lime_image::{Image, ImageBatch, Segments, Superpixels, explainer};
/// use lime_report::{Picture, View};
///
/// let image = Image::from_u8(1, 4, 1, &[90, 110, 20, 40])?;
/// let segments = Segments::new(1, 4, &[0, 1, 1, 0])?;
/// let superpixels = Superpixels::builder(&image).segmenter(segments.clone()).build()?;
/// let model = model_fn(|batch: &ImageBatch<u8>| {
///     DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[1])))
/// });
/// let explanation = explainer().explain(&superpixels, &model)?;
///
/// let heat = Picture::new(&image, &segments, &explanation.targets[0]).view(View::Heat).scale(10).draw()?;
/// // Ten times as large, and the legend under it.
/// assert!(heat.width() >= 40 && heat.height() > 10);
/// let [red, _, blue] = heat.pixel(5, 15) else { unreachable!() };
/// assert!(red > blue);
/// assert!(heat.encode_png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    image: &'a Image,
    segments: &'a Segments,
    target: Option<&'a TargetExplanation>,
    view: View,
    features: usize,
    sign: Sign,
    min_weight: f64,
    rest: Option<Image>,
    opacity: f64,
    boundaries: bool,
    legend: bool,
    scale: Option<usize>,
}

const RAISES: Rgb = [0, 200, 0];
const LOWERS: Rgb = [230, 0, 0];
const NEUTRAL: Rgb = [255, 255, 0];
const PAPER: Rgb = [255; 3];

/// The longer side, in pixels, that a small picture is enlarged to.
const COMFORTABLE: usize = 400;
/// No drawing has more pixels than that, but for pictures that have themselves.
const LARGEST: usize = 1 << 27;
/// The width that a legend needs at least.
const NARROWEST: usize = 240;
/// Around what is in the legend.
const MARGIN: usize = 6;

impl<'a> Picture<'a> {
    /// The explanation of one target, of a picture by its superpixels.
    pub fn new(image: &'a Image, segments: &'a Segments, target: &'a TargetExplanation) -> Self {
        Self { target: Some(target), boundaries: false, legend: true, ..Self::superpixels(image, segments) }
    }

    /// A picture's superpixels, without an explanation: yellow lines between them, and no legend.
    pub fn superpixels(image: &'a Image, segments: &'a Segments) -> Self {
        Self {
            image,
            segments,
            target: None,
            view: View::Outlines,
            features: 5,
            sign: Sign::Both,
            min_weight: 0.0,
            rest: None,
            opacity: 0.7,
            boundaries: true,
            legend: false,
            scale: None,
        }
    }

    /// How the explanation is shown.
    #[must_use]
    pub fn view(mut self, view: View) -> Self {
        self.view = view;
        self
    }

    /// How many superpixels are outlined at most, those of the greatest absolute weights.
    #[must_use]
    pub fn features(mut self, features: usize) -> Self {
        self.features = features;
        self
    }

    /// Of which sign.
    #[must_use]
    pub fn sign(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }

    /// The absolute weight under which no superpixel is outlined.
    #[must_use]
    pub fn min_weight(mut self, min_weight: f64) -> Self {
        self.min_weight = min_weight;
        self
    }

    /// What stands for the rest in [`View::Only`]: a picture of the same shape and white, of a fill for one.
    #[must_use]
    pub fn rest(mut self, rest: Image) -> Self {
        self.rest = Some(rest);
        self
    }

    /// How much of the heat hides the picture: 1 hides all of it.
    #[must_use]
    pub fn opacity(mut self, opacity: f64) -> Self {
        self.opacity = opacity;
        self
    }

    /// Whether to draw lines between all superpixels.
    #[must_use]
    pub fn boundaries(mut self, boundaries: bool) -> Self {
        self.boundaries = boundaries;
        self
    }

    /// Whether to write under the picture what it shows.
    #[must_use]
    pub fn legend(mut self, legend: bool) -> Self {
        self.legend = legend;
        self
    }

    /// How many pixels a pixel of the picture is high and wide.
    #[must_use]
    pub fn scale(mut self, scale: usize) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Draws it.
    ///
    /// # Errors
    /// A setting out of its range; superpixels of another picture, an explanation by other superpixels, a rest of another shape.
    pub fn draw(&self) -> Result<Image, Error> {
        let scale = self.check()?;
        let (height, width) = (self.image.height(), self.image.width());
        let weights = match self.target {
            Some(target) => {
                // Checks that these are the superpixels of the explanation.
                Heatmap::new(self.segments, target)?;
                target.dense(self.segments.count())
            }
            None => vec![0.0; self.segments.count()],
        };
        let chosen = self.chosen(&weights);
        let below = if self.legend && self.target.is_some() { self.legend_height() } else { 0 };
        let across = if below > 0 { (width * scale).max(NARROWEST) } else { width * scale };
        let mut canvas = Canvas::new(height * scale + below, across, PAPER);

        let pixels = self.pixels(&weights, &chosen)?;
        let mut labels = Vec::with_capacity(height * width * scale * scale);
        for row in 0..height * scale {
            for column in 0..width * scale {
                let at = row / scale * width + column / scale;
                canvas.pixels[row * across + column] = pixels[at];
                labels.push(self.segments.labels()[at]);
            }
        }
        let thickness = (height.max(width) * scale / 256).max(1);
        let mut trace = |thickness: usize, edge: bool, colour: &dyn Fn(usize) -> Option<Rgb>| {
            let marked = outline::outlines(&labels, width * scale, thickness, edge);
            for (at, (&label, marked)) in labels.iter().zip(marked).enumerate() {
                if let (true, Some(colour)) = (marked, colour(label as usize)) {
                    canvas.pixels[at / (width * scale) * across + at % (width * scale)] = colour;
                }
            }
        };
        if self.boundaries {
            trace((thickness / 2).max(1), false, &|_| Some(NEUTRAL));
        }
        if self.view != View::Heat && chosen.iter().any(|&chosen| chosen) {
            trace(thickness, true, &|label| {
                chosen[label].then_some(if weights[label] < 0.0 { LOWERS } else { RAISES })
            });
        }
        if let (Some(target), true) = (self.target, below > 0) {
            self.write(&mut canvas, target, height * scale, reach(&weights));
        }
        Image::from_u8(canvas.height, canvas.width, 3, canvas.pixels.as_flattened())
    }

    /// Checks the settings, and gives the scale.
    fn check(&self) -> Result<usize, Error> {
        let refuse = |parameter, value, range| Err(Error::Parameter { component: "picture", parameter, value, range });
        let (height, width) = (self.image.height(), self.image.width());
        let found = (self.segments.height(), self.segments.width());
        if found != (height, width) {
            return Err(Error::SegmentsSize { height, width, found });
        }
        if !(0.0..=1.0).contains(&self.opacity) {
            return refuse("opacity", self.opacity, "from 0 to 1");
        }
        if self.min_weight.is_nan() || self.min_weight < 0.0 {
            return refuse("min_weight", self.min_weight, "0 or more");
        }
        let Some(scale) = self.scale else { return Ok(COMFORTABLE.div_ceil(height.max(width))) };
        if !(1..=32).contains(&scale) {
            return refuse("scale", scale as f64, "from 1 to 32");
        }
        if scale > 1 && (height * width).saturating_mul(scale * scale) > LARGEST {
            return refuse(
                "scale",
                scale as f64,
                "less for so large a picture: a drawing has 134217728 pixels at most",
            );
        }
        Ok(scale)
    }

    /// Whether each superpixel is among those that are outlined.
    fn chosen(&self, weights: &[f64]) -> Vec<bool> {
        let mut chosen = vec![false; weights.len()];
        if let Some(target) = self.target {
            let highlight = Highlight::new().sign(self.sign).features(self.features).min_weight(self.min_weight);
            for (superpixel, _) in highlight.chosen(target) {
                // What has no weight is neither.
                chosen[superpixel] = weights[superpixel] != 0.0;
            }
        }
        chosen
    }

    /// The colour of every pixel of the picture, before any lines.
    fn pixels(&self, weights: &[f64], chosen: &[bool]) -> Result<Vec<Rgb>, Error> {
        let picture = display(self.image)?;
        if self.target.is_none() {
            return Ok(picture);
        }
        Ok(match self.view {
            View::Outlines => picture,
            View::Only => {
                let rest = match &self.rest {
                    Some(rest) => {
                        same_shape(self.image, rest)?;
                        display(rest)?
                    }
                    None => picture.iter().map(|&pixel| [gray(pixel) / 4; 3]).collect(),
                };
                let labels = self.segments.labels();
                let pick = |((&label, picture), rest)| if chosen[label as usize] { picture } else { rest };
                labels.iter().zip(picture).zip(rest).map(pick).collect()
            }
            View::Heat => {
                let reach = reach(weights);
                let colours: Vec<Rgb> = weights.iter().map(|&weight| heat(weight, reach)).collect();
                let labels = self.segments.labels();
                picture.iter().zip(labels).map(|(&pixel, &label)| self.blend(pixel, colours[label as usize])).collect()
            }
        })
    }

    /// Heat over the gray of a pixel.
    fn blend(&self, pixel: Rgb, heat: Rgb) -> Rgb {
        let gray = f64::from(gray(pixel));
        // Between two bytes.
        heat.map(|heat| (self.opacity * f64::from(heat) + (1.0 - self.opacity) * gray).round() as u8)
    }

    fn legend_height(&self) -> usize {
        match self.view {
            View::Heat => 4 * MARGIN + 3 * LINE,
            View::Outlines | View::Only => 3 * MARGIN + 2 * LINE,
        }
    }

    /// Writes the legend under the picture.
    fn write(&self, canvas: &mut Canvas, target: &TargetExplanation, top: usize, reach: f64) {
        let name = target.name.as_deref().map_or(format!("output {}", target.target), printable);
        let (left, wide) = (MARGIN, canvas.width - 2 * MARGIN);
        let mut top = top + MARGIN;
        canvas.write(&shortened(&name, wide / LETTER), top, left);
        top += LINE + MARGIN;
        if self.view == View::Heat {
            canvas.fill(top, left, LINE, wide, |column| {
                let weight = 2.0 * column as f64 / (wide - 1) as f64 - 1.0;
                heat(weight, 1.0)
            });
            top += LINE + MARGIN;
            canvas.write("0", top, left + (wide - LETTER) / 2);
            if reach > 0.0 {
                canvas.write(&number(-reach), top, left);
                let end = number(reach);
                canvas.write(&end, top, left + wide - end.chars().count() * LETTER);
            }
            return;
        }
        let mut left = left;
        for (sign, colour, word) in [(Sign::Positive, RAISES, "raises"), (Sign::Negative, LOWERS, "lowers")] {
            if self.sign == sign || self.sign == Sign::Both {
                canvas.fill(top + 2, left, LINE - 4, LINE - 4, |_| colour);
                canvas.write(word, top, left + LINE);
                left += LINE + (word.len() + 2) * LETTER;
            }
        }
    }
}

/// The greatest absolute weight.
fn reach(weights: &[f64]) -> f64 {
    weights.iter().fold(0.0, |most, weight| weight.abs().max(most))
}

/// The colour of a weight on a scale from -reach to reach.
fn heat(weight: f64, reach: f64) -> Rgb {
    let part = if reach > 0.0 { weight / reach } else { 0.0 };
    let colour = colorous::RED_BLUE.eval_continuous((0.5 - part / 2.0).clamp(0.0, 1.0));
    [colour.r, colour.g, colour.b]
}

/// The lightness of a colour (ITU-R BT.709).
fn gray([red, green, blue]: Rgb) -> u8 {
    (0.2125 * f64::from(red) + 0.7154 * f64::from(green) + 0.0721 * f64::from(blue)).round() as u8
}

/// The picture as people see it.
fn display(image: &Image) -> Result<Vec<Rgb>, Error> {
    let white = image.white();
    // `as` saturates.
    let byte = |value: f32| (value / white * 255.0).round() as u8;
    let channels = image.channels();
    if channels > 4 {
        let first = |pixel: &[f32]| [byte(pixel[0]), byte(pixel[1]), byte(pixel[2])];
        return Ok(image.values().chunks_exact(channels).map(first).collect());
    }
    let rgb = image.to_rgb(&[white])?;
    Ok(rgb.values().chunks_exact(3).map(|pixel| [byte(pixel[0]), byte(pixel[1]), byte(pixel[2])]).collect())
}

fn same_shape(image: &Image, rest: &Image) -> Result<(), Error> {
    let shape = |image: &Image| (image.height(), image.width(), image.channels());
    if shape(image) != shape(rest) {
        return Err(Error::FillShape { expected: shape(image), found: shape(rest) });
    }
    if image.white() != rest.white() {
        return Err(Error::FillWhite { expected: image.white(), found: rest.white() });
    }
    Ok(())
}

/// A name in so many letters.
fn shortened(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.into();
    }
    name.chars().take(letters.saturating_sub(3)).chain("...".chars()).collect()
}
