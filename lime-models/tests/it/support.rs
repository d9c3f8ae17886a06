//! Where models are, and whether ONNX Runtime is.

use std::path::PathBuf;

/// A small model, or what scikit-learn answers: `xtask/python/assets` writes them.
pub(crate) fn small(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// One of those that the examples explain.
pub(crate) fn asset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../lime/assets").join(name)
}

/// Whether there is a library on this machine, by the way a model loads.
#[cfg(feature = "onnxruntime")]
pub(crate) fn has_library(loaded: Result<impl std::fmt::Debug, lime_models::Error>) -> bool {
    use lime_models::Error;
    match loaded {
        Err(error @ (Error::LibraryMissing { .. } | Error::LibraryTooOld { .. } | Error::Library { .. })) => {
            assert!(std::env::var_os("LIME_REQUIRE_ONNXRUNTIME").is_none(), "{error}");
            eprintln!("skipped: {error}");
            false
        }
        other => {
            other.unwrap();
            true
        }
    }
}
