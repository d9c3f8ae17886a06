//! Sums of subsets in tables: an entry has those of as many columns as a panel.

use super::{Adding, TwoValued};
use crate::Vectorised;
use crate::products::{LANES, Lanes};
use crate::vectors::look_up::LookUp;
use crate::vectors::panel::{BLOCK, Block, FIVES, FOURS, Sums, TABLES, add_block};

/// Adds up the products of a tile, a panel of [`LANES`] columns at a time.
pub(super) struct Tabulating<'a> {
    pub(super) how: How,
    pub(super) of: Adding<'a>,
}

/// Of how many rows the subsets are.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Of [`FOURS`].
    Fours,
    /// Of [`FIVES`], with some of the tables in registers where these can be looked up in.
    Fives(Option<LookUp>),
}

impl Vectorised for Tabulating<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { how, of: Adding { features: TwoValued { codes, values }, weight, answers, products } } = self;
        let columns = values.len();
        let rows = weight.len();
        let blocks = rows.div_ceil(BLOCK);
        let mut sums = vec![Lanes::ZERO; columns];
        let mut weights = weight.to_vec();
        weights.resize(blocks * BLOCK, 0.0);
        let weights = weights.as_chunks::<BLOCK>().0;
        let mut others = [[0.0; LANES]; BLOCK];
        let mut tables = [Lanes::ZERO; TABLES];
        for from in (0..products.width()).step_by(LANES) {
            let mut right = [1.0; LANES];
            for (right, value) in right.iter_mut().zip(values.iter().skip(from)) {
                *right = *value;
            }
            let entries = products.panel(from);
            let mut to = Sums { sums: &mut sums[..entries.len()], entries, left: values, right: &right };
            for (at, (codes, weight)) in codes.chunks_exact(columns).zip(weights).enumerate() {
                let mut lanes = [0; LANES];
                for (lane, code) in lanes.iter_mut().zip(codes.iter().skip(from)) {
                    *lane = u64::from(*code);
                }
                let answered = from + LANES > columns;
                if answered {
                    for (target, answers) in answers.chunks_exact(rows).enumerate() {
                        let Some(lane) = (columns + target).checked_sub(from).filter(|lane| *lane < LANES) else {
                            continue;
                        };
                        for (others, answer) in others.iter_mut().zip(&answers[at * BLOCK..]) {
                            others[lane] = *answer;
                        }
                    }
                }
                let block = Block {
                    weight,
                    lanes: &lanes,
                    others: answered.then_some(&others),
                    codes,
                    first: at == 0,
                    last: at + 1 == blocks,
                };
                match how {
                    How::Fours => add_block(FOURS, &block, &mut tables, &mut to),
                    How::Fives(None) => add_block(FIVES, &block, &mut tables, &mut to),
                    How::Fives(Some(by)) => by.add_block(&block, &mut tables, &mut to),
                }
            }
        }
    }
}
