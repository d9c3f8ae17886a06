//! The same picture in other channels.

use crate::{Error, Image};

impl Image {
    /// The picture in red, green and blue, over a background where it is transparent.
    ///
    /// | channels | taken as | becomes |
    /// |---|---|---|
    /// | 1 | gray | each of the three |
    /// | 2 | gray and alpha | gray `alpha v + (1 - alpha) b`, in each of the three |
    /// | 3 | red, green, blue | the same |
    /// | 4 | red, green, blue, alpha | `alpha v + (1 - alpha) b` |
    ///
    /// Alpha is the last channel over white; colours are not multiplied by it yet, as in PNG. `background` is one value for each
    /// of red, green and blue, or one for all, in the picture's own values.
    ///
    /// # Errors
    /// [`Error::Channels`] for more than 4 channels; [`Error::Colour`] and [`Error::ColourChannels`] for a background that is
    /// no colour.
    ///
    /// ```
    /// use lime_image::Image;
    ///
    /// let half_red = Image::from_f32(1, 1, 4, vec![1.0, 0.0, 0.0, 0.5])?;
    /// assert_eq!(half_red.to_rgb(&[1.0])?.values(), [1.0, 0.5, 0.5]);
    /// assert_eq!(half_red.to_rgb(&[0.0, 0.0, 1.0])?.values(), [0.5, 0.0, 0.5]);
    /// let gray = Image::from_u8(1, 1, 1, &[7])?;
    /// assert_eq!(gray.to_rgb(&[0.0])?.values(), [7.0; 3]);
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn to_rgb(&self, background: &[f32]) -> Result<Image, Error> {
        let bad = background.iter().any(|value| !value.is_finite());
        let behind = match *background {
            _ if bad => return Err(Error::Colour { colour: background.into() }),
            [] => return Err(Error::Colour { colour: Vec::new() }),
            [all] => [all; 3],
            [red, green, blue] => [red, green, blue],
            _ => return Err(Error::ColourChannels { given: background.len(), channels: 3 }),
        };
        let white = self.white();
        let over = |value: f32, alpha: f32, behind: f32| {
            let alpha = (alpha / white).clamp(0.0, 1.0);
            alpha * value + (1.0 - alpha) * behind
        };
        let mut values = Vec::with_capacity(3 * self.pixels());
        for pixel in self.values().chunks_exact(self.channels()) {
            values.extend(match *pixel {
                [gray] => [gray; 3],
                [gray, alpha] => behind.map(|behind| over(gray, alpha, behind)),
                [red, green, blue] => [red, green, blue],
                [red, green, blue, alpha] => {
                    [over(red, alpha, behind[0]), over(green, alpha, behind[1]), over(blue, alpha, behind[2])]
                }
                _ => {
                    return Err(Error::Channels {
                        channels: self.channels(),
                        what: "turning it into red, green and blue",
                        wanted: "1 to 4",
                    });
                }
            });
        }
        Image::new(self.height(), self.width(), 3, white, values)
    }

    /// The picture in one channel: `0.2125 R + 0.7154 G + 0.0721 B` (ITU-R BT.709 as scikit-image's `rgb2gray` has it) where
    /// it has colours, over a background where it is transparent, as [`to_rgb`](Self::to_rgb).
    ///
    /// # Errors
    /// As [`to_rgb`](Self::to_rgb).
    ///
    /// ```
    /// use lime_image::Image;
    ///
    /// let image = Image::from_f32(1, 2, 3, vec![1.0, 1.0, 1.0, 0.0, 1.0, 0.0])?;
    /// assert_eq!(image.to_gray(&[0.0])?.values(), [1.0, 0.7154]);
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn to_gray(&self, background: &[f32]) -> Result<Image, Error> {
        let rgb = self.to_rgb(background)?;
        let weigh = |pixel: &[f32]| {
            if pixel[0] == pixel[1] && pixel[1] == pixel[2] {
                return pixel[0];
            }
            let [red, green, blue] = [f64::from(pixel[0]), f64::from(pixel[1]), f64::from(pixel[2])];
            (0.2125 * red + 0.7154 * green + 0.0721 * blue) as f32
        };
        let values = rgb.values().chunks_exact(3).map(weigh).collect();
        Image::new(self.height(), self.width(), 1, self.white(), values)
    }
}
