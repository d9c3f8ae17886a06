//! A model of pictures from an ONNX file.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lime_core::{BoxError, Model, Real};
use lime_image::{ImageBatch, Layout};
use nalgebra::DMatrix;
use tract_onnx::Onnx;
use tract_onnx::pb::ModelProto;

use crate::any::neither;
use crate::graph::{all_outputs, decode, floating, sizes, tensor};
use crate::image_answers::open_outputs;
use crate::image_input::{ImageInput, in_order};
use crate::image_plan::{ImageGraph, ImagePlan};
#[cfg(feature = "onnxruntime")]
use crate::image_session::ImageSession;
use crate::image_sizes::{ImageSizes, Ready};
use crate::labels::{class_labels, metadata_names};
use crate::pixel::Pixel;
use crate::tree_op::register;
use crate::{Element, Error, Runtime};

/// A model from an ONNX file, asked in batches of pictures.
///
/// ```text
/// ImageBatch (n, c, h, w) or (n, h, w, c)  --ImageModel-->  answers (n, k)
/// ```
///
/// The file has one input of four sides, of 32-bit floating-point numbers or of bytes, and an output (n, k), (n,), or (n, k)
/// with sides of 1 around k, as a pooling leaves them. The answers are its numbers as they are: a network that ends in logits
/// gives logits.
///
/// | side of the input | fixed in the file | open |
/// |---|---|---|
/// | pictures | batches are cut into as many, and the last is filled up | any number at once |
/// | height, width, channels | a batch of others is refused before the model runs | tract is made ready for the size that comes, and keeps the last four |
///
/// Clones are cheap and share the model. Threads may ask it at the same time.
///
/// ```
/// use lime_core::Model;
/// use lime_image::{ImageBatch, Layout};
/// use lime_models::{ImageModel, Runtime};
/// use nalgebra::DMatrix;
///
/// let model = ImageModel::load("../lime/assets/face.onnx", Runtime::Auto)?;
/// assert_eq!((model.layout(), model.channels(), model.height()), (Some(Layout::Nchw), Some(3), None));
/// assert_eq!(model.class_labels().unwrap(), ["no face", "face"]);
///
/// // Nothing but gray.
/// let mut batch = ImageBatch::<f32>::new(2, 48, 64, 3, Layout::Nchw);
/// batch.image_mut(0).fill(0.5);
/// let answer: DMatrix<f64> = model.predict(&batch)?;
/// assert_eq!(answer.shape(), (2, 2));
/// assert!(answer[(0, 1)] < 0.1);
///
/// let other = ImageBatch::<f32>::new(2, 48, 64, 1, Layout::Nchw);
/// let error = Model::<_, f64>::predict(&model, &other).unwrap_err();
/// assert_eq!(error.to_string(), "the pictures have 1 channel(s) and the model takes 3: convert them to RGB");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone)]
pub struct ImageModel {
    parts: Arc<Parts>,
    layout: Option<Layout>,
}

struct Parts {
    input: ImageInput,
    output: String,
    outputs: Option<usize>,
    labels: Option<Vec<String>>,
    engine: Engine,
}

enum Engine {
    /// Whatever comes is run by this.
    One(Ready),
    /// What runs it depends on the size of the pictures.
    Sizes(Box<ImageSizes>),
}

