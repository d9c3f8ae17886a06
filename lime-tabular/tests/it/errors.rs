//! Tables, settings and rows that cannot be used are told so by column; odd ones that can be give results that are finite.

use lime_core::nalgebra::{DMatrix, dmatrix};
use lime_core::{BoxError, Draw, Error as CoreError, Explanation, Real, Representation, Sampler, Warning, model_fn};
use lime_samplers::MonteCarlo;
use lime_tabular::{
    Around, Binned, Categorical, Discretizer, Error, Gaussian, Sample, Tabular, TabularBuilder, explainer,
};

fn training() -> DMatrix<f64> {
    dmatrix![1.0, 10.0, 0.0; 2.0, 20.0, 1.0; 3.0, 30.0, 1.0; 4.0, 40.0, 0.0]
}

fn named<F: Real>(training: &DMatrix<F>) -> TabularBuilder<'_, F> {
    Tabular::builder(training).feature_names(["a", "b", "c"])
}

#[track_caller]
fn says<F: Real>(builder: TabularBuilder<'_, F>, message: &str) {
    assert_eq!(builder.learn().unwrap_err().to_string(), message);
}

#[test]
fn tables_too_small_to_learn_from() {
    fn check<F: Real>() {
        for (rows, columns) in [(0, 0), (0, 3), (1, 3), (2, 0), (9, 0)] {
            let training = DMatrix::<F>::zeros(rows, columns);
            let message = format!(
                "the training data has {rows} row(s) and {columns} column(s): at least 2 rows and 1 column are needed"
            );
            says(Tabular::builder(&training), &message);
            says(Tabular::builder(&training).without_discretizer(), &message);
        }
        assert_eq!(Tabular::builder(&DMatrix::<F>::zeros(2, 1)).learn().unwrap().names(), ["0"]);
    }
    check::<f64>();
    check::<f32>();
    for error in [
        Binned::learn("a", &[], &[]).unwrap_err(),
        Categorical::learn("a", &[]).unwrap_err(),
        Categorical::with_levels("a", &[], &[]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Size { rows: 0, columns: 1 }), "{error}");
    }
}

#[test]
fn names_and_columns_that_do_not_fit() {
    let training = training();
    says(Tabular::builder(&training).feature_names(["a", "b"]), "2 feature names for 3 columns");
    says(Tabular::builder(&training).feature_names(["a", "b", "c", "d"]), "4 feature names for 3 columns");
    says(Tabular::builder(&training).feature_names(Vec::<String>::new()), "0 feature names for 3 columns");
    let missing = "column 3 does not exist: the training data has 3, numbered from 0";
    says(named(&training).categorical(3), missing);
    says(named(&training).levels(3, ["no", "yes"]), missing);
    says(named(&training).column(3, Gaussian::learn("d", &[1.0, 2.0], Around::Mean)), missing);
}

