//! Sequences of rows: the original's `RecurrentTabularExplainer` (see reference/README.md), the layout, and what is refused.

use crate::support::{Spread, json, lists, numbers, table};
use lime_core::nalgebra::DMatrix;
use lime_core::{
    Block, Draw, Explainer, Explanation, Interpret, Law, Model, Origin, Real, Representation, Sampler, Targets,
    model_fn,
};
use lime_kernels::{Distance, Euclidean, Exponential, Fixed, Manhattan, Original, Radial};
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Around, Error, Gaussian, SequenceTable, Sequences, Tabular, explainer};
use proptest::prelude::*;
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

/// The reference's closed-form model: s = (x - mu) / sd; score_k = sum W_k s + sum V_k sin(s) + 0.7 k s[first step, 0]
/// s[last step, 1]; softmax over k.
fn model(parameters: &Value) -> impl Model<Sequences<f64>, f64> + use<> {
    let (mu, sd) = (numbers(&parameters["mu"]), numbers(&parameters["sd"]));
    // By output, then as the values of a sequence stand: step by step.
    let weights = |key: &str| -> Vec<Vec<f64>> {
        parameters[key].as_array().unwrap().iter().map(|steps| lists(steps).concat()).collect()
    };
    let (w, v) = (weights("W"), weights("V"));
    model_fn(move |batch: &Sequences<f64>| {
        let (rows, steps, features) = batch.shape();
        let mut out = DMatrix::zeros(rows, w.len());
        for (i, row) in batch.iter().enumerate() {
            let s: Vec<f64> = row.iter().enumerate().map(|(p, x)| (x - mu[p % features]) / sd[p % features]).collect();
            for k in 0..w.len() {
                let linear: f64 = w[k].iter().zip(&s).map(|(w, s)| w * s).sum();
                let wave: f64 = v[k].iter().zip(&s).map(|(v, s)| v * s.sin()).sum();
                out[(i, k)] = linear + wave + 0.7 * k as f64 * s[0] * s[(steps - 1) * features + 1];
            }
            let top = out.row(i).max();
            let sum: f64 = out.row(i).iter().map(|y| (y - top).exp()).sum();
            out.row_mut(i).apply(|y| *y = (*y - top).exp() / sum);
        }
        out
    })
}

