//! What can be seen in drawings of explanations.

use lime_core::{Explanation, TargetExplanation};
use lime_image::{Error, Image, Segments, Sign};
use lime_report::{Picture, View};
use serde_json::{Value, json};

/// A target with these weights, by superpixel.
fn target(name: Option<&str>, weights: &[(usize, f64)]) -> TargetExplanation {
    let features: Vec<Value> =
        weights.iter().map(|(index, weight)| json!({"index": index, "name": "", "weight": weight})).collect();
    let document = json!({"format": "lime-explanation", "version": 1, "kind": "image", "samples": 2, "seed": 0,
        "prediction": [1.0], "explanations": [{"target": 0, "name": name, "intercept": null, "local_prediction": 1.0,
        "score": null, "features": features}]});
    let explanation: Explanation = serde_json::from_value(document).unwrap();
    explanation.targets.into_iter().next().unwrap()
}

/// 40 x 40 pixels of gray in four squares: 0 and 1 above, 2 and 3 below.
fn squares() -> (Image, Segments) {
    let ids: Vec<u8> = (0..1600_u32).map(|at| u8::from(at / 40 >= 20) * 2 + u8::from(at % 40 >= 20)).collect();
    (Image::from_u8(40, 40, 1, &[100; 1600]).unwrap(), Segments::new(40, 40, &ids).unwrap())
}

fn weights() -> TargetExplanation {
    target(Some("cat"), &[(0, 0.8), (3, -0.8), (1, 0.2)])
}

fn rgb(image: &Image, row: usize, column: usize) -> [f32; 3] {
    image.pixel(row, column).try_into().unwrap()
}

#[test]
fn heat_is_red_above_nothing_and_blue_below() {
    let (image, segments) = squares();
    let target = weights();
    let drawn = Picture::new(&image, &segments, &target).view(View::Heat).draw().unwrap();
    // 40 pixels are enlarged ten times.
    assert_eq!(drawn.width(), 400);
    assert!(drawn.height() > 400);
    let [most, little, none, least] = [(100, 100), (100, 300), (300, 100), (300, 300)].map(|(y, x)| rgb(&drawn, y, x));
    let part = |colour: [f32; 3], channel: usize| colour[channel] / colour.iter().sum::<f32>();
    assert!(part(most, 0) > part(little, 0) + 0.1 && part(little, 0) > part(none, 0) + 0.02, "{most:?} {little:?}");
    assert!(part(least, 2) > part(none, 2) + 0.1 && (part(none, 0) - part(none, 2)).abs() < 0.01, "{none:?} {least:?}");
    // Of one size, so nearly equally dark.
    let sum = |colour: [f32; 3]| colour.iter().sum::<f32>();
    assert!((sum(most) - sum(least)).abs() < 60.0);
    // The colour bar: blue at its left end, white in the middle, red at its right.
    let bar = 400 + 6 + 20 + 6 + 10;
    assert!(part(rgb(&drawn, bar, 8), 2) > 0.5 && part(rgb(&drawn, bar, 391), 0) > 0.6);
    assert!(rgb(&drawn, bar, 200).iter().all(|&value| value > 235.0));
}

#[test]
fn opacity_is_how_much_heat_there_is() {
    let (image, segments) = squares();
    let target = weights();
    let picture = Picture::new(&image, &segments, &target).view(View::Heat).legend(false).scale(1);
    let none = picture.clone().opacity(0.0).draw().unwrap();
    assert!(none.values().iter().all(|&value| value == 100.0));
    let all = picture.opacity(1.0).draw().unwrap();
    // ColorBrewer's RdBu of 11 classes begins with #67001f and ends with #053061.
    for (found, expected) in [(rgb(&all, 5, 5), [103.0, 0.0, 31.0]), (rgb(&all, 35, 35), [5.0, 48.0, 97.0])] {
        assert!(found.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() <= 1.0), "{found:?}");
    }
}

#[test]
fn outlines_are_green_and_red_and_inside() {
    let (image, segments) = squares();
    let target = weights();
    let draw = |picture: Picture| picture.legend(false).scale(1).draw().unwrap();
    let drawn = draw(Picture::new(&image, &segments, &target).features(2));
    assert_eq!((drawn.height(), drawn.width(), drawn.channels()), (40, 40, 3));
    let (green, red, plain) = ([0.0, 200.0, 0.0], [230.0, 0.0, 0.0], [100.0; 3]);
    for (row, column, colour) in [
        (0, 10, green),
        (10, 0, green),
        (19, 10, green),
        (10, 19, green),
        (10, 10, plain),
        (20, 10, plain),
        (10, 20, plain),
        (20, 30, red),
        (39, 30, red),
        (30, 20, red),
        (30, 30, plain),
        (5, 30, plain),
        (0, 30, plain),
    ] {
        assert_eq!(rgb(&drawn, row, column), colour, "({row}, {column})");
    }
    let raising = draw(Picture::new(&image, &segments, &target).sign(Sign::Positive));
    assert_eq!((rgb(&raising, 0, 30), rgb(&raising, 20, 30)), (green, plain));
    let strong = draw(Picture::new(&image, &segments, &target).min_weight(0.5));
    assert_eq!((rgb(&strong, 0, 30), rgb(&strong, 20, 30)), (plain, red));
    let lines = draw(Picture::new(&image, &segments, &target).features(0).boundaries(true));
    let yellow = [255.0, 255.0, 0.0];
    assert_eq!(lines, draw(Picture::superpixels(&image, &segments)));
    // scikit-image's thick boundaries: a pixel on either side.
    for row in 0..40 {
        for column in 0..40 {
            let near = (19..=20).contains(&row) || (19..=20).contains(&column);
            assert_eq!(rgb(&lines, row, column), if near { yellow } else { plain }, "({row}, {column})");
        }
    }
}

