//! Samplers of masks against their laws, by enumeration and by closed formulas.

use crate::support::{
    self, chi_square, column, correlation, ks_uniform, levels, mean_weight, noise_where, sample, share,
};
use lime_core::{Draw, Law, Real, Sampler, Space, Stream};
use lime_samplers::{Antithetic, BernoulliMask, Exhaustive, LeaveOneOut, MaskSize, RemovedCount, Tilted};
use statrs::function::factorial::binomial;

/// The row of the enumeration that a sample is: bit j for feature j.
fn mask_of<F: Real>(draw: &Draw<F>, row: usize) -> usize {
    draw.z.row(row).iter().enumerate().map(|(j, z)| usize::from(*z == F::one()) << j).sum()
}

/// How often each mask appears, without the rows that are the instance.
fn counts<F: Real>(draw: &Draw<F>) -> Vec<usize> {
    let mut counts = vec![0; 1 << draw.z.ncols()];
    for row in (0..draw.rows()).filter(|row| !draw.instance.contains(row)) {
        counts[mask_of(draw, row)] += 1;
    }
    counts
}

fn choose(d: usize, k: usize) -> f64 {
    binomial(d as u64, k as u64)
}

/// What z' leaves over is uniform on either side of every feature.
fn check_noise<F: Real>(draw: &Draw<F>, what: &str) {
    for j in 0..draw.noise.ncols() {
        for side in [0.0, 1.0] {
            let noise = noise_where(draw, j, side);
            if noise.len() >= 500 {
                ks_uniform(&noise, &format!("{what}: noise of feature {j} where z' = {side}"));
            }
        }
    }
}

#[test]
fn bernoulli_masks_are_independent_with_the_probability_asked_for() {
    fn check<F: Real>() {
        for (p, seed) in [(0.5, 1), (0.13, 2), (1.0 / 3.0, 3), (0.8, 4)] {
            let draw = sample(&BernoulliMask::new(p).unwrap(), &Space::<F>::masks(4), 20_000, seed);
            let law = (0..16usize).map(|mask| (0..4).map(|j| if mask >> j & 1 == 1 { p } else { 1.0 - p }).product());
            chi_square(&counts(&draw), &law.collect::<Vec<_>>(), &format!("masks at {p}"));
        }
        let draw = sample(&BernoulliMask::new(0.3).unwrap(), &levels::<F>(true), 10_000, 5);
        check_noise(&draw, "BernoulliMask");
        let default = sample(&BernoulliMask::default(), &Space::<F>::masks(1), 10_000, 0);
        share(counts(&default)[1], 10_000, 0.5, "captum's default");
    }
    check::<f32>();
    check::<f64>();
}

/// Fair coins are bits of shared words: the features of one word, of two, and those at the same place in two. Another bit for a feature
/// would change every explanation published with a seed.
#[test]
fn fair_coins_of_many_features_are_independent_bits() {
    let (d, rows) = (70, 10_000);
    let draw = sample(&BernoulliMask::default(), &Space::<f64>::masks(d), rows, 6);
    Stream::new(6).words(0..rows, 0..3, |column, at, words| {
        for (row, word) in at.zip(words) {
            for j in (32 * column..d).take(32) {
                assert_eq!(draw.z[(row, j)], f64::from(word >> (j % 32) & 1), "{row} {j}");
            }
        }
    });
    for j in 0..d {
        let kept = column(&draw, j).iter().filter(|z| **z == 1.0).count();
        share(kept, rows, 0.5, &format!("feature {j}"));
        for other in 0..j {
            let r = correlation(&column(&draw, j), &column(&draw, other));
            assert!(r.abs() < 5.0 / (rows as f64).sqrt(), "{j} {other}: {r}");
        }
    }
}

