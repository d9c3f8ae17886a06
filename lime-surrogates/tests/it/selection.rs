//! Selections against refits of every candidate, against formulas, and against their laws.

use lime_core::nalgebra::{DMatrix, DVector, dmatrix};
use lime_core::{
    BoxError, Direct, Evidence, Explainer, Fitting, Law, Moments, Real, Record, Rows, Selector, Space, Stream,
    Surrogate, TILE, kernel_fn, model_fn,
};
use lime_samplers::MonteCarlo;
use lime_surrogates::selection::{
    Auto, BackwardElimination, ByCriterion, Criterion, FixedFeatures, ForwardSelection, HighestWeights, LassoPath,
    Nested, NoSelection, StableSelection,
};
use lime_surrogates::{Error, Recorded, Ridge};
use proptest::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Answered samples of one target.
#[derive(Debug, Clone)]
struct Answered {
    z: DMatrix<f64>,
    y: Vec<f64>,
    weight: Vec<f64>,
    origin: Vec<f64>,
    groups: Vec<Vec<usize>>,
}

/// Uniform numbers between -1 and 1.
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
    /// Correlated numbers, or zeros and ones, with answers in part linear, in part not, and in part random.
    fn random(rows: usize, features: usize, binary: bool, seed: u64) -> Self {
        let shared = random(rows, 1, seed ^ 5);
        let mut z = random(rows, features, seed);
        z.column_iter_mut().enumerate().for_each(|(j, mut column)| column += &shared * (j as f64 * 0.3));
        if binary {
            z.apply(|z| *z = f64::from(u8::from(*z > 0.0)));
        }
        let linear = &z * random(features, 1, seed ^ 1);
        let noise = random(rows, 1, seed ^ 2);
        let y = (0..rows).map(|i| linear[i] + 0.3 * noise[i] + 0.5 * z[(i, 0)] * z[(i, features - 1)]).collect();
        let weight = random(rows, 1, seed ^ 3).iter().map(|w| 0.55 + w / 2.0).collect();
        let origin = random(features, 1, seed ^ 4).iter().copied().collect();
        Self { z, y, weight, origin, groups: Vec::new() }
    }

    /// Every mask of `features` once, with weights that are a product over the features, so that these are independent.
    fn enumerated(features: usize, answer: impl Fn(&[f64]) -> f64) -> Self {
        let z = DMatrix::from_fn(1 << features, features, |i, j| f64::from(u8::from(i >> j & 1 == 1)));
        let rows: Vec<Vec<f64>> = z.row_iter().map(|row| row.iter().copied().collect()).collect();
        let weight = rows.iter().map(|row| (0..features).map(|j| 1.0 + 0.25 * (j % 3) as f64 * row[j]).product());
        Self {
            weight: weight.collect(),
            y: rows.iter().map(|row| answer(row)).collect(),
            z,
            origin: vec![1.0; features],
            groups: Vec::new(),
        }
    }

    fn grouped(self, groups: Vec<Vec<usize>>) -> Self {
        Self { groups, ..self }
    }

    fn features(&self) -> usize {
        self.z.ncols()
    }

    /// The features in another order: what stands at `k` is feature `order[k]`.
    fn permuted(&self, order: &[usize]) -> Self {
        let at = |j: usize| order.iter().position(|&k| k == j).unwrap();
        Self {
            z: self.z.select_columns(order),
            origin: order.iter().map(|&j| self.origin[j]).collect(),
            groups: self.groups.iter().map(|group| group.iter().map(|&j| at(j)).collect()).collect(),
            ..self.clone()
        }
    }

    fn answers(&self, change: impl Fn(f64) -> f64) -> Self {
        Self { y: self.y.iter().map(|&y| change(y)).collect(), ..self.clone() }
    }

    fn weights(&self, change: impl Fn(usize, f64) -> f64) -> Self {
        Self { weight: self.weight.iter().enumerate().map(|(i, &w)| change(i, w)).collect(), ..self.clone() }
    }

    fn rows(&self, rows: &[usize]) -> Self {
        Self {
            z: self.z.select_rows(rows),
            y: rows.iter().map(|&i| self.y[i]).collect(),
            weight: rows.iter().map(|&i| self.weight[i]).collect(),
            ..self.clone()
        }
    }

    fn space<F: Real>(&self) -> Space<F> {
        let origin = self.origin.iter().map(|&x| F::of(x)).collect();
        Space::new(vec![Law::mask(); self.features()], origin).unwrap().with_groups(self.groups.clone()).unwrap()
    }

    fn units(&self) -> Vec<Vec<usize>> {
        self.space::<f64>().units()
    }

    fn record<F: Real>(&self) -> Record<F> {
        let (z, y) = (self.z.map(F::of), DMatrix::from_fn(self.y.len(), 1, |i, _| F::of(self.y[i])));
        let weight: Vec<F> = self.weight.iter().map(|&w| F::of(w)).collect();
        let (space, none) = (self.space::<F>(), DMatrix::zeros(self.y.len(), 0));
        let mut all = Record::new(&space, &[self.y[0]]);
        for start in (0..self.y.len()).step_by(TILE) {
            let count = TILE.min(self.y.len() - start);
            let mut tile = Record::new(&space, &[self.y[0]]);
            tile.absorb(&Rows::new(
                start,
                z.rows(start, count),
                none.rows(start, count),
                &weight[start..start + count],
                y.rows(start, count),
            ));
            all.merge(tile);
        }
        all
    }

    fn moments(&self) -> Moments {
        self.record::<f64>().moments().clone()
    }

    fn try_select<F: Real>(&self, selector: &dyn Selector<F, Record<F>>) -> Result<Vec<usize>, BoxError> {
        selector.select(&Fitting::new(&self.space(), &self.record()), 0)
    }

    fn select(&self, selector: &dyn Selector<f64, Record<f64>>) -> Vec<usize> {
        self.try_select(selector).unwrap()
    }

    fn unstable(&self, selector: StableSelection) -> (usize, usize, usize, [usize; 2]) {
        let error = self.try_select::<f64>(&selector).unwrap_err();
        match error.downcast_ref() {
            Some(&Error::Unstable { step, samples, needed, rivals }) => (step, samples, needed, rivals),
            _ => panic!("{error}"),
        }
    }

    fn centred(&self, values: impl Iterator<Item = f64> + Clone) -> DVector<f64> {
        let total: f64 = self.weight.iter().sum();
        let mean = values.clone().zip(&self.weight).map(|(v, w)| v * w).sum::<f64>() / total;
        DVector::from_iterator(self.y.len(), values.zip(&self.weight).map(|(v, w)| (v - mean) * w.sqrt()))
    }

    /// An orthonormal basis of these features' centred columns times the root of the weights, from the rows themselves: by
    /// Gram-Schmidt, twice, the longest column always first.
    fn basis(&self, active: &[usize]) -> DMatrix<f64> {
        let columns = active.iter().map(|&j| self.centred(self.z.column(j).iter().copied()));
        let columns = columns.filter(|column| column.norm() > 1e-12).map(|column| column.normalize());
        let (mut left, mut basis): (Vec<_>, Vec<DVector<f64>>) = (columns.collect(), Vec::new());
        loop {
            left.sort_by(|a, b| a.norm().total_cmp(&b.norm()));
            let Some(longest) = left.pop().filter(|longest| longest.norm() > 1e-6) else { break };
            let again = basis.iter().fold(longest.normalize(), |v, q| &v - q * q.dot(&v)).normalize();
            left.iter_mut().for_each(|column| *column -= &again * again.dot(column));
            basis.push(again);
        }
        DMatrix::from_fn(self.y.len(), basis.len(), |i, k| basis[k][i])
    }

    fn centred_answers(&self) -> DVector<f64> {
        self.centred(self.y.iter().copied())
    }

    /// The weighted sum of squared residuals of least squares on some features.
    fn residual(&self, active: &[usize]) -> f64 {
        let (y, basis) = (self.centred_answers(), self.basis(active));
        (&y - &basis * (basis.transpose() * &y)).norm_squared()
    }

    fn total(&self) -> f64 {
        self.centred_answers().norm_squared()
    }
}

