//! Quick shift and Felzenszwalb's segmentation against scikit-image's, and what holds of them on any picture.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use lime_image::{Error, Felzenszwalb, Image, Quickshift, Segmenter, Segments};
use proptest::prelude::*;

fn reference(name: &str) -> image::DynamicImage {
    image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reference/{name}.png"))).unwrap()
}

fn picture(name: &str) -> Image {
    let rgb = reference(name).to_rgb8();
    Image::from_u8(rgb.height() as usize, rgb.width() as usize, 3, rgb.as_raw()).unwrap()
}

/// The adjusted Rand index of two label maps (Hubert and Arabie 1985).
fn rand_index(a: &[u32], b: &[u32]) -> f64 {
    let pairs = |counts: &HashMap<(u32, u32), f64>| counts.values().map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
    let count = |key: &dyn Fn(u32, u32) -> (u32, u32)| {
        let mut counts = HashMap::new();
        for (&a, &b) in a.iter().zip(b) {
            *counts.entry(key(a, b)).or_insert(0.0) += 1.0;
        }
        pairs(&counts)
    };
    let (both, in_a, in_b) = (count(&|a, b| (a, b)), count(&|a, _| (a, 0)), count(&|_, b| (b, 0)));
    let n = a.len() as f64;
    let expected = in_a * in_b / (n * (n - 1.0) / 2.0);
    (both - expected) / ((in_a + in_b) / 2.0 - expected)
}

/// Checks superpixels against the label map scikit-image 0.26.0 made of the same picture.
fn check(segmenter: &dyn Segmenter, name: &str, setting: &str) {
    let segments = segmenter.segment(&picture(name)).unwrap();
    let expected: Vec<u32> =
        reference(&format!("{name}_{setting}")).to_luma16().into_raw().into_iter().map(u32::from).collect();
    let index = rand_index(segments.labels(), &expected);
    let differ = segments.labels().iter().zip(&expected).filter(|(a, b)| a != b).count();
    assert!(index >= 0.99, "{name} {setting}: adjusted Rand index {index}, {differ} labels differ");
    assert_eq!(segments.count(), expected.iter().collect::<HashSet<_>>().len());
}

const PICTURES: [&str; 2] = ["astronaut", "coffee"];

#[test]
fn quickshift_is_scikit_images() {
    for name in PICTURES {
        check(&Quickshift::default(), name, "quickshift");
        let small = Quickshift::new().kernel_size(3.0).unwrap().max_dist(6.0).unwrap().ratio(0.5).unwrap();
        check(&small, name, "quickshift_small");
    }
}

#[test]
fn felzenszwalb_is_scikit_images() {
    for name in PICTURES {
        check(&Felzenszwalb::default(), name, "felzenszwalb");
        let named = Felzenszwalb::new().scale(100.0).unwrap().sigma(0.5).unwrap().min_size(50);
        assert_eq!(named, Felzenszwalb::default());
    }
}

#[test]
fn the_depth_of_a_picture_does_not_matter() {
    let bytes = picture("astronaut");
    let values = bytes.values().iter().map(|value| value / 255.0).collect();
    let floats = Image::from_f32(bytes.height(), bytes.width(), 3, values).unwrap();
    for segmenter in [&Quickshift::default() as &dyn Segmenter, &Felzenszwalb::default()] {
        let [a, b] = [&bytes, &floats].map(|image| segmenter.segment(image).unwrap());
        assert!(rand_index(a.labels(), b.labels()) > 0.99);
    }
}

#[test]
fn the_same_picture_and_seed_give_the_same_superpixels() {
    let image = picture("coffee");
    let constant = Image::from_u8(20, 20, 3, &[7; 1200]).unwrap();
    let quickshift = Quickshift::new().kernel_size(1.0).unwrap();
    let labels = |seed: u64, image: &Image| quickshift.seed(seed).segment(image).unwrap().labels().to_vec();
    assert_eq!(labels(1, &image), labels(1, &image));
    // Nothing but ties.
    assert_eq!(labels(1, &constant), labels(1, &constant));
    assert_ne!(labels(1, &constant), labels(2, &constant));
    let felzenszwalb = Felzenszwalb::default();
    assert_eq!(felzenszwalb.segment(&image).unwrap(), felzenszwalb.segment(&image).unwrap());
}

/// For every number of channels: a pixel, a row, a column, and a picture of one colour.
#[test]
fn any_shape_and_number_of_channels_is_cut_up() {
    for channels in [1, 2, 3, 4, 7] {
        for (height, width) in [(1, 1), (1, 30), (30, 1), (2, 2), (16, 13)] {
            let values = height * width * channels;
            for value in [|_| 90, |i: usize| (i * i % 251) as u8] {
                let bytes: Vec<u8> = (0..values).map(value).collect();
                let image = Image::from_u8(height, width, channels, &bytes).unwrap();
                for segmenter in [&Quickshift::default() as &dyn Segmenter, &Felzenszwalb::default()] {
                    let segments = segmenter.segment(&image).unwrap();
                    assert_eq!(segments.labels().len(), height * width);
                    assert!((0..).zip(segments.ids()).all(|(number, &id)| number == id));
                }
            }
        }
    }
}

#[test]
fn one_colour_is_one_superpixel() {
    let image = Image::from_u8(40, 50, 3, &[200; 6000]).unwrap();
    assert_eq!(Felzenszwalb::default().segment(&image).unwrap().count(), 1);
}

