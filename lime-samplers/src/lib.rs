//! Samplers: how perturbed samples Z' are drawn around an instance in its interpretable space.
//!
//! A sampler knows nothing of tables, words or images: it draws by the laws of a [`Space`](lime_core::Space). The trait is
//! [`lime_core::Sampler`]; any type that implements it works wherever these do.
//!
//! | sampler | rows | instance in row 0 |
//! |---|---|---|
//! | [`MonteCarlo`] | independent draws by each coordinate's law (the original's) | yes |
//!
//! A [`Source`](lime_core::Source) that is no sampler draws in the model's own input space, from training rows, and a
//! representation that reads ([`Interpret`](lime_core::Interpret)) gives the z' of each. All of them stand where a sampler
//! stands, [`Explainer::new`](lime_core::Explainer::new) included.
//!
//! | source | rows | instance in row 0 |
//! |---|---|---|
//! | [`Bootstrap`] | training rows drawn with replacement, all or the nearest | yes |
//! | [`Nearest`] | the nearest training rows, each once | yes |
//! | [`Dlime`] | the cluster of training rows around the instance, each once | yes |
//!
//! [`Normal`] and [`normal_quantile`] are the laws of continuous coordinates, by table.

mod bootstrap;
mod dlime;
mod error;
mod monte_carlo;
mod nearest;
mod normal;
mod pool;

pub use crate::bootstrap::Bootstrap;
pub use crate::dlime::Dlime;
pub use crate::error::Error;
pub use crate::monte_carlo::MonteCarlo;
pub use crate::nearest::Nearest;
pub use crate::normal::{Normal, normal_cdf, normal_quantile};
