//! The exponential function of what is hardly above 0, in a form that compilers make vectors of: a call of the system's for each
//! sample was a twelfth of an explanation by 30 masks. It has the same bits on every system, too, which theirs have not.

use lime_core::Real;

/// e^x within 2 units in the last place, 0 of negative infinity, NaN of NaN.
///
/// e^x = 2^n e^r with the whole number n nearest to x / ln 2, ln 2 in two parts so that r keeps its digits (Cody and Waite 1980), and the
/// series of e^r, of which the first term left out is below 10^-17.
#[inline(always)]
pub(crate) fn decay<F: Real>(x: F) -> F {
    /// The upper part of ln 2, with so many zeros at its end that the product with n is exact; and the rest.
    const LN_2: [f64; 2] = [f64::from_bits(0x3fe6_2e42_fee0_0000), f64::from_bits(0x3dea_39ef_3579_3c76)];
    /// What rounds to whole numbers when it is added: they are the last bits of the sum.
    const ROUNDING: f64 = 6_755_399_441_055_744.0;
    /// 1 / 13!, 1 / 12! ... 1 / 2!.
    const SERIES: [f64; 12] = inverse_factorials();
    /// Of less it is 0, and of more infinite.
    const ENDS: [f64; 2] = [-746.0, 710.0];

    let x = x.wide();
    let x = if x < ENDS[0] { ENDS[0] } else { x };
    let x = if x > ENDS[1] { ENDS[1] } else { x };
    let rounded = x * std::f64::consts::LOG2_E + ROUNDING;
    let n = rounded - ROUNDING;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let mut rest = 0.0;
    for term in SERIES {
        rest = rest * r + term;
    }
    // Twice a power of two that there is, for what is below the least that has all its digits.
    let n = rounded.to_bits().wrapping_sub(ROUNDING.to_bits()).wrapping_add(2 * 1023);
    let half = n >> 1;
    let [one, other] = [half, n.wrapping_sub(half)].map(|exponent| f64::from_bits(exponent << 52));
    F::of((1.0 + (r + r * r * rest)) * one * other)
}

const fn inverse_factorials() -> [f64; 12] {
    let (mut series, mut factorial, mut of) = ([0.5; 12], 2.0, 2);
    while of < 13 {
        of += 1;
        factorial *= of as f64;
        series[13 - of] = 1.0 / factorial;
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_system_has_it() {
        assert_eq!((decay(0.0), decay(-0.0), decay(f64::NEG_INFINITY)), (1.0, 1.0, 0.0));
        assert!(decay(f64::NAN).is_nan() && decay(f32::NAN).is_nan());
        let mut furthest: f64 = 0.0;
        for i in 0..400_000 {
            let x = -f64::from(i) * f64::from(i) * 4.42e-9;
            let (found, expected) = (decay(x), x.exp());
            furthest = furthest.max((found - expected).abs() / expected);
            assert_eq!(decay(x as f32), f64::from(x as f32).exp() as f32, "{x}");
        }
        assert!((1e-17..2.0 * f64::EPSILON).contains(&furthest), "{furthest}");
        for x in [1e-3, 1.0, 700.0, 709.7] {
            let (found, expected) = (decay(x), f64::exp(x));
            assert!((found - expected).abs() < 2.0 * f64::EPSILON * expected, "{x}: {found:e} for {expected:e}");
        }
        assert_eq!([709.8, 710.0, 1420.0, 2838.0, 1e300, f64::INFINITY].map(decay), [f64::INFINITY; 6]);
        // Below what has all digits as many of them as there are.
        for x in [-708.4_f64, -710.0, -720.5, -744.4, -745.1, -745.2, -1e3, -1e300] {
            let (found, expected) = (decay(x), x.exp());
            assert!((found - expected).abs() <= f64::from_bits(1), "{x}: {found:e} for {expected:e}");
        }
    }
}
