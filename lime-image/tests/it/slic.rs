//! SLIC against scikit-image's.

use std::collections::{BTreeMap, BTreeSet};

use lime_image::{Error, Image, Segmenter, Segments, Slic};
use proptest::prelude::*;

fn path(name: &str) -> String {
    format!("{}/tests/reference/{name}.png", env!("CARGO_MANIFEST_DIR"))
}

fn picture(name: &str) -> Image {
    let image = image::open(path(name)).unwrap().into_rgb8();
    Image::from_u8(image.height() as usize, image.width() as usize, 3, image.as_raw()).unwrap()
}

fn labels(name: &str) -> Segments {
    let image = image::open(path(name)).unwrap().into_luma16();
    Segments::new(image.height() as usize, image.width() as usize, image.as_raw()).unwrap()
}

/// The pixels with another superpixel to their right or below.
fn boundary(segments: &Segments) -> Vec<bool> {
    let (width, labels) = (segments.width(), segments.labels());
    (0..labels.len())
        .map(|pixel| {
            let right = (pixel % width + 1 < width).then_some(pixel + 1);
            let below = (pixel + width < labels.len()).then_some(pixel + width);
            [right, below].into_iter().flatten().any(|next| labels[next] != labels[pixel])
        })
        .collect()
}

/// The part of the reference's boundary with a boundary within 2 pixels.
fn boundary_recall(found: &Segments, reference: &Segments) -> f64 {
    let (height, width) = (reference.height(), reference.width());
    let (found, reference) = (boundary(found), boundary(reference));
    let near = |pixel: usize| {
        let (y, x) = (pixel / width, pixel % width);
        let mut rows = y.saturating_sub(2)..(y + 3).min(height);
        rows.any(|y| found[y * width..][x.saturating_sub(2)..(x + 3).min(width)].contains(&true))
    };
    let edges: Vec<usize> = (0..reference.len()).filter(|&pixel| reference[pixel]).collect();
    edges.iter().filter(|&&pixel| near(pixel)).count() as f64 / edges.len() as f64
}

/// How many pixels of two maps lie in each pair of superpixels.
fn overlaps(a: &Segments, b: &Segments) -> BTreeMap<(u32, u32), usize> {
    let mut counts = BTreeMap::new();
    for pair in a.labels().iter().copied().zip(b.labels().iter().copied()) {
        *counts.entry(pair).or_default() += 1;
    }
    counts
}

/// Neubert and Protzel 2012: for each superpixel that a region of the reference meets, the smaller part, in or out.
fn undersegmentation(found: &Segments, reference: &Segments) -> f64 {
    let error = |(&(label, _), &inside): (&(u32, u32), &usize)| inside.min(found.pixels(label as usize) - inside);
    overlaps(found, reference).iter().map(error).sum::<usize>() as f64 / found.labels().len() as f64
}

/// Hubert and Arabie 1985.
fn adjusted_rand(a: &Segments, b: &Segments) -> f64 {
    let pairs = |n: usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let within = |segments: &Segments| (0..segments.count()).map(|label| pairs(segments.pixels(label))).sum::<f64>();
    let together: f64 = overlaps(a, b).values().map(|&n| pairs(n)).sum();
    let (a, b, all) = (within(a), within(b), pairs(a.labels().len()));
    (together - a * b / all) / ((a + b) / 2.0 - a * b / all)
}

/// Whether each superpixel is in one piece.
fn connected(segments: &Segments) -> bool {
    let (width, labels) = (segments.width(), segments.labels());
    let mut seen = vec![false; labels.len()];
    let mut pieces = 0;
    for first in 0..labels.len() {
        if seen[first] {
            continue;
        }
        pieces += 1;
        let mut stack = vec![first];
        seen[first] = true;
        while let Some(pixel) = stack.pop() {
            let around = [
                (pixel % width > 0).then(|| pixel - 1),
                (pixel % width + 1 < width).then_some(pixel + 1),
                pixel.checked_sub(width),
                (pixel + width < labels.len()).then_some(pixel + width),
            ];
            for next in around.into_iter().flatten() {
                if !seen[next] && labels[next] == labels[pixel] {
                    seen[next] = true;
                    stack.push(next);
                }
            }
        }
    }
    pieces == segments.count()
}

