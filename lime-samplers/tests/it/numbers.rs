//! Samplers of numbers, and of numbers and levels together, against their laws.

use std::sync::Arc;

use crate::support::{self, column, correlation, ks, ks_uniform, levels, mixed, noise_where, numbers, sample, share};
use lime_core::{Draw, Law, Quantile, Real, Sampler, Space};
use lime_samplers::{Gaussian, GaussianCopula, MonteCarlo, Normal, Tilted, TruncatedGaussian, normal_cdf};
use nalgebra::{DMatrix, dmatrix};

const ROWS: usize = 8_000;

/// A sample's columns without row 0, which is the instance.
fn drawn<F: Real>(draw: &Draw<F>, j: usize) -> Vec<f64> {
    column(draw, j).split_off(1)
}

/// Exponential with mean 1: a law that is not symmetric.
struct Exponential;

impl<F: Real> Quantile<F> for Exponential {
    fn quantile(&self, u: F) -> F {
        -(F::one() - u).ln()
    }
}

#[test]
fn gaussian_coordinates_are_normal_around_their_centre() {
    fn check<F: Real>() {
        let laws = [(0.0, 1.0), (-3.0, 0.5), (10.0, 4.0)];
        let origin = [1.0, -2.0, 30.0];
        let space = numbers::<F>(&laws, &origin);
        let sd = [1.0, 0.25, 6.0];
        let centres = [origin, [5.0, 6.0, 7.0], laws.map(|(mean, _)| mean)];
        let samplers = [
            Gaussian::new(sd).unwrap(),
            Gaussian::new(sd.to_vec()).unwrap().around([5.0, 6.0, 7.0]).unwrap(),
            Gaussian::new(&sd[..]).unwrap().around_law(),
        ];
        for (sampler, centre) in samplers.iter().zip(centres) {
            let draw = sample(sampler, &space, ROWS, 1);
            assert_eq!(draw.instance, [0]);
            assert!(draw.z.row(0).iter().zip(origin).all(|(z, x)| *z == F::of(x)));
            for j in 0..3 {
                ks(
                    &drawn(&draw, j),
                    |z| normal_cdf((z - centre[j]) / sd[j]),
                    &format!("feature {j} around {centre:?}"),
                );
            }
            assert!(correlation(&drawn(&draw, 0), &drawn(&draw, 1)).abs() < 4.0 / (ROWS as f64).sqrt());
        }
    }
    check::<f32>();
    check::<f64>();
}

/// In the coordinates of a table without bins, one standard deviation around 0 is the original's default, which MonteCarlo
/// draws from the laws themselves.
#[test]
fn gaussian_of_standardised_columns_is_the_originals_default() {
    let space = numbers::<f64>(&[(0.0, 1.0); 4], &[0.3, -1.0, 2.0, 0.0]);
    let by_law = sample(&MonteCarlo, &space, 1_000, 5).z;
    assert_eq!(sample(&Gaussian::new(1.0).unwrap().around(0.0).unwrap(), &space, 1_000, 5).z, by_law);
    assert_eq!(sample(&Gaussian::new(1.0).unwrap().around_law(), &space, 1_000, 5).z, by_law);
}

fn covariance() -> DMatrix<f64> {
    dmatrix![4.0, 1.5, -0.6; 1.5, 1.0, 0.0; -0.6, 0.0, 0.25]
}

