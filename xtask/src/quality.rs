//! Estimators on real models, measured by the example `quality` of lime-explain.

use anyhow::Result;

use crate::process::{cargo, run as run_process};

/// What to measure: see `cargo run -p lime-explain --example quality -- --help`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the example is given: --config FILE, --out DIRECTORY, --only TASK, --check
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    // Own crates optimised as in a release, on the dependencies that are there.
    let mut command = cargo("run --quiet --config profile.dev.opt-level=3 --package lime-explain --example quality --");
    run_process(command.args(&args.arguments))
}
