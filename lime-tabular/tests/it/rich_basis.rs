//! The richer columns of features, and regressions on them: exact for linear models, and with the plain fit's limit for others.

use crate::support::{json, numbers, row, table};
use lime_core::nalgebra::{DMatrix, DVector, dmatrix};
use lime_core::{
    Basis, BoxError, Design, Draw, Evidence, Explainer, Explanation, Fitting, Model, Representation, Rows, Sampler,
    Space, Surrogate, model_fn,
};
use lime_kernels::Radial;
use lime_samplers::{LatinHypercube, MonteCarlo, Sobol};
use lime_surrogates::selection::{Auto, NoSelection};
use lime_surrogates::{OrdinaryLeastSquares, RichBasis};
use lime_tabular::{
    Binned, Categorical, Column, ColumnAt, Edges, Empirical, Optional, Quantiles, Sample, Tabular,
    TabularRepresentation, Uniform, Within,
};

fn explain(
    row: &TabularRepresentation<f64>,
    sampler: impl Sampler<f64>,
    samples: usize,
    seed: u64,
    model: &impl Model<DMatrix<f64>, f64>,
) -> Explanation {
    let explainer = Explainer::new(sampler, Radial::default(), NoSelection, RichBasis::new());
    explainer.samples(samples).seed(seed).explain(row, model).unwrap()
}

/// The number of columns of the regression, the intercept among them.
fn columns(row: &TabularRepresentation<f64>) -> usize {
    let space = row.space();
    1 + (0..space.features()).map(|j| 1 + space.basis(j).map_or(0, Basis::columns)).sum::<usize>()
}

#[test]
fn the_limits_of_reference_tables_from_few_calls() {
    let file = json("reference/exact.json");
    let mut farthest = 0.0f64;
    for case in file["tabular"].as_array().unwrap() {
        let name = case["dataset"].as_str().unwrap();
        let (_, training) = table(name);
        let percentiles = numbers(&case["percentiles"]);
        let shares: Vec<f64> = percentiles.iter().map(|p| p / 100.0).collect();
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        let learnt = Tabular::builder(&training).discretizer(Quantiles::new(&shares).unwrap()).learn().unwrap();
        let row = learnt.represent(&instance).unwrap();
        let (slopes, f0) = (DVector::from_vec(numbers(&case["f"])), case["f0"].as_f64().unwrap());
        let linear = model_fn(|rows: &DMatrix<f64>| (rows * &slopes).add_scalar(f0));
        let (d, columns) = (instance.len(), columns(&row));
        let calls = if percentiles.len() == 3 { 8 * d } else { columns + columns / 5 };
        println!("{name}: {d} features, {columns} columns, {calls} calls");
        let samplers: [&dyn Sampler<f64>; 3] =
            [&MonteCarlo, &LatinHypercube::default(), &Sobol::interleaved(8).unwrap()];
        for (at, sampler) in samplers.iter().enumerate() {
            for seed in 0..4 {
                let explanation = explain(&row, *sampler, calls - 1, seed, &linear);
                assert!(explanation.model_calls <= calls);
                let target = &explanation.targets[0];
                let intercept = (target.intercept.unwrap(), case["intercept"].as_f64().unwrap());
                let pairs = target.dense(d).into_iter().zip(numbers(&case["coef"])).chain([intercept]);
                for (j, (found, expected)) in pairs.enumerate() {
                    let error = (found - expected).abs() / expected.abs().max(1.0);
                    farthest = farthest.max(error);
                    assert!(error <= 1e-10, "{name} {at} seed {seed} {j}: {found} for {expected}");
                }
            }
        }
    }
    println!("farthest {farthest:.1e}");
}

