//! The core of lime: local, model-agnostic explanations of any prediction.
//!
//! LIME (Ribeiro, Singh and Guestrin, 2016, "Why Should I Trust You?") explains one prediction of any model. It perturbs the
//! instance in an interpretable space, asks the model, weighs the samples by their similarity to the instance, and fits a
//! small surrogate whose coefficients are the explanation:
//!
//! ```text
//! x  --represent-->  x'       Representation   the instance in an interpretable space
//! Z' ~ sampler                Sampler          perturbed samples around x'
//! Z  = h_x(Z')                Representation   the same samples in the model's input space
//! Y  = f(Z)                   Model            the black box, asked in batches
//! w  = pi_x(Z', Z)            Kernel           similarity to the instance
//! S  = select(evidence)       Selector         which features may appear
//! g  = fit(evidence, S)       Surrogate        argmin L(f, g, pi_x) + Omega(g)
//! ```
//!
//! Every step is a trait with a small required surface, and [`Explainer`] composes any implementations of them. This crate
//! depends on no other of the workspace: whoever writes a part of their own needs nothing else. Each trait's page shows a
//! complete implementation.

mod details;
#[cfg(feature = "serde")]
mod document;
mod draw;
mod error;
mod evidence;
mod exact;
mod explainer;
mod explanation;
mod finish;
mod gather;
mod gemm;
mod grouped;
mod held_out;
mod kernel;
mod leaves;
mod linear;
mod many;
mod model;
mod moments;
mod products;
pub mod quality;
mod real;
mod record;
mod region;
mod representation;
mod run;
mod sampler;
mod selector;
mod session;
mod size_law;
mod slot;
mod source;
mod space;
mod stop;
mod stream;
mod surrogate;
mod targets;
mod two_valued;
mod uncertainty;
mod vectors;
mod watch;

pub use nalgebra;

pub use crate::details::{Detail, Details};
pub use crate::draw::Draw;
pub use crate::error::{BoxError, Error, Stage};
pub use crate::evidence::{Evidence, Rows};
pub use crate::exact::{ExactFit, ExactModel};
pub use crate::explainer::Explainer;
pub use crate::explanation::{Explanation, FeatureWeight, TargetExplanation, Warning};
pub use crate::grouped::Grouped;
pub use crate::kernel::{Block, First, Kernel, KernelFn, Origin, Similarity, kernel_fn};
pub use crate::leaves::{Leaf, Leaves};
pub use crate::linear::LinearFit;
pub use crate::model::{Answer, Model, ModelFn, model_fn};
pub use crate::moments::Moments;
pub use crate::real::Real;
pub use crate::record::Record;
pub use crate::region::{Cut, Region};
pub use crate::representation::{Direct, Interpret, Representation, RepresentationFn, representation_fn};
pub use crate::sampler::{Design, Sampler, SamplerFn, sampler_fn};
pub use crate::selector::{Exact, Fitting, Selector};
pub use crate::session::{Checkpoint, Outcome, Session};
pub use crate::size_law::SizeLaw;
pub use crate::source::{BoxedSource, Neighbourhood, Source};
pub use crate::space::{Basis, Law, Quantile, Space};
pub use crate::stop::{Estimate, Look, StopRule, Verdict};
pub use crate::stream::Stream;
pub use crate::surrogate::{LocalModel, Surrogate};
pub use crate::targets::Targets;
pub use crate::uncertainty::Uncertainty;
pub use crate::vectors::{Vectorised, on_widest_vectors};
pub use crate::watch::Progress;

/// Rows belong to fixed tiles of this many, counted from row 0: a tile is the unit of randomness ([`Stream`]) and of
/// evidence ([`Evidence`]).
pub const TILE: usize = 256;
