//! The `lime` command in tests.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::Value;

/// The command with these arguments, on a terminal of no known width.
pub(crate) fn run(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("lime").unwrap();
    command.args(arguments).env_remove("COLUMNS");
    command
}

/// The document that it writes.
pub(crate) fn json(command: &mut Command) -> Value {
    let output = command.args(["--json", "-"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A file that the examples explain with.
pub(crate) fn asset(name: &str) -> String {
    format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Whether a command that needs a library of ONNX Runtime can be run on this machine.
pub(crate) fn has_library(mut command: Command) -> bool {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return true;
    }
    assert!(error.contains("pip install onnxruntime"), "{error}");
    assert!(std::env::var_os("LIME_REQUIRE_ONNXRUNTIME").is_none(), "{error}");
    eprintln!("skipped: {error}");
    false
}

/// It fails, says so, and writes nothing else.
#[track_caller]
pub(crate) fn fails(command: &mut Command, message: &str) -> Assert {
    let assert = command.assert().failure().stderr(contains(message));
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(!stderr.contains("panicked") && !stderr.contains("internal error"), "{stderr}");
    assert!(assert.get_output().stdout.is_empty());
    assert
}
