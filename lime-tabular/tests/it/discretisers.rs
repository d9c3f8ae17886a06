//! What every rule for bins, and for the values inside them, owes to every column of training values.

use lime_core::nalgebra::{DMatrix, dmatrix};
use lime_core::{BoxError, Real};
use lime_tabular::{
    Bin, BinLaw, Binned, Categorical, Column, ColumnAt, Decile, Discretizer, Edges, Empirical, Entropy, EqualWidth,
    Error, Quantiles, Quartile, Sample, Tabular, TruncatedNormal, Uniform, Within,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// A rule of this test's own, which tells nothing but its quantile function.
#[derive(Debug)]
struct Low;

impl Within for Low {
    fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
        let (min, max) = (bin.min, bin.max);
        Ok(BinLaw::new(move |u| min + (max - min) * u * u))
    }
}

fn rules() -> Vec<(&'static str, Box<dyn Discretizer>)> {
    vec![
        ("quartile", Box::new(Quartile)),
        ("decile", Box::new(Decile)),
        ("quantiles", Box::new(Quantiles::new(&[0.9, 0.05, 1.0 / 3.0, 0.05]).unwrap())),
        ("equal width", Box::new(EqualWidth::new(7).unwrap())),
        ("entropy", Box::new(Entropy::default())),
        ("deep entropy", Box::new(Entropy::new(9).unwrap())),
        ("edges", Box::new(Edges::new(&[-1e9, -1.0, 0.25, 3.0]).unwrap())),
    ]
}

fn within() -> [(&'static str, &'static dyn Within); 4] {
    [("normal", &TruncatedNormal), ("empirical", &Empirical), ("uniform", &Uniform), ("own", &Low)]
}

/// Values both precisions have, with counts and classes: spread out, with many ties, all equal, or of many sizes.
fn column() -> impl Strategy<Value = (Vec<f64>, Vec<usize>, Vec<usize>)> {
    let short = |v: f64| f64::from(v as f32);
    (2usize..60).prop_flat_map(move |n| {
        let values = prop_oneof![
            4 => prop::collection::vec(-10.0..10.0, n).prop_map(move |values| values.into_iter().map(short).collect()),
            3 => prop::collection::vec((-4i32..5).prop_map(f64::from), n),
            1 => prop_oneof![Just(0.1f64), Just(-7.0), Just(0.0), Just(3e9)].prop_map(move |v| vec![short(v); n]),
            2 => prop::collection::vec((-1e3..1e3, -20i32..20).prop_map(move |(v, e)| short(v * 2f64.powi(e))), n),
            1 => prop::collection::vec((0u32..9).prop_map(|steps| f64::from(f32::from_bits(0x3f7f_fffc + steps))), n),
        ];
        (values, prop::collection::vec(1usize..5, n), prop::collection::vec(0usize..4, n))
    })
}

/// Uniforms all over the unit interval, its very ends included.
fn noise<F: Real>() -> Vec<F> {
    let mut noise: Vec<F> = (0..400u32).map(|i| F::of((f64::from(i) + 0.5) / 400.0)).collect();
    noise.extend([F::unit(0), F::unit(u32::MAX), F::below_one(), F::of(1e-30)]);
    noise
}