/// Each column's mean over evenly spaced uniforms is the one it tells, on both sides; where a linear model needs it, x less its mean
/// given z' is a sum of the columns.
#[test]
fn columns_have_the_means_they_tell() {
    let values: Vec<f64> = (0..200).map(|i| f64::from(i * i % 211) / 10.0).collect();
    let sample = Sample::new(&values).unwrap();
    let laws: [&dyn Within; 3] = [&lime_tabular::TruncatedNormal, &Empirical, &Uniform];
    let mut all: Vec<Box<dyn ColumnAt<f64>>> = Vec::new();
    for law in laws {
        let column = Binned::from_sample("x", &sample, &[3.0, 5.0, 12.0, 18.0], law).unwrap();
        all.push(column.at(6.0).unwrap());
        for share in [0.0, 0.2] {
            let cells = Optional::new("x", std::sync::Arc::new(column.clone()), share, f64::NAN).unwrap();
            all.push(cells.at(20.0).unwrap());
        }
    }
    let codes = [0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0];
    all.push(Categorical::learn("c", &codes).unwrap().at(1.0).unwrap());
    let n = 100_000;
    let noise: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
    let mut checked = 0;
    for at in all {
        let basis = at.basis().unwrap();
        for side in [0.0, 1.0] {
            let z = vec![side; noise.len()];
            let mut x = vec![0.0; noise.len()];
            at.restore(&z, &noise, &mut x);
            let mut filled = DMatrix::zeros(noise.len(), basis.columns());
            for column in 0..basis.columns() {
                let values = &mut filled.as_mut_slice()[column * noise.len()..][..noise.len()];
                basis.fill(column, &z, &noise, values);
                let mean = values.iter().sum::<f64>() / f64::from(n);
                let expected = basis.mean(column, side);
                assert!((mean - expected).abs() < 3e-4, "{at:?} {column} {side}: {mean} for {expected}");
                values.iter_mut().for_each(|value| *value -= expected);
                checked += 1;
            }
            let Some(mean) = at.mean(side) else { continue };
            let rest = DVector::from_iterator(x.len(), x.iter().map(|x| x - mean));
            let gram = filled.tr_mul(&filled);
            let slopes = gram.pseudo_inverse(1e-9).unwrap() * filled.tr_mul(&rest);
            assert!((filled * slopes - rest).amax() < 1e-8, "{at:?} {side}");
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Two levels, whole numbers, numbers without bins: z' says all, or there is no closed form.
#[test]
fn what_has_no_richer_columns() {
    let training = DMatrix::from_fn(40, 3, |i, j| f64::from((i as u32 * (3 + j as u32)) % 17));
    let codes = training.map(|v| f64::from(u8::from(v > 8.0)));
    let bare = |row: &TabularRepresentation<f64>| columns(row) == 1 + row.space().features();
    let builder = || Tabular::builder(&codes).categorical(0).categorical(1).categorical(2);
    assert!(bare(&builder().learn().unwrap().represent(&row(&codes, 0)).unwrap()));
    let builder = || Tabular::builder(&training);
    assert!(bare(&builder().without_discretizer().learn().unwrap().represent(&row(&training, 3)).unwrap()));
    let whole = builder().integer(0).integer(1).integer(2).learn().unwrap();
    assert!(bare(&whole.represent(&row(&training, 3)).unwrap()));
    assert!(!bare(&builder().learn().unwrap().represent(&row(&training, 3)).unwrap()));
}

/// A model with interactions and kinks over the table's columns, in units of their spread.
fn curved(training: &DMatrix<f64>) -> impl Fn(&DMatrix<f64>) -> DVector<f64> + Send + Sync + use<> {
    let d = training.ncols();
    let mean = DVector::from_iterator(d, training.column_iter().map(|c| c.mean()));
    let sd = DVector::from_iterator(d, training.column_iter().map(|c| c.variance().sqrt()));
    move |rows| {
        let z = DMatrix::from_fn(rows.nrows(), d, |i, j| (rows[(i, j)] - mean[j]) / sd[j]);
        DVector::from_iterator(
            rows.nrows(),
            z.row_iter().map(|z| {
                let sum: f64 = z.iter().enumerate().map(|(j, z)| z / (1.0 + j as f64)).sum();
                sum.tanh() + 0.3 * z[1] * z[2] + f64::from(u8::from(z[0] > 0.2 && z[3] < 0.5)) + 0.1 * z[4].max(0.0)
            }),
        )
    }
}

fn case(name: &str) -> (DMatrix<f64>, TabularRepresentation<f64>) {
    let (_, training) = table(name);
    let row = Tabular::builder(&training).learn().unwrap().represent(&row(&training, 7)).unwrap();
    (training, row)
}

#[test]
fn nonlinear_models_have_the_limit_of_least_squares() {
    let (training, row) = case("diabetes");
    let model = model_fn(curved(&training));
    let plain = Explainer::new(Sobol::default(), Radial::default(), NoSelection, OrdinaryLeastSquares::new());
    let plain = plain.samples(1 << 16).explain(&row, &model).unwrap();
    let rich = explain(&row, Sobol::default(), 1 << 16, 0, &model);
    let pairs = plain.targets[0].dense(10).into_iter().zip(rich.targets[0].dense(10));
    for (j, (plain, rich)) in pairs.enumerate() {
        assert!((plain - rich).abs() < 2e-3, "{j}: {rich} for {plain}");
    }
    assert!((plain.targets[0].intercept.unwrap() - rich.targets[0].intercept.unwrap()).abs() < 2e-3);
    assert!((plain.targets[0].score - rich.targets[0].score).abs() < 1e-3);
}

/// At 512 calls its squared error is less than half of the plain fit's, although much of this model is interactions.
#[test]
fn fewer_calls_for_the_same_error() {
    let (training, row) = case("diabetes");
    let model = model_fn(curved(&training));
    let limit = explain(&row, Sobol::default(), 1 << 16, 0, &model).targets[0].dense(10);
    let (mut rich, mut plain) = (0.0, 0.0);
    let squares = |found: Vec<f64>| found.iter().zip(&limit).map(|(b, l)| (b - l) * (b - l)).sum::<f64>();
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, OrdinaryLeastSquares::new());
    for seed in 0..20 {
        rich += squares(explain(&row, MonteCarlo, 512, seed, &model).targets[0].dense(10));
        let explanation = explainer.clone().samples(512).seed(seed).explain(&row, &model).unwrap();
        plain += squares(explanation.targets[0].dense(10));
    }
    println!("squared error at 512 calls: {:.2} times lower", plain / rich);
    assert!(plain > 2.0 * rich, "{plain} {rich}");
}

fn coverage(name: &str, n: usize, seeds: u64, sampler: &dyn Sampler<f64>) -> f64 {
    let (training, row) = case(name);
    let model = model_fn(curved(&training));
    let d = training.ncols();
    let limit = explain(&row, Sobol::default(), 1 << 16, 0, &model).targets[0].dense(d);
    let mut covered = 0;
    for seed in 0..seeds {
        for feature in &explain(&row, sampler, n, seed, &model).targets[0].features {
            let [low, high] = feature.interval.unwrap();
            covered += usize::from(low <= limit[feature.index] && limit[feature.index] <= high);
        }
    }
    covered as f64 / (d as u64 * seeds) as f64
}

#[test]
fn the_interval_covers_the_limit_as_often_as_it_says() {
    let share = coverage("diabetes", 512, 60, &MonteCarlo);
    assert!((0.925..=0.975).contains(&share), "{share}");
}

/// The points of one scrambling, dealt into groups as if they were independent.
struct Dealt(Sobol);

struct DealtDesign<'a>(Box<dyn Design<f64> + 'a>);

impl Sampler<f64> for Dealt {
    fn design<'a>(&'a self, space: &'a Space<f64>, n: usize, seed: u64) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
        Ok(Box::new(DealtDesign(self.0.design(space, n, seed)?)))
    }
}

