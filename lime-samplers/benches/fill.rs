//! Rows of 30 features by every sampler, in coordinates a second.
#![allow(clippy::panic, missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lime_core::{Draw, Law, Sampler, Space};
use lime_samplers::{
    Antithetic, BernoulliMask, Deduplicated, Exhaustive, Gaussian, GaussianCopula, MaskSize, Mixed, MonteCarlo, Normal,
    RemovedCount, Tilted, TruncatedGaussian, WithInstance,
};
use nalgebra::DMatrix;

const ROWS: usize = 4096;
const FEATURES: usize = 30;

fn numbers() -> Space<f64> {
    let law = Normal::new(0.0, 1.0).map(|law| vec![Law::Continuous(Arc::new(law)); FEATURES]);
    match law.map(|laws| Space::new(laws, vec![0.5; FEATURES])) {
        Ok(Ok(space)) => space,
        other => panic!("{other:?}"),
    }
}

fn correlation() -> DMatrix<f64> {
    DMatrix::from_fn(FEATURES, FEATURES, |i, j| 0.5f64.powi(i32::from(i != j) * 2))
}

fn fill(c: &mut Criterion) {
    let (masks, numbers) = (Space::<f64>::masks(FEATURES), numbers());
    let noisy = Space::<f64>::masks(FEATURES).with_noise(true);
    let mut time = |name: &str, sampler: Result<Box<dyn Sampler<f64>>, lime_samplers::Error>, space: &Space<f64>| {
        let design = match sampler.as_ref().map(|sampler| sampler.design(space, ROWS, 1)) {
            Ok(Ok(design)) => design,
            Ok(Err(error)) => panic!("{name}: {error}"),
            Err(error) => panic!("{name}: {error}"),
        };
        let rows = design.rows().min(ROWS);
        let mut draw = Draw::new(space, rows);
        let mut group = c.benchmark_group("fill");
        group.throughput(Throughput::Elements((rows * space.features()) as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                draw.reset(rows);
                design.fill(0..rows, &mut draw);
                black_box(&draw);
            });
        });
    };
    time("monte carlo, masks", Ok(Box::new(MonteCarlo)), &masks);
    time("monte carlo, levels with noise", Ok(Box::new(MonteCarlo)), &noisy);
    time("monte carlo, numbers", Ok(Box::new(MonteCarlo)), &numbers);
    time("bernoulli mask", Ok(Box::new(BernoulliMask::default())), &masks);
    time("bernoulli mask with noise", Ok(Box::new(BernoulliMask::default())), &noisy);
    time("removed count", Ok(Box::new(RemovedCount)), &masks);
    time("removed count with noise", Ok(Box::new(RemovedCount)), &noisy);
    time("mask size", Ok(Box::new(MaskSize::tilted(|_, _| 1.0))), &masks);
    time("gaussian", Gaussian::new(1.0).map(|s| Box::new(s) as _), &numbers);
    time("gaussian, covariance", Gaussian::with_covariance(correlation()).map(|s| Box::new(s) as _), &numbers);
    time("gaussian copula, masks", GaussianCopula::new(correlation()).map(|s| Box::new(s) as _), &masks);
    time("gaussian copula, numbers", GaussianCopula::new(correlation()).map(|s| Box::new(s) as _), &numbers);
    time("truncated gaussian", TruncatedGaussian::new(1.0, -1.0, 2.0).map(|s| Box::new(s) as _), &numbers);
    time("antithetic, masks", Ok(Box::new(Antithetic)), &masks);
    time("tilted, masks", Ok(Box::new(Tilted::default())), &masks);
    time("tilted, numbers", Ok(Box::new(Tilted::default())), &numbers);
    time("with instance", Ok(Box::new(WithInstance(BernoulliMask::default()))), &masks);
    let mixed = Mixed::new(RemovedCount, 0.5, BernoulliMask::default());
    time("mixed", mixed.map(|s| Box::new(s) as _), &masks);
    time("deduplicated", Ok(Box::new(Deduplicated(MonteCarlo))), &masks);
    time("exhaustive", Ok(Box::new(Exhaustive::new())), &Space::masks(12));

    let mut group = c.benchmark_group("design");
    group.bench_function("tilted, numbers", |b| {
        b.iter(|| black_box(Tilted::default().design(&numbers, ROWS, 1).is_ok()))
    });
    group.bench_function("deduplicated", |b| {
        b.iter(|| black_box(Deduplicated(MonteCarlo).design(&masks, ROWS, 1).is_ok()))
    });
}

criterion_group!(benches, fill);
criterion_main!(benches);
