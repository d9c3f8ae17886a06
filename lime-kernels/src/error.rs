//! What can be wrong with a kernel.

/// Parameters and data that make no kernel.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A width or a factor of one that is zero, negative, infinite or NaN.
    #[error("the kernel width is {value}: it must be a finite number above 0")]
    Width {
        /// The value.
        value: f64,
    },
    /// A distance that a width rule cannot use.
    #[error(
        "the distance of row {row} from the instance is {value}: distances are finite and not negative, so rescale the features or take another metric"
    )]
    Distance {
        /// The row.
        row: usize,
        /// The value.
        value: f64,
    },
}

/// The value itself if it is a width: finite and above 0.
pub(crate) fn check_width(value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Width { value }) }
}
