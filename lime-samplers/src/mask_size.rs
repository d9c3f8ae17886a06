//! Masks by their size.

use std::fmt;

use lime_core::{BoxError, Design, Real, Sampler, Space};
use statrs::function::factorial::ln_binomial;

use crate::Error;
use crate::mask::{NUMBERS, check_masks};
use crate::subset::{Subsets, normalised};

/// Masks whose number k of kept features follows a law of the user's, and then every set of k features as likely as any
/// other:
///
/// P(z') = P(k) / C(d, k) for a mask that keeps k of d features.
///
/// With [`tilted`](Self::tilted) the law of fair coins is tilted by a similarity psi that depends on k only: the samples then
/// come from the weighted neighbourhood itself, and the explainer's kernel must be uniform. The cosine distance of a mask is
/// such a case, 1 - sqrt(k / d).
///
/// The subset is drawn by selection sampling (Knuth, TAOCP vol. 2, 3.4.2, algorithm S): d + 1 words a row, 2 d + 1 where the
/// space has noise. O(n d), whatever k. Probabilities of sizes are rounded to 2^-32. No row is the instance by convention.
///
/// # Errors
/// When the design is made: [`Error::NotAMask`] in a space with a number, [`Error::SizeWeight`] and [`Error::NoSize`] where
/// the law is none.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::MaskSize;
///
/// let space = Space::<f64>::masks(10);
/// let mut draw = Draw::new(&space, 3_000);
/// // One feature at most is removed, and one as often as none.
/// let sampler = MaskSize::new(|kept, d| if kept + 1 >= d { 1.0 } else { 0.0 });
/// sampler.design(&space, 3_000, 5)?.fill(0..3_000, &mut draw);
/// assert!((draw.z.sum() / 3_000.0 - 9.5).abs() < 0.05);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone, Copy)]
pub struct MaskSize<P> {
    weight: P,
    of_each_mask: bool,
}

impl<P: Fn(usize, usize) -> f64 + Send + Sync> MaskSize<P> {
    /// Masks that keep k of d features with a probability proportional to `weight(k, d)`, k from 0 to d: finite, >= 0, and
    /// above 0 for some k.
    pub fn new(weight: P) -> Self {
        Self { weight, of_each_mask: false }
    }

    /// Masks with a probability proportional to `similarity(k, d)` each, psi(k) of a kernel that depends on the number k of
    /// kept features only: finite, >= 0, and above 0 for some k. P(k) is proportional to C(d, k) psi(k), computed in
    /// logarithms, so that d may be large.
    ///
    /// ```
    /// use lime_core::{Draw, Sampler, Space};
    /// use lime_samplers::MaskSize;
    ///
    /// // LIME's kernel for images: exponential of width 0.25 on the cosine distance.
    /// let images = MaskSize::tilted(|kept, d| {
    ///     let distance = 1.0 - (kept as f64 / d as f64).sqrt();
    ///     (-0.5 * (distance / 0.25).powi(2)).exp()
    /// });
    /// // Of 0, 1 and 2 of two features kept, P is proportional to e^-8, 2 e^-0.6863 and 1.
    /// let space = Space::<f64>::masks(2);
    /// let mut draw = Draw::new(&space, 10_000);
    /// images.design(&space, 10_000, 0)?.fill(0..10_000, &mut draw);
    /// assert!((draw.z.sum() / 10_000.0 - 1.4983).abs() < 0.02);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    pub fn tilted(similarity: P) -> Self {
        Self { weight: similarity, of_each_mask: true }
    }

    /// P(k) for k = 0, ..., d.
    fn probabilities(&self, d: usize) -> Result<Vec<f64>, Error> {
        let weights: Vec<f64> = (0..=d).map(|kept| (self.weight)(kept, d)).collect();
        if !self.of_each_mask {
            return normalised(weights);
        }
        if let Some(kept) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
            return Err(Error::SizeWeight { kept, features: d, weight: weights[kept] });
        }
        let log: Vec<f64> =
            weights.iter().enumerate().map(|(kept, psi)| psi.ln() + ln_binomial(d as u64, kept as u64)).collect();
        let greatest = log.iter().fold(f64::NEG_INFINITY, |top, &log| top.max(log));
        if greatest == f64::NEG_INFINITY {
            return Err(Error::NoSize { features: d });
        }
        normalised(log.iter().map(|log| (log - greatest).exp()).collect())
    }
}

impl<P> fmt::Debug for MaskSize<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskSize").field("of_each_mask", &self.of_each_mask).finish_non_exhaustive()
    }
}

impl<F: Real, P: Fn(usize, usize) -> f64 + Send + Sync> Sampler<F> for MaskSize<P> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "MaskSize", NUMBERS)?;
        let probabilities = self.probabilities(space.features())?;
        Ok(Box::new(Subsets::new(space, rows, seed, &probabilities, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C(1000, k) / 2^1000 at k = 500 as scipy 1.17 gives it (`scipy.stats.binom.pmf(500, 1000, 0.5)`).
    #[test]
    fn a_thousand_features_do_not_overflow() {
        let p = MaskSize::tilted(|_, _| 1.0).probabilities(2_000).unwrap();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let p = MaskSize::tilted(|_, _| 1.0).probabilities(1_000).unwrap();
        assert!((p[500] / 0.025_225_018_178_360_8 - 1.0).abs() < 1e-10, "{}", p[500]);
    }

    #[test]
    fn laws_that_are_none() {
        for tilted in [false, true] {
            let law = |weight: f64| MaskSize { weight: move |_: usize, _: usize| weight, of_each_mask: tilted };
            for weight in [-1.0, f64::NAN, f64::INFINITY] {
                let refused = law(weight).probabilities(3);
                assert!(matches!(refused, Err(Error::SizeWeight { kept: 0, features: 3, .. })), "{weight}");
            }
            assert_eq!(law(0.0).probabilities(3), Err(Error::NoSize { features: 3 }));
            assert!(law(1e308).probabilities(100).is_ok());
        }
    }
}
