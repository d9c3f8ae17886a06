//! The tokens of a language model.

use std::ops::Range;
use std::path::Path;

use lime_core::BoxError;

use crate::tokenizers::sentences::trimmed;
use crate::{Error, Tokenizer};

/// The tokens that a language model itself reads, by a tokenizer of the [tokenizers] crate (byte pairs, WordPiece, Unigram),
/// where they stand in the text. Behind the feature `tokenizers`.
///
/// Special tokens are in no text and are left out, and so is white space around a token. Tokens that share a character, as
/// byte pairs of an emoji do, are one unit. Truncation and padding are switched off.
///
/// ```
/// use lime_text::{SubWords, Tokenizer};
///
/// let saved = r###"{"version":"1.0","pre_tokenizer":{"type":"BertPreTokenizer"},"model":{"type":"WordPiece",
///     "unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
///     "vocab":{"[UNK]":0,"un":1,"##believ":2,"##able":3}}}"###;
/// let sub_words = SubWords::new(saved.parse()?);
/// assert_eq!(sub_words.units("so unbelievable")?, [0..2, 3..5, 5..11, 11..15]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SubWords {
    tokenizer: tokenizers::Tokenizer,
}

impl SubWords {
    /// The tokens of a tokenizer.
    pub fn new(mut tokenizer: tokenizers::Tokenizer) -> Self {
        tokenizer.with_padding(None);
        // Only a truncation can be refused.
        let _ = tokenizer.with_truncation(None);
        Self { tokenizer }
    }

    /// The tokens of a tokenizer in a file, a model's `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::SubWords`] where the file cannot be read or holds none.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        match tokenizers::Tokenizer::from_file(path) {
            Ok(tokenizer) => Ok(Self::new(tokenizer)),
            Err(reason) => {
                Err(Error::SubWords { of: format!("the file {}", path.display()), reason: reason.to_string() })
            }
        }
    }
}

impl Tokenizer for SubWords {
    /// [`Error::SubWords`] where the tokenizer fails.
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|reason| Error::SubWords {
            of: format!("a text of {} byte(s)", text.len()),
            reason: reason.to_string(),
        })?;
        let mut units: Vec<Range<usize>> = Vec::new();
        for &(start, end) in encoding.get_offsets() {
            let Some(unit) = trimmed(text, start..end) else {
                continue;
            };
            match units.last_mut() {
                Some(last) if unit.start < last.end => last.end = last.end.max(unit.end),
                _ => units.push(unit),
            }
        }
        Ok(units)
    }
}