/// The windows of the reference.
fn windows(file: &Value) -> (Vec<String>, Sequences<f64>) {
    let (names, whole) = table(file["dataset"].as_str().unwrap());
    let columns: Vec<String> = file["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().into()).collect();
    let picked: Vec<usize> = columns.iter().map(|c| names.iter().position(|n| n == c).unwrap()).collect();
    let steps = file["steps"].as_u64().unwrap() as usize;
    (columns, Sequences::windows(&whole.select_columns(&picked), steps).unwrap())
}

#[test]
fn names_and_bins_are_the_originals() {
    let file = json("reference/sequence.json");
    let (columns, training) = windows(&file);
    let row = training.row(file["row"].as_u64().unwrap() as usize);
    for case in file["cases"].as_array().unwrap() {
        let builder = SequenceTable::builder(&training).feature_names(columns.clone());
        let builder =
            if case["bins"].as_bool().unwrap() { builder } else { builder.tabular(|t| t.without_discretizer()) };
        let table = builder.learn().unwrap();
        let strings =
            |key: &str| -> Vec<&str> { case[key].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect() };
        assert_eq!(table.table().names(), strings("feature_names"));
        let representation = table.represent(row).unwrap();
        if !case["bins"].as_bool().unwrap() {
            assert_eq!(representation.names(), strings("feature_names"));
            continue;
        }
        assert_eq!(representation.names(), strings("names"));
        let (own, frequencies) = (numbers(&case["own"]), lists(&case["frequencies"]));
        assert_eq!(own.len(), representation.space().features());
        for (j, law) in representation.space().laws().iter().enumerate() {
            let Law::Levels { own: bin, frequency } = law else { panic!("{law:?}") };
            assert_eq!((*bin as f64, frequency), (own[j], &frequencies[j]), "column {j}");
        }
    }
}

#[test]
fn coefficients_are_the_originals_in_mean_and_spread() {
    let file = json("reference/sequence.json");
    let (columns, training) = windows(&file);
    let row = training.row(file["row"].as_u64().unwrap() as usize);
    let black_box = model(&file["model"]);
    let seeds = file["seeds"].as_u64().unwrap();
    let (mut largest, mut farthest, mut compared) = (0.0f64, 0.0f64, 0);
    for case in file["cases"].as_array().unwrap() {
        let builder = SequenceTable::builder(&training).feature_names(columns.clone());
        let builder =
            if case["bins"].as_bool().unwrap() { builder } else { builder.tabular(|t| t.without_discretizer()) };
        let representation = builder.learn().unwrap().represent(row).unwrap();
        let d = representation.space().features();
        let mut found = vec![vec![Spread::default(); d + 1]; 2];
        for seed in 0..seeds {
            let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default())
                .samples(file["samples"].as_u64().unwrap() as usize)
                .seed(seed)
                .targets(Targets::Given(vec![0, 1]));
            let explanation = explainer.explain(&representation, &black_box).unwrap();
            for (spreads, target) in found.iter_mut().zip(&explanation.targets) {
                for (spread, value) in spreads.iter_mut().zip(target.dense(d).into_iter().chain(target.intercept)) {
                    spread.push(value);
                }
            }
        }
        let (means, sds) = (lists(&case["coef_mean"]), lists(&case["coef_sd"]));
        let (base, base_sd) = (numbers(&case["intercept_mean"]), numbers(&case["intercept_sd"]));
        for (t, spreads) in found.iter().enumerate() {
            let expected = means[t].iter().zip(&sds[t]).chain([(&base[t], &base_sd[t])]);
            for (j, (ours, (&mean, &sd))) in spreads.iter().zip(expected).enumerate() {
                let what = format!("bins {} target {t} coefficient {j}", case["bins"]);
                let z = (ours.mean() - mean) / (ours.error().powi(2) + sd * sd / seeds as f64).sqrt();
                assert!(z.abs() <= 4.0, "{what}: {} for {mean}, z = {z:.2}", ours.mean());
                let ratio = ours.sd() / sd;
                assert!((0.75..=1.25).contains(&ratio), "{what}: spread {} for {sd}", ours.sd());
                largest = largest.max(z.abs());
                farthest = farthest.max((ratio - 1.0).abs());
                compared += 1;
            }
        }
    }
    println!("{compared} means: largest |z| {largest:.2}; spreads differ by at most {:.0} %", 100.0 * farthest);
    assert_eq!(compared, 52);
}

/// Training sequences and the shape, small: values that are exact in f32 too.
fn case() -> impl Strategy<Value = Sequences<f64>> {
    (2usize..30, 1usize..5, 1usize..4).prop_flat_map(|shape| {
        let values = prop::collection::vec((-40i32..40).prop_map(|v| f64::from(v) / 8.0), shape.0 * shape.1 * shape.2);
        values.prop_map(move |values| Sequences::new(shape, values).unwrap())
    })
}

