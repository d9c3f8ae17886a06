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
}