impl Design<f64> for DealtDesign<'_> {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn fill(&self, rows: std::ops::Range<usize>, draw: &mut Draw<f64>) {
        self.0.fill(rows, draw);
    }
}

#[test]
#[ignore = "minutes: prints the coverage by sampler, table and number of samples"]
fn coverage_by_samples() {
    let interleaved = Sobol::interleaved(8).unwrap();
    let dealt = Dealt(Sobol::default());
    let samplers: [(&str, &dyn Sampler<f64>); 3] =
        [("8 scramblings", &interleaved), ("independent", &MonteCarlo), ("one scrambling, dealt", &dealt)];
    for (name, sampler) in samplers {
        for (data, seeds) in [("diabetes", 100), ("breast_cancer", 24)] {
            for n in [256, 512, 1024, 4096] {
                println!("{name}, {data}, {n} samples: {:.3}", coverage(data, n, seeds, sampler));
            }
        }
    }
}

/// The same samples with the features in another order.
#[test]
fn features_in_another_order_have_the_same_weights() {
    let (training, first) = case("diabetes");
    let order: Vec<usize> = (0..10).map(|j| (3 * j + 4) % 10).collect();
    let turned = training.select_columns(&order);
    let second = Tabular::builder(&turned).learn().unwrap().represent(&row(&turned, 7)).unwrap();
    let (n, values) = (250, curved(&training));
    let mut draw = Draw::new(first.space(), n);
    MonteCarlo.design(first.space(), n, 4).unwrap().fill(0..n, &mut draw);
    draw.instance.clear();
    let mut batch = first.allocate(n);
    first.restore(&draw, &mut batch, 0).unwrap();
    let answers = DMatrix::from_column_slice(n, 1, values(&batch).as_slice());
    let fit = |row: &TabularRepresentation<f64>, z: DMatrix<f64>, noise: DMatrix<f64>| {
        let mut evidence = RichBasis::new().evidence(row.space(), &[0.0]);
        evidence.absorb(&Rows::new(0, z.as_view(), noise.as_view(), &draw.weight, answers.as_view()));
        let all: Vec<usize> = (0..10).collect();
        RichBasis::new().fit(&Fitting::new(row.space(), &evidence), &all, &[0]).unwrap().remove(0)
    };
    let plain = fit(&first, draw.z.clone(), draw.noise.clone());
    let other = fit(&second, draw.z.select_columns(&order), draw.noise.select_columns(&order));
    assert!((plain.intercept() - other.intercept()).abs() < 1e-9);
    for (from, &to) in order.iter().enumerate() {
        assert!((other.coefficients()[from].1 - plain.coefficients()[to].1).abs() < 1e-9, "{from}");
        assert!((other.deviations()[from] - plain.deviations()[to]).abs() < 1e-9, "{from}");
    }
}

