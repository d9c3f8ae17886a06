//! Masks by their number of kept features, and then a uniform subset of that size.

use std::ops::Range;

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
/// algorithm S) keeps feature j with probability (still to be kept) / (features left), by column 1 + j, which makes every
/// subset of size k equally likely; what the masks leave random comes from columns 1 + d on.
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
        let columns = if draw.noise.ncols() > 0 { 1 + 2 * d } else { 1 + d };
        // How many features each row of the tile still has to keep, and whether it keeps the one at hand.
        let (mut due, mut kept) = ([0u32; TILE], [0u32; TILE]);
        let mut cells = Columns::of(draw);
        self.stream.words(rows.clone(), 0..columns, |column, at, words| {
            let Some(j) = column.checked_sub(1) else {
                for (due, &word) in due.iter_mut().zip(words) {
                    *due = self.ends.partition_point(|end| *end <= u64::from(word)) as u32;
                }
                return;
            };
            if j < d {
                let (due, kept, z) = (&mut due, &mut kept, cells.at(j, at).0);
                on_widest_vectors(Selection { left: (d - j) as u64, words, due, kept, z });
            } else {
                units(words, cells.at(j - d, at).1);
            }
        });
        if self.instance_first {
            draw.set_instance_first(&rows, self.space);
        }
    }
}

/// A feature of some rows: whether each keeps it, and how many it still has to keep then.
struct Selection<'a, F> {
    /// The features that were not yet decided on, this one among them.
    left: u64,
    words: &'a [u32],
    due: &'a mut [u32; TILE],
    kept: &'a mut [u32; TILE],
    z: &'a mut [F],
}

impl<F: Real> Vectorised for Selection<'_, F> {
    #[inline(always)]
    fn run(self) {
        for ((kept, due), &word) in self.kept.iter_mut().zip(&mut *self.due).zip(self.words) {
            // A whole number below `left`, each as likely; below `due` with probability due / left.
            let number = ((u64::from(word) * self.left) >> 32) as u32;
            *kept = u32::from(number < *due);
            *due -= *kept;
        }
        for (z, &kept) in self.z.iter_mut().zip(&*self.kept) {
            *z = if kept == 1 { F::one() } else { F::zero() };
        }
    }
}
