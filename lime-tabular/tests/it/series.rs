//! Time series whose segments are kept or replaced: partitions, replacements by hand, exact coefficients, and what is refused.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::nalgebra::DMatrix;
use lime_core::{
    BoxError, Draw, Error as CoreError, Explainer, Explanation, Real, Representation, Sampler, Stage, Targets, model_fn,
};
use lime_kernels::{Radial, Unweighted};
use lime_samplers::{BernoulliMask, Coalitions, Exhaustive, MonteCarlo, RemovedCount};
use lime_surrogates::selection::NoSelection;
use lime_surrogates::{ConstrainedLeastSquares, Ridge};
use lime_tabular::series::{
    Background, ChannelMean, Constant, GaussianNoise, Interpolation, Removed, Replacement, SegmentMean, Series,
    SeriesRepresentation,
};
use lime_tabular::{Error, Sequences};
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn narrow<F: Real>(values: &[f64]) -> Vec<F> {
    values.iter().map(|&v| F::of(v)).collect()
}

/// What a representation makes of masks, a row each.
fn restored<F: Real>(representation: &SeriesRepresentation<F>, masks: &[&[u8]]) -> Sequences<F> {
    let mut draw = Draw::new(representation.space(), masks.len());
    for (i, mask) in masks.iter().enumerate() {
        assert_eq!(mask.len(), representation.space().features());
        for (j, &z) in mask.iter().enumerate() {
            draw.z[(i, j)] = F::of(f64::from(z));
        }
    }
    let mut batch = representation.allocate(masks.len());
    representation.restore(&draw, &mut batch, 0).unwrap();
    batch
}

fn replaced(values: &[f64], segments: usize, replacement: impl Replacement<f64> + 'static, mask: &[u8]) -> Vec<f64> {
    let row = Series::new(values, 1).unwrap().segments(segments).unwrap().replacement(replacement).unwrap();
    restored(&row, &[mask]).into_values()
}

/// Twelve steps, four segments of three.
const WAVE: [f64; 12] = [1.0, 2.0, 6.0, 4.0, 4.0, 7.0, -1.0, 0.0, 4.0, 8.0, 9.0, 16.0];

#[test]
fn means_and_constants_by_hand() {
    let mean = |mask| replaced(&WAVE, 4, SegmentMean, mask);
    assert_eq!(mean(&[0, 1, 1, 0]), [3.0, 3.0, 3.0, 4.0, 4.0, 7.0, -1.0, 0.0, 4.0, 11.0, 11.0, 11.0]);
    assert_eq!(mean(&[1, 0, 0, 1]), [1.0, 2.0, 6.0, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 8.0, 9.0, 16.0]);
    // The default.
    let row = Series::new(&WAVE, 1).unwrap().segments(4).unwrap();
    assert_eq!(restored(&row, &[&[0, 1, 1, 0]]).into_values(), mean(&[0, 1, 1, 0]));

    // They sum to 60.
    let mean = |mask| replaced(&WAVE, 4, ChannelMean, mask);
    assert_eq!(mean(&[1, 0, 1, 0]), [1.0, 2.0, 6.0, 5.0, 5.0, 5.0, -1.0, 0.0, 4.0, 5.0, 5.0, 5.0]);
    assert_eq!(mean(&[0; 4]), [5.0; 12]);

    let zero = |mask| replaced(&WAVE, 4, Constant::default(), mask);
    assert_eq!(zero(&[1, 0, 1, 0]), [1.0, 2.0, 6.0, 0.0, 0.0, 0.0, -1.0, 0.0, 4.0, 0.0, 0.0, 0.0]);
    let constant = |mask| replaced(&WAVE, 4, Constant::new(-2.5).unwrap(), mask);
    assert_eq!(constant(&[0, 1, 1, 1])[..4], [-2.5, -2.5, -2.5, 4.0]);
}

