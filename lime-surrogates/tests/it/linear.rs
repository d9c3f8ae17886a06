//! Laws of the linear surrogates: what rows, weights, units, order and company may not change, and what each of them minimises.

use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{
    Direct, Exact, Explainer, Fitting, LinearFit, Moments, Real, Rows, Selector, Space, Stream, Surrogate, Warning,
    kernel_fn, model_fn,
};
use lime_samplers::MonteCarlo;
use lime_surrogates::selection::{LassoPath, NoSelection};
use lime_surrogates::{
    BayesianRidge, ConstrainedLeastSquares, ElasticNet, Error, Lars, Lasso, OrdinaryLeastSquares, Ridge,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
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

/// Answered samples, and two more that are to be reproduced.
#[derive(Clone)]
struct Samples {
    z: DMatrix<f64>,
    y: DMatrix<f64>,
    weight: Vec<f64>,
    origin: Vec<f64>,
    exact: Vec<Exact>,
}

impl std::fmt::Debug for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} samples, {} targets, first weight {}", self.z.shape(), self.y.ncols(), self.weight[0])
    }
}

impl Samples {
    /// Samples that are numbers or zeros and ones, with answers in part linear, in part not, and in part random.
    fn random(rows: usize, features: usize, targets: usize, binary: bool, seed: u64) -> Self {
        let mut z = random(rows + 2, features, seed);
        if binary {
            z.apply(|z| *z = f64::from(u8::from(*z > 0.0)));
            z.row_mut(rows).fill(0.0);
            z.row_mut(rows + 1).fill(1.0);
        }
        let mut y = &z * random(features, targets, seed ^ 1) + random(rows + 2, targets, seed ^ 2) * 0.3;
        for mut column in y.column_iter_mut() {
            column += z.column(0).component_mul(&z.column(features - 1)) * 0.5;
        }
        let exact = (rows..rows + 2)
            .map(|r| Exact { z: z.row(r).iter().copied().collect(), answers: y.row(r).iter().copied().collect() });
        Self {
            exact: exact.collect(),
            weight: random(rows, 1, seed ^ 3).iter().map(|w| 0.55 + w / 2.0).collect(),
            origin: random(features, 1, seed ^ 4).iter().copied().collect(),
            z: z.rows(0, rows).into_owned(),
            y: y.rows(0, rows).into_owned(),
        }
    }

    /// The same samples with answers that are linear.
    fn linear(mut self, slopes: &DMatrix<f64>, offset: f64) -> Self {
        self.y = (&self.z * slopes).add_scalar(offset);
        for Exact { z, answers } in &mut self.exact {
            *answers = (slopes.tr_mul(&DVector::from_column_slice(z)).add_scalar(offset)).iter().copied().collect();
        }
        self
    }

    fn rows(&self, rows: &[usize], factor: impl Fn(usize) -> f64) -> Self {
        Self {
            z: self.z.select_rows(rows),
            y: self.y.select_rows(rows),
            weight: rows.iter().map(|&i| self.weight[i] * factor(i)).collect(),
            ..self.clone()
        }
    }

    fn columns(&self, columns: &[usize]) -> Self {
        let exact = self.exact.iter().map(|e| Exact { z: columns.iter().map(|&j| e.z[j]).collect(), ..e.clone() });
        Self {
            z: self.z.select_columns(columns),
            origin: columns.iter().map(|&j| self.origin[j]).collect(),
            exact: exact.collect(),
            ..self.clone()
        }
    }

    /// The same with answers that are `factor` times as large and moved by `offset`.
    fn moved(&self, factor: f64, offset: f64) -> Self {
        let mut moved = self.clone();
        moved.y.apply(|y| *y = *y * factor + offset);
        moved.exact.iter_mut().flat_map(|e| &mut e.answers).for_each(|y| *y = *y * factor + offset);
        moved
    }

    fn features(&self) -> usize {
        self.origin.len()
    }

    fn all(&self) -> Vec<usize> {
        (0..self.features()).collect()
    }

    fn targets(&self) -> Vec<usize> {
        (0..self.y.ncols()).collect()
    }

    fn moments_of<F: Real>(&self) -> Moments {
        let narrow = |m: &DMatrix<f64>| m.map(F::of);
        let (z, y, none) = (narrow(&self.z), narrow(&self.y), DMatrix::zeros(self.z.nrows(), 0));
        let weight: Vec<F> = self.weight.iter().map(|&w| F::of(w)).collect();
        let reference: Vec<f64> = self.y.row(0).iter().copied().collect();
        let mut moments = Moments::new(&self.origin, &reference);
        moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &weight, y.as_view()));
        moments
    }

    fn moments(&self) -> Moments {
        self.moments_of::<f64>()
    }

    fn space(&self) -> Space<f64> {
        Space::new(Space::<f64>::masks(self.features()).laws().to_vec(), self.origin.clone()).unwrap()
    }

    fn try_fit(
        &self,
        surrogate: &dyn Surrogate<f64, Evidence = Moments, Fit = LinearFit>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, lime_core::BoxError> {
        let (space, moments) = (self.space(), self.moments());
        surrogate.fit(&Fitting::new(&space, &moments).with_exact(&self.exact), active, targets)
    }

    fn fit(
        &self,
        surrogate: &dyn Surrogate<f64, Evidence = Moments, Fit = LinearFit>,
        active: &[usize],
    ) -> Vec<LinearFit> {
        self.try_fit(surrogate, active, &self.targets()).unwrap()
    }

    /// Rows less their weighted means, times the roots of the weights; and the answers to a target likewise.
    fn centred(&self, target: usize) -> (DMatrix<f64>, DVector<f64>) {
        let total: f64 = self.weight.iter().sum();
        let root = DVector::from_iterator(self.weight.len(), self.weight.iter().map(|w| w.sqrt()));
        let centre = |column: DVector<f64>| {
            let mean = column.iter().zip(&self.weight).map(|(v, w)| v * w).sum::<f64>() / total;
            column.add_scalar(-mean).component_mul(&root)
        };
        let columns: Vec<DVector<f64>> = self.z.column_iter().map(|column| centre(column.into_owned())).collect();
        (DMatrix::from_columns(&columns), centre(self.y.column(target).into_owned()))
    }
}

fn samples() -> impl Strategy<Value = Samples> {
    (40usize..160, 1usize..7, 1usize..4, any::<bool>(), any::<u64>())
        .prop_map(|(rows, features, targets, binary, seed)| Samples::random(rows, features, targets, binary, seed))
}

type Boxed = Box<dyn Surrogate<f64, Evidence = Moments, Fit = LinearFit>>;

/// How a fit changes with the units of the answers and with the sum of the weights.
#[derive(Debug, Clone, Copy)]
struct Units {
    /// The factor of the answers.
    answers: f64,
    /// The factor of all weights.
    weights: f64,
}

const PLAIN: Units = Units { answers: 1.0, weights: 1.0 };

