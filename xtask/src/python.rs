//! Python environments under target/, for training models, running the original, and ONNX Runtime's library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{root, run};

/// What an environment is made of: files in `xtask/python/NAME`, each of which may be missing.
struct Parts {
    /// `system.txt`: taken from the system's own Python, of whatever version, where that has them all; else installed.
    system: Vec<String>,
    /// `requirements.txt`: installed with what they ask for.
    requirements: Vec<String>,
    /// `no-deps.txt`: installed after them without what they ask for.
    no_deps: Vec<String>,
}

impl Parts {
    fn read(name: &str) -> Result<Self> {
        let folder = root().join("xtask/python").join(name);
        let lines = |file: &str| -> Result<Vec<String>> {
            let path = folder.join(file);
            if !path.exists() {
                return Ok(Vec::new());
            }
            let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
            let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
            Ok(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
        };
        let parts = Self {
            system: lines("system.txt")?,
            requirements: lines("requirements.txt")?,
            no_deps: lines("no-deps.txt")?,
        };
        if parts.requirements.is_empty() && parts.no_deps.is_empty() {
            bail!("{} names no packages", folder.display());
        }
        Ok(parts)
    }

    /// Whether the system's own Python has what it may have.
    fn in_system(&self) -> bool {
        let modules: Vec<&str> = self.system.iter().filter_map(|package| package.split("==").next()).collect();
        let mut import = Command::new(SYSTEM_PYTHON);
        import.args(["-c", &format!("import {}", modules.join(", "))]).stderr(Stdio::null());
        !modules.is_empty() && import.status().is_ok_and(|status| status.success())
    }
}

/// The system's own Python, not one that stands before it on the path.
const SYSTEM_PYTHON: &str = "/usr/bin/python3";

/// The interpreter of an environment with the packages that the files in `xtask/python/NAME` list, made where it is missing or
/// out of date.
pub(crate) fn environment(name: &str) -> Result<PathBuf> {
    let parts = Parts::read(name)?;
    let directory = root().join("target/python").join(name);
    let interpreter = directory.join("bin/python");
    let stamp = directory.join("installed.txt");
    let wanted = [&parts.system, &parts.requirements, &parts.no_deps].map(|lines| lines.join("\n")).join("\n--\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    let system = parts.in_system();
    let mut venv = Command::new(if system { SYSTEM_PYTHON } else { "python3" });
    venv.args(["-m", "venv", "--clear"]).args(system.then_some("--system-site-packages"));
    run(venv.arg(&directory))?;
    let mut requirements = parts.requirements;
    if !system {
        requirements.extend(parts.system);
    }
    pip(&interpreter, &[], &requirements)?;
    pip(&interpreter, &["--no-deps"], &parts.no_deps)?;
    std::fs::write(&stamp, wanted)?;
    Ok(interpreter)
}

/// Installs packages; the error is what pip says is wrong.
fn pip(interpreter: &Path, options: &[&str], packages: &[String]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("$ pip install {}", [&options.join(" "), &packages.join(" ")].map(String::as_str).join(" ").trim());
    let mut command = Command::new(interpreter);
    let output = command.args(["-m", "pip", "install", "--quiet"]).args(options).args(packages).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        eprint!("{said}");
        let last = said.lines().filter_map(|line| line.strip_prefix("ERROR: ")).next_back();
        bail!("pip install: {}", last.or_else(|| said.lines().last()).unwrap_or("failed"));
    }
    Ok(())
}

/// ONNX Runtime's shared library, out of the Python package. What that would need to be imported is left out.
pub(crate) fn onnx_runtime() -> Result<PathBuf> {
    let interpreter = environment("onnxruntime")?;
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
