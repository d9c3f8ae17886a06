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
    /// A source of training rows without any.
    #[error("there are {rows} training row(s) of {columns} column(s): at least one of each is needed")]
    NoRows {
        /// The rows.
        rows: usize,
        /// The columns.
        columns: usize,
    },
    /// A training value that is NaN or infinite.
    #[error("training row {row}, column {column} is {value}: values must be finite numbers")]
    RowValue {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A value of the instance that is NaN or infinite.
    #[error("column {column} of the instance is {value}: it must be a finite number to be among training rows")]
    InstanceValue {
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Training rows of another width than the instance.
    #[error(
        "the training rows have {training} column(s) and the instance {instance}: give the rows as the model takes them"
    )]
    Columns {
        /// The columns of the training rows.
        training: usize,
        /// The columns of the instance.
        instance: usize,
    },
    /// A number of nearest rows that there are not.
    #[error("the {nearest} nearest rows were asked for: of {rows} training row(s) it can be 1 to {rows}")]
    Nearest {
        /// What was asked for.
        nearest: usize,
        /// The number of training rows.
        rows: usize,
    },
    /// A number of clusters that there cannot be.
    #[error("{clusters} clusters were asked for: {rows} training row(s) make 1 to {rows}")]
    Clusters {
        /// What was asked for.
        clusters: usize,
        /// The number of training rows.
        rows: usize,
    },
    /// More training rows than can be clustered.
    #[error(
        "{rows} training rows are too many to cluster, which needs 4 n^2 bytes: give {most} of them at most, or take the nearest rows (Nearest, Bootstrap::nearest), for which there is no limit"
    )]
    TooManyRows {
        /// The number of training rows.
        rows: usize,
        /// The limit.
        most: usize,
    },
    /// A distance that is beyond f64.
    #[error("the distance from training row {row} is beyond f64, so rescale the columns")]
    Distance {
        /// The row.
        row: usize,
    },
    /// A probability or a share that leaves nothing to chance, or is none.
    #[error("the {what} is {value}: it must lie between 0 and 1, both excluded")]
    Share {
        /// Which share.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A kernel width that is zero, negative, infinite or NaN.
    #[error("the kernel width is {0}: it must be a finite number above 0")]
    Width(f64),
    /// A sampler of numbers in a space with a coordinate that has levels.
    #[error("feature {feature} has levels, and {sampler} draws numbers: {way_out}")]
    NotANumber {
        /// The feature.
        feature: usize,
        /// The sampler.
        sampler: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// A parameter of one feature, or of all alike, out of its range.
    #[error("{}the {what} is {value}: it must be {range}", place(feature))]
    Parameter {
        /// Which parameter.
        what: &'static str,
        /// The feature; none where one value serves all of them.
        feature: Option<usize>,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// Bounds that leave nothing between them.
    #[error(
        "{}the bounds are {low} and {high}: the lower one must be below the higher one, and neither NaN",
        place(feature)
    )]
    Bounds {
        /// The feature; none where the bounds serve all of them.
        feature: Option<usize>,
        /// The lower bound.
        low: f64,
        /// The higher bound.
        high: f64,
    },
    /// One value for each feature was given, and there are more features or fewer.
    #[error("{found} values for the {what} of {expected} features: give one for each feature, in their order")]
    Length {
        /// Which parameter.
        what: &'static str,
        /// The number of features.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// A matrix over the features that has not one row and one column for each.
    #[error(
        "the {what} matrix is {rows} by {columns}: it must have one row and one column for each feature{}",
        of(expected)
    )]
    MatrixShape {
        /// Which matrix.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The number of features, where it is known.
        expected: Option<usize>,
    },
    /// An entry of a matrix that cannot be.
    #[error("entry ({row}, {column}) of the {what} matrix is {value}: {must}")]
    MatrixEntry {
        /// Which matrix.
        what: &'static str,
        /// The entry's row.
        row: usize,
        /// The entry's column.
        column: usize,
        /// The entry.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// A symmetric matrix by which some combination of the features would not vary.
    #[error(
        "the {what} matrix is not positive definite: with feature {feature} some combination of the features has no variance or a negative one; leave out a feature that repeats others, or shrink the matrix towards its diagonal"
    )]
    NotPositiveDefinite {
        /// Which matrix.
        what: &'static str,
        /// The first feature with which it is not.
        feature: usize,
    },
    /// A size of masks with a weight that is none.
    #[error(
        "the weight of masks that keep {kept} of {features} features is {weight}: it must be finite and not negative"
    )]
    SizeWeight {
        /// The number of features kept.
        kept: usize,
        /// The number of features.
        features: usize,
        /// The weight.
        weight: f64,
    },
    /// All sizes of masks have the weight 0.
    #[error(
        "all sizes of masks of {features} features have the weight 0: give at least one number of kept features, from 0 to {features}, a weight above 0"
    )]
    NoSize {
        /// The number of features.
        features: usize,
    },
    /// A sampler that counts masks in a space whose masks do not determine the model's input.
    #[error(
        "in this space a mask leaves the model's input random, so that equal masks are different samples and {sampler} does not apply: {way_out}"
    )]
    Noise {
        /// The sampler.
        sampler: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// A sampler whose first rows depend on how many there are, where they must not.
    #[error(
        "the first rows of the sampler depend on how many are asked for, and {sampler} draws until it has enough: {way_out}"
    )]
    NotExtensible {
        /// The sampler that was given it.
        sampler: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// More masks than samples.
    #[error("{}", enumeration(*features, *budget))]
    Enumeration {
        /// The number of features.
        features: usize,
        /// The number of samples asked for.
        budget: usize,
    },
    /// A continuous law whose quantile function gives no number.
    #[error("feature {feature}: its law has the quantile {value} at {u}: quantiles must be finite inside (0, 1)")]
    Quantile {
        /// The feature.
        feature: usize,
        /// The share of the law.
        u: f64,
        /// What the law gave.
        value: f64,
    },
    /// A kernel so narrow that no value of a continuous law has any weight.
    #[error(
        "feature {feature}: a kernel of width {width} around the instance gives every value of the feature's law the weight 0: take a wider one"
    )]
    OutOfReach {
        /// The feature.
        feature: usize,
        /// The kernel's width.
        width: f64,
    },
    /// A part of a mixture that does not give the number of rows asked for.
    #[error(
        "the {part} sampler of the mixture has {found} rows where {asked} were asked for: mix samplers that give as many rows as asked (no enumeration, no leave-one-out)"
    )]
    MixedRows {
        /// Which part: "first" or "second".
        part: &'static str,
        /// The rows asked for.
        asked: usize,
        /// The rows of its design.
        found: usize,
    },
    /// A coordinate that is neither absent nor present, from a sampler of masks.
    #[error("the sampler gave feature {feature} the value {value} in row {row}: masks are made of 0 and 1")]
    MaskValue {
        /// The row.
        row: usize,
        /// The feature.
        feature: usize,
        /// The value.
        value: f64,
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
    /// Sobol' points under no scrambling.
    #[error("0 scramblings: at least 1 is needed, and Sobol::default().unscrambled() leaves the points as they are")]
    Scramblings,
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

fn place(feature: &Option<usize>) -> String {
    feature.map_or_else(String::new, |j| format!("feature {j}: "))
}

fn of(features: &Option<usize>) -> String {
    features.map_or_else(String::new, |d| format!(", and there are {d}"))
}

fn enumeration(features: usize, budget: usize) -> String {
    if features <= crate::exhaustive::MOST_FEATURES {
        let masks = 1usize << features;
        format!(
            "{features} features have 2^{features} = {masks} masks, more than the budget of {budget} samples: ask for {masks} samples, join features into fewer, or draw masks at random (MonteCarlo, BernoulliMask, RemovedCount)"
        )
    } else {
        format!(
            "{features} features have 2^{features} masks, and at most 2^{} are enumerated: join features into fewer, or draw masks at random (MonteCarlo, BernoulliMask, RemovedCount)",
            crate::exhaustive::MOST_FEATURES
        )
    }
}
