//! The elastic net.

use lime_core::{LinearFit, Moments, Warning};

use crate::Error;
use crate::descent::Descent;
use crate::equations::{Equations, surrogate_from_moments};
use crate::error::{check_iterations, check_penalty, check_tolerance};

/// Weighted least squares with an L1 and an L2 penalty (Zou and Hastie, 2005, "Regularization and Variable Selection via
/// the Elastic Net"), in scikit-learn's scaling:
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i)^2 / (2 sum_i w_i) + alpha rho |b|_1 + alpha (1 - rho) |b|^2 / 2
/// ```
///
/// The intercept b0 is not penalised. The first penalty makes coefficients exactly 0, the second keeps those of features
/// that vary together alike. The solution is scikit-learn's `ElasticNet(alpha, l1_ratio).fit(Z, y, sample_weight=w)`. The
/// sums are means, so that multiplying all weights by a factor changes nothing; the alpha of [`Ridge`](crate::Ridge) is on
/// the sum.
///
/// | parameter | default | range |
/// |---|---|---|
/// | alpha | 1 | finite, >= 0 |
/// | L1 ratio rho | 0.5 | 0 (ridge) to 1 ([`Lasso`](crate::Lasso)) |
/// | intercept | fitted | fitted or zero |
/// | tolerance | 1e-10 | finite, > 0 |
/// | sweeps | 100 000 | >= 1 |
///
/// Solved by cyclic coordinate descent on the Gram matrix (Friedman, Hastie and Tibshirani, 2010, "Regularization Paths
/// for Generalized Linear Models via Coordinate Descent"), from zero, until the duality gap is at most the tolerance times
/// the answers' weighted sum of squares and no coefficient changes by more than the tolerance, relative to the largest.
/// After that many sweeps without, the fit carries [`Warning::NotConverged`]: features that are combinations of others
/// make descent slow ([`Lars`](crate::Lars) is not affected). Without an L1 penalty the solution is in closed form.
/// Features that never vary get 0; [`Warning::RankDeficient`] says that the samples alone do not determine every
/// coefficient. One Gram matrix for all targets; O(d^2) a sweep at most, and O(m^2) for most of them where m coefficients
/// are not 0.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::ElasticNet;
///
/// // Orthogonal features of variance 1/4 and covariances 1/4 and 1 with the answers; both penalties are 0.3.
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// let fit = ElasticNet::new(0.6, 0.5)?.fit(&Fitting::new(&space, &moments), &[0, 1], &[0])?.remove(0);
/// assert_eq!(fit.coefficients()[0], (0, 0.0));
/// assert!((fit.coefficients()[1].1 - (1.0 - 0.3) / (0.25 + 0.3)).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElasticNet {
    alpha: f64,
    l1_ratio: f64,
    intercept: bool,
    tolerance: f64,
    sweeps: usize,
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.5, intercept: true, tolerance: 1e-10, sweeps: 100_000 }
    }
}

impl ElasticNet {
    /// An elastic net of this penalty, of which this share is L1.
    ///
    /// # Errors
    /// [`Error::Penalty`] for an alpha that is negative or not finite, [`Error::L1Ratio`] for a share outside 0..=1.
    pub fn new(alpha: f64, l1_ratio: f64) -> Result<Self, Error> {
        let alpha = check_penalty(alpha)?;
        if !(0.0..=1.0).contains(&l1_ratio) {
            return Err(Error::L1Ratio { value: l1_ratio });
        }
        Ok(Self { alpha, l1_ratio, ..Self::default() })
    }

    /// The same with all of the penalty L1.
    pub(crate) fn lasso(self) -> Self {
        Self { l1_ratio: 1.0, ..self }
    }

    /// Leaves the intercept out: it is 0, and the penalised model goes through the origin of z' space.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        self.intercept = false;
        self
    }

    /// How exact the fit is: finite, above 0.
    ///
    /// # Errors
    /// [`Error::Tolerance`] for other values.
    pub fn tolerance(self, tolerance: f64) -> Result<Self, Error> {
        Ok(Self { tolerance: check_tolerance(tolerance)?, ..self })
    }

    /// How many sweeps over the coefficients there may be: 1 or more.
    ///
    /// # Errors
    /// [`Error::Iterations`] for 0.
    pub fn sweeps(self, sweeps: usize) -> Result<Self, Error> {
        Ok(Self { sweeps: check_iterations(sweeps)?, ..self })
    }

    pub(crate) fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        let equations = Equations::new(moments, active, targets, self.intercept)?;
        let penalty = self.alpha * equations.weight();
        let (l1, l2) = (penalty * self.l1_ratio, penalty * (1.0 - self.l1_ratio));
        if l1 == 0.0 {
            return Ok(equations.fits(&equations.penalised(l2)?));
        }
        let rank = equations.rank();
        let fits = (0..targets.len()).map(|t| {
            let cross = equations.cross.column(t);
            let descent = Descent { gram: &equations.gram, cross: cross.as_slice(), total: equations.total(t), l1, l2 };
            let end = descent.run(self.tolerance, self.sweeps);
            let fit = equations.fit(t, end.coefficients, rank);
            if end.left <= self.tolerance {
                fit
            } else {
                let (iterations, tolerance) = (self.sweeps, self.tolerance);
                fit.warn(Warning::NotConverged { iterations, left: end.left, tolerance })
            }
        });
        Ok(fits.collect())
    }
}

surrogate_from_moments!(ElasticNet);