/// Every linear surrogate, with the parameters that give the same fit in other units.
fn surrogates(samples: &Samples, Units { answers, weights }: Units) -> Vec<(&'static str, Boxed)> {
    let alpha = 0.02;
    let l1 = alpha * answers.abs();
    let rows: Vec<Vec<f64>> = samples.exact.iter().map(|e| e.z.clone()).collect();
    let mean: Vec<f64> = samples.all().iter().map(|&j| samples.origin[j] * answers).collect();
    // Precisions are those of the coefficients and of the noise: both have the units of the answers.
    let square = answers * answers;
    let each: Vec<f64> = samples.origin.iter().map(|x| (1.5 + x) / square).collect();
    let informed = BayesianRidge::default().prior(mean.clone(), each).unwrap().noise_precision(4.0 / square / weights);
    let net = |first: f64, second: f64| ElasticNet::new(first + second, first / (first + second)).unwrap();
    vec![
        ("ridge", Box::new(Ridge::new(weights).unwrap())),
        ("ridge at the origin", Box::new(Ridge::new(weights).unwrap().without_intercept())),
        ("least squares", Box::new(OrdinaryLeastSquares::new())),
        ("least squares at the origin", Box::new(OrdinaryLeastSquares::new().without_intercept())),
        ("constrained", Box::new(ConstrainedLeastSquares::through(rows[..1].to_vec()).unwrap())),
        ("lasso", Box::new(Lasso::new(l1).unwrap())),
        ("lasso at the origin", Box::new(Lasso::new(l1).unwrap().without_intercept())),
        ("elastic net", Box::new(net(l1, alpha))),
        ("no L1", Box::new(ElasticNet::new(alpha, 0.0).unwrap())),
        ("lars of three", Box::new(Lars::new(3).unwrap())),
        ("lars of a penalty", Box::new(Lars::at(l1).unwrap())),
        ("lars to the end", Box::new(Lars::complete())),
        ("plain lars", Box::new(Lars::new(2).unwrap().without_drops())),
        ("lars at the origin", Box::new(Lars::at(l1).unwrap().without_intercept())),
        ("full prior", Box::new(informed.unwrap())),
    ]
}

/// These and those of which the fit depends on the sum of the weights, or on the units of the answers.
fn every(samples: &Samples) -> Vec<(&'static str, Boxed)> {
    let mut all = surrogates(samples, PLAIN);
    all.push(("evidence", Box::new(BayesianRidge::default())));
    all.push(("evidence at the origin", Box::new(BayesianRidge::default().without_intercept())));
    all.push(("partial prior", Box::new(BayesianRidge::default().prior(samples.origin.clone(), 2.0).unwrap())));
    all
}

/// The samples with what `constrained` of [`surrogates`] needs: one sample reproduced.
fn with_one_exact(samples: &Samples) -> Samples {
    Samples { exact: samples.exact[..1].to_vec(), ..samples.clone() }
}

fn numbers(fit: &LinearFit) -> Vec<f64> {
    let coefficients = fit.coefficients().iter().map(|(_, b)| *b);
    coefficients.chain([fit.intercept(), fit.local_prediction()]).collect()
}

fn same(found: &LinearFit, expected: &LinearFit, tolerance: f64, what: &str) -> Result<(), TestCaseError> {
    let (found_numbers, expected_numbers) = (numbers(found), numbers(expected));
    prop_assert_eq!(found_numbers.len(), expected_numbers.len());
    let scale = expected_numbers.iter().fold(1e-3f64, |top, b| top.max(b.abs()));
    for (a, b) in found_numbers.iter().zip(&expected_numbers) {
        prop_assert!((a - b).abs() <= tolerance * scale, "{}: {} for {}", what, a, b);
    }
    prop_assert!((found.score() - expected.score()).abs() <= 10.0 * tolerance, "{}", what);
    prop_assert_eq!(found.deviations().len(), expected.deviations().len());
    for (a, b) in found.deviations().iter().zip(expected.deviations()) {
        prop_assert!((a - b).abs() <= tolerance * b, "{}: deviation {} for {}", what, a, b);
    }
    prop_assert_eq!(found.warnings(), expected.warnings(), "{}", what);
    Ok(())
}

