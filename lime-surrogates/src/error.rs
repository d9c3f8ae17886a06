//! What can be wrong with a surrogate or a selection.

/// Parameters and samples that make no surrogate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A penalty that is negative, infinite or NaN.
    #[error("the ridge penalty alpha is {value}: it must be a finite number, 0 or above")]
    Alpha {
        /// The value.
        value: f64,
    },
    /// A selection of no features.
    #[error("0 features asked for: an explanation needs at least 1")]
    Features,
    /// The equations of the fit are not finite.
    #[error(
        "the samples' moments are not finite: the model's outputs or the features are too large to square, so rescale them"
    )]
    NotFinite,
    /// The eigenvalues of the system could not be found.
    #[error("the fit's system of {features} equations could not be solved: its eigenvalues do not converge")]
    Unsolved {
        /// The number of equations.
        features: usize,
    },
    /// A fixed list of no features.
    #[error("the list of features is empty: an explanation needs at least 1")]
    EmptyList,
    /// A fixed list with a feature twice.
    #[error("feature {feature} is in the list of features more than once: each can be chosen once")]
    ListedTwice {
        /// The feature.
        feature: usize,
    },
    /// A fixed list with a feature that the space does not have.
    #[error("the list of features has feature {feature}, and there are {features}, counted from 0")]
    NoSuchFeature {
        /// The feature.
        feature: usize,
        /// The number of features of the space.
        features: usize,
    },
}
