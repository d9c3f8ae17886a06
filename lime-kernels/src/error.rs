//! What can be wrong with a kernel.

use lime_core::Real;
use nalgebra::DMatrix;

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
    /// A width rule that looks at samples, where there are none.
    #[error(
        "the kernel's width is found from samples, and here none are drawn: take a fixed width, or a multiple of sqrt(d')"
    )]
    NoSamples,
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
    /// A metric of no columns.
    #[error("0 columns: a metric needs at least 1")]
    NoColumns,
    /// Data of another number of columns than the metric was built for.
    #[error(
        "the metric was built for {expected} column(s) and the data have {found}: build it from data of the same columns"
    )]
    Columns {
        /// How many the metric has.
        expected: usize,
        /// How many the data have.
        found: usize,
    },
    /// A range of a numeric column that is zero, negative, infinite or NaN.
    #[error(
        "the range of column {column} is {value}: it must be a finite number above 0, and a column of one value is `GowerColumn::Constant`"
    )]
    Range {
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A column's weight that is negative, infinite or NaN.
    #[error("the weight of column {column} is {value}: it must be a finite number, 0 or above")]
    ColumnWeight {
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Another number of weights than of columns.
    #[error("{found} weight(s) for {expected} column(s): there must be one for each")]
    ColumnWeights {
        /// The number of columns.
        expected: usize,
        /// The number of weights.
        found: usize,
    },
    /// Columns' weights that are all zero, or whose sum overflows.
    #[error("the columns' weights sum to {sum}: the sum must be a finite number above 0")]
    WeightSum {
        /// The sum.
        sum: f64,
    },
    /// A category column that does not exist.
    #[error("category column {column} does not exist: the rows have {columns} column(s), numbered from 0")]
    Category {
        /// The column.
        column: usize,
        /// The number of columns.
        columns: usize,
    },
    /// Too few training rows.
    #[error("{found} training row(s): at least {needed} are needed")]
    TrainingRows {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A training value that is infinite or NaN.
    #[error(
        "row {row}, column {column} of the training rows is {value}, not a finite number: leave the row out or fill it in"
    )]
    TrainingValue {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A covariance matrix that is not square.
    #[error("the covariance is {rows} x {columns}: it must be square")]
    NotSquare {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// A covariance that is infinite or NaN.
    #[error("the covariance of columns {row} and {column} is {value}, not a finite number")]
    Covariance {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A covariance matrix that is not symmetric.
    #[error(
        "the covariance of columns {row} and {column} is {value} above the diagonal and {mirrored} below: it must be symmetric"
    )]
    NotSymmetric {
        /// The row, the lesser of the two.
        row: usize,
        /// The column.
        column: usize,
        /// The value at (row, column).
        value: f64,
        /// The value at (column, row).
        mirrored: f64,
    },
    /// A variance that is zero or negative.
    #[error(
        "the variance of column {column} is {value}: it must be above 0, so leave the column out or add a ridge to the diagonal"
    )]
    Variance {
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A covariance matrix that is not positive definite.
    #[error(
        "the covariance is not positive definite: the columns before column {column} leave {value:?} of its variance (the pivot), and at least {least:?} is needed, so add a ridge to the diagonal or shrink the covariance"
    )]
    Pivot {
        /// The column.
        column: usize,
        /// The share of its variance that the columns before it do not explain.
        value: f64,
        /// The least share that counts as positive.
        least: f64,
    },
    /// A shrinkage outside 0..=1.
    #[error("the shrinkage is {value}: it must be between 0 (none) and 1 (no correlations)")]
    Shrinkage {
        /// The value.
        value: f64,
    },
    /// Fewer than two features for the Shapley kernel.
    #[error(
        "{features} feature(s): the Shapley kernel weighs the masks between the empty and the full one, and there are none below 2 features"
    )]
    NoMasksBetween {
        /// The number of interpretable features.
        features: usize,
    },
    /// An instance that is not the full mask.
    #[error(
        "feature {feature} of the instance is {value} in interpretable space: the Shapley kernel needs a space of masks, in which it is 1"
    )]
    FullMask {
        /// The feature.
        feature: usize,
        /// Its value.
        value: f64,
    },
    /// A sample that is not a mask.
    #[error("feature {feature} of row {row} of the block is {value}: the Shapley kernel needs masks, of 0 and 1 only")]
    Mask {
        /// The row, counted from the start of the block.
        row: usize,
        /// The feature.
        feature: usize,
        /// Its value.
        value: f64,
    },
}

/// The value itself if it is a width: finite and above 0.
pub(crate) fn check_width(value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Width { value }) }
}

/// Refuses training rows with a value that is not finite.
pub(crate) fn check_finite<F: Real>(rows: &DMatrix<F>) -> Result<(), Error> {
    for (column, values) in rows.column_iter().enumerate() {
        if let Some((row, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::TrainingValue { row, column, value: value.wide() });
        }
    }
    Ok(())
}
