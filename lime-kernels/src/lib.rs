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
//! | metric | |
//! |---|---|
//! | [`Euclidean`] | sqrt(sum (a - b)^2) |
//! | [`SquaredEuclidean`] | sum (a - b)^2 |
//! | [`Manhattan`] | sum abs(a - b) |
//! | [`Cosine`] | 1 - a.b / (norm a, norm b) |
//! | [`Hamming`] | the share of coordinates that differ |
//! | [`Gower`] | mixed columns: numbers by their range, categories by mismatch |
//! | [`Mahalanobis`] | sqrt((a - b)' S^-1 (a - b)) of a covariance S |
//!
//! | profile | K(r) |
//! |---|---|
//! | [`Exponential`] | exp(-r^2 / 2), the original's |
//! | [`Laplace`] | exp(-r) |
//! | [`Epanechnikov`] | 1 - r^2, 0 beyond the width |
//! | [`Tricube`] | (1 - r^3)^3, 0 beyond the width |
//! | [`TopHat`] | 1, 0 beyond the width |
//! | [`Uniform`] | 1 |
//!
//! | width | |
//! |---|---|
//! | [`Fixed`] | a number |
//! | [`RootDimension`] | a multiple of sqrt(d'), the original's rule for tables with 0.75 |
//! | [`MedianDistance`] | a multiple of the median distance of the first samples |
//! | [`EffectiveSamples`] | leaves a given share of the first samples effective |
//!
//! Distances, metrics, profiles and widths are traits of one method to write, so a part of one's own goes anywhere these do:
//! [`profile_fn`] makes a profile of a closure, and [`Seen`] is what a width rule may look at. A whole kernel of one's own is
//! an impl of [`lime_core::Kernel`].
//!
//! | kernel | |
//! |---|---|
//! | [`Radial::default`] | the original's for tables |
//! | [`Radial::exponential`] | the same with a width of one's own |
//! | [`Radial::for_images`], [`Radial::for_text`] | the original's for images and for text |
//! | [`Radial::captum`], [`Radial::xplique`] | those of captum and xplique |
//! | [`ShapleyKernel`] | of no distance: the weights under which least squares gives Shapley values |
//! | [`Unweighted`] | 1, for samplers whose rows have the kernel's law already |
//!
//! Kernels that are products over levels say so by [`Separable`]: explanations in closed form need it.

mod conventions;
mod cosine;
mod decay;
mod distance;
mod each;
mod effective_samples;
mod epanechnikov;
mod error;
mod euclidean;
mod exponential;
mod gower;
mod hamming;
mod laplace;
mod mahalanobis;
mod manhattan;
mod median_distance;
mod radial;
mod seen;
mod separable;
mod shapley_kernel;
mod squared_euclidean;
mod top_hat;
mod tricube;
mod uniform;
mod unweighted;
mod width;

pub use crate::cosine::Cosine;
pub use crate::distance::{Distance, Interpretable, Metric, Original};
pub use crate::effective_samples::EffectiveSamples;
pub use crate::epanechnikov::Epanechnikov;
pub use crate::error::Error;
pub use crate::euclidean::Euclidean;
pub use crate::exponential::Exponential;
pub use crate::gower::{Gower, GowerColumn};
pub use crate::hamming::Hamming;
pub use crate::laplace::Laplace;
pub use crate::mahalanobis::Mahalanobis;
pub use crate::manhattan::Manhattan;
pub use crate::median_distance::MedianDistance;
pub use crate::radial::{Profile, ProfileFn, Radial, profile_fn};
pub use crate::seen::Seen;
pub use crate::separable::Separable;
pub use crate::shapley_kernel::ShapleyKernel;
pub use crate::squared_euclidean::SquaredEuclidean;
pub use crate::top_hat::TopHat;
pub use crate::tricube::Tricube;
pub use crate::uniform::Uniform;
pub use crate::unweighted::Unweighted;
pub use crate::width::{Fixed, RootDimension, Width};
