//! Samples from the similarity itself.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Law, Real, Sampler, Space, Stream, TILE};

use crate::Error;
use crate::columns::Columns;
use crate::mask::{keep, share_of_words};
use crate::tilted_law::TiltedLaw;

/// The space's own laws, tilted by the exponential kernel on the Euclidean distance in interpretable space:
///
/// P(z') proportional to prod_j P_j(z'_j) exp(-(z'_j - x'_j)^2 / (2 nu^2)).
///
/// The samples come from the weighted neighbourhood itself, so the explainer's kernel must be uniform (`Uniform` of
/// lime-kernels). With n to infinity the explanation is that of [`MonteCarlo`](crate::MonteCarlo) with the exponential kernel
/// of the same width; at equal n it varies less where the kernel is narrow, so that most samples would have almost no weight.
/// At the original's width, 0.75 sqrt(d'), weights hardly vary and there is little to gain. This is the sampling of GLIME (Tan,
/// Tian and Li 2023, "GLIME: General, Stable and Local LIME Explanation").
///
/// A level is kept with probability q_j = w_j / (w_j + (1 - w_j) exp(-1 / (2 nu^2))), w_j its own frequency, and all design
/// weights are 1. The density of a number is constant over at least 1024 cells of its distribution function, more where the
/// kernel varies; the design weight is the ratio of the exact density to it, about 1 in all cells that matter. It has mean 1 to
/// the precision of four-point Gaussian quadrature in each cell, and estimates are unbiased whatever the cells, but for one
/// case: within a share of 1e-10 of the law, finer than the words tell apart, a kernel that varies by more than a factor e is
/// taken for constant. That concerns instances out of the law's reach and widths below 1e-10 of its scale.
///
/// | parameter | default | range |
/// |---|---|---|
/// | width nu | 0.75 sqrt(d') ([`root_dimension`](Self::root_dimension)) | finite and above 0 ([`new`](Self::new)) |
///
/// One 32-bit word a coordinate. No row is the instance by convention. O(n d), and some 5000 quantiles for each number when
/// the design is made. What remains of a level's word is the noise.
///
/// # Errors
/// When the design is made: [`Error::Quantile`] for a continuous law with a quantile that is not finite, [`Error::OutOfReach`]
/// where the kernel is too narrow for any of its values to have weight.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::Tilted;
///
/// // Fair coins under a kernel of width 0.5: q = 1 / (1 + e^-2).
/// let space = Space::<f64>::masks(5);
/// let mut draw = Draw::new(&space, 10_000);
/// Tilted::new(0.5)?.design(&space, 10_000, 0)?.fill(0..10_000, &mut draw);
/// assert!((draw.z.mean() - 0.880_797).abs() < 0.005);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tilted {
    width: Width,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Width {
    Fixed(f64),
    RootDimension(f64),
}

fn check(width: f64) -> Result<f64, Error> {
    if width > 0.0 && width.is_finite() { Ok(width) } else { Err(Error::Width(width)) }
}

impl Tilted {
    /// Tilted by the exponential kernel of this width: finite and above 0.
    ///
    /// # Errors
    /// [`Error::Width`] for other values.
    pub fn new(width: f64) -> Result<Self, Error> {
        Ok(Self { width: Width::Fixed(check(width)?) })
    }

    /// Tilted by the exponential kernel of a width of this multiple of sqrt(d'), d' being the number of interpretable features.
    /// The default is the original's rule for tables, 0.75.
    ///
    /// # Errors
    /// [`Error::Width`] for a multiple that is not finite and above 0.
    pub fn root_dimension(multiple: f64) -> Result<Self, Error> {
        Ok(Self { width: Width::RootDimension(check(multiple)?) })
    }
}

impl Default for Tilted {
    fn default() -> Self {
        Self { width: Width::RootDimension(0.75) }
    }
}

enum Coordinate {
    Level { share: u64 },
    Number(TiltedLaw),
}

struct Neighbours<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    coordinates: Vec<Coordinate>,
    weighted: bool,
    stream: Stream,
}

impl<F: Real> Sampler<F> for Tilted {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let width = match self.width {
            Width::Fixed(width) => width,
            Width::RootDimension(multiple) => multiple * (space.features() as f64).sqrt(),
        };
        let mut coordinates = Vec::with_capacity(space.features());
        for (feature, (law, x)) in space.laws().iter().zip(space.origin()).enumerate() {
            coordinates.push(match law {
                Law::Continuous(law) => Coordinate::Number(TiltedLaw::new(law.as_ref(), x.wide(), width, feature)?),
                Law::Levels { own, frequency } => {
                    let own = frequency[*own];
                    let others = (1.0 - own).max(0.0) * (-0.5 / width / width).exp();
                    // Without the own level, an underflow of the kernel leaves none to be kept.
                    let kept = if own > 0.0 { own / (own + others) } else { 0.0 };
                    Coordinate::Level { share: share_of_words(kept) }
                }
                _ => return Err("Tilted: a kind of law that it does not know".into()),
            });
        }
        let weighted = coordinates.iter().any(|c| matches!(c, Coordinate::Number(_)));
        Ok(Box::new(Neighbours { space, rows, coordinates, weighted, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Neighbours<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let count = rows.len();
        let mut columns = Columns::of(draw);
        let mut u = [F::zero(); TILE];
        let mut log_weight = vec![0.0; if self.weighted { count } else { 0 }];
        self.stream.words(rows, 0..self.coordinates.len(), |j, at, words| {
            let (z, noise) = columns.at(j, at.clone());
            match (&self.coordinates[j], &self.space.laws()[j]) {
                (Coordinate::Level { share }, _) => keep(words, *share, z, noise),
                (Coordinate::Number(tilted), Law::Continuous(law)) => {
                    let u = &mut u[..words.len()];
                    tilted.draw(law.as_ref(), words, z, u, &mut log_weight[at]);
                    // A number leaves nothing over, as in `Law::invert`.
                    noise.fill(F::of(0.5));
                }
                (Coordinate::Number(_), _) => {}
            }
        });
        for (weight, log) in draw.weight.iter_mut().zip(log_weight) {
            *weight = F::of(log.exp());
        }
    }
}
