//! The regression tree: scikit-learn's numbers (see reference/README.md), its definition by brute force, and its laws.

use std::sync::Arc;

use lime_core::nalgebra::DMatrix;
use lime_core::{
    BoxError, Direct, Evidence, Explainer, Explanation, Fitting, Law, LocalModel, Real, Record, Rows, Selector, Space,
    Surrogate, TILE, Targets, Warning, model_fn,
};
use lime_kernels::Radial;
use lime_samplers::{MonteCarlo, Normal};
use lime_surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};
use lime_surrogates::{DecisionTree, Error, TreeFit, TreeNode};
use proptest::prelude::*;
use serde_json::Value;

// ---- samples

/// Samples and what is fitted to them.
#[derive(Debug, Clone)]
struct Sample {
    z: DMatrix<f64>,
    y: DMatrix<f64>,
    weight: Vec<f64>,
}

/// Numbers, whatever their law is said to be: around the first row, as the references are.
fn space<F: Real>(z: &DMatrix<f64>) -> Space<F> {
    let origin = z.row(0).iter().map(|&value| F::of(value)).collect();
    let law: Law<F> = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    Space::new(vec![law; z.ncols()], origin).unwrap()
}

impl Sample {
    fn new(z: DMatrix<f64>, y: DMatrix<f64>) -> Self {
        let weight = vec![1.0; z.nrows()];
        Self { z, y, weight }
    }

    fn record<F: Real>(&self, space: &Space<F>) -> Record<F> {
        let (z, y) = (self.z.map(F::of), self.y.map(F::of));
        let weight: Vec<F> = self.weight.iter().map(|&w| F::of(w)).collect();
        let prediction: Vec<f64> = self.y.row(0).iter().copied().collect();
        let none = DMatrix::zeros(z.nrows(), 0);
        let mut record = Record::new(space, &prediction);
        for start in (0..z.nrows()).step_by(TILE) {
            let count = TILE.min(z.nrows() - start);
            let mut tile = Record::new(space, &prediction);
            let weight = &weight[start..start + count];
            tile.absorb(&Rows::new(start, z.rows(start, count), none.rows(start, count), weight, y.rows(start, count)));
            record.merge(tile);
        }
        record
    }

    fn try_fit(&self, tree: &DecisionTree, active: &[usize], targets: &[usize]) -> Result<Vec<TreeFit>, BoxError> {
        let space = space::<f64>(&self.z);
        tree.fit(&Fitting::new(&space, &self.record(&space)), active, targets)
    }

    /// Trees on all features for all targets.
    fn fits(&self, tree: &DecisionTree) -> Vec<TreeFit> {
        let (active, targets): (Vec<usize>, Vec<usize>) =
            ((0..self.z.ncols()).collect(), (0..self.y.ncols()).collect());
        self.try_fit(tree, &active, &targets).unwrap()
    }

    /// The tree on all features for the first target.
    fn fit(&self, tree: &DecisionTree) -> TreeFit {
        let active: Vec<usize> = (0..self.z.ncols()).collect();
        self.try_fit(tree, &active, &[0]).unwrap().remove(0)
    }

    fn row(&self, i: usize) -> Vec<f64> {
        self.z.row(i).iter().copied().collect()
    }

    /// What a fit predicts for the samples that count.
    fn predictions(&self, fit: &TreeFit) -> Vec<f64> {
        let counted = (0..self.z.nrows()).filter(|&i| self.weight[i] > 0.0);
        counted.map(|i| fit.predict(&self.row(i)).unwrap()).collect()
    }

    fn keep(&self, rows: &[usize]) -> Self {
        Self {
            z: self.z.select_rows(rows),
            y: self.y.select_rows(rows),
            weight: rows.iter().map(|&i| self.weight[i]).collect(),
        }
    }
}

fn unlimited() -> DecisionTree {
    DecisionTree::default().without_max_depth()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {found} for {expected}");
}

#[track_caller]
fn all_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        close(*found, *expected, tolerance, what);
    }
}

// ---- scikit-learn

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

