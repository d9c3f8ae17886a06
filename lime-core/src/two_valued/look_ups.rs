//! Sums of subsets in tables in registers: a table has the weights of four rows, and the rows that two columns share are looked up in it.

use super::{Adding, BLOCK, TwoValued};
use crate::Vectorised;
use crate::products::LANES;
use crate::vectors::look_up::{Codes, EIGHT, GROUP, GROUPS, LookUp, Shifted, Tables};

// Two blocks are looked up together.
const _: () = assert!(2 * BLOCK == u64::BITS as usize);

/// Adds up the products of a tile, those of eight columns with eight at a time.
pub(super) struct LookingUp<'a> {
    pub(super) by: LookUp,
    pub(super) of: Adding<'a>,
}

impl Vectorised for LookingUp<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { by, of: Adding { features: TwoValued { codes, values }, weight, answers, products } } = self;
        let columns = values.len();
        let eights = columns.div_ceil(EIGHT);
        let targets = answers.len() / weight.len();
        // For each eight of right columns those eights of left ones that are no later, one after the other.
        let mut common = vec![[[0.0; EIGHT]; EIGHT]; first(eights)];
        let mut answered = vec![[0.0; EIGHT]; eights * targets];
        let mut right: Vec<Codes> = vec![[0; EIGHT]; eights];
        let mut left: Vec<Shifted> = vec![[[0; EIGHT]; GROUPS]; eights];
        let mut tables = Tables::default();
        for (from, codes) in (0..weight.len()).step_by(2 * BLOCK).zip(codes.chunks(2 * columns)) {
            let rows = from..weight.len().min(from + 2 * BLOCK);
            // Two blocks, the second in the upper half of the code.
            let (earlier, later) = codes.split_at(columns);
            for (at, (code, &earlier)) in right.as_flattened_mut().iter_mut().zip(earlier).enumerate() {
                *code = u64::from(earlier) | u64::from(later.get(at).copied().unwrap_or(0)) << BLOCK;
            }
            for (shifted, codes) in left.iter_mut().zip(&right) {
                for (group, shifted) in shifted.iter_mut().enumerate() {
                    for (shifted, code) in shifted.iter_mut().zip(codes) {
                        *shifted = code >> (GROUP * group);
                    }
                }
            }
            tabulate(&weight[rows.clone()], &mut tables);
            for (eight, right) in right.iter().enumerate() {
                by.add_common(&tables, &left, right, &mut common[first(eight)..first(eight + 1)]);
            }
            let of_targets = answers.chunks_exact(weight.len()).zip(answered.chunks_exact_mut(eights));
            for (answers, answered) in of_targets {
                tabulate(&answers[rows.clone()], &mut tables);
                by.add(&tables, &right, answered);
            }
        }
        for eight in 0..eights {
            let column = EIGHT * eight;
            let mut right = [1.0; EIGHT];
            for (right, value) in right.iter_mut().zip(values.iter().skip(column)) {
                *right = *value;
            }
            let sums = common[first(eight)..first(eight + 1)].as_flattened();
            let entries = products.panel(column - column % LANES).iter_mut().zip(sums);
            for ((entry, sum), &left) in entries.zip(values) {
                // A column without the value has nothing to add; what is nowhere together stays 0, however large the values.
                if left != 0.0 {
                    entry.add_scaled(column % LANES, sum, left, &right);
                }
            }
        }
        for (column, sums) in (columns..).zip(answered.chunks_exact(eights)) {
            let entries = products.panel(column - column % LANES).iter_mut().zip(sums.as_flattened());
            for ((entry, &sum), &left) in entries.zip(values) {
                if left != 0.0 {
                    entry.add_scaled(column % LANES, &[sum], left, &[1.0]);
                }
            }
        }
    }
}

/// Where the eights of left columns begin that go with this eight of right ones.
#[inline(always)]
fn first(eight: usize) -> usize {
    eight * (eight + 1) / 2
}

/// Makes tables of the sums of all subsets of each four of these numbers: the first is the lowest bit of a subset's place.
#[inline(always)]
fn tabulate(numbers: &[f64], tables: &mut Tables) {
    let mut fours = numbers.chunks(GROUP);
    for table in tables {
        let mut four = [0.0; GROUP];
        for (of_four, number) in four.iter_mut().zip(fours.next().unwrap_or_default()) {
            *of_four = *number;
        }
        let [a, b, c, d] = four;
        let without = [0.0, a, b, a + b, c, a + c, b + c, a + b + c];
        let (low, high) = table.split_at_mut(without.len());
        low.copy_from_slice(&without);
        for (high, low) in high.iter_mut().zip(low) {
            *high = *low + d;
        }
    }
}
