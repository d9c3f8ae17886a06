//! Fills against scipy, theory and brute force.

use lime_image::{Blur, Colour, Error, Fill, Image, ImageMean, Inpaint, Noise, Segments};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("../reference/view.json")).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (at, (&found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(found) - expected).abs() <= tolerance, "value {at} is {found}, not {expected}");
    }
}

#[test]
fn blur_is_scipys_in_every_channel() {
    let reference = reference();
    let picture = numbers(&reference["resize"]["values"]);
    let values = picture.iter().flat_map(|&value| [value as f32, 255.0 - value as f32]).collect();
    let image = Image::new(9, 14, 2, 255.0, values).unwrap();
    let segments = Segments::new(9, 14, &[0; 126]).unwrap();
    let blurred = Blur::new(2.5).unwrap().fill(&image, &segments).unwrap();
    close(blurred.values(), &numbers(&reference["blur"]["values"]), 1e-4);
}

#[test]
fn much_blur_is_the_mean() {
    let image = Image::from_u8(2, 3, 1, &[0, 50, 100, 150, 200, 250]).unwrap();
    let segments = Segments::new(2, 3, &[0; 6]).unwrap();
    let mean = ImageMean.fill(&image, &segments).unwrap();
    assert_eq!(mean.values(), [125.0; 6]);
    close(Blur::new(30.0).unwrap().fill(&image, &segments).unwrap().values(), &[125.0; 6], 1e-3);
}

#[test]
fn settings_out_of_range_are_refused() {
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(matches!(Blur::new(sigma), Err(Error::Parameter { parameter: "sigma", .. })));
    }
    assert!(matches!(Colour::new(&[]), Err(Error::Colour { .. })));
    assert!(matches!(Colour::new(&[1.0, f32::NAN]), Err(Error::Colour { .. })));
    let image = Image::from_u8(1, 1, 3, &[0; 3]).unwrap();
    let segments = Segments::new(1, 1, &[0]).unwrap();
    let error = Colour::new(&[1.0, 2.0]).unwrap().fill(&image, &segments).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Error::ColourChannels { given: 2, channels: 3 }));
}

/// A picture of three channels with means 40, 128, 200 and standard deviations 10, 20, 5.
fn three() -> Image {
    let values = (0..60 * 70)
        .flat_map(|pixel| {
            let sign = if pixel % 2 == 0 { 1.0 } else { -1.0 };
            [40.0 + 10.0 * sign, 128.0 - 20.0 * sign, 200.0 + 5.0 * sign]
        })
        .collect();
    Image::new(60, 70, 3, 255.0, values).unwrap()
}