/// The units of a choice, each whole and in its own order.
fn in_units(chosen: &[usize], units: &[Vec<usize>]) -> Vec<usize> {
    let (mut left, mut found) = (chosen, Vec::new());
    while let Some(first) = left.first() {
        let position = units.iter().position(|unit| unit.contains(first)).unwrap();
        left = left.strip_prefix(units[position].as_slice()).unwrap_or_else(|| panic!("{chosen:?} of {units:?}"));
        found.push(position);
    }
    found
}

fn answered() -> impl Strategy<Value = Answered> {
    (40usize..300, 1usize..8, any::<bool>(), any::<u64>())
        .prop_map(|(rows, features, binary, seed)| Answered::random(rows, features, binary, seed))
}

/// Which group each feature belongs to: those with the same number below 3 are together.
fn grouped() -> impl Strategy<Value = Answered> {
    answered().prop_flat_map(|answered| {
        let features = answered.features();
        (Just(answered), prop::collection::vec(0usize..6, features)).prop_map(|(answered, labels)| {
            let group = |label: usize| (0..labels.len()).rev().filter(|&j| labels[j] == label).collect::<Vec<_>>();
            let groups = (0..3).map(group).filter(|group| !group.is_empty()).collect();
            answered.grouped(groups)
        })
    })
}

/// The same with columns that do not vary, that are another again, or that are two others together.
fn degenerate() -> impl Strategy<Value = Answered> {
    (grouped(), prop::collection::vec((0usize..8, 0usize..8, 0usize..8, 0usize..3), 0..4)).prop_map(
        |(mut answered, changes)| {
            let d = answered.features();
            for (j, a, b, kind) in changes {
                let (a, b) = (answered.z.column(a % d).into_owned(), answered.z.column(b % d).into_owned());
                let column = match kind {
                    0 => a.map(|_| 0.7),
                    1 => a * -2.0,
                    _ => a * 0.5 + b,
                };
                answered.z.set_column(j % d, &column);
            }
            answered
        },
    )
}

/// Every selector of K units that needs the moments only.
fn ranking(features: usize) -> [Box<dyn Selector<f64, Record<f64>>>; 4] {
    [
        Box::new(ForwardSelection::new(features).unwrap()),
        Box::new(HighestWeights::new(features).unwrap()),
        Box::new(BackwardElimination::new(features).unwrap()),
        Box::new(Auto::new(features).unwrap()),
    ]
}

/// Least angle regression without the test.
fn untested(features: usize) -> StableSelection {
    StableSelection::new(features).unwrap().with_alpha(0.5).unwrap()
}