#[test]
fn a_covariance_is_the_samples_covariance() {
    fn check<F: Real>() {
        let (c, centre) = (covariance(), [3.0, -1.0, 0.5]);
        let space = numbers::<F>(&[(0.0, 1.0); 3], &centre);
        let draw = sample(&Gaussian::with_covariance(c.clone()).unwrap(), &space, ROWS, 2);
        let columns: Vec<Vec<f64>> = (0..3).map(|j| drawn(&draw, j).iter().map(|z| z - centre[j]).collect()).collect();
        let n = columns[0].len() as f64;
        for i in 0..3 {
            ks(&columns[i], |z| normal_cdf(z / c[(i, i)].sqrt()), &format!("feature {i}"));
            for j in 0..=i {
                let found = columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum::<f64>() / n;
                // The variance of a product of two normal variables.
                let error = ((c[(i, j)].powi(2) + c[(i, i)] * c[(j, j)]) / n).sqrt();
                assert!((found - c[(i, j)]).abs() < 4.0 * error, "{i}, {j}: {found} for {}", c[(i, j)]);
            }
        }
        // A combination of them is normal too, with the variance a' C a.
        let a = [1.0, -2.0, 3.0];
        let combined: Vec<f64> = (0..columns[0].len()).map(|i| (0..3).map(|j| a[j] * columns[j][i]).sum()).collect();
        let a = DMatrix::from_column_slice(3, 1, &a);
        let variance = (a.transpose() * &c * &a)[(0, 0)];
        ks(&combined, |z| normal_cdf(z / variance.sqrt()), "a combination");
    }
    check::<f32>();
    check::<f64>();
    // Without covariances it is the sampler of independent coordinates, bit for bit.
    let space = numbers::<f64>(&[(0.0, 1.0); 2], &[1.0, 2.0]);
    let joint = sample(&Gaussian::with_covariance(dmatrix![4.0, 0.0; 0.0, 0.25]).unwrap(), &space, 700, 3);
    assert_eq!(joint.z, sample(&Gaussian::new([2.0, 0.5]).unwrap(), &space, 700, 3).z);
}

#[test]
fn a_copula_keeps_every_law_and_adds_the_dependence() {
    fn check<F: Real>() {
        let r = dmatrix![1.0, 0.7, -0.4; 0.7, 1.0, 0.0; -0.4, 0.0, 1.0];
        let sampler = GaussianCopula::new(r.clone()).unwrap();

        let laws = [(0.0, 1.0), (-3.0, 0.5), (10.0, 4.0)];
        let draw = sample(&sampler, &numbers::<F>(&laws, &[9.0; 3]), ROWS, 4);
        assert!(draw.instance.is_empty());
        for (j, (mean, sd)) in laws.into_iter().enumerate() {
            ks(&column(&draw, j), |z| normal_cdf((z - mean) / sd), &format!("feature {j}"));
        }
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let rho = r[(i, j)];
            let error = (1.0 - rho * rho) / (ROWS as f64).sqrt();
            let found = correlation(&column(&draw, i), &column(&draw, j));
            assert!((found - rho).abs() < 4.0 * error, "{i}, {j}: {found} for {rho}");
        }

        // Fair coins: P(both) = 1/4 + asin(rho) / (2 pi) (Sheppard 1899).
        let draw = sample(&sampler, &Space::<F>::masks(3), ROWS, 5);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let (a, b) = (column(&draw, i), column(&draw, j));
            let both = a.iter().zip(&b).filter(|(a, b)| **a == 1.0 && **b == 1.0).count();
            share(both, ROWS, 0.25 + r[(i, j)].asin() / std::f64::consts::TAU, &format!("{i} and {j}"));
            share(a.iter().filter(|z| **z == 1.0).count(), ROWS, 0.5, &format!("feature {i}"));
        }

        // A level (0.3), a number N(1, 4), a level (0.5), with noise: marginals, noise, and the sign between kinds.
        let draw = sample(&sampler, &mixed::<F>(), 2 * ROWS, 6);
        share(column(&draw, 0).iter().filter(|z| **z == 1.0).count(), 2 * ROWS, 0.3, "the level of 0.3");
        ks(&column(&draw, 1), |z| normal_cdf((z - 1.0) / 2.0), "the number");
        assert!(correlation(&column(&draw, 0), &column(&draw, 1)) > 0.4);
        assert!(correlation(&column(&draw, 0), &column(&draw, 2)) < -0.1);
        for j in [0, 2] {
            for side in [0.0, 1.0] {
                ks_uniform(&noise_where(&draw, j, side), &format!("noise of level {j} where z' = {side}"));
            }
        }
    }
    check::<f32>();
    check::<f64>();
    // A law that is not normal, and strong dependence.
    let exponential = Law::Continuous(Arc::new(Exponential));
    let space = Space::<f64>::new(vec![exponential.clone(), exponential], vec![1.0, 1.0]).unwrap();
    let draw = sample(&GaussianCopula::new(dmatrix![1.0, 0.99; 0.99, 1.0]).unwrap(), &space, ROWS, 7);
    for j in 0..2 {
        ks(&column(&draw, j), |z| 1.0 - (-z).exp(), "exponential");
    }
    assert!(correlation(&column(&draw, 0), &column(&draw, 1)) > 0.95);
}

