//! Superpixels of a photograph of 299 x 299 pixels, the size that Inception takes: one thread.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use image::imageops::FilterType;
use lime_image::{Felzenszwalb, Image, Quickshift, Segmenter};

const SIDE: u32 = 299;

/// The photograph of the tests, brought to size.
fn picture() -> Image {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/astronaut.png");
    let rgb = image::open(path).unwrap().resize_exact(SIDE, SIDE, FilterType::CatmullRom).to_rgb8();
    Image::from_u8(SIDE as usize, SIDE as usize, 3, rgb.as_raw()).unwrap()
}

fn segment(c: &mut Criterion, group: &str, segmenters: &[(&str, &dyn Segmenter)]) {
    let image = picture();
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(image.pixels() as u64)).sample_size(20);
    for (name, segmenter) in segmenters {
        group.bench_function(*name, |b| b.iter(|| black_box(segmenter.segment(&image))));
    }
    group.finish();
}

fn quickshift(c: &mut Criterion) {
    let small = Quickshift::new().kernel_size(3.0).unwrap().max_dist(6.0).unwrap().ratio(0.5).unwrap();
    segment(c, "quickshift", &[("4,200,0.2", &Quickshift::default()), ("3,6,0.5", &small)]);
}

fn felzenszwalb(c: &mut Criterion) {
    let fine = Felzenszwalb::new().scale(1.0).unwrap().sigma(0.8).unwrap().min_size(20);
    segment(c, "felzenszwalb", &[("100,0.5,50", &Felzenszwalb::default()), ("1,0.8,20", &fine)]);
}

criterion_group!(benches, quickshift, felzenszwalb);
criterion_main!(benches);
