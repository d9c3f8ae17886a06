//! Selection along the lasso's path.

use lime_core::{BoxError, Evidence, Fitting, Real, Selector};

use super::{check, check_features};
use crate::Error;
use crate::equations::Equations;
use crate::lars_path::{Knot, Limits, trace};

/// The features of the lasso with the smallest penalty that leaves at most K of them, by index. A group of the
/// [`Space`](lime_core::Space::with_groups) counts as one, and all of it is chosen where any of it is in the lasso.
///
/// The original's `lasso_path`: the path of least angle regression with the lasso modification on all features, walked
/// back from its end to the first knot with at most K coefficients that are not 0 (Ribeiro et al., 2016, K-LASSO). The
/// original stops the path where the penalty is below 1e-7 in the units of the answers; here units do not matter. Where no
/// feature varies with the answers the original takes all of them, and this the first K. O(d^3).
///
/// | parameter | default | range |
/// |---|---|---|
/// | features K, counting groups as one | 10 | >= 1; all where there are fewer |
///
/// # Errors
/// [`Error::NotFinite`] from a selection where the moments overflowed.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::selection::LassoPath;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// assert_eq!(LassoPath::new(1)?.select(&Fitting::new(&space, &moments), 0)?, [1]);
/// assert_eq!(LassoPath::new(2)?.select(&Fitting::new(&space, &moments), 0)?, [0, 1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LassoPath {
    features: usize,
}

impl Default for LassoPath {
    fn default() -> Self {
        Self { features: 10 }
    }
}

impl LassoPath {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)? })
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for LassoPath {
    fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
        let moments = check(given, target)?;
        let all: Vec<usize> = (0..moments.features()).collect();
        let targets = [target];
        let equations = Equations::gather(moments, &all, &targets, true);
        let limits = Limits { features: usize::MAX, correlation: 0.0, drops: true };
        let path = trace(&equations, &all, 0, limits);
        let units = given.space().units();
        let entered = |knot: &Knot| -> Vec<&Vec<usize>> {
            let mut nonzero = vec![false; all.len()];
            knot.nonzero().for_each(|j| nonzero[j] = true);
            units.iter().filter(|unit| unit.iter().any(|&j| nonzero[j])).collect()
        };
        let knots = path.knots().get(1..).unwrap_or_default();
        let knot = knots.iter().rfind(|knot| entered(knot).len() <= self.features).or(knots.first());
        let chosen = knot.map_or_else(|| units.iter().collect(), entered);
        Ok(chosen.into_iter().take(self.features).flatten().copied().collect())
    }
}
