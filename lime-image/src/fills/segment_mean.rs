//! Every superpixel in its own colour.

use lime_core::BoxError;

use crate::{Fill, Image, Segments};

/// Hidden superpixels take the mean of their own pixels, channel by channel: the original's fill where no `hide_color` is
/// given.
///
/// The original writes the means into a picture of the input's type, so that bytes are cut to whole numbers:
/// [`truncated`](Self::truncated) does the same. Without it, means are exact in the picture's values, and rounded only
/// where the model takes bytes.
///
/// ```
/// use lime_image::{Fill, Image, SegmentMean, Segments};
///
/// let image = Image::from_u8(1, 4, 1, &[10, 13, 200, 100])?;
/// let segments = Segments::new(1, 4, &[0, 0, 1, 1])?;
/// assert_eq!(SegmentMean::new().fill(&image, &segments)?.values(), [11.5, 11.5, 150.0, 150.0]);
/// assert_eq!(SegmentMean::truncated().fill(&image, &segments)?.values(), [11.0, 11.0, 150.0, 150.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentMean {
    truncated: bool,
}

impl SegmentMean {
    /// Exact means.
    pub fn new() -> Self {
        Self::default()
    }

    /// Means cut to whole numbers of the picture's values, towards 0: the original's, for pictures of bytes.
    pub fn truncated() -> Self {
        Self { truncated: true }
    }
}

impl Fill for SegmentMean {
    fn fill(&self, image: &Image, segments: &Segments) -> Result<Image, BoxError> {
        segments.fit(image)?;
        let mut means = means(image, segments);
        if self.truncated {
            means.iter_mut().for_each(|mean| *mean = mean.trunc());
        }
        let channels = image.channels();
        let of = |&label: &u32| &means[label as usize * channels..][..channels];
        let values = segments.labels().iter().flat_map(of).map(|&mean| mean as f32).collect();
        Ok(image.with_values(values))
    }
}

/// The mean of every superpixel, (superpixels, c).
pub(crate) fn means(image: &Image, segments: &Segments) -> Vec<f64> {
    let channels = image.channels();
    let mut means = vec![0.0; segments.count() * channels];
    for (pixel, &label) in image.values().chunks_exact(channels).zip(segments.labels()) {
        let sums = &mut means[label as usize * channels..][..channels];
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += f64::from(value);
        }
    }
    for (superpixel, sums) in means.chunks_exact_mut(channels).enumerate() {
        let pixels = segments.pixels(superpixel) as f64;
        sums.iter_mut().for_each(|sum| *sum /= pixels);
    }
    means
}
