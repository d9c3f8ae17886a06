//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::unwrap_used)]

mod errors;
mod exact;
mod long;
mod parity;
mod properties;
#[cfg(feature = "tokenizers")]
mod sub_words;
mod support;
