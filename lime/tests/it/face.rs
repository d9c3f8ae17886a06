//! The face in the astronaut's picture is what a model of faces looks at.

use lime::image::{self, Image, ImageBatch, Layout, Scale, Segmenter, Segments, Slic, Superpixels};
use lime::models::{ImageModel, Runtime};
use lime::nalgebra::DMatrix;
use lime::{Explanation, Model, Representation, Stream, Targets};

/// Rows and columns of the face in the picture of 128 x 128 pixels, from brow to chin and ear to ear.
const FACE: (std::ops::Range<usize>, std::ops::Range<usize>) = (15..48, 42..71);
const FACES: usize = 1;
/// A fifth of what the explainer draws by itself: fewer samples make it harder to find the face, and the model's calls are what takes
/// time here.
const SAMPLES: usize = 200;

fn astronaut() -> Image {
    let picture = image::load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/astronaut.png")).unwrap().image;
    picture.to_rgb(&[255.0; 3]).unwrap().resize(128, 128).unwrap()
}

fn model() -> ImageModel {
    ImageModel::load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/face.onnx"), Runtime::Tract).unwrap()
}

fn superpixels(picture: &Image, segments: usize) -> Superpixels<f64, f32> {
    let slic = Slic::new(segments).unwrap().sigma(1.0).unwrap();
    let builder = Superpixels::builder(picture).segmenter(slic.segment(picture).unwrap());
    builder.layout(Layout::Nchw).scale(Scale::unit()).build().unwrap()
}

fn explain(superpixels: &Superpixels<f64, f32>, model: &ImageModel, seed: u64) -> Explanation {
    let explainer = image::original().samples(SAMPLES).seed(seed).targets(Targets::Given(vec![FACES]));
    explainer.explain_parallel(superpixels, model).unwrap()
}

/// How much of some superpixels' area lies in the face.
fn share_in_face(segments: &Segments, superpixels: &[usize]) -> f64 {
    let (mut inside, mut all) = (0, 0);
    for (at, &label) in segments.labels().iter().enumerate() {
        if superpixels.contains(&(label as usize)) {
            all += 1;
            let (row, column) = (at / segments.width(), at % segments.width());
            inside += usize::from(FACE.0.contains(&row) && FACE.1.contains(&column));
        }
    }
    f64::from(inside as u32) / f64::from(all)
}

/// The highest superpixels, the first the highest.
fn order(explanation: &Explanation) -> Vec<usize> {
    let mut features = explanation.targets[0].features.clone();
    features.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    features.iter().map(|feature| feature.index).collect()
}

/// The mean score while superpixels are hidden four after the other, the first ones of an order first: the area under the deletion
/// curve.
fn deletion(superpixels: &Superpixels<f64, f32>, model: &ImageModel, order: &[usize]) -> f64 {
    let steps: Vec<&[usize]> = (0..=order.len()).step_by(4).map(|hidden| &order[..hidden]).collect();
    let mut draw = lime::Draw::new(superpixels.space(), steps.len());
    draw.z.fill(1.0);
    for (step, hidden) in steps.iter().enumerate() {
        for &superpixel in *hidden {
            draw.z[(step, superpixel)] = 0.0;
        }
    }
    let mut batch: ImageBatch<f32> = superpixels.allocate(steps.len());
    superpixels.restore(&draw, &mut batch, 0).unwrap();
    let scores: DMatrix<f64> = model.predict(&batch).unwrap();
    scores.column(FACES).mean()
}

#[test]
fn the_face_is_what_counts() {
    let (picture, model) = (astronaut(), model());
    let parts = superpixels(&picture, 150);
    println!("{} superpixels", parts.segments().count());
    for seed in 0..10 {
        let explanation = explain(&parts, &model, seed);
        let highest = order(&explanation);
        let share = share_in_face(parts.segments(), &highest[..5]);
        println!("seed {seed}: {share:.3} of the five highest is in the face, R2 {:.3}", explanation.targets[0].score);
        assert!(share > 0.6, "seed {seed}: {share}");
    }
}

#[test]
fn hiding_what_counts_lowers_the_score_faster_than_hiding_anything() {
    let (picture, model) = (astronaut(), model());
    let parts = superpixels(&picture, 150);
    let explained = deletion(&parts, &model, &order(&explain(&parts, &model, 0)));
    let count = parts.segments().count();
    let random: Vec<f64> = (0..20)
        .map(|seed| {
            let mut order: Vec<usize> = (0..count).collect();
            Stream::new(seed).words(0..1, 0..count, |place, _, words| order.swap(place, words[0] as usize % count));
            deletion(&parts, &model, &order)
        })
        .collect();
    let least = random.iter().copied().fold(f64::INFINITY, f64::min);
    println!("deletion: {explained:.4} by the explanation, {least:.4} at least of 20 random orders");
    assert!(explained < least, "{explained} where a random order has {least}");
}
