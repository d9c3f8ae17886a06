//! Units by a regular expression.

use std::ops::Range;

use lime_core::BoxError;
use regex::Regex;

use crate::{Error, Tokenizer};

/// Units by a regular expression of the user's: what it separates, or what it matches. Nothing empty is a unit.
///
/// The syntax is that of the [regex] crate, whose time is linear in the text for every expression. Its `\w` has combining
/// marks beside Python's letters, numbers and underscore: `[\p{L}\p{N}_]` is Python's.
#[derive(Debug, Clone)]
pub struct Pattern {
    expression: Regex,
    separates: bool,
}

impl Pattern {
    /// Units are what lies between the matches: the original's `split_expression`.
    ///
    /// As there, where the expression is followed by `|$`, a newline at the end of the text is in no unit, nor is one a unit
    /// alone. A difference: the original applies the expression to each piece once more and explains none at whose
    /// beginning it matches, so that one that matches the empty text (`\s*`) leaves it nothing.
    ///
    /// ```
    /// use lime_text::{Pattern, Tokenizer};
    /// assert_eq!(Pattern::separators(r"\s+")?.units("it's a  well-known fact")?, [0..4, 5..6, 8..18, 19..23]);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Expression`].
    pub fn separators(expression: &str) -> Result<Self, Error> {
        Self::new(expression, true)
    }

    /// Units are the matches, found from left to right.
    ///
    /// ```
    /// use lime_text::{Pattern, Tokenizer};
    /// assert_eq!(Pattern::units(r"[#@]\w+")?.units("so #fine, @you")?, [3..8, 10..14]);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Expression`].
    pub fn units(expression: &str) -> Result<Self, Error> {
        Self::new(expression, false)
    }

    fn new(expression: &str, separates: bool) -> Result<Self, Error> {
        match Regex::new(expression) {
            Ok(expression) => Ok(Self { expression, separates }),
            Err(reason) => Err(Error::Expression { expression: expression.to_string(), reason: reason.to_string() }),
        }
    }
}

impl Tokenizer for Pattern {
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let matches = self.expression.find_iter(text).map(|found| found.range());
        if !self.separates {
            return Ok(matches.filter(|unit| !unit.is_empty()).collect());
        }
        let mut from = 0;
        let mut units = Vec::new();
        for separator in matches.chain(std::iter::once(text.len()..text.len())) {
            let mut unit = from..separator.start;
            from = separator.end;
            let content = &text[unit.clone()];
            if content == "\n" || unit.end == text.len() && content.ends_with('\n') {
                unit.end -= 1;
            }
            if !unit.is_empty() {
                units.push(unit);
            }
        }
        Ok(units)
    }
}