/// Draws with z' at 1 are in the instance's bin, the others in another that occurs; of a bootstrap both are training values.
fn draws_stay_in_their_bin<F: Real>(column: &Binned, sample: &Sample, x: f64, what: &str) -> Result<(), TestCaseError> {
    let own = column.bin_of(x);
    let at: Box<dyn ColumnAt<F>> = column.at(F::of(x)).unwrap();
    let noise = noise::<F>();
    for side in [F::one(), F::zero()] {
        let mut drawn = vec![F::of(f64::NAN); noise.len()];
        at.restore(&vec![side; noise.len()], &noise, &mut drawn);
        for value in &drawn {
            let (value, only) = (value.wide(), column.bins()[own].frequency == 1.0);
            let bin = column.bin_of(value);
            prop_assert_eq!(bin == own, side == F::one() || only, "{} {}: {} for {}", what, side, value, x);
            prop_assert!(value >= sample.min() && value <= sample.max(), "{what}: {value}");
            if what.contains("empirical") {
                prop_assert!(sample.values().contains(&value), "{what}: {value}");
                prop_assert!(column.bins()[bin].frequency > 0.0);
            }
        }
    }
    Ok(())
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-12 * (a.abs() + b.abs() + scale)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bins_part_the_training_values((values, _, labels) in column()) {
        let sample = Sample::with_labels(&values, &labels).unwrap();
        for (rule, discretizer) in rules() {
            let edges = discretizer.edges(&sample).unwrap();
            prop_assert!(!edges.is_empty() && edges.iter().all(|edge| edge.is_finite()), "{rule}: {edges:?}");
            prop_assert!(edges.windows(2).all(|pair| pair[0] < pair[1]), "{rule}: {edges:?}");
            let column = Binned::learn("x", &values, &edges).unwrap();
            prop_assert_eq!(column.bins().len(), edges.len() + 1);
            let mut members = vec![0usize; column.bins().len()];
            for &value in &values {
                let bin = column.bin_of(value);
                prop_assert!(bin == 0 || value > edges[bin - 1]);
                prop_assert!(bin == edges.len() || value <= edges[bin]);
                let Bin { min, max, frequency, .. } = column.bins()[bin];
                prop_assert!(frequency > 0.0 && min <= value && value <= max, "{rule}: {value} in {min}..={max}");
                members[bin] += 1;
            }
            for (bin, members) in column.bins().iter().zip(members) {
                prop_assert_eq!(bin.frequency, members as f64 / values.len() as f64);
            }
        }
    }

    #[test]
    fn draws_stay_where_the_training_values_are(
        (values, _, labels) in column(),
        pick in any::<prop::sample::Index>(),
        rule in any::<prop::sample::Index>(),
    ) {
        let sample = Sample::with_labels(&values, &labels).unwrap();
        let (x, rules) = (*pick.get(&values), rules());
        let (rule, discretizer) = rule.get(&rules);
        let edges = discretizer.edges(&sample).unwrap();
        for (kind, within) in within() {
            let column = Binned::from_sample("x", &sample, &edges, within).unwrap();
            let what = format!("{rule}, {kind}");
            draws_stay_in_their_bin::<f64>(&column, &sample, x, &what)?;
            draws_stay_in_their_bin::<f32>(&column, &sample, x, &what)?;
        }
    }

    /// Whole counts are values repeated, and fractions of counts in one proportion have the same moments.
    #[test]
    fn counts_are_repetitions((values, counts, labels) in column(), p in 0.0..=1.0f64) {
        let repeat = |at: usize| std::iter::repeat_n(at, counts[at]);
        let expanded: Vec<usize> = (0..values.len()).flat_map(repeat).collect();
        let all: Vec<f64> = expanded.iter().map(|&at| values[at]).collect();
        let all_labels: Vec<usize> = expanded.iter().map(|&at| labels[at]).collect();
        let long = Sample::with_labels(&all, &all_labels).unwrap();
        let real: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        let short = Sample::weighted_with_labels(&values, &real, &labels).unwrap();

        prop_assert_eq!((short.total(), short.min(), short.max()), (long.total(), long.min(), long.max()));
        let mut sorted = all.clone();
        sorted.sort_by(f64::total_cmp);
        for p in [p, 0.0, 0.1, 0.25, 0.5, 0.75, 1.0] {
            prop_assert_eq!(short.quantile(p), long.quantile(p));
            prop_assert_eq!(long.quantile(p), lime_tabular::quantile(&sorted, p));
        }
        let scale = long.max().abs().max(long.min().abs());
        prop_assert!(close(short.mean(), long.mean(), scale) && close(short.sd(), long.sd(), scale));
        let halved: Vec<f64> = real.iter().map(|count| count * 1.5).collect();
        let other = Sample::weighted(&values, &halved).unwrap();
        prop_assert!(close(other.mean(), long.mean(), scale) && close(other.sd(), long.sd(), scale));

        for (rule, discretizer) in rules() {
            let edges = discretizer.edges(&short).unwrap();
            prop_assert_eq!(&edges, &discretizer.edges(&long).unwrap(), "{}", rule);
            for (kind, within) in within() {
                let one = Binned::from_sample("x", &short, &edges, within).unwrap();
                let other = Binned::from_sample("x", &long, &edges, within).unwrap();
                prop_assert_eq!(one.ends(), other.ends());
                for (a, b) in one.bins().iter().zip(other.bins()) {
                    prop_assert_eq!((a.frequency, a.min, a.max), (b.frequency, b.min, b.max));
                    prop_assert!(close(a.mean, b.mean, scale) && close(a.sd, b.sd, scale), "{kind}: {a:?} {b:?}");
                }
                if kind == "empirical" {
                    prop_assert_eq!(one.laws(), other.laws());
                }
            }
        }
    }

    /// The mean given z' is that of many even draws, and so is that of the values' shares.
    #[test]
    fn means_are_those_of_the_draws(
        (values, _, labels) in column(), pick in any::<prop::sample::Index>(),
    ) {
        let sample = Sample::with_labels(&values, &labels).unwrap();
        let n = 20_000u32;
        let noise: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
        let scale = sample.max() - sample.min();
        for (kind, within) in within() {
            let column = Binned::from_sample("x", &sample, &Quartile.edges(&sample).unwrap(), within).unwrap();
            let at: Box<dyn ColumnAt<f64>> = column.at(*pick.get(&values)).unwrap();
            for z in [1.0, 0.0] {
                let mut drawn = vec![0.0; noise.len()];
                at.restore(&vec![z; noise.len()], &noise, &mut drawn);
                let average = drawn.iter().sum::<f64>() / f64::from(n);
                // The table is off by 1e-3 standard deviations of a bin, the grid by the steps of a law.
                if let Some(mean) = at.mean(z) {
                    prop_assert!((mean - average).abs() <= 2e-3 * scale + 1e-9 * average.abs(), "{kind} {z}: {mean} {average}");
                } else {
                    prop_assert_eq!(kind, "own");
                }
                let shares = at.shares(z);
                prop_assert!(shares.is_some() || kind != "empirical");
                if let Some(shares) = shares {
                    let total: f64 = shares.iter().map(|(_, share)| share).sum();
                    let mean: f64 = shares.iter().map(|(value, share)| value * share).sum();
                    prop_assert!((total - 1.0).abs() < 1e-12);
                    prop_assert!(at.mean(z).is_none_or(|expected| close(mean, expected, scale)), "{kind} {z}: {mean}");
                    for (value, share) in shares {
                        let count = drawn.iter().filter(|drawn| **drawn == value).count() as f64;
                        prop_assert!((count / f64::from(n) - share).abs() <= 1.01 / f64::from(n) + 1e-9, "{kind}: {value} {share}");
                    }
                }
            }
        }
    }

    /// A column made of its statistics draws the same bits as the one that learned them.
    #[test]
    fn statistics_are_the_column((values, _, labels) in column(), pick in any::<prop::sample::Index>(), rule in any::<prop::sample::Index>()) {
        let sample = Sample::with_labels(&values, &labels).unwrap();
        let (x, rules) = (*pick.get(&values), rules());
        let (rule, discretizer) = rule.get(&rules);
        let edges = discretizer.edges(&sample).unwrap();
        for (kind, within) in within() {
            let learned = Binned::from_sample("x", &sample, &edges, within).unwrap();
            let rebuilt =
                Binned::from_parts("x", edges.clone(), learned.bins().to_vec(), learned.ends().to_vec()).unwrap();
            let rebuilt = match kind {
                "normal" => rebuilt,
                "empirical" => {
                    let finite = |law: &Option<BinLaw>| {
                        law.as_ref().map(|law| BinLaw::finite(&law.shares().unwrap()).unwrap())
                    };
                    rebuilt.with_laws(learned.laws().iter().map(finite).collect()).unwrap()
                }
                _ => rebuilt.with_laws(learned.laws().to_vec()).unwrap(),
            };
            prop_assert_eq!(&rebuilt, &learned, "{}, {}", rule, kind);
            let noise = noise::<f64>();
            let draw = |column: &Binned, z: f64| {
                let mut drawn = vec![0.0; noise.len()];
                column.at(x).unwrap().restore(&vec![z; noise.len()], &noise, &mut drawn);
                drawn
            };
            prop_assert_eq!(draw(&rebuilt, 0.0), draw(&learned, 0.0));
            prop_assert_eq!(draw(&rebuilt, 1.0), draw(&learned, 1.0));
        }
    }

    #[test]
    fn categories_have_shares((_, _, codes) in column(), pick in any::<prop::sample::Index>()) {
        let values: Vec<f64> = codes.iter().map(|&code| code as f64 * 0.5).collect();
        let column = Categorical::learn("x", &values).unwrap();
        let x = *pick.get(&values);
        let at: Box<dyn ColumnAt<f64>> = column.at(x).unwrap();
        prop_assert_eq!(at.shares(1.0), Some(vec![(x, 1.0)]));
        prop_assert_eq!(at.mean(1.0), Some(x));
        let others: Vec<f64> = values.iter().copied().filter(|value| *value != x).collect();
        let shares = at.shares(0.0).unwrap();
        if others.is_empty() {
            prop_assert_eq!(shares, vec![(x, 1.0)]);
        } else {
            for &(value, share) in &shares {
                let count = others.iter().filter(|other| **other == value).count();
                prop_assert!(close(share, count as f64 / others.len() as f64, 1.0));
            }
            prop_assert!(close(shares.iter().map(|(_, share)| share).sum(), 1.0, 1.0));
            prop_assert!(close(at.mean(0.0).unwrap(), others.iter().sum::<f64>() / others.len() as f64, 1.0));
        }
    }
}

