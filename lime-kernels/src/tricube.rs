//! The tricube profile.

use lime_core::Real;

use crate::Profile;

/// K(r) = (1 - r^3)^3 up to the width and 0 beyond, the weight of local regression (Cleveland, 1979).
///
/// ```
/// use lime_kernels::{Tricube, Profile};
/// assert_eq!(Tricube.weight(0.5), 0.669_921_875);
/// assert_eq!(Tricube.weight(1.0), 0.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tricube;

impl<F: Real> Profile<F> for Tricube {
    fn weight(&self, ratio: F) -> F {
        let rest = (F::one() - ratio * ratio * ratio).max(F::zero());
        rest * rest * rest
    }
}
