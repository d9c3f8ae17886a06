//! Sequences of rows: inputs of shape (time steps, features).

mod batch;
mod distance;
mod representation;
mod table;

pub use batch::Sequences;
pub use representation::SequenceRepresentation;
pub use table::{SequenceTable, SequenceTableBuilder};
