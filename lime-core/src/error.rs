//! What can go wrong, with the value, the place and the way out.

use std::error::Error as StdError;
use std::fmt;

use crate::Explanation;

/// What a user's own part returns when it fails: any error type, through `?` or `.into()`. The [`Explainer`](crate::Explainer)
/// adds the stage and the rows and returns [`Error::Part`].
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The step of the pipeline in which a part failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The sampler made its design.
    Sample,
    /// The representation turned perturbed samples into model inputs, h_x(z').
    Restore,
    /// The similarity kernel weighed the samples.
    Weigh,
    /// The model was asked.
    Predict,
    /// The surrogate's evidence took in answered rows.
    Absorb,
    /// The selector chose the features.
    Select,
    /// The surrogate was fitted.
    Fit,
    /// The stop rule looked at the run.
    Stop,
    /// The watcher was told of the run's progress.
    Watch,
    /// Something that belongs to no one step: names, allocation, the reading of a fit.
    Other,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Sample => "sampler",
            Stage::Restore => "representation",
            Stage::Weigh => "similarity kernel",
            Stage::Predict => "model",
            Stage::Absorb => "surrogate's evidence",
            Stage::Select => "feature selection",
            Stage::Fit => "surrogate",
            Stage::Stop => "stop rule",
            Stage::Watch => "watcher",
            Stage::Other => "pipeline",
        })
    }
}

