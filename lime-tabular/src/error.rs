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
    /// Bounds that leave no value.
    #[error("column {name}: the bounds {least} and {greatest} leave no value: the first must not be above the second")]
    Bounds {
        /// The column's name.
        name: String,
        /// The lower bound.
        least: f64,
        /// The upper bound.
        greatest: f64,
    },
    /// Two columns of one name.
    #[error("two columns are named {name:?}: rename one")]
    TwiceNamed {
        /// The name.
        name: String,
    },
    /// Columns that are no one-hot code.
    #[error("the one-hot group {group:?}: {reason}")]
    OneHot {
        /// The group's name.
        group: String,
        /// What is wrong with it.
        reason: String,
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
    /// A table that cannot be opened or read.
    #[error("cannot read the table {table}: {source}")]
    Unread {
        /// The file.
        table: String,
        /// What the system or the format's reader said.
        source: BoxError,
    },
    /// A file whose name does not tell its format, or one this build does not read.
    #[error("cannot read the table {table}: its name must end in one of {known}")]
    Format {
        /// The file.
        table: String,
        /// The endings known, and what has to be done for the others.
        known: String,
    },
    /// A file without a byte in it.
    #[error("the table {table} is empty: its first line must name the columns")]
    EmptyTable {
        /// The file.
        table: String,
    },
    /// A first line that names no columns.
    #[error("the table {table} has no header: its first line is {line:?} and must name the columns")]
    NoHeader {
        /// The file.
        table: String,
        /// The first line.
        line: String,
    },
    /// A header and nothing else.
    #[error("the table {table} has a header and no rows")]
    NoRows {
        /// The file.
        table: String,
    },
    /// A line with too few or too many cells.
    #[error("the table {table}, line {line}: {found} cell(s) where the header has {expected}")]
    Ragged {
        /// The file.
        table: String,
        /// The line, from 1.
        line: u64,
        /// The cells of the line.
        found: u64,
        /// The columns.
        expected: u64,
    },
    /// Bytes that are no text.
    #[error("the table {table}, line {line} is not UTF-8: save the table in that encoding")]
    Encoding {
        /// The file.
        table: String,
        /// The line, from 1.
        line: u64,
    },
    /// A name that is no column's.
    #[error("there is no column {name:?} for {place}; the columns are: {}", known.join(", "))]
    UnknownColumn {
        /// The name.
        name: String,
        /// What names it.
        place: String,
        /// The columns there are.
        known: Vec<String>,
    },
    /// A column given two roles.
    #[error("the column {name:?} is given to both {first} and {second}")]
    TwoRoles {
        /// The column.
        name: String,
        /// The one role.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A table without features.
    #[error("no feature is left in the table {table}: every column is the label or dropped")]
    NoFeatures {
        /// The file.
        table: String,
    },
    /// A row that does not exist.
    #[error("row {row} does not exist: the table has {rows} rows, the first is 0")]
    NoRow {
        /// The row asked for.
        row: u64,
        /// How many there are.
        rows: u64,
    },
    /// A row that was not asked for before the table was read.
    #[error("row {row} was not kept: name it with ReaderBuilder::keep before the table is read")]
    NotKept {
        /// The row asked for.
        row: u64,
    },
    /// A column whose kind cannot be told.
    #[error("the column {name:?} has no values in the first {rows} row(s): drop it, or declare its kind")]
    EmptyColumn {
        /// The column.
        name: String,
        /// The rows looked at.
        rows: u64,
    },
    /// A number that is infinite, or NaN where that is no word for a missing cell.
    #[error("{place}, column {name:?} is {text}, not a finite number")]
    NotFinite {
        /// The line or row.
        place: String,
        /// The column.
        name: String,
        /// The cell.
        text: String,
    },
    /// A cell that is not of its column's kind.
    #[error("{place}, column {name:?}: {text:?} is not {expected}; {hint}")]
    Cell {
        /// The line or row.
        place: String,
        /// The column.
        name: String,
        /// The cell.
        text: String,
        /// What the column holds.
        expected: String,
        /// Who says so, and the way out.
        hint: String,
    },
    /// A category that the column does not have.
    #[error("{place}, column {name:?}: the category {text:?} is not among the known ones: {known}")]
    Unseen {
        /// The line or row.
        place: String,
        /// The column.
        name: String,
        /// The cell.
        text: String,
        /// The categories.
        known: String,
    },
    /// A type of column that cannot be made numbers.
    #[error("the column {name:?} is of type {found}, which is neither numbers, texts, booleans nor instants: drop it")]
    ColumnType {
        /// The column.
        name: String,
        /// The type.
        found: String,
    },
    /// Declarations of a column that do not fit each other or the table.
    #[error("the declarations of the column {name:?}: {reason}")]
    Declared {
        /// The column.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of declarations that cannot be read or written.
    #[error("the declarations of the columns: {source}")]
    Declarations {
        /// What is wrong, with the place.
        source: BoxError,
    },
    /// A table or a row without one of the schema's columns.
    #[error("{table} has no column {name:?}, which the schema has; its columns are: {}", known.join(", "))]
    MissingColumn {
        /// The file, or the row.
        table: String,
        /// The schema's column.
        name: String,
        /// The columns there are.
        known: Vec<String>,
    },
}
