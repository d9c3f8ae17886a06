//! When a run has seen enough samples ([`lime_core::StopRule`]).
//!
//! | rule | ends a run when |
//! |---|---|
//! | [`RelativeWidth`] | every interval is narrow against the largest coefficient |
//! | [`TopSeparated`] | the set of the k largest coefficients is settled, or those at its edge are as good as equal |
//! | [`OrderSettled`] | so is the order of the k largest |
//! | [`SignsSettled`] | the signs of the k largest are settled |
//! | [`Budget`] | so many model calls, or so much time, are spent |
//! | [`StablePath`] | S-LIME's test passes at every step |
//! | [`Either`] | one of two rules says so |
//!
//! All but the last three need a surrogate that knows its sampling error: [`Jackknife`](crate::Jackknife) around ridge, say. While the
//! samples are too few to know it ([`Warning::UnknownErrors`]), fewer than 2 (d' + 1), or weigh as much as too few
//! ([`Warning::FewEffectiveSamples`]), they ask for more.
//!
//! They look at the data again and again, so they spend their error probability alpha over the looks: look i (from 0) tests at
//! alpha 6 / (pi^2 (i + 1)^2), which sums to alpha however many looks there are.

mod budget;
mod either;
mod order;
mod signs;
mod stable_path;
mod top;
mod width;

use lime_core::{BoxError, Estimate, Look, Real, Uncertainty, Verdict, Warning};

pub use self::budget::Budget;
pub use self::either::Either;
pub use self::order::OrderSettled;
pub use self::signs::SignsSettled;
pub use self::stable_path::StablePath;
pub use self::top::TopSeparated;
pub use self::width::RelativeWidth;
use crate::Error;
use crate::jackknife::student;

/// The error probability a rule has unless another is asked for.
const ALPHA: f64 = 0.05;

/// The share of the largest coefficient up to which a difference is a tie unless another is asked for.
const TIE: f64 = 0.02;

/// What look `number` may spend of an error probability.
fn spent(alpha: f64, number: usize) -> f64 {
    let look = (number + 1) as f64;
    alpha * 6.0 / (std::f64::consts::PI * look).powi(2)
}

/// The quantile of the errors of an estimate for a two-sided test at a look.
fn quantile(errors: &Uncertainty, alpha: f64, number: usize) -> f64 {
    student(errors.degrees, 1.0 - spent(alpha, number))
}

/// The errors of an estimate, which a rule cannot do without; `None` while the samples are too few to know them, or to rely on them.
fn errors<'a, F: Real, E: ?Sized>(
    look: &Look<'_, F, E>,
    estimate: &'a Estimate,
    rule: &'static str,
) -> Result<Option<&'a Uncertainty>, Error> {
    let warned = |of: fn(&Warning) -> bool| {
        let mut targets = look.explanation.targets.iter().filter(|target| target.target == estimate.target);
        targets.any(|target| target.warnings.iter().any(of))
    };
    // A selection has seen all features: its errors are those of the ones that were selected, as if no other could have been.
    let few = look.samples < 2 * (1 + look.explanation.feature_names.len());
    match &estimate.uncertainty {
        None if !warned(|warning| *warning == Warning::UnknownErrors) => Err(Error::NoErrors { rule }),
        _ if few || warned(|warning| matches!(warning, Warning::FewEffectiveSamples { .. })) => Ok(None),
        errors => Ok(errors.as_ref()),
    }
}

/// The places of an estimate's weights, by falling absolute weight.
fn ranking(estimate: &Estimate) -> Vec<usize> {
    let mut order: Vec<usize> = (0..estimate.weights.len()).collect();
    order.sort_by(|&a, &b| estimate.weights[b].1.abs().total_cmp(&estimate.weights[a].1.abs()));
    order
}

/// How two coefficients stand: by how much the first is the larger in absolute value, and the error of that at the quantile.
fn lead(estimate: &Estimate, errors: &Uncertainty, quantile: f64, [first, second]: [usize; 2]) -> Result<Lead, Error> {
    let deviation = errors.deviation_of(|b| b[first].abs() - b[second].abs()).ok_or(Error::NoReplicates)?;
    let by = estimate.weights[first].1.abs() - estimate.weights[second].1.abs();
    Ok(Lead { by, error: quantile * deviation })
}

struct Lead {
    by: f64,
    error: f64,
}

impl Lead {
    /// Whether the first is larger beyond doubt.
    fn settled(&self) -> bool {
        self.by > self.error
    }

    /// Whether the two differ by no more than `tie`, beyond doubt.
    fn tied(&self, tie: f64) -> bool {
        self.by.abs() + self.error <= tie
    }
}

/// Whether every pair of places has its order settled or is tied, and how many are tied; `None` where some is open.
fn settled(
    estimate: &Estimate,
    errors: &Uncertainty,
    (quantile, tie): (f64, f64),
    pairs: impl IntoIterator<Item = [usize; 2]>,
) -> Result<Option<usize>, Error> {
    let largest = estimate.weights.iter().map(|(_, weight)| weight.abs()).fold(0.0, f64::max);
    let mut ties = 0;
    for pair in pairs {
        let lead = lead(estimate, errors, quantile, pair)?;
        if lead.settled() {
            continue;
        }
        if !lead.tied(tie * largest) {
            return Ok(None);
        }
        ties += 1;
    }
    Ok(Some(ties))
}

/// The verdict of a rule that has found so many ties, or something open.
fn verdict(ties: Option<usize>, tie: f64, settled: String) -> Verdict {
    match ties {
        None => Verdict::Continue,
        Some(0) => Verdict::Stop(settled),
        Some(ties) => {
            Verdict::Stop(format!("{settled} but for {ties} pair(s) that are tied within {tie} of the largest"))
        }
    }
}

/// A rule that has to hold for each target: the sum of what it found, or `None` where it does not hold for one.
fn for_each_target<F: Real, E: ?Sized>(
    look: &Look<'_, F, E>,
    mut holds: impl FnMut(&Estimate) -> Result<Option<usize>, Error>,
) -> Result<Option<usize>, BoxError> {
    let mut sum = 0;
    for estimate in look.estimates {
        match holds(estimate)? {
            Some(found) => sum += found,
            None => return Ok(None),
        }
    }
    Ok(Some(sum))
}

/// An error probability, if it is one.
fn check_alpha(alpha: f64) -> Result<f64, Error> {
    if alpha > 0.0 && alpha <= 0.5 { Ok(alpha) } else { Err(Error::Significance { value: alpha }) }
}

/// A share of the largest coefficient, if it is one.
fn check_share(what: &'static str, value: f64) -> Result<f64, Error> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Share { what, value }) }
}
