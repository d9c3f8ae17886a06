//! The arguments.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::image_args::ImageArgs;
use super::shared_args::{RunArgs, SubjectArgs};
use super::text_args::TextArgs;

/// Explains one prediction of any model: which features of the instance moved it, and by how much.
#[derive(Debug, Parser)]
#[command(name = "lime", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tabular(Box<TabularArgs>),
    Image(Box<ImageArgs>),
    Text(Box<TextArgs>),
}

/// Explains an ONNX model's prediction for one row of a table: a CSV, Parquet or Arrow file.
///
/// What the columns are is inferred from the file, and can be said in a small file of one's own (--schema). The model's
/// inputs are the file's columns without the label and those dropped: by their names where the model has an input for each,
/// else in their order, with text columns coded 0, 1 ... in sorted order. Missing cells are a level of their own.
#[derive(Debug, ClapArgs)]
pub(crate) struct TabularArgs {
    /// The model, an ONNX file: one input of floats (rows, columns), or an input for each column
    #[arg(long, value_name = "M.onnx")]
    pub(crate) model: PathBuf,

    /// The table, a CSV file with a header, or a Parquet or Arrow file: the training data, and the row to explain
    #[arg(long, value_name = "TABLE")]
    pub(crate) data: PathBuf,

    /// The row to explain: data row of the file, the first is 0
    #[arg(long, value_name = "N")]
    pub(crate) row: usize,

    /// The column that holds the label: no feature, but its values name the model's classes
    #[arg(long, value_name = "COL")]
    pub(crate) label: Option<String>,

    /// Columns that are no features, separated by commas
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    pub(crate) drop: Vec<String>,

    /// Columns of numbers that are categories, separated by commas
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    pub(crate) categorical: Vec<String>,

    /// What is known of the columns, a TOML file: kinds, levels, bounds, columns to hold fixed, one-hot groups, edges of bins
    #[arg(long, value_name = "S.toml")]
    pub(crate) schema: Option<PathBuf>,

    /// What the table holds, learned before and written with --save-explainer: the table in --data need only have the row
    #[arg(long, value_name = "FILE", conflicts_with_all = ["categorical", "discretizer", "within", "around", "missing"])]
    pub(crate) explainer: Option<PathBuf>,

    /// Write what was learned from the table, its statistics and no rows, for --explainer
    #[arg(long, value_name = "FILE", conflicts_with = "explainer")]
    pub(crate) save_explainer: Option<PathBuf>,

    /// What becomes of training rows with missing cells
    #[arg(long, value_enum, default_value_t = Missing::Level)]
    pub(crate) missing: Missing,

    /// The text that a model of texts takes for a missing cell [default: the empty text]
    #[arg(long, value_name = "TEXT")]
    pub(crate) missing_text: Option<String>,

    /// What runs the model (auto: tract where it can, else ONNX Runtime)
    #[arg(long, value_enum, default_value_t = Runtime::Auto)]
    pub(crate) runtime: Runtime,

    /// The output to explain, by class name or, where no class has that name, by index from 0 [default: the model's top output]
    #[arg(long, value_name = "NAME|INDEX", group = "outputs")]
    pub(crate) target: Option<String>,

    /// Explain every output
    #[arg(long, group = "outputs")]
    pub(crate) all_targets: bool,

    #[command(flatten)]
    pub(crate) subject: SubjectArgs,

    /// How columns of numbers are cut into bins: quartile, decile, entropy (by the label), quantiles=0.1,0.5,0.9,
    /// width=5 (so many of equal width), or none
    #[arg(long, value_name = "RULE", default_value = "quartile", value_parser = bins)]
    pub(crate) discretizer: Bins,

    /// How numbers are drawn inside a bin
    #[arg(long, value_enum, default_value_t = Within::Normal)]
    pub(crate) within: Within,

    /// How perturbed samples are drawn (covariance: correlated as in training, with --discretizer none) [default: eight scramblings of sobol;
    /// monte-carlo with --preset original]
    #[arg(long, value_enum)]
    pub(crate) sampler: Option<Draw>,

    /// What numbers are perturbed around, with --discretizer none [default: mean]
    #[arg(long, value_enum)]
    pub(crate) around: Option<Centre>,

