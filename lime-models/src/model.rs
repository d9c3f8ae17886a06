//! A model from an ONNX file.

use std::fmt;
use std::fs;
use std::path::Path;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;

use crate::Error;
use crate::graph::Graph;
use crate::plan::Plan;
use crate::tree_op::register;

/// A model from an ONNX file, asked in batches of rows.
#[derive(Clone)]
pub struct OnnxModel {
    input: String,
    output: String,
    plan: Plan,
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

    /// The model in the bytes of a file.
    ///
    /// # Errors
    /// The bytes are no ONNX model, or one that cannot be run.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        OnnxModel::new(bytes, None)
    }

    fn new(bytes: &[u8], directory: Option<&Path>) -> Result<Self, Error> {
        let onnx = register(tract_onnx::onnx());
        let graph = Graph::read(&onnx, bytes)?;
        let plan = Plan::compile(&onnx, &graph, directory)?;
        Ok(OnnxModel { input: graph.input, output: graph.output, plan })
    }

    /// The number of columns the model takes, unless its file leaves it open.
    pub fn inputs(&self) -> Option<usize> {
        self.plan.inputs
    }

    /// The number of outputs for each row, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        self.plan.outputs
    }

    /// The name of the input in the file.
    pub fn input_name(&self) -> &str {
        &self.input
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        &self.output
    }

    fn answer<F: Real>(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, Error> {
        let (rows, columns) = batch.shape();
        if let Some(width) = self.inputs().filter(|&width| width != columns) {
            return Err(Error::Width { rows, columns, width });
        }
        if rows == 0 || columns == 0 {
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
        let run = self.plan.run(inputs, rows, columns);
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
