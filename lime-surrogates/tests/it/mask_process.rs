//! Least squares on masks with interactions taken out: against exact limits, and what it promises.
#![allow(clippy::print_stdout)]

use lime_core::nalgebra::{DMatrix, DMatrixView};
use lime_core::{
    Direct, Error as CoreError, Evidence, Explainer, Explanation, Fitting, Kernel, Record, Rows, Sampler, SizeLaw,
    Space, Surrogate, TILE, Targets, model_fn,
};
use lime_kernels::{Radial, Unweighted};
use lime_samplers::{Exhaustive, MaskPairs, MaskSize, MonteCarlo, RemovedCount};
use lime_surrogates::selection::{FixedFeatures, NoSelection};
use lime_surrogates::{Error, MaskProcess, OrdinaryLeastSquares, Ridge};
use serde_json::Value;

fn images() -> SizeLaw {
    SizeLaw::fair().weighed_by_cosine(0.25).unwrap()
}

fn texts() -> SizeLaw {
    SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap()
}

fn explain<S, K>(
    (sampler, kernel): (S, K),
    surrogate: MaskProcess,
    (d, n, seed): (usize, usize, u64),
    model: &(impl Fn(&DMatrix<f64>) -> Vec<f64> + Sync + Send),
) -> Explanation
where
    S: Sampler<f64>,
    K: Kernel<f64, DMatrix<f64>>,
{
    let explainer = Explainer::new(sampler, kernel, NoSelection, surrogate).samples(n).seed(seed);
    explainer.explain(&Direct::new(Space::masks(d)), &model_fn(|z: &DMatrix<f64>| model(z))).unwrap()
}

/// c0 + a.z + z'Bz + tanh(c.z), as `exact.json` has them.
struct Function {
    d: usize,
    limits: Value,
    c0: f64,
    a: Vec<f64>,
    b: DMatrix<f64>,
    c: Vec<f64>,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

impl Function {
    fn all() -> Vec<Self> {
        let file: Value = serde_json::from_str(include_str!("../reference/exact.json")).unwrap();
        let read = |mask: &Value| {
            let rows: Vec<f64> = mask["B"].as_array().unwrap().iter().flat_map(numbers).collect();
            let a = numbers(&mask["a"]);
            Self {
                d: a.len(),
                limits: mask["limits"].clone(),
                c0: mask["c0"].as_f64().unwrap(),
                b: DMatrix::from_row_slice(a.len(), a.len(), &rows),
                c: numbers(&mask["c"]),
                a,
            }
        };
        file["masks"].as_array().unwrap().iter().map(read).collect()
    }

    fn value(&self, z: &[f64]) -> f64 {
        let dot = |c: &[f64]| c.iter().zip(z).map(|(c, z)| c * z).sum::<f64>();
        let quadratic: f64 =
            (0..self.d).map(|j| z[j] * self.b.column(j).iter().zip(z).map(|(b, z)| b * z).sum::<f64>()).sum();
        self.c0 + dot(&self.a) + quadratic + dot(&self.c).tanh()
    }

    fn answers(&self, z: &DMatrix<f64>) -> Vec<f64> {
        z.row_iter().map(|z| self.value(&z.iter().copied().collect::<Vec<_>>())).collect()
    }