/// The label maps are scikit-image 0.26.0's `slic` of these pictures: (n_segments 100, compactness 10, sigma 1) and (50, 30, 0).
#[test]
fn superpixels_are_scikit_images() {
    let fine = Slic::new(100).unwrap().sigma(1.0).unwrap();
    let coarse = Slic::new(50).unwrap().compactness(30.0).unwrap();
    for name in ["astronaut", "coffee"] {
        let image = picture(name);
        for (kind, slic) in [("slic", fine), ("slic_grid", coarse)] {
            let ours = slic.segment(&image).unwrap();
            let theirs = labels(&format!("{name}_{kind}"));
            assert!(adjusted_rand(&ours, &theirs) > 0.99, "{name} {kind}: {}", adjusted_rand(&ours, &theirs));
            assert!(boundary_recall(&ours, &theirs) >= 0.95, "{name} {kind}");
            assert!(ours.count().abs_diff(theirs.count()) * 10 <= theirs.count(), "{name} {kind}: {}", ours.count());
            for partition in ["felzenszwalb", "quickshift", "quickshift_small"] {
                let reference = labels(&format!("{name}_{partition}"));
                let (found, expected) = (undersegmentation(&ours, &reference), undersegmentation(&theirs, &reference));
                assert!(found <= 1.05 * expected, "{name} {kind} {partition}: {found}, {expected}");
            }
            assert!(connected(&ours), "{name} {kind}");
        }
    }
}

/// SLICO, pieces, no Lab, one and two channels: scikit-image 0.26.0 gives these maps for this picture of 12 x 15 pixels.
#[test]
fn variants_are_scikit_images() {
    let value = |i: usize| (i * 37 % 101 + i / 29 * 11) % 256;
    let bytes = |channels: usize| (0..12 * 15 * channels).map(|i| value(i) as u8).collect::<Vec<u8>>();
    let slic = Slic::new(9).unwrap();
    let cases: [(&str, usize, Slic); 6] = [
        ("slico", 3, slic.adaptive(true)),
        ("pieces", 3, slic.connected(false)),
        ("rgb", 3, slic.lab(false).compactness(0.2).unwrap()),
        ("gray", 1, slic.compactness(0.5).unwrap()),
        ("two", 2, slic.compactness(0.5).unwrap().iterations(2).unwrap()),
        ("sizes", 3, slic.size_factors(0.1, 0.9).unwrap()),
    ];
    let expected: serde_json::Value = serde_json::from_str(include_str!("../reference/slic_variants.json")).unwrap();
    for (name, channels, slic) in cases {
        let image = Image::from_u8(12, 15, channels, &bytes(channels)).unwrap();
        let ids: Vec<i64> = expected[name].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
        let theirs = Segments::new(12, 15, &ids).unwrap();
        assert_eq!(slic.segment(&image).unwrap().labels(), theirs.labels(), "{name}");
    }
}

#[test]
fn small_pictures_have_superpixels_too() {
    for channels in [1, 2, 3, 4, 7] {
        for (height, width) in [(1, 1), (1, 9), (9, 1), (2, 3), (8, 8), (9, 17)] {
            let constant = Image::from_u8(height, width, channels, &vec![80; height * width * channels]).unwrap();
            let values = (0..height * width * channels).map(|i| (i * 91 % 253) as u8).collect::<Vec<u8>>();
            let varied = Image::from_u8(height, width, channels, &values).unwrap();
            for image in [constant, varied] {
                for count in [1, 2, 5, 1000, usize::MAX] {
                    for slic in
                        [Slic::new(count).unwrap(), Slic::new(count).unwrap().adaptive(true).sigma(2.0).unwrap()]
                    {
                        let segments = slic.segment(&image).unwrap();
                        assert_eq!((segments.height(), segments.width()), (height, width));
                        assert!(segments.count() <= height * width);
                        assert_eq!(slic.segment(&image).unwrap(), segments);
                        slic.connected(false).segment(&image).unwrap();
                        slic.size_factors(0.0, 1e-9).unwrap().segment(&image).unwrap();
                        slic.size_factors(1e300, 1e300).unwrap().segment(&image).unwrap();
                    }
                }
            }
        }
    }
}

/// One pixel each, where that is asked for.
#[test]
fn more_superpixels_than_pixels_are_one_each() {
    let image = Image::from_u8(3, 5, 1, &[9; 15]).unwrap();
    assert_eq!(Slic::new(99).unwrap().segment(&image).unwrap().labels(), (0..15).collect::<Vec<u32>>());
}