fn cases(file: &str) -> Vec<(Sample, Value)> {
    let path = format!("{}/tests/reference/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let sample =
        |json: &Value| Sample { z: matrix(&json["Z"]), y: matrix(&json["y"]), weight: numbers(&json["weights"]) };
    file["cases"].as_array().unwrap().iter().map(|json| (sample(json), json.clone())).collect()
}

#[test]
fn neighbourhoods_have_scikit_learns_trees() {
    let mut compared = 0;
    for (sample, json) in cases("local_fit.json") {
        for expected in json["sklearn"]["tree"].as_array().unwrap() {
            let depth = expected["max_depth"].as_u64().unwrap() as usize;
            let what = format!("seed {} depth {depth}", json["seed"]);
            let fits = sample.fits(&DecisionTree::new(depth).unwrap().joint());
            let predictions = matrix(&expected["predictions"]);
            for (t, fit) in fits.iter().enumerate() {
                let column: Vec<f64> = predictions.column(t).iter().copied().collect();
                all_close(&sample.predictions(fit), &column, 1e-8, &what);
                close(fit.average_score(), expected["score"].as_f64().unwrap(), 1e-8, &what);
                assert_eq!(fit.leaves(), expected["n_leaves"].as_u64().unwrap() as usize, "{what}");
                assert_eq!(fit.outputs(), 3);
                // In these two, several features part a small node alike, and scikit-learn takes whichever it tries first.
                let tied = depth == 3 && [2, 11].contains(&json["seed"].as_u64().unwrap());
                if !tied {
                    let found: Vec<f64> = fit.weights().iter().map(|(_, weight)| *weight).collect();
                    all_close(&found, &numbers(&expected["importances"]), 1e-8, &what);
                    compared += 1;
                }
            }
            let scores: f64 = fits.iter().map(LocalModel::score).sum();
            close(scores / 3.0, expected["score"].as_f64().unwrap(), 1e-8, &what);
        }
    }
    assert_eq!(compared, 3 * (12 * 2 - 2));
}

/// The surrogate with scikit-learn's parameters, and the targets it is fitted to.
fn configured(json: &Value) -> (DecisionTree, Vec<usize>) {
    let mut tree = unlimited();
    for (name, value) in json["parameters"].as_object().unwrap() {
        let (number, count) = (value.as_f64().unwrap(), value.as_f64().unwrap() as usize);
        tree = match name.as_str() {
            "max_depth" => tree.max_depth(count),
            "max_leaf_nodes" => tree.max_leaves(count),
            "min_samples_leaf" => tree.min_samples_leaf(count),
            "min_weight_fraction_leaf" => tree.min_weight_leaf(number),
            "min_impurity_decrease" => tree.min_impurity_decrease(number),
            "ccp_alpha" => tree.prune(number),
            other => unreachable!("{other}"),
        }
        .unwrap();
    }
    if json["joint"].as_bool().unwrap() { (tree.joint(), vec![0, 1]) } else { (tree, vec![0]) }
}

#[test]
fn parameters_are_scikit_learns() {
    let (mut listed, mut fitted) = (0, 0);
    for (sample, json) in cases("tree.json") {
        let elsewhere = matrix(&json["Q"]);
        let active: Vec<usize> = (0..sample.z.ncols()).collect();
        for expected in json["fits"].as_array().unwrap() {
            let what = format!("seed {} joint {} {}", json["seed"], expected["joint"], expected["parameters"]);
            let (tree, targets) = configured(expected);
            let fits = sample.try_fit(&tree, &active, &targets).unwrap();
            assert_eq!(fits.len(), targets.len());
            for (t, fit) in fits.iter().enumerate() {
                // A number for each output, or just a number.
                let own = |value: &Value| value.as_f64().unwrap_or_else(|| value[t].as_f64().unwrap());
                let outputs = |value: &Value| value.as_array().unwrap().iter().map(own).collect::<Vec<f64>>();
                fitted += 1;
                assert_eq!(fit.leaves(), expected["leaves"].as_u64().unwrap() as usize, "{what}");
                assert_eq!(fit.depth(), expected["depth"].as_u64().unwrap() as usize, "{what}");
                close(fit.average_score(), expected["score"].as_f64().unwrap(), 1e-10, &what);
                let Some(nodes) = expected["nodes"].as_array() else {
                    all_close(&sample.predictions(fit), &outputs(&expected["predictions"]), 1e-10, &what);
                    continue;
                };
                listed += 1;
                assert_eq!(fit.nodes().count(), nodes.len(), "{what}");
                for (node, expected) in fit.nodes().zip(nodes) {
                    let split = node.split();
                    assert_eq!(split.map(|s| s.0 as u64), expected["feature"].as_u64(), "{what}");
                    assert_eq!(split.map(|s| s.1), expected["threshold"].as_f64(), "{what}");
                    assert_eq!(node.samples() as u64, expected["samples"].as_u64().unwrap(), "{what}");
                    close(node.share(), expected["share"].as_f64().unwrap(), 1e-12, &what);
                    close(node.impurity(), expected["impurity"].as_f64().unwrap(), 1e-10, &what);
                    close(node.value(), expected["value"][t].as_f64().unwrap(), 1e-10, &what);
                }
                let found: Vec<f64> = fit.weights().iter().map(|(_, weight)| *weight).collect();
                all_close(&found, &numbers(&expected["importances"]), 1e-10, &what);
                let predicted = elsewhere.row_iter().map(|z| fit.predict(z.transpose().as_slice()).unwrap());
                all_close(&predicted.collect::<Vec<f64>>(), &outputs(&expected["elsewhere"]), 1e-10, &what);
            }
        }
    }
    println!("{fitted} trees, {listed} of them node by node");
    assert!(listed > 40, "{listed}");
}

#[test]
fn pruning_paths_are_scikit_learns() {
    let mut steps = 0;
    for (sample, json) in cases("tree.json") {
        for expected in json["paths"].as_array().unwrap() {
            let what = format!("seed {} joint {} {}", json["seed"], expected["joint"], expected["parameters"]);
            let (tree, targets) = configured(expected);
            let active: Vec<usize> = (0..sample.z.ncols()).collect();
            let fit = sample.try_fit(&tree, &active, &targets).unwrap().remove(0);
            let path = fit.pruning_path();
            all_close(&path.iter().map(|s| s.alpha).collect::<Vec<_>>(), &numbers(&expected["alphas"]), 1e-12, &what);
            let impurities: Vec<f64> = path.iter().map(|s| s.impurity).collect();
            all_close(&impurities, &numbers(&expected["impurities"]), 1e-12, &what);
            let leaves: Vec<f64> = path.iter().map(|s| s.leaves as f64).collect();
            assert_eq!(leaves, numbers(&expected["leaves"]), "{what}");
            for step in &path {
                let pruned = fit.pruned(step.alpha).unwrap();
                assert_eq!(pruned.leaves(), step.leaves, "{what}");
                let residual: f64 = pruned.nodes().filter(|n| n.is_leaf()).map(|n| n.share() * n.impurity()).sum();
                close(residual, step.impurity, 1e-12, &what);
                // Pruned while fitting is pruned after, and what is left has the rest of the path.
                let again = sample.try_fit(&tree.prune(step.alpha).unwrap(), &active, &targets).unwrap().remove(0);
                assert_eq!(again, pruned);
                let rest: Vec<f64> = pruned.pruning_path().iter().skip(1).map(|s| s.alpha).collect();
                let known: Vec<f64> = path.iter().map(|s| s.alpha).filter(|&alpha| alpha > step.alpha).collect();
                all_close(&rest, &known, 1e-12, &what);
                steps += 1;
            }
        }
    }
    assert!(steps > 500, "{steps}");
}

// ---- the definition, by brute force

/// Weight, mean and sum of squares of some rows.
fn squares(sample: &Sample, rows: &[usize]) -> (f64, f64) {
    let weight: f64 = rows.iter().map(|&i| sample.weight[i]).sum();
    let sum = (0..sample.y.ncols()).map(|t| {
        let mean = rows.iter().map(|&i| sample.weight[i] * sample.y[(i, t)]).sum::<f64>() / weight;
        rows.iter().map(|&i| sample.weight[i] * (sample.y[(i, t)] - mean).powi(2)).sum::<f64>()
    });
    (weight, sum.sum())
}

/// Every split of the rows with its gain: by feature, then by threshold.
fn splits(sample: &Sample, rows: &[usize]) -> Vec<(usize, f64, f64)> {
    let whole = squares(sample, rows).1;
    let mut found = Vec::new();
    for j in 0..sample.z.ncols() {
        let mut values: Vec<f64> = rows.iter().map(|&i| sample.z[(i, j)]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        for pair in values.windows(2) {
            let threshold = f64::midpoint(pair[0], pair[1]);
            let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&i| sample.z[(i, j)] <= threshold);
            found.push((j, threshold, whole - squares(sample, &left).1 - squares(sample, &right).1));
        }
    }
    found
}

/// Whether a node and all below it are split where brute force says.
fn check_splits(sample: &Sample, node: TreeNode<'_>, rows: &[usize], joint: bool) -> Result<(), TestCaseError> {
    let target = |t: usize| Sample { y: sample.y.columns(t, 1).into_owned(), ..sample.clone() };
    let seen = if joint { sample.clone() } else { target(0) };
    let all = splits(&seen, rows);
    let whole = squares(&seen, rows).1;
    let Some((feature, threshold)) = node.split() else {
        prop_assert!(all.is_empty() || whole < 1e-9 || node.depth() == 3, "{whole} left, {all:?}");
        return Ok(());
    };
    let most = all.iter().map(|split| split.2).fold(0.0, f64::max);
    let first = all.iter().find(|split| split.2 >= most - 1e-11 * whole).unwrap();
    prop_assert_eq!((feature, threshold), (first.0, first.1));
    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&i| seen.z[(i, feature)] <= threshold);
    let children = node.children().unwrap();
    prop_assert_eq!((children.0.samples(), children.1.samples()), (left.len(), right.len()));
    check_splits(sample, children.0, &left, joint)?;
    check_splits(sample, children.1, &right, joint)
}

