//! Pictures and label maps as files.

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::{Error, Image, Segments, whole};

impl Image {
    /// The picture as PNG: of 8 bits where white is 255, of 16 bits otherwise, with white as the greatest value. Values below 0 and
    /// above white become the nearer of the two. Two and four channels are gray and colour with alpha.
    ///
    /// # Errors
    /// [`Error::Channels`] for more than 4 channels; [`Error::Write`] where the encoder fails.
    ///
    /// ```
    /// use lime_image::{Image, decode};
    ///
    /// let image = Image::from_u8(1, 2, 3, &[1, 2, 3, 4, 5, 6])?;
    /// assert_eq!(decode(&image.encode_png()?)?.image, image);
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn encode_png(&self) -> Result<Vec<u8>, Error> {
        let channels = self.channels();
        let colours = match channels {
            1 => [ExtendedColorType::L8, ExtendedColorType::L16],
            2 => [ExtendedColorType::La8, ExtendedColorType::La16],
            3 => [ExtendedColorType::Rgb8, ExtendedColorType::Rgb16],
            4 => [ExtendedColorType::Rgba8, ExtendedColorType::Rgba16],
            _ => return Err(Error::Channels { channels, what: "a PNG file", wanted: "1 to 4" }),
        };
        // `as` saturates.
        if self.white() == 255.0 {
            let bytes: Vec<u8> = self.values().iter().map(|value| value.round() as u8).collect();
            return encode(&bytes, self.height(), self.width(), colours[0]);
        }
        let part = |value: f32| (f64::from(value) / f64::from(self.white()) * 65_535.0).round() as u16;
        let bytes: Vec<u8> = self.values().iter().flat_map(|&value| part(value).to_ne_bytes()).collect();
        encode(&bytes, self.height(), self.width(), colours[1])
    }

    /// Writes the picture as a PNG file ([`encode_png`](Self::encode_png)), which appears whole or not at all.
    ///
    /// # Errors
    /// As [`encode_png`](Self::encode_png); [`Error::Write`] where the file cannot be written.
    pub fn save_png(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        whole::write(path.as_ref(), &self.encode_png()?)
    }
}

/// The superpixels as a gray PNG of 16 bits: the value of a pixel is the number of its superpixel, counted from 0.
///
/// # Errors
/// [`Error::TooManySegments`] for more than 65536 superpixels; [`Error::Write`] where the encoder fails.
pub fn encode_segments(segments: &Segments) -> Result<Vec<u8>, Error> {
    let count = segments.count();
    let mut bytes = Vec::with_capacity(2 * segments.labels().len());
    for &label in segments.labels() {
        let Ok(label) = u16::try_from(label) else { return Err(Error::TooManySegments { count }) };
        bytes.extend(label.to_ne_bytes());
    }
    encode(&bytes, segments.height(), segments.width(), ExtendedColorType::L16)
}

/// Writes the superpixels as a gray PNG file of 16 bits ([`encode_segments`]), which appears whole or not at all;
/// [`load_segments`](crate::load_segments) reads it.
///
/// # Errors
/// As [`encode_segments`]; [`Error::Write`] where the file cannot be written.
pub fn save_segments(path: impl AsRef<Path>, segments: &Segments) -> Result<(), Error> {
    whole::write(path.as_ref(), &encode_segments(segments)?)
}

fn encode(bytes: &[u8], height: usize, width: usize, colour: ExtendedColorType) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    // No side is longer than the number of pixels, which a u32 counts.
    PngEncoder::new(&mut out)
        .write_image(bytes, width as u32, height as u32, colour)
        .map_err(|error| Error::Write { name: "a PNG file".into(), reason: error.to_string() })?;
    Ok(out)
}