/// Every selector with a number of features, or that finds one.
fn all_selectors(features: usize) -> Vec<Box<dyn Selector<f64, Record<f64>>>> {
    let mut selectors: Vec<Box<dyn Selector<f64, Record<f64>>>> = ranking(features).into();
    selectors.push(Box::new(untested(features)));
    for criterion in [Criterion::Aic, Criterion::Aicc, Criterion::Bic] {
        selectors.push(Box::new(ByCriterion::new(criterion).along(ForwardSelection::new(features).unwrap())));
        selectors.push(Box::new(ByCriterion::new(criterion).along(BackwardElimination::new(features).unwrap())));
    }
    selectors
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn forward_selection_of_groups_is_that_of_refitting(answered in grouped(), features in 1usize..8) {
        let units = answered.units();
        let chosen = in_units(&answered.select(&ForwardSelection::new(features).unwrap()), &units);
        prop_assert_eq!(chosen.len(), features.min(units.len()));
        for step in 0..chosen.len() {
            let before = &chosen[..step];
            let residual = |u: usize| {
                answered.residual(&before.iter().chain([&u]).flat_map(|&u| units[u].clone()).collect::<Vec<_>>())
            };
            let own = residual(chosen[step]);
            for other in (0..units.len()).filter(|u| !before.contains(u)) {
                prop_assert!(own <= residual(other) + 1e-9 * answered.total(), "step {step}: {other} in {chosen:?}");
            }
        }
    }

    /// In each step every unit is left out in turn and the rest fitted again; the one that is dropped raises the residual least.
    #[test]
    fn backward_elimination_is_that_of_refitting(answered in degenerate(), features in 1usize..8) {
        let units = answered.units();
        let order = in_units(&answered.select(&BackwardElimination::new(units.len()).unwrap()), &units);
        prop_assert_eq!(order.len(), units.len());
        for left in (2..=order.len()).rev() {
            let without = |dropped: usize| {
                let kept = order[..left].iter().filter(|&&u| u != dropped);
                answered.residual(&kept.flat_map(|&u| units[u].clone()).collect::<Vec<_>>())
            };
            let own = without(order[left - 1]);
            for &other in &order[..left] {
                prop_assert!(own <= without(other) + 1e-9 * answered.total(), "{left} left: {other} of {order:?}");
            }
        }
        let chosen = answered.select(&BackwardElimination::new(features).unwrap());
        prop_assert_eq!(in_units(&chosen, &units), &order[..features.min(order.len())]);
    }

    /// The strength of a group is the sum of its features' |coefficient x'|.
    #[test]
    fn the_highest_weights_of_groups_are_sums(answered in grouped(), features in 1usize..8) {
        let (space, moments, units) = (answered.space::<f64>(), answered.moments(), answered.units());
        let all: Vec<usize> = (0..answered.features()).collect();
        let fits = Ridge::new(0.01).unwrap().fit(&Fitting::new(&space, &moments), &all, &[0]).unwrap();
        let part = |&j: &usize| (fits[0].coefficients()[j].1 * answered.origin[j]).abs();
        let mut ranked: Vec<(f64, Vec<usize>)> = units.into_iter().map(|u| (u.iter().map(part).sum(), u)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let expected: Vec<usize> = ranked.into_iter().take(features).flat_map(|(_, unit)| unit).collect();
        prop_assert_eq!(answered.select(&HighestWeights::new(features).unwrap()), expected);
    }

    #[test]
    fn a_group_is_chosen_whole_and_counts_as_one(answered in degenerate(), features in 1usize..8) {
        let units = answered.units();
        for (position, selector) in all_selectors(features).iter().enumerate() {
            let chosen = in_units(&answered.select(&**selector), &units);
            let mut once = chosen.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), chosen.len());
            prop_assert!(!chosen.is_empty());
            if position < 4 {
                prop_assert_eq!(chosen.len(), features.min(units.len()));
            } else {
                prop_assert!(chosen.len() <= features);
            }
        }
        prop_assert_eq!(answered.select(&NoSelection), (0..answered.features()).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_the_features_does_not_matter(
        (answered, order) in grouped().prop_flat_map(|answered| {
            let order: Vec<usize> = (0..answered.features()).collect();
            (Just(answered), Just(order).prop_shuffle())
        }),
        features in 1usize..8,
    ) {
        let permuted = answered.permuted(&order);
        for selector in all_selectors(features) {
            let found: Vec<usize> = permuted.select(&*selector).iter().map(|&k| order[k]).collect();
            prop_assert_eq!(found, answered.select(&*selector));
        }
    }

    #[test]
    fn units_and_offset_of_the_answers_do_not_matter(
        answered in grouped(),
        features in 1usize..8,
        factor in prop_oneof![-1e3..-1e-3, 1e-3..1e3],
        offset in -10.0..10.0,
    ) {
        let moved = answered.answers(|y| factor * (y + offset));
        for selector in all_selectors(features) {
            prop_assert_eq!(moved.select(&*selector), answered.select(&*selector));
        }
    }

    /// What is judged by explained squares does not depend on the features' units (the highest weights do: by x' and the ridge).
    #[test]
    fn units_of_the_features_do_not_matter(answered in grouped(), features in 1usize..8, power in -6i32..6) {
        let mut scaled = answered.clone();
        for (j, mut column) in scaled.z.column_iter_mut().enumerate() {
            let factor = 2f64.powi(power * [0, 1, 2][j % 3]);
            column *= factor;
            scaled.origin[j] *= factor;
        }
        for (position, selector) in all_selectors(features).iter().enumerate() {
            if position != 1 && position != 3 {
                prop_assert_eq!(scaled.select(&**selector), answered.select(&**selector));
            }
        }
    }

    #[test]
    fn a_row_twice_is_a_row_of_twice_the_weight(answered in grouped(), features in 1usize..8, step in 1usize..5) {
        let all: Vec<usize> = (0..answered.y.len()).collect();
        let twice: Vec<usize> = all.iter().copied().chain(all.iter().copied().filter(|i| i % step == 0)).collect();
        let doubled = answered.weights(|i, w| if i % step == 0 { 2.0 * w } else { w });
        for selector in ranking(features) {
            prop_assert_eq!(answered.rows(&twice).select(&*selector), doubled.select(&*selector));
        }
        prop_assert_eq!(answered.rows(&twice).select(&untested(features)), doubled.select(&untested(features)));
    }

    /// All weights larger: the same samples (but for the highest weights, where the ridge is worth less then).
    #[test]
    fn the_scale_of_the_weights_does_not_matter(answered in grouped(), features in 1usize..8, power in -20i32..20) {
        let scaled = answered.weights(|_, w| w * 2f64.powi(power));
        for (position, selector) in all_selectors(features).iter().enumerate() {
            if position != 1 && position != 3 {
                prop_assert_eq!(scaled.select(&**selector), answered.select(&**selector));
            }
        }
        let selector = StableSelection::new(features).unwrap();
        let outcome = |answered: &Answered| answered.try_select::<f64>(&selector).map_err(|error| error.to_string());
        prop_assert_eq!(outcome(&scaled), outcome(&answered));
    }

    #[test]
    fn rows_without_weight_do_not_count(answered in grouped(), features in 1usize..8, step in 2usize..5) {
        let kept: Vec<usize> = (0..answered.y.len()).filter(|i| i % step != 0).collect();
        let (dropped, silenced) = (answered.rows(&kept), answered.weights(|i, w| if i % step == 0 { 0.0 } else { w }));
        let mut selectors = all_selectors(features);
        selectors.push(Box::new(LassoPath::new(features).unwrap()));
        for selector in selectors {
            prop_assert_eq!(silenced.select(&*selector), dropped.select(&*selector));
        }
    }

    /// The laws of the others for the lasso's path, which has no order but that of the features.
    #[test]
    fn the_lassos_choice_keeps_the_laws(
        (answered, order) in grouped().prop_flat_map(|answered| {
            let order: Vec<usize> = (0..answered.features()).collect();
            (Just(answered), Just(order).prop_shuffle())
        }),
        features in 1usize..8,
        factor in prop_oneof![-1e3..-1e-3, 1e-3..1e3],
        power in -20i32..20,
    ) {
        let choice = |answered: &Answered| {
            let mut chosen = answered.select(&LassoPath::new(features).unwrap());
            chosen.sort_unstable();
            chosen
        };
        let expected = choice(&answered);
        let mut permuted: Vec<usize> = choice(&answered.permuted(&order)).iter().map(|&k| order[k]).collect();
        permuted.sort_unstable();
        prop_assert_eq!(&permuted, &expected);
        prop_assert_eq!(&choice(&answered.answers(|y| factor * (y + 3.0))), &expected);
        prop_assert_eq!(&choice(&answered.weights(|_, w| w * 2f64.powi(power))), &expected);
        let all: Vec<usize> = (0..answered.y.len()).collect();
        let twice: Vec<usize> = all.iter().copied().chain(all.iter().copied().filter(|i| i % 3 == 0)).collect();
        let doubled = answered.weights(|i, w| if i % 3 == 0 { 2.0 * w } else { w });
        prop_assert_eq!(choice(&answered.rows(&twice)), choice(&doubled));
    }

    /// Where features vary independently, one without effect is the last.
    #[test]
    fn a_feature_without_effect_is_last(
        features in 2usize..7,
        silent in any::<prop::sample::Index>(),
        effects in prop::collection::vec(prop_oneof![0.1..2.0, -2.0..-0.1], 7),
        bend in -0.05..0.05,
    ) {
        let silent = silent.index(features);
        let answered = Answered::enumerated(features, |z| {
            let heard = (0..features).filter(|&j| j != silent);
            let sum: f64 = heard.clone().map(|j| effects[j] * z[j]).sum();
            sum + bend * heard.map(|j| 2.0 * z[j] - 1.0).product::<f64>()
        });
        for selector in ranking(features) {
            prop_assert_eq!(answered.select(&*selector).pop(), Some(silent));
        }
        for selector in all_selectors(features - 1) {
            prop_assert!(!answered.select(&*selector).contains(&silent));
        }
        prop_assert!(!answered.select(&LassoPath::new(features - 1).unwrap()).contains(&silent));
    }

    /// Zeros and ones, weights and answers that both precisions have.
    #[test]
    fn both_precisions_choose_the_same(answered in answered(), features in 1usize..8) {
        let mut answered = answered;
        answered.z.apply(|z| *z = f64::from(u8::from(*z > 0.0)));
        answered.origin.fill(1.0);
        let answered = answered.answers(|y| f64::from(y as f32)).weights(|_, w| f64::from(w as f32));
        let narrow: Vec<Box<dyn Selector<f32, Record<f32>>>> = vec![
            Box::new(ForwardSelection::new(features).unwrap()),
            Box::new(HighestWeights::new(features).unwrap()),
            Box::new(BackwardElimination::new(features).unwrap()),
            Box::new(Auto::new(features).unwrap()),
            Box::new(untested(features)),
        ];
        for (narrow, wide) in narrow.iter().zip(all_selectors(features)) {
            prop_assert_eq!(answered.try_select(&**narrow).unwrap(), answered.select(&*wide));
        }
        let criterion = ByCriterion::new(Criterion::Aicc);
        prop_assert_eq!(answered.try_select::<f32>(&criterion).unwrap(), answered.select(&criterion));
        let tested = StableSelection::new(features).unwrap();
        let outcomes = [
            answered.try_select::<f32>(&tested).map_err(|error| error.to_string()),
            answered.try_select::<f64>(&tested).map_err(|error| error.to_string()),
        ];
        prop_assert_eq!(&outcomes[0], &outcomes[1]);
    }

    /// The criterion of every model along the order, from the rows, with Kish's sample size.
    #[test]
    fn the_criterion_is_lowest_at_the_choice(answered in degenerate(), backward in any::<bool>()) {
        let (units, sum) = (answered.units(), answered.weight.iter().sum::<f64>());
        let n = sum * sum / answered.weight.iter().map(|w| w * w).sum::<f64>();
        let order: Box<dyn Nested<f64, Record<f64>>> = if backward {
            Box::new(BackwardElimination::new(8).unwrap())
        } else {
            Box::new(ForwardSelection::new(8).unwrap())
        };
        let ordered = order.order(&Fitting::new(&answered.space(), &answered.record()), 0).unwrap();
        prop_assert_eq!(ordered.len(), units.len());
        for criterion in [Criterion::Aic, Criterion::Aicc, Criterion::Bic] {
            let value = |count: usize| {
                let active = ordered[..count].concat();
                let k = answered.basis(&active).ncols() as f64;
                let fit = n * (answered.residual(&active) / sum).ln();
                match criterion {
                    Criterion::Aic => fit + 2.0 * (k + 2.0),
                    Criterion::Aicc => fit + 2.0 * (k + 2.0) + 2.0 * (k + 2.0) * (k + 3.0) / (n - k - 3.0),
                    Criterion::Bic => fit + n.ln() * (k + 2.0),
                }
            };
            let chosen = in_units(&answered.select(&ByCriterion::new(criterion).along(&order)), &units).len();
            prop_assert_eq!(
                answered.select(&ByCriterion::new(criterion).along(&order)),
                ordered[..chosen].concat()
            );
            // The most samples there can be are 300, and so many times the rounding of a logarithm is allowed for.
            for count in 1..=ordered.len() {
                let (own, other) = (value(chosen), value(count));
                prop_assert!(own <= other + 1e-6 && (count >= chosen || own < other), "{chosen} {own} {count} {other}");
            }
        }
    }
}

/// The value of Hurvich and Tsai's equation, n ln s^2 + n (1 + p / n) / (1 - (p + 2) / n) with p regression coefficients, is
/// AICc and n.
#[test]
fn criteria_have_their_papers_values() {
    let (n, square) = (25.0f64, 0.37f64);
    for k in 1..10 {
        let p = k as f64 + 1.0;
        let paper = n * square.ln() + n * (1.0 + p / n) / (1.0 - (p + 2.0) / n);
        assert!((Criterion::Aicc.value(n, square, k) + n - paper).abs() < 1e-10);
        let likelihood = -n / 2.0 * ((2.0 * std::f64::consts::PI * square).ln() + 1.0);
        let constant = n * ((2.0 * std::f64::consts::PI).ln() + 1.0);
        assert!((Criterion::Aic.value(n, square, k) + constant - (2.0 * (p + 1.0) - 2.0 * likelihood)).abs() < 1e-10);
        let bic = (p + 1.0) * n.ln() - 2.0 * likelihood;
        assert!((Criterion::Bic.value(n, square, k) + constant - bic).abs() < 1e-10);
    }
    // No more samples than parameters, and no residual.
    assert_eq!(Criterion::Aic.value(5.0, 0.0, 3), f64::INFINITY);
    assert_eq!(Criterion::Aic.value(5.1, 0.0, 3), f64::NEG_INFINITY);
    assert_eq!(Criterion::Aicc.value(6.0, 1.0, 3), f64::INFINITY);
    assert!(Criterion::Aicc.value(6.1, 1.0, 3).is_finite());
}

#[test]
fn criteria_end_where_nothing_is_left() {
    let linear = Answered::enumerated(6, |z| 5.0 * z[3] - 2.0 * z[1] + z[4]);
    let constant = Answered::enumerated(3, |_| 4.25);
    for criterion in [Criterion::Aic, Criterion::Aicc, Criterion::Bic] {
        let selector = ByCriterion::new(criterion);
        assert_eq!(linear.select(&selector), [3, 1, 4]);
        assert_eq!(linear.answers(|y| 1e6 * y).select(&selector), [3, 1, 4]);
        assert_eq!(linear.select(&selector.along(FixedFeatures::new([0, 1, 2, 3, 4, 5]).unwrap())), [0, 1, 2, 3, 4]);
        assert_eq!(constant.select(&selector), [0]);
        // Three samples determine two features, whatever the answers.
        assert_eq!(Answered::random(3, 6, false, 1).select(&selector).len(), 1);
    }
}

/// BIC finds the features of a linear model; AIC takes one without effect each time chi^2 with one degree of freedom is above
/// 2, with a probability of 0.157 a feature where there is no selection among them.
#[test]
fn bic_is_the_sparser() {
    let mut extra = [0, 0];
    for seed in 0..40 {
        let z = random(600, 5, seed);
        let noise = random(600, 5, seed ^ 77);
        let y = (0..600).map(|i| z[(i, 4)] - 0.6 * z[(i, 2)] + noise.row(i).sum() * 0.5).collect();
        let answered = Answered { z, y, weight: vec![1.0; 600], origin: vec![1.0; 5], groups: Vec::new() };
        for (extra, criterion) in extra.iter_mut().zip([Criterion::Bic, Criterion::Aic]) {
            let chosen = answered.select(&ByCriterion::new(criterion));
            assert_eq!(chosen[..2], [4, 2]);
            *extra += chosen.len() - 2;
        }
    }
    assert!(extra[0] <= 6 && (8..=40).contains(&extra[1]), "{extra:?}");
}

/// An order of one's own that is none.
struct Elsewhere;

impl<F: Real, E: ?Sized> Nested<F, E> for Elsewhere {
    fn order(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        Ok(vec![vec![0], vec![9]])
    }
}

#[test]
fn orders_of_ones_own_are_checked() {
    let answered = Answered::random(50, 3, false, 1);
    let error = answered.try_select::<f64>(&ByCriterion::new(Criterion::Bic).along(Elsewhere)).unwrap_err();
    let expected = "the feature selection chose [0, 9] out of 3 features: each may be chosen once";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn pointers_to_orders_are_orders() {
    let answered = Answered::random(80, 5, false, 3);
    let forward = ForwardSelection::default();
    let expected = answered.select(&ByCriterion::new(Criterion::Aic));
    let boxed: Box<dyn Nested<f64, Record<f64>>> = Box::new(forward);
    let shared: std::sync::Arc<dyn Nested<f64, Record<f64>>> = std::sync::Arc::new(forward);
    assert_eq!(answered.select(&ByCriterion::new(Criterion::Aic).along(&forward)), expected);
    assert_eq!(answered.select(&ByCriterion::new(Criterion::Aic).along(boxed)), expected);
    assert_eq!(answered.select(&ByCriterion::new(Criterion::Aic).along(shared)), expected);
}

#[test]
fn dependent_features_are_dropped_first_and_the_last_of_them_first() {
    let mut answered = Answered::random(100, 7, false, 8);
    let column = |j: usize, answered: &Answered| answered.z.column(j).into_owned();
    answered.z.set_column(1, &DVector::from_element(100, 3.0));
    answered.z.set_column(4, &(column(0, &answered) * 2.0));
    answered.z.set_column(5, &(column(2, &answered) - column(3, &answered)));
    let order = answered.select(&BackwardElimination::new(7).unwrap());
    assert_eq!(order[4..], [1, 4, 5]);
}

/// y is the difference of two features that rise and fall together. Either alone says little of it.
#[test]
fn backward_elimination_keeps_what_works_together() {
    let (shared, own) = (random(500, 1, 1), random(500, 3, 2));
    let z = DMatrix::from_fn(500, 3, |i, j| match j {
        0 => shared[i],
        1 => shared[i] + 0.1 * own[(i, 0)],
        _ => own[(i, 0)] + own[(i, 1)],
    });
    let y = (0..500).map(|i| z[(i, 1)] - z[(i, 0)] + 0.01 * own[(i, 2)]).collect();
    let answered = Answered { z, y, weight: vec![1.0; 500], origin: vec![1.0; 3], groups: Vec::new() };
    let mut kept = answered.select(&BackwardElimination::new(2).unwrap());
    kept.sort_unstable();
    assert_eq!(kept, [0, 1]);
    assert_eq!(answered.select(&ForwardSelection::new(2).unwrap())[0], 2);
}

/// Columns that are almost others: the inverse has entries of 10^9, and updates must not leave errors of their size.
#[test]
fn nearly_dependent_features_are_dropped_as_by_refitting() {
    for seed in 0..30 {
        let mut answered = Answered::random(200, 8, false, seed);
        let apart = random(200, 3, seed ^ 9);
        for (k, distance) in [1e-3, 1e-4, 3e-5].into_iter().enumerate() {
            let near = answered.z.column(k) + apart.column(k) * distance;
            answered.z.set_column(7 - k, &near);
        }
        for (y, apart) in answered.y.iter_mut().zip(apart.column(0).iter()) {
            *y += 0.4 * apart;
        }
        let order = answered.select(&BackwardElimination::new(8).unwrap());
        for left in (2..=8).rev() {
            let without = |dropped: usize| {
                answered.residual(&order[..left].iter().copied().filter(|&j| j != dropped).collect::<Vec<_>>())
            };
            let own = without(order[left - 1]);
            for &other in &order[..left] {
                assert!(own <= without(other) + 1e-7 * answered.total(), "seed {seed}, {left} left: {order:?}");
            }
        }
    }
}

/// The levels of a category, one column each, explain each other within their group, and so do two such groups in part.
#[test]
fn groups_of_levels_are_dropped_as_by_refitting() {
    let drawn = random(300, 5, 4);
    let (a, b) = (|i: usize| (drawn[(i, 0)] * 1.5 + 1.5) as usize, |i: usize| (drawn[(i, 1)] * 2.0 + 2.0) as usize);
    // Columns 0 to 2 are the levels of a, 3 to 6 those of b, 7 is again level 1 of a, 8 and 9 are numbers.
    let z = DMatrix::from_fn(300, 10, |i, j| match j {
        0..3 => f64::from(u8::from(a(i) == j)),
        3..7 => f64::from(u8::from(b(i) == j - 3)),
        7 => f64::from(u8::from(a(i) == 1)),
        _ => drawn[(i, j - 6)],
    });
    let y = (0..300).map(|i| z[(i, 1)] + 0.4 * z[(i, 4)] - 0.3 * z[(i, 5)] + 0.2 * z[(i, 9)] + 0.5 * drawn[(i, 4)]);
    let answered = Answered { y: y.collect(), weight: vec![1.0; 300], origin: vec![1.0; 10], groups: Vec::new(), z };
    let answered = answered.grouped(vec![vec![0, 1, 2], vec![3, 4, 5, 6], vec![7, 8]]);
    let units = answered.units();
    let order = in_units(&answered.select(&BackwardElimination::new(9).unwrap()), &units);
    for left in (2..=order.len()).rev() {
        let without = |dropped: usize| {
            let kept = order[..left].iter().filter(|&&u| u != dropped);
            answered.residual(&kept.flat_map(|&u| units[u].clone()).collect::<Vec<_>>())
        };
        let own = without(order[left - 1]);
        assert!(order[..left].iter().all(|&u| own <= without(u) + 1e-9 * answered.total()), "{order:?}");
    }
}

#[test]
fn fixed_features_are_those_of_the_list() {
    assert_eq!(FixedFeatures::new([]).unwrap_err(), Error::EmptyList);
    assert_eq!(FixedFeatures::new([3, 1, 3]).unwrap_err(), Error::ListedTwice { feature: 3 });
    let answered = Answered::random(40, 4, false, 2);
    assert_eq!(answered.select(&FixedFeatures::new([2, 0, 3]).unwrap()), [2, 0, 3]);
    let error = answered.try_select::<f64>(&FixedFeatures::new([0, 4]).unwrap()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Error::NoFeature { feature: 4, features: 4 }));
    assert_eq!(error.to_string(), "there is no feature 4: the samples have 4, numbered from 0");
    let grouped = answered.grouped(vec![vec![3, 1]]);
    assert_eq!(grouped.select(&FixedFeatures::new([1, 0, 3]).unwrap()), [3, 1, 0]);
}

#[test]
fn parameters_are_checked_when_selectors_are_made() {
    assert_eq!(BackwardElimination::new(0).unwrap_err(), Error::Features);
    assert_eq!(StableSelection::new(0).unwrap_err(), Error::Features);
    for value in [0.0, -0.1, 0.6, f64::NAN, f64::INFINITY] {
        let error = StableSelection::default().with_alpha(value).unwrap_err();
        let expected = format!(
            "the significance level alpha is {value}: it must be above 0 and at most 0.5 (the default is 0.05)"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn moments_that_overflow_are_an_error() {
    let answered = Answered::random(30, 3, false, 1);
    let mut large = answered.clone();
    large.z *= 1e200;
    for answered in [large, answered.answers(|y| y * 1e200)] {
        let mut selectors = all_selectors(2);
        selectors.push(Box::new(LassoPath::default()));
        for selector in selectors {
            assert_eq!(answered.try_select(&*selector).unwrap_err().downcast_ref(), Some(&Error::NotFinite));
        }
    }
}

#[test]
fn targets_and_features_that_the_samples_do_not_have() {
    let answered = Answered::random(30, 3, false, 1);
    let (record, larger) = (answered.record::<f64>(), Space::<f64>::masks(4));
    let mut selectors = all_selectors(2);
    selectors.push(Box::new(LassoPath::default()));
    selectors.push(Box::new(ByCriterion::new(Criterion::Bic).along(FixedFeatures::new([1, 0]).unwrap())));
    for selector in selectors {
        let error = selector.select(&Fitting::new(&answered.space(), &record), 1).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Error::NoTarget { target: 1, targets: 1 }));
        let error = selector.select(&Fitting::new(&larger, &record), 0).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Error::NoFeature { feature: 3, features: 3 }));
    }
    // A list is checked against the space before there are samples, alone and as an order.
    let list = FixedFeatures::new([1, 4]).unwrap();
    let along = ByCriterion::new(Criterion::Bic).along(&list);
    let selectors: [&dyn Selector<f64, Record<f64>>; 2] = [&list, &along];
    for selector in selectors {
        assert_eq!(
            selector.check(&larger).unwrap_err().downcast_ref(),
            Some(&Error::NoFeature { feature: 4, features: 4 })
        );
        assert!(selector.check(&Space::masks(5)).is_ok());
    }
}

