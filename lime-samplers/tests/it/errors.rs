//! Whatever is wrong is told by a typed error with the value, the place and the way out.

use crate::support::{levels, mixed, numbers};
use lime_core::{Sampler, Space};
use lime_samplers::{
    BernoulliMask, Error, Exhaustive, Gaussian, GaussianCopula, LeaveOneOut, MaskSize, Mixed, MonteCarlo, PerFeature,
    RemovedCount, Tilted, TruncatedGaussian,
};
use nalgebra::{DMatrix, dmatrix};

/// The error of a design, which is one of this crate's.
fn refused(sampler: &dyn Sampler<f64>, space: &Space<f64>, rows: usize) -> Error {
    *sampler.design(space, rows, 0).err().unwrap().downcast::<Error>().unwrap()
}

#[test]
fn parameters_out_of_range() {
    for p in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(BernoulliMask::new(p), Err(Error::Share { .. })), "{p}");
    }
    let message = BernoulliMask::new(1.5).unwrap_err().to_string();
    assert_eq!(message, "the probability of keeping a feature is 1.5: it must lie between 0 and 1, both excluded");
    for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Tilted::new(width), Err(Error::Width(_))), "{width}");
        assert!(matches!(Tilted::root_dimension(width), Err(Error::Width(_))), "{width}");
        assert!(matches!(Gaussian::new(width), Err(Error::Parameter { feature: None, .. })), "{width}");
        assert!(matches!(Gaussian::new([1.0, width]), Err(Error::Parameter { feature: Some(1), .. })), "{width}");
        assert!(TruncatedGaussian::new(width, 0.0, 1.0).is_err(), "{width}");
    }
    let message = Gaussian::new([1.0, -2.0]).unwrap_err().to_string();
    assert_eq!(message, "feature 1: the standard deviation is -2: it must be finite and above 0");
    let message = Gaussian::new(-2.0).unwrap_err().to_string();
    assert_eq!(message, "the standard deviation is -2: it must be finite and above 0");
    assert!(matches!(Gaussian::new(1.0).unwrap().around(f64::NAN), Err(Error::Parameter { .. })));
    assert!(TruncatedGaussian::new(1.0, 0.0, 1.0).unwrap().around([0.0, f64::INFINITY]).is_err());
}

#[test]
fn bounds_with_nothing_between() {
    let none = f64::INFINITY;
    for (low, high) in
        [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN), (none, none), (none, 0.0), (-none, -none)]
    {
        let wrong = TruncatedGaussian::new(1.0, low, high).unwrap_err();
        assert!(matches!(wrong, Error::Bounds { feature: None, .. }), "{low} {high}");
        let wrong = TruncatedGaussian::new(1.0, [-1.0, low], [1.0, high]).unwrap_err();
        assert!(matches!(wrong, Error::Bounds { feature: Some(1), .. }), "{low} {high}");
    }
    let message = TruncatedGaussian::new(1.0, [0.0, 0.0, 5.0], 1.0).unwrap_err().to_string();
    assert!(message.starts_with("feature 2: the bounds are 5 and 1: the lower one must be below"), "{message}");
    let lengths = TruncatedGaussian::new(1.0, [0.0, 0.0], [1.0, 1.0, 1.0]).unwrap_err();
    assert_eq!(lengths, Error::Length { what: "higher bounds", expected: 2, found: 3 });
}

#[test]
fn one_value_for_each_feature() {
    let space = numbers(&[(0.0, 1.0); 3], &[0.0; 3]);
    let two = || PerFeature::Each(vec![1.0, 2.0]);
    let length = |what| Error::Length { what, expected: 3, found: 2 };
    assert_eq!(refused(&Gaussian::new(two()).unwrap(), &space, 10), length("standard deviation"));
    assert_eq!(refused(&Gaussian::new(1.0).unwrap().around(two()).unwrap(), &space, 10), length("mean"));
    assert_eq!(refused(&TruncatedGaussian::new(two(), 0.0, 1.0).unwrap(), &space, 10), length("standard deviation"));
    assert_eq!(refused(&TruncatedGaussian::new(1.0, two(), 5.0).unwrap(), &space, 10), length("lower bounds"));
    assert_eq!(refused(&TruncatedGaussian::new(1.0, 0.0, two()).unwrap(), &space, 10), length("higher bounds"));
    assert!(Gaussian::new(Vec::new()).unwrap().design(&space, 10, 0).is_err());
    assert!(TruncatedGaussian::new(1.0, Vec::new(), Vec::new()).unwrap().design(&space, 10, 0).is_err());
    let identity = DMatrix::identity(2, 2);
    for wrong in [
        refused(&Gaussian::with_covariance(identity.clone()).unwrap(), &space, 10),
        refused(&GaussianCopula::new(identity).unwrap(), &space, 10),
    ] {
        let message = wrong.to_string();
        assert!(
            message.ends_with("is 2 by 2: it must have one row and one column for each feature, and there are 3"),
            "{message}"
        );
    }
}

