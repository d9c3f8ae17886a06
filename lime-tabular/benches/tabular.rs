//! One row explained, end to end, with quartile bins unless said.
#![allow(clippy::panic, missing_docs, unreachable_pub)]

mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::Explainer;
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::{ForwardSelection, HighestWeights, NoSelection};
use support::{dot, row};

fn explain(c: &mut Criterion) {
    let (binned, gaussian, model) = (row(true), row(false), dot());
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
