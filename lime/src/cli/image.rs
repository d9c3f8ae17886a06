//! `lime image`.

use std::path::Path;

use lime::image::{
    AtMost, Blur, Colour, Decoder, Element, Felzenszwalb, Fill, Grid, Image, ImageBatch, ImageMean, Inpaint, Noise,
    Note, Quickshift, Scale, SegmentMean, Segmenter, Segments, Slic, Superpixels, encode_segments, load_segments,
};
use lime::kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime::models::{self, ImageModel};
use lime::report::{Picture, View};
use lime::samplers::{Exhaustive, MaskPairs, MonteCarlo};
use lime::{Explanation, Model, SizeLaw};

use super::args::Select;
use super::error::CliError;
use super::image_args::{ImageArgs, Layout, Range, colour};
use super::output::{self, Destination, Output};
use super::parameters::{Parameters, whole};
use super::parts;
use super::shared_args::Preset;

pub(crate) fn run(args: &ImageArgs) -> Result<(), CliError> {
    let drawn = [("--out", &args.out), ("--heatmap", &args.heatmap), ("--segments-out", &args.segments_out)];
    output::check_apart(&args.run, &drawn)?;
    let model = ImageModel::load(&args.model, args.runtime.into());
    let model = model.map_err(|source| CliError::ImageModel { path: args.model.clone(), source: Box::new(source) })?;
    match model.element() {
        models::Element::Uint8 => explain::<u8>(args, model),
        _ => explain::<f32>(args, model),
    }
}

/// The places that pictures go to.
struct Pictures {
    out: Option<Output>,
    heatmap: Option<Output>,
    segments: Option<Output>,
}

fn explain<T: Element>(args: &ImageArgs, model: ImageModel) -> Result<(), CliError>
where
    ImageModel: Model<ImageBatch<T>, f64>,
{
    let model = match args.layout {
        Some(Layout::Nchw) => model.with_layout(lime::image::Layout::Nchw),
        Some(Layout::Nhwc) => model.with_layout(lime::image::Layout::Nhwc),
        None => model,
    };
    let wrong = |source| CliError::ImageModel { path: args.model.clone(), source: Box::new(source) };
    let image = picture(args, model.channels())?;
    model.ready(image.height(), image.width(), image.channels()).map_err(wrong)?;
    let scale = match &args.scale {
        Some(Range::Unit) => Scale::unit(),
        Some(Range::Bytes) => Scale::bytes(),
        Some(Range::Standardised { mean, std }) => Scale::standardised(mean, std)?,
        None if model.element() == models::Element::Uint8 => Scale::bytes(),
        None => Scale::unit(),
    };
    let superpixels: Superpixels<f64, T> = Superpixels::builder(&image)
        .segmenter(segmenter(args)?)
        .fill(fill(&args.fill, &image)?)
        .layout(model.layout().unwrap_or_default())
        .scale(scale)
        .build()
        .map_err(CliError::Superpixels)?;
    let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(args.kernel_width)?);
    let preset = args.run.preset(&args.subject, superpixels.segments().count())?;
    let few = parts::is_enumerable(superpixels.segments().count(), &args.run);
    let explainer = parts::explainer(MonteCarlo, kernel, Select::None, &args.subject, (&args.run, args.run.penalty()))?;
    let pool = parts::pool(args.run.threads)?;
    let place = |path: &Option<std::path::PathBuf>| path.as_deref().map(|path| Output::open(Some(path))).transpose();
    let destination = Destination::open(args.run.json.as_deref(), args.run.html.as_deref())?;
    let pictures =
        Pictures { out: place(&args.out)?, heatmap: place(&args.heatmap)?, segments: place(&args.segments_out)? };

    let names = model.class_labels().map(<[String]>::to_vec).unwrap_or_default();
    let outputs = match model.outputs() {
        Some(outputs) => outputs,
        None => {
            let mut one = lime::Representation::allocate(&superpixels, 1);
            let asked = lime::Representation::instance(&superpixels, &mut one, 0);
            asked.and_then(|()| model.predict(&one)).map_err(CliError::PredictPicture)?.ncols()
        }
    };
    let targets = parts::targets(args.target.as_deref(), args.subject.top, false, outputs, &names)?;
    let done = match preset {
        Preset::Original => {
            let explainer = parts::with_outputs(explainer, targets, outputs, names);
            pool.install(|| parts::explain(&explainer, &superpixels, &model, &args.run))
        }
        Preset::Recommended if few => {
            let explainer = parts::explainer_of_every(Exhaustive::new(), kernel, &args.run);
            let explainer = parts::with_outputs(explainer, targets, outputs, names);
            let done = pool.install(|| explainer.explain_parallel(&superpixels, &model));
            done.map(|explanation| parts::of_every(explanation, &args.run))
        }
        Preset::Recommended => {
            let law = SizeLaw::fair().weighed_by_cosine(args.kernel_width)?;
            let explainer = parts::explainer_of_masks(MaskPairs::new(law.clone()), law, &args.run);
            let explainer = parts::with_outputs(explainer, targets, outputs, names);
            pool.install(|| parts::explain(&explainer, &superpixels, &model, &args.run))
        }
    };
    parts::keep(done, |explanation| {
        let shown = pictures.write(args, &image, superpixels.segments(), explanation, destination.has_page())?;
        destination.write_some(explanation, args.subject.features, shown)
    })
}

