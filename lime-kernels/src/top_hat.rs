//! The top-hat profile.

use lime_core::Real;

use crate::Profile;

/// K(r) = 1 up to the width, the width included, and 0 beyond.
///
/// ```
/// use lime_kernels::{TopHat, Profile};
/// assert_eq!(TopHat.weight(1.0), 1.0);
/// assert_eq!(TopHat.weight(1.1), 0.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TopHat;

impl<F: Real> Profile<F> for TopHat {
    fn weight(&self, ratio: F) -> F {
        if ratio <= F::one() { F::one() } else { F::zero() }
    }
}
