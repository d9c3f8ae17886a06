//! Normal perturbation of numbers within bounds.

use std::cmp::Ordering;
use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream};

use crate::centre::Centre;
use crate::columns::Columns;
use crate::{Error, PerFeature, normal_cdf, normal_quantile};

/// Normal perturbation of coordinates that are numbers, each within bounds of its own:
///
/// z'_j ~ N(c_j, s_j^2) given low_j <= z'_j <= high_j, by the inverse distribution function
/// c + s Phi^-1(Phi(a) + u (Phi(b) - Phi(a))), a = (low - c) / s, b = (high - c) / s.
///
/// | parameter | default | range |
/// |---|---|---|
/// | standard deviation s | | finite and above 0; one number for all features or one for each |
/// | bounds `low`, `high` | | `low` < `high`, likewise one or each; infinite for none |
/// | centre c | the instance x' | [`around`](Self::around), [`around_law`](Self::around_law) as for [`Gaussian`](crate::Gaussian) |
///
/// All in interpretable coordinates. s is that of the normal law before it is cut. Bounds are rounded to the data's type. Where
/// the centre lies more than 36 s outside the bounds, Phi is taken by its asymptotic series. Row 0 is the instance itself, even
/// if it is out of bounds.
///
/// One 32-bit word a coordinate. O(n d).
///
/// # Errors
/// When the design is made: [`Error::NotANumber`] in a space with levels, [`Error::Length`] where there is not one value for
/// each feature.
///
/// ```
/// use std::sync::Arc;
/// use lime_core::{Draw, Law, Sampler, Space};
/// use lime_samplers::{Normal, TruncatedGaussian};
///
/// let law = Law::Continuous(Arc::new(Normal::new(0.0, 1.0)?));
/// let space = Space::<f64>::new(vec![law], vec![0.0])?;
/// let mut draw = Draw::new(&space, 10_000);
/// TruncatedGaussian::new(1.0, 0.0, f64::INFINITY)?.design(&space, 10_000, 0)?.fill(0..10_000, &mut draw);
/// assert!(draw.z.iter().all(|z| *z >= 0.0));
/// // The mean of half a normal law is sqrt(2 / pi).
/// assert!((draw.z.mean() - 0.7979).abs() < 0.02);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TruncatedGaussian {
    centre: Centre,
    sd: PerFeature,
    low: PerFeature,
    high: PerFeature,
}

impl TruncatedGaussian {
    /// Independent coordinates with this standard deviation, between these bounds, around the instance.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a standard deviation that is not finite and above 0; [`Error::Bounds`] unless each lower bound
    /// is below the higher one; [`Error::Length`] for another number of lower bounds than of higher ones.
    pub fn new(
        sd: impl Into<PerFeature>,
        low: impl Into<PerFeature>,
        high: impl Into<PerFeature>,
    ) -> Result<Self, Error> {
        let (sd, low, high) = (sd.into().check_sd()?, low.into(), high.into());
        if let (Some(expected), Some(found)) = (low.len(), high.len())
            && expected != found
        {
            return Err(Error::Length { what: "higher bounds", expected, found });
        }
        let each = low.len().or(high.len());
        for j in 0..each.unwrap_or(1) {
            let bounds = (low.at(j), high.at(j));
            // Both at the same infinity, or the wrong one, leave nothing either.
            if bounds.0.partial_cmp(&bounds.1) != Some(Ordering::Less) {
                return Err(Error::Bounds { feature: each.map(|_| j), low: bounds.0, high: bounds.1 });
            }
        }
        Ok(Self { centre: Centre::Instance, sd, low, high })
    }

    /// Around this point, in interpretable coordinates, instead of the instance.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a coordinate that is not finite.
    pub fn around(self, mean: impl Into<PerFeature>) -> Result<Self, Error> {
        Ok(Self { centre: Centre::point(mean.into())?, ..self })
    }

    /// Around the median of each coordinate's own law instead of the instance.
    #[must_use]
    pub fn around_law(self) -> Self {
        Self { centre: Centre::Law, ..self }
    }
}

/// One coordinate: a normal law cut at bounds, in standard units and mirrored where that brings them to the left, where
/// probabilities have all their digits.
#[derive(Debug)]
struct Cut {
    centre: f64,
    sd: f64,
    low: f64,
    high: f64,
    mirrored: bool,
    inverse: Inverse,
}

/// How the distribution function is inverted, by where the bounds are: the right one, and how far the left one is from it.
#[derive(Debug)]
enum Inverse {
    /// Phi at the left bound, and how much of the law lies between the two.
    Regular { start: f64, mass: f64 },
    /// The right bound at -B, so far out that Phi(-B - t) is Phi(-B) exp(-b t - t^2 / 2), b = B + 1/B.
    Far { rate: f64, span: f64 },
    /// Bounds so close together that the density falls from the right one as exp(-B t), or not at all.
    Narrow { rate: f64, span: f64 },
}

impl Cut {
    fn new(centre: f64, sd: f64, low: f64, high: f64) -> Self {
        let (a, b) = ((low - centre) / sd, (high - centre) / sd);
        let mirrored = a + b > 0.0;
        let (left, right) = if mirrored { (-b, -a) } else { (a, b) };
        // From the bounds themselves, which keep more digits where the centre is far away.
        let span = (high - low) / sd;
        let inverse = if right < -36.0 {
            Inverse::Far { rate: -right - 1.0 / right, span }
        } else if span < 1e-4 {
            Inverse::Narrow { rate: -right, span }
        } else {
            let start = normal_cdf(left);
            Inverse::Regular { start, mass: normal_cdf(right) - start }
        };
        Self { centre, sd, low, high, mirrored, inverse }
    }

