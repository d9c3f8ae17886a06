//! The integration tests, one binary: what they share is compiled and linked once.
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
#[cfg(all(feature = "csv", feature = "parquet", feature = "toml"))]
mod read;
mod rich_basis;
#[cfg(feature = "serde")]
mod saved;
mod schema;
mod sequence;
mod series;
mod sources;
#[cfg(feature = "sparse")]
mod sparse;
mod summaries;
#[cfg(feature = "sketch")]
mod summary;
mod support;
mod theory;
mod training_rows;
