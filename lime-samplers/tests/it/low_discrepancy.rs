//! Latin hypercubes, Sobol' and Halton points: the laws of their designs, references, evenness and errors.

use std::sync::Arc;

use crate::support::{check_ranges, cube, part, sample, tail, uniform};
use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Draw, Law, Real, Sampler, Space};
use lime_samplers::{Error, Halton, LatinHypercube, MonteCarlo, Normal, Sobol};
use proptest::prelude::*;

/// Levels with these shares of the instance's own, and noise.
fn levels<F: Real>(shares: &[f64]) -> Space<F> {
    let laws = shares.iter().map(|&p| Law::Levels { own: 0, frequency: vec![p, 1.0 - p] }).collect();
    Space::new(laws, vec![F::one(); shares.len()]).unwrap().with_noise(true)
}

/// A row's samples, noise and weight.
fn row<F: Real>(draw: &Draw<F>, row: usize) -> Vec<F> {
    draw.z.row(row).iter().chain(draw.noise.row(row).iter()).copied().chain([draw.weight[row]]).collect()
}

/// The probability of a chi-square above that of these counts, where each is expected to be the same.
fn even(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
    tail(statistic, counts.len() - 1)
}

/// The samplers of this file that use their seed.
fn random<F: Real>() -> Vec<(&'static str, Box<dyn Sampler<F>>)> {
    vec![
        ("Latin hypercube", Box::new(LatinHypercube::default())),
        ("Sobol'", Box::new(Sobol::default())),
        ("Halton", Box::new(Halton::default())),
    ]
}

fn all<F: Real>() -> Vec<(&'static str, Box<dyn Sampler<F>>)> {
    let mut all = random();
    all.push(("centred", Box::new(LatinHypercube::default().centred())));
    all.push(("plain Sobol'", Box::new(Sobol::default().unscrambled())));
    all.push(("plain Halton", Box::new(Halton::default().unscrambled())));
    all
}

/// Coordinates of every kind, and enough for bases with stored, looked-up and computed digits.
fn mixed<F: Real>(d: usize) -> Space<F> {
    let law = |j: usize| match j % 3 {
        0 => Law::mask(),
        1 => Law::Levels { own: 1, frequency: vec![0.2, 0.3, 0.5] },
        _ => Law::Continuous(Arc::new(Normal::new(1.0, 2.0).unwrap())),
    };
    Space::new((0..d).map(law).collect(), vec![F::one(); d]).unwrap().with_noise(true)
}

fn ranges<F: Real>() {
    for (_, sampler) in all::<F>() {
        check_ranges(&sampler, &mixed::<F>(5), 1100);
        check_ranges(&sampler, &mixed::<F>(320), 300);
        check_ranges(&sampler, &Space::<F>::masks(2), 1);
    }
    // Halton's carries: one base's looked-up block of 169 rows and one of 1331, and 2053 beyond any block.
    check_ranges(&Halton::default(), &cube::<F>(310), 2_100);
}

#[test]
fn any_range_gives_the_same_rows_in_f64() {
    ranges::<f64>();
}

#[test]
fn any_range_gives_the_same_rows_in_f32() {
    ranges::<f32>();
}

#[test]
fn far_rows_do_not_depend_on_the_range_either() {
    for sampler in [&Sobol::default() as &dyn Sampler<f64>, &Halton::default()] {
        let n = 3_000_000_007;
        let space = cube(60);
        let piece = part(sampler, &space, n, 1, n - 600..n);
        for (start, end) in [(n - 600, n - 599), (n - 300, n - 20), (n - 1, n)] {
            let again = part(sampler, &space, n, 1, start..end);
            for i in start..end {
                assert_eq!(row(&again, i - start), row(&piece, i + 600 - n));
            }
        }
    }
}