    /// The value below which a share `u` of the law lies.
    fn quantile(&self, u: f64) -> f64 {
        // After mirroring, a share `above` of the law lies above the value.
        let above = if self.mirrored { u } else { 1.0 - u };
        let below_right = match self.inverse {
            Inverse::Regular { start, mass } => {
                let x = normal_quantile(start + (1.0 - above) * mass);
                let value = if self.mirrored { self.centre - self.sd * x } else { self.centre + self.sd * x };
                return value.clamp(self.low, self.high);
            }
            Inverse::Far { rate, span } => {
                let log = -(above * (-span * (rate + 0.5 * span)).exp_m1()).ln_1p();
                let first = log / rate;
                2.0 * first / (1.0 + (1.0 + 2.0 * first / rate).sqrt())
            }
            Inverse::Narrow { rate, span } if rate * span > 1e-9 => -(above * (-rate * span).exp_m1()).ln_1p() / rate,
            Inverse::Narrow { span, .. } => above * span,
        };
        let distance = self.sd * below_right;
        let value = if self.mirrored { self.low + distance } else { self.high - distance };
        // A bound so far out that its distance in standard units overflows stands for the whole law.
        if value.is_nan() { if self.mirrored { self.low } else { self.high } } else { value.clamp(self.low, self.high) }
    }
}

struct Bounded<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    cuts: Vec<Cut>,
    stream: Stream,
}

impl<F: Real> Sampler<F> for TruncatedGaussian {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let d = space.features();
        let centre = self.centre.locate(space, "TruncatedGaussian")?;
        for (parameter, what) in
            [(&self.sd, "standard deviation"), (&self.low, "lower bounds"), (&self.high, "higher bounds")]
        {
            parameter.check_length(what, d)?;
        }
        let cut = |(j, centre)| Cut::new(centre, self.sd.at(j), self.low.at(j), self.high.at(j));
        let cuts = centre.into_iter().enumerate().map(cut).collect();
        Ok(Box::new(Bounded { space, rows, cuts, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Bounded<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut columns = Columns::of(draw);
        self.stream.words(rows.clone(), 0..self.cuts.len(), |j, at, words| {
            let cut = &self.cuts[j];
            for (z, &word) in columns.at(j, at).0.iter_mut().zip(words) {
                *z = F::of(cut.quantile(f64::unit(word)));
            }
        });
        // Numbers leave nothing over, as in `Law::invert`.
        draw.noise.fill(F::of(0.5));
        draw.set_instance_first(&rows, self.space);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles as scipy 1.17 gives them (`scipy.stats.truncnorm.ppf(u, a, b)`).
    #[test]
    fn quantiles_of_scipy() {
        let none = f64::INFINITY;
        for (a, b, u, expected) in [
            (-1.0, 2.0, 0.3, -0.2424038178892269),
            (0.0, none, 0.5, 0.6744897501960817),
            (-none, -3.0, 0.01, -4.197414437605671),
            (5.0, 6.0, 0.9, 5.421484350937918),
            (8.0, 8.5, 0.25, 8.034725830097774),
            (-20.0, -10.0, 0.5, -10.06841183608143),
            (30.0, none, 0.5, 30.023070467827313),
            (37.0, 50.0, 0.75, 37.03742121039527),
            (100.0, 101.0, 0.5, 100.00693053875256),
            (1e3, none, 0.5, 1000.0006931468583),
            (-0.00002, 0.00003, 0.2, -1.000000000012087e-05),
            (3.0, 3.00001, 0.7, 3.0000069999685),
            (-40.0, -39.9, 0.5, -39.91690191497597),
        ] {
            let cut = Cut::new(0.0, 1.0, a, b);
            let from_bound = (expected - a).abs().min((b - expected).abs());
            let allowed = if matches!(cut.inverse, Inverse::Regular { .. }) { 2e-8 } else { 2e-6 * from_bound };
            let found = cut.quantile(u);
            assert!((found - expected).abs() < allowed, "{a} {b} {u}: {found} for {expected}");
            // The same law seen from the other side, and at another place and scale.
            let mirrored = Cut::new(7.0, 2.0, 7.0 - 2.0 * b, 7.0 - 2.0 * a).quantile(1.0 - u);
            assert!((7.0 - mirrored - 2.0 * expected).abs() < 2.0 * allowed + 1e-14, "{a} {b} {u}: {mirrored}");
        }
    }

    #[test]
    fn inside_the_bounds_however_far_the_centre() {
        let (most, none) = (f64::MAX, f64::INFINITY);
        for (centre, sd, low, high) in [
            (0.0, 1.0, 1e6, 1e6 + 1.0),
            (0.0, 1e-300, 1.0, none),
            (0.0, 1e-300, -none, -1.0),
            (1e300, 1e-10, -1e300, 0.0),
            (-most, 1.0, 1.0, most),
            (most, 1e-5, -most, -1.0),
            (0.0, most, -1.0, 1.0),
            (5.0, 1.0, 5.0, 5.0 + 1e-15),
            (0.0, 1.0, -none, none),
        ] {
            let cut = Cut::new(centre, sd, low, high);
            let mut last = -none;
            for word in [0, 1, 1 << 20, 1 << 31, u32::MAX - 1, u32::MAX] {
                let value = cut.quantile(f64::unit(word));
                assert!(value.is_finite() && low <= value && value <= high, "{centre} {sd} {low} {high}: {value}");
                assert!(value >= last, "{centre} {sd} {low} {high}: {value} after {last}");
                last = value;
            }
        }
    }
}
