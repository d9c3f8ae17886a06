//! The exponential profile.

use lime_core::Real;

use crate::Profile;
use crate::decay::decay;
use crate::each::each;

/// K(r) = exp(-r^2 / 2), the original's kernel: its `sqrt(exp(-d^2 / width^2))` is exp(-d^2 / (2 width^2)), and so is
/// captum's. xplique's exp(-d^2 / width^2) is this one at width / sqrt(2).
///
/// ```
/// use lime_kernels::{Exponential, Profile};
/// assert_eq!(Exponential.weight(0.0), 1.0);
/// assert_eq!(Exponential.weight(2.0), (-2f64).exp());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exponential;

impl<F: Real> Profile<F> for Exponential {
    #[inline(always)]
    fn weight(&self, ratio: F) -> F {
        decay(ratio * ratio * F::of(-0.5))
    }

    fn weights(&self, ratios: &mut [F]) {
        each(ratios, |ratio| self.weight(ratio));
    }
}