/// Few values, so that many splits gain the same and columns repeat each other.
fn coarse(rows: std::ops::Range<usize>, targets: usize) -> impl Strategy<Value = Sample> {
    (rows, 1usize..5, 1i32..4).prop_flat_map(move |(n, d, top)| {
        let z = prop::collection::vec((0..=top).prop_map(f64::from), n * d);
        let y = prop::collection::vec((-8i32..=8).prop_map(|y| f64::from(y) / 4.0), n * targets);
        let weight = prop::collection::vec((0u8..4).prop_map(f64::from), n);
        (z, y, weight).prop_map(move |(z, y, mut weight)| {
            weight[0] = 1.0;
            Sample { z: DMatrix::from_vec(n, d, z), y: DMatrix::from_vec(n, targets, y), weight }
        })
    })
}

/// Numbers without ties: no two splits that part the samples differently gain the same.
fn smooth(rows: std::ops::Range<usize>, targets: usize) -> impl Strategy<Value = Sample> {
    (rows, 1usize..5).prop_flat_map(move |(n, d)| {
        let z = prop::collection::vec(-3.0..3.0f64, n * d);
        let y = prop::collection::vec(-2.0..2.0f64, n * targets);
        let weight = prop::collection::vec(0.1..2.0f64, n);
        (z, y, weight).prop_map(move |(z, y, weight)| Sample {
            z: DMatrix::from_vec(n, d, z),
            y: DMatrix::from_vec(n, targets, y),
            weight,
        })
    })
}

