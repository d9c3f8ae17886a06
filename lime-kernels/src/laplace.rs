//! The Laplace profile.

use lime_core::Real;

use crate::Profile;

/// K(r) = exp(-r), the Laplace kernel: sharper at the instance and longer in the tail than the exponential one.
///
/// ```
/// use lime_kernels::{Laplace, Profile};
/// assert_eq!(Laplace.weight(0.0), 1.0);
/// assert_eq!(Laplace.weight(2.0), (-2f64).exp());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Laplace;

impl<F: Real> Profile<F> for Laplace {
    fn weight(&self, ratio: F) -> F {
        (-ratio).exp()
    }
}
