//! What can be wrong with a text, its units or what stands for them.

use std::ops::Range;

/// Texts and settings that cannot be used. Offsets are bytes of the text, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to hide.
    #[error(
        "the text of {bytes} byte(s) has no units to explain: there is no word in it, or whatever else the tokenizer finds"
    )]
    NoUnits {
        /// The length of the text.
        bytes: usize,
    },
    /// A unit that is no part of the text.
    #[error("unit {index}, bytes {}..{} of a text of {bytes}, {what}", range.start, range.end)]
    Unit {
        /// Its place among the units.
        index: usize,
        /// Where the tokenizer says it is.
        range: Range<usize>,
        /// The length of the text.
        bytes: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A token that the text does not go on with.
    #[error(
        "token {index}, {token:?}, is not in the text after byte {after}: tokens must be pieces of it, in their order"
    )]
    Token {
        /// Its place among the tokens.
        index: usize,
        /// The token.
        token: String,
        /// Where the token before it ends.
        after: usize,
    },
    /// An expression that is none.
    #[error("the expression {expression:?} cannot be read: {reason}")]
    Expression {
        /// The expression.
        expression: String,
        /// What the regex crate says.
        reason: String,
    },
    /// A range that is no part of the text.
    #[error("range {index}, bytes {}..{} of a text of {bytes}, is not inside it", range.start, range.end)]
    Within {
        /// Its place among the ranges.
        index: usize,
        /// The range.
        range: Range<usize>,
        /// The length of the text.
        bytes: usize,
    },
    /// Too few of something to go on with.
    #[error("{count} {what}: at least {least} are needed")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there have to be.
        least: usize,
    },
    /// No part of a long text to look into.
    #[error(
        "the explanation of the text's {blocks} blocks names none that has a unit in it: take a selector that chooses some, or more samples"
    )]
    NoBlock {
        /// How many blocks were explained.
        blocks: usize,
    },
    /// A tokenizer of sub-words that fails or is none.
    #[error("the tokenizer of sub-words fails on {of}: {reason}")]
    SubWords {
        /// A text or a file.
        of: String,
        /// What the tokenizers crate says.
        reason: String,
    },
}