/// The features selected keep the weights they have among all.
#[test]
fn weights_do_not_depend_on_the_selection() {
    let (training, row) = case("diabetes");
    let model = model_fn(curved(&training));
    let all = explain(&row, MonteCarlo, 300, 5, &model);
    let explainer = Explainer::new(MonteCarlo, Radial::default(), Auto::new(4).unwrap(), RichBasis::new());
    let some = explainer.samples(300).seed(5).explain(&row, &model).unwrap();
    assert_eq!(some.targets[0].features.len(), 4);
    for feature in &some.targets[0].features {
        let among_all = all.targets[0].features.iter().find(|other| other.index == feature.index).unwrap();
        assert_eq!((feature.weight, feature.interval), (among_all.weight, among_all.interval));
    }
}

#[test]
fn weights_and_errors_scale_with_the_answers() {
    let (training, row) = case("diabetes");
    let values = curved(&training);
    let plain = explain(&row, MonteCarlo, 300, 5, &model_fn(&values));
    let scaled = explain(&row, MonteCarlo, 300, 5, &model_fn(|rows: &DMatrix<f64>| values(rows) * -40.0));
    for (plain, scaled) in plain.targets[0].features.iter().zip(&scaled.targets[0].features) {
        assert_eq!(plain.index, scaled.index);
        assert!((scaled.weight + 40.0 * plain.weight).abs() < 1e-9, "{}", plain.index);
        assert!((scaled.sd.unwrap() - 40.0 * plain.sd.unwrap()).abs() < 1e-9, "{}", plain.index);
    }
}

#[test]
fn the_same_on_any_number_of_threads_and_with_any_batch() {
    let (training, row) = case("diabetes");
    let model = model_fn(curved(&training));
    let sampler = Sobol::interleaved(8).unwrap();
    let explainer = Explainer::new(sampler, Radial::default(), NoSelection, RichBasis::new()).samples(700).seed(3);
    let alone = explainer.explain(&row, &model).unwrap();
    assert!(alone.targets[0].features.iter().all(|feature| feature.interval.is_some()));
    for (threads, batch) in [(1, 7), (2, 300), (2, 1)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let explainer = explainer.clone().batch_size(batch);
        assert_eq!(pool.install(|| explainer.explain_parallel(&row, &model)).unwrap(), alone);
    }
}

