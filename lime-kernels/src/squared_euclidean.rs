//! The squared Euclidean distance.

use lime_core::{Real, Vectorised, on_widest_vectors};
use nalgebra::DMatrixView;

use crate::Metric;

/// The squared Euclidean distance, sum (a_j - b_j)^2. O(n d).
///
/// Not a metric in the strict sense: the triangle inequality fails. With the [`Laplace`](crate::Laplace) profile and width w it
/// is the [`Exponential`](crate::Exponential) kernel on the Euclidean distance with width sqrt(w / 2).
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Metric, SquaredEuclidean};
/// let mut distances = [0.0];
/// SquaredEuclidean.distances(&[1.0, 1.0], dmatrix![4.0, 5.0].as_view(), &mut distances);
/// assert_eq!(distances, [25.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SquaredEuclidean;

impl<F: Real> Metric<F> for SquaredEuclidean {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        sum_over_columns(origin, rows, distances, |a, b| (a - b) * (a - b));
    }
}

/// distance_i = sum over j of part(z_ij, x_j), a column at a time.
pub(crate) fn sum_over_columns<F: Real>(
    origin: &[F],
    rows: DMatrixView<'_, F>,
    distances: &mut [F],
    part: impl Fn(F, F) -> F,
) {
    on_widest_vectors(OverColumns { origin, rows, distances, part });
}

/// The sums over columns of a distance's parts.
struct OverColumns<'a, F, P> {
    origin: &'a [F],
    rows: DMatrixView<'a, F>,
    distances: &'a mut [F],
    part: P,
}

impl<F: Real, P: Fn(F, F) -> F> Vectorised for OverColumns<'_, F, P> {
    #[inline(always)]
    fn run(self) {
        let Self { origin, rows, distances, part } = self;
        distances.fill(F::zero());
        // Four columns at once: a sum is fetched and put back once for four parts, which are added in the same order.
        let (fours, rest) = origin.as_chunks::<4>();
        for (four, [a, b, c, d]) in fours.iter().enumerate() {
            let column = |of: usize| rows.column(4 * four + of);
            let [first, second, third, fourth] = [column(0), column(1), column(2), column(3)];
            let columns = first.as_slice().iter().zip(second.as_slice()).zip(third.as_slice()).zip(fourth.as_slice());
            for (sum, (((&z0, &z1), &z2), &z3)) in distances.iter_mut().zip(columns) {
                *sum = *sum + part(z0, *a) + part(z1, *b) + part(z2, *c) + part(z3, *d);
            }
        }
        for (j, &x) in (4 * fours.len()..).zip(rest) {
            for (sum, &z) in distances.iter_mut().zip(rows.column(j).as_slice()) {
                *sum += part(z, x);
            }
        }
    }
}
