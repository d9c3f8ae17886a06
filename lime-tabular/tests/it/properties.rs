//! What restoring and reading may never do, whatever the table, the row and the seed.

use lime_core::nalgebra::DMatrix;
use lime_core::{BoxError, Draw, Explanation, Interpret, Real, Representation, Sampler, Targets, model_fn};
use lime_samplers::MonteCarlo;
use lime_tabular::{Around, Binned, Discretizer, Gaussian, Quartile, Sample, Tabular, TabularRepresentation};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Edges at some of the training values.
#[derive(Debug, Clone)]
struct Among(Vec<prop::sample::Index>);

impl Discretizer for Among {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        let mut edges: Vec<f64> = self.0.iter().map(|index| *index.get(sample.values())).collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        Ok(edges)
    }
}

fn discretizer() -> impl Strategy<Value = Option<Among>> {
    prop::option::of(prop::collection::vec(any::<prop::sample::Index>(), 0..8).prop_map(Among))
}

/// Values both precisions have: spread out, with many ties, all equal, or of two sizes.
fn column(rows: usize) -> impl Strategy<Value = Vec<f64>> {
    let short = |v: f64| f64::from(v as f32);
    let spread = (-1e3..1e3, -20i32..20).prop_map(move |(v, e)| short(v * 2f64.powi(e)));
    prop_oneof![
        4 => prop::collection::vec(-10.0..10.0, rows).prop_map(move |values| values.into_iter().map(short).collect()),
        2 => prop::collection::vec((-4i32..5).prop_map(f64::from), rows),
        1 => (-1e6..1e6).prop_map(move |v| vec![short(v); rows]),
        2 => prop::collection::vec(spread, rows),
    ]
}

/// A table of numbers, and a row around its values or beyond them.
fn table() -> impl Strategy<Value = (DMatrix<f64>, Vec<f64>)> {
    (2usize..60, 1usize..5).prop_flat_map(|(rows, columns)| {
        let values = prop::collection::vec(column(rows), columns);
        let place = prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0.0), -3.0..3.0]), columns);
        (values, place).prop_map(move |(values, place)| {
            let pick = |(column, (index, off)): (&Vec<f64>, &(prop::sample::Index, f64))| {
                let value: f64 = *index.get(column);
                f64::from((value + off * (1.0 + value.abs())) as f32)
            };
            let row = values.iter().zip(&place).map(pick).collect();
            (DMatrix::from_iterator(rows, columns, values.into_iter().flatten()), row)
        })
    })
}

/// Samples of a row and the inputs they stand for; some are at the very ends of what z' leaves open.
fn restored<F: Real>(representation: &TabularRepresentation<F>, seed: u64) -> (Draw<F>, DMatrix<F>) {
    let rows = 600;
    let mut draw = Draw::new(representation.space(), rows);
    MonteCarlo.design(representation.space(), rows, seed).unwrap().fill(0..rows, &mut draw);
    for (i, mut noise) in draw.noise.row_iter_mut().enumerate() {
        match i % 8 {
            1 => noise.fill(F::unit(0)),
            2 => noise.fill(F::of(1e-30)),
            3 => noise.fill(F::below_one()),
            _ => {}
        }
    }
    let mut batch = representation.allocate(rows);
    batch.fill(F::of(f64::NAN));
    representation.restore(&draw, &mut batch, 0).unwrap();
    (draw, batch)
}

/// z' as it is read off inputs.
fn read<F: Real>(
    representation: &TabularRepresentation<F>,
    batch: &DMatrix<F>,
    positions: std::ops::Range<usize>,
) -> DMatrix<F> {
    let mut draw = Draw::new(representation.space(), positions.len());
    draw.z.fill(F::of(f64::NAN));
    representation.interpret(batch, positions, &mut draw).unwrap();
    draw.z
}

