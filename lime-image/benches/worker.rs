//! One side of a paired comparison of pictures (`cargo xtask compare`): see `xtask/worker.rs`, and `xtask/python/compare` for the
//! other side.
#![allow(clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../../xtask/worker.rs"]
mod worker;

use lime_core::{BoxError, model_fn};
use lime_image::{Element, Felzenszwalb, Grid, Image, ImageBatch, Quickshift, Segmenter, Slic, Superpixels, original};
use nalgebra::DMatrix;
use worker::Job;

fn main() {
    worker::main(work);
}

fn work(job: &Job) -> Result<(), BoxError> {
    match job.work.as_str() {
        "image" => explain::<u8>(job, 299),
        "image-f32" => explain::<f32>(job, 299),
        "image-1024" => explain::<u8>(job, 1024),
        "image-1024-f32" => explain::<f32>(job, 1024),
        "quickshift" => segment(job, &Quickshift::default()),
        "slic" => segment(job, &Slic::default().sigma(1.0)?),
        "felzenszwalb" => segment(job, &Felzenszwalb::default()),
        work => {
            let known = "image, image-f32, image-1024, image-1024-f32, quickshift, slic, felzenszwalb";
            Err(format!("no workload {work:?}: {known}").into())
        }
    }
}

/// The picture that both sides work on: a photograph, brought to a square in RGB.
fn picture(side: usize) -> Result<Image, BoxError> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/coffee.png");
    let photograph = image::open(path)?.into_rgb8();
    let (width, height) = photograph.dimensions();
    let mut values = Vec::with_capacity(side * side * 3);
    // The nearest pixel, as the other side takes it.
    for y in 0..side {
        for x in 0..side {
            let (column, row) = (x * width as usize / side, y * height as usize / side);
            values.extend(photograph.get_pixel(column as u32, row as u32).0);
        }
    }
    Ok(Image::from_u8(side, side, 3, &values)?)
}

fn segment(job: &Job, segmenter: &impl Segmenter) -> Result<(), BoxError> {
    let image = picture(299)?;
    job.each(|| {
        std::hint::black_box(segmenter.segment(&image)?);
        Ok(())
    })
}

fn explain<T: Element>(job: &Job, side: usize) -> Result<(), BoxError>
where
    f64: From<T>,
{
    let image = picture(side)?;
    let segments = Grid::new(8, 7)?.segment(&image)?;
    let model = model_fn(|batch: &ImageBatch<T>| {
        job.in_model(|| DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[0]))))
    });
    let explainer = original().samples(job.samples);
    job.each(|| {
        let superpixels: Superpixels<f64, T> = Superpixels::builder(&image).segmenter(&segments).build()?;
        job.explain(&explainer, &superpixels, &model)
    })
}
