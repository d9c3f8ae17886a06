//! The way back from samples to the model's inputs, h_x: tables, texts and pictures, in f64 and f32.
#![allow(clippy::panic, missing_docs)]

mod support;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::{Draw, Real, Representation, Sampler};
use lime_samplers::MonteCarlo;
use support::{SEED, document, ok, picture, row};

/// Two blocks of samples in turn, as a place in a batch holds one sample after another; throughput counts perturbations.
fn restore<F: Real, R: Representation<F>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    (name, scalar): (&str, &str),
    (rows, representation): (usize, &R),
) {
    let space = representation.space();
    let design = ok(MonteCarlo.design(space, 4 * rows, SEED));
    let draws = [rows..2 * rows, 2 * rows..3 * rows].map(|range| {
        let mut draw = Draw::new(space, rows);
        design.fill(range, &mut draw);
        draw
    });
    let mut batch = representation.allocate(rows);
    group.throughput(Throughput::Elements(2 * rows as u64));
    group.bench_function(BenchmarkId::new(name, scalar), |b| {
        b.iter(|| {
            for draw in &draws {
                ok(representation.restore(draw, &mut batch, 0));
                black_box(&mut batch);
            }
        });
    });
}

fn all_of<F: Real>(group: &mut BenchmarkGroup<'_, WallTime>, scalar: &str) {
    restore::<F, _>(group, ("quartile bins", scalar), (256, &row(30, true)));
    restore::<F, _>(group, ("numbers", scalar), (256, &row(30, false)));
    restore::<F, _>(group, ("60 words", scalar), (256, &document(60, 60, false)));
    restore::<F, _>(group, ("400 words", scalar), (256, &document(400, 240, false)));
    restore::<F, _>(group, ("400 positions", scalar), (256, &document(400, 240, true)));
    restore::<F, _>(group, ("299x299, bytes", scalar), (10, &picture::<F, u8>(299, 8, 7)));
    restore::<F, _>(group, ("299x299, floats", scalar), (10, &picture::<F, f32>(299, 8, 7)));
}

fn all(c: &mut Criterion) {
    let mut group = support::group(c, "representations", 50);
    all_of::<f64>(&mut group, "f64");
    all_of::<f32>(&mut group, "f32");
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
