//! From the values of a picture to the numbers a model was trained on.

use crate::{Error, Image};

/// What a model takes for a value of a picture: `(value / white * range - mean[c]) / std[c]` for channel c, and the value as it
/// is for [`Scale::raw`], the default.
///
/// | constructor | numbers |
/// |---|---|
/// | [`raw`](Self::raw) | the picture's own values |
/// | [`unit`](Self::unit) | 0 to 1 |
/// | [`bytes`](Self::bytes) | 0 to 255 |
/// | [`standardised`](Self::standardised) | `(v - mean) / std` of v from 0 to 1, channel by channel (torchvision's `Normalize`) |
///
/// ```
/// use lime_image::{Image, Scale};
///
/// let image = Image::from_u8(1, 1, 3, &[0, 51, 255])?;
/// let scale = Scale::standardised(&[0.5, 0.5, 0.5], &[0.25, 0.25, 0.5])?;
/// assert_eq!(scale.apply(&image)?, [-2.0, -1.2, 1.0]);
/// assert_eq!(Scale::unit().apply(&image)?, [0.0, 0.2, 1.0]);
/// # Ok::<(), lime_image::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scale {
    /// The number for white; none for values as they are.
    range: Option<f32>,
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Scale {
    /// The picture's own values.
    pub fn raw() -> Self {
        Self::default()
    }

    /// From 0 to 1.
    pub fn unit() -> Self {
        Self { range: Some(1.0), ..Self::default() }
    }

    /// From 0 to 255, whatever the picture's depth.
    pub fn bytes() -> Self {
        Self { range: Some(255.0), ..Self::default() }
    }

    /// `(v - mean) / std` of v from 0 to 1. One mean and one standard deviation for each channel, or one for all.
    ///
    /// # Errors
    /// As many means as standard deviations are needed, at least one, all finite, the standard deviations above 0.
    pub fn standardised(mean: &[f32], std: &[f32]) -> Result<Self, Error> {
        let bad = |values: &[f32]| values.iter().any(|value| !value.is_finite());
        if mean.is_empty() || mean.len() != std.len() || bad(mean) || bad(std) || std.iter().any(|&std| std <= 0.0) {
            return Err(Error::Scale { mean: mean.into(), std: std.into() });
        }
        Ok(Self { range: Some(1.0), mean: mean.into(), std: std.into() })
    }

    /// The numbers for all values of a picture, (h, w, c).
    ///
    /// # Errors
    /// Means for another number of channels.
    pub fn apply(&self, image: &Image) -> Result<Vec<f32>, Error> {
        let Some(range) = self.range else { return Ok(image.values().to_vec()) };
        let (channels, given) = (image.channels(), self.mean.len());
        if given > 1 && given != channels {
            return Err(Error::ScaleChannels { given, channels });
        }
        // Whatever the white is, white is `range`: a division first, exact for the ends.
        let scaled = image.values().iter().map(|value| value / image.white() * range);
        if given == 0 {
            return Ok(scaled.collect());
        }
        let of = |values: &[f32], channel: usize| if given == 1 { values[0] } else { values[channel] };
        Ok(scaled
            .enumerate()
            .map(|(i, value)| (value - of(&self.mean, i % channels)) / of(&self.std, i % channels))
            .collect())
    }
}