#[test]
fn matrices_that_are_no_correlations() {
    for (wrong, place) in [
        (dmatrix![1.0, 0.5; 0.5, 2.0], (1, 1)),
        (dmatrix![1.0, 0.5; 0.4, 1.0], (1, 0)),
        (dmatrix![1.0, f64::NAN; f64::NAN, 1.0], (1, 0)),
        (dmatrix![f64::NAN, 0.0; 0.0, 1.0], (0, 0)),
    ] {
        let Err(Error::MatrixEntry { row, column, .. }) = GaussianCopula::new(wrong.clone()) else { panic!("{wrong}") };
        assert_eq!((row, column), place, "{wrong}");
    }
    assert!(matches!(GaussianCopula::new(DMatrix::zeros(2, 3)), Err(Error::MatrixShape { .. })));
    assert!(matches!(GaussianCopula::new(DMatrix::zeros(0, 0)), Err(Error::MatrixShape { .. })));
    for wrong in [dmatrix![1.0, 1.0; 1.0, 1.0], dmatrix![1.0, -1.2; -1.2, 1.0]] {
        let message = GaussianCopula::new(wrong).unwrap_err().to_string();
        assert!(message.starts_with("the correlation matrix is not positive definite: with feature 1"), "{message}");
    }
    assert!(matches!(Gaussian::with_covariance(dmatrix![1.0, 2.0; 2.0, 1.0]), Err(Error::NotPositiveDefinite { .. })));
}

#[test]
fn numbers_are_no_masks() {
    let samplers: [(&str, Box<dyn Sampler<f64>>); 6] = [
        ("BernoulliMask", Box::new(BernoulliMask::default())),
        ("RemovedCount", Box::new(RemovedCount)),
        ("MaskSize", Box::new(MaskSize::new(|_, _| 1.0))),
        ("LeaveOneOut", Box::new(LeaveOneOut)),
        ("Exhaustive", Box::new(Exhaustive::new())),
        ("Mixed", Box::new(Mixed::new(MonteCarlo, 0.5, BernoulliMask::default()).unwrap())),
    ];
    for (name, sampler) in samplers {
        let wrong = refused(sampler.as_ref(), &mixed(), 5_000);
        let Error::NotAMask { feature: 1, sampler, way_out } = wrong else { panic!("{name}: {wrong}") };
        assert!(sampler == name || name == "Mixed");
        assert!(way_out.contains("MonteCarlo"), "{way_out}");
    }
}

#[test]
fn laws_of_sizes_that_are_none() {
    let space = Space::masks(4);
    for wrong in [
        refused(&MaskSize::new(|kept, _| kept as f64 - 1.0), &space, 100),
        refused(&MaskSize::tilted(|kept, _| kept as f64 - 1.0), &space, 100),
        refused(&Exhaustive::by_size(|kept, _| kept as f64 - 1.0), &space, 100),
    ] {
        assert_eq!(wrong, Error::SizeWeight { kept: 0, features: 4, weight: -1.0 });
    }
    for wrong in [
        refused(&MaskSize::new(|_, _| 0.0), &space, 100),
        refused(&MaskSize::tilted(|_, _| 0.0), &space, 100),
        refused(&Exhaustive::by_size(|_, _| 0.0), &space, 100),
    ] {
        assert_eq!(wrong, Error::NoSize { features: 4 });
    }
}

#[test]
fn more_masks_than_samples() {
    let exhaustive = Exhaustive::new();
    assert!(exhaustive.design(&Space::<f64>::masks(10), 1024, 0).is_ok());
    let wrong = refused(&exhaustive, &Space::masks(10), 1023);
    assert_eq!(wrong, Error::Enumeration { features: 10, budget: 1023 });
    let message = wrong.to_string();
    assert!(
        message.starts_with("10 features have 2^10 = 1024 masks, more than the budget of 1023 samples: ask for 1024"),
        "{message}"
    );
    for d in [31, 64, 1_000] {
        let message = refused(&exhaustive, &Space::masks(d), usize::MAX).to_string();
        assert!(
            message.starts_with(&format!("{d} features have 2^{d} masks, and at most 2^30 are enumerated")),
            "{message}"
        );
    }
    let noisy = refused(&exhaustive, &levels(true), 5_000).to_string();
    assert!(noisy.contains("leaves the model's input random") && noisy.contains("MonteCarlo"), "{noisy}");
}

#[test]
fn laws_without_finite_quantiles() {
    use std::sync::Arc;
    struct Broken(f64);
    impl lime_core::Quantile<f64> for Broken {
        fn quantile(&self, _: f64) -> f64 {
            self.0
        }
    }
    for value in [f64::NAN, f64::INFINITY] {
        let law = lime_core::Law::Continuous(Arc::new(Broken(value)));
        let space = Space::new(vec![law], vec![0.0]).unwrap();
        assert!(matches!(refused(&Tilted::default(), &space, 10), Error::Quantile { feature: 0, .. }));
        assert!(matches!(
            refused(&Gaussian::new(1.0).unwrap().around_law(), &space, 10),
            Error::Quantile { u: 0.5, .. }
        ));
    }
}