#[test]
fn lines_by_hand() {
    let line = |mask| replaced(&WAVE, 4, Interpolation, mask);
    // Between 6 at step 2 and -1 at step 6: a fall of 7 over 4 steps.
    assert_eq!(line(&[1, 0, 1, 1]), [1.0, 2.0, 6.0, 4.25, 2.5, 0.75, -1.0, 0.0, 4.0, 8.0, 9.0, 16.0]);
    // Two segments make one stretch: from 6 at step 2 to 8 at step 9, 2/7 a step.
    let both = line(&[1, 0, 0, 1]);
    for (t, value) in both.iter().enumerate().take(9).skip(3) {
        assert!((value - (6.0 + 2.0 * (t as f64 - 2.0) / 7.0)).abs() < 1e-14, "{t}: {value}");
    }
    assert_eq!((&both[..3], &both[9..]), (&WAVE[..3], &WAVE[9..]));
    // At the borders the nearest kept value.
    assert_eq!(line(&[0, 1, 1, 0]), [4.0, 4.0, 4.0, 4.0, 4.0, 7.0, -1.0, 0.0, 4.0, 4.0, 4.0, 4.0]);
    assert_eq!(line(&[0, 0, 1, 1])[..7], [-1.0; 7]);
    // A removed border does not reach over what is kept.
    assert_eq!(line(&[0, 1, 0, 0])[3..], [4.0, 4.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0]);
    // Nothing kept.
    assert_eq!(line(&[0; 4]), [5.0; 12]);
}

#[test]
fn backgrounds_by_hand() {
    let other: Vec<f64> = (100..112).map(f64::from).collect();
    let one = Background::new(Sequences::new((1, 12, 1), other).unwrap()).unwrap();
    assert_eq!(
        replaced(&WAVE, 4, one, &[0, 1, 0, 1]),
        [100.0, 101.0, 102.0, 4.0, 4.0, 7.0, 106.0, 107.0, 108.0, 8.0, 9.0, 16.0]
    );
    // Of several the sample's own, whole, each as likely as any other, whatever is removed.
    let several: Vec<f64> = (0..60).map(|i| f64::from(1000 * (i / 12) + i % 12)).collect();
    let several = Background::new(Sequences::new((5, 12, 1), several).unwrap()).unwrap();
    let row = Series::new(&WAVE, 1).unwrap().segments(4).unwrap().replacement(several).unwrap();
    assert!(row.space().noise());
    let samples = 20_000;
    let mut draw = Draw::new(row.space(), samples);
    BernoulliMask::default().design(row.space(), samples, 3).unwrap().fill(0..samples, &mut draw);
    let mut batch = row.allocate(samples);
    row.restore(&draw, &mut batch, 0).unwrap();
    let mut picked = [[0.0; 5]; 2];
    for (i, sample) in batch.iter().enumerate() {
        let removed: Vec<usize> = (0..12).filter(|t| draw.z[(i, t / 3)] == 0.0).collect();
        let Some(&first) = removed.first() else { continue };
        let which = (sample[first] / 1000.0) as usize;
        for t in 0..12 {
            let expected = if removed.contains(&t) { (1000 * which + t) as f64 } else { WAVE[t] };
            assert_eq!(sample[t], expected);
        }
        picked[usize::from(first == 0)][which] += 1.0;
    }
    for counts in picked {
        let n: f64 = counts.iter().sum();
        for count in counts {
            // Five standard deviations of a share of 1/5.
            assert!((count / n - 0.2).abs() < 5.0 * (0.16 / n).sqrt(), "{counts:?}");
        }
    }
}

/// Three steps of two channels: the first 1, 3, 8, the second 10, 20, 60.
const PAIRS: [f64; 6] = [1.0, 10.0, 3.0, 20.0, 8.0, 60.0];

