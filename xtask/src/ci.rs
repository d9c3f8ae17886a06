//! All that has to pass.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, root, run};
use crate::python::onnx_runtime;

/// The version that CI installs where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Makes tests that need ONNX Runtime's library fail where it is not found; without it they are skipped.
const REQUIRED: &str = "LIME_REQUIRE_ONNXRUNTIME";

fn run_readme(kind: &str, library: &Path) -> Result<()> {
    let readme = std::fs::read_to_string(root().join("README.md")).context("README.md")?;
    let fence = format!("```sh {kind}\n");
    let Some((_, rest)) = readme.split_once(&fence) else { bail!("README.md has no block {fence:?}") };
    let Some((commands, _)) = rest.split_once("```") else { bail!("README.md: the block {fence:?} does not end") };
    for line in commands.lines().filter(|line| !line.trim().is_empty()) {
        run(with_library(&mut Command::new("sh"), library).args(["-c", line]))?;
    }
    Ok(())
}

fn with_library<'a>(command: &'a mut Command, library: &Path) -> &'a mut Command {
    command.env("ORT_DYLIB_PATH", library).env(REQUIRED, "1")
}

/// Runs everything, cheapest first.
pub(crate) fn check_all() -> Result<()> {
    run(&mut cargo("fmt --all --check"))?;
    run(&mut cargo("clippy --workspace --all-targets --all-features -- --deny warnings"))?;
    let library = onnx_runtime()?;
    run_readme("test", &library)?;
    run_readme("main", &library)?;
    run(cargo("doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "--deny warnings"))?;
    // As the tests built them: of no package in particular, and with all features.
    for example in examples()? {
        let example = format!("run --quiet --all-features --example {example}");
        run(with_library(&mut cargo(&example), &library))?;
    }
    run(&mut cargo("run --quiet --all-features --bin own-parts"))?;
    // The facade without the command line, tables and pictures without files, and the core without anything.
    run(&mut cargo("check --package lime-explain --lib --no-default-features"))?;
    run(&mut cargo("check --package lime-tabular --package lime-image --lib"))?;
    run(&mut cargo("check --package lime-core --no-default-features"))?;
    deny()
}

fn examples() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("lime/examples")).context("lime/examples")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Licences, bans and sources of all dependencies, without a network.
fn deny() -> Result<()> {
    let tools = root().join("target/tools");
    let installed = tools.join("bin/cargo-deny");
    if !installed.exists() && !on_path("cargo-deny") {
        // Unoptimised: it takes a third of the time to build, and a second to run.
        let install = format!("install --quiet --locked --debug --version {CARGO_DENY} cargo-deny --root");
        run(cargo(&install).arg(&tools))?;
    }
    // The check is offline: every platform's crates have to be here.
    run(&mut cargo("fetch --quiet --locked"))?;
    let program = if installed.exists() { installed.as_path() } else { Path::new("cargo-deny") };
    run(Command::new(program).args(["--offline", "check", "bans", "licenses", "sources"]))
}

fn on_path(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
