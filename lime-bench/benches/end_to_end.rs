//! How long an explanation takes beside its model, which costs nothing here: tables, texts and pictures, in f64 and f32.
#![allow(clippy::panic, missing_docs)]

mod support;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::{Explainer, Kernel, Model, Moments, Real, Representation, Sampler, Selector};
use lime_image::Element;
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::{ForwardSelection, LassoPath};
use support::{SEED, document, of_pictures, of_rows, of_tables, of_texts, ok, picture, row};

const SAMPLES: usize = 5_000;
const PICTURES: usize = 1_000;

/// One explanation, on one thread; throughput counts perturbations.
fn explain<F, R, S, K, L>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    (name, scalar): (&str, &str),
    (samples, representation): (usize, &R),
    explainer: Explainer<S, K, L, Ridge>,
    model: &impl Model<R::Batch, F>,
) where
    F: Real,
    R: Representation<F>,
    S: Sampler<F>,
    K: Kernel<F, R::Batch>,
    L: Selector<F, Moments>,
{
    let explainer = explainer.samples(samples).seed(SEED);
    group.throughput(Throughput::Elements(samples as u64));
    group.bench_function(BenchmarkId::new(name, scalar), |b| {
        b.iter(|| black_box(ok(explainer.explain(representation, model))));
    });
}

fn tables_of<F: Real>(group: &mut BenchmarkGroup<'_, WallTime>, scalar: &str) {
    let (bins, numbers, model) = (row::<F>(30, true), row::<F>(30, false), of_rows::<F>(1));
    explain(group, ("quartile", scalar), (SAMPLES, &bins), of_tables(SAMPLES), &model);
    explain(group, ("gaussian", scalar), (SAMPLES, &numbers), of_tables(SAMPLES), &model);
    let forward = Explainer::new(MonteCarlo, Radial::default(), ok(ForwardSelection::new(6)), Ridge::default());
    explain(group, ("quartile, forward 6", scalar), (SAMPLES, &bins), forward, &model);
    let path = Explainer::new(MonteCarlo, Radial::default(), ok(LassoPath::new(6)), Ridge::default());
    explain(group, ("quartile, lasso path 6", scalar), (SAMPLES, &bins), path, &model);
}

fn tables(c: &mut Criterion) {
    let mut group = support::group(c, "tables", 20);
    tables_of::<f64>(&mut group, "f64");
    tables_of::<f32>(&mut group, "f32");
    group.finish();
}

fn texts_of<F: Real>(group: &mut BenchmarkGroup<'_, WallTime>, scalar: &str) {
    let model = of_texts::<F>();
    for (name, words, distinct, positions) in
        [("60 words", 60, 60, false), ("400 words", 400, 240, false), ("400 positions", 400, 240, true)]
    {
        let document = document::<F>(words, distinct, positions);
        explain(group, (name, scalar), (SAMPLES, &document), lime_text::original(), &model);
    }
}

fn texts(c: &mut Criterion) {
    let mut group = support::group(c, "texts", 20);
    texts_of::<f64>(&mut group, "f64");
    texts_of::<f32>(&mut group, "f32");
    group.finish();
}

fn picture_of<F: Real, T: Element + Into<f64>>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, scalar: &str) {
    let (small, model) = (picture::<F, T>(299, 8, 7), of_pictures::<F, T>());
    explain(group, (&format!("299x299, {name}"), scalar), (PICTURES, &small), lime_image::original(), &model);
}

fn pictures(c: &mut Criterion) {
    let mut group = support::group(c, "pictures", 20);
    picture_of::<f64, u8>(&mut group, "bytes", "f64");
    picture_of::<f32, u8>(&mut group, "bytes", "f32");
    picture_of::<f64, f32>(&mut group, "floats", "f64");
    picture_of::<f32, f32>(&mut group, "floats", "f32");
    let (large, model) = (picture::<f64, u8>(1024, 8, 7), of_pictures::<f64, u8>());
    explain(&mut group, ("1024x1024, bytes", "f64"), (PICTURES, &large), lime_image::original(), &model);
    group.finish();
}

criterion_group!(benches, tables, texts, pictures);
criterion_main!(benches);
