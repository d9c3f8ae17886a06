//! Neighbouring units as one.

use std::ops::Range;

use lime_core::BoxError;

use crate::{Error, Tokenizer};

/// Another tokenizer's units, merged with their neighbours into blocks where there are too many of them: n units in K blocks
/// of n / K units, or one more or less. What lies between the units of a block is part of it.
///
/// | parameter | | range |
/// |---|---|---|
/// | `tokenizer` | what is merged | |
/// | `most` | K, the number of blocks | >= 1 |
///
/// ```
/// use lime_text::{Blocks, Sentences, Tokenizer};
/// let text = "One. Two. Three. Four.";
/// assert_eq!(Blocks::new(Sentences, 2)?.units(text)?, [0..9, 10..22]);
/// assert_eq!(Blocks::new(Sentences, 9)?.units(text)?, Sentences.units(text)?);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocks<T> {
    tokenizer: T,
    most: usize,
}

impl<T: Tokenizer> Blocks<T> {
    /// At most `most` blocks.
    ///
    /// # Errors
    /// [`Error::Count`] for none.
    pub fn new(tokenizer: T, most: usize) -> Result<Self, Error> {
        if most == 0 {
            return Err(Error::Count { what: "blocks", count: 0, least: 1 });
        }
        Ok(Self { tokenizer, most })
    }
}

impl<T: Tokenizer> Tokenizer for Blocks<T> {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        Ok(merged(&self.tokenizer.units(text)?, self.most))
    }
}

/// Units in ascending order as at most `most` blocks.
pub(crate) fn merged(units: &[Range<usize>], most: usize) -> Vec<Range<usize>> {
    let blocks = most.min(units.len());
    let place = |block: usize| (block as u128 * units.len() as u128 / blocks as u128) as usize;
    let runs = (0..blocks).filter_map(|block| units.get(place(block)..place(block + 1)));
    runs.filter_map(|run| Some(run.first()?.start..run.last()?.end)).collect()
}
