//! The cosine distance.

use lime_core::Real;
use nalgebra::DMatrixView;

use crate::Metric;

/// The cosine distance, 1 - a.b / (|a| |b|), between 0 and 2; 1 where a point is zero. O(n d), in f64
/// whatever the data's type.
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
        // (a.b, b.b) of each row.
        let mut sums = vec![(0.0, 0.0); distances.len()];
        for (j, x) in origin.iter().map(|x| x.wide()).enumerate() {
            for ((product, square), z) in sums.iter_mut().zip(rows.column(j).as_slice()) {
                let z = z.wide();
                *product += z * x;
                *square += z * z;
            }
        }
        let norm = origin.iter().fold(0.0, |sum, x| sum + x.wide() * x.wide());
        for (distance, (product, square)) in distances.iter_mut().zip(sums) {
            let norms = (square * norm).sqrt();
            let found = if norms == 0.0 { 1.0 } else { 1.0 - product / norms };
            // Rounding leads below 0; `max` would make 0 of NaN too.
            *distance = F::of(if found < 0.0 { 0.0 } else { found });
        }
    }
}
