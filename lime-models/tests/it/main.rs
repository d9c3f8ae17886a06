//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::print_stderr, clippy::unwrap_used)]

#[cfg(feature = "image")]
mod image;
mod leaves;
mod onnx;
#[cfg(feature = "onnxruntime")]
mod onnx_runtime;
mod support;
#[cfg(feature = "onnxruntime")]
mod text_model;
