//! What of an ONNX file is run: its inputs, the output that holds the scores, and the nodes between them.

use std::collections::{HashMap, HashSet};

use tract_onnx::Onnx;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::{Tensor, Value};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorShapeProto, ValueInfoProto};
use tract_onnx::prelude::Framework;

use crate::Error;
use crate::engine::guarded;
use crate::labels::class_labels;
use crate::tree_op;
use crate::trees::Forest;

/// A model reduced to what one output needs.
pub(crate) struct Graph {
    /// The reduced model.
    pub(crate) model: ModelProto,
    /// The name of the input.
    pub(crate) input: String,
    /// The number of rows the model insists on.
    pub(crate) rows: Option<usize>,
    /// The number of columns, where the file says it.
    pub(crate) columns: Option<usize>,
    /// The name of the output.
    pub(crate) output: String,
    /// The labels of the classes, where the file says them.
    pub(crate) labels: Option<Vec<String>>,
}

/// The model in the bytes of a file.
pub(crate) fn decode(onnx: &Onnx, bytes: &[u8]) -> Result<ModelProto, Error> {
    if bytes.is_empty() {
        return Err(Error::NotOnnx { reason: "it is empty".into() });
    }
    let model = guarded(|| onnx.proto_model_for_read(&mut &*bytes)).map_err(|reason| Error::NotOnnx { reason })?;
    let Some(graph) = &model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
    let versions: HashSet<&str> = model.opset_import.iter().map(|opset| domain(&opset.domain)).collect();
    for node in &graph.node {
        if !versions.contains(domain(&node.domain)) {
            let reason = format!("it does not say which version of the operator {} it uses", operator(node));
            return Err(Error::NotOnnx { reason });
        }
    }
    Ok(model)
}

impl Graph {
    /// Reads a model and keeps what its scores need: of a classifier as scikit-learn exports it, the probabilities without
    /// the labels.
    pub(crate) fn read(onnx: &Onnx, bytes: &[u8]) -> Result<Self, Error> {
        let mut model = decode(onnx, bytes)?;
        let Some(graph) = &mut model.graph else { return Err(Error::NotOnnx { reason: "it holds no graph".into() }) };
        let (input, rows, columns) = input(graph)?;
        let output = output(graph)?;
        let labels = class_labels(graph, &output);
        reduce(onnx, graph, &output)?;
        Ok(Graph { model, input, rows, columns, output, labels })
    }

    /// The nodes that are run.
    pub(crate) fn nodes(&self) -> &[NodeProto] {
        self.model.graph.as_ref().map_or(&[], |graph| &graph.node)
    }
}

/// Leaves only what this output needs, which the engine knows.
pub(crate) fn reduce(onnx: &Onnx, graph: &mut GraphProto, output: &str) -> Result<(), Error> {
    prune(graph, output)?;
    number_labels(graph);
    graph.node.iter().try_for_each(|node| check(onnx, node))
}

/// More rows than a model would insist on.
pub(crate) const MOST_ROWS: usize = 1 << 16;

/// The inputs that have to be given.
pub(crate) fn inputs(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    let constants: HashSet<&str> = graph.initializer.iter().map(|tensor| &*tensor.name).collect();
    graph.input.iter().filter(|input| !constants.contains(&*input.name)).collect()
}

/// The sizes of a shape, as far as they are fixed.
pub(crate) fn sizes(shape: &TensorShapeProto) -> Vec<Option<usize>> {
    let size = |value: &Option<Dimension>| match value {
        Some(Dimension::DimValue(size)) => usize::try_from(*size).ok().filter(|&size| size > 0),
        _ => None,
    };
    shape.dim.iter().map(|dimension| size(&dimension.value)).collect()
}