#[test]
fn a_column_that_does_not_vary() {
    for value in [2.5, 0.1, 0.0, -1e9] {
        let sample = Sample::with_labels(&[value; 5], &[0, 1, 0, 1, 1]).unwrap();
        for (rule, discretizer) in rules().into_iter().filter(|(rule, _)| *rule != "edges") {
            assert_eq!(discretizer.edges(&sample).unwrap(), [value], "{rule}");
            for (kind, within) in within() {
                let column = Binned::from_sample("x", &sample, &[value], within).unwrap();
                let at: Box<dyn ColumnAt<f64>> = column.at(value).unwrap();
                let mut drawn = [9.0; 4];
                at.restore(&[1.0, 0.0, 1.0, 0.0], &[1e-9, 0.3, 0.6, 0.999], &mut drawn);
                assert_eq!(drawn, [value; 4], "{rule}, {kind}");
                assert_eq!(at.mean(0.0), Some(value));
                assert!(kind == "own" || at.mean(1.0) == Some(value), "{rule}, {kind}");
            }
        }
    }
}

/// A bin's law that leaves the bin, or is not even a number, is kept inside.
#[test]
fn laws_that_leave_their_bin() {
    #[derive(Debug)]
    struct Outside(f64);
    impl Within for Outside {
        fn law(&self, _: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
            let value = self.0;
            if value == 0.5 { Err("no law".into()) } else { Ok(BinLaw::new(move |_| value).with_mean(value)) }
        }
    }
    let sample = Sample::new(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e9, 2.5] {
        let column = Binned::from_sample("x", &sample, &[2.5], &Outside(value)).unwrap();
        let at: Box<dyn ColumnAt<f64>> = column.at(4.0).unwrap();
        let mut drawn = [0.0; 2];
        at.restore(&[1.0, 0.0], &[0.5, 0.5], &mut drawn);
        assert!(drawn[0] > 2.5 && drawn[0] <= 4.0 && (1.0..=2.5).contains(&drawn[1]), "{value}: {drawn:?}");
        assert!((2.5..=4.0).contains(&at.mean(1.0).unwrap()));
    }
    let error = Binned::from_sample("x", &sample, &[2.5], &Outside(0.5)).unwrap_err();
    assert_eq!(error.to_string(), "column x: the law of the values inside bin 0: no law");
}

