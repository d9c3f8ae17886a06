//! x

mod engine;
mod error;
mod graph;
mod model;
mod plan;
mod tree_op;
mod trees;

pub use crate::error::Error;
pub use crate::model::OnnxModel;
