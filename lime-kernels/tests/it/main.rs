//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::unwrap_used)]

mod errors;
mod properties;
