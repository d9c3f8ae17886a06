//! Enough is when the order of the largest coefficients is settled.

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

use super::{ALPHA, TIE, check_alpha, check_share, errors, for_each_target, quantile, ranking, settled, verdict};
use crate::Error;
use crate::error::check_features;

/// Ends a run when the order of the k features with the largest absolute coefficients is settled, for every target: each leads the
/// next by more than the error of the lead, and the last of them leads all others. Ties are those of
/// [`TopSeparated`](super::TopSeparated).
///
/// | parameter | default | range |
/// |---|---|---|
/// | k | | >= 1 |
/// | [`alpha`](Self::alpha), the probability of a wrong lead at some look | 0.05 | > 0, <= 1/2 |
/// | [`tie`](Self::tie), a share of the largest coefficient | 0.02 | finite, >= 0 |
///
/// With fewer than k + 1 features in the surrogate, the order of those.
///
/// # Errors
/// From a look: [`Error::NoErrors`], [`Error::NoReplicates`].
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Jackknife, Ridge, selection::NoSelection, stopping::OrderSettled};
///
/// let surrogate = Jackknife::new(Ridge::new(0.0)?);
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(100_000);
/// let model = model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
///     z.row_iter().map(|z| (z[0] + 0.5 * z[1] + 0.1 * z[2]).tanh()).collect()
/// });
/// let row = Direct::new(Space::masks(3));
/// let explanation = explainer.session(&row, &model).until(&OrderSettled::new(2)?).run()?.explanation;
/// assert_eq!(explanation.targets[0].features.iter().map(|f| f.index).collect::<Vec<_>>(), [0, 1, 2]);
/// assert!(explanation.samples < 1_000);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderSettled {
    top: usize,
    alpha: f64,
    tie: f64,
}

impl OrderSettled {
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

impl<F: Real, E: ?Sized> StopRule<F, E> for OrderSettled {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        let ties = for_each_target(look, |estimate| {
            let order = ranking(estimate);
            let Some(errors) = errors(look, estimate, "OrderSettled")? else { return Ok(None) };
            let quantile = quantile(errors, self.alpha, look.number);
            let (inside, outside) = order.split_at(self.top.min(order.len()));
            let next = inside.windows(2).map(|pair| [pair[0], pair[1]]);
            let last = inside.last().into_iter().flat_map(|&last| outside.iter().map(move |&other| [last, other]));
            settled(estimate, errors, (quantile, self.tie), next.chain(last))
        })?;
        Ok(verdict(ties, self.tie, format!("the order of the {} largest coefficients is settled", self.top)))
    }
}