/// scikit-learn 1.9.1, `lars_path(method="lar")` on the centred and normalised columns times the root of the weights.
#[test]
fn the_path_is_scikit_learns() {
    let expected = [
        [1, 3, 0, 5, 4, 2],
        [1, 0, 3, 2, 5, 4],
        [0, 1, 3, 5, 4, 2],
        [0, 1, 3, 5, 2, 4],
        [1, 0, 3, 2, 5, 4],
        [1, 0, 3, 5, 2, 4],
    ];
    for (phase, expected) in expected.iter().enumerate() {
        let phase = phase as f64;
        let z = DMatrix::from_fn(15, 6, |i, j| {
            let (i, j) = (i as f64, j as f64);
            (1.7 * i + 0.9 * j * j + phase).sin() + (0.31 * i * (1.0 + j)).cos() + 0.1 * j * i / 15.0
        });
        let y = |i: usize| z[(i, 0)] - 1.2 * z[(i, 1)] + 0.8 * z[(i, 3)] + (3.0 * i as f64 + phase).sin();
        let answered = Answered {
            y: (0..15).map(y).collect(),
            weight: (0..15).map(|i| 0.2 + f64::from(7 * i % 5) / 5.0).collect(),
            origin: vec![0.3; 6],
            groups: Vec::new(),
            z,
        };
        assert_eq!(answered.select(&untested(6)), expected);
        // With a share of the features, the first of them.
        assert_eq!(answered.select(&untested(2)), expected[..2]);
    }
}

