//! What can be wrong with a model file and with what it is asked.

use std::io;
use std::path::PathBuf;

#[cfg(feature = "image")]
use lime_image::Layout;

use crate::Element;

/// Files that make no model, and questions that a model cannot answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the model {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A program that does not answer as it should.
    #[error("the command {command:?} failed: {what}{}", said_by(said))]
    Command {
        /// The command.
        command: String,
        /// What happened.
        what: String,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// The bytes are no ONNX model, or one that is cut short or damaged.
    #[error("this is no complete ONNX model: {reason}; export the model again")]
    NotOnnx {
        /// What is amiss.
        reason: String,
    },
    /// An operator of the model cannot be run.
    #[error("the model's operator {operator} (node \"{node}\") cannot be run: {reason}; {}", way_out(operator))]
    Operator {
        /// The operator, with its domain unless that is ONNX's own: `Relu`, `ai.onnx.ml.Scaler`.
        operator: String,
        /// The node's name in the file.
        node: String,
        /// What is amiss.
        reason: String,
    },
    /// The model as a whole cannot be run, and no single operator is known to be the cause.
    #[error("the model cannot be run: {reason}; {CLOSURE}")]
    Unrunnable {
        /// What is amiss.
        reason: String,
    },
    /// A model that is more than a sum over the leaves of trees.
    #[error("the model is no sum over the leaves of trees: {reason}; its explanation can be sampled")]
    NoLeaves {
        /// What else it is.
        reason: String,
    },
    /// Another number of inputs than one.
    #[error(
        "the model has {} input(s) [{}] and needs to have one, a table (rows, columns); export it with all its features in \
         one tensor",
        names.len(),
        names.join(", ")
    )]
    Inputs {
        /// The names of the inputs.
        names: Vec<String>,
    },
    /// The input is no table of 32-bit floating-point numbers.
    #[error(
        "the model's input \"{name}\" is {found} and needs to be a table (rows, columns) of FLOAT; export it with an \
         initial type of FloatTensorType([None, columns])"
    )]
    Input {
        /// The name of the input.
        name: String,
        /// Its type and shape.
        found: String,
    },
    /// None of the outputs holds numbers for each row.
    #[error(
        "the model has no output with floating-point numbers for every row, (rows,) or (rows, outputs), only {found}; \
         export it so that its scores are one, a classifier with its probabilities"
    )]
    Output {
        /// The outputs with their types and shapes.
        found: String,
    },
    /// A batch of another width than the model's input.
    #[error(
        "a batch of shape ({rows}, {columns}) came to a model of input shape (rows, {width}): give it {width} columns"
    )]
    Width {
        /// The number of rows in the batch.
        rows: usize,
        /// The number of columns in the batch.
        columns: usize,
        /// The number of columns the model takes.
        width: usize,
    },
    /// A value that is infinite as the 32-bit number the model takes.
    #[error(
        "the value {value:e} in row {row}, column {column} is beyond the model's 32-bit numbers, which end at {:e}: scale \
         the column or clip it",
        f32::MAX
    )]
    Range {
        /// The row in the batch, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// An input of a type or shape that no columns can feed.
    #[error(
        "the model's input \"{name}\" is {found} and needs to be a column (rows, 1) or a table (rows, columns) of FLOAT, \
         DOUBLE, INT32, INT64, UINT8, BOOL or STRING"
    )]
    InputKind {
        /// The name of the input.
        name: String,
        /// Its type and shape.
        found: String,
    },
    /// A model of several inputs that has not been told which columns there are.
    #[error(
        "the model has the inputs [{}] and has not been told the columns of its batches: give them by \
         OnnxRuntimeModel::columns",
        inputs.join(", ")
    )]
    NoColumns {
        /// The names of the inputs.
        inputs: Vec<String>,
    },
    /// An input for which there is no column.
    #[error("no column feeds the model's input \"{input}\"; the columns are [{}]: give one of that name", columns.join(", "))]
    ColumnMissing {
        /// The name of the input.
        input: String,
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// Columns that no input asks for.
    #[error(
        "no input of the model asks for the column(s) [{}]; its inputs are [{}]: take the columns out of the table, or ignore \
         them",
        columns.join(", "),
        inputs.join(", ")
    )]
    ColumnExtra {
        /// The names of these columns.
        columns: Vec<String>,
        /// The names of the inputs.
        inputs: Vec<String>,
    },
    /// Columns that one input could mean.
    #[error("each of the columns [{}] could be the model's input \"{input}\": give one column its name", columns.join(", "))]
    ColumnAmbiguous {
        /// The name of the input.
        input: String,
        /// The names of these columns.
        columns: Vec<String>,
    },
    /// A column that cannot become what the input holds.
    #[error("the model's input \"{input}\" takes {element}, and the column \"{column}\" {reason}")]
    ColumnKind {
        /// The name of the input.
        input: String,
        /// What it holds.
        element: Element,
        /// The name of the column.
        column: String,
        /// What does not fit, and what to do.
        reason: String,
    },
    /// A table among the inputs that the columns do not fill.
    #[error(
        "the model's input \"{input}\" is a table of {} of {element}, and the columns left for it are [{}]: {way_out}",
        width.map_or("any number".into(), |width| format!("{width} columns")),
        columns.join(", ")
    )]
    Table {
        /// The name of the input.
        input: String,
        /// What it holds.
        element: Element,
        /// Its number of columns, where the file says it.
        width: Option<usize>,
        /// The names of the columns left for it.
        columns: Vec<String>,
        /// What to do.
        way_out: String,
    },
    /// A cell that cannot become an entry of the input.
    #[error("the value {value} in row {row}, column \"{column}\" cannot become one of the model's {element}: {reason}")]
    Cell {
        /// The row in the batch, from 0.
        row: usize,
        /// The name of the column.
        column: String,
        /// The value.
        value: f64,
        /// What the input holds.
        element: Element,
        /// What does not fit, and what to do.
        reason: String,
    },
    /// A code that stands for no level.
    #[error(
        "the value {value} in row {row}, column \"{column}\" is the code of no level: the column has {levels} level(s), with \
         codes from 0 on, and NaN for a missing cell"
    )]
    Code {
        /// The row in the batch, from 0.
        row: usize,
        /// The name of the column.
        column: String,
        /// The value.
        value: f64,
        /// The number of levels.
        levels: usize,
    },
    /// No shared library of ONNX Runtime.
    #[error("ONNX Runtime was not found in [{}]: {INSTALL}", looked.join(", "))]
    LibraryMissing {
        /// The folders on this machine that it was looked for in; `*` stands for any text.
        looked: Vec<String>,
    },
    /// A shared library of ONNX Runtime that is too old.
    #[error("ONNX Runtime {version} in {} is too old, {needed} or newer is needed: {INSTALL}", path.display())]
    LibraryTooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
        /// The oldest version that will do.
        needed: String,
    },
    /// A file that is no shared library of ONNX Runtime for this machine.
    #[error("cannot load ONNX Runtime from {}: {reason}; {INSTALL}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// What is amiss.
        reason: String,
    },
    /// A build without ONNX Runtime.
    #[error("this build cannot use ONNX Runtime: build it with the feature onnxruntime of lime-models")]
    NoOnnxRuntime,
    /// A model that only ONNX Runtime could run, which there is none of.
    #[error("{reason}; or have ONNX Runtime run it: {missing}")]
    NeedsOnnxRuntime {
        /// Why the embedded engine cannot run it.
        reason: Box<Error>,
        /// Why ONNX Runtime cannot.
        missing: Box<Error>,
    },
    /// The model failed while it ran.
    #[error("the model failed on a batch of shape ({rows}, {columns}): {reason}")]
    Run {
        /// The number of rows in the batch.
        rows: usize,
        /// The number of columns in the batch.
        columns: usize,
        /// What happened.
        reason: String,
    },
    /// Another number of inputs than one, in a model of texts.
    #[cfg(feature = "onnxruntime")]
    #[error("the model has {} input(s) [{}] and needs to have one, {TEXTS}; {WITH_VECTORIZER}", inputs.len(), inputs.join("; "))]
    TextInputs {
        /// The inputs, each with its type and shape.
        inputs: Vec<String>,
    },
    /// The input takes no texts, or several at once.
    #[cfg(feature = "onnxruntime")]
    #[error("the model's input \"{name}\" is {found} and needs to be {TEXTS}; {WITH_VECTORIZER}")]
    TextInput {
        /// The name of the input.
        name: String,
        /// Its type and shape.
        found: String,
    },
    /// A locale that the model's operators on text ask for and this machine does not have.
    #[cfg(feature = "onnxruntime")]
    #[error(
        "the model asks for the locale {locale}, which this machine does not have: install it, or export the model with the \
         option {{'locale': 'C'}} of its vectorizer, by which no letters but A to Z become lower case"
    )]
    TextLocale {
        /// The name of the locale.
        locale: String,
    },
    /// A text that cannot be handed over.
    #[cfg(feature = "onnxruntime")]
    #[error(
        "text {text} holds the character 0 at byte {byte}, where ONNX Runtime takes a text to end: take it out, or hide units \
         behind another mask (--mask)"
    )]
    TextNul {
        /// The text in the batch, from 0.
        text: usize,
        /// The first such byte, from 0.
        byte: usize,
    },
    /// The model failed while it ran on texts.
    #[cfg(feature = "onnxruntime")]
    #[error("the model failed on a batch of {texts} text(s): {reason}")]
    TextRun {
        /// The number of texts in the batch.
        texts: usize,
        /// What happened.
        reason: String,
    },
    /// Another number of inputs than one, in a model of pictures.
    #[cfg(feature = "image")]
    #[error(
        "the model has {} input(s) [{}] and needs to have one, {PICTURES}; export it without the others",
        names.len(),
        names.join(", ")
    )]
    ImageInputs {
        /// The names of the inputs.
        names: Vec<String>,
    },
    /// The input is no batch of pictures.
    #[cfg(feature = "image")]
    #[error(
        "the model's input \"{name}\" is {found} and needs to be {PICTURES}, of FLOAT or UINT8; a model of tables is an \
         AnyModel"
    )]
    ImageInput {
        /// The name of the input.
        name: String,
        /// Its type and shape.
        found: String,
    },
    /// None of the outputs holds numbers for each picture.
    #[cfg(feature = "image")]
    #[error(
        "the model has no output with floating-point numbers for every picture, (n,) or (n, outputs), only {found}; export \
         it so that its scores are one"
    )]
    ImageOutput {
        /// The outputs with their types and shapes.
        found: String,
    },
    /// An input whose shape does not tell rows from channels.
    #[cfg(feature = "image")]
    #[error(
        "the model's input \"{name}\" is {found}, which does not tell which side holds the channels: say it by \
         ImageModel::with_layout"
    )]
    ImageLayoutOpen {
        /// The name of the input.
        name: String,
        /// Its type and shape.
        found: String,
    },
    /// Pictures whose numbers lie in another order than the model's.
    #[cfg(feature = "image")]
    #[error("the pictures are laid out as {batch} and the model takes {model}: build them with Layout::{model:?}")]
    ImageLayout {
        /// The model's.
        model: Layout,
        /// The batch's.
        batch: Layout,
    },
    /// Pictures of other numbers than the model's.
    #[cfg(feature = "image")]
    #[error(
        "the pictures hold {batch} and the model takes {model}: make them an ImageBatch<{}>",
        if *model == Element::Uint8 { "u8" } else { "f32" }
    )]
    ImageElement {
        /// The model's.
        model: Element,
        /// The batch's.
        batch: Element,
    },
    /// Pictures of another number of channels than the model's.
    #[cfg(feature = "image")]
    #[error("the pictures have {batch} channel(s) and the model takes {model}: convert them to {}", colours(*model))]
    ImageChannels {
        /// The model's.
        model: usize,
        /// The batch's.
        batch: usize,
    },
    /// Pictures of another size than the model's.
    #[cfg(feature = "image")]
    #[error(
        "the pictures have {} rows and {} columns of pixels and the model takes {} rows and {} columns: resize them to \
         {wanted} pixels: --resize {wanted}",
        batch.0,
        batch.1,
        side(model.0),
        side(model.1),
        wanted = wanted(*model, *batch)
    )]
    ImageSize {
        /// The model's rows and columns, where they are fixed.
        model: (Option<usize>, Option<usize>),
        /// The batch's rows and columns.
        batch: (usize, usize),
    },
    /// The model failed while it ran on pictures.
    #[cfg(feature = "image")]
    #[error("the model failed on a batch of shape {shape:?}: {reason}")]
    ImageRun {
        /// The shape of the batch, in its layout.
        shape: [usize; 4],
        /// What happened.
        reason: String,
    },
}

