//! S-LIME: a selection that another set of samples would repeat.

use lime_core::{BoxError, Evidence, Fitting, Moments, Real, Record, Rows, Selector};
use statrs::distribution::{ContinuousCDF, Normal};

use super::least_angle::LeastAngle;
use super::partial::ROUNDING;
use super::{check, check_features};
use crate::Error;

/// The selection of S-LIME (Zhou, Hooker and Wang, 2021): least angle regression, in which each feature has to lead the next
/// best by more than chance before it joins. Where it does not, the selection is [`Error::Unstable`] and says how many samples
/// would do.
///
/// Least angle regression (Efron, Hastie, Johnstone and Tibshirani, 2004) starts from no features and the centred answers r.
/// The feature joins that has the highest |c_j|; the fit of all that have joined is then taken out of r, little by little,
/// until another has as high a |c_j|: it joins next. With z~ a feature centred and divided by its weighted standard deviation,
/// n the number of rows, and the weights w brought to mean 1,
///
/// ```text
/// c_j = (1/n) sum_i w_i z~_ij r_i
/// ```
///
/// The lead of the feature 1 that is to join over the next best 2 is D = |c_1| - |c_2|. By the central limit theorem its error
/// is normal, with the variance s^2 / n, where s^2 is the variance over the rows of
///
/// ```text
/// d_i = e_i1 - e_i2        e_ij = w_i (a_ij r_i - |c_j| a_ij^2 / 2),        a_ij = sign(c_j) z~_ij
/// ```
///
/// (the second term is the error of the standard deviation, by the delta method). The lead that n other samples give is D with
/// an error of its own: their lead varies around D with the variance 2 s^2 / n. So they choose 1 again, and not 2, with a
/// probability of 1 - alpha at least where
///
/// ```text
/// t = D / sqrt(2 s^2 / n)  >=  z_alpha          z_alpha the normal quantile of 1 - alpha: 1.64 for 0.05
/// needed = n (z_alpha / t)^2                    where it is not
/// ```
///
/// Rows of weight 0 count in n, for `needed` is a number of samples to ask for.
///
/// | parameter | default | range |
/// |---|---|---|
/// | features K, counting units | 5, as in the paper's experiments | >= 1 |
/// | alpha, the probability of another choice, for each step | 0.05 | > 0, <= 1/2 |
///
/// With alpha 1/2 every lead suffices and nothing is tested: plain least angle regression, for who has no more samples to ask
/// for. The order is tested and not the set alone: two features of the same strength never pass, whatever K.
///
/// The choice ends before K where no feature explains more of the residual than rounding (1e-13 of the total sum of squares),
/// and at least one is chosen. A feature that the chosen ones explain never joins. Two that are the same in every row are not
/// told apart by more samples either: the first of them by index counts.
///
/// A group of the [`Space`](lime_core::Space::with_groups) joins as a whole, by group least angle regression (Yuan and Lin,
/// 2006): its p features are made uncorrelated, with standard deviation 1, its strength is the root of the mean of their c^2,
/// and a_i is the coordinate along the direction in which it correlates.
///
/// It needs evidence that keeps the rows: that of surrogates which need them too, or of any other as
/// [`Recorded`](crate::Recorded). The rows are taken for independent draws, and r for known, as in the paper. A design that
/// spreads its rows evenly has smaller errors: the test then asks for more than it needs. The authors' code does not divide by
/// the standard deviation, so that units decide there which feature joins.
///
/// O(d K^2) for the path, O(n K) a step for the test.
///
/// # Errors
/// From a selection: [`Error::Unstable`], and [`Error::NotFinite`] where the moments overflowed. Through an explainer they are
/// the source of a [`lime_core::Error::Part`], from which `source.downcast_ref::<lime_surrogates::Error>()` gets them.
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Error, Recorded, Ridge, selection::StableSelection};
///
/// let (selector, surrogate) = (StableSelection::new(1)?, Recorded::new(Ridge::default()));
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), selector, surrogate);
/// let explain = |slope: f64, samples: usize| {
///     let model = model_fn(move |z: &DMatrix<f64>| z.column(0) * slope + z.column(1) - z.column(2) * 0.2);
///     explainer.clone().samples(samples).explain(&Direct::new(Space::masks(3)), &model)
/// };
/// assert_eq!(explain(2.0, 200)?.targets[0].features[0].index, 0);
///
/// // 1.1 against 1 takes more samples than 50.
/// let Err(lime_core::Error::Part { source, .. }) = explain(1.1, 50) else { panic!() };
/// let Some(&Error::Unstable { step: 1, samples: 50, needed, .. }) = source.downcast_ref() else { panic!() };
/// assert!(50 < needed && needed < 500, "{needed}");
/// assert_eq!(explain(1.1, 2 * needed)?.targets[0].features[0].index, 0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StableSelection {
    features: usize,
    alpha: f64,
}

impl Default for StableSelection {
    fn default() -> Self {
        Self { features: 5, alpha: 0.05 }
    }
}