#[test]
fn a_builder_that_learns_classes_and_laws() {
    let training = dmatrix![1.0, 5.0; 2.0, 5.0; 3.0, 6.0; 4.0, 6.0; 5.0, 5.0];
    let builder = || Tabular::builder(&training).discretizer(Entropy::default());
    let table = builder().classes(&[0, 0, 1, 1, 0]).within(Empirical).learn().unwrap();
    let representation = table.represent(&[2.0, 5.0]).unwrap();
    assert_eq!(lime_core::Representation::names(&representation), ["0 <= 2.50", "1 <= 5.50"]);
    let at = table.features()[0].law().at(2.0).unwrap();
    assert_eq!(at.shares(1.0), Some(vec![(1.0, 0.5), (2.0, 0.5)]));
    assert!(at.shares(0.0).unwrap().iter().map(|(value, _)| *value).eq([3.0, 4.0, 5.0]));

    let message = |result: Result<Tabular<f64>, Error>| result.unwrap_err().to_string();
    assert_eq!(
        message(builder().learn()),
        "column 0: the discretiser failed: it needs the class of each training row: give them to TabularBuilder::classes or Sample::with_labels"
    );
    assert_eq!(message(builder().classes(&[0, 1]).learn()), "2 classes for 5 training rows: give one for each row");
    let training = DMatrix::from_column_slice(2, 1, &[1e300, 0.0]);
    assert_eq!(
        message(Tabular::builder(&training).discretizer(Entropy::default()).classes(&[0, 1]).learn()),
        "column 0: the discretiser failed: the value 1e300 is beyond single precision, in which entropy bins are found, so rescale the column"
    );
}

