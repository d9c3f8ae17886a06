//! What every design promises, and whether what it draws follows a law.

use std::ops::Range;
use std::sync::Arc;

use lime_core::{Design, Draw, Law, Quantile, Real, Sampler, Space, TILE};
use lime_samplers::Normal;
use statrs::distribution::{ChiSquared, ContinuousCDF, Uniform};
use statrs::stats_tests::NaNPolicy;
use statrs::stats_tests::chisquare::chisquare;
use statrs::stats_tests::ks_test::{KSOneSampleAlternativeMethod, ks_onesample};

/// Seeds are fixed, so a test either always passes or never; a right sampler fails one seed in ten thousand.
pub(crate) const P: f64 = 1e-4;

/// Four levels of which the instance's has various frequencies, with noise or without.
pub(crate) fn levels<F: Real>(noise: bool) -> Space<F> {
    let own = [0.25, 0.5, 0.9, 0.03, 0.6];
    let laws = own.map(|own| Law::Levels { own: 1, frequency: vec![(1.0 - own) / 2.0, own, (1.0 - own) / 2.0] });
    Space::new(laws.to_vec(), vec![F::one(); own.len()]).unwrap().with_noise(noise)
}

/// Normal coordinates (mean, sd) around an instance.
pub(crate) fn numbers<F: Real>(laws: &[(f64, f64)], origin: &[f64]) -> Space<F> {
    let laws = laws.iter().map(|&(mean, sd)| Law::Continuous(Arc::new(Normal::new(mean, sd).unwrap())));
    Space::new(laws.collect(), origin.iter().map(|&x| F::of(x)).collect()).unwrap()
}

/// A level, a number and a level, with noise.
pub(crate) fn mixed<F: Real>() -> Space<F> {
    let level = |own: f64| Law::Levels { own: 0, frequency: vec![own, 1.0 - own] };
    let number = Law::Continuous(Arc::new(Normal::new(1.0, 2.0).unwrap()));
    Space::new(vec![level(0.3), number, level(0.5)], vec![F::one(), F::of(2.5), F::one()]).unwrap().with_noise(true)
}

struct Identity;

impl<F: Real> Quantile<F> for Identity {
    fn quantile(&self, u: F) -> F {
        u
    }
}

/// The space whose samples are the points of the unit cube themselves.
pub(crate) fn cube<F: Real>(d: usize) -> Space<F> {
    Space::new(vec![Law::Continuous(Arc::new(Identity)); d], vec![F::of(0.5); d]).unwrap()
}

/// A block of samples that nothing has been written to.
pub(crate) fn blank<F: Real>(space: &Space<F>, rows: usize) -> Draw<F> {
    let mut draw = Draw::new(space, rows);
    let nothing = F::of(f64::NAN);
    draw.z.fill(nothing);
    draw.noise.fill(nothing);
    draw
}

/// All rows of a design.
pub(crate) fn all<F: Real>(design: &dyn Design<F>, space: &Space<F>) -> Draw<F> {
    let mut draw = blank(space, design.rows());
    design.fill(0..design.rows(), &mut draw);
    draw
}

/// That many samples under a seed.
pub(crate) fn sample<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, rows: usize, seed: u64) -> Draw<F> {
    all(sampler.design(space, rows, seed).unwrap().as_ref(), space)
}

/// Some rows of the design of that many samples under a seed.
pub(crate) fn part<F: Real>(
    sampler: &dyn Sampler<F>,
    space: &Space<F>,
    budget: usize,
    seed: u64,
    rows: Range<usize>,
) -> Draw<F> {
    let mut draw = blank(space, rows.len());
    sampler.design(space, budget, seed).unwrap().fill(rows, &mut draw);
    draw
}

/// Every number of each row, bit for bit, and whether it is the instance.
pub(crate) fn bits<F: Real>(draw: &Draw<F>) -> Vec<(Vec<u64>, bool)> {
    let row = |i: usize| {
        let (z, noise) = (draw.z.row(i), draw.noise.row(i));
        let values = z.iter().chain(noise.iter()).chain([&draw.weight[i]]);
        (values.copied().map(|v| v.wide().to_bits()).collect(), draw.instance.contains(&i))
    };
    (0..draw.rows()).map(row).collect()
}

/// The rows of a design as they come in these pieces, whatever the order of the pieces.
pub(crate) fn pieces<F: Real>(design: &dyn Design<F>, space: &Space<F>, cuts: &[usize]) -> Vec<(Vec<u64>, bool)> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut % (design.rows() + 1)).chain([0, design.rows()]).collect();
    cuts.sort_unstable();
    let mut parts: Vec<Vec<(Vec<u64>, bool)>> = Vec::new();
    for piece in cuts.windows(2).rev() {
        let mut draw = blank(space, piece[1] - piece[0]);
        design.fill(piece[0]..piece[1], &mut draw);
        parts.push(bits(&draw));
    }
    parts.into_iter().rev().flatten().collect()
}

