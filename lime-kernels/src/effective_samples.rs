//! The width that leaves a share of the samples effective.

use lime_core::{BoxError, Real};

use crate::{Error, Seen, Width};

/// How far beyond the distances, as a power of 2, widths are looked for.
const REACH: f64 = 64.0;
/// The relative precision of the width.
const PRECISION: f64 = 1e-6;

/// The width at which a share of the samples is effective: Kish's effective sample size (Kish, 1965) of the first tile's
/// weights (up to 256 rows), (sum w)^2 / sum w^2, is that share of its rows.
///
/// Found by bisection on the logarithm of the width, to a relative 1e-6: about 30 evaluations of the profile a row, once an
/// explanation. Where the effective sample size jumps past the share (a top hat), it is the width at the jump, with at least
/// the share asked for. Design weights do not count.
///
/// | parameter | range |
/// |---|---|
/// | share | above 0 and below 1 |
///
/// ```
/// use lime_kernels::{Exponential, EffectiveSamples, Seen, Width};
/// let seen = Seen::new(3, &Exponential, || Ok(vec![0.0, 1.0]));
/// let width: f64 = EffectiveSamples::new(0.9)?.width(&seen)?;
/// // (1 + w)^2 = 1.8 (1 + w^2) for w = 1/2, which is exp(-1 / (2 width^2)).
/// assert!((width - (0.5 / 2f64.ln()).sqrt()).abs() < 1e-6);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// # Errors
/// [`Error::NoDistance`] where all distances are 0, [`Error::EffectiveSamples`] where no width leads to that share: the profile
/// is uniform, all distances are equal, or as many as that are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectiveSamples(f64);

impl EffectiveSamples {
    /// A share of the rows: above 0 and below 1.
    ///
    /// # Errors
    /// [`Error::Share`] for other values.
    pub fn new(share: f64) -> Result<Self, Error> {
        if share > 0.0 && share < 1.0 { Ok(Self(share)) } else { Err(Error::Share { value: share }) }
    }
}

/// Kish's effective sample size at a width; none where the width is no number of this type, or nothing has weight.
fn effective<F: Real>(seen: &Seen<'_, F>, distances: &[F], width: f64) -> Option<f64> {
    let width = F::of(width);
    if !(width > F::zero() && width.is_finite()) {
        return None;
    }
    let weights: Vec<f64> = distances.iter().map(|&distance| seen.weight(distance / width).wide()).collect();
    // Of weights as shares of the largest, so that squares do not underflow.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let (mut sum, mut squares) = (0.0, 0.0);
    for weight in weights {
        let share = weight / largest;
        sum += share;
        squares += share * share;
    }
    let size = sum * sum / squares;
    size.is_finite().then_some(size)
}

impl<F: Real> Width<F> for EffectiveSamples {
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
        let distances = seen.distances()?;
        let rows = distances.len();
        let away = || distances.iter().map(|distance| distance.wide()).filter(|distance| *distance > 0.0);
        let (nearest, farthest) = (away().fold(f64::INFINITY, f64::min), away().fold(0.0, f64::max));
        if farthest == 0.0 {
            return Err(Error::NoDistance { rows }.into());
        }
        let target = self.0 * rows as f64;
        // Logarithms to base 2.
        let greatest = F::max_value().map_or(f64::MAX, F::wide);
        let (mut narrow, mut wide) = (nearest.log2() - REACH, (farthest.log2() + REACH).min(greatest.log2() - 1.0));
        let size = |logarithm: f64| effective(seen, distances, logarithm.exp2());
        let most = size(wide).unwrap_or(0.0);
        let (mut below, mut reached) = (size(narrow), most);
        let fail = |least: f64| Err(Error::EffectiveSamples { share: self.0, rows, least, most }.into());
        match below {
            Some(least) if least >= target || most < target => return fail(least),
            None if most < target => return fail(0.0),
            _ => {}
        }
        while wide - narrow > PRECISION {
            let middle = narrow + (wide - narrow) / 2.0;
            match size(middle) {
                Some(size) if size >= target => (wide, reached) = (middle, size),
                short => (narrow, below) = (middle, short),
            }
        }
        // Below the narrowest kernel that weighs any sample there is nothing to take.
        if below.is_none() { fail(reached) } else { Ok(F::of(wide.exp2())) }
    }
}
