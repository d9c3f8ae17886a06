//! What it costs to fit a regression tree to 5000 rows of 30 features: masks, numbers, several targets, and unpruned depth.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lime_core::nalgebra::DMatrix;
use lime_core::{Evidence, Fitting, Real, Record, Rows, Space, Stream, Surrogate, TILE};
use lime_surrogates::DecisionTree;

const ROWS: usize = 5000;
const FEATURES: usize = 30;
const TARGETS: usize = 3;

fn uniforms(seed: u64, columns: usize) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(ROWS, columns);
    Stream::new(seed).words(0..ROWS, 0..columns, |j, at, words| {
        for (i, &word) in at.zip(words) {
            matrix[(i, j)] = f64::unit(word);
        }
    });
    matrix
}

/// Samples whose answers take products of features, other ones for each target, and noise.
fn record(space: &Space<f64>, z: &DMatrix<f64>) -> Record<f64> {
    let (weights, noise, none) = (uniforms(2, 1), uniforms(3, TARGETS), DMatrix::zeros(ROWS, 0));
    let y = DMatrix::from_fn(ROWS, TARGETS, |i, t| {
        z[(i, t)] * z[(i, t + 3)] + 0.5 * z[(i, t + 6)] * (1.0 - z[(i, t + 9)]) + 0.3 * noise[(i, t)]
    });
    let mut record = Record::new(space, &[0.0; TARGETS]);
    for start in (0..ROWS).step_by(TILE) {
        let count = TILE.min(ROWS - start);
        let weight = &weights.as_slice()[start..start + count];
        record.absorb(&Rows::new(start, z.rows(start, count), none.rows(start, count), weight, y.rows(start, count)));
    }
    record
}

fn fit(c: &mut Criterion) {
    let space = Space::<f64>::masks(FEATURES);
    let numbers = uniforms(1, FEATURES);
    let masks = numbers.map(f64::round);
    let active: Vec<usize> = (0..FEATURES).collect();
    let tree = DecisionTree::default();
    let deep = tree.without_max_depth().prune(1e-4).unwrap();
    let mut group = c.benchmark_group("tree");
    for (kind, z) in [("masks", masks), ("numbers", numbers)] {
        let record = record(&space, &z);
        let given = Fitting::new(&space, &record);
        for (name, tree, targets) in [
            ("depth 3", tree, vec![0]),
            ("depth 3, three targets", tree, vec![0, 1, 2]),
            ("depth 3, joint", tree.joint(), vec![0, 1, 2]),
            ("all the way and pruned", deep, vec![0]),
        ] {
            group.bench_function(format!("{kind}, {name}"), |b| {
                b.iter(|| black_box(tree.fit(&given, &active, &targets).unwrap()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, fit);
criterion_main!(benches);
