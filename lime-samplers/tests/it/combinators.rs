//! Samplers made of samplers, anybody's included.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::support::{all, bits, levels, numbers, sample};
use lime_core::{BoxError, Design, Draw, Real, Sampler, SizeLaw, Space, sampler_fn};
use lime_samplers::{
    Antithetic, BernoulliMask, Deduplicated, Distinct, Exhaustive, LeaveOneOut, MaskPairs, Mixed, MonteCarlo,
    RemovedCount, Tilted, WithInstance,
};

/// Rows that tell their number and their sampler: z'_0 is the row, z'_1 the mark. Weights alternate between 0.5 and 1.5.
struct Marked(f64);

struct MarkedRows {
    rows: usize,
    mark: f64,
}

impl<F: Real> Sampler<F> for Marked {
    fn design<'a>(&'a self, _: &'a Space<F>, rows: usize, _: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(MarkedRows { rows, mark: self.0 }))
    }
}

impl<F: Real> Design<F> for MarkedRows {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cluster(&self, row: usize) -> usize {
        row / 3
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        for (at, row) in rows.enumerate() {
            draw.z[(at, 0)] = F::of(row as f64);
            draw.z[(at, 1)] = F::of(self.mark);
            draw.weight[at] = F::of(if row % 2 == 0 { 0.5 } else { 1.5 });
            if row % 5 == 1 {
                draw.instance.push(at);
            }
        }
    }
}

#[test]
fn a_mixture_deals_the_rows_of_its_parts_in_order() {
    let space = numbers::<f64>(&[(0.0, 1.0); 2], &[0.0; 2]);
    for share in [0.01, 0.3, 0.5, 2.0 / 3.0, 0.99] {
        let sampler = Mixed::new(Marked(1.0), share, Marked(2.0)).unwrap();
        let design = sampler.design(&space, 700, 0).unwrap();
        assert!(!Design::<f64>::extensible(design.as_ref()));
        let draw = all(design.as_ref(), &space);
        let mut next = [0usize, 0];
        let mut clusters: HashMap<usize, (usize, usize)> = HashMap::new();
        for row in 0..700 {
            let part = draw.z[(row, 1)] as usize - 1;
            let before = (row as f64 * share).floor();
            let after = ((row + 1) as f64 * share).floor();
            assert_eq!(part, usize::from(after == before), "share {share}, row {row}");
            let own = next[part];
            assert_eq!(draw.z[(row, 0)] as usize, own);
            assert_eq!(draw.weight[row], [0.5, 1.5][own % 2]);
            assert_eq!(draw.instance.contains(&row), own % 5 == 1);
            let group = clusters.entry(design.cluster(row)).or_insert((part, own / 3));
            assert_eq!(*group, (part, own / 3), "share {share}, row {row}");
            next[part] += 1;
        }
        assert_eq!(clusters.len(), next[0].div_ceil(3) + next[1].div_ceil(3), "share {share}");
    }
}

#[test]
fn the_parts_of_a_mixture_have_seeds_of_their_own() {
    let space = Space::<f64>::masks(40);
    let halves = Mixed::new(MonteCarlo, 0.5, MonteCarlo).unwrap();
    let draw = sample(&halves, &space, 1_000, 3);
    // Row 0 of each is the instance; no other row of one is a row of the other or of the plain sampler.
    let rows = bits(&draw);
    let plain = bits(&sample(&MonteCarlo, &space, 1_000, 3));
    let (first, second): (Vec<_>, Vec<_>) =
        (rows.iter().skip(1).step_by(2).collect(), rows.iter().step_by(2).collect());
    assert_eq!(first[0], second[0]);
    assert!(first[1..].iter().all(|row| !second.contains(row) && !plain.contains(row)));
    assert_ne!(bits(&sample(&halves, &space, 1_000, 4)), rows);
}

