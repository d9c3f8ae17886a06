//! Mixtures of the laws of some bins, drawn by table.

use crate::{Bin, BinLaw};

/// Cells of the table, of equal probability.
const CELLS: usize = 512;
/// A bin that covers fewer cells than this is always computed.
const ENOUGH: f64 = 32.0;

/// The values of some bins, each by its frequency, as a quantile function: in a table linear between 513 quantiles, and
/// computed where a cell touches the end of a bin, since there a tail can be long, and where a law has steps.
///
/// The mean of a bin of a normal law is off by less than 1e-3 of its standard deviation: a hundredth of what a thousand
/// samples can tell.
#[derive(Debug)]
pub(crate) struct Mixture {
    parts: Vec<Part>,
    /// The value at the start of each cell and the step to the next; NaN where it is to be computed.
    cells: Vec<[f64; 2]>,
}

#[derive(Debug)]
struct Part {
    /// The end of its stretch of the uniform, and its length.
    end: f64,
    share: f64,
    /// The ends of the bin, which no law may leave.
    min: f64,
    max: f64,
    law: BinLaw,
}

impl Part {
    fn mean(&self) -> Option<f64> {
        Some(self.law.mean()?.max(self.min).min(self.max))
    }
}

impl Mixture {
    /// The mixture of the bins that occur, by frequency; `None` where none does.
    pub(crate) fn new<'a>(bins: impl IntoIterator<Item = (&'a Bin, &'a BinLaw)>) -> Option<Self> {
        let bins: Vec<(&Bin, &BinLaw)> = bins.into_iter().collect();
        let total: f64 = bins.iter().map(|(bin, _)| bin.frequency).sum();
        let mut parts = Vec::with_capacity(bins.len());
        let mut end = 0.0;
        for (bin, law) in bins {
            let share = bin.frequency / total;
            end += share;
            parts.push(Part { end, share, min: bin.min, max: bin.max, law: law.clone() });
        }
        if parts.is_empty() {
            return None;
        }
        let mut mixture = Self { parts, cells: vec![[f64::NAN; 2]; CELLS] };
        let mut start = 0.0;
        for part in 0..mixture.parts.len() {
            let Part { end, share, .. } = mixture.parts[part];
            let smooth = mixture.parts[part].law.is_smooth();
            let first = (start * CELLS as f64).floor() as usize + 1;
            let last = ((end * CELLS as f64).ceil() as usize).saturating_sub(1).min(CELLS - 1);
            if share * CELLS as f64 >= ENOUGH {
                for cell in first..last {
                    let (low, high) = (mixture.exact(cell as f64), mixture.exact((cell + 1) as f64));
                    if smooth || low == high {
                        mixture.cells[cell] = [low, high - low];
                    }
                }
            }
            start = end;
        }
        Some(mixture)
    }

    /// The quantile at `x` / 512, computed.
    #[cold]
    fn exact(&self, x: f64) -> f64 {
        let u = x / CELLS as f64;
        let part = &self.parts[self.part(u)];
        let value = part.law.quantile((1.0 - (part.end - u) / part.share).clamp(0.0, 1.0));
        // min and max, not clamp: the bounds of an odd bin must not be able to panic.
        value.max(part.min).min(part.max)
    }

    /// The mean, where all parts know theirs.
    pub(crate) fn mean(&self) -> Option<f64> {
        self.parts.iter().map(|part| Some(part.share * part.mean()?)).sum()
    }

    /// The share and the mean of each part, and whether its values vary; `None` where a part does not know its mean.
    pub(crate) fn parts(&self) -> Option<Vec<(f64, f64, bool)>> {
        let varies = |part: &Part| part.min < part.max && part.law.shares().is_none_or(|values| values.len() > 1);
        self.parts.iter().map(|part| Some((part.share, part.mean()?, varies(part)))).collect()
    }

    /// The part that a uniform falls into.
    #[inline(always)]
    pub(crate) fn part(&self, u: f64) -> usize {
        self.parts[..self.parts.len() - 1].iter().map(|part| usize::from(part.end <= u)).sum()
    }

    /// The values and their shares, where all parts have finitely many.
    pub(crate) fn shares(&self) -> Option<Vec<(f64, f64)>> {
        let mut shares = Vec::new();
        for part in &self.parts {
            let inside = part.law.shares()?.into_iter();
            shares.extend(inside.map(|(value, share)| (value.max(part.min).min(part.max), part.share * share)));
        }
        Some(shares)
    }

    /// [P(x < t), P(x <= t)] by the formulas of the parts; values that the law has finitely many of as `round` leaves them.
    pub(crate) fn below(&self, t: f64, round: impl Fn(f64) -> f64) -> [f64; 2] {
        let mut below = [0.0; 2];
        for part in &self.parts {
            let inside = match part.law.shares() {
                Some(shares) => {
                    let mut inside = [0.0; 2];
                    for (value, share) in shares {
                        let value = round(value.max(part.min).min(part.max));
                        inside[0] += if value < t { share } else { 0.0 };
                        inside[1] += if value <= t { share } else { 0.0 };
                    }
                    inside
                }
                None if t < part.min => [0.0; 2],
                None if t > part.max => [1.0; 2],
                None => {
                    let [less, at_most] = part.law.below(t);
                    [if t > part.min { less } else { 0.0 }, if t < part.max { at_most } else { 1.0 }]
                }
            };
            below.iter_mut().zip(inside).for_each(|(sum, inside)| *sum += part.share * inside);
        }
        below
    }

    /// The value below which a share `u` of the mixture lies, u in the open interval (0, 1).
    #[inline(always)]
    pub(crate) fn quantile(&self, u: f64) -> f64 {
        // Adding 2^52 rounds to an integer and leaves it in the low bits: a floor without a conversion. At a knot either
        // cell gives the knot.
        const INTEGER: f64 = 4_503_599_627_370_496.0;
        let x = u * CELLS as f64;
        let shifted = (x - 0.5) + INTEGER;
        let cell = (shifted.to_bits() as usize) & (2 * CELLS - 1);
        let [low, step] = self.cells.get(cell).copied().unwrap_or([f64::NAN; 2]);
        let value = low + (x - (shifted - INTEGER)) * step;
        if value.is_nan() { self.exact(x) } else { value }
    }
}
