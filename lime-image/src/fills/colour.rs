//! One colour everywhere.

use lime_core::BoxError;

use crate::{Error, Fill, Image, Segments};

/// Hidden superpixels take a given colour, in the picture's own values: LIME's `hide_color`, xplique's `ref_value`.
///
/// One value for each channel, or one for all. Any finite number will do: a picture's values need not lie between 0 and its
/// white.
///
/// ```
/// use lime_image::{Colour, Fill, Image, Segments};
///
/// let image = Image::from_u8(1, 2, 3, &[1, 2, 3, 4, 5, 6])?;
/// let segments = Segments::new(1, 2, &[0, 1])?;
/// let orange = Colour::new(&[255.0, 165.0, 0.0])?;
/// assert_eq!(orange.fill(&image, &segments)?.values(), [255.0, 165.0, 0.0, 255.0, 165.0, 0.0]);
/// assert_eq!(Colour::new(&[128.0])?.fill(&image, &segments)?.values(), [128.0; 6]);
/// assert_eq!(Colour::black().fill(&image, &segments)?.values(), [0.0; 6]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Colour {
    values: Vec<f32>,
}

impl Colour {
    /// A colour by its channels, or by one value for all of them.
    ///
    /// # Errors
    /// [`Error::Colour`] where there is no value, or one that is not finite.
    pub fn new(values: &[f32]) -> Result<Self, Error> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return Err(Error::Colour { colour: values.into() });
        }
        Ok(Self { values: values.into() })
    }

    /// 0 in every channel.
    pub fn black() -> Self {
        Self { values: vec![0.0] }
    }

    /// The channels, or the one value for all of them.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl Fill for Colour {
    fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
        let (given, channels) = (self.values.len(), image.channels());
        if given != 1 && given != channels {
            return Err(Error::ColourChannels { given, channels }.into());
        }
        let values = self.values.iter().copied().cycle().take(image.values().len()).collect();
        Ok(image.with_values(values))
    }
}
