//! What can be wrong with a surrogate or a selection.

/// Parameters and samples that make no surrogate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
    /// A list with a feature twice.
    #[error("feature {feature} is in the list of features more than once: each can be chosen once")]
    ListedTwice {
        /// The feature.
        feature: usize,
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
    /// A penalty that is negative, infinite or NaN.
    #[error("the penalty alpha is {value}: it must be a finite number, 0 or above")]
    Penalty {
        /// The value.
        value: f64,
    },
    /// A share of the L1 penalty that is none.
    #[error("the L1 ratio is {value}: it must be between 0 (ridge) and 1 (lasso)")]
    L1Ratio {
        /// The value.
        value: f64,
    },
    /// A tolerance that nothing can meet.
    #[error("the tolerance is {value}: it must be a finite number above 0")]
    Tolerance {
        /// The value.
        value: f64,
    },
    /// A fit by iteration without iterations.
    #[error("0 iterations allowed: the fit needs at least 1")]
    Iterations,
    /// A sample to be reproduced with a coordinate that is not finite.
    #[error(
        "sample {row} to be reproduced has the coordinate {value} for feature {feature}: it must be a finite number"
    )]
    ExactValue {
        /// The sample, by its place in the list.
        row: usize,
        /// The feature.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// Samples to be reproduced of different lengths.
    #[error("sample {row} to be reproduced has {found} coordinates where the first has {expected}")]
    ExactLength {
        /// The sample, by its place in the list.
        row: usize,
        /// How many coordinates the first one has.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// No samples to be reproduced.
    #[error("no sample to be reproduced was given: name at least one, or use OrdinaryLeastSquares")]
    NoExact,
    /// The answers to the samples that are to be reproduced are not there.
    #[error(
        "{expected} samples are to be reproduced, and the answers to {found} were given: fit through an Explainer, which asks the model for them, or give them by Fitting::with_exact"
    )]
    ExactAnswers {
        /// How many samples are to be reproduced.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A sample that was given with its answers, and does not fit the evidence.
    #[error(
        "the answered sample {row} to be reproduced has {coordinates} coordinates and {answers} answers where the evidence has {features} features and {targets} targets"
    )]
    ExactShape {
        /// The sample, by its place in the list.
        row: usize,
        /// How many coordinates it has.
        coordinates: usize,
        /// How many answers it has.
        answers: usize,
        /// How many features there are.
        features: usize,
        /// How many targets there are.
        targets: usize,
    },
    /// Samples that no linear model of the features can all reproduce.
    #[error(
        "no linear model of the {features} selected features reproduces all samples it has to: sample {row} (counted from 0) has the answer {answer} where the others demand {implied}; select more features or reproduce fewer samples"
    )]
    Contradiction {
        /// The sample, by its place in the list.
        row: usize,
        /// The model's answer to it.
        answer: f64,
        /// What the surrogate says if it reproduces the other samples.
        implied: f64,
        /// The number of features in the surrogate.
        features: usize,
    },
    /// A precision that is none.
    #[error("the {what} is {value}: it must be a finite number above 0")]
    Precision {
        /// Which one.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// A prior mean that is not a number.
    #[error("the prior mean of feature {feature} is {value}: it must be a finite number")]
    PriorMean {
        /// The feature.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// A prior for another number of features.
    #[error(
        "the prior has {means} means and {precisions} precisions for {features} features: it needs one of each for every interpretable feature, selected or not"
    )]
    PriorLength {
        /// How many means it has.
        means: usize,
        /// How many precisions it has.
        precisions: usize,
        /// The number of features.
        features: usize,
    },
    /// Samples that all weigh nothing.
    #[error("no sample has a weight above 0, so the means are not finite: fit to samples that count")]
    NoWeight,
    /// A feature that the space or the samples do not have.
    #[error("there is no feature {feature}: the samples have {features}, numbered from 0")]
    NoFeature {
        /// The feature asked for.
        feature: usize,
        /// How many there are.
        features: usize,
    },
    /// A target that the samples have no answers for.
    #[error("there is no target {target}: the samples have answers for {targets}, numbered from 0")]
    NoTarget {
        /// The target asked for.
        target: usize,
        /// How many there are.
        targets: usize,
    },
    /// A jackknife of fewer than two groups.
    #[error("errors by leaving out one of {groups} groups of samples: give 2 or more")]
    JackknifeGroups {
        /// The number of groups.
        groups: usize,
    },
    /// A share of the largest coefficient that is none.
    #[error("{what} {value}: give a finite share of the largest coefficient, above 0 or, for ties, 0")]
    Share {
        /// What of.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// A stop rule that goes by sampling errors, under a surrogate without them.
    #[error(
        "{rule} goes by the sampling errors of coefficients, and there are none: put the surrogate into Jackknife::new(..), and where the samples are one design as a whole (Sobol::default(), Halton, Exhaustive) take Sobol::interleaved(..) or independent ones"
    )]
    NoErrors {
        /// The rule.
        rule: &'static str,
    },
    /// A stop rule that compares coefficients, under errors that say nothing of two together.
    #[error("the surrogate tells the error of each coefficient but not of differences: put it into Jackknife::new(..)")]
    NoReplicates,
    /// A stop rule that tells some features from the rest, where there is no rest.
    #[error(
        "the {top} largest coefficients are to be told from the others, and the selection leaves only {selected}: select more features, or none (NoSelection)"
    )]
    NothingToSeparate {
        /// How many are to be told from the rest.
        top: usize,
        /// How many there are.
        selected: usize,
    },
    /// A nominal coverage that is none.
    #[error("confidence {confidence}: give a number between 0 and 1, both excluded")]
    Confidence {
        /// The value.
        confidence: f64,
    },
    /// A coordinate that is a number, for a surrogate of masks.
    #[error("feature {feature} is a number, and MaskProcess fits masks: fit it by Ridge or OrdinaryLeastSquares")]
    Number {
        /// The feature.
        feature: usize,
    },
    /// A sample that is no mask, for a surrogate of masks.
    #[error("feature {feature} is {value} in sample {row}: masks are made of 0 and 1")]
    NotAMask {
        /// The sample.
        row: usize,
        /// The feature.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// A law of sizes that has but one.
    #[error(
        "all masks of the law keep as many features, so that no coefficient is determined: give at least two sizes a probability, as a larger kernel width does"
    )]
    OneSize,
    /// Samples that do not follow the law they are to be projected under.
    #[error(
        "the samples do not follow the law that MaskProcess was given: by their weights, {what} are kept in a share of {found:.4}, where the law says {expected:.4}; give it the law of the sampler's masks times the kernel (SizeLaw::weighed), or draw from the law itself (MaskPairs) under a uniform kernel"
    )]
    OffTheLaw {
        /// Which share: that of masks of some sizes, or that of a feature.
        what: String,
        /// The samples' share.
        found: f64,
        /// The law's.
        expected: f64,
    },
}

/// A penalty, if it is one.
pub(crate) fn check_penalty(value: f64) -> Result<f64, Error> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Penalty { value }) }
}

/// A tolerance, if it is one.
pub(crate) fn check_tolerance(value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Tolerance { value }) }
}

/// A number of iterations, if it is one.
pub(crate) fn check_iterations(iterations: usize) -> Result<usize, Error> {
    if iterations == 0 { Err(Error::Iterations) } else { Ok(iterations) }
}

/// A number of features, if it is one.
pub(crate) fn check_features(features: usize) -> Result<usize, Error> {
    if features == 0 { Err(Error::Features) } else { Ok(features) }
}

fn way_out(needed: usize) -> String {
    if needed == usize::MAX {
        "they are equally strong, so no number of samples will do".into()
    } else {
        format!("ask for {needed} samples")
    }
}
