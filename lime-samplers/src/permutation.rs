//! Permutations that are computed, not stored.

use lime_core::TILE;

use crate::hash::SplitMix;

/// Rounds of the network: with 4 the positions of three elements are visibly not independent, with 6 no test here sees it.
const ROUNDS: usize = 6;

/// Halves of less than four bits would leave too few permutations to choose from.
const LEAST_BITS: u32 = 8;

/// A pseudo-random permutation of 0..n under a key, one element at a time: nothing is stored, so `n` may be any `u64`.
///
/// A Feistel network of six rounds on the next power of two (at least 256), its two halves equally wide or one bit apart, and
/// cycle walking (Black & Rogaway 2002, "Ciphers with arbitrary finite domains"): an image outside 0..n is mapped
/// again until it falls inside, less than twice on average for n > 128. For Latin hypercubes, samples without replacement and
/// other designs whose rows must be pure functions of (seed, row). Not for secrets.
///
/// | parameter | range |
/// |---|---|
/// | `n` | any; 0 is the empty permutation |
/// | `key` | any: different keys give unrelated permutations |
///
/// O(1) time and memory.
///
/// ```
/// use lime_samplers::Permutation;
///
/// let order = Permutation::new(5, 2016);
/// let mut images: Vec<u64> = (0..5).filter_map(|i| order.at(i)).collect();
/// assert_eq!(order.position(images[3]), Some(3));
/// images.sort();
/// assert_eq!(images, [0, 1, 2, 3, 4]);
/// assert_eq!(order.at(5), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutation {
    n: u64,
    low_bits: u32,
    low_mask: u64,
    high_mask: u64,
    keys: [u32; ROUNDS],
}

/// The round function: two products of 32 bits by 32, which vector units have. The constants are those of Philox (Salmon,
/// Moraes, Dror & Shaw 2011) and the golden ratio.
#[inline(always)]
fn round(half: u64, key: u32) -> u64 {
    let product = u64::from(half as u32 ^ key) * 0x9e37_79b1;
    let folded = (product ^ (product >> 32)) as u32;
    (u64::from(folded) * 0xd251_1f53) >> 16
}

impl Permutation {
    /// The permutation of 0..n under a key.
    pub fn new(n: u64, key: u64) -> Self {
        let bits = (u64::BITS - n.saturating_sub(1).leading_zeros()).max(LEAST_BITS);
        let low_bits = bits / 2;
        let mask = |bits: u32| (1 << bits) - 1;
        let mut words = SplitMix::new(key);
        Self {
            n,
            low_bits,
            low_mask: mask(low_bits),
            high_mask: mask(bits - low_bits),
            keys: [(); ROUNDS].map(|()| words.next() as u32),
        }
    }

    /// The number of elements, n.
    pub fn elements(&self) -> u64 {
        self.n
    }

    /// The element at position `i`; none for `i >= n`.
    pub fn at(&self, i: u64) -> Option<u64> {
        (i < self.n).then(|| self.image(i))
    }

    /// Where an element stands, the inverse of [`at`](Self::at); none for elements that are not in 0..n.
    pub fn position(&self, element: u64) -> Option<u64> {
        (element < self.n).then(|| self.walk(element, |x| self.backward(x)))
    }

    /// The element at position `i < n`.
    pub(crate) fn image(&self, i: u64) -> u64 {
        self.walk(i, |x| self.forward(x))
    }

    /// The elements at consecutive positions below n, from `first` on: several times faster than one by one, as no step waits
    /// for another and the walks have no branches to mispredict.
    pub(crate) fn images(&self, first: u64, images: &mut [u64]) {
        let (mut places, mut outside) = ([0; TILE], [0; TILE]);
        for (images, first) in images.chunks_mut(TILE).zip((first..).step_by(TILE)) {
            for (x, i) in images.iter_mut().zip(first..) {
                *x = self.forward(i);
            }
            // What fell outside, gathered, is mapped again until none is left.
            let mut count = 0;
            for (at, &x) in images.iter().enumerate() {
                (places[count], outside[count]) = (at, x);
                count += usize::from(x >= self.n);
            }
            while count > 0 {
                for x in &mut outside[..count] {
                    *x = self.forward(*x);
                }
                let mut left = 0;
                for i in 0..count {
                    let (at, x) = (places[i], outside[i]);
                    images[at] = x;
                    (places[left], outside[left]) = (at, x);
                    left += usize::from(x >= self.n);
                }
                count = left;
            }
        }
    }

