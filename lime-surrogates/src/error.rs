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
    /// A significance level that is none.
    #[error("the significance level alpha is {value}: it must be above 0 and at most 0.5 (the default is 0.05)")]
    Significance {
        /// The value.
        value: f64,
    },
    /// A selection that other samples would not repeat.
    #[error(
        "features {} and {} cannot be told apart with {samples} samples in step {step} of the selection: {}, or select fewer features, or raise alpha",
        rivals[0],
        rivals[1],
        way_out(*needed)
    )]
    Unstable {
        /// The step, counted from 1: how many features would have been chosen after it.
        step: usize,
        /// How many samples there were.
        samples: usize,
        /// How many it would take, by the difference seen so far: more than there were, and `usize::MAX` where there was no
        /// difference.
        needed: usize,
        /// The two features, or the first features of the two groups: the one that would have been chosen first.
        rivals: [usize; 2],
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

fn way_out(needed: usize) -> String {
    if needed == usize::MAX {
        "they are equally strong, so no number of samples will do".into()
    } else {
        format!("ask for {needed} samples")
    }
}
