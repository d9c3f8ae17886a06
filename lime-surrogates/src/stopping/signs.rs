//! Enough is when signs are settled.

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

use super::{ALPHA, check_alpha, errors, for_each_target, quantile, ranking};
use crate::Error;
use crate::error::check_features;

/// Ends a run when the signs of the k largest coefficients are settled, for every target: their intervals leave zero out.
///
/// Which are the largest is known by the same samples, and of many coefficients near zero the largest are those that the samples have moved
/// furthest: so each is tested at alpha over the number of features (Bonferroni), which holds for whichever these are.
///
/// | parameter | default | range |
/// |---|---|---|
/// | k | | >= 1 |
/// | [`alpha`](Self::alpha), the probability of a wrong sign among them at some look | 0.05 | > 0, <= 1/2 |
///
/// A coefficient that is zero has no sign, and the run goes on to the end of its samples.
///
/// # Errors
/// From a look: [`Error::NoErrors`].
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Jackknife, Ridge, selection::NoSelection, stopping::SignsSettled};
///
/// let surrogate = Jackknife::new(Ridge::new(0.0)?);
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(100_000);
/// let model = model_fn(|z: &DMatrix<f64>| z.row_iter().map(|z| (z[0] - 0.5 * z[1]).tanh()).collect::<Vec<_>>());
/// let row = Direct::new(Space::masks(3));
/// let explanation = explainer.session(&row, &model).until(&SignsSettled::new(2)?).run()?.explanation;
/// assert_eq!(explanation.samples, 128);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignsSettled {
    top: usize,
    alpha: f64,
}

impl SignsSettled {
    /// The signs of so many features, 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(top: usize) -> Result<Self, Error> {
        Ok(Self { top: check_features(top)?, alpha: ALPHA })
    }

    /// The probability that one of the signs is wrong at some look.
    ///
    /// # Errors
    /// [`Error::Significance`] unless it is above 0 and at most 1/2.
    pub fn alpha(self, alpha: f64) -> Result<Self, Error> {
        Ok(Self { alpha: check_alpha(alpha)?, ..self })
    }
}

impl<F: Real, E: ?Sized> StopRule<F, E> for SignsSettled {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        let features = look.explanation.feature_names.len().max(1);
        let settled = for_each_target(look, |estimate| {
            let Some(errors) = errors(look, estimate, "SignsSettled")? else { return Ok(None) };
            let quantile = quantile(errors, self.alpha / features as f64, look.number);
            let mut top = ranking(estimate).into_iter().take(self.top);
            Ok(top.all(|place| estimate.weights[place].1.abs() > quantile * errors.deviations[place]).then_some(0))
        })?;
        Ok(match settled {
            Some(_) => Verdict::Stop(format!("the signs of the {} largest coefficients are settled", self.top)),
            None => Verdict::Continue,
        })
    }
}
