//! Laws of masks that depend on the number of kept features only.

use std::fmt;
use std::sync::Arc;

use crate::Error;

type Weight = dyn Fn(usize, usize) -> f64 + Send + Sync;

/// A law of masks under which every mask that keeps k of d features is as likely as any other of that size, together with a similarity
/// psi(k) that depends on the size only: the weighted neighbourhood of LIME for images and text,
///
/// ```text
/// Q(z') = q(k) / C(d, k)        q(k) proportional to P(k) psi(k)
/// ```
///
/// with P(k) the probability of the size k. A sampler that draws from Q itself, and a surrogate that projects in closed form, are told of
/// it by the same value, so that they speak of the same limit.
///
/// | law | P(k) |
/// |---|---|
/// | [`fair`](Self::fair) | C(d, k) / 2^d: each feature kept with probability 1/2 (the original's for images) |
/// | [`removed_count`](Self::removed_count) | 1 / d for k < d (the original's for text); of one feature 1/2 each, where that would leave one mask |
/// | [`of_sizes`](Self::of_sizes) | any |
///
/// The similarity is 1 unless [`weighed`](Self::weighed) or [`weighed_by_cosine`](Self::weighed_by_cosine) sets one.
///
/// ```
/// use lime_core::SizeLaw;
///
/// // LIME for images: fair coins under the exponential kernel of width 0.25 on the cosine distance.
/// let images = SizeLaw::fair().weighed_by_cosine(0.25)?;
/// // Of 0, 1 and 2 of two features, proportional to e^-8, 2 e^-0.6863 and 1.
/// let q = images.probabilities(2)?;
/// assert!((q[1] / q[2] - 1.006_88).abs() < 1e-5 && (q[0] / q[2] - (-8f64).exp()).abs() < 1e-15);
/// assert_eq!(SizeLaw::removed_count().probabilities(4)?, [0.25, 0.25, 0.25, 0.25, 0.0]);
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SizeLaw {
    base: Base,
    similarity: Option<Arc<Weight>>,
}

#[derive(Clone)]
enum Base {
    Fair,
    RemovedCount,
    Sizes(Arc<Weight>),
}

impl SizeLaw {
    /// Features kept independently, each with probability 1/2.
    pub fn fair() -> Self {
        Self { base: Base::Fair, similarity: None }
    }

    /// A number of removed features that is uniform on 1..=d, and then any of so many.
    pub fn removed_count() -> Self {
        Self { base: Base::RemovedCount, similarity: None }
    }

    /// Sizes with probabilities proportional to `weight(k, d)`, k from 0 to d: finite, >= 0, and above 0 for some k.
    pub fn of_sizes(weight: impl Fn(usize, usize) -> f64 + Send + Sync + 'static) -> Self {
        Self { base: Base::Sizes(Arc::new(weight)), similarity: None }
    }

    /// The same law under a similarity psi(k) = `similarity(k, d)`: finite and >= 0. Takes the place of one set before.
    #[must_use]
    pub fn weighed(self, similarity: impl Fn(usize, usize) -> f64 + Send + Sync + 'static) -> Self {
        Self { similarity: Some(Arc::new(similarity)), ..self }
    }

    /// The same law under the exponential kernel on the cosine distance of masks, psi(k) = exp(-(1 - sqrt(k / d))^2 / (2 width^2)). The
    /// original's width is 0.25 (for text 25, with a distance that is 100 times as long). Of a single feature both masks count the same: its
    /// coefficient is what they differ by, whatever they weigh.
    ///
    /// # Errors
    /// [`Error::SizeWidth`] unless the width is finite and above 0.
    pub fn weighed_by_cosine(self, width: f64) -> Result<Self, Error> {
        if !(width > 0.0 && width.is_finite()) {
            return Err(Error::SizeWidth { width });
        }
        Ok(self.weighed(move |kept, features| {
            if features < 2 {
                return 1.0;
            }
            let distance = 1.0 - (kept as f64 / features as f64).sqrt();
            (-0.5 * (distance / width).powi(2)).exp()
        }))
    }