/// Fewer samples than columns, and a feature that never varies: numbers all the same.
#[test]
fn too_few_samples_still_give_numbers() {
    let training = dmatrix![1.0, 5.0, 2.0; 2.0, 5.0, 7.0; 3.0, 5.0, 1.0; 4.0, 5.0, 9.0; 6.0, 5.0, 4.0];
    let row = Tabular::builder(&training).learn().unwrap().represent(&row(&training, 1)).unwrap();
    let model = model_fn(|rows: &DMatrix<f64>| rows.column(0).component_mul(&rows.column(2)));
    for n in [2, 3, 5, 9, 40] {
        let explanation = explain(&row, MonteCarlo, n, 1, &model);
        assert!(explanation.targets[0].features.iter().all(|feature| feature.weight.is_finite()));
        assert_eq!(explanation.targets[0].dense(3)[1], 0.0);
    }
    let constant =
        explain(&row, MonteCarlo, 40, 1, &model_fn(|rows: &DMatrix<f64>| DVector::repeat(rows.nrows(), 2.5)));
    assert_eq!(constant.targets[0].dense(3), [0.0; 3]);
}

/// A probability by a steep function of the columns, of which few are near one half: a logistic regression with a bend.
fn steep(training: &DMatrix<f64>) -> impl Fn(&DMatrix<f64>) -> DVector<f64> + Send + Sync + use<> {
    let d = training.ncols();
    let mean = DVector::from_iterator(d, training.column_iter().map(|c| c.mean()));
    let slopes = DVector::from_iterator(
        d,
        training.column_iter().enumerate().map(|(j, c)| (2.0 - 0.35 * j as f64) / c.variance().sqrt()),
    );
    move |rows| {
        let bend = |x: f64| x + 0.5 * (x - 2.0).max(0.0);
        (rows * &slopes).add_scalar(-mean.dot(&slopes)).map(|x| 1.0 / (1.0 + (1.0 - bend(x)).exp()))
    }
}

fn explain_probabilities(
    row: &TabularRepresentation<f64>,
    surrogate: RichBasis,
    samples: usize,
    seed: u64,
    model: &impl Model<DMatrix<f64>, f64>,
) -> Explanation {
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate);
    explainer.samples(samples).seed(seed).explain(row, model).unwrap()
}

/// The mean over seeds is the limit, the squared error less than without the logistic regression, and the intervals hold.
#[test]
fn probabilities_take_fewer_calls() {
    let (training, row) = case("diabetes");
    let model = model_fn(steep(&training));
    let limit = explain(&row, Sobol::default(), 1 << 16, 0, &model).targets[0].dense(10);
    let squares = |found: &[f64]| found.iter().zip(&limit).map(|(b, l)| (b - l) * (b - l)).sum::<f64>();
    let seeds = 40;
    let (mut plain, mut logit, mut covered) = (0.0, 0.0, 0);
    let mut found = DMatrix::zeros(10, seeds);
    for seed in 0..seeds {
        plain += squares(&explain_probabilities(&row, RichBasis::new(), 512, seed as u64, &model).targets[0].dense(10));
        let explanation = explain_probabilities(&row, RichBasis::new().logit(1000), 512, seed as u64, &model);
        let weights = explanation.targets[0].dense(10);
        logit += squares(&weights);
        found.set_column(seed, &DVector::from_vec(weights));
        for feature in &explanation.targets[0].features {
            let [low, high] = feature.interval.unwrap();
            covered += usize::from(low <= limit[feature.index] && limit[feature.index] <= high);
        }
    }
    let coverage = covered as f64 / (10 * seeds) as f64;
    println!("squared error at 512 calls: {:.2} times lower, coverage {coverage:.3}", plain / logit);
    assert!(plain > 3.0 * logit, "{plain} {logit}");
    assert!((0.92..=0.98).contains(&coverage), "{coverage}");
    for (j, limit) in limit.iter().enumerate() {
        let error = (found.row(j).variance() / seeds as f64).sqrt();
        assert!((found.row(j).mean() - limit).abs() < 4.0 * error + 2e-4, "{j}: {} for {limit}", found.row(j).mean());
    }
}

