//! Tokenizers, one a file.

pub(crate) mod blocks;
mod characters;
mod lines;
mod pattern;
mod sentences;
#[cfg(feature = "tokenizers")]
mod sub_words;
mod unicode_words;
mod words;

pub use blocks::Blocks;
pub use characters::Characters;
pub use lines::Lines;
pub use pattern::Pattern;
pub use sentences::Sentences;
#[cfg(feature = "tokenizers")]
pub use sub_words::SubWords;
pub use unicode_words::UnicodeWords;
pub use words::Words;
