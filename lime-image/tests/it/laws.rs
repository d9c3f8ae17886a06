//! What holds whatever the picture: linear models are recovered, threads and batches change nothing, bad input is refused.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{label_map, picture};
use lime_core::{BoxError, Explainer, Explanation, Representation, model_fn};
use lime_image::{
    AtMost, Element, Error, Felzenszwalb, Grid, Image, ImageBatch, Layout, Quickshift, Scale, Segmenter, Segments,
    Slic, Superpixels, original, segmenter_fn,
};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::OrdinaryLeastSquares;
use lime_surrogates::selection::NoSelection;
use nalgebra::DMatrix;
use proptest::prelude::*;

/// A weight for every number of a picture, positive and negative.
fn weight(at: usize) -> f64 {
    f64::from((at as u32).wrapping_mul(2_654_435_761) >> 16) / 65_536.0 - 0.5
}

/// What the weights make of a picture.
fn linear<T: Element>(image: &[T]) -> f64
where
    f64: From<T>,
{
    image.iter().enumerate().map(|(at, &value)| weight(at) * f64::from(value)).sum::<f64>() / image.len() as f64
}

/// The largest error of a coefficient, and of the prediction with everything hidden, over the largest coefficient.
fn recovery_error<T: Element>(superpixels: &Superpixels<f64, T>, samples: usize) -> f64
where
    f64: From<T>,
{
    let model = model_fn(|batch: &ImageBatch<T>| {
        DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| linear(image)))
    });
    let explainer = Explainer::new(MonteCarlo, Radial::for_images(), NoSelection, OrdinaryLeastSquares::default())
        .samples(samples)
        .batch_size(16);
    let explanation = explainer.explain(superpixels, &model).unwrap();
    let (count, size) = (superpixels.segments().count(), superpixels.shown().len());
    let mut expected = vec![0.0; count];
    let channels = size / superpixels.segments().labels().len();
    for at in 0..size {
        let pixel = match superpixels.layout() {
            Layout::Nhwc => at / channels,
            Layout::Nchw => at % (size / channels),
        };
        let change = f64::from(superpixels.shown()[at]) - f64::from(superpixels.hidden()[at]);
        expected[superpixels.segments().labels()[pixel] as usize] += weight(at) * change / size as f64;
    }
    let largest = expected.iter().fold(0.0_f64, |top, weight| top.max(weight.abs()));
    let target = &explanation.targets[0];
    let hidden = (target.intercept.unwrap() - linear(superpixels.hidden())).abs();
    let wrong = target.dense(count).iter().zip(&expected).fold(hidden, |top, (a, b)| top.max((a - b).abs()));
    wrong / largest
}

