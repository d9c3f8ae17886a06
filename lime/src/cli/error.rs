//! What can go wrong on the command line.

use std::io;
use std::path::PathBuf;

/// Failures of the command, with the file and the place. Rows are counted from 0 without the header, lines from 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("cannot read the table {}: {source}", path.display())]
    Read { path: PathBuf, source: csv::Error },
    #[error("the table {} has no header", path.display())]
    NoHeader { path: PathBuf },
    #[error("the table {} has a header and no rows", path.display())]
    NoRows { path: PathBuf },
    #[error("the table {} has two columns named {name:?}", path.display())]
    TwiceNamed { path: PathBuf, name: String },
    #[error("there is no column {name:?} for {option}; the columns are: {}", known.join(", "))]
    NoColumn { option: &'static str, name: String, known: Vec<String> },
    #[error("the column {name:?} is given to both {first} and {second}")]
    TwoRoles { name: String, first: &'static str, second: &'static str },
    #[error("no feature is left: every column is the label or dropped")]
    NoFeatures,
    #[error("row {row} does not exist: the table has {rows} rows, the first is 0")]
    NoRow { row: usize, rows: usize },
    #[error("the column {name:?} has no values at all: leave it out with --drop")]
    EmptyColumn { name: String },
    #[error("row {row} has no value in column {}: a row with missing cells cannot be explained, so choose another", names.join(", "))]
    MissingCell { row: usize, names: Vec<String> },
    #[error("only {rows} row(s) of the table have no missing cells: at least 2 are needed to learn how features vary")]
    TooFewRows { rows: usize },
    #[error("row {row}, column {name:?} is {text}, not a finite number")]
    NotFinite { row: usize, name: String, text: String },
    #[error("{model}: {source}", model = path.display())]
    Model { path: PathBuf, source: lime::models::Error },
    #[error(
        "the model takes {takes} columns and the table has {}: {}; leave some out with --label and --drop",
        names.len(), names.join(", ")
    )]
    Width { takes: usize, names: Vec<String> },
    #[error("the model failed on row {row}: {source}")]
    Predict { row: usize, source: lime::BoxError },
    #[error("there is no target {target:?}: the model has {outputs} output(s), {}", known_classes(classes, *outputs))]
    Target { target: String, outputs: usize, classes: Vec<String> },
    #[error("--around goes with --discretizer none: bins are perturbed by their training frequency")]
    Around,
    #[error(transparent)]
    Table(#[from] lime::tabular::Error),
    #[error(transparent)]
    Kernel(#[from] lime::kernels::Error),
    #[error(transparent)]
    Surrogate(#[from] lime::surrogates::Error),
    #[error(transparent)]
    Explain(#[from] lime::Error),
    #[error("cannot start {threads} threads: {source}")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write the explanation as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

fn known_classes(classes: &[String], outputs: usize) -> String {
    if classes.is_empty() {
        return format!("numbered 0 to {}; --label names them", outputs.saturating_sub(1));
    }
    format!("named {} or numbered 0 to {}", classes.join(", "), outputs.saturating_sub(1))
}