#[test]
fn the_rest_is_hidden() {
    let (image, segments) = squares();
    let target = weights();
    let picture = Picture::new(&image, &segments, &target).view(View::Only).features(1).legend(false).scale(2);
    let drawn = picture.clone().draw().unwrap();
    assert_eq!((drawn.height(), drawn.width()), (80, 80));
    assert_eq!((rgb(&drawn, 20, 20), rgb(&drawn, 60, 60)), ([100.0; 3], [25.0; 3]));
    let white = Image::from_u8(40, 40, 1, &[255; 1600]).unwrap();
    let drawn = picture.clone().rest(white).draw().unwrap();
    assert_eq!((rgb(&drawn, 20, 20), rgb(&drawn, 60, 60)), ([100.0; 3], [255.0; 3]));
    let small = Image::from_u8(1, 1, 1, &[0]).unwrap();
    assert!(matches!(picture.rest(small).draw(), Err(Error::FillShape { .. })));
}

#[test]
fn names_and_ends_are_written_under_the_picture() {
    let (image, segments) = squares();
    let draw = |target: &TargetExplanation| {
        let drawn = Picture::new(&image, &segments, target).view(View::Heat).scale(1).draw().unwrap();
        assert_eq!(drawn.width(), 240);
        drawn
    };
    // The row of names, and the row of numbers.
    let part = |image: &Image, from: usize, to: usize| image.values()[from * 720..to * 720].to_vec();
    let cat = draw(&weights());
    let dog = draw(&target(Some("dog"), &[(0, 0.8), (3, -0.8), (1, 0.2)]));
    assert_ne!(part(&cat, 40, 66), part(&dog, 40, 66));
    assert_eq!(part(&cat, 70, cat.height()), part(&dog, 70, dog.height()));
    let more = draw(&target(Some("cat"), &[(0, 1.6), (3, -1.6), (1, 0.4)]));
    assert_eq!(part(&cat, 0, 92), part(&more, 0, 92));
    assert_ne!(part(&cat, 92, cat.height()), part(&more, 92, more.height()));
    // Without a name it is the output's number; a long name ends in dots, and control characters do no harm.
    let nameless = draw(&target(None, &[(0, 0.8)]));
    let called = draw(&target(Some("output 0"), &[(0, 0.8)]));
    assert_eq!(nameless, called);
    let long = |end: &str| draw(&target(Some(&("a".repeat(60) + end)), &[(0, 0.8)]));
    assert_eq!(long("b"), long("\n\u{1b}[31m猫"));
}

#[test]
fn explanations_of_nothing_are_drawn() {
    let (image, segments) = squares();
    for weights in [&[][..], &[(0, 0.0)]] {
        let target = target(None, weights);
        let heat = Picture::new(&image, &segments, &target).view(View::Heat).legend(false).scale(1).draw().unwrap();
        assert!(heat.values().iter().all(|&value| value == heat.values()[0] || (value - 200.0).abs() < 10.0));
        let drawn = Picture::new(&image, &segments, &target).legend(false).scale(1).draw().unwrap();
        assert!(drawn.values().iter().all(|&value| value == 100.0));
    }
}

#[test]
fn any_number_of_channels_is_seen() {
    let segments = Segments::new(1, 1, &[0]).unwrap();
    let seen = |image: &Image| rgb(&Picture::superpixels(image, &segments).scale(1).draw().unwrap(), 0, 0);
    assert_eq!(seen(&Image::from_u16(1, 1, 1, &[65535]).unwrap()), [255.0; 3]);
    assert_eq!(seen(&Image::from_u8(1, 1, 2, &[0, 51]).unwrap()), [204.0; 3]);
    assert_eq!(seen(&Image::from_f32(1, 1, 3, vec![-1.0, 0.2, 3.0]).unwrap()), [0.0, 51.0, 255.0]);
    assert_eq!(seen(&Image::from_u8(1, 1, 4, &[0, 255, 0, 51]).unwrap()), [204.0, 255.0, 204.0]);
    assert_eq!(seen(&Image::from_u8(1, 1, 6, &[1, 2, 3, 4, 5, 6]).unwrap()), [1.0, 2.0, 3.0]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (image, segments) = squares();
    let target = weights();
    let picture = || Picture::new(&image, &segments, &target);
    let refused = |picture: Picture, name: &str| {
        assert!(matches!(picture.draw(), Err(Error::Parameter { parameter, .. }) if parameter == name), "{name}");
    };
    refused(picture().scale(0), "scale");
    refused(picture().scale(33), "scale");
    refused(picture().opacity(1.5), "opacity");
    refused(picture().opacity(f64::NAN), "opacity");
    refused(picture().min_weight(-1.0), "min_weight");
    let large = Image::from_u8(1000, 1000, 1, &vec![0; 1_000_000]).unwrap();
    let whole = Segments::new(1000, 1000, &vec![0; 1_000_000]).unwrap();
    refused(Picture::superpixels(&large, &whole).scale(12), "scale");
    assert!(matches!(Picture::superpixels(&image, &whole).draw(), Err(Error::SegmentsSize { .. })));
    let beyond = self::target(None, &[(4, 1.0)]);
    let error = Picture::new(&image, &segments, &beyond).draw().unwrap_err();
    assert_eq!(error, Error::Feature { index: 4, count: 4 });
}
