//! The Manhattan distance.

use lime_core::Real;
use nalgebra::DMatrixView;

use crate::Metric;
use crate::squared_euclidean::sum_over_columns;

/// The Manhattan distance, sum |a_j - b_j|. O(n d).
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Manhattan, Metric};
/// let mut distances = [0.0];
/// Manhattan.distances(&[1.0, 1.0], dmatrix![4.0, -3.0].as_view(), &mut distances);
/// assert_eq!(distances, [7.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manhattan;

impl<F: Real> Metric<F> for Manhattan {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        sum_over_columns(origin, rows, distances, |a, b| (a - b).abs());
    }
}
