//! The picture's mean colour everywhere.

use lime_core::BoxError;

use crate::{Fill, Image, Segments};

/// Hidden superpixels take the mean of the whole picture, channel by channel.
///
/// ```
/// use lime_image::{Fill, Image, ImageMean, Segments};
///
/// let image = Image::from_u8(1, 4, 1, &[10, 13, 200, 101])?;
/// let segments = Segments::new(1, 4, &[0, 0, 1, 1])?;
/// assert_eq!(ImageMean.fill(&image, &segments)?.values(), [81.0; 4]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImageMean;

impl Fill for ImageMean {
    fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
        let means: Vec<f32> = moments(image).iter().map(|moments| moments.mean as f32).collect();
        Ok(image.with_values(means.iter().copied().cycle().take(image.values().len()).collect()))
    }
}

/// What is known of the values of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ChannelMoments {
    pub(crate) mean: f64,
    /// The population's.
    pub(crate) sd: f64,
}

/// Of every channel, in two passes.
pub(crate) fn moments(image: &Image) -> Vec<ChannelMoments> {
    let (channels, pixels) = (image.channels(), image.pixels() as f64);
    let channel = |channel: usize| image.values().iter().skip(channel).step_by(channels).map(|&value| f64::from(value));
    (0..channels)
        .map(|at| {
            let mean = channel(at).sum::<f64>() / pixels;
            let variance = channel(at).map(|value| (value - mean) * (value - mean)).sum::<f64>() / pixels;
            ChannelMoments { mean, sd: variance.sqrt() }
        })
        .collect()
}