#[test]
fn training_values_that_are_no_numbers() {
    fn check<F: Real>() {
        for (value, shown) in [(f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            let mut training = training().map(F::of);
            training[(2, 1)] = F::of(value);
            let message = format!("training row 2, column 1 (b) is {shown}: values must be finite numbers");
            says(named(&training), &message);
            says(named(&training).without_discretizer(), &message);
            says(named(&training).categorical(1), &message);
            says(named(&training).levels(1, ["no", "yes"]), &message);
            // A column of one's own does not look at the training data.
            assert!(named(&training).column(1, Gaussian::learn("b", &[1.0, 2.0], Around::Mean)).learn().is_ok());
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn rows_that_do_not_fit_the_table() {
    fn check<F: Real>() {
        let training = training().map(F::of);
        let table = named(&training).levels(2, ["no", "yes"]).learn().unwrap();
        let message = |row: &[f64]| {
            let row: Vec<F> = row.iter().map(|&v| F::of(v)).collect();
            table.represent(&row).unwrap_err().to_string()
        };
        for row in [&[][..], &[1.0, 2.0], &[1.0, 2.0, 0.0, 0.0]] {
            assert_eq!(message(row), format!("the row has {} value(s) where the table has 3 columns", row.len()));
        }
        let missing = |j: usize, name: &str| {
            format!(
                "column {j} ({name}) of the row is missing, and no training row lacks it: declare the column nullable (Field::nullable) if rows may"
            )
        };
        assert_eq!(message(&[1.0, f64::NAN, 0.0]), missing(1, "b"));
        assert_eq!(
            message(&[1.0, f64::INFINITY, 0.0]),
            "column 1 (b) of the row is inf: values must be finite numbers"
        );
        assert_eq!(message(&[1.0, 2.0, f64::NAN]), missing(2, "c"));
        for value in [2.0, -1.0, 0.5] {
            let message = message(&[1.0, 2.0, value]);
            assert!(message.starts_with("column 2 (c): "), "{message}");
            assert!(
                message.ends_with(&format!("the category {value} is not among the 2 seen in training")),
                "{message}"
            );
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn codes_without_a_level() {
    let training = training();
    says(
        named(&training).levels(2, ["no"]),
        "column c: the value 1 is not the code of one of its 1 level names (0 to 0)",
    );
    says(
        named(&training).levels(0, ["x", "y", "z"]),
        "column a: the value 3 is not the code of one of its 3 level names (0 to 2)",
    );
    for value in [-1.0, 0.5, 1e300] {
        let training = dmatrix![0.0; value];
        let error = Tabular::builder(&training).levels(0, ["no", "yes"]).learn().unwrap_err();
        assert!(matches!(error, Error::Code { value: found, levels: 2, .. } if found == value), "{error}");
    }
    let none = Tabular::builder(&training).levels(0, Vec::<String>::new()).learn();
    assert!(matches!(none, Err(Error::Code { levels: 0, .. })), "{none:?}");
}

/// A discretiser with this answer.
struct Answer(Result<Vec<f64>, &'static str>);

impl Discretizer for Answer {
    fn edges(&self, _: &Sample) -> Result<Vec<f64>, BoxError> {
        Ok(self.0.clone()?)
    }
}

#[test]
fn discretisers_that_fail() {
    let training = training();
    for (edges, shown) in [
        (vec![2.0, 1.0], "[2.0, 1.0]"),
        (vec![1.0, 1.0], "[1.0, 1.0]"),
        (vec![1.0, f64::NAN], "[1.0, NaN]"),
        (vec![f64::NAN], "[NaN]"),
        (vec![1.0, f64::INFINITY], "[1.0, inf]"),
        (vec![f64::NEG_INFINITY, 1.0], "[-inf, 1.0]"),
    ] {
        let message = format!("column b: the bin edges {shown} are not finite and strictly rising");
        says(named(&training).categorical(0).discretizer(Answer(Ok(edges))), &message);
    }
    let message = "column b: the discretiser failed: too few values";
    says(named(&training).categorical(0).discretizer(Answer(Err("too few values"))), message);
    // Nothing to cut: the discretiser is not asked.
    let all = named(&training).categorical(0).categorical(1).categorical(2);
    assert!(all.discretizer(Answer(Err("too few values"))).learn().is_ok());
}

/// Bins without training values are never drawn from, but for the row's own value, which half the samples keep, and no edge widens the
/// range of the others.
#[test]
fn edges_beyond_the_training_values() {
    let training = training();
    let edges = Answer(Ok(vec![-50.0, -40.0, 2.5, 60.0, 70.0]));
    let table = Tabular::builder(&training).discretizer(edges).learn().unwrap();
    for row in [[2.0, 20.0, 1.0], [-45.0, 65.0, 80.0], [-1e9, 1e9, 0.0]] {
        let representation = table.represent(&row).unwrap();
        let mut draw = Draw::new(representation.space(), 600);
        MonteCarlo.design(representation.space(), 600, 1).unwrap().fill(0..600, &mut draw);
        let mut batch = representation.allocate(600);
        representation.restore(&draw, &mut batch, 0).unwrap();
        assert_eq!(batch.row(0).iter().copied().collect::<Vec<_>>(), row);
        for ((column, learned), own) in batch.rows(1, 599).column_iter().zip(training.column_iter()).zip(row) {
            let (low, high) = (learned.min(), learned.max());
            assert!(column.iter().all(|v| (low..=high).contains(v) || *v == own), "not in {low}..={high}: {column}");
            let kept = column.iter().filter(|v| **v == own).count();
            assert!((low..=high).contains(&own) || (240..360).contains(&kept), "{own} in {kept} of 599");
        }
    }
}

/// The explanation of a row by the preset, and its inputs row by row.
fn explain<F: Real>(
    table: &Tabular<F>,
    row: &[F],
    model: impl Fn(&[F]) -> F,
) -> Result<Explanation, Box<dyn std::error::Error>> {
    let model = model_fn(|rows: &DMatrix<F>| {
        let answer = |i| model(&rows.row(i).iter().copied().collect::<Vec<F>>());
        (0..rows.nrows()).map(answer).collect::<Vec<F>>()
    });
    Ok(explainer().samples(500).explain(&table.represent(row)?, &model)?)
}

#[test]
fn columns_that_do_not_vary() {
    fn check<F: Real>() {
        let training = DMatrix::from_fn(30, 3, |i, j| F::of(if j == 1 { 2.5 } else { (i % (7 + j)) as f64 }));
        let row = [F::of(3.0), F::of(2.5), F::of(4.0)];
        for builder in [Tabular::builder(&training), Tabular::builder(&training).categorical(1)] {
            let table = builder.learn().unwrap();
            let sum = |x: &[F]| x[0] + x[1] * F::of(10.0) + x[2];
            let explanation = explain(&table, &row, sum).unwrap();
            let target = &explanation.targets[0];
            let weights = target.dense(3);
            assert_eq!(weights[1], 0.0);
            assert!(weights[0] != 0.0 && weights[2] != 0.0, "{weights:?}");
            assert_eq!(target.warnings, [Warning::RankDeficient { rank: 2, features: 3 }]);

            // Nothing varies at all.
            let constant = DMatrix::from_element(30, 1, F::of(-7.5));
            let builder = Tabular::builder(&constant);
            let table = if table.features().len() == 3 { builder.learn() } else { builder.categorical(0).learn() };
            let explanation = explain(&table.unwrap(), &[F::of(-7.5)], |x| x[0]).unwrap();
            let target = &explanation.targets[0];
            assert_eq!((target.features[0].weight, target.local_prediction), (0.0, -7.5));
            assert!(target.warnings.contains(&Warning::RankDeficient { rank: 0, features: 1 }));
            assert!(target.warnings.contains(&Warning::ConstantAnswers) && target.score.is_nan());
        }
    }
    check::<f64>();
    check::<f32>();
}

/// A level that has a name and no training row, as the instance's: only row 0 has it.
#[test]
fn a_level_without_training_rows() {
    let training = training();
    let table = named(&training).levels(2, ["no", "yes", "perhaps"]).learn().unwrap();
    let row = [1.0, 20.0, 2.0];
    let representation = table.represent(&row).unwrap();
    assert_eq!(representation.names()[2], "c=perhaps");
    let explanation = explain(&table, &row, |x| x[2]).unwrap();
    assert_eq!(explanation.prediction, [2.0]);
    let target = &explanation.targets[0];
    assert!(target.features.iter().all(|f| f.weight.is_finite()) && target.local_prediction.is_finite());
}

/// Values that are too large for one step or another: an error that says so, or numbers that are finite.
#[test]
fn values_too_large_to_compute_with() {
    fn check<F: Real>(large: &[f64]) {
        let (mut explained, mut refused) = (0, 0);
        for &large in large {
            let columns =
                [[1.0, 2.0, 3.0, 4.0], [-1.0, 1.0, -1.0, 1.0], [0.0, 0.0, 0.0, 1.0], [1.0; 4], [0.5, 0.6, 0.7, -1.0]];
            for (column, place) in columns.into_iter().flat_map(|column| (0..4).map(move |place| (column, place))) {
                let training =
                    DMatrix::from_fn(40, 2, |i, j| F::of(if j == 0 { column[i % 4] * large / 4.0 } else { i as f64 }));
                if !training.iter().all(|v| v.is_finite()) {
                    continue;
                }
                let row = [training[(place, 0)], F::of(5.0)];
                let builders = [
                    Tabular::builder(&training),
                    Tabular::builder(&training).categorical(0),
                    Tabular::builder(&training).without_discretizer(),
                    Tabular::builder(&training).without_discretizer().around(Around::Instance),
                ];
                for builder in builders {
                    let sum = |x: &[F]| x[0] + x[1];
                    let bounded = |x: &[F]| if x[0] > F::zero() { F::one() } else { x[1] };
                    let result = builder.learn().map_err(Box::<dyn std::error::Error>::from);
                    let Ok(table) = result else {
                        refused += 1;
                        assert!(result.unwrap_err().to_string().contains("column 0"));
                        continue;
                    };
                    for result in [explain(&table, &row, sum), explain(&table, &row, bounded)] {
                        match result {
                            Ok(explanation) => {
                                explained += 1;
                                let target = &explanation.targets[0];
                                let numbers = [target.intercept.unwrap(), target.local_prediction];
                                let weights = target.features.iter().map(|f| f.weight);
                                assert!(weights.chain(numbers).all(f64::is_finite), "{large:e} {column:?}: {target:?}");
                                let flagged = target.warnings.contains(&Warning::ConstantAnswers);
                                assert_eq!(target.score.is_finite(), !flagged, "{large:e} {column:?}: {target:?}");
                            }
                            Err(error) => {
                                refused += 1;
                                assert!(error.is::<CoreError>() || error.is::<Error>(), "{error}");
                            }
                        }
                    }
                }
            }
        }
        assert!(explained > 0 && refused > 0, "{explained} {refused}");
    }
    check::<f64>(&[1e100, 1e150, 1e154, 1e160, 1e200, 1e300, 1e308, f64::MAX]);
    check::<f32>(&[1e18, 1e20, 1e37, f64::from(f32::MAX), 1e38]);
}
