//! Characters.

use std::ops::Range;

use lime_core::BoxError;
use unicode_segmentation::UnicodeSegmentation;

use crate::Tokenizer;

/// Every character is a unit, white space too: extended grapheme clusters of Unicode's UAX 29, which are what people see as
/// one character, or [code points](Self::code_points).
///
/// The original's `char_level=True` has code points, and the character 0 in the place of hidden ones:
///
/// ```
/// use lime_text::{Characters, Document, MaskString};
///
/// let builder = Document::builder("naïve").tokenizer(Characters::new().code_points());
/// let document: Document = builder.positions().mask(MaskString::new("\0")).build()?;
/// let mut text = String::new();
/// document.write(|feature| feature != 2, &mut text);
/// assert_eq!(text, "na\0ve");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// ```
/// use lime_text::{Characters, Tokenizer};
/// // An e with a combining accent, three bytes.
/// assert_eq!(Characters::new().units("e\u{301}!")?, [0..3, 3..4]);
/// assert_eq!(Characters::new().code_points().units("e\u{301}!")?, [0..1, 1..3, 3..4]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Characters {
    code_points: bool,
}

impl Characters {
    /// Grapheme clusters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Code points: the original's `IndexedCharacters`.
    #[must_use]
    pub fn code_points(mut self) -> Self {
        self.code_points = true;
        self
    }
}

impl Tokenizer for Characters {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        Ok(if self.code_points {
            text.char_indices().map(|(start, character)| start..start + character.len_utf8()).collect()
        } else {
            text.grapheme_indices(true).map(|(start, cluster)| start..start + cluster.len()).collect()
        })
    }
}
