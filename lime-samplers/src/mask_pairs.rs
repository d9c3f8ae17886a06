//! Pairs of masks that are as opposite as their sizes allow.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, SizeLaw, Space, Stream};

use crate::columns::Columns;
use crate::hash::SplitMix;
use crate::mask::{NUMBERS, check_masks, share_of_words};
use crate::points::units;

/// Masks from a [`SizeLaw`] itself, in pairs that are as opposite as their sizes allow, with sizes spread evenly: for a uniform kernel.
///
/// Rows 2i and 2i + 1 share a number u and a random order of the features. The first keeps the first k of the order, the second the last
/// k', with k and k' the quantiles of the law's sizes at u and 1 - u (antithetic variates: Hammersley & Morton 1956), so that where the law
/// is symmetric a row and its partner are a mask and its complement, and where it favours large masks the two overlap only where they must.
/// Over the pairs, u runs through a van der Corput sequence with a random digital shift: of any 2^m pairs in a row from a multiple of
/// 2^m on, one has its u in each of 2^m equal strata.
///
/// A single row follows the law exactly (sizes rounded to 2^-32), every mask of a size equally likely, and the weighted neighbourhood that
/// independent draws reach by their weights is reached with weights of 1. Opposite masks cancel what the model has of even interactions
/// out of the coefficients, pairs of features before all, as far as the law is symmetric: the mean squared error of least squares is 2 to 4
/// times lower than that of independent draws on functions with many of those (`cargo run --release -p lime-bench --example masks`).
///
/// [`Design::cluster`] says which rows are a pair. Extensible, by whole pairs. No row is the instance by convention. O(n d).
///
/// # Errors
/// When the design is made: [`Error::NotAMask`](crate::Error::NotAMask) in a space with a number; what the law reports.
///
/// ```
/// use lime_core::{Draw, Sampler, SizeLaw, Space};
/// use lime_samplers::MaskPairs;
///
/// let space = Space::<f64>::masks(5);
/// let mut draw = Draw::new(&space, 64);
/// MaskPairs::new(SizeLaw::fair()).design(&space, 64, 3)?.fill(0..64, &mut draw);
/// assert!((0..64).step_by(2).all(|i| draw.z.row(i) + draw.z.row(i + 1) == draw.z.row(i).map(|_| 1.0)));
/// // 1, 5, 10, 10, 5 and 1 of 32 masks keep 0 to 5 features: so do twice as many rows, each within the one that rounding leaves open.
/// let ones = (0..64).filter(|&i| draw.z.row(i).sum() == 1.0).count();
/// assert!((8..=12).contains(&ones));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaskPairs {
    law: SizeLaw,
}

impl MaskPairs {
    /// Pairs of masks from this law.
    pub fn new(law: SizeLaw) -> Self {
        Self { law }
    }
}

struct Pairs {
    features: usize,
    rows: usize,
    /// For each number of kept features, one past the last word that stands for it.
    ends: Vec<u64>,
    /// The digital shift of u.
    shift: u32,
    /// What the features' orders are made from.
    key: u64,
    stream: Stream,
}

impl<F: Real> Sampler<F> for MaskPairs {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "MaskPairs", NUMBERS)?;
        let features = space.features();
        let probabilities = self.law.probabilities(features)?;
        let last = probabilities.iter().rposition(|p| *p > 0.0).unwrap_or(0);
        let mut sum = 0.0;
        let ends = probabilities.iter().enumerate().map(|(kept, p)| {
            sum += p;
            if kept < last { share_of_words(sum) } else { 1 << 32 }
        });
        let mut words = SplitMix::new(seed);
        let shift = (words.next() >> 32) as u32;
        Ok(Box::new(Pairs {
            features,
            rows,
            ends: ends.collect(),
            shift,
            key: words.next(),
            stream: Stream::new(seed),
        }))
    }
}

impl Pairs {
    fn size(&self, word: u32) -> usize {
        self.ends.partition_point(|end| *end <= u64::from(word))
    }
}

impl<F: Real> Design<F> for Pairs {
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
        let d = self.features;
        draw.z.fill(F::zero());
        let mut order: Vec<usize> = Vec::with_capacity(d);
        let mut row = rows.start;
        while row < rows.end {
            let pair = row / 2;
            order.clear();
            order.extend(0..d);
            // Fisher and Yates's shuffle, with words of the pair's own.
            let mut words = SplitMix::new(self.key ^ SplitMix::new(pair as u64).next());
            for left in (1..d).rev() {
                order.swap(left, words.below(left as u64 + 1) as usize);
            }
            // The 32 bits of the pair's number in reverse; the sequence starts again after 2^32 pairs.
            let word = (pair as u32).reverse_bits() ^ self.shift;
            for row in row..rows.end.min(2 * pair + 2) {
                let kept = if row % 2 == 0 { &order[..self.size(word)] } else { &order[d - self.size(!word)..] };
                for &feature in kept {
                    draw.z[(row - rows.start, feature)] = F::one();
                }
            }
            row = 2 * pair + 2;
        }
        if draw.noise.ncols() > 0 {
            let mut columns = Columns::of(draw);
            self.stream.words(rows, 0..d, |j, at, words| units(words, columns.at(j, at).1));
        }
    }
}
