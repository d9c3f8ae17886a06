//! A thousand rows explained in one call, on one thread and on two: 30 columns in quartile bins, 1000 samples a row, ridge.
#![allow(clippy::panic, missing_docs, unreachable_pub)]

mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use lime_core::Explainer;
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use support::{dot, row};

const ROWS: usize = 1000;

fn explain(c: &mut Criterion) {
    let (rows, model): (Vec<_>, _) = ((0..ROWS).map(|_| row(true)).collect(), dot());
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default()).samples(1000);
    let mut group = c.benchmark_group("rows");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20).sampling_mode(SamplingMode::Flat);
    for threads in [1, 2] {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else { continue };
        group.bench_function(BenchmarkId::new("threads", threads), |b| {
            b.iter(|| pool.install(|| black_box(explainer.explain_many(&rows, &model))));
        });
    }
    group.finish();
}

criterion_group!(benches, explain);
criterion_main!(benches);
