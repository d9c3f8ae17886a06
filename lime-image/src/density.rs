//! How densely pixels lie in colour and place.

use std::f32::consts::LN_2;
use std::f64::consts::LOG2_E;

use lime_core::{Vectorised, on_widest_vectors};

/// Channels that are taken at once.
const GROUP: usize = 3;

/// For every pixel the sum of exp(-d^2 / (2 h^2)) over the pixels of a window, itself among them, d being the distance in place
/// (rows, columns) and colour, (h, w, c), and `reach` the pixels of the window to each side.
///
/// Each pair of pixels is weighed once. Weights and the sums over one row of a window are f32, the rest is f64.
pub(crate) fn densities(
    colors: &[f64],
    height: usize,
    width: usize,
    channels: usize,
    kernel_size: f64,
    reach: usize,
) -> Vec<f64> {
    // A weight is 2^-(d^2 unit).
    let unit = 0.5 * LOG2_E / (kernel_size * kernel_size);
    let planes = planes(colors, channels, unit.sqrt());
    // No window reaches beyond the picture.
    let (down, across) = (reach.min(height - 1), reach.min(width - 1));
    let pixels = height * width;
    let plane = |channel: usize, row: usize| &planes[channel * pixels + row * width..][..width];
    let mut densities = vec![1.0; pixels];
    let mut upper_sums = vec![0.0; width];
    let mut lower_sums = vec![0.0; width];
    let mut start = vec![0.0; width];
    for upper in 0..height {
        for lower in upper..=(height - 1).min(upper + down) {
            upper_sums.fill(0.0);
            lower_sums.fill(0.0);
            for column in 0..=2 * across {
                // A pixel and the one `left` to the left or `right` to the right of it, in the lower row.
                let (left, right) = (across.saturating_sub(column), column.saturating_sub(across));
                if upper == lower && right == 0 {
                    continue;
                }
                let count = width - left - right;
                let pair = |channel: usize| {
                    (&plane(channel, upper)[left..][..count], &plane(channel, lower)[right..][..count])
                };
                let start = &mut start[..count];
                if channels > GROUP {
                    start.fill(0.0);
                    for channel in GROUP..channels {
                        let (a, b) = pair(channel);
                        for ((start, a), b) in start.iter_mut().zip(a).zip(b) {
                            *start -= (a - b) * (a - b);
                        }
                    }
                }
                let [y, x] = [lower - upper, left + right].map(|distance| distance as f64);
                let exponent = -(y * y + x * x) * unit;
                let sums = (&mut upper_sums[left..][..count], &mut lower_sums[right..][..count]);
                on_widest_vectors(Weighing {
                    start,
                    exponent: exponent as f32,
                    pairs: [pair(0), pair(1), pair(2)],
                    sums,
                });
            }
            for (row, sums) in [(upper, &upper_sums), (lower, &lower_sums)] {
                for (density, &sum) in densities[row * width..][..width].iter_mut().zip(sums) {
                    *density += f64::from(sum);
                }
            }
        }
    }
    densities
}

/// The channels one after the other, at least three of them, multiplied by a factor.
fn planes(colors: &[f64], channels: usize, factor: f64) -> Vec<f32> {
    // Far enough from each other for weights of 0, and their squares are numbers yet.
    const FAR: f64 = 1e15;
    let pixels = colors.len() / channels;
    let mut planes = Vec::with_capacity(channels.max(GROUP) * pixels);
    for channel in 0..channels {
        let values = colors.iter().skip(channel).step_by(channels);
        planes.extend(values.map(|value| (value * factor).clamp(-FAR, FAR) as f32));
    }
    planes.resize(channels.max(GROUP) * pixels, 0.0);
    planes
}

/// Adds the weights of pairs of pixels, 2^(start + exponent - colour distance^2), to the sums of both.
struct Weighing<'a> {
    start: &'a [f32],
    exponent: f32,
    pairs: [(&'a [f32], &'a [f32]); GROUP],
    sums: (&'a mut [f32], &'a mut [f32]),
}

