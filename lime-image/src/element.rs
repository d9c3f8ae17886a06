//! The type of the numbers that a model takes.

use std::fmt::Debug;

/// A number of a model's input: `f32` and `u8` here, and any type that says how it is made from a value.
///
/// ```
/// use lime_image::Element;
///
/// /// Bytes around 0, as quantised networks take them.
/// #[derive(Debug, Clone, Copy, Default, PartialEq)]
/// struct Quantised(i8);
///
/// impl Element for Quantised {
///     fn from_value(value: f32) -> Self {
///         Quantised((value - 128.0).round() as i8)
///     }
/// }
/// assert_eq!(Quantised::from_value(130.0), Quantised(2));
/// ```
pub trait Element: Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The element for a value, after [`Scale`](crate::Scale).
    fn from_value(value: f32) -> Self;
}

impl Element for f32 {
    fn from_value(value: f32) -> Self {
        value
    }
}

impl Element for u8 {
    /// Rounded to the nearest, halves away from 0; what is beyond 0..=255 becomes the nearer end.
    fn from_value(value: f32) -> Self {
        // `as` saturates.
        value.round() as u8
    }
}
