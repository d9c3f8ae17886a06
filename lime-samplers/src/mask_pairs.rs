//! Pairs of masks and their complements.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, SizeLaw, Space, Stream};

use crate::columns::Columns;
use crate::hash::SplitMix;
use crate::mask::{NUMBERS, check_masks, share_of_words};
use crate::points::units;

/// Masks in pairs with their complements, sizes spread evenly, weighted to a [`SizeLaw`]: for a uniform kernel.
///
/// Rows 2i and 2i + 1 are a mask and its complement. The pair's sizes k and d - k come from the law q made symmetric,
/// (q(k) + q(d - k)) / 2, at a number u that runs over the pairs through a van der Corput sequence with a random digital shift (of any 2^m
/// pairs from a multiple of 2^m on, one has its u in each of 2^m equal strata). A row that keeps k features has the design weight
/// 2 q(k) / (q(k) + q(d - k)), below 2, so that the weighted rows follow q: the neighbourhood that independent draws reach by the kernel's
/// weights. All masks of a size are equally likely.
///
/// Pairs (fold-over designs: Box & Wilson 1951) part the model into its odd and its even interactions, so that products of two features,
/// mostly the greater part of what a linear fit does not explain, are kept apart from the features themselves as far as the law is
/// symmetric.
///
/// With [`with_corners`](Self::with_corners), every third pair is one of the d + 1 corners as long as there are some left: the instance
/// and the empty mask, then each feature alone and all but it. They have the weight 0, as they do not follow the law: they are for
/// surrogates that learn interactions, such as lime-surrogates' `MaskProcess`. What products of two features add to a coefficient in the limit
/// is known from the corners and the coefficients of the middle, without learning each product.
///
/// [`Design::cluster`] says which rows are a pair. Extensible. With corners row 0 is the instance; otherwise no row is by convention.
/// The weights have the mean 1 over the law, and 1 but for rounding over the rows that are no corners. Sizes are rounded to 2^-32. O(n d).
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
/// // 5 of 32 masks keep one feature: so do 10 of 64 rows, but for what rounding leaves open.
/// let ones = (0..64).filter(|&i| draw.z.row(i).sum() == 1.0).count();
/// assert!((8..=12).contains(&ones));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaskPairs {
    law: SizeLaw,
    corners: bool,
}

/// Every so many pairs one is a corner, as long as there are some left.
const CORNER: usize = 3;

impl MaskPairs {
    /// Pairs of masks weighted to this law, without corners.
    pub fn new(law: SizeLaw) -> Self {
        Self { law, corners: false }
    }

    /// The same with the d + 1 corners among them, of weight 0.
    #[must_use]
    pub fn with_corners(self) -> Self {
        Self { corners: true, ..self }
    }
}

struct Pairs<'a, F: Real> {
    space: &'a Space<F>,
    features: usize,
    rows: usize,
    /// For each number of kept features, one past the last word that stands for it.
    ends: Vec<u64>,
    /// The weight of a row by its number of kept features.
    weights: Vec<f64>,
    /// How many pairs are corners.
    corners: usize,
    /// The digital shift of u.
    shift: u32,
    /// What the masks are made from.
    key: u64,
    stream: Stream,
}

/// What a pair is.
enum Pair {
    /// Everything and nothing.
    Instance,
    /// All features but one, and that one.
    Feature(usize),
    /// The pair of this number among those that are drawn.
    Drawn(usize),
}

impl<F: Real> Sampler<F> for MaskPairs {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "MaskPairs", NUMBERS)?;
        let features = space.features();
        let law = self.law.probabilities(features)?;
        let both: Vec<f64> = law.iter().zip(law.iter().rev()).map(|(q, mirrored)| 0.5 * (q + mirrored)).collect();
        let weights = law.iter().zip(&both).map(|(q, both)| if *both > 0.0 { q / both } else { 0.0 }).collect();
        let last = both.iter().rposition(|p| *p > 0.0).unwrap_or(0);
        let mut sum = 0.0;
        let ends = both.iter().enumerate().map(|(kept, p)| {
            sum += p;
            if kept < last { share_of_words(sum) } else { 1 << 32 }
        });
        let mut words = SplitMix::new(seed);
        Ok(Box::new(Pairs {
            space,
            features,
            rows,
            ends: ends.collect(),
            weights,
            corners: if self.corners { features + 1 } else { 0 },
            shift: (words.next() >> 32) as u32,
            key: words.next(),
            stream: Stream::new(seed),
        }))
    }
}

impl<F: Real> Pairs<'_, F> {
    fn pair(&self, pair: usize) -> Pair {
        let corners = pair.div_ceil(CORNER).min(self.corners);
        match pair / CORNER {
            _ if !pair.is_multiple_of(CORNER) || pair / CORNER >= self.corners => Pair::Drawn(pair - corners),
            0 => Pair::Instance,
            corner => Pair::Feature(corner - 1),
        }
    }

    /// The features that the first row of a pair keeps.
    fn members(&self, pair: usize, members: &mut Vec<usize>) {
        members.clear();
        members.extend(0..self.features);
        match self.pair(pair) {
            Pair::Instance => {}
            Pair::Feature(feature) => {
                members.remove(feature);
            }
            Pair::Drawn(drawn) => {
                // The 32 bits of the number in reverse; the sequence starts again after 2^32 pairs.
                let word = (drawn as u32).reverse_bits() ^ self.shift;
                let kept = self.ends.partition_point(|end| *end <= u64::from(word));
                // Fisher and Yates's shuffle as far as needed, with words of the pair's own.
                let mut words = SplitMix::new(self.key ^ SplitMix::new(drawn as u64).next());
                for at in 0..kept {
                    members.swap(at, at + words.below((self.features - at) as u64) as usize);
                }
                members.truncate(kept);
            }
        }
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
        let mut members: Vec<usize> = Vec::with_capacity(self.features);
        // Complements are full and masks empty, but for the masks' members.
        for mut column in draw.z.column_iter_mut() {
            for (z, row) in column.iter_mut().zip(rows.clone()) {
                *z = if row % 2 == 0 { F::zero() } else { F::one() };
            }
        }
        let mut row = rows.start;
        while row < rows.end {
            let pair = row / 2;
            self.members(pair, &mut members);
            let corner = !matches!(self.pair(pair), Pair::Drawn(_));
            for row in row..rows.end.min(2 * pair + 2) {
                let (at, first) = (row - rows.start, row % 2 == 0);
                let kept = if first { members.len() } else { self.features - members.len() };
                draw.weight[at] = if corner { F::zero() } else { F::of(self.weights[kept]) };
                for &feature in &members {
                    draw.z[(at, feature)] = if first { F::one() } else { F::zero() };
                }
            }
            row = 2 * pair + 2;
        }
        if draw.noise.ncols() > 0 {
            let mut columns = Columns::of(draw);
            self.stream.words(rows.clone(), 0..self.features, |j, at, words| units(words, columns.at(j, at).1));
        }
        if self.corners > 0 {
            draw.set_instance_first(&rows, self.space);
        }
    }
}
