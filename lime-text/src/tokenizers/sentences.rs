//! Sentences.

use std::ops::Range;

use lime_core::BoxError;
use unicode_segmentation::UnicodeSegmentation;

use crate::Tokenizer;

/// Sentences between the boundaries of Unicode's UAX 29, without the white space around them. The rules know no
/// abbreviations: "Dr. Who" is two sentences.
///
/// ```
/// use lime_text::{Sentences, Tokenizer};
/// assert_eq!(Sentences.units("It rained. Really?  Yes!")?, [0..10, 11..18, 20..24]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sentences;

impl Tokenizer for Sentences {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let sentences = text.split_sentence_bound_indices();
        Ok(sentences.filter_map(|(start, sentence)| trimmed(text, start..start + sentence.len())).collect())
    }
}

/// A piece without the white space around it; none where nothing is left.
pub(crate) fn trimmed(text: &str, piece: Range<usize>) -> Option<Range<usize>> {
    let content = text.get(piece.clone())?;
    let start = piece.start + content.len() - content.trim_start().len();
    let end = start + content.trim().len();
    (start < end).then_some(start..end)
}
