//! Errors by leaving groups of samples out.

use lime_core::{BoxError, Fitting, Grouped, LinearFit, Real, Space, Surrogate, Uncertainty, Warning};
use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::Error;

/// A linear surrogate with the sampling error of its coefficients, by the delete-a-group jackknife (Quenouille 1956; Tukey 1958; for groups
/// Wolter 2007, "Introduction to Variance Estimation", section 4.2): the samples are dealt into G groups, the surrogate is fitted without
/// each of them, and the coefficients b_(g) of these fits give
///
/// ```text
/// sd^2 = (G - 1) / G  sum_g (b_(g) - mean b)^2        interval  b +- t_{G-1} sd
/// ```
///
/// The coefficients themselves are, to the bit, those of the surrogate alone. A row belongs to the group "cluster modulo G" of the
/// sampler's clusters, so that pairs and scramblings are never parted. Where all rows are of one cluster there is nothing to leave out,
/// and no error: so it is for designs that hold every mask, which have none.
///
/// The interval is meant for surrogates whose coefficients are smooth in the samples' moments: least squares, ridge. It says how far as many
/// other samples would move the coefficients of the features that were selected, not whether others would have been; what a penalty takes
/// away from them, which is less of more samples, is not in it. There is none where a fit without a group determines less than the
/// whole, of which the fit warns ([`Warning::UnknownErrors`]).
///
/// | parameter | default | range |
/// |---|---|---|
/// | [`groups`](Self::groups) | 32 | >= 2 |
/// | [`confidence`](Self::confidence) | 0.95 | between 0 and 1 |
///
/// One pass over the samples; O(G d^2) memory, G fits.
///
/// ```
/// use lime_core::{Evidence, Fitting, Rows, Space, Surrogate, nalgebra::DMatrix};
/// use lime_surrogates::{Jackknife, Ridge};
///
/// // One feature, present in every other of 64 samples; the answers are 1 or 0, and 2 or 1 every fourth time.
/// let z = DMatrix::from_fn(64, 1, |i, _| (i % 2) as f64);
/// let y = DMatrix::from_fn(64, 1, |i, _| (i % 2 + usize::from(i % 4 == 3)) as f64);
/// let space = Space::masks(1);
/// let surrogate = Jackknife::new(Ridge::new(0.0)?).groups(8)?;
/// let mut evidence = Surrogate::<f64>::evidence(&surrogate, &space, &[1.0]);
/// evidence.absorb(&Rows::new(0, z.as_view(), DMatrix::zeros(64, 0).as_view(), &[1.0; 64], y.as_view()));
/// let fit = &surrogate.fit(&Fitting::new(&space, &evidence), &[0], &[0])?[0];
/// let errors = fit.uncertainty().ok_or("no groups")?;
/// assert!((fit.coefficients()[0].1 - 1.5).abs() < 1e-12);
/// assert_eq!(errors.degrees, 7.0);
/// assert!(errors.intervals[0][0] < 1.5 && 1.5 < errors.intervals[0][1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jackknife<G> {
    surrogate: G,
    groups: usize,
    confidence: f64,
}

impl<G> Jackknife<G> {
    /// The number of groups unless another is asked for.
    pub const GROUPS: usize = 32;

    /// A surrogate with errors by 32 groups and intervals of confidence 0.95.
    pub fn new(surrogate: G) -> Self {
        Self { surrogate, groups: Self::GROUPS, confidence: 0.95 }
    }

    /// The number of groups.
    ///
    /// # Errors
    /// [`Error::JackknifeGroups`] below 2.
    pub fn groups(self, groups: usize) -> Result<Self, Error> {
        Ok(Self { groups: check_groups(groups)?, ..self })
    }

    /// The nominal coverage of the intervals.
    ///
    /// # Errors
    /// [`Error::Confidence`] unless it is between 0 and 1.
    pub fn confidence(self, confidence: f64) -> Result<Self, Error> {
        Ok(Self { confidence: check_confidence(confidence)?, ..self })
    }
}

