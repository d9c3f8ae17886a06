//! Python environments under target/, for training models, running the original, and ONNX Runtime's library.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{root, run};

/// The interpreter of an environment with the packages of `xtask/python/NAME/requirements.txt`, made where it is missing or
/// out of date.
pub(crate) fn environment(name: &str) -> Result<PathBuf> {
    installed(name, &[])
}

/// The same, with options for pip.
fn installed(name: &str, options: &[&str]) -> Result<PathBuf> {
    let directory = root().join("target/python").join(name);
    let interpreter = directory.join("bin/python");
    let requirements = root().join("xtask/python").join(name).join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).with_context(|| format!("{}", requirements.display()))?;
    let stamp = directory.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
    let mut pip = Command::new(&interpreter);
    run(pip.args(["-m", "pip", "install", "--quiet"]).args(options).arg("-r").arg(&requirements))?;
    std::fs::write(&stamp, wanted)?;
    Ok(interpreter)
}

/// ONNX Runtime's shared library, out of the Python package. What that would need to be imported is left out.
pub(crate) fn onnx_runtime() -> Result<PathBuf> {
    let interpreter = installed("onnxruntime", &["--no-deps"])?;
    let Some(prefix) = interpreter.ancestors().nth(2) else { bail!("{} is in no environment", interpreter.display()) };
    let library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libonnxruntime.") && !name.contains("providers")
    };
    for python in entries(&prefix.join("lib"))? {
        let folder = python.join("site-packages/onnxruntime/capi");
        if let Some(found) =
            folder.is_dir().then(|| entries(&folder)).transpose()?.unwrap_or_default().into_iter().find(library)
        {
            return Ok(found);
        }
    }
    bail!("no libonnxruntime in {}/lib/python3*/site-packages/onnxruntime/capi", prefix.display())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}