/// The name of the one input, its number of rows and its number of columns, where they are fixed.
fn input(graph: &GraphProto) -> Result<(String, Option<usize>, Option<usize>), Error> {
    let inputs = inputs(graph);
    let [input] = inputs[..] else {
        return Err(Error::Inputs { names: inputs.iter().map(|input| input.name.clone()).collect() });
    };
    let wrong = || Error::Input { name: input.name.clone(), found: described(input) };
    let tensor = tensor(input).ok_or_else(wrong)?;
    if tensor.elem_type != DataType::Float as i32 {
        return Err(wrong());
    }
    let fixed = match &tensor.shape {
        None => [None, None],
        Some(shape) => <[_; 2]>::try_from(sizes(shape)).map_err(|_| wrong())?,
    };
    let [rows, columns] = fixed;
    if rows.is_some_and(|rows| rows > MOST_ROWS) {
        return Err(wrong());
    }
    Ok((input.name.clone(), rows, columns))
}

/// The name of the output that holds the scores: the first floating-point one of rank 2, or of rank 1 or unknown where there
/// is none, or what goes into a map from labels to probabilities.
pub(crate) fn output(graph: &GraphProto) -> Result<String, Error> {
    if let Some(output) = floating(graph, &[Some(2), Some(1), None]) {
        return Ok(output.name.clone());
    }
    let mapped = |output: &ValueInfoProto| {
        let node = graph.node.iter().find(|node| node.op_type == "ZipMap" && node.output.contains(&output.name))?;
        node.input.first().cloned()
    };
    graph.output.iter().find_map(mapped).ok_or_else(|| Error::Output { found: all_outputs(graph) })
}

/// The first floating-point output of the first of these ranks that there is; none for one that the file does not say.
pub(crate) fn floating<'a>(graph: &'a GraphProto, ranks: &[Option<usize>]) -> Option<&'a ValueInfoProto> {
    let floating = |output: &&ValueInfoProto| {
        let kinds = [DataType::Float, DataType::Double, DataType::Float16];
        tensor(output).is_some_and(|tensor| kinds.iter().any(|&kind| tensor.elem_type == kind as i32))
    };
    let rank = |output: &ValueInfoProto| Some(tensor(output)?.shape.as_ref()?.dim.len());
    let scores: Vec<&ValueInfoProto> = graph.output.iter().filter(floating).collect();
    ranks.iter().find_map(|wanted| scores.iter().find(|output| rank(output) == *wanted).copied())
}

/// All outputs with their types and shapes.
pub(crate) fn all_outputs(graph: &GraphProto) -> String {
    match &graph.output[..] {
        [] => "none".into(),
        outputs => outputs.iter().map(|o| format!("\"{}\", {}", o.name, described(o))).collect::<Vec<_>>().join("; "),
    }
}

/// Which of the nodes this output needs.
pub(crate) fn needed(graph: &GraphProto, output: &str) -> Result<Vec<bool>, Error> {
    let given = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|tensor| &tensor.name));
    let given: HashSet<&str> = given.map(String::as_str).collect();
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (place, node) in graph.node.iter().enumerate() {
        makers.extend(node.output.iter().filter(|name| !name.is_empty()).map(|name| (&**name, place)));
    }
    let mut kept = vec![false; graph.node.len()];
    let mut ahead = vec![output];
    while let Some(name) = ahead.pop() {
        let Some(&place) = makers.get(name) else {
            if given.contains(name) {
                continue;
            }
            return Err(Error::NotOnnx { reason: format!("nothing in it makes the value \"{name}\" that it uses") });
        };
        if std::mem::replace(&mut kept[place], true) {
            continue;
        }
        let node = &graph.node[place];
        ahead.extend(node.input.iter().filter(|name| !name.is_empty()).map(String::as_str));
        // Names of a subgraph are its own unless they are made out here.
        for inner in subgraphs(node).flat_map(everything) {
            ahead.extend(inner.input.iter().filter(|name| makers.contains_key(&***name)).map(String::as_str));
        }
    }
    Ok(kept)
}

/// Leaves only the nodes that this output needs.
fn prune(graph: &mut GraphProto, output: &str) -> Result<(), Error> {
    let mut kept = needed(graph, output)?.into_iter();
    graph.node.retain(|_| kept.next().unwrap_or(false));
    graph.output = vec![ValueInfoProto { name: output.into(), ..Default::default() }];
    // Shapes are worked out from the input: what the file says of them may hold a batch size.
    graph.value_info.clear();
    Ok(())
}