/// Everything that can stop an explanation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An interpretable space that cannot be.
    #[error("{message}")]
    Space {
        /// Which feature, which value, and what is allowed.
        message: String,
    },
    /// Fewer than two samples were asked for.
    #[error("{samples} samples asked for: a surrogate needs at least 2 (the default is 5000)")]
    Samples {
        /// What was asked for.
        samples: usize,
    },
    /// Model batches of no rows, or of more than can be held.
    #[error("the batch size is {rows}: it must be at least 1, and a batch of {features} features must fit in memory")]
    BatchSize {
        /// What was asked for.
        rows: usize,
        /// The number of interpretable features.
        features: usize,
    },
    /// An instance without interpretable features.
    #[error("the instance has no interpretable features, so there is nothing to explain")]
    NoFeatures,
    /// The representation's names do not fit its space.
    #[error("the representation gives {found} feature names for {expected} features")]
    Names {
        /// The number of features.
        expected: usize,
        /// The number of names.
        found: usize,
    },
    /// No target was asked for.
    #[error("no target to explain: give at least one output, the top 1 or more, or all")]
    NoTargets,
    /// A target the model does not have.
    #[error("target {target} does not exist: the model has {outputs} output(s), numbered from 0")]
    Target {
        /// The target asked for.
        target: usize,
        /// The number of the model's outputs.
        outputs: usize,
    },
    /// The names given for the model's outputs do not fit their number.
    #[error("{names} output names for a model of {outputs} output(s)")]
    OutputNames {
        /// The number of names.
        names: usize,
        /// The number of the model's outputs.
        outputs: usize,
    },
    /// A part returned an error.
    #[error("the {stage} failed{}: {source}", on_rows(*first, *end))]
    Part {
        /// Which part.
        stage: Stage,
        /// The first row it worked on.
        first: usize,
        /// One past the last row it worked on; the first row where it worked on none.
        end: usize,
        /// What it said.
        source: BoxError,
    },
    /// A part panicked. The explainer itself is unharmed and may be used again.
    #[error("the {stage} panicked{}: {message}", on_rows(*first, *end))]
    Panic {
        /// Which part.
        stage: Stage,
        /// The first row it worked on.
        first: usize,
        /// One past the last row it worked on; the first row where it worked on none.
        end: usize,
        /// The panic's message.
        message: String,
    },
    /// The model answered with another number of rows than it was asked.
    #[error("the model was asked for {asked} rows (rows {first}..{}) and answered with {answered}", first + asked)]
    AnswerRows {
        /// The first row asked for.
        first: usize,
        /// How many rows were asked for.
        asked: usize,
        /// How many came back.
        answered: usize,
    },
    /// The model answered with another number of outputs than before, or with none.
    #[error("the model answered rows {first}.. with {found} output(s) where {expected} were expected")]
    AnswerOutputs {
        /// The first row of the batch.
        first: usize,
        /// The number of outputs it gave before (at least 1).
        expected: usize,
        /// The number it gave now.
        found: usize,
    },
    /// The model answered with NaN or an infinity.
    #[error("the model answered row {row}, output {output} with {value}, not a finite number")]
    AnswerValue {
        /// The row.
        row: usize,
        /// The output.
        output: usize,
        /// The value.
        value: f64,
    },
    /// A sampling design or a similarity kernel gave a weight that is none.
    #[error("the {stage} gave row {row} the weight {value}: weights are finite and not negative")]
    Weight {
        /// Who gave it.
        stage: Stage,
        /// The row.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// A sampling design left noise that is none, as where it writes z' only.
    #[error(
        "the sampler gave row {row} the noise {value} for feature {feature}: where the space has noise, every entry is to be written, above 0 and below 1"
    )]
    Noise {
        /// The row.
        row: usize,
        /// The feature, counted from 0.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// A sampling design or a source gave a coordinate or noise that is no finite number.
    #[error("the sampler gave row {row} the {what} {value} for feature {feature}: it must be a finite number")]
    Sample {
        /// The row.
        row: usize,
        /// The feature, counted from 0.
        feature: usize,
        /// What it is: z' or noise.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// The samples' weights are all zero, but for samples like the instance itself.
    #[error("{}", no_weight(*samples, *positive))]
    NoWeight {
        /// How many samples there are.
        samples: usize,
        /// How many of them have a weight above zero.
        positive: usize,
    },
    /// The design has fewer than two rows.
    #[error("the sampler's design has {rows} row(s) for the {samples} samples asked for: at least 2 are needed")]
    Design {
        /// The rows of the design.
        rows: usize,
        /// The samples asked for.
        samples: usize,
    },
    /// The selector chose features that do not exist, or one twice.
    #[error("the feature selection chose {chosen:?} out of {features} features: each may be chosen once")]
    Selection {
        /// What it chose.
        chosen: Vec<usize>,
        /// The number of features.
        features: usize,
    },
    /// The surrogate must reproduce a sample that is none of this space.
    #[error("the surrogate is to reproduce the sample {z:?}, which has not {features} coordinates as this space has")]
    ExactRow {
        /// The sample it asked for.
        z: Vec<f64>,
        /// The number of features.
        features: usize,
    },
    /// The surrogate must reproduce a sample for which the model has no one answer.
    #[error(
        "the surrogate is to reproduce the sample {z:?} exactly, but in this representation a sample leaves the model's input random: take one that sets what is absent to a fixed value, or another surrogate"
    )]
    ExactNoise {
        /// The sample it asked for.
        z: Vec<f64>,
    },
    /// The surrogate returned another number of fits than targets.
    #[error("the surrogate returned {found} fits for {expected} targets")]
    Fits {
        /// The number of targets.
        expected: usize,
        /// The number of fits.
        found: usize,
    },
    /// A number of the explanation that is not finite: the moments overflowed, or the surrogate failed to say so itself.
    #[error(
        "the {what} for target {target} is {value}: {}",
        if value.is_nan() {
            "the surrogate has divided zero by zero, as where a feature does not vary or the samples are too few, or taken infinity from infinity, for which rescale the outputs or features"
        } else {
            "the model's outputs or the features are too large to square, so rescale them"
        }
    )]
    NotFinite {
        /// The model's output.
        target: usize,
        /// Which number: "weight of feature 3", "intercept", "local prediction".
        what: String,
        /// Its value.
        value: f64,
    },
    /// A run that may stop early, or is gone on with, by a sampler whose rows depend on how many there will be.
    #[error(
        "the sampler's {samples} rows are one design, which is neither to be cut short nor to be added to: take a sampler of independent rows or of a sequence, such as MonteCarlo or Sobol"
    )]
    NotExtensible {
        /// The samples asked for.
        samples: usize,
    },
    /// A checkpoint that this run cannot go on from.
    #[error("the earlier run cannot be gone on with: {message}")]
    Checkpoint {
        /// What does not fit, and what to do.
        message: String,
    },
    /// Leaves that make no model, or are asked about rows of another width.
    #[error("the leaves do not fit: {message}")]
    Leaves {
        /// Which leaf, and what does not fit.
        message: String,
    },
    /// The watcher called the run off.
    #[error("called off")]
    Cancelled,
    /// A law of masks by their size with a weight that is none.
    #[error(
        "the weight of masks that keep {kept} of {features} features is {weight}: it must be finite and not negative"
    )]
    SizeWeight {
        /// The number of kept features.
        kept: usize,
        /// The number of features.
        features: usize,
        /// The weight, or the similarity.
        weight: f64,
    },
    /// A law of masks by their size that has no mask.
    #[error(
        "all sizes of masks of {features} features have the weight 0: give at least one number of kept features, from 0 to {features}, a weight and a similarity above 0, as a larger kernel width does"
    )]
    NoSize {
        /// The number of features.
        features: usize,
    },
    /// A kernel width of a law of masks that is none.
    #[error("the kernel width is {width}: it must be a finite number above 0")]
    SizeWidth {
        /// The width.
        width: f64,
    },
    /// The run stopped in the middle. What was computed is kept.
    #[error("stopped after {answered} of {samples} samples: {cause}")]
    Interrupted {
        /// The number of rows the model had answered, from row 0 on without a gap, and that the evidence holds.
        answered: usize,
        /// The number of samples asked for.
        samples: usize,
        /// The explanation from the rows answered, where they sufficed for one.
        partial: Option<Box<Explanation>>,
        /// Why it stopped.
        #[source]
        cause: Box<Error>,
    },
}

/// The rows a part worked on, where it worked on any.
fn on_rows(first: usize, end: usize) -> String {
    if first < end { format!(" on rows {first}..{end}") } else { String::new() }
}

fn no_weight(samples: usize, positive: usize) -> String {
    let those = if positive == 0 {
        format!("for all of the {samples} samples: they")
    } else {
        format!("for all of the {samples} samples but {positive}, and those are like the instance itself: the others")
    };
    format!("the similarity is zero {those} are too far away for this kernel, so choose a larger kernel width")
}