    /// The exact coefficients for images or text under the cosine kernel.
    fn limit(&self, kind: &str) -> Vec<f64> {
        numbers(&self.limits[format!("{kind}/cosine_exp_0.25")]["coef"])
    }
}

fn squared_error(explanation: &Explanation, limit: &[f64]) -> f64 {
    explanation.targets[0].dense(limit.len()).iter().zip(limit).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// With all masks and their probabilities the process's projection and what it leaves make up the limit of exact.json, whatever it has learned.
#[test]
fn every_mask_gives_the_exact_limit() {
    for function in Function::all() {
        let model = |z: &DMatrix<f64>| function.answers(z);
        let image = (Exhaustive::new(), Radial::for_images());
        let text = (Exhaustive::removed_count(), Radial::for_text());
        let surrogate = |law| MaskProcess::new(law);
        let image = explain(image, surrogate(images()), (function.d, 1 << function.d, 0), &model);
        let text = explain(text, surrogate(texts()), (function.d, 1 << function.d, 0), &model);
        for (found, kind) in [(image, "image"), (text, "text")] {
            for (found, limit) in found.targets[0].dense(function.d).iter().zip(function.limit(kind)) {
                assert!((found - limit).abs() < 1e-10, "{kind}, d = {}: {found} for {limit}", function.d);
            }
            assert!(found.targets[0].features.iter().all(|feature| feature.interval.is_none()));
        }
    }
}

#[test]
fn additive_models_are_recovered_exactly() {
    let d = 12;
    let slope = |j: usize| (1.0 + j as f64).sin() * 3.0;
    let model = |z: &DMatrix<f64>| z.row_iter().map(|z| 5.0 + (0..d).map(|j| slope(j) * z[j]).sum::<f64>()).collect();
    for (law, trusting) in [(images(), false), (texts(), true)] {
        for n in [40, 300] {
            let surrogate = MaskProcess::new(law.clone());
            let surrogate = if trusting { surrogate.trusting() } else { surrogate };
            let found = explain((MaskPairs::new(law.clone()), Unweighted), surrogate, (d, n, 3), &model);
            for (j, found) in found.targets[0].dense(d).iter().enumerate() {
                assert!((found - slope(j)).abs() < 1e-10, "{n} {j}: {found}");
            }
            assert!((found.targets[0].intercept.unwrap() - 5.0).abs() < 1e-9);
        }
    }
}

/// Against least squares on as many independent samples of the original, with the factor of 8; and it goes to the limit.
#[test]
fn fewer_answers_for_the_same_error() {
    for (kind, law) in [("image", images()), ("text", texts())] {
        let (mut plain, mut process, mut many) = (0.0, 0.0, 0.0);
        for function in Function::all().iter().filter(|function| function.d >= 8) {
            let model = |z: &DMatrix<f64>| function.answers(z);
            let limit = function.limit(kind);
            for seed in 0..5 {
                let about = (function.d, 256, seed);
                let pairs = || (MaskPairs::new(law.clone()), Unweighted);
                process += squared_error(&explain(pairs(), MaskProcess::new(law.clone()), about, &model), &limit);
                many += squared_error(
                    &explain(pairs(), MaskProcess::new(law.clone()).rows(256), (function.d, 1024, seed), &model),
                    &limit,
                );
                let squares = Ridge::new(0.0).unwrap();
                let direct = Direct::new(Space::<f64>::masks(function.d));
                let answers = model_fn(|z: &DMatrix<f64>| function.answers(z));
                plain += squared_error(
                    &if kind == "image" {
                        Explainer::new(MonteCarlo, Radial::for_images(), NoSelection, squares)
                            .samples(256)
                            .seed(seed)
                            .explain(&direct, &answers)
                    } else {
                        Explainer::new(RemovedCount, Radial::for_text(), NoSelection, squares)
                            .samples(256)
                            .seed(seed)
                            .explain(&direct, &answers)
                    }
                    .unwrap(),
                    &limit,
                );
            }
        }
        println!("{kind}: {:.1} times lower, and {:.1} times with 1024", plain / process, plain / many);
        assert!(plain > 8.0 * process && process > many, "{kind}: {plain} {process} {many}");
    }
}

/// The intervals' coverage of the exact limit.
#[test]
fn intervals_cover_the_limit_as_often_as_they_say() {
    let functions = Function::all();
    let function = &functions[4];
    let model = |z: &DMatrix<f64>| function.answers(z);
    let (limit, seeds) = (function.limit("image"), 40);
    let mut covered = 0;
    for seed in 0..seeds {
        let found =
            explain((MonteCarlo, Radial::for_images()), MaskProcess::new(images()), (function.d, 176, seed), &model);
        for feature in &found.targets[0].features {
            let [low, high] = feature.interval.unwrap();
            covered += usize::from(low <= limit[feature.index] && limit[feature.index] <= high);
        }
    }
    let share = covered as f64 / (function.d as f64 * seeds as f64);
    println!("coverage {share:.4} of {} intervals", function.d as u64 * seeds);
    assert!((0.91..=0.985).contains(&share), "{share}");
}

/// A product of five that 200 masks do not tell of: the few masks that have it whole move coefficients further than the others do, and the
/// quantile is one of fewer degrees of freedom than 31. Whatever the unit of the answers is.
#[test]
fn a_few_masks_that_move_everything_leave_fewer_degrees_of_freedom() {
    let product = |z: &DMatrix<f64>, unit: f64| -> Vec<f64> {
        z.row_iter().map(|z| unit * (z[0] + z[1] * z[2] * z[3] * z[4] * z[5])).collect()
    };
    let found = |unit: f64| {
        let parts = (MaskPairs::new(texts()), Unweighted);
        explain(parts, MaskProcess::new(texts()), (12, 200, 3), &|z| product(z, unit))
    };
    let quantiles = |found: &Explanation| -> Vec<f64> {
        let of_each = found.targets[0].features.iter();
        of_each.map(|x| (x.interval.unwrap()[1] - x.weight) / x.sd.unwrap()).collect()
    };
    let (one, tiny, large) = (quantiles(&found(1.0)), quantiles(&found(1e-90)), quantiles(&found(1e90)));
    println!("quantile {:.3}", one[0]);
    // 2.040 is that of 31, 2.145 that of 14.
    assert!(one.iter().all(|quantile| *quantile > 2.145), "{one:?}");
    for (of_others, one) in tiny.iter().chain(&large).zip(one.iter().cycle()) {
        assert!((of_others - one).abs() < 1e-6, "{of_others} {one}");
    }
}

#[test]
fn the_same_on_any_number_of_threads_and_for_any_batch() {
    let function = &Function::all()[3];
    let model = model_fn(|z: &DMatrix<f64>| function.answers(z));
    let space = Direct::new(Space::<f64>::masks(function.d));
    let explainer =
        Explainer::new(MaskPairs::new(images()).with_corners(), Unweighted, NoSelection, MaskProcess::new(images()));
    let explainer = explainer.samples(300).seed(5);
    let expected = explainer.clone().explain(&space, &model).unwrap();
    for (threads, batch) in [(1, 7), (2, 300), (2, 1)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let explainer = explainer.clone().batch_size(batch);
        assert_eq!(pool.install(|| explainer.explain_parallel(&space, &model)).unwrap(), expected);
    }
}

/// Answers that are scaled and shifted scale the coefficients; each of several targets is fitted as it would be alone.
#[test]
fn scaling_and_targets() {
    let function = &Function::all()[2];
    let space = Direct::new(Space::<f64>::masks(function.d));
    let model = model_fn(|z: &DMatrix<f64>| {
        let y = function.answers(z);
        DMatrix::from_fn(z.nrows(), 2, |i, t| if t == 0 { y[i] } else { 1e6 - 250.0 * y[i] })
    });
    let explainer =
        Explainer::new(MaskPairs::new(texts()), Unweighted, NoSelection, MaskProcess::new(texts()).trusting());
    let found = explainer.samples(100).targets(Targets::All).explain(&space, &model).unwrap();
    let alone = explain(
        (MaskPairs::new(texts()), Unweighted),
        MaskProcess::new(texts()).trusting(),
        (function.d, 100, 0),
        &|z| function.answers(z),
    );
    let by_target = |target: usize| found.targets.iter().find(|t| t.target == target).unwrap().dense(function.d);
    assert_eq!(by_target(0), alone.targets[0].dense(function.d));
    for (a, b) in by_target(0).iter().zip(by_target(1)) {
        assert!((-250.0 * a - b).abs() < 1e-4, "{a} {b}");
    }
}

/// A choice of features is the limit of least squares on those: by enumeration with and without the process.
#[test]
fn some_of_the_features() {
    let function = &Function::all()[1];
    let space = Direct::new(Space::<f64>::masks(function.d));
    let model = model_fn(|z: &DMatrix<f64>| function.answers(z));
    let chosen = || FixedFeatures::new(vec![4, 0, 2]).unwrap();
    let process = Explainer::new(Exhaustive::new(), Radial::for_images(), chosen(), MaskProcess::new(images()))
        .samples(1 << function.d);
    let squares = Explainer::new(Exhaustive::new(), Radial::for_images(), chosen(), OrdinaryLeastSquares::default())
        .samples(1 << function.d);
    let (process, squares) = (process.explain(&space, &model).unwrap(), squares.explain(&space, &model).unwrap());
    let dense = |found: &Explanation| found.targets[0].dense(function.d);
    assert!(dense(&process).iter().zip(dense(&squares)).all(|(a, b)| (a - b).abs() < 1e-10));
    let errors = (process.targets[0].intercept.unwrap() - squares.targets[0].intercept.unwrap()).abs();
    assert!(errors < 1e-10, "{errors}");
}

fn record(z: &DMatrix<f64>, weight: &[f64]) -> Record<f64> {
    let space = Space::masks(z.ncols());
    let y = z.column(0).into_owned();
    let none = DMatrix::zeros(z.nrows(), 0);
    let mut record = Record::new(&space, &[0.0]);
    for from in (0..z.nrows()).step_by(TILE) {
        let count = TILE.min(z.nrows() - from);
        let answers = DMatrixView::from_slice(&y.as_slice()[from..from + count], count, 1);
        record.absorb(&Rows::new(
            from,
            z.rows(from, count),
            none.rows(from, count),
            &weight[from..from + count],
            answers,
        ));
    }
    record
}

#[test]
fn samples_that_do_not_follow_the_law() {
    let model = model_fn(|z: &DMatrix<f64>| -> Vec<f64> { z.column(0).iter().copied().collect() });
    // Another sampler, and another kernel.
    let direct = Direct::new(Space::<f64>::masks(10));
    let wrong = Explainer::new(RemovedCount, Radial::for_text(), NoSelection, MaskProcess::new(images())).samples(1000);
    let message = wrong.explain(&direct, &model).unwrap_err().to_string();
    assert!(message.contains("do not follow the law"), "{message}");
    let wrong = Explainer::new(MonteCarlo, Unweighted, NoSelection, MaskProcess::new(images())).samples(1000);
    assert!(wrong.explain(&direct, &model).is_err());
    let right = Explainer::new(MonteCarlo, Radial::for_images(), NoSelection, MaskProcess::new(images())).samples(1000);
    assert!(right.explain(&direct, &model).is_ok());

    let fit = |record: &Record<f64>, space: &Space<f64>| {
        let refused = MaskProcess::new(SizeLaw::fair()).fit(&Fitting::new(space, record), &[0], &[0]);
        refused.err().map(|error| *error.downcast::<Error>().unwrap())
    };
    let space = Space::masks(2);
    let numbers = DMatrix::from_element(4, 2, 0.5);
    let found = fit(&record(&numbers, &[1.0; 4]), &space);
    assert_eq!(found, Some(Error::NotAMask { row: 0, feature: 0, value: 0.5 }));
    let masks = DMatrix::from_fn(4, 2, |i, j| (i >> j & 1) as f64);
    assert_eq!(fit(&record(&masks, &[0.0; 4]), &space), Some(Error::NoWeight));
    assert_eq!(fit(&record(&masks, &[1.0; 4]), &space), None);
}

#[test]
fn parameters_that_are_none() {
    let law = SizeLaw::fair;
    assert_eq!(MaskProcess::new(law()).groups(1).unwrap_err(), Error::JackknifeGroups { groups: 1 });
    assert_eq!(MaskProcess::new(law()).confidence(1.0).unwrap_err(), Error::Confidence { confidence: 1.0 });
    let check = |law: SizeLaw| Surrogate::<f64>::check(&MaskProcess::new(law), &Space::masks(4)).unwrap_err();
    let one = check(SizeLaw::of_sizes(|kept, _| if kept == 2 { 1.0 } else { 0.0 }));
    assert_eq!(*one.downcast::<Error>().unwrap(), Error::OneSize);
    let none = check(SizeLaw::of_sizes(|_, _| -1.0));
    assert!(matches!(*none.downcast::<CoreError>().unwrap(), CoreError::SizeWeight { kept: 0, features: 4, .. }));
}

/// Of a function without any structure, which knows equal masks again and nothing else, the process makes at most a little more than plain least
/// squares; of masks that hide one or two of many features, where a row alone may tell of one, neither.
#[test]
fn where_there_is_nothing_to_learn() {
    let value = |z: &[bool]| {
        let mut state = z.iter().fold(17u64, |state, &z| (state ^ u64::from(z)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state ^= state >> 29;
        (state.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 53) as f64
    };
    let model = |z: &DMatrix<f64>| -> Vec<f64> {
        z.row_iter().map(|z| value(&z.iter().map(|z| *z == 1.0).collect::<Vec<_>>())).collect()
    };
    let nearly_all = SizeLaw::of_sizes(|kept, d| if (d - 2..d).contains(&kept) { 1.0 } else { 0.0 });
    for (law, d, n) in [(SizeLaw::fair(), 9, 512), (nearly_all, 60, 100)] {
        let direct = Direct::new(Space::<f64>::masks(d));
        let sizes = law.probabilities(d).unwrap();
        let sampler = || {
            MaskSize::new({
                let sizes = sizes.clone();
                move |kept, _: usize| sizes[kept]
            })
        };
        let (mut plain, mut process) = (0.0, 0.0);
        for seed in 0..8 {
            let weights = |found: Explanation| found.targets[0].dense(d).iter().map(|b| b * b).sum::<f64>();
            let answers = model_fn(|z: &DMatrix<f64>| model(z));
            let squares = Explainer::new(sampler(), Unweighted, NoSelection, OrdinaryLeastSquares::default());
            plain += weights(squares.samples(n).seed(seed).explain(&direct, &answers).unwrap());
            process += weights(explain((sampler(), Unweighted), MaskProcess::new(law.clone()), (d, n, seed), &model));
        }
        println!("{d} features: {process:.3} after {plain:.3}");
        assert!(process < 1.3 * plain, "{d}: {process} {plain}");
    }
}

/// Few rows, no rows for the process, one feature, answers that do not vary: plain least squares, or a warning.
#[test]
fn little_to_learn_from() {
    let model = |z: &DMatrix<f64>| z.row_iter().map(|z| z[0] * z[z.ncols() - 1]).collect::<Vec<f64>>();
    for (d, n) in [(1, 2), (1, 50), (2, 3), (5, 2), (5, 6), (5, 7), (5, 12), (30, 20)] {
        for trusting in [false, true] {
            let surrogate = MaskProcess::new(SizeLaw::fair());
            let surrogate = if trusting { surrogate.trusting() } else { surrogate };
            let found = explain((MaskPairs::new(SizeLaw::fair()), Unweighted), surrogate, (d, n, 1), &model);
            assert!(found.targets[0].dense(d).iter().all(|b| b.is_finite()), "{d} {n}");
        }
    }
    let plain = explain((MonteCarlo, Unweighted), MaskProcess::new(SizeLaw::fair()).rows(0), (5, 100, 1), &model);
    let squares = Explainer::new(MonteCarlo, Unweighted, NoSelection, Ridge::new(0.0).unwrap()).samples(100).seed(1);
    let squares = squares.explain(&Direct::new(Space::masks(5)), &model_fn(|z: &DMatrix<f64>| model(z))).unwrap();
    for (a, b) in plain.targets[0].dense(5).iter().zip(squares.targets[0].dense(5)) {
        assert!((a - b).abs() < 1e-12);
    }
    for value in [3.0, 0.1] {
        let process = MaskProcess::new(SizeLaw::fair());
        let constant = explain((MonteCarlo, Unweighted), process, (5, 100, 1), &|z| vec![value; z.nrows()]);
        assert_eq!(constant.targets[0].dense(5), [0.0; 5]);
    }
}