const CLOSE: f64 = 1e-8;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_without_weight_do_not_count(samples in samples(), step in 2usize..5) {
        let samples = with_one_exact(&samples);
        let all: Vec<usize> = (0..samples.weight.len()).collect();
        let kept: Vec<usize> = all.iter().copied().filter(|i| i % step != 0).collect();
        let silenced = samples.rows(&all, |i| f64::from(u8::from(i % step != 0)));
        let dropped = samples.rows(&kept, |_| 1.0);
        for (what, surrogate) in every(&samples) {
            let active = samples.all();
            for (found, expected) in silenced.fit(&*surrogate, &active).iter().zip(&dropped.fit(&*surrogate, &active)) {
                same(found, expected, CLOSE, what)?;
            }
        }
    }

    #[test]
    fn a_row_twice_is_a_row_of_twice_the_weight(samples in samples(), step in 1usize..5) {
        let samples = with_one_exact(&samples);
        let all: Vec<usize> = (0..samples.weight.len()).collect();
        let twice: Vec<usize> = all.iter().copied().chain(all.iter().copied().filter(|i| i % step == 0)).collect();
        let repeated = samples.rows(&twice, |_| 1.0);
        let doubled = samples.rows(&all, |i| if i % step == 0 { 2.0 } else { 1.0 });
        for (what, surrogate) in every(&samples) {
            let active = samples.all();
            for (found, expected) in repeated.fit(&*surrogate, &active).iter().zip(&doubled.fit(&*surrogate, &active)) {
                same(found, expected, CLOSE, what)?;
            }
        }
    }

    /// The weights of all rows times a factor change nothing where the penalty is on a mean (lasso, elastic net, least angle
    /// regression) or there is none. A ridge's penalty is on a sum and has to grow with it, a given noise precision to fall.
    #[test]
    fn only_the_shares_of_the_weights_count(samples in samples(), weights in (-5.0..5.0).prop_map(f64::exp)) {
        let samples = with_one_exact(&samples);
        let heavier = samples.rows(&(0..samples.weight.len()).collect::<Vec<_>>(), |_| weights);
        let units = Units { weights, ..PLAIN };
        let (before, after) = (surrogates(&samples, PLAIN), surrogates(&samples, units));
        for ((what, before), (_, after)) in before.iter().zip(&after) {
            let active = samples.all();
            for (found, expected) in heavier.fit(&**after, &active).iter().zip(&samples.fit(&**before, &active)) {
                same(found, expected, CLOSE, what)?;
            }
        }
    }

    #[test]
    fn units_and_offset_of_the_answers_carry_over(
        samples in samples(),
        factor in prop_oneof![-1e3..-1e-3, 1e-3..1e3],
        offset in -1e2..1e2,
    ) {
        let samples = with_one_exact(&samples);
        let units = Units { answers: factor, ..PLAIN };
        let (before, after) = (surrogates(&samples, PLAIN), surrogates(&samples, units));
        for ((what, before), (_, after)) in before.iter().zip(&after) {
            let offset = if what.contains("origin") { 0.0 } else { offset * factor };
            let moved = samples.moved(factor, offset);
            for (found, plain) in moved.fit(&**after, &samples.all()).iter().zip(&samples.fit(&**before, &samples.all())) {
                let scale = numbers(plain).iter().fold(1e-3f64, |top, b| top.max(b.abs())) * factor.abs() + offset.abs();
                for ((j, found), (_, plain)) in found.coefficients().iter().zip(plain.coefficients()) {
                    prop_assert!((found - factor * plain).abs() <= CLOSE * scale, "{what} {j}: {found} for {plain}");
                }
                let expected = factor * plain.intercept() + offset;
                prop_assert!((found.intercept() - expected).abs() <= CLOSE * scale, "{what}: {}", found.intercept());
                prop_assert!((found.score() - plain.score()).abs() <= CLOSE, "{what}: {}", found.score());
                for (found, plain) in found.deviations().iter().zip(plain.deviations()) {
                    prop_assert!((found - factor.abs() * plain).abs() <= CLOSE * factor.abs() * plain, "{what}: {found}");
                }
            }
        }
    }

    /// The precisions of the highest evidence have the units of the answers, but for hyper-priors that have units of their own.
    #[test]
    fn the_evidence_knows_no_units(samples in samples(), factor in prop_oneof![-30.0..-0.03, 0.03..30.0]) {
        let vague = BayesianRidge::default().noise_hyper_prior(1e-30, 1e-30).unwrap();
        let vague = vague.precision_hyper_prior(1e-30, 1e-30).unwrap();
        let moved = samples.moved(factor, 0.0);
        for target in samples.targets() {
            let plain = vague.posterior(&samples.moments(), &samples.all(), target).unwrap();
            let found = vague.posterior(&moved.moments(), &samples.all(), target).unwrap();
            // Where the evidence has no maximum (no feature tells anything) there is nothing to compare.
            if plain.change() > 1e-10 || found.change() > 1e-10 || plain.precision()[0] > 1e6 {
                continue;
            }
            let square = factor * factor;
            prop_assert!((found.noise_precision() * square / plain.noise_precision() - 1.0).abs() < 1e-6);
            prop_assert!((found.precision()[0] * square / plain.precision()[0] - 1.0).abs() < 1e-6);
            for (found, plain) in found.mean().iter().zip(plain.mean()) {
                prop_assert!((found - factor * plain).abs() < 1e-6 * factor.abs(), "{found} for {plain}");
            }
        }
    }

    #[test]
    fn the_order_of_the_features_does_not_matter(
        (samples, order) in samples().prop_flat_map(|samples| {
            let order = Just(samples.all()).prop_shuffle();
            (Just(samples), order)
        }),
    ) {
        let samples = with_one_exact(&samples);
        // Given in another order, and being in another order. Priors stay with their features.
        let permuted = samples.columns(&order);
        let (here, there) = (every(&samples), every(&permuted));
        for ((what, here), (_, there)) in here.iter().zip(&there) {
            let named = samples.fit(&**here, &order);
            for (found, expected) in permuted.fit(&**there, &permuted.all()).iter().zip(&named) {
                same(found, expected, CLOSE, what)?;
            }
            for (found, expected) in named.iter().zip(&samples.fit(&**here, &samples.all())) {
                for (j, b) in found.coefficients() {
                    prop_assert!((b - expected.coefficients()[*j].1).abs() < CLOSE, "{what}");
                }
            }
        }
    }

    #[test]
    fn features_that_were_not_selected_are_not_there(samples in samples(), pick in any::<u8>()) {
        let samples = with_one_exact(&samples);
        let active: Vec<usize> = samples.all().into_iter().filter(|j| pick >> j & 1 == 1).collect();
        let part = samples.columns(&active);
        let (here, there) = (every(&samples), every(&part));
        for ((what, here), (_, there)) in here.iter().zip(&there) {
            for (found, expected) in samples.fit(&**here, &active).iter().zip(&part.fit(&**there, &part.all())) {
                same(found, expected, CLOSE, what)?;
            }
        }
    }

    #[test]
    fn targets_do_not_meet(samples in samples()) {
        let samples = with_one_exact(&samples);
        for (what, surrogate) in every(&samples) {
            let together = samples.fit(&*surrogate, &samples.all());
            for (t, expected) in together.iter().enumerate() {
                let alone = samples.try_fit(&*surrogate, &samples.all(), &[t]).unwrap().remove(0);
                let bits = |fit: &LinearFit| {
                    numbers(fit).iter().chain(fit.deviations()).map(|v| v.to_bits()).collect::<Vec<_>>()
                };
                prop_assert_eq!(bits(&alone), bits(expected), "{}", what);
            }
        }
    }

    #[test]
    fn inputs_of_single_precision_make_little_difference(samples in samples()) {
        let samples = with_one_exact(&samples);
        let (space, moments) = (Space::<f32>::masks(samples.features()), samples.moments_of::<f32>());
        let given = Fitting::new(&space, &moments).with_exact(&samples.exact);
        macro_rules! compare {
            ($($surrogate:expr),* $(,)?) => {$(
                let surrogate = $surrogate;
                let found = surrogate.fit(&given, &samples.all(), &samples.targets()).unwrap();
                for (found, expected) in found.iter().zip(samples.fit(&surrogate, &samples.all())) {
                    for (a, b) in numbers(found).iter().zip(numbers(&expected)) {
                        prop_assert!((a - b).abs() < 1e-4, "{surrogate:?}: {a} for {b}");
                    }
                }
            )*};
        }
        compare!(
            Ridge::default(),
            OrdinaryLeastSquares::new(),
            ConstrainedLeastSquares::through(vec![samples.exact[0].z.clone()]).unwrap(),
            Lasso::new(0.02).unwrap(),
            ElasticNet::new(0.02, 0.5).unwrap(),
            Lars::complete(),
            BayesianRidge::default(),
        );
    }

    #[test]
    fn linear_answers_are_recovered(samples in samples(), offset in -5.0..5.0, seed in any::<u64>()) {
        let slopes = random(samples.features(), samples.y.ncols(), seed);
        let samples = with_one_exact(&samples).linear(&slopes, offset);
        let exactly: Vec<Boxed> = vec![
            Box::new(Ridge::new(0.0).unwrap()),
            Box::new(OrdinaryLeastSquares::new()),
            Box::new(ConstrainedLeastSquares::through(vec![samples.exact[0].z.clone()]).unwrap()),
            Box::new(Lasso::new(0.0).unwrap()),
            Box::new(Lars::complete()),
            Box::new(Lars::complete().without_drops()),
        ];
        let nearly = |alpha: f64| -> Vec<Boxed> {
            vec![
                Box::new(Ridge::new(alpha).unwrap()),
                Box::new(Lasso::new(alpha).unwrap()),
                Box::new(ElasticNet::new(alpha, 0.5).unwrap()),
                Box::new(Lars::at(alpha).unwrap()),
            ]
        };
        let limits = [(exactly, 1e-9), (nearly(1e-6), 1e-3), (nearly(1e-9), 1e-6)];
        let bayesian: Vec<Boxed> = vec![Box::new(BayesianRidge::default())];
        for (some, tolerance) in limits.into_iter().chain([(bayesian, 1e-4)]) {
            for surrogate in some {
                for (t, fit) in samples.fit(&*surrogate, &samples.all()).iter().enumerate() {
                    for &(j, b) in fit.coefficients() {
                        prop_assert!((b - slopes[(j, t)]).abs() < tolerance, "{b} for {}", slopes[(j, t)]);
                    }
                    prop_assert!((fit.intercept() - offset).abs() < 10.0 * tolerance, "{}", fit.intercept());
                    prop_assert!(fit.warnings().is_empty(), "{:?}", fit.warnings());
                }
            }
        }
    }

    /// Least squares leaves nothing that varies with a feature; a ridge leaves alpha b.
    #[test]
    fn ridges_and_least_squares_are_at_their_minimum(samples in samples(), alpha in 0.0..5.0) {
        for (alpha, fits) in [
            (0.0, samples.fit(&OrdinaryLeastSquares::new(), &samples.all())),
            (alpha, samples.fit(&Ridge::new(alpha).unwrap(), &samples.all())),
        ] {
            for (t, fit) in fits.iter().enumerate() {
                let (z, y) = samples.centred(t);
                let b = DVector::from_iterator(samples.features(), fit.coefficients().iter().map(|(_, b)| *b));
                let gradient = z.tr_mul(&(y - &z * &b)) - b * alpha;
                prop_assert!(gradient.amax() < 1e-10 * samples.weight.len() as f64, "{gradient}");
            }
        }
    }

    /// Karush-Kuhn-Tucker: what is left varies by the penalty with features in the model, and by no more with the others.
    #[test]
    fn elastic_nets_are_at_their_minimum(samples in samples(), alpha in 0.001..0.3, ratio in 0.05..1.0) {
        for (alpha, ratio, fits) in [
            (alpha, ratio, samples.fit(&ElasticNet::new(alpha, ratio).unwrap(), &samples.all())),
            (alpha, 1.0, samples.fit(&Lasso::new(alpha).unwrap(), &samples.all())),
            (alpha, 1.0, samples.fit(&Lars::at(alpha).unwrap(), &samples.all())),
        ] {
            for (t, fit) in fits.iter().enumerate() {
                let (z, y) = samples.centred(t);
                let total: f64 = samples.weight.iter().sum();
                let b = DVector::from_iterator(samples.features(), fit.coefficients().iter().map(|(_, b)| *b));
                let gradient = z.tr_mul(&(y - &z * &b)) / total - &b * (alpha * (1.0 - ratio));
                for (gradient, b) in gradient.iter().zip(b.iter()) {
                    if *b == 0.0 {
                        prop_assert!(gradient.abs() <= alpha * ratio + 1e-9, "{gradient} beside {}", alpha * ratio);
                    } else {
                        prop_assert!((gradient - alpha * ratio * b.signum()).abs() < 1e-9, "{gradient} at {b}");
                    }
                }
                prop_assert!(fit.warnings().is_empty(), "{:?}", fit.warnings());
            }
        }
    }

    /// Efron and others, 2004: at every knot all features of the model are equally correlated with what is left, and no other
    /// is more so. With the lasso's modification coefficients have the signs of these correlations. At the end nothing is left.
    #[test]
    fn angles_are_equal_along_the_path(samples in samples()) {
        for (lars, drops) in [(Lars::complete(), true), (Lars::complete().without_drops(), false)] {
            let (z, y) = samples.centred(0);
            let path = lars.path(&samples.moments(), &samples.all(), 0).unwrap();
            prop_assert!(path.finished());
            prop_assert_eq!(path.features(), samples.all());
            let mut model: Vec<usize> = Vec::new();
            let mut before = f64::INFINITY;
            for (k, knot) in path.knots().iter().enumerate() {
                let b = DVector::from_column_slice(knot.coefficients());
                let left = z.tr_mul(&(&y - &z * &b));
                let rounding = 1e-11 * y.norm() * z.norm();
                prop_assert!((left.amax() - knot.correlation()).abs() < rounding, "{left} at {}", knot.correlation());
                prop_assert!(knot.correlation() < before);
                before = knot.correlation();
                for j in knot.nonzero() {
                    prop_assert!((left[j].abs() - knot.correlation()).abs() < rounding, "{left} at {}", knot.correlation());
                    prop_assert!(!drops || left[j] * b[j] > -rounding);
                }
                if !drops {
                    prop_assert!(model.iter().all(|j| knot.coefficients()[*j] != 0.0));
                    prop_assert_eq!(knot.nonzero().count(), k);
                    model = knot.nonzero().collect();
                }
            }
            prop_assert_eq!(before, 0.0);
        }
    }

    /// A path that stops early is the beginning of the whole.
    #[test]
    fn paths_stop_where_they_are_told(samples in samples(), features in 1usize..7, share in 0.01..1.2) {
        let (moments, all) = (samples.moments(), samples.all());
        let whole = Lars::complete().path(&moments, &all, 0).unwrap();
        let short = Lars::new(features).unwrap().path(&moments, &all, 0).unwrap();
        prop_assert_eq!(short.knots(), &whole.knots()[..short.knots().len()]);
        prop_assert!(short.knots().iter().all(|knot| knot.nonzero().count() <= features));
        if let Some(next) = whole.knots().get(short.knots().len()) {
            prop_assert_eq!(next.nonzero().count(), features + 1);
        }

        let alpha = whole.knots()[0].alpha() * share;
        let stopped = Lars::at(alpha).unwrap().path(&moments, &all, 0).unwrap();
        let (end, beginning) = stopped.knots().split_last().unwrap();
        prop_assert_eq!(beginning, &whole.knots()[..beginning.len()]);
        if share >= 1.0 {
            prop_assert!(stopped.knots().len() == 1 && end.nonzero().next().is_none());
        } else {
            prop_assert!((end.alpha() / alpha - 1.0).abs() < 1e-12);
            // On the straight line between the knots around it.
            let (above, below) = (&whole.knots()[beginning.len() - 1], &whole.knots()[beginning.len()]);
            let at = (above.alpha() - alpha) / (above.alpha() - below.alpha());
            for ((found, above), below) in end.coefficients().iter().zip(above.coefficients()).zip(below.coefficients()) {
                prop_assert!((found - above - at * (below - above)).abs() < 1e-9);
            }
        }
    }

    /// The original walks back from the end of the path to the first knot with few enough features.
    #[test]
    fn the_selection_is_the_last_knot_that_is_small_enough(samples in samples(), features in 1usize..7) {
        let (space, moments) = (samples.space(), samples.moments());
        let selector = LassoPath::new(features).unwrap();
        for target in samples.targets() {
            let path = Lars::complete().path(&moments, &samples.all(), target).unwrap();
            let small = path.knots().iter().rev().find(|knot| knot.nonzero().count() <= features).unwrap();
            let chosen = selector.select(&Fitting::new(&space, &moments), target).unwrap();
            prop_assert_eq!(chosen, small.nonzero().collect::<Vec<_>>());
        }
    }

    /// Against the system of all unknowns and multipliers, [Z'WZ A'; A 0].
    #[test]
    fn constrained_fits_are_at_their_minimum(samples in samples(), both in any::<bool>()) {
        let reproduced = if both && samples.features() > 1 { 2 } else { 1 };
        let samples = Samples { exact: samples.exact[..reproduced].to_vec(), ..samples };
        let rows: Vec<Vec<f64>> = samples.exact.iter().map(|e| e.z.clone()).collect();
        let surrogate = ConstrainedLeastSquares::through(rows).unwrap();
        let (n, d) = samples.z.shape();
        let x = DMatrix::from_fn(n, 1 + d, |i, j| if j == 0 { 1.0 } else { samples.z[(i, j - 1)] });
        let weighted = DMatrix::from_fn(n, 1 + d, |i, j| x[(i, j)] * samples.weight[i]);
        let bound = DMatrix::from_fn(reproduced, 1 + d, |r, j| if j == 0 { 1.0 } else { samples.exact[r].z[j - 1] });
        let mut system = DMatrix::zeros(1 + d + reproduced, 1 + d + reproduced);
        system.view_mut((0, 0), (1 + d, 1 + d)).copy_from(&x.tr_mul(&weighted));
        system.view_mut((0, 1 + d), (1 + d, reproduced)).copy_from(&bound.transpose());
        system.view_mut((1 + d, 0), (reproduced, 1 + d)).copy_from(&bound);
        for (t, fit) in samples.fit(&surrogate, &samples.all()).iter().enumerate() {
            let mut right = DVector::zeros(1 + d + reproduced);
            right.rows_mut(0, 1 + d).copy_from(&weighted.tr_mul(&samples.y.column(t)));
            for (r, exact) in samples.exact.iter().enumerate() {
                right[1 + d + r] = exact.answers[t];
                let said = fit.coefficients().iter().map(|(j, b)| b * exact.z[*j]).sum::<f64>() + fit.intercept();
                prop_assert!((said - exact.answers[t]).abs() < 1e-12, "{said} for {}", exact.answers[t]);
            }
            let expected = system.clone().lu().solve(&right).unwrap();
            prop_assert!((fit.intercept() - expected[0]).abs() < 1e-9);
            for (j, b) in fit.coefficients() {
                prop_assert!((b - expected[1 + j]).abs() < 1e-9, "{b} for {}", expected[1 + j]);
            }
            prop_assert!(fit.warnings().is_empty(), "{:?}", fit.warnings());
        }
    }

    /// The posterior of the definition, with a prior of each feature's own.
    #[test]
    fn given_precisions_make_a_posterior_in_closed_form(samples in samples(), alpha in 0.1..20.0) {
        let d = samples.features();
        let mean = random(d, 1, 7);
        let precision = random(d, 1, 8).map(|p| 1.5 + p);
        let ridge = BayesianRidge::default().prior(mean.as_slice().to_vec(), precision.as_slice().to_vec()).unwrap();
        let ridge = ridge.noise_precision(alpha).unwrap();
        for (t, fit) in samples.fit(&ridge, &samples.all()).iter().enumerate() {
            let (z, y) = samples.centred(t);
            let prior = DMatrix::from_diagonal(&precision.column(0));
            let covariance = (z.tr_mul(&z) * alpha + &prior).try_inverse().unwrap();
            let expected = &covariance * (prior * mean.column(0) + z.tr_mul(&y) * alpha);
            let posterior = ridge.posterior(&samples.moments(), &samples.all(), t).unwrap();
            prop_assert!((posterior.covariance() - &covariance).amax() < 1e-11);
            prop_assert_eq!(posterior.iterations(), 0);
            for (j, b) in fit.coefficients() {
                prop_assert!((b - expected[*j]).abs() < 1e-11, "{b} for {}", expected[*j]);
                prop_assert!((fit.deviations()[*j] - covariance[(*j, *j)].sqrt()).abs() < 1e-11);
            }
        }
    }

    /// MacKay, 1992: the precisions that are estimated are those of the highest evidence under their hyper-priors,
    /// log p = (d log lambda + n log alpha - alpha residual - lambda |b - mu|^2 - log det (alpha Z'WZ + lambda)) / 2 + ..., n = sum w.
    #[test]
    fn estimated_precisions_have_the_highest_evidence(samples in samples(), partial in any::<bool>()) {
        let d = samples.features();
        let prior = if partial { samples.origin.clone() } else { vec![0.0; d] };
        let mean = DVector::from_vec(prior.clone());
        let ridge = BayesianRidge::default();
        let ridge = if partial { ridge.prior(prior, 3.0).unwrap() } else { ridge };
        let weight: f64 = samples.weight.iter().sum();
        for t in samples.targets() {
            let (z, y) = samples.centred(t);
            let gram = z.tr_mul(&z);
            let evidence = |alpha: f64, lambda: f64| {
                let precision = &gram * alpha + DMatrix::identity(d, d) * lambda;
                let factor = precision.cholesky().unwrap();
                let b = factor.solve(&(z.tr_mul(&y) * alpha + &mean * lambda));
                let residual = (&y - &z * &b).norm_squared();
                let fit = d as f64 * lambda.ln() + weight * alpha.ln() - alpha * residual - lambda * (b - &mean).norm_squared();
                fit / 2.0 - factor.ln_determinant() / 2.0 + 1e-6 * (lambda.ln() - lambda + alpha.ln() - alpha)
            };
            let posterior = ridge.posterior(&samples.moments(), &samples.all(), t).unwrap();
            let (alpha, lambda) = (posterior.noise_precision(), posterior.precision()[0]);
            if posterior.change() > 1e-10 {
                continue;
            }
            let top = evidence(alpha, lambda);
            for factor in [0.99, 1.01] {
                prop_assert!(evidence(alpha * factor, lambda) < top + 1e-9, "alpha {alpha}");
                prop_assert!(partial || evidence(alpha, lambda * factor) < top + 1e-9, "lambda {lambda}");
            }
            prop_assert!(!partial || lambda == 3.0);
        }
    }

    /// A feature that is there twice, one that is the sum of others, one that never varies: fits say so, stay finite, predict
    /// what they would without it, and have the least or an equal sum of penalties.
    #[test]
    fn features_that_vary_together_are_flagged(samples in samples(), seed in any::<u64>()) {
        let d = samples.features();
        let mix = random(d, 1, seed);
        let mut z = samples.z.clone().resize_horizontally(d + 3, 0.0);
        let mut exact = samples.exact[..1].to_vec();
        let sum = &samples.z * &mix;
        z.column_mut(d).copy_from(&samples.z.column(0));
        z.column_mut(d + 1).copy_from(&sum);
        z.column_mut(d + 2).fill(0.75);
        for e in &mut exact {
            let mixed: f64 = e.z.iter().zip(mix.iter()).map(|(z, m)| z * m).sum();
            e.z.extend([e.z[0], mixed, 0.75]);
        }
        let origin = [samples.origin.clone(), vec![0.1, 0.2, 0.75]].concat();
        let wide = Samples { z, origin, exact, ..samples.clone() };
        let samples = with_one_exact(&samples);
        for ((what, surrogate), (_, before)) in every(&wide).iter().zip(every(&samples)) {
            for (t, fit) in wide.fit(&**surrogate, &wide.all()).iter().enumerate() {
                prop_assert!(numbers(fit).iter().chain(fit.deviations()).all(|v| v.is_finite()), "{what}: {fit:?}");
                let deficient = |w: &Warning| matches!(w, Warning::RankDeficient { features, .. } if *features == d + 3);
                prop_assert!(fit.warnings().iter().any(deficient), "{what}: {:?}", fit.warnings());
                if !what.contains("origin") && !what.contains("prior") && !what.contains("constrained") {
                    prop_assert_eq!(fit.coefficients()[d + 2].1, 0.0, "{}", what);
                }
                if what.contains("least squares") || *what == "lars to the end" {
                    let expected = &samples.fit(&*before, &samples.all())[t];
                    prop_assert!((fit.score() - expected.score()).abs() < 1e-9 || what.contains("origin"), "{what}");
                }
            }
        }
        // The lasso's optimum is one number whether its coefficients are determined or not.
        let alpha = 0.02;
        let total: f64 = wide.weight.iter().sum();
        let lasso = wide.fit(&Lasso::new(alpha).unwrap(), &wide.all());
        let lars = wide.fit(&Lars::at(alpha).unwrap(), &wide.all());
        for (t, (lasso, lars)) in lasso.iter().zip(&lars).enumerate() {
            let (z, y) = wide.centred(t);
            let objective = |fit: &LinearFit| {
                let b = DVector::from_iterator(d + 3, fit.coefficients().iter().map(|(_, b)| *b));
                (&y - &z * &b).norm_squared() / (2.0 * total) + alpha * b.lp_norm(1)
            };
            let (lasso_reached, lars_reached) = (objective(lasso), objective(lars));
            // Descent along a valley may be slow, but says so.
            let stopped = lasso.warnings().iter().any(|w| matches!(w, Warning::NotConverged { .. }));
            prop_assert!(lasso_reached - lars_reached < 1e-9 || stopped, "{lasso_reached} {lars_reached}");
            prop_assert!(lars_reached - lasso_reached < 1e-9, "{lasso_reached} {lars_reached}");
        }
    }
}

