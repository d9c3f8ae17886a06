//! One row explained, end to end: breast cancer (30 features), quartile bins unless said, a dot product for the model.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Explainer, Model, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::{ForwardSelection, HighestWeights, NoSelection};
use lime_tabular::{Tabular, TabularRepresentation};

fn training() -> DMatrix<f64> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/breast_cancer.csv");
    let mut values = Vec::new();
    if let Ok(mut reader) = csv::Reader::from_path(path) {
        for record in reader.records().flatten() {
            values.extend(record.iter().take(30).filter_map(|cell| cell.parse::<f64>().ok()));
        }
    }
    DMatrix::from_row_slice(values.len() / 30, 30, &values)
}

fn rows(discretized: bool) -> TabularRepresentation<f64> {
    let training = training();
    let builder = Tabular::builder(&training);
    let builder = if discretized { builder } else { builder.without_discretizer() };
    let row: Vec<f64> = training.row(0).iter().copied().collect();
    match builder.learn().and_then(|table| table.represent(&row)) {
        Ok(representation) => representation,
        Err(error) => panic!("{error}"),
    }
}

fn dot() -> impl Model<DMatrix<f64>, f64> + Sync {
    let slopes = DVector::from_fn(30, |j, _| (j as f64).sin());
    model_fn(move |rows: &DMatrix<f64>| rows * &slopes)
}

fn explain(c: &mut Criterion) {
    let (binned, gaussian, model) = (rows(true), rows(false), dot());
    let mut group = c.benchmark_group("tabular");
    for n in [5_000, 50_000] {
        group.throughput(Throughput::Elements(n as u64));
        let ridge = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default()).samples(n);
        group.bench_function(BenchmarkId::new("quartile", n), |b| b.iter(|| black_box(ridge.explain(&binned, &model))));
        group.bench_function(BenchmarkId::new("gaussian", n), |b| {
            b.iter(|| black_box(ridge.explain(&gaussian, &model)))
        });
    }
    let n = 5_000;
    group.throughput(Throughput::Elements(n as u64));
    if let (Ok(forward), Ok(highest)) = (ForwardSelection::new(6), HighestWeights::new(10)) {
        let forward = Explainer::new(MonteCarlo, Radial::default(), forward, Ridge::default()).samples(n);
        group.bench_function(BenchmarkId::new("forward 6", n), |b| {
            b.iter(|| black_box(forward.explain(&binned, &model)))
        });
        let highest = Explainer::new(MonteCarlo, Radial::default(), highest, Ridge::default()).samples(n);
        group.bench_function(BenchmarkId::new("highest 10", n), |b| {
            b.iter(|| black_box(highest.explain(&binned, &model)))
        });
    }
    for batch in [128, 256, 512, 1024, 5000] {
        let ridge = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default()).samples(n);
        let ridge = ridge.batch_size(batch);
        group
            .bench_function(BenchmarkId::new("batch", batch), |b| b.iter(|| black_box(ridge.explain(&binned, &model))));
    }
    for threads in [1, 2] {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else { continue };
        let ridge = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default()).samples(50_000);
        group.throughput(Throughput::Elements(50_000));
        group.bench_function(BenchmarkId::new("threads", threads), |b| {
            b.iter(|| pool.install(|| black_box(ridge.explain_parallel(&binned, &model))));
        });
    }
    group.finish();
}

criterion_group!(benches, explain);
criterion_main!(benches);