/// Row 0 is the row, and every other value lies in a bin of the training data: the row's own where z' is 1, else another.
fn binned_values_stay_in_their_bins<F: Real>(
    training: &DMatrix<f64>,
    row: &[f64],
    discretizer: &Option<Among>,
    seed: u64,
) -> Result<(), TestCaseError> {
    let narrow = training.map(F::of);
    let builder = Tabular::builder(&narrow);
    let table = match discretizer {
        Some(discretizer) => builder.discretizer(discretizer).learn().unwrap(),
        None => builder.learn().unwrap(),
    };
    let row: Vec<F> = row.iter().map(|&v| F::of(v)).collect();
    let representation = table.represent(&row).unwrap();
    let (draw, batch) = restored(&representation, seed);
    prop_assert_eq!(&read(&representation, &batch, 0..batch.nrows()), &draw.z);
    for (j, &x) in row.iter().enumerate() {
        let sample = Sample::new(training.column(j).as_slice()).unwrap();
        let edges = match discretizer {
            Some(discretizer) => discretizer.edges(&sample).unwrap(),
            None => Quartile.edges(&sample).unwrap(),
        };
        let column = Binned::learn("", sample.values(), &edges).unwrap();
        let own = column.bin_of(x.wide());
        prop_assert_eq!(batch[(0, j)].wide().to_bits(), x.wide().to_bits());
        for i in 1..batch.nrows() {
            let value = batch[(i, j)];
            let (low, high) = (sample.min(), sample.max());
            // The row's own value, which training has none like.
            if draw.z[(i, j)] == F::one() && column.bins()[own].frequency == 0.0 {
                prop_assert_eq!(value, x);
                continue;
            }
            prop_assert!((low..=high).contains(&value.wide()), "{value} not in {low}..={high}");
            let kept = draw.z[(i, j)] == F::one();
            let inside = column.bins().iter().enumerate().any(|(b, bin)| {
                (b == own) == kept && bin.frequency > 0.0 && value >= F::of(bin.min) && value <= F::of(bin.max)
            });
            // A column of one bin has no other.
            let only = column.bins()[own].frequency == 1.0;
            prop_assert!(inside || only && !kept, "{value} where z' is {}, own bin {own}", draw.z[(i, j)]);
        }
    }
    Ok(())
}

