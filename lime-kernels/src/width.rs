//! Rules for the kernel width.

use lime_core::{BoxError, Real};

use crate::error::check_width;
use crate::{Error, Seen};

/// A rule for the width of a kernel.
///
/// ```
/// use lime_core::{BoxError, Real};
/// use lime_kernels::{Exponential, Seen, Width};
///
/// /// The mean distance of the first tile of samples.
/// struct MeanDistance;
///
/// impl<F: Real> Width<F> for MeanDistance {
///     fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
///         let distances = seen.distances()?;
///         let sum = distances.iter().fold(F::zero(), |sum, &d| sum + d);
///         Ok(sum / F::of(distances.len() as f64))
///     }
/// }
///
/// let seen = Seen::new(3, &Exponential, || Ok(vec![1.0, 2.0, 6.0]));
/// assert_eq!(MeanDistance.width(&seen)?, 3.0);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Width<F: Real>: Send + Sync {
    /// The width for what is seen of the instance and its first samples: finite and above 0.
    ///
    /// # Errors
    /// What [`Seen::distances`] reports, and whatever makes the rule fail.
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError>;
}

/// A width that is a number, in the units of the distance: finite and above 0.
///
/// ```
/// use lime_kernels::{Exponential, Fixed, Seen, Width};
/// let seen = Seen::<f64>::new(16, &Exponential, || Ok(vec![]));
/// assert_eq!(Fixed::new(0.25)?.width(&seen)?, 0.25);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fixed(pub(crate) f64);

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
    fn width(&self, _: &Seen<'_, F>) -> Result<F, BoxError> {
        Ok(F::of(self.0))
    }
}

/// A multiple of sqrt(d'), d' being the number of interpretable features. The original's rule for tables, with 0.75.
///
/// ```
/// use lime_kernels::{Exponential, RootDimension, Seen, Width};
/// let seen = Seen::<f64>::new(16, &Exponential, || Ok(vec![]));
/// assert_eq!(RootDimension::default().width(&seen)?, 3.0);
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
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
        Ok(F::of(self.0 * (seen.features() as f64).sqrt()))
    }
}

macro_rules! forward_width {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Width<F> + ?Sized> Width<F> for $pointer {
            fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
                (**self).width(seen)
            }
        }
    )*};
}

forward_width!(&T, Box<T>, std::sync::Arc<T>);