/// Numbers of any size, and often the same.
fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1.0),
        -1.0..1.0f64,
        -1e-300..1e-300f64,
        -1e140..1e140f64,
        any::<f64>().prop_filter("finite", |v| v.is_finite()),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// With equal gains to the lower feature, then to the lower threshold.
    #[test]
    fn every_split_is_the_best(
        sample in prop_oneof![coarse(2..40, 2), smooth(2..40, 2)],
        joint in any::<bool>(),
    ) {
        let tree = DecisionTree::default();
        let fit = sample.fits(&if joint { tree.joint() } else { tree }).remove(0);
        let rows: Vec<usize> = (0..sample.z.nrows()).filter(|&i| sample.weight[i] > 0.0).collect();
        check_splits(&sample, fit.root(), &rows, joint)?;
    }

    /// The smallest of the subtrees that minimise impurity + alpha leaves: a node is cut where that is no dearer than the best
    /// of what is below.
    #[test]
    fn a_pruned_tree_is_the_cheapest(
        (sample, exact) in prop_oneof![coarse(2..60, 1).prop_map(|s| (s, true)), smooth(2..60, 1).prop_map(|s| (s, false))],
        alpha in 0.0..0.2f64,
    ) {
        /// The least cost and the leaves it takes, where costs that differ by less than `tie` are the same.
        fn cheapest(node: TreeNode<'_>, alpha: f64, tie: f64) -> (f64, usize) {
            let cut = (node.share() * node.impurity() + alpha, 1);
            let Some((left, right)) = node.children() else { return cut };
            let (left, right) = (cheapest(left, alpha, tie), cheapest(right, alpha, tie));
            let kept = (left.0 + right.0, left.1 + right.1);
            if cut.0 <= kept.0 + tie { cut } else { kept }
        }
        let fit = sample.fit(&unlimited());
        for alpha in [alpha, alpha * alpha, 0.0] {
            let pruned = fit.pruned(alpha).unwrap();
            let residual: f64 = pruned.nodes().filter(|n| n.is_leaf()).map(|n| n.share() * n.impurity()).sum();
            let (cost, fewest) = cheapest(fit.root(), alpha, 1e-13);
            prop_assert!((residual + alpha * pruned.leaves() as f64 - cost).abs() < 1e-11);
            // Coarse answers differ by nothing or by far more; others may differ by as little as rounding.
            let most = if exact { fewest } else { cheapest(fit.root(), alpha, -1e-13).1 };
            prop_assert!((fewest..=most).contains(&pruned.leaves()));
            let total = fit.root().impurity();
            if total > 0.0 {
                prop_assert!((pruned.score() - (1.0 - residual / total)).abs() < 1e-12);
            }
        }
        let path = fit.pruning_path();
        prop_assert!(path.windows(2).all(|pair| pair[0].alpha < pair[1].alpha && pair[0].leaves > pair[1].leaves));
        prop_assert_eq!(path.last().unwrap().leaves, 1);
    }

    // ---- laws

    #[test]
    fn samples_of_weight_zero_do_not_exist(sample in coarse(2..60, 2), huge in any::<bool>()) {
        let kept: Vec<usize> = (0..sample.z.nrows()).filter(|&i| sample.weight[i] > 0.0).collect();
        let mut with = sample.clone();
        for i in (0..sample.z.nrows()).filter(|&i| sample.weight[i] == 0.0) {
            if huge {
                with.z.row_mut(i).add_scalar_mut(1e6);
                with.y.row_mut(i).add_scalar_mut(1e6);
            }
        }
        for tree in [unlimited(), unlimited().joint(), DecisionTree::default().min_samples_leaf(3).unwrap()] {
            for (with, without) in with.fits(&tree).iter().zip(sample.keep(&kept).fits(&tree)) {
                prop_assert_eq!(with.to_string(), without.to_string());
                prop_assert_eq!(with.weights(), without.weights());
                prop_assert_eq!(with.score().to_bits(), without.score().to_bits());
            }
        }
    }

    #[test]
    fn a_doubled_weight_is_a_repeated_sample(
        sample in prop_oneof![coarse(2..60, 1), smooth(2..60, 1)],
        pick in any::<prop::sample::Index>(),
    ) {
        let i = pick.index(sample.z.nrows());
        let mut doubled = sample.clone();
        doubled.weight[i] *= 2.0;
        let rows: Vec<usize> = (0..sample.z.nrows()).chain([i]).collect();
        let found = sample.predictions(&sample.keep(&rows).fit(&unlimited()));
        let expected = sample.predictions(&doubled.fit(&unlimited()));
        prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10), "{found:?} {expected:?}");
    }

    /// The tree of a y + b is that of y.
    #[test]
    fn the_answers_unit_does_not_matter(
        sample in prop_oneof![coarse(2..60, 2), smooth(2..60, 2)],
        scale in prop_oneof![-1e12..-1e-12f64, 1e-12..1e12f64, Just(1e-30f64), Just(1e30f64)],
        shift in -100i32..100,
        joint in any::<bool>(),
    ) {
        let tree = if joint { DecisionTree::default().joint() } else { DecisionTree::default() };
        let moved = Sample { y: sample.y.map(|y| scale * (y + f64::from(shift))), ..sample.clone() };
        for (fit, moved) in sample.fits(&tree).iter().zip(moved.fits(&tree)) {
            prop_assert_eq!(fit.leaves(), moved.leaves());
            for (here, there) in fit.nodes().zip(moved.nodes()) {
                prop_assert_eq!(here.split(), there.split());
                let expected: f64 = scale * (here.value() + f64::from(shift));
                let error: f64 = there.value() - expected;
                prop_assert!(error.abs() <= 1e-9 * scale.abs());
            }
        }
    }

    #[test]
    fn an_unlike_order_of_the_features_makes_the_same_boxes(
        sample in smooth(2..60, 1),
        keys in prop::collection::vec(any::<u64>(), 5),
    ) {
        let mut order: Vec<usize> = (0..sample.z.ncols()).collect();
        order.sort_by_key(|&j| keys[j]);
        let permuted = Sample { z: sample.z.select_columns(&order), ..sample.clone() };
        let expected = sample.predictions(&sample.fit(&unlimited()));
        let found = permuted.predictions(&permuted.fit(&unlimited()));
        prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10));

        // The order in which they are active changes nothing but the order of the weights.
        let fits = [&order[..], &(0..order.len()).collect::<Vec<_>>()]
            .map(|active| sample.try_fit(&DecisionTree::default(), active, &[0]).unwrap().remove(0));
        prop_assert_eq!(fits[0].to_string(), fits[1].to_string());
        let mut weights = fits[0].weights().to_vec();
        prop_assert_eq!(weights.iter().map(|w| w.0).collect::<Vec<_>>(), order);
        weights.sort_by_key(|w| w.0);
        prop_assert_eq!(&weights[..], fits[1].weights());
    }

    /// Only the order of a feature's values counts, so not a bit of the predictions changes.
    #[test]
    fn rising_functions_of_a_feature_keep_the_boxes(sample in prop_oneof![coarse(2..60, 2), smooth(2..60, 2)]) {
        let moved = Sample { z: sample.z.map(|z| 3.0 * z.powi(3) + z.exp()), ..sample.clone() };
        for tree in [unlimited(), DecisionTree::default().joint()] {
            for (fit, moved_fit) in sample.fits(&tree).iter().zip(moved.fits(&tree)) {
                prop_assert_eq!(sample.predictions(fit), moved.predictions(&moved_fit));
            }
        }
    }

    /// A function that is constant between steps of one feature is found to the last bit, with as many leaves as levels.
    #[test]
    fn steps_are_recovered_exactly(
        values in prop::collection::vec((-50i32..50, 1u8..5), 2..80),
        levels in prop::collection::vec(-1e3..1e3f64, 4),
        offset in prop_oneof![Just(0.0), Just(1e9)],
    ) {
        let n = values.len();
        let z = DMatrix::from_fn(n, 1, |i, _| f64::from(values[i].0) / 7.0);
        let level = |z: f64| [-4.0, 0.0, 3.5].iter().filter(|&&step| z > step).count();
        let y = z.map(|z| levels[level(z)] + offset);
        let weight = values.iter().map(|v| f64::from(v.1) * 0.1).collect();
        let sample = Sample { z, y, weight };
        let fit = sample.fit(&unlimited());
        prop_assert_eq!(sample.predictions(&fit), sample.y.as_slice());
        let mut seen: Vec<usize> = sample.z.iter().map(|&z| level(z)).collect();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(fit.leaves(), seen.len());
        let score = if seen.len() > 1 { 1.0 } else { f64::NAN };
        prop_assert_eq!(fit.score().to_bits(), score.to_bits());
    }

    #[test]
    fn a_joint_tree_of_one_target_is_the_single_tree(sample in prop_oneof![coarse(2..60, 1), smooth(2..60, 1)]) {
        let (joint, single) = (sample.fit(&DecisionTree::default().joint()), sample.fit(&DecisionTree::default()));
        prop_assert_eq!(joint.to_string(), single.to_string());
        prop_assert_eq!(joint.weights(), single.weights());
        prop_assert_eq!(joint.average_score().to_bits(), single.score().to_bits());
    }

    /// Targets fitted together are as they are alone, and best first is depth first where leaves are no limit.
    #[test]
    fn trees_do_not_depend_on_what_they_grow_beside(sample in prop_oneof![coarse(2..60, 2), smooth(2..60, 2)]) {
        let tree = DecisionTree::default();
        for (t, fit) in sample.fits(&tree).iter().enumerate() {
            let active: Vec<usize> = (0..sample.z.ncols()).collect();
            let alone = sample.try_fit(&tree, &active, &[t]).unwrap().remove(0);
            let best_first = sample.try_fit(&tree.max_leaves(8).unwrap(), &active, &[t]).unwrap().remove(0);
            prop_assert_eq!(fit.to_string(), alone.to_string());
            prop_assert_eq!(fit.to_string(), best_first.to_string());
        }
    }

    #[test]
    fn leaves_keep_to_the_limits(
        sample in prop_oneof![coarse(2..80, 1), smooth(2..80, 1)],
        depth in 1usize..6,
        leaves in prop::option::of(2usize..9),
        samples in 1usize..9,
        share in 0.0..0.5f64,
        decrease in 0.0..0.05f64,
    ) {
        let tree = DecisionTree::new(depth).unwrap().min_samples_leaf(samples).unwrap().min_weight_leaf(share).unwrap();
        let tree = tree.min_impurity_decrease(decrease).unwrap();
        let tree = leaves.map_or(tree, |leaves| tree.max_leaves(leaves).unwrap());
        let fit = sample.fit(&tree);
        prop_assert!(fit.depth() <= depth && fit.leaves() <= leaves.unwrap_or(usize::MAX));
        for node in fit.nodes() {
            if let Some((left, right)) = node.children() {
                for child in [left, right] {
                    prop_assert!(child.samples() >= samples && child.share() >= share - 1e-9);
                }
                let below = left.share() * left.impurity() + right.share() * right.impurity();
                prop_assert!(node.share() * node.impurity() - below >= decrease - 1e-9);
            }
        }
        let total: f64 = fit.weights().iter().map(|w| w.1).sum();
        prop_assert!(total == 0.0 || (total - 1.0).abs() < 1e-12);
        let leaf_share: f64 = fit.nodes().filter(TreeNode::is_leaf).map(|leaf| leaf.share()).sum();
        prop_assert!((leaf_share - 1.0).abs() < 1e-12);
    }

    /// Whatever the numbers, there is a tree of finite numbers or an error.
    #[test]
    fn wild_numbers_are_fitted_or_refused(
        rows in prop::collection::vec((wild(), wild(), wild(), wild()), 1..40),
        joint in any::<bool>(),
    ) {
        let columns = |of: fn(&(f64, f64, f64, f64)) -> [f64; 2]| DMatrix::from_fn(rows.len(), 2, |i, j| of(&rows[i])[j]);
        let sample = Sample {
            z: columns(|row| [row.0, row.1]),
            y: columns(|row| [row.2, row.0]),
            weight: rows.iter().map(|row| row.3.abs()).collect(),
        };
        let tree = if joint { unlimited().joint() } else { unlimited().prune(1e-9).unwrap() };
        if let Ok(fits) = sample.try_fit(&tree, &[0, 1], &[0, 1]) {
            for fit in fits {
                prop_assert!(fit.local_prediction().is_finite());
                prop_assert!(fit.weights().iter().all(|(_, weight)| (0.0..=1.0 + 1e-12).contains(weight)));
                prop_assert!(fit.nodes().all(|node| node.value().is_finite() && node.impurity().is_finite()));
                prop_assert!(!(fit.score() < -1e-9 || fit.score() > 1.0));
                prop_assert_eq!(fit.rules(&[]).len(), fit.leaves());
                prop_assert!(!fit.pruning_path().is_empty());
                for (i, weight) in sample.weight.iter().enumerate() {
                    prop_assert!(fit.leaf(&sample.row(i)).unwrap().samples() > 0 || *weight == 0.0);
                }
            }
        }
    }
}

