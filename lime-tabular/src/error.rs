//! What can be wrong with a table or a row of it.

use lime_core::BoxError;

/// Training data, settings and rows that cannot be used. Columns and rows are counted from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Too little training data.
    #[error("the training data has {rows} row(s) and {columns} column(s): at least 2 rows and 1 column are needed")]
    Size {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A number of names that does not fit the columns.
    #[error("{names} feature names for {columns} columns")]
    Names {
        /// The number of names.
        names: usize,
        /// The number of columns.
        columns: usize,
    },
    /// A column that does not exist.
    #[error("column {column} does not exist: the training data has {columns}, numbered from 0")]
    NoColumn {
        /// The column asked for.
        column: usize,
        /// How many there are.
        columns: usize,
    },
    /// A training value that is NaN or infinite.
    #[error("training row {row}, column {column} ({name}) is {value}: values must be finite numbers")]
    TrainingValue {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
    },
    /// A row with too few or too many values.
    #[error("the row has {found} value(s) where the table has {expected} columns")]
    RowLength {
        /// The number of columns.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// A value of the row that is NaN or infinite.
    #[error("column {column} ({name}) of the row is {value}: values must be finite numbers")]
    RowValue {
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
    },
    /// A category that the training data does not have.
    #[error("column {name}: the category {value} is not among the {known} seen in training")]
    Category {
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
        /// How many categories are known.
        known: usize,
    },
    /// A training value that has no name among the level names given.
    #[error("column {name}: the value {value} is not the code of one of its {levels} level names (0 to {})", levels.saturating_sub(1))]
    Code {
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
        /// The number of level names.
        levels: usize,
    },
    /// A discretiser failed on a column.
    #[error("column {name}: the discretiser failed: {source}")]
    Discretizer {
        /// The column's name.
        name: String,
        /// What it said.
        source: BoxError,
    },
    /// Bin edges that are none.
    #[error("column {name}: the bin edges {edges:?} are not finite and strictly rising")]
    Edges {
        /// The column's name.
        name: String,
        /// The edges.
        edges: Vec<f64>,
    },
    /// Values whose mean or spread is beyond f64.
    #[error(
        "column {name}: the mean or spread of the values from {min:e} to {max:e} is beyond f64, so rescale the column"
    )]
    Overflow {
        /// The column's name.
        name: String,
        /// The least of them.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A column of the user's own failed.
    #[error("column {column} ({name}): {source}")]
    Column {
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
        /// What it said.
        source: BoxError,
    },
    /// The columns make no interpretable space.
    #[error(transparent)]
    Space(#[from] lime_core::Error),
}
