//! One side of a paired comparison (`cargo xtask compare`): runs a workload once for every line of standard input and
//! answers with the milliseconds it took, the model's own time taken out. The last line is the peak of resident memory.
#![allow(clippy::panic, clippy::print_stdout, missing_docs)]

use std::io::BufRead as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lime_core::{BoxError, model_fn};
use lime_image::{Element, Felzenszwalb, Grid, Image, ImageBatch, Quickshift, Segmenter, Slic, Superpixels, explainer};
use nalgebra::DMatrix;

const SIDE: usize = 299;

/// The picture that both sides work on: a photograph, brought to 299 x 299 x 3.
fn picture() -> Result<Image, BoxError> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/coffee.png");
    let photograph = image::open(path)?.into_rgb8();
    let (width, height) = photograph.dimensions();
    let mut values = Vec::with_capacity(SIDE * SIDE * 3);
    // The nearest pixel, as the other side takes it.
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (column, row) = (x * width as usize / SIDE, y * height as usize / SIDE);
            values.extend(photograph.get_pixel(column as u32, row as u32).0);
        }
    }
    Ok(Image::from_u8(SIDE, SIDE, 3, &values)?)
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let Some(workload) = arguments.next() else { return };
    let samples: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000);
    if let Err(error) = work(&workload, samples) {
        panic!("{error}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    println!("peak {}", peak.trim());
}

fn work(workload: &str, samples: usize) -> Result<(), BoxError> {
    let image = picture()?;
    match workload {
        "image" => explain::<u8>(&image, samples),
        "image-f32" => explain::<f32>(&image, samples),
        "quickshift" => segment(&image, &Quickshift::default()),
        "slic" => segment(&image, &Slic::default().sigma(1.0)?),
        "felzenszwalb" => segment(&image, &Felzenszwalb::default()),
        _ => panic!("no workload {workload:?}: image, image-f32, quickshift, slic, felzenszwalb"),
    }
}

fn each(mut run: impl FnMut() -> Result<Duration, BoxError>) -> Result<(), BoxError> {
    for _ in std::io::stdin().lock().lines() {
        println!("{:.6}", run()?.as_secs_f64() * 1e3);
    }
    Ok(())
}

fn segment(image: &Image, segmenter: &impl Segmenter) -> Result<(), BoxError> {
    each(|| {
        let start = Instant::now();
        std::hint::black_box(segmenter.segment(image)?);
        Ok(start.elapsed())
    })
}

fn explain<T: Element>(image: &Image, samples: usize) -> Result<(), BoxError>
where
    f64: From<T>,
{
    let segments = Grid::new(8, 7)?.segment(image)?;
    let in_model = Mutex::new(Duration::ZERO);
    let model = model_fn(|batch: &ImageBatch<T>| {
        let start = Instant::now();
        let answer = DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[0])));
        if let Ok(mut total) = in_model.lock() {
            *total += start.elapsed();
        }
        answer
    });
    each(|| {
        let start = Instant::now();
        let superpixels: Superpixels<f64, T> = Superpixels::builder(image).segmenter(&segments).build()?;
        explainer().samples(samples).explain(&superpixels, &model)?;
        let model = in_model.lock().map(|mut total| std::mem::take(&mut *total)).unwrap_or_default();
        Ok(start.elapsed() - model)
    })
}
