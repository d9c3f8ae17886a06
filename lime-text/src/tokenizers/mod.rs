//! Tokenizers, one a file.

mod words;

pub use words::Words;
