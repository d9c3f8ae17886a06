//! A picture in memory.

use crate::Error;

/// A picture: `height` x `width` pixels of `channels` finite numbers each, rows from the top, pixels from the left, the channels
/// of a pixel side by side: (h, w, c).
///
/// Any number of channels will do: 1 is gray, 3 red, green and blue, and a satellite has a dozen. `white` is the value of
/// full brightness: 255 for 8 bits, 65535 for 16, 1 for floating point. Segmenters and [`Scale`](crate::Scale) see
/// value / white, so that a picture means the same at any depth.
///
/// ```
/// use lime_image::Image;
///
/// let image = Image::from_u8(1, 2, 3, &[255, 0, 0, 0, 0, 255])?;
/// assert_eq!((image.height(), image.width(), image.channels()), (1, 2, 3));
/// assert_eq!(image.pixel(0, 1), [0.0, 0.0, 255.0]);
/// assert_eq!(image.white(), 255.0);
/// # Ok::<(), lime_image::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    height: usize,
    width: usize,
    channels: usize,
    white: f32,
    values: Vec<f32>,
}

impl Image {
    /// A picture of floating-point values whose white is 1.
    ///
    /// # Errors
    /// No pixels, no channels, a number of values other than `height * width * channels`, a value that is not finite.
    pub fn from_f32(height: usize, width: usize, channels: usize, values: Vec<f32>) -> Result<Self, Error> {
        Self::new(height, width, channels, 1.0, values)
    }

    /// A picture of bytes: white is 255.
    ///
    /// # Errors
    /// As [`from_f32`](Self::from_f32).
    pub fn from_u8(height: usize, width: usize, channels: usize, values: &[u8]) -> Result<Self, Error> {
        Self::new(height, width, channels, 255.0, values.iter().map(|&value| f32::from(value)).collect())
    }

    /// A picture of 16-bit values: white is 65535.
    ///
    /// # Errors
    /// As [`from_f32`](Self::from_f32).
    pub fn from_u16(height: usize, width: usize, channels: usize, values: &[u16]) -> Result<Self, Error> {
        Self::new(height, width, channels, 65_535.0, values.iter().map(|&value| f32::from(value)).collect())
    }

    /// A picture of values with a white of one's own, finite and > 0.
    ///
    /// # Errors
    /// As [`from_f32`](Self::from_f32); a white that is not a finite number above 0.
    pub fn new(height: usize, width: usize, channels: usize, white: f32, values: Vec<f32>) -> Result<Self, Error> {
        if height == 0 || width == 0 || channels == 0 {
            return Err(Error::Empty { height, width, channels });
        }
        let expected = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        if expected != Some(values.len()) {
            return Err(Error::Values { height, width, channels, found: values.len() });
        }
        if u32::try_from(height * width).is_err() {
            return Err(Error::TooLarge { height, width });
        }
        if !(white > 0.0 && white.is_finite()) {
            return Err(Error::White { white });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let pixel = at / channels;
            return Err(Error::NotFinite {
                row: pixel / width,
                column: pixel % width,
                channel: at % channels,
                value: f64::from(values[at]),
            });
        }
        Ok(Self { height, width, channels, white, values })
    }

    /// A picture of the same shape and white with other values, which the caller knows to be finite and as many.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len(), self.values.len());
        Self { values, ..*self }
    }

    /// The number of rows of pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The number of columns of pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of values of a pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The number of pixels, `height * width`.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// The value of full brightness.
    pub fn white(&self) -> f32 {
        self.white
    }

    /// All values, (h, w, c).
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values of the pixel at a row and a column.
    ///
    /// # Panics
    /// Where there is no such pixel.
    pub fn pixel(&self, row: usize, column: usize) -> &[f32] {
        assert!(row < self.height && column < self.width, "no pixel ({row}, {column})");
        &self.values[(row * self.width + column) * self.channels..][..self.channels]
    }
}
