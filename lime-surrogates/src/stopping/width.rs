//! Enough is when the intervals are narrow.

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

use super::{ALPHA, check_alpha, check_share, errors, for_each_target, quantile};
use crate::Error;

/// Ends a run when the widest interval is no wider than a share of the largest absolute coefficient, for every target.
///
/// | parameter | default | range |
/// |---|---|---|
/// | share | | finite, > 0 |
/// | [`alpha`](Self::alpha) | 0.05 | > 0, <= 1/2 |
///
/// The intervals hold together over all looks with probability 1 - alpha each, and so are wider than those of the explanation.
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Jackknife, Ridge, selection::NoSelection, stopping::RelativeWidth};
///
/// let surrogate = Jackknife::new(Ridge::new(0.0)?);
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(100_000);
/// let model = model_fn(|z: &DMatrix<f64>| z.row_iter().map(|z| (z[0] + z[1] - 2.0 * z[2]).tanh()).collect::<Vec<_>>());
/// let row = Direct::new(Space::masks(3));
/// let coarse = explainer.session(&row, &model).until(&RelativeWidth::new(0.5)?).run()?.explanation;
/// let fine = explainer.session(&row, &model).until(&RelativeWidth::new(0.1)?).run()?.explanation;
/// assert!(coarse.samples < fine.samples && fine.samples < 20_000);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeWidth {
    share: f64,
    alpha: f64,
}

impl RelativeWidth {
    /// Intervals no wider than `share` of the largest coefficient.
    ///
    /// # Errors
    /// [`Error::Share`] unless it is finite and above 0.
    pub fn new(share: f64) -> Result<Self, Error> {
        let what = "interval width";
        if share == 0.0 {
            Err(Error::Share { what, value: share })
        } else {
            Ok(Self { share: check_share(what, share)?, alpha: ALPHA })
        }
    }

    /// The probability that an interval misses at some look.
    ///
    /// # Errors
    /// [`Error::Significance`] unless it is above 0 and at most 1/2.
    pub fn alpha(self, alpha: f64) -> Result<Self, Error> {
        Ok(Self { alpha: check_alpha(alpha)?, ..self })
    }
}

impl<F: Real, E: ?Sized> StopRule<F, E> for RelativeWidth {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        let mut widest: f64 = 0.0;
        let narrow = for_each_target(look, |estimate| {
            let Some(errors) = errors(look, estimate, "RelativeWidth")? else { return Ok(None) };
            let quantile = quantile(errors, self.alpha, look.number);
            let largest = estimate.weights.iter().map(|(_, weight)| weight.abs()).fold(0.0, f64::max);
            let width = errors.deviations.iter().map(|sd| 2.0 * quantile * sd).fold(0.0, f64::max);
            widest = widest.max(if width > 0.0 { width / largest } else { 0.0 });
            Ok((width <= self.share * largest).then_some(0))
        })?;
        Ok(match narrow {
            Some(_) => Verdict::Stop(format!(
                "no interval is wider than {widest:.3} of the largest coefficient ({} asked for)",
                self.share
            )),
            None => Verdict::Continue,
        })
    }
}
