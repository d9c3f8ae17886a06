//! Samplers: how perturbed samples Z' are drawn around an instance in its interpretable space.
//!
//! A sampler knows nothing of tables, words or images: it draws by the laws of a [`Space`](lime_core::Space). The trait is
//! [`lime_core::Sampler`]; any type that implements it works wherever these do.
//!
//! | sampler | rows | instance in row 0 | extensible |
//! |---|---|---|---|
//! | [`MonteCarlo`] | independent draws by each coordinate's law (the original's) | yes | yes |
//! | [`BernoulliMask`] | masks, each feature kept with probability p | no | yes |
//! | [`RemovedCount`] | masks, the number of removed features uniform (the original's for text) | yes | yes |
//! | [`MaskSize`] | masks, the number of kept features by a law of the user's | no | yes |
//! | [`MaskPairs`] | masks and their complements, weighted to a law of sizes | with corners | yes |
//! | [`LeaveOneOut`] | d + 1: each feature absent in turn | yes | no |
//! | [`Exhaustive`] | all 2^d masks, weighted by their probabilities | no | no |
//! | [`Gaussian`] | normal numbers around the instance or a point, with a covariance | yes | yes |
//! | [`TruncatedGaussian`] | the same within bounds, without a covariance | yes | yes |
//! | [`GaussianCopula`] | each coordinate's law, dependent by a correlation matrix | no | yes |
//! | [`Tilted`] | draws from the exponential kernel's neighbourhood itself, for a uniform kernel | no | yes |
//! | [`Antithetic`] | pairs of opposite draws by each coordinate's law | no | yes |
//! | [`LatinHypercube`] | one in each of n equal strata of every coordinate's law | no | no |
//! | [`Sobol`] | scrambled Sobol' points, for n a power of two and up to 3667 features | no | yes |
//! | [`Halton`] | scrambled Halton points, for any n and any number of features | no | yes |
//! | [`Coalitions`] | Kernel SHAP's masks and complements, enumerated or drawn by size, with the Shapley kernel's weights | no | no |
//! | [`WithInstance`]`(S)` | those of S, but for row 0 | yes | as S |
//! | [`Mixed`] | those of two samplers, in proportion | no | if both are |
//! | [`Deduplicated`]`(S)` | the different masks of S, weighted by their number | as S | no |
//! | [`Distinct`]`(S)` | the same, drawn until as many are different as rows are asked for | as S | no |
//!
//! "Extensible" is [`Design::extensible`](lime_core::Design::extensible): the first rows are the same however many are asked
//! for. Design weights have mean 1 over the samples that the rows stand for. How fast they fill: `cargo bench -p lime-bench --bench samplers`.
//!
//! [`PerFeature`] is a parameter that is one number or one for each feature.
//!
//! A [`Source`](lime_core::Source) that is no sampler draws in the model's own input space, from training rows, and a
//! representation that reads ([`Interpret`](lime_core::Interpret)) gives the z' of each. All of them stand where a sampler
//! stands, [`Explainer::new`](lime_core::Explainer::new) included.
//!
//! | source | rows | instance in row 0 | extensible |
//! |---|---|---|---|
//! | [`Bootstrap`] | training rows drawn with replacement, all or the nearest | yes | yes |
//! | [`Nearest`] | the nearest training rows, each once | yes | no |
//! | [`Dlime`] | the cluster of training rows around the instance, each once | yes | no |
//!
//! [`Normal`] is a law of continuous coordinates, [`normal_quantile`] its quantile function by table and [`normal_cdf`] its
//! distribution function. [`Permutation`] is a random order of any length without storage, for designs of one's own.

mod antithetic;
mod bernoulli_mask;
mod bootstrap;
mod centre;
mod coalitions;
mod columns;
mod correlated;
mod deduplicated;
mod dlime;
mod error;
mod exhaustive;
mod gaussian;
mod gaussian_copula;
mod halton;
mod hash;
mod latin_hypercube;
mod leave_one_out;
mod mask;
mod mask_pairs;
mod mask_size;
mod mixed;
mod monte_carlo;
mod nearest;
mod normal;
mod per_feature;
mod permutation;
mod phi;
mod points;
mod pool;
mod removed_count;
mod sobol;
mod subset;
mod tilted;
mod tilted_law;
mod truncated_gaussian;
mod with_instance;

pub use crate::antithetic::Antithetic;
pub use crate::bernoulli_mask::BernoulliMask;
pub use crate::bootstrap::Bootstrap;
pub use crate::coalitions::Coalitions;
pub use crate::deduplicated::{Deduplicated, Distinct};
pub use crate::dlime::Dlime;
pub use crate::error::Error;
pub use crate::exhaustive::Exhaustive;
pub use crate::gaussian::Gaussian;
pub use crate::gaussian_copula::GaussianCopula;
pub use crate::halton::Halton;
pub use crate::latin_hypercube::LatinHypercube;
pub use crate::leave_one_out::LeaveOneOut;
pub use crate::mask_pairs::MaskPairs;
pub use crate::mask_size::MaskSize;
pub use crate::mixed::Mixed;
pub use crate::monte_carlo::MonteCarlo;
pub use crate::nearest::Nearest;
pub use crate::normal::{Normal, normal_cdf, normal_quantile};
pub use crate::per_feature::PerFeature;
pub use crate::permutation::Permutation;
pub use crate::removed_count::RemovedCount;
pub use crate::sobol::Sobol;
pub use crate::tilted::Tilted;
pub use crate::truncated_gaussian::TruncatedGaussian;
pub use crate::with_instance::WithInstance;
