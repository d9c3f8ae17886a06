//! Samplers: how perturbed samples Z' are drawn around an instance in its interpretable space.
//!
//! A sampler knows nothing of tables, words or images: it draws by the laws of a [`Space`](lime_core::Space). The trait is
//! [`lime_core::Sampler`]; any type that implements it works wherever these do.
//!
//! | sampler | rows | instance in row 0 |
//! |---|---|---|
//! | [`MonteCarlo`] | independent draws by each coordinate's law (the original's) | yes |
//! | [`LatinHypercube`] | one in each of n equal strata of every coordinate's law | no |
//! | [`Sobol`] | scrambled Sobol' points, for n a power of two and up to 3667 features | no |
//! | [`Halton`] | scrambled Halton points, for any n and any number of features | no |
//! | [`Coalitions`] | Kernel SHAP's masks and complements, enumerated or drawn by size, with the Shapley kernel's weights | no |
//!
//! [`Normal`] and [`normal_quantile`] are the laws of continuous coordinates, by table. [`Permutation`] is a random order
//! of any length without storage, for designs of one's own.

mod coalitions;
mod error;
mod halton;
mod hash;
mod latin_hypercube;
mod monte_carlo;
mod normal;
mod permutation;
mod points;
mod sobol;

pub use crate::coalitions::Coalitions;
pub use crate::error::Error;
pub use crate::halton::Halton;
pub use crate::latin_hypercube::LatinHypercube;
pub use crate::monte_carlo::MonteCarlo;
pub use crate::normal::{Normal, normal_cdf, normal_quantile};
pub use crate::permutation::Permutation;
pub use crate::sobol::Sobol;
