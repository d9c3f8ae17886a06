//! The Euclidean distance.

use lime_core::Real;
use nalgebra::DMatrixView;

use crate::each::each;
use crate::{Metric, SquaredEuclidean};

/// The Euclidean distance, sqrt(sum (a_j - b_j)^2). O(n d).
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Euclidean, Metric};
/// let mut distances = [0.0];
/// Euclidean.distances(&[1.0, 1.0], dmatrix![4.0, 5.0].as_view(), &mut distances);
/// assert_eq!(distances, [5.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Euclidean;

impl<F: Real> Metric<F> for Euclidean {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        SquaredEuclidean.distances(origin, rows, distances);
        each(distances, |square| square.sqrt());
    }
}