/// Where the answers are no probabilities, where there are more samples than are kept, and where the columns explain all, the logistic
/// regression changes nothing.
#[test]
fn the_logistic_regression_only_where_it_helps() {
    let (training, row) = case("diabetes");
    let (curved, steep) = (model_fn(curved(&training)), model_fn(steep(&training)));
    let (with, without) = (RichBasis::new().logit(300), RichBasis::new());
    let explain = |surrogate, samples, model: &dyn Model<DMatrix<f64>, f64>| {
        explain_probabilities(&row, surrogate, samples, 1, &model).targets.remove(0).features
    };
    assert_eq!(explain(with, 300, &curved), explain(without, 300, &curved));
    assert_eq!(explain(with, 301, &steep), explain(without, 301, &steep));
    assert_ne!(explain(with, 300, &steep), explain(without, 300, &steep));
    let constant = model_fn(|rows: &DMatrix<f64>| DVector::repeat(rows.nrows(), 0.5));
    assert_eq!(explain(with, 300, &constant), explain(without, 300, &constant));
    let linear = model_fn(|rows: &DMatrix<f64>| (rows.column(2) * 0.01).add_scalar(0.5));
    assert!(linear_answers_are_probabilities(&training));
    let limit = row.linear_limit(0.5, &[0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    for feature in explain(with, 300, &linear) {
        assert!((feature.weight - limit.weights[feature.index]).abs() < 1e-12, "{feature:?}");
    }
}

fn linear_answers_are_probabilities(training: &DMatrix<f64>) -> bool {
    training.column(2).iter().all(|x| (0.0..=1.0).contains(&(0.5 + 0.01 * x)))
}

#[test]
fn probabilities_are_the_same_on_any_number_of_threads_and_with_any_batch() {
    let (training, row) = case("diabetes");
    let model = model_fn(steep(&training));
    let sampler = Sobol::interleaved(8).unwrap();
    let surrogate = RichBasis::new().logit(RichBasis::KEPT);
    let explainer = Explainer::new(sampler, Radial::default(), NoSelection, surrogate).samples(700).seed(3);
    let alone = explainer.explain(&row, &model).unwrap();
    for (threads, batch) in [(1, 7), (2, 300)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let explainer = explainer.clone().batch_size(batch);
        assert_eq!(pool.install(|| explainer.explain_parallel(&row, &model)).unwrap(), alone);
    }
    let first = explainer.clone().samples(300).session(&row, &model).run().unwrap().checkpoint.unwrap();
    assert_eq!(explainer.session(&row, &model).continuing(first).run().unwrap().explanation, alone);
}

/// Of a bin that training does not have, half the samples keep the instance's value, as of a category: its coefficient is the exact one.
#[test]
fn a_bin_without_training_values_has_its_exact_weight() {
    let training = DMatrix::from_fn(40, 2, |i, j| match j {
        0 => 2.0 + 0.05 * i as f64,
        _ => f64::from((i as u32 * 7) % 41),
    });
    let (slopes, constant) = ([1.5, -0.2], DMatrix::from_element(40, 2, 4.0));
    let model = model_fn(|rows: &DMatrix<f64>| rows.column(0) * slopes[0] + rows.column(1) * slopes[1]);
    let edges = Tabular::builder(&training).discretizer_of(0, Edges::new(&[3.0, 5.0]).unwrap()).learn().unwrap();
    let constant = Tabular::builder(&constant).learn().unwrap();
    for (table, instance) in [(edges, [6.0, 20.0]), (constant, [5.0, 4.0])] {
        let row = table.represent(&instance).unwrap();
        let limit = row.linear_limit(0.0, &slopes).unwrap();
        assert!(limit.weights[0].abs() > 1.0);
        for explanation in
            [explain(&row, MonteCarlo, 200, 1, &model), explain(&row, Sobol::interleaved(8).unwrap(), 512, 1, &model)]
        {
            for (found, expected) in explanation.targets[0].dense(2).iter().zip(&limit.weights) {
                assert!((found - expected).abs() < 1e-10, "{instance:?}: {found} for {expected}");
            }
        }
    }
}
