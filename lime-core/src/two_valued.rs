//! Columns of samples that have two values each, and their products.

use nalgebra::{DMatrix, DMatrixView};

use crate::Real;
use crate::gemm::{GROUP, LANES, Tables, add_subsets};

/// The columns [1 z] of a tile, z shifted by the instance, where each feature is 0 or one other value: a bit a row and that value.
#[derive(Debug)]
pub(crate) struct TwoValued {
    groups: usize,
    /// For each column and each group of rows, which of these have the value.
    codes: Vec<u8>,
    values: Vec<f64>,
}

impl TwoValued {
    /// The columns of these samples; none where a feature has a third value, or one that is not finite.
    pub(crate) fn of<F: Real>(z: DMatrixView<'_, F>, origin: &[f64]) -> Option<Self> {
        let groups = z.nrows().div_ceil(GROUP);
        let mut codes = Vec::with_capacity(groups * (1 + origin.len()));
        let mut values = Vec::with_capacity(1 + origin.len());
        codes.resize(groups, u8::MAX);
        let mut flags = vec![0; groups * GROUP];
        values.push(1.0);
        for (column, &shift) in z.column_iter().zip(origin) {
            let column = column.as_slice();
            let value = column.iter().map(|z| z.wide() - shift).find(|&z| z != 0.0).unwrap_or(0.0);
            // First a byte a row and then four of them into bits: the one loop is for vectors, the other for words.
            let mut third = !value.is_finite();
            for (flag, z) in flags.iter_mut().zip(column) {
                let z = z.wide() - shift;
                third |= (z != 0.0) & (z != value);
                *flag = u8::from(z != 0.0);
            }
            if third {
                return None;
            }
            codes.extend(flags.as_chunks::<GROUP>().0.iter().map(|&four| bits(four)));
            values.push(value);
        }
        Some(Self { groups, codes, values })
    }

    /// Adds sum w [1 z]' [1 z y] to the entries (a, b) of `products` with a <= b. `answers` are w y, target by target.
    pub(crate) fn add_products(&self, weight: &[f64], answers: &[f64], products: &mut DMatrix<f64>) {
        let (columns, width) = (self.values.len(), products.ncols());
        // Rows that fill the last group weigh nothing.
        let mut right = vec![[0.0; LANES]; self.groups * GROUP];
        let mut sums = vec![[0.0; LANES]; columns];
        let mut tables: Tables = std::array::from_fn(|_| [[0.0; LANES]; 1 << GROUP]);
        for from in (0..width).step_by(LANES) {
            let to = (from + LANES).min(width);
            self.spread(from, weight, &mut right);
            for (column, answers) in answers.chunks_exact(weight.len()).enumerate() {
                if let Some(lane) = (columns + column).checked_sub(from).filter(|lane| *lane < LANES) {
                    for (row, answer) in right.iter_mut().zip(answers) {
                        row[lane] = *answer;
                    }
                }
            }
            let height = to.min(columns);
            sums[..height].fill([0.0; LANES]);
            add_subsets(&mut tables, &self.codes, self.groups, &right, &mut sums[..height]);
            for (lane, column) in (from..to).enumerate() {
                let value = self.values.get(column).copied().unwrap_or(1.0);
                let mut entries = products.column_mut(column);
                for ((entry, sum), left) in entries.as_mut_slice().iter_mut().zip(&sums[..height]).zip(&self.values) {
                    // What is nowhere together stays 0, however large the values.
                    *entry += left * (value * sum[lane]);
                }
            }
        }
    }

    /// Writes the weights of the rows where a column has its value and 0 elsewhere, for some columns from `from` on; 0 beyond the last.
    fn spread(&self, from: usize, weight: &[f64], right: &mut [[f64; LANES]]) {
        let codes = |lane: usize| self.codes.chunks_exact(self.groups).nth(from + lane).unwrap_or_default();
        let lanes: [&[u8]; LANES] = std::array::from_fn(codes);
        for (group, (rows, weight)) in right.chunks_exact_mut(GROUP).zip(weight.chunks(GROUP)).enumerate() {
            let mut four = [0_u64; LANES];
            for (four, codes) in four.iter_mut().zip(lanes) {
                *four = u64::from(codes.get(group).copied().unwrap_or(0));
            }
            for (bit, (row, weight)) in rows.iter_mut().zip(weight).enumerate() {
                // All bits of the weight or none of them: that is one instruction for several lanes, and any processor has it.
                let weight = weight.to_bits();
                for (entry, four) in row.iter_mut().zip(four) {
                    *entry = f64::from_bits(weight & (four >> bit & 1).wrapping_neg());
                }
            }
        }
    }
}

/// Four flags, 0 or 1, as the lowest bits of a byte: the product brings flag i to bit 24 + i, and nothing else there.
fn bits(flags: [u8; GROUP]) -> u8 {
    (u32::from_le_bytes(flags).wrapping_mul(0x0102_0408) >> 24) as u8 % (1 << GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_bits() {
        for code in 0..16_u8 {
            assert_eq!(bits(std::array::from_fn(|bit| code >> bit & 1)), code);
        }
    }

    #[test]
    fn third_values_are_seen() {
        let of = |values: &[f64]| TwoValued::of(DMatrix::from_column_slice(values.len(), 1, values).as_view(), &[1.0]);
        assert_eq!(of(&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).unwrap().codes, [255, 255, 0b1001, 0b01]);
        assert_eq!(of(&[1.0, -2.5, 1.0]).unwrap().values, [1.0, -3.5]);
        assert_eq!(of(&[1.0, 1.0]).unwrap().values, [1.0, 0.0]);
        for values in [[0.0, 1.0, 2.0], [f64::NAN, 1.0, 1.0], [1.0, f64::INFINITY, 1.0], [0.0, 0.0, f64::NAN]] {
            assert!(of(&values).is_none(), "{values:?}");
        }
    }
}