    /// The network, a bijection of the power of two.
    #[inline(always)]
    fn forward(&self, x: u64) -> u64 {
        let (mut low, mut high) = (x & self.low_mask, x >> self.low_bits);
        for keys in self.keys.chunks_exact(2) {
            high ^= round(low, keys[0]) & self.high_mask;
            low ^= round(high, keys[1]) & self.low_mask;
        }
        high << self.low_bits | low
    }

    fn backward(&self, x: u64) -> u64 {
        let (mut low, mut high) = (x & self.low_mask, x >> self.low_bits);
        for keys in self.keys.rchunks_exact(2) {
            low ^= round(high, keys[1]) & self.low_mask;
            high ^= round(low, keys[0]) & self.high_mask;
        }
        high << self.low_bits | low
    }

    /// Applies a bijection of the power of two until the image lies in 0..n: it does at the latest where it began.
    fn walk(&self, start: u64, step: impl Fn(u64) -> u64) -> u64 {
        debug_assert!(start < self.n);
        let mut x = step(start);
        while x >= self.n {
            x = step(x);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    fn even(counts: &[u64]) -> f64 {
        let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
        let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
        ChiSquared::new((counts.len() - 1) as f64).unwrap().sf(statistic)
    }

    #[test]
    fn every_element_once_and_the_way_back() {
        for n in (0..600).chain([1023, 1024, 1025, 4099]) {
            let order = Permutation::new(n, 3 * n);
            let mut hit = vec![false; n as usize];
            for i in 0..n {
                let element = order.at(i).unwrap();
                assert!(!std::mem::replace(&mut hit[element as usize], true), "{n}");
                assert_eq!(order.position(element), Some(i));
            }
            assert_eq!((order.at(n), order.position(n), order.elements()), (None, None, n));
        }
    }

    #[test]
    fn great_lengths() {
        for n in [1 << 32, (1 << 32) + 1, (1 << 63) - 25, 1 << 63, (1 << 63) + 1, u64::MAX] {
            let order = Permutation::new(n, 5);
            for i in [0, 1, 255, 1 << 31, n / 2, n - 1] {
                let element = order.at(i).unwrap();
                assert!(element < n && order.position(element) == Some(i));
            }
            assert_eq!(order.at(n), None);
        }
    }

    #[test]
    fn many_at_once_are_the_same() {
        for n in [1, 2, 100, 257, 5000, 8192] {
            let order = Permutation::new(n, 17);
            let first = n / 3;
            let mut images = vec![0; (n - first) as usize];
            order.images(first, &mut images);
            assert!(images.into_iter().eq((first..n).map(|i| order.image(i))), "{n}");
        }
    }

    /// Over keys that are consecutive numbers.
    #[test]
    fn positions_are_uniform_over_the_keys() {
        for n in [2u64, 3, 5, 16, 17, 100, 256, 257] {
            for i in [0, n / 2, n - 1] {
                let mut counts = vec![0; n as usize];
                for key in 0..100 * n {
                    counts[Permutation::new(n, key).image(i) as usize] += 1;
                }
                assert!(even(&counts) > 1e-4, "{n} {i}");
            }
        }
    }

    #[test]
    fn three_positions_are_independent() {
        for n in [12u64, 20, 33] {
            let mut counts = vec![0; (n * n * n) as usize];
            for key in 0..20 * n * n * n {
                let order = Permutation::new(n, key);
                let [a, b, c] = [0, 1, n - 1].map(|i| order.image(i));
                counts[((a * n + b) * n + c) as usize] += 1;
            }
            let index = |a: u64, b: u64, c: u64| ((a * n + b) * n + c) as usize;
            let triples = (0..n).flat_map(|a| (0..n).flat_map(move |b| (0..n).map(move |c| (a, b, c))));
            let different = triples.filter(|(a, b, c)| a != b && b != c && a != c);
            let counts: Vec<u64> = different.map(|(a, b, c)| counts[index(a, b, c)]).collect();
            assert!(even(&counts) > 1e-4, "{n}");
        }
    }

    #[test]
    fn all_orders_of_a_few_elements_are_equally_likely() {
        for n in 2..=6u64 {
            let orders: u64 = (1..=n).product();
            let mut counts = std::collections::BTreeMap::new();
            for key in 0..200 * orders {
                let order = Permutation::new(n, key);
                *counts.entry((0..n).map(|i| order.image(i)).collect::<Vec<_>>()).or_insert(0) += 1;
            }
            assert_eq!(counts.len() as u64, orders);
            assert!(even(&counts.into_values().collect::<Vec<_>>()) > 1e-4, "{n}");
        }
    }
}
