//! Superpixels by the modes of colour and place.

use lime_core::BoxError;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::forest::Forest;
use crate::parameter::{at_least_0, check};
use crate::{Error, Image, Segmenter, Segments, color, density, gaussian};

const COMPONENT: &str = "quickshift";

/// The standard deviation of what breaks ties between densities.
const NOISE: f64 = 1e-5;

/// Quick shift (Vedaldi and Soatto 2008, ECCV, section 3), as scikit-image's `quickshift`. The defaults are what the original
/// LIME cuts pictures with.
///
/// A pixel x lies at f(x) = (row, column, `ratio` times its colour). In a window of w = ceil(3 `kernel_size`) pixels to each
/// side, every pixel has the density
///
/// p(x) = sum over y of exp(-|f(x) - f(y)|^2 / (2 `kernel_size`^2))
///
/// and points to the nearest f(y) of higher density, unless that is further than `max_dist`: the pixels that point to nothing
/// are the modes, and what leads to one is a superpixel. Superpixels are numbered as their modes lie, in rows from the top; one
/// may be in several pieces.
///
/// | parameter | default | range |
/// |---|---|---|
/// | [`kernel_size`](Self::kernel_size) | 4 | finite, >= 1: the larger, the fewer superpixels |
/// | [`max_dist`](Self::max_dist) | 200 | >= 0, infinity for no limit: the larger, the fewer superpixels |
/// | [`ratio`](Self::ratio) | 0.2 | finite, >= 0: the larger, the more colour counts beside place |
/// | [`sigma`](Self::sigma) | 0 | 0 to 1000: the Gaussian that smooths the picture, in pixels |
/// | [`without_lab`](Self::without_lab) | CIE Lab | whether colours of three channels are converted; others are taken as they are, 0 to 1 |
/// | [`seed`](Self::seed) | 0 | any |
///
/// Ties between densities are broken as scikit-image does, by normal numbers of standard deviation 1e-5 that are added to them;
/// here they are ChaCha8's under the seed. Densities are sums in f64 of weights in f32: for the defaults they are right to 1e-5,
/// less than what breaks ties changes. Distances are f64. Where two modes are as near as that in density, the seed says which
/// one leads, here as there: 0 labels differ from scikit-image's (0.26.0, seed 42) on the pictures of the tests.
///
/// O(n w^2) for n pixels, on one thread.
///
/// ```
/// use lime_image::{Image, Quickshift, Segmenter};
///
/// // Dark and bright, 20 apart at a ratio of 0.2: Lab's lightness goes from 0 to 100.
/// let values: Vec<u8> = (0..64 * 3).map(|value| if value / 3 % 8 < 5 { 0 } else { 255 }).collect();
/// let segments = Quickshift::new().max_dist(10.0)?.segment(&Image::from_u8(8, 8, 3, &values)?)?;
/// assert_eq!(segments.count(), 2);
/// assert_eq!(segments.pixels(0), 40);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quickshift {
    kernel_size: f64,
    max_dist: f64,
    ratio: f64,
    sigma: f64,
    lab: bool,
    seed: u64,
}

impl Quickshift {
    /// A kernel of 4 pixels, distances to 200, a ratio of 0.2, no smoothing, colours in Lab, seed 0.
    pub fn new() -> Self {
        Self { kernel_size: 4.0, max_dist: 200.0, ratio: 0.2, sigma: 0.0, lab: true, seed: 0 }
    }

    /// The standard deviation of the Gaussian that densities are estimated with, in pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless it is a finite number >= 1.
    pub fn kernel_size(mut self, kernel_size: f64) -> Result<Self, Error> {
        let good = kernel_size >= 1.0 && kernel_size.is_finite();
        self.kernel_size = check(COMPONENT, "kernel_size", kernel_size, good, "a finite number of at least 1")?;
        Ok(self)
    }

    /// The greatest distance at which a pixel points to another.
    ///
    /// # Errors
    /// [`Error::Parameter`] where it is below 0 or no number.
    pub fn max_dist(mut self, max_dist: f64) -> Result<Self, Error> {
        self.max_dist = check(COMPONENT, "max_dist", max_dist, max_dist >= 0.0, "0 or more, infinity for no limit")?;
        Ok(self)
    }

