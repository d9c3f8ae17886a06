//! Models whose file leaves the number of columns open: one plan for each width that comes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tract_onnx::Onnx;

use crate::Error;
use crate::graph::Graph;
use crate::plan::Plan;

/// The engine does not check an open width against the weights, so that every width is compiled by itself.
pub(crate) struct Widths {
    onnx: Onnx,
    graph: Graph,
    directory: Option<PathBuf>,
    plans: Mutex<BTreeMap<usize, Plan>>,
}

impl Widths {
    pub(crate) fn new(onnx: Onnx, graph: Graph, directory: Option<PathBuf>) -> Self {
        Widths { onnx, graph, directory, plans: Mutex::default() }
    }

    /// The plan for this many columns.
    pub(crate) fn plan(&self, columns: usize) -> Result<Plan, Error> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&columns) {
            return Ok(plan.clone());
        }
        let plan = Plan::compile(&self.onnx, &self.graph, Some(columns), self.directory.as_deref())?;
        plans.insert(columns, plan.clone());
        Ok(plan)
    }
}