// ---- corners

fn column(values: &[f64]) -> DMatrix<f64> {
    DMatrix::from_column_slice(values.len(), 1, values)
}

#[test]
fn a_midpoint_that_rounds_to_the_upper_value_is_the_lower() {
    // 2^53 + 3 lies between two neighbouring numbers and rounds to the upper.
    let lower = 2f64.powi(53) + 2.0;
    let sample = Sample::new(column(&[lower, lower + 2.0, lower, lower + 2.0]), column(&[0.0, 1.0, 0.0, 1.0]));
    let fit = sample.fit(&DecisionTree::default());
    assert_eq!(fit.root().split(), Some((0, lower)));
    assert_eq!(sample.predictions(&fit), [0.0, 1.0, 0.0, 1.0]);
    let sample = Sample::new(column(&[lower - 2.0, lower, lower + 2.0]), column(&[0.0, 0.0, 1.0]));
    assert_eq!(sample.fit(&DecisionTree::default()).root().split(), Some((0, lower)));
    // The sum of these would not be finite.
    let sample = Sample::new(column(&[1e308, 1.7e308]), column(&[0.0, 1.0]));
    assert_eq!(sample.fit(&DecisionTree::default()).root().split(), Some((0, 1e308 / 2.0 + 1.7e308 / 2.0)));
}

