//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

#[cfg(feature = "cli")]
mod cli;
#[cfg(all(feature = "image", feature = "onnx"))]
mod face;
#[cfg(feature = "cli")]
mod images;
mod pipeline;
mod recovery;
#[cfg(feature = "cli")]
mod support;
#[cfg(feature = "cli")]
mod tables;
#[cfg(feature = "cli")]
mod text_models;
#[cfg(feature = "cli")]
mod texts;
