//! The command line: arguments in, explanation out.

mod args;
mod data;
mod error;
mod output;
mod tabular;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// Runs the command and says how it ended: 0 for an explanation, 1 for a failure, 2 for arguments that make no sense (clap's
/// own exit).
pub(crate) fn run() -> ExitCode {
    let Args { command } = Args::parse();
    let done = match command {
        Command::Tabular(args) => tabular::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain("error", &error);
            ExitCode::FAILURE
        }
    }
}