/// Group least angle regression from the rows: the fit of the joined units is taken out in small parts until another's mean
/// squared correlation, in an orthonormal basis of its features, is as high.
#[test]
fn the_path_of_groups_is_that_of_small_steps() {
    let mut compared = 0;
    for seed in 0..12 {
        let answered = Answered::random(60, 8, false, seed).grouped(vec![vec![1, 4], vec![2, 5, 7]]);
        let units = answered.units();
        let bases: Vec<DMatrix<f64>> = units.iter().map(|unit| answered.basis(unit)).collect();
        let strength =
            |u: usize, r: &DVector<f64>| ((bases[u].transpose() * r).norm_squared() / bases[u].ncols() as f64).sqrt();
        let mut r = answered.centred_answers();
        let mut joined = Vec::new();
        let free = |joined: &[usize]| (0..units.len()).filter(|u| !joined.contains(u)).collect::<Vec<_>>();
        joined.extend((0..units.len()).max_by(|&a, &b| strength(a, &r).total_cmp(&strength(b, &r))));
        while joined.len() < units.len() {
            let top = strength(joined[0], &r);
            for &u in &joined {
                assert!((strength(u, &r) - top).abs() < 1e-3 * top, "seed {seed}: {joined:?}");
            }
            let basis = answered.basis(&joined.iter().flat_map(|&u| units[u].clone()).collect::<Vec<_>>());
            let fit = &basis * (basis.transpose() * &r);
            let reached = (1..20_000).map(|k| f64::from(k) / 20_000.0).find_map(|share| {
                let left = &r - &fit * share;
                let next = free(&joined).into_iter().find(|&u| strength(u, &left) >= (1.0 - share) * top);
                next.map(|next| (next, left))
            });
            let Some((next, left)) = reached else { break };
            joined.push(next);
            r = left;
        }
        let chosen = in_units(&answered.select(&untested(8)), &units);
        assert_eq!(chosen[..joined.len()], joined, "seed {seed}");
        compared += joined.len();
    }
    assert!(compared > 40, "{compared}");
}

