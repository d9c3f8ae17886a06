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
    /// A column of the user's own that cannot be read.
    #[error(
        "z' cannot be read off its values: implement ColumnAt::interpret for its type, or draw samples in interpretable space"
    )]
    Unreadable,
    /// An input of the model, to be read, with too few or too many values.
    #[error("inputs of {found} value(s) cannot be read where the row has {expected}")]
    InputLength {
        /// The number of columns.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// An input of the model, to be read, with a value that is NaN or infinite.
    #[error("column {column} ({name}) of input {input} is {value}: values must be finite numbers")]
    InputValue {
        /// The input's position in its batch.
        input: usize,
        /// The column.
        column: usize,
        /// The feature's name.
        name: String,
        /// The value.
        value: f64,
    },
    /// A row and a baseline that are not of one length, or empty.
    #[error("the row has {row} value(s) and the baseline {baseline}: both need one for each column, and at least one")]
    BaselineLength {
        /// The row's.
        row: usize,
        /// The baseline's.
        baseline: usize,
    },
    /// A value of the baseline that is NaN or infinite.
    #[error("column {column} of the baseline is {value}: values must be finite numbers")]
    BaselineValue {
        /// The column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A column whose training data tell no value for a baseline.
    #[error(
        "column {column} ({name}) has no typical value: implement Column::typical for its type, or give the baseline yourself to Baseline::new"
    )]
    NotTypical {
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
    },
    /// Groups that are not given for each column.
    #[error("{groups} groups for {columns} columns: give each column the number of its feature")]
    Groups {
        /// How many were given.
        groups: usize,
        /// The number of columns.
        columns: usize,
    },
    /// Numbers of groups with a gap.
    #[error(
        "no column belongs to feature {missing} where the highest is {highest}: number features from 0 without gaps"
    )]
    GroupGap {
        /// The first number that no column has.
        missing: usize,
        /// The highest number.
        highest: usize,
    },
    /// A number of names that does not fit the groups of columns.
    #[error("{names} names for {features} features: give one for each, after the groups")]
    GroupNames {
        /// The number of names.
        names: usize,
        /// The number of features.
        features: usize,
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
    /// A sparse row of so many columns and another number of values.
    #[error("the sparse row has {columns} columns and {values} values: give one value a column")]
    SparseLength {
        /// The number of columns.
        columns: usize,
        /// The number of values.
        values: usize,
    },
    /// A column of a sparse row that the row does not have.
    #[error("column {column} does not exist: the sparse row has {width} columns, numbered from 0")]
    SparseColumn {
        /// The column.
        column: usize,
        /// The number of columns, zeros included.
        width: usize,
    },
    /// Columns of a sparse row that do not rise, or one twice.
    #[error("column {column} of the sparse row comes after column {after}: sort the columns and give each once")]
    SparseOrder {
        /// The column.
        column: usize,
        /// The one before it.
        after: usize,
    },
    /// A row of nothing but zeros.
    #[error("all {width} columns of the sparse row are 0, so there is nothing to explain")]
    SparseEmpty {
        /// The number of columns.
        width: usize,
    },
    /// A sparse row that is wider or narrower than its table.
    #[error("the sparse row has {found} columns, zeros included, where the table has {expected}")]
    SparseWidth {
        /// The table's columns.
        expected: usize,
        /// The row's.
        found: usize,
    },
    /// Means and standard deviations that are not one each for at least one column.
    #[error("{means} means and {sds} standard deviations: give one of each for every column, at least one")]
    SparseStatistics {
        /// The number of means.
        means: usize,
        /// The number of standard deviations.
        sds: usize,
    },
    /// A mean or standard deviation that cannot be used.
    #[error(
        "column {column} ({name}): the training {what} is {value:e}: it must be finite in the row's number type, a standard deviation above 0"
    )]
    SparseStatistic {
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
        /// "mean" or "standard deviation".
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A row of a sparse matrix that does not exist.
    #[error("row {row} does not exist: the matrix has {rows}, numbered from 0")]
    NoRow {
        /// The row asked for.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A batch without a place for sparse rows.
    #[error(
        "a batch of {rows} rows and {columns} columns cannot hold rows up to {end} of {width} columns: allocate or resize it by the same representation"
    )]
    SparseBatch {
        /// The batch's rows.
        rows: usize,
        /// The batch's columns.
        columns: usize,
        /// One past the last row to be written or read.
        end: usize,
        /// The columns of these rows.
        width: usize,
    },
    /// A sparse matrix that cannot be put together.
    #[error("the sparse rows make no matrix: {message}")]
    SparseFormat {
        /// What is wrong with them.
        message: String,
    },
}
