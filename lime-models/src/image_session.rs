//! A model of pictures run by ONNX Runtime, for pictures of any size.

use std::path::Path;

use ort::session::Session;
use ort::value::{TensorElementType, ValueType};
use tract_onnx::pb::GraphProto;

use crate::graph::needed;
use crate::image_answers::{Answers, in_chunks, open_outputs, outputs_of};
use crate::image_input::ImageInput;
use crate::onnx_runtime::numbers;
use crate::pixel::Pixel;
use crate::reduced::reduced;
use crate::sessions::Sessions;
use crate::tree_bounds::TreeBounds;
use crate::{Error, library};

/// A model that is ready to run.
pub(crate) struct ImageSession {
    sessions: Sessions,
    input: String,
    output: String,
    /// The number of pictures the model insists on.
    count: Option<usize>,
    /// The number of outputs, if it is known before the first batch.
    pub(crate) outputs: Option<usize>,
}

impl ImageSession {
    pub(crate) fn open(
        bytes: &[u8],
        graph: &GraphProto,
        input: &ImageInput,
        output: &str,
        directory: Option<&Path>,
    ) -> Result<Self, Error> {
        let kept = needed(graph, output)?;
        let trees = TreeBounds::of(graph, &kept)?;
        if let Some(value) = trees.features.keys().next() {
            // ONNX Runtime does not check the number of their features.
            return Err(Error::Unrunnable { reason: format!("it has trees on the value \"{value}\" of pictures") });
        }
        library::load()?;
        let sessions = Sessions::open(reduced(bytes, &kept, &[output])?, directory)
            .map_err(|reason| Error::Unrunnable { reason })?;
        let outputs = sessions
            .with(|session| declared(session, output))
            .map_err(|found| Error::ImageOutput { found: format!("\"{output}\", {found}") })?;
        Ok(Self { sessions, input: input.name.clone(), output: output.into(), count: input.count, outputs })
    }

    /// The answers to a batch of this shape.
    pub(crate) fn run<T: Pixel>(&self, batch: &[T], shape: [usize; 4]) -> Result<Answers, String> {
        in_chunks(batch, shape, self.count, |batch, shape| {
            self.sessions.with(|session| {
                let failed = |error: ort::Error| error.to_string();
                let given = T::given(batch, shape).map_err(failed)?;
                let answers = session.run(vec![(&*self.input, given)]).map_err(failed)?;
                let (values, found) = numbers(answers.get(&self.output).ok_or("it gave no answer")?)?;
                match outputs_of(&found, shape[0]) {
                    Some(outputs) => Ok((values, outputs)),
                    None => Err(format!("it gave an answer of shape {found:?}")),
                }
            })
        })
    }
}

/// The number of outputs, if it is known before the first batch. The error says what the output is instead.
fn declared(session: &Session, name: &str) -> Result<Option<usize>, String> {
    let Some(outlet) = session.outputs().iter().find(|outlet| outlet.name() == name) else {
        return Err("which it does not have".into());
    };
    let kind = outlet.dtype();
    match kind {
        ValueType::Tensor { ty: TensorElementType::Float32 | TensorElementType::Float64, shape, .. } => {
            let Some((_, sides)) = shape.split_first() else { return Ok(None) };
            open_outputs(sides.iter().map(|&side| usize::try_from(side).ok())).ok_or_else(|| kind.to_string())
        }
        _ => Err(kind.to_string()),
    }
}