/// Gives classifiers the labels 0, 1, ... in place of text, where no node asks for the label of a row.
fn number_labels(graph: &mut GraphProto) {
    let used: HashSet<String> =
        graph.node.iter().flat_map(everything_in).flat_map(|node| &node.input).cloned().collect();
    for node in &mut graph.node {
        let numbers = match &*node.op_type {
            "TreeEnsembleClassifier" => "classlabels_int64s",
            "LinearClassifier" => "classlabels_ints",
            _ => continue,
        };
        if node.output.first().is_some_and(|label| used.contains(label)) {
            continue;
        }
        let Some(text) = node.attribute.iter_mut().find(|a| a.name == "classlabels_strings" && !a.strings.is_empty())
        else {
            continue;
        };
        text.name = numbers.into();
        text.r#type = AttributeType::Ints as i32;
        text.ints = (0..).take(text.strings.len()).collect();
        text.strings.clear();
    }
}

/// Checks that the engine knows a node and the nodes within it.
fn check(onnx: &Onnx, node: &NodeProto) -> Result<(), Error> {
    let wrong = |reason: String| Error::Operator { operator: operator(node), node: name(node), reason };
    // The engine does not look at domains.
    if !["ai.onnx", "ai.onnx.ml"].contains(&domain(&node.domain)) || !onnx.op_register.0.contains_key(&node.op_type) {
        return Err(wrong("it is unknown to the engine".into()));
    }
    if node.attribute.iter().any(|a| a.name == "classlabels_strings" && !a.strings.is_empty()) {
        return Err(wrong(
            "a node needs its class labels, which are text: fit it on the integers 0, 1, ... instead".into(),
        ));
    }
    if tree_op::OPERATORS.contains(&&*node.op_type) {
        Forest::read(node).map_err(wrong)?;
    }
    subgraphs(node).flat_map(|graph| &graph.node).try_for_each(|inner| check(onnx, inner))
}

/// The graphs that are attributes of a node.
fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// All nodes of a graph, those of its subgraphs too.
fn everything(graph: &GraphProto) -> Vec<&NodeProto> {
    graph.node.iter().flat_map(everything_in).collect()
}

/// A node and all nodes of its subgraphs.
pub(crate) fn everything_in(node: &NodeProto) -> Vec<&NodeProto> {
    std::iter::once(node).chain(subgraphs(node).flat_map(everything)).collect()
}

/// The domain of operators; ONNX's own may be written as nothing.
fn domain(name: &str) -> &str {
    if name.is_empty() { "ai.onnx" } else { name }
}

/// The operator with its domain unless that is ONNX's own.
pub(crate) fn operator(node: &NodeProto) -> String {
    match domain(&node.domain) {
        "ai.onnx" => node.op_type.clone(),
        domain => format!("{domain}.{}", node.op_type),
    }
}

/// The name of a node, or of its first output where it has none.
pub(crate) fn name(node: &NodeProto) -> String {
    if node.name.is_empty() { node.output.first().cloned().unwrap_or_default() } else { node.name.clone() }
}

/// The tensor type of an input or output, unless it is a sequence or a map.
pub(crate) fn tensor(value: &ValueInfoProto) -> Option<&Tensor> {
    match value.r#type.as_ref()?.value.as_ref()? {
        Value::TensorType(tensor) => Some(tensor),
    }
}

/// Type and shape of an input or output, as in `FLOAT (n, 7)`.
pub(crate) fn described(value: &ValueInfoProto) -> String {
    let Some(tensor) = tensor(value) else { return "no tensor".into() };
    let kind = DataType::try_from(tensor.elem_type).map_or("of unknown type", |kind| kind.as_str_name());
    let Some(shape) = &tensor.shape else { return format!("{kind} of unknown shape") };
    let dimension = |value: &Option<Dimension>| match value {
        Some(Dimension::DimValue(size)) => size.to_string(),
        Some(Dimension::DimParam(name)) => name.clone(),
        None => "?".into(),
    };
    let shape: Vec<String> = shape.dim.iter().map(|d| dimension(&d.value)).collect();
    format!("{kind} ({})", shape.join(", "))
}
