//! Columns of samples that have two values each, and their products.

use nalgebra::DMatrixView;

use crate::products::{LANES, Lanes, Products};
use crate::{Real, Vectorised, on_widest_vectors};

/// Rows whose sums are in one table.
const GROUP: usize = 4;
/// Tables at once: they fit the innermost cache, and the sums pass through what is left of it.
const TABLES: usize = 16;
/// Rows of a block: a bit each of a code, as many as the tables take.
const BLOCK: usize = GROUP * TABLES;

/// Of some rows the sums of each of their subsets.
type Table = [Lanes; 1 << GROUP];

/// The columns [1 z] of a tile, z shifted by the instance, where each feature is 0 or one other value: a bit a row and that value.
#[derive(Debug)]
pub(crate) struct TwoValued {
    /// For each block of rows and in it each column, which of the rows have the value: the first row is the lowest bit.
    codes: Vec<u64>,
    values: Vec<f64>,
}

impl TwoValued {
    /// The columns of these samples; none where a feature has a third value, or one that is not finite.
    pub(crate) fn of<F: Real>(z: DMatrixView<'_, F>, origin: &[f64]) -> Option<Self> {
        let columns = 1 + origin.len();
        let mut codes = vec![0; columns * z.nrows().div_ceil(BLOCK)];
        for (codes, from) in codes.chunks_exact_mut(columns).zip((0..z.nrows()).step_by(BLOCK)) {
            codes[0] = u64::MAX >> (BLOCK - BLOCK.min(z.nrows() - from));
        }
        let mut values = Vec::with_capacity(columns);
        values.push(1.0);
        for ((j, column), &shift) in z.column_iter().enumerate().zip(origin) {
            let column = column.as_slice();
            let other = column.iter().map(|z| z.wide()).find(|&z| z != shift).unwrap_or(shift);
            let codes = codes.iter_mut().skip(1 + j).step_by(columns);
            let mut third = !(other - shift).is_finite();
            on_widest_vectors(Codes { column, shift, other, codes, third: &mut third });
            if third {
                return None;
            }
            values.push(other - shift);
        }
        Some(Self { codes, values })
    }

    /// Adds sum w [1 z]' [1 z y]. `answers` are w y, target by target.
    pub(crate) fn add_products(&self, weight: &[f64], answers: &[f64], products: &mut Products) {
        on_widest_vectors(Adding { features: self, weight, answers, products });
    }
}

/// Finds the bits of a column, block by block.
struct Codes<'a, F, I> {
    column: &'a [F],
    shift: f64,
    other: f64,
    codes: I,
    /// Set where there is a third value.
    third: &'a mut bool,
}

impl<'a, F: Real, I: Iterator<Item = &'a mut u64>> Vectorised for Codes<'_, F, I> {
    #[inline(always)]
    fn run(self) {
        let Self { column, shift, other, codes, third: any } = self;
        for (code, rows) in codes.zip(column.chunks(BLOCK)) {
            // First a byte a row and then eight of them into bits: the one loop is for vectors, the other for words.
            let mut flags = [0_u8; BLOCK];
            let mut third = false;
            for (flag, z) in flags.iter_mut().zip(rows) {
                let z = z.wide();
                third |= (z != shift) & (z != other);
                *flag = u8::from(z != shift);
            }
            *any |= third;
            *code = flags.as_chunks::<8>().0.iter().rev().fold(0, |code, &eight| code << 8 | bits(eight));
        }
    }
}

/// Eight flags, 0 or 1, as the lowest bits: the product brings flag i to bit 56 + i, and nothing else there.
#[inline(always)]
fn bits(flags: [u8; 8]) -> u64 {
    u64::from_le_bytes(flags).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Adds up the products of a tile, a panel of [`LANES`] columns at a time.
///
/// The method of the four Russians (Arlazarov, Dinic, Kronrod and Faradzev 1970): of [`GROUP`] rows the sums of all 16 subsets are
/// tabulated, and then each of them is one addition instead of four products.
struct Adding<'a> {
    features: &'a TwoValued,
    weight: &'a [f64],
    answers: &'a [f64],
    products: &'a mut Products,
}

impl Vectorised for Adding<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { features: TwoValued { codes, values }, weight, answers, products } = self;
        let columns = values.len();
        let mut sums = vec![Lanes::ZERO; columns];
        // The first entries, for the empty subsets, stay 0.
        let mut tables = [[Lanes::ZERO; 1 << GROUP]; TABLES];
        for from in (0..products.width()).step_by(LANES) {
            let entries = products.panel(from);
            let sums = &mut sums[..entries.len()];
            Panel { from, columns, codes, weight, answers }.add_subsets(&mut tables, sums);
            let mut right = Lanes([1.0; LANES]);
            for (right, value) in right.0.iter_mut().zip(values.iter().skip(from)) {
                *right = *value;
            }
            for ((entry, sum), left) in entries.iter_mut().zip(&*sums).zip(values) {
                // A column without the value has nothing to add; what is nowhere together stays 0, however large the values.
                if *left != 0.0 {
                    entry.add_scaled(sum, *left, &right);
                }
            }
        }
    }
}

