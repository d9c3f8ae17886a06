//! The kernels of `lime-kernels`, side by side.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{Kernels, PerSize, Sweep};
use lime_core::kernel_fn;
use lime_core::nalgebra::DMatrix;
use lime_kernels::{
    Cosine, EffectiveSamples, Epanechnikov, Error, Euclidean, Exponential, Gower, GowerColumn, Hamming, Interpretable,
    Laplace, Mahalanobis, Manhattan, MedianDistance, Original, Radial, RootDimension, ShapleyKernel, SquaredEuclidean,
    TopHat, Tricube, Uniform, Unweighted,
};

fn compare(c: &mut Criterion) {
    let (features, root) = (vec![10, 30, 100], RootDimension::default());
    let gower = PerSize::new(&features, |d| {
        let metric = Gower::new(vec![GowerColumn::Number { range: 1.0 }; d])?;
        Ok::<_, Error>(Radial::new(Interpretable(metric), Exponential, root))
    });
    let mahalanobis = PerSize::new(&features, |d| {
        let covariance = DMatrix::from_fn(d, d, |i, j| 0.5f64.powf((i as f64 - j as f64).abs()));
        Ok::<_, Error>(Radial::new(Interpretable(Mahalanobis::new(&covariance)?), Exponential, root))
    });
    Kernels::new(c, Sweep { rows: vec![5_000], features })
        .compare("unweighted", &Unweighted)
        .compare("shapley", &ShapleyKernel)
        .compare("euclidean", &Radial::default())
        .compare("euclidean, original space", &Radial::new(Original(Euclidean), Exponential, root))
        .compare("squared euclidean", &Radial::new(Interpretable(SquaredEuclidean), Laplace, root))
        .compare("manhattan", &Radial::new(Interpretable(Manhattan), Exponential, root))
        .compare("cosine", &Radial::new(Interpretable(Cosine), Exponential, root))
        .compare("hamming", &Radial::new(Interpretable(Hamming), Exponential, root))
        .compare("gower", &gower.unwrap())
        .compare("mahalanobis", &mahalanobis.unwrap())
        .compare("laplace", &Radial::new(Interpretable(Euclidean), Laplace, root))
        .compare("epanechnikov", &Radial::new(Interpretable(Euclidean), Epanechnikov, root))
        .compare("tricube", &Radial::new(Interpretable(Euclidean), Tricube, root))
        .compare("top hat", &Radial::new(Interpretable(Euclidean), TopHat, root))
        .compare("uniform", &Radial::new(Interpretable(Euclidean), Uniform, root))
        .compare("median width", &Radial::new(Interpretable(Euclidean), Exponential, MedianDistance::default()))
        .compare(
            "effective samples width",
            &Radial::new(Interpretable(Euclidean), Exponential, EffectiveSamples::new(0.5).unwrap()),
        )
        .compare("a closure", &kernel_fn(|z: &[f64], x: &[f64]| if z[0] == x[0] { 1.0 } else { 0.5 }));
}

criterion_group!(benches, compare);
criterion_main!(benches);