impl<F: Real, G: Surrogate<F, Fit = LinearFit>> Surrogate<F> for Jackknife<G> {
    type Evidence = Grouped<G::Evidence>;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Self::Evidence {
        Grouped::new(self.surrogate.evidence(space, prediction), self.groups)
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        self.surrogate.check(space)
    }

    fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
        self.surrogate.exact(space)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Self::Evidence>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        let on = |evidence: &G::Evidence| {
            let given = Fitting::new(given.space(), evidence).with_exact(given.exact());
            self.surrogate.fit(&given, active, targets)
        };
        let fits = on(given.evidence().total())?;
        let mut replicates: Vec<Vec<LinearFit>> = Vec::new();
        for rest in given.evidence().leave_one_out() {
            // Where the rest does not suffice for as much as the whole, so little is known that no error can be.
            match on(&rest) {
                Ok(without) if fits.iter().zip(&without).all(|(whole, rest)| rank(rest) >= rank(whole)) => {
                    replicates.push(without)
                }
                _ => return Ok(fits.into_iter().map(|fit| fit.warn(Warning::UnknownErrors)).collect()),
            }
        }
        if replicates.len() < 2 {
            return Ok(fits);
        }
        let with_errors = fits.into_iter().enumerate().map(|(target, fit)| {
            let errors = errors(&fit, &replicates, target, self.confidence);
            match errors {
                Some(errors) => fit.with_uncertainty(errors),
                None => fit.warn(Warning::UnknownErrors),
            }
        });
        Ok(with_errors.collect())
    }
}

/// How many directions the samples of a fit determine: any number where that is all of them.
pub(crate) fn rank(fit: &LinearFit) -> usize {
    let deficient = fit.warnings().iter().map(|warning| match warning {
        Warning::RankDeficient { rank, .. } => *rank,
        _ => usize::MAX,
    });
    deficient.min().unwrap_or(usize::MAX)
}

/// A number of groups, if one of them can be left out.
pub(crate) fn check_groups(groups: usize) -> Result<usize, Error> {
    if groups < 2 { Err(Error::JackknifeGroups { groups }) } else { Ok(groups) }
}

/// A nominal coverage, if it is one.
pub(crate) fn check_confidence(confidence: f64) -> Result<f64, Error> {
    let inside = confidence > 0.0 && confidence < 1.0;
    if inside { Ok(confidence) } else { Err(Error::Confidence { confidence }) }
}

/// The errors of a fit by its replicates; `None` where those do not match it.
fn errors(fit: &LinearFit, replicates: &[Vec<LinearFit>], target: usize, confidence: f64) -> Option<Uncertainty> {
    let (count, groups) = (fit.coefficients().len(), replicates.len());
    let mut values = DMatrix::zeros(count, groups);
    for (mut column, fits) in values.column_iter_mut().zip(replicates) {
        let replicate = fits.get(target)?.coefficients();
        if replicate.len() != count {
            return None;
        }
        for (value, &(_, coefficient)) in column.iter_mut().zip(replicate) {
            *value = coefficient;
        }
    }
    Some(spread(fit, values, confidence))
}

/// The errors that replicates (coefficients, groups), of which there are at least two, tell of a fit.
pub(crate) fn spread(fit: &LinearFit, replicates: DMatrix<f64>, confidence: f64) -> Uncertainty {
    let degrees = (replicates.ncols() - 1) as f64;
    spread_with(fit, replicates, confidence, degrees)
}

/// The same where a few groups may move the coefficients much further than the others do: a sum of so few large squares is not known as
/// well as G - 1 degrees of freedom say. Satterthwaite's (1946) degrees are those of the chi-squared law whose variance, in units of
/// its squared mean, is that of the sum of squares: 2 G / (k - (G - 3) / (G - 1)), and no more than G - 1. k is the kurtosis of the
/// replicates, in the mean over the coefficients.
pub(crate) fn uneven_spread(fit: &LinearFit, replicates: DMatrix<f64>, confidence: f64) -> Uncertainty {
    let groups = replicates.ncols() as f64;
    let kurtoses: Vec<f64> =
        replicates.row_iter().map(|of_one| kurtosis(&of_one.transpose())).filter(|k| k.is_finite()).collect();
    let kurtosis = kurtoses.iter().sum::<f64>() / kurtoses.len() as f64;
    // Where there is none, because no group moves a coefficient, the lesser of the two is the other one.
    let degrees = (2.0 * groups / (kurtosis - (groups - 3.0) / (groups - 1.0))).min(groups - 1.0);
    spread_with(fit, replicates, confidence, degrees)
}

