//! Summaries of columns: exact figures against two passes, the sketch against exact quantiles.

use lime_tabular::{Counts, Summary, quantile};
use proptest::prelude::*;

/// A permutation of 0 .. n by a multiplier without a common divisor with n.
fn shuffled(n: u64) -> impl Iterator<Item = u64> {
    (0..n).map(move |i| i * 377_777 % n)
}

/// The greatest difference between a summary's quantiles and the exact ranks of these: the share of values below them and the
/// share not above them enclose the rank asked for, or miss it by so much.
fn rank_error(summary: &Summary, sorted: &[f64]) -> f64 {
    let (values, weights) = summary.values();
    assert_eq!(weights.unwrap().len(), values.len());
    let n = sorted.len() as f64;
    let mut worst = 0.0f64;
    for (i, value) in values.iter().enumerate() {
        let rank = i as f64 / (values.len() - 1) as f64;
        let below = sorted.partition_point(|v| v < value) as f64 / n;
        let not_above = sorted.partition_point(|v| v <= value) as f64 / n;
        worst = worst.max(below - rank).max(rank - not_above);
    }
    worst
}

fn sketched(values: &[f64]) -> (Summary, Vec<f64>) {
    let mut summary = Summary::new(10_000);
    summary.absorb(values);
    assert!(!summary.is_exact());
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (summary, sorted)
}

#[test]
fn a_million_values_have_their_quantiles() {
    const N: u64 = 1_000_000;
    let uniform: Vec<f64> = shuffled(N).map(|i| i as f64).collect();
    let rising: Vec<f64> = (0..N).map(|i| i as f64).collect();
    let falling: Vec<f64> = rising.iter().rev().copied().collect();
    let heavy: Vec<f64> = shuffled(N).map(|i| ((i as f64 + 0.5) / N as f64).powi(-2)).collect();
    // Two heaps with nothing between them, and a million times as far from each other as each is wide.
    let heaps: Vec<f64> = shuffled(N).map(|i| if i % 2 == 0 { i as f64 } else { 1e12 + i as f64 }).collect();
    // A quarter of the values are one and the same.
    let spike: Vec<f64> = shuffled(N).map(|i| if i % 4 == 0 { 250_000.0 } else { i as f64 }).collect();
    // Beside gaps and spikes, a centroid (up to 0.14 % of all values at the median) may stand for values on both sides.
    for (name, values, most) in [
        ("uniform", uniform, 1e-4),
        ("rising", rising, 1e-4),
        ("falling", falling, 1e-4),
        ("heavy", heavy, 1e-4),
        ("heaps", heaps, 2e-3),
        ("spike", spike, 2e-3),
    ] {
        let (summary, sorted) = sketched(&values);
        let error = rank_error(&summary, &sorted);
        println!("{name}: {error:e}");
        assert!(error < most, "{name}: {error}");
        assert_eq!((summary.min(), summary.max()), (sorted[0], sorted[sorted.len() - 1]), "{name}");
        let (values, weights) = summary.values();
        assert_eq!((values[0], values[4096]), (summary.min(), summary.max()), "{name}");
        assert!((weights.unwrap().iter().sum::<f64>() - N as f64).abs() < 1e-6);
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{name}");
    }
}

#[test]
fn parts_merge_into_the_whole() {
    let values: Vec<f64> = shuffled(200_000).map(|i| (i as f64).sqrt()).collect();
    let (whole, sorted) = sketched(&values);
    for cut in [5, 5_000, 150_000, 199_999] {
        let (mut left, mut right) = (Summary::new(10_000), Summary::new(10_000));
        left.absorb(&values[..cut]);
        right.absorb(&values[cut..]);
        left.merge(&right);
        assert_eq!((left.count(), left.min(), left.max()), (whole.count(), whole.min(), whole.max()));
        assert!((left.mean() / whole.mean() - 1.0).abs() < 1e-14 && (left.sd() / whole.sd() - 1.0).abs() < 1e-12);
        let error = rank_error(&left, &sorted);
        assert!(error < 1e-3, "cut at {cut}: {error}");
    }
    let (mut left, mut right) = (Summary::new(10), Summary::new(10));
    left.absorb(&[2.0, 1.0]);
    right.absorb(&[3.0, f64::NAN, 0.0]);
    left.merge(&right);
    assert_eq!((left.values(), left.missing()), ((vec![0.0, 1.0, 2.0, 3.0], None), 1));
}