/// Every mask of d features, and the function of `exact.json` over them.
fn masks(d: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..1usize << d).map(move |bits| (0..d).map(|j| (bits >> j & 1) as f64).collect())
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (k - i) as f64).product()
}

/// All masks but the empty and the full one, weighted by the Shapley kernel; and those two with their answers.
fn coalitions(d: usize, f: impl Fn(&[f64]) -> f64) -> Samples {
    let size = |z: &Vec<f64>| z.iter().sum::<f64>() as usize;
    let inner: Vec<Vec<f64>> = masks(d).filter(|z| (1..d).contains(&size(z))).collect();
    let weight = inner.iter().map(|z| (d - 1) as f64 / (choose(d, size(z)) * (size(z) * (d - size(z))) as f64));
    let exact = [vec![0.0; d], vec![1.0; d]].map(|z| Exact { answers: vec![f(&z)], z });
    Samples {
        z: DMatrix::from_fn(inner.len(), d, |i, j| inner[i][j]),
        y: DMatrix::from_fn(inner.len(), 1, |i, _| f(&inner[i])),
        weight: weight.collect(),
        origin: vec![1.0; d],
        exact: exact.to_vec(),
    }
}

/// The mean of what a feature adds, over all orders in which features can come.
fn shapley(d: usize, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut values = vec![0.0; d];
    for z in masks(d) {
        let size = z.iter().sum::<f64>() as usize;
        for j in (0..d).filter(|&j| z[j] == 0.0) {
            let mut joined = z.clone();
            joined[j] = 1.0;
            values[j] += (f(&joined) - f(&z)) / (d as f64 * choose(d - 1, size));
        }
    }
    values
}