/// Row 0 is the row, and every other value a category: the row's own where z' is 1, else another.
fn categories_stay_categories<F: Real>(codes: &[Vec<u8>], pick: usize, seed: u64) -> Result<(), TestCaseError> {
    let training = DMatrix::from_fn(codes[0].len(), codes.len(), |i, j| F::of(f64::from(codes[j][i]) * 0.5));
    let mut builder = Tabular::builder(&training);
    for j in 0..codes.len() {
        builder = builder.categorical(j);
    }
    let row: Vec<F> = training.row(pick).iter().copied().collect();
    let representation = builder.learn().unwrap().represent(&row).unwrap();
    let (draw, batch) = restored(&representation, seed);
    prop_assert_eq!(&read(&representation, &batch, 0..batch.nrows()), &draw.z);
    // A category that training does not have is not the row's.
    let unseen = DMatrix::from_element(2, row.len(), F::of(0.25));
    prop_assert!(read(&representation, &unseen, 0..2).iter().all(|z| *z == F::zero()));
    for (j, &x) in row.iter().enumerate() {
        prop_assert_eq!(batch[(0, j)], x);
        let several = training.column(j).iter().any(|v| *v != x);
        for i in 1..batch.nrows() {
            prop_assert!(training.column(j).iter().any(|v| *v == batch[(i, j)]));
            prop_assert_eq!(batch[(i, j)] == x, !several || draw.z[(i, j)] == F::one());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn binned_values_stay_where_the_training_values_are(
        (training, row) in table(), discretizer in discretizer(), seed in any::<u64>(),
    ) {
        binned_values_stay_in_their_bins::<f64>(&training, &row, &discretizer, seed)?;
        binned_values_stay_in_their_bins::<f32>(&training, &row, &discretizer, seed)?;
    }

    #[test]
    fn categories_stay_among_those_of_training(
        codes in (2usize..60).prop_flat_map(|rows| prop::collection::vec(prop::collection::vec(0u8..6, rows), 1..5)),
        pick in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let pick = pick.index(codes[0].len());
        categories_stay_categories::<f64>(&codes, pick, seed)?;
        categories_stay_categories::<f32>(&codes, pick, seed)?;
    }

    /// Without bins a value is mean + sd z', and the instance's z' is that of its own value; reading is the inverse.
    #[test]
    fn numbers_come_back_from_standard_deviations((training, row) in table(), seed in any::<u64>()) {
        for around in [Around::Mean, Around::Instance] {
            let table = Tabular::builder(&training).without_discretizer().around(around).learn().unwrap();
            let representation = table.represent(&row).unwrap();
            let (draw, batch) = restored(&representation, seed);
            let z = read(&representation, &batch, 0..batch.nrows());
            prop_assert_eq!(z.row(0), draw.z.row(0));
            for (j, &x) in row.iter().enumerate() {
                let values: Vec<f64> = training.column(j).iter().copied().collect();
                let column = Gaussian::from_sample("", &Sample::new(&values).unwrap(), around);
                prop_assert_eq!(batch[(0, j)].to_bits(), x.to_bits());
                prop_assert_eq!(representation.space().origin()[j], (x - column.mean()) / column.sd());
                for i in 1..batch.nrows() {
                    prop_assert_eq!(batch[(i, j)], column.mean() + column.sd() * draw.z[(i, j)]);
                    let centre = if around == Around::Mean { column.mean() } else { x };
                    // A word of 32 bits reaches 6.3 standard deviations.
                    let rounding = 1e-9 * (1.0 + x.abs() + column.mean().abs());
                    prop_assert!((batch[(i, j)] - centre).abs() <= 6.5 * column.sd() + rounding);
                    let expected = draw.z[(i, j)];
                    let rounding = 4.0 * f64::EPSILON * (column.mean().abs() / column.sd() + expected.abs());
                    prop_assert!((z[(i, j)] - expected).abs() <= rounding, "{} {}", z[(i, j)], expected);
                }
            }
        }
    }

    /// A sample becomes the same input wherever it stands in a batch, and whatever stands beside it.
    #[test]
    fn a_sample_is_restored_the_same_anywhere((training, row) in table(), at in 0usize..9, from in 0usize..500, seed in any::<u64>()) {
        let mut builder = Tabular::builder(&training);
        if training.ncols() > 1 {
            builder = builder.categorical(1);
        }
        let mut row = row;
        if let Some(value) = row.get_mut(1) {
            *value = training[(0, 1)];
        }
        let representation = builder.learn().unwrap().represent(&row).unwrap();
        let (samples, whole) = restored(&representation, seed);
        let mut draw = Draw::new(representation.space(), 100);
        draw.z.copy_from(&samples.z.rows(from, 100));
        draw.noise.copy_from(&samples.noise.rows(from, 100));
        draw.instance.extend((from == 0).then_some(0));
        let mut batch = DMatrix::from_element(100 + 2 * at, row.len(), f64::NAN);
        representation.restore(&draw, &mut batch, at).unwrap();
        for i in 0..100 {
            prop_assert_eq!(batch.row(at + i), whole.row(from + i));
        }
        prop_assert!(batch.rows(0, at).iter().chain(batch.rows(at + 100, at).iter()).all(|v| v.is_nan()));
        prop_assert_eq!(read(&representation, &batch, at..at + 100), draw.z);
    }

    /// Numbers of f32, read off values that are rounded to it.
    #[test]
    fn narrow_numbers_come_back((training, row) in table(), seed in any::<u64>()) {
        let narrow = training.map(|v| v as f32);
        let row: Vec<f32> = row.iter().map(|&v| v as f32).collect();
        let representation = Tabular::builder(&narrow).without_discretizer().learn().unwrap().represent(&row).unwrap();
        let (draw, batch) = restored(&representation, seed);
        let z = read(&representation, &batch, 0..batch.nrows());
        prop_assert_eq!(z.row(0), draw.z.row(0));
        for j in 0..row.len() {
            let values: Vec<f64> = training.column(j).iter().copied().collect();
            let column = Gaussian::learn("", &values, Around::Mean);
            for i in 1..batch.nrows() {
                let expected = draw.z[(i, j)];
                let rounding = 4.0 * f32::EPSILON * ((column.mean().abs() / column.sd()) as f32 + expected.abs());
                prop_assert!((z[(i, j)] - expected).abs() <= rounding, "{} {}", z[(i, j)], expected);
            }
        }
    }
}

/// Every number of an explanation, bit for bit.
fn bits(explanation: &Explanation) -> Vec<u64> {
    let mut bits: Vec<u64> = explanation.prediction.iter().map(|y| y.to_bits()).collect();
    bits.push(explanation.effective_sample_size.to_bits());
    for target in &explanation.targets {
        bits.extend([target.intercept.unwrap(), target.local_prediction, target.score].map(f64::to_bits));
        bits.extend(target.features.iter().flat_map(|f| [f.index as u64, f.weight.to_bits()]));
    }
    bits
}

#[test]
fn threads_and_batches_do_not_matter() {
    fn check<F: Real>() {
        let training = DMatrix::from_fn(80, 4, |i, j| F::of(((i * (7 + 4 * j)) % 31) as f64 * 0.5));
        let model = model_fn(|rows: &DMatrix<F>| {
            DMatrix::from_fn(rows.nrows(), 2, |i, t| {
                (rows[(i, 0)] * F::of(0.3 + t as f64)).sin() + rows[(i, 1)] * rows[(i, 2)] - rows[(i, 3)].sqrt()
            })
        });
        let row: Vec<F> = training.row(3).iter().copied().collect();
        let bins = Tabular::builder(&training).categorical(3).learn().unwrap();
        let numbers =
            Tabular::builder(&training).categorical(3).column(2, Gaussian::learn("2", &[1.0, 4.0], Around::Mean));
        for table in [bins, numbers.learn().unwrap()] {
            let representation = table.represent(&row).unwrap();
            let explainer = lime_tabular::explainer().samples(1000).seed(3).targets(Targets::All);
            let expected = explainer.explain(&representation, &model).unwrap();
            assert!(expected.targets.iter().all(|t| t.warnings.is_empty() && t.score > 0.2), "{expected:?}");
            for batch in [1, 7, 300, 1000] {
                let explainer = explainer.clone().batch_size(batch);
                assert_eq!(bits(&explainer.explain(&representation, &model).unwrap()), bits(&expected), "{batch}");
                for threads in [1, 2] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    let parallel = pool.install(|| explainer.explain_parallel(&representation, &model)).unwrap();
                    assert_eq!(bits(&parallel), bits(&expected), "{batch} on {threads}");
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}