    /// How much colour counts beside place: colours are multiplied by it.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless it is a finite number >= 0.
    pub fn ratio(mut self, ratio: f64) -> Result<Self, Error> {
        self.ratio = at_least_0(COMPONENT, "ratio", ratio)?;
        Ok(self)
    }

    /// The standard deviation of the Gaussian that smooths the picture first, in pixels. 0 leaves it as it is.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless it is from 0 to 1000.
    pub fn sigma(mut self, sigma: f64) -> Result<Self, Error> {
        self.sigma = gaussian::sigma(COMPONENT, sigma)?;
        Ok(self)
    }

    /// Takes pictures of three channels as they are too: for those that are not red, green and blue.
    #[must_use]
    pub fn without_lab(mut self) -> Self {
        self.lab = false;
        self
    }

    /// The seed of what breaks ties.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl Default for Quickshift {
    fn default() -> Self {
        Self::new()
    }
}

impl Segmenter for Quickshift {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        let (height, width, channels) = (image.height(), image.width(), image.channels());
        let mut colors = if self.lab && channels == 3 { color::lab(image) } else { color::unit(image) };
        gaussian::smooth(&mut colors, height, width, channels, self.sigma);
        colors.iter_mut().for_each(|value| *value *= self.ratio);
        let reach = (3.0 * self.kernel_size).ceil() as usize;
        let mut densities = density::densities(&colors, height, width, channels, self.kernel_size, reach);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        for density in &mut densities {
            let noise: f64 = StandardNormal.sample(&mut generator);
            *density += NOISE * noise;
        }
        let labels = self.forest(&colors, &densities, height, width, channels, reach).labels();
        Ok(Segments::new(height, width, &labels)?)
    }
}

/// A place relative to a pixel: its row and column, counted from the first of the window, and the square of its distance.
struct Offset {
    row: usize,
    column: usize,
    squared: f64,
}

impl Quickshift {
    /// Every pixel to the nearest of higher density, the first in rows from the top among equally near ones.
    fn forest(
        &self,
        colors: &[f64],
        densities: &[f64],
        height: usize,
        width: usize,
        channels: usize,
        reach: usize,
    ) -> Forest {
        // No window reaches beyond the picture.
        let (down, across) = (reach.min(height - 1), reach.min(width - 1));
        let offsets = self.offsets(down, across);
        let mut parents = Vec::with_capacity(densities.len());
        for row in 0..height {
            for column in 0..width {
                let pixel = row * width + column;
                let (mut parent, mut nearest) = (pixel, f64::INFINITY);
                for offset in &offsets {
                    // Colours only add to the distance.
                    if offset.squared > nearest {
                        break;
                    }
                    let row = (row + offset.row).wrapping_sub(down);
                    let column = (column + offset.column).wrapping_sub(across);
                    if row >= height || column >= width {
                        continue;
                    }
                    let other = row * width + column;
                    if densities[other] > densities[pixel] {
                        let squared = squared(colors, channels, pixel, other) + offset.squared;
                        if squared < nearest || (squared == nearest && other < parent) {
                            (parent, nearest) = (other, squared);
                        }
                    }
                }
                parents.push(if nearest.sqrt() > self.max_dist { pixel } else { parent } as u32);
            }
        }
        Forest::of(parents)
    }

    /// The places of a window that are near enough, from the nearest on.
    fn offsets(&self, down: usize, across: usize) -> Vec<Offset> {
        let mut offsets: Vec<Offset> = (0..=2 * down)
            .flat_map(|row| (0..=2 * across).map(move |column| (row, column)))
            .map(|(row, column)| {
                let [y, x] = [row.abs_diff(down) as f64, column.abs_diff(across) as f64];
                Offset { row, column, squared: y * y + x * x }
            })
            .filter(|offset| offset.squared > 0.0 && offset.squared.sqrt() <= self.max_dist)
            .collect();
        offsets.sort_by(|a, b| a.squared.total_cmp(&b.squared));
        offsets
    }
}

/// The squared distance of two pixels' colours.
fn squared(colors: &[f64], channels: usize, a: usize, b: usize) -> f64 {
    let [a, b] = [a, b].map(|pixel| &colors[pixel * channels..][..channels]);
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
