//! Sums of subsets in tables in registers: a table has the weights of four rows, and the rows that two columns share are looked up in it.

use super::{Adding, BLOCK, TwoValued};
use crate::Vectorised;
use crate::products::LANES;
use crate::vectors::look_up::{EIGHT, GROUP, GROUPS, LookUp, Shifted, Tables, Turned};

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
        // For each eight of right columns those eights of left ones that are before it, one after the other; each eight with itself.
        let mut common = vec![[[0.0; EIGHT]; EIGHT]; before(eights)];
        let mut own: Vec<Turned> = vec![Turned::default(); eights];
        let mut answered = vec![[0.0; EIGHT]; eights * targets];
        let mut shifted: Vec<Shifted> = vec![[[0; EIGHT]; GROUPS]; eights];
        let mut tables = Tables::default();
        for (from, codes) in (0..weight.len()).step_by(2 * BLOCK).zip(codes.chunks(2 * columns)) {
            let rows = from..weight.len().min(from + 2 * BLOCK);
            // Two blocks, the second in the upper half of the code.
            let (earlier, later) = codes.split_at(columns);
            for (column, &earlier) in earlier.iter().enumerate() {
                let code = u64::from(earlier) | u64::from(later.get(column).copied().unwrap_or(0)) << BLOCK;
                shifted[column / EIGHT][0][column % EIGHT] = code;
            }
            for [codes, shifted @ ..] in &mut shifted {
                for (group, shifted) in (1..).zip(shifted) {
                    for (shifted, code) in shifted.iter_mut().zip(&*codes) {
                        *shifted = code >> (GROUP * group);
                    }
                }
            }
            tabulate(&weight[rows.clone()], &mut tables);
            for (eight, (right, own)) in shifted.iter().zip(&mut own).enumerate() {
                by.add_common(&tables, &shifted[..eight], &right[0], &mut common[before(eight)..before(eight + 1)]);
                by.add_own(&tables, &right[0], own);
            }
            let of_targets = answers.chunks_exact(weight.len()).zip(answered.chunks_exact_mut(eights));
            for (answers, answered) in of_targets {
                tabulate(&answers[rows.clone()], &mut tables);
                for (codes, answered) in shifted.iter().zip(answered) {
                    by.add(&tables, &codes[0], answered);
                }
            }
        }
        for (eight, own) in own.iter().enumerate() {
            let column = EIGHT * eight;
            let mut right = [1.0; EIGHT];
            for (right, value) in right.iter_mut().zip(values.iter().skip(column)) {
                *right = *value;
            }
            let own = straightened(own);
            let sums = common[before(eight)..before(eight + 1)].as_flattened().iter().chain(&own);
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

/// Where the eights of left columns begin that go with this eight of right ones: those before it.
#[inline(always)]
fn before(eight: usize) -> usize {
    eight * eight.saturating_sub(1) / 2
}

/// The sums of each of eight columns with each.
#[inline(always)]
fn straightened(own: &Turned) -> [[f64; EIGHT]; EIGHT] {
    std::array::from_fn(|a| {
        std::array::from_fn(|b| {
            let (from, to) = (a.min(b), a.max(b));
            // By up to half a turn from the one, or from the other.
            let turn = to - from;
            own.get(turn).map_or_else(|| own[EIGHT - turn][to], |sums| sums[from])
        })
    })
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
