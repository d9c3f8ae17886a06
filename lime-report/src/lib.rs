//! Explanations for people.
//!
//! [`Terminal`] draws an [`Explanation`](lime_core::Explanation) as text: the prediction, and for each target the fidelity of
//! the surrogate and a bar chart of its features.
//!
//! `Page` (feature `html`) makes a page of HTML of it: one file with everything in it.
//!
//! `Picture` (feature `image`) draws the explanation of a picture: outlines of the superpixels that count, those superpixels alone,
//! or a heat map.

mod marked;
#[cfg(feature = "html")]
mod page;
#[cfg(feature = "image")]
mod picture;
mod pieces;
mod terminal;

#[cfg(feature = "html")]
pub use crate::page::Page;
#[cfg(feature = "image")]
pub use crate::picture::{Picture, View};
pub use crate::terminal::Terminal;
