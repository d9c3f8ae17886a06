//! Laws of the pipeline: what the seed, the kernel, the order, the units, the threads and the batches may not change.

use std::ops::Range;
use std::sync::Arc;

use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{
    Block, BoxError, Direct, Draw, Error, Evidence, Explainer, Explanation, First, Fitting, Kernel, Law, LinearFit,
    Model, Moments, Origin, Real, Representation, Rows, Sampler, Selector, Space, Stream, Surrogate, TILE, Targets,
    Warning, kernel_fn, model_fn,
};
use lime_kernels::{Cosine, Euclidean, Exponential, Fixed, Interpretable, Metric, Original, Radial, Seen, Width};
use lime_samplers::{MonteCarlo, Normal};
use lime_surrogates::Ridge;
use lime_surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// One coordinate of a space.
#[derive(Debug, Clone)]
enum Coordinate {
    Mask,
    Levels { own: usize, frequency: Vec<f64> },
    Number { mean: f64, sd: f64, origin: f64 },
}

impl Coordinate {
    fn law<F: Real>(&self) -> Law<F> {
        match self {
            Coordinate::Mask => Law::mask(),
            Coordinate::Levels { own, frequency } => Law::Levels { own: *own, frequency: frequency.clone() },
            Coordinate::Number { mean, sd, .. } => Law::Continuous(Arc::new(Normal::new(*mean, *sd).unwrap())),
        }
    }

    fn origin<F: Real>(&self) -> F {
        match self {
            Coordinate::Number { origin, .. } => F::of(*origin),
            _ => F::one(),
        }
    }
}

fn space<F: Real>(coordinates: &[Coordinate]) -> Space<F> {
    let laws = coordinates.iter().map(Coordinate::law).collect();
    Space::new(laws, coordinates.iter().map(Coordinate::origin).collect()).unwrap()
}

fn levels() -> impl Strategy<Value = Coordinate> {
    (prop::collection::vec(0.05..1.0, 2..6), any::<prop::sample::Index>()).prop_map(|(share, own)| {
        let sum: f64 = share.iter().sum();
        Coordinate::Levels { own: own.index(share.len()), frequency: share.iter().map(|p| p / sum).collect() }
    })
}

/// A normal law with a spread of `sd`, and an instance within two of it.
fn number(mean: Range<f64>, sd: Range<f64>) -> impl Strategy<Value = Coordinate> {
    (mean, sd, -2.0..2.0).prop_map(|(mean, sd, at)| Coordinate::Number { mean, sd, origin: mean + sd * at })
}