impl ImageModel {
    /// The model in a file. tract runs it, or ONNX Runtime, as the runtime says; [`Runtime::Auto`] asks ONNX Runtime where tract
    /// cannot run the model, which for open sizes may show with the first pictures ([`ready`](Self::ready)).
    ///
    /// # Errors
    /// The file cannot be read, is no ONNX model, or holds one that takes no pictures or cannot be run; there is no library
    /// of ONNX Runtime where it is needed.
    pub fn load(path: impl AsRef<Path>, runtime: Runtime) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        ImageModel::new(&bytes, path.parent(), runtime)
    }

    /// The model in the bytes of a file. Tensors that are kept in files beside it are found by [`load`](Self::load) only.
    ///
    /// # Errors
    /// As of [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8], runtime: Runtime) -> Result<Self, Error> {
        ImageModel::new(bytes, None, runtime)
    }

    fn new(bytes: &[u8], directory: Option<&Path>, runtime: Runtime) -> Result<Self, Error> {
        let onnx = register(tract_onnx::onnx());
        let model = decode(&onnx, bytes)?;
        let Some(graph) = &model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
        let input = ImageInput::of(graph)?;
        let Some(output) = floating(graph, &[Some(2), Some(1), None, Some(4), Some(3)]) else {
            return Err(Error::ImageOutput { found: all_outputs(graph) });
        };
        let declared = tensor(output).and_then(|kind| kind.shape.as_ref()).map(sizes);
        let declared = declared.and_then(|sides| open_outputs(sides.into_iter().skip(1))).flatten();
        let output = output.name.clone();
        let metadata = |key| model.metadata_props.iter().find(|entry| entry.key == key).map(|entry| &*entry.value);
        let labels = class_labels(graph, &output).or_else(|| metadata("names").and_then(metadata_names));

        let source = Source { bytes: bytes.into(), input, output, directory: directory.map(Path::to_path_buf) };
        let source = Arc::new(source);
        let engine = match runtime {
            Runtime::Tract => tract(onnx, model, &source, runtime)?,
            Runtime::OnnxRuntime => Engine::One(onnx_runtime(&source)?),
            Runtime::Auto => match tract(onnx, model, &source, runtime) {
                Ok(engine) => engine,
                Err(reason) => Engine::One(onnx_runtime(&source).map_err(|error| neither(reason, error))?),
            },
        };
        let outputs = match &engine {
            Engine::One(ready) => ready.outputs(),
            Engine::Sizes(_) => declared,
        };
        let labels = labels.filter(|labels| outputs.is_none_or(|outputs| outputs == labels.len()));
        let Source { input, output, .. } = &*source;
        let layout = input.layout();
        let parts = Parts { input: input.clone(), output: output.clone(), outputs, labels, engine };
        Ok(ImageModel { parts: Arc::new(parts), layout })
    }

    /// The same model for pictures in a layout, where the file does not tell it or tells it wrong.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = Some(layout);
        self
    }

    /// How the numbers of a picture lie: the side of 1, 3 or 4 holds the channels, or else the one of the two that is fixed while
    /// the other is open. None where that tells nothing.
    pub fn layout(&self) -> Option<Layout> {
        self.layout
    }

    /// The height of the pictures, unless the file leaves it open.
    pub fn height(&self) -> Option<usize> {
        self.fixed(0)
    }

    /// The width of the pictures, unless the file leaves it open.
    pub fn width(&self) -> Option<usize> {
        self.fixed(1)
    }

    /// The number of channels, unless the file leaves it open.
    pub fn channels(&self) -> Option<usize> {
        self.fixed(2)
    }

    fn fixed(&self, side: usize) -> Option<usize> {
        self.parts.input.fixed(self.layout?)[side]
    }

    /// What the numbers of a picture are: [`Element::Float32`] or [`Element::Uint8`].
    pub fn element(&self) -> Element {
        self.parts.input.element
    }

    /// The number of outputs for each picture, unless it shows only in an answer.
    pub fn outputs(&self) -> Option<usize> {
        self.parts.outputs
    }

    /// The labels of the outputs of a classifier, in their order, where the file says them: among its nodes, or in its metadata
    /// under `names`, as Ultralytics writes them (`{0: 'cat', 1: 'dog'}`).
    pub fn class_labels(&self) -> Option<&[String]> {
        self.parts.labels.as_deref()
    }

    /// The name of the input in the file.
    pub fn input_name(&self) -> &str {
        &self.parts.input.name
    }

    /// The name of the output in the file that answers are taken from.
    pub fn output_name(&self) -> &str {
        &self.parts.output
    }

    /// Makes the model ready for pictures of one size, and says which engine runs them. It is done for the first batch otherwise.
    ///
    /// # Errors
    /// The model takes pictures of another size or other channels, or cannot be run on these.
    pub fn ready(&self, height: usize, width: usize, channels: usize) -> Result<Runtime, Error> {
        Ok(self.engine(height, width, channels)?.runtime())
    }

    fn engine(&self, height: usize, width: usize, channels: usize) -> Result<Ready, Error> {
        let input = &self.parts.input;
        let Some(layout) = self.layout else {
            return Err(Error::ImageLayoutOpen { name: input.name.clone(), found: input.found.clone() });
        };
        let [high, wide, deep] = input.fixed(layout);
        if let Some(model) = deep.filter(|&deep| deep != channels) {
            return Err(Error::ImageChannels { model, batch: channels });
        }
        if high.is_some_and(|high| high != height) || wide.is_some_and(|wide| wide != width) {
            return Err(Error::ImageSize { model: (high, wide), batch: (height, width) });
        }
        match &self.parts.engine {
            Engine::One(ready) => Ok(ready.clone()),
            Engine::Sizes(sizes) => sizes.ready(in_order([height, width, channels], layout)),
        }
    }

    fn answer<T: Pixel, F: Real>(&self, batch: &ImageBatch<T>) -> Result<DMatrix<F>, Error> {
        if self.element() != T::ELEMENT {
            return Err(Error::ImageElement { model: self.element(), batch: T::ELEMENT });
        }
        if let Some(model) = self.layout.filter(|&layout| layout != batch.layout()) {
            return Err(Error::ImageLayout { model, batch: batch.layout() });
        }
        let shape = batch.shape();
        let failed = |reason| Error::ImageRun { shape, reason };
        if shape[1..].contains(&0) {
            return Err(failed("the pictures have no pixels".into()));
        }
        let ready = self.engine(batch.height(), batch.width(), batch.channels())?;
        if batch.is_empty() {
            return Ok(DMatrix::zeros(0, self.outputs().or(ready.outputs()).unwrap_or(0)));
        }
        let (answers, outputs) = ready.run(batch.as_slice(), shape).map_err(failed)?;
        Ok(DMatrix::from_row_iterator(batch.len(), outputs, answers.into_iter().map(F::of)))
    }
}

