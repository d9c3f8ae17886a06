//! The Epanechnikov profile.

use lime_core::Real;

use crate::Profile;

/// K(r) = 1 - r^2 up to the width and 0 beyond (Epanechnikov, 1969; without its factor 3/4, so that it is 1 at the instance).
///
/// ```
/// use lime_kernels::{Epanechnikov, Profile};
/// assert_eq!(Epanechnikov.weight(0.5), 0.75);
/// assert_eq!(Epanechnikov.weight(2.0), 0.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Epanechnikov;

impl<F: Real> Profile<F> for Epanechnikov {
    fn weight(&self, ratio: F) -> F {
        (F::one() - ratio * ratio).max(F::zero())
    }
}
