//! What can go wrong on the command line.

use std::io;
use std::path::PathBuf;

/// Failures of the command, with the file and the place. Rows are counted from 0 without the header, lines from 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("cannot read {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Schema { path: PathBuf, source: Box<lime::tabular::Error> },
    #[error("only {rows} row(s) of the table are left to learn from: at least 2 are needed to learn how features vary")]
    TooFewRows { rows: usize },
    #[error(
        "row {row} has missing cells ({}), of which nothing is learned with --missing leave-out: take --missing level, or another row",
        columns.join(", ")
    )]
    RowLeftOut { row: usize, columns: Vec<String> },
    #[error("{model}: {source}{}", way_out(source), model = path.display())]
    Model { path: PathBuf, source: lime::models::Error },
    #[error("the model failed on row {row}: {source}")]
    Predict { row: usize, source: lime::BoxError },
    #[error("there is no target {target:?}: the model has {outputs} output(s), {}", known_classes(classes, *outputs))]
    Target { target: String, outputs: usize, classes: Vec<String> },
    #[error("{option} is for the original's estimator, and --preset recommended has its own: leave one of the two out")]
    NotRecommended { option: &'static str },
    #[error("--around goes with --discretizer none: bins are perturbed by their training frequency")]
    Around,
    #[error(
        "--discretizer entropy needs the class of each training row: name its column with --label, without missing cells (tables of more than 2^24 values are summarised, which keeps no classes)"
    )]
    NoClasses,
    #[error(
        "--sampler covariance needs the training rows, and the table was summarised: it has more than 2^24 values, or comes from --explainer"
    )]
    NoRowsKept,
    #[error("--sampler covariance goes with --discretizer none: bins have no covariance")]
    CovarianceOfBins,
    #[error(
        "--sampler halton is one design as a whole and has no errors for --until to go by: take --sampler sobol, or --until calls=N or seconds=S"
    )]
    UntilOfHalton,
    #[error("--sampler covariance: {0}")]
    Covariance(lime::BoxError),
    #[error(transparent)]
    Sampler(#[from] lime::samplers::Error),
    #[error(transparent)]
    Table(Box<lime::tabular::Error>),
    #[error(transparent)]
    Kernel(#[from] lime::kernels::Error),
    #[error(transparent)]
    Surrogate(#[from] lime::surrogates::Error),
    #[error(transparent)]
    Explain(#[from] lime::Error),
    #[error("cannot start {threads} threads: {source}")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
    #[error("{}: {source}", path.display())]
    ImageModel { path: PathBuf, source: Box<lime::models::Error> },
    #[error("the model failed on the picture: {0}")]
    PredictPicture(lime::BoxError),
    #[error(transparent)]
    Image(Box<lime::image::Error>),
    #[error("{0}")]
    Superpixels(lime::BoxError),
    #[error("{0}")]
    Text(lime::BoxError),
    #[error("{} is not UTF-8: byte {byte} (counted from 0) belongs to no character", path.display())]
    NotUtf8 { path: PathBuf, byte: usize },
    #[error(
        "--units char --positions hides characters behind the character 0, where ONNX Runtime takes a text to end: say by --mask what \
         is to stand there"
    )]
    CharacterZero,
    #[error("{one} and {other} are to be written to one file, {}: give each its own", path.display())]
    OneFile { one: &'static str, other: &'static str, path: PathBuf },
    #[error("{option}: {reason}")]
    Rule { option: &'static str, reason: String },
    #[error("{option} -: only --json is written to standard output; name a file")]
    StandardOutput { option: &'static str },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write the explanation as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<lime::image::Error> for CliError {
    fn from(error: lime::image::Error) -> Self {
        CliError::Image(Box::new(error))
    }
}

impl From<lime::tabular::Error> for CliError {
    fn from(error: lime::tabular::Error) -> Self {
        CliError::Table(Box::new(error))
    }
}

/// What the command's user can do about columns that do not fit.
fn way_out(error: &lime::models::Error) -> &'static str {
    match error {
        lime::models::Error::ColumnExtra { .. } | lime::models::Error::Table { .. } => {
            " (--label and --drop leave columns out)"
        }
        _ => "",
    }
}

fn known_classes(classes: &[String], outputs: usize) -> String {
    if classes.is_empty() {
        return format!("numbered 0 to {}; --label names them", outputs.saturating_sub(1));
    }
    format!("named {} or numbered 0 to {}", classes.join(", "), outputs.saturating_sub(1))
}
