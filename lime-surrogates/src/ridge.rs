//! Ridge regression.

use lime_core::{LinearFit, Moments};
use nalgebra::DMatrix;

use crate::Error;
use crate::equations::{Equations, surrogate_from_moments};
use crate::error::check_penalty;

/// Weighted ridge regression, the original's surrogate with alpha 1:
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i)^2 + alpha |b|^2
/// ```
///
/// The intercept b0 is not penalised. With alpha 0 this is weighted least squares. The solution is scikit-learn's
/// `Ridge(alpha, fit_intercept).fit(Z, y, sample_weight=w)`.
///
/// | parameter | default | range |
/// |---|---|---|
/// | alpha | 1 | finite, >= 0 |
/// | intercept | fitted | fitted or zero |
///
/// A system that does not determine every coefficient is solved along the directions it does determine, and the fit carries
/// [`Warning::RankDeficient`](lime_core::Warning::RankDeficient). O(d^3) once for all targets, O(d^2) each; nothing depends on
/// the number of samples.
///
/// ```
/// use lime_core::{Explainer, Direct, Space, model_fn};
/// use lime_core::nalgebra::DMatrix;
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Ridge, selection::NoSelection};
///
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0)?).samples(500);
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 3.0 - z.column(1) * 2.0);
/// let explanation = explainer.explain(&Direct::new(Space::masks(2)), &model).unwrap();
/// let weights = explanation.targets[0].dense(2);
/// assert!((weights[0] - 3.0).abs() < 1e-12 && (weights[1] + 2.0).abs() < 1e-12);
/// # Ok::<(), lime_surrogates::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ridge {
    alpha: f64,
    intercept: bool,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { alpha: 1.0, intercept: true }
    }
}

impl Ridge {
    /// A ridge with this penalty: finite, 0 or above.
    ///
    /// # Errors
    /// [`Error::Penalty`] for other values.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        Ok(Self { alpha: check_penalty(alpha)?, intercept: true })
    }

    /// Leaves the intercept out: it is 0, and the penalised model goes through the origin of z' space.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        self.intercept = false;
        self
    }

    /// The penalty, of one whose intercept makes the mean residual zero.
    pub(crate) fn penalty_about_means(&self) -> Option<f64> {
        self.intercept.then_some(self.alpha)
    }

    /// The coefficients of some features, (active, targets).
    pub(crate) fn coefficients(
        &self,
        moments: &Moments,
        active: &[usize],
        targets: &[usize],
    ) -> Result<DMatrix<f64>, Error> {
        Ok(Equations::gather(moments, active, targets, self.intercept).shrunk(self.alpha)?.x)
    }

    fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        let equations = Equations::new(moments, active, targets, self.intercept)?;
        Ok(equations.fits(&equations.penalised(self.alpha)?))
    }
}

surrogate_from_moments!(Ridge);