    /// The kernel width [default: 0.75 times the square root of the number of features]
    #[arg(long, value_name = "W", value_parser = positive)]
    pub(crate) kernel_width: Option<f64>,

    /// Explain a tree ensemble by its leaves: exact, without samples, all features (forests, boosted regressors; columns in bins)
    #[arg(long, conflicts_with_all = ["features", "select", "sampler", "samples", "seed", "alpha", "threads", "batch", "until", "held_out", "preset"])]
    pub(crate) exact: bool,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// How features are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Select {
    None,
    Auto,
    Forward,
    HighestWeights,
}

/// How columns of numbers are discretised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bins {
    Quartile,
    Decile,
    Entropy,
    Quantiles(Vec<f64>),
    Width(usize),
    None,
}

fn bins(text: &str) -> Result<Bins, String> {
    let (rule, value) = text.split_once('=').unwrap_or((text, ""));
    match (rule, value) {
        ("quartile", "") => Ok(Bins::Quartile),
        ("decile", "") => Ok(Bins::Decile),
        ("entropy", "") => Ok(Bins::Entropy),
        ("none", "") => Ok(Bins::None),
        ("quantiles", shares) => {
            let shares: Result<Vec<f64>, _> = shares.split(',').map(|share| share.trim().parse()).collect();
            shares
                .map(Bins::Quantiles)
                .map_err(|_| "quantiles are shares between 0 and 1, as in quantiles=0.1,0.5,0.9".into())
        }
        ("width", bins) => at_least(bins, 1).map(Bins::Width).map_err(|error| format!("the number of bins: {error}")),
        _ => Err("it must be quartile, decile, entropy, quantiles=SHARES, width=BINS or none".into()),
    }
}

/// How values are drawn inside a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Within {
    /// From a normal law with the bin's mean and spread, cut at its ends
    Normal,
    /// From the training values in the bin
    Empirical,
    /// Anywhere between the bin's ends
    Uniform,
}

/// How samples are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Draw {
    MonteCarlo,
    LatinHypercube,
    Sobol,
    /// Of one piece: without intervals, and with no other --until than calls=N or seconds=S
    Halton,
    Antithetic,
    Covariance,
}

/// What becomes of training rows with missing cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    /// A missing cell is a level of its column: the model is given NaN, or the text for it
    Level,
    /// They are left out of the training statistics
    LeaveOut,
}

/// What runs the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    Auto,
    Tract,
    Onnxruntime,
}

impl From<Runtime> for lime::models::Runtime {
    fn from(runtime: Runtime) -> Self {
        match runtime {
            Runtime::Auto => lime::models::Runtime::Auto,
            Runtime::Tract => lime::models::Runtime::Tract,
            Runtime::Onnxruntime => lime::models::Runtime::OnnxRuntime,
        }
    }
}

/// The centre of Gaussian perturbations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Centre {
    Mean,
    Instance,
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    at_least(text, 1)
}

pub(crate) fn batch(text: &str) -> Result<usize, String> {
    at_most(at_least(text, 1)?, 1 << 20)
}

/// More than any machine gains by; tens of thousands take minutes to start.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    at_most(at_least(text, 1)?, 1 << 10)
}

fn at_most(number: usize, most: usize) -> Result<usize, String> {
    if number <= most { Ok(number) } else { Err(format!("it must be at most {most}")) }
}

pub(crate) fn at_least_two(text: &str) -> Result<usize, String> {
    at_least(text, 2)
}

fn at_least(text: &str, least: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if value >= least => Ok(value),
        Ok(_) => Err(format!("it must be at least {least}")),
        Err(_) => Err(format!("it must be a whole number, {least} or more")),
    }
}

pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let value: Result<f64, _> = text.parse();
    value.ok().filter(|v| *v > 0.0 && v.is_finite()).ok_or_else(|| "it must be a finite number above 0".into())
}

pub(crate) fn not_negative(text: &str) -> Result<f64, String> {
    let value: Result<f64, _> = text.parse();
    value.ok().filter(|v| *v >= 0.0 && v.is_finite()).ok_or_else(|| "it must be a finite number, 0 or above".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}
