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
    /// No sample of the first tile lies away from the instance.
    #[error(
        "the first {rows} samples are all at distance 0 from the instance, which gives no width: take a fixed width, or a distance in which they differ"
    )]
    NoDistance {
        /// How many samples were looked at.
        rows: usize,
    },
    /// A share of effective samples that is none.
    #[error("the share of effective samples is {value}: it must be above 0 and below 1")]
    Share {
        /// The value.
        value: f64,
    },
    /// An effective sample size that no width leads to.
    #[error(
        "no width makes {share} of the first {rows} samples effective: between the narrowest and the widest kernel the effective sample size goes from {least} to {most}, so ask for a share in between or take a fixed width"
    )]
    EffectiveSamples {
        /// The share asked for.
        share: f64,
        /// How many samples were looked at.
        rows: usize,
        /// The effective sample size under the narrowest kernel that weighs any of them.
        least: f64,
        /// The effective sample size under the widest kernel.
        most: f64,
    },
}

/// The value itself if it is a width: finite and above 0.
pub(crate) fn check_width(value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Width { value }) }
}
