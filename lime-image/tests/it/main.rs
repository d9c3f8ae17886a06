//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::panic, clippy::unwrap_used)]

#[cfg(feature = "load")]
mod files;
mod fills;
mod laws;
mod merge;
mod parity;
mod segmenters_graph;
mod slic;
mod support;
mod views;