#[track_caller]
fn is_shapley(samples: &Samples, values: &[f64], empty: f64, full: f64) {
    let moments = if samples.z.nrows() == 0 { Moments::new(&samples.origin, &[full]) } else { samples.moments() };
    let space = Space::<f64>::masks(samples.features());
    let given = Fitting::new(&space, &moments).with_exact(&samples.exact);
    let fit = ConstrainedLeastSquares::shapley().fit(&given, &samples.all(), &[0]).unwrap().remove(0);
    for ((_, found), expected) in fit.coefficients().iter().zip(values) {
        assert!((found - expected).abs() < 1e-10, "{found} for {expected}");
    }
    assert!((fit.intercept() - empty).abs() < 1e-12 && (fit.local_prediction() - full).abs() < 1e-12);
    assert!(fit.warnings().is_empty(), "{:?}", fit.warnings());
}

#[test]
fn all_coalitions_give_the_shapley_values() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/exact.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["masks"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let d = case["d"].as_u64().unwrap() as usize;
        let (a, c, c0) = (floats(&case["a"]), floats(&case["c"]), case["c0"].as_f64().unwrap());
        let b: Vec<Vec<f64>> = case["B"].as_array().unwrap().iter().map(floats).collect();
        let dot = |a: &[f64], z: &[f64]| a.iter().zip(z).map(|(a, z)| a * z).sum::<f64>();
        let f = |z: &[f64]| {
            c0 + dot(&a, z) + b.iter().zip(z).map(|(row, z_i)| z_i * dot(row, z)).sum::<f64>() + dot(&c, z).tanh()
        };
        let (empty, full) = (case["empty_value"].as_f64().unwrap(), case["full_value"].as_f64().unwrap());
        is_shapley(&coalitions(d, f), &floats(&case["shapley"]), empty, full);
    }
    for d in 1..8 {
        let f = |z: &[f64]| z.iter().enumerate().map(|(j, z)| (j + 1) as f64 * z).sum::<f64>().sin() * 3.0 + 5.0;
        is_shapley(&coalitions(d, f), &shapley(d, f), f(&vec![0.0; d]), f(&vec![1.0; d]));
    }
}