/// The statistic of the first step, from the formulas and the rows.
#[test]
fn the_samples_needed_are_those_of_the_formula() {
    for seed in 0..20 {
        let answered = Answered::random(700, 4, false, seed);
        let n = 700.0;
        let mean = answered.weight.iter().sum::<f64>() / n;
        let w: Vec<f64> = answered.weight.iter().map(|w| w / mean).collect();
        let centred = |values: Vec<f64>| {
            let mean = values.iter().zip(&w).map(|(v, w)| v * w).sum::<f64>() / n;
            values.into_iter().map(|v| v - mean).collect::<Vec<_>>()
        };
        let r = centred(answered.y.clone());
        let units: Vec<(f64, Vec<f64>)> = (0..4)
            .map(|j| {
                let z = centred(answered.z.column(j).iter().copied().collect());
                let sd = (z.iter().zip(&w).map(|(z, w)| w * z * z).sum::<f64>() / n).sqrt();
                let c = (0..700).map(|i| w[i] * z[i] / sd * r[i]).sum::<f64>() / n;
                let part = |i: usize| {
                    let a = c.signum() * z[i] / sd;
                    w[i] * (a * r[i] - c.abs() * a * a / 2.0)
                };
                (c.abs(), (0..700).map(part).collect())
            })
            .collect();
        let mut order = [0, 1, 2, 3];
        order.sort_by(|&a, &b| units[b].0.total_cmp(&units[a].0));
        let [first, second] = [&units[order[0]], &units[order[1]]];
        let d: Vec<f64> = first.1.iter().zip(&second.1).map(|(a, b)| a - b).collect();
        let mean = d.iter().sum::<f64>() / n;
        let variance = d.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let t = (first.0 - second.0) / (2.0 * variance / n).sqrt();
        for alpha in [0.05, 1e-6, 1e-12] {
            let quantile = Normal::standard().inverse_cdf(1.0 - alpha);
            let selector = StableSelection::new(1).unwrap().with_alpha(alpha).unwrap();
            if t >= quantile {
                assert_eq!(answered.select(&selector), [order[0]]);
                continue;
            }
            let (step, samples, needed, rivals) = answered.unstable(selector);
            assert_eq!((step, samples, rivals), (1, 700, [order[0], order[1]]));
            let expected = n * (quantile / t).powi(2);
            // statrs' quantile has 11 digits at 1e-12, seen from above; from below it has all.
            assert!((needed as f64 - expected).abs() <= 1.0 + 1e-4 * expected, "{needed} {expected}");
        }
    }
}

