//! A linear model is recovered by every sampler with every kernel and every surrogate that promises it, and by every preset.
#![allow(clippy::unwrap_used)]

use lime::kernels::{
    Cosine, EffectiveSamples, Epanechnikov, Euclidean, Exponential, Fixed, Gower, GowerColumn, Hamming, Interpretable,
    Laplace, Mahalanobis, Manhattan, MedianDistance, Original, Radial, ShapleyKernel, SquaredEuclidean, TopHat,
    Tricube, Uniform, Unweighted,
};
use lime::nalgebra::DMatrix;
use lime::samplers::{
    Antithetic, BernoulliMask, Coalitions, Deduplicated, Exhaustive, GaussianCopula, Halton, LatinHypercube,
    LeaveOneOut, MaskSize, Mixed, MonteCarlo, RemovedCount, Sobol, Tilted, WithInstance,
};
use lime::surrogates::selection::NoSelection;
use lime::surrogates::{BayesianRidge, ConstrainedLeastSquares, ElasticNet, Lars, Lasso, OrdinaryLeastSquares, Ridge};
use lime::{
    Direct, Explainer, Explanation, Kernel, LinearFit, Model, Moments, Sampler, Space, Surrogate, model_fn, presets,
    tabular,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

const FEATURES: usize = 6;

type Samplers = Vec<(&'static str, Box<dyn Sampler<f64>>)>;
type Linear = dyn Surrogate<f64, Evidence = Moments, Fit = LinearFit>;
type Kernels = Vec<(&'static str, Box<dyn Kernel<f64, DMatrix<f64>>>)>;

/// Every sampler of masks, with as many different rows as features at least.
fn samplers() -> Samplers {
    let correlation = DMatrix::from_fn(FEATURES, FEATURES, |i, j| 0.5f64.powf((i as f64 - j as f64).abs()));
    vec![
        ("Monte Carlo", Box::new(MonteCarlo)),
        ("Bernoulli", Box::new(BernoulliMask::new(0.7).unwrap())),
        ("removed count", Box::new(RemovedCount)),
        ("mask size", Box::new(MaskSize::new(|kept: usize, d: usize| if kept < d { 1.0 } else { 0.0 }))),
        ("copula", Box::new(GaussianCopula::new(correlation).unwrap())),
        ("tilted", Box::new(Tilted::default())),
        ("antithetic", Box::new(Antithetic)),
        ("Latin hypercube", Box::new(LatinHypercube::default())),
        ("Sobol'", Box::new(Sobol::default())),
        ("Halton", Box::new(Halton::default())),
        ("coalitions", Box::new(Coalitions)),
        ("exhaustive", Box::new(Exhaustive::new())),
        ("exhaustive by removed count", Box::new(Exhaustive::removed_count())),
        ("leave one out", Box::new(LeaveOneOut)),
        ("with instance", Box::new(WithInstance(Sobol::default()))),
        ("mixed", Box::new(Mixed::new(RemovedCount, 0.5, MonteCarlo).unwrap())),
        ("deduplicated", Box::new(Deduplicated(MonteCarlo))),
    ]
}

/// Every kernel, of widths that leave all samples some weight.
fn kernels() -> Kernels {
    let width = |value| Fixed::new(value).unwrap();
    let covariance = DMatrix::from_fn(FEATURES, FEATURES, |i, j| 0.3f64.powf((i as f64 - j as f64).abs()));
    let gower = Gower::new(vec![GowerColumn::Number { range: 1.0 }; FEATURES]).unwrap();
    vec![
        ("unweighted", Box::new(Unweighted)),
        ("tables", Box::<Radial>::default()),
        ("images", Box::new(Radial::for_images())),
        ("text", Box::new(Radial::for_text())),
        ("captum", Box::new(Radial::captum(Cosine, 1.0).unwrap())),
        ("xplique", Box::new(Radial::xplique(Euclidean, 45.0).unwrap())),
        ("squared", Box::new(Radial::new(Interpretable(SquaredEuclidean), Laplace, width(3.0)))),
        ("manhattan", Box::new(Radial::new(Original(Manhattan), Exponential, width(3.0)))),
        ("hamming", Box::new(Radial::new(Interpretable(Hamming), Epanechnikov, width(1.5)))),
        ("gower", Box::new(Radial::new(Interpretable(gower), Tricube, width(1.5)))),
        (
            "mahalanobis",
            Box::new(Radial::new(
                Interpretable(Mahalanobis::new(&covariance).unwrap()),
                Exponential,
                MedianDistance::default(),
            )),
        ),
        ("top hat", Box::new(Radial::new(Interpretable(Euclidean), TopHat, width(3.0)))),
        ("uniform", Box::new(Radial::new(Interpretable(Euclidean), Uniform, width(1.0)))),
        (
            "half effective",
            Box::new(Radial::new(Interpretable(Euclidean), Exponential, EffectiveSamples::new(0.5).unwrap())),
        ),
        ("shapley", Box::new(ShapleyKernel)),
    ]
}

/// Every linear surrogate, with how close it comes where its penalty is next to nothing.
fn surrogates() -> Vec<(&'static str, f64, Box<Linear>)> {
    vec![
        ("least squares", 1e-9, Box::new(OrdinaryLeastSquares::new())),
        ("constrained", 1e-9, Box::new(ConstrainedLeastSquares::shapley())),
        ("ridge", 1e-9, Box::new(Ridge::new(0.0).unwrap())),
        ("lasso", 1e-5, Box::new(Lasso::new(1e-9).unwrap())),
        ("elastic net", 1e-5, Box::new(ElasticNet::new(1e-9, 0.5).unwrap())),
        ("lars", 1e-8, Box::new(Lars::complete())),
        ("bayesian ridge", 1e-3, Box::new(BayesianRidge::default())),
    ]
}

fn linear(slopes: &[f64], offset: f64) -> impl Model<DMatrix<f64>, f64> + use<> {
    let slopes = slopes.to_vec();
    model_fn(move |rows: &DMatrix<f64>| -> Vec<f64> {
        let row = |i: usize| offset + rows.row(i).iter().zip(&slopes).map(|(z, b)| z * b).sum::<f64>();
        (0..rows.nrows()).map(row).collect()
    })
}

fn every_pair(
    what: &str,
    surrogate: &Linear,
    tolerance: f64,
    slopes: &[f64],
    offset: f64,
) -> Result<(), TestCaseError> {
    let model = linear(slopes, offset);
    let masks = Direct::new(Space::masks(FEATURES));
    for (sampler_name, sampler) in samplers() {
        for (kernel_name, kernel) in kernels() {
            // One row fewer than unknowns is left where the full mask has no weight; and with as many rows as unknowns nothing
            // tells a Bayesian that there is no noise.
            if sampler_name == "leave one out" && (kernel_name == "shapley" || what == "bayesian ridge") {
                continue;
            }
            let explainer = Explainer::new(&sampler, &kernel, NoSelection, surrogate).samples(300).seed(5);
            let explained = explainer.explain(&masks, &model);
            let place = format!("{what}, {sampler_name}, {kernel_name}");
            let explanation = explained.map_err(|error| TestCaseError::fail(format!("{place}: {error}")))?;
            let found = explanation.targets[0].dense(FEATURES);
            let close = found.iter().zip(slopes).all(|(found, slope)| (found - slope).abs() < tolerance);
            prop_assert!(close, "{}: {:?} for {:?}, {:?}", place, found, slopes, explanation.targets[0].warnings);
            let at_instance = offset + slopes.iter().sum::<f64>();
            prop_assert!((explanation.targets[0].local_prediction - at_instance).abs() < tolerance, "{}", place);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn by_every_sampler_with_every_kernel_and_every_linear_surrogate(
        slopes in prop::collection::vec(-3.0..3.0f64, FEATURES),
        offset in -5.0..5.0f64,
    ) {
        for (what, tolerance, surrogate) in surrogates() {
            every_pair(what, surrogate.as_ref(), tolerance, &slopes, offset)?;
        }
    }

    /// As close as the preset's own penalty and number of samples let it come: see the comments.
    #[test]
    fn by_every_preset(
        slopes in prop::collection::vec(prop_oneof![-3.0..-1.0f64, 1.0..3.0f64], FEATURES),
        offset in -5.0..5.0f64,
        seed in any::<u64>(),
    ) {
        let model = linear(&slopes, offset);
        let masks = Direct::new(Space::masks(FEATURES));
        let off = |explanation: &Explanation, slopes: &[f64]| {
            let found = explanation.targets[0].dense(slopes.len());
            found.iter().zip(slopes).map(|(found, slope)| ((found - slope) / slope).abs()).fold(0.0, f64::max)
        };
        prop_assert!(off(&presets::kernel_shap().seed(seed).explain(&masks, &model).unwrap(), &slopes) < 1e-9);
        // A penalty of 1 against 5000 samples of variance 1/4, and of less weight under a kernel.
        prop_assert!(off(&presets::glime().seed(seed).explain(&masks, &model).unwrap(), &slopes) < 0.01);
        prop_assert!(off(&tabular::explainer().seed(seed).explain(&masks, &model).unwrap(), &slopes) < 0.01);
        // No noise: its precision grows until nothing is left of the prior.
        prop_assert!(off(&presets::baylime().seed(seed).explain(&masks, &model).unwrap(), &slopes) < 1e-3);

        let row: Vec<f64> = (0..FEATURES).map(|j| 1.0 + j as f64 / 4.0).collect();
        let parts: Vec<f64> = slopes.iter().zip(&row).map(|(slope, x)| slope * x).collect();
        let baseline = tabular::Baseline::new(&row, &[0.0; FEATURES]).unwrap();
        // 25 samples and a penalty of 0.01 against a variance of 1/4; 150 samples and a penalty of 2.
        let captum = presets::captum().unwrap().seed(seed).samples(100).explain(&baseline, &model).unwrap();
        prop_assert!(off(&captum, &parts) < 0.1, "{:?} {:?}", captum.targets[0].dense(FEATURES), parts);
        let xplique = presets::xplique().unwrap().seed(seed).explain(&baseline, &model).unwrap();
        prop_assert!(off(&xplique, &parts) < 0.3, "{:?} {:?}", xplique.targets[0].dense(FEATURES), parts);
    }
}

/// Two clusters of rows; inside the instance's, a penalty of 1 is little.
#[test]
fn by_the_rows_of_its_cluster() {
    let slopes = [2.0, -1.0, 0.5];
    let training = DMatrix::from_fn(400, 3, |i, j| {
        let inside = ((i * [37, 101, 173][j]) % 199) as f64 / 100.0;
        if i < 200 { inside } else { inside + 4.0 }
    });
    let row: Vec<f64> = training.row(7).iter().copied().collect();
    let table = tabular::Tabular::builder(&training).without_discretizer().learn().unwrap();
    let instance = table.represent(&row).unwrap();
    let explanation = presets::dlime(training.clone(), 2).unwrap().explain(&instance, &linear(&slopes, 3.0)).unwrap();
    standardised(&explanation, &slopes, &training);
    assert_eq!(explanation.samples, 201);
}

/// Standardised coordinates: the coefficient is the slope times the column's standard deviation.
#[track_caller]
fn standardised(explanation: &Explanation, slopes: &[f64], training: &DMatrix<f64>) {
    for (j, slope) in slopes.iter().enumerate() {
        let expected = slope * training.column(j).variance().sqrt();
        let found = explanation.targets[0].dense(slopes.len())[j];
        assert!((found / expected - 1.0).abs() < 0.15, "{found} for {expected}");
    }
}

/// A selection that takes more samples than it starts with, and the same where they are not allowed.
#[test]
fn by_as_many_samples_as_it_takes() {
    let masks = Direct::new(Space::masks(4));
    let explanation = presets::s_lime(2, 200_000, &masks, &linear(&[1.01, -1.0, 0.1, 0.0], 0.0)).unwrap();
    let chosen: Vec<usize> = explanation.targets[0].features.iter().map(|f| f.index).collect();
    assert_eq!(chosen, [0, 1]);
    assert!(explanation.samples > 1_000, "{}", explanation.samples);

    let error = presets::s_lime(2, 1_000, &masks, &linear(&[1.01, -1.0, 0.1, 0.0], 0.0)).unwrap_err().to_string();
    assert!(error.contains("cannot be told apart with 1000 samples"), "{error}");
}

/// Three classes told apart by two parts: one tree for all of them, with their probabilities in its leaves.
#[test]
fn by_one_tree_for_competing_classes() {
    let model = model_fn(|z: &DMatrix<f64>| {
        DMatrix::from_fn(z.nrows(), 4, |i, class| match (class, z[(i, 2)] > 0.5, z[(i, 0)] > 0.5) {
            (0, true, true) | (1, true, false) | (2, false, _) => 0.7,
            (3, ..) => 0.0,
            _ => 0.15,
        })
    });
    let explanation = presets::limetree().explain(&Direct::new(Space::masks(4)), &model).unwrap();
    let explained: Vec<usize> = explanation.targets.iter().map(|target| target.target).collect();
    assert_eq!(explained, [0, 1, 2]);
    for target in &explanation.targets {
        assert!((target.score - 1.0).abs() < 1e-12);
        assert!((target.local_prediction - [0.7, 0.15, 0.15][target.target]).abs() < 1e-12);
        assert_eq!(target.dense(4), explanation.targets[0].dense(4), "one structure");
        assert_eq!(target.dense(4)[1] + target.dense(4)[3], 0.0);
        assert_eq!(target.rules.len(), 3, "{:?}", target.rules);
        assert!(
            target.rules[0].starts_with("z0 and z2") || target.rules[0].starts_with("z2 and z0"),
            "{:?}",
            target.rules
        );
    }
}
