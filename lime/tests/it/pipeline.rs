//! What the explainer does for parts that ask for more than samples: samples to be reproduced, checks before the model is asked, a
//! threshold for the effective sample size; and that all samplers give the same bits on any number of threads.

use std::cell::Cell;

use lime::kernels::{Radial, Unweighted};
use lime::nalgebra::DMatrix;
use lime::samplers::{
    Antithetic, BernoulliMask, Coalitions, Deduplicated, Halton, LatinHypercube, MaskSize, Mixed, MonteCarlo,
    RemovedCount, Sobol, Tilted, WithInstance,
};
use lime::surrogates::selection::{
    Auto, BackwardElimination, ByCriterion, Criterion, FixedFeatures, ForwardSelection, HighestWeights, LassoPath,
    NoSelection,
};
use lime::surrogates::{BayesianRidge, ConstrainedLeastSquares, DecisionTree, OrdinaryLeastSquares, Ridge};
use lime::{
    Direct, Error, Explainer, Explanation, Moments, Sampler, Selector, Space, Stage, Targets, Warning, model_fn,
    presets,
};

type Chooses = dyn Selector<f64, Moments>;

/// Two outputs, neither linear.
fn curved(z: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(z.nrows(), 2, |i, t| {
        let sum: f64 = z.row(i).iter().enumerate().map(|(j, z)| z * (j as f64 + 1.5).sin()).sum();
        (sum + t as f64).tanh() + z[(i, 0)] * z[(i, 1)]
    })
}

/// How often the model was asked, by the explanation and by the model itself.
#[test]
fn samples_to_be_reproduced_are_asked_for_once_and_reproduced() {
    let asked = Cell::new(0);
    let model = model_fn(|z: &DMatrix<f64>| {
        asked.set(asked.get() + z.nrows());
        curved(z)
    });
    let explainer = presets::kernel_shap().samples(100).targets(Targets::All);
    let explanation = explainer.explain(&Direct::new(Space::masks(9)), &model).unwrap();
    assert_eq!(explanation.model_calls, asked.get());
    assert_eq!(explanation.model_calls, explanation.samples + 2);
    let (empty, full) = (curved(&DMatrix::zeros(1, 9)), curved(&DMatrix::from_element(1, 9, 1.0)));
    for (t, target) in explanation.targets.iter().map(|target| (target.target, target)) {
        assert!((target.intercept.unwrap() - empty[(0, t)]).abs() < 1e-12);
        assert!((target.local_prediction - full[(0, t)]).abs() < 1e-12);
    }
}

#[track_caller]
fn refused_before_the_model<G: lime::Surrogate<f64>>(
    space: Space<f64>,
    surrogate: G,
    selector: impl Selector<f64, G::Evidence>,
) -> Error {
    let model = model_fn(|_: &DMatrix<f64>| -> DMatrix<f64> { panic!("the model was asked") });
    let explainer = Explainer::new(MonteCarlo, Unweighted, selector, surrogate).samples(50);
    explainer.explain(&Direct::new(space), &model).unwrap_err()
}

#[test]
fn what_does_not_fit_the_space_is_said_before_the_model_is_asked() {
    let shapley = ConstrainedLeastSquares::shapley();
    let error = refused_before_the_model(Space::masks(3).with_noise(true), shapley, NoSelection);
    assert!(matches!(&error, Error::ExactNoise { z } if z == &[0.0; 3]), "{error}");

    let through = ConstrainedLeastSquares::through(vec![vec![1.0, 0.0]]).unwrap();
    let error = refused_before_the_model(Space::masks(3), through, NoSelection);
    assert!(matches!(&error, Error::ExactRow { features: 3, .. }), "{error}");

    let prior = BayesianRidge::default().prior(vec![0.0; 2], 1.0).unwrap();
    let error = refused_before_the_model(Space::masks(3), prior, NoSelection);
    assert!(matches!(error, Error::Part { stage: Stage::Fit, .. }), "{error}");

    let list = FixedFeatures::new(vec![0, 3]).unwrap();
    let error = refused_before_the_model(Space::masks(3), Ridge::default(), list);
    assert!(matches!(error, Error::Part { stage: Stage::Select, .. }), "{error}");
    assert!(error.to_string().starts_with("the feature selection failed: "), "{error}");
}

