//! Least angle regression.

use lime_core::{LinearFit, Moments, Warning};

use crate::Error;
use crate::equations::{Equations, surrogate_from_moments};
use crate::error::{check_features, check_penalty};
use crate::lars_path::{LarsPath, Limits, trace};

/// Least angle regression (Efron, Hastie, Johnstone and Tibshirani, 2004, "Least Angle Regression"): features join the
/// model one by one, and its coefficients grow so that all its features stay equally correlated with what is left of the
/// answers.
///
/// With the lasso modification (their section 3.1), which is the default, a feature whose coefficient comes to 0 leaves
/// again; the coefficients are then those of [`Lasso`](crate::Lasso) for all penalties alpha, exactly and without
/// iteration.
///
/// | parameter | default | range |
/// |---|---|---|
/// | where it stops | K = 10 | [`new`](Self::new): K >= 1; [`at`](Self::at): alpha >= 0; [`complete`](Self::complete): 0 |
/// | features leave | yes | [`without_drops`](Self::without_drops): no |
/// | intercept | fitted | fitted or zero |
///
/// As a surrogate it has the coefficients of where it stops: where feature K + 1 would join, or at a penalty alpha in the
/// scaling of [`Lasso`](crate::Lasso), of which 0 is least squares. These are penalised coefficients; for least squares on
/// the chosen features take [`LassoPath`](crate::selection::LassoPath) as the selection. Features that join at the same
/// penalty make one knot, so that where several do there may be fewer than K.
///
/// A feature that does not vary, or is a combination of those in the model (it leaves less than 1e-10 of its variance),
/// does not join; a fit of such features carries [`Warning::RankDeficient`]. The Cholesky factor of the model's features
/// is updated as they come and go: O(d m) a knot with m features in the model, O(d^3) for a path to the end.
///
/// ```
/// use lime_core::{Moments, Rows, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::Lars;
///
/// // Orthogonal features of variance 1/4, slopes 1 and 4: the second joins alone, the first when the second has come to 3.
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
///
/// let path = Lars::complete().path(&moments, &[0, 1], 0)?;
/// let expected = [(1.0, [0.0, 0.0]), (0.25, [0.0, 3.0]), (0.0, [1.0, 4.0])];
/// assert_eq!(path.knots().len(), 3);
/// for (knot, (alpha, coefficients)) in path.knots().iter().zip(expected) {
///     assert!((knot.alpha() - alpha).abs() < 1e-14);
///     assert!((knot.coefficients()[0] - coefficients[0]).abs() < 1e-14);
///     assert!((knot.coefficients()[1] - coefficients[1]).abs() < 1e-14);
/// }
/// # Ok::<(), lime_surrogates::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lars {
    features: usize,
    alpha: f64,
    drops: bool,
    intercept: bool,
}

impl Default for Lars {
    fn default() -> Self {
        Self { features: 10, ..Self::complete() }
    }
}

impl Lars {
    /// Stops where more than this many features would be in the model: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)?, ..Self::complete() })
    }

    /// Stops at this penalty: finite, 0 or above.
    ///
    /// # Errors
    /// [`Error::Penalty`] for other values.
    pub fn at(alpha: f64) -> Result<Self, Error> {
        Ok(Self { alpha: check_penalty(alpha)?, ..Self::complete() })
    }

    /// Goes on to least squares.
    pub fn complete() -> Self {
        Self { features: usize::MAX, alpha: 0.0, drops: true, intercept: true }
    }

    /// Keeps features in the model when their coefficients change sign.
    #[must_use]
    pub fn without_drops(mut self) -> Self {
        self.drops = false;
        self
    }

    /// Leaves the intercept out: it is 0, and correlations are about zero instead of the means.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        self.intercept = false;
        self
    }

    /// The whole path of some features for a target (its position among those of the moments), up to where this stops.
    ///
    /// # Errors
    /// [`Error::NoWeight`] if no sample counts, [`Error::NotFinite`] if the moments have overflowed, [`Error::NoFeature`]
    /// and [`Error::NoTarget`] for what does not exist.
    pub fn path(&self, moments: &Moments, features: &[usize], target: usize) -> Result<LarsPath, Error> {
        let targets = [target];
        let equations = Equations::new(moments, features, &targets, self.intercept)?;
        Ok(trace(&equations, features, 0, self.limits(moments)))
    }

    fn limits(&self, moments: &Moments) -> Limits {
        Limits { features: self.features, correlation: self.alpha * moments.weight(), drops: self.drops }
    }

    fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        let equations = Equations::new(moments, active, targets, self.intercept)?;
        let rank = equations.rank();
        let fits = (0..targets.len()).map(|t| {
            let path = trace(&equations, active, t, self.limits(moments));
            let (events, finished) = (path.knots().len(), path.finished());
            let first = path.knots().first().map_or(0.0, |knot| knot.alpha());
            let end = path.into_end();
            let left = end.alpha();
            let fit = equations.fit(t, end.into_coefficients(), rank);
            if finished {
                fit
            } else {
                let (left, tolerance) = (left / first, self.alpha / first);
                fit.warn(Warning::NotConverged { iterations: events, left, tolerance })
            }
        });
        Ok(fits.collect())
    }
}

surrogate_from_moments!(Lars);
