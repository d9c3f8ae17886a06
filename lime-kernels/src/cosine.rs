//! The cosine distance.

use lime_core::Real;
use nalgebra::DMatrixView;

use crate::Metric;

/// The cosine distance, 1 - a.b / (|a| |b|), between 0 and 2; 1 where a point is zero. O(n d).
///
/// The original's distance for images and, times 100, for text: there a mask with k of d parts kept is 1 - sqrt(k / d) away
/// from the instance.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Cosine, Metric};
/// let mut distances = [0.0; 2];
/// Cosine.distances(&[1.0; 4], dmatrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 0.0].as_view(), &mut distances);
/// assert_eq!(distances, [0.5, 1.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cosine;

impl<F: Real> Metric<F> for Cosine {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        let mut squares = vec![F::zero(); distances.len()];
        distances.fill(F::zero());
        for (j, &x) in origin.iter().enumerate() {
            for ((product, square), &z) in distances.iter_mut().zip(&mut squares).zip(rows.column(j).as_slice()) {
                *product += z * x;
                *square += z * z;
            }
        }
        let norm = origin.iter().fold(F::zero(), |sum, &x| sum + x * x);
        for (product, square) in distances.iter_mut().zip(squares) {
            let norms = (square * norm).sqrt();
            let distance = if norms > F::zero() { F::one() - *product / norms } else { F::one() };
            *product = distance.max(F::zero());
        }
    }
}