#[test]
fn weights_are_one_and_coordinates_inside() {
    fn check<F: Real>() {
        for (name, sampler) in all::<F>() {
            let draw = sample(&sampler, &cube::<F>(330), 700, 3);
            assert!(draw.weight.iter().all(|w| *w == F::one()), "{name}");
            assert!(draw.z.iter().all(|u| *u > F::zero() && *u < F::one()), "{name}");
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn seeds_differ_where_there_is_chance() {
    let space = cube::<f64>(3);
    for (name, sampler) in random::<f64>() {
        let [a, b] = [1, 2].map(|seed| sample(&sampler, &space, 300, seed).z);
        assert!(a.iter().zip(&b).filter(|(a, b)| a == b).count() < 30, "{name}");
    }
    for sampler in [&Sobol::default().unscrambled() as &dyn Sampler<f64>, &Halton::default().unscrambled()] {
        assert_eq!(sample(sampler, &space, 300, 1).z, sample(sampler, &space, 300, 2).z);
    }
}

#[test]
fn designs_that_can_be_continued_say_so() {
    let space = cube::<f64>(60);
    for (name, sampler) in all::<f64>() {
        let same = sample(&sampler, &space, 300, 1).z == part(&sampler, &space, 2_500, 1, 0..300).z;
        assert_eq!(sampler.design(&space, 300, 1).unwrap().extensible(), same, "{name}");
    }
}

/// Over many seeds every row has the uniform law in every coordinate, and two coordinates or rows are independent.
#[test]
fn every_row_is_uniform_over_the_seeds() {
    const BINS: usize = 16;
    let bin = |u: f64, bins: usize| (u * bins as f64) as usize;
    // Bases of stored, looked-up and computed digits.
    let space = cube::<f64>(330);
    let (rows, columns) = ([0, 1, 5, 299], [0, 1, 2, 40, 100, 329]);
    for (name, sampler) in random::<f64>() {
        let mut counts = vec![[0u64; BINS]; rows.len() * columns.len()];
        let mut pairs = vec![[0u64; 16]; columns.len()];
        for seed in 0..800 {
            let design = sampler.design(&space, 300, seed).unwrap();
            let mut draws = Vec::new();
            for &i in &rows {
                let mut draw = Draw::new(&space, 1);
                design.fill(i..i + 1, &mut draw);
                draws.push(draw.z);
            }
            for (c, &j) in columns.iter().enumerate() {
                for (r, z) in draws.iter().enumerate() {
                    counts[r * columns.len() + c][bin(z[j], BINS)] += 1;
                }
                let other = columns[(c + 1) % columns.len()];
                pairs[c][bin(draws[3][j], 4) * 4 + bin(draws[3][other], 4)] += 1;
            }
        }
        for counts in &counts {
            assert!(even(counts) > 1e-5, "{name} {counts:?}");
        }
        for counts in &pairs {
            assert!(even(counts) > 1e-5, "{name} {counts:?}");
        }
    }
}

#[test]
fn coordinates_follow_their_laws() {
    let n = 4_096;
    for (name, sampler) in random::<f64>() {
        let laws = vec![
            Law::mask(),
            Law::Levels { own: 1, frequency: vec![0.75, 0.25] },
            Law::Continuous(Arc::new(Normal::new(-3.0, 0.5).unwrap())),
        ];
        let draw = sample(&sampler, &Space::new(laws, vec![1.0, 1.0, -3.0]).unwrap(), n, 11);
        assert!((draw.z.column(0).mean() - 0.5).abs() < 5e-4, "{name}");
        assert!((draw.z.column(1).mean() - 0.25).abs() < 5e-4, "{name}");
        let mut u: Vec<f64> = draw.z.column(2).iter().map(|x| lime_samplers::normal_cdf((x + 3.0) / 0.5)).collect();
        assert!(uniform(&mut u) > 0.99, "{name}");
    }
}

#[test]
fn noise_is_uniform_whatever_the_level() {
    for (name, sampler) in random::<f64>() {
        let draw = sample(&sampler, &levels::<f64>(&[0.5, 0.2, 0.9, 0.37]), 4_096, 5);
        for j in 0..4 {
            for side in [0.0, 1.0] {
                let rows = (0..4_096).filter(|&i| draw.z[(i, j)] == side);
                let mut noise: Vec<f64> = rows.map(|i| draw.noise[(i, j)]).collect();
                assert!(noise.len() > 300 && uniform(&mut noise) > 0.05, "{name} {j} {side}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_latin_hypercube_has_one_point_in_each_stratum(n in 1usize..2000, d in 1usize..4, seed: u64) {
        fn strata<F: Real>(sampler: LatinHypercube, n: usize, d: usize, seed: u64) -> Vec<Vec<usize>> {
            let draw = sample(&sampler, &cube::<F>(d), n, seed);
            let stratum = |u: &F| (u.wide() * n as f64).floor() as usize;
            draw.z.column_iter().map(|column| column.iter().map(stratum).collect()).collect()
        }
        let columns = [
            strata::<f64>(LatinHypercube::default(), n, d, seed),
            strata::<f32>(LatinHypercube::default(), n, d, seed),
            strata::<f64>(LatinHypercube::default().centred(), n, d, seed),
        ];
        for mut column in columns.concat() {
            column.sort();
            prop_assert!(column.into_iter().eq(0..n));
        }
    }
}

#[test]
fn strata_stay_apart_where_the_type_can_hardly_tell_them() {
    let n = 1 << 21;
    let draw = sample(&LatinHypercube::default(), &cube::<f32>(1), n, 4);
    let mut hit = vec![false; n];
    for u in &draw.z {
        let stratum = (u.wide() * n as f64) as usize;
        assert!(!std::mem::replace(&mut hit[stratum], true));
    }
}

#[test]
fn centred_points_are_the_middles() {
    let mut u = sample(&LatinHypercube::default().centred(), &cube::<f64>(1), 8, 1).z.as_slice().to_vec();
    u.sort_by(f64::total_cmp);
    assert_eq!(u, [0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.9375]);
}

/// `scipy.stats.qmc.Sobol(3667, scramble=False, bits=32)` of scipy 1.17.1, times 2^32: dimensions, rows and words.
#[test]
fn unscrambled_sobol_points_are_those_of_scipy() {
    let dimensions = [0, 1, 2, 5, 12, 100, 1000, 2047, 3666];
    let first: [[u32; 8]; 9] = [
        [0, 0x80000000, 0xc0000000, 0x40000000, 0x60000000, 0xe0000000, 0xa0000000, 0x20000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0x60000000, 0xe0000000, 0x20000000, 0xa0000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0xa0000000, 0x20000000, 0xe0000000, 0x60000000],
        [0, 0x80000000, 0xc0000000, 0x40000000, 0x20000000, 0xa0000000, 0xe0000000, 0x60000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0x60000000, 0xe0000000, 0x20000000, 0xa0000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0xa0000000, 0x20000000, 0xe0000000, 0x60000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0xe0000000, 0x60000000, 0xa0000000, 0x20000000],
        [0, 0x80000000, 0xc0000000, 0x40000000, 0x20000000, 0xa0000000, 0xe0000000, 0x60000000],
        [0, 0x80000000, 0x40000000, 0xc0000000, 0xa0000000, 0x20000000, 0xe0000000, 0x60000000],
    ];
    let later: [(usize, [[u32; 3]; 9]); 3] = [
        (
            255,
            [
                [0x01000000, 0x01800000, 0x81800000],
                [0xff000000, 0x7f800000, 0xff800000],
                [0xc5000000, 0xad800000, 0x2d800000],
                [0xfb000000, 0x1b800000, 0x9b800000],
                [0x33000000, 0x3c800000, 0xbc800000],
                [0x7b000000, 0x32800000, 0xb2800000],
                [0x63000000, 0x47800000, 0xc7800000],
                [0x19000000, 0xab800000, 0x2b800000],
                [0x7f000000, 0xc4800000, 0x44800000],
            ],
        ),
        (
            1000,
            [
                [0x38400000, 0xb8400000, 0xf8400000],
                [0x18c00000, 0x98c00000, 0x58c00000],
                [0x84c00000, 0x04c00000, 0xc4c00000],
                [0xe8400000, 0x68400000, 0x28400000],
                [0x29400000, 0xa9400000, 0x69400000],
                [0xc4c00000, 0x44c00000, 0x84c00000],
                [0x90c00000, 0x10c00000, 0xd0c00000],
                [0xe5c00000, 0x65c00000, 0x25c00000],
                [0xe4c00000, 0x64c00000, 0xa4c00000],
            ],
        ),
        (
            1 << 20,
            [
                [0x00001800, 0x80001800, 0xc0001800],
                [0x78007800, 0xf8007800, 0x38007800],
                [0xadf87800, 0x2df87800, 0xedf87800],
                [0xe380f800, 0x6380f800, 0x2380f800],
                [0x0e3a1800, 0x8e3a1800, 0x4e3a1800],
                [0x52ce4800, 0xd2ce4800, 0x12ce4800],
                [0x5304b800, 0xd304b800, 0x1304b800],
                [0x11e22800, 0x91e22800, 0xd1e22800],
                [0xda016800, 0x5a016800, 0x9a016800],
            ],
        ),
    ];
    let (space, plain) = (cube::<f64>(Sobol::DIMENSIONS), Sobol::default().unscrambled());
    let check = |start: usize, words: &[&[u32]]| {
        let draw = part(&plain, &space, 1 << 21, 0, start..start + words[0].len());
        for (words, &j) in words.iter().zip(&dimensions) {
            for (at, &word) in words.iter().enumerate() {
                assert_eq!(draw.z[(at, j)], f64::unit(word), "row {}, dimension {j}", start + at);
            }
        }
    };
    check(0, &first.each_ref().map(|words| &words[..]));
    for (start, words) in later {
        check(start, &words.each_ref().map(|words| &words[..]));
    }
}

/// `scipy.stats.qmc.Halton(600, scramble=False)` of scipy 1.17.1.
#[test]
fn unscrambled_halton_points_are_those_of_scipy() {
    let dimensions = [0, 1, 2, 10, 60, 300, 599];
    let rows = [
        (
            1,
            [
                0.5,
                1.0 / 3.0,
                0.2,
                0.03225806451612903,
                0.0035335689045936395,
                0.0005017561465127947,
                0.00022680880018144704,
            ],
        ),
        (
            2,
            [
                0.25,
                2.0 / 3.0,
                0.4,
                0.06451612903225806,
                0.007067137809187279,
                0.0010035122930255895,
                0.0004536176003628941,
            ],
        ),
        (
            10,
            [
                0.3125,
                0.37037037037037035,
                0.08,
                0.3225806451612903,
                0.0353356890459364,
                0.005017561465127948,
                0.00226808800181447,
            ],
        ),
        (
            1000,
            [
                0.0927734375,
                0.3475080018289895,
                0.00512,
                0.2591386660400792,
                0.5336063629212501,
                0.5017561465127948,
                0.22680880018144703,
            ],
        ),
        (
            5000,
            [
                0.0694580078125,
                0.809632677945435,
                0.001024,
                0.2967339129267228,
                0.6680567868246575,
                0.508781236082435,
                0.13404405234946704,
            ],
        ),
    ];
    let (space, plain) = (cube::<f64>(600), Halton::default().unscrambled());
    for (i, expected) in rows {
        let draw = part(&plain, &space, 5001, 0, i..i + 1);
        for (expected, &j) in expected.iter().zip(&dimensions) {
            assert!((draw.z[j] - expected).abs() < 1e-15, "row {i}, dimension {j}: {}", draw.z[j]);
        }
    }
}

/// How many of the points lie in each of the boxes that have 2^-a by 2^-b as sides.
fn boxes(x: &[f64], y: &[f64], a: u32, b: u32) -> Vec<u64> {
    let mut counts = vec![0; 1 << (a + b)];
    let cell = |u: f64, bits: u32| (u * f64::from(1 << bits)) as usize;
    for (&x, &y) in x.iter().zip(y) {
        counts[cell(x, a) << b | cell(y, b)] += 1;
    }
    counts
}

/// Owen (1995): scrambling maps elementary intervals onto each other, so a (t, m, s)-net stays one.
#[test]
fn scrambled_sobol_points_are_as_even_as_the_plain_ones() {
    let m = 9;
    let n = 1 << m;
    let space = cube::<f64>(Sobol::DIMENSIONS);
    // The first rows, and an aligned block of later ones.
    for start in [0, 6 * n] {
        let plain = part(&Sobol::default().unscrambled(), &space, 1 << 16, 0, start..start + n).z;
        let points = part(&Sobol::default(), &space, 1 << 16, 9, start..start + n).z;
        // In one dimension t = 0: every dimension has one point in each of n intervals.
        for j in 0..Sobol::DIMENSIONS {
            let mut hit = vec![false; n];
            for u in points.column(j).iter() {
                assert!(!std::mem::replace(&mut hit[(u * n as f64) as usize], true), "dimension {j}");
            }
        }
        for (i, j) in [(0, 1), (1, 2), (0, 4), (3, 5), (17, 18), (100, 2500), (3665, 3666)] {
            for a in 0..=m {
                let of =
                    |points: &DMatrix<f64>| boxes(points.column(i).as_slice(), points.column(j).as_slice(), a, m - a);
                let (mut plain, mut points) = (of(&plain), of(&points));
                plain.sort();
                points.sort();
                assert_eq!(plain, points, "dimensions {i} and {j}, 2^-{a}");
            }
        }
    }
}

/// Sobol' (1967): the projection on dimensions with polynomials of degrees s_1, s_2 has at most t = (s_1 - 1) + (s_2 - 1), where
/// the first dimension counts for nothing.
#[test]
fn pairs_of_low_dimensions_have_the_t_they_must_have() {
    let m = 10;
    let points = sample(&Sobol::default(), &cube::<f64>(7), 1 << m, 2).z;
    // Degrees 0, 1, 2, 3, 3, 4, 4.
    for (i, j, t) in [(0, 1, 0), (0, 2, 1), (1, 2, 1), (0, 3, 2), (1, 4, 2), (2, 3, 3), (0, 5, 3), (3, 4, 4), (1, 6, 3)]
    {
        for a in 0..=m - t {
            let counts = boxes(points.column(i).as_slice(), points.column(j).as_slice(), a, m - t - a);
            assert!(counts.iter().all(|&count| count == 1 << t), "dimensions {i} and {j}, 2^-{a}: {counts:?}");
        }
    }
}

/// In bases b_1, b_2 any b_1^p b_2^q consecutive rows have one point in each box of b_1^-p by b_2^-q.
#[test]
fn halton_points_are_even_in_their_bases() {
    let space = cube::<f64>(311);
    for sampler in [Halton::default(), Halton::default().unscrambled()] {
        // Base 2 by 3, 3 by 5, 7 alone, 257 (the first computed), 2053 (beyond what is looked up) and 2063.
        let cases: [(usize, usize, usize, usize); 6] =
            [(0, 1, 32, 27), (1, 2, 27, 25), (3, 0, 343, 1), (54, 0, 257, 1), (309, 1, 2053, 1), (310, 0, 2063, 2)];
        for (i, j, a, b) in cases {
            for start in [0, 1234] {
                let draw = part(&sampler, &space, 10_000, 6, start..start + a * b);
                let mut hit = vec![false; a * b];
                for row in 0..a * b {
                    // The plain points lie on the edges of the boxes.
                    let cell = |u: f64, n: usize| (u * n as f64 + 1e-9) as usize;
                    let at = cell(draw.z[(row, i)], a) * b + cell(draw.z[(row, j)], b);
                    assert!(!std::mem::replace(&mut hit[at], true), "dimensions {i} and {j}");
                }
            }
        }
    }
}

/// The root mean squared error, over 32 seeds, of the mean of prod (1 + (u_j - 1/2) c_j), whose integral is 1.
fn error_of_the_mean(sampler: &dyn Sampler<f64>, n: usize) -> f64 {
    let d = 6;
    let squares = (0..32).map(|seed| {
        // Row 0 of Monte Carlo is the instance.
        let z = part(sampler, &cube(d), n + 1, seed, 1..n + 1).z;
        let value = |i: usize| (0..d).map(|j| 1.0 + (z[(i, j)] - 0.5) * 2.0 / (j as f64 + 1.0)).product::<f64>();
        ((0..n).map(value).sum::<f64>() / n as f64 - 1.0).powi(2)
    });
    (squares.sum::<f64>() / 32.0).sqrt()
}

#[test]
fn smooth_functions_are_integrated_better_and_faster_so() {
    let independent = [256, 4096].map(|n| error_of_the_mean(&MonteCarlo, n));
    for (name, sampler, gain) in
        [("Sobol'", &Sobol::default() as &dyn Sampler<f64>, 20.0), ("Halton", &Halton::default(), 5.0)]
    {
        let [few, many] = [256, 4096].map(|n| error_of_the_mean(sampler, n));
        // Sixteen times the rows: a quarter of the error for independent draws.
        assert!(few / many > 7.0, "{name}: {few} {many}");
        assert!(independent[1] / many > gain, "{name}: {independent:?} {few} {many}");
    }
    let ratio = independent[0] / independent[1];
    assert!((2.5..6.5).contains(&ratio), "{ratio}");
}

/// McKay, Beckman & Conover's point: additive functions are estimated by far better.
#[test]
fn latin_hypercubes_average_additive_functions_out() {
    let mean = |sampler: &dyn Sampler<f64>, seed| {
        let z = sample(sampler, &cube(4), 500, seed).z;
        z.column(0).map(f64::exp).mean() + z.column(3).map(|u| u * u).mean()
    };
    let exact = std::f64::consts::E - 1.0 + 1.0 / 3.0;
    for seed in 0..20 {
        // The standard error of independent draws is 0.026.
        assert!((mean(&LatinHypercube::default(), seed) - exact).abs() < 5e-4);
        assert!((mean(&LatinHypercube::default().centred(), seed) - exact).abs() < 1e-5);
    }
}

/// Least-squares coefficients of a function of masks, under equal weights.
fn coefficients(masks: &DMatrix<f64>, f: impl Fn(&dyn Fn(usize) -> f64) -> f64) -> DVector<f64> {
    let n = masks.nrows();
    let x = DMatrix::from_fn(n, masks.ncols() + 1, |i, j| if j == 0 { 1.0 } else { masks[(i, j - 1)] });
    let y = DVector::from_fn(n, |i, _| f(&|j| masks[(i, j)]));
    (x.tr_mul(&x)).cholesky().unwrap().solve(&x.tr_mul(&y)).remove_row(0)
}

/// What the documentation of [`Sobol`] says of masks.
#[test]
fn first_digits_are_a_factorial_design() {
    let n = 1024;
    for seed in 0..5 {
        let masks = sample(&Sobol::default(), &Space::<f64>::masks(30), n, seed).z;
        // Products of two give each of their features 1/2 of their coefficient, and nothing to others.
        let found = coefficients(&masks, |z| (0..20).map(|j| z(j) * z(j + 1)).sum());
        for (j, found) in found.iter().enumerate() {
            let expected = [0.5, 1.0, 0.0][usize::from((1..20).contains(&j)) + 2 * usize::from(j > 20)];
            assert!((found - expected).abs() < 1e-10, "{j}: {found}");
        }
        // Three features whose signs multiply to those of a fourth, or to the opposite.
        let sign = |i: usize, j: usize| 2.0 * masks[(i, j)] - 1.0;
        let alias = |a: usize, b: usize, c: usize, d: usize| {
            let product = |i| sign(i, a) * sign(i, b) * sign(i, c) * sign(i, d);
            (1..n).all(|i| product(i) == product(0)).then_some((a, b, c, d))
        };
        let fours =
            (0..30).flat_map(|a| (0..a).flat_map(move |b| (0..b).flat_map(move |c| (0..c).map(move |d| (a, b, c, d)))));
        let (a, b, c, d) = fours.into_iter().find_map(|(a, b, c, d)| alias(a, b, c, d)).unwrap();
        let found = coefficients(&masks, |z| z(a) * z(b) * z(c));
        assert!((found[d].abs() - 0.25).abs() < 1e-10, "{}", found[d]);
    }
}

#[test]
fn too_many_thresholded_points_are_copies() {
    let different = |d: usize| {
        let masks = sample(&Sobol::default(), &Space::<f64>::masks(d), 1024, 1).z;
        let mut columns: Vec<Vec<bool>> =
            masks.column_iter().map(|column| column.iter().map(|z| *z == column[0]).collect()).collect();
        columns.sort();
        columns.dedup();
        columns.len()
    };
    assert_eq!((different(401), different(402)), (401, 401));
}

fn refusal<F: Real>(sampler: &dyn Sampler<F>, space: &Space<F>, rows: usize) -> (Error, String) {
    let error = *sampler.design(space, rows, 0).err().unwrap().downcast::<Error>().unwrap();
    (error.clone(), error.to_string())
}

#[test]
fn sobol_says_what_it_has_not() {
    let features = Sobol::DIMENSIONS + 1;
    let (error, message) = refusal(&Sobol::default(), &Space::<f64>::masks(features), 16);
    assert_eq!(error, Error::SobolDimensions { features, most: Sobol::DIMENSIONS });
    assert!(message.contains("3668 features") && message.contains("use Halton or LatinHypercube"), "{message}");
    let (error, message) = refusal(&Sobol::default().unscrambled(), &Space::<f32>::masks(1), (1 << 32) + 1);
    assert_eq!(error, Error::SobolRows((1 << 32) + 1));
    assert!(message.contains("4294967297 rows") && message.contains("use Halton"), "{message}");
    assert!(Sampler::<f32>::design(&Sobol::default(), &Space::masks(1), 1 << 32, 0).is_ok());
}

#[test]
fn the_last_rows_of_the_longest_designs() {
    let space = cube::<f64>(340);
    for (sampler, n) in [
        (&Sobol::default() as &dyn Sampler<f64>, 1 << 32),
        (&Halton::default(), usize::MAX),
        (&LatinHypercube::default(), usize::MAX),
    ] {
        let draw = part(sampler, &space, n, 0, n - 300..n);
        assert!(draw.z.iter().all(|u| *u > 0.0 && *u < 1.0));
        assert!((draw.z.mean() - 0.5).abs() < 0.01);
    }
}

#[test]
fn nothing_to_draw_is_no_failure() {
    for (_, sampler) in all::<f64>() {
        assert_eq!(sample(&sampler, &Space::masks(0), 3, 0).z.shape(), (3, 0));
        assert_eq!(sample(&sampler, &Space::masks(3), 0, 0).z.shape(), (0, 3));
        assert_eq!(sample(&sampler, &cube(3), 1, 0).z.shape(), (1, 3));
    }
}

/// More strata than f32 has numbers below 1: the last one must not be rounded to 1, where the normal law ends.
#[test]
fn a_latin_hypercube_of_more_rows_than_f32_tells_apart_stays_inside() {
    let n = (1 << 25) + 3;
    let sampler = LatinHypercube::default().centred();
    let space = cube::<f32>(1);
    let design = sampler.design(&space, n, 1).unwrap();
    let mut draw = Draw::new(&space, 0);
    let (mut least, mut greatest) = (1.0f32, 0.0f32);
    for start in (0..n).step_by(1 << 16) {
        let rows = start..n.min(start + (1 << 16));
        draw.reset(rows.len());
        design.fill(rows, &mut draw);
        (least, greatest) =
            draw.z.iter().fold((least, greatest), |(least, greatest), u| (least.min(*u), greatest.max(*u)));
    }
    assert_eq!((least, greatest), (f32::unit(0), f32::below_one()));
}

/// Row i of s scramblings is point i / s of scrambling i mod s, in any range; each scrambling is as even as the points, and they differ.
#[test]
fn interleaved_scramblings_take_turns() {
    let (n, d) = (1500, 5);
    let space = cube::<f64>(d);
    for s in [1, 2, 3, 8, 300] {
        let sampler = Sobol::interleaved(s).unwrap();
        let whole = part(&sampler, &space, n, 4, 0..n).z;
        for range in [0..1, 255..258, 3..700, 511..n] {
            let piece = part(&sampler, &space, n, 4, range.clone()).z;
            assert_eq!(piece, whole.rows(range.start, range.len()), "{s} {range:?}");
        }
        let design = Sampler::<f64>::design(&sampler, &space, n, 4).unwrap();
        assert!(design.extensible());
        assert!((0..n).all(|row| design.cluster(row) == row % s));
        let longer = part(&sampler, &space, 2 * n, 4, 0..n).z;
        assert_eq!(longer, whole);
        let mut firsts = Vec::new();
        for scrambling in 0..s.min(8) {
            let rows: Vec<usize> = (scrambling..n).step_by(s).collect();
            let count = 1 << rows.len().ilog2();
            for j in 0..d {
                let mut cells: Vec<usize> =
                    rows[..count].iter().map(|&row| (whole[(row, j)] * count as f64) as usize).collect();
                cells.sort_unstable();
                assert!(cells.into_iter().eq(0..count), "{s} {scrambling} {j}");
            }
            firsts.push(whole[(scrambling, 0)].to_bits());
        }
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), s.min(8));
    }
    assert_eq!(
        part(&Sobol::interleaved(1).unwrap(), &space, n, 4, 0..n).z,
        part(&Sobol::default(), &space, n, 4, 0..n).z
    );
    assert!(Sobol::interleaved(0).unwrap_err().to_string().starts_with("0 scramblings"));
}