#[test]
fn what_cannot_be_split_is_one_leaf() {
    let constant = Sample::new(column(&[0.0, 1.0, 2.0]), column(&[0.1 + 0.2; 3]));
    let alike = Sample::new(column(&[4.0; 3]), column(&[1.0, 2.0, 6.0]));
    let near = Sample::new(column(&[0.0, 5e-8, 1e-7]), column(&[1.0, 2.0, 6.0]));
    let single = Sample::new(column(&[4.0]), column(&[7.0]));
    for tree in [DecisionTree::default(), unlimited().joint(), unlimited().max_leaves(5).unwrap()] {
        for (sample, mean, score) in
            [(&constant, 0.1 + 0.2, f64::NAN), (&alike, 3.0, 0.0), (&near, 3.0, 0.0), (&single, 7.0, f64::NAN)]
        {
            let fit = sample.fit(&tree);
            assert_eq!((fit.leaves(), fit.depth(), fit.local_prediction()), (1, 0, mean));
            assert_eq!(fit.score().to_bits(), score.to_bits());
            assert_eq!(fit.average_score().is_nan(), score.is_nan());
            assert_eq!(fit.weights(), [(0, 0.0)]);
            assert_eq!(fit.rules(&["a".into()]).len(), 1);
            assert!(fit.rules(&[])[0].starts_with("always: "));
            assert_eq!(fit.pruning_path().len(), 1);
            assert!(fit.root().children().is_none());
        }
    }
    assert_eq!(constant.fit(&unlimited()).to_string(), "0.3 (weight 100 %)\n");
    // No features at all.
    let fit = alike.try_fit(&unlimited(), &[], &[0]).unwrap().remove(0);
    assert_eq!((fit.leaves(), fit.weights().len()), (1, 0));
    assert!(alike.try_fit(&unlimited().joint(), &[0], &[]).unwrap().is_empty());
}

/// Rounding in the answers is not explained.
#[test]
fn answers_that_differ_by_rounding_are_pure() {
    let y = [0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 5.0, 5.0];
    let sample = Sample::new(column(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), column(&y));
    assert_eq!(sample.fit(&unlimited()).leaves(), 2);
    assert_eq!(sample.keep(&[0, 1, 2, 3]).fit(&unlimited()).leaves(), 1);
}

