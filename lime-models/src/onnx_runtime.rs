//! A model from an ONNX file, run by ONNX Runtime.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, ValueType};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::binding::{Binding, Entries, Feed};
use crate::graph::{MOST_ROWS, decode, described, inputs, needed, output, sizes, tensor};
use crate::labels::class_labels;
use crate::reduced::reduced;
use crate::sessions::Sessions;
use crate::tree_bounds::TreeBounds;
use crate::{ColumnSpec, Element, Error, Extra, Input, library};

/// A model from an ONNX file, run by ONNX Runtime and asked in batches of rows.
///
/// It may have one input for each column, of numbers or text, as a pipeline has that scikit-learn exports. Which column of a
/// batch feeds which input is told by name ([`columns`](Self::columns)). A model with one table of numbers takes the columns
/// in their order until it is told otherwise.
///
/// ```text
/// batch (n, d)  --columns by name-->  inputs  --ONNX Runtime-->  answers (n, k)
/// ```
///
/// Names are the same where they differ in what exporters rewrite: all that is neither letter nor digit counts as one
/// underscore, and as none at either end. `petal length (cm)` feeds the input `petal_length_cm`.
///
/// Clones are cheap and share the model. Threads may ask it at the same time: each gets a session of its own, which works on
/// the thread that asks and on no other, so that the answer to a batch has the same bits with any number of threads.
///
/// ```
/// use lime_core::Model;
/// use lime_models::{ColumnSpec, Error, Extra, OnnxRuntimeModel};
/// use nalgebra::dmatrix;
///
/// let model = match OnnxRuntimeModel::load("tests/data/kinds.onnx") {
///     Ok(model) => model,
///     // There is no ONNX Runtime on this machine.
///     Err(Error::LibraryMissing { .. }) => return Ok(()),
///     Err(error) => return Err(error.into()),
/// };
/// let names: Vec<&str> = model.inputs().iter().map(|input| input.name()).collect();
/// assert_eq!(names, ["whole", "double", "year"]);
///
/// // whole + 2 double + (1 in the year 2008)
/// let columns = [
///     ColumnSpec::text("year", ["2007", "2008"]),
///     ColumnSpec::number("whole"),
///     ColumnSpec::number("double"),
/// ];
/// let model = model.columns(&columns, Extra::Refuse)?;
/// let answer = model.predict(&dmatrix![0.0, 3.0, 0.25; 1.0, 3.0, 0.5_f64])?;
/// assert!((answer - dmatrix![3.5; 5.0]).amax() < 1e-5);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone)]
pub struct OnnxRuntimeModel {
    parts: Arc<Parts>,
    binding: Option<Arc<Binding>>,
}

/// What does not depend on the columns.
struct Parts {
    inputs: Vec<Input>,
    /// The number of rows the model insists on.
    rows: Option<usize>,
    output: String,
    outputs: Option<usize>,
    labels: Option<Vec<String>>,
    sessions: Sessions,
    bounds: TreeBounds,
    /// The model up to its trees.
    probe: Option<Sessions>,
}