/// The mean and the standard deviation of a channel.
fn moments(image: &Image, channel: usize) -> (f64, f64) {
    let values: Vec<f64> = image.values().iter().skip(channel).step_by(3).map(|&value| f64::from(value)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
}

#[test]
fn noise_has_its_law() {
    let image = three();
    let segments = Segments::new(60, 70, &[0; 4200]).unwrap();
    let n = 4200_f64.sqrt();
    let uniform = Noise::new(1).fill(&image, &segments).unwrap();
    let normal = Noise::new(1).normal().fill(&image, &segments).unwrap();
    for (channel, (mean, sd)) in [(40.0, 10.0), (128.0, 20.0), (200.0, 5.0)].into_iter().enumerate() {
        let (found, spread) = moments(&uniform, channel);
        let expected = 255.0 / 12_f64.sqrt();
        assert!((found - 127.5).abs() < 4.0 * expected / n, "{found}");
        assert!((spread / expected - 1.0).abs() < 4.0 / n, "{spread}");
        let (found, spread) = moments(&normal, channel);
        assert!((found - mean).abs() < 4.0 * sd / n, "{found}");
        assert!((spread / sd - 1.0).abs() < 4.0 / n, "{spread}");
        // Of a normal law, 4.55 % are beyond two standard deviations; of the uniform one with the same, none.
        let values = normal.values().iter().skip(channel).step_by(3);
        let beyond = values.filter(|&&value| (f64::from(value) - mean).abs() > 2.0 * sd).count() as f64;
        assert!((beyond / 4200.0 - 0.0455).abs() < 0.013, "{beyond}");
    }
    assert_eq!(uniform, Noise::new(1).fill(&image, &segments).unwrap());
    assert_ne!(uniform, Noise::new(2).fill(&image, &segments).unwrap());
    assert!(uniform.values().iter().all(|value| (0.0..=255.0).contains(value)));
}

#[test]
fn normal_noise_stays_where_values_of_a_picture_are() {
    let image = Image::from_u8(20, 20, 1, &[[0; 200], [255; 200]].concat()).unwrap();
    let segments = Segments::new(20, 20, &[0; 400]).unwrap();
    let noise = Noise::new(3).normal().fill(&image, &segments).unwrap();
    assert!(noise.values().iter().all(|value| (0.0..=255.0).contains(value)));
    assert!(noise.values().contains(&0.0) && noise.values().contains(&255.0));
    // Standardised pictures have negative values, and so has their noise.
    let values = image.values().iter().map(|value| value / 127.5 - 1.0).collect();
    let noise = Noise::new(3).normal().fill(&Image::from_f32(20, 20, 1, values).unwrap(), &segments).unwrap();
    assert!(noise.values().iter().any(|&value| value < -1.0));
}

/// Laplace's equations of every superpixel, by the inverse.
fn harmonic(image: &Image, segments: &Segments) -> Vec<f64> {
    let (height, width) = (image.height(), image.width());
    let mut filled = vec![0.0; height * width];
    for superpixel in 0..segments.count() as u32 {
        let pixels: Vec<usize> = (0..height * width).filter(|&at| segments.labels()[at] == superpixel).collect();
        let mut left = DMatrix::zeros(pixels.len(), pixels.len());
        let mut right = DVector::zeros(pixels.len());
        for (i, &at) in pixels.iter().enumerate() {
            for other in 0..height * width {
                let distance = (at / width).abs_diff(other / width) + (at % width).abs_diff(other % width);
                if distance != 1 {
                    continue;
                }
                left[(i, i)] += 1.0;
                match pixels.iter().position(|&pixel| pixel == other) {
                    Some(j) => left[(i, j)] = -1.0,
                    None => right[i] += f64::from(image.values()[other]),
                }
            }
        }
        let solution = left.lu().solve(&right).unwrap();
        for (&pixel, &value) in pixels.iter().zip(solution.iter()) {
            filled[pixel] = value;
        }
    }
    filled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn inpainting_solves_laplaces_equation(
        ids in prop::collection::vec(0_u8..3, 42),
        values in prop::collection::vec(any::<u8>(), 42),
    ) {
        prop_assume!(ids.iter().any(|&id| id != ids[0]));
        let image = Image::from_u8(6, 7, 1, &values).unwrap();
        let segments = Segments::new(6, 7, &ids).unwrap();
        close(Inpaint.fill(&image, &segments).unwrap().values(), &harmonic(&image, &segments), 1e-4);
    }
}

/// What is linear is harmonic: a disc and its surroundings in a ramp, by channels of different slopes and sizes.
#[test]
fn inpainting_continues_a_ramp() {
    let (height, width) = (120, 150);
    let inside = |row: usize, column: usize| row.abs_diff(60).pow(2) + column.abs_diff(70).pow(2) < 45 * 45;
    let places = || (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    let ids: Vec<u8> = places().map(|(row, column)| u8::from(inside(row, column))).collect();
    let ramp = |row: usize, column: usize| [row as f32 + 0.5 * column as f32, 1e-3 * column as f32 - 7.0, 3.0];
    let values = places().flat_map(|(row, column)| ramp(row, column)).collect();
    let image = Image::new(height, width, 3, 255.0, values).unwrap();
    let segments = Segments::new(height, width, &ids).unwrap();
    let filled = Inpaint.fill(&image, &segments).unwrap();
    for (row, column) in places().filter(|&(row, column)| inside(row, column)) {
        for (found, expected) in filled.pixel(row, column).iter().zip(ramp(row, column)) {
            assert!((found - expected).abs() < 1e-4, "({row}, {column}) is {found}, not {expected}");
        }
    }
}

#[test]
fn inpainting_forgets_what_was_there() {
    let ids: Vec<u8> = (0..64).map(|at| u8::from((2..6).contains(&(at / 8)) && (2..6).contains(&(at % 8)))).collect();
    let segments = Segments::new(8, 8, &ids).unwrap();
    let picture = |hidden: u8| {
        let values: Vec<u8> = (0..64).map(|at| if ids[at] == 1 { hidden } else { (3 * at) as u8 }).collect();
        let filled = Inpaint.fill(&Image::from_u8(8, 8, 1, &values).unwrap(), &segments).unwrap();
        (0..64).filter(|&at| ids[at] == 1).map(|at| filled.values()[at]).collect::<Vec<f32>>()
    };
    assert_eq!(picture(0), picture(255));
}

#[test]
fn a_superpixel_without_a_border_takes_its_mean() {
    let image = Image::from_u8(1, 2, 2, &[0, 10, 100, 20]).unwrap();
    let filled = Inpaint.fill(&image, &Segments::new(1, 2, &[4, 4]).unwrap()).unwrap();
    assert_eq!(filled.values(), [50.0, 15.0, 50.0, 15.0]);
}
