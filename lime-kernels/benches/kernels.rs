//! What it costs to centre a kernel and to weigh a tile of 256 samples of 30 features.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lime_core::nalgebra::DMatrix;
use lime_core::{Block, Draw, Kernel, Origin, Real, Space, Stream, TILE};
use lime_kernels::{
    EffectiveSamples, Euclidean, Exponential, Gower, Interpretable, Mahalanobis, MedianDistance, Original, Radial,
    RootDimension, ShapleyKernel,
};

type DynKernel = Box<dyn Kernel<f64, DMatrix<f64>>>;

const FEATURES: usize = 30;

fn uniforms() -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(TILE, FEATURES);
    Stream::new(1).words(0..TILE, 0..FEATURES, |j, at, words| {
        for (i, &word) in at.zip(words) {
            matrix[(i, j)] = f64::unit(word);
        }
    });
    matrix
}

fn kernels(c: &mut Criterion) {
    let batch = uniforms();
    let space = Space::<f64>::masks(FEATURES);
    let instance = DMatrix::from_element(1, FEATURES, 0.5);
    let origin = Origin::new(space.origin(), &instance);
    let mut draw = Draw::new(&space, TILE);
    draw.z = batch.map(|u| if u < 0.5 { 1.0 } else { 0.0 });
    let block = Block::new(&draw, &batch, 0);
    let Ok(gower) = Gower::from_rows(&batch, &[]) else { return };
    let Ok(mahalanobis) = Mahalanobis::from_rows(&batch, 0.1) else { return };
    let Ok(effective) = EffectiveSamples::new(0.5) else { return };
    let list: [(&str, DynKernel); 7] = [
        ("radial", Box::new(Radial::default())),
        ("cosine", Box::new(Radial::for_images())),
        ("gower", Box::new(Radial::new(Original(gower), Exponential, RootDimension::default()))),
        ("mahalanobis", Box::new(Radial::new(Original(mahalanobis), Exponential, RootDimension::default()))),
        ("median", Box::new(Radial::new(Interpretable(Euclidean), Exponential, MedianDistance::default()))),
        ("effective", Box::new(Radial::new(Interpretable(Euclidean), Exponential, effective))),
        ("shapley", Box::new(ShapleyKernel)),
    ];
    let mut group = c.benchmark_group("kernels");
    group.throughput(Throughput::Elements(TILE as u64));
    for (name, kernel) in &list {
        let mut weights = vec![0.0; TILE];
        group.bench_function(format!("{name}/at"), |b| {
            b.iter(|| black_box(kernel.at(origin, block).is_ok()));
        });
        let Ok(similarity) = kernel.at(origin, block) else { continue };
        group.bench_function(format!("{name}/weigh"), |b| {
            b.iter(|| {
                let weighed = similarity.weigh(block, &mut weights);
                black_box((weighed.is_ok(), weights[TILE - 1]))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
