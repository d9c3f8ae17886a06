//! Every mask once.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use lime_core::{BoxError, Design, Draw, Law, Real, Sampler, Space};
use statrs::function::factorial::ln_binomial;

use crate::Error;
use crate::mask::{NUMBERS, check_masks};
use crate::subset::{normalised, removed_count};

/// The most features whose masks are enumerated: 2^30 rows.
pub(crate) const MOST_FEATURES: usize = 30;

type SizeWeight = dyn Fn(usize, usize) -> f64 + Send + Sync;

/// All 2^d masks, each with 2^d times its probability for a weight: sums over the rows are expectations, and an explanation
/// has no sampling error at all.
///
/// | law of the masks | P(z') of a mask that keeps k of d features | |
/// |---|---|---|
/// | [`new`](Self::new) (default) | product of the features' own frequencies | tables; images, where it is 2^-d |
/// | [`removed_count`](Self::removed_count) | 1 / (d C(d, k)), and 0 for k = d | the original's text sampler |
/// | [`by_size`](Self::by_size) | P(k) / C(d, k) | the user's |
///
/// Row i is the mask of the bits of i: feature j is kept where bit j (of value 2^j) is set, so row 0 keeps none and row
/// 2^d - 1 all. Masks of probability 0 stay in, with the weight 0. No row is the instance by convention. O(d 2^d).
///
/// # Errors
/// When the design is made: [`Error::Enumeration`] for more than 30 features and where 2^d exceeds the samples asked for;
/// [`Error::NotAMask`] in a space with a number; [`Error::Noise`] where the masks do not determine the model's input, as in
/// a table's bins; [`Error::SizeWeight`] and [`Error::NoSize`] where a law of sizes is none.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::Exhaustive;
///
/// let space = Space::<f64>::masks(2);
/// let sampler = Exhaustive::removed_count();
/// let design = sampler.design(&space, 5_000, 0)?;
/// let mut draw = Draw::new(&space, design.rows());
/// design.fill(0..4, &mut draw);
/// assert_eq!(draw.z.column(0).as_slice(), [0.0, 1.0, 0.0, 1.0]);
/// assert_eq!(draw.z.column(1).as_slice(), [0.0, 0.0, 1.0, 1.0]);
/// assert_eq!(draw.weight, [2.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone, Default)]
pub struct Exhaustive {
    law: MaskLaw,
}

#[derive(Clone, Default)]
enum MaskLaw {
    #[default]
    Product,
    RemovedCount,
    BySize(Arc<SizeWeight>),
}

impl Exhaustive {
    /// Masks by the product of the features' own laws.
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks by the law of [`RemovedCount`](crate::RemovedCount): the number of removed features uniform on 1..=d.
    pub fn removed_count() -> Self {
        Self { law: MaskLaw::RemovedCount }
    }

    /// Masks by their size, as [`MaskSize::new`](crate::MaskSize::new): k of d features are kept with a probability
    /// proportional to `weight(k, d)`, finite, >= 0, and above 0 for some k.
    pub fn by_size(weight: impl Fn(usize, usize) -> f64 + Send + Sync + 'static) -> Self {
        Self { law: MaskLaw::BySize(Arc::new(weight)) }
    }
}

impl fmt::Debug for Exhaustive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.law {
            MaskLaw::Product => "Exhaustive",
            MaskLaw::RemovedCount => "Exhaustive::removed_count",
            MaskLaw::BySize(_) => "Exhaustive::by_size(..)",
        })
    }
}

/// What a mask's weight is made of.
enum Weights {
    /// For each feature, 2 P(absent) and 2 P(present): a mask's weight is the product over the features.
    Product(Vec<[f64; 2]>),
    /// For each number of kept features, 2^d P(z').
    BySize(Vec<f64>),
}

struct Masks {
    features: usize,
    weights: Weights,
}

impl<F: Real> Sampler<F> for Exhaustive {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, _: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let d = space.features();
        check_masks(space, "Exhaustive", NUMBERS)?;
        if space.noise() {
            let way_out = "draw samples at random (MonteCarlo), or from the similarity itself (Tilted)";
            return Err(Error::Noise { sampler: "Exhaustive", way_out }.into());
        }
        if d > MOST_FEATURES || 1 << d > rows {
            return Err(Error::Enumeration { features: d, budget: rows }.into());
        }
        let of_each = |probabilities: Vec<f64>| {
            let scale = (1u64 << d) as f64;
            let masks = |kept| ln_binomial(d as u64, kept as u64).exp().round();
            Weights::BySize(probabilities.iter().enumerate().map(|(kept, p)| scale * p / masks(kept)).collect())
        };
        let weights = match &self.law {
            MaskLaw::Product => {
                Weights::Product(space.laws().iter().map(own_share).map(|p| [2.0 - 2.0 * p, 2.0 * p]).collect())
            }
            MaskLaw::RemovedCount => of_each(removed_count(d)),
            MaskLaw::BySize(weight) => of_each(normalised((0..=d).map(|kept| weight(kept, d)).collect())?),
        };
        Ok(Box::new(Masks { features: d, weights }))
    }
}

/// The probability that a coordinate has the instance's own level.
fn own_share<F: Real>(law: &Law<F>) -> f64 {
    match law {
        Law::Levels { own, frequency } => frequency[*own],
        _ => 0.0,
    }
}

impl<F: Real> Design<F> for Masks {
    fn rows(&self) -> usize {
        1 << self.features
    }

    /// Every mask is there: nothing is left to chance.
    fn cluster(&self, _: usize) -> usize {
        0
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        for j in 0..self.features {
            let bit = [F::zero(), F::one()];
            for (z, row) in draw.z.column_mut(j).iter_mut().zip(rows.clone()) {
                *z = bit[row >> j & 1];
            }
        }
        for (weight, row) in draw.weight.iter_mut().zip(rows) {
            *weight = F::of(match &self.weights {
                Weights::Product(factors) => {
                    factors.iter().enumerate().fold(1.0, |product, (j, factor)| product * factor[row >> j & 1])
                }
                Weights::BySize(weights) => weights[row.count_ones() as usize],
            });
        }
    }
}
