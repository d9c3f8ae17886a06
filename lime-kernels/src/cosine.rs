//! The cosine distance.

use lime_core::{Real, Vectorised, on_widest_vectors};
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
        let (mut products, mut squares) = (vec![0.0; distances.len()], vec![0.0; distances.len()]);
        on_widest_vectors(Sums { origin, rows, products: &mut products, squares: &mut squares });
        let norm = origin.iter().fold(0.0, |sum, x| sum + x.wide() * x.wide());
        for ((distance, product), square) in distances.iter_mut().zip(products).zip(squares) {
            let norms = (square * norm).sqrt();
            let found = if norms == 0.0 { 1.0 } else { 1.0 - product / norms };
            // Rounding leads below 0; `max` would make 0 of NaN too.
            *distance = F::of(if found < 0.0 { 0.0 } else { found });
        }
    }
}

/// a.b and b.b of each row b.
struct Sums<'a, F: Real> {
    origin: &'a [F],
    rows: DMatrixView<'a, F>,
    products: &'a mut [f64],
    squares: &'a mut [f64],
}

impl<F: Real> Vectorised for Sums<'_, F> {
    #[inline(always)]
    fn run(self) {
        let Self { origin, rows, products, squares } = self;
        // Four features at a time: most of the work is to fetch and store what there is so far.
        let column = |j: usize| rows.column(j).data.into_slice();
        let (fours, rest) = origin.as_chunks::<4>();
        for (chunk, four) in fours.iter().enumerate() {
            let [a, b, c, d] = four.map(F::wide);
            let [first, second, third, fourth] = [0, 1, 2, 3].map(|next| column(4 * chunk + next));
            let sums = products.iter_mut().zip(&mut *squares);
            for (((((product, square), p), q), r), s) in sums.zip(first).zip(second).zip(third).zip(fourth) {
                let (p, q, r, s) = (p.wide(), q.wide(), r.wide(), s.wide());
                *product = *product + p * a + q * b + r * c + s * d;
                *square = *square + p * p + q * q + r * r + s * s;
            }
        }
        for (j, x) in rest.iter().enumerate() {
            let x = x.wide();
            for ((product, square), z) in products.iter_mut().zip(&mut *squares).zip(column(4 * fours.len() + j)) {
                let z = z.wide();
                *product += z * x;
                *square += z * z;
            }
        }
    }
}
