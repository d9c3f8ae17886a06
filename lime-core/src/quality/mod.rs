//! Stability and quality of explanations, as numbers.
//!
//! | question | |
//! |---|---|
//! | does another seed choose the same features? | [`jaccard`], [`vsi`] |
//! | does it give them the same weights? | [`csi`] |
//! | do features that count change the prediction when they go, or come? | [`deletion`], [`insertion`] |
//! | do weights say by how much the prediction changes? | [`infidelity`] |
//! | do neighbours of the instance have like explanations? | [`max_sensitivity`] |
//! | how wide should the kernel be? | [`kernel_path`] |
//!
//! Fidelity on samples that the surrogate has not seen is a setting of the explainer ([`Explainer::held_out`](crate::Explainer::held_out)).

mod curve;
mod infidelity;
mod kernel_path;
mod sensitivity;
mod stability;

pub use self::curve::{Curve, deletion, insertion};
pub use self::infidelity::infidelity;
pub use self::kernel_path::{KernelPath, PathPoint, kernel_path};
pub use self::sensitivity::max_sensitivity;
pub use self::stability::{csi, jaccard, vsi};