/// What two features do together only: no first split gains, and splitting goes on all the same.
#[test]
fn a_parity_is_found_below_a_split_that_gains_nothing() {
    let z = DMatrix::from_row_slice(4, 2, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let sample = Sample::new(z, column(&[0.3, 0.7, 0.7, 0.3]));
    let fit = sample.fit(&DecisionTree::default());
    assert_eq!((fit.leaves(), fit.score()), (4, 1.0));
    assert_eq!(fit.weights(), [(0, 0.0), (1, 1.0)]);
    let stump = sample.fit(&DecisionTree::new(1).unwrap());
    assert_eq!((stump.leaves(), stump.weights()), (2, [(0, 0.0), (1, 0.0)].as_slice()));
    // Cutting only what gained nothing leaves the one and takes back the other.
    assert_eq!(fit.pruned(0.0).unwrap().leaves(), 4);
    assert_eq!(stump.pruned(0.0).unwrap().leaves(), 1);
    assert_eq!(sample.fit(&DecisionTree::new(1).unwrap().min_impurity_decrease(1e-9).unwrap()).leaves(), 1);
}

#[test]
fn weights_of_any_size_and_offsets_cost_no_digits() {
    let (z, y) = (column(&[0.0, 1.0, 2.0, 3.0, 4.0]), column(&[1.0, 1.0, 2.0, 5.0, 5.0]));
    let plain = Sample { weight: vec![1.0, 2.0, 3.0, 1.0, 2.0], ..Sample::new(z, y) };
    let expected = plain.fit(&unlimited());
    assert_eq!(expected.leaves(), 3);
    for unit in [1e-300, 1e-150, 1e150, 1e300] {
        let sample = Sample { weight: plain.weight.iter().map(|w| w * unit).collect(), ..plain.clone() };
        // The moments of such weights overflow or vanish, and with them the score, but the tree is the tree.
        let fit = sample.fit(&unlimited());
        assert_eq!(fit.to_string(), expected.to_string());
    }
    let far = Sample { y: plain.y.add_scalar(1e12), ..plain.clone() };
    for (node, moved) in expected.nodes().zip(far.fit(&unlimited()).nodes()) {
        assert_eq!(node.split(), moved.split());
        close(moved.value() - 1e12, node.value(), 2e-4, "value");
        close(moved.impurity(), node.impurity(), 1e-13, "impurity");
    }
    // A sample that weighs next to nothing beside the others is a sample still, until its node is pure by any standard.
    for (weight, third) in [(1e-14, 2.0), (1e-300, 5.0)] {
        let light = Sample { weight: vec![1.0, 1.0, weight, 1.0, 1.0], ..plain.clone() };
        assert_eq!(light.predictions(&light.fit(&unlimited())), [1.0, 1.0, third, 5.0, 5.0]);
    }
}

#[test]
fn a_tree_may_have_a_leaf_for_every_sample() {
    let n = 2000;
    let z = DMatrix::from_fn(n, 2, |i, j| if j == 0 { i as f64 } else { (i % 7) as f64 });
    let y = DMatrix::from_fn(n, 1, |i, _| ((i * i) as f64 * 0.37).sin());
    let sample = Sample::new(z, y);
    let fit = sample.fit(&unlimited());
    assert_eq!((fit.leaves(), fit.score()), (n, 1.0));
    assert_eq!(sample.predictions(&fit), sample.y.as_slice());
    assert_eq!(fit.rules(&[]).len(), n);
    assert_eq!(fit.to_string().lines().count(), 2 * (n - 1) + n);
    let path = fit.pruning_path();
    assert_eq!((path[0].leaves, path[0].impurity), (n, 0.0));
}

#[test]
fn rules_are_in_words() {
    let law = Law::Levels { own: 0, frequency: vec![0.5, 0.5] };
    let number: Law<f64> = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let space = Space::new(vec![law.clone(), number, law], vec![1.0, 1.6e9, 0.25]).unwrap();
    // A level that takes other values than 0 and 1 is a number too.
    let z = DMatrix::from_row_slice(
        6,
        3,
        &[
            1.0,
            1.6e9,
            0.25, //
            1.0,
            1.6e9 + 1.0,
            0.25, //
            1.0,
            1.6e9 + 2.0,
            0.25, //
            0.0,
            1.6e9,
            0.25, //
            0.0,
            1.6e9,
            0.75, //
            0.0,
            1.6e9,
            0.5,
        ],
    );
    let sample = Sample::new(z, column(&[100.0, 101.0, 103.0, -1e-7, 1.0, 0.5]));
    let names = ["age > 30".to_string(), "time".to_string()];
    let fit = unlimited().fit(&Fitting::new(&space, &sample.record(&space)), &[0, 1, 2], &[0]).unwrap().remove(0);
    assert_eq!(
        fit.rules(&names),
        [
            "age > 30 and time <= 1600000000: 100 (weight 17 %)",
            "not (age > 30) and z2 <= 0.375: -1e-7 (weight 17 %)",
            "not (age > 30) and 0.375 < z2 <= 0.625: 0.5 (weight 17 %)",
            "not (age > 30) and z2 > 0.625: 1 (weight 17 %)",
            "age > 30 and 1600000000 < time <= 1600000001.5: 101 (weight 17 %)",
            "age > 30 and time > 1600000001.5: 103 (weight 17 %)",
        ]
    );
    assert_eq!(
        fit.to_string(),
        "\
z0 <= 0.5
|   z2 <= 0.375
|   |   -1e-7 (weight 17 %)
|   z2 > 0.375
|   |   z2 <= 0.625
|   |   |   0.5 (weight 17 %)
|   |   z2 > 0.625
|   |   |   1 (weight 17 %)
z0 > 0.5
|   z1 <= 1600000001.5
|   |   z1 <= 1600000000
|   |   |   100 (weight 17 %)
|   |   z1 > 1600000000
|   |   |   101 (weight 17 %)
|   z1 > 1600000001.5
|   |   103 (weight 17 %)
"
    );
}

#[test]
fn parameters_and_calls_are_checked() {
    let tree = DecisionTree::default();
    assert_eq!(DecisionTree::new(0), Err(Error::TreeDepth));
    assert_eq!(tree.max_depth(0), Err(Error::TreeDepth));
    for leaves in [0, 1] {
        assert_eq!(tree.max_leaves(leaves), Err(Error::TreeLeaves { leaves }));
    }
    assert_eq!(tree.min_samples_leaf(0), Err(Error::LeafSamples));
    for value in [-0.1, 0.5000001, f64::NAN, f64::INFINITY] {
        let message = tree.min_weight_leaf(value).unwrap_err().to_string();
        assert!(message.contains(&format!("weight is {value}: it must be from 0 to 0.5")), "{message}");
    }
    for value in [-1e-9, f64::NAN, f64::INFINITY] {
        let message = tree.min_impurity_decrease(value).unwrap_err().to_string();
        assert!(message.contains(&format!("is {value}: it must be a finite number, 0 or above")), "{message}");
        let message = tree.prune(value).unwrap_err().to_string();
        assert_eq!(message, format!("the pruning parameter alpha is {value}: it must be a finite number, 0 or above"));
    }
    let sample = Sample::new(column(&[0.0, 1.0]), column(&[0.0, 1.0]));
    let fit = sample.fit(&tree);
    assert!(fit.pruned(f64::NAN).is_err());
    assert_eq!(fit.predict(&[0.0, 1.0]), Err(Error::Coordinates { found: 2, expected: 1 }));
    assert_eq!(fit.predict::<f64>(&[]), Err(Error::Coordinates { found: 0, expected: 1 }));
    assert_eq!(fit.predict(&[0.5f32]), Ok(0.0));
    assert_eq!(fit.predict(&[f64::NAN]), Ok(1.0));
    for (active, target, expected) in [
        (vec![1], 0, Error::NoFeature { feature: 1, features: 1 }),
        (vec![0, 0], 0, Error::ListedTwice { feature: 0 }),
        (vec![0], 1, Error::NoTarget { target: 1, targets: 1 }),
    ] {
        assert_eq!(sample.try_fit(&tree, &active, &[target]).unwrap_err().downcast_ref(), Some(&expected));
    }
    let (none, record) = (Space::<f64>::masks(0), sample.record(&Space::<f64>::masks(1)));
    let error = tree.fit(&Fitting::new(&none, &record), &[0], &[0]).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Error::NoFeature { feature: 0, features: 0 }));
    let huge = Sample::new(column(&[0.0, 1.0]), column(&[0.0, 1e200]));
    assert!(huge.try_fit(&tree, &[0], &[0]).unwrap_err().to_string().contains("not finite"));
    let weightless = Sample { weight: vec![0.0; 2], ..sample };
    assert_eq!(weightless.try_fit(&tree, &[0], &[0]).unwrap_err().downcast_ref(), Some(&Error::NoWeight));
}

