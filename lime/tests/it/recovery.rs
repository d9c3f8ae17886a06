//! A linear model is recovered by every sampler with every kernel and every surrogate that promises it, and by every preset.

use std::sync::Arc;

use lime::kernels::{
    Cosine, EffectiveSamples, Epanechnikov, Euclidean, Exponential, Fixed, Gower, GowerColumn, Hamming, Interpretable,
    Laplace, Mahalanobis, Manhattan, MedianDistance, Original, Radial, ShapleyKernel, SquaredEuclidean, TopHat,
    Tricube, Uniform, Unweighted,
};
use lime::nalgebra::DMatrix;
use lime::samplers::{
    Antithetic, BernoulliMask, Bootstrap, Coalitions, Deduplicated, Dlime, Exhaustive, Gaussian, GaussianCopula,
    Halton, LatinHypercube, LeaveOneOut, MaskSize, Mixed, MonteCarlo, Nearest, Normal, RemovedCount, Sobol, Tilted,
    TruncatedGaussian, WithInstance,
};
use lime::surrogates::selection::NoSelection;
use lime::surrogates::{BayesianRidge, ConstrainedLeastSquares, ElasticNet, Lars, Lasso, OrdinaryLeastSquares, Ridge};
use lime::{
    BoxedSource, Direct, Explainer, Explanation, Kernel, Law, LinearFit, Model, Moments, Representation, Sampler,
    Source, Space, Surrogate, model_fn, presets, tabular,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

const FEATURES: usize = 6;

type Samplers = Vec<(&'static str, Box<dyn Sampler<f64>>)>;
type Sources = Vec<(&'static str, BoxedSource<'static, f64, Direct<f64>>)>;
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

/// Numbers, standard normal around an instance that is not their middle.
fn numbers() -> Direct<f64> {
    let law = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    Direct::new(Space::new(vec![law; FEATURES], vec![0.4; FEATURES]).unwrap())
}

/// Every sampler of numbers, and every source of rows.
fn sources() -> Sources {
    let matrix = || DMatrix::from_fn(FEATURES, FEATURES, |i, j| 0.5f64.powf((i as f64 - j as f64).abs()));
    // Rows of no order: fractional parts of multiples of roots.
    let rows =
        || DMatrix::from_fn(120, FEATURES, |i, j| ((i + 1) as f64 * ((j + 2) as f64).sqrt()).fract() * 3.0 - 1.5);
    vec![
        ("Monte Carlo", MonteCarlo.boxed()),
        ("Gaussian", Gaussian::new(0.8).unwrap().boxed()),
        ("Gaussian with a covariance", Gaussian::with_covariance(matrix()).unwrap().boxed()),
        ("truncated Gaussian", TruncatedGaussian::new(1.0, -1.0, 2.0).unwrap().boxed()),
        ("copula", GaussianCopula::new(matrix()).unwrap().boxed()),
        ("tilted", Tilted::default().boxed()),
        ("antithetic", Antithetic.boxed()),
        ("Latin hypercube", LatinHypercube::default().boxed()),
        ("Sobol'", Sobol::default().boxed()),
        ("Halton", Halton::default().boxed()),
        ("bootstrap", Bootstrap::new(rows()).unwrap().boxed()),
        ("nearest", Nearest::new(rows()).unwrap().boxed()),
        ("DLIME", Dlime::new(rows(), 2).unwrap().boxed()),
    ]
}

/// Whether a combination promises nothing: fewer rows than unknowns have weight, or what it needs is not there.
fn no_promise(source: &str, kernel: &str, surrogate: &str, numbers: bool) -> bool {
    // The full mask has no weight, or (for a Bayesian) as many rows as unknowns do not show that there is no noise.
    let too_few_rows = source == "leave one out" && (kernel == "shapley" || surrogate == "bayesian ridge");
    // Coalitions are masks, and the narrow kernels of images and words leave next to nothing of samples that are no masks.
    let masks_only = kernel == "shapley" || kernel == "images" || kernel == "text" || surrogate == "constrained";
    // A Bayesian takes the sum of the weights for the number of samples, and there they sum to less than one.
    let next_to_no_weight = kernel == "squared" && surrogate == "bayesian ridge";
    too_few_rows || numbers && (masks_only || next_to_no_weight)
}

fn every_pair(instance: &Direct<f64>, sources: &Sources, slopes: &[f64], offset: f64) -> Result<(), TestCaseError> {
    let (model, origin) = (linear(slopes, offset), instance.space().origin());
    let at_instance = offset + slopes.iter().zip(origin).map(|(slope, x)| slope * x).sum::<f64>();
    let numbers = origin[0] != 1.0;
    for (what, tolerance, surrogate) in surrogates() {
        for (source_name, source) in sources {
            for (kernel_name, kernel) in kernels() {
                if no_promise(source_name, kernel_name, what, numbers) {
                    continue;
                }
                let explainer = Explainer::new(source.clone(), &kernel, NoSelection, &surrogate).samples(300).seed(5);
                let place = format!("{what}, {source_name}, {kernel_name}");
                let explained = explainer.explain(instance, &model);
                let explanation = explained.map_err(|error| TestCaseError::fail(format!("{place}: {error}")))?;
                let target = &explanation.targets[0];
                let found = target.dense(FEATURES);
                let close = found.iter().zip(slopes).all(|(found, slope)| (found - slope).abs() < tolerance);
                prop_assert!(close, "{}: {:?} for {:?}, {:?}", place, found, slopes, target.warnings);
                prop_assert!((target.local_prediction - at_instance).abs() < 3.0 * tolerance, "{}", place);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn by_every_sampler_of_masks_with_every_kernel_and_every_linear_surrogate(
        slopes in prop::collection::vec(-3.0..3.0f64, FEATURES),
        offset in -5.0..5.0f64,
    ) {
        let sources = samplers().into_iter().map(|(name, sampler)| (name, sampler.boxed())).collect();
        every_pair(&Direct::new(Space::masks(FEATURES)), &sources, &slopes, offset)?;
    }

    #[test]
    fn by_every_sampler_of_numbers_and_every_source_of_rows_likewise(
        slopes in prop::collection::vec(-3.0..3.0f64, FEATURES),
        offset in -5.0..5.0f64,
    ) {
        every_pair(&numbers(), &sources(), &slopes, offset)?;
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
