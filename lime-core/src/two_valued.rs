//! Columns of samples that have two values each, and their products.

use nalgebra::DMatrixView;

use self::look_ups::LookingUp;
use self::tables::{How, Tabulating};
use crate::products::Products;
use crate::vectors::look_up::LookUp;
use crate::vectors::panel::BLOCK;
use crate::{Real, Vectorised, on_widest_vectors};

mod look_ups;
mod tables;

/// Up to so many columns look-ups in registers are quicker than tables in memory, which take longer to write: they took 0.8 of the
/// time of an explanation by 30 masks, 0.97 by 60 words and 1.22 by 240.
const FEW: usize = 64;
/// Up to so many targets, of which each has a table of its own in registers.
const FEW_TARGETS: usize = 8;

/// The columns [1 z] of a tile, z shifted by the instance, where each feature is 0 or one other value: a bit a row and that value.
#[derive(Debug)]
pub(crate) struct TwoValued {
    /// For each block of rows and in it each column, which of the rows have the value: the first row is the lowest bit.
    codes: Vec<u32>,
    values: Vec<f64>,
}

impl TwoValued {
    /// The columns of these samples; none where a feature has a third value, or one that is not finite.
    pub(crate) fn of<F: Real>(z: DMatrixView<'_, F>, origin: &[f64]) -> Option<Self> {
        let columns = 1 + origin.len();
        let mut codes = vec![0; columns * z.nrows().div_ceil(BLOCK)];
        for (codes, from) in codes.chunks_exact_mut(columns).zip((0..z.nrows()).step_by(BLOCK)) {
            codes[0] = u32::MAX >> (BLOCK - BLOCK.min(z.nrows() - from));
        }
        let mut values = Vec::with_capacity(columns);
        values.push(1.0);
        for ((j, column), &shift) in z.column_iter().enumerate().zip(origin) {
            let (column, own) = (column.as_slice(), F::of(shift));
            if own.wide() != shift {
                return None;
            }
            let other = column.iter().copied().find(|&z| z != own).unwrap_or(own);
            let codes = codes.iter_mut().skip(1 + j).step_by(columns);
            let value = other.wide() - shift;
            let mut third = !value.is_finite();
            on_widest_vectors(Codes { column, own, other, codes, third: &mut third });
            if third {
                return None;
            }
            values.push(value);
        }
        Some(Self { codes, values })
    }

    /// Adds sum w [1 z]' [1 z y]. `answers` are w y, target by target.
    ///
    /// The method of the four Russians (Arlazarov, Dinic, Kronrod and Faradzev 1970): of four rows, or five, the sums of all 16 or 32 subsets
    /// are tabulated, and then each of them is one addition instead of as many products. How the rows are grouped depends on the numbers of
    /// columns and targets, and the way on the processor, which leaves the same bits.
    pub(crate) fn add_products(&self, weight: &[f64], answers: &[f64], products: &mut Products) {
        let few = self.values.len() <= FEW && answers.len() <= FEW_TARGETS * weight.len();
        let adding = Adding { features: self, weight, answers, products };
        match (few, LookUp::detect()) {
            (true, Some(by)) => on_widest_vectors(LookingUp { by, of: adding }),
            (true, None) => on_widest_vectors(Tabulating { how: How::Fours, of: adding }),
            (false, by) => on_widest_vectors(Tabulating { how: How::Fives(by), of: adding }),
        }
    }
}

/// What is to be added to what.
struct Adding<'a> {
    features: &'a TwoValued,
    weight: &'a [f64],
    /// w y, target by target.
    answers: &'a [f64],
    products: &'a mut Products,
}

/// Finds the bits of a column, block by block.
struct Codes<'a, F, I> {
    column: &'a [F],
    own: F,
    other: F,
    codes: I,
    /// Set where there is a third value.
    third: &'a mut bool,
}

impl<'a, F: Real, I: Iterator<Item = &'a mut u32>> Vectorised for Codes<'_, F, I> {
    #[inline(always)]
    fn run(self) {
        let Self { column, own, other, codes, third: any } = self;
        for (code, rows) in codes.zip(column.chunks(BLOCK)) {
            // First a byte a row and then eight of them into bits: the one loop is for vectors, the other for words.
            let mut flags = [0_u8; BLOCK];
            let mut third = false;
            for (flag, &z) in flags.iter_mut().zip(rows) {
                third |= (z != own) & (z != other);
                *flag = u8::from(z != own);
            }
            *any |= third;
            *code = flags.as_chunks::<8>().0.iter().rev().fold(0, |code, &eight| code << 8 | bits(eight));
        }
    }
}

