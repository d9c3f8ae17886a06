//! Masks and their complements: the law, the pairs, the corners.

use lime_core::{Draw, Error as CoreError, Sampler, SizeLaw, Space};
use lime_samplers::{Error, MaskPairs};

fn sample(sampler: &MaskPairs, d: usize, rows: usize, seed: u64) -> Draw<f64> {
    let space = Space::masks(d);
    let mut draw = Draw::new(&space, rows);
    sampler.design(&space, rows, seed).unwrap().fill(0..rows, &mut draw);
    draw
}

/// The weighted share of each size against the law: with strata it is off by less than one of 2^m pairs; and each feature's share.
#[test]
fn weighted_rows_follow_the_law() {
    let rows = 4096;
    for d in [1usize, 2, 9, 40] {
        for law in [
            SizeLaw::fair(),
            SizeLaw::fair().weighed_by_cosine(0.25).unwrap(),
            SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap(),
        ] {
            for pairs in [MaskPairs::new(law.clone()), MaskPairs::new(law.clone()).with_own_sizes()] {
                let draw = sample(&pairs, d, rows, 3);
                let q = law.probabilities(d).unwrap();
                let mut found = vec![0.0; d + 1];
                for i in 0..rows {
                    found[draw.z.row(i).sum() as usize] += draw.weight[i] / rows as f64;
                }
                for (kept, (found, q)) in found.iter().zip(&q).enumerate() {
                    assert!((found - q).abs() < 4.0 / rows as f64, "{d} {kept}: {found} {q}");
                }
                let mean: f64 = q.iter().enumerate().map(|(kept, q)| q * kept as f64 / d as f64).sum();
                for column in draw.z.column_iter() {
                    let share = column.iter().zip(&draw.weight).map(|(z, w)| z * w).sum::<f64>() / rows as f64;
                    assert!((share - mean).abs() < 5.0 * 0.5 * (2.0 / rows as f64).sqrt(), "{d}: {share} {mean}");
                }
            }
        }
    }
}

/// Of four features all six masks of size 2 are equally likely: chi-squared with 5 degrees of freedom is below 25.7 with probability 0.9999.
#[test]
fn masks_of_a_size_are_equally_likely() {
    let draw = sample(&MaskPairs::new(SizeLaw::of_sizes(|kept, _| if kept == 2 { 1.0 } else { 0.0 })), 4, 12_000, 7);
    let mut counts = [0.0; 16];
    for i in (0..12_000).step_by(2) {
        counts[(0..4).map(|j| (draw.z[(i, j)] as usize) << j).sum::<usize>()] += 1.0;
    }
    let statistic: f64 =
        counts.iter().filter(|count| **count > 0.0).map(|count| (count - 1000.0f64).powi(2) / 1000.0).sum();
    assert!(counts.iter().filter(|count| **count > 0.0).count() == 6 && statistic < 25.7, "{counts:?}");
}

/// A symmetric law has complements alone, with the same bits; under another the second row of a pair drops what the first keeps as far as their
/// sizes let it, and no row weighs more than what complements of the geometric mean leave to it.
#[test]
fn pairs_of_the_laws_own_sizes() {
    let (d, rows) = (9, 400);
    let (plain, own) = (MaskPairs::new(SizeLaw::fair()), MaskPairs::new(SizeLaw::fair()).with_own_sizes());
    assert_eq!(sample(&plain, d, rows, 5).z, sample(&own, d, rows, 5).z);
    let law = SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap();
    let draw = sample(&MaskPairs::new(law.clone()).with_own_sizes(), d, rows, 5);
    let q = law.probabilities(d).unwrap();
    let total: f64 = (0..=d).map(|kept| q[kept].max((q[kept] * q[d - kept]).sqrt())).sum();
    let mut complements = 0;
    for i in (0..rows).step_by(2) {
        let both = (0..d).filter(|&j| draw.z[(i, j)] + draw.z[(i + 1, j)] == 2.0).count() as f64;
        let sizes = draw.z.row(i).sum() + draw.z.row(i + 1).sum();
        assert_eq!(both, (sizes - d as f64).max(0.0));
        complements += usize::from(sizes == d as f64);
    }
    assert!((60..160).contains(&complements), "{complements}");
    for i in 0..rows {
        let kept = draw.z.row(i).sum() as usize;
        let expected = total * q[kept] / q[kept].max((q[kept] * q[d - kept]).sqrt());
        assert!((draw.weight[i] - expected).abs() < 1e-12, "{kept}: {}", draw.weight[i]);
    }
}

#[test]
fn pairs_are_complements_and_corners_come_once() {
    let d = 7;
    for rows in [2, 3, 16, 43, 200] {
        let draw = sample(&MaskPairs::new(SizeLaw::fair()).with_corners(), d, rows, 1);
        assert_eq!((draw.instance.as_slice(), draw.z.row(0).sum()), ([0].as_slice(), d as f64));
        for i in (1..rows).step_by(2) {
            assert!((0..d).all(|j| draw.z[(i - 1, j)] + draw.z[(i, j)] == 1.0));
        }
        // Every third pair, from the first on: the instance, then the features in their order.
        let corners: Vec<usize> = (0..rows).filter(|&i| draw.weight[i] == 0.0).collect();
        let expected: Vec<usize> = (0..rows).filter(|&i| i / 2 % 3 == 0 && i / 6 <= d).collect();
        assert_eq!(corners, expected);
        for &i in corners.iter().filter(|&&i| i >= 6) {
            let alone = if i % 2 == 0 { 0.0 } else { 1.0 };
            assert!((0..d).all(|j| draw.z[(i, j)] == if j == i / 6 - 1 { alone } else { 1.0 - alone }));
        }
    }
}

#[test]
fn spaces_and_laws_that_are_none() {
    let law = MaskPairs::new(SizeLaw::of_sizes(|_, _| 0.0));
    let refused = law.design(&Space::<f64>::masks(3), 10, 0).err().unwrap();
    assert!(matches!(*refused.downcast::<CoreError>().unwrap(), CoreError::NoSize { features: 3 }));
    let normal = std::sync::Arc::new(lime_samplers::Normal::new(0.0, 1.0).unwrap());
    let space = Space::<f64>::new(vec![lime_core::Law::Continuous(normal)], vec![0.0]).unwrap();
    let refused = MaskPairs::new(SizeLaw::fair()).design(&space, 10, 0).err().unwrap();
    assert!(matches!(*refused.downcast::<Error>().unwrap(), Error::NotAMask { feature: 0, sampler: "MaskPairs", .. }));
}
