//! The `lime` command: explains a prediction of a model from files.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
