//! A model of texts from an ONNX file, run by ONNX Runtime.

use std::fmt;
use std::fs;
use std::path::Path;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::binding::{Entries, Feed};
use crate::graph::{decode, described, inputs, sizes, tensor};
use crate::{Error, OnnxRuntimeModel};

/// A model from an ONNX file, run by ONNX Runtime and asked in batches of texts.
///
/// ```text
/// texts (n)  --ONNX Runtime-->  answers (n, k)
/// ```
///
/// The file has one input, a tensor of strings of shape (n,) or (n, 1), and does all that comes before the classifier or the
/// regressor itself: a pipeline with a `TfidfVectorizer` or `CountVectorizer`, as skl2onnx exports it, or any other graph of
/// operators that ONNX Runtime has. A file that fixes n is given so many texts at a time, the last of them again where there
/// are too few. The output that is explained is chosen as for tables.
///
/// Clones are cheap and share the model. Threads may ask it at the same time: each gets a session of its own, which works on
/// the thread that asks and on no other. A linear model's answer to a text may differ in the last bit in batches of other sizes.
///
/// ```
/// use lime_core::{Model, nalgebra::DMatrix};
/// use lime_models::{Error, TextModel};
///
/// let model = match TextModel::load("../lime/assets/package-sections.onnx") {
///     Ok(model) => model,
///     // There is no ONNX Runtime on this machine.
///     Err(Error::LibraryMissing { .. }) => return Ok(()),
///     Err(error) => return Err(error.into()),
/// };
/// assert_eq!(model.class_labels().unwrap(), ["admin", "fonts", "games", "mail", "science", "sound"]);
///
/// let answer: DMatrix<f64> = model.predict(&vec!["a game of chess".to_string(), "a mail server".to_string()])?;
/// assert_eq!(answer.shape(), (2, 6));
/// assert!(answer[(0, 2)] > 0.9 && answer[(1, 3)] > 0.9);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone)]
pub struct TextModel {
    model: OnnxRuntimeModel,
}

impl TextModel {
    /// The model in a file. Tensors that are kept in files beside it are found by ONNX Runtime 1.31; 1.20 does not.
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX model, or holds one that takes no texts, has no scores or cannot be run; there is no
    /// library of ONNX Runtime, or one that is too old; the model asks for a locale that this machine does not have.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        TextModel::new(&bytes, path.parent())
    }

    /// The model in the bytes of a file. Tensors that are kept in files beside it are found by [`load`](Self::load) only.
    ///
    /// # Errors
    /// As of [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        TextModel::new(bytes, None)
    }

    fn new(bytes: &[u8], directory: Option<&Path>) -> Result<Self, Error> {
        let model = decode(&tract_onnx::onnx(), bytes)?;
        let Some(graph) = &model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
        check_input(graph)?;
        let model = OnnxRuntimeModel::of(graph, bytes, directory);
        Ok(TextModel { model: model.map_err(without_locale)? })
    }

    /// The number of outputs for each text, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        self.model.outputs()
    }

    /// The labels of the outputs of a classifier, in their order, where the file says them; numbers as their digits.
    pub fn class_labels(&self) -> Option<&[String]> {
        self.model.class_labels()
    }

    /// The name of the input in the file.
    pub fn input_name(&self) -> &str {
        self.model.inputs().first().map_or("", |input| input.name())
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        self.model.output_name()
    }

    fn answer<F: Real>(&self, batch: &[String]) -> Result<DMatrix<F>, Error> {
        let texts = batch.len();
        for (text, content) in batch.iter().enumerate() {
            if let Some(byte) = content.find('\0') {
                return Err(Error::TextNul { text, byte });
            }
        }
        if texts == 0 {
            return Ok(DMatrix::zeros(0, self.outputs().unwrap_or(0)));
        }
        let feed = Feed { width: 1, entries: Entries::Text(batch.to_vec()) };
        let (answers, outputs) =
            self.model.run(vec![feed], texts).map_err(|reason| Error::TextRun { texts, reason })?;
        Ok(DMatrix::from_row_iterator(texts, outputs, answers.into_iter().map(F::of)))
    }
}

/// Checks that texts are all that a model takes, one a row.
fn check_input(graph: &GraphProto) -> Result<(), Error> {
    let inputs = inputs(graph);
    let [input] = inputs[..] else {
        let shown = |input: &&ValueInfoProto| format!("\"{}\", {}", input.name, described(input));
        return Err(Error::TextInputs { inputs: inputs.iter().map(shown).collect() });
    };
    let fits = tensor(input).is_some_and(|kind| {
        let shape = match kind.shape.as_ref().map(sizes).as_deref() {
            None | Some([_]) => true,
            Some(&[_, width]) => width.is_none_or(|width| width == 1),
            Some(_) => false,
        };
        kind.elem_type == DataType::String as i32 && shape
    });
    if fits { Ok(()) } else { Err(Error::TextInput { name: input.name.clone(), found: described(input) }) }
}

/// The same error, as one of its own where ONNX Runtime has no locale: "Failed to construct locale with name:en_US.UTF-8:...".
fn without_locale(error: Error) -> Error {
    let Error::Unrunnable { reason } = &error else { return error };
    let named = reason.split_once("construct locale with name:").and_then(|(_, rest)| rest.split(':').next());
    match named {
        Some(locale) => Error::TextLocale { locale: locale.trim().into() },
        None => error,
    }
}

impl<F: Real> Model<Vec<String>, F> for TextModel {
    fn predict(&self, batch: &Vec<String>) -> Result<DMatrix<F>, BoxError> {
        Ok(self.answer(batch)?)
    }
}

impl fmt::Debug for TextModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextModel")
            .field("input", &self.input_name())
            .field("output", &self.output_name())
            .field("outputs", &self.outputs())
            .finish_non_exhaustive()
    }
}
