//! Enough is when the set of the largest coefficients is settled.

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

use super::{ALPHA, TIE, check_alpha, check_share, errors, for_each_target, quantile, ranking, settled, verdict};
use crate::Error;
use crate::error::check_features;

/// Ends a run when the set of the k features with the largest absolute coefficients is settled, for every target: each of them leads
/// each of the others by more than the error of the lead, which is the jackknife's of the difference, so that errors which the two
/// share do not count.
///
/// A pair at the edge whose difference is known to be no more than a share of the largest coefficient is a tie: more samples would
/// not make either the more important one. Ties are declared in the reason and do not hold up the run.
///
/// | parameter | default | range |
/// |---|---|---|
/// | k | | >= 1 |
/// | [`alpha`](Self::alpha), the probability of a wrong lead at some look | 0.05 | > 0, <= 1/2 |
/// | [`tie`](Self::tie), a share of the largest coefficient | 0.02 | finite, >= 0 |
///
/// The surrogate has to have more features than k: select none, and show k of them ([`NoSelection`](crate::selection::NoSelection)).
///
/// # Errors
/// From a look: [`Error::NoErrors`], [`Error::NoReplicates`], [`Error::NothingToSeparate`].
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Jackknife, Ridge, selection::NoSelection, stopping::TopSeparated};
///
/// let surrogate = Jackknife::new(Ridge::new(0.0)?);
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(100_000);
/// let curved = |b: f64| model_fn(move |z: &DMatrix<f64>| -> Vec<f64> {
///     z.row_iter().map(|z| (2.0 * z[0] + z[1] + b * z[2] - 2.0 * z[3]).tanh()).collect()
/// });
/// let (row, rule) = (Direct::new(Space::masks(4)), TopSeparated::new(3)?.tie(0.05)?);
/// // The third and the fourth differ by much, by little, and not at all.
/// let apart = explainer.session(&row, &curved(0.1)).until(&rule).run()?.explanation;
/// let close = explainer.session(&row, &curved(0.8)).until(&rule).run()?.explanation;
/// let tied = explainer.session(&row, &curved(1.0)).until(&rule).run()?.explanation;
/// assert!(apart.samples <= close.samples && close.samples < tied.samples, "{} {} {}", apart.samples, close.samples, tied.samples);
/// assert!(tied.stopped.as_ref().is_some_and(|reason| reason.contains("tied")), "{:?}", tied.stopped);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopSeparated {
    top: usize,
    alpha: f64,
    tie: f64,
}

impl TopSeparated {
    /// The set of so many features, 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(top: usize) -> Result<Self, Error> {
        Ok(Self { top: check_features(top)?, alpha: ALPHA, tie: TIE })
    }

    /// The probability that a lead is wrong at some look.
    ///
    /// # Errors
    /// [`Error::Significance`] unless it is above 0 and at most 1/2.
    pub fn alpha(self, alpha: f64) -> Result<Self, Error> {
        Ok(Self { alpha: check_alpha(alpha)?, ..self })
    }

    /// The difference that is none, as a share of the largest coefficient.
    ///
    /// # Errors
    /// [`Error::Share`] unless it is finite and not negative.
    pub fn tie(self, share: f64) -> Result<Self, Error> {
        Ok(Self { tie: check_share("tie", share)?, ..self })
    }
}

impl<F: Real, E: ?Sized> StopRule<F, E> for TopSeparated {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        let features = look.explanation.feature_names.len();
        let ties = for_each_target(look, |estimate| {
            let order = ranking(estimate);
            if order.len() <= self.top {
                let selected = order.len();
                let open = selected < features;
                return if open { Err(Error::NothingToSeparate { top: self.top, selected }) } else { Ok(Some(0)) };
            }
            let Some(errors) = errors(look, estimate, "TopSeparated")? else { return Ok(None) };
            let quantile = quantile(errors, self.alpha, look.number);
            let (inside, outside) = order.split_at(self.top);
            // The closest pair first: it is the likeliest to be open.
            let pairs = inside.iter().rev().flat_map(|&first| outside.iter().map(move |&second| [first, second]));
            settled(estimate, errors, (quantile, self.tie), pairs)
        })?;
        Ok(verdict(ties, self.tie, format!("the {} largest coefficients are settled", self.top)))
    }
}