#[test]
fn brightness_without_bounds_is_cut_up() {
    let values: Vec<f32> = (0..12 * 9 * 4).map(|i| [f32::MAX, f32::MIN, 0.0, -1.0, 1e-30][i * i % 5]).collect();
    for white in [1.0, f32::MIN_POSITIVE, f32::MAX] {
        let image = Image::new(12, 9, 4, white, values.clone()).unwrap();
        let quickshift = Quickshift::new().ratio(f64::MAX).unwrap();
        for segmenter in [&quickshift as &dyn Segmenter, &Quickshift::default(), &Felzenszwalb::default()] {
            assert_eq!(segmenter.segment(&image).unwrap().labels().len(), 108);
        }
    }
}

/// One superpixel for all where nothing is too far and every window holds the whole picture; each pixel its own where anything
/// is.
#[test]
fn the_greatest_distance_is_kept() {
    let image = picture("astronaut");
    let quickshift = Quickshift::new().without_lab().kernel_size(50.0).unwrap();
    let corner: Vec<f32> = (0..20 * 20).flat_map(|i| image.pixel(i / 20, i % 20).to_vec()).collect();
    let corner = Image::new(20, 20, 3, 255.0, corner).unwrap();
    let count = |max_dist: f64| quickshift.max_dist(max_dist).unwrap().segment(&corner).unwrap().count();
    assert_eq!(count(f64::INFINITY), 1);
    assert_eq!(count(0.0), 400);
    assert_eq!(count(0.99), 400);
}

#[test]
fn settings_out_of_range_are_refused() {
    let quickshift = Quickshift::new();
    let felzenszwalb = Felzenszwalb::new();
    let is = |error: Option<Error>, name: &str, number: f64| match error.unwrap() {
        Error::Parameter { parameter, value, .. } => {
            assert_eq!(parameter, name);
            assert_eq!(value.to_bits(), number.to_bits());
        }
        other => panic!("{other}"),
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        is(quickshift.kernel_size(bad).err(), "kernel_size", bad);
        is(quickshift.ratio(bad).err(), "ratio", bad);
        is(quickshift.sigma(bad).err(), "sigma", bad);
        is(felzenszwalb.scale(bad).err(), "scale", bad);
        is(felzenszwalb.sigma(bad).err(), "sigma", bad);
        if bad < 0.0 || bad.is_nan() {
            is(quickshift.max_dist(bad).err(), "max_dist", bad);
        }
    }
    is(quickshift.kernel_size(0.99).err(), "kernel_size", 0.99);
    is(quickshift.sigma(1000.1).err(), "sigma", 1000.1);
    let message = quickshift.kernel_size(0.5).unwrap_err().to_string();
    assert_eq!(message, "quickshift: kernel_size is 0.5: it must be a finite number of at least 1");
}

/// The pixels of a superpixel that can be reached from its first, diagonally too.
fn reached(segments: &Segments, superpixel: u32) -> usize {
    let (height, width) = (segments.height(), segments.width());
    let first = segments.labels().iter().position(|&label| label == superpixel).unwrap();
    let mut seen = HashSet::from([first]);
    let mut open = vec![first];
    while let Some(pixel) = open.pop() {
        for row in (pixel / width).saturating_sub(1)..(pixel / width + 2).min(height) {
            for column in (pixel % width).saturating_sub(1)..(pixel % width + 2).min(width) {
                let next = row * width + column;
                if segments.labels()[next] == superpixel && seen.insert(next) {
                    open.push(next);
                }
            }
        }
    }
    seen.len()
}

prop_compose! {
    fn pictures()(height in 1_usize..14, width in 1_usize..14, channels in 1_usize..5)
        (values in prop::collection::vec(any::<u8>(), height * width * channels), height in Just(height), width in Just(width),
         channels in Just(channels)) -> Image {
        Image::from_u8(height, width, channels, &values).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn superpixels_cover_the_picture(image in pictures(), kernel_size in 1.0..6.0_f64, max_dist in 0.0..50.0_f64, sigma in 0.0..2.0_f64) {
        let quickshift = Quickshift::new().kernel_size(kernel_size).unwrap().max_dist(max_dist).unwrap().sigma(sigma).unwrap();
        let felzenszwalb = Felzenszwalb::new().sigma(sigma).unwrap();
        for segmenter in [&quickshift as &dyn Segmenter, &felzenszwalb] {
            let segments = segmenter.segment(&image).unwrap();
            prop_assert_eq!((segments.height(), segments.width()), (image.height(), image.width()));
            prop_assert_eq!((0..segments.count()).map(|s| segments.pixels(s)).sum::<usize>(), image.pixels());
            prop_assert!((0..segments.count()).all(|s| segments.pixels(s) > 0));
        }
    }

    #[test]
    fn felzenszwalbs_are_connected_and_large_enough(image in pictures(), scale in 0.0..300.0_f64, min_size in 0_usize..40) {
        let segments = Felzenszwalb::new().scale(scale).unwrap().min_size(min_size).segment(&image).unwrap();
        for superpixel in 0..segments.count() {
            prop_assert_eq!(reached(&segments, superpixel as u32), segments.pixels(superpixel));
            prop_assert!(segments.pixels(superpixel) >= min_size.min(image.pixels()));
        }
    }
}
