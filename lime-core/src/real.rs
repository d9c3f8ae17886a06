//! The scalar a framework of two precisions needs.

use nalgebra::RealField;
use num_traits::{FromPrimitive, ToPrimitive};

/// The floating-point type of samples, weights and model outputs: `f32` or `f64`.
///
/// The bound is nalgebra's [`RealField`] and not `num_traits::Float`: both bring `sqrt`, `exp` and `max`, and with the two
/// in scope every call of them is ambiguous.
///
/// Sums over samples are kept in `f64` whichever type is chosen (see [`Moments`](crate::Moments)).
///
/// ```
/// use lime_core::Real;
/// assert_eq!(f64::unit(0), 0.5f64.powi(33));
/// assert!(f32::unit(u32::MAX) < 1.0);
/// assert_eq!(f32::of(0.5).wide(), 0.5);
/// ```
pub trait Real: RealField + Copy + FromPrimitive + ToPrimitive + Default {
    /// The uniform variate in the open interval (0, 1) that a random 32-bit word stands for.
    ///
    /// `f64` keeps all 32 bits, `f32` the upper 23: more would round to 1.
    fn unit(word: u32) -> Self;

    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// The same value as `f64`, exactly.
    fn wide(self) -> f64;

    /// The greatest value below 1.
    fn below_one() -> Self;
}

impl Real for f64 {
    #[inline]
    fn unit(word: u32) -> Self {
        (f64::from(word) + 0.5) * (1.0 / 4_294_967_296.0)
    }

    #[inline]
    fn of(value: f64) -> Self {
        value
    }

    #[inline]
    fn wide(self) -> f64 {
        self
    }

    #[inline]
    fn below_one() -> Self {
        1.0 - f64::EPSILON / 2.0
    }
}

impl Real for f32 {
    #[inline]
    fn unit(word: u32) -> Self {
        ((word >> 9) as f32 + 0.5) * (1.0 / 8_388_608.0)
    }

    #[inline]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline]
    fn below_one() -> Self {
        1.0 - f32::EPSILON / 2.0
    }
}
