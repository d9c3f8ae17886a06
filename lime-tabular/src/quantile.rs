//! Sample quantiles.

/// The quantile of a sample at a share `p` in 0..=1, with linear interpolation between order statistics: Hyndman and Fan's
/// type 7, numpy's default, to the same bits. `sorted` holds the sample in rising order; an empty one gives NaN.
///
/// ```
/// use lime_tabular::quantile;
/// assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), 1.75);
/// ```
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    interpolate(last as f64, p, |position| sorted[(position as usize).min(last)])
}

/// The type 7 quantile of order statistics numbered from 0 to `last`.
pub(crate) fn interpolate(last: f64, p: f64, order: impl Fn(f64) -> f64) -> f64 {
    let position = last * p.clamp(0.0, 1.0);
    let below = position.floor();
    let (a, b) = (order(below), order(below + 1.0));
    let t = position - below;
    let gap = b - a;
    if !gap.is_finite() {
        return a * (1.0 - t) + b * t;
    }
    // From the nearer end, as numpy does, so that the result never leaves the interval.
    if t >= 0.5 { b - gap * (1.0 - t) } else { a + gap * t }
}
