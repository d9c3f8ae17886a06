//! SLIC, SLICO and the merging of superpixels, one thread: a photograph of 128 x 128 pixels brought to 299 x 299.
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

fn picture() -> Image {
    let image = ok(image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/astronaut.png"))).into_rgb8();
    let image = image::imageops::resize(&image, 299, 299, image::imageops::FilterType::Triangle);
    ok(Image::from_u8(299, 299, 3, image.as_raw()))
}

fn slic(c: &mut Criterion) {
    let image = picture();
    let slic = ok(ok(Slic::new(100)).sigma(1.0));
    let mut group = c.benchmark_group("299x299");
    group.throughput(Throughput::Elements(299 * 299));
    group.bench_function("slic/100", |b| b.iter(|| black_box(slic.segment(&image))));
    group.bench_function("slico/100", |b| b.iter(|| black_box(slic.adaptive(true).segment(&image))));
    let fine = ok(ok(slic.segments(1000)).segment(&image));
    group.bench_function("merged/1000 to 100", |b| b.iter(|| black_box(fine.merged(&image, 100))));
    group.finish();
}

criterion_group!(benches, slic);
criterion_main!(benches);
