//! A picture of 299 x 299 x 3 with 56 superpixels, 1000 samples, a model that answers at once: perturbing and fitting, one thread.
#![allow(clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lime_core::model_fn;
use lime_image::{Element, Grid, Image, ImageBatch, Layout, Superpixels, original};
use nalgebra::DMatrix;

fn superpixels<T: Element>(layout: Layout) -> Superpixels<f64, T> {
    let values: Vec<u8> = (0..299 * 299 * 3_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let image = Image::from_u8(299, 299, 3, &values).unwrap();
    Superpixels::builder(&image).segmenter(Grid::new(8, 7).unwrap()).layout(layout).build().unwrap()
}

fn explain<T: Element>(c: &mut Criterion, name: &str, layout: Layout)
where
    f64: From<T>,
{
    let superpixels = superpixels::<T>(layout);
    let model = model_fn(|batch: &ImageBatch<T>| {
        DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[1234])))
    });
    let mut group = c.benchmark_group("superpixels");
    group.throughput(Throughput::Elements(1_000)).sample_size(20);
    group.bench_function(name, |b| b.iter(|| original().explain(&superpixels, &model).unwrap()));
    group.finish();
}

fn all(c: &mut Criterion) {
    explain::<u8>(c, "u8_nhwc", Layout::Nhwc);
    explain::<u8>(c, "u8_nchw", Layout::Nchw);
    explain::<f32>(c, "f32_nhwc", Layout::Nhwc);
    explain::<f32>(c, "f32_nchw", Layout::Nchw);
}

criterion_group!(benches, all);
criterion_main!(benches);