#[test]
fn parameters_that_are_none() {
    let message = |error: Error| error.to_string();
    for share in [0.0, 1.0, -0.1, 25.0, f64::NAN] {
        let error = Quantiles::new(&[0.5, share]).unwrap_err();
        assert!(matches!(error, Error::Share { .. }), "{error}");
    }
    assert_eq!(
        message(Quantiles::new(&[]).unwrap_err()),
        "no shares: at least one is needed, and TabularBuilder::without_discretizer leaves columns uncut"
    );
    for bins in [0, 1, 65_537, usize::MAX] {
        let error = message(EqualWidth::new(bins).unwrap_err());
        assert_eq!(error, format!("the number of bins is {bins}: it must be from 2 to 65536"));
    }
    assert_eq!(message(Entropy::new(0).unwrap_err()), "the depth is 0: it must be from 1 to 16");
    assert!(matches!(Edges::new(&[]), Err(Error::NothingToCut { what: "edges" })));
    for edges in [&[1.0, 1.0][..], &[2.0, 1.0], &[f64::NAN], &[0.0, f64::INFINITY]] {
        assert!(matches!(Edges::new(edges), Err(Error::GivenEdges { .. })), "{edges:?}");
    }
    for shares in [
        &[][..],
        &[(1.0, 0.5)],
        &[(1.0, 0.5), (1.0, 0.5)],
        &[(2.0, 0.5), (1.0, 0.5)],
        &[(1.0, 1.5), (2.0, -0.5)],
        &[(1.0, f64::NAN)],
        &[(f64::INFINITY, 1.0)],
        &[(1.0, 0.0), (2.0, 1.0)],
    ] {
        assert!(matches!(BinLaw::finite(shares), Err(Error::Shares { .. })), "{shares:?}");
    }
}

