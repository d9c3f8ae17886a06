//! ONNX models as black boxes: an export of scikit-learn, PyTorch or another library, run in this process.
//!
//! ```text
//! batch (n, d)  --OnnxModel-->  answers (n, k)
//! ```
//!
//! A model takes one table of 32-bit floating-point numbers and gives numbers for each row:
//!
//! | output in the file | taken as |
//! |---|---|
//! | floating point, (n, k) | k outputs: class probabilities, several regression values |
//! | floating point, (n,) | one output |
//! | labels, beside one of the above | left out |
//! | map from labels to probabilities (`ZipMap`) | the probabilities, in the order of the labels |
//!
//! Of several that fit, the first of the first row of this table is explained. Only what it needs is run, so that the rest
//! may hold any operator.
//!
//! Forests give a row the same answer in every batch, to the last bit. Linear models and networks may differ in the last
//! digits of 32 bits: a softmax over three or more classes does.
//!
//! The engine is [tract](https://docs.rs/tract-onnx), which knows the operators of neural networks and those of linear
//! models; tree ensembles, classifiers and regressors, are run here. An operator that is not known is an [`Error`] with its
//! name, and so is a classifier of text labels.
//!
//! # Exports that fit
//! ```python
//! from skl2onnx import to_onnx
//! from skl2onnx.common.data_types import FloatTensorType
//!
//! options = {id(model): {"zipmap": False}}            # the labels are integers 0, 1, ...
//! options[StandardScaler] = {"div": "div"}            # where a pipeline scales
//! onnx = to_onnx(model, initial_types=[("X", FloatTensorType([None, d]))], options=options)
//! open("model.onnx", "wb").write(onnx.SerializeToString())
//! ```
//!
//! Text columns are coded as numbers before they reach such a model. A model that no export fits can be asked where it lives,
//! by a closure ([`lime_core::model_fn`]).

mod engine;
mod error;
mod graph;
mod model;
mod plan;
mod tree_op;
mod trees;
mod widths;

pub use crate::error::Error;
pub use crate::model::OnnxModel;
