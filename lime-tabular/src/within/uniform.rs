//! Values inside a bin by its ends alone.

use lime_core::BoxError;

use crate::{Bin, BinLaw, Sample, Within};

/// Values inside a bin from the uniform law between its ends: the edges, or the training minimum and maximum.
///
/// ```
/// use lime_tabular::{Bin, Sample, Uniform, Within};
/// let bin = Bin { frequency: 1.0, mean: 1.0, sd: 1.0, min: 0.0, max: 10.0 };
/// let law = Uniform.law(&bin, &Sample::new(&[0.0, 2.0])?)?;
/// assert_eq!((law.quantile(0.3), law.mean()), (3.0, Some(5.0)));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uniform;

impl Within for Uniform {
    fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
        Ok(BinLaw::uniform(bin.min, bin.max))
    }
}

/// The value below which a share `u` lies, by the weights of the two ends: their difference may be beyond f64.
pub(super) fn quantile(min: f64, max: f64, u: f64) -> f64 {
    (min * (1.0 - u) + max * u).max(min).min(max)
}

/// [P(x < t), P(x <= t)], by halves for the same reason.
pub(super) fn below(min: f64, max: f64, t: f64) -> [f64; 2] {
    if t < min || t > max || min == max {
        return [min < t, min <= t].map(|below| f64::from(u8::from(below)));
    }
    [(0.5 * t - 0.5 * min) / (0.5 * max - 0.5 * min); 2]
}
