//! Similarity kernels pi_x: how much a perturbed sample counts, by its distance from the instance.
//!
//! A kernel is put together of a [`Distance`], a [`Profile`] and a [`Width`] by [`Radial`]:
//!
//! ```text
//! pi_x(z) = profile( distance(x, z) / width )
//! ```
//!
//! | distance | |
//! |---|---|
//! | [`Interpretable`]`(metric)` | between z' and x', for any kind of data |
//! | [`Original`]`(metric)` | between z and x, the model's own inputs, for tables |
//!
//! with [`Euclidean`] or [`Cosine`] as the [`Metric`].
//!
//! | profile | K(r) |
//! |---|---|
//! | [`Exponential`] | exp(-r^2 / 2) |
//!
//! | width | |
//! |---|---|
//! | [`Fixed`] | a number |
//! | [`RootDimension`] | a multiple of sqrt(d'), the original's rule for tables with 0.75 |
//!
//! Each of them is a trait of one method, so a part of one's own goes anywhere these do; a whole kernel of one's own is an
//! impl of [`lime_core::Kernel`].

mod cosine;
mod distance;
mod error;
mod euclidean;
mod exponential;
mod radial;
mod width;

pub use crate::cosine::Cosine;
pub use crate::distance::{Distance, Interpretable, Metric, Original};
pub use crate::error::Error;
pub use crate::euclidean::Euclidean;
pub use crate::exponential::Exponential;
pub use crate::radial::{Profile, ProfileFn, Radial, profile_fn};
pub use crate::width::{Fixed, RootDimension, Width};
