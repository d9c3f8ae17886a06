//! Masks by their number of kept features, and then a uniform subset of that size.

use std::ops::{Add, Mul, Range, Shl};

use lime_core::{Design, Draw, Real, Space, Stream, TILE, Vectorised, on_widest_vectors};

use crate::Error;
use crate::columns::Columns;
use crate::mask::share_of_words;
use crate::points::units;

/// The probabilities of keeping 0, 1, ..., d features that are proportional to these weights.
pub(crate) fn normalised(weights: Vec<f64>) -> Result<Vec<f64>, Error> {
    let features = weights.len().saturating_sub(1);
    if let Some(kept) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
        return Err(Error::SizeWeight { kept, features, weight: weights[kept] });
    }
    // Scaled by the greatest, so that the sum neither overflows nor vanishes.
    let greatest = weights.iter().fold(0.0f64, |top, &w| top.max(w));
    if greatest == 0.0 {
        return Err(Error::NoSize { features });
    }
    let total: f64 = weights.iter().map(|w| w / greatest).sum();
    Ok(weights.iter().map(|w| w / greatest / total).collect())
}

/// The law of the original's text sampler: the number of removed features is uniform on 1..=d, so that 0 to d - 1 are kept.
pub(crate) fn removed_count(features: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0 / features as f64; features];
    // Without features there is one mask.
    probabilities.push(if features == 0 { 1.0 } else { 0.0 });
    probabilities
}

/// Masks of a random size. Column 0 of the stream decides the size k; selection sampling (Knuth, TAOCP vol. 2, 3.4.2,
/// algorithm S) keeps feature j with probability (still to be kept) / (features left), which makes every subset of size k
/// equally likely.
///
/// Half a word decides on a feature: columns 1 on hold two features each, and where 16 bits leave it open, once in 65,536 times,
/// 32 more of the feature's own column do, after all others. What the masks leave random comes from the columns between.
pub(crate) struct Subsets<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    /// For each number of kept features, one past the last word of column 0 that stands for it.
    ends: Vec<u64>,
    instance_first: bool,
    stream: Stream,
}

impl<'a, F: Real> Subsets<'a, F> {
    /// Subsets of the sizes that these probabilities, of 0 to d, give. With `instance_first`, row 0 is the instance.
    pub(crate) fn new(
        space: &'a Space<F>,
        rows: usize,
        seed: u64,
        probabilities: &[f64],
        instance_first: bool,
    ) -> Self {
        let last = probabilities.iter().rposition(|p| *p > 0.0).unwrap_or(0);
        let mut sum = 0.0;
        let ends = probabilities.iter().enumerate().map(|(kept, p)| {
            sum += p;
            if kept < last { share_of_words(sum) } else { 1 << 32 }
        });
        Self { space, rows, ends: ends.collect(), instance_first, stream: Stream::new(seed) }
    }
}

impl<F: Real> Design<F> for Subsets<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let d = self.space.features();
        let halves = 1 + d.div_ceil(2);
        let columns = if draw.noise.ncols() > 0 { halves + d } else { halves };
        // How many features each row of the tile still has to keep, and what its half word says of the one at hand.
        let (mut due, mut said) = ([0u32; TILE], [0u32; TILE]);
        let mut cells = Columns::of(draw);
        self.stream.words(rows.clone(), 0..columns, |column, at, words| {
            if column == 0 {
                for (due, &word) in due.iter_mut().zip(words) {
                    *due = self.ends.partition_point(|end| *end <= u64::from(word)) as u32;
                }
            } else if column < halves {
                let features = [(2 * column - 2, 0), (2 * column - 1, 16)];
                for (j, shift) in features.into_iter().filter(|(j, _)| *j < d) {
                    let (left, z) = ((d - j) as u64, cells.at(j, at.clone()).0);
                    let (due, said) = (&mut due, &mut said);
                    let mut selection = Selection { left, words, shift, due, said, z, open: false };
                    // In 32 bits where these hold a half times the features left: twice as many fit into a vector.
                    let of = &mut selection;
                    match u16::try_from(left) {
                        Ok(left) => on_widest_vectors(Halves { left: u32::from(left), of }),
                        Err(_) => on_widest_vectors(Halves { left, of }),
                    }
                    if selection.open {
                        self.settle(halves + d + j, rows.start + at.start, selection);
                    }
                }
            } else {
                units(words, cells.at(column - halves, at).1);
            }
        });
        if self.instance_first {
            draw.set_instance_first(&rows, self.space);
        }
    }
}

