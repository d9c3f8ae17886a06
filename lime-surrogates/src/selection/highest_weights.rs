//! Selection by the highest weights.

use lime_core::{BoxError, Evidence, Fitting, Real};

use super::nested::selector_from_order;
use super::{Nested, check, check_features};
use crate::{Error, Ridge};

/// The features with the highest |coefficient_j x'_j| in a ridge on all of them, the highest first; equal ones by index.
///
/// The original's `highest_weights`: alpha is 0.01, and x' is 1 for bins, words and super-pixels. A group of the
/// [`Space`](lime_core::Space::with_groups) is chosen as a whole, by the sum of its features' |coefficient_j x'_j|: parts that
/// pull against each other count for the group, not against it. O(d^3).
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
/// use lime_surrogates::selection::HighestWeights;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// assert_eq!(HighestWeights::new(1)?.select(&Fitting::new(&space, &moments), 0)?, [1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HighestWeights {
    features: usize,
}

impl Default for HighestWeights {
    fn default() -> Self {
        Self { features: 10 }
    }
}

impl HighestWeights {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)? })
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for HighestWeights {
    fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        let origin = given.space().origin();
        let all: Vec<usize> = (0..origin.len()).collect();
        let ridge = Ridge::new(0.01)?;
        let coefficients = ridge.coefficients(check(given, target)?, &all, &[target])?;
        let strength =
            |unit: &[usize]| unit.iter().map(|&j| (coefficients[(j, 0)] * origin[j].wide()).abs()).sum::<f64>();
        let mut units = given.space().units();
        units.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        units.truncate(self.features);
        Ok(units)
    }
}

selector_from_order!(HighestWeights);
