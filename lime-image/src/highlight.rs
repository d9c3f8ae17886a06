//! The superpixels that count.

use lime_core::TargetExplanation;

use crate::heatmap::explained;
use crate::parameter::check;
use crate::{Error, Image, Segments};

/// Which superpixels are shown, by the sign of their weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Sign {
    /// Those that raise the output (weight > 0). The default.
    #[default]
    Positive,
    /// Those that lower it (weight < 0).
    Negative,
    /// All.
    Both,
}

/// What stands in place of the superpixels that are not shown.
#[derive(Debug, Clone, PartialEq)]
enum Rest {
    Picture,
    Black,
    Other(Image),
}

/// The picture with the superpixels that count: the original's `get_image_and_mask`.
///
/// | setting | default | the original's |
/// |---|---|---|
/// | [`sign`](Self::sign) | [`Sign::Positive`] | `positive_only`, `negative_only` |
/// | [`features`](Self::features) | 5 | `num_features` |
/// | [`min_weight`](Self::min_weight) | 0 | `min_weight`, of absolute weights |
/// | [`hide_rest`](Self::hide_rest), [`rest`](Self::rest) | the picture | `hide_rest`: 0 everywhere; or any other picture, of a [`Fill`](crate::Fill), say |
///
/// As in the original, one sign takes the first superpixels of that sign whose weight is more than `min_weight`; both take
/// the first of all, and leave out those whose weight is less. With both, superpixels that lower the output have their first
/// channel set to the greatest value of the picture (red), the others their second (green). The mask is 1 where a superpixel is
/// shown, and with both -1 where it lowers the output.
///
/// ```
/// use lime_image::{Highlight, Image, ImageBatch, Segments, Superpixels, explainer};
/// use lime_core::{model_fn, nalgebra::DMatrix};
///
/// let image = Image::from_u8(1, 4, 1, &[90, 110, 20, 40])?;
/// let segments = Segments::new(1, 4, &[0, 1, 1, 0])?;
/// let superpixels = Superpixels::builder(&image).segmenter(segments.clone()).build()?;
/// let model = model_fn(|batch: &ImageBatch<u8>| {
///     DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[1])))
/// });
/// let explanation = explainer().explain(&superpixels, &model)?;
///
/// let shown = Highlight::new().features(1).hide_rest().apply(&image, &segments, &explanation.targets[0])?;
/// assert_eq!(shown.mask, [0, 1, 1, 0]);
/// assert_eq!(shown.image.values(), [0.0, 110.0, 20.0, 0.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Highlight {
    sign: Sign,
    features: usize,
    min_weight: f64,
    rest: Rest,
}

/// What [`Highlight`] gives.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Highlighted {
    /// The picture.
    pub image: Image,
    /// What each pixel is, (h, w): 1 shown, -1 shown and lowering the output ([`Sign::Both`] only), 0 not shown.
    pub mask: Vec<i8>,
}

impl Default for Highlight {
    fn default() -> Self {
        Self { sign: Sign::Positive, features: 5, min_weight: 0.0, rest: Rest::Picture }
    }
}

impl Highlight {
    /// The five superpixels that raise the output most, in the picture as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which signs are shown.
    #[must_use]
    pub fn sign(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }

    /// How many superpixels are shown at most.
    #[must_use]
    pub fn features(mut self, features: usize) -> Self {
        self.features = features;
        self
    }

    /// The absolute weight below which no superpixel is shown.
    #[must_use]
    pub fn min_weight(mut self, min_weight: f64) -> Self {
        self.min_weight = min_weight;
        self
    }

    /// Sets every value to 0 where nothing is shown.
    #[must_use]
    pub fn hide_rest(mut self) -> Self {
        self.rest = Rest::Black;
        self
    }

    /// Another picture where nothing is shown: of the same shape and white.
    #[must_use]
    pub fn rest(mut self, image: Image) -> Self {
        self.rest = Rest::Other(image);
        self
    }

    /// The superpixels shown, each with whether it is marked as lowering the output, in the order of the explanation.
    pub fn chosen(&self, target: &TargetExplanation) -> Vec<(usize, bool)> {
        let least = self.min_weight;
        let features = target.features.iter();
        match self.sign {
            Sign::Positive => {
                let some = features.filter(|feature| feature.weight > 0.0 && feature.weight > least);
                some.take(self.features).map(|feature| (feature.index, false)).collect()
            }
            Sign::Negative => {
                let some = features.filter(|feature| feature.weight < 0.0 && -feature.weight > least);
                some.take(self.features).map(|feature| (feature.index, false)).collect()
            }
            Sign::Both => features
                .take(self.features)
                .filter(|feature| feature.weight.abs() >= least)
                .map(|feature| (feature.index, feature.weight < 0.0))
                .collect(),
        }
    }

    /// The picture and the mask.
    ///
    /// # Errors
    /// Superpixels of another picture, or an explanation by others; a rest of another shape or white; a `min_weight` that is
    /// negative or NaN; both signs in a picture of one channel, which has no room for red and green.
    pub fn apply(&self, image: &Image, segments: &Segments, target: &TargetExplanation) -> Result<Highlighted, Error> {
        segments.fit(image)?;
        explained(segments, target)?;
        check("highlight", "min_weight", self.min_weight, self.min_weight >= 0.0, "0 or more")?;
        let channels = image.channels();
        let both = self.sign == Sign::Both;
        if both && channels < 2 {
            return Err(Error::Channels {
                channels,
                what: "colouring superpixels of both signs",
                wanted: "2 or more (Image::to_rgb)",
            });
        }
        let mut values = match &self.rest {
            Rest::Picture => image.values().to_vec(),
            Rest::Black => vec![0.0; image.values().len()],
            Rest::Other(rest) => {
                crate::fill::same_shape(image, rest)?;
                rest.values().to_vec()
            }
        };
        let mut signs = vec![0; segments.count()];
        for (superpixel, lowers) in self.chosen(target) {
            signs[superpixel] = if lowers { -1 } else { 1 };
        }
        let mask = segments.broadcast(&signs)?;
        let greatest = image.values().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let pixels = values.chunks_exact_mut(channels).zip(image.values().chunks_exact(channels));
        for ((pixel, from), &sign) in pixels.zip(&mask) {
            if sign == 0 {
                continue;
            }
            pixel.copy_from_slice(from);
            if both {
                pixel[usize::from(sign > 0)] = greatest;
            }
        }
        Ok(Highlighted { image: image.with_values(values), mask })
    }
}
