//! LIME for text: units of a text, what stands where one is hidden, and the representation of a document by both.
//!
//! ```text
//! text --Tokenizer--> units --Mask--> what stands where one is hidden --Document--> texts for the model
//! ```
//!
//! | part | trait | here |
//! |---|---|---|
//! | units | [`Tokenizer`] | [`Words`], [`UnicodeWords`], [`Characters`], [`Sentences`], [`Lines`], [`Pattern`], [`Blocks`], [`tokenizer_fn`]; `SubWords` with the feature `tokenizers` |
//! | what stands for a hidden unit | [`Mask`] | [`Removal`], [`MaskString`], [`mask_fn`] |
//!
//! [`explainer`] is the one to start with, [`original`] composes the original's `LimeTextExplainer`; [`LongText`] explains texts
//! of more words than samples can tell apart.

mod document;
mod error;
mod long;
mod mask;
mod preset;
mod settings;
mod spliced;
mod tokenizer;
mod tokenizers;

pub use crate::document::{Document, DocumentBuilder};
pub use crate::error::Error;
pub use crate::long::{LongExplanation, LongText, Narrowed};
pub use crate::mask::{Mask, MaskFn, MaskString, Removal, mask_fn};
pub use crate::preset::{OriginalExplainer, TextExplainer, explainer, original, recommended};
pub use crate::tokenizer::{Tokenizer, TokenizerFn, tokenizer_fn};
#[cfg(feature = "tokenizers")]
pub use crate::tokenizers::SubWords;
pub use crate::tokenizers::{Blocks, Characters, Lines, Pattern, Sentences, UnicodeWords, Words};
