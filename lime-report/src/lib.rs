//! Explanations for people.
//!
//! [`Terminal`] draws an [`Explanation`](lime_core::Explanation) as text: the prediction, and for each target the fidelity of
//! the surrogate and a bar chart of its features.

mod terminal;

pub use crate::terminal::Terminal;
