//! The uniform profile.

use lime_core::Real;

use crate::Profile;

/// K(r) = 1 everywhere: every sample counts the same, whatever the width.
///
/// ```
/// use lime_kernels::{Uniform, Profile};
/// assert_eq!(Uniform.weight(7.0), 1.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uniform;

impl<F: Real> Profile<F> for Uniform {
    fn weight(&self, _: F) -> F {
        F::one()
    }
}
