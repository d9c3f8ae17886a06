//! Colours as people see them: CIE Lab.

use lime_core::{Vectorised, on_widest_vectors};

use crate::Image;

/// The values of a picture, 0 to 1. They are multiplied by 1 / white, as scikit-image's `img_as_float` does: dividing would give
/// other last bits.
pub(crate) fn unit(image: &Image) -> Vec<f64> {
    let factor = 1.0 / f64::from(image.white());
    image.values().iter().map(|&value| f64::from(value) * factor).collect()
}

/// The picture in CIE 1976 L*a*b*, (h, w, 3): L from 0 to 100. The picture must be sRGB, of 3 channels; D65, 2 degree observer
/// (IEC 61966-2-1 and CIE 15), with the constants of scikit-image's `rgb2lab`.
pub(crate) fn lab(image: &Image) -> Vec<f64> {
    debug_assert_eq!(image.channels(), 3);
    let linear = Linear::of(image);
    // XYZ over the white point of D65.
    let mut lab = Vec::with_capacity(image.values().len());
    // As many at once as a processor's innermost cache holds.
    for pixels in image.values().chunks(3 * 512) {
        let start = lab.len();
        for pixel in pixels.chunks_exact(3) {
            let [r, g, b] = [linear.get(pixel[0]), linear.get(pixel[1]), linear.get(pixel[2])];
            lab.extend([
                (0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047,
                0.212671 * r + 0.715160 * g + 0.072169 * b,
                (0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883,
            ]);
        }
        on_widest_vectors(Lightness(&mut lab[start..]));
        for pixel in lab[start..].chunks_exact_mut(3) {
            let [x, y, z] = [pixel[0], pixel[1], pixel[2]];
            pixel.copy_from_slice(&[116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]);
        }
    }
    lab
}

/// Replaces values by their [`lightness`].
struct Lightness<'a>(&'a mut [f64]);

impl Vectorised for Lightness<'_> {
    #[inline(always)]
    fn run(self) {
        for value in self.0 {
            *value = lightness(*value);
        }
    }
}

/// CIE's f, without a branch or a division, so that several values are computed at once.
#[inline(always)]
fn lightness(t: f64) -> f64 {
    // The inverse cube root by Newton's method, each step of which squares the error, from a guess within 5 %: a third of the
    // exponent. Below the limit it is of no account, and of the limit instead.
    let limited = if t > 0.008856 { t } else { 0.008856 };
    let bits = u64::from((limited as f32).to_bits());
    let mut root = f64::from(f32::from_bits(0x54a2_f8e7 - ((bits * 0x5555_5556) >> 32) as u32));
    for _ in 0..4 {
        root *= (4.0 - limited * root * root * root) * (1.0 / 3.0);
    }
    if t > 0.008856 { t * root * root } else { 7.787 * t + 16.0 / 116.0 }
}

/// The inverse of sRGB's transfer function, by table for pictures of bytes.
enum Linear {
    Bytes(Box<[f64; 256]>),
    Any { factor: f64 },
}

impl Linear {
    fn of(image: &Image) -> Self {
        let whole = |&value: &f32| f32::from(value as u8) == value;
        if image.white() == 255.0 && image.values().iter().all(whole) {
            let mut table = Box::new([0.0; 256]);
            for (value, linear) in table.iter_mut().enumerate() {
                *linear = inverse_transfer(value as f64 * (1.0 / 255.0));
            }
            return Linear::Bytes(table);
        }
        Linear::Any { factor: 1.0 / f64::from(image.white()) }
    }

    fn get(&self, value: f32) -> f64 {
        match self {
            Linear::Bytes(table) => table[value as u8 as usize],
            Linear::Any { factor } => inverse_transfer(f64::from(value) * factor),
        }
    }
}

fn inverse_transfer(value: f64) -> f64 {
    if value > 0.04045 { ((value + 0.055) / 1.055).powf(2.4) } else { value / 12.92 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_is_the_cube_root_to_the_last_digits() {
        let mut t = 0.008_857;
        while t < 3.0 {
            let (found, expected) = (lightness(t), t.cbrt());
            assert!((found - expected).abs() < 4.0 * f64::EPSILON * expected, "{t}: {found} is not {expected}");
            t *= 1.000_37;
        }
        assert_eq!(lightness(0.0), 16.0 / 116.0);
        assert_eq!(lightness(-1.0), 16.0 / 116.0 - 7.787);
    }

    /// scikit-image 0.26.0: `color.rgb2lab` of these colours.
    #[test]
    fn colours_are_where_scikit_image_has_them() {
        let image = Image::from_u8(1, 4, 3, &[255, 0, 0, 0, 128, 255, 12, 34, 56, 255, 255, 255]).unwrap();
        for (found, expected) in lab(&image).iter().zip(EXPECTED) {
            assert!((found - expected).abs() < 1e-10, "{found} is not {expected}");
        }
    }

    const EXPECTED: [f64; 12] = [
        53.2405879437449,
        80.0923082256922,
        67.2027510444287,
        54.7145387915421,
        18.773463797434996,
        -70.91376436569962,
        12.65617281532445,
        0.12139021127648142,
        -16.831647573726205,
        100.0,
        -0.0024549378620508655,
        0.004653421154054982,
    ];
}
