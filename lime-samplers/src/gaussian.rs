//! Normal perturbation of numbers.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Quantile, Real, Sampler, Space, Stream, TILE};
use nalgebra::DMatrix;

use crate::centre::Centre;
use crate::columns::Columns;
use crate::correlated::Correlated;
use crate::points::units;
use crate::{Error, Normal, PerFeature};

const COVARIANCE: &str = "covariance";

/// Normal perturbation of coordinates that are numbers:
///
/// z' ~ N(c, diag(s^2)), or N(c, C) with a full covariance, so that correlated features move together.
///
/// | parameter | default | range |
/// |---|---|---|
/// | centre c | the instance x' | [`around`](Self::around) a point of finite numbers, or [`around_law`](Self::around_law), the median of each coordinate's own law |
/// | standard deviation s ([`new`](Self::new)) | | finite and above 0; one number for all features or one for each |
/// | covariance C ([`with_covariance`](Self::with_covariance)) | | symmetric and positive definite |
///
/// All in interpretable coordinates. Of the space only the instance is used, and with
/// `around_law` the medians. Row 0 is the instance itself, as in the original, wherever the centre is.
///
/// In a table without bins a coordinate is (x - mean) / sd of the training column. There `Gaussian::new(1.0)` is the law of the
/// original's `sample_around_instance=True`, and with `around(0.0)` or `around_law()` that of its default; [`MonteCarlo`]
/// draws those too, from columns that are told so.
///
/// One 32-bit word a coordinate, and the same values for f32 and f64 to rounding. O(n d), with a covariance O(n d^2).
///
/// # Errors
/// When the design is made: [`Error::NotANumber`] in a space with levels, [`Error::Length`] and [`Error::MatrixShape`] where
/// there is not one value for each feature.
///
/// ```
/// use std::sync::Arc;
/// use lime_core::nalgebra::dmatrix;
/// use lime_core::{Draw, Law, Sampler, Space};
/// use lime_samplers::{Gaussian, Normal};
///
/// let law = Law::Continuous(Arc::new(Normal::new(0.0, 1.0)?));
/// let space = Space::<f64>::new(vec![law.clone(), law], vec![5.0, -1.0])?;
/// let sampler = Gaussian::with_covariance(dmatrix![1.0, 0.9; 0.9, 1.0])?;
/// let mut draw = Draw::new(&space, 5_000);
/// sampler.design(&space, 5_000, 0)?.fill(0..5_000, &mut draw);
/// assert!((draw.z.column(0).mean() - 5.0).abs() < 0.05);
/// let product = (draw.z.column(0).add_scalar(-5.0)).dot(&draw.z.column(1).add_scalar(1.0));
/// assert!((product / 5_000.0 - 0.9).abs() < 0.05);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// [`MonteCarlo`]: crate::MonteCarlo
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    centre: Centre,
    spread: Spread,
}

#[derive(Debug, Clone, PartialEq)]
enum Spread {
    Independent(PerFeature),
    Joint(Correlated),
}

impl Gaussian {
    /// Independent coordinates with this standard deviation, around the instance.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a standard deviation that is not finite and above 0.
    pub fn new(sd: impl Into<PerFeature>) -> Result<Self, Error> {
        Ok(Self { centre: Centre::Instance, spread: Spread::Independent(sd.into().check_sd()?) })
    }

    /// Coordinates with this covariance matrix, around the instance.
    ///
    /// # Errors
    /// [`Error::MatrixShape`], [`Error::MatrixEntry`] and [`Error::NotPositiveDefinite`] where it is none.
    pub fn with_covariance(matrix: DMatrix<f64>) -> Result<Self, Error> {
        Ok(Self { centre: Centre::Instance, spread: Spread::Joint(Correlated::new(matrix, COVARIANCE)?) })
    }

    /// Around this point, in interpretable coordinates, instead of the instance.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a coordinate that is not finite.
    pub fn around(self, mean: impl Into<PerFeature>) -> Result<Self, Error> {
        Ok(Self { centre: Centre::point(mean.into())?, ..self })
    }

    /// Around the median of each coordinate's own law instead of the instance.
    #[must_use]
    pub fn around_law(self) -> Self {
        Self { centre: Centre::Law, ..self }
    }
}

struct Normals<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    centre: Vec<f64>,
    spread: &'a Spread,
    normal: Normal,
    stream: Stream,
}

impl<F: Real> Sampler<F> for Gaussian {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let centre = self.centre.locate(space, "Gaussian")?;
        match &self.spread {
            Spread::Independent(sd) => sd.check_length("standard deviation", space.features())?,
            Spread::Joint(covariance) => covariance.check_size(COVARIANCE, space.features())?,
        }
        let (normal, stream) = (Normal::new(0.0, 1.0)?, Stream::new(seed));
        Ok(Box::new(Normals { space, rows, centre, spread: &self.spread, normal, stream }))
    }
}

impl<F: Real> Design<F> for Normals<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut columns = Columns::of(draw);
        let mut write = |j: usize, at: Range<usize>, sd: f64, values: &[f64]| {
            let centre = self.centre[j];
            for (z, &value) in columns.at(j, at).0.iter_mut().zip(values) {
                *z = F::of(centre + sd * value);
            }
        };
        match self.spread {
            Spread::Joint(covariance) => {
                covariance.visit(&self.stream, self.normal, rows.clone(), |j, at, values| write(j, at, 1.0, values));
            }
            Spread::Independent(sd) => {
                let (mut u, mut values) = ([0.0; TILE], [0.0; TILE]);
                self.stream.words(rows.clone(), 0..self.centre.len(), |j, at, words| {
                    let (u, values) = (&mut u[..words.len()], &mut values[..words.len()]);
                    units(words, u);
                    self.normal.fill(u, values);
                    write(j, at, sd.at(j), values);
                });
            }
        }
        // Numbers leave nothing over, as in `Law::invert`.
        draw.noise.fill(F::of(0.5));
        draw.set_instance_first(&rows, self.space);
    }
}
