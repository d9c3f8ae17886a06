//! Masks, maps and boundaries against lime 0.2.0.1 and scikit-image 0.26.0.

use lime_core::{Explanation, TargetExplanation};
use lime_image::{Boundary, Error, Heatmap, Highlight, Image, Segments, Sign};
use serde_json::{Value, json};

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/view.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn whole(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|value| value.as_i64().unwrap()).collect()
}

fn sizes(value: &Value) -> Vec<usize> {
    whole(value).into_iter().map(|side| usize::try_from(side).unwrap()).collect()
}

/// A target with weights by superpixel, in the order given.
fn target(weights: &[(i64, f64)]) -> TargetExplanation {
    let features: Vec<Value> =
        weights.iter().map(|(index, weight)| json!({"index": index, "name": "", "weight": weight})).collect();
    let document = json!({"format": "lime-explanation", "version": 1, "kind": "image", "samples": 2, "seed": 0,
        "prediction": [1.0], "explanations": [{"target": 0, "name": null, "intercept": null, "local_prediction": 1.0,
        "score": null, "features": features}]});
    let explanation: Explanation = serde_json::from_value(document).unwrap();
    explanation.targets.into_iter().next().unwrap()
}

#[test]
fn boundaries_are_scikit_images() {
    for map in reference()["boundaries"].as_array().unwrap() {
        let shape = sizes(&map["shape"]);
        let segments = Segments::new(shape[0], shape[1], &whole(&map["ids"])).unwrap();
        for (boundary, key) in [
            (Boundary::Thick, "thick"),
            (Boundary::Inner, "inner"),
            (Boundary::Outer, "outer"),
            (Boundary::Outer, "marked"),
        ] {
            let marked = segments.boundaries(boundary);
            let found: Vec<usize> = (0..marked.len()).filter(|&at| marked[at]).collect();
            assert_eq!(found, sizes(&map[key]), "{} {key}", map["name"]);
        }
    }
}

/// What the original keeps: its picture and its mask, in 30 settings.
#[test]
fn highlights_are_the_originals() {
    let reference = &reference()["highlight"];
    let bytes: Vec<u8> = whole(&reference["image"]).into_iter().map(|value| u8::try_from(value).unwrap()).collect();
    let image = Image::from_u8(4, 6, 3, &bytes).unwrap();
    let segments = Segments::new(4, 6, &whole(&reference["segments"])).unwrap();
    let weights: Vec<(i64, f64)> = serde_json::from_value(reference["weights"].clone()).unwrap();
    let target = target(&weights);
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 30);
    for case in cases {
        let sign = match case["sign"].as_str().unwrap() {
            "positive" => Sign::Positive,
            "negative" => Sign::Negative,
            _ => Sign::Both,
        };
        let features = usize::try_from(case["num_features"].as_i64().unwrap()).unwrap();
        let mut highlight =
            Highlight::new().sign(sign).features(features).min_weight(case["min_weight"].as_f64().unwrap());
        if case["hide_rest"].as_bool().unwrap() {
            highlight = highlight.hide_rest();
        }
        let found = highlight.apply(&image, &segments, &target).unwrap();
        let values: Vec<f64> = found.image.values().iter().map(|&value| f64::from(value)).collect();
        assert_eq!(values, numbers(&case["image"]), "{case}");
        assert_eq!(
            found.mask.iter().map(|&sign| i64::from(sign)).collect::<Vec<i64>>(),
            whole(&case["mask"]),
            "{case}"
        );
    }
}

