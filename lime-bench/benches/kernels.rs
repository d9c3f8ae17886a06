//! The kernels of `lime-kernels`, side by side.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{Kernels, Sweep};
use lime_core::nalgebra::DMatrix;
use lime_core::{Block, BoxError, Kernel, Origin, Similarity, kernel_fn};
use lime_kernels::{
    Cosine, EffectiveSamples, Epanechnikov, Euclidean, Exponential, Gower, GowerColumn, Hamming, Interpretable,
    Laplace, Mahalanobis, Manhattan, MedianDistance, Original, Radial, RootDimension, ShapleyKernel, SquaredEuclidean,
    TopHat, Tricube, Uniform, Unweighted,
};

/// A kernel made for a number of features, for each of those compared.
struct PerSize<K>(Vec<(usize, K)>);

impl<K: Kernel<f64, DMatrix<f64>>> Kernel<f64, DMatrix<f64>> for PerSize<K> {
    fn at<'a>(
        &'a self,
        origin: Origin<'a, f64, DMatrix<f64>>,
        first: Block<'_, f64, DMatrix<f64>>,
    ) -> Result<Box<dyn Similarity<f64, DMatrix<f64>> + 'a>, BoxError> {
        let made = self.0.iter().find(|(features, _)| *features == origin.z.len());
        made.ok_or("not made for this size")?.1.at(origin, first)
    }
}

fn compare(c: &mut Criterion) {
    let (features, root) = (vec![10, 30, 100], RootDimension::default());
    let sizes = features.clone();
    let gower = |&d: &usize| {
        let metric = Gower::new(vec![GowerColumn::Number { range: 1.0 }; d]).unwrap();
        (d, Radial::new(Interpretable(metric), Exponential, root))
    };
    let mahalanobis = |&d: &usize| {
        let covariance = DMatrix::from_fn(d, d, |i, j| 0.5f64.powf((i as f64 - j as f64).abs()));
        (d, Radial::new(Interpretable(Mahalanobis::new(&covariance).unwrap()), Exponential, root))
    };
    Kernels::new(c, Sweep { rows: vec![5_000], features })
        .compare("unweighted", &Unweighted)
        .compare("shapley", &ShapleyKernel)
        .compare("euclidean", &Radial::default())
        .compare("euclidean, original space", &Radial::new(Original(Euclidean), Exponential, root))
        .compare("squared euclidean", &Radial::new(Interpretable(SquaredEuclidean), Laplace, root))
        .compare("manhattan", &Radial::new(Interpretable(Manhattan), Exponential, root))
        .compare("cosine", &Radial::new(Interpretable(Cosine), Exponential, root))
        .compare("hamming", &Radial::new(Interpretable(Hamming), Exponential, root))
        .compare("gower", &PerSize(sizes.iter().map(gower).collect()))
        .compare("mahalanobis", &PerSize(sizes.iter().map(mahalanobis).collect()))
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
