//! The samplers of `lime-samplers`, side by side: on masks, and on numbers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{PerSize, Samplers, Sweep};
use lime_core::nalgebra::DMatrix;
use lime_core::{Law, Space, sampler_fn};
use lime_samplers::{
    Antithetic, BernoulliMask, Coalitions, Deduplicated, Exhaustive, Gaussian, GaussianCopula, Halton, LatinHypercube,
    LeaveOneOut, MaskSize, Mixed, MonteCarlo, Normal, RemovedCount, Sobol, Tilted, TruncatedGaussian, WithInstance,
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

criterion_group!(benches, masks, numbers);
criterion_main!(benches);