/// Eight flags, 0 or 1, as the lowest bits: the product brings flag i to bit 56 + i, and nothing else there.
#[inline(always)]
fn bits(flags: [u8; 8]) -> u32 {
    (u64::from_le_bytes(flags).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn flags_are_bits() {
        for code in 0..=255_u8 {
            assert_eq!(bits(std::array::from_fn(|bit| code >> bit & 1)), u32::from(code));
        }
    }

    /// What is compiled for this processor, and what is looked up, give the bits of what is compiled for any: columns below, at and above
    /// eight and sixteen, rows below, at and above a block and two, no target and more than a panel has lanes, ordinary numbers
    /// and the furthest.
    #[test]
    fn every_way_leaves_the_same_bits() {
        let shapes = [
            (1, 40, 1),
            (31, 7, 1),
            (32, 8, 2),
            (33, 9, 0),
            (63, 0, 1),
            (64, 15, 3),
            (65, 16, 9),
            (256, 63, 8),
            (255, 64, 1),
            (29, 40, 40),
            (40, 29, 9),
            (256, 100, 9),
        ];
        // Ordinary numbers of all digits; those that are not finite; large ones and small ones, whose sums are.
        let kinds: [&[f64]; 4] = [
            &[],
            &[f64::INFINITY, 1e308, -1e308, 5e-324, -0.0, 0.0],
            &[1e308, -1e308, 7e307, -1.7e308],
            &[5e-324, -0.0, 1e-310, 0.0, 3e-308],
        ];
        let mixed = |i: usize| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for ((n, d, targets), kind) in shapes.into_iter().flat_map(|shape| kinds.map(|kind| (shape, kind))) {
            let z = DMatrix::from_fn(n, d, |i, j| f64::from(u8::from(mixed(i * 131 + j) >> 61 < 3)) * (1.0 + j as f64));
            let origin: Vec<f64> = (0..d).map(|j| if j % 3 == 0 { 1.0 + j as f64 } else { 0.0 }).collect();
            let features = TwoValued::of(z.as_view(), &origin).unwrap();
            let number = |i: usize| match kind {
                [] => mixed(i) as f64,
                kind => kind[(mixed(i) >> 40) as usize % kind.len()],
            };
            let weight: Vec<f64> = (0..n).map(number).collect();
            let answers: Vec<f64> = (0..n * targets).map(|i| number(i) - 0.3 * number(i / 3)).collect();
            let summed = |ways: &[&dyn Fn(Adding<'_>)]| -> Vec<Products> {
                let of = |way: &&dyn Fn(Adding<'_>)| {
                    let mut products = Products::new(1 + d, 1 + d + targets);
                    // Two tiles: the second is added to what is there.
                    for _ in 0..2 {
                        way(Adding {
                            features: &features,
                            weight: &weight,
                            answers: &answers,
                            products: &mut products,
                        });
                    }
                    products
                };
                ways.iter().map(of).collect()
            };
            let by = LookUp::detect().unwrap_or_else(LookUp::plain);
            let fours = summed(&[
                &|of| Tabulating { how: How::Fours, of }.run(),
                &|of| on_widest_vectors(Tabulating { how: How::Fours, of }),
                &|of| LookingUp { by: LookUp::plain(), of }.run(),
                &|of| on_widest_vectors(LookingUp { by, of }),
            ]);
            let fives = summed(&[
                &|of| Tabulating { how: How::Fives(None), of }.run(),
                &|of| on_widest_vectors(Tabulating { how: How::Fives(None), of }),
                &|of| on_widest_vectors(Tabulating { how: How::Fives(Some(by)), of }),
            ]);
            let used = summed(&[&|of| of.features.add_products(of.weight, of.answers, of.products)]);
            let few = d < FEW && targets <= FEW_TARGETS;
            for (ways, of_used) in [(&fours, few), (&fives, !few)] {
                let used = if of_used { &used[..] } else { &[] };
                for (a, b) in (0..=d + targets).flat_map(|b| (0..=b.min(d)).map(move |a| (a, b))) {
                    let expected = ways[0].get(a, b);
                    for (way, products) in ways.iter().chain(used).enumerate() {
                        let found = products.get(a, b);
                        let equal = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                        assert!(equal, "{n} {d} {targets} {kind:?}, way {way}: {found} for {expected} of {a} and {b}");
                    }
                }
            }
            assert!(!kind.is_empty() || fours[0].get(0, d + targets) != 0.0, "{n} {d}");
        }
    }

    #[test]
    fn third_values_are_seen() {
        let of = |values: &[f64]| TwoValued::of(DMatrix::from_column_slice(values.len(), 1, values).as_view(), &[1.0]);
        assert_eq!(of(&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).unwrap().codes, [0b11_1111, 0b01_1001]);
        assert_eq!(of(&[1.0, -2.5, 1.0]).unwrap().values, [1.0, -3.5]);
        assert_eq!(of(&[1.0, 1.0]).unwrap().values, [1.0, 0.0]);
        let single =
            |origin| TwoValued::of(DMatrix::<f32>::from_column_slice(3, 1, &[0.1, 0.0, 0.1]).as_view(), &[origin]);
        assert_eq!(single(f64::from(0.1_f32)).unwrap().codes, [0b111, 0b010]);
        // In single precision no value is the double.
        assert!(single(0.1).is_none());
        for values in [[0.0, 1.0, 2.0], [f64::NAN, 1.0, 1.0], [1.0, f64::INFINITY, 1.0], [0.0, 0.0, f64::NAN]] {
            assert!(of(&values).is_none(), "{values:?}");
        }
    }
}
