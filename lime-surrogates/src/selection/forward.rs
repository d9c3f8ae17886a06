//! Forward selection.

use lime_core::{BoxError, Evidence, Fitting, Moments, Real};

use super::nested::selector_from_order;
use super::partial::{Partial, ROUNDING};
use super::{Nested, check, check_features};
use crate::Error;

/// Greedy forward selection: in each step the unit joins that raises the weighted R2 of a least-squares fit the most; equal
/// ones by index. The original's `forward_selection`, in the order of joining.
///
/// A unit is a feature, or a group of the [`Space`](lime_core::Space::with_groups): it joins as a whole, by what all of it
/// explains beyond the chosen ones. With c the unit's cross products with the residual and S its scatter, both beyond the
/// chosen ones, that is
///
/// ```text
/// gain = c' S^-1 c            c^2 / S for a single feature
/// ```
///
/// The original refits for every candidate; here one Cholesky column a feature that joins updates what each candidate would
/// still explain. K features of d cost O(d K^2), groups of p features O(d p (p + K)) a step more.
///
/// | parameter | default | range |
/// |---|---|---|
/// | features K, counting units | 10 | >= 1; all where there are fewer |
///
/// # Errors
/// [`Error::NotFinite`] from a selection where the moments overflowed.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::selection::ForwardSelection;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// assert_eq!(ForwardSelection::new(2)?.select(&Fitting::new(&space, &moments), 0)?, [1, 0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardSelection {
    features: usize,
}

impl Default for ForwardSelection {
    fn default() -> Self {
        Self { features: 10 }
    }
}

impl ForwardSelection {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)? })
    }

    /// All of them, in the order of joining.
    pub(super) fn all() -> Self {
        Self { features: usize::MAX }
    }

    /// The units in the order of joining.
    fn choose(&self, moments: &Moments, units: Vec<Vec<usize>>, target: usize) -> Vec<Vec<usize>> {
        let total = moments.total(target);
        let mut partial = Partial::new(moments, (0..moments.features()).collect(), target);
        let mut left = units;
        let mut chosen: Vec<Vec<usize>> = Vec::new();
        while chosen.len() < self.features && !left.is_empty() {
            let gains = left.iter().map(|unit| Some(partial.gain(unit)).filter(|gain| *gain > ROUNDING * total));
            let gains = gains.map(|gain| gain.unwrap_or(0.0)).enumerate();
            let best = gains.reduce(|best, next| if next.1 <= best.1 { best } else { next });
            let Some((best, gain)) = best else { break };
            let unit = left.remove(best);
            if gain > 0.0 {
                partial.take(&unit);
            }
            chosen.push(unit);
        }
        chosen
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for ForwardSelection {
    fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        Ok(self.choose(check(given, target)?, given.space().units(), target))
    }
}

selector_from_order!(ForwardSelection);
