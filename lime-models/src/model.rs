//! A model from an ONNX file.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;

use crate::Error;
use crate::graph::Graph;
use crate::plan::Plan;
use crate::tree_op::register;
use crate::widths::Widths;

/// A model from an ONNX file, asked in batches of rows.
///
/// A batch of shape (n, d) gets an answer of shape (n, k), with n as large as it may be. Clones are cheap and share the
/// model, threads may ask it at the same time.
///
/// ```
/// use lime_core::Model;
/// use lime_models::OnnxModel;
/// use nalgebra::dmatrix;
///
/// let model = OnnxModel::load("tests/data/four-rows.onnx")?;
/// assert_eq!((model.inputs(), model.outputs()), (Some(3), Some(2)));
///
/// // Two outputs: a + 3 c and 2 b - c.
/// let answer = model.predict(&dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0_f64])?;
/// assert_eq!(answer, dmatrix![10.0, 1.0; 22.0, 4.0]);
///
/// let narrow = model.predict(&dmatrix![1.0, 2.0_f64]).unwrap_err();
/// assert_eq!(
///     narrow.to_string(),
///     "a batch of shape (1, 2) came to a model of input shape (rows, 3): give it 3 columns"
/// );
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone)]
pub struct OnnxModel {
    input: String,
    output: String,
    width: Width,
    outputs: Option<usize>,
    labels: Option<Arc<[String]>>,
}

/// What is ready to run.
#[derive(Clone)]
enum Width {
    /// A plan for one number of columns.
    Fixed(usize, Plan),
    /// Plans for those that come.
    Open(Arc<Widths>),
}

impl OnnxModel {
    /// The model in a file.
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX model, or holds one that cannot be run.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        OnnxModel::new(&bytes, path.parent())
    }

    /// The model in the bytes of a file. Tensors that are kept in files beside it are found by [`load`](Self::load) only.
    ///
    /// # Errors
    /// The bytes are no ONNX model, or one that cannot be run.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        OnnxModel::new(bytes, None)
    }

    pub(crate) fn new(bytes: &[u8], directory: Option<&Path>) -> Result<Self, Error> {
        let onnx = register(tract_onnx::onnx());
        let graph = Graph::read(&onnx, bytes)?;
        let plan = Plan::compile(&onnx, &graph, graph.columns, directory)?;
        let (input, output, outputs) = (graph.input.clone(), graph.output.clone(), plan.outputs);
        let fits = |labels: &Vec<String>| outputs.is_none_or(|outputs| outputs == labels.len());
        let labels = graph.labels.clone().filter(fits).map(Arc::from);
        let width = match graph.columns {
            Some(columns) => Width::Fixed(columns, plan),
            None => Width::Open(Arc::new(Widths::new(onnx, graph, directory.map(Path::to_path_buf)))),
        };
        Ok(OnnxModel { input, output, width, outputs, labels })
    }

    /// The number of columns the model takes, unless its file leaves it open.
    pub fn inputs(&self) -> Option<usize> {
        match self.width {
            Width::Fixed(columns, _) => Some(columns),
            Width::Open(_) => None,
        }
    }

    /// The number of outputs for each row, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        self.outputs
    }

    /// The name of the input in the file.
    pub fn input_name(&self) -> &str {
        &self.input
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        &self.output
    }

    /// The labels of the outputs of a classifier, in their order, where the file says them; numbers as their digits.
    pub fn class_labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    fn answer<F: Real>(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, Error> {
        let (rows, columns) = batch.shape();
        if let Some(width) = self.inputs().filter(|&width| width != columns) {
            return Err(Error::Width { rows, columns, width });
        }
        if columns == 0 {
            return Err(Error::Width { rows, columns, width: self.inputs().unwrap_or(1) });
        }
        if rows == 0 {
            return Ok(DMatrix::zeros(rows, self.outputs().unwrap_or(0)));
        }
        let mut inputs = vec![0.0; rows * columns];
        for (column, values) in batch.column_iter().enumerate() {
            for (row, value) in values.iter().enumerate() {
                let narrow = value.wide() as f32;
                if narrow.is_infinite() {
                    return Err(Error::Range { row, column, value: value.wide() });
                }
                inputs[row * columns + column] = narrow;
            }
        }
        let run = match &self.width {
            Width::Fixed(_, plan) => plan.run(&inputs, rows, columns),
            Width::Open(widths) => widths
                .plan(columns)
                .map_err(|error| error.to_string())
                .and_then(|plan| plan.run(&inputs, rows, columns)),
        };
        let (answers, outputs) = run.map_err(|reason| Error::Run { rows, columns, reason })?;
        Ok(DMatrix::from_row_iterator(rows, outputs, answers.into_iter().map(F::of)))
    }
}

impl<F: Real> Model<DMatrix<F>, F> for OnnxModel {
    fn predict(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        Ok(self.answer(batch)?)
    }
}

impl fmt::Debug for OnnxModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxModel")
            .field("input", &self.input)
            .field("inputs", &self.inputs())
            .field("output", &self.output)
            .field("outputs", &self.outputs())
            .finish()
    }
}
