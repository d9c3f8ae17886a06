//! The integration tests, one binary: what they share is compiled and linked once. Files of tables (`read`) and sparse rows
//! (`sparse`) stand beside it, because only they need features that a build of the workspace does not turn on.
#![allow(clippy::unwrap_used, clippy::panic)]

mod baseline;
mod discretisers;
mod entropy;
mod errors;
mod exact;
mod linear;
mod odd_columns;
mod parity;
mod properties;
mod rich_basis;
#[cfg(feature = "serde")]
mod saved;
mod schema;
mod sequence;
mod series;
mod sources;
mod summaries;
#[cfg(feature = "sketch")]
mod summary;
mod support;
mod theory;
mod training_rows;
