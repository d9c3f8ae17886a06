//! The models in lime/assets, of tables, of pictures and of texts.

use std::process::Command;

use anyhow::Result;

use crate::process::run as run_process;
use crate::python::environment;

/// Trains them again, in a Python environment of their own.
pub(crate) fn run() -> Result<()> {
    let python = environment("assets")?;
    for script in ["train.py", "face.py", "sections.py"] {
        let script = format!("xtask/python/assets/{script}");
        run_process(Command::new(&python).args([&script, "lime/assets", "lime-models/tests/data"]))?;
    }
    Ok(())
}