fn coordinates(number: impl Strategy<Value = Coordinate> + Clone + 'static) -> impl Strategy<Value = Vec<Coordinate>> {
    prop_oneof![
        prop::collection::vec(Just(Coordinate::Mask), 1..7),
        prop::collection::vec(levels(), 1..7),
        prop::collection::vec(number.clone(), 1..7),
        prop::collection::vec(prop_oneof![Just(Coordinate::Mask), levels(), number], 1..7),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Weighing {
    Euclidean(f64),
    Cosine(f64),
    Original(f64),
    Heavy,
    /// Samples that differ from the instance in the first feature count nothing.
    FirstKept,
}

impl Weighing {
    fn kernel<F: Real>(self) -> Box<dyn Kernel<F, DMatrix<F>>> {
        let width = |value| Fixed::new(value).unwrap();
        match self {
            Weighing::Euclidean(w) => Box::new(Radial::new(Interpretable(Euclidean), Exponential, width(w))),
            Weighing::Cosine(w) => Box::new(Radial::new(Interpretable(Cosine), Exponential, width(w))),
            Weighing::Original(w) => Box::new(Radial::new(Original(Euclidean), Exponential, width(w))),
            Weighing::Heavy => Box::new(kernel_fn(|z: &[F], x: &[F]| {
                F::one() / z.iter().zip(x).fold(F::one(), |sum, (&z, &x)| sum + (z - x) * (z - x))
            })),
            Weighing::FirstKept => {
                Box::new(kernel_fn(|z: &[F], x: &[F]| if z[0] == x[0] { F::one() } else { F::zero() }))
            }
        }
    }
}

fn weighing() -> impl Strategy<Value = Weighing> {
    // Widths from far too small to far too large.
    let width = || (-4.0..3.0).prop_map(f64::exp);
    prop_oneof![
        width().prop_map(Weighing::Euclidean),
        width().prop_map(Weighing::Cosine),
        width().prop_map(Weighing::Original),
        Just(Weighing::Heavy),
        Just(Weighing::FirstKept),
    ]
}

/// A linear model of the samples: a row of `slopes` and an offset for each output.
#[derive(Debug, Clone)]
struct Linear {
    slopes: Vec<Vec<f64>>,
    offset: Vec<f64>,
}

impl<F: Real> Model<DMatrix<F>, F> for Linear {
    fn predict(&self, z: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        Ok(DMatrix::from_fn(z.nrows(), self.offset.len(), |i, t| {
            let slopes = &self.slopes[t];
            (0..z.ncols()).fold(F::of(self.offset[t]), |sum, j| sum + F::of(slopes[j]) * z[(i, j)])
        }))
    }
}

#[derive(Debug, Clone)]
struct LinearCase {
    coordinates: Vec<Coordinate>,
    model: Linear,
    weighing: Weighing,
    samples: usize,
    seed: u64,
}

fn linear_case() -> impl Strategy<Value = LinearCase> {
    let numbers = number(-10.0..10.0, 0.1..10.0).boxed();
    (coordinates(numbers), 1usize..5).prop_flat_map(|(coordinates, outputs)| {
        let slope = prop_oneof![0.1..5.0, -5.0..-0.1];
        let slopes = prop::collection::vec(prop::collection::vec(slope, coordinates.len()), outputs);
        let offset = prop::collection::vec(-5.0..5.0, outputs);
        (Just(coordinates), slopes, offset, weighing(), 20usize..600, any::<u64>()).prop_map(
            |(coordinates, slopes, offset, weighing, samples, seed)| {
                // Values both precisions have.
                let short = |values: Vec<f64>| values.into_iter().map(|v| f64::from(v as f32)).collect::<Vec<_>>();
                let model = Linear { slopes: slopes.into_iter().map(short).collect(), offset: short(offset) };
                LinearCase { coordinates, model, weighing, samples, seed }
            },
        )
    })
}

/// The samples and weights that an explainer of these parts works with.
fn design<F: Real>(
    space: &Space<F>,
    kernel: &dyn Kernel<F, DMatrix<F>>,
    samples: usize,
    seed: u64,
) -> (DMatrix<F>, Vec<f64>) {
    let mut draw = Draw::new(space, samples);
    MonteCarlo.design(space, samples, seed).unwrap().fill(0..samples, &mut draw);
    let instance = DMatrix::from_row_slice(1, space.features(), space.origin());
    let mut weights = vec![F::zero(); samples];
    let block = Block::new(&draw, &draw.z, 0);
    let similarity = kernel.at(Origin::new(space.origin(), &instance), First::new(block)).unwrap();
    similarity.weigh(block, &mut weights).unwrap();
    drop(similarity);
    (draw.z, weights.iter().map(|w| w.wide()).collect())
}

/// The largest length of a column of the weighted and centred samples; and of each column brought to length 1, the least that
/// the columns before it leave of it, the longest always first. A column of next to no length stays 0.
fn spread<F: Real>(z: &DMatrix<F>, weights: &[f64]) -> (f64, f64) {
    let total: f64 = weights.iter().sum();
    let mut longest = 0.0f64;
    let mut columns: Vec<DVector<f64>> = Vec::new();
    for column in z.column_iter() {
        let mean = column.iter().zip(weights).map(|(z, w)| z.wide() * w).sum::<f64>() / total;
        let centred = column.iter().zip(weights).map(|(z, w)| (z.wide() - mean) * w.sqrt());
        let centred = DVector::from_iterator(weights.len(), centred);
        let length = centred.norm();
        longest = longest.max(length);
        columns.push(centred / if length > 1e-100 { length } else { f64::INFINITY });
    }
    let mut least = f64::INFINITY;
    loop {
        columns.sort_by(|a, b| a.norm().total_cmp(&b.norm()));
        let Some(top) = columns.pop() else { return (longest, least) };
        least = least.min(top.norm());
        let direction = &top / top.norm().max(f64::MIN_POSITIVE);
        columns.iter_mut().for_each(|column| *column -= &direction * direction.dot(column));
    }
}

/// Either the coefficients are the model's, or the target says why they may not be.
fn recovered_or_flagged<F: Real>(case: &LinearCase, tolerance: f64) -> Result<(), TestCaseError> {
    let space = space::<F>(&case.coordinates);
    let d = space.features();
    let kernel = case.weighing.kernel::<F>();
    let (z, weights) = design(&space, &*kernel, case.samples, case.seed);
    let answers = case.model.predict(&z).unwrap();
    let instance = DMatrix::from_row_slice(1, d, space.origin());
    let at_instance: DMatrix<F> = case.model.predict(&instance).unwrap();

    let explainer = Explainer::new(MonteCarlo, kernel, NoSelection, Ridge::new(0.0).unwrap());
    let explainer = explainer.samples(case.samples).seed(case.seed).targets(Targets::All);
    let result = explainer.explain(&Direct::new(space), &case.model);
    let positive = weights.iter().filter(|w| **w > 0.0).count();
    let (longest, least) = spread(&z, &weights);
    if let Err(Error::NoWeight { positive: found, .. }) = result {
        prop_assert_eq!(found, positive);
        prop_assert!(positive < 2 || positive < case.samples && longest < 1e-100, "{positive}, {longest}");
        return Ok(());
    }
    let explanation = result.unwrap();
    prop_assert!(positive > 1);
    let sum: f64 = weights.iter().sum();
    let effective = sum * sum / weights.iter().map(|w| w * w).sum::<f64>();
    prop_assert!((explanation.effective_sample_size / effective - 1.0).abs() < 1e-9);
    let few = explanation.effective_sample_size < 2.0 * (d as f64 + 1.0);

    prop_assert_eq!(explanation.targets.len(), case.model.offset.len());
    for (t, target) in explanation.targets.iter().enumerate() {
        prop_assert_eq!(target.target, t);
        prop_assert_eq!(explanation.prediction[t], at_instance[t].wide());
        let flagged = target.warnings.iter().any(|w| matches!(w, Warning::FewEffectiveSamples { .. }));
        prop_assert_eq!(flagged, few, "{:?} at {}", target.warnings, effective);
        if !few && least > 1e-2 {
            prop_assert!(target.warnings.is_empty(), "{:?} at condition {least}", target.warnings);
        }
        if target.warnings.is_empty() {
            let scale = 1.0 + answers.column(t).iter().fold(0.0f64, |top, y| top.max(y.wide().abs()));
            let close = |found: f64, expected: f64| (found - expected).abs() <= tolerance * scale;
            for (weight, &slope) in target.dense(d).into_iter().zip(&case.model.slopes[t]) {
                prop_assert!(close(weight, slope), "{weight} for {slope} ({least})");
            }
            let (offset, found) = (case.model.offset[t], target.intercept.unwrap());
            prop_assert!(close(found, offset), "intercept {found} for {offset} ({least})");
            prop_assert!(close(target.local_prediction, at_instance[t].wide()), "{}", target.local_prediction);
            prop_assert!((target.score - 1.0).abs() <= tolerance, "score {}", target.score);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn linear_models_are_recovered_or_flagged(case in linear_case()) {
        recovered_or_flagged::<f64>(&case, 1e-9)?;
    }

    #[test]
    fn linear_models_are_recovered_or_flagged_in_f32(case in linear_case()) {
        recovered_or_flagged::<f32>(&case, 1e-4)?;
    }
}

/// From weights of 1 to weights that underflow, on one and more features: the range in which digits get lost.
#[test]
fn narrow_kernels_recover_or_flag() {
    for (features, step) in (1..4).flat_map(|features| (0..400).map(move |step| (features, step))) {
        let width = 0.02 * 1.01f64.powi(step);
        let slopes = vec![vec![1.25, -3.5, 0.75][..features].to_vec()];
        for weighing in [Weighing::Euclidean(width), Weighing::Cosine(width)] {
            let model = Linear { slopes: slopes.clone(), offset: vec![-2.75] };
            let coordinates = vec![Coordinate::Mask; features];
            let case = LinearCase { coordinates, model, weighing, samples: 60, seed: 4 };
            recovered_or_flagged::<f64>(&case, 1e-9).unwrap();
            recovered_or_flagged::<f32>(&case, 1e-4).unwrap();
        }
    }
}

/// Rows that have been answered.
#[derive(Debug, Clone)]
struct Answered {
    z: DMatrix<f64>,
    y: DMatrix<f64>,
    weight: Vec<f64>,
    origin: Vec<f64>,
}

fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, columns);
    Stream::new(seed).words(0..rows, 0..columns, |j, at, words| {
        for (i, &word) in at.zip(words) {
            matrix[(i, j)] = 2.0 * f64::unit(word) - 1.0;
        }
    });
    matrix
}

impl Answered {
    /// `rows` samples of numbers or of zeros and ones, with answers in part linear, in part not, and in part random.
    fn random(rows: usize, features: usize, targets: usize, binary: bool, seed: u64) -> Self {
        let mut z = random(rows, features, seed);
        if binary {
            z.apply(|z| *z = f64::from(u8::from(*z > 0.0)));
        }
        let slopes = random(features, targets, seed ^ 1);
        let mut y = &z * slopes + random(rows, targets, seed ^ 2) * 0.3;
        for mut column in y.column_iter_mut() {
            column += z.column(0).component_mul(&z.column(features - 1)) * 0.5;
        }
        let weight = random(rows, 1, seed ^ 3).iter().map(|w| 0.55 + w / 2.0).collect();
        Self { z, y, weight, origin: random(features, 1, seed ^ 4).iter().copied().collect() }
    }

    /// These rows in this order, with weights `factor` times as large.
    fn rows(&self, rows: &[usize], factor: impl Fn(usize) -> f64) -> Self {
        Self {
            z: self.z.select_rows(rows),
            y: self.y.select_rows(rows),
            weight: rows.iter().map(|&i| self.weight[i] * factor(i)).collect(),
            origin: self.origin.clone(),
        }
    }

    fn columns(&self, columns: &[usize]) -> Self {
        let origin = columns.iter().map(|&j| self.origin[j]).collect();
        Self { z: self.z.select_columns(columns), origin, ..self.clone() }
    }

    fn moments(&self) -> Moments {
        let reference: Vec<f64> = self.y.row(0).iter().copied().collect();
        let mut all = Moments::new(&self.origin, &reference);
        let noise = DMatrix::zeros(self.z.nrows(), 0);
        for start in (0..self.z.nrows()).step_by(TILE) {
            let count = TILE.min(self.z.nrows() - start);
            let mut tile = Moments::new(&self.origin, &reference);
            tile.absorb(&Rows::new(
                start,
                self.z.rows(start, count),
                noise.rows(start, count),
                &self.weight[start..start + count],
                self.y.rows(start, count),
            ));
            Evidence::<f64>::merge(&mut all, tile);
        }
        all
    }

    fn space(&self) -> Space<f64> {
        Space::new(vec![Law::mask(); self.origin.len()], self.origin.clone()).unwrap()
    }

    fn fit(&self, alpha: f64, active: &[usize]) -> Vec<LinearFit> {
        let (space, moments) = (self.space(), self.moments());
        let targets: Vec<usize> = (0..self.y.ncols()).collect();
        Ridge::new(alpha).unwrap().fit(&Fitting::new(&space, &moments), active, &targets).unwrap()
    }

    fn select(&self, selector: &dyn Selector<f64, Moments>, target: usize) -> Vec<usize> {
        let (space, moments) = (self.space(), self.moments());
        selector.select(&Fitting::new(&space, &moments), target).unwrap()
    }

    /// Weighted R2 of least squares on some features, from the rows themselves.
    fn r2(&self, active: &[usize], target: usize) -> f64 {
        let root = DVector::from_iterator(self.weight.len(), self.weight.iter().map(|w| w.sqrt()));
        let total: f64 = self.weight.iter().sum();
        let y = self.y.column(target);
        let mean = y.iter().zip(&self.weight).map(|(y, w)| y * w).sum::<f64>() / total;
        let left = y.add_scalar(-mean).component_mul(&root);
        let mut columns = DMatrix::from_element(self.z.nrows(), 1 + active.len(), 1.0);
        columns.columns_mut(1, active.len()).copy_from(&self.z.select_columns(active));
        columns.column_iter_mut().for_each(|mut column| column.component_mul_assign(&root));
        let q = columns.qr().q();
        let residual = &left - &q * (q.transpose() * &left);
        1.0 - residual.norm_squared() / left.norm_squared()
    }
}

fn answered() -> impl Strategy<Value = Answered> {
    (40usize..400, 1usize..8, 1usize..4, any::<bool>(), any::<u64>())
        .prop_map(|(rows, features, targets, binary, seed)| Answered::random(rows, features, targets, binary, seed))
}

fn ranking(features: usize) -> [Box<dyn Selector<f64, Moments>>; 3] {
    [
        Box::new(HighestWeights::new(features).unwrap()),
        Box::new(ForwardSelection::new(features).unwrap()),
        Box::new(Auto::new(features).unwrap()),
    ]
}

/// The same fit, its coefficients in the same order, up to rounding.
fn same_fit(found: &LinearFit, expected: &LinearFit) -> Result<(), TestCaseError> {
    let pairs = found.coefficients().iter().zip(expected.coefficients());
    let values = pairs
        .map(|(a, b)| (a.1, b.1))
        .chain([(found.intercept(), expected.intercept()), (found.local_prediction(), expected.local_prediction())]);
    let values: Vec<(f64, f64)> = values.collect();
    let scale = values.iter().fold(0.0f64, |top, (_, b)| top.max(b.abs()));
    prop_assert_eq!(found.coefficients().len(), expected.coefficients().len());
    for (a, b) in values {
        prop_assert!((a - b).abs() <= 1e-10 * scale, "{a} for {b}");
    }
    prop_assert!((found.score() - expected.score()).abs() <= 1e-10, "{} for {}", found.score(), expected.score());
    Ok(())
}

fn with_permutation() -> impl Strategy<Value = (Answered, Vec<usize>)> {
    answered().prop_flat_map(|answered| {
        let order: Vec<usize> = (0..answered.origin.len()).collect();
        (Just(answered), Just(order).prop_shuffle())
    })
}

/// A model without a linear part, row by row: its answer to a row is the same bits in any batch.
fn wave<F: Real>(z: &DMatrix<F>) -> DMatrix<F> {
    DMatrix::from_fn(z.nrows(), 3, |i, t| {
        let phase = F::of(t as f64);
        let sum = (0..z.ncols()).fold(F::zero(), |sum, j| sum + (z[(i, j)] * F::of(0.7 + j as f64) + phase).sin());
        sum + z[(i, 0)] * z[(i, z.ncols() - 1)]
    })
}

fn scaled_case() -> impl Strategy<Value = (Vec<Coordinate>, usize, u64)> {
    (coordinates(number(-1.0..1.0, 0.5..2.0).boxed()), 1usize..8, any::<u64>())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_the_features_does_not_matter((answered, order) in with_permutation(), features in 1usize..8) {
        let permuted = answered.columns(&order);
        let own: Vec<usize> = (0..order.len()).collect();
        for alpha in [0.0, 1.0] {
            for (found, expected) in permuted.fit(alpha, &own).iter().zip(&answered.fit(alpha, &order)) {
                same_fit(found, expected)?;
            }
        }
        for selector in ranking(features) {
            for target in 0..answered.y.ncols() {
                let expected = answered.select(&*selector, target);
                let found: Vec<usize> = permuted.select(&*selector, target).iter().map(|&j| order[j]).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn rows_without_weight_do_not_count(answered in answered(), step in 2usize..5) {
        let all: Vec<usize> = (0..answered.weight.len()).collect();
        let kept: Vec<usize> = all.iter().copied().filter(|i| i % step != 0).collect();
        let silenced = answered.rows(&all, |i| f64::from(u8::from(i % step != 0)));
        let (dropped, active) = (answered.rows(&kept, |_| 1.0), (0..answered.origin.len()).collect::<Vec<_>>());
        let (a, b) = (silenced.moments(), dropped.moments());
        prop_assert_eq!((a.rows(), a.positive_rows()), (all.len(), kept.len()));
        prop_assert!((a.effective_sample_size() / b.effective_sample_size() - 1.0).abs() < 1e-12);
        for alpha in [0.0, 1.0] {
            for (found, expected) in silenced.fit(alpha, &active).iter().zip(&dropped.fit(alpha, &active)) {
                same_fit(found, expected)?;
                prop_assert_eq!(found.warnings().len(), expected.warnings().len());
            }
        }
        for selector in ranking(3) {
            prop_assert_eq!(silenced.select(&*selector, 0), dropped.select(&*selector, 0));
        }
    }

    #[test]
    fn a_row_twice_is_a_row_of_twice_the_weight(answered in answered(), step in 1usize..5) {
        let all: Vec<usize> = (0..answered.weight.len()).collect();
        let twice: Vec<usize> = all.iter().copied().chain(all.iter().copied().filter(|i| i % step == 0)).collect();
        let repeated = answered.rows(&twice, |_| 1.0);
        let doubled = answered.rows(&all, |i| if i % step == 0 { 2.0 } else { 1.0 });
        let active: Vec<usize> = (0..answered.origin.len()).collect();
        for alpha in [0.0, 1.0] {
            for (found, expected) in repeated.fit(alpha, &active).iter().zip(&doubled.fit(alpha, &active)) {
                same_fit(found, expected)?;
            }
        }
        for selector in ranking(3) {
            prop_assert_eq!(repeated.select(&*selector, 0), doubled.select(&*selector, 0));
        }
    }

    #[test]
    fn the_highest_weights_are_coefficients_times_the_instance(answered in answered(), features in 1usize..8) {
        let all: Vec<usize> = (0..answered.origin.len()).collect();
        for (target, fit) in answered.fit(0.01, &all).iter().enumerate() {
            let strength = |j: usize| (fit.coefficients()[j].1 * answered.origin[j]).abs();
            let mut ranked = all.clone();
            ranked.sort_by(|&a, &b| strength(b).total_cmp(&strength(a)));
            ranked.truncate(features);
            prop_assert_eq!(answered.select(&HighestWeights::new(features).unwrap(), target), ranked);
        }
    }

    /// The original's way: every candidate is refitted in every step.
    #[test]
    fn forward_selection_is_that_of_refitting(answered in answered(), features in 1usize..8) {
        for target in 0..answered.y.ncols() {
            let chosen = answered.select(&ForwardSelection::new(features).unwrap(), target);
            prop_assert_eq!(chosen.len(), features.min(answered.origin.len()));
            for step in 0..chosen.len() {
                let before = &chosen[..step];
                let r2 = |j: usize| answered.r2(&[before, &[j]].concat(), target);
                let own = r2(chosen[step]);
                for other in (0..answered.origin.len()).filter(|j| !before.contains(j)) {
                    prop_assert!(r2(other) <= own + 1e-9, "step {step}: {other} before {}", chosen[step]);
                }
            }
        }
    }

    #[test]
    fn units_and_offset_of_the_answers_carry_over(
        (coordinates, features, seed) in scaled_case(),
        factor in prop_oneof![-1e3..-1e-3, 1e-3..1e3],
        offset in -1e3..1e3,
    ) {
        let representation = Direct::new(space::<f64>(&coordinates));
        let explain = |factor: f64, offset: f64| {
            let selector = Auto::new(features).unwrap();
            let explainer = Explainer::new(MonteCarlo, Weighing::Heavy.kernel(), selector, Ridge::default());
            let model = model_fn(move |z: &DMatrix<f64>| wave(z).map(|y| y * factor + offset));
            explainer.samples(300).seed(seed).targets(Targets::All).explain(&representation, &model).unwrap()
        };
        let (plain, moved) = (explain(1.0, 0.0), explain(factor, offset));
        for (plain, moved) in plain.targets.iter().zip(&moved.targets) {
            let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-10 * (factor.abs() + offset.abs());
            let index = |target: &lime_core::TargetExplanation| target.features.iter().map(|f| f.index).collect::<Vec<_>>();
            prop_assert_eq!(index(moved), index(plain));
            for (moved, plain) in moved.features.iter().zip(&plain.features) {
                prop_assert!(close(moved.weight, factor * plain.weight), "{} for {}", moved.weight, plain.weight);
            }
            prop_assert!(close(moved.intercept.unwrap(), factor * plain.intercept.unwrap() + offset));
            prop_assert!(close(moved.local_prediction, factor * plain.local_prediction + offset));
            prop_assert!((moved.score - plain.score).abs() <= 1e-8, "{} for {}", moved.score, plain.score);
            prop_assert_eq!(&moved.warnings, &plain.warnings);
        }
    }
}

/// A representation whose inputs depend on what z' leaves random, in every coordinate.
struct Noisy<F: Real>(Space<F>);

impl<F: Real> Representation<F> for Noisy<F> {
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.0
    }

    fn names(&self) -> Vec<String> {
        (0..self.0.features()).map(|j| format!("noisy {j}")).collect()
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.0.features())
    }

    fn resize(&self, batch: &mut DMatrix<F>, rows: usize) {
        *batch = self.allocate(rows);
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        assert!(draw.noise.iter().all(|u| *u > F::zero() && *u < F::one()), "noise outside (0, 1)");
        batch.rows_mut(at, draw.rows()).copy_from(&(&draw.z + &draw.noise));
        draw.instance.iter().try_for_each(|&row| self.instance(batch, at + row))
    }

    fn instance(&self, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        for (j, &x) in self.0.origin().iter().enumerate() {
            batch[(at, j)] = x;
        }
        Ok(())
    }
}

/// A width that looks at the first samples.
#[derive(Clone, Copy)]
struct MeanDistance;

impl<F: Real> Width<F> for MeanDistance {
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
        let distances = seen.distances()?;
        let sum = distances.iter().fold(F::zero(), |sum, &d| sum + d);
        Ok(sum / F::of(distances.len() as f64))
    }
}

/// Every number of an explanation, bit for bit.
fn bits(explanation: &Explanation) -> Vec<u64> {
    let mut bits = vec![explanation.samples as u64, explanation.model_calls as u64];
    bits.extend(explanation.prediction.iter().map(|y| y.to_bits()));
    bits.push(explanation.effective_sample_size.to_bits());
    for target in &explanation.targets {
        let numbers = [target.intercept.unwrap_or(f64::NAN), target.local_prediction, target.score];
        bits.push(target.target as u64);
        bits.extend(numbers.map(f64::to_bits));
        bits.extend(target.features.iter().flat_map(|f| [f.index as u64, f.weight.to_bits()]));
    }
    bits
}

/// One explanation, on one thread and on pools of one and two, in batches of several sizes.
fn the_same_everywhere<F: Real>(representation: &impl Representation<F, Batch = DMatrix<F>>) {
    let kernel = Radial::new(Original(Euclidean), Exponential, MeanDistance);
    let explainer = Explainer::new(MonteCarlo, kernel, Auto::new(3).unwrap(), Ridge::default());
    let explainer = explainer.samples(1000).seed(5).targets(Targets::All);
    let model = model_fn(wave::<F>);
    let expected = explainer.explain(representation, &model).unwrap();
    assert_eq!((expected.samples, expected.targets.len()), (1000, 3));
    assert!(expected.targets.iter().all(|t| t.features.len() == 3 && t.score > 0.0 && t.warnings.is_empty()));
    for batch in [1, 7, 300, 1000] {
        let explainer = explainer.clone().batch_size(batch);
        let serial = explainer.explain(representation, &model).unwrap();
        assert_eq!(bits(&serial), bits(&expected), "batches of {batch}");
        assert_eq!(serial, expected);
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let parallel = pool.install(|| explainer.explain_parallel(representation, &model)).unwrap();
            assert_eq!(bits(&parallel), bits(&expected), "batches of {batch} on {threads} thread(s)");
            assert_eq!(parallel, expected);
        }
    }
}

#[test]
fn threads_and_batches_do_not_matter() {
    fn check<F: Real>() {
        let levels = Coordinate::Levels { own: 2, frequency: vec![0.2, 0.1, 0.4, 0.3] };
        let number = Coordinate::Number { mean: 1.0, sd: 0.5, origin: 0.25 };
        for coordinate in [Coordinate::Mask, levels.clone(), number.clone()] {
            let space = space::<F>(&vec![coordinate; 5]);
            the_same_everywhere(&Direct::new(space.clone()));
            the_same_everywhere(&Noisy(space.with_noise(true)));
        }
        let mixed = space::<F>(&[Coordinate::Mask, levels, number.clone(), number]);
        the_same_everywhere(&Noisy(mixed.with_noise(true)));
    }
    check::<f64>();
    check::<f32>();
}

/// No, one and two samples of no, one and two features, through every public part and through the whole.
#[test]
fn the_smallest_sizes_give_errors_or_results() {
    fn check<F: Real>() {
        for (samples, features) in (0..3).flat_map(|n| (0..3).map(move |d| (n, d))) {
            let space = Space::<F>::masks(features).with_noise(true);
            let mut draw = Draw::new(&space, samples);
            MonteCarlo.design(&space, samples, 0).unwrap().fill(0..samples, &mut draw);
            assert_eq!((draw.z.shape(), draw.noise.shape()), ((samples, features), (samples, features)));
            assert_eq!(draw.instance.len(), samples.min(1));

            let mut weights = vec![F::of(f64::NAN); samples];
            let instance = DMatrix::from_row_slice(1, features, space.origin());
            let origin = Origin::new(space.origin(), &instance);
            for weighing in [Weighing::Euclidean(1.0), Weighing::Cosine(1.0), Weighing::Original(1.0), Weighing::Heavy]
            {
                let kernel = weighing.kernel();
                let block = Block::new(&draw, &draw.z, 0);
                kernel.at(origin, First::new(block)).unwrap().weigh(block, &mut weights).unwrap();
                assert!(weights.iter().all(|w| *w > F::zero() && *w <= F::one()), "{weights:?}");
            }
            let mut distances = weights.clone();
            Euclidean.distances(space.origin(), draw.z.as_view(), &mut distances);
            assert!(distances.iter().all(|d| *d >= F::zero()));

            for targets in 0..3 {
                let answers = DMatrix::from_fn(samples, targets, |i, t| F::of((i + t) as f64));
                let x: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
                let mut moments = Moments::new(&x, &vec![0.0; targets]);
                moments.absorb(&Rows::new(0, draw.z.as_view(), draw.noise.as_view(), &weights, answers.as_view()));
                assert_eq!((moments.rows(), moments.features(), moments.targets()), (samples, features, targets));
                let given: Fitting<'_, F, Moments> = Fitting::new(&space, &moments);
                let all: Vec<usize> = (0..features).collect();
                for target in 0..targets {
                    for count in 1..3 {
                        let chosen: [Result<Vec<usize>, BoxError>; 4] = [
                            NoSelection.select(&given, target),
                            HighestWeights::new(count).unwrap().select(&given, target),
                            ForwardSelection::new(count).unwrap().select(&given, target),
                            Auto::new(count).unwrap().select(&given, target),
                        ];
                        let lengths = chosen.map(|chosen| chosen.unwrap().len());
                        assert_eq!(lengths, [features, count.min(features), count.min(features), count.min(features)]);
                    }
                }
                for ridge in [Ridge::default(), Ridge::new(0.0).unwrap(), Ridge::default().without_intercept()] {
                    let fits = ridge.fit(&given, &all, &(0..targets).collect::<Vec<_>>());
                    match fits {
                        Ok(fits) => {
                            assert_eq!(fits.len(), targets);
                            let flagged = fits.iter().all(|fit| !fit.warnings().is_empty());
                            assert!(flagged || features <= samples, "{samples} {features} {fits:?}");
                        }
                        Err(error) => assert!(samples == 0 && error.to_string().contains("not finite"), "{error}"),
                    }
                }
            }

            let explainer = Explainer::new(MonteCarlo, Radial::default(), Auto::default(), Ridge::default());
            let explainer = explainer.samples(samples).batch_size(1);
            let model = model_fn(|z: &DMatrix<F>| z.column_sum());
            let direct = Direct::new(space);
            for result in [explainer.explain(&direct, &model), explainer.explain_parallel(&direct, &model)] {
                match result {
                    Ok(explanation) => {
                        assert!(samples == 2 && features > 0);
                        let target = &explanation.targets[0];
                        assert_eq!(target.features.len(), features);
                        assert!(target.features.iter().all(|f| f.weight.is_finite()));
                        assert!(target.intercept.unwrap().is_finite() && target.local_prediction.is_finite());
                        assert!(target.warnings.iter().any(|w| matches!(w, Warning::FewEffectiveSamples { .. })));
                    }
                    Err(Error::Samples { samples: found }) => assert!(samples < 2 && found == samples),
                    Err(Error::NoFeatures) => assert!(samples == 2 && features == 0),
                    Err(error) => panic!("{samples} {features}: {error}"),
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}
