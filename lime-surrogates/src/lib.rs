//! Surrogates g, the simple models fitted to the answered samples, and the selection of their features.
//!
//! | surrogate | |
//! |---|---|
//! | [`Ridge`] | weighted least squares with an L2 penalty, the original's |
//! | [`Recorded`] | any that works from moments, with evidence that keeps the rows |
//! | [`DecisionTree`] | a regression tree for each target or one for all, whose explanation is rules |
//! | [`OrdinaryLeastSquares`] | weighted least squares |
//! | [`ConstrainedLeastSquares`] | weighted least squares that reproduces given samples: Kernel SHAP |
//! | [`Lasso`] | weighted least squares with an L1 penalty |
//! | [`ElasticNet`] | weighted least squares with an L1 and an L2 penalty |
//! | [`Lars`] | least angle regression: the lasso for all penalties at once |
//! | [`BayesianRidge`] | coefficients with standard deviations, and priors: BayLIME |
//! | [`Jackknife`] | a linear one with standard errors and intervals |
//! | [`Hc3`] | ridge with standard errors from every sample's residual |
//! | [`RichBasis`] | weighted least squares from fewer samples, by a regression on what z' hides, with errors |
//! | [`MaskProcess`] | least squares on masks, with the interactions that a Gaussian process learns taken out |
//!
//! | [`selection`] | |
//! |---|---|
//! | [`NoSelection`](selection::NoSelection) | every feature |
//! | [`HighestWeights`](selection::HighestWeights) | the highest \|coefficient times x'\| of a ridge on all |
//! | [`HighestFitted`](selection::HighestFitted) | the highest \|coefficient times x'\| of a surrogate on all |
//! | [`ForwardSelection`](selection::ForwardSelection) | greedy, by R2 |
//! | [`LassoPath`](selection::LassoPath) | the lasso's, with the smallest penalty that leaves so many |
//! | [`Auto`](selection::Auto) | forward up to six features, highest weights beyond |
//! | [`BackwardElimination`](selection::BackwardElimination) | from all features, dropping the least |
//! | [`ByCriterion`](selection::ByCriterion) | as many as AIC, AICc or BIC finds best |
//! | [`FixedFeatures`](selection::FixedFeatures) | a given list |
//! | [`StableSelection`](selection::StableSelection) | S-LIME: least angle regression, tested at each step |
//!
//! Orders whose first K are a choice of K are [`Nested`](selection::Nested), and the criteria of
//! [`ByCriterion`](selection::ByCriterion) are [`Criterion`](selection::Criterion).
//!
//! When a run has seen enough samples is told by the rules of [`stopping`].
//!
//! All of them but [`DecisionTree`], [`StableSelection`](selection::StableSelection), [`Recorded`], [`Hc3`] and [`MaskProcess`], which keep the samples
//! themselves, see nothing but their [`Moments`](lime_core::Moments): the cost of a fit does not depend on how many samples there were. The
//! traits are [`lime_core::Surrogate`] and [`lime_core::Selector`].

mod bayesian_ridge;
mod cholesky;
mod constrained;
mod descent;
mod elastic_net;
mod equations;
mod error;
mod factor;
mod hc3;
mod interactions;
mod jackknife;
mod lars;
mod lars_path;
mod lasso;
mod least_squares;
mod logit_control;
mod mask_process;
mod recorded;
mod rich_basis;
mod ridge;
pub mod selection;
mod size_moments;
mod solve;
mod spd;
pub mod stopping;
mod tree;

pub use crate::bayesian_ridge::{BayesianRidge, Posterior, Precision};
pub use crate::constrained::ConstrainedLeastSquares;
pub use crate::elastic_net::ElasticNet;
pub use crate::error::Error;
pub use crate::hc3::Hc3;
pub use crate::jackknife::Jackknife;
pub use crate::lars::Lars;
pub use crate::lars_path::{Knot, LarsPath};
pub use crate::lasso::Lasso;
pub use crate::least_squares::OrdinaryLeastSquares;
pub use crate::mask_process::MaskProcess;
pub use crate::recorded::Recorded;
pub use crate::rich_basis::{RichBasis, RichEvidence};
pub use crate::ridge::Ridge;
pub use crate::tree::{DecisionTree, PruningStep, TreeFit, TreeNode};
