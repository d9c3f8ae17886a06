//! The Shapley kernel.

use lime_core::{Block, BoxError, First, Kernel, Origin, Real, Similarity};
use nalgebra::DMatrixView;

use crate::Error;

/// The Shapley kernel on masks (Lundberg and Lee, 2017, Theorem 2), of d features and k of them present:
///
/// ```text
/// pi(k) = (d - 1) / (C(d, k) k (d - k))        0 < k < d
/// ```
///
/// scaled so that its largest weight is 1: pi(k) / pi(1) = 1 / C(d - 2, k - 1). Only ratios matter to a fit. It is no kernel of
/// a distance: the masks nearest to the instance and nearest to the empty one count most, those in between least.
///
/// For the empty and the full mask the formula is infinite: there a surrogate must reproduce the model exactly. That is a
/// constraint of the fit, not a weight, so both get weight 0 here. With every mask in between once and those two constraints,
/// the coefficients of weighted least squares are the Shapley values.
///
/// A weight depends on d and k only. The weights of the middle sizes fall below the smallest positive number, and become 0,
/// from 1083 features on in f64 and 156 in f32; masks drawn in proportion to this kernel call for
/// [`Uniform`](crate::Uniform) weights instead. O(n d).
///
/// ```
/// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
/// use lime_kernels::ShapleyKernel;
///
/// let space = Space::masks(5);
/// let mut draw = Draw::new(&space, 6);
/// for k in 0..6 {
///     draw.z.row_mut(k).columns_mut(0, k).fill(1.0); // k features present
/// }
/// let block = Block::new(&draw, &(), 0);
/// let mut weights = [0.0; 6];
/// ShapleyKernel.at(Origin::new(space.origin(), &()), First::new(block))?.weigh(block, &mut weights)?;
/// assert_eq!(weights, [0.0, 1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0, 0.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// # Errors
/// [`Error::NoMasksBetween`] below 2 features, [`Error::FullMask`] where x' is not 1 in every feature, and [`Error::Mask`] where
/// a sample has another value than 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShapleyKernel;

/// The weight of a mask by the number of features present.
struct BySize<F>(Vec<F>);

impl<F: Real> BySize<F> {
    fn new(features: usize) -> Self {
        let mut weights = vec![F::zero(); features + 1];
        let mut weight = 1.0;
        for k in 1..=features / 2 {
            weights[k] = F::of(weight);
            weights[features - k] = F::of(weight);
            // C(d - 2, k) = C(d - 2, k - 1) (d - 1 - k) / k
            weight *= k as f64 / (features - 1 - k).max(1) as f64;
        }
        Self(weights)
    }
}

/// How many features each mask has.
fn sizes<F: Real>(masks: DMatrixView<'_, F>) -> Result<Vec<usize>, Error> {
    let mut sizes = vec![0; masks.nrows()];
    for (feature, column) in masks.column_iter().enumerate() {
        let mut valid = true;
        for (size, &z) in sizes.iter_mut().zip(column.as_slice()) {
            *size += usize::from(z == F::one());
            valid &= (z == F::one()) | (z == F::zero());
        }
        // Looked for only where there is one, so that the loop above has no branch.
        if !valid && let Some((row, z)) = column.iter().enumerate().find(|(_, z)| **z != F::one() && **z != F::zero()) {
            return Err(Error::Mask { row, feature, value: z.wide() });
        }
    }
    Ok(sizes)
}

impl<F: Real, B> Kernel<F, B> for ShapleyKernel {
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        first: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        let features = origin.z.len();
        if features < 2 {
            return Err(Error::NoMasksBetween { features }.into());
        }
        if let Some((feature, x)) = origin.z.iter().enumerate().find(|(_, x)| **x != F::one()) {
            return Err(Error::FullMask { feature, value: x.wide() }.into());
        }
        sizes(first.start().z())?;
        Ok(Box::new(BySize::new(features)))
    }
}

impl<F: Real, B> Similarity<F, B> for BySize<F> {
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        for (weight, size) in weights.iter_mut().zip(sizes(block.z())?) {
            *weight = self.0.get(size).copied().unwrap_or_else(F::zero);
        }
        Ok(())
    }
}
