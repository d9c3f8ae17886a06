//! What samplers of masks share: the words that keep a feature, and what remains of them.

use lime_core::{Law, Real, Space, Vectorised, on_widest_vectors};

use crate::Error;
use crate::points::units;

/// Refuses a space with a coordinate that is a number.
pub(crate) fn check_masks<F: Real>(
    space: &Space<F>,
    sampler: &'static str,
    way_out: &'static str,
) -> Result<(), Error> {
    match space.laws().iter().position(|law| !matches!(law, Law::Levels { .. })) {
        Some(feature) => Err(Error::NotAMask { feature, sampler, way_out }),
        None => Ok(()),
    }
}

/// What a sampler of masks advises for numbers.
pub(crate) const NUMBERS: &str = "draw it by its own law (MonteCarlo), or cut it into bins";

/// The number of 32-bit words, out of 2^32, that stand for an event of this probability.
pub(crate) fn share_of_words(probability: f64) -> u64 {
    // A float-to-int cast saturates: nothing below 0, and the minimum caps it above.
    ((probability * 4_294_967_296.0).round() as u64).min(1 << 32)
}

/// Keeps a feature (z' = 1) where its word is among the first `share`, and stretches what remains of the word over (0, 1):
/// that is uniform and independent of z'. `noise` may be empty.
pub(crate) fn keep<F: Real>(words: &[u32], share: u64, z: &mut [F], noise: &mut [F]) {
    let Ok(below) = u32::try_from(share) else {
        z.fill(F::one());
        units(words, noise);
        return;
    };
    on_widest_vectors(Keeping { words, below, z, noise });
}

/// Keeps a feature where its word is below a number.
struct Keeping<'a, F> {
    words: &'a [u32],
    below: u32,
    z: &'a mut [F],
    noise: &'a mut [F],
}

impl<F: Real> Vectorised for Keeping<'_, F> {
    #[inline(always)]
    fn run(self) {
        let Self { words, below, z, noise } = self;
        let (one, zero, last) = (F::one(), F::zero(), F::below_one());
        for (z, &word) in z.iter_mut().zip(words) {
            *z = if word < below { one } else { zero };
        }
        // In units of one word, where all of these are exact.
        let (share, rest) = (f64::from(below), f64::from(u32::MAX - below) + 1.0);
        let (inside, outside) = (1.0 / share, 1.0 / rest);
        for (noise, &word) in noise.iter_mut().zip(words) {
            let u = f64::from(word) + 0.5;
            let stretched = F::of(if u < share { u * inside } else { (u - share) * outside });
            *noise = if stretched < last { stretched } else { last };
        }
    }
}

/// Keeps a feature where its bit of the words is set.
pub(crate) fn keep_bit<F: Real>(words: &[u32], bit: usize, z: &mut [F]) {
    on_widest_vectors(KeepingBit { words, bit: 1 << bit, z });
}

/// Keeps a feature where the words have a bit.
struct KeepingBit<'a, F> {
    words: &'a [u32],
    bit: u32,
    z: &'a mut [F],
}

impl<F: Real> Vectorised for KeepingBit<'_, F> {
    #[inline(always)]
    fn run(self) {
        for (z, &word) in self.z.iter_mut().zip(self.words) {
            *z = if word & self.bit != 0 { F::one() } else { F::zero() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_at_the_ends() {
        assert_eq!([0.0, 0.5, 1.0].map(share_of_words), [0, 1 << 31, 1 << 32]);
        let words = [0, 1, u32::MAX - 1, u32::MAX];
        for (share, expected) in
            [(0, [0.0; 4]), (1 << 32, [1.0; 4]), (1, [1.0, 0.0, 0.0, 0.0]), ((1 << 32) - 1, [1.0, 1.0, 1.0, 0.0])]
        {
            let (mut z, mut noise) = ([f32::NAN; 4], [f32::NAN; 4]);
            keep(&words, share, &mut z, &mut noise);
            assert_eq!(z, expected);
            assert!(noise.iter().all(|u| *u > 0.0 && *u < 1.0), "{share} {noise:?}");
        }
    }

    #[test]
    fn what_remains_of_a_word_is_spread_evenly_on_either_side() {
        let words: Vec<u32> = (0..1000).map(|i| i * 4_294_967 + 2_147_483).collect();
        let (mut z, mut noise) = (vec![0.0f64; 1000], vec![0.0f64; 1000]);
        keep(&words, share_of_words(0.25), &mut z, &mut noise);
        assert_eq!(z.iter().sum::<f64>(), 250.0);
        for side in [0.0, 1.0] {
            let part: Vec<f64> = noise.iter().zip(&z).filter(|(_, z)| **z == side).map(|(u, _)| *u).collect();
            let n = part.len() as f64;
            for (i, u) in part.iter().enumerate() {
                assert!((u - (i as f64 + 0.5) / n).abs() < 1e-5, "{side} {i} {u}");
            }
        }
    }
}
