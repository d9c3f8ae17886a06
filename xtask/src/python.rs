//! Python environments under target/, for training models and running the original.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{root, run};

/// The interpreter of an environment with the packages of `xtask/python/NAME/requirements.txt`, made where it is missing or
/// out of date.
pub(crate) fn environment(name: &str) -> Result<PathBuf> {
    let directory = root().join("target/python").join(name);
    let interpreter = directory.join("bin/python");
    let requirements = root().join("xtask/python").join(name).join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).with_context(|| format!("{}", requirements.display()))?;
    let stamp = directory.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
    run(Command::new(&interpreter).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))?;
    std::fs::write(&stamp, wanted)?;
    Ok(interpreter)
}
