//! ONNX models as black boxes: an export of scikit-learn, PyTorch or another library, run in this process.
//!
//! ```text
//! batch (n, d)  --AnyModel-->  answers (n, k)
//! ```
//!
//! | type | engine | takes |
//! |---|---|---|
//! | [`OnnxModel`] | [tract](https://docs.rs/tract-onnx), part of this crate | one table of 32-bit floating-point numbers, columns by place |
//! | `OnnxRuntimeModel` (feature `onnxruntime`) | [ONNX Runtime](https://onnxruntime.ai), a shared library found at run time | one input for each column, of numbers or text, by name; tables |
//! | [`AnyModel`] | the first that can run the file, or the one asked for ([`Runtime`]) | what its engine takes |
//! | `ImageModel` (feature `image`) | as of [`AnyModel`] | one batch of pictures, of 32-bit floating-point numbers or of bytes |
//! | `TextModel` (feature `onnxruntime`) | ONNX Runtime | texts, one a row |
//!
//! [`leaves()`] reads a tree ensemble as the sum over boxes that it is: its explanations are known exactly.
//!
//! What a model gives is taken as numbers for each row:
//!
//! | output in the file | taken as |
//! |---|---|
//! | floating point, (n, k) | k outputs: class probabilities, several regression values |
//! | floating point, (n,) | one output |
//! | labels, beside one of the above | left out; the names of the classes are `class_labels` |
//! | map from labels to probabilities (`ZipMap`) | the probabilities, in the order of the labels |
//!
//! Of several that fit, the first of the first row of this table is explained. Only what it needs is run, so that the rest
//! may hold any operator.
//!
//! Forests give a row the same answer in every batch, to the last bit. Linear models and networks may differ in the last
//! digits of 32 bits: a softmax over three or more classes does.
//!
//! tract knows the operators of neural networks and those of linear models; tree ensembles, classifiers and regressors, are
//! run here. An operator that is not known is an [`Error`] with its name.
//!
//! # ONNX Runtime
//! `pip install onnxruntime` is enough: the library is looked for in the Python environments of this machine (`$VIRTUAL_ENV`,
//! `$CONDA_PREFIX`, that of the `python3` on the path, pyenv's, the user's, the system's) and in the system's library folders,
//! and the newest is taken. `ORT_DYLIB_PATH` names another. Version 1.17 is the oldest that will do. No Python is run.
//!
//! Every thread that asks has a session of its own, which works on that thread alone.
//!
//! # Exports that fit
//! With one input for each column, text and missing cells as the table has them, for ONNX Runtime:
//! ```python
//! from skl2onnx import to_onnx
//! from skl2onnx.common.data_types import FloatTensorType, StringTensorType
//!
//! types = [(name, StringTensorType([None, 1]) if text else FloatTensorType([None, 1])) for name, text in columns]
//! onnx = to_onnx(pipeline, initial_types=types, options={id(pipeline): {"zipmap": False}})
//! open("model.onnx", "wb").write(onnx.SerializeToString())
//! ```
//!
//! With one table of numbers, for tract; text columns are coded as numbers before they reach such a model:
//! ```python
//! options = {id(model): {"zipmap": False}}
//! options[StandardScaler] = {"div": "div"}            # where a pipeline scales
//! onnx = to_onnx(model, initial_types=[("X", FloatTensorType([None, d]))], options=options)
//! ```
//!
//! Of texts, for ONNX Runtime; where an expression of one's own says what a word is, both libraries find the same words:
//! ```python
//! from skl2onnx.common.data_types import StringTensorType
//!
//! vectorizer = TfidfVectorizer(token_pattern="[a-z0-9]+")
//! model = make_pipeline(vectorizer, LogisticRegression()).fit(texts, labels)
//! options = {id(model): {"zipmap": False}, id(vectorizer): {"locale": "C"}}
//! onnx = to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))], options=options)
//! ```
//!
//! Of pictures, with any number of them at once:
//! ```python
//! axes = {"image": {0: "n"}}                          # {0: "n", 2: "height", 3: "width"} where any size will do
//! torch.onnx.export(model, torch.zeros(1, 3, 224, 224), "model.onnx", input_names=["image"], dynamic_axes=axes)
//! ```
//!
//! A model of texts in another process, which answers lines with lines, is `CommandModel` (feature `command`).
//!
//! A model that no export fits can be asked where it lives, by a closure ([`lime_core::model_fn`]).

mod any;
#[cfg(feature = "onnxruntime")]
mod binding;
mod column;
#[cfg(feature = "command")]
mod command;
mod engine;
mod error;
mod graph;
#[cfg(feature = "image")]
mod image_answers;
#[cfg(feature = "image")]
mod image_input;
#[cfg(feature = "image")]
mod image_model;
#[cfg(feature = "image")]
mod image_plan;
#[cfg(all(feature = "image", feature = "onnxruntime"))]
mod image_session;
#[cfg(feature = "image")]
mod image_sizes;
mod input;
mod labels;
mod leaves;
#[cfg(feature = "onnxruntime")]
mod library;
mod model;
#[cfg(feature = "onnxruntime")]
mod onnx_runtime;
#[cfg(feature = "image")]
mod pixel;
mod plan;
#[cfg(feature = "onnxruntime")]
mod reduced;
#[cfg(feature = "onnxruntime")]
mod sessions;
#[cfg(feature = "onnxruntime")]
mod text_model;
#[cfg(feature = "onnxruntime")]
mod tree_bounds;
mod tree_op;
mod trees;
mod widths;

pub use crate::any::{AnyModel, Runtime};
pub use crate::column::{ColumnSpec, Extra};
#[cfg(feature = "command")]
pub use crate::command::CommandModel;
pub use crate::error::Error;
#[cfg(feature = "image")]
pub use crate::image_model::ImageModel;
pub use crate::input::{Element, Input};
pub use crate::leaves::{leaves, leaves_from_bytes};
pub use crate::model::OnnxModel;
#[cfg(feature = "onnxruntime")]
pub use crate::onnx_runtime::OnnxRuntimeModel;
#[cfg(feature = "onnxruntime")]
pub use crate::text_model::TextModel;