// ---- through the explainer

fn bits(explanation: &Explanation) -> Vec<u64> {
    let targets = explanation.targets.iter().flat_map(|t| {
        let numbers = [t.local_prediction, t.score].into_iter().chain(t.features.iter().map(|f| f.weight));
        numbers.map(f64::to_bits).chain(t.features.iter().map(|f| f.index as u64)).collect::<Vec<_>>()
    });
    targets.collect()
}

/// A model of masks and numbers that is no tree, of two outputs.
fn wave<F: Real>(z: &DMatrix<F>) -> DMatrix<F> {
    DMatrix::from_fn(z.nrows(), 2, |i, t| {
        let (a, b, c) = (z[(i, 0)].wide(), z[(i, 1)].wide(), z[(i, 2)].wide());
        F::of(if t == 0 { a * b + (2.0 * c).sin() } else { 7.0 - (a + c).exp() * b })
    })
}

fn everywhere_the_same<F: Real>(tree: DecisionTree) -> Explanation {
    let law: Law<F> = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let laws = vec![Law::mask(), Law::mask(), law.clone(), law];
    let space = Space::new(laws, vec![F::one(), F::one(), F::of(0.3), F::of(-0.5)]).unwrap();
    let direct = Direct::new(space);
    let model = model_fn(wave::<F>);
    let mut first: Option<Explanation> = None;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for batch in [1, 7, 300] {
            let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, tree)
                .samples(700)
                .seed(5)
                .batch_size(batch)
                .targets(Targets::All);
            let found = pool.install(|| explainer.explain_parallel(&direct, &model)).unwrap();
            let alone = explainer.explain(&direct, &model).unwrap();
            let first = first.get_or_insert_with(|| found.clone());
            for other in [&found, &alone] {
                assert_eq!(bits(other), bits(first), "{threads} threads, batches of {batch}");
                assert_eq!(other, first);
            }
        }
    }
    first.unwrap()
}

#[test]
fn an_explanation_has_rules_and_the_same_bits_everywhere() {
    for tree in [DecisionTree::default(), DecisionTree::default().joint(), unlimited().max_leaves(12).unwrap()] {
        for explanation in [everywhere_the_same::<f64>(tree), everywhere_the_same::<f32>(tree)] {
            assert_eq!(explanation.targets.len(), 2);
            for target in &explanation.targets {
                assert_eq!(target.intercept, None);
                assert!(target.score > 0.4 && target.score < 1.0, "{}", target.score);
                let total: f64 = target.features.iter().map(|f| f.weight).sum();
                close(total, 1.0, 1e-12, "importances");
                assert!((4..=12).contains(&target.rules.len()), "{:?}", target.rules);
                assert!(target.features.iter().all(|f| f.sd.is_none()));
                assert!(target.warnings.is_empty());
                // The instance has both parts, and its rule says so if it speaks of them.
                assert!(!target.rules[0].contains("not "), "{:?}", target.rules);
            }
            let conditions = |t: usize| -> Vec<String> {
                let words = explanation.targets[t].rules.iter().map(|rule| rule.split(':').next().unwrap().to_string());
                words.collect()
            };
            assert_eq!(conditions(0) == conditions(1), tree == DecisionTree::default().joint());
        }
    }
}

/// A model that is a tree is its own explanation.
#[test]
fn a_tree_explains_a_tree() {
    let model = model_fn(|z: &DMatrix<f64>| {
        DMatrix::from_fn(z.nrows(), 1, |i, _| match (z[(i, 1)] > 0.5, z[(i, 4)] > 0.5, z[(i, 2)] > 0.5) {
            (false, _, _) => 0.1,
            (true, false, _) => 0.4,
            (true, true, false) => 0.6,
            (true, true, true) => 0.95,
        })
    });
    fn explain<L: Selector<f64, Record<f64>>>(
        selector: L,
        model: &impl lime_core::Model<DMatrix<f64>, f64>,
    ) -> Explanation {
        let explainer = Explainer::new(MonteCarlo, Radial::default(), selector, DecisionTree::default());
        explainer.samples(2000).explain(&Direct::new(Space::masks(6)), model).unwrap()
    }
    for explanation in [
        explain(NoSelection, &model),
        explain(HighestWeights::new(3).unwrap(), &model),
        explain(ForwardSelection::new(3).unwrap(), &model),
        explain(Auto::new(3).unwrap(), &model),
    ] {
        let target = &explanation.targets[0];
        assert_eq!((target.score, target.local_prediction), (1.0, 0.95));
        let said: Vec<&str> = target.rules.iter().map(|rule| rule.split(" (").next().unwrap()).collect();
        assert_eq!(said, ["z1 and z4 and z2: 0.95", "not z1: 0.1", "z1 and not z4: 0.4", "z1 and z4 and not z2: 0.6"]);
        assert_eq!(target.features.iter().take(3).map(|f| f.index).collect::<Vec<_>>(), [1, 4, 2]);
    }
}

#[test]
fn a_constant_model_is_one_rule() {
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, DecisionTree::default()).samples(300);
    let model = model_fn(|z: &DMatrix<f64>| DMatrix::from_element(z.nrows(), 1, 3.25));
    let explanation = explainer.explain(&Direct::new(Space::masks(3)), &model).unwrap();
    let target = &explanation.targets[0];
    assert_eq!(target.rules, ["always: 3.25 (weight 100 %)"]);
    assert_eq!(target.warnings, [Warning::ConstantAnswers]);
    assert!(target.score.is_nan());
    assert_eq!(target.dense(3), [0.0; 3]);
}
