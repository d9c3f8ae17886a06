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
    /// Coalitions of features whose absence leaves the model's input random.
    #[error(
        "a coalition must fix the model's input, and in this space a sample leaves it random: take a representation that sets what is absent to a fixed value, or explain with MonteCarlo, Sobol or LatinHypercube samples and another surrogate"
    )]
    RandomCoalition,
    /// Coalitions of fewer than two features.
    #[error(
        "{features} feature(s), and a coalition lacks some and has others: the Shapley value of a single feature is f(x) - f(empty), two calls of the model"
    )]
    NoCoalition {
        /// The features.
        features: usize,
    },
    /// Fewer rows than a coalition and its complement.
    #[error("{0} row(s), and coalitions come with their complements: ask for at least 2")]
    CoalitionRows(usize),
}
