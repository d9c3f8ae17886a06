//! Noise.

use lime_core::{BoxError, Stream};

use crate::fills::image_mean::moments;
use crate::{Fill, Image, Segments};

/// Hidden superpixels show noise: every value drawn by itself, by seed, pixel and channel, with the same bits on every machine.
///
/// | law | values |
/// |---|---|
/// | uniform, the default | between 0 and the picture's white |
/// | [`normal`](Self::normal) | with the mean and the standard deviation of the picture's own channel, cut to 0 and white where the picture's own values lie between them |
///
/// The noise is drawn once for a picture: all samples hide a superpixel behind the same values. O(n) for n values.
///
/// ```
/// use lime_image::{Fill, Image, Noise, Segments};
///
/// let image = Image::from_u8(100, 100, 1, &[200; 10_000])?;
/// let segments = Segments::new(100, 100, &[0; 10_000])?;
/// let noise = Noise::new(7).fill(&image, &segments)?;
/// let mean = noise.values().iter().sum::<f32>() / 10_000.0;
/// assert!((mean - 127.5).abs() < 4.0 * 255.0 / 1_200_f32.sqrt() / 10.0);
/// // A picture of one colour has no standard deviation.
/// assert_eq!(Noise::new(7).normal().fill(&image, &segments)?, image);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    seed: u64,
    normal: bool,
}

impl Noise {
    /// Uniform noise under a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, normal: false }
    }

    /// Normal noise instead, with the picture's own mean and standard deviation in each channel.
    #[must_use]
    pub fn normal(mut self) -> Self {
        self.normal = true;
        self
    }
}

impl Fill for Noise {
    fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
        let values = if self.normal { normal(self.seed, image) } else { uniform(self.seed, image) };
        Ok(image.with_values(values))
    }
}

/// The middle of one of 2^32 equal parts of (0, 1).
fn unit(word: u32) -> f64 {
    (f64::from(word) + 0.5) / 4_294_967_296.0
}

fn uniform(seed: u64, image: &Image) -> Vec<f32> {
    let channels = image.channels();
    let mut values = vec![0.0; image.values().len()];
    Stream::new(seed).words(0..image.pixels(), 0..channels, |channel, pixels, words| {
        for (pixel, &word) in pixels.zip(words) {
            values[pixel * channels + channel] = (unit(word) * f64::from(image.white())) as f32;
        }
    });
    values
}

/// Box and Muller (1958): two words a value, functions of libm, whose bits no machine changes.
fn normal(seed: u64, image: &Image) -> Vec<f32> {
    let (channels, white) = (image.channels(), f64::from(image.white()));
    let moments = moments(image);
    let inside = image.values().iter().all(|&value| (0.0..=image.white()).contains(&value));
    let mut values = vec![0.0; image.values().len()];
    let mut radii = [0.0; lime_core::TILE];
    Stream::new(seed).words(0..image.pixels(), 0..2 * channels, |column, pixels, words| {
        if column % 2 == 0 {
            for (radius, &word) in radii.iter_mut().zip(words) {
                *radius = libm::sqrt(-2.0 * libm::log(unit(word)));
            }
            return;
        }
        let channel = column / 2;
        let of = moments[channel];
        for ((pixel, &word), radius) in pixels.zip(words).zip(&radii) {
            let drawn = of.mean + of.sd * radius * libm::cos(std::f64::consts::TAU * unit(word));
            let drawn = if inside { drawn.clamp(0.0, white) } else { drawn };
            // Far beyond what a picture holds, rather than infinite.
            values[pixel * channels + channel] = (drawn as f32).clamp(f32::MIN, f32::MAX);
        }
    });
    values
}