impl Pictures {
    /// Writes them there; with `page`, gives those of the first target for it.
    fn write(
        self,
        args: &ImageArgs,
        image: &Image,
        segments: &Segments,
        explanation: &Explanation,
        page: bool,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, CliError> {
        if let Some(place) = self.segments {
            place.put(&encode_segments(segments)?)?;
        }
        let mut shown = Vec::new();
        let Some(target) = explanation.targets.first() else { return Ok(shown) };
        let views = [
            (self.out, View::Outlines, "What raises the output, and what lowers it"),
            (self.heatmap, View::Heat, "The weights of all superpixels"),
        ];
        for (place, view, caption) in views {
            if place.is_none() && !page {
                continue;
            }
            let picture = Picture::new(image, segments, target).features(args.subject.features).view(view).draw()?;
            let png = picture.encode_png()?;
            if let Some(place) = place {
                place.put(&png)?;
            }
            if page {
                shown.push((caption, png));
            }
        }
        Ok(shown)
    }
}

/// The picture as the model takes it: of its channels, where it says how many, and of the size asked for.
fn picture(args: &ImageArgs, channels: Option<usize>) -> Result<Image, CliError> {
    let image = load(&args.image)?;
    let background = args.background.map(|value| f32::from(value) / 255.0 * image.white());
    let image = match channels {
        Some(3) if image.channels() != 3 => image.to_rgb(&background)?,
        // Alpha is not brightness.
        Some(1) if image.channels() != 1 => image.to_gray(&background)?,
        _ => image,
    };
    match args.resize {
        Some((width, height)) => Ok(image.resize(height, width)?),
        None => Ok(image),
    }
}

fn load(path: &Path) -> Result<Image, CliError> {
    let loaded = Decoder::new().load(path)?;
    for note in &loaded.notes {
        if let Note::FirstOfSeveral { .. } = note {
            output::complain("note", &format!("{}: {note}", path.display()));
        }
    }
    Ok(loaded.image)
}

fn segmenter(args: &ImageArgs) -> Result<Box<dyn Segmenter>, CliError> {
    let rule = &args.segments;
    let wrong = |reason| CliError::Rule { option: "--segments", reason };
    let segmenter: Box<dyn Segmenter> = match rule.rule.as_str() {
        "quickshift" => {
            let [kernel_size, max_dist, ratio, sigma, seed] =
                rule.settings(["kernel_size", "max_dist", "ratio", "sigma", "seed"]).map_err(wrong)?;
            let mut quickshift = Quickshift::default();
            if let Some(size) = kernel_size {
                quickshift = quickshift.kernel_size(size)?;
            }
            if let Some(distance) = max_dist {
                quickshift = quickshift.max_dist(distance)?;
            }
            if let Some(ratio) = ratio {
                quickshift = quickshift.ratio(ratio)?;
            }
            if let Some(sigma) = sigma {
                quickshift = quickshift.sigma(sigma)?;
            }
            if let Some(seed) = seed {
                quickshift = quickshift.seed(whole("seed", seed).map_err(wrong)? as u64);
            }
            Box::new(quickshift)
        }
        "slic" => {
            let [segments, compactness, sigma, adaptive] =
                rule.settings(["segments", "compactness", "sigma", "adaptive"]).map_err(wrong)?;
            let mut slic = Slic::default();
            if let Some(segments) = segments {
                slic = slic.segments(whole("segments", segments).map_err(wrong)?)?;
            }
            if let Some(compactness) = compactness {
                slic = slic.compactness(compactness)?;
            }
            if let Some(sigma) = sigma {
                slic = slic.sigma(sigma)?;
            }
            Box::new(slic.adaptive(adaptive.is_some_and(|adaptive| adaptive != 0.0)))
        }
        "felzenszwalb" => {
            let [scale, sigma, min_size] = rule.settings(["scale", "sigma", "min_size"]).map_err(wrong)?;
            let mut felzenszwalb = Felzenszwalb::default();
            if let Some(scale) = scale {
                felzenszwalb = felzenszwalb.scale(scale)?;
            }
            if let Some(sigma) = sigma {
                felzenszwalb = felzenszwalb.sigma(sigma)?;
            }
            if let Some(pixels) = min_size {
                felzenszwalb = felzenszwalb.min_size(whole("min_size", pixels).map_err(wrong)?);
            }
            Box::new(felzenszwalb)
        }
        "grid" => {
            let [rows, columns] = rule.settings(["rows", "cols"]).map_err(wrong)?;
            let side = |name, value: Option<f64>| value.map_or(Ok(8), |value| whole(name, value)).map_err(wrong);
            Box::new(Grid::new(side("rows", rows)?, side("cols", columns)?)?)
        }
        _ if Path::new(&rule.text).exists() => Box::new(load_segments(&rule.text)?),
        _ => {
            let reason = format!("{:?} is neither quickshift, slic, felzenszwalb or grid, nor a file", rule.text);
            return Err(wrong(reason));
        }
    };
    Ok(match args.at_most {
        Some(at_most) => Box::new(AtMost::new(segmenter, at_most)?),
        None => segmenter,
    })
}

fn fill(rule: &Parameters, image: &Image) -> Result<Box<dyn Fill>, CliError> {
    let wrong = |reason| CliError::Rule { option: "--fill", reason };
    Ok(match rule.rule.as_str() {
        "mean" => {
            let [] = rule.settings([]).map_err(wrong)?;
            Box::new(SegmentMean::new())
        }
        "image-mean" => Box::new(ImageMean),
        "inpaint" => Box::new(Inpaint),
        "blur" => {
            let [sigma] = rule.settings(["sigma"]).map_err(wrong)?;
            Box::new(sigma.map_or(Ok(Blur::default()), Blur::new)?)
        }
        "noise" => {
            let [seed, normal] = rule.settings(["seed", "normal"]).map_err(wrong)?;
            let noise = Noise::new(seed.map_or(Ok(0), |seed| whole("seed", seed)).map_err(wrong)? as u64);
            Box::new(if normal.is_some_and(|normal| normal != 0.0) { noise.normal() } else { noise })
        }
        text if text.starts_with('#') => Box::new(plain(colour(text).map_err(wrong)?, image)?),
        _ if Path::new(&rule.text).exists() => Box::new(like(&load(Path::new(&rule.text))?, image)?),
        _ => {
            let reason =
                format!("{:?} is neither mean, image-mean, blur, noise, inpaint or a colour, nor a file", rule.text);
            return Err(wrong(reason));
        }
    })
}

/// A colour in the values of a picture: gray by its brightness, more than three channels by it in each.
fn plain(colour: [u8; 3], image: &Image) -> Result<Colour, CliError> {
    let pixel = Image::from_u8(1, 1, 3, &colour)?;
    let pixel = if image.channels() == 3 { pixel } else { pixel.to_gray(&[0.0])? };
    let values: Vec<f32> = pixel.values().iter().map(|value| value / 255.0 * image.white()).collect();
    Ok(Colour::new(&values)?)
}

/// A picture with the size, the channels and the white of another.
fn like(fill: &Image, image: &Image) -> Result<Image, CliError> {
    let fill = match image.channels() {
        channels if channels == fill.channels() => fill.clone(),
        1 => fill.to_gray(&[fill.white()])?,
        3 => fill.to_rgb(&[fill.white(); 3])?,
        _ => fill.clone(),
    };
    let fill = fill.resize(image.height(), image.width())?;
    let values = fill.values().iter().map(|value| value / fill.white() * image.white()).collect();
    Ok(Image::new(fill.height(), fill.width(), fill.channels(), image.white(), values)?)
}
