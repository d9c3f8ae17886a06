//! Weights as a picture.

use lime_core::TargetExplanation;

use crate::{Error, Segments};

/// The weight of every pixel: that of its superpixel, and 0 where the superpixel was not selected (xplique's explanation of an
/// image).
///
/// ```
/// use lime_image::{Heatmap, Image, ImageBatch, Segments, Superpixels, explainer};
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
/// let map = Heatmap::new(&segments, &explanation.targets[0])?;
/// // Hidden, its value is 65 in place of 110; the ridge takes a little off.
/// assert!((map.at(0, 1) - 45.0).abs() < 1.0, "{map:?}");
/// assert_eq!(map.at(0, 1), map.at(0, 2));
/// assert!(map.at(0, 0).abs() < 1.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Heatmap {
    /// The weights of a target at every pixel.
    ///
    /// # Errors
    /// [`Error::Feature`] where the explanation has a superpixel that is not in the label map.
    pub fn new(segments: &Segments, target: &TargetExplanation) -> Result<Self, Error> {
        Self::from_weights(segments, &weights(segments, target)?)
    }

    /// One weight for each superpixel, at every pixel.
    ///
    /// # Errors
    /// [`Error::Weights`] for another number of weights.
    pub fn from_weights(segments: &Segments, weights: &[f64]) -> Result<Self, Error> {
        let values = segments.broadcast(weights)?;
        Ok(Self { height: segments.height(), width: segments.width(), values })
    }

    /// The number of rows of pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The number of columns of pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The weights, (h, w).
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The weight of the pixel at a row and a column.
    ///
    /// # Panics
    /// Where there is no such pixel.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        assert!(row < self.height && column < self.width, "no pixel ({row}, {column})");
        self.values[row * self.width + column]
    }

    /// The largest absolute weight: what a scale that is symmetric around 0 ends at.
    pub fn reach(&self) -> f64 {
        self.values.iter().fold(0.0, |most, weight| weight.abs().max(most))
    }
}

impl Segments {
    /// What is known of each superpixel, at every pixel: (h, w).
    ///
    /// # Errors
    /// [`Error::Weights`] where there is not one value for each superpixel.
    ///
    /// ```
    /// use lime_image::Segments;
    ///
    /// let segments = Segments::new(1, 3, &[0, 1, 0])?;
    /// assert_eq!(segments.broadcast(&[0.5, -2.0])?, [0.5, -2.0, 0.5]);
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn broadcast<T: Copy>(&self, values: &[T]) -> Result<Vec<T>, Error> {
        if values.len() != self.count() {
            return Err(Error::Weights { given: values.len(), count: self.count() });
        }
        Ok(self.labels().iter().map(|&label| values[label as usize]).collect())
    }
}

/// The weight of every superpixel, of an explanation by these.
fn weights(segments: &Segments, target: &TargetExplanation) -> Result<Vec<f64>, Error> {
    explained(segments, target)?;
    Ok(target.dense(segments.count()))
}

/// Checks that an explanation knows no other superpixels.
pub(crate) fn explained(segments: &Segments, target: &TargetExplanation) -> Result<(), Error> {
    let count = segments.count();
    match target.features.iter().find(|feature| feature.index >= count) {
        Some(feature) => Err(Error::Feature { index: feature.index, count }),
        None => Ok(()),
    }
}
