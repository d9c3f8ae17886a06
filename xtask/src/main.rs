//! What a maintainer runs: `cargo xtask ci`, `assets`, `compare`, `quality`, `roofline`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod assets;
mod ci;
mod compare;
mod process;
mod python;
mod quality;
mod roofline;

use clap::{Parser, Subcommand};

/// What a maintainer runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// All that has to pass: format, lints, the tests, docs, examples, the README's commands, licences.
    Ci,
    /// Train the models in lime/assets again.
    Assets,
    /// Time the same work here and in lime, captum, xplique, shap and scikit-image, in turn, and print medians and ratios.
    Compare(compare::Args),
    /// Measure estimators on real models: error, stability, coverage and calls, as tables and plots.
    Quality(quality::Args),
    /// Time the stages of an explanation beside what bounds them on this machine, and how its time grows.
    Roofline(roofline::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Ci => ci::check_all(),
        Task::Assets => assets::run(),
        Task::Compare(args) => compare::run(&args),
        Task::Quality(args) => quality::run(&args),
        Task::Roofline(args) => roofline::run(&args),
    }
}
