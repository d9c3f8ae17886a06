//! No weighing.

use lime_core::{Block, BoxError, First, Kernel, Origin, Real, Similarity};

/// Every sample counts the same: pi_x = 1.
///
/// For samplers whose rows already have the kernel's law or carry its weights: tilted sampling, Kernel SHAP's coalitions, the
/// neighbours of DLIME. Costs nothing; [`Radial`](crate::Radial) with the [`Uniform`](crate::Uniform) profile gives the same
/// weights and computes distances for them.
///
/// ```
/// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
/// use lime_kernels::Unweighted;
///
/// let draw = Draw::new(&Space::<f64>::masks(2), 3);
/// let block = Block::new(&draw, &(), 0);
/// let mut weights = [0.0; 3];
/// Unweighted.at(Origin::new(&[1.0, 1.0], &()), First::new(block))?.weigh(block, &mut weights)?;
/// assert_eq!(weights, [1.0; 3]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unweighted;

impl<F: Real, B> Kernel<F, B> for Unweighted {
    fn at<'a>(&'a self, _: Origin<'a, F, B>, _: First<'_, F, B>) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        Ok(Box::new(Self))
    }
}

impl<F: Real, B> Similarity<F, B> for Unweighted {
    fn weigh(&self, _: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        weights.fill(F::one());
        Ok(())
    }
}
