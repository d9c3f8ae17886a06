//! A model of pictures made ready to run by tract, for pictures of one size.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::tract_data::internal::DimLike;
use tract_onnx::prelude::{
    DatumExt, InferenceModelExt, IntoRunnable, IntoTValue, TDim, Tensor, ToDim, TractResult, TypedRunnableModel, tvec,
};

use crate::engine::guarded;
use crate::graph::reduce;
use crate::image_answers::{Answers, in_chunks, open_outputs, outputs_of};
use crate::image_input::ImageInput;
use crate::pixel::Pixel;
use crate::plan::{blame, check_products};
use crate::{Element, Error};

/// A model reduced to what its output needs, of operators that tract knows.
pub(crate) struct ImageGraph {
    onnx: Onnx,
    model: ModelProto,
    element: Element,
    count: Option<usize>,
    output: String,
    /// Where tensors are that are kept beside the model file.
    directory: Option<PathBuf>,
}

impl ImageGraph {
    pub(crate) fn new(
        onnx: Onnx,
        mut model: ModelProto,
        input: &ImageInput,
        output: &str,
        directory: Option<&Path>,
    ) -> Result<Self, Error> {
        if let Some(graph) = &mut model.graph {
            reduce(&onnx, graph, output)?;
        }
        let directory = directory.map(Path::to_path_buf);
        Ok(Self { onnx, model, element: input.element, count: input.count, output: output.into(), directory })
    }
}

/// The most numbers of a trial. A damaged file may name sides that nothing has.
const MOST_TRIED: usize = 1 << 26;

/// A model that is ready to run.
#[derive(Clone)]
pub(crate) struct ImagePlan {
    runnable: Arc<TypedRunnableModel>,
    /// The number of pictures every run has, unless any will do.
    count: Option<usize>,
    /// The number of outputs, if it is known before the first batch.
    pub(crate) outputs: Option<usize>,
}

impl ImagePlan {
    /// Compiles a graph for pictures of these sides, with an open number of them if it can be, and tries it.
    pub(crate) fn compile(graph: &ImageGraph, sides: [usize; 3]) -> Result<Self, Error> {
        if graph.count.is_some() {
            return ImagePlan::for_count(graph, graph.count, sides);
        }
        ImagePlan::for_count(graph, None, sides)
            .or_else(|first| ImagePlan::for_count(graph, Some(1), sides).map_err(|_| first))
    }

    fn for_count(graph: &ImageGraph, count: Option<usize>, sides: [usize; 3]) -> Result<Self, Error> {
        let compiled = guarded(|| -> TractResult<_> {
            let directory = graph.directory.as_deref().and_then(Path::to_str);
            let mut model = graph.onnx.parse(&graph.model, directory)?.model;
            let count = count.map_or_else(|| model.symbols.new_with_prefix("n").to_dim(), |count| count.to_dim());
            let [a, b, c] = sides.map(|side| side.to_dim());
            let shape = [count.clone(), a, b, c];
            let fact = if graph.element == Element::Uint8 { u8::fact(shape) } else { f32::fact(shape) };
            model.set_input_fact(0, fact.into())?;
            let model = model.into_typed()?;
            check_products(&model)?;
            let model = model.into_optimized()?;
            let output = model.output_fact(0)?.clone();
            Ok((model.into_runnable()?, count, output))
        });
        let nodes = graph.model.graph.as_ref().map_or(&[][..], |graph| &graph.node);
        let (runnable, first, output) = compiled.map_err(|reason| blame(nodes, reason))?;
        let outputs = match output.shape.split_first() {
            Some((count, sides)) if *count == first => open_outputs(sides.iter().map(|side| side.to_usize().ok())),
            _ => None,
        };
        let Some(outputs) = outputs else {
            let shape: Vec<String> = output.shape.iter().map(TDim::to_string).collect();
            let mut shape = shape.join(", ");
            if count.is_none() {
                // The engine has numbered the name.
                shape = shape.replace(&first.to_string(), "n");
            }
            return Err(Error::ImageOutput { found: format!("\"{}\" of shape ({shape})", graph.output) });
        };
        let plan = ImagePlan { runnable, count, outputs };
        plan.tried(graph.element, count.unwrap_or(2), sides).map_err(|reason| blame(nodes, reason))?;
        Ok(plan)
    }

    /// Runs it on black pictures: what compiles for an open number may still fail on any.
    fn tried(&self, element: Element, count: usize, sides: [usize; 3]) -> Result<(), String> {
        let [a, b, c] = sides;
        let size = [a, b, c].iter().try_fold(count, |size, &side| size.checked_mul(side));
        let Some(size) = size.filter(|&size| size <= MOST_TRIED) else { return Ok(()) };
        let shape = [count, a, b, c];
        match element {
            Element::Uint8 => self.run(&vec![0_u8; size], shape),
            _ => self.run(&vec![0_f32; size], shape),
        }
        .map(|_| ())
    }

    /// The answers to a batch of this shape.
    pub(crate) fn run<T: Pixel>(&self, batch: &[T], shape: [usize; 4]) -> Result<Answers, String> {
        in_chunks(batch, shape, self.count, |batch, shape| {
            let run = || -> TractResult<(Vec<f64>, Vec<usize>)> {
                let input = Tensor::from_shape(&shape, batch)?;
                let answer = self.runnable.run(tvec!(input.into_tvalue()))?.remove(0);
                let values = answer.cast_to::<f64>()?;
                Ok((values.try_as_plain_ram()?.as_slice::<f64>()?.to_vec(), answer.shape().to_vec()))
            };
            let (answers, found) = guarded(run)?;
            match outputs_of(&found, shape[0]) {
                Some(outputs) => Ok((answers, outputs)),
                None => Err(format!("it gave an answer of shape {found:?}")),
            }
        })
    }
}
