//! What the units of a text are, and how they are hidden.

use std::ops::Range;

use lime_core::BoxError;

use crate::{Mask, MaskString, Removal, Tokenizer, Words};

/// The settings of a representation, whatever the text: a bag of the original's words unless it is said otherwise.
pub(crate) struct Settings<'a> {
    pub(crate) tokenizer: Box<dyn Tokenizer + 'a>,
    pub(crate) mask: Option<Box<dyn Mask + 'a>>,
    pub(crate) positions: bool,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { tokenizer: Box::new(Words), mask: None, positions: false }
    }
}

impl<'a> Settings<'a> {
    pub(crate) fn tokenizer(self, tokenizer: impl Tokenizer + 'a) -> Self {
        Self { tokenizer: Box::new(tokenizer), ..self }
    }

    pub(crate) fn mask(self, mask: impl Mask + 'a) -> Self {
        Self { mask: Some(Box::new(mask)), ..self }
    }

    pub(crate) fn positions(self) -> Self {
        Self { positions: true, ..self }
    }

    /// What stands where a unit is hidden.
    pub(crate) fn mask_or_default(self) -> Box<dyn Mask + 'a> {
        match self.mask {
            Some(mask) => mask,
            None if self.positions => Box::new(MaskString::default()),
            None => Box::new(Removal),
        }
    }

    /// The same for units that are known already.
    pub(crate) fn with_units<'b>(&'b self, units: &'b [Range<usize>]) -> Settings<'b> {
        let mask = self.mask.as_ref().map(|mask| Box::new(mask) as Box<dyn Mask + 'b>);
        Settings { tokenizer: Box::new(Given(units)), mask, positions: self.positions }
    }
}

/// Units that are known already.
struct Given<'a>(&'a [Range<usize>]);

impl Tokenizer for Given<'_> {
    fn units(&self, _: &str) -> Result<Vec<Range<usize>>, BoxError> {
        Ok(self.0.to_vec())
    }
}