impl Vectorised for Weighing<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { start, exponent, pairs: [(a0, b0), (a1, b1), (a2, b2)], sums: (sums_a, sums_b) } = self;
        // All of one length, as the compiler can see: no place is checked in the loop.
        let count = start.len();
        let (a0, a1, a2) = (&a0[..count], &a1[..count], &a2[..count]);
        let (b0, b1, b2) = (&b0[..count], &b1[..count], &b2[..count]);
        let (sums_a, sums_b) = (&mut sums_a[..count], &mut sums_b[..count]);
        for i in 0..count {
            let (d0, d1, d2) = (a0[i] - b0[i], a1[i] - b1[i], a2[i] - b2[i]);
            let weight = exp2(start[i] + exponent - d0 * d0 - d1 * d1 - d2 * d2);
            sums_a[i] += weight;
            sums_b[i] += weight;
        }
    }
}

/// 2^x for x <= 0, right to 2e-7 of the value; 2^-125 where x is less than -125.
///
/// The whole part of x goes into the exponent, and 2^f for f from -1/2 to 1/2 is the polynomial of degree 6 with the least
/// relative error, 1.9e-9 (Remez).
#[inline(always)]
fn exp2(x: f32) -> f32 {
    // Numbers of this size have no fraction: adding it rounds, and leaves the whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x > -125.0 { x } else { -125.0 };
    let rounded = x + ROUND;
    let f = x - (rounded - ROUND);
    let power = 0.000_153_458_12;
    let power = power * f + 0.001_339_993_1;
    let power = power * f + 0.009_618_489;
    let power = power * f + 0.055_503_286;
    let power = power * f + 0.240_226_46;
    let power = power * f + LN_2;
    let power: f32 = power * f + 1.0;
    f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_right_to_2e_7() {
        for step in 0..=1_000_000 {
            let x = -124.0 * f64::from(step) / 1e6;
            let (found, expected) = (f64::from(exp2(x as f32)), f64::from(x as f32).exp2());
            assert!((found / expected - 1.0).abs() < 2e-7, "2^{x}: {found} is not {expected}");
        }
        assert_eq!(exp2(f32::NEG_INFINITY), exp2(-125.0));
    }

    fn by_definition(colors: &[f64], height: usize, width: usize, channels: usize, kernel_size: f64) -> Vec<f64> {
        let reach = (3.0 * kernel_size).ceil() as usize;
        let weight = |a: usize, b: usize| {
            let [y, x] = [(a / width).abs_diff(b / width), (a % width).abs_diff(b % width)];
            if y.max(x) > reach {
                return 0.0;
            }
            let color = |channel: usize| (colors[a * channels + channel] - colors[b * channels + channel]).powi(2);
            let squared = (y * y + x * x) as f64 + (0..channels).map(color).sum::<f64>();
            (-squared / (2.0 * kernel_size * kernel_size)).exp()
        };
        let pixels = height * width;
        (0..pixels).map(|a| (0..pixels).map(|b| weight(a, b)).sum()).collect()
    }

    #[test]
    fn densities_are_their_definition() {
        for (height, width, channels) in [(1, 1, 3), (1, 17, 1), (9, 1, 2), (11, 14, 3), (7, 8, 5)] {
            let colors: Vec<f64> = (0..height * width * channels).map(|i| (i * i % 23) as f64 / 6.0).collect();
            for kernel_size in [1.0, 1.4, 4.0] {
                let reach = f64::ceil(3.0 * kernel_size) as usize;
                let found = densities(&colors, height, width, channels, kernel_size, reach);
                let expected = by_definition(&colors, height, width, channels, kernel_size);
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
                }
            }
        }
    }

    /// The error that quick shift's documentation names.
    #[test]
    fn densities_of_a_photograph_are_right_to_1e_5() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/coffee.png");
        let rgb = image::open(path).unwrap().crop_imm(60, 30, 60, 50).to_rgb8();
        let picture = crate::Image::from_u8(50, 60, 3, rgb.as_raw()).unwrap();
        let colors: Vec<f64> = crate::color::lab(&picture).iter().map(|value| 0.2 * value).collect();
        let found = densities(&colors, 50, 60, 3, 4.0, 12);
        let expected = by_definition(&colors, 50, 60, 3, 4.0);
        let error = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(error < 1e-5, "{error}");
    }
}
