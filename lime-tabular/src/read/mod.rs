//! Tables from files: what their columns are, and their rows as numbers.

// What a format needs of the common part is unused where the format is not built.
#![cfg_attr(not(all(feature = "csv", feature = "arrow")), allow(dead_code))]

#[cfg(feature = "arrow")]
mod arrow;
#[cfg(feature = "read")]
mod cells;
#[cfg(feature = "read")]
mod codec;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "read")]
mod infer;
#[cfg(feature = "read")]
mod instant;
mod one_hot;
#[cfg(feature = "read")]
mod open;
#[cfg(feature = "read")]
mod overrides;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "read")]
mod reader;
#[cfg(feature = "read")]
mod row;
#[cfg(feature = "toml")]
mod toml;
#[cfg(feature = "read")]
mod words;

pub use self::one_hot::OneHotDetector;
#[cfg(feature = "read")]
pub use self::overrides::{ColumnOverrides, Declared, MISSING, OneHots, Overrides};
#[cfg(feature = "read")]
pub use self::reader::{Block, Note, Reader, ReaderBuilder};
#[cfg(feature = "read")]
pub use self::row::RowParser;