/// A linear model over pixels: a superpixel's coefficient is the sum over its pixels of weight times (pixel - fill).
#[test]
fn linear_models_are_recovered_on_every_segmenter() {
    let image = picture("astronaut");
    let segmenters: [(&str, Box<dyn Segmenter>); 6] = [
        ("quickshift", Box::new(Quickshift::default())),
        ("slic", Box::new(Slic::default())),
        ("felzenszwalb", Box::new(Felzenszwalb::default())),
        ("grid", Box::new(Grid::default())),
        ("at most", Box::new(AtMost::new(Slic::default(), 20).unwrap())),
        ("label map", Box::new(label_map("astronaut_slic_grid"))),
    ];
    for (name, segmenter) in segmenters {
        let segments = segmenter.segment(&image).unwrap();
        let samples = 300.max(6 * segments.count());
        for layout in [Layout::Nhwc, Layout::Nchw] {
            let builder = Superpixels::builder(&image).segmenter(&segments).layout(layout);
            let floats = recovery_error::<f32>(&builder.scale(Scale::unit()).build().unwrap(), samples);
            assert!(floats < 1e-9, "{name}, {layout}: {floats:e}");
        }
        let bytes = recovery_error::<u8>(&Superpixels::builder(&image).segmenter(&segments).build().unwrap(), samples);
        assert!(bytes < 1e-9, "{name}, bytes: {bytes:e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any picture, any number of channels, any map from pixels to superpixels.
    #[test]
    fn linear_models_are_recovered_on_any_map(
        (height, width, channels) in (1..7_usize, 2..9_usize, 1..6_usize),
        seed in any::<u32>(),
        parts in 2..5_u32,
    ) {
        let number = |at: usize| (at as u32 ^ seed).wrapping_mul(2_654_435_761) >> 8;
        let values: Vec<u8> = (0..height * width * channels).map(|at| (number(at) % 256) as u8).collect();
        let image = Image::from_u8(height, width, channels, &values).unwrap();
        // Pieces far apart are one superpixel; ids are of any value.
        let mut ids: Vec<i64> = (0..height * width).map(|at| i64::from(number(at + 999)) % i64::from(parts) * 37 - 50).collect();
        ids[0] = 7_000;
        let segments = Segments::new(height, width, &ids).unwrap();
        let fill = Image::from_u8(height, width, channels, &vec![(seed % 256) as u8; values.len()]).unwrap();
        let superpixels = Superpixels::builder(&image).segmenter(segments).fill(fill).layout(Layout::Nchw);
        let superpixels: Superpixels<f64, f32> = superpixels.build().unwrap();
        prop_assert!(recovery_error(&superpixels, 200) < 1e-9);
    }
}

fn curved(batch: &ImageBatch<f32>) -> DMatrix<f64> {
    DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| (linear(image) * 3.0).tanh()))
}

fn explain(batch_size: usize, threads: usize, seed: u64) -> Explanation {
    let image = picture("coffee");
    let superpixels: Superpixels<f64, f32> =
        Superpixels::builder(&image).segmenter(label_map("coffee_slic_grid")).build().unwrap();
    let explainer = original().samples(300).batch_size(batch_size).seed(seed);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| explainer.explain_parallel(&superpixels, &model_fn(curved))).unwrap()
}

#[test]
fn threads_and_batches_change_no_bit() {
    let expected = explain(10, 1, 5);
    for (batch_size, threads) in [(1, 1), (7, 2), (299, 2), (300, 1)] {
        assert_eq!(explain(batch_size, threads, 5), expected, "batches of {batch_size}, {threads} thread(s)");
    }
    assert_ne!(explain(10, 1, 6).targets, expected.targets);
}

/// Whatever stood at a place before, the picture written there is the same.
#[test]
fn a_place_in_a_batch_remembers_nothing_wrong() {
    let image = picture("astronaut");
    let segments = label_map("astronaut_slic_grid");
    let build = |layout| -> Superpixels<f64, u8> {
        Superpixels::builder(&image).segmenter(&segments).layout(layout).build().unwrap()
    };
    for layout in [Layout::Nhwc, Layout::Nchw] {
        let (one, other) = (build(layout), build(layout));
        let mut draw = lime_core::Draw::new(one.space(), 3);
        for (row, superpixel) in [(0, 3), (1, 7), (2, 11)] {
            draw.z[(row, superpixel)] = 1.0;
        }
        let mut fresh = one.allocate(3);
        one.restore(&draw, &mut fresh, 0).unwrap();
        let mut used = one.allocate(1);
        other.instance(&mut used, 0).unwrap();
        one.instance(&mut used, 0).unwrap();
        one.resize(&mut used, 5);
        used.image_mut(3).fill(9);
        one.restore(&draw, &mut used, 2).unwrap();
        assert_eq!(used.as_slice()[2 * one.shown().len()..], *fresh.as_slice());
        // Shown where the mask says so, hidden elsewhere.
        let pixels = segments.labels().len();
        for (at, &value) in fresh.image(1).iter().enumerate() {
            let pixel = if layout == Layout::Nhwc { at / 3 } else { at % pixels };
            let from = if segments.labels()[pixel] == 7 { one.shown() } else { one.hidden() };
            assert_eq!(value, from[at]);
        }
    }
}

