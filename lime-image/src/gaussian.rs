//! Smoothing by a Gaussian.

use lime_core::{Vectorised, on_widest_vectors};

use crate::Error;
use crate::parameter::check;

/// A standard deviation in pixels, where it is one that pictures can be smoothed with.
pub(crate) fn sigma(component: &'static str, sigma: f64) -> Result<f64, Error> {
    check(component, "sigma", sigma, (0.0..=1000.0).contains(&sigma), "from 0 to 1000")
}

/// Smooths (h, w, c) values channel by channel: a separable Gaussian of standard deviation `sigma` in pixels, cut at 4 sigma,
/// with the picture mirrored beyond its edges (d c b a | a b c d | d c b a), as scipy's `ndimage.gaussian_filter`, and
/// summed in its order: the centre, then from the far ends inwards. A sigma of 0 changes nothing.
pub(crate) fn smooth(values: &mut [f64], height: usize, width: usize, channels: usize, sigma: f64) {
    let weights = weights(sigma);
    if weights.len() < 2 {
        return;
    }
    on_widest_vectors(Smoothing { values, height, width, channels, weights: &weights });
}

/// Smooths values, by the weights of a Gaussian from its centre on.
struct Smoothing<'a> {
    values: &'a mut [f64],
    height: usize,
    width: usize,
    channels: usize,
    weights: &'a [f64],
}

impl Vectorised for Smoothing<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { values, height, width, channels, weights } = self;
        let row = width * channels;
        let reach = weights.len() - 1;
        // The rows before this one as they were, as many as are still looked at.
        let kept = reach.min(height);
        let mut before = vec![0.0; kept * row];
        let mut padded = vec![0.0; (width + 2 * reach) * channels];
        for y in 0..height {
            // Down the columns: whole rows are added, in the middle of a row with room for its mirrored ends.
            let middle = &mut padded[reach * channels..][..row];
            for (out, value) in middle.iter_mut().zip(&values[y * row..][..row]) {
                *out = weights[0] * value;
            }
            for (distance, &weight) in weights.iter().enumerate().skip(1).rev() {
                let [above, below] = [y + shift(reach, height) - distance, y + distance].map(|at| {
                    let at = mirror(at, height);
                    if at < y { &before[at % kept * row..][..row] } else { &values[at * row..][..row] }
                });
                for ((out, above), below) in middle.iter_mut().zip(above).zip(below) {
                    *out += weight * (above + below);
                }
            }
            for x in (0..reach).chain(reach + width..width + 2 * reach) {
                let source = reach + mirror(x + shift(reach, width) - reach, width);
                padded.copy_within(source * channels..(source + 1) * channels, x * channels);
            }
            // Along the row: shifted copies are added.
            let out = &mut values[y * row..][..row];
            before[y % kept * row..][..row].copy_from_slice(out);
            for (out, value) in out.iter_mut().zip(&padded[reach * channels..]) {
                *out = weights[0] * value;
            }
            for (distance, &weight) in weights.iter().enumerate().skip(1).rev() {
                let left = &padded[(reach - distance) * channels..];
                let right = &padded[(reach + distance) * channels..];
                for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
                    *out += weight * (left + right);
                }
            }
        }
    }
}

/// The Gaussian at 0, 1, 2 ... 4 sigma, summing to 1 over both sides.
fn weights(sigma: f64) -> Vec<f64> {
    let reach = (4.0 * sigma + 0.5) as usize;
    let mut weights: Vec<f64> = (0..=reach).map(|x| (-0.5 / (sigma * sigma) * (x * x) as f64).exp()).collect();
    if reach == 0 {
        return vec![1.0];
    }
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

/// Where a place beyond the far edge is mirrored to.
fn mirror(at: usize, length: usize) -> usize {
    let at = at % (2 * length);
    if at < length { at } else { 2 * length - 1 - at }
}

/// Whole periods of a mirrored side that add up to `reach` or more: places before the near edge become places beyond the far one.
fn shift(reach: usize, length: usize) -> usize {
    reach.next_multiple_of(2 * length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `gaussian_filter` of these values, sigma 1.2, and of a column longer than the picture is wide.
    #[test]
    fn smooth_is_scipys() {
        let mut values: Vec<f64> = (0..12).map(|i| f64::from(i * i % 7)).collect();
        smooth(&mut values, 3, 4, 1, 1.2);
        for (found, expected) in values.iter().zip(EXPECTED) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    const EXPECTED: [f64; 12] = [
        1.4549508383618328,
        1.8380537010938216,
        2.02918460222131,
        1.9046047911052684,
        1.802592362476477,
        2.0526895451076337,
        2.0203184715545977,
        1.762732980337724,
        2.0568855270938053,
        2.239505428355743,
        2.081772262438939,
        1.756709489852847,
    ];

    #[test]
    fn no_sigma_changes_nothing() {
        let mut values = vec![1.0, 5.0];
        smooth(&mut values, 1, 2, 1, 0.0);
        assert_eq!(values, [1.0, 5.0]);
    }
}
