//! The rich basis where there is none, its parameters, and the selection by a surrogate's own weights.

use lime_core::{Direct, Explainer, Space, Warning, model_fn, nalgebra::DMatrix};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::selection::{FixedFeatures, HighestFitted, NoSelection};
use lime_surrogates::{Jackknife, OrdinaryLeastSquares, RichBasis};

fn curved(z: &DMatrix<f64>) -> Vec<f64> {
    z.row_iter().map(|z| (z[0] + 2.0 * z[1] - z[2] + z[3] * z[4]).tanh() + 0.5 * z[0] * z[5]).collect()
}

/// On masks it is least squares, and its errors are the jackknife's, but for row 0, the instance itself, which it leaves out.
#[test]
fn without_bases_it_is_least_squares_with_errors() {
    let space = Direct::new(Space::<f64>::masks(6));
    let n = 500;
    let rich = Explainer::new(MonteCarlo, Radial::default(), NoSelection, RichBasis::new()).samples(n);
    let rich = rich.explain(&space, &model_fn(curved)).unwrap();
    let plain = Jackknife::new(OrdinaryLeastSquares::new());
    let plain = Explainer::new(MonteCarlo, Radial::default(), NoSelection, plain).samples(n);
    let plain = plain.explain(&space, &model_fn(curved)).unwrap();
    let (rich, plain) = (&rich.targets[0], &plain.targets[0]);
    for (rich, plain) in rich.dense(6).into_iter().zip(plain.dense(6)) {
        assert!((rich - plain).abs() < 0.02, "{rich} {plain}");
    }
    for feature in &rich.features {
        let other = plain.features.iter().find(|other| other.index == feature.index).unwrap();
        let ratio = feature.sd.unwrap() / other.sd.unwrap();
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }
}

#[test]
fn without_errors_the_weights_are_the_same() {
    let space = Direct::new(Space::<f64>::masks(6));
    let with = Explainer::new(MonteCarlo, Radial::default(), NoSelection, RichBasis::new()).samples(300);
    let with = with.explain(&space, &model_fn(curved)).unwrap();
    let surrogate = RichBasis::new().without_errors();
    let without = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(300);
    let without = without.explain(&space, &model_fn(curved)).unwrap();
    assert_eq!(with.targets[0].dense(6), without.targets[0].dense(6));
    assert!(without.targets[0].features.iter().all(|feature| feature.interval.is_none()));
}

#[test]
fn the_highest_are_those_of_the_explanation() {
    let space = Direct::new(Space::<f64>::masks(6));
    let all = Explainer::new(MonteCarlo, Radial::default(), NoSelection, RichBasis::new()).samples(300);
    let all = all.explain(&space, &model_fn(curved)).unwrap();
    let selector = HighestFitted::new(RichBasis::new().without_errors(), 3).unwrap();
    let three = Explainer::new(MonteCarlo, Radial::default(), selector, RichBasis::new()).samples(300);
    let three = three.explain(&space, &model_fn(curved)).unwrap();
    assert_eq!(three.targets[0].features[..], all.targets[0].features[..3]);

    let grouped = Space::<f64>::masks(6).with_groups(vec![vec![0, 5]]).unwrap();
    let selector = HighestFitted::new(OrdinaryLeastSquares::new(), 1).unwrap();
    let group = Explainer::new(MonteCarlo, Radial::default(), selector, OrdinaryLeastSquares::new()).samples(300);
    let group = group.explain(&Direct::new(grouped), &model_fn(|z: &DMatrix<f64>| z.column(0) + z.column(5)));
    let mut chosen: Vec<usize> = group.unwrap().targets[0].features.iter().map(|feature| feature.index).collect();
    chosen.sort_unstable();
    assert_eq!(chosen, [0, 5]);
}

/// All features are fitted, so that samples that do not determine them are told of however few are chosen, and no errors are. So are those of
/// least squares on two rows, which one of them does not determine as far.
#[test]
fn samples_that_do_not_suffice() {
    let (d, direct) = (30, Direct::new(Space::<f64>::masks(30)));
    let model = model_fn(|z: &DMatrix<f64>| -> Vec<f64> { (0..z.nrows()).map(|i| z.row(i).sum()).collect() });
    let chosen = FixedFeatures::new(vec![3, 7]).unwrap();
    let rich = Explainer::new(MonteCarlo, Radial::default(), chosen, RichBasis::new()).samples(20);
    let few =
        Explainer::new(MonteCarlo, Radial::default(), NoSelection, Jackknife::new(OrdinaryLeastSquares::default()));
    for found in [rich.explain(&direct, &model).unwrap(), few.samples(2).explain(&direct, &model).unwrap()] {
        let target = &found.targets[0];
        let deficient = |w: &Warning| matches!(w, Warning::RankDeficient { rank: ..20, features } if *features == d);
        assert!(target.warnings.iter().any(deficient), "{:?}", target.warnings);
        assert!(target.features.iter().all(|feature| feature.interval.is_none()));
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    assert!(RichBasis::new().groups(1).unwrap_err().to_string().contains("1 groups"));
    for confidence in [0.0, 1.0, f64::NAN, -1.0] {
        assert!(RichBasis::new().confidence(confidence).is_err());
    }
    assert!(HighestFitted::new(RichBasis::new(), 0).is_err());
}