#[test]
fn few_distinct_values_stay_exact() {
    let mut age = Summary::new(1_000);
    shuffled(100_000).for_each(|i| age.absorb(&[(i % 90) as f64]));
    assert!(age.is_exact());
    let (values, weights) = age.values();
    assert_eq!(values, (0..90).map(f64::from).collect::<Vec<_>>());
    // 100,000 = 1,111 * 90 + 10.
    let counts: Vec<f64> = (0..90).map(|age| if age < 10 { 1_112.0 } else { 1_111.0 }).collect();
    assert_eq!(weights.unwrap(), counts);
    age.absorb(&(0..1_000).map(f64::from).collect::<Vec<_>>());
    age.absorb(&(0..1_000).map(f64::from).collect::<Vec<_>>());
    assert!(!age.is_exact());
}

#[test]
fn one_pass_figures_are_those_of_two() {
    // Far from 0, where the sum of squares would lose all digits: mean and variance of 0 .. 9 are 4.5 and 8.25.
    let mut far = Summary::exact();
    (0..100_000).for_each(|i| far.absorb(&[1e9 + f64::from(i % 10)]));
    assert_eq!(far.mean(), 1e9 + 4.5);
    assert!((far.sd() - 8.25f64.sqrt()).abs() < 1e-9);
    assert!(far.is_whole());
    far.absorb(&[0.5, f64::INFINITY]);
    assert!(!far.is_whole());
    assert_eq!((far.count(), far.infinite()), (100_001, 1));
    // A value so great that the others vanish beside it, and then goes away.
    let mut lost = Summary::exact();
    lost.absorb(&[1.0, 1e100, 1.0, -1e100]);
    assert_eq!(lost.mean(), 0.5);
    let none = Summary::exact();
    assert!(none.mean().is_nan() && none.sd().is_nan());
    assert_eq!(none.values(), (Vec::new(), None));
}

#[test]
fn counts_by_value() {
    let mut counts = Counts::new().sentinel(-1.0);
    counts.absorb(&[-0.0, 3.0, f64::NAN, -1.0]);
    let mut more = Counts::new();
    more.absorb(&[0.0, -2.5]);
    counts.merge(&more);
    assert_eq!(counts.values(), (vec![-2.5, 0.0, 3.0], vec![1, 2, 1]));
    assert_eq!((counts.count(), counts.missing()), (4, 2));
}

proptest! {
    #[test]
    fn slices_make_no_difference(values in prop::collection::vec(-1e6f64..1e6, 1..400), cut in 1usize..50) {
        let (mut one, mut many) = (Summary::new(64), Summary::new(64));
        one.absorb(&values);
        values.chunks(cut).for_each(|slice| many.absorb(slice));
        prop_assert_eq!(one.values(), many.values());
        prop_assert_eq!((one.mean().to_bits(), one.sd().to_bits()), (many.mean().to_bits(), many.sd().to_bits()));
    }

    #[test]
    fn exact_summaries_are_the_sorted_values(mut values in prop::collection::vec(-50i32..50, 1..300)) {
        let numbers: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let (mut all, mut few) = (Summary::exact(), Summary::new(250));
        all.absorb(&numbers);
        few.absorb(&numbers);
        values.sort_unstable();
        let sorted: Vec<f64> = values.iter().copied().map(f64::from).collect();
        prop_assert_eq!(quantile(&all.values().0, 0.3), quantile(&sorted, 0.3));
        prop_assert_eq!(all.values(), (sorted.clone(), None));
        let (distinct, weights) = few.values();
        let weights = weights.unwrap_or_else(|| vec![1.0; distinct.len()]);
        let again: Vec<f64> =
            distinct.iter().zip(&weights).flat_map(|(v, w)| std::iter::repeat_n(*v, *w as usize)).collect();
        prop_assert_eq!(again, sorted);
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let variance = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
        prop_assert!((all.mean() - mean).abs() < 1e-9 && (all.sd() - variance.sqrt()).abs() < 1e-9);
    }
}
