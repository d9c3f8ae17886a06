//! Rules for the kernel width.

use lime_core::{BoxError, Real};

use crate::Error;
use crate::error::check_width;

/// A rule for the width of a kernel.
///
/// ```
/// use lime_core::{BoxError, Real};
/// use lime_kernels::Width;
///
/// /// The mean distance of the first tile of samples.
/// struct MeanDistance;
///
/// impl<F: Real> Width<F> for MeanDistance {
///     fn width(&self, _: usize, first: &mut dyn FnMut() -> Result<Vec<F>, BoxError>) -> Result<F, BoxError> {
///         let distances = first()?;
///         let sum = distances.iter().fold(F::zero(), |sum, &d| sum + d);
///         Ok(sum / F::of(distances.len() as f64))
///     }
/// }
/// ```
pub trait Width<F: Real>: Send + Sync {
    /// The width for an instance with `features` interpretable features. `first` computes the distances of the first tile of
    /// samples (up to 256), for rules that look at them.
    ///
    /// # Errors
    /// What `first` reports, and whatever makes the rule fail.
    fn width(&self, features: usize, first: &mut dyn FnMut() -> Result<Vec<F>, BoxError>) -> Result<F, BoxError>;
}

/// A width that is a number, in the units of the distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fixed(f64);

impl Fixed {
    /// A width: finite and above 0.
    ///
    /// # Errors
    /// [`Error::Width`] for other values.
    pub fn new(width: f64) -> Result<Self, Error> {
        check_width(width).map(Self)
    }
}

impl<F: Real> Width<F> for Fixed {
    fn width(&self, _: usize, _: &mut dyn FnMut() -> Result<Vec<F>, BoxError>) -> Result<F, BoxError> {
        Ok(F::of(self.0))
    }
}

/// A multiple of sqrt(d'), d' being the number of interpretable features. The original's rule for tables, with 0.75.
///
/// ```
/// use lime_kernels::{RootDimension, Width};
/// let width: f64 = RootDimension::default().width(16, &mut || Ok(vec![]))?;
/// assert_eq!(width, 3.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RootDimension(f64);

impl RootDimension {
    /// A factor: finite and above 0. Default 0.75.
    ///
    /// # Errors
    /// [`Error::Width`] for other values.
    pub fn new(factor: f64) -> Result<Self, Error> {
        check_width(factor).map(Self)
    }
}

impl Default for RootDimension {
    fn default() -> Self {
        Self(0.75)
    }
}

impl<F: Real> Width<F> for RootDimension {
    fn width(&self, features: usize, _: &mut dyn FnMut() -> Result<Vec<F>, BoxError>) -> Result<F, BoxError> {
        Ok(F::of(self.0 * (features as f64).sqrt()))
    }
}

macro_rules! forward_width {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Width<F> + ?Sized> Width<F> for $pointer {
            fn width(&self, features: usize, first: &mut dyn FnMut() -> Result<Vec<F>, BoxError>) -> Result<F, BoxError> {
                (**self).width(features, first)
            }
        }
    )*};
}

forward_width!(&T, Box<T>, std::sync::Arc<T>);
