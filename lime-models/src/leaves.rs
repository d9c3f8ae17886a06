//! The leaves of a tree ensemble in a file.

use std::fs;
use std::path::Path;

use lime_core::Leaves;
use tract_onnx::pb::NodeProto;
use tract_onnx::pb::tensor_proto::DataType;

use crate::Error;
use crate::graph::{Graph, name, operator};
use crate::tree_op::{OPERATORS, register};
use crate::trees::Forest;

/// The model in an ONNX file as the sum over leaves that it is, where it is nothing but trees between its table and its scores:
/// random forests, their classifiers' probabilities too, boosted regressors, raw scores of boosted classifiers. Such a model's
/// explanation is known exactly (`lime_core::ExactModel`), and it answers without an engine.
///
/// Values are compared as the 32-bit numbers that the model makes of them: the leaves' bounds lie where 64-bit numbers round to the
/// other side of the model's. Answers are not rounded.
///
/// ```
/// use nalgebra::dmatrix;
/// use lime_core::Model;
///
/// let leaves = lime_models::leaves("../lime/assets/iris-forest.onnx")?;
/// assert_eq!((leaves.columns(), leaves.outputs()), (4, 3));
/// let answer = leaves.predict(&dmatrix![5.1, 3.5, 1.4, 0.2_f64])?;
/// assert!(answer[(0, 0)] > 0.99);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// # Errors
/// The file cannot be read, or is no ONNX model that the engine knows; [`Error::NoLeaves`] where it is more than a sum over leaves.
pub fn leaves(path: impl AsRef<Path>) -> Result<Leaves, Error> {
    let path = path.as_ref();
    leaves_from_bytes(&fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?)
}

/// The same of the bytes of a file.
///
/// # Errors
/// As [`leaves`] but for the reading.
pub fn leaves_from_bytes(bytes: &[u8]) -> Result<Leaves, Error> {
    let onnx = register(tract_onnx::onnx());
    let graph = Graph::read(&onnx, bytes)?;
    let fail = |reason: String| Error::NoLeaves { reason };
    let maker = |value: &str| graph.nodes().iter().find(|node| node.output.iter().any(|output| output == value));
    // Back from the scores, to the trees and on to the input.
    let mut value = graph.output.as_str();
    let mut forest = None;
    while let Some(node) = maker(value) {
        let trees = OPERATORS.contains(&&*node.op_type);
        let scores = node.output.last().is_some_and(|output| output == value);
        if trees && scores && forest.is_none() {
            let reason = |reason| Error::Operator { operator: operator(node), node: name(node), reason };
            forest = Some(Forest::read(node).map_err(reason)?);
        } else if !is_nothing(node) {
            let place = if forest.is_some() { "before its trees" } else { "after its trees or in their place" };
            return Err(fail(format!("the operator {} (node \"{}\") stands {place}", operator(node), name(node))));
        }
        let Some(input) = node.input.first() else { break };
        value = input;
    }
    let forest = forest.filter(|_| value == graph.input).ok_or_else(|| fail("it has no trees on its input".into()))?;
    let columns = graph.columns.unwrap_or(forest.features()).max(1);
    if columns < forest.features() {
        return Err(fail(format!("its trees use {} columns and get {columns}", forest.features())));
    }
    forest.leaves(columns).map_err(fail)
}

/// Whether a node passes numbers on as they are.
fn is_nothing(node: &NodeProto) -> bool {
    let to = || node.attribute.iter().find(|attribute| attribute.name == "to").map(|attribute| attribute.i);
    let wide = [DataType::Float, DataType::Double].map(|kind| i64::from(kind as i32));
    node.op_type == "Identity" || node.op_type == "Cast" && to().is_some_and(|to| wide.contains(&to))
}