impl StableSelection {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)?, ..Self::default() })
    }

    /// Sets the probability with which other samples may choose otherwise, for each step: above 0, at most 1/2. Default: 0.05.
    ///
    /// # Errors
    /// [`Error::Significance`] for other values.
    pub fn with_alpha(self, alpha: f64) -> Result<Self, Error> {
        if alpha > 0.0 && alpha <= 0.5 { Ok(Self { alpha, ..self }) } else { Err(Error::Significance { value: alpha }) }
    }

    fn choose<F: Real>(
        &self,
        record: &Record<F>,
        units: Vec<Vec<usize>>,
        target: usize,
    ) -> Result<Vec<Vec<usize>>, Error> {
        let total = record.moments().total(target);
        let quantile = (self.alpha < 0.5).then(|| -Normal::standard().inverse_cdf(self.alpha));
        let first = units.first().cloned();
        let mut path = LeastAngle::new(record.moments(), units, target);
        let mut chosen = Vec::new();
        while chosen.len() < self.features {
            let Some(best) = path.advance() else { break };
            if path.explains(best) <= ROUNDING * total {
                break;
            }
            if let (Some(quantile), Some(rival)) = (quantile, path.strongest(Some(best))) {
                let lead = Lead::new(record, &path, [best, rival], target);
                if let Some(needed) = lead.needed(quantile) {
                    let rivals = [best, rival].map(|unit| path.unit(unit).iter().copied().min().unwrap_or_default());
                    return Err(Error::Unstable { step: chosen.len() + 1, samples: lead.samples, needed, rivals });
                }
            }
            path.join(best);
            chosen.push(path.unit(best).to_vec());
        }
        if chosen.is_empty() {
            chosen.extend(first);
        }
        Ok(chosen)
    }
}

/// By how much one unit leads another, and the rows' parts in the error of that.
struct Lead {
    samples: usize,
    lead: f64,
    /// Of the parts, the sum and the sum of squares.
    sum: f64,
    squares: f64,
    /// The sum of squares of both units' parts, each alone.
    apart: f64,
}

impl Lead {
    fn new<F: Real>(record: &Record<F>, path: &LeastAngle<'_>, rivals: [usize; 2], target: usize) -> Self {
        let moments = record.moments();
        let fit = Combination::new(moments, path.fit());
        let [first, second] = rivals.map(|unit| Combination::new(moments, path.direction(unit)));
        let strength = rivals.map(|unit| path.strength(unit));
        let half = [0, 1].map(|k| strength[k] * path.rank(rivals[k]) as f64 / 2.0);
        let mean = moments.answer_mean(target);
        let mut lead =
            Self { samples: record.rows(), lead: strength[0] - strength[1], sum: 0.0, squares: 0.0, apart: 0.0 };
        for rows in record.tiles() {
            let (fitted, first, second) = (fit.of(&rows), first.of(&rows), second.of(&rows));
            for (i, y) in rows.answers.column(target).iter().enumerate() {
                let (weight, residual) = (rows.weight[i].wide(), y.wide() - mean - fitted[i]);
                let first = weight * (first[i] * residual - half[0] * first[i].powi(2));
                let second = weight * (second[i] * residual - half[1] * second[i].powi(2));
                lead.sum += first - second;
                lead.squares += (first - second).powi(2);
                lead.apart += first.powi(2) + second.powi(2);
            }
        }
        lead
    }

    /// How many samples the lead would be more than chance with, where it is not with these.
    fn needed(&self, quantile: f64) -> Option<usize> {
        let samples = self.samples as f64;
        if self.squares <= ROUNDING * self.apart {
            return None;
        }
        let deviations = self.squares - self.sum * self.sum / samples;
        let variance = deviations.max(0.0) / (samples - 1.0).max(1.0);
        let t = self.lead.max(0.0) / (2.0 * samples * variance).sqrt();
        if t >= quantile {
            return None;
        }
        // A float too large for an integer becomes the largest integer.
        let needed = (samples * (quantile / t).powi(2)).ceil() as usize;
        Some(needed.max(self.samples.saturating_add(1)))
    }
}

/// A linear combination of centred features: each with its factor and its mean.
struct Combination(Vec<(usize, f64, f64)>);

impl Combination {
    fn new(moments: &Moments, factors: Vec<(usize, f64)>) -> Self {
        Self(factors.into_iter().map(|(j, factor)| (j, factor, moments.mean(j))).collect())
    }

    /// Its value in each row.
    fn of<F: Real>(&self, rows: &Rows<'_, F>) -> Vec<f64> {
        let mut sums = vec![0.0; rows.weight.len()];
        for &(j, factor, mean) in &self.0 {
            for (sum, z) in sums.iter_mut().zip(rows.z.column(j).iter()) {
                *sum += factor * (z.wide() - mean);
            }
        }
        sums
    }
}

impl<F: Real> Selector<F, Record<F>> for StableSelection {
    fn select(&self, given: &Fitting<'_, F, Record<F>>, target: usize) -> Result<Vec<usize>, BoxError> {
        check(given, target)?;
        Ok(self.choose(given.evidence(), given.space().units(), target)?.concat())
    }
}
