//! A row with 200 non-zero columns of 100,000, and the same 200 columns as a table of their own, dense: one row explained, and
//! one batch of perturbed rows made.
#![allow(clippy::panic, missing_docs, unreachable_pub)]

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Draw, Explainer, Model, Representation, Sampler, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::nalgebra_sparse::CsrMatrix;
use lime_tabular::{Baseline, SparseMask, SparseNumeric, SparseRow, SparseTable, Tabular};

const NONZERO: usize = 200;

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

fn value(row: usize, column: usize) -> f64 {
    ((row * 31 + column * 17) % 13) as f64
}

/// One explanation, and the making of one batch of 256 rows.
fn measure<R: Representation<f64>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    row: &R,
    model: &impl Model<R::Batch, f64>,
) {
    let ridge = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
    group.throughput(Throughput::Elements(5_000));
    group.bench_function(format!("explain/{name}"), |b| b.iter(|| black_box(ridge.explain(row, model))));
    let mut draw = Draw::new(row.space(), 256);
    ok(MonteCarlo.design(row.space(), 512, 0)).fill(256..512, &mut draw);
    let mut batch = row.allocate(256);
    group.throughput(Throughput::Elements(256));
    group.bench_function(format!("restore/{name}"), |b| b.iter(|| black_box(row.restore(&draw, &mut batch, 0))));
}

/// The non-zero columns, spread over a table of this width.
fn sparse(width: usize) -> (SparseNumeric<f64>, SparseMask<f64>, DVector<f64>) {
    let columns: Vec<usize> = (0..NONZERO).map(|j| j * (width / NONZERO)).collect();
    let row = ok(SparseRow::new(width, columns, (0..NONZERO).map(|j| 1.0 + value(0, j)).collect()));
    let table = ok(SparseTable::from_statistics(&vec![1.0; width], &vec![2.0; width]));
    let slopes = DVector::from_fn(width, |j, _| ((j / (width / NONZERO)) as f64).sin());
    (ok(table.represent(&row)), SparseMask::new(row), slopes)
}

fn rows(c: &mut Criterion) {
    let mut group = c.benchmark_group("sparse");
    let training = DMatrix::from_fn(64, NONZERO, value);
    let instance: Vec<f64> = (0..NONZERO).map(|j| 1.0 + value(0, j)).collect();
    let slopes = DVector::from_fn(NONZERO, |j, _| (j as f64).sin());
    let dense = model_fn(move |rows: &DMatrix<f64>| rows * &slopes);
    let table = ok(Tabular::builder(&training).without_discretizer().learn());
    measure(&mut group, "dense numeric 200 of 200", &ok(table.represent(&instance)), &dense);
    measure(&mut group, "dense mask 200 of 200", &ok(Baseline::new(&instance, &[0.0; NONZERO])), &dense);
    for width in [NONZERO, 100_000] {
        let (numeric, mask, slopes) = sparse(width);
        let model = model_fn(move |rows: &CsrMatrix<f64>| rows * &slopes);
        measure(&mut group, &format!("numeric 200 of {width}"), &numeric, &model);
        measure(&mut group, &format!("mask 200 of {width}"), &mask, &model);
    }
    group.finish();
}

/// Statistics of 100,000 columns from 2,000 rows with 200 non-zeros each.
fn learn(c: &mut Criterion) {
    let (rows, width) = (2_000, 100_000);
    let offsets = (0..=rows).map(|i| i * NONZERO).collect();
    let columns = (0..rows).flat_map(|i| (0..NONZERO).map(move |j| j * 500 + (i * 7 + j * 3) % 500)).collect();
    let values = (0..rows * NONZERO).map(|i| 1.0 + value(i, i / 7)).collect();
    let training = ok(CsrMatrix::try_from_csr_data(rows, width, offsets, columns, values));
    let mut group = c.benchmark_group("sparse");
    group.throughput(Throughput::Elements((rows * NONZERO) as u64));
    group.bench_function("learn", |b| b.iter(|| black_box(SparseTable::learn(&training))));
    group.finish();
}

criterion_group!(benches, rows, learn);
criterion_main!(benches);