#[test]
fn more_than_64_superpixels_are_masked_right() {
    let image = Image::from_u8(10, 20, 1, &(0..200).map(|v| v as u8).collect::<Vec<_>>()).unwrap();
    let superpixels: Superpixels<f64, f32> =
        Superpixels::builder(&image).segmenter(Grid::new(10, 20).unwrap()).fill(black(&image)).build().unwrap();
    let mut draw = lime_core::Draw::new(superpixels.space(), 1);
    for superpixel in [0, 63, 64, 127, 128, 199] {
        draw.z[(0, superpixel)] = 1.0;
    }
    let mut batch = superpixels.allocate(1);
    superpixels.restore(&draw, &mut batch, 0).unwrap();
    let shown: Vec<usize> = (0..200).filter(|&at| batch.as_slice()[at] != 0.0).collect();
    assert_eq!(shown, [63, 64, 127, 128, 199]);
}

fn black(image: &Image) -> Image {
    let values = vec![0.0; image.values().len()];
    Image::new(image.height(), image.width(), image.channels(), image.white(), values).unwrap()
}

#[test]
fn details_say_where_superpixels_are() {
    let explanation = explain(50, 1, 0);
    let document = serde_json::to_value(&explanation).unwrap();
    assert_eq!(document["kind"], "image");
    assert_eq!(document["segments"], 52);
    assert_eq!((&document["height"], &document["width"]), (&128.into(), &192.into()));
    let segments = label_map("coffee_slic_grid");
    for feature in document["explanations"][0]["features"].as_array().unwrap() {
        let index = feature["index"].as_u64().unwrap() as u32;
        let inside: Vec<usize> = (0..segments.labels().len()).filter(|&at| segments.labels()[at] == index).collect();
        assert_eq!(feature["pixels"], inside.len());
        let rows = inside.iter().map(|at| at / 192);
        let (top, bottom) = (rows.clone().min().unwrap(), rows.max().unwrap());
        let columns = inside.iter().map(|at| at % 192);
        let (left, right) = (columns.clone().min().unwrap(), columns.max().unwrap());
        let bounds =
            serde_json::json!({"top": top, "left": left, "height": bottom + 1 - top, "width": right + 1 - left});
        assert_eq!(feature["bounds"], bounds);
    }
    let read: Explanation = serde_json::from_value(document).unwrap();
    assert_eq!(read, explanation);
}

fn refused<T>(result: Result<T, BoxError>) -> Error {
    result.err().and_then(|error| error.downcast::<Error>().ok()).map(|error| *error).unwrap()
}

