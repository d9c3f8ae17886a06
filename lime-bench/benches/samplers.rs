//! The samplers of `lime-samplers`, side by side: on masks, on numbers, and around a row by the rows of a table.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_bench::{PerSize, Samplers, Sweep};
use lime_core::nalgebra::DMatrix;
use lime_core::{BoxedSource, Direct, Draw, Law, SizeLaw, Source, Space, TILE, sampler_fn};
use lime_samplers::{
    Antithetic, BernoulliMask, Bootstrap, Coalitions, Deduplicated, Dlime, Exhaustive, Gaussian, GaussianCopula,
    Halton, LatinHypercube, LeaveOneOut, MaskPairs, MaskSize, Mixed, MonteCarlo, Nearest, Normal, RemovedCount, Sobol,
    Tilted, TruncatedGaussian, WithInstance,
};

/// Features that all depend on each other alike.
fn correlation(features: usize) -> DMatrix<f64> {
    DMatrix::from_fn(features, features, |i, j| if i == j { 1.0 } else { 0.25 })
}

fn masks(c: &mut Criterion) {
    let features = vec![10, 30, 300];
    let copula = PerSize::new(&features, |d| GaussianCopula::new(correlation(d))).unwrap();
    Samplers::new(c, Sweep { rows: vec![5_000, 50_000], features })
        .compare("monte carlo", &MonteCarlo)
        .compare("bernoulli mask", &BernoulliMask::default())
        .compare("removed count", &RemovedCount)
        .compare("mask size", &MaskSize::new(|kept: usize, _: usize| kept as f64))
        .compare("mask pairs", &MaskPairs::new(SizeLaw::removed_count()))
        .compare("tilted", &Tilted::default())
        .compare("antithetic", &Antithetic)
        .compare("latin hypercube", &LatinHypercube::default())
        .compare("sobol", &Sobol::default())
        .compare("halton", &Halton::default())
        .compare("gaussian copula", &copula)
        .compare("coalitions", &Coalitions)
        .compare("exhaustive", &Exhaustive::new())
        .compare("leave one out", &LeaveOneOut)
        .compare("sobol with instance", &WithInstance(Sobol::default()))
        .compare("mixed", &Mixed::new(RemovedCount, 0.5, BernoulliMask::default()).unwrap())
        .compare("deduplicated", &Deduplicated(MonteCarlo))
        .compare("a closure", &sampler_fn(|_, _, z: &mut [f64]| z[0] = 0.0));
}

fn numbers(c: &mut Criterion) {
    let features = vec![10, 30];
    let space = |d| {
        let law = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
        Space::new(vec![law; d], vec![0.5; d]).unwrap()
    };
    let covariance = PerSize::new(&features, |d| Gaussian::with_covariance(correlation(d))).unwrap();
    let copula = PerSize::new(&features, |d| GaussianCopula::new(correlation(d))).unwrap();
    Samplers::on(c, "samplers/numbers", Sweep { rows: vec![5_000], features }, space)
        .compare("monte carlo", &MonteCarlo)
        .compare("sobol", &Sobol::default())
        .compare("gaussian", &Gaussian::new(1.0).unwrap())
        .compare("gaussian, covariance", &covariance)
        .compare("gaussian copula", &copula)
        .compare("truncated gaussian", &TruncatedGaussian::new(1.0, -1.0, 2.0).unwrap())
        .compare("tilted", &Tilted::default());
}

/// Neighbourhoods of 5000 rows, in both spaces, from 500 rows of 30 numbers. Throughput counts values.
fn rows(c: &mut Criterion) {
    let (d, n) = (30, 5_000);
    let table = || DMatrix::from_fn(500, d, |i, j| ((i * (j + 7) * 31) % 101) as f64);
    let law = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let around = Direct::new(Space::new(vec![law; d], vec![50.0; d]).unwrap());
    let sources: [(&str, BoxedSource<'_, f64, Direct<f64>>); 3] = [
        ("bootstrap", Bootstrap::new(table()).unwrap().boxed()),
        ("nearest", Nearest::new(table()).unwrap().boxed()),
        ("dlime", Dlime::new(table(), 3).unwrap().boxed()),
    ];
    let mut group = c.benchmark_group("samplers/rows");
    group.sample_size(20);
    for (name, source) in &sources {
        let rows = source.neighbourhood(&around, n, 0).unwrap().rows();
        let (mut draw, mut batch) = (Draw::new(&Space::masks(d), TILE), DMatrix::zeros(TILE, d));
        group.throughput(Throughput::Elements((rows * d) as u64));
        group.bench_function(BenchmarkId::new(*name, format!("n={rows} d={d}")), |b| {
            b.iter(|| {
                let neighbourhood = source.neighbourhood(&around, n, 0).unwrap();
                for start in (0..rows).step_by(TILE) {
                    let range = start..(start + TILE).min(rows);
                    draw.reset(range.len());
                    neighbourhood.fill(range, &mut draw, &mut batch, 0).unwrap();
                    black_box((&draw, &batch));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, masks, numbers, rows);
criterion_main!(benches);