#[test]
fn one_superpixel_is_the_picture() {
    let image = picture("coffee");
    let whole = Slic::new(1).unwrap().size_factors(0.5, 1e9).unwrap().segment(&image).unwrap();
    assert_eq!(whole.count(), 1);
}

#[test]
fn the_range_of_values_does_not_matter() {
    let values: Vec<f32> = (0..20 * 20 * 3).map(|i| (i * 31 % 97) as f32).collect();
    let expected = Slic::default().segment(&Image::new(20, 20, 3, 96.0, values.clone()).unwrap()).unwrap();
    for (factor, offset, white) in [(0.5, 3.0, 1.0), (2.0, -64.0, 255.0), (8192.0, 0.0, 65_535.0)] {
        let values = values.iter().map(|value| value * factor + offset).collect();
        let image = Image::new(20, 20, 3, white, values).unwrap();
        assert_eq!(Slic::default().segment(&image).unwrap(), expected);
    }
    let far = [f32::MIN, f32::MAX, 0.0, f32::MAX, f32::MIN, 0.0];
    for channels in [1, 2, 3] {
        Slic::default().segment(&Image::from_f32(1, 6 / channels, channels, far.to_vec()).unwrap()).unwrap();
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let slic = Slic::default();
    let mut refused = vec![Slic::new(0), slic.segments(0), slic.iterations(0)];
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        refused.push(slic.compactness(bad));
        refused.push(slic.sigma(bad));
        refused.push(slic.size_factors(bad, 3.0));
        refused.push(slic.size_factors(0.5, bad));
    }
    refused.push(slic.compactness(0.0));
    refused.push(slic.sigma(1001.0));
    refused.push(slic.size_factors(0.5, 0.0));
    for setting in refused {
        assert!(matches!(setting, Err(Error::Parameter { component: "SLIC", .. })), "{setting:?}");
    }
}

/// Every centre against every pixel of its window, without a bound: what the first iteration must give.
fn by_search(values: &[f64], height: usize, width: usize, step: usize, compactness: f64) -> Vec<usize> {
    let at = |length: usize| (step / 2..length).step_by(step).collect::<Vec<usize>>();
    let centres: Vec<(usize, usize)> =
        at(height).iter().flat_map(|&y| at(width).into_iter().map(move |x| (y, x))).collect();
    let mut closest = Vec::new();
    for (pixel, value) in values.iter().enumerate() {
        let (y, x) = (pixel / width, pixel % width);
        let mut best = (f64::INFINITY, 0);
        for (centre, &(cy, cx)) in centres.iter().enumerate() {
            if cy.abs_diff(y) <= 2 * step && cx.abs_diff(x) <= 2 * step {
                let place = (cy.abs_diff(y).pow(2) + cx.abs_diff(x).pow(2)) as f64 / (step * step) as f64;
                let distance = place + (value / compactness).powi(2);
                if distance < best.0 {
                    best = (distance, centre);
                }
            }
        }
        closest.push(best.1);
    }
    closest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    /// Steps that are powers of 2, so that all distances are exact, and ties with them.
    #[test]
    fn a_bound_changes_nothing(step in prop::sample::select(vec![2_usize, 4, 8]), rows in 2_usize..5, columns in 2_usize..5, values in prop::collection::vec(0_u8..2, 1024)) {
        let (height, width) = (rows * step, columns * step);
        let mut values: Vec<f64> = values[..height * width].iter().map(|&value| f64::from(value)).collect();
        (values[0], values[1]) = (0.0, 1.0);
        let image = Image::from_f32(height, width, 1, values.iter().map(|&value| value as f32).collect()).unwrap();
        let slic = Slic::new(rows * columns).unwrap().compactness(0.5).unwrap().iterations(1).unwrap().connected(false);
        let found = slic.segment(&image).unwrap();
        let expected = by_search(&values, height, width, step, 0.5);
        let found: Vec<usize> = found.labels().iter().map(|&label| found.ids()[label as usize] as usize).collect();
        prop_assert_eq!(found.iter().collect::<BTreeSet<_>>(), expected.iter().collect::<BTreeSet<_>>());
        prop_assert_eq!(found, expected);
    }
}
