//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::unwrap_used)]

mod coalitions;
mod combinators;
mod contract;
mod errors;
mod low_discrepancy;
mod mask_pairs;
mod masks;
mod numbers;
mod support;