/// One thing wrong with the statistics at a time.
#[test]
fn statistics_of_no_column() {
    let column = Binned::learn("x", &[1.0, 2.0, 3.0, 4.0], &[2.5, 9.0]).unwrap();
    type Change = fn(&mut Vec<f64>, &mut Vec<Bin>, &mut Vec<Option<[f64; 2]>>);
    let build = |change: Change| {
        let (mut edges, mut bins, mut ends) = (column.edges().to_vec(), column.bins().to_vec(), column.ends().to_vec());
        change(&mut edges, &mut bins, &mut ends);
        Binned::from_parts("x", edges, bins, ends)
    };
    assert_eq!(build(|_, _, _| ()).unwrap(), column);
    assert!(matches!(build(|edges, _, _| edges[1] = 2.5), Err(Error::Edges { .. })));
    let wrong: [(&str, Change); 17] = [
        ("3 bins and 3 pairs of ends for 1 edges", |edges, _, _| edges.truncate(1)),
        ("2 bins", |_, bins, _| bins.truncate(2)),
        ("2 pairs of ends", |_, _, ends| ends.truncate(2)),
        ("the frequency 0 is NaN", |_, bins, _| bins[0].frequency = f64::NAN),
        ("the frequency 2 is -0.5", |_, bins, _| bins[2].frequency = -0.5),
        ("sum to 1.5", |_, bins, _| bins[0].frequency = 1.0),
        ("bin 2 of frequency 0 has a least", |_, _, ends| ends[2] = Some([9.5, 9.5])),
        ("bin 1 of frequency 0.5 lacks a least", |_, _, ends| ends[1] = None),
        ("bin 0 has the statistics", |_, bins, _| bins[0].mean = f64::NAN),
        ("bin 0 has the statistics", |_, bins, _| bins[0].sd = 0.0),
        ("bin 1 has the statistics", |_, bins, _| bins[1].max = f64::INFINITY),
        ("bin 1, from 4 to 3", |_, _, ends| ends[1] = Some([4.0, 3.0])),
        ("bin 1, from 2.5 to 3", |_, _, ends| ends[1] = Some([2.5, 3.0])),
        ("bin 0, from 1 to 3", |_, _, ends| ends[0] = Some([1.0, 3.0])),
        ("bin 0, from 0.5 to 2", |_, _, ends| ends[0] = Some([0.5, 2.0])),
        ("within 1 to 4, do not lie", |_, bins, _| bins[0].max = 4.0),
        ("the mean 7 of bin 1", |_, bins, _| bins[1].mean = 7.0),
    ];
    for (message, change) in wrong {
        let error = build(change).unwrap_err();
        assert!(matches!(&error, Error::Statistics { name, .. } if name == "x"), "{error:?}");
        assert!(error.to_string().starts_with("column x: ") && error.to_string().contains(message), "{error}");
    }
    let law = || Some(BinLaw::uniform(0.0, 1.0));
    for laws in [vec![law(), law()], vec![law(), law(), law()], vec![law(), None, None]] {
        assert!(matches!(column.clone().with_laws(laws), Err(Error::Statistics { .. })));
    }
    assert!(column.clone().with_laws(vec![law(), law(), None]).is_ok());

    let names = || vec!["x=a".to_string(), "x=b".to_string()];
    assert!(Categorical::from_parts("x", vec![0.0, 1.0], names(), vec![1.0 / 3.0, 2.0 / 3.0]).is_ok());
    for (values, names, frequency) in [
        (vec![], vec![], vec![]),
        (vec![0.0], names(), vec![0.5, 0.5]),
        (vec![0.0, 1.0], vec![], vec![0.5, 0.5]),
        (vec![0.0, 1.0], names(), vec![1.0]),
        (vec![1.0, 0.0], names(), vec![0.5, 0.5]),
        (vec![-0.0, 0.0], names(), vec![0.5, 0.5]),
        (vec![0.0, f64::NAN], names(), vec![0.5, 0.5]),
        (vec![0.0, 1.0], names(), vec![0.5, 0.5001]),
        (vec![0.0, 1.0], names(), vec![-0.5, 1.5]),
        (vec![0.0, 1.0], names(), vec![f64::NAN, 1.0]),
    ] {
        let found = Categorical::from_parts("x", values.clone(), names, frequency.clone());
        assert!(matches!(found, Err(Error::Statistics { .. })), "{values:?} {frequency:?}");
    }
}
