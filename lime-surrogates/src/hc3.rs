//! Errors from the residual of every sample.

use lime_core::{BoxError, Fitting, LinearFit, Moments, Real, Record, Rows, Space, Surrogate, Uncertainty, Warning};
use nalgebra::DMatrix;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::cholesky::cholesky;
use crate::jackknife::check_confidence;
use crate::{Error, Ridge};

/// Ridge regression with the heteroscedasticity-consistent standard errors HC3 (MacKinnon and White 1985): each sample's own squared
/// residual tells its variance, enlarged where the sample pulls the fit towards itself. With z~ the features about their weighted means,
/// A = Z~'WZ~ + alpha I, r the residuals and h the leverages,
///
/// ```text
/// V = A^-1 [ sum_i w_i^2 r_i^2 / (1 - h_i)^2  z~_i z~_i' ] A^-1        h_i = w_i (1 / sum w + z~_i' A^-1 z~_i)
/// ```
///
/// and the interval is b +- z sd, with the quantile of the normal law. The coefficients are those of [`Ridge`], to the bit.
///
/// It takes the samples for independent: pairs and points that are spread evenly need [`Jackknife`](crate::Jackknife), which needs no second
/// look at the samples either.
///
/// | parameter | default | range |
/// |---|---|---|
/// | the ridge, with its intercept | | any with an intercept; one without has no errors |
/// | [`confidence`](Self::confidence) | 0.95 | between 0 and 1 |
///
/// The samples are kept, O(n (d + k)) memory, and looked at a second time, O(n d^2).
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Hc3, Jackknife, Ridge, selection::NoSelection};
///
/// let model = model_fn(|z: &DMatrix<f64>| z.row_iter().map(|z| (z[0] - z[1] * z[2]).tanh()).collect::<Vec<_>>());
/// let row = Direct::new(Space::masks(3));
/// let ridge = Ridge::new(0.0)?;
/// let hc3 = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Hc3::new(ridge)).samples(2_000).explain(&row, &model)?;
/// let jackknife = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Jackknife::new(ridge)).samples(2_000);
/// let jackknife = jackknife.explain(&row, &model)?;
/// for (one, other) in hc3.targets[0].features.iter().zip(&jackknife.targets[0].features) {
///     assert_eq!(one.weight, other.weight);
///     let ratio = one.sd.ok_or("no error")? / other.sd.ok_or("no error")?;
///     assert!((0.6..1.7).contains(&ratio), "{ratio}");
/// }
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hc3 {
    ridge: Ridge,
    confidence: f64,
}

impl Hc3 {
    /// A ridge with errors, and intervals of confidence 0.95.
    pub fn new(ridge: Ridge) -> Self {
        Self { ridge, confidence: 0.95 }
    }

    /// The nominal coverage of the intervals.
    ///
    /// # Errors
    /// [`Error::Confidence`] unless it is between 0 and 1.
    pub fn confidence(self, confidence: f64) -> Result<Self, Error> {
        Ok(Self { confidence: check_confidence(confidence)?, ..self })
    }
}

/// Some features of some rows about their means, (rows, active).
fn centred<F: Real>(moments: &Moments, rows: &Rows<'_, F>, active: &[usize]) -> DMatrix<f64> {
    let means: Vec<f64> = active.iter().map(|&j| moments.mean(j)).collect();
    DMatrix::from_fn(rows.weight.len(), active.len(), |i, a| rows.z[(i, active[a])].wide() - means[a])
}

/// The standard errors of a fit; `None` where the samples do not determine it.
fn deviations<F: Real>(
    record: &Record<F>,
    active: &[usize],
    (fit, target): (&LinearFit, usize),
    alpha: f64,
) -> Option<Vec<f64>> {
    use lime_core::Evidence as _;
    let moments = record.moments();
    let mut gram = moments.scatter_matrix(active);
    for a in 0..active.len() {
        gram[(a, a)] += alpha;
    }
    let inverse = cholesky(gram).ok()?.inverse();
    let coefficients: Vec<f64> = fit.coefficients().iter().map(|(_, b)| *b).collect();
    let mut meat = DMatrix::zeros(active.len(), active.len());
    for rows in record.tiles() {
        let plain = centred(moments, &rows, active);
        let pulled = &plain * &inverse;
        let mut scaled = plain.clone();
        for i in 0..rows.weight.len() {
            let weight = rows.weight[i].wide();
            let along = (0..active.len()).map(|a| plain[(i, a)] * pulled[(i, a)]).sum::<f64>();
            let leverage = weight * (1.0 / moments.weight() + along);
            let guess: f64 = (0..active.len()).map(|a| plain[(i, a)] * coefficients[a]).sum();
            let residual = rows.answers[(i, target)].wide() - moments.answer_mean(target) - guess;
            // A sample that the fit goes through says nothing of its error.
            let scale = if leverage < 1.0 { weight * residual / (1.0 - leverage) } else { 0.0 };
            scaled.row_mut(i).scale_mut(scale);
        }
        meat += scaled.transpose() * &scaled;
    }
    let variance = &inverse * meat * &inverse;
    Some((0..active.len()).map(|a| variance[(a, a)].max(0.0).sqrt()).collect())
}

impl<F: Real> Surrogate<F> for Hc3 {
    type Evidence = Record<F>;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Record<F> {
        Record::new(space, prediction)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Record<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        let moments = Fitting::new(given.space(), given.moments());
        let fits = self.ridge.fit(&moments, active, targets)?;
        let Some(alpha) = self.ridge.penalty_about_means() else { return Ok(fits) };
        let quantile = Normal::standard().inverse_cdf(0.5 + 0.5 * self.confidence);
        let with_errors = fits.into_iter().zip(targets).map(|(fit, &target)| {
            let Some(deviations) = deviations(given.evidence(), active, (&fit, target), alpha) else {
                return fit.warn(Warning::UnknownErrors);
            };
            let pairs = fit.coefficients().iter().zip(&deviations);
            let intervals = pairs.map(|((_, b), sd)| [b - quantile * sd, b + quantile * sd]).collect();
            fit.with_uncertainty(Uncertainty::new(deviations, intervals, self.confidence, f64::INFINITY))
        });
        Ok(with_errors.collect())
    }
}
