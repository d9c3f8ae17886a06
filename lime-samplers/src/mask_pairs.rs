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
/// 2 q(k) / (q(k) + q(d - k)), at most 2, so that the weighted rows follow q: the neighbourhood that independent draws reach by the kernel's
/// weights. All masks of a size are equally likely.
///
/// Pairs (fold-over designs: Box & Wilson 1951) part the model into its odd and its even interactions, so that products of two features,
/// mostly the greater part of what a linear fit does not explain, are kept apart from the features themselves as far as the law is
/// symmetric.
///
/// With [`with_own_sizes`](Self::with_own_sizes) fewer rows are complements that weigh next to nothing, as they are under the original's law of
/// texts, in which most features are kept: sizes k and d - k come as complements by the geometric mean sqrt(q(k) q(d - k)), and what q
/// has above that, in pairs of its own sizes at v and 1 - v, of which one keeps the first features of a random order and the other the last
/// ones (antithetic variates: Hammersley & Morton 1956). The weights are q over what is drawn. A symmetric law has complements alone.
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
    own_sizes: bool,
}

/// Every so many pairs one is a corner, as long as there are some left.
const CORNER: usize = 3;

impl MaskPairs {
    /// Complements weighted to this law, without corners.
    pub fn new(law: SizeLaw) -> Self {
        Self { law, corners: false, own_sizes: false }
    }

    /// Pairs of the law's own sizes too, for a law that is far from symmetric.
    #[must_use]
    pub fn with_own_sizes(self) -> Self {
        Self { own_sizes: true, ..self }
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
    /// For each number of kept features, one past the last word that stands for it: of complements, and of what the law has beyond these.
    complements: Vec<u64>,
    beyond: Vec<u64>,
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
        let pairs = law.iter().zip(law.iter().rev());
        let both: Vec<f64> = if self.own_sizes {
            pairs.map(|(q, mirrored)| (q * mirrored).sqrt()).collect()
        } else {
            pairs.map(|(q, mirrored)| 0.5 * (q + mirrored)).collect()
        };
        let own = |(q, both): (&f64, &f64)| if self.own_sizes { (q - both).max(0.0) } else { 0.0 };
        let beyond: Vec<f64> = law.iter().zip(&both).map(own).collect();
        let total: f64 = both.iter().chain(&beyond).sum();
        let drawn = both.iter().zip(&beyond).map(|(both, own)| (both + own) / total);
        let weights = law.iter().zip(drawn).map(|(q, drawn)| if drawn > 0.0 { q / drawn } else { 0.0 }).collect();
        let mut sum = 0.0;
        let mut ends = |part: &[f64], last: Option<usize>| -> Vec<u64> {
            let ends = part.iter().enumerate().map(|(kept, p)| {
                sum += p / total;
                if last.is_none_or(|last| kept < last) { share_of_words(sum) } else { 1 << 32 }
            });
            ends.collect()
        };
        let last = |part: &[f64]| part.iter().rposition(|p| *p > 0.0);
        // The words that rounding leaves over are of the last size of all.
        let rest = last(&beyond);
        let complements = ends(&both, if rest.is_none() { last(&both) } else { None });
        let beyond = ends(&beyond, rest);
        let mut words = SplitMix::new(seed);
        Ok(Box::new(Pairs {
            space,
            features,
            rows,
            complements,
            beyond,
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

    /// The features in an order of which the first row of a pair keeps the first ones, and the second row the last ones; how many each keeps.
    fn order(&self, pair: usize, order: &mut Vec<usize>) -> [usize; 2] {
        order.clear();
        order.extend(0..self.features);
        let complements = |kept: usize| [kept, self.features - kept];
        match self.pair(pair) {
            Pair::Instance => complements(self.features),
            Pair::Feature(feature) => {
                order.remove(feature);
                order.push(feature);
                complements(self.features - 1)
            }
            Pair::Drawn(drawn) => {
                // The 32 bits of the number in reverse; the sequence starts again after 2^32 pairs.
                let word = u64::from((drawn as u32).reverse_bits() ^ self.shift);
                let size = |ends: &[u64], word: u64| ends.partition_point(|end| *end <= word);
                let beyond = self.complements.last().copied().unwrap_or(0);
                let (kept, shuffled) = if word < beyond {
                    let kept = size(&self.complements, word);
                    (complements(kept), kept)
                } else {
                    ([word, u64::from(u32::MAX) - (word - beyond)].map(|word| size(&self.beyond, word)), self.features)
                };
                // Fisher and Yates's shuffle as far as needed, with words of the pair's own.
                let mut words = SplitMix::new(self.key ^ SplitMix::new(drawn as u64).next());
                for at in 0..shuffled {
                    order.swap(at, at + words.below((self.features - at) as u64) as usize);
                }
                kept
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
        let mut order: Vec<usize> = Vec::with_capacity(self.features);
        for mut column in draw.z.column_iter_mut() {
            column.iter_mut().take(rows.len()).for_each(|z| *z = F::zero());
        }
        let mut row = rows.start;
        while row < rows.end {
            let pair = row / 2;
            let [first, second] = self.order(pair, &mut order);
            let corner = !matches!(self.pair(pair), Pair::Drawn(_));
            for row in row..rows.end.min(2 * pair + 2) {
                let at = row - rows.start;
                let kept = if row % 2 == 0 { &order[..first] } else { &order[self.features - second..] };
                draw.weight[at] = if corner { F::zero() } else { F::of(self.weights[kept.len()]) };
                for &feature in kept {
                    draw.z[(at, feature)] = F::one();
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