/// The promises of a design, for `rows` samples asked for: rows do not depend on the range they are asked in, nor on the
/// design that is asked; everything is written; no weight is below 0; noise is inside (0, 1); rows that are the instance
/// are it; an extensible design has the same first rows, in the same clusters, for any number of them.
pub(crate) fn check_ranges<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, rows: usize) {
    let design = sampler.design(space, rows, 7).unwrap();
    let n = design.rows();
    let draw = all(design.as_ref(), space);
    let whole = bits(&draw);
    let around_tiles = [1, TILE - 1, TILE, TILE + 1, 2 * TILE - 1, 2 * TILE, 2 * TILE + 1];
    assert_eq!(pieces(design.as_ref(), space, &around_tiles), whole);
    assert_eq!(pieces(design.as_ref(), space, &(0..n).collect::<Vec<_>>()), whole, "row by row");
    assert_eq!(bits(&all(sampler.design(space, rows, 7).unwrap().as_ref(), space)), whole, "another design");

    assert_eq!(draw.noise.shape(), (n, if space.noise() { space.features() } else { 0 }));
    assert!(draw.z.iter().all(|z| z.wide().is_finite()));
    assert!(draw.noise.iter().all(|u| u.wide() > 0.0 && u.wide() < 1.0));
    assert!(draw.weight.iter().all(|w| w.wide() >= 0.0));
    assert!(draw.instance.iter().enumerate().all(|(at, row)| !draw.instance[..at].contains(row)), "told twice");
    for &row in &draw.instance {
        assert!(draw.z.row(row).iter().zip(space.origin()).all(|(z, x)| z == x));
    }
    for (law, column) in space.laws().iter().zip(draw.z.column_iter()) {
        if matches!(law, Law::Levels { .. }) {
            assert!(column.iter().all(|z| *z == F::zero() || *z == F::one()));
        }
    }
    if design.extensible() {
        for more in [n + 1, n + TILE, 2 * n] {
            let longer = sampler.design(space, more, 7).unwrap();
            assert_eq!(longer.rows(), more);
            assert_eq!(bits(&all(longer.as_ref(), space))[..n], whole, "{more} rows asked for");
            assert!((0..n).all(|row| longer.cluster(row) == design.cluster(row)));
        }
    }
}

/// Whether the rows depend on the seed.
pub(crate) fn check_seeds<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, rows: usize, random: bool) {
    let rows = |seed| bits(&sample(sampler, space, rows, seed));
    assert_eq!(rows(7) != rows(8), random);
}

/// The mean of the design weights.
pub(crate) fn mean_weight<F: Real>(draw: &Draw<F>) -> f64 {
    draw.weight.iter().map(|w| w.wide()).sum::<f64>() / draw.rows() as f64
}

pub(crate) fn column<F: Real>(draw: &Draw<F>, j: usize) -> Vec<f64> {
    draw.z.column(j).iter().map(|z| z.wide()).collect()
}

/// The noise of feature `j` in the rows where z' has this value.
pub(crate) fn noise_where<F: Real>(draw: &Draw<F>, j: usize, value: f64) -> Vec<f64> {
    let rows = draw.z.column(j);
    let noise = draw.noise.column(j);
    rows.iter().zip(noise.iter()).filter(|(z, _)| z.wide() == value).map(|(_, u)| u.wide()).collect()
}

/// Fails where counts do not follow their probabilities: Pearson's chi-square test. Categories of probability 0 must be empty.
pub(crate) fn chi_square(counts: &[usize], probabilities: &[f64], what: &str) {
    let n: usize = counts.iter().sum();
    assert_eq!(counts.len(), probabilities.len(), "{what}");
    let impossible = counts.iter().zip(probabilities).filter(|(_, p)| **p == 0.0).map(|(c, _)| c).sum::<usize>();
    assert_eq!(impossible, 0, "{what}: {impossible} of probability 0");
    let (counts, expected): (Vec<usize>, Vec<f64>) =
        counts.iter().zip(probabilities).filter(|(_, p)| **p > 0.0).map(|(c, p)| (*c, p * n as f64)).unzip();
    assert!(expected.iter().all(|e| *e >= 5.0), "{what}: too few samples for a test, {expected:?} expected");
    let (statistic, p) = chisquare(&counts, Some(&expected), None).unwrap();
    assert!(p > P, "{what}: chi-square {statistic}, p = {p:e}: {counts:?} for {expected:?}");
}

/// Fails where values do not follow a continuous distribution function: Kolmogorov and Smirnov's test.
pub(crate) fn ks(values: &[f64], distribution: impl Fn(f64) -> f64, what: &str) {
    assert!(values.len() >= 500, "{what}: too few samples for a test, {}", values.len());
    let uniform = values.iter().map(|v| distribution(*v)).collect();
    let method = KSOneSampleAlternativeMethod::TwoSidedAsymptotic;
    let (statistic, p) = ks_onesample(uniform, &Uniform::standard(), method, NaNPolicy::Error).unwrap();
    assert!(p > P, "{what}: D = {statistic}, p = {p:e}");
}

/// Fails where values are not uniform in (0, 1).
pub(crate) fn ks_uniform(values: &[f64], what: &str) {
    ks(values, |u| u, what);
}

/// Fails where a share of `n` is more than 4 standard errors from a probability.
pub(crate) fn share(count: usize, n: usize, probability: f64, what: &str) {
    let error = (probability * (1.0 - probability) / n as f64).sqrt();
    let z = (count as f64 / n as f64 - probability) / error;
    assert!(z.abs() < 4.0, "{what}: {count} of {n} for a probability of {probability}, z = {z}");
}

/// The correlation of two columns.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let product =
        |x: &[f64], mx: f64, y: &[f64], my: f64| x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>();
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

/// The probability of a chi-square above `statistic`.
pub(crate) fn tail(statistic: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).unwrap().sf(statistic)
}

/// The asymptotic probability of a Kolmogorov-Smirnov distance from the uniform law above that of these values.
pub(crate) fn uniform(values: &mut [f64]) -> f64 {
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
