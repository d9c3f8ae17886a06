//! Mixtures of truncated normal laws, drawn by table.

use lime_samplers::{normal_cdf, normal_quantile};

use crate::Bin;

/// A normal law between two bounds, by its quantile function mean + sd Phi^-1(low + mass u).
#[derive(Debug, Clone, Copy)]
struct Truncated {
    low: f64,
    mass: f64,
    mean: f64,
    sd: f64,
    min: f64,
    max: f64,
}

impl Truncated {
    fn new(bin: &Bin) -> Self {
        let Bin { mean, sd, min, max, .. } = *bin;
        let (low, high) = (normal_cdf((min - mean) / sd), normal_cdf((max - mean) / sd));
        // A bin of one value, or one no wider than the guard: the value itself (the original draws 0 here).
        if min >= max || high - low < 1e-300 {
            let value = mean.max(min).min(max);
            return Self { low: 0.5, mass: 0.0, mean: value, sd: 0.0, min: value, max: value };
        }
        Self { low, mass: high - low, mean, sd, min, max }
    }

    fn quantile(&self, u: f64) -> f64 {
        let value = self.mean + self.sd * normal_quantile(self.low + self.mass * u);
        // min and max, not clamp: the bounds of an odd bin must not be able to panic.
        value.max(self.min).min(self.max)
    }
}

/// Cells of the table, of equal probability.
const CELLS: usize = 512;
/// A bin that covers fewer cells than this is always computed.
const ENOUGH: f64 = 32.0;

/// The values of some bins, each by its frequency, as a quantile function: in a table linear between 513 quantiles, and
/// computed where a cell touches the end of a bin, since there a tail can be long.
///
/// The mean of a bin is off by less than 1e-3 of its standard deviation: a hundredth of what a thousand samples can tell.
#[derive(Debug)]
pub(crate) struct Mixture {
    /// The end of each part's stretch of the uniform, its length, and its law.
    parts: Vec<(f64, f64, Truncated)>,
    /// The value at the start of each cell and the step to the next; NaN where it is to be computed.
    cells: Vec<[f64; 2]>,
}

impl Mixture {
    /// The mixture of the bins that occur, by frequency; `None` where none does.
    pub(crate) fn new<'a>(bins: impl IntoIterator<Item = &'a Bin>) -> Option<Self> {
        let bins: Vec<&Bin> = bins.into_iter().filter(|bin| bin.frequency > 0.0).collect();
        let total: f64 = bins.iter().map(|bin| bin.frequency).sum();
        let mut parts = Vec::with_capacity(bins.len());
        let mut end = 0.0;
        for bin in bins {
            let share = bin.frequency / total;
            end += share;
            parts.push((end, share, Truncated::new(bin)));
        }
        if parts.is_empty() {
            return None;
        }
        let mut mixture = Self { parts, cells: vec![[f64::NAN; 2]; CELLS] };
        let mut start = 0.0;
        for part in 0..mixture.parts.len() {
            let (end, share, _) = mixture.parts[part];
            let first = (start * CELLS as f64).floor() as usize + 1;
            let last = ((end * CELLS as f64).ceil() as usize).saturating_sub(1).min(CELLS - 1);
            if share * CELLS as f64 >= ENOUGH {
                for cell in first..last {
                    let (low, high) = (mixture.exact(cell as f64), mixture.exact((cell + 1) as f64));
                    mixture.cells[cell] = [low, high - low];
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
        let at = self.parts.partition_point(|(end, _, _)| *end <= u).min(self.parts.len() - 1);
        let (end, share, law) = &self.parts[at];
        law.quantile((1.0 - (end - u) / share).clamp(0.0, 1.0))
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
