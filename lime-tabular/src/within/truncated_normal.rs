//! Values inside a bin by a normal law.

use lime_core::BoxError;
use lime_samplers::{normal_cdf, normal_quantile};

use crate::{Bin, BinLaw, Sample, Within};

/// Values inside a bin from a normal law with the mean and standard deviation of the training values in it, truncated to its
/// edges, as the original draws them.
///
/// With l and r the edges in standard deviations from the mean, the mean of the draws is
/// mean + sd (phi(l) - phi(r)) / (Phi(r) - Phi(l)).
///
/// ```
/// use lime_tabular::{Bin, Sample, TruncatedNormal, Within};
/// let bin = Bin { frequency: 1.0, mean: 0.0, sd: 1.0, min: 0.0, max: 10.0 };
/// let law = TruncatedNormal.law(&bin, &Sample::new(&[0.0])?)?;
/// // The mean of half a normal law is sqrt(2 / pi), its median 0.6745.
/// assert!((law.mean().unwrap_or(0.0) - 0.797_884_560_8).abs() < 1e-10);
/// assert!((law.quantile(0.5) - 0.674_489_75).abs() < 1e-7);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TruncatedNormal;

impl Within for TruncatedNormal {
    fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
        Ok(BinLaw::truncated_normal(bin))
    }
}

/// A normal law between two bounds, by its quantile function mean + sd Phi^-1(low + mass u).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Truncated {
    low: f64,
    mass: f64,
    mean: f64,
    sd: f64,
    min: f64,
    max: f64,
}

impl Truncated {
    pub(super) fn new(bin: &Bin) -> Self {
        let Bin { mean, sd, min, max, .. } = *bin;
        let (low, high) = (normal_cdf((min - mean) / sd), normal_cdf((max - mean) / sd));
        // A bin of one value, or one no wider than the guard: the value itself (the original draws 0 here).
        if min >= max || high - low < 1e-300 {
            let value = mean.max(min).min(max);
            return Self { low: 0.5, mass: 0.0, mean: value, sd: 0.0, min: value, max: value };
        }
        Self { low, mass: high - low, mean, sd, min, max }
    }

    pub(super) fn quantile(&self, u: f64) -> f64 {
        let value = self.mean + self.sd * normal_quantile(self.low + self.mass * u);
        // min and max, not clamp: the bounds of an odd bin must not be able to panic.
        value.max(self.min).min(self.max)
    }

    /// The one value there is.
    pub(super) fn point(&self) -> Option<f64> {
        (self.mass == 0.0).then_some(self.mean)
    }

    /// [P(x < t), P(x <= t)], (Phi((t - mean) / sd) - Phi(l)) / (Phi(r) - Phi(l)) between the ends.
    pub(super) fn below(&self, t: f64) -> [f64; 2] {
        if self.mass == 0.0 || t <= self.min || t >= self.max {
            return match self.mass == 0.0 {
                true => [self.mean < t, self.mean <= t],
                false => [t >= self.max; 2],
            }
            .map(|below| f64::from(u8::from(below)));
        }
        [((normal_cdf((t - self.mean) / self.sd) - self.low) / self.mass).clamp(0.0, 1.0); 2]
    }

    pub(super) fn mean(&self) -> f64 {
        if self.mass == 0.0 {
            return self.mean;
        }
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        // At 40 standard deviations the density is 0.
        let (l, r) = (((self.min - self.mean) / self.sd).max(-40.0), ((self.max - self.mean) / self.sd).min(40.0));
        // phi(l) - phi(r) by the greater of the two, without cancellation.
        let half = 0.5 * (r - l) * (r + l);
        let difference = if half > 0.0 { -density(l) * (-half).exp_m1() } else { density(r) * half.exp_m1() };
        (self.mean + self.sd * difference / self.mass).max(self.min).min(self.max)
    }
}
