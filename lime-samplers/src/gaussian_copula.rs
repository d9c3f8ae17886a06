//! Every feature's own law, with dependence between them.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Law, Real, Sampler, Space, Stream, TILE};
use nalgebra::DMatrix;

use crate::columns::Columns;
use crate::correlated::Correlated;
use crate::points::inside;
use crate::{Error, Normal, phi};

const CORRELATION: &str = "correlation";

/// Every coordinate by its own law, made dependent by a Gaussian copula (Sklar 1959; Nelsen 2006, An Introduction to Copulas,
/// ch. 2):
///
/// g ~ N(0, R), u_j = Phi(g_j), z'_j = F_j^-1(u_j),
///
/// with R a correlation matrix and F_j the distribution function of coordinate j, a number or a level. All marginal laws are
/// those of [`MonteCarlo`](crate::MonteCarlo), whatever R; with R = I so is the joint law.
///
/// z'_j rises with g_j for levels as for numbers: a positive R_ij means that i and j tend to be present together, or that
/// presence goes with greater numbers. R holds the correlations of g, not of z': two fair coins have the correlation
/// 2 / pi asin(R_ij). Between normal coordinates they are the same, and R_ij = 2 sin(pi / 6 rho_S) for a Spearman correlation
/// rho_S between any two numbers.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `correlation`, R | | symmetric, ones on the diagonal, positive definite |
///
/// One 32-bit word a coordinate. No row is the instance by convention ([`WithInstance`](crate::WithInstance) makes row 0 it).
/// O(n d^2).
///
/// # Errors
/// When the design is made: [`Error::MatrixShape`] where R has not one row for each feature.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::GaussianCopula;
///
/// // Two super-pixels that are mostly there together: P(both) = 1/4 + asin(0.8) / (2 pi).
/// let space = Space::<f64>::masks(2);
/// let mut draw = Draw::new(&space, 10_000);
/// let sampler = GaussianCopula::new(dmatrix![1.0, 0.8; 0.8, 1.0])?;
/// sampler.design(&space, 10_000, 0)?.fill(0..10_000, &mut draw);
/// let both = draw.z.column(0).dot(&draw.z.column(1)) / 10_000.0;
/// assert!((both - 0.3976).abs() < 0.02);
/// assert!((draw.z.column(0).mean() - 0.5).abs() < 0.02);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianCopula {
    correlation: Correlated,
}

impl GaussianCopula {
    /// The copula of a correlation matrix.
    ///
    /// # Errors
    /// [`Error::MatrixShape`], [`Error::MatrixEntry`] and [`Error::NotPositiveDefinite`] where it is none.
    pub fn new(correlation: DMatrix<f64>) -> Result<Self, Error> {
        let other = |j: &usize| correlation[(*j, *j)].is_finite() && (correlation[(*j, *j)] - 1.0).abs() > 1e-12;
        if correlation.is_square()
            && let Some(j) = (0..correlation.nrows()).find(other)
        {
            return Err(Error::MatrixEntry {
                what: CORRELATION,
                row: j,
                column: j,
                value: correlation[(j, j)],
                must: "a feature's correlation with itself is 1; divide a covariance by both standard deviations",
            });
        }
        Ok(Self { correlation: Correlated::new(correlation, CORRELATION)? })
    }
}

struct Dependent<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    correlation: &'a Correlated,
    normal: Normal,
    stream: Stream,
}

impl<F: Real> Sampler<F> for GaussianCopula {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        self.correlation.check_size(CORRELATION, space.features())?;
        let (normal, stream) = (Normal::new(0.0, 1.0)?, Stream::new(seed));
        Ok(Box::new(Dependent { space, rows, correlation: &self.correlation, normal, stream }))
    }
}

impl<F: Real> Design<F> for Dependent<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut columns = Columns::of(draw);
        let (mut wide, mut u) = ([0.0; TILE], [F::zero(); TILE]);
        self.correlation.visit(&self.stream, self.normal, rows, |j, at, normals| {
            let law = &self.space.laws()[j];
            let (wide, u) = (&mut wide[..normals.len()], &mut u[..normals.len()]);
            // `Law::invert` gives a level's presence to the low end of u.
            let sign = if matches!(law, Law::Levels { .. }) { -1.0 } else { 1.0 };
            for (wide, &normal) in wide.iter_mut().zip(normals) {
                *wide = sign * normal;
            }
            phi::fill(wide);
            for (u, &wide) in u.iter_mut().zip(wide.iter()) {
                *u = inside(wide);
            }
            let (z, noise) = columns.at(j, at);
            law.invert(u, z, noise);
        });
    }
}