impl<F: Real> Subsets<'_, F> {
    /// Decides on what half a word left open, by the words of a column.
    fn settle(&self, column: usize, first: usize, selection: Selection<'_, F>) {
        let Selection { left, words, shift, due, said, z, .. } = selection;
        for i in (0..words.len()).filter(|&i| said[i] == OPEN) {
            // Of all 48 bits times the features left, what the upper 16 leave to what is still to be kept.
            let below = (u64::from(due[i]) << 16) - u64::from(half(words[i], shift)) * left;
            let row = first + i;
            self.stream.words(row..row + 1, column..column + 1, |_, _, more| {
                if u64::from(more[0]) * left < below << 32 {
                    due[i] -= 1;
                    z[i] = F::one();
                }
            });
        }
    }
}

/// What half a word says of a feature: 0 that it is removed, 1 that it is kept, and this that it cannot say.
const OPEN: u32 = 2;

#[inline(always)]
fn half(word: u32, shift: u32) -> u32 {
    word >> shift & 0xffff
}

/// A feature of some rows: whether each keeps it, and how many it still has to keep then.
struct Selection<'a, F> {
    /// The features that were not yet decided on, this one among them.
    left: u64,
    words: &'a [u32],
    /// Where in the words the feature's half is.
    shift: u32,
    due: &'a mut [u32; TILE],
    said: &'a mut [u32; TILE],
    z: &'a mut [F],
    /// Set where a half leaves it open.
    open: bool,
}

/// Lets the half words say of each row what they can.
struct Halves<'a, 'b, F, W> {
    /// Wide enough for a half word times this.
    left: W,
    of: &'a mut Selection<'b, F>,
}

impl<F: Real, W> Vectorised for Halves<'_, '_, F, W>
where
    W: Copy + PartialOrd + From<u32> + Add<Output = W> + Mul<Output = W> + Shl<u32, Output = W>,
{
    #[inline(always)]
    fn run(self) {
        let Self { left, of: Selection { words, shift, due, said, z, open: any, .. } } = self;
        let mut open = 0;
        for ((said, due), &word) in said.iter_mut().zip(due.iter_mut()).zip(*words) {
            // A share of the features left, and the next one: the feature is kept where the share is below due / left.
            let (share, below) = (W::from(half(word, *shift)) * left, W::from(*due) << 16);
            let kept = u32::from(share + left <= below);
            *said = kept + OPEN * (u32::from(share < below) - kept);
            open |= *said;
            *due -= kept;
        }
        for (z, &said) in z.iter_mut().zip(&**said) {
            *z = if said == 1 { F::one() } else { F::zero() };
        }
        *any = open & OPEN != 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against selection sampling with all 48 bits at once, for enough decisions that some need them; for more features than 32 bits
    /// hold, too.
    #[test]
    fn halves_decide_as_all_bits_do() {
        let seed = 7;
        for (d, rows) in [(5, 60_000), (65_538, 3)] {
            let space = Space::<f64>::masks(d);
            let subsets = Subsets::new(&space, rows, seed, &vec![1.0 / (d + 1) as f64; d + 1], false);
            let mut draw = Draw::new(&space, rows);
            subsets.fill(0..rows, &mut draw);
            let halves = 1 + d.div_ceil(2);
            let columns = halves + d + d;
            let mut words = vec![vec![0; rows]; columns];
            Stream::new(seed).words(0..rows, 0..columns, |j, at, some| words[j][at].copy_from_slice(some));
            let mut open = 0;
            for (row, &size) in words[0].iter().enumerate() {
                let mut due = (u64::from(size) * (d + 1) as u64) >> 32;
                for j in 0..d {
                    let left = (d - j) as u64;
                    let half = u64::from(half(words[1 + j / 2][row], 16 * (j as u32 % 2)));
                    let all = half << 32 | u64::from(words[halves + d + j][row]);
                    let kept = u128::from(all) * u128::from(left) < u128::from(due) << 48;
                    assert_eq!(draw.z[(row, j)], f64::from(u8::from(kept)), "{row} {j}");
                    open += usize::from(half * left < due << 16 && (half + 1) * left > due << 16);
                    due -= u64::from(kept);
                }
                assert_eq!(due, 0, "{row}");
            }
            assert!(open > 0, "no half was undecided");
            let first = rows / 2;
            let mut later = Draw::new(&space, rows - first);
            subsets.fill(first..rows, &mut later);
            assert_eq!(later.z, draw.z.rows(first, rows - first));
        }
    }
}
