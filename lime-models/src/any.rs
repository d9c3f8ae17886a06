//! A model from an ONNX file, run by whichever engine can.

use std::fmt;
use std::fs;
use std::path::Path;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;

#[cfg(feature = "onnxruntime")]
use crate::OnnxRuntimeModel;
use crate::{ColumnSpec, Element, Error, Extra, OnnxModel};

/// The engine that runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Runtime {
    /// tract where it can run the model, else ONNX Runtime.
    #[default]
    Auto,
    /// [tract](https://docs.rs/tract-onnx), which is part of this crate: one table of numbers, and the operators it knows.
    Tract,
    /// [ONNX Runtime](https://onnxruntime.ai), whose shared library is found at run time: inputs of numbers and of text.
    OnnxRuntime,
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Runtime::Auto => "auto",
            Runtime::Tract => "tract",
            Runtime::OnnxRuntime => "onnxruntime",
        })
    }
}

/// A model from an ONNX file with the engine that runs it.
///
/// ```
/// use lime_core::Model;
/// use lime_models::{AnyModel, ColumnSpec, Extra, Runtime};
/// use nalgebra::dmatrix;
///
/// let columns = ["sepal length", "sepal width", "petal length", "petal width"].map(ColumnSpec::number);
/// let model = AnyModel::load("../lime/assets/iris-forest.onnx", Runtime::Auto, &columns, Extra::Refuse)?;
/// assert_eq!(model.runtime(), Runtime::Tract);
/// assert_eq!(model.class_labels().unwrap(), ["setosa", "versicolor", "virginica"]);
///
/// let answer = model.predict(&dmatrix![5.1, 3.5, 1.4, 0.2_f64])?;
/// assert!(answer[(0, 0)] > 0.99);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AnyModel {
    /// Run by tract.
    Tract(OnnxModel),
    /// Run by ONNX Runtime.
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(OnnxRuntimeModel),
}

impl AnyModel {
    /// The model in a file, for batches with these columns in this order.
    ///
    /// tract takes columns by their place: all that is checked is how many there are. Without columns, the model is one for
    /// columns by place with either engine.
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX model, or holds one that the engine cannot run; there is no library of ONNX
    /// Runtime where it is needed; the columns do not fit the model's inputs.
    pub fn load(path: impl AsRef<Path>, runtime: Runtime, columns: &[ColumnSpec], extra: Extra) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        let directory = path.parent();
        match runtime {
            Runtime::Tract => tract(&bytes, directory, columns),
            Runtime::OnnxRuntime => onnx_runtime(&bytes, directory, columns, extra),
            Runtime::Auto => match tract(&bytes, directory, columns) {
                Err(reason) if another_engine_may_do(&reason) => {
                    onnx_runtime(&bytes, directory, columns, extra).map_err(|error| neither(reason, error))
                }
                result => result,
            },
        }
    }

    /// The engine that runs it.
    pub fn runtime(&self) -> Runtime {
        match self {
            AnyModel::Tract(_) => Runtime::Tract,
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(_) => Runtime::OnnxRuntime,
        }
    }

    /// The names of the inputs in the file.
    pub fn input_names(&self) -> Vec<&str> {
        match self {
            AnyModel::Tract(model) => vec![model.input_name()],
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(model) => model.inputs().iter().map(|input| input.name()).collect(),
        }
    }

    /// The number of outputs for each row, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        match self {
            AnyModel::Tract(model) => model.outputs(),
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(model) => model.outputs(),
        }
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        match self {
            AnyModel::Tract(model) => model.output_name(),
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(model) => model.output_name(),
        }
    }

    /// The labels of the outputs of a classifier, in their order, where the file says them; numbers as their digits.
    pub fn class_labels(&self) -> Option<&[String]> {
        match self {
            AnyModel::Tract(model) => model.class_labels(),
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(model) => model.class_labels(),
        }
    }
}

/// Whether a model that tract cannot run may be one for ONNX Runtime.
fn another_engine_may_do(error: &Error) -> bool {
    !matches!(error, Error::Read { .. } | Error::NotOnnx { .. } | Error::Table { .. })
}

/// The error of a model that tract cannot run for this reason, and ONNX Runtime cannot either.
pub(crate) fn neither(reason: Error, error: Error) -> Error {
    match error {
        Error::LibraryMissing { .. } | Error::LibraryTooOld { .. } | Error::Library { .. } | Error::NoOnnxRuntime => {
            Error::NeedsOnnxRuntime { reason: Box::new(reason), missing: Box::new(error) }
        }
        error => error,
    }
}

fn tract(bytes: &[u8], directory: Option<&Path>, columns: &[ColumnSpec]) -> Result<AnyModel, Error> {
    let model = OnnxModel::new(bytes, directory)?;
    match model.inputs() {
        Some(width) if !columns.is_empty() && width != columns.len() => Err(Error::Table {
            input: model.input_name().into(),
            element: Element::Float32,
            width: Some(width),
            columns: columns.iter().map(|column| column.name().into()).collect(),
            way_out: "give it the columns that the model was trained with, in their order".into(),
        }),
        _ => Ok(AnyModel::Tract(model)),
    }
}

#[cfg(feature = "onnxruntime")]
fn onnx_runtime(
    bytes: &[u8],
    directory: Option<&Path>,
    columns: &[ColumnSpec],
    extra: Extra,
) -> Result<AnyModel, Error> {
    let model = OnnxRuntimeModel::new(bytes, directory)?;
    Ok(AnyModel::OnnxRuntime(if columns.is_empty() { model } else { model.columns(columns, extra)? }))
}

#[cfg(not(feature = "onnxruntime"))]
fn onnx_runtime(_: &[u8], _: Option<&Path>, _: &[ColumnSpec], _: Extra) -> Result<AnyModel, Error> {
    Err(Error::NoOnnxRuntime)
}

impl<F: Real> Model<DMatrix<F>, F> for AnyModel {
    fn predict(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        match self {
            AnyModel::Tract(model) => model.predict(batch),
            #[cfg(feature = "onnxruntime")]
            AnyModel::OnnxRuntime(model) => model.predict(batch),
        }
    }
}
