//! Words by Unicode's rules.

use std::ops::Range;

use lime_core::BoxError;
use unicode_segmentation::UnicodeSegmentation;

use crate::Tokenizer;

/// Words between the boundaries of Unicode's UAX 29: "can't" is one word, and so is one of any script whose vowel signs are
/// combining marks. Scripts without spaces between words are cut as UAX 29 does without a dictionary: Chinese and
/// Japanese ideographs singly.
///
/// | setting | default |
/// |---|---|
/// | [`symbols`](Self::symbols) | words only: what has a letter or a number in it |
///
/// ```
/// use lime_text::{Tokenizer, UnicodeWords};
/// assert_eq!(UnicodeWords::new().units("can't stop!")?, [0..5, 6..10]);
/// assert_eq!(UnicodeWords::new().symbols().units("can't stop!")?, [0..5, 6..10, 10..11]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnicodeWords {
    symbols: bool,
}

impl UnicodeWords {
    /// Words only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whatever stands between two boundaries and is not white space is a unit too: punctuation and emoji.
    #[must_use]
    pub fn symbols(mut self) -> Self {
        self.symbols = true;
        self
    }
}

impl Tokenizer for UnicodeWords {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let wanted = |piece: &str| {
            if self.symbols { !piece.trim().is_empty() } else { piece.chars().any(char::is_alphanumeric) }
        };
        let pieces = text.split_word_bound_indices().filter(|(_, piece)| wanted(piece));
        Ok(pieces.map(|(start, piece)| start..start + piece.len()).collect())
    }
}