#[test]
fn channels_by_hand() {
    let row = |replacement: Box<dyn Replacement<f64>>| {
        Series::new(&PAIRS, 2).unwrap().cut(&[2]).unwrap().replacement(replacement).unwrap()
    };
    // Features: the first channel's two segments, then the second's.
    let each = |replacement, mask: &[u8; 4]| restored(&row(replacement), &[mask]).into_values();
    let together = |replacement, mask: &[u8; 2]| restored(&row(replacement).across_channels(), &[mask]).into_values();

    assert_eq!(each(Box::new(SegmentMean), &[0, 1, 1, 1]), [2.0, 10.0, 2.0, 20.0, 8.0, 60.0]);
    assert_eq!(each(Box::new(SegmentMean), &[1, 0, 0, 1]), [1.0, 15.0, 3.0, 15.0, 8.0, 60.0]);
    assert_eq!(together(Box::new(SegmentMean), &[0, 1]), [2.0, 15.0, 2.0, 15.0, 8.0, 60.0]);

    assert_eq!(each(Box::new(ChannelMean), &[1, 0, 0, 1]), [1.0, 30.0, 3.0, 30.0, 4.0, 60.0]);
    assert_eq!(together(Box::new(ChannelMean), &[1, 0]), [1.0, 10.0, 3.0, 20.0, 4.0, 30.0]);

    let constants = || Box::new(Constant::new([-1.0, -2.0]).unwrap());
    assert_eq!(each(constants(), &[1, 0, 0, 0]), [1.0, -2.0, 3.0, -2.0, -1.0, -2.0]);
    assert_eq!(together(constants(), &[0, 1]), [-1.0, -2.0, -1.0, -2.0, 8.0, 60.0]);

    // A stretch is a channel's own: the first channel has lost its end, the second all.
    assert_eq!(each(Box::new(Interpolation), &[1, 0, 0, 0]), [1.0, 30.0, 3.0, 30.0, 3.0, 30.0]);
    assert_eq!(together(Box::new(Interpolation), &[0, 1]), [8.0, 60.0, 8.0, 60.0, 8.0, 60.0]);

    let other =
        || Box::new(Background::new(Sequences::new((1, 3, 2), vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).unwrap()).unwrap());
    assert_eq!(each(other(), &[0, 1, 1, 0]), [0.1, 10.0, 0.3, 20.0, 8.0, 0.6]);
    assert_eq!(together(other(), &[1, 0]), [1.0, 10.0, 3.0, 20.0, 0.5, 0.6]);
}

#[test]
fn names_and_segments() {
    let plain = Series::new(&[0.0; 10], 1).unwrap();
    let names = |row: SeriesRepresentation<f64>| row.names();
    // As numpy's array_split: the longer ones first.
    assert_eq!(names(plain.clone().segments(4).unwrap()), ["t 0..3", "t 3..6", "t 6..8", "t 8..10"]);
    assert_eq!(names(plain.clone().segments(1).unwrap()), ["t 0..10"]);
    assert_eq!(names(plain.clone().cut(&[]).unwrap()), ["t 0..10"]);
    assert_eq!(names(plain.clone().cut(&[1, 9]).unwrap()), ["t 0..1", "t 1..9", "t 9..10"]);
    let named = plain.channel_names(["heart rate"]).unwrap();
    assert_eq!(names(named.clone().cut(&[4]).unwrap()), ["heart rate t 0..4", "heart rate t 4..10"]);
    assert_eq!(names(named.cut(&[4]).unwrap().across_channels()), ["heart rate t 0..4", "heart rate t 4..10"]);

    let pairs = Series::new(&PAIRS, 2).unwrap();
    let expected = ["channel 0 t 0..2", "channel 0 t 2..3", "channel 1 t 0..2", "channel 1 t 2..3"];
    assert_eq!(names(pairs.clone().segments(2).unwrap()), expected);
    assert_eq!(names(pairs.clone().segments(2).unwrap().across_channels()), ["t 0..2", "t 2..3"]);
    let named = pairs.channel_names(["x", "y"]).unwrap().segments(2).unwrap();
    assert_eq!(named.names(), ["x t 0..2", "x t 2..3", "y t 0..2", "y t 2..3"]);
    assert_eq!((named.kind(), named.segments()), ("series", &[0..2, 2..3][..]));
    assert_eq!(named.series().channel(1), [10.0, 20.0, 60.0]);
    assert_eq!((named.series().mean(0), named.series().sd(0)), (4.0, (26.0f64 / 3.0).sqrt()));
}

/// A series, its number of channels, and boundaries.
fn case() -> impl Strategy<Value = (Vec<f64>, usize, Vec<usize>)> {
    (1usize..24, 1usize..4).prop_flat_map(|(steps, channels)| {
        let values = prop::collection::vec((-100i32..100).prop_map(|v| f64::from(v) / 8.0), steps * channels);
        let cuts = prop::collection::btree_set(1..steps.max(2), 0..steps.min(6));
        let cuts = cuts.prop_map(move |cuts| cuts.into_iter().filter(|cut| *cut < steps).collect());
        (values, Just(channels), cuts)
    })
}

/// Every replacement of ours, and two series of the shape to take as backgrounds.
fn replacements<F: Real>(values: &[f64], channels: usize) -> Vec<Box<dyn Replacement<F>>> {
    let steps = values.len() / channels;
    let background = |rows: usize| {
        let others = (0..rows * values.len()).map(|i| F::of(i as f64 + 1000.0)).collect();
        Background::new(Sequences::new((rows, steps, channels), others).unwrap()).unwrap()
    };
    vec![
        Box::new(SegmentMean),
        Box::new(ChannelMean),
        Box::new(Constant::default()),
        Box::new(Interpolation),
        Box::new(GaussianNoise),
        Box::new(background(1)),
        Box::new(background(2)),
    ]
}

