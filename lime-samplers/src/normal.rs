//! The normal law, by its quantile function from a table.

use std::sync::LazyLock;

use lime_core::{Quantile, Real};
use statrs::function::erf::erfc_inv;

use crate::Error;

/// Phi(x), the standard normal distribution function, to the last digits of f64.
///
/// ```
/// assert!((lime_samplers::normal_cdf(1.96) - 0.975_002_104_851_779_5).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    // statrs's erfc is off by up to 5e-11 around |x| = 0.5.
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The exact inverse, for the table and beyond its end.
fn exact_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// Cells in an octave of the tail probability, as a power of two.
const CELL_BITS: u32 = 5;
/// Octaves the table covers: tail probabilities from 1/2 down to 2^-41.
const OCTAVES: usize = 40;
const SHIFT: u32 = 52 - CELL_BITS;
const HALF: u64 = 0.5f64.to_bits() >> SHIFT;
const FIRST: u64 = HALF - ((OCTAVES as u64) << CELL_BITS);

/// -Phi^-1 of tail probabilities q <= 1/2, as a cubic in the position within each cell: 32 cells an octave, so that the
/// relative width of a cell, and with it the error, is the same in the far tail as in the middle.
static TABLE: LazyLock<Vec<[f64; 4]>> = LazyLock::new(|| {
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    // The last cell starts at 1/2 and is used at its first point only.
    (FIRST..=HALF)
        .map(|cell| {
            let (low, high) = (f64::from_bits(cell << SHIFT), f64::from_bits((cell + 1) << SHIFT));
            let width = high - low;
            let (a, b) = (-exact_quantile(low), -exact_quantile(high.min(1.0 - 1e-9)));
            // Hermite: the slopes of -Phi^-1 are -1/density.
            let (da, db) = (-width / density(a), -width / density(b));
            [a, da, 3.0 * (b - a) - 2.0 * da - db, 2.0 * (a - b) + da + db]
        })
        .collect()
});

/// Phi^-1(p), the standard normal quantile function, by a table of cubics: absolute error under 1e-8 for p in the open
/// interval (0, 1), about 2 ns.
///
/// `p <= 0` gives minus infinity, `p >= 1` infinity and NaN itself.
///
/// ```
/// let q = lime_samplers::normal_quantile(0.975);
/// assert!((q - 1.959_963_984_540_054).abs() < 1e-8);
/// ```
#[inline]
pub fn normal_quantile(p: f64) -> f64 {
    quantile_by(&TABLE, p)
}

#[inline(always)]
fn quantile_by(table: &[[f64; 4]], p: f64) -> f64 {
    let upper = 1.0 - p;
    let tail = if p < upper { p } else { upper };
    let bits = tail.to_bits();
    let cell = (bits >> SHIFT).wrapping_sub(FIRST);
    let Some(cubic) = table.get(cell as usize) else {
        return beyond(p);
    };
    let t = f64::from_bits((bits << CELL_BITS) & ((1 << 52) - 1) | 1.0f64.to_bits()) - 1.0;
    let magnitude = cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3]));
    // The sign without a branch, which nothing could predict.
    f64::from_bits(magnitude.to_bits() ^ (u64::from(p < upper) << 63))
}

/// Outside the table: tails thinner than 2^-41, and what is no probability.
#[cold]
fn beyond(p: f64) -> f64 {
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else {
        exact_quantile(p)
    }
}

/// The normal law N(mean, sd^2) of a continuous coordinate.
///
/// ```
/// use lime_core::Quantile;
/// use lime_samplers::Normal;
/// let law = Normal::new(10.0, 2.0)?;
/// assert_eq!(Quantile::<f64>::quantile(&law, 0.5), 10.0);
/// # Ok::<(), lime_samplers::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// The law with this mean (finite) and standard deviation (finite and above 0).
    ///
    /// # Errors
    /// [`Error`] for other values.
    pub fn new(mean: f64, sd: f64) -> Result<Self, Error> {
        if !mean.is_finite() {
            return Err(Error::Mean(mean));
        }
        if !(sd > 0.0 && sd.is_finite()) {
            return Err(Error::Sd(sd));
        }
        Ok(Self { mean, sd })
    }
}

impl<F: Real> Quantile<F> for Normal {
    fn quantile(&self, u: F) -> F {
        F::of(self.mean + self.sd * normal_quantile(u.wide()))
    }

    fn fill(&self, u: &[F], values: &mut [F]) {
        let table: &[[f64; 4]] = &TABLE;
        for (value, u) in values.iter_mut().zip(u) {
            *value = F::of(self.mean + self.sd * quantile_by(table, u.wide()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phi as scipy 1.17 gives it (`scipy.stats.norm.cdf`).
    #[test]
    fn probabilities_of_scipy() {
        for (x, expected) in [(-0.7, 0.24196365222307303), (0.7, 0.758036347776927), (-5.0, 2.866515718791933e-07)] {
            assert!((normal_cdf(x) / expected - 1.0).abs() < 1e-14, "{x}: {}", normal_cdf(x));
        }
    }

    /// Phi^-1 as scipy 1.17 gives it (`scipy.stats.norm.ppf`).
    #[test]
    fn quantiles_of_scipy() {
        for (p, expected) in [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_081_7),
            (0.9, 1.281_551_565_544_600_4),
            (0.001, -3.090_232_306_167_813_6),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((normal_quantile(p) - expected).abs() < 1e-8, "{p}: {}", normal_quantile(p));
        }
    }

    #[test]
    fn the_table_inverts_the_distribution_function() {
        let mut worst: f64 = 0.0;
        for i in 1..200_000 {
            let x = -6.5 + 13.0 * f64::from(i) / 200_000.0;
            let p = normal_cdf(x);
            // Near 1 the probability itself has no more digits than this.
            let resolution = 2e-16 / ((-0.5 * x * x).exp() * 0.4);
            worst = worst.max((normal_quantile(p) - x).abs() - resolution);
        }
        assert!(worst < 1e-8, "{worst}");
    }

    #[test]
    fn symmetric_and_defined_everywhere() {
        for p in [1e-300, 1e-13, 2f64.powi(-41), 2f64.powi(-40), 0.25, 0.49999999, 0.5] {
            assert!(normal_quantile(p).is_finite(), "{p}");
            assert!(normal_quantile(1.0 - p).is_finite() || 1.0 - p == 1.0, "{p}");
        }
        assert_eq!(normal_quantile(0.25), -normal_quantile(0.75));
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(f64::NAN).is_nan());
    }

    #[test]
    fn parameters_that_are_none() {
        for sd in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Normal::new(0.0, sd), Err(Error::Sd(_))), "{sd}");
        }
        assert!(Normal::new(f64::NAN, 1.0).is_err());
    }
}
