//! A similarity kernel.

use lime_core::{Block, BoxError, First, Kernel, Origin, Real, Similarity};

/// Half the weight for every switch turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving;

impl<F: Real, B> Kernel<F, B> for Halving {
    fn at<'a>(&'a self, _: Origin<'a, F, B>, _: First<'_, F, B>) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        Ok(Box::new(Halving))
    }
}

impl<F: Real, B> Similarity<F, B> for Halving {
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        let z = block.z();
        for (row, weight) in weights.iter_mut().enumerate() {
            let off = z.ncols() as f64 - z.row(row).sum().wide();
            *weight = F::of(0.5f64.powf(off));
        }
        Ok(())
    }
}
