//! The original's words.

use std::ops::Range;
use std::sync::LazyLock;

use lime_core::BoxError;
use regex::Regex;

use crate::Tokenizer;

/// What Python's `\w+` matches: letters, digits and other numbers of any script, and the underscore. Regex's own `\w` has
/// combining marks too.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+").ok());

/// Words as the original has them: what Python's `re.split(r"\W+", text)` leaves. "can't" is two words, and so is a word of
/// a script whose vowel signs are marks; [`UnicodeWords`](crate::UnicodeWords) keeps those together.
///
/// ```
/// use lime_text::{Tokenizer, Words};
/// assert_eq!(Words.units("can't stop_it")?, [0..3, 4..5, 6..13]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Words;

impl Tokenizer for Words {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let word = WORD.as_ref().ok_or("the expression for words cannot be compiled")?;
        Ok(word.find_iter(text).map(|found| found.range()).collect())
    }
}
