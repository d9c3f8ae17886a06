//! Distances between sequences as the model sees them.

use lime_core::{Block, BoxError, Origin};
use lime_kernels::{Distance, Metric, Original};
use nalgebra::DMatrix;

use crate::Sequences;

macro_rules! original {
    ($($real:ty),*) => {$(
        /// A metric between sequences z and x, every value a coordinate, step by step.
        impl<M: Metric<$real>> Distance<$real, Sequences<$real>> for Original<M> {
            fn distances(
                &self,
                origin: Origin<'_, $real, Sequences<$real>>,
                block: Block<'_, $real, Sequences<$real>>,
                distances: &mut [$real],
            ) -> Result<(), BoxError> {
                let (x, batch, positions) = (origin.instance.values(), block.batch(), block.positions());
                self.0.check(x.len())?;
                let values = &batch.values()[positions.start * x.len()..positions.end * x.len()];
                let rows = DMatrix::from_row_slice(positions.len(), x.len(), values);
                self.0.distances(x, rows.as_view(), distances);
                Ok(())
            }
        }
    )*};
}

// For each scalar by name: for all of them at once, the scalar would stand before the local type (E0210).
original!(f32, f64);