/// What a model of texts takes.
#[cfg(feature = "onnxruntime")]
const TEXTS: &str = "texts, STRING (n,) or (n, 1)";

/// How a model comes to take texts.
#[cfg(feature = "onnxruntime")]
const WITH_VECTORIZER: &str = "export it together with what makes its numbers from a text, with one initial type of \
                               StringTensorType([None, 1]), or ask it through a program or a closure that makes them \
                               (CommandModel, lime_core::model_fn)";

/// What a model of pictures takes.
#[cfg(feature = "image")]
const PICTURES: &str = "pictures (n, channels, height, width) or (n, height, width, channels)";

/// A side that a model insists on, or does not.
#[cfg(feature = "image")]
fn side(fixed: Option<usize>) -> String {
    fixed.map_or_else(|| "any number of".into(), |fixed| fixed.to_string())
}

/// The size to take, width x height.
#[cfg(feature = "image")]
fn wanted(model: (Option<usize>, Option<usize>), batch: (usize, usize)) -> String {
    format!("{}x{}", model.1.unwrap_or(batch.1), model.0.unwrap_or(batch.0))
}

/// What a picture of so many channels is.
#[cfg(feature = "image")]
fn colours(channels: usize) -> String {
    match channels {
        1 => "gray".into(),
        3 => "RGB".into(),
        4 => "RGBA".into(),
        other => format!("{other} channels"),
    }
}

