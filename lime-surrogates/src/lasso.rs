//! The lasso.

use lime_core::{LinearFit, Moments};

use crate::equations::surrogate_from_moments;
use crate::{ElasticNet, Error};

/// Weighted least squares with an L1 penalty (Tibshirani, 1996, "Regression Shrinkage and Selection via the Lasso"), in
/// scikit-learn's scaling:
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i)^2 / (2 sum_i w_i) + alpha |b|_1
/// ```
///
/// The [`ElasticNet`] with an L1 ratio of 1, and solved like it: coefficients of features that say little are exactly 0.
/// The solution is scikit-learn's `Lasso(alpha).fit(Z, y, sample_weight=w)`. [`Lars`](crate::Lars) has the same solutions
/// for all alphas at once.
///
/// | parameter | default | range |
/// |---|---|---|
/// | alpha | 1, scikit-learn's; captum's LIME has 0.01 | finite, >= 0 |
/// | intercept | fitted | fitted or zero |
/// | tolerance | 1e-10 | finite, > 0 |
/// | sweeps | 100 000 | >= 1 |
///
/// What is said of convergence, of features that vary together and of cost at [`ElasticNet`] holds here. Alpha is in the
/// units of the answers times those of the features: all coefficients are 0 from max_j |cov(z_j, y)| on, which is 1/4 at
/// most for masks and probabilities.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::Lasso;
///
/// // Orthogonal features of variance 1/4: each coefficient loses 4 alpha, down to 0.
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// let fit = Lasso::new(0.3)?.fit(&Fitting::new(&space, &moments), &[0, 1], &[0])?.remove(0);
/// assert_eq!(fit.coefficients()[0], (0, 0.0));
/// assert!((fit.coefficients()[1].1 - (4.0 - 4.0 * 0.3)).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lasso {
    net: ElasticNet,
}

impl Lasso {
    /// A lasso of this penalty: finite, 0 or above.
    ///
    /// # Errors
    /// [`Error::Penalty`] for other values.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        Ok(Self { net: ElasticNet::new(alpha, 1.0)? })
    }

    /// Leaves the intercept out: it is 0, and the penalised model goes through the origin of z' space.
    #[must_use]
    pub fn without_intercept(self) -> Self {
        Self { net: self.net.without_intercept() }
    }

    /// How exact the fit is: finite, above 0.
    ///
    /// # Errors
    /// [`Error::Tolerance`] for other values.
    pub fn tolerance(self, tolerance: f64) -> Result<Self, Error> {
        Ok(Self { net: self.net.tolerance(tolerance)? })
    }

    /// How many sweeps over the coefficients there may be: 1 or more.
    ///
    /// # Errors
    /// [`Error::Iterations`] for 0.
    pub fn sweeps(self, sweeps: usize) -> Result<Self, Error> {
        Ok(Self { net: self.net.sweeps(sweeps)? })
    }

    fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        self.net.fits(moments, active, targets)
    }
}

impl Default for Lasso {
    fn default() -> Self {
        Self { net: ElasticNet::default().lasso() }
    }
}

surrogate_from_moments!(Lasso);
