//! The Hamming distance.

use lime_core::Real;
use nalgebra::DMatrixView;

use crate::Metric;
use crate::squared_euclidean::sum_over_columns;

/// The Hamming distance as a share: how many coordinates differ, over how many there are; between 0 and 1. O(n d).
///
/// scikit-learn's `hamming`, and so the original's with `distance_metric="hamming"`. To count in coordinates, divide
/// their number by d' for the width.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Hamming, Metric};
/// let mut distances = [0.0];
/// Hamming.distances(&[1.0, 1.0, 1.0, 1.0], dmatrix![1.0, 0.0, 1.0, 1.0].as_view(), &mut distances);
/// assert_eq!(distances, [0.25]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hamming;

impl<F: Real> Metric<F> for Hamming {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        sum_over_columns(origin, rows, distances, |a, b| if a == b { F::zero() } else { F::one() });
        let count = F::of(origin.len().max(1) as f64);
        for differing in distances {
            *differing /= count;
        }
    }
}
