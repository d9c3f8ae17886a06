//! Surrogates g, the simple models fitted to the answered samples, and the selection of their features.
//!
//! | surrogate | |
//! |---|---|
//! | [`Ridge`] | weighted least squares with an L2 penalty, the original's |
//! | [`KeepRows`] | any of these with evidence that keeps the rows, for selectors that need them |
//!
//! | [`selection`] | |
//! |---|---|
//! | [`NoSelection`](selection::NoSelection) | every feature |
//! | [`HighestWeights`](selection::HighestWeights) | the highest \|coefficient times x'\| of a ridge on all |
//! | [`ForwardSelection`](selection::ForwardSelection) | greedy, by R2 |
//! | [`Auto`](selection::Auto) | forward up to six features, highest weights beyond |
//!
//! All of them see nothing but the [`Moments`](lime_core::Moments) of the samples: their cost does not depend on how many
//! samples there were. The traits are [`lime_core::Surrogate`] and [`lime_core::Selector`].

mod error;
mod keep_rows;
mod ridge;
pub mod selection;
mod solve;

pub use crate::error::Error;
pub use crate::keep_rows::KeepRows;
pub use crate::ridge::Ridge;
