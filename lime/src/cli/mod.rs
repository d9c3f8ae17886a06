//! The command line: arguments in, explanation out.

mod args;
mod data;
mod error;
mod image;
mod image_args;
mod output;
mod parameters;
mod parts;
mod shared_args;
mod tabular;
mod text;
mod text_args;

use std::panic;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// Runs the command and says how it ended: 0 for an explanation, 1 for a failure, 2 for arguments that make no sense (clap's
/// own exit).
pub(crate) fn run() -> ExitCode {
    let Args { command } = Args::parse();
    // A panic in a part (tract, on a damaged file) becomes an error with its message, so it need not be printed twice. One
    // that nobody turned into an error is a bug of ours.
    panic::set_hook(Box::new(|_| ()));
    let done = panic::catch_unwind(|| match &command {
        Command::Tabular(args) => tabular::run(args),
        Command::Image(args) => image::run(args),
        Command::Text(args) => text::run(args),
    });
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            output::complain("error", &error);
            ExitCode::FAILURE
        }
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            output::complain("internal error, please report it", &text);
            ExitCode::FAILURE
        }
    }
}
