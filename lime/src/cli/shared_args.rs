//! The arguments that the subcommands have in common. What a subcommand says or presets otherwise, it says with `mut_arg`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{Select, at_least_one, at_least_two, batch, not_negative, threads};
use super::error::CliError;

/// What an explanation tells.
#[derive(Debug, Args)]
pub(crate) struct SubjectArgs {
    /// Explain the K outputs with the highest scores
    #[arg(long, value_name = "K", group = "outputs", value_parser = at_least_one)]
    pub(crate) top: Option<usize>,

    /// How many features an explanation has at most; where it has all of them (exact ones, and the recommended ones of texts and pictures), how many are shown
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) features: usize,

    /// How the original preset chooses the features (auto: forward up to 6, highest-weights beyond) [default: auto]
    #[arg(long, value_enum)]
    pub(crate) select: Option<Select>,
}

/// How it is computed, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The ridge penalty of the original preset's surrogate [default: 1]
    #[arg(long, value_name = "A", value_parser = not_negative)]
    pub(crate) alpha: Option<f64>,

    /// How many perturbed samples the model is asked for [default: 5000; of tables by the recommended preset 6144]
    #[arg(long, value_name = "N", value_parser = at_least_two)]
    pub(crate) samples: Option<usize>,

    /// The seed of the perturbations: equal seeds give equal explanations
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Whose sampler and estimator: the original's, or those that need fewest samples; both with intervals [default: recommended; original
    /// beyond 100 features (but of trees, whose leaves tell the answer) or 50000 samples, where the other computes for seconds, and with --select or --alpha, which only the original has]
    #[arg(long, value_enum)]
    pub(crate) preset: Option<Preset>,

    /// Stop before all samples are used, when enough is known: width=W (intervals no wider than W of the largest weight), top=K (the
    /// K largest are told from the rest), order=K, signs=K, calls=N, seconds=S
    #[arg(long, value_name = "RULE", value_parser = until)]
    pub(crate) until: Option<Until>,

    /// Ask for N further samples, and tell how faithful the surrogate is on them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = none_or_two)]
    pub(crate) held_out: usize,

    /// Threads to work on, 1 to 1024 [default: one a core]; the explanation does not depend on it
    #[arg(long, value_name = "T", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Rows the model is asked for at once
    #[arg(long, value_name = "B", default_value_t = 256, value_parser = batch)]
    pub(crate) batch: usize,

    /// Write the explanation as JSON to a file, or to standard output with -, instead of drawing it
    #[arg(long, value_name = "PATH|-")]
    pub(crate) json: Option<PathBuf>,

    /// Write the explanation as a page of HTML, too
    #[arg(long, value_name = "PATH")]
    pub(crate) html: Option<PathBuf>,
}

/// Whose sampler and estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    Original,
    Recommended,
}

impl RunArgs {
    /// The samples the model is asked for.
    pub(crate) fn samples(&self) -> usize {
        self.samples.unwrap_or(5000)
    }

    /// The penalty of the original preset's ridge.
    pub(crate) fn penalty(&self) -> f64 {
        self.alpha.unwrap_or(1.0)
    }

    /// The preset that is named, or goes with the other arguments and so many features.
    pub(crate) fn preset(&self, subject: &SubjectArgs, features: usize) -> Result<Preset, CliError> {
        let only_original = subject.select.map(|_| "--select").or(self.alpha.map(|_| "--alpha"));
        match (self.preset, only_original) {
            (Some(Preset::Recommended), Some(option)) => Err(CliError::NotRecommended { option }),
            (Some(preset), _) => Ok(preset),
            (None, Some(_)) => Ok(Preset::Original),
            (None, None) if features > 100 || self.samples() > 50_000 => Ok(Preset::Original),
            (None, None) => Ok(Preset::Recommended),
        }
    }
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Until {
    Width(f64),
    Top(usize),
    Order(usize),
    Signs(usize),
    Calls(usize),
    Seconds(f64),
}

impl Until {
    /// Whether it depends on the errors of coefficients when to stop.
    pub(crate) fn goes_by_errors(self) -> bool {
        match self {
            Until::Width(_) | Until::Top(_) | Until::Order(_) | Until::Signs(_) => true,
            Until::Calls(_) | Until::Seconds(_) => false,
        }
    }
}

/// A number of samples of which a share is explained: of one there is none.
fn none_or_two(text: &str) -> Result<usize, String> {
    if text == "0" { Ok(0) } else { at_least_two(text) }
}

/// Reads a rule, as in `width=0.1`.
fn until(text: &str) -> Result<Until, String> {
    let Some((rule, value)) = text.split_once('=') else {
        return Err("a rule and its value is asked for, as in width=0.1 or top=5".into());
    };
    let said = |reason| format!("{rule} is {value:?}: {reason}");
    let count = || at_least_one(value).map_err(said);
    let number = || {
        let number: f64 = value.parse().map_err(|_| format!("{rule} is {value:?}: it must be a number"))?;
        if number > 0.0 && number.is_finite() {
            Ok(number)
        } else {
            Err(format!("{rule} is {value}: it must be above 0, and finite"))
        }
    };
    Ok(match rule {
        "width" => Until::Width(number()?),
        "top" => Until::Top(count()?),
        "order" => Until::Order(count()?),
        "signs" => Until::Signs(count()?),
        "calls" => Until::Calls(at_least_two(value).map_err(said)?),
        "seconds" => Until::Seconds(number()?),
        _ => return Err(format!("there is no rule {rule:?}: width, top, order, signs, calls, seconds")),
    })
}
