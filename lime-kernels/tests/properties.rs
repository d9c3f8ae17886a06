//! What every distance and every profile promises.
#![allow(clippy::unwrap_used)]

use lime_core::nalgebra::DMatrix;
use lime_core::{Block, Draw, Kernel, Origin, Space};
use lime_kernels::{
    Cosine, Distance, Epanechnikov, Euclidean, Exponential, Fixed, Hamming, Interpretable, Laplace, Manhattan, Metric,
    Profile, Radial, SquaredEuclidean, TopHat, Tricube, Uniform, Width,
};
use proptest::prelude::*;

fn metrics() -> [Box<dyn Metric<f64>>; 5] {
    [Box::new(Euclidean), Box::new(SquaredEuclidean), Box::new(Manhattan), Box::new(Cosine), Box::new(Hamming)]
}

fn profiles() -> [Box<dyn Profile<f64>>; 6] {
    [
        Box::new(Exponential),
        Box::new(Laplace),
        Box::new(Epanechnikov),
        Box::new(Tricube),
        Box::new(TopHat),
        Box::new(Uniform),
    ]
}

fn distance(metric: &dyn Metric<f64>, from: &[f64], to: &[f64]) -> f64 {
    let mut distances = [f64::NAN];
    metric.distances(from, DMatrix::from_row_slice(1, to.len(), to).as_view(), &mut distances);
    distances[0]
}

/// Two points of the same length, some coordinates equal.
fn points() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    prop::collection::vec((-3.0..3.0f64, -3.0..3.0f64, any::<bool>()), 1..8)
        .prop_map(|triples| triples.iter().map(|(a, b, same)| (*a, if *same { *a } else { *b })).unzip())
}

proptest! {
    #[test]
    fn distances_are_symmetric_zero_at_the_instance_and_blind_to_the_order_of_features((a, b) in points()) {
        for metric in metrics() {
            let there = distance(metric.as_ref(), &a, &b);
            prop_assert!(there >= 0.0 && there.is_finite());
            prop_assert!((there - distance(metric.as_ref(), &b, &a)).abs() < 1e-12);
            prop_assert!(distance(metric.as_ref(), &a, &a).abs() < 1e-12);
            let (mut a, mut b) = (a.clone(), b.clone());
            a.reverse();
            b.reverse();
            prop_assert!((there - distance(metric.as_ref(), &a, &b)).abs() < 1e-12);
        }
    }

    #[test]
    fn profiles_fall_from_one_and_never_below_zero(near in 0.0..3.0f64, step in 0.0..3.0f64) {
        for profile in profiles() {
            prop_assert_eq!(profile.weight(0.0), 1.0);
            let (close, far) = (profile.weight(near), profile.weight(near + step));
            prop_assert!(far <= close && far >= 0.0, "{} {}", close, far);
        }
    }

    /// exp(-d^2 / w) is exp(-d^2 / (2 nu^2)) for nu = sqrt(w / 2).
    #[test]
    fn laplace_of_the_square_is_the_exponential_kernel((a, b) in points(), width in 0.1..10.0f64) {
        let squared = Laplace.weight(distance(&SquaredEuclidean, &a, &b) / width);
        let plain = Exponential.weight(distance(&Euclidean, &a, &b) / (width / 2.0).sqrt());
        prop_assert!((squared - plain).abs() < 1e-12);
    }

    /// On masks with k of d parts kept: the distances of the literature.
    #[test]
    fn masks_are_as_far_as_their_missing_parts(mask in prop::collection::vec(any::<bool>(), 1..10)) {
        let z: Vec<f64> = mask.iter().map(|kept| f64::from(u8::from(*kept))).collect();
        let (ones, d) = (vec![1.0; z.len()], z.len() as f64);
        let kept: f64 = z.iter().sum();
        let expected = [(d - kept).sqrt(), d - kept, d - kept, 1.0 - (kept / d).sqrt(), (d - kept) / d];
        for (metric, expected) in metrics().iter().zip(expected) {
            prop_assert!((distance(metric.as_ref(), &ones, &z) - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn a_kernel_weighs_row_by_row() {
    let space = Space::<f64>::masks(4);
    let mut draw = Draw::new(&space, 3);
    draw.z.row_mut(1).fill(1.0);
    draw.z[(2, 0)] = 1.0;
    let block = Block::new(&draw, &(), 0);
    let kernel = Radial::new(Interpretable(Hamming), Tricube, Fixed::new(0.8).unwrap());
    let mut weights = [f64::NAN; 3];
    let origin = Origin::new(space.origin(), &());
    kernel.at(origin, block).unwrap().weigh(block, &mut weights).unwrap();
    // The same from boxed parts.
    let distance: Box<dyn Distance<f64, ()>> = Box::new(Interpretable(Box::new(Hamming) as Box<dyn Metric<f64>>));
    let profile: std::sync::Arc<dyn Profile<f64>> = std::sync::Arc::new(Tricube);
    let boxed = Radial::new(distance, profile, Box::new(Fixed::new(0.8).unwrap()) as Box<dyn Width<f64>>);
    let mut again = [f64::NAN; 3];
    boxed.at(origin, block).unwrap().weigh(block, &mut again).unwrap();
    assert_eq!(again, weights);
    let tricube = |r: f64| (1.0 - r.powi(3)).powi(3);
    assert_eq!(weights[..2], [0.0, 1.0]);
    assert!((weights[2] - tricube(0.75 / 0.8)).abs() < 1e-12);
}