/// A file and what of it is run.
struct Source {
    #[cfg_attr(not(feature = "onnxruntime"), expect(dead_code))]
    bytes: Vec<u8>,
    input: ImageInput,
    output: String,
    directory: Option<PathBuf>,
}

/// The model run by tract; where sizes are open, for those that it cannot be made ready for, by ONNX Runtime if the runtime lets it.
fn tract(onnx: Onnx, model: ModelProto, source: &Arc<Source>, runtime: Runtime) -> Result<Engine, Error> {
    let Source { input, output, directory, .. } = &**source;
    let graph = ImageGraph::new(onnx, model, input, output, directory.as_deref())?;
    if let [Some(a), Some(b), Some(c)] = input.sides {
        return Ok(Engine::One(Ready::Tract(ImagePlan::compile(&graph, [a, b, c])?)));
    }
    if runtime == Runtime::Tract {
        return Ok(Engine::Sizes(Box::new(ImageSizes::new(graph, Box::new(Err)))));
    }
    let source = Arc::clone(source);
    let otherwise = move |reason| onnx_runtime(&source).map_err(|error| neither(reason, error));
    Ok(Engine::Sizes(Box::new(ImageSizes::new(graph, Box::new(otherwise)))))
}

#[cfg(feature = "onnxruntime")]
fn onnx_runtime(source: &Source) -> Result<Ready, Error> {
    let Source { bytes, input, output, directory } = source;
    let model = decode(&tract_onnx::onnx(), bytes)?;
    let Some(graph) = &model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
    let session = ImageSession::open(bytes, graph, input, output, directory.as_deref())?;
    Ok(Ready::OnnxRuntime(Arc::new(session)))
}

#[cfg(not(feature = "onnxruntime"))]
fn onnx_runtime(_: &Source) -> Result<Ready, Error> {
    Err(Error::NoOnnxRuntime)
}

impl<F: Real> Model<ImageBatch<f32>, F> for ImageModel {
    fn predict(&self, batch: &ImageBatch<f32>) -> Result<DMatrix<F>, BoxError> {
        Ok(self.answer(batch)?)
    }
}

impl<F: Real> Model<ImageBatch<u8>, F> for ImageModel {
    fn predict(&self, batch: &ImageBatch<u8>) -> Result<DMatrix<F>, BoxError> {
        Ok(self.answer(batch)?)
    }
}

impl fmt::Debug for ImageModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageModel")
            .field("input", &self.parts.input.name)
            .field("found", &self.parts.input.found)
            .field("layout", &self.layout)
            .field("output", &self.parts.output)
            .field("outputs", &self.parts.outputs)
            .finish()
    }
}