/// Through an explainer, which asks the model for the two masks: additive models have their parts as Shapley values, and the
/// parts always add up.
#[test]
fn an_explainer_asks_for_what_is_to_be_reproduced() {
    let asked = AtomicUsize::new(0);
    let model = model_fn(|z: &DMatrix<f64>| {
        asked.fetch_add(z.nrows(), Ordering::Relaxed);
        DMatrix::from_fn(z.nrows(), 2, |i, t| {
            let sum: f64 = (0..5).map(|j| (j + 1) as f64 * z[(i, j)]).sum();
            if t == 0 { 2.0 + sum } else { sum.sin() }
        })
    });
    let kernel = kernel_fn(|z: &[f64], _: &[f64]| match z.iter().sum::<f64>() as usize {
        0 | 5 => 0.0,
        k => 4.0 / (choose(5, k) * (k * (5 - k)) as f64),
    });
    let explainer = Explainer::new(MonteCarlo, kernel, NoSelection, ConstrainedLeastSquares::shapley());
    let explainer = explainer.samples(400).targets(lime_core::Targets::All);
    let explanation = explainer.explain(&Direct::new(Space::masks(5)), &model).unwrap();
    for (j, weight) in explanation.targets[0].dense(5).iter().enumerate() {
        assert!((weight - (j + 1) as f64).abs() < 1e-12);
    }
    let bent = &explanation.targets[1];
    assert!(bent.intercept.unwrap().abs() < 1e-15 && (bent.local_prediction - 15f64.sin()).abs() < 1e-14);
    assert!((bent.dense(5).iter().sum::<f64>() - 15f64.sin()).abs() < 1e-14);
    // Row 0 is the instance, so of the two masks only the empty one is asked for.
    assert_eq!(explanation.model_calls, asked.load(Ordering::Relaxed));
    assert_eq!(explanation.model_calls, 401);

    let wrong = ConstrainedLeastSquares::through(vec![vec![0.0; 4]]).unwrap();
    let explainer = Explainer::new(MonteCarlo, kernel_fn(|_: &[f64], _: &[f64]| 1.0), NoSelection, wrong);
    asked.store(0, Ordering::Relaxed);
    let error = explainer.explain(&Direct::new(Space::masks(5)), &model).unwrap_err();
    assert!(matches!(error, lime_core::Error::ExactRow { features: 5, .. }), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[track_caller]
fn refused(result: Result<Vec<LinearFit>, lime_core::BoxError>, message: &str) {
    let error = result.unwrap_err();
    assert!(error.downcast_ref::<Error>().is_some());
    assert_eq!(error.to_string(), message);
}

#[test]
fn constraints_that_cannot_be_met() {
    let samples = Samples::random(50, 3, 2, true, 3);
    let (all, targets) = (samples.all(), samples.targets());
    let shapley = ConstrainedLeastSquares::shapley();
    let fit = |exact: &[Exact], surrogate: &ConstrainedLeastSquares, active: &[usize]| {
        Samples { exact: exact.to_vec(), ..samples.clone() }.try_fit(surrogate, active, &targets)
    };
    let missing = |expected: usize, found: usize| {
        format!(
            "{expected} samples are to be reproduced, and the answers to {found} were given: fit through an Explainer, which asks the model for them, or give them by Fitting::with_exact"
        )
    };
    refused(fit(&[], &shapley, &all), &missing(2, 0));
    refused(fit(&samples.exact[..1], &shapley, &all), &missing(2, 1));
    let three = ConstrainedLeastSquares::through(vec![vec![0.0; 3]; 3]).unwrap();
    refused(fit(&samples.exact, &three, &all), &missing(3, 2));
    let mut short = samples.exact.clone();
    short[1].answers.pop();
    refused(
        fit(&short, &shapley, &all),
        "the answered sample 1 to be reproduced has 3 coordinates and 1 answers where the evidence has 3 features and 2 targets",
    );

    // Two samples that are one where nothing is selected, and samples on a line with answers that are not.
    let error = fit(&samples.exact, &shapley, &[]).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Contradiction { features: 0, .. })), "{error}");
    let line = |answer: f64| {
        let at = |x: f64, y: f64| Exact { z: vec![x, 2.0 * x, 0.0], answers: vec![y, 0.0] };
        [at(0.0, 1.0), at(1.0, 3.0), at(0.5, answer)]
    };
    let through = ConstrainedLeastSquares::through(line(0.0).iter().map(|e| e.z.clone()).collect()).unwrap();
    let error = fit(&line(2.5), &through, &all).unwrap_err();
    let Some(Error::Contradiction { row: 2, answer, implied, features: 3 }) = error.downcast_ref() else {
        panic!("{error}")
    };
    assert!((*answer - 2.5).abs() < 1e-12 && (implied - 2.0).abs() < 1e-12);
    // One that says what the others say, to the digits of single precision, changes nothing.
    let agreed = fit(&line(2.0 + 1e-7), &through, &all).unwrap();
    let two = ConstrainedLeastSquares::through(vec![line(0.0)[0].z.clone(), line(0.0)[1].z.clone()]).unwrap();
    for (agreed, two) in agreed.iter().zip(&fit(&line(0.0)[..2], &two, &all).unwrap()) {
        assert!(numbers(agreed).iter().zip(numbers(two)).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(agreed.warnings().is_empty());
    }
}

