//! Estimators on real models, measured by the example `quality` of lime-explain.

use anyhow::Result;

use crate::process::{cargo, run as run_process};
use crate::python::onnx_runtime;

/// What to measure: see `cargo run -p lime-explain --example quality -- --help`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the example is given: --config FILE, --out DIRECTORY, --only TASK, --check
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = cargo("run --quiet --all-features --example quality");
    // What computes here is optimised as in a release; all else is as the tests built it.
    for name in ["core", "samplers", "kernels", "surrogates", "tabular"] {
        command.args(["--config", &format!("profile.dev.package.lime-{name}.opt-level=3")]);
    }
    // The pipelines need ONNX Runtime, and it asks the networks several times as fast as tract.
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        match onnx_runtime() {
            Ok(library) => _ = command.env("ORT_DYLIB_PATH", library),
            Err(error) => eprintln!(
                "ONNX Runtime cannot be installed, unless the machine has it some tasks are not run: {error:#}"
            ),
        }
    }
    command.arg("--");
    run_process(command.args(&args.arguments))
}
