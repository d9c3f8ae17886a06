//! Lines.

use std::ops::Range;

use lime_core::BoxError;

use crate::Tokenizer;
use crate::tokenizers::sentences::trimmed;

/// Lines without the white space around them, which end in "\n" or "\r\n". Blank ones are no units.
///
/// ```
/// use lime_text::{Lines, Tokenizer};
/// assert_eq!(Lines.units("key: 1\r\n\r\n  other: 2\n")?, [0..6, 12..20]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines;

impl Tokenizer for Lines {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let mut end = 0;
        let lines = text.split_inclusive('\n').filter_map(|line| {
            let start = end;
            end += line.len();
            trimmed(text, start..end)
        });
        Ok(lines.collect())
    }
}
