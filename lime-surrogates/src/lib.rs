//! Surrogates g, the simple models fitted to the answered samples, and the selection of their features.
//!
//! | surrogate | |
//! |---|---|
//! | [`Ridge`] | weighted least squares with an L2 penalty, the original's |
//! | [`DecisionTree`] | a regression tree for each target or one for all, whose explanation is rules |
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
//!
//! [`DecisionTree`] is the exception: it keeps the samples themselves, and its cost grows with their number.

mod error;
mod ridge;
pub mod selection;
mod solve;
mod tree;

pub use crate::error::Error;
pub use crate::ridge::Ridge;
pub use crate::tree::{DecisionTree, PruningStep, TreeFit, TreeNode};