#[test]
fn few_effective_samples_are_flagged_under_the_threshold_asked_for() {
    let explain = |at_least| {
        let explainer = Explainer::new(MonteCarlo, Unweighted, NoSelection, Ridge::default()).samples(50);
        let explainer = if let Some(at_least) = at_least { explainer.effective_samples(at_least) } else { explainer };
        explainer.explain(&Direct::new(Space::masks(3)), &model_fn(curved)).unwrap().targets.remove(0).warnings
    };
    assert_eq!(explain(None), []);
    assert_eq!(explain(Some(50)), []);
    assert_eq!(explain(Some(51)), [Warning::FewEffectiveSamples { effective: 50.0, needed: 51 }]);
    let tight = Explainer::new(MonteCarlo, Radial::exponential(0.3).unwrap(), NoSelection, DecisionTree::default());
    let tree = tight.samples(300).explain(&Direct::new(Space::masks(8)), &model_fn(curved)).unwrap();
    assert!(matches!(tree.targets[0].warnings[0], Warning::FewEffectiveSamples { .. }), "a tree says so as well");
}

fn bits(explanation: &Explanation) -> Vec<u64> {
    let target = &explanation.targets[0];
    let numbers = [target.intercept.unwrap(), target.local_prediction, target.score].map(f64::to_bits);
    numbers.into_iter().chain(target.features.iter().flat_map(|f| [f.index as u64, f.weight.to_bits()])).collect()
}

#[test]
fn every_sampler_gives_the_same_bits_on_any_threads_and_in_any_batches() {
    let samplers: Vec<(&str, Box<dyn Sampler<f64>>)> = vec![
        ("Monte Carlo", Box::new(MonteCarlo)),
        ("Bernoulli", Box::new(BernoulliMask::default())),
        ("removed count", Box::new(RemovedCount)),
        ("mask size", Box::new(MaskSize::new(|kept: usize, d: usize| if kept < d { 1.0 } else { 0.0 }))),
        ("tilted", Box::new(Tilted::default())),
        ("antithetic", Box::new(Antithetic)),
        ("Latin hypercube", Box::new(LatinHypercube::default())),
        ("Sobol'", Box::new(Sobol::default())),
        ("Halton", Box::new(Halton::default())),
        ("coalitions", Box::new(Coalitions)),
        ("with instance", Box::new(WithInstance(Sobol::default()))),
        ("mixed", Box::new(Mixed::new(RemovedCount, 0.5, MonteCarlo).unwrap())),
        ("deduplicated", Box::new(Deduplicated(MonteCarlo))),
    ];
    let (masks, model) = (Direct::new(Space::masks(12)), model_fn(curved));
    for (name, sampler) in samplers {
        let explainer = Explainer::new(&sampler, Radial::default(), NoSelection, OrdinaryLeastSquares::new());
        let explainer = explainer.samples(1_000);
        let expected = bits(&explainer.explain(&masks, &model).unwrap());
        for (threads, batch) in [(1, 300), (2, 1), (2, 7), (2, 256)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let explainer = explainer.clone().batch_size(batch);
            let found = pool.install(|| explainer.explain_parallel(&masks, &model)).unwrap();
            assert_eq!(bits(&found), expected, "{name}, {threads} threads, batches of {batch}");
        }
    }
}

/// The two strong features of a linear model, by every selector of a number of features, behind a box.
#[test]
fn every_selector_finds_the_strong_features() {
    let selectors: Vec<(&str, Box<Chooses>)> = vec![
        ("auto", Box::new(Auto::new(2).unwrap())),
        ("highest weights", Box::new(HighestWeights::new(2).unwrap())),
        ("forward", Box::new(ForwardSelection::new(2).unwrap())),
        ("backward", Box::new(BackwardElimination::new(2).unwrap())),
        ("lasso path", Box::new(LassoPath::new(2).unwrap())),
        ("fixed", Box::new(FixedFeatures::new(vec![1, 4]).unwrap())),
        ("BIC", Box::new(ByCriterion::new(Criterion::Bic))),
    ];
    // A little of everything, lest a criterion take all that a perfect model has.
    let model = model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        let noise =
            |i: usize| (z.row(i).iter().enumerate().map(|(j, z)| z * (j * j + 1) as f64).sum::<f64>() * 12.9898).sin();
        (0..z.nrows()).map(|i| 3.0 * z[(i, 1)] - 2.0 * z[(i, 4)] + 0.5 * noise(i)).collect()
    });
    for (name, selector) in selectors {
        let explainer = Explainer::new(MonteCarlo, Radial::default(), selector, Ridge::default()).samples(2_000);
        let explanation = explainer.explain(&Direct::new(Space::masks(6)), &model).unwrap();
        let mut chosen: Vec<usize> = explanation.targets[0].features.iter().map(|f| f.index).collect();
        chosen.sort_unstable();
        if name == "BIC" {
            assert!([1, 4].iter().all(|j| chosen.contains(j)), "{name}: {chosen:?}");
        } else {
            assert_eq!(chosen, [1, 4], "{name}");
        }
    }
}
