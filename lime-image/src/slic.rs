//! SLIC.

use std::borrow::Cow;

use lime_core::BoxError;

use crate::color::lab;
use crate::connectivity::connect;
use crate::local_kmeans::{Clustering, Seeds};
use crate::parameter::{at_least_one, check};
use crate::{Error, Image, Segmenter, Segments, gaussian};

const COMPONENT: &str = "SLIC";

/// Simple linear iterative clustering: k-means of the pixels by place and colour, from a regular grid of centres, each of which
/// takes pixels no further than two steps of the grid away (Achanta, Shaji, Smith, Lucchi, Fua and Suesstrunk 2012, algorithm 1),
/// as scikit-image 0.26's `slic` has it:
///
/// - the values are brought to 0..1 by the least and the greatest of the picture,
/// - taken to CIE Lab where there are 3 channels,
/// - smoothed ([`sigma`](Self::sigma)),
/// - clustered by `|dv|^2 / m^2 + |dx, dy|^2 / s^2`, with m the [`compactness`](Self::compactness) and s the step of the grid,
///   and
/// - joined to superpixels in one piece.
///
/// Without random numbers: the same picture gives the same superpixels.
///
/// | parameter | default | range |
/// |---|---|---|
/// | [`segments`](Self::segments) | 100 | >= 1: about as many come out |
/// | [`compactness`](Self::compactness) | 10 | 1e-9 to 1e9: larger is squarer. Of Lab's units, and of 0..1 without Lab, where 0.1 is a place to start |
/// | [`sigma`](Self::sigma) | 0 | 0 to 1000 pixels: no smoothing for 0 |
/// | [`iterations`](Self::iterations) | 10 | >= 1 |
/// | [`adaptive`](Self::adaptive) | no | SLICO: the compactness follows the colours of each superpixel |
/// | [`lab`](Self::lab) | yes | pictures of 3 channels are compared in CIE Lab |
/// | [`connected`](Self::connected) | yes | whether superpixels are in one piece |
/// | [`size_factors`](Self::size_factors) | 0.5, 3 | >= 0 and > 0: of the mean size, the least that a piece must have, and where one is cut |
///
/// # Cost
/// O(n c) an iteration for n pixels of c channels: at most 16 to 25 centres have a pixel in their windows, and a bound spares
/// most of them the comparison. Memory: about 2 c + 3 numbers of 64 bits for each pixel.
///
/// # Differences
/// scikit-image computes pictures of 32-bit floating point in 32 bits; here, all is computed in 64.
///
/// ```
/// use lime_image::{Image, Segmenter, Slic};
///
/// // Black, and white from column 5.
/// let values: Vec<u8> = (0..64).map(|pixel| if pixel % 8 < 5 { 0 } else { 255 }).collect();
/// let image = Image::from_u8(8, 8, 1, &values)?;
/// let segments = Slic::default().segments(4)?.compactness(0.1)?.segment(&image)?;
/// assert_eq!(segments.count(), 4);
/// assert_eq!(segments.labels()[..8], [0, 0, 0, 0, 0, 1, 1, 1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slic {
    segments: usize,
    compactness: f64,
    sigma: f64,
    iterations: usize,
    adaptive: bool,
    lab: bool,
    connected: bool,
    least: f64,
    most: f64,
}

impl Default for Slic {
    fn default() -> Self {
        Self {
            segments: 100,
            compactness: 10.0,
            sigma: 0.0,
            iterations: 10,
            adaptive: false,
            lab: true,
            connected: true,
            least: 0.5,
            most: 3.0,
        }
    }
}

impl Slic {
    /// About as many superpixels, 1 or more.
    ///
    /// # Errors
    /// [`Error::Parameter`] for 0.
    pub fn new(segments: usize) -> Result<Self, Error> {
        Self::default().segments(segments)
    }

    /// About as many superpixels, 1 or more.
    ///
    /// # Errors
    /// [`Error::Parameter`] for 0.
    pub fn segments(mut self, segments: usize) -> Result<Self, Error> {
        self.segments = at_least_one(COMPONENT, "segments", segments)?;
        Ok(self)
    }

