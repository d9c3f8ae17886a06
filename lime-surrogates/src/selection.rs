//! Feature selection: which features may appear in the explanation.
//!
//! The trait is [`lime_core::Selector`]. These rules need the moments of the samples only, and so go with every surrogate;
//! [`StableSelection`] alone needs the rows.
//!
//! What they choose among are the [units](lime_core::Space::units) of the space: a group of features enters as a whole or not
//! at all, and a number of features counts groups as one. Without groups every feature is a unit.

mod auto;
mod backward;
mod criterion;
mod fixed;
mod forward;
mod highest_weights;
mod lasso_path;
mod least_angle;
mod nested;
mod none;
mod partial;
mod stable;

pub use auto::Auto;
pub use backward::BackwardElimination;
pub use criterion::{ByCriterion, Criterion};
pub use fixed::FixedFeatures;
pub use forward::ForwardSelection;
pub use highest_weights::HighestWeights;
pub use lasso_path::LassoPath;
pub use nested::Nested;
pub use none::NoSelection;
pub use stable::StableSelection;

use crate::Error;

/// A number of features, if it is one.
fn check_features(features: usize) -> Result<usize, Error> {
    if features == 0 { Err(Error::Features) } else { Ok(features) }
}
