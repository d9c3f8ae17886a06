//! The Laplace profile.

use lime_core::Real;

use crate::Profile;
use crate::decay::decay;
use crate::each::each;

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
    #[inline(always)]
    fn weight(&self, ratio: F) -> F {
        decay(-ratio)
    }

    fn weights(&self, ratios: &mut [F]) {
        each(ratios, |ratio| self.weight(ratio));
    }
}
