//! Explanations for people.
//!
//! [`Terminal`] draws an [`Explanation`](lime_core::Explanation) as text: the prediction, and for each target the fidelity of
//! the surrogate and a bar chart of its features.
//!
//! `Picture` (feature `image`) draws the explanation of a picture: outlines of the superpixels that count, those superpixels alone,
//! or a heat map.

mod marked;
#[cfg(feature = "image")]
mod picture;
mod terminal;

#[cfg(feature = "image")]
pub use crate::picture::{Picture, View};
pub use crate::terminal::Terminal;
