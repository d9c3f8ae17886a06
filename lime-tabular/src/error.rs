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
    /// Columns of a row that are no one-hot code.
    #[error("one of the columns must be 1 and the others 0 (all 0 where the category is missing), but {values}")]
    NotOneHot {
        /// The columns and their values.
        values: String,
    },
    /// A missing cell where there is none in training.
    #[error(
        "column {column} ({name}) of the row is missing, and no training row lacks it: declare the column nullable (Field::nullable) if rows may"
    )]
    MissingCell {
        /// The column.
        column: usize,
        /// The column's name.
        name: String,
    },
    /// A column without any value in training.
    #[error("column {name}: every training cell is missing: leave the column out, or describe it yourself")]
    AllMissing {
        /// The column's name.
        name: String,
    },
    /// A column of missing cells that tells no value for the others.
    #[error(
        "column {name}: its law tells no typical value, which a missing cell is perturbed by: implement Column::typical"
    )]
    NoTypical {
        /// The column's name.
        name: String,
    },
    /// A share that is none.
    #[error("column {name}: the share {share} of missing cells is not between 0 and 1")]
    MissingShare {
        /// The column's name.
        name: String,
        /// The share.
        share: f64,
    },
    /// Training values outside the bounds of their column.
    #[error(
        "column {name}: the training value {value} is outside the bounds {least} to {greatest}: widen them or mend the data"
    )]
    OutOfBounds {
        /// The column's name.
        name: String,
        /// The value.
        value: f64,
        /// The lower bound.
        least: f64,
        /// The upper bound.
        greatest: f64,
    },
    /// Features that are not one owner for each column.
    #[error("column {column} ({name}) belongs to {features} features: each column must belong to one")]
    Owners {
        /// The column.
        column: usize,
        /// Its name.
        name: String,
        /// How many features it belongs to.
        features: usize,
    },
    /// An encoding whose width is not the number of its columns.
    #[error("feature {name}: its encoding has {width} columns and it is given {columns}: it needs as many, at least 1")]
    Width {
        /// The feature's name.
        name: String,
        /// The encoding's width.
        width: usize,
        /// The number of columns given.
        columns: usize,
    },
    /// Nothing that could be perturbed.
    #[error("every column is frozen: nothing is left to be explained")]
    AllFrozen,
    /// A part that cannot be written to a document.
    #[error("feature {name}: its column or encoding cannot be saved: implement `saved` for its type")]
    Unsaved {
        /// The feature's name.
        name: String,
    },
    /// A document that makes no table.
    #[error("this is no document of a table: {reason}")]
    Document {
        /// What is amiss.
        reason: String,
    },
    /// A column whose mean has no closed form.
    #[error("{name}: its mean given z' has no closed form: sample instead, or implement ColumnAt::mean for its type")]
    NoMean {
        /// The feature's name.
        name: String,
    },
    /// A column whose distribution function has no closed form.
    #[error(
        "{name}: what its values are below, given z', has no closed form: sample instead, or implement ColumnAt::below for its type"
    )]
    NoBelow {
        /// The feature's name.
        name: String,
    },
    /// A feature that is a number, where the exact answer is known for bins and categories.
    #[error(
        "{name}: it is a number without bins, and leaves have exact coefficients for bins and categories only: cut the column into bins, or sample instead"
    )]
    NotLevels {
        /// The feature's name.
        name: String,
    },
    /// A model of another number of columns than the row.
    #[error("the model takes {model} column(s) and the row has {row}: give it the columns it was trained with")]
    ModelColumns {
        /// The model's.
        model: usize,
        /// The row's.
        row: usize,
    },
    /// A kernel whose factor for a changed feature is none.
    #[error("the kernel gives a feature that changed the factor {value}: it must be finite and not negative")]
    Factor {
        /// The factor.
        value: f64,
    },
    /// A linear model whose parts do not fit.
    #[error(
        "the linear model has {message}: it needs at least one output, and for each an intercept and as many coefficients, all finite"
    )]
    Linear {
        /// What does not fit.
        message: String,
    },
    /// Training values that are infinite, in a column that passed by.
    #[error("column {name}: {values} training value(s) are infinite: values must be finite numbers")]
    Infinite {
        /// The column's name.
        name: String,
        /// How many.
        values: u64,
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
    /// A value of a sample that is NaN or infinite.
    #[error("value {index} of the sample is {value}: values must be finite numbers")]
    SampleValue {
        /// Its position.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A count that is none.
    #[error("the count of value {index} of the sample is {count}: counts must be finite and above 0")]
    Count {
        /// The value's position.
        index: usize,
        /// The count.
        count: f64,
    },
    /// Counts that look like shares, or that sum beyond f64.
    #[error("the counts of the sample sum to {total}: give numbers of values, not shares of them, so scale them")]
    CountTotal {
        /// Their sum.
        total: f64,
    },
    /// Counts or labels that are not given for each value of a sample.
    #[error("{found} {what} for {expected} values of the sample: give one for each")]
    SampleLength {
        /// What is given.
        what: &'static str,
        /// The number of values.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// Class labels that are not given for each training row.
    #[error("{classes} classes for {rows} training rows: give one for each row")]
    Classes {
        /// How many were given.
        classes: usize,
        /// The number of rows.
        rows: usize,
    },
    /// A discretiser that learns from class labels has none.
    #[error("it needs the class of each training row: give them to TabularBuilder::classes or Sample::with_labels")]
    NoLabels,
    /// A value that single precision, in which the trees of entropy bins compare, does not have.
    #[error("the value {value:e} is beyond single precision, in which entropy bins are found, so rescale the column")]
    BeyondSingle {
        /// The value.
        value: f64,
    },
    /// A share that cuts nothing.
    #[error(
        "the share {share} is not between 0 and 1, both excluded: the outer bins end at the training values' own ends"
    )]
    Share {
        /// The share.
        share: f64,
    },
    /// A discretiser that is given nothing to cut by.
    #[error("no {what}: at least one is needed, and TabularBuilder::without_discretizer leaves columns uncut")]
    NothingToCut {
        /// What is missing.
        what: &'static str,
    },
    /// A number of bins, or the depth of a tree of them, that is out of range.
    #[error("the {what} is {value}: it must be from {least} to {most}")]
    Bins {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The least allowed.
        least: usize,
        /// The greatest allowed.
        most: usize,
    },
    /// Edges given for all columns that are none.
    #[error("the bin edges {edges:?} are not finite and strictly rising")]
    GivenEdges {
        /// The edges.
        edges: Vec<f64>,
    },
    /// A rule for the values inside a bin failed.
    #[error("column {name}: the law of the values inside bin {bin}: {source}")]
    Within {
        /// The column's name.
        name: String,
        /// The bin, from 0.
        bin: usize,
        /// What it said.
        source: BoxError,
    },
    /// Values and shares that are no law.
    #[error("{message}: values must be finite and strictly rising, their shares above 0 and summing to 1")]
    Shares {
        /// What is wrong.
        message: String,
    },
    /// Statistics that no training data have.
    #[error("column {name}: {message}")]
    Statistics {
        /// The column's name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// Values that do not make a batch of sequences.
    #[error(
        "{values} value(s) are no batch of {rows} sequence(s) of {steps} step(s) with {features} feature(s): give their product, with at least 1 step and 1 feature"
    )]
    SequencesShape {
        /// The number of sequences.
        rows: usize,
        /// The steps of each.
        steps: usize,
        /// The features of each step.
        features: usize,
        /// The number of values.
        values: usize,
    },
    /// Windows that cannot be cut out of a table.
    #[error(
        "windows of {steps} step(s) cannot be cut out of a table of {rows} row(s) and {columns} column(s): give 1 to as many steps as it has rows, and at least 1 column"
    )]
    Windows {
        /// The steps of a window.
        steps: usize,
        /// The table's rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A table whose columns are not so many steps of features.
    #[error(
        "a table of {columns} column(s) does not hold {steps} step(s) of each feature: its width must be a multiple"
    )]
    Steps {
        /// The table's columns.
        columns: usize,
        /// The steps.
        steps: usize,
    },
    /// A sequence with too few or too many values.
    #[error("the sequence has {found} value(s) where the table has {steps} step(s) of {features} feature(s)")]
    SequenceLength {
        /// The table's steps.
        steps: usize,
        /// Its features.
        features: usize,
        /// The number of values.
        found: usize,
    },
    /// Sequences, to be read, of another shape than the instance.
    #[error(
        "sequences of {} step(s) with {} feature(s) cannot be read where the instance has {} and {}",
        found.0, found.1, expected.0, expected.1
    )]
    SequencesRead {
        /// Steps and features of the instance.
        expected: (usize, usize),
        /// Those of the sequences.
        found: (usize, usize),
    },
    /// Values that do not make a time series.
    #[error(
        "{values} value(s) are no series of {channels} channel(s): give each step a value for each channel, with at least 1 step and 1 channel"
    )]
    SeriesShape {
        /// The number of values.
        values: usize,
        /// The number of channels.
        channels: usize,
    },
    /// A value of a time series that is NaN or infinite.
    #[error("channel {channel} of the series is {value} at step {step}: values must be finite numbers")]
    SeriesValue {
        /// The step.
        step: usize,
        /// The channel.
        channel: usize,
        /// The value.
        value: f64,
    },
    /// A channel whose mean, spread or noise is beyond the data's type.
    #[error(
        "channel {channel} of the series: the mean or spread of the values from {min:e} to {max:e} is beyond the data's type, so rescale the channel"
    )]
    SeriesRange {
        /// The channel.
        channel: usize,
        /// The least of its values.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A number of names that does not fit the channels.
    #[error("{names} names for {channels} channel(s)")]
    ChannelNames {
        /// The number of names.
        names: usize,
        /// The number of channels.
        channels: usize,
    },
    /// A number of segments that a series cannot be cut into.
    #[error("a series of {steps} step(s) cannot be cut into {segments} segments: give 1 to {steps}")]
    Segments {
        /// The number of segments.
        segments: usize,
        /// The steps of the series.
        steps: usize,
    },
    /// A boundary between segments that is none.
    #[error(
        "boundary {index} is step {boundary}, but a series of {steps} step(s) can be cut there only after step {after} and before step {steps}: boundaries rise strictly"
    )]
    Boundary {
        /// Which of the boundaries, counted from 0.
        index: usize,
        /// The boundary.
        boundary: usize,
        /// The boundary before it, or 0.
        after: usize,
        /// The steps of the series.
        steps: usize,
    },
    /// A constant that is no number of the data's type.
    #[error("the constant {value} is not a finite number of the data's type")]
    Constant {
        /// The constant.
        value: f64,
    },
    /// Constants that are not one for each channel.
    #[error("{constants} constants for {channels} channel(s): give one for all or one for each")]
    Constants {
        /// How many were given.
        constants: usize,
        /// The number of channels.
        channels: usize,
    },
    /// A background without a series.
    #[error("there is no background series: give at least one")]
    NoBackground,
    /// Background series of another shape than the instance.
    #[error(
        "the background has {} step(s) of {} channel(s) where the series has {} of {}",
        found.0, found.1, expected.0, expected.1
    )]
    BackgroundShape {
        /// Steps and channels of the instance.
        expected: (usize, usize),
        /// Those of the background.
        found: (usize, usize),
    },
    /// A value of a background series that is NaN or infinite.
    #[error(
        "channel {channel} of background series {background} is {value} at step {step}: values must be finite numbers"
    )]
    BackgroundValue {
        /// Which of the series, counted from 0.
        background: usize,
        /// The step.
        step: usize,
        /// The channel.
        channel: usize,
        /// The value.
        value: f64,
    },
    /// A replacement of the user's own that cannot stand in the series.
    #[error("the replacement does not fit the series: {source}")]
    Replacement {
        /// What it said.
        source: BoxError,
    },
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
    SparseNoRow {
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
    /// Summaries of columns that did not see the same rows.
    #[error(
        "the summary of column {name} saw {found} row(s) where the first column's saw {expected}: each needs all rows"
    )]
    SummaryRows {
        /// The column's name.
        name: String,
        /// How many its summary saw.
        found: u64,
        /// How many the first one saw.
        expected: u64,
    },
    /// A summary that took missing cells for values.
    #[error(
        "column {name}: its summary took {value} for a value, which stands for a missing cell: give it to Summary::sentinel before any rows"
    )]
    SentinelKept {
        /// The column's name.
        name: String,
        /// The sentinel.
        value: f64,
    },
    /// An input of the model, to be read, with a missing cell where the feature is a number.
    #[error(
        "column {column} ({name}) of input {input} is missing, and a missing cell is nowhere on a number: leave such rows out, or cut the column into bins"
    )]
    InputMissing {
        /// The input's position in its batch.
        input: usize,
        /// The column.
        column: usize,
        /// The feature's name.
        name: String,
    },
}

impl Error {
    /// The same error about an input so many further on in its batch.
    pub(crate) fn at_input(mut self, first: usize) -> Self {
        if let Error::InputValue { input, .. } | Error::InputMissing { input, .. } = &mut self {
            *input += first;
        }
        self
    }
}