    /// q(k) for k = 0, ..., d: they sum to 1. Computed in logarithms, so that d may be large.
    ///
    /// # Errors
    /// [`Error::SizeWeight`] where a weight or a similarity is negative, infinite or NaN, [`Error::NoSize`] where all are 0.
    pub fn probabilities(&self, features: usize) -> Result<Vec<f64>, Error> {
        let mut log = self.log_base(features)?;
        if let Some(similarity) = &self.similarity {
            for (kept, log) in log.iter_mut().enumerate() {
                *log += check(similarity(kept, features), kept, features)?.ln();
            }
        }
        let greatest = log.iter().fold(f64::NEG_INFINITY, |top, &log| top.max(log));
        if greatest == f64::NEG_INFINITY {
            return Err(Error::NoSize { features });
        }
        let shares: Vec<f64> = log.iter().map(|log| (log - greatest).exp()).collect();
        let total: f64 = shares.iter().sum();
        Ok(shares.iter().map(|share| share / total).collect())
    }

    /// ln P(k), up to a constant.
    fn log_base(&self, features: usize) -> Result<Vec<f64>, Error> {
        match &self.base {
            Base::Fair => {
                let mut log = Vec::with_capacity(features + 1);
                let mut binomial = 0.0;
                for kept in 0..=features {
                    log.push(binomial);
                    binomial += ((features - kept) as f64 / (kept + 1) as f64).ln();
                }
                Ok(log)
            }
            Base::RemovedCount => {
                let all = if features < 2 { 0.0 } else { f64::NEG_INFINITY };
                Ok((0..=features).map(|kept| if kept == features { all } else { 0.0 }).collect())
            }
            Base::Sizes(weight) => {
                (0..=features).map(|kept| Ok(check(weight(kept, features), kept, features)?.ln())).collect()
            }
        }
    }
}

fn check(weight: f64, kept: usize, features: usize) -> Result<f64, Error> {
    if weight >= 0.0 && weight.is_finite() { Ok(weight) } else { Err(Error::SizeWeight { kept, features, weight }) }
}

impl fmt::Debug for SizeLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match &self.base {
            Base::Fair => "fair",
            Base::RemovedCount => "removed_count",
            Base::Sizes(_) => "of_sizes",
        };
        f.debug_struct("SizeLaw").field("base", &base).field("weighed", &self.similarity.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C(1000, 500) / 2^1000 as scipy 1.17 gives it (`scipy.stats.binom.pmf(500, 1000, 0.5)`).
    #[test]
    fn a_thousand_features_do_not_overflow() {
        let q = SizeLaw::fair().probabilities(1_000).unwrap();
        assert!((q[500] / 0.025_225_018_178_360_8 - 1.0).abs() < 1e-10, "{}", q[500]);
        let q = SizeLaw::fair().probabilities(5_000).unwrap();
        assert!((q.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn laws_that_are_none() {
        for weight in [-1.0, f64::NAN, f64::INFINITY] {
            let base = SizeLaw::of_sizes(move |_, _| weight).probabilities(3);
            assert!(matches!(base, Err(Error::SizeWeight { kept: 0, features: 3, .. })), "{weight}");
            let similarity = SizeLaw::fair().weighed(move |_, _| weight).probabilities(3);
            assert!(matches!(similarity, Err(Error::SizeWeight { kept: 0, features: 3, .. })), "{weight}");
            let width = SizeLaw::fair().weighed_by_cosine(weight);
            assert!(matches!(width, Err(Error::SizeWidth { .. })), "{weight}");
        }
        // Removed count never keeps all, and this similarity sees nothing else.
        let none = SizeLaw::removed_count().weighed(|kept, d| if kept == d { 1.0 } else { 0.0 });
        assert!(matches!(none.probabilities(3), Err(Error::NoSize { features: 3 })));
        assert_eq!(SizeLaw::removed_count().probabilities(0).unwrap(), [1.0]);
        let one = SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap();
        assert_eq!(one.probabilities(1).unwrap(), [0.5, 0.5]);
    }
}
