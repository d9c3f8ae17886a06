//! Feature selection: which features may appear in the explanation.
//!
//! The trait is [`lime_core::Selector`]. These rules need the moments of the samples only, and so go with every surrogate.

mod auto;
mod forward;
mod highest_weights;
mod lasso_path;
mod none;

pub use auto::Auto;
pub use forward::ForwardSelection;
pub use highest_weights::HighestWeights;
pub use lasso_path::LassoPath;
pub use none::NoSelection;

use crate::Error;

/// A number of features, if it is one.
fn check_features(features: usize) -> Result<usize, Error> {
    if features == 0 { Err(Error::Features) } else { Ok(features) }
}
