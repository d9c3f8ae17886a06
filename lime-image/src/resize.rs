//! The same picture in another size.

use image::{ImageBuffer, Luma, imageops};

use crate::{Error, Image};

impl Image {
    /// The picture in another size: every pixel is the mean of what it covers, weighted by a triangle (bilinear; where the
    /// picture shrinks, the triangle is as wide as the step between pixels, so that nothing is skipped), as Pillow's
    /// `resize(..., BILINEAR)`. Any number of channels, each by itself; values stay between the least and the greatest of
    /// their channel.
    ///
    /// # Errors
    /// [`Error::Empty`] for no pixels, [`Error::TooLarge`] for more than can be numbered.
    ///
    /// ```
    /// use lime_image::Image;
    ///
    /// let image = Image::from_u8(1, 4, 1, &[0, 80, 80, 0])?;
    /// // Triangles around 0.5 and 2.5, four wide: 3, 3, 1 of 7 parts, where the fourth is beyond the edge.
    /// let small = image.resize(1, 2)?;
    /// assert!(small.values().iter().all(|value| (value - 320.0 / 7.0).abs() < 1e-3));
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn resize(&self, height: usize, width: usize) -> Result<Image, Error> {
        let channels = self.channels();
        let too_large = Error::TooLarge { height, width };
        if height == 0 || width == 0 {
            return Err(Error::Empty { height, width, channels });
        }
        if (height, width) == (self.height(), self.width()) {
            return Ok(self.clone());
        }
        let pixels = height.checked_mul(width).filter(|&pixels| u32::try_from(pixels).is_ok());
        let Some(values) = pixels.and_then(|pixels| pixels.checked_mul(channels)) else { return Err(too_large) };
        let mut out = vec![0.0; values];
        for channel in 0..channels {
            let own = || self.values().iter().skip(channel).step_by(channels).copied();
            // The library cuts floating-point values to 0..=1.
            let least = own().fold(f32::INFINITY, f32::min);
            let greatest = own().fold(f32::NEG_INFINITY, f32::max);
            let spread = f64::from(greatest) - f64::from(least);
            let part = |value: f32| if spread > 0.0 { (f64::from(value) - f64::from(least)) / spread } else { 0.0 };
            // No side is longer than the number of pixels, which a u32 counts.
            let (from, to) = ([self.width(), self.height()], [width, height]);
            let [from, to] = [from, to].map(|sides| sides.map(|side| side as u32));
            let plane = own().map(|value| part(value) as f32).collect();
            let Some(plane) = ImageBuffer::<Luma<f32>, Vec<f32>>::from_raw(from[0], from[1], plane) else {
                return Err(too_large);
            };
            let plane = imageops::resize(&plane, to[0], to[1], imageops::FilterType::Triangle);
            for (out, value) in out.iter_mut().skip(channel).step_by(channels).zip(plane.into_raw()) {
                *out = ((f64::from(least) + f64::from(value) * spread) as f32).clamp(least, greatest);
            }
        }
        Image::new(height, width, channels, self.white(), out)
    }
}