impl OnnxRuntimeModel {
    /// The model in a file. Tensors that are kept in files beside it are found by ONNX Runtime 1.31; 1.20 does not.
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX model, or holds one that cannot be run; there is no library of ONNX Runtime, or one
    /// that is too old.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        OnnxRuntimeModel::new(&bytes, path.parent())
    }

    /// The model in the bytes of a file. Tensors that are kept in files beside it are found by [`load`](Self::load) only.
    ///
    /// # Errors
    /// As of [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        OnnxRuntimeModel::new(bytes, None)
    }

    pub(crate) fn new(bytes: &[u8], directory: Option<&Path>) -> Result<Self, Error> {
        let model = decode(&tract_onnx::onnx(), bytes)?;
        let Some(graph) = &model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
        OnnxRuntimeModel::of(graph, bytes, directory)
    }

    /// The model of the graph that these bytes hold.
    pub(crate) fn of(graph: &GraphProto, bytes: &[u8], directory: Option<&Path>) -> Result<Self, Error> {
        let (inputs, rows) = described_inputs(graph)?;
        let output = output(graph)?;
        let kept = needed(graph, &output)?;
        let bounds = TreeBounds::of(graph, &kept)?;

        library::load()?;
        let open = |kept: &[bool], outputs: &[&str]| {
            let bytes = reduced(bytes, kept, outputs)?;
            Sessions::open(bytes, directory).map_err(|reason| Error::Unrunnable { reason })
        };
        let sessions = open(&kept, &[&output])?;
        let probed: Vec<&str> =
            bounds.features.keys().map(String::as_str).filter(|&name| inputs.iter().all(|i| i.name != name)).collect();
        let probe = if probed.is_empty() {
            None
        } else {
            let mut kept = vec![false; kept.len()];
            for name in &probed {
                needed(graph, name)?.into_iter().zip(&mut kept).for_each(|(needed, kept)| *kept |= needed);
            }
            Some(open(&kept, &probed)?)
        };
        let outputs = sessions
            .with(|session| outputs_of(session, &output))
            .map_err(|found| Error::Output { found: format!("\"{output}\", {found}") })?;
        let fits = |labels: &Vec<String>| outputs.is_none_or(|outputs| outputs == labels.len());
        let labels = class_labels(graph, &output).filter(fits);
        let binding = Binding::in_order(&inputs).map(Arc::new);
        let parts = Parts { inputs, rows, output, outputs, labels, sessions, bounds, probe };
        Ok(OnnxRuntimeModel { parts: Arc::new(parts), binding })
    }

    /// The same model for batches with these columns, in this order.
    ///
    /// An input of width 1 takes the column of its name. Among several inputs, one that is a table takes the columns that no
    /// name matches, those of text or those of numbers. A lone table of numbers takes all columns, codes of text as they are.
    ///
    /// # Errors
    /// An input has no column or more than one that could be meant, a column has no input and `extra` is
    /// [`Extra::Refuse`], or a column cannot become what its input holds.
    pub fn columns(&self, columns: &[ColumnSpec], extra: Extra) -> Result<Self, Error> {
        let binding = Binding::by_name(&self.parts.inputs, columns, extra)?;
        Ok(OnnxRuntimeModel { parts: Arc::clone(&self.parts), binding: Some(Arc::new(binding)) })
    }

    /// The inputs of the model, as its file has them.
    pub fn inputs(&self) -> &[Input] {
        &self.parts.inputs
    }

    /// The number of outputs for each row, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        self.parts.outputs
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        &self.parts.output
    }

    /// The labels of the outputs of a classifier, in their order, where the file says them; numbers as their digits.
    pub fn class_labels(&self) -> Option<&[String]> {
        self.parts.labels.as_deref()
    }

    /// The answers to entries for every input, row by row, and the number of outputs.
    pub(crate) fn run(&self, feeds: Vec<Feed>, rows: usize) -> Result<(Vec<f64>, usize), String> {
        self.parts.run(feeds, rows)
    }

    fn answer<F: Real>(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, Error> {
        let (rows, columns) = batch.shape();
        let parts = &*self.parts;
        let Some(binding) = &self.binding else {
            return Err(Error::NoColumns { inputs: parts.inputs.iter().map(|input| input.name.clone()).collect() });
        };
        if let Some(width) = binding.width.filter(|&width| width != columns) {
            return Err(Error::Width { rows, columns, width });
        }
        if columns == 0 {
            return Err(Error::Width { rows, columns, width: binding.width.unwrap_or(1) });
        }
        if rows == 0 {
            return Ok(DMatrix::zeros(rows, self.outputs().unwrap_or(0)));
        }
        let feeds = binding.feeds(&parts.inputs, batch)?;
        let (answers, outputs) = parts.run(feeds, rows).map_err(|reason| Error::Run { rows, columns, reason })?;
        Ok(DMatrix::from_row_iterator(rows, outputs, answers.into_iter().map(F::of)))
    }
}

