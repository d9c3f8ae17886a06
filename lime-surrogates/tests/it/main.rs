//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::panic, clippy::unwrap_used)]

mod components;
mod errors;
mod exact;
mod linear;
mod parity;
mod properties;
mod selection;
mod tree;
