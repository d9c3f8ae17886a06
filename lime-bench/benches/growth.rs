//! How the time of an explanation grows: with samples, features, targets, superpixels, words and threads, one at a time.
#![allow(clippy::panic, missing_docs)]

mod support;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::Targets;
use rayon::ThreadPoolBuilder;
use support::{SEED, document, of_pictures, of_rows, of_tables, of_texts, ok, picture, row};

const SAMPLES: usize = 5_000;

/// A point of a line: throughput counts perturbations.
fn point(group: &mut BenchmarkGroup<'_, WallTime>, (line, x): (&str, usize), samples: usize, mut run: impl FnMut()) {
    group.throughput(Throughput::Elements(samples as u64));
    group.bench_function(BenchmarkId::new(line, x), |b| b.iter(&mut run));
}

const TABLES: [(&str, bool); 2] = [("quartile", true), ("gaussian", false)];

fn samples(c: &mut Criterion) {
    let (mut group, model) = (support::group(c, "growth/samples", 20), of_rows::<f64>(1));
    for (name, bins) in TABLES {
        let row = row::<f64>(30, bins);
        for n in [2_000, 8_000, 32_000, 128_000] {
            let explainer = of_tables(n);
            point(&mut group, (name, n), n, || drop(black_box(ok(explainer.explain(&row, &model)))));
        }
    }
    group.finish();
}

fn features(c: &mut Criterion) {
    let (mut group, model) = (support::group(c, "growth/features", 20), of_rows::<f64>(1));
    for (name, bins) in TABLES {
        for d in [8, 16, 31, 62, 125, 250, 500] {
            let (row, explainer) = (row::<f64>(d, bins), of_tables(SAMPLES));
            point(&mut group, (name, d), SAMPLES, || drop(black_box(ok(explainer.explain(&row, &model)))));
        }
    }
    group.finish();
}

fn targets(c: &mut Criterion) {
    let mut group = support::group(c, "growth/targets", 20);
    for (name, bins) in TABLES {
        let row = row::<f64>(30, bins);
        for targets in [1, 2, 4, 8, 16] {
            let model = of_rows::<f64>(targets);
            let explainer = of_tables(SAMPLES).targets(Targets::Given((0..targets).collect()));
            point(&mut group, (name, targets), SAMPLES, || drop(black_box(ok(explainer.explain(&row, &model)))));
        }
    }
    group.finish();
}

fn superpixels(c: &mut Criterion) {
    let (mut group, model) = (support::group(c, "growth/superpixels", 20), of_pictures::<f64, u8>());
    for (rows, columns) in [(4, 4), (8, 7), (16, 14)] {
        let (picture, explainer) = (picture::<f64, u8>(299, rows, columns), lime_image::original().seed(SEED));
        point(&mut group, ("299x299, bytes", rows * columns), 1_000, || {
            drop(black_box(ok(explainer.explain(&picture, &model))));
        });
    }
    group.finish();
}

fn words(c: &mut Criterion) {
    let (mut group, model) = (support::group(c, "growth/words", 20), of_texts::<f64>());
    for words in [30, 60, 120, 240, 480] {
        let (document, explainer) = (document::<f64>(words, words, false), lime_text::original().seed(SEED));
        point(&mut group, ("bag of words", words), SAMPLES, || {
            drop(black_box(ok(explainer.explain(&document, &model))));
        });
    }
    group.finish();
}

/// One explanation of many samples, and the explanations of many rows: powers of two of threads, up to those there are.
fn threads(c: &mut Criterion) {
    let (mut group, model) = (support::group(c, "growth/threads", 20), of_rows::<f64>(1));
    let rows: Vec<_> = (0..16).map(|_| row::<f64>(30, true)).collect();
    let there = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|threads| *threads <= there) {
        let pool = ok(ThreadPoolBuilder::new().num_threads(threads).build());
        let (one, many) = (of_tables(16 * SAMPLES), of_tables(SAMPLES));
        point(&mut group, ("one row", threads), 16 * SAMPLES, || {
            drop(black_box(ok(pool.install(|| one.explain_parallel(&rows[0], &model)))));
        });
        point(&mut group, ("16 rows", threads), 16 * SAMPLES, || {
            drop(black_box(pool.install(|| many.explain_many(&rows, &model))));
        });
    }
    group.finish();
}

criterion_group!(benches, samples, features, targets, superpixels, words, threads);
criterion_main!(benches);
