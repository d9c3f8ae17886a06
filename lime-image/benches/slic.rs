//! SLIC and the merging of its superpixels, one thread.
#![allow(clippy::panic, missing_docs, unreachable_pub)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lime_image::{Image, Segmenter, Slic};

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

fn slic(c: &mut Criterion) {
    let data = ok(std::fs::read("/tmp/scratch/astro299.bin"));
    let image = ok(Image::from_u8(299, 299, 3, &data));
    let mut group = c.benchmark_group("slic");
    group.throughput(Throughput::Elements(299 * 299));
    let s = ok(ok(Slic::new(100)).sigma(1.0));
    group.bench_function("slic", |b| b.iter(|| black_box(s.segment(&image))));
    group.finish();
}

criterion_group!(benches, slic);
criterion_main!(benches);
