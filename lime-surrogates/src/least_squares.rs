//! Ordinary least squares.

use lime_core::{LinearFit, Moments};

use crate::Error;
use crate::equations::{Equations, surrogate_from_moments};

/// Weighted least squares without a penalty:
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i)^2
/// ```
///
/// Additive models are recovered exactly, and with many samples the coefficients tend to the limits that theory gives for
/// LIME (Garreau and von Luxburg, 2020, "Explaining the Explainer"); [`Ridge`](crate::Ridge) stays short of them by its
/// penalty.
///
/// | parameter | default | range |
/// |---|---|---|
/// | intercept | fitted | fitted or zero |
///
/// Where the samples do not determine every coefficient, these are the smallest that fit, in units of each feature's
/// spread: sum_j (b_j s_j)^2 is least, with s_j^2 = sum w (z_j - mean)^2 (about zero where there is no intercept). The fit
/// then carries [`Warning::RankDeficient`](lime_core::Warning::RankDeficient). Features that never vary get 0. O(d^3) once
/// for all targets, O(d^2) each.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::OrdinaryLeastSquares;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![6.0; 4.0; 3.0; 1.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[6.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0, 0.5, 0.5, 0.25], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// let fit = OrdinaryLeastSquares::default().fit(&Fitting::new(&space, &moments), &[0, 1], &[0])?.remove(0);
/// let [(0, first), (1, second)] = fit.coefficients() else { panic!() };
/// assert!((first - 2.0).abs() < 1e-14 && (second - 3.0).abs() < 1e-14 && (fit.intercept() - 1.0).abs() < 1e-14);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrdinaryLeastSquares {
    intercept: bool,
}

impl Default for OrdinaryLeastSquares {
    fn default() -> Self {
        Self { intercept: true }
    }
}

impl OrdinaryLeastSquares {
    /// Least squares with an intercept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the intercept out: it is 0, and the model goes through the origin of z' space.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        self.intercept = false;
        self
    }

    pub(crate) fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        let equations = Equations::new(moments, active, targets, self.intercept)?;
        Ok(equations.fits(&equations.penalised(0.0)?))
    }
}

surrogate_from_moments!(OrdinaryLeastSquares);