/// The fourth central moment over the square of the second; NaN where the values differ by no more than rounding.
fn kurtosis(values: &DVector<f64>) -> f64 {
    let apart = values.add_scalar(-values.mean());
    let largest = apart.amax();
    if largest <= 1e-12 * values.amax() {
        return f64::NAN;
    }
    // In units of the largest, whose fourth power may be beyond what a number can be.
    let squares = apart.map(|v| (v / largest) * (v / largest));
    squares.map(|square| square * square).mean() / squares.mean().powi(2)
}

fn spread_with(fit: &LinearFit, replicates: DMatrix<f64>, confidence: f64, degrees: f64) -> Uncertainty {
    let plain = Uncertainty::new(vec![0.0; replicates.nrows()], Vec::new(), confidence, degrees);
    let mut errors = plain.with_replicates(replicates);
    let quantile = student(degrees, confidence);
    for (place, &(_, coefficient)) in fit.coefficients().iter().enumerate() {
        let deviation = errors.deviation_of(|b| b[place]).unwrap_or(0.0);
        errors.deviations[place] = deviation;
        errors.intervals.push([coefficient - quantile * deviation, coefficient + quantile * deviation]);
    }
    errors
}

/// The two-sided quantile of Student's t.
pub(crate) fn student(degrees: f64, confidence: f64) -> f64 {
    let upper = 0.5 + 0.5 * confidence;
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |law| law.inverse_cdf(upper))
}

#[cfg(test)]
mod tests {
    use lime_core::Moments;

    use super::*;

    /// Of a normal kurtosis, 3, there are G - 1 degrees of freedom; of two groups that alone move a coefficient there are few.
    #[test]
    fn degrees_of_freedom_are_satterthwaites() {
        let moments = Moments::new(&[0.0; 2], &[0.0]);
        let fit = LinearFit::with_intercept(&moments, &[0, 1], vec![1.0, 2.0], 0.0, 0);
        let degrees = |rows: [&[f64]; 2]| {
            let replicates = DMatrix::from_fn(2, 36, |row, group| rows[row].get(group).copied().unwrap_or(0.0));
            uneven_spread(&fit, replicates, 0.95).degrees
        };
        let normal: &[f64] = &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0];
        let few: &[f64] = &[1.0, -1.0];
        let even: &[f64] = &[[1.0, -1.0]; 18].concat();
        assert!((degrees([normal, normal]) - 35.0).abs() < 1e-12);
        assert!((degrees([few, few]) - 72.0 / (18.0 - 33.0 / 35.0)).abs() < 1e-12);
        assert!((degrees([few, normal]) - 72.0 / (10.5 - 33.0 / 35.0)).abs() < 1e-12);
        assert_eq!(degrees([even, even]), 35.0);
        // A coefficient that no group moves says nothing; the mean of 36 times 0.1 is off by rounding.
        assert!((degrees([few, &[]]) - degrees([few, few])).abs() < 1e-12);
        assert!((degrees([few, &[0.1; 36]]) - degrees([few, few])).abs() < 1e-12);
        assert_eq!(degrees([&[], &[]]), 35.0);
        let scaled = |scale: f64| few.iter().map(|v| v * scale).collect::<Vec<f64>>();
        for scale in [1e-300, 1.3e-81, 1e-79, 1e80, 1e300] {
            assert!((degrees([&scaled(scale), &scaled(-scale)]) - degrees([few, few])).abs() < 1e-12, "{scale}");
        }
    }
}