fn what_is_kept_stays<F: Real>(
    (values, channels, cuts): &(Vec<f64>, usize, Vec<usize>),
    across: bool,
    at: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let values_here = narrow::<F>(values);
    let (steps, channels) = (values.len() / channels, *channels);
    for replacement in replacements::<F>(values, channels) {
        let row = Series::new(&values_here, channels).unwrap().cut(cuts).unwrap().replacement(replacement).unwrap();
        let row = if across { row.across_channels() } else { row };
        let space = row.space();
        let segment_of = |t: usize| row.segments().iter().position(|s| s.contains(&t)).unwrap();
        let features = row.segments().len() * if across { 1 } else { channels };
        prop_assert_eq!((space.features(), row.names().len()), (features, features));
        let mut draw = Draw::new(space, 33);
        BernoulliMask::default().design(space, 33, seed).unwrap().fill(0..33, &mut draw);
        draw.z.row_mut(5).fill(F::one());
        draw.z.row_mut(7).fill(F::zero());
        draw.instance.push(7);
        let mut batch = row.allocate(3);
        row.resize(&mut batch, 33 + 2 * at);
        row.restore(&draw, &mut batch, at).unwrap();
        // The mask of ones, and the row that is the instance whatever its mask.
        prop_assert_eq!(batch.row(at + 5), &values_here[..]);
        prop_assert_eq!(batch.row(at + 7), &values_here[..]);
        for i in (0..33).filter(|i| *i != 7) {
            for (p, &x) in values_here.iter().enumerate() {
                let (t, channel) = (p / channels, p % channels);
                let feature = if across { 0 } else { channel * row.segments().len() } + segment_of(t);
                let found = batch.get(at + i, t, channel).unwrap();
                prop_assert!(found.is_finite());
                if draw.z[(i, feature)] == F::one() {
                    prop_assert_eq!(found, x);
                }
            }
        }
        // Nothing else of the batch is touched, and a sample is the same wherever it stands.
        prop_assert!((0..at).chain(at + 33..33 + 2 * at).all(|i| batch.row(i).iter().all(|v| *v == F::zero())));
        let mut one = Draw::new(space, 1);
        one.z.copy_from(&draw.z.rows(20, 1));
        one.noise.copy_from(&draw.noise.rows(20, 1));
        let mut alone = row.allocate(1);
        row.restore(&one, &mut alone, 0).unwrap();
        prop_assert_eq!(alone.row(0), batch.row(at + 20));
        prop_assert_eq!(alone.shape(), (1, steps, channels));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn uniform_segments_partition_the_steps(steps in 1usize..200, count in 0usize..210) {
        let row = Series::new(&vec![0.0; steps], 1).unwrap().segments(count);
        prop_assert_eq!(row.is_ok(), (1..=steps).contains(&count));
        if let Ok(row) = row {
            let segments = row.segments();
            prop_assert_eq!((segments.len(), segments[0].start, segments[count - 1].end), (count, 0, steps));
            prop_assert!(segments.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert!(segments.windows(2).all(|pair| pair[0].len() >= pair[1].len()));
            prop_assert!(segments[0].len() - segments[count - 1].len() <= 1 && !segments[count - 1].is_empty());
        }
    }

    #[test]
    fn boundaries_partition_the_steps((values, channels, cuts) in case()) {
        let steps = values.len() / channels;
        let row = Series::new(&values, channels).unwrap().cut(&cuts).unwrap();
        let starts: Vec<usize> = row.segments().iter().map(|s| s.start).collect();
        let ends: Vec<usize> = row.segments().iter().map(|s| s.end).collect();
        prop_assert_eq!(starts, [&[0], &cuts[..]].concat());
        prop_assert_eq!(ends, [&cuts[..], &[steps]].concat());
    }

    #[test]
    fn kept_segments_stay_as_they_are(case in case(), across: bool, at in 0usize..4, seed: u64) {
        what_is_kept_stays::<f64>(&case, across, at, seed)?;
        what_is_kept_stays::<f32>(&case, across, at, seed)?;
    }

    /// Step by step: between the nearest kept steps on both sides, or the one there is.
    #[test]
    fn lines_join_the_nearest_kept_values((values, channels, cuts) in case(), seed: u64) {
        let steps = values.len() / channels;
        let row = Series::new(&values, channels).unwrap().cut(&cuts).unwrap().replacement(Interpolation).unwrap();
        let mut draw = Draw::new(row.space(), 16);
        MonteCarlo.design(row.space(), 16, seed).unwrap().fill(0..16, &mut draw);
        draw.instance.clear();
        let mut batch = row.allocate(16);
        row.restore(&draw, &mut batch, 0).unwrap();
        for i in 0..16 {
            for channel in 0..channels {
                let x = |t: usize| values[t * channels + channel];
                let kept: Vec<usize> = (0..steps).filter(|t| {
                    let segment = row.segments().iter().position(|s| s.contains(t)).unwrap();
                    draw.z[(i, channel * row.segments().len() + segment)] == 1.0
                }).collect();
                for t in 0..steps {
                    let (before, after) = (kept.iter().rev().find(|k| **k <= t), kept.iter().find(|k| **k >= t));
                    let expected = match (before, after) {
                        (Some(&a), Some(&b)) if a == b => x(a),
                        (Some(&a), Some(&b)) => x(a) + (x(b) - x(a)) * (t - a) as f64 / (b - a) as f64,
                        (Some(&only), None) | (None, Some(&only)) => x(only),
                        (None, None) => (0..steps).map(x).sum::<f64>() / steps as f64,
                    };
                    let found = batch.get(i, t, channel).unwrap();
                    prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }

    /// A linear model is additive in the masks where a segment's replacement does not depend on the others: the coefficient is
    /// the sum of slope (value - replacement) over the segment, the intercept the answer with nothing kept.
    #[test]
    fn linear_models_are_recovered((values, channels, cuts) in case(), across: bool, pick in 0usize..4, seed: u64) {
        let replacement = || -> Box<dyn Replacement<f64>> {
            let mut all = replacements(&values, channels);
            all.retain(|r| !r.noise() && !format!("{r:?}").contains("Interpolation"));
            all.swap_remove(pick)
        };
        let row = Series::new(&values, channels).unwrap().cut(&cuts).unwrap().replacement(replacement()).unwrap();
        let row = if across { row.across_channels() } else { row };
        let slope = |p: usize| f64::from((p * 7 % 11) as u8) - 5.0;
        let model = model_fn(|batch: &Sequences<f64>| -> Vec<f64> {
            batch.iter().map(|row| 1.5 + row.iter().enumerate().map(|(p, x)| slope(p) * x).sum::<f64>()).collect()
        });
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
        let explanation = explainer.samples(600).seed(seed).explain(&row, &model).unwrap();
        let d = row.space().features();
        let empty = restored(&row, &[&vec![0; d]]).into_values();
        let mut expected = vec![0.0; d];
        for (p, (x, other)) in values.iter().zip(&empty).enumerate() {
            let segment = row.segments().iter().position(|s| s.contains(&(p / channels))).unwrap();
            let feature = if across { segment } else { (p % channels) * row.segments().len() + segment };
            expected[feature] += slope(p) * (x - other);
        }
        let target = &explanation.targets[0];
        for (found, expected) in target.dense(d).iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{found} {expected}");
        }
        let base = 1.5 + empty.iter().enumerate().map(|(p, x)| slope(p) * x).sum::<f64>();
        prop_assert!((target.intercept.unwrap() - base).abs() < 1e-9 * (1.0 + base.abs()));
    }
}

/// A model of five segments that is not additive: Kernel SHAP finds the Shapley values of all 32 masks, by definition.
#[test]
fn kernel_shap_of_segments() {
    let values: Vec<f64> = (0..23).map(|t| (f64::from(t) * 0.7).sin() + 0.1 * f64::from(t)).collect();
    let answer = |row: &[f64]| row.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f64>() + row[11].exp();
    let model = model_fn(|batch: &Sequences<f64>| batch.iter().map(answer).collect::<Vec<_>>());
    let row = || Series::new(&values, 1).unwrap().segments(5).unwrap();
    for row in [row(), row().replacement(Interpolation).unwrap()] {
        let masks: Vec<Vec<u8>> = (0..32u8).map(|i| (0..5).map(|j| i >> j & 1).collect()).collect();
        let masks: Vec<&[u8]> = masks.iter().map(Vec::as_slice).collect();
        let answers: Vec<f64> = restored(&row, &masks).iter().map(answer).collect();
        // |S|! (4 - |S|)! / 5! for a set without the feature.
        let share = [1.0 / 5.0, 1.0 / 20.0, 1.0 / 30.0, 1.0 / 20.0, 1.0 / 5.0];
        let shapley = (0..5).map(|j| {
            let without = (0..32usize).filter(|i| i >> j & 1 == 0);
            without.map(|i| share[i.count_ones() as usize] * (answers[i | 1 << j] - answers[i])).sum::<f64>()
        });
        let explainer = Explainer::new(Coalitions, Unweighted, NoSelection, ConstrainedLeastSquares::shapley());
        let explanation = explainer.samples(2_048).explain(&row, &model).unwrap();
        for (found, expected) in explanation.targets[0].dense(5).into_iter().zip(shapley) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        // Every mask once is a design too: uniform weights, and the coefficients of an additive part.
        let explainer = Explainer::new(Exhaustive::new(), Unweighted, NoSelection, Ridge::new(0.0).unwrap());
        let found = explainer.samples(32).explain(&row, &model).unwrap().targets[0].dense(5);
        for (j, found) in found.into_iter().enumerate() {
            // The main effect of a balanced design: the mean with less the mean without.
            let effect: f64 = (0..32usize).map(|i| if i >> j & 1 == 1 { answers[i] } else { -answers[i] }).sum();
            assert!((found - effect / 16.0).abs() < 1e-9, "{found} {effect}");
        }
    }
}

#[test]
fn noise_has_the_channels_mean_and_spread() {
    // Channels of different units, 10 +- 2 and -3 +- 0.5.
    let values: Vec<f64> = (0..20).flat_map(|t| if t % 2 == 0 { [8.0, -2.5] } else { [12.0, -3.5] }).collect();
    let row = Series::new(&values, 2).unwrap().segments(2).unwrap().replacement(GaussianNoise).unwrap();
    let samples = 4_000;
    for across in [false, true] {
        let row = if across { row.clone().across_channels() } else { row.clone() };
        let mut draw = Draw::new(row.space(), samples);
        MonteCarlo.design(row.space(), samples, 1).unwrap().fill(0..samples, &mut draw);
        draw.instance.clear();
        let mut batch = row.allocate(samples);
        row.restore(&draw, &mut batch, 0).unwrap();
        let half = row.segments().len();
        let removed = |i: usize, t: usize, channel: usize| {
            let feature = t / 10 + if across { 0 } else { half * channel };
            (draw.z[(i, feature)] == 0.0).then(|| batch.get(i, t, channel).unwrap())
        };
        // In standard deviations all of them are standard normal, and independent of each other.
        let standard = |i: usize, t: usize, channel: usize| {
            let (mean, sd) = if channel == 0 { (10.0, 2.0) } else { (-3.0, 0.5) };
            removed(i, t, channel).map(|x| (x - mean) / sd)
        };
        for (t, channel) in [(0, 0), (9, 0), (10, 1), (19, 1), (4, 1)] {
            let found: Vec<f64> = (0..samples).filter_map(|i| standard(i, t, channel)).collect();
            let n = found.len() as f64;
            assert!((n - 2_000.0).abs() < 200.0);
            let moment = |k: i32| found.iter().map(|v| v.powi(k)).sum::<f64>() / n;
            // Five standard errors: variances 1, 2, 15 and 96 of the powers of a standard normal.
            for (k, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
                let off = (moment(k) - expected).abs();
                assert!(off < 5.0 * (variance / n).sqrt(), "step {t}, channel {channel}, moment {k}: {off}");
            }
        }
        for (a, b) in [((0, 0), (1, 0)), ((0, 0), (0, 1)), ((0, 0), (10, 0)), ((3, 0), (13, 1)), ((2, 1), (12, 1))] {
            let pairs: Vec<f64> =
                (0..samples).filter_map(|i| Some(standard(i, a.0, a.1)? * standard(i, b.0, b.1)?)).collect();
            let n = pairs.len() as f64;
            assert!(n > 800.0);
            assert!((pairs.iter().sum::<f64>() / n).abs() < 5.0 / n.sqrt(), "{a:?} {b:?}");
        }
    }
}

fn bits(explanation: &Explanation) -> Vec<u64> {
    let targets = explanation.targets.iter();
    targets.flat_map(|t| t.features.iter().map(|f| f.weight).chain(t.intercept)).map(f64::to_bits).collect()
}

#[test]
fn threads_and_batches_do_not_matter() {
    let values: Vec<f64> = (0..60).map(|i| (f64::from(i) * 0.9).sin() + f64::from(i % 2)).collect();
    let model = model_fn(|batch: &Sequences<f64>| {
        let rows: Vec<Vec<f64>> = batch.iter().map(<[f64]>::to_vec).collect();
        DMatrix::from_fn(rows.len(), 2, |i, k| {
            rows[i].iter().enumerate().map(|(p, x)| (x * (p + k) as f64).sin()).sum()
        })
    });
    let mut found = Vec::new();
    for replacement in replacements(&values, 2) {
        let row = Series::new(&values, 2).unwrap().segments(6).unwrap().replacement(replacement).unwrap();
        let explainer = lime_tabular::explainer().samples(700).targets(Targets::All);
        let expected = bits(&explainer.explain(&row, &model).unwrap());
        for batch in [1, 7, 300] {
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let explainer = explainer.clone().batch_size(batch);
                let found = pool.install(|| explainer.explain_parallel(&row, &model)).unwrap();
                assert_eq!(bits(&found), expected, "{row:?} {batch} {threads}");
            }
        }
        assert_ne!(bits(&explainer.seed(1).explain(&row, &model).unwrap()), expected);
        found.push(expected);
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 7);
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn series_that_are_none() {
    fn check<F: Real>() {
        for (values, channels) in [(0, 1), (0, 0), (3, 0), (3, 2), (2, 3)] {
            says(
                Series::new(&vec![F::zero(); values], channels),
                &format!(
                    "{values} value(s) are no series of {channels} channel(s): give each step a value for each channel, with at least 1 step and 1 channel"
                ),
            );
        }
        for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            says(
                Series::new(&narrow::<F>(&[0.0, 0.0, 0.0, value]), 2),
                &format!("channel 1 of the series is {shown} at step 1: values must be finite numbers"),
            );
        }
        let series = || Series::new(&[F::zero(); 5], 1).unwrap();
        for count in [0, 6, usize::MAX] {
            let message = format!("a series of 5 step(s) cannot be cut into {count} segments: give 1 to 5");
            says(series().segments(count), &message);
        }
        for (cuts, index, boundary, after) in [
            (&[0][..], 0, 0, 0),
            (&[5], 0, 5, 0),
            (&[2, 2], 1, 2, 2),
            (&[3, 1], 1, 1, 3),
            (&[1, 4, usize::MAX], 2, usize::MAX, 4),
        ] {
            says(
                series().cut(cuts),
                &format!(
                    "boundary {index} is step {boundary}, but a series of 5 step(s) can be cut there only after step {after} and before step 5: boundaries rise strictly"
                ),
            );
        }
        says(series().channel_names(["a", "b"]), "2 names for 1 channel(s)");
    }
    check::<f64>();
    check::<f32>();
    let wide = "channel 0 of the series: the mean or spread of the values from -1e300 to 1e300 is beyond the data's type, so rescale the channel";
    says(Series::new(&[1e300, -1e300], 1), wide);
    // Noise of this spread would not be a number.
    assert!(matches!(Series::new(&[3e38f32, -3e38], 1), Err(Error::SeriesRange { channel: 0, .. })));
    assert!(Series::new(&[1e37f32, -1e37], 1).is_ok());
    assert!(Series::new(&[1e300f64, 1e300], 1).is_ok());
}

/// A replacement of one's own that cannot stand anywhere.
#[derive(Debug)]
struct Nowhere;

impl Replacement<f64> for Nowhere {
    fn replace(&self, _: &Removed<'_, f64>, _: &mut [f64]) {}

    fn check(&self, series: &Series<f64>) -> Result<(), BoxError> {
        Err(format!("not in {:?}", series.shape()).into())
    }
}

#[test]
fn replacements_that_do_not_fit() {
    let row = || Series::new(&PAIRS, 2).unwrap().segments(2).unwrap();
    says(row().replacement(Nowhere), "the replacement does not fit the series: not in (3, 2)");
    says(row().replacement(std::sync::Arc::new(Nowhere)), "the replacement does not fit the series: not in (3, 2)");
    for value in [f64::NAN, f64::INFINITY] {
        let message = format!("the constant {value} is not a finite number of the data's type");
        says(Constant::new(value), &message);
        says(Constant::new([0.0, value]), &message);
    }
    says(
        row().replacement(Constant::new([1.0, 2.0, 3.0]).unwrap()),
        "3 constants for 2 channel(s): give one for all or one for each",
    );
    let single = Series::new(&[0.0f32], 1).unwrap().segments(1).unwrap();
    assert!(matches!(single.replacement(Constant::new(1e300).unwrap()), Err(Error::Constant { .. })));
    for (shape, found) in [((1, 2, 3), "2 step(s) of 3"), ((4, 3, 1), "3 step(s) of 1"), ((1, 6, 1), "6 step(s) of 1")]
    {
        let other = Background::new(Sequences::new(shape, vec![0.0; shape.0 * shape.1 * shape.2]).unwrap()).unwrap();
        let message = format!("the background has {found} channel(s) where the series has 3 of 2");
        says(row().replacement(other), &message);
    }
    says(
        Background::new(Sequences::<f64>::new((0, 3, 2), vec![]).unwrap()),
        "there is no background series: give at least one",
    );
    let hole = Sequences::new((2, 2, 2), vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f64::NAN, 0.0]).unwrap();
    says(Background::new(hole), "channel 0 of background series 1 is NaN at step 1: values must be finite numbers");
}

/// Masks do not determine what noise leaves open: designs that need that refuse before the model is asked.
#[test]
fn designs_of_masks_refuse_noise() {
    let calls = AtomicUsize::new(0);
    let model = model_fn(|batch: &Sequences<f64>| {
        calls.fetch_add(1, Ordering::Relaxed);
        vec![0.0; batch.rows()]
    });
    let row = Series::new(&WAVE, 1).unwrap().segments(4).unwrap().replacement(GaussianNoise).unwrap();
    let exhaustive = Explainer::new(Exhaustive::new(), Unweighted, NoSelection, Ridge::default());
    let shap = Explainer::new(Coalitions, Unweighted, NoSelection, ConstrainedLeastSquares::shapley());
    for error in [exhaustive.explain(&row, &model), shap.explain(&row, &model)].map(Result::unwrap_err) {
        let CoreError::Part { stage: Stage::Sample, source, .. } = error else { panic!("{error}") };
        let refusal = source.downcast_ref().unwrap();
        assert!(
            matches!(refusal, lime_samplers::Error::Noise { .. } | lime_samplers::Error::RandomCoalition),
            "{source}"
        );
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    // The last replacement counts.
    assert!(exhaustive.explain(&row.replacement(SegmentMean).unwrap(), &model).is_ok());
}

/// What a replacement is told.
#[test]
fn removed_segments_know_where_they_are() {
    #[derive(Debug)]
    struct Told;

    impl Replacement<f64> for Told {
        fn replace(&self, removed: &Removed<'_, f64>, values: &mut [f64]) {
            // Segments of one step: the step, the stretch and the channel as one number each.
            let Range { start, end } = removed.stretch();
            assert_eq!((values.len(), removed.steps().len(), removed.original().len()), (1, 1, 1));
            assert_eq!(values[0], removed.original()[0]);
            assert_eq!((removed.noise(), removed.sample_noise()), (0.5, 0.5));
            values[0] = (1000 * removed.channel() + 100 * removed.steps().start + 10 * start + end) as f64;
        }
    }

    let row = Series::new(&[0.5; 8], 2).unwrap().segments(4).unwrap().replacement(Told).unwrap();
    let batch = restored(&row, &[&[0, 0, 1, 0, 1, 0, 0, 0]]);
    assert_eq!(batch.row(0), [2.0, 0.5, 102.0, 1114.0, 0.5, 1214.0, 334.0, 1314.0]);
}

/// The original's sampler for text goes with series as well, and so does noise under any of them.
#[test]
fn samplers_of_masks() {
    let model = model_fn(|batch: &Sequences<f64>| batch.iter().map(|row| row[4]).collect::<Vec<_>>());
    for replacement in replacements(&WAVE, 1) {
        let row = Series::new(&WAVE, 1).unwrap().segments(4).unwrap().replacement(replacement).unwrap();
        let explainer = Explainer::new(RemovedCount, Radial::for_text(), NoSelection, Ridge::default()).samples(200);
        let explanation = explainer.explain(&row, &model).unwrap();
        assert_eq!((explanation.prediction[0], explanation.kind.as_str()), (4.0, "series"));
    }
}
