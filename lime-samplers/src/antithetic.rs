//! Pairs of opposite draws.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream, TILE};

use crate::columns::Columns;

/// Antithetic pairs: rows 2 i and 2 i + 1 are made of the uniforms u and 1 - u, each coordinate by the inverse distribution
/// function of its own law (Hammersley and Morton 1956).
///
/// The mean over a pair varies less than that of two independent rows where the model is monotone in the coordinates. That
/// does not carry over to LIME's coefficients: on discretised tables of 30 features under four models, independent draws had
/// 0.8 to 0.95 times the summed variance of the coefficients that as many antithetic rows had. So compare before choosing it.
///
/// [`Design::cluster`] says which rows are a pair. No row is the instance by convention. One 32-bit word a coordinate and
/// pair; half the words of [`MonteCarlo`](crate::MonteCarlo). O(n d). Levels and numbers.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::Antithetic;
///
/// let space = Space::<f64>::masks(3);
/// let design = Antithetic.design(&space, 1_000, 0)?;
/// let mut draw = Draw::new(&space, 1_000);
/// design.fill(0..1_000, &mut draw);
/// // A mask and its complement.
/// assert!((0..1_000).step_by(2).all(|i| draw.z[(i, 0)] + draw.z[(i + 1, 0)] == 1.0));
/// assert_eq!((design.cluster(6), design.cluster(7)), (3, 3));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Antithetic;

struct Pairs<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    stream: Stream,
}

impl<F: Real> Sampler<F> for Antithetic {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(Pairs { space, rows, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Pairs<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn cluster(&self, row: usize) -> usize {
        row / 2
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut columns = Columns::of(draw);
        let mut u = [F::zero(); 2 * TILE];
        // Row i of the stream serves pair i.
        let pairs = rows.start / 2..rows.end.div_ceil(2);
        let first = pairs.start;
        self.stream.words(pairs, 0..self.space.features(), |j, at, words| {
            for (pair, &word) in u.chunks_exact_mut(2).zip(words) {
                // The complement of a word stands for exactly 1 - u.
                pair[0] = F::unit(word);
                pair[1] = F::unit(!word);
            }
            let start = (2 * (first + at.start)).max(rows.start);
            let end = (2 * (first + at.end)).min(rows.end);
            let u = &u[start - 2 * (first + at.start)..][..end - start];
            let (z, noise) = columns.at(j, start - rows.start..end - rows.start);
            self.space.laws()[j].invert(u, z, noise);
        });
    }
}