/// What a table of the same columns restores stands at its step and feature, and reads as it does there.
fn the_layout_is_all_that_differs<F: Real>(
    training: &Sequences<f64>,
    bins: bool,
    at: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let (rows, steps, features) = training.shape();
    let training = Sequences::new(training.shape(), training.values().iter().map(|&v| F::of(v)).collect()).unwrap();
    let columns = DMatrix::from_fn(rows, steps * features, |i, j| training.get(i, j % steps, j / steps).unwrap());
    prop_assert_eq!(&training.columns(), &columns);
    let names = (0..features).flat_map(|f| (0..steps).map(move |t| format!("{f}_t-{}", steps - 1 - t)));
    let flat = Tabular::builder(&columns).feature_names(names);
    let sequences = SequenceTable::builder(&training);
    let (flat, sequences) = if bins {
        (flat, sequences)
    } else {
        (flat.without_discretizer(), sequences.tabular(|table| table.without_discretizer()))
    };
    let (flat, sequences) = (flat.learn().unwrap(), sequences.learn().unwrap());
    prop_assert_eq!(sequences.shape(), (steps, features));
    let row = training.row(rows - 1);
    let expected = flat.represent(&columns.row(rows - 1).iter().copied().collect::<Vec<_>>()).unwrap();
    for representation in
        [sequences.represent(row).unwrap(), SequenceTable::new(flat, steps).unwrap().represent(row).unwrap()]
    {
        prop_assert_eq!(representation.names(), expected.names());
        prop_assert_eq!(representation.space().origin(), expected.space().origin());
        prop_assert_eq!((representation.row(), representation.kind()), (row, "sequence"));
        let (space, samples) = (expected.space(), 41);
        let mut draw = Draw::new(space, samples);
        MonteCarlo.design(space, samples, seed).unwrap().fill(0..samples, &mut draw);
        let mut table = expected.allocate(samples);
        expected.restore(&draw, &mut table, 0).unwrap();

        let mut batch = representation.allocate(1);
        representation.resize(&mut batch, samples + 2 * at);
        prop_assert_eq!(batch.shape(), (samples + 2 * at, steps, features));
        representation.restore(&draw, &mut batch, at).unwrap();
        prop_assert_eq!(batch.row(at), row);
        for (i, sequence) in batch.iter().enumerate() {
            for (p, &value) in sequence.iter().enumerate() {
                let (t, f) = (p / features, p % features);
                let inside = (at..at + samples).contains(&i);
                prop_assert_eq!(value, if inside { table[(i - at, f * steps + t)] } else { F::zero() });
                prop_assert_eq!(batch.get(i, t, f), Some(value));
            }
        }

        let (mut read, mut there) = (Draw::new(space, 17), Draw::new(space, 17));
        representation.interpret(&batch, at + 3..at + 20, &mut read).unwrap();
        expected.interpret(&table, 3..20, &mut there).unwrap();
        prop_assert_eq!(&read.z, &there.z);
        if bins {
            prop_assert_eq!(&read.z, &draw.z.rows(3, 17).into_owned());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn steps_and_features_stand_where_they_belong(training in case(), bins: bool, at in 0usize..4, seed: u64) {
        the_layout_is_all_that_differs::<f64>(&training, bins, at, seed)?;
        the_layout_is_all_that_differs::<f32>(&training, bins, at, seed)?;
    }

    #[test]
    fn windows_are_rows_in_a_row(rows in 1usize..12, columns in 1usize..4, steps in 1usize..12) {
        let table = DMatrix::from_fn(rows, columns, |i, j| (10 * i + j) as f64);
        let windows = Sequences::windows(&table, steps);
        prop_assert_eq!(windows.is_ok(), steps <= rows);
        if let Ok(windows) = windows {
            prop_assert_eq!(windows.shape(), (rows - steps + 1, steps, columns));
            for i in 0..windows.rows() {
                for t in 0..steps {
                    for f in 0..columns {
                        prop_assert_eq!(windows.get(i, t, f), Some((10 * (i + t) + f) as f64));
                    }
                }
            }
            prop_assert_eq!(windows.get(windows.rows(), 0, 0), None);
            prop_assert_eq!(windows.get(0, steps, 0), None);
            prop_assert_eq!(windows.get(0, 0, columns), None);
        }
    }
}

/// A model that is linear in the values: without bins a coefficient is the slope times the column's standard deviation.
#[test]
fn slopes_are_found_at_their_step() {
    let values = (0..60).map(|i| f64::from((i * i) % 23)).collect();
    let training = Sequences::new((10, 3, 2), values).unwrap();
    let slopes = [1.0, -2.0, 0.5, 3.0, -1.5, 0.25];
    let model = model_fn(move |batch: &Sequences<f64>| -> Vec<f64> {
        batch.iter().map(|row| row.iter().zip(slopes).map(|(x, slope)| slope * x).sum()).collect()
    });
    let table = SequenceTable::builder(&training).tabular(|table| table.without_discretizer()).learn().unwrap();
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap()).samples(300);
    let explanation = explainer.explain(&table.represent(training.row(4)).unwrap(), &model).unwrap();
    let columns = training.columns();
    for (j, weight) in explanation.targets[0].dense(6).into_iter().enumerate() {
        let values: Vec<f64> = columns.column(j).iter().copied().collect();
        let expected = slopes[(j % 3) * 2 + j / 3] * Gaussian::learn("", &values, Around::Mean).sd();
        assert!((weight - expected).abs() < 1e-9, "column {j}: {weight} {expected}");
    }
}

#[test]
fn categories_at_every_step() {
    // A number and a category.
    let values: Vec<f64> = (0..40).flat_map(|i| [f64::from(i), f64::from(i % 3)]).collect();
    let training = Sequences::new((20, 2, 2), values).unwrap();
    let named = SequenceTable::builder(&training).feature_names(["load", "day"]).levels(1, ["mon", "tue", "wed"]);
    let table = named.learn().unwrap();
    let names = table.represent(training.row(3)).unwrap().names();
    assert_eq!(names[2..], ["day_t-1=mon", "day_t-0=tue"]);
    let plain = SequenceTable::builder(&training).categorical(1).learn().unwrap();
    assert_eq!(plain.represent(training.row(3)).unwrap().names()[2..], ["1_t-1=0", "1_t-0=1"]);
}

/// The distance of a sample from the instance as the model sees them.
#[test]
fn kernels_on_inputs() {
    let training = Sequences::new((3, 2, 2), (0..12).map(f64::from).collect()).unwrap();
    let row = SequenceTable::builder(&training).learn().unwrap().represent(training.row(0)).unwrap();
    let mut instance = row.allocate(1);
    row.instance(&mut instance, 0).unwrap();
    let draw = Draw::new(row.space(), 2);
    let (origin, block) = (Origin::new(row.space().origin(), &instance), Block::new(&draw, &training, 1));
    let mut distances = [0.0; 2];
    Original(Manhattan).distances(origin, block, &mut distances).unwrap();
    assert_eq!(distances, [16.0, 32.0]);
    Original(Euclidean).distances(origin, block, &mut distances).unwrap();
    assert_eq!(distances, [8.0, 16.0]);
    let kernel = Radial::new(Original(Euclidean), Exponential, Fixed::new(10.0).unwrap());
    let model = model_fn(|batch: &Sequences<f64>| batch.iter().map(|row| row[3]).collect::<Vec<_>>());
    let explainer = Explainer::new(MonteCarlo, kernel, NoSelection, Ridge::default()).samples(100);
    assert!(explainer.explain(&row, &model).is_ok());
}

fn bits(explanation: &Explanation) -> Vec<u64> {
    let targets = explanation.targets.iter();
    targets.flat_map(|t| t.features.iter().map(|f| f.weight).chain(t.intercept)).map(f64::to_bits).collect()
}

#[test]
fn threads_and_batches_do_not_matter() {
    let file = json("reference/sequence.json");
    let (columns, training) = windows(&file);
    let black_box = model_fn(|batch: &Sequences<f64>| -> Vec<f64> {
        batch.iter().map(|row| row.iter().enumerate().map(|(p, x)| (x * (p + 1) as f64).sin()).sum()).collect()
    });
    let table = SequenceTable::builder(&training).feature_names(columns).learn().unwrap();
    let row = table.represent(training.row(9)).unwrap();
    let expected = bits(&explainer().samples(700).explain(&row, &black_box).unwrap());
    for batch in [1, 7, 300] {
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let explainer = explainer().samples(700).batch_size(batch);
            let found = pool.install(|| explainer.explain_parallel(&row, &black_box)).unwrap();
            assert_eq!(bits(&found), expected, "{batch} {threads}");
        }
    }
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn sequences_that_are_none() {
    fn check<F: Real>() {
        for (shape, values) in [((2, 3, 2), 11), ((0, 0, 1), 0), ((1, 1, 0), 0), ((usize::MAX, 2, 2), 0)] {
            let (rows, steps, features) = shape;
            says(
                Sequences::new(shape, vec![F::zero(); values]),
                &format!(
                    "{values} value(s) are no batch of {rows} sequence(s) of {steps} step(s) with {features} feature(s): give their product, with at least 1 step and 1 feature"
                ),
            );
        }
        assert_eq!(Sequences::<F>::new((0, 2, 3), vec![]).unwrap().iter().count(), 0);
        for (rows, columns, steps) in [(3, 2, 0), (3, 2, 4), (3, 0, 2), (0, 2, 1), (3, 2, usize::MAX)] {
            says(
                Sequences::windows(&DMatrix::<F>::zeros(rows, columns), steps),
                &format!(
                    "windows of {steps} step(s) cannot be cut out of a table of {rows} row(s) and {columns} column(s): give 1 to as many steps as it has rows, and at least 1 column"
                ),
            );
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn tables_of_sequences_that_cannot_be_learned() {
    let training = Sequences::new((3, 2, 2), (0..12).map(f64::from).collect()).unwrap();
    let builder = || SequenceTable::builder(&training);
    says(builder().feature_names(["a"]).learn(), "1 feature names for 2 columns");
    let missing = "column 2 does not exist: the training data has 2, numbered from 0";
    says(builder().categorical(2).learn(), missing);
    says(builder().levels(2, ["no"]).learn(), missing);
    let missing = "column 4 does not exist: the training data has 4, numbered from 0";
    says(builder().tabular(|table| table.categorical(4)).learn(), missing);
    let few = Sequences::new((1, 2, 2), vec![0.0; 4]).unwrap();
    assert!(matches!(SequenceTable::builder(&few).learn(), Err(Error::Size { rows: 1, columns: 4 })));
    let hole = Sequences::new((2, 2, 1), vec![0.0, 1.0, f64::INFINITY, 2.0]).unwrap();
    says(
        SequenceTable::builder(&hole).feature_names(["load"]).learn(),
        "training row 1, column 0 (load_t-1) is inf: values must be finite numbers",
    );
    for steps in [0, 2, 5] {
        let three = Tabular::builder(&DMatrix::<f64>::identity(3, 3)).learn().unwrap();
        let message = format!(
            "a table of 3 column(s) does not hold {steps} step(s) of each feature: its width must be a multiple"
        );
        says(SequenceTable::new(three, steps), &message);
    }
}

#[test]
fn rows_that_are_no_sequences() {
    let training = Sequences::new((3, 2, 2), (0..12).map(f64::from).collect()).unwrap();
    let table = SequenceTable::builder(&training).feature_names(["a", "b"]).learn().unwrap();
    for found in [0, 3, 5] {
        let message = format!("the sequence has {found} value(s) where the table has 2 step(s) of 2 feature(s)");
        says(table.represent(&vec![0.0; found]), &message);
    }
    says(
        table.represent(&[0.0, 1.0, f64::INFINITY, 1.0]),
        "column 1 (a_t-0) of the row is inf: values must be finite numbers",
    );
    let row = table.represent(training.row(0)).unwrap();
    let mut draw = Draw::new(row.space(), 1);
    let read = |shape, values: Vec<f64>, draw: &mut Draw<f64>| {
        row.interpret(&Sequences::new(shape, values).unwrap(), 1..2, draw).unwrap_err().to_string()
    };
    assert_eq!(
        read((2, 1, 4), vec![0.0; 8], &mut draw),
        "sequences of 1 step(s) with 4 feature(s) cannot be read where the instance has 2 and 2"
    );
    assert_eq!(
        read((2, 2, 2), vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f64::NAN], &mut draw),
        format!("column 3 ({}) of input 1 is NaN: values must be finite numbers", row.names()[3])
    );
}