impl Parts {
    /// The answers row by row, and the number of outputs.
    fn run(&self, feeds: Vec<Feed>, rows: usize) -> Result<(Vec<f64>, usize), String> {
        self.bounds.check(|| self.widths(&feeds))?;
        let Some(chunk) = self.rows else { return self.once(feeds, rows) };
        let mut answers = Vec::new();
        let mut outputs = self.outputs;
        for first in (0..rows).step_by(chunk) {
            // The rows that are missing from the last chunk repeat its last row.
            let part =
                feeds.iter().map(|feed| feed.rows((first..first + chunk).map(|row| row.min(rows - 1)))).collect();
            let (answer, found) = self.once(part, chunk)?;
            if *outputs.get_or_insert(found) != found {
                return Err("it gave rows of different lengths".into());
            }
            answers.extend_from_slice(&answer[..chunk.min(rows - first) * found]);
        }
        Ok((answers, outputs.unwrap_or(0)))
    }

    fn once(&self, feeds: Vec<Feed>, rows: usize) -> Result<(Vec<f64>, usize), String> {
        self.sessions.with(|session| {
            let given = self.given(feeds, rows)?;
            let answers = session.run(given).map_err(|error| error.to_string())?;
            scores(answers.get(&self.output).ok_or("it gave no answer")?, rows)
        })
    }

    fn given(&self, feeds: Vec<Feed>, rows: usize) -> Result<Vec<(Cow<'_, str>, SessionInputValue<'static>)>, String> {
        let mut given = Vec::new();
        for (input, feed) in self.inputs.iter().zip(feeds) {
            let shape = if input.flat { vec![rows] } else { vec![rows, feed.width] };
            let value = tensor_of(shape, feed.entries).map_err(|error| error.to_string())?;
            given.push((Cow::from(&*input.name), value));
        }
        Ok(given)
    }

    /// The widths of what the trees get, by one run with as few rows as may be.
    fn widths(&self, feeds: &[Feed]) -> Result<BTreeMap<String, usize>, String> {
        let mut widths: BTreeMap<String, usize> =
            self.inputs.iter().zip(feeds).map(|(input, feed)| (input.name.clone(), feed.width)).collect();
        let Some(probe) = &self.probe else { return Ok(widths) };
        let rows = self.rows.unwrap_or(1);
        let given = self.given(feeds.iter().map(|feed| feed.rows((0..rows).map(|_| 0))).collect(), rows)?;
        probe.with(|session| {
            let values = session.run(given).map_err(|error| error.to_string())?;
            for (name, value) in &values {
                let last = value.dtype().tensor_shape().and_then(|shape| shape.last().copied());
                widths.insert(name.into(), last.and_then(|width| usize::try_from(width).ok()).unwrap_or(0));
            }
            Ok(())
        })?;
        Ok(widths)
    }
}

/// The inputs that have to be given, and the number of rows they insist on.
fn described_inputs(graph: &GraphProto) -> Result<(Vec<Input>, Option<usize>), Error> {
    let mut rows = None;
    let mut described = Vec::new();
    for input in inputs(graph) {
        let (input, height) = described_input(input)?;
        if let (Some(height), Some(rows)) = (height, rows)
            && height != rows
        {
            return Err(Error::InputKind {
                name: input.name,
                found: format!("one of {height} rows, others of {rows}"),
            });
        }
        rows = rows.or(height);
        described.push(input);
    }
    if described.is_empty() {
        return Err(Error::Inputs { names: Vec::new() });
    }
    Ok((described, rows))
}