/// Some columns of the right operand, w [1 z y], from one on.
struct Panel<'a> {
    from: usize,
    columns: usize,
    codes: &'a [u64],
    weight: &'a [f64],
    answers: &'a [f64],
}

impl Panel<'_> {
    /// Adds to each of `sums`, one for each of the first columns of the left operand, those rows of the panel that its column has.
    #[inline(always)]
    fn add_subsets(&self, tables: &mut [Table; TABLES], sums: &mut [Lanes]) {
        let blocks = self.codes.chunks_exact(self.columns).zip(self.weight.chunks(BLOCK));
        for (start, (codes, weight)) in (0..).step_by(BLOCK).zip(blocks) {
            let mut lanes = [0; LANES];
            for (lane, code) in lanes.iter_mut().zip(codes.iter().skip(self.from)) {
                *lane = *code;
            }
            for (group, (table, weight)) in tables.iter_mut().zip(weight.chunks(GROUP)).enumerate() {
                for (bit, weight) in weight.iter().enumerate() {
                    let row = group * GROUP + bit;
                    let right = self.row(&lanes, start + row, row, weight.to_bits());
                    let (without, with) = table.split_at_mut(1 << bit);
                    for (with, without) in with.iter_mut().zip(without.iter()) {
                        for ((with, without), right) in with.0.iter_mut().zip(&without.0).zip(right) {
                            *with = without + right;
                        }
                    }
                }
            }
            if start == 0 { add_up::<true>(tables, codes, sums) } else { add_up::<false>(tables, codes, sums) }
        }
    }

    /// A row of the panel, of the tile and of its block: the weight where a column has its value, and 0 elsewhere; an answer.
    #[inline(always)]
    fn row(&self, lanes: &[u64; LANES], of_tile: usize, of_block: usize, weight: u64) -> [f64; LANES] {
        // All bits of the weight or none of them: that is one instruction for several lanes, and any processor has it.
        let mut row = lanes.map(|code| f64::from_bits(weight & (code >> of_block & 1).wrapping_neg()));
        if self.from + LANES > self.columns {
            for (target, answers) in self.answers.chunks_exact(self.weight.len()).enumerate() {
                let lane = (self.columns + target).checked_sub(self.from).and_then(|lane| row.get_mut(lane));
                if let (Some(lane), Some(answer)) = (lane, answers.get(of_tile)) {
                    *lane = *answer;
                }
            }
        }
        row
    }
}

/// Adds to each sum, or to 0 where they are fresh, the entries of the tables that its code names. Of rows that there are not a code
/// has no bit, and names the entry of the empty subset.
#[inline(always)]
fn add_up<const FRESH: bool>(tables: &[Table; TABLES], codes: &[u64], sums: &mut [Lanes]) {
    for (sum, &code) in sums.iter_mut().zip(codes) {
        let (mut inside, mut code) = (if FRESH { Lanes::ZERO } else { *sum }, code);
        for table in tables {
            inside.add(&table[code as usize % (1 << GROUP)]);
            code >>= GROUP;
        }
        *sum = inside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn flags_are_bits() {
        for code in 0..=255_u8 {
            assert_eq!(bits(std::array::from_fn(|bit| code >> bit & 1)), u64::from(code));
        }
    }

    /// What is compiled for this processor gives the bits of what is compiled for any: sizes below, at and above one block.
    #[test]
    fn wide_vectors_leave_the_same_bits() {
        for n in [1, 63, 64, 65, 256] {
            let z = DMatrix::from_fn(n, 40, |i, j| f64::from(u8::from((i * 7 + j * 13) % 5 < 2)));
            let features = TwoValued::of(z.as_view(), &[1.0; 40]).unwrap();
            let weight: Vec<f64> = (0..n).map(|i| 1.0 / (1.0 + i as f64)).collect();
            let answers: Vec<f64> = weight.iter().map(|w| w * w - 0.3).collect();
            let (mut wide, mut any) = (Products::new(41, 42), Products::new(41, 42));
            features.add_products(&weight, &answers, &mut wide);
            Adding { features: &features, weight: &weight, answers: &answers, products: &mut any }.run();
            assert_eq!(wide, any, "{n}");
            assert!(wide.get(0, 41) != 0.0, "{n}");
        }
    }

    #[test]
    fn third_values_are_seen() {
        let of = |values: &[f64]| TwoValued::of(DMatrix::from_column_slice(values.len(), 1, values).as_view(), &[1.0]);
        assert_eq!(of(&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).unwrap().codes, [0b11_1111, 0b01_1001]);
        assert_eq!(of(&[1.0, -2.5, 1.0]).unwrap().values, [1.0, -3.5]);
        assert_eq!(of(&[1.0, 1.0]).unwrap().values, [1.0, 0.0]);
        for values in [[0.0, 1.0, 2.0], [f64::NAN, 1.0, 1.0], [1.0, f64::INFINITY, 1.0], [0.0, 0.0, f64::NAN]] {
            assert!(of(&values).is_none(), "{values:?}");
        }
    }
}
