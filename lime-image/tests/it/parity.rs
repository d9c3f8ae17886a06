//! The mean and spread of the original's coefficients over seeds: lime 0.2.0.1 (see reference/README.md).

use crate::support::{json, label_map, numbers, picture};
use lime_core::{Model, Targets, model_fn};
use lime_image::{Fill, Image, ImageBatch, SegmentMean, Superpixels, original};
use nalgebra::DMatrix;
use serde_json::Value;

const SEEDS: u64 = 60;

/// The reference's region model: a sigmoid of the mean red of one region and the mean blue of another.
fn region_model(height: usize, width: usize) -> impl Model<ImageBatch<u8>, f64> + Sync {
    let mean = move |image: &[u8], rows: std::ops::Range<usize>, columns: std::ops::Range<usize>, channel: usize| {
        let count = rows.len() * columns.len();
        let values = rows.flat_map(|y| columns.clone().map(move |x| f64::from(image[(y * width + x) * 3 + channel])));
        values.sum::<f64>() / count as f64 / 255.0
    };
    model_fn(move |batch: &ImageBatch<u8>| {
        let mut out = DMatrix::zeros(batch.len(), 2);
        for (i, image) in batch.images().enumerate() {
            let a = mean(image, height / 4..height / 2, width / 4..width / 2, 0);
            let c = mean(image, height / 2..height, 0..width, 2);
            let p = 1.0 / (1.0 + (-(4.0 * a - 3.0 * c + 2.0 * a * c - 0.5)).exp());
            out[(i, 0)] = 1.0 - p;
            out[(i, 1)] = p;
        }
        out
    })
}

/// How far our mean is from theirs, in standard errors of both.
fn standard_errors(ours: &[f64], mean: f64, sd: f64, seeds: f64) -> f64 {
    let n = ours.len() as f64;
    let our_mean = ours.iter().sum::<f64>() / n;
    let variance = ours.iter().map(|v| (v - our_mean).powi(2)).sum::<f64>() / (n - 1.0);
    (our_mean - mean).abs() / (variance / n + sd * sd / seeds).sqrt()
}

fn check(picture_name: &str, image: &Image, stats: &Value) -> (f64, f64, usize) {
    let segments = label_map(&format!("{picture_name}_slic_grid"));
    let black = Image::from_u8(image.height(), image.width(), 3, &vec![0; image.values().len()]).unwrap();
    let fill: Box<dyn Fill> =
        if stats["hide_color"].is_null() { Box::new(SegmentMean::truncated()) } else { Box::new(black) };
    let superpixels: Superpixels<f64, u8> =
        Superpixels::builder(image).segmenter(&segments).fill(fill).build().unwrap();
    let model = region_model(image.height(), image.width());
    let samples = stats["num_samples"].as_u64().unwrap() as usize;
    let mut coefficients = vec![Vec::new(); segments.count() + 1];
    for seed in 0..SEEDS {
        let explainer = original().samples(samples).seed(seed).targets(Targets::Given(vec![1])).batch_size(50);
        let explanation = explainer.explain(&superpixels, &model).unwrap();
        let target = &explanation.targets[0];
        coefficients[segments.count()].push(target.intercept.unwrap());
        for (of, weight) in coefficients.iter_mut().zip(target.dense(segments.count())) {
            of.push(weight);
        }
    }
    let mut means = numbers(&stats["coef_mean"]);
    means.push(stats["intercept_mean"].as_f64().unwrap());
    let mut sds = numbers(&stats["coef_sd"]);
    sds.push(stats["intercept_sd"].as_f64().unwrap());
    let seeds = stats["seeds"].as_f64().unwrap();
    let mut worst: f64 = 0.0;
    let mut spread = 0.0;
    for ((ours, &mean), &sd) in coefficients.iter().zip(&means).zip(&sds) {
        worst = worst.max(standard_errors(ours, mean, sd, seeds));
        let n = ours.len() as f64;
        let own = ours.iter().sum::<f64>() / n;
        spread += (ours.iter().map(|v| (v - own).powi(2)).sum::<f64>() / (n - 1.0)).sqrt() / sd / means.len() as f64;
    }
    (worst, spread, means.len())
}

#[test]
fn coefficients_are_the_originals() {
    for of in json("image.json")["images"].as_array().unwrap() {
        let name = of["image"].as_str().unwrap();
        let image = picture(name);
        for stats in of["stats"].as_array().unwrap() {
            let (worst, spread, count) = check(name, &image, stats);
            println!(
                "{name}, hide_color {}: {count} means, farthest {worst:.2} standard errors, spread {spread:.3}",
                stats["hide_color"]
            );
            assert!(worst < 4.0, "{name}: {worst} standard errors");
            assert!((spread - 1.0).abs() < 0.25, "{name}: {spread} times the spread");
        }
    }
}