/// What a program said, if anything.
fn said_by(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it said:\n{said}") }
}

/// How ONNX Runtime comes onto a machine.
const INSTALL: &str = "pip install onnxruntime, or set ORT_DYLIB_PATH to the file of its shared library";

/// The way out that is always there.
const CLOSURE: &str = "a closure around the library that trained it can be explained too (lime_core::model_fn)";

/// What to do about an operator that cannot be run.
fn way_out(operator: &str) -> &'static str {
    match operator.rsplit('.').next().unwrap_or(operator) {
        "Scaler" => "export StandardScaler with the option {'div': 'div'}, which writes Sub and Div instead",
        "ZipMap" | "LabelEncoder" => "export the classifier with the option {'zipmap': False} and integer labels",
        "OneHotEncoder" | "Imputer" | "FeatureVectorizer" => {
            "prepare the table outside the model and export what follows, with one tensor of numbers for input"
        }
        _ => CLOSURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_the_value_the_place_and_the_way_out() {
        let scaler =
            Error::Operator { operator: "ai.onnx.ml.Scaler".into(), node: "Sc".into(), reason: "unknown".into() };
        assert_eq!(
            scaler.to_string(),
            "the model's operator ai.onnx.ml.Scaler (node \"Sc\") cannot be run: unknown; export StandardScaler with the \
             option {'div': 'div'}, which writes Sub and Div instead"
        );
        let width = Error::Width { rows: 3, columns: 4, width: 7 };
        assert_eq!(
            width.to_string(),
            "a batch of shape (3, 4) came to a model of input shape (rows, 7): give it 7 columns"
        );
        let range = Error::Range { row: 2, column: 1, value: 1e300 };
        assert!(range.to_string().starts_with("the value 1e300 in row 2, column 1 is beyond"), "{range}");
    }
}