fn described_input(input: &ValueInfoProto) -> Result<(Input, Option<usize>), Error> {
    let wrong = || Error::InputKind { name: input.name.clone(), found: described(input) };
    let kind = tensor(input).ok_or_else(wrong)?;
    let element = match DataType::try_from(kind.elem_type) {
        Ok(DataType::Float) => Element::Float32,
        Ok(DataType::Double) => Element::Float64,
        Ok(DataType::Int32) => Element::Int32,
        Ok(DataType::Int64) => Element::Int64,
        Ok(DataType::Uint8) => Element::Uint8,
        Ok(DataType::Bool) => Element::Bool,
        Ok(DataType::String) => Element::Text,
        _ => return Err(wrong()),
    };
    let (rows, width, flat) = match kind.shape.as_ref().map(sizes).as_deref() {
        None => (None, None, false),
        Some(&[rows]) => (rows, Some(1), true),
        Some(&[rows, width]) => (rows, width, false),
        Some(_) => return Err(wrong()),
    };
    if rows.is_some_and(|rows| rows > MOST_ROWS) {
        return Err(wrong());
    }
    Ok((Input { name: input.name.clone(), element, width, flat }, rows))
}

/// The number of outputs, if it is known before the first batch. The error says what the output is instead.
fn outputs_of(session: &Session, name: &str) -> Result<Option<usize>, String> {
    let Some(outlet) = session.outputs().iter().find(|outlet| outlet.name() == name) else {
        return Err("which it does not have".into());
    };
    let kind = outlet.dtype();
    match kind {
        ValueType::Tensor { ty: TensorElementType::Float32 | TensorElementType::Float64, shape, .. } => match shape[..]
        {
            // Nothing is known of the shape.
            [] => Ok(None),
            [_] => Ok(Some(1)),
            [_, outputs] => Ok(usize::try_from(outputs).ok()),
            _ => Err(kind.to_string()),
        },
        _ => Err(kind.to_string()),
    }
}

fn tensor_of(shape: Vec<usize>, entries: Entries) -> ort::Result<SessionInputValue<'static>> {
    Ok(match entries {
        Entries::Float32(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Float64(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Int32(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Int64(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Uint8(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Bool(entries) => Tensor::from_array((shape, entries))?.into(),
        Entries::Text(entries) => Tensor::from_string_array((shape, &*entries))?.into(),
    })
}

/// The scores of this many rows, row by row, and their number for each row.
fn scores(value: &DynValue, rows: usize) -> Result<(Vec<f64>, usize), String> {
    let (values, shape) = numbers(value)?;
    let outputs = match shape[..] {
        [height] if height == rows => 1,
        [height, outputs] if height == rows => outputs,
        _ => 0,
    };
    if outputs == 0 {
        return Err(format!("it gave an answer of shape {shape:?}"));
    }
    Ok((values, outputs))
}

/// The numbers of a tensor and its shape.
pub(crate) fn numbers(value: &DynValue) -> Result<(Vec<f64>, Vec<usize>), String> {
    let ValueType::Tensor { ty, shape, .. } = value.dtype() else { return Err("it gave no tensor".into()) };
    let shape = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
    let failed = |error: ort::Error| error.to_string();
    let values = match ty {
        TensorElementType::Float32 => {
            value.try_extract_tensor::<f32>().map_err(failed)?.1.iter().copied().map(f64::from).collect()
        }
        TensorElementType::Float64 => value.try_extract_tensor::<f64>().map_err(failed)?.1.to_vec(),
        other => return Err(format!("it gave an answer of {other}")),
    };
    Ok((values, shape))
}

impl<F: Real> Model<DMatrix<F>, F> for OnnxRuntimeModel {
    fn predict(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        Ok(self.answer(batch)?)
    }
}

impl fmt::Debug for OnnxRuntimeModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxRuntimeModel")
            .field("inputs", &self.parts.inputs)
            .field("binding", &self.binding)
            .field("output", &self.parts.output)
            .field("outputs", &self.parts.outputs)
            .finish_non_exhaustive()
    }
}
