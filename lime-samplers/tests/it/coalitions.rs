//! Kernel SHAP's coalitions: completeness, weights, chance, and the Shapley values they give.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::support::{check_ranges, sample, tail};
use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Draw, Law, Real, Sampler, Space};
use lime_samplers::{Coalitions, Error, Normal};
use proptest::prelude::*;

fn draw(d: usize, budget: usize, seed: u64) -> Draw<f64> {
    sample(&Coalitions, &Space::masks(d), budget, seed)
}

/// The members of each row.
fn members(draw: &Draw<f64>) -> Vec<Vec<usize>> {
    let row = |i: usize| (0..draw.z.ncols()).filter(|&j| draw.z[(i, j)] == 1.0).collect();
    assert!(draw.z.iter().all(|z| *z == 0.0 || *z == 1.0));
    (0..draw.rows()).map(row).collect()
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

/// The Shapley kernel of all masks of a size together, (d - 1) / (k (d - k)).
fn mass(d: usize, k: usize) -> f64 {
    (d - 1) as f64 / (k * (d - k)) as f64
}

fn total(d: usize) -> f64 {
    (1..d).map(|k| mass(d, k)).sum()
}

#[test]
fn a_full_budget_is_every_mask_with_the_shapley_kernel() {
    for d in 2..=10 {
        let masks = (1 << d) - 2;
        for budget in [masks, masks + 1, 10 * masks] {
            let draw = draw(d, budget, 3);
            assert_eq!(draw.rows(), masks);
            assert!(draw.instance.is_empty());
            let rows = members(&draw);
            assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), masks);
            for (row, weight) in rows.iter().zip(&draw.weight) {
                let k = row.len();
                assert!((1..d).contains(&k));
                let kernel = mass(d, k) / choose(d, k);
                assert!((weight / (kernel * masks as f64 / total(d)) - 1.0).abs() < 1e-12, "{d} {row:?} {weight}");
            }
        }
    }
}

