//! The picture out of focus.

use lime_core::BoxError;

use crate::gaussian::smooth;
use crate::parameter::check;
use crate::{Error, Fill, Image, Segments};

/// Hidden superpixels show the picture blurred by a Gaussian: detail is gone, colour and light stay (Fong and Vedaldi,
/// "Interpretable explanations of black boxes by meaningful perturbation", 2017, section 4.1).
///
/// | parameter | default | range |
/// |---|---|---|
/// | `sigma` | 10, as in the paper | standard deviation in pixels, above 0 and up to 1000 |
///
/// The Gaussian is cut at 4 sigma, and the picture mirrored beyond its edges, as scipy's `ndimage.gaussian_filter`. O(n sigma)
/// for n values. What is hidden shines through near the border of a superpixel smaller than sigma and around it: as sigma
/// grows, the fill becomes [`ImageMean`](crate::ImageMean).
///
/// ```
/// use lime_image::{Blur, Fill, Image, Segments};
///
/// let image = Image::from_u8(1, 5, 1, &[0, 0, 100, 0, 0])?;
/// let segments = Segments::new(1, 5, &[0, 0, 1, 2, 2])?;
/// let blurred = Blur::new(0.5)?.fill(&image, &segments)?;
/// // exp(-2) / (1 + 2 exp(-2) + 2 exp(-8)) of the light goes to either neighbour.
/// assert!((blurred.values()[1] - 10.645).abs() < 1e-3);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blur {
    sigma: f64,
}

impl Blur {
    /// A blur of a standard deviation in pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] where sigma is out of its range.
    pub fn new(sigma: f64) -> Result<Self, Error> {
        let good = sigma > 0.0 && sigma <= 1_000.0;
        Ok(Self { sigma: check("blur", "sigma", sigma, good, "a number of pixels above 0, up to 1000")? })
    }
}

impl Default for Blur {
    fn default() -> Self {
        Self { sigma: 10.0 }
    }
}

impl Fill for Blur {
    fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
        let mut values: Vec<f64> = image.values().iter().map(|&value| f64::from(value)).collect();
        smooth(&mut values, image.height(), image.width(), image.channels(), self.sigma);
        Ok(image.with_values(values.into_iter().map(|value| value as f32).collect()))
    }
}