/// Answers of 0 that agree do so whatever the samples' mean is.
#[test]
fn constraints_that_agree_may_be_far_from_the_mean() {
    let through = ConstrainedLeastSquares::through((0..3).map(|r| vec![f64::from(r), 0.1, 0.3]).collect()).unwrap();
    for seed in 0..20 {
        let samples = Samples::random(50, 3, 1, false, seed).moved(1.0, 1234.567);
        let exact = (0..3).map(|r| Exact { z: vec![f64::from(r), 0.1, 0.3], answers: vec![0.0] }).collect();
        let fit = Samples { exact, ..samples.clone() }.try_fit(&through, &samples.all(), &[0]).unwrap().remove(0);
        assert!(fit.coefficients()[0].1.abs() < 1e-9 && fit.warnings().is_empty(), "{fit:?}");
    }
}

/// Without samples that count: the constraints say all, or the fit is refused.
#[test]
fn constraints_may_stand_alone() {
    let at = |z: &[f64], y: f64| Exact { z: z.to_vec(), answers: vec![y] };
    let exact = [at(&[0.0, 0.0], 1.0), at(&[1.0, 1.0], 6.0), at(&[1.0, 0.0], 3.0)];
    let (space, moments) = (Space::<f64>::masks(2), Moments::new(&[1.0, 1.0], &[6.0]));
    let rows = |n: usize| ConstrainedLeastSquares::through(exact[..n].iter().map(|e| e.z.clone()).collect()).unwrap();
    let fit = rows(3).fit(&Fitting::new(&space, &moments).with_exact(&exact), &[0, 1], &[0]).unwrap().remove(0);
    let expected = [2.0, 3.0, 1.0, 6.0];
    assert!(numbers(&fit).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{fit:?}");
    assert!(fit.warnings().is_empty() && fit.score().is_nan());
    let given = Fitting::new(&space, &moments).with_exact(&exact[..2]);
    let none = "no sample has a weight above 0, so the means are not finite: fit to samples that count";
    refused(rows(2).fit(&given, &[0, 1], &[0]), none);
    for (_, surrogate) in every(&Samples { origin: vec![1.0; 2], ..Samples::random(9, 2, 1, true, 0) }) {
        let result = surrogate.fit(&Fitting::new(&space, &moments).with_exact(&exact[..1]), &[0, 1], &[0]);
        refused(result, none);
    }
}

/// Samples that say too little leave a direction open, and the fit says so.
#[test]
fn constrained_fits_of_too_few_samples_are_flagged() {
    let f = |z: &[f64]| z[0] + 2.0 * z[1] + 3.0 * z[2] + 4.0 * z[3];
    let whole = coalitions(4, f);
    // Masks of one and of three: the second is all but the first, so together with the constraints they say one thing.
    let rows: Vec<usize> = (0..whole.z.nrows()).filter(|&i| whole.z[(i, 0)] != whole.z[(i, 1)]).collect();
    let rows: Vec<usize> = rows.into_iter().filter(|&i| whole.z[(i, 2)] == whole.z[(i, 3)]).collect();
    let few = whole.rows(&rows, |_| 1.0);
    let fit = few.fit(&ConstrainedLeastSquares::shapley(), &few.all()).remove(0);
    assert_eq!(fit.warnings(), [Warning::RankDeficient { rank: 3, features: 4 }]);
    let sum: f64 = fit.coefficients().iter().map(|(_, b)| b).sum();
    assert!((sum - 10.0).abs() < 1e-12 && fit.intercept().abs() < 1e-12 && (fit.score() - 1.0).abs() < 1e-12);
    // What they cannot tell apart gets equal shares.
    let [(_, a), (_, b), (_, c), (_, d)] = fit.coefficients() else { panic!() };
    assert!((a - 1.0).abs() < 1e-12 && (b - 2.0).abs() < 1e-12 && (c - 3.5).abs() < 1e-12 && (d - 3.5).abs() < 1e-12);
}

#[test]
fn what_has_not_converged_says_so() {
    let samples = Samples::random(60, 6, 1, false, 1);
    let lasso = samples.fit(&Lasso::new(0.001).unwrap().sweeps(2).unwrap(), &samples.all()).remove(0);
    let [Warning::NotConverged { iterations: 2, left, tolerance: 1e-10 }] = lasso.warnings() else {
        panic!("{lasso:?}")
    };
    assert!(*left > 1e-10);
    let said = lasso.warnings()[0].to_string();
    assert!(said.starts_with("the fit did not converge: after 2 iterations the error is "), "{said}");
    let bayes = samples.fit(&BayesianRidge::default().iterations(1).unwrap(), &samples.all()).remove(0);
    assert!(matches!(bayes.warnings(), [Warning::NotConverged { iterations: 1, .. }]), "{bayes:?}");
    // What it has got to is near what it was after.
    let truth = samples.fit(&Lasso::new(0.001).unwrap(), &samples.all()).remove(0);
    assert!(numbers(&lasso).iter().zip(numbers(&truth)).all(|(a, b)| (a - b).abs() < 0.1));
}

/// Equal features in equal company: they join at the same knot and leave the model together.
#[test]
fn features_that_tie_share() {
    // All masks of four: f = (z0 + z1) + (z2 + z3) / 2 with an interaction that spares symmetry.
    let rows: Vec<Vec<f64>> = masks(4).collect();
    let f = |z: &[f64]| z[0] + z[1] + 0.5 * (z[2] + z[3]) + z[0] * z[1] + z[2] * z[3];
    let samples = Samples {
        z: DMatrix::from_fn(16, 4, |i, j| rows[i][j]),
        y: DMatrix::from_fn(16, 1, |i, _| f(&rows[i])),
        weight: rows.iter().map(|z| (-(4.0 - z.iter().sum::<f64>()) / 3.0).exp()).collect(),
        origin: vec![1.0; 4],
        exact: Vec::new(),
    };
    for lars in [Lars::complete(), Lars::complete().without_drops()] {
        let path = lars.path(&samples.moments(), &samples.all(), 0).unwrap();
        assert_eq!(path.knots().len(), 3, "{path:?}");
        for knot in path.knots() {
            let b = knot.coefficients();
            assert!((b[0] - b[1]).abs() < 1e-12 && (b[2] - b[3]).abs() < 1e-12, "{b:?}");
        }
        assert_eq!(path.knots()[1].nonzero().collect::<Vec<_>>(), [0, 1]);
    }
    let (space, moments) = (samples.space(), samples.moments());
    let chosen = |k: usize| LassoPath::new(k).unwrap().select(&Fitting::new(&space, &moments), 0).unwrap();
    assert_eq!([chosen(1), chosen(2), chosen(3), chosen(4)], [vec![0], vec![0, 1], vec![0, 1], vec![0, 1, 2, 3]]);
}

#[test]
fn answers_that_do_not_vary_have_no_path() {
    let mut samples = Samples::random(40, 4, 1, true, 5);
    samples.y.fill(0.3);
    let path = Lars::complete().path(&samples.moments(), &samples.all(), 0).unwrap();
    assert_eq!(path.knots().len(), 1);
    let (space, moments) = (samples.space(), samples.moments());
    let chosen = LassoPath::new(2).unwrap().select(&Fitting::new(&space, &moments), 0).unwrap();
    assert_eq!(chosen, [0, 1]);
    samples.exact = vec![Exact { z: vec![0.0; 4], answers: vec![0.3] }];
    for (what, surrogate) in every(&samples) {
        if what.contains("origin") || what.contains("prior") {
            continue;
        }
        let fit = samples.fit(&*surrogate, &samples.all()).remove(0);
        // The sample to be reproduced is none of the others.
        assert!(fit.coefficients().iter().all(|(_, b)| b.abs() < 1e-12) || what == "constrained", "{what} {fit:?}");
        assert!((fit.local_prediction() - 0.3).abs() < 1e-12 || what == "constrained", "{what} {fit:?}");
        assert!(fit.score().is_nan(), "{what}");
    }
}

#[test]
fn a_strong_prior_is_believed_and_a_weak_one_not() {
    let samples = Samples::random(100, 4, 1, false, 2);
    let mean = vec![3.0, -1.0, 0.0, 2.0];
    let fit = |precision: f64| {
        let ridge = BayesianRidge::default().prior(mean.clone(), precision).unwrap();
        samples.fit(&ridge, &samples.all()).remove(0)
    };
    let least = samples.fit(&OrdinaryLeastSquares::new(), &samples.all()).remove(0);
    for (j, b) in fit(1e12).coefficients() {
        assert!((b - mean[*j]).abs() < 1e-6, "{b}");
    }
    for ((_, b), (_, expected)) in fit(1e-12).coefficients().iter().zip(least.coefficients()) {
        assert!((b - expected).abs() < 1e-10, "{b} for {expected}");
    }
    // A precision for each: only the first is held.
    let one = BayesianRidge::default().prior(mean.clone(), vec![1e12, 1e-12, 1e-12, 1e-12]).unwrap();
    let fit = samples.fit(&one, &samples.all()).remove(0);
    assert!((fit.coefficients()[0].1 - 3.0).abs() < 1e-6 && fit.deviations()[0] < 2e-6);
    assert!((fit.coefficients()[1].1 + 1.0).abs() > 0.1 && fit.deviations()[1] > 1e-3);
    // Samples that weigh next to nothing leave what the prior says, and do not stop the estimate of the noise.
    let light = samples.rows(&(0..100).collect::<Vec<_>>(), |_| 1e-4);
    let ridge = BayesianRidge::default().prior(mean.clone(), 1.0).unwrap();
    let posterior = ridge.posterior(&light.moments(), &light.all(), 0).unwrap();
    assert!(posterior.change() <= 1e-10 && posterior.noise_precision() > 0.0, "{posterior:?}");

    let short = BayesianRidge::default().prior(vec![1.0; 3], 1.0).unwrap();
    refused(
        samples.try_fit(&short, &[0, 1, 2], &[0]),
        "the prior has 3 means and 1 precisions for 4 features: it needs one of each for every interpretable feature, selected or not",
    );
}

#[test]
fn features_and_targets_that_do_not_exist() {
    let samples = with_one_exact(&Samples::random(20, 3, 2, false, 6));
    for (what, surrogate) in every(&samples) {
        let message = "there is no feature 3: the samples have 3, numbered from 0";
        refused(samples.try_fit(&*surrogate, &[0, 3], &[0]), message);
        let message = "there is no target 2: the samples have answers for 2, numbered from 0";
        refused(samples.try_fit(&*surrogate, &[0, 1], &[1, 2]), message);
        let message = "feature 1 is in the list of features more than once: each can be chosen once";
        refused(samples.try_fit(&*surrogate, &[1, 0, 1], &[0]), message);
        let fits = samples.try_fit(&*surrogate, &[], &[1]).unwrap();
        assert_eq!(fits[0].coefficients(), [], "{what}");
    }
    assert!(matches!(Lars::default().path(&samples.moments(), &[7], 0), Err(Error::NoFeature { feature: 7, .. })));
    let large = samples.moved(1e200, 0.0);
    for (_, surrogate) in every(&samples) {
        let error = large.try_fit(&*surrogate, &samples.all(), &[0]).unwrap_err();
        assert!(error.to_string().contains("too large to square, so rescale them"), "{error}");
    }
}

#[test]
fn parameters_are_checked_when_they_are_given() {
    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }
    let penalty = |value: f64| format!("the penalty alpha is {value}: it must be a finite number, 0 or above");
    for value in [-1.0, -f64::MIN_POSITIVE, f64::NAN, f64::INFINITY] {
        assert_eq!(message(Lasso::new(value)), penalty(value));
        assert_eq!(message(ElasticNet::new(value, 0.5)), penalty(value));
        assert_eq!(message(Lars::at(value)), penalty(value));
    }
    for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let expected = format!("the L1 ratio is {value}: it must be between 0 (ridge) and 1 (lasso)");
        assert_eq!(message(ElasticNet::new(1.0, value)), expected);
    }
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let expected = format!("the tolerance is {value}: it must be a finite number above 0");
        assert_eq!(message(Lasso::new(1.0).unwrap().tolerance(value)), expected);
        assert_eq!(message(ElasticNet::default().tolerance(value)), expected);
        assert_eq!(message(BayesianRidge::default().tolerance(value)), expected);
        let positive = |what: &str| format!("the {what} is {value}: it must be a finite number above 0");
        assert_eq!(message(BayesianRidge::default().noise_precision(value)), positive("noise precision alpha"));
        assert_eq!(message(BayesianRidge::default().prior(vec![0.0], value)), positive("prior precision lambda"));
        let each = BayesianRidge::default().prior(vec![0.0; 2], vec![1.0, value]);
        assert_eq!(message(each), positive("prior precision lambda"));
        for (shape, rate, what) in [(value, 1.0, "shape"), (1.0, value, "rate")] {
            let noise = BayesianRidge::default().noise_hyper_prior(shape, rate);
            assert_eq!(message(noise), positive(&format!("{what} of alpha's hyper-prior")));
            let precision = BayesianRidge::default().precision_hyper_prior(shape, rate);
            assert_eq!(message(precision), positive(&format!("{what} of lambda's hyper-prior")));
        }
    }
    let iterations = "0 iterations allowed: the fit needs at least 1";
    assert_eq!(message(Lasso::new(1.0).unwrap().sweeps(0)), iterations);
    assert_eq!(message(ElasticNet::default().sweeps(0)), iterations);
    assert_eq!(message(BayesianRidge::default().iterations(0)), iterations);
    let features = "0 features asked for: an explanation needs at least 1";
    assert_eq!(message(Lars::new(0)), features);
    assert_eq!(message(LassoPath::new(0)), features);
    assert_eq!(
        message(BayesianRidge::default().prior(vec![0.0, f64::NAN], 1.0)),
        "the prior mean of feature 1 is NaN: it must be a finite number"
    );
    assert_eq!(
        message(BayesianRidge::default().prior(vec![0.0; 2], vec![1.0; 3])),
        "the prior has 2 means and 3 precisions for 2 features: it needs one of each for every interpretable feature, selected or not"
    );
    assert_eq!(
        message(ConstrainedLeastSquares::through(Vec::new())),
        "no sample to be reproduced was given: name at least one, or use OrdinaryLeastSquares"
    );
    assert_eq!(
        message(ConstrainedLeastSquares::through(vec![vec![0.0; 2], vec![0.0; 3]])),
        "sample 1 to be reproduced has 3 coordinates where the first has 2"
    );
    assert_eq!(
        message(ConstrainedLeastSquares::through(vec![vec![0.0; 2], vec![0.0, f64::NAN]])),
        "sample 1 to be reproduced has the coordinate NaN for feature 1: it must be a finite number"
    );
}
