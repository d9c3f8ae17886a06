//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::panic, clippy::unwrap_used)]

mod components;
mod errors;
mod exact;
mod jackknife;
mod linear;
mod mask_process;
mod parity;
mod properties;
mod rich_basis;
mod selection;
mod sessions;
mod tree;