#[test]
fn truncated_coordinates_follow_the_cut_law_inside_their_bounds() {
    fn check<F: Real>() {
        let origin = [0.0, -1.0, 5.0, 0.0, 2.0];
        let space = numbers::<F>(&[(0.0, 1.0); 5], &origin);
        let (sd, none) = ([1.0, 2.0, 0.5, 1.0, 3.0], f64::INFINITY);
        let (low, high) = ([-0.5, -none, 6.5, 3.0, -none], [1.5, -4.0, 8.0, none, none]);
        let draw = sample(&TruncatedGaussian::new(sd, low, high).unwrap(), &space, ROWS, 8);
        assert_eq!(draw.instance, [0]);
        for j in 0..5 {
            let values = drawn(&draw, j);
            assert!(values.iter().all(|z| low[j] <= *z && *z <= high[j]), "feature {j}");
            // From the tail that has its digits.
            let phi = |z: f64| normal_cdf((z - origin[j]) / sd[j]);
            let tail = |z: f64| normal_cdf((origin[j] - z) / sd[j]);
            let cut = |z: f64| {
                if low[j] > origin[j] {
                    (tail(low[j]) - tail(z)) / (tail(low[j]) - tail(high[j]))
                } else {
                    (phi(z) - phi(low[j])) / (phi(high[j]) - phi(low[j]))
                }
            };
            ks(&values, cut, &format!("feature {j}"));
        }
        // Without bounds it is the plain one.
        let plain = sample(&Gaussian::new(1.5).unwrap(), &space, 700, 9).z;
        let unbounded = sample(&TruncatedGaussian::new(1.5, -none, none).unwrap(), &space, 700, 9).z;
        assert!((plain - unbounded).iter().all(|difference| difference.wide().abs() < 1e-6));
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn bounds_hold_wherever_the_centre_is() {
    let space = numbers::<f32>(&[(0.0, 1.0)], &[0.0]);
    let (low, high) = (0.25, 0.75);
    for centre in [0.5, 1e3, -1e30, 1e30] {
        for sd in [1e-30, 1e-3, 1.0, 1e30] {
            let sampler = TruncatedGaussian::new(sd, low, high).unwrap().around(centre).unwrap();
            let draw = sample(&sampler, &space, 600, 0);
            assert!(drawn(&draw, 0).iter().all(|z| (low..=high).contains(z)), "{centre} {sd}");
        }
    }
    let law = TruncatedGaussian::new(1.0, [2.0], [3.0]).unwrap().around_law();
    assert!(drawn(&sample(&law, &space, 600, 0), 0).iter().all(|z| (2.0..=3.0).contains(z)));
}

/// N(m, s^2) tilted around x with width nu is N((m nu^2 + x s^2) / (s^2 + nu^2), s^2 nu^2 / (s^2 + nu^2)).
#[test]
fn tilted_numbers_follow_the_product_of_law_and_kernel() {
    fn check<F: Real>() {
        let laws = [(0.0, 1.0), (-3.0, 0.5), (10.0, 4.0)];
        let origin = [1.0, -3.2, 2.0];
        let space = numbers::<F>(&laws, &origin);
        for (sampler, nu) in [(Tilted::default(), 0.75 * 3f64.sqrt()), (Tilted::new(0.2).unwrap(), 0.2)] {
            let draw = sample(&sampler, &space, ROWS, 10);
            assert!(draw.instance.is_empty());
            let (total, squares) =
                draw.weight.iter().fold((0.0, 0.0), |(t, s), w| (t + w.wide(), s + w.wide().powi(2)));
            // The weights hardly vary, so the rows themselves follow the law.
            assert!((total / ROWS as f64 - 1.0).abs() < 1e-3, "{total}");
            assert!(total * total / squares > 0.995 * ROWS as f64, "{}", total * total / squares);
            for (j, (m, s)) in laws.into_iter().enumerate() {
                let (vs, vn) = (s * s, nu * nu);
                let (mean, sd) = ((m * vn + origin[j] * vs) / (vs + vn), (vs * vn / (vs + vn)).sqrt());
                ks(&column(&draw, j), |z| normal_cdf((z - mean) / sd), &format!("feature {j} at width {nu}"));
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

/// Self-normalised weighted means of MonteCarlo samples under the kernel, and means of tilted ones, of levels and numbers
/// together: both estimate the same, within their errors.
#[test]
fn tilted_and_weighted_means_agree_in_a_mixed_space() {
    let space = mixed::<f64>();
    let origin = space.origin().to_vec();
    let f = |draw: &Draw<f64>, i: usize| {
        draw.z[(i, 0)] * draw.z[(i, 1)] + (draw.z[(i, 1)] * 0.7).sin() - draw.z[(i, 2)] + draw.noise[(i, 0)]
    };
    let n = 200_000;
    let estimate = |sampler: &dyn Sampler<f64>, weight: &dyn Fn(&Draw<f64>, usize) -> f64, seed| {
        let draw = sample(sampler, &space, n, seed);
        let weights: Vec<f64> = (0..n).map(|i| draw.weight[i] * weight(&draw, i)).collect();
        let total: f64 = weights.iter().sum();
        let mean = (0..n).map(|i| weights[i] * f(&draw, i)).sum::<f64>() / total;
        let variance = (0..n).map(|i| (weights[i] * (f(&draw, i) - mean)).powi(2)).sum::<f64>() / (total * total);
        (mean, variance)
    };
    for nu in [0.6, 1.3] {
        let kernel = |draw: &Draw<f64>, i: usize| {
            let square: f64 = draw.z.row(i).iter().zip(&origin).map(|(z, x)| (z - x).powi(2)).sum();
            (-square / (2.0 * nu * nu)).exp()
        };
        let (weighted, its_variance) = estimate(&MonteCarlo, &kernel, 11);
        let (tilted, variance) = estimate(&Tilted::new(nu).unwrap(), &|_, _| 1.0, 12);
        let z = (weighted - tilted) / (its_variance + variance).sqrt();
        assert!(z.abs() < 4.0, "width {nu}: {tilted} for {weighted}, z = {z}");
        assert!(variance < its_variance, "width {nu}: {variance} for {its_variance}");
    }
}

/// A law of two values has a quantile function with a jump, which no table resolves: the weights still make up for it.
#[test]
fn tilted_jumps_are_unbiased() {
    struct Two;
    impl Quantile<f64> for Two {
        fn quantile(&self, u: f64) -> f64 {
            if u < 1.0 / 3.0 { 0.0 } else { 2.0 }
        }
    }
    let space = Space::<f64>::new(vec![Law::Continuous(Arc::new(Two))], vec![0.0]).unwrap();
    let draw = sample(&Tilted::new(1.0).unwrap(), &space, ROWS, 13);
    let (near, far) = (1.0 / 3.0, 2.0 / 3.0 * (-2f64).exp());
    let count = column(&draw, 0).iter().filter(|z| **z == 0.0).count();
    share(count, ROWS, near / (near + far), "the nearer of two values");
    assert!((support::mean_weight(&draw) - 1.0).abs() < 1e-6);
}

#[test]
fn levels_are_served_by_the_copula_only() {
    for refused in [
        Gaussian::new(1.0).unwrap().design(&levels::<f64>(true), 10, 0).err().unwrap(),
        TruncatedGaussian::new(1.0, 0.0, 1.0).unwrap().design(&mixed::<f64>(), 10, 0).err().unwrap(),
    ] {
        assert!(
            refused.to_string().contains("feature 0 has levels") && refused.to_string().contains("GaussianCopula"),
            "{refused}"
        );
    }
    let normal = Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let space = Space::<f64>::new(vec![normal, Law::mask()], vec![0.0, 1.0]).unwrap();
    assert!(GaussianCopula::new(DMatrix::identity(2, 2)).unwrap().design(&space, 10, 0).is_ok());
}
