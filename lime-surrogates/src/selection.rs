//! Feature selection: which features may appear in the explanation.
//!
//! The trait is [`lime_core::Selector`]. These rules need the moments of the samples only, and so go with every surrogate;
//! [`StableSelection`] alone needs the rows, and [`HighestFitted`] what its surrogate does.
//!
//! What they choose among are the [units](lime_core::Space::units) of the space: a group of features enters as a whole or not
//! at all, and a number of features counts groups as one. Without groups every feature is a unit.

mod auto;
mod backward;
mod criterion;
mod fixed;
mod forward;
mod highest_fitted;
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
pub use highest_fitted::HighestFitted;
pub use highest_weights::HighestWeights;
pub use lasso_path::LassoPath;
pub use nested::Nested;
pub use none::NoSelection;
pub use stable::StableSelection;

use lime_core::{Evidence, Fitting, Moments, Real};

use crate::error::check_features;
use crate::{Error, equations};

/// The moments, if features can be chosen by them: they have the target and the features of the space, and are finite.
fn check<'a, F: Real, E: Evidence<F> + ?Sized>(given: &Fitting<'a, F, E>, target: usize) -> Result<&'a Moments, Error> {
    let (moments, all) = (given.moments(), 0..given.space().features());
    equations::check(moments, &all.clone().collect::<Vec<_>>(), &[target])?;
    let finite = |j: usize| moments.scatter(j, j).is_finite() && moments.cross(j, target).is_finite();
    if all.into_iter().all(finite) { Ok(moments) } else { Err(Error::NotFinite) }
}
