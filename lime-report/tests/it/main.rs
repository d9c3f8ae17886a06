//! The integration tests, one binary: what they share is compiled and linked once.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "html")]
mod page;
#[cfg(feature = "image")]
mod picture;