#[test]
fn equal_features_are_never_told_apart() {
    let (step, samples, needed, rivals) =
        Answered::enumerated(4, |z| z[3] + z[0] + 0.1 * z[1] * z[2]).unstable(StableSelection::default());
    assert_eq!((step, samples, needed, rivals), (1, 16, usize::MAX, [0, 3]));
    let message = "features 0 and 3 cannot be told apart with 16 samples in step 1 of the selection: they are equally \
                   strong, so no number of samples will do, or select fewer features, or raise alpha";
    let error = Error::Unstable { step, samples, needed, rivals };
    assert_eq!(error.to_string(), message);
    assert!(
        Error::Unstable { step, samples, needed: 90, rivals }
            .to_string()
            .contains("step 1 of the selection: ask for 90 samples,")
    );
}

/// No feature but one correlates at all.
#[test]
fn a_feature_leads_those_without_effect() {
    let answered = Answered::enumerated(4, |z| 2.0 * z[2] + 0.1 * (2.0 * z[0] - 1.0) * (2.0 * z[3] - 1.0));
    let answered = answered.weights(|_, _| 1.0);
    assert_eq!(answered.select(&StableSelection::new(1).unwrap()), [2]);
    let groups = answered.grouped(vec![vec![0, 1], vec![3, 2]]);
    assert_eq!(groups.select(&StableSelection::new(1).unwrap()), [3, 2]);
    // The other two explain nothing of what is left.
    assert_eq!(groups.select(&StableSelection::default()), [3, 2]);
}

#[test]
fn features_that_are_the_same_are_one() {
    for factor in [1.0, -3.0, 0.1, 7e5, -1e-7] {
        let mut answered = Answered::random(200, 4, false, 6).answers(|y| y * 0.1);
        answered.z.set_column(3, &(answered.z.column(1) * factor));
        for (y, z) in answered.y.iter_mut().zip(answered.z.column(1).iter()) {
            *y += 3.0 * z;
        }
        assert_eq!(answered.select(&StableSelection::new(1).unwrap()), [1]);
        // The other never joins.
        let chosen = answered.select(&untested(4));
        assert!(chosen.len() == 3 && !chosen.contains(&3), "{chosen:?}");
    }
}

#[test]
fn the_selection_ends_where_nothing_is_left() {
    let linear = Answered::enumerated(6, |z| 5.0 * z[3] - 2.0 * z[1]);
    assert_eq!(linear.select(&untested(5)), [3, 1]);
    assert_eq!(Answered::enumerated(3, |_| 4.25).select(&StableSelection::default()), [0]);
    let mut still = Answered::random(50, 2, false, 1);
    still.z.fill(0.5);
    assert_eq!(still.select(&StableSelection::default()), [0]);
}

/// Independent features, present with probability 0.2, and a kernel: what S-LIME is made for.
fn explained(
    answer: impl Fn(&[f64]) -> f64 + Sync,
    selector: StableSelection,
    samples: usize,
    seed: u64,
) -> Result<Vec<usize>, Error> {
    let law = Law::Levels { own: 1, frequency: vec![0.8, 0.2] };
    let direct = Direct::new(Space::new(vec![law; 5], vec![1.0; 5]).unwrap());
    let kernel = kernel_fn(|z: &[f64], x: &[f64]| {
        let square: f64 = z.iter().zip(x).map(|(z, x)| (z - x) * (z - x)).sum();
        (-square / 4.0).exp()
    });
    let explainer = Explainer::new(MonteCarlo, kernel, selector, Recorded::new(Ridge::default()));
    let model = model_fn(|z: &DMatrix<f64>| {
        let answers = z.row_iter().map(|row| answer(&row.iter().copied().collect::<Vec<_>>()));
        DVector::from_iterator(z.nrows(), answers)
    });
    match explainer.samples(samples).seed(seed).explain(&direct, &model) {
        Ok(explanation) => Ok(explanation.targets[0].features.iter().map(|f| f.index).collect()),
        Err(lime_core::Error::Part { source, .. }) => Err(source.downcast_ref::<Error>().unwrap().clone()),
        Err(error) => panic!("{error}"),
    }
}

/// The lead of one of two equal features over the other is half normal with the variance estimated from the rows: 2 t^2 has the
/// mean 1 (and the standard deviation sqrt 2, so the mean of 600 has 0.058). In the second step too.
#[test]
fn the_error_of_the_lead_is_that_of_other_samples() {
    let cautious = |features| StableSelection::new(features).unwrap().with_alpha(1e-12).unwrap();
    let quantile = -Normal::standard().inverse_cdf(1e-12);
    for (features, large, bend) in [(1, 0.0, 0.7), (1, 0.0, 0.0), (2, 8.0, 0.7)] {
        let answer = move |z: &[f64]| z[0] + z[1] + large * z[2] + bend * (z[0] * z[1] + 0.5 * z[4]) + 0.05 * z[3];
        let squares = (0..600).map(|seed| match explained(answer, cautious(features), 600, seed).unwrap_err() {
            Error::Unstable { step, needed, .. } => {
                assert_eq!(step, features);
                2.0 * quantile * quantile * 600.0 / needed as f64
            }
            error => panic!("{error}"),
        });
        let mean = squares.sum::<f64>() / 600.0;
        assert!((mean - 1.0).abs() < 0.2, "{features} {large} {bend}: {mean}");
    }
}