#[test]
fn the_number_of_removed_features_is_uniform_and_every_set_of_them_as_likely() {
    fn check<F: Real>() {
        let d = 6;
        let draw = sample(&RemovedCount, &Space::<F>::masks(d), 40_001, 11);
        assert_eq!(draw.instance, [0]);
        let law = (0..1usize << d)
            .map(|mask| mask.count_ones() as usize)
            .map(|kept| if kept == d { 0.0 } else { 1.0 / (d as f64 * choose(d, kept)) });
        chi_square(&counts(&draw), &law.collect::<Vec<_>>(), "masks of the text sampler");
        check_noise(&sample(&RemovedCount, &levels::<F>(true), 6_000, 12), "RemovedCount");
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn thousands_of_features_are_removed_evenly() {
    let d = 3_000;
    let draw = sample(&RemovedCount, &Space::<f64>::masks(d), 4_001, 13);
    let kept: Vec<usize> = (1..4_001).map(|row| draw.z.row(row).sum() as usize).collect();
    let mut tenths = [0; 10];
    for &kept in &kept {
        assert!(kept < d);
        tenths[kept * 10 / d] += 1;
    }
    chi_square(&tenths, &[0.1; 10], "tenths of the number of kept features");
    // Both ends of the row alike: the first features are decided on first.
    for j in [0, 1, d / 2, d - 2, d - 1] {
        let count = column(&draw, j).iter().skip(1).filter(|z| **z == 1.0).count();
        share(count, 4_000, (d - 1) as f64 / (2 * d) as f64, &format!("feature {j}"));
    }
}

#[test]
fn every_set_of_a_given_size_is_as_likely_as_any_other() {
    for (kept, seed) in [(1, 21), (3, 22), (4, 23), (6, 24)] {
        let d = 7;
        let only = MaskSize::new(move |k, _| if k == kept { 3.0 } else { 0.0 });
        let draw = sample(&only, &Space::<f64>::masks(d), 20_000, seed);
        assert!(draw.instance.is_empty());
        let law =
            (0..1usize << d).map(|mask| if mask.count_ones() as usize == kept { 1.0 / choose(d, kept) } else { 0.0 });
        chi_square(&counts(&draw), &law.collect::<Vec<_>>(), &format!("{kept} of {d}"));
    }
}

#[test]
fn sizes_follow_the_law_asked_for() {
    let d = 9;
    let sizes = |sampler: &dyn Sampler<f64>, seed| {
        let draw = sample(sampler, &Space::masks(d), 30_000, seed);
        let mut sizes = vec![0; d + 1];
        for row in 0..draw.rows() {
            sizes[draw.z.row(row).sum() as usize] += 1;
        }
        sizes
    };
    let weights = [0.0, 1.0, 5.0, 0.0, 2.0, 0.0, 0.5, 0.0, 3.0, 0.0];
    let total: f64 = weights.iter().sum();
    let law = weights.map(|w| w / total);
    chi_square(&sizes(&MaskSize::new(move |kept, _| weights[kept]), 31), &law, "a law with gaps");

    // Tilted by the cosine kernel of images, psi(k) = exp(-(1 - sqrt(k/d))^2 / (2 0.25^2)).
    let psi = |kept: usize, d: usize| (-8.0 * (1.0 - (kept as f64 / d as f64).sqrt()).powi(2)).exp();
    let weights: Vec<f64> = (0..=d).map(|kept| choose(d, kept) * psi(kept, d)).collect();
    let total: f64 = weights.iter().sum();
    let law: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let counts = sizes(&MaskSize::tilted(psi), 32);
    // Few keep none or one: together, for the test's sake.
    let pooled = |values: &[f64]| [&[values[0] + values[1]], &values[2..]].concat();
    let counts: Vec<f64> = counts.iter().map(|c| *c as f64).collect();
    let counts: Vec<usize> = pooled(&counts).iter().map(|c| *c as usize).collect();
    chi_square(&counts, &pooled(&law), "tilted by the kernel of images");
    check_noise(&sample(&MaskSize::tilted(psi), &levels::<f64>(true), 6_000, 33), "MaskSize");
}

#[test]
fn the_enumeration_has_every_mask_once_with_its_probability() {
    let space = levels::<f64>(false);
    let own: Vec<f64> = space
        .laws()
        .iter()
        .map(|law| if let Law::Levels { own, frequency } = law { frequency[*own] } else { 0.0 })
        .collect();
    let d = own.len();
    let masks = 1 << d;
    let product =
        |mask: usize| -> f64 { (0..d).map(|j| if mask >> j & 1 == 1 { own[j] } else { 1.0 - own[j] }).product() };
    let kept = |mask: usize| mask.count_ones() as usize;
    let removed = |mask: usize| if kept(mask) == d { 0.0 } else { 1.0 / (d as f64 * choose(d, kept(mask))) };
    let by_size = |mask: usize| kept(mask) as f64 / 15.0 / choose(d, kept(mask));
    let laws: [(Exhaustive, &dyn Fn(usize) -> f64); 3] = [
        (Exhaustive::new(), &product),
        (Exhaustive::removed_count(), &removed),
        (Exhaustive::by_size(|kept, _| 1e300 * kept as f64), &by_size),
    ];
    for (sampler, probability) in laws {
        let draw = sample(&sampler, &space, 5_000, 0);
        assert_eq!((draw.rows(), draw.instance.len()), (masks, 0));
        for row in 0..masks {
            assert_eq!(mask_of(&draw, row), row, "{sampler:?}");
            let expected = masks as f64 * probability(row);
            assert!((draw.weight[row] - expected).abs() <= 1e-14 * masks as f64, "{sampler:?}: {row}");
        }
        assert!((mean_weight(&draw) - 1.0).abs() < 1e-12, "{sampler:?}");
        let narrow = sample(&sampler, &levels::<f32>(false), 5_000, 0);
        assert!((mean_weight(&narrow) - 1.0).abs() < 1e-6, "{sampler:?}");
    }
    for d in [1, 2, 16] {
        for sampler in [Exhaustive::new(), Exhaustive::removed_count(), Exhaustive::by_size(|_, _| 1.0)] {
            let draw = sample(&sampler, &Space::<f64>::masks(d), 1 << d, 0);
            assert!((mean_weight(&draw) - 1.0).abs() < 1e-12, "{sampler:?} of {d}");
        }
    }
}

/// alpha_p = E[psi z_1 ... z_p] in closed form, for the two laws of masks of the original and its kernel for images.
#[test]
fn expectations_of_products_have_their_closed_form() {
    let psi = |kept: usize, d: usize| (-8.0 * (1.0 - (kept as f64 / d as f64).sqrt()).powi(2)).exp();
    for d in [1, 5, 12] {
        for p in 0..=d.min(4) {
            let images: f64 = (p..=d).map(|k| choose(d - p, k - p) * psi(k, d)).sum::<f64>() / (1u64 << d) as f64;
            let text: f64 = (1..=d)
                .map(|m| {
                    psi(d - m, d)
                        * (0..p).map(|i| (d as f64 - m as f64 - i as f64).max(0.0) / (d - i) as f64).product::<f64>()
                })
                .sum::<f64>()
                / d as f64;
            for (sampler, expected) in [(Exhaustive::new(), images), (Exhaustive::removed_count(), text)] {
                let draw = sample(&sampler, &Space::<f64>::masks(d), 1 << d, 0);
                let sum: f64 = (0..draw.rows())
                    .map(|row| {
                        let z = draw.z.row(row);
                        draw.weight[row] * psi(z.sum() as usize, d) * z.iter().take(p).product::<f64>()
                    })
                    .sum();
                let found = sum / draw.rows() as f64;
                assert!((found - expected).abs() < 1e-13, "{sampler:?}, d = {d}, p = {p}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn each_feature_is_left_out_in_turn() {
    let draw = sample(&LeaveOneOut, &levels::<f64>(true), 17, 0);
    assert_eq!((draw.rows(), draw.instance.as_slice()), (6, [0].as_slice()));
    for row in 0..6 {
        for j in 0..5 {
            assert_eq!(draw.z[(row, j)], f64::from(u8::from(row != j + 1)));
        }
    }
}

#[test]
fn antithetic_rows_are_opposite_and_follow_their_laws() {
    fn check<F: Real>() {
        let draw = sample(&Antithetic, &levels::<F>(true), 10_001, 41);
        check_noise(&draw, "Antithetic");
        for (j, law) in levels::<F>(true).laws().iter().enumerate() {
            let Law::Levels { own, frequency } = law else { continue };
            // One of each pair: these are independent.
            let first = column(&draw, j).iter().step_by(2).filter(|z| **z == 1.0).count();
            share(first, 5_001, frequency[*own], "the first of each pair");
            let second = column(&draw, j).iter().skip(1).step_by(2).filter(|z| **z == 1.0).count();
            share(second, 5_000, frequency[*own], "the second of each pair");
        }
        let space = Space::<F>::masks(3);
        let design = Antithetic.design(&space, 9, 0).unwrap();
        assert_eq!((0..9).map(|row| design.cluster(row)).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2, 3, 3, 4]);
        let fair = sample(&Antithetic, &Space::<F>::masks(3), 1_000, 42);
        assert!((0..500).all(|i| mask_of(&fair, 2 * i) + mask_of(&fair, 2 * i + 1) == 7));
        let columns = [column(&fair, 0), column(&fair, 1)];
        assert!(correlation(&columns[0], &columns[1]).abs() < 4.0 / 500f64.sqrt());
    }
    check::<f32>();
    check::<f64>();
    // In numbers the pair is symmetric about the law's middle.
    let space = support::numbers::<f64>(&[(3.0, 2.0)], &[0.0]);
    let draw = sample(&Antithetic, &space, 1_000, 43);
    assert!((0..500).all(|i| (draw.z[(2 * i, 0)] + draw.z[(2 * i + 1, 0)] - 6.0).abs() < 1e-12));
    support::ks(
        &column(&draw, 0).into_iter().step_by(2).collect::<Vec<_>>(),
        |z| lime_samplers::normal_cdf((z - 3.0) / 2.0),
        "numbers",
    );
}

/// q_j = w_j / (w_j + (1 - w_j) e^(-1 / (2 nu^2))), features independent of each other and of the noise.
#[test]
fn tilted_levels_have_their_exact_probabilities() {
    fn check<F: Real>() {
        let own = [0.25, 0.5, 0.9, 0.03, 0.6];
        for (sampler, width) in [
            (Tilted::default(), 0.75 * 5f64.sqrt()),
            (Tilted::new(0.5).unwrap(), 0.5),
            (Tilted::root_dimension(2.0).unwrap(), 2.0 * 5f64.sqrt()),
        ] {
            let e = (-0.5 / (width * width)).exp();
            let q = own.map(|w| w / (w + (1.0 - w) * e));
            let draw = sample(&sampler, &levels::<F>(true), 30_000, 51);
            assert!(draw.weight.iter().all(|w| *w == F::one()) && draw.instance.is_empty());
            for (j, q) in q.iter().enumerate() {
                let kept = column(&draw, j).iter().filter(|z| **z == 1.0).count();
                share(kept, 30_000, *q, &format!("feature {j} at width {width}"));
            }
            for (i, j) in [(0, 1), (2, 3), (1, 4)] {
                let joint = |a: bool, b: bool| {
                    (0..30_000)
                        .filter(|&row| (draw.z[(row, i)] == F::one()) == a && (draw.z[(row, j)] == F::one()) == b)
                        .count()
                };
                let (a, b) = (q[i], q[j]);
                chi_square(
                    &[joint(true, true), joint(true, false), joint(false, true), joint(false, false)],
                    &[a * b, a * (1.0 - b), (1.0 - a) * b, (1.0 - a) * (1.0 - b)],
                    &format!("features {i} and {j}"),
                );
            }
            check_noise(&draw, "Tilted");
        }
    }
    check::<f32>();
    check::<f64>();
    // A kernel too narrow for its least weight to be a number, and levels that all samples have or none.
    let level = |own: f64| Law::Levels { own: 0, frequency: vec![own, 1.0 - own] };
    let space = Space::<f64>::new(vec![level(0.0), level(1e-9), level(1.0)], vec![1.0; 3]).unwrap().with_noise(true);
    let draw = sample(&Tilted::new(1e-3).unwrap(), &space, 600, 52);
    assert!((0..600).all(|row| mask_of(&draw, row) == 0b110));
    assert!(draw.noise.iter().all(|u| *u > 0.0 && *u < 1.0));
}

/// The mean of a function under the tilted law is its weighted mean over all masks under the laws themselves.
#[test]
fn tilted_means_are_the_weighted_means_of_the_enumeration() {
    let f =
        |z: &[f64]| (0..5).map(|j| (j as f64 + 1.0) * z[j]).sum::<f64>().sin() + z[0] * z[1] - 2.0 * z[2] * z[3] * z[4];
    let row = |draw: &Draw<f64>, i: usize| draw.z.row(i).iter().copied().collect::<Vec<_>>();
    for (width, seed) in [(0.4, 61), (1.0, 62), (0.75 * 5f64.sqrt(), 63)] {
        let masks = sample(&Exhaustive::new(), &levels::<f64>(false), 32, 0);
        let weight = |i: usize| masks.weight[i] * (-(5.0 - masks.z.row(i).sum()) / (2.0 * width * width)).exp();
        let total: f64 = (0..32).map(weight).sum();
        let exact: f64 = (0..32).map(|i| weight(i) * f(&row(&masks, i))).sum::<f64>() / total;
        let n = 20_000;
        let draw = sample(&Tilted::new(width).unwrap(), &levels::<f64>(false), n, seed);
        let values: Vec<f64> = (0..n).map(|i| f(&row(&draw, i))).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
        let z = (mean - exact) / (variance / n as f64).sqrt();
        assert!(z.abs() < 4.0, "width {width}: {mean} for {exact}, z = {z}");
    }
}
