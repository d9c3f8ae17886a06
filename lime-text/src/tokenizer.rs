//! How a text is cut into units.

use std::ops::Range;

use lime_core::BoxError;

use crate::Error;

/// Finds the units of a text that may be hidden: words, characters, sentences. What lies between units is always kept.
///
/// # A tokenizer of one's own
/// Hashtags.
///
/// ```
/// use std::ops::Range;
/// use lime_core::BoxError;
/// use lime_text::Tokenizer;
///
/// struct Hashtags;
///
/// impl Tokenizer for Hashtags {
///     fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
///         let end = |start: usize| text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
///         Ok(text.match_indices('#').map(|(start, _)| start..end(start)).collect())
///     }
/// }
///
/// assert_eq!(Hashtags.units("so #fine a day #sun")?, [3..8, 15..19]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Tokenizer: Send + Sync {
    /// Where the units stand, in bytes: none empty, in ascending order, none over another, on boundaries of characters.
    ///
    /// # Errors
    /// Where the text cannot be cut up this way: the error says why.
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError>;
}

macro_rules! forward_tokenizer {
    ($($pointer:ty),*) => {$(
        impl<T: Tokenizer + ?Sized> Tokenizer for $pointer {
            fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
                (**self).units(text)
            }
        }
    )*};
}

forward_tokenizer!(&T, Box<T>, std::sync::Arc<T>);

/// A tokenizer from a closure that lists the tokens of a text, in their order: the original's `split_expression` where it is
/// a function. Each token is looked for after the end of the one before it; what is skipped lies between units.
///
/// ```
/// use lime_text::{Tokenizer, tokenizer_fn};
///
/// let words = tokenizer_fn(|text| text.split(", ").map(String::from).collect());
/// assert_eq!(words.units("red, green, red")?, [0..3, 5..10, 12..15]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn tokenizer_fn<T>(tokens: T) -> TokenizerFn<T>
where
    T: Fn(&str) -> Vec<String> + Send + Sync,
{
    TokenizerFn { tokens }
}

/// What [`tokenizer_fn`] returns. [`Error::Token`] where a token is not in the text; empty tokens are left out.
#[derive(Debug, Clone)]
pub struct TokenizerFn<T> {
    tokens: T,
}

impl<T> Tokenizer for TokenizerFn<T>
where
    T: Fn(&str) -> Vec<String> + Send + Sync,
{
    fn units(&self, text: &str) -> Result<Vec<Range<usize>>, BoxError> {
        let mut after = 0;
        let mut units = Vec::new();
        for (index, token) in (self.tokens)(text).into_iter().enumerate() {
            if token.is_empty() {
                continue;
            }
            let Some(skipped) = text[after..].find(&token) else {
                return Err(Error::Token { index, token, after }.into());
            };
            let start = after + skipped;
            after = start + token.len();
            units.push(start..after);
        }
        Ok(units)
    }
}

/// Checks what a tokenizer gives.
pub(crate) fn check(text: &str, units: &[Range<usize>]) -> Result<(), Error> {
    let mut end = 0;
    for (index, unit) in units.iter().enumerate() {
        let what = if unit.is_empty() {
            "is empty"
        } else if unit.end > text.len() {
            "is not inside it"
        } else if unit.start < end {
            "begins before the end of the unit before it"
        } else if !text.is_char_boundary(unit.start) || !text.is_char_boundary(unit.end) {
            "begins or ends inside a character"
        } else {
            end = unit.end;
            continue;
        };
        return Err(Error::Unit { index, range: unit.clone(), bytes: text.len(), what });
    }
    Ok(())
}