    /// The difference in colour that weighs as much as a step of the grid, 1e-9 to 1e9.
    ///
    /// # Errors
    /// [`Error::Parameter`] for other numbers.
    pub fn compactness(mut self, compactness: f64) -> Result<Self, Error> {
        let good = (1e-9..=1e9).contains(&compactness);
        self.compactness = check(COMPONENT, "compactness", compactness, good, "from 1e-9 to 1e9")?;
        Ok(self)
    }

    /// The standard deviation of the Gaussian that smooths the picture first, 0 to 1000 pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] for other numbers.
    pub fn sigma(mut self, sigma: f64) -> Result<Self, Error> {
        self.sigma = gaussian::sigma(COMPONENT, sigma)?;
        Ok(self)
    }

    /// At most so many iterations of k-means, 1 or more: fewer where the centres stand still before.
    ///
    /// # Errors
    /// [`Error::Parameter`] for 0.
    pub fn iterations(mut self, iterations: usize) -> Result<Self, Error> {
        self.iterations = at_least_one(COMPONENT, "iterations", iterations)?;
        Ok(self)
    }

    /// SLICO, the variant without the parameter: the distance in colour of each superpixel is divided by the largest that it has
    /// had, where that is above the [`compactness`](Self::compactness), with which it begins.
    #[must_use]
    pub fn adaptive(mut self, adaptive: bool) -> Self {
        self.adaptive = adaptive;
        self
    }

    /// Whether pictures of 3 channels, red, green and blue, are compared in CIE Lab; others never are.
    #[must_use]
    pub fn lab(mut self, lab: bool) -> Self {
        self.lab = lab;
        self
    }

    /// Whether superpixels are in one piece (4-neighbours).
    #[must_use]
    pub fn connected(mut self, connected: bool) -> Self {
        self.connected = connected;
        self
    }

    /// For superpixels in one piece, as parts of the mean size: pieces below `least`, 0 or more, join a neighbour, and pieces
    /// above `most`, above 0, are cut.
    ///
    /// # Errors
    /// [`Error::Parameter`] for other numbers.
    pub fn size_factors(mut self, least: f64, most: f64) -> Result<Self, Error> {
        self.least =
            check(COMPONENT, "least size", least, least >= 0.0 && least.is_finite(), "a finite number of 0 or more")?;
        self.most = check(COMPONENT, "most size", most, most > 0.0 && most.is_finite(), "a finite number above 0")?;
        Ok(self)
    }
}

impl Segmenter for Slic {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        let (height, width, channels) = (image.height(), image.width(), image.channels());
        let mut values = if self.lab && channels == 3 { lab(stretched(image)?.as_ref()) } else { unit(image) };
        gaussian::smooth(&mut values, height, width, channels, self.sigma);
        let seeds = Seeds::new(height, width, self.segments);
        let clustering =
            Clustering { seeds, unit: self.compactness, iterations: self.iterations, adaptive: self.adaptive };
        let mut labels = clustering.run(&values, height, width, channels);
        if self.connected {
            let size = image.pixels() as f64 / seeds.count(height, width) as f64;
            let (least, most) = ((self.least * size) as usize, (self.most * size) as usize);
            labels = connect(&labels, height, width, least, most.max(1));
        }
        Ok(Segments::new(height, width, &labels)?)
    }
}

/// The least and the greatest value.
fn ends(image: &Image) -> (f32, f32) {
    let values = image.values().iter();
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

/// The picture with its least value as black, and its greatest as white.
fn stretched(image: &Image) -> Result<Cow<'_, Image>, Error> {
    let (low, high) = ends(image);
    let same =
        |white: f32, values| Image::new(image.height(), image.width(), image.channels(), white, values).map(Cow::Owned);
    if low == high {
        return same(1.0, vec![0.0; image.values().len()]);
    }
    if low == 0.0 && high == image.white() {
        return Ok(Cow::Borrowed(image));
    }
    // The range of finite numbers need not be finite; that of their halves is.
    let part = if (high - low).is_finite() { 1.0 } else { 0.5 };
    same(high * part - low * part, image.values().iter().map(|value| value * part - low * part).collect())
}

/// The values from 0 to 1.
fn unit(image: &Image) -> Vec<f64> {
    let (low, high) = ends(image);
    let (low, range) = (f64::from(low), f64::from(high) - f64::from(low));
    let range = if range > 0.0 { range } else { 1.0 };
    image.values().iter().map(|&value| (f64::from(value) - low) / range).collect()
}
