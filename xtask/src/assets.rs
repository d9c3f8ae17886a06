//! The models in lime/assets.

use std::process::Command;

use anyhow::Result;

use crate::process::run as run_process;
use crate::python::environment;

/// Trains them again, in a Python environment of their own.
pub(crate) fn run() -> Result<()> {
    let python = environment("assets")?;
    run_process(Command::new(python).args(["xtask/python/assets/train.py", "lime/assets", "lime-models/tests/data"]))
}
