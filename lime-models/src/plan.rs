//! A graph made ready to run, for batches of any size.

use std::path::Path;
use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::tract_data::internal::DimLike;
use tract_onnx::prelude::{
    DatumExt, InferenceModelExt, IntoRunnable, IntoTValue, TDim, Tensor, ToDim, TractResult, TypedModel,
    TypedRunnableModel, tvec,
};
use tract_onnx::tract_core::internal::bail;
use tract_onnx::tract_core::ops::einsum::EinSum;

use crate::Error;
use crate::engine::guarded;
use crate::graph::{Graph, name, operator};

/// The rows of a batch for a model that does not leave their number open.
const CHUNK: usize = 32;

/// A model that is ready to run.
#[derive(Clone)]
pub(crate) struct Plan {
    runnable: Arc<TypedRunnableModel>,
    /// The number of rows every run has, unless any will do.
    rows: Option<usize>,
    /// The number of outputs, if it is known before the first batch.
    pub(crate) outputs: Option<usize>,
}

impl Plan {
    /// Compiles a graph for this many columns, with an open number of rows if it can be. Tensors that are kept beside the
    /// model file are read from `directory`.
    pub(crate) fn compile(
        onnx: &Onnx,
        graph: &Graph,
        columns: Option<usize>,
        directory: Option<&Path>,
    ) -> Result<Self, Error> {
        let attempt = |rows| Plan::for_shape(onnx, graph, rows, columns, directory);
        if let Some(rows) = graph.rows {
            return attempt(Some(rows));
        }
        attempt(None).or_else(|first| attempt(Some(CHUNK)).or_else(|_| attempt(Some(1))).map_err(|_| first))
    }

    /// Compiles a graph for batches of one shape, as far as it is given.
    fn for_shape(
        onnx: &Onnx,
        graph: &Graph,
        rows: Option<usize>,
        columns: Option<usize>,
        directory: Option<&Path>,
    ) -> Result<Self, Error> {
        let compiled = guarded(|| -> TractResult<_> {
            let mut model = onnx.parse(&graph.model, directory.and_then(Path::to_str))?.model;
            let open = |name| model.symbols.new_with_prefix(name).to_dim();
            let height = rows.map_or_else(|| open("rows"), |rows| rows.to_dim());
            let width = columns.map_or_else(|| open("columns"), |columns| columns.to_dim());
            model.set_input_fact(0, f32::fact([height.clone(), width]).into())?;
            let model = model.into_typed()?;
            if columns.is_some() {
                check_products(&model)?;
            }
            let model = model.into_optimized()?;
            let output = model.output_fact(0)?.clone();
            Ok((model.into_runnable()?, height, output))
        });
        let (runnable, height, output) = compiled.map_err(|reason| blame(graph.nodes(), reason))?;
        let outputs = match &output.shape[..] {
            [rows] if *rows == height => Some(1),
            [rows, outputs] if *rows == height => outputs.to_usize().ok(),
            shape => {
                let shape: Vec<String> = shape.iter().map(TDim::to_string).collect();
                return Err(Error::Output { found: format!("\"{}\" of shape ({})", graph.output, shape.join(", ")) });
            }
        };
        Ok(Plan { runnable, rows, outputs })
    }

    /// The answers to a batch of shape (rows, columns), row by row, and the number of outputs.
    pub(crate) fn run(&self, batch: &[f32], rows: usize, columns: usize) -> Result<(Vec<f64>, usize), String> {
        let Some(chunk) = self.rows else { return self.once(batch, rows, columns) };
        let mut answers = Vec::new();
        let mut outputs = self.outputs;
        for part in batch.chunks(chunk * columns) {
            let given = part.len() / columns;
            // The rows that are missing from the last chunk repeat its last row.
            let mut full = part.to_vec();
            (given..chunk).for_each(|_| full.extend_from_slice(&part[part.len() - columns..]));
            let (answer, found) = self.once(&full, chunk, columns)?;
            if *outputs.get_or_insert(found) != found {
                return Err("it gave rows of different lengths".into());
            }
            answers.extend_from_slice(&answer[..given * found]);
        }
        Ok((answers, outputs.unwrap_or(0)))
    }

    /// One run of the engine.
    fn once(&self, batch: &[f32], rows: usize, columns: usize) -> Result<(Vec<f64>, usize), String> {
        let run = || -> TractResult<(Vec<f64>, Vec<usize>)> {
            let input = Tensor::from_shape(&[rows, columns], batch)?;
            let answer = self.runnable.run(tvec!(input.into_tvalue()))?.remove(0);
            let values = answer.cast_to::<f64>()?;
            Ok((values.try_as_plain_ram()?.as_slice::<f64>()?.to_vec(), answer.shape().to_vec()))
        };
        match guarded(run)? {
            (answers, shape) if shape == [rows] => Ok((answers, 1)),
            (answers, shape) if shape.len() == 2 && shape[0] == rows => Ok((answers, shape[1])),
            (_, shape) => Err(format!("it gave an answer of shape {shape:?}")),
        }
    }
}

/// Checks that factors agree in the axis they are summed over. The engine lets an axis of one pass there, as in a broadcast,
/// and its kernels check lengths in debug builds only.
pub(crate) fn check_products(model: &TypedModel) -> TractResult<()> {
    for node in &model.nodes {
        let Some(product) = node.op_as::<EinSum>() else { continue };
        let factors = model.node_input_facts(node.id)?;
        for axis in product.axes.iter_all_axes().filter(|axis| axis.outputs.iter().all(|places| places.is_empty())) {
            let mut sizes = axis
                .inputs
                .iter()
                .zip(&factors)
                .flat_map(|(places, fact)| places.iter().map(|&place| &fact.shape[place]));
            let first = sizes.next();
            if let Some(other) = sizes.find(|size| Some(*size) != first) {
                bail!("\"{}\" multiplies {other} columns with {} weights", node.name, first.unwrap_or(other));
            }
        }
    }
    Ok(())
}

/// The error for a graph that does not compile: it names the operator if the engine named the node.
pub(crate) fn blame(nodes: &[NodeProto], reason: String) -> Error {
    let place = |node| {
        let name = name(node);
        [format!("node {name} "), format!("\"{name}\""), format!("\"{name}.")]
            .iter()
            .filter_map(|text| reason.find(text))
            .min()
    };
    match nodes.iter().filter_map(|node| Some((place(node)?, node))).min_by_key(|(place, _)| *place) {
        Some((_, node)) => Error::Operator { operator: operator(node), node: name(node), reason },
        None => Error::Unrunnable { reason },
    }
}