#[test]
fn the_rest_may_be_any_picture() {
    let image = Image::from_u8(1, 3, 1, &[1, 2, 3]).unwrap();
    let segments = Segments::new(1, 3, &[0, 1, 2]).unwrap();
    let target = target(&[(2, 0.5), (0, 0.25)]);
    let gray = Image::from_u8(1, 3, 1, &[128; 3]).unwrap();
    let found = Highlight::new().features(1).rest(gray).apply(&image, &segments, &target).unwrap();
    assert_eq!(found.image.values(), [128.0, 128.0, 3.0]);
    let other = Image::from_f32(1, 3, 1, vec![0.5; 3]).unwrap();
    let error = Highlight::new().rest(other).apply(&image, &segments, &target).unwrap_err();
    assert!(matches!(error, Error::FillWhite { .. }));
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = Image::from_u8(1, 3, 1, &[1, 2, 3]).unwrap();
    let segments = Segments::new(1, 3, &[0, 1, 1]).unwrap();
    let beyond = target(&[(1, 0.5), (2, 0.25)]);
    let error = Heatmap::new(&segments, &beyond).unwrap_err();
    assert_eq!(error, Error::Feature { index: 2, count: 2 });
    assert_eq!(Highlight::new().apply(&image, &segments, &beyond).unwrap_err(), error);
    let target = target(&[(1, 0.5)]);
    let both = Highlight::new().sign(Sign::Both).apply(&image, &segments, &target).unwrap_err();
    assert!(matches!(both, Error::Channels { channels: 1, .. }));
    for least in [-1.0, f64::NAN] {
        let error = Highlight::new().min_weight(least).apply(&image, &segments, &target).unwrap_err();
        assert!(matches!(error, Error::Parameter { parameter: "min_weight", .. }));
    }
    let other = Segments::new(3, 1, &[0, 1, 1]).unwrap();
    assert!(matches!(Highlight::new().apply(&image, &other, &target), Err(Error::SegmentsSize { .. })));
    assert_eq!(segments.broadcast(&[1.0]), Err(Error::Weights { given: 1, count: 2 }));
}

#[test]
fn a_heat_map_has_the_weight_of_every_pixel() {
    let segments = Segments::new(2, 3, &[5, 5, 9, 2, 9, 9]).unwrap();
    let map = Heatmap::new(&segments, &target(&[(1, -2.0), (2, 0.5)])).unwrap();
    assert_eq!((map.height(), map.width()), (2, 3));
    assert_eq!(map.values(), [-2.0, -2.0, 0.5, 0.0, 0.5, 0.5]);
    assert_eq!((map.at(1, 0), map.reach()), (0.0, 2.0));
}

#[test]
fn transparent_pictures_show_their_background() {
    let reference = &reference()["alpha"];
    let rgba: Vec<u8> = whole(&reference["rgba"]).into_iter().map(|value| u8::try_from(value).unwrap()).collect();
    let image = Image::from_u8(2, 3, 4, &rgba).unwrap();
    let background: Vec<f32> = numbers(&reference["background"]).into_iter().map(|value| value as f32).collect();
    let over = image.to_rgb(&background).unwrap();
    // Pillow rounds.
    for (found, expected) in over.values().iter().zip(numbers(&reference["over"])) {
        assert!((f64::from(*found) - expected).abs() <= 0.51, "{found} is not {expected}");
    }
    let opaque: Vec<f32> = image.values().chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    let gray = Image::new(2, 3, 3, 255.0, opaque).unwrap().to_gray(&[0.0]).unwrap();
    for (found, expected) in gray.values().iter().zip(numbers(&reference["gray"])) {
        assert!((f64::from(*found) - 255.0 * expected).abs() < 1e-4, "{found}");
    }
    let gray_alpha = Image::from_u16(1, 2, 2, &[1000, 65535, 1000, 0]).unwrap();
    assert_eq!(gray_alpha.to_gray(&[500.0]).unwrap().values(), [1000.0, 500.0]);
    assert_eq!(gray_alpha.to_rgb(&[1.0, 2.0, 3.0]).unwrap().values(), [1000.0, 1000.0, 1000.0, 1.0, 2.0, 3.0]);
    let five = Image::from_u8(1, 1, 5, &[0; 5]).unwrap();
    assert!(matches!(five.to_rgb(&[0.0]), Err(Error::Channels { channels: 5, .. })));
    assert!(matches!(image.to_rgb(&[f32::NAN]), Err(Error::Colour { .. })));
    assert!(matches!(image.to_rgb(&[1.0, 2.0]), Err(Error::ColourChannels { given: 2, channels: 3 })));
}
