//! Sums of subsets in tables in memory: an entry has those of as many columns as a panel.

use super::{Adding, BLOCK, GROUP, TwoValued};
use crate::Vectorised;
use crate::products::{LANES, Lanes};

/// Tables at once, of the rows of a block: 16 KiB, by which the sums pass in any processor's innermost cache.
const TABLES: usize = BLOCK / GROUP;

/// Of some rows the sums of each of their subsets.
type Table = [Lanes; 1 << GROUP];

/// Adds up the products of a tile, a panel of [`LANES`] columns at a time.
pub(super) struct Tabulating<'a>(pub(super) Adding<'a>);

impl Vectorised for Tabulating<'_> {
    #[inline(always)]
    fn run(self) {
        let Adding { features: TwoValued { codes, values }, weight, answers, products } = self.0;
        let columns = values.len();
        let mut sums = vec![Lanes::ZERO; columns];
        // The first entries, for the empty subsets, stay 0.
        let mut tables = [[Lanes::ZERO; 1 << GROUP]; TABLES];
        for from in (0..products.width()).step_by(LANES) {
            let entries = products.panel(from);
            let sums = &mut sums[..entries.len()];
            Panel { from, columns, codes, weight, answers }.add_subsets(&mut tables, sums);
            let mut right = [1.0; LANES];
            for (right, value) in right.iter_mut().zip(values.iter().skip(from)) {
                *right = *value;
            }
            for ((entry, sum), left) in entries.iter_mut().zip(&*sums).zip(values) {
                // A column without the value has nothing to add; what is nowhere together stays 0, however large the values.
                if *left != 0.0 {
                    entry.add_scaled(0, &sum.0, *left, &right);
                }
            }
        }
    }
}

/// Some columns of the right operand, w [1 z y], from one on.
struct Panel<'a> {
    from: usize,
    columns: usize,
    codes: &'a [u32],
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
                *lane = u64::from(*code);
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
fn add_up<const FRESH: bool>(tables: &[Table; TABLES], codes: &[u32], sums: &mut [Lanes]) {
    for (sum, &code) in sums.iter_mut().zip(codes) {
        let (mut inside, mut code) = (if FRESH { Lanes::ZERO } else { *sum }, code);
        for table in tables {
            inside.add(&table[code as usize % (1 << GROUP)]);
            code >>= GROUP;
        }
        *sum = inside;
    }
}
