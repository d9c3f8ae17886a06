//! Draws of whole designs and the statistics to judge them by.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::ops::Range;
use std::sync::Arc;

use lime_core::{Draw, Law, Quantile, Real, Sampler, Space};
use statrs::distribution::{ChiSquared, ContinuousCDF};

struct Identity;

impl<F: Real> Quantile<F> for Identity {
    fn quantile(&self, u: F) -> F {
        u
    }
}

/// The space whose samples are the points of the unit cube themselves.
pub fn cube<F: Real>(d: usize) -> Space<F> {
    Space::new(vec![Law::Continuous(Arc::new(Identity)); d], vec![F::of(0.5); d]).unwrap()
}

/// Levels with these shares of the instance's own, and noise.
pub fn levels<F: Real>(shares: &[f64]) -> Space<F> {
    let laws = shares.iter().map(|&p| Law::Levels { own: 0, frequency: vec![p, 1.0 - p] }).collect();
    Space::new(laws, vec![F::one(); shares.len()]).unwrap().with_noise(true)
}

pub fn part<F: Real>(
    sampler: &dyn Sampler<F>,
    space: &Space<F>,
    budget: usize,
    seed: u64,
    rows: Range<usize>,
) -> Draw<F> {
    let mut draw = Draw::new(space, rows.len());
    sampler.design(space, budget, seed).unwrap().fill(rows, &mut draw);
    draw
}

/// All rows of a design.
pub fn whole<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, budget: usize, seed: u64) -> Draw<F> {
    let rows = sampler.design(space, budget, seed).unwrap().rows();
    part(sampler, space, budget, seed, 0..rows)
}

/// A row's samples, noise and weight.
pub fn row<F: Real>(draw: &Draw<F>, row: usize) -> Vec<F> {
    draw.z.row(row).iter().chain(draw.noise.row(row).iter()).copied().chain([draw.weight[row]]).collect()
}

/// Asks for the rows in pieces of many sizes, the last first, and compares them with the design asked at once.
pub fn any_range_gives_the_same_rows<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, budget: usize) {
    let all = whole(sampler, space, budget, 7);
    let n = all.rows();
    let cuts = [0, 1, 2, 3, 100, 255, 256, 257, 258, 511, 512, 513, 600];
    let mut cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut < n).chain([n]).collect();
    cuts.reverse();
    let design = sampler.design(space, budget, 7).unwrap();
    // Longer than one tile and across its edges, then the pieces, in one buffer.
    let mut ranges: Vec<Range<usize>> = vec![1.min(n)..n, 0..n.min(300), n / 2..n];
    ranges.extend(cuts.windows(2).map(|pair| pair[1]..pair[0]));
    let mut draw = Draw::new(space, 0);
    for rows in ranges {
        draw.reset(rows.len());
        draw.z.fill(F::of(f64::NAN));
        draw.noise.fill(F::of(f64::NAN));
        design.fill(rows.clone(), &mut draw);
        assert!(draw.instance.is_empty());
        for (at, i) in rows.clone().enumerate() {
            assert_eq!(row(&draw, at), row(&all, i), "row {i} in {rows:?}");
        }
    }
}

/// The probability of a chi-square above that of these counts, where each is expected to be the same.
pub fn even(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
    tail(statistic, counts.len() - 1)
}

/// The probability of a chi-square above `statistic`.
pub fn tail(statistic: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).unwrap().sf(statistic)
}

/// The asymptotic probability of a Kolmogorov-Smirnov distance from the uniform law above that of these values.
pub fn uniform(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values
        .iter()
        .enumerate()
        .map(|(i, u)| (u - i as f64 / n).abs().max(((i + 1) as f64 / n - u).abs()))
        .fold(0.0, f64::max);
    let x = distance * n.sqrt();
    (1..100)
        .map(|k| f64::from(if k % 2 == 1 { 2 } else { -2 }) * (-2.0 * (f64::from(k) * x).powi(2)).exp())
        .sum::<f64>()
        .min(1.0)
}
