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
    #[error("0 features asked for: an explanation needs at least 1 (the default is 10)")]
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
    /// A tree of no depth.
    #[error("a tree of depth 0 asked for: it has no split, so the depth is to be at least 1 (the default is 3)")]
    TreeDepth,
    /// A tree of less than two leaves.
    #[error("{leaves} leaves asked for: a tree needs at least 2")]
    TreeLeaves {
        /// What was asked for.
        leaves: usize,
    },
    /// Leaves of no samples.
    #[error("leaves of at least 0 samples asked for: a leaf has at least 1 (the default)")]
    LeafSamples,
    /// A share of the weight that not both of two leaves can have, or that is none.
    #[error("a leaf's least share of the weight is {value}: it must be from 0 to 0.5, as two leaves share all of it")]
    LeafWeight {
        /// The value.
        value: f64,
    },
    /// A least decrease of a tree's impurity that is negative, infinite or NaN.
    #[error("a split's least decrease of the impurity is {value}: it must be a finite number, 0 or above")]
    ImpurityDecrease {
        /// The value.
        value: f64,
    },
    /// A price of a tree's leaf that is negative, infinite or NaN.
    #[error("the pruning parameter alpha is {value}: it must be a finite number, 0 or above")]
    Pruning {
        /// The value.
        value: f64,
    },
    /// A sample with another number of coordinates than the surrogate has features.
    #[error("a sample of {found} coordinates was given to a surrogate of {expected} features")]
    Coordinates {
        /// The number of coordinates.
        found: usize,
        /// The number of features.
        expected: usize,
    },
}