#[test]
fn a_mixture_refuses_a_part_with_rows_of_its_own_number() {
    let space = Space::<f64>::masks(4);
    let first = Mixed::new(Exhaustive::new(), 0.5, MonteCarlo).unwrap();
    let second = Mixed::new(MonteCarlo, 0.5, LeaveOneOut).unwrap();
    for (sampler, message) in [
        (
            Box::new(first) as Box<dyn Sampler<f64>>,
            "the first sampler of the mixture has 16 rows where 50 were asked for",
        ),
        (Box::new(second), "the second sampler of the mixture has 5 rows where 50 were asked for"),
    ] {
        let refused = sampler.design(&space, 100, 0).err().unwrap().to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    // What is asked of the parts is what they refuse.
    let refused =
        Mixed::new(MonteCarlo, 0.9, Exhaustive::new()).unwrap().design(&space, 100, 0).err().unwrap().to_string();
    assert!(refused.contains("2^4 = 16 masks, more than the budget of 10"), "{refused}");
}

#[test]
fn the_instance_takes_row_0_and_nothing_else() {
    let space = levels::<f64>(true);
    let sampler = WithInstance(Antithetic);
    let (with, without) = (sample(&sampler, &space, 700, 1), sample(&Antithetic, &space, 700, 1));
    assert_eq!((with.instance.as_slice(), without.instance.as_slice()), ([0].as_slice(), [].as_slice()));
    assert!(with.z.row(0).iter().all(|z| *z == 1.0));
    assert_eq!(bits(&with)[1..], bits(&without)[1..]);
    let (with, without) = (sampler.design(&space, 9, 0).unwrap(), Antithetic.design(&space, 9, 0).unwrap());
    assert!((0..9).all(|row| with.cluster(row) == without.cluster(row)));

    // Where it is there already it stays; where the weights vary row 0 keeps its own.
    assert_eq!(
        bits(&sample(&WithInstance(RemovedCount), &space, 700, 1)),
        bits(&sample(&RemovedCount, &space, 700, 1))
    );
    let space = numbers::<f64>(&[(0.0, 1.0); 3], &[1.0, 2.0, 3.0]);
    let (tilted, plain) =
        (sample(&WithInstance(Tilted::default()), &space, 300, 1), sample(&Tilted::default(), &space, 300, 1));
    assert_eq!(tilted.weight, plain.weight);
    assert_eq!(tilted.z.row(0).iter().copied().collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    let empty = WithInstance(MonteCarlo);
    assert!(sample(&empty, &space, 0, 1).instance.is_empty());
}

/// The masks of a design with the sums of their weights.
fn by_mask(draw: &Draw<f64>) -> Vec<(Vec<u64>, f64)> {
    let mut found: Vec<(Vec<u64>, f64)> = Vec::new();
    for row in 0..draw.rows() {
        let mask: Vec<u64> = draw.z.row(row).iter().map(|z| z.to_bits()).collect();
        match found.iter_mut().find(|(known, _)| *known == mask) {
            Some((_, weight)) => *weight += draw.weight[row],
            None => found.push((mask, draw.weight[row])),
        }
    }
    found
}

#[test]
fn equal_masks_are_counted() {
    let samplers: [(Arc<dyn Sampler<f64>>, usize); 4] = [
        (Arc::new(MonteCarlo), 6),
        (Arc::new(RemovedCount), 8),
        (Arc::new(Exhaustive::removed_count()), 6),
        (Arc::new(sampler_fn(|_, _, z: &mut [f64]| z[100] = 0.0)), 130),
    ];
    for (sampler, d) in samplers {
        let space = Space::<f64>::masks(d);
        let whole = sample(&sampler, &space, 900, 2);
        let expected = by_mask(&whole);
        let draw = sample(&Deduplicated(sampler), &space, 900, 2);
        assert_eq!(draw.rows(), expected.len());
        for (mask, weight) in by_mask(&draw) {
            let (_, sum) = expected.iter().find(|(other, _)| *other == mask).unwrap();
            assert!((weight - sum).abs() < 1e-12);
        }
        assert_eq!(draw.instance, whole.instance);
    }
}

#[test]
fn a_mask_equal_to_the_instance_is_the_instance() {
    // Nothing is ever removed, so all rows are the instance; the other way round, the instance comes second.
    let space = Space::<f64>::masks(3);
    let draw = sample(&Deduplicated(sampler_fn(|_, _, _: &mut [f64]| ())), &space, 50, 0);
    assert_eq!((draw.rows(), draw.instance.as_slice(), draw.weight.as_slice()), (1, [0].as_slice(), [50.0].as_slice()));
    let late = Mixed::new(WithInstance(BernoulliMask::default()), 0.01, BernoulliMask::new(0.01).unwrap()).unwrap();
    let draw = sample(&Deduplicated(late), &space, 300, 0);
    assert_eq!(draw.instance.len(), 1);
    assert!(draw.instance == [0] && draw.z.row(0).iter().all(|z| *z == 1.0));
}

/// As many different masks as rows, with the weights of the draws that they took: of so many draws they are the different ones.
#[test]
fn masks_are_drawn_until_enough_differ() {
    let space = Space::<f64>::masks(8);
    let pairs = MaskPairs::new(SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap()).with_own_sizes();
    for rows in [1, 2, 90, 150] {
        let draw = sample(&Distinct(&BernoulliMask::default()), &space, rows, 4);
        let drawn: f64 = draw.weight.iter().sum();
        let other = sample(&Deduplicated(&BernoulliMask::default()), &space, drawn as usize, 4);
        assert_eq!((draw.rows(), bits(&draw)), (rows, bits(&other)));
        assert_eq!(draw.weight, other.weight);
        assert_eq!(sample(&Distinct(&pairs), &space, rows, 4).rows(), rows);
    }
    // There are only so many.
    let draw = sample(&Distinct(&BernoulliMask::default()), &space, 2000, 4);
    assert_eq!((draw.rows(), draw.weight.iter().sum::<f64>()), (256, 32_000.0));
    assert_eq!(sample(&Distinct(&pairs), &space, 0, 4).rows(), 0);
    let refused = Distinct(Exhaustive::new()).design(&space, 600, 0).err().unwrap();
    assert!(refused.to_string().ends_with("Distinct draws until it has enough: use Deduplicated"), "{refused}");
}

/// The first half of the different masks, with the weights of all rows, is as large in the mean as all: the common ones do not come first.
#[test]
fn the_first_different_masks_are_like_all() {
    let (d, seeds) = (10, 400);
    let (mut halves, mut all) = (0.0, 0.0);
    for seed in 0..seeds {
        let draw = sample(&Deduplicated(BernoulliMask::new(0.7).unwrap()), &Space::<f64>::masks(d), 600, seed);
        let half = draw.rows() / 2;
        let mean = |rows: usize| {
            let (mut sum, mut weight) = (0.0, 0.0);
            for row in 1..rows {
                sum += draw.weight[row] * draw.z.row(row).sum();
                weight += draw.weight[row];
            }
            sum / weight
        };
        halves += mean(half) / seeds as f64;
        all += mean(draw.rows()) / seeds as f64;
    }
    // The standard error of the difference is a tenth of this; in the order of their appearance it is 0.40.
    assert!((halves - all).abs() < 0.03, "{halves} {all}");
}

#[test]
fn masks_are_not_counted_where_they_are_not_all_there_is() {
    let message =
        |sampler: &dyn Sampler<f64>, space: &Space<f64>| sampler.design(space, 300, 0).err().unwrap().to_string();
    let noisy = message(&Deduplicated(MonteCarlo), &levels(true));
    assert!(noisy.contains("leaves the model's input random") && noisy.contains("Deduplicated"), "{noisy}");
    let number = message(&Deduplicated(MonteCarlo), &numbers(&[(0.0, 1.0)], &[0.0]));
    assert!(number.contains("feature 0 is a number"), "{number}");
    let half = sampler_fn(|_, _, z: &mut [f64]| z[2] = 0.5);
    let value = message(&Deduplicated(half), &Space::masks(4));
    assert_eq!(value, "the sampler gave feature 2 the value 0.5 in row 1: masks are made of 0 and 1");
}

/// Of six features and 40 rows of pairs, so that some masks come again: complements that are both new stay together.
#[test]
fn different_masks_keep_the_clusters_of_their_first_rows() {
    let space = Space::<f64>::masks(6);
    let pairs = MaskPairs::new(SizeLaw::fair());
    let (plain, different) = (sample(&pairs, &space, 40, 3), sample(&Deduplicated(&pairs), &space, 40, 3));
    let (rows, deduplicated) = (pairs.design(&space, 40, 3).unwrap(), Deduplicated(&pairs));
    let design = deduplicated.design(&space, 40, 3).unwrap();
    assert!(design.rows() < 40);
    for row in 0..design.rows() {
        let first = (0..40).find(|&other| plain.z.row(other) == different.z.row(row)).unwrap();
        assert_eq!(design.cluster(row), rows.cluster(first), "{row}");
    }
}