/// The sizes that shap 0.51.0 enumerates (`KernelExplainer.shap_values(x, nsamples=n, l1_reg=False)`, read off its mask matrix),
/// and the share of the first row in its weights.
#[test]
fn sizes_are_enumerated_as_in_shap() {
    let cases = [
        (4, 6, 0, 0.16666666666666669),
        (4, 12, 1, 0.09090909090909093),
        (6, 24, 1, 0.043795620437956206),
        (6, 40, 1, 0.043795620437956206),
        (8, 60, 1, 0.02754820936639119),
        (8, 100, 1, 0.02754820936639119),
        (10, 30, 0, 0.03333333333333333),
        (10, 200, 1, 0.019638097909945293),
        (10, 400, 2, 0.019638097909945293),
        (10, 900, 3, 0.01963809790994529),
        (13, 1000, 2, 0.013426953883354062),
        (20, 500, 1, 0.0074176213637026835),
        (20, 2000, 2, 0.0074176213637026835),
        (30, 1000, 1, 0.004352066129767853),
        (30, 4000, 1, 0.004352066129767854),
        (64, 2000, 1, 0.00167852402934609),
    ];
    for (d, n, complete, share) in cases {
        let draw = draw(d, n, 1);
        assert_eq!(draw.rows(), n);
        let mut sizes: BTreeMap<usize, BTreeSet<Vec<usize>>> = BTreeMap::new();
        for row in members(&draw) {
            sizes.entry(row.len()).or_default().insert(row);
        }
        let found =
            (1..=d / 2).take_while(|k| sizes.get(k).is_some_and(|masks| masks.len() as f64 == choose(d, *k))).count();
        assert_eq!(found, complete, "{d} features, {n} rows");
        if complete > 0 {
            assert!((draw.weight[0] / n as f64 / share - 1.0).abs() < 1e-12, "{d} features, {n} rows");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masks_are_paired_different_and_weighted_by_size(d in 2usize..70, budget in 2usize..700, seed: u64) {
        let draw = draw(d, budget, seed);
        let masks = if d < 20 { (1 << d) - 2 } else { usize::MAX };
        prop_assert_eq!(draw.rows(), masks.min(budget / 2 * 2));
        let rows = members(&draw);
        for pair in rows.chunks(2) {
            let complement: Vec<usize> = (0..d).filter(|j| !pair[0].contains(j)).collect();
            prop_assert_eq!(&pair[1], &complement);
        }
        prop_assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
        prop_assert!(rows.iter().all(|row| !row.is_empty() && row.len() < d));
        prop_assert!(draw.weight.chunks(2).all(|pair| pair[0] == pair[1] && pair[0] > 0.0));
        prop_assert!((draw.weight.iter().sum::<f64>() / rows.len() as f64 - 1.0).abs() < 1e-10);

        // Sizes whose share of the budget is certain to give them a row have weights in proportion to the Shapley kernel.
        let mut by_size = vec![(0, 0.0); d];
        for (row, weight) in rows.iter().zip(&draw.weight) {
            by_size[row.len()].0 += 1;
            by_size[row.len()].1 += weight;
        }
        let certain: Vec<usize> = (1..d).filter(|&k| by_size[k].0 > 0 && budget as f64 / 2.0 * mass(d, k) > total(d)).collect();
        for pair in certain.windows(2) {
            let (found, expected) = (by_size[pair[0]].1 / by_size[pair[1]].1, mass(d, pair[0]) / mass(d, pair[1]));
            prop_assert!((found / expected - 1.0).abs() < 1e-10, "{:?}: {} {}", pair, found, expected);
        }
        // All rows of a size weigh the same.
        for (row, weight) in rows.iter().zip(&draw.weight) {
            let (count, sum) = by_size[row.len()];
            prop_assert!((weight * count as f64 / sum - 1.0).abs() < 1e-10);
        }
    }
}

/// Sizes 1 and 5 are complete, 2 and 4 get 4.15 of 15 pairs on average and 3 gets 1.85 of 10.
#[test]
fn every_subset_of_a_size_is_equally_likely() {
    let (d, runs) = (6, 6_000);
    let mut counts: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for seed in 0..runs {
        for row in members(&draw(d, 24, seed)) {
            *counts.entry(row).or_default() += 1;
        }
    }
    let left = 6.0;
    for (k, pairs, masses) in [(2, 15, 2.0 * mass(d, 2)), (3, 10, mass(d, 3))] {
        let taken = left * masses / (2.0 * mass(d, 2) + mass(d, 3));
        let of_size: Vec<u64> = counts.iter().filter(|(row, _)| row.len() == k).map(|(_, count)| *count).collect();
        let expected = runs as f64 * taken / f64::from(pairs);
        assert_eq!(of_size.len() as f64, choose(d, k));
        // The middle size holds each pair twice. Without replacement the counts vary less than multinomial ones.
        let each: Vec<f64> = if k == 3 {
            let of = |row: &Vec<usize>| row.contains(&0);
            counts.iter().filter(|(row, _)| row.len() == 3 && of(row)).map(|(_, count)| *count as f64).collect()
        } else {
            of_size.iter().map(|count| *count as f64).collect()
        };
        assert_eq!(each.len(), pairs as usize);
        let statistic: f64 = each.iter().map(|count| (count - expected).powi(2) / expected).sum();
        let scaled = statistic * (f64::from(pairs) - 1.0) / (f64::from(pairs) - taken);
        let p = tail(scaled, pairs as usize - 1);
        assert!(p > 1e-3 && p < 1.0 - 1e-3, "{k}: {p} {each:?}");
    }
}

/// Sizes with more than 2^64 masks.
#[test]
fn features_are_equally_likely_in_sizes_that_cannot_be_numbered() {
    let d = 100;
    let mut counts = vec![vec![0u64; d]; d];
    for seed in 0..40 {
        for row in members(&draw(d, 600, seed)) {
            for &member in &row {
                counts[row.len()][member] += 1;
            }
        }
    }
    for k in [20, 35, 49, 50] {
        let all: u64 = counts[k].iter().sum();
        assert!(all > 2_000);
        if k == 50 {
            // A mask or its complement holds a feature.
            assert!(counts[k].iter().all(|count| *count == all / 100));
        } else {
            // A row holds a feature at most once.
            let expected = all as f64 / d as f64;
            let statistic: f64 = counts[k].iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
            assert!(tail(statistic / (1.0 - k as f64 / d as f64), d - 1) > 1e-4, "{k}");
        }
    }
}

/// The first feature is as often with the second as without, in the drawn mask as in its complement.
#[test]
fn masks_of_the_middle_size_are_no_half_of_them() {
    for d in [8, 100] {
        let mut together = [0u64; 4];
        for seed in 0..2_000 {
            let rows = members(&draw(d, 40, seed));
            for row in rows.iter().filter(|row| row.len() == d / 2) {
                together[usize::from(row.contains(&0)) + 2 * usize::from(row.contains(&(d - 1)))] += 1;
            }
        }
        // P(both or neither) = (d/2 - 1) / (d - 1), and each side comes with its complement.
        assert_eq!((together[0], together[1]), (together[3], together[2]));
        let (same, all) = (together[0] as f64, (together[0] + together[1]) as f64);
        let p = (d as f64 / 2.0 - 1.0) / (d as f64 - 1.0);
        assert!((same - all * p).abs() < 4.0 * (all * p * (1.0 - p)).sqrt(), "{d}: {together:?}");
    }
}

/// Where sizes get less than a pair, their weight is right on average.
#[test]
fn small_budgets_weigh_sizes_rightly_on_average() {
    let (d, budget, runs) = (12, 6, 20_000);
    let mut weights = vec![0.0; d];
    for seed in 0..runs {
        let draw = draw(d, budget, seed);
        for (row, weight) in members(&draw).iter().zip(&draw.weight) {
            weights[row.len()] += weight / f64::from(budget as u32);
        }
    }
    for (k, weight) in weights.iter().enumerate().skip(1) {
        let (found, expected) = (weight / runs as f64, mass(d, k) / total(d));
        // Scaling the weights of one draw to a mean of 1 leaves a bias of the order of the rounding.
        assert!((found / expected - 1.0).abs() < 0.08, "{k}: {found} {expected}");
    }
}

#[test]
fn any_range_gives_the_same_rows_in_both_types() {
    // Complete, without replacement, and independent.
    for (d, budget) in [(2, 100), (9, 10_000), (20, 611), (300, 520), (1000, 300), (7, 3)] {
        check_ranges(&Coalitions, &Space::<f64>::masks(d), budget);
        check_ranges(&Coalitions, &Space::<f32>::masks(d), budget);
    }
}

#[test]
fn types_agree() {
    let (wide, narrow) = (draw(15, 300, 2), sample(&Coalitions, &Space::<f32>::masks(15), 300, 2));
    assert_eq!(wide.z, narrow.z.map(f64::from));
    assert!(wide.weight.iter().zip(&narrow.weight).all(|(a, b)| *a as f32 == *b));
}

#[test]
fn seeds_budgets_and_clusters() {
    assert_ne!(draw(12, 200, 1).z, draw(12, 200, 2).z);
    let space = Space::<f64>::masks(12);
    let design = Coalitions.design(&space, 201, 1).unwrap();
    assert_eq!(design.rows(), 200);
    assert!(!design.extensible());
    assert_ne!(draw(12, 200, 1).z, draw(12, 400, 1).z.rows(0, 200));
    assert!((0..200).all(|row| design.cluster(row) == row / 2));
}

/// The coefficients of least squares under g(0) = f(0) and g(1) = f(1): the last feature is eliminated.
fn constrained(draw: &Draw<f64>, answers: &DVector<f64>, empty: f64, full: f64) -> Vec<f64> {
    let (n, d) = draw.z.shape();
    let x = DMatrix::from_fn(n, d - 1, |i, j| draw.z[(i, j)] - draw.z[(i, d - 1)]);
    let y = DVector::from_fn(n, |i, _| answers[i] - empty - draw.z[(i, d - 1)] * (full - empty));
    let weighted = DMatrix::from_fn(n, d - 1, |i, j| draw.weight[i] * x[(i, j)]);
    let solved = weighted.tr_mul(&x).lu().solve(&weighted.tr_mul(&y)).unwrap();
    let mut found: Vec<f64> = solved.iter().copied().collect();
    found.push(full - empty - found.iter().sum::<f64>());
    found
}

/// sum over S without j of |S|! (d - |S| - 1)! / d! (v(S + j) - v(S)); Shapley (1953).
fn shapley(d: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let phi = |j: usize| {
        let without = (0..1usize << d).filter(|set| set >> j & 1 == 0);
        without
            .map(|set| (value(set | 1 << j) - value(set)) / (d as f64 * choose(d - 1, set.count_ones() as usize)))
            .sum()
    };
    (0..d).map(phi).collect()
}

/// A game without any structure.
fn game(set: usize) -> f64 {
    let x = (set as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((x ^ (x >> 29)) % 1_000_003) as f64 / 1_000_003.0
}

fn set(row: &[usize]) -> usize {
    row.iter().map(|j| 1 << j).sum()
}

#[test]
fn all_coalitions_give_the_shapley_values() {
    for d in 2..=10 {
        let draw = draw(d, usize::MAX, 0);
        let answers = DVector::from_iterator(draw.rows(), members(&draw).iter().map(|row| game(set(row))));
        let found = constrained(&draw, &answers, game(0), game((1 << d) - 1));
        for (found, expected) in found.iter().zip(shapley(d, game)) {
            assert!((found - expected).abs() < 1e-10, "{d}: {found} {expected}");
        }
    }
}

/// A mask and its complement together do not see what is even in the signs of the features, so that games of additive and
/// pairwise terms are exact from few rows.
#[test]
fn pairs_make_pairwise_games_exact() {
    let d = 9;
    let value = |set: usize| {
        let has = |j: usize| (set >> j & 1) as f64;
        (0..d).map(|j| (j as f64 - 3.0) * has(j) + has(j) * has((j + 4) % d) * 2.0).sum::<f64>()
    };
    let draw = draw(d, 60, 5);
    let answers = DVector::from_iterator(draw.rows(), members(&draw).iter().map(|row| value(set(row))));
    let found = constrained(&draw, &answers, value(0), value((1 << d) - 1));
    for (found, expected) in found.iter().zip(shapley(d, value)) {
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
}

#[test]
fn more_coalitions_come_closer() {
    let d = 10;
    let exact = shapley(d, game);
    let error = |budget: usize| {
        let squares = (0..40).map(|seed| {
            let draw = draw(d, budget, seed);
            let answers = DVector::from_iterator(draw.rows(), members(&draw).iter().map(|row| game(set(row))));
            let found = constrained(&draw, &answers, game(0), game((1 << d) - 1));
            found.iter().zip(&exact).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        });
        (squares.sum::<f64>() / 40.0).sqrt()
    };
    let [few, some, many, all] = [60, 240, 960, 1022].map(error);
    // Independent rows would halve the error from step to step; without replacement it ends at nothing.
    assert!(some < 0.6 * few && many < 0.3 * some && all < 1e-10, "{few} {some} {many} {all}");
}

fn refusal<F: Real>(space: &Space<F>, rows: usize) -> (Error, String) {
    let error = *Coalitions.design(space, rows, 0).err().unwrap().downcast::<Error>().unwrap();
    (error.clone(), error.to_string())
}

#[test]
fn spaces_without_coalitions_are_refused() {
    let normal = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let (error, message) = refusal(&Space::<f64>::new(vec![Law::mask(), normal], vec![1.0; 2]).unwrap(), 100);
    assert!(matches!(error, Error::NotAMask { feature: 1, sampler: "Coalitions", .. }), "{error:?}");
    assert!(message.contains("discretise it"), "{message}");
    let (error, message) = refusal(&Space::<f32>::masks(4).with_noise(true), 100);
    assert_eq!(error, Error::RandomCoalition);
    assert!(message.contains("sets what is absent to a fixed value"), "{message}");
    for features in [0, 1] {
        let (error, message) = refusal(&Space::<f64>::masks(features), 100);
        assert_eq!(error, Error::NoCoalition { features });
        assert!(message.contains("f(x) - f(empty)"), "{message}");
    }
    let (error, message) = refusal(&Space::<f64>::masks(4), 1);
    assert_eq!(error, Error::CoalitionRows(1));
    assert!(message.contains("at least 2"), "{message}");
}

#[test]
fn frequencies_do_not_matter() {
    let law = Law::Levels { own: 0, frequency: vec![0.125, 0.875] };
    let space = Space::<f64>::new(vec![law; 8], vec![1.0; 8]).unwrap();
    assert_eq!(sample(&Coalitions, &space, 50, 1).z, draw(8, 50, 1).z);
}

/// No memory for the budget, and counts beyond what 53 bits hold.
#[test]
fn budgets_beyond_all_bounds() {
    for (d, rows) in [(60, (1 << 60) - 2), (66, usize::MAX - 1), (200, usize::MAX - 1)] {
        let space = Space::<f64>::masks(d);
        let design = Coalitions.design(&space, usize::MAX, 0).unwrap();
        // Rounding of 53 bits may leave a share beyond a size's last pair untaken.
        let end = design.rows();
        assert!(end <= rows && end as f64 > 0.999 * rows as f64, "{end}");
        let mut draw = Draw::new(&space, 4);
        design.fill(end - 4..end, &mut draw);
        assert!(draw.z.column_sum().iter().all(|size| *size >= 1.0 && *size < d as f64));
    }
}

#[test]
fn many_features() {
    for d in [150, 5_000] {
        let draw = draw(d, 400, 1);
        assert_eq!(draw.rows(), 400);
        let rows = members(&draw);
        assert!((draw.weight.iter().sum::<f64>() / 400.0 - 1.0).abs() < 1e-10);
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), 400);
        // Sizes 1 and d - 1 have the share 2 / (2 (ln d + 0.577)) of the weight, to 1 / d.
        let outermost = rows.iter().zip(&draw.weight).filter(|(row, _)| row.len() == 1 || row.len() == d - 1);
        let share = outermost.map(|(_, weight)| weight).sum::<f64>() / 400.0;
        assert!((share / (2.0 * mass(d, 1) / total(d)) - 1.0).abs() < 0.1, "{share}");
    }
}
