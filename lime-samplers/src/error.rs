//! What can be wrong with a sampler.

/// Parameters and spaces that make no sampler.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The mean of a normal law is NaN or infinite.
    #[error("the mean is {0}: it must be a finite number")]
    Mean(f64),
    /// The standard deviation of a normal law is not positive and finite.
    #[error("the standard deviation is {0}: it must be finite and above 0")]
    Sd(f64),
    /// A sampler of masks in a space with a coordinate that is a number.
    #[error("feature {feature} is a number, and {sampler} draws masks: {way_out}")]
    NotAMask {
        /// The feature.
        feature: usize,
        /// The sampler.
        sampler: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// More features than there are Sobol' dimensions.
    #[error(
        "{features} features, and Sobol' points have {most} dimensions: use Halton or LatinHypercube, which have no limit"
    )]
    SobolDimensions {
        /// The features.
        features: usize,
        /// The dimensions there are.
        most: usize,
    },
    /// More rows than there are Sobol' points.
    #[error("{0} rows, and there are 2^32 Sobol' points of 32 bits: ask for fewer, or use Halton or MonteCarlo")]
    SobolRows(usize),
}
