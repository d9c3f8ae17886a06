//! The arguments.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Explains one prediction of any model: which features of the instance moved it, and by how much.
#[derive(Debug, Parser)]
#[command(name = "lime", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain the prediction for a row of a table.
    Tabular(Box<TabularArgs>),
}

/// Explains an ONNX model's prediction for one row of a CSV file.
///
/// The model's inputs are the file's columns in their order, without the label and those dropped. Text columns are
/// categories, coded 0, 1 ... in sorted order.
#[derive(Debug, ClapArgs)]
pub(crate) struct TabularArgs {
    /// The model, an ONNX file with one input of floats (rows, columns)
    #[arg(long, value_name = "M.onnx")]
    pub(crate) model: PathBuf,

    /// The table, a CSV file with a header: the training data, and the row to explain
    #[arg(long, value_name = "D.csv")]
    pub(crate) data: PathBuf,

    /// The row to explain: data row of the file, the first is 0
    #[arg(long, value_name = "N")]
    pub(crate) row: usize,

    /// The column that holds the label: no feature, but its values name the model's classes
    #[arg(long, value_name = "COL")]
    pub(crate) label: Option<String>,

    /// Columns that are no features, separated by commas
    #[arg(long, value_name = "COLS")]
    pub(crate) drop: Vec<String>,

    /// Columns of numbers that are categories, separated by commas
    #[arg(long, value_name = "COLS")]
    pub(crate) categorical: Vec<String>,

    /// The output to explain, by class name or, where no class has that name, by index from 0 [default: the model's top output]
    #[arg(long, value_name = "NAME|INDEX", group = "outputs")]
    pub(crate) target: Option<String>,

    /// Explain the K outputs with the highest scores
    #[arg(long, value_name = "K", group = "outputs", value_parser = at_least_one)]
    pub(crate) top: Option<usize>,

    /// Explain every output
    #[arg(long, group = "outputs")]
    pub(crate) all_targets: bool,

    /// How many features an explanation has at most
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) features: usize,

    /// How the features are chosen (auto: forward up to 6, highest-weights beyond)
    #[arg(long, value_enum, default_value_t = Select::Auto)]
    pub(crate) select: Select,

    /// How columns of numbers are cut into bins
    #[arg(long, value_enum, default_value_t = Bins::Quartile)]
    pub(crate) discretizer: Bins,

    /// What numbers are perturbed around, with --discretizer none [default: mean]
    #[arg(long, value_enum)]
    pub(crate) around: Option<Centre>,

    /// How many perturbed samples the model is asked for
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = at_least_two)]
    pub(crate) samples: usize,

    /// The seed of the perturbations: equal seeds give equal explanations
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,

    /// The kernel width [default: 0.75 times the square root of the number of features]
    #[arg(long, value_name = "W", value_parser = positive)]
    pub(crate) kernel_width: Option<f64>,

    /// The ridge penalty of the surrogate
    #[arg(long, value_name = "A", default_value_t = 1.0, value_parser = not_negative)]
    pub(crate) alpha: f64,

    /// Threads to work on [default: one a core]; the explanation does not depend on it
    #[arg(long, value_name = "T", value_parser = at_least_one)]
    pub(crate) threads: Option<usize>,

    /// Rows the model is asked for at once
    #[arg(long, value_name = "B", default_value_t = 256, value_parser = batch)]
    pub(crate) batch: usize,

    /// Write the explanation as JSON to a file, or to standard output with -, instead of drawing it
    #[arg(long, value_name = "PATH|-")]
    pub(crate) json: Option<PathBuf>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bins {
    Quartile,
    None,
}

/// The centre of Gaussian perturbations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Centre {
    Mean,
    Instance,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    at_least(text, 1)
}

fn batch(text: &str) -> Result<usize, String> {
    const MOST: usize = 1 << 20;
    match at_least(text, 1)? {
        rows if rows <= MOST => Ok(rows),
        _ => Err(format!("it must be at most {MOST}")),
    }
}

fn at_least_two(text: &str) -> Result<usize, String> {
    at_least(text, 2)
}

fn at_least(text: &str, least: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if value >= least => Ok(value),
        Ok(_) => Err(format!("it must be at least {least}")),
        Err(_) => Err(format!("it must be a whole number, {least} or more")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let value: Result<f64, _> = text.parse();
    value.ok().filter(|v| *v > 0.0 && v.is_finite()).ok_or_else(|| "it must be a finite number above 0".into())
}

fn not_negative(text: &str) -> Result<f64, String> {
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