#[test]
fn pictures_that_are_none_are_refused() {
    assert_eq!(Image::from_u8(0, 3, 1, &[]), Err(Error::Empty { height: 0, width: 3, channels: 1 }));
    assert_eq!(Image::from_u8(1, 1, 0, &[]), Err(Error::Empty { height: 1, width: 1, channels: 0 }));
    assert_eq!(Image::from_u8(1, 2, 3, &[0; 5]), Err(Error::Values { height: 1, width: 2, channels: 3, found: 5 }));
    assert!(matches!(Image::from_f32(usize::MAX, 2, 1, vec![0.0]), Err(Error::Values { .. })));
    assert!(matches!(Image::new(1, 1, 1, 0.0, vec![0.0]), Err(Error::White { .. })));
    assert!(matches!(Image::new(1, 1, 1, f32::NAN, vec![0.0]), Err(Error::White { .. })));
    let mut values = vec![0.0; 24];
    values[2 * 6 + 4] = f32::NAN;
    match Image::from_f32(4, 3, 2, values) {
        Err(error @ Error::NotFinite { row: 2, column: 2, channel: 0, .. }) => {
            assert!(error.to_string().starts_with("row 2, column 2, channel 0 of the picture is NaN"));
        }
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn parts_that_do_not_fit_are_refused_before_the_model_is_asked() {
    let image = Image::from_u8(4, 4, 3, &[9; 48]).unwrap();
    let other = Image::from_u8(4, 5, 3, &[9; 60]).unwrap();
    let build = |result: Result<Superpixels<f64, f32>, BoxError>| refused(result);
    let small = Segments::new(2, 2, &[0, 1, 2, 3]).unwrap();
    assert_eq!(
        build(Superpixels::builder(&image).segmenter(&small).build()),
        Error::SegmentsSize { height: 4, width: 4, found: (2, 2) }
    );
    // A closure that pays no attention to the picture.
    let careless = segmenter_fn(|_: &Image| Ok(Segments::new(2, 2, &[0, 1, 2, 3])?));
    assert!(matches!(build(Superpixels::builder(&image).segmenter(careless).build()), Error::SegmentsSize { .. }));
    let grid = Grid::new(2, 2).unwrap();
    assert_eq!(
        build(Superpixels::builder(&image).segmenter(grid).fill(&other).build()),
        Error::FillShape { expected: (4, 4, 3), found: (4, 5, 3) }
    );
    let floats = Image::from_f32(4, 4, 3, vec![0.0; 48]).unwrap();
    assert!(matches!(
        build(Superpixels::builder(&image).segmenter(grid).fill(floats).build()),
        Error::FillWhite { .. }
    ));
    let scale = Scale::standardised(&[0.5, 0.5], &[1.0, 1.0]).unwrap();
    assert_eq!(
        build(Superpixels::builder(&image).segmenter(grid).scale(scale).build()),
        Error::ScaleChannels { given: 2, channels: 3 }
    );
    for (mean, std) in
        [(vec![], vec![]), (vec![0.0], vec![0.0]), (vec![f32::NAN], vec![1.0]), (vec![0.0], vec![1.0; 2])]
    {
        assert!(Scale::standardised(&mean, &std).is_err(), "{mean:?} {std:?}");
    }
    assert!(Grid::new(0, 1).is_err() && Grid::new(1, 0).is_err());
    assert!(matches!(Segments::new(2, 2, &[0_u8; 3]), Err(Error::Labels { found: 3, .. })));
    assert!(matches!(Segments::new::<i32>(0, 2, &[]), Err(Error::Empty { .. })));
}

/// One superpixel can be shown or hidden, and no more: an explanation, with its warning where nothing else is to say.
#[test]
fn pictures_of_one_pixel_and_one_superpixel_are_explained() {
    for image in [Image::from_u8(1, 1, 3, &[200, 10, 10]).unwrap(), Image::from_u8(3, 3, 3, &[70; 27]).unwrap()] {
        let segmenters: [Box<dyn Segmenter>; 4] = [
            Box::new(Grid::new(1, 1).unwrap()),
            Box::new(Quickshift::default()),
            Box::new(Slic::default()),
            Box::new(Felzenszwalb::default()),
        ];
        for segmenter in segmenters {
            let superpixels: Superpixels<f64, u8> =
                Superpixels::builder(&image).segmenter(segmenter).fill(black(&image)).build().unwrap();
            let calls = AtomicUsize::new(0);
            let model = model_fn(|batch: &ImageBatch<u8>| {
                calls.fetch_add(batch.len(), Ordering::Relaxed);
                DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[0])))
            });
            let explanation = original().samples(50).explain(&superpixels, &model).unwrap();
            assert_eq!(calls.load(Ordering::Relaxed), 50);
            assert_eq!(explanation.targets[0].features.len(), superpixels.segments().count());
            assert!(explanation.targets[0].features[0].weight > 0.0);
        }
    }
}

/// A grid finer than the pixels is a superpixel a pixel.
#[test]
fn more_segments_than_pixels_are_as_many_as_pixels() {
    let image = Image::from_u8(2, 3, 1, &[0; 6]).unwrap();
    assert_eq!(Grid::new(50, 50).unwrap().segment(&image).unwrap().count(), 6);
}