/// Of two features that are close, the weaker is chosen where it leads by z_alpha sqrt 2 standard deviations in the wrong
/// direction: in less than 1 % of all sets of samples.
#[test]
fn the_wrong_feature_is_seldom_chosen() {
    let answer = |z: &[f64]| z[0] + 0.9 * z[1] + 0.5 * z[2] * z[3] + 0.3 * z[4];
    let (mut right, mut wrong, mut unstable) = (0, 0, 0);
    for seed in 0..400 {
        match explained(answer, StableSelection::new(1).unwrap(), 400, seed) {
            Ok(chosen) if chosen == [0] => right += 1,
            Ok(_) => wrong += 1,
            Err(Error::Unstable { needed, .. }) => {
                assert!(needed > 400);
                unstable += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(wrong <= 8 && right > 20 && unstable > 100, "{right} {wrong} {unstable}");
}

#[test]
fn clear_features_are_chosen_whatever_the_seed() {
    let answer = |z: &[f64]| 4.0 * z[3] - 2.0 * z[0] + z[4] + 0.2 * z[1] * z[2];
    for seed in 0..40 {
        let mut chosen = explained(answer, StableSelection::new(3).unwrap(), 2000, seed).unwrap();
        chosen.sort_unstable();
        assert_eq!(chosen, [0, 3, 4]);
    }
}

/// Asked again for the samples needed, as often as it takes, the selection passes, and is right.
#[test]
fn asking_for_what_is_needed_ends() {
    let answer = |z: &[f64]| z[0] + 0.8 * z[1] + 0.5 * z[2] * z[3] + 0.3 * z[4];
    let mut rounds = 0;
    for seed in 0..20 {
        let mut samples = 100;
        let chosen = loop {
            rounds += 1;
            match explained(answer, StableSelection::new(2).unwrap(), samples, seed) {
                Ok(chosen) => break chosen,
                Err(Error::Unstable { needed, .. }) => samples = needed.min(2 * samples),
                Err(error) => panic!("{error}"),
            }
        };
        assert!(chosen == [0, 1] || chosen == [1, 0], "{chosen:?}");
    }
    assert!(rounds > 25, "{rounds}");
}

#[test]
fn an_unstable_selection_is_the_source_of_the_error() {
    let explainer = Explainer::new(
        MonteCarlo,
        kernel_fn(|_: &[f64], _: &[f64]| 1.0),
        StableSelection::new(2).unwrap(),
        Recorded::new(Ridge::default()),
    );
    let explainer = explainer.samples(600);
    let model = model_fn(|z: &DMatrix<f64>| z.column(0) + z.column(1) + z.column(2).component_mul(&z.column(3)));
    let direct = Direct::new(Space::masks(4));
    let errors = [
        explainer.explain(&direct, &model).unwrap_err(),
        explainer.clone().batch_size(77).explain(&direct, &model).unwrap_err(),
        explainer.explain_parallel(&direct, &model).unwrap_err(),
    ];
    let found = errors.map(|error| match error {
        lime_core::Error::Part { stage: lime_core::Stage::Select, source, .. } => {
            source.downcast_ref::<Error>().unwrap().clone()
        }
        error => panic!("{error}"),
    });
    assert!(matches!(found[0], Error::Unstable { step: 1, samples: 600, needed: 601.., .. }), "{}", found[0]);
    assert!(found[1] == found[0] && found[2] == found[0]);
}

/// A lead of one group over another, and of a group over a feature: the statistic is that of the rows' parts, whatever basis
/// the group is written in.
#[test]
fn groups_are_tested_in_any_basis() {
    let answered = Answered::random(300, 5, false, 12).grouped(vec![vec![0, 1], vec![2, 3]]);
    let mut turned = answered.clone();
    for (a, b) in [(0, 1), (2, 3)] {
        let (first, second) = (answered.z.column(a).into_owned(), answered.z.column(b).into_owned());
        turned.z.set_column(a, &(&first * 2.0 + &second));
        turned.z.set_column(b, &(&first - &second * 3.0));
    }
    let selector = StableSelection::new(1).unwrap().with_alpha(1e-12).unwrap();
    let ((_, _, needed, rivals), (_, _, other, others)) = (answered.unstable(selector), turned.unstable(selector));
    assert_eq!(rivals, others);
    assert!(needed.abs_diff(other) <= 1, "{needed} {other}");
}

#[test]
fn a_recorded_surrogate_has_the_same_fits() {
    let answered = Answered::random(600, 4, false, 5);
    let (space, record) = (answered.space::<f64>(), answered.record::<f64>());
    let ridge = Ridge::new(0.3).unwrap();
    let expected = ridge.fit(&Fitting::new(&space, record.moments()), &[2, 0], &[0]).unwrap();
    let found = Recorded::new(ridge).fit(&Fitting::new(&space, &record), &[2, 0], &[0]).unwrap();
    assert_eq!(found, expected);
    let fresh = Surrogate::<f64>::evidence(&Recorded::new(ridge), &space, &[1.0]);
    assert_eq!((fresh.rows(), fresh.moments()), (0, &Surrogate::<f64>::evidence(&ridge, &space, &[1.0])));
}

#[test]
fn the_smallest_sizes_give_choices_or_errors() {
    for features in 0..3 {
        for rows in 0..4 {
            let space = Space::<f64>::masks(features);
            let z = DMatrix::from_fn(rows, features, |i, j| f64::from(u8::from(i != j)));
            let (y, none) = (DMatrix::from_fn(rows, 1, |i, _| i as f64), DMatrix::zeros(rows, 0));
            let mut record = Record::new(&space, &[0.5]);
            record.absorb(&Rows::new(0, z.as_view(), none.as_view(), &vec![1.0; rows], y.as_view()));
            let given = Fitting::new(&space, &record);
            for selector in all_selectors(2) {
                let chosen = selector.select(&given, 0).unwrap();
                assert!(
                    chosen.len() <= features && (features == 0) == chosen.is_empty(),
                    "{rows} {features} {chosen:?}"
                );
            }
            match StableSelection::default().select(&given, 0) {
                Ok(chosen) => assert!(chosen.len() <= features),
                Err(error) => assert!(matches!(error.downcast_ref(), Some(Error::Unstable { .. })), "{error}"),
            }
        }
    }
}

#[test]
fn two_by_two() {
    // Worked by hand: y = 4 z_0 + z_1, so that z_0 explains 16 of 17 parts.
    let z = dmatrix![1.0, 1.0; 1.0, 0.0; 0.0, 1.0; 0.0, 0.0];
    let y = vec![5.0, 4.0, 1.0, 0.0];
    let answered = Answered { z, y, weight: vec![1.0; 4], origin: vec![1.0; 2], groups: Vec::new() };
    for selector in ranking(2) {
        assert_eq!(answered.select(&*selector), [0, 1]);
    }
    let whole = answered.clone().grouped(vec![vec![1, 0]]);
    for selector in all_selectors(1) {
        assert_eq!(whole.select(&*selector), [1, 0]);
    }
    assert_eq!(answered.select(&ByCriterion::new(Criterion::Bic)), [0]);
}
