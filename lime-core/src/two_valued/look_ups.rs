//! Sums of subsets in tables in registers: a table has the weights of four rows, and the rows that two columns share are looked up in it.

use super::{BLOCK, GROUP, TwoValued};
use crate::products::{LANES, Products};
use crate::vectors::look_up::{Codes, EIGHT, LookUp, Shifted, Tables};

/// Adds the products of a tile, those of eight columns with eight at a time. `answers` are w y, target by target.
pub(super) fn add(look_up: LookUp, of: &TwoValued, (weight, answers): (&[f64], &[f64]), products: &mut Products) {
    let TwoValued { codes, values } = of;
    let columns = values.len();
    let eights = columns.div_ceil(EIGHT);
    let targets = answers.len() / weight.len();
    // For each eight of right columns those eights of left ones that are no later, one after the other.
    let mut common = vec![[[0.0; EIGHT]; EIGHT]; first(eights)];
    let mut answered = vec![[0.0; EIGHT]; eights * targets];
    let mut right: Vec<Codes> = vec![[0; EIGHT]; eights];
    let mut left: Vec<Shifted> = Vec::with_capacity(eights);
    for (from, codes) in (0..weight.len()).step_by(BLOCK).zip(codes.chunks_exact(columns)) {
        let rows = from..weight.len().min(from + BLOCK);
        for (code, &of_column) in right.as_flattened_mut().iter_mut().zip(codes) {
            *code = of_column;
        }
        left.clear();
        left.extend(right.iter().map(|codes| std::array::from_fn(|group| codes.map(|code| code >> (GROUP * group)))));
        let weights = tables(&weight[rows.clone()]);
        for (eight, right) in right.iter().enumerate() {
            look_up.add_common(&weights, &left, right, &mut common[first(eight)..first(eight + 1)]);
        }
        let of_targets = answers.chunks_exact(weight.len()).zip(answered.chunks_exact_mut(eights));
        for (answers, answered) in of_targets {
            look_up.add(&tables(&answers[rows.clone()]), &right, answered);
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

/// Where the eights of left columns begin that go with this eight of right ones.
fn first(eight: usize) -> usize {
    eight * (eight + 1) / 2
}

/// The sums of all subsets of each four of these numbers: the first is the lowest bit of a subset's place.
fn tables(numbers: &[f64]) -> Tables {
    let mut tables = Tables::default();
    for (table, numbers) in tables.iter_mut().zip(numbers.chunks(GROUP)) {
        for (bit, number) in numbers.iter().enumerate() {
            let (without, with) = table.split_at_mut(1 << bit);
            for (with, without) in with.iter_mut().zip(without.iter()) {
                *with = without + number;
            }
        }
    }
    tables
}
