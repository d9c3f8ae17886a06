//! What LIME's coefficients tend to on linear models, in closed form: against reference/exact.json, and against brute force
//! over small tables, every row of which is enumerated with its probability and weight.

use crate::support::{json, numbers, row, table};
use lime_core::nalgebra::{DMatrix, DVector, dmatrix};
use lime_core::{BoxError, Representation};
use lime_tabular::{
    Around, Binned, Column, ColumnAt, Edges, Empirical, Error, Field, Gaussian, Kind, OneHot, Quantiles, Schema,
    Tabular, TabularRepresentation,
};
use proptest::prelude::*;

#[track_caller]
fn near(found: f64, expected: f64, what: &str) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error <= 1e-10, "{what}: {found} for {expected}");
}

#[test]
fn the_limits_of_reference_tables() {
    let file = json("reference/exact.json");
    let mut compared = 0;
    for case in file["tabular"].as_array().unwrap() {
        let name = case["dataset"].as_str().unwrap();
        let (names, training) = table(name);
        let shares: Vec<f64> = numbers(&case["percentiles"]).iter().map(|p| p / 100.0).collect();
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        let builder = Tabular::builder(&training).feature_names(names).discretizer(Quantiles::new(&shares).unwrap());
        let row = builder.learn().unwrap().represent(&instance).unwrap();
        let limit = row.linear_limit(case["f0"].as_f64().unwrap(), &numbers(&case["f"])).unwrap();
        let expected = numbers(&case["coef"]);
        assert_eq!(limit.weights.len(), expected.len());
        for (j, (found, expected)) in limit.weights.iter().zip(&expected).enumerate() {
            near(*found, *expected, &format!("{name} coefficient {j}"));
            compared += 1;
        }
        near(limit.intercept, case["intercept"].as_f64().unwrap(), name);
    }
    assert_eq!(compared, 4 + 13 + 10 + 30);
}

/// A column of the tables below: each value of the model's inputs it may have, with its probability, and whether it is the
/// instance's.
type Atoms = Vec<(Vec<f64>, f64, bool)>;

/// The limit by enumeration: the least-squares fit of the model's answer on z' and 1 over all rows that can be, each weighted
/// by its probability and its similarity exp(-zeros / (2 width^2)).
fn enumerated(columns: &[Atoms], width: f64, model: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut rows: Vec<(Vec<f64>, Vec<f64>, f64)> = vec![(Vec::new(), Vec::new(), 1.0)];
    for atoms in columns {
        let mut longer = Vec::new();
        for (inputs, z, weight) in &rows {
            for (values, probability, own) in atoms.iter().filter(|(_, probability, _)| *probability > 0.0) {
                let similarity = if *own { 1.0 } else { (-0.5 / (width * width)).exp() };
                let mut z = z.clone();
                z.push(f64::from(u8::from(*own)));
                longer.push(([&inputs[..], values].concat(), z, weight * probability * similarity));
            }
        }
        rows = longer;
    }
    let d = columns.len();
    let root = |i: usize| rows[i].2.sqrt();
    let x = DMatrix::from_fn(rows.len(), d + 1, |i, j| root(i) * if j == d { 1.0 } else { rows[i].1[j] });
    let y = DVector::from_fn(rows.len(), |i, _| root(i) * model(&rows[i].0));
    let qr = x.qr();
    qr.r().solve_upper_triangular(&(qr.q().transpose() * y)).unwrap().as_slice().to_vec()
}

/// The atoms of a column whose values are counted.
fn counted(values: &[f64], own: f64) -> Atoms {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let share = |value: f64| values.iter().filter(|other| **other == value).count() as f64 / values.len() as f64;
    distinct.iter().map(|&value| (vec![value], share(value), value == own)).collect()
}

/// The atoms of a group of three one-hot columns.
fn one_hot(codes: &[usize], own: usize) -> Atoms {
    let values = |code: usize| (0..3).map(|j| f64::from(u8::from(j == code))).collect();
    let share = |code: usize| codes.iter().filter(|other| **other == code).count() as f64 / codes.len() as f64;
    (0..3).map(|code| (values(code), share(code), code == own)).collect()
}

#[track_caller]
fn agree(row: &TabularRepresentation<f64>, columns: &[Atoms], intercept: f64, slopes: &[f64]) {
    let limit = row.linear_limit(intercept, slopes).unwrap();
    let model = |inputs: &[f64]| intercept + inputs.iter().zip(slopes).map(|(x, slope)| x * slope).sum::<f64>();
    for width in [0.6, 0.75 * (columns.len() as f64).sqrt(), 5.0] {
        let brute = enumerated(columns, width, model);
        for (j, (found, expected)) in limit.weights.iter().chain([&limit.intercept]).zip(&brute).enumerate() {
            near(*found, *expected, &format!("coefficient {j} at width {width}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Categories by their numbers, one-hot categories and bins of finitely many values.
    #[test]
    fn the_limits_of_small_tables(
        cells in prop::collection::vec((0u8..4, 0usize..3, 0u8..6), 6..30),
        slopes in prop::collection::vec(-3.0..3.0f64, 5),
        intercept in -5.0..5.0f64,
        own in any::<prop::sample::Index>(),
    ) {
        let code: Vec<f64> = cells.iter().map(|(code, ..)| f64::from(*code) * 1.5 - 1.0).collect();
        let color: Vec<usize> = cells.iter().map(|(_, color, _)| *color).collect();
        let dose: Vec<f64> = cells.iter().map(|(.., dose)| f64::from(*dose)).collect();
        // Each feature has more than one level, or its coefficient is not determined.
        prop_assume!(counted(&code, 0.0).len() > 1 && color.iter().any(|other| *other != color[0]));
        prop_assume!(dose.iter().any(|dose| *dose <= 2.5) && dose.iter().any(|dose| *dose > 2.5));
        let training = DMatrix::from_fn(cells.len(), 5, |i, j| match j {
            0 => code[i],
            4 => dose[i],
            _ => f64::from(u8::from(color[i] == j - 1)),
        });
        let table = Tabular::builder(&training)
            .categorical(0)
            .one_hot(OneHot::new("color", ["1", "2", "3"]))
            .discretizer(Edges::new(&[2.5]).unwrap())
            .within(Empirical)
            .learn()
            .unwrap();
        let own = own.index(cells.len());
        let instance = row(&training, own);
        let mut bins = counted(&dose, 0.0);
        bins.iter_mut().for_each(|(value, _, is_own)| *is_own = (value[0] <= 2.5) == (dose[own] <= 2.5));
        let columns = [counted(&code, code[own]), one_hot(&color, color[own]), bins];
        agree(&table.represent(&instance).unwrap(), &columns, intercept, &slopes);
    }
}

/// Frozen columns add their share to the intercept; an unseen category's coefficient is its difference from the others.
#[test]
fn frozen_columns_and_unseen_categories() {
    let training = dmatrix![1.0, 7.0, 0.0; 1.0, 8.0, 1.0; 4.0, 9.0, 1.0; 5.0, 7.5, 1.0];
    let schema = Schema::new([
        Field::new("a", Kind::Categorical).other(true),
        Field::new("held", Kind::Continuous).frozen(true),
        Field::new("b", Kind::Boolean),
    ]);
    let table = Tabular::builder(&training).schema(schema.unwrap()).learn().unwrap();
    let slopes = [2.0, -3.0, 0.5];

    let row = table.represent(&[1.0, 20.0, 1.0]).unwrap();
    assert_eq!(row.frozen().len(), 1);
    let limit = row.linear_limit(1.0, &slopes).unwrap();
    near(limit.weights[0], 2.0 * (1.0 - 4.5), "a");
    near(limit.weights[1], 0.5, "b");
    near(limit.intercept, 1.0 - 3.0 * 20.0 + 2.0 * 4.5, "intercept");
    let held =
        |atoms: Vec<f64>| atoms.into_iter().map(|value| (vec![value, 20.0], 0.5, value == 1.0)).collect::<Atoms>();
    let columns = [held(vec![1.0, 4.5]), counted(&[0.0, 1.0, 1.0, 1.0], 1.0)];
    agree(&row, &columns, 1.0, &slopes);

    let unseen = table.represent(&[9.0, 20.0, 0.0]).unwrap().linear_limit(1.0, &slopes).unwrap();
    near(unseen.weights[0], 2.0 * (9.0 - 2.75), "unseen");
}

#[test]
fn a_level_that_is_the_only_one_weighs_nothing() {
    let training = dmatrix![3.0, 1.0; 3.0, 2.0; 3.0, 4.0];
    let table = Tabular::builder(&training).categorical(0).categorical(1).learn().unwrap();
    let limit = table.represent(&[3.0, 4.0]).unwrap().linear_limit(0.5, &[2.0, 1.0]).unwrap();
    near(limit.weights[0], 0.0, "weight");
    near(limit.weights[1], 4.0 - 1.5, "weight");
    near(limit.intercept, 0.5 + 6.0 + 1.5, "intercept");
}

#[test]
fn numbers_without_bins() {
    let values = [1.0, 2.0, 4.0, 9.0];
    let training = DMatrix::from_column_slice(4, 1, &values);
    let mean = values.iter().sum::<f64>() / 4.0;
    let sd = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 4.0).sqrt();
    for around in [Around::Mean, Around::Instance] {
        for bounded in [false, true] {
            let builder = Tabular::builder(&training).without_discretizer().around(around);
            let builder = if bounded { builder.bounds(0, 0.0, 10.0) } else { builder };
            let row = builder.learn().unwrap().represent(&[9.0]).unwrap();
            let limit = row.linear_limit(-1.0, &[3.0]).unwrap();
            near(limit.weights[0], 3.0 * sd, "weight");
            near(limit.intercept, -1.0 + 3.0 * mean, "intercept");
        }
    }
}

#[test]
fn single_precision() {
    let training = DMatrix::from_fn(40, 2, |i, j| ((i * (j + 3)) as f32 * 0.37).sin());
    let table = Tabular::builder(&training).learn().unwrap();
    let instance = [training[(5, 0)], training[(5, 1)]];
    let limit = table.represent(&instance).unwrap().linear_limit(0.25, &[1.0, -2.0]).unwrap();
    let wide: DMatrix<f64> = training.map(f64::from);
    let double = Tabular::builder(&wide).learn().unwrap().represent(&instance.map(f64::from)).unwrap();
    let double = double.linear_limit(0.25, &[1.0, -2.0]).unwrap();
    assert_eq!(limit, double);
}

/// A column that tells no mean.
#[derive(Debug)]
struct Silent(Binned);

#[derive(Debug)]
struct SilentAt(Box<dyn ColumnAt<f64>>);

impl Column<f64> for Silent {
    fn at(&self, x: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
        Ok(Box::new(SilentAt(self.0.at(x)?)))
    }
}

impl ColumnAt<f64> for SilentAt {
    fn name(&self) -> String {
        self.0.name()
    }

    fn law(&self) -> lime_core::Law<f64> {
        self.0.law()
    }

    fn origin(&self) -> f64 {
        self.0.origin()
    }

    fn restore(&self, z: &[f64], noise: &[f64], values: &mut [f64]) {
        self.0.restore(z, noise, values);
    }
}

#[test]
fn what_has_no_limit() {
    let training = dmatrix![1.0, 2.0; 2.0, 3.0; 3.0, 5.0; 4.0, f64::NAN];
    let table = Tabular::builder(&training).feature_names(["a", "b"]).learn().unwrap();
    let row = table.represent(&[1.0, 2.0]).unwrap();
    for coefficients in [&[][..], &[1.0], &[1.0, 2.0, 3.0]] {
        let error = row.linear_limit(0.0, coefficients).unwrap_err();
        assert!(matches!(error, Error::RowLength { expected: 2, found } if found == coefficients.len()), "{error}");
    }
    let no_mean = |row: &TabularRepresentation<f64>| match row.linear_limit(0.0, &[1.0, 1.0]).unwrap_err() {
        Error::NoMean { name } => name,
        error => error.to_string(),
    };
    assert_eq!(no_mean(&row), "b <= 2.50");
    assert_eq!(no_mean(&table.represent(&[1.0, f64::NAN]).unwrap()), "b is missing");

    let whole = dmatrix![1.0, 2.0; 2.0, 3.0; 3.0, 5.0; 4.0, 7.0];
    let integer = Tabular::builder(&whole).integer(0).learn().unwrap();
    assert_eq!(no_mean(&integer.represent(&[1.0, 2.0]).unwrap()), "0 <= 1.75");
    let silent = Silent(Binned::learn("s", &[1.0, 2.0, 3.0], &[1.5]).unwrap());
    let own = Tabular::builder(&whole).column(1, silent).learn().unwrap();
    assert_eq!(no_mean(&own.represent(&[1.0, 3.0]).unwrap()), "s > 1.50");

    // A Gaussian's own mean is known whatever the law's centre.
    let at: Box<dyn ColumnAt<f64>> = Gaussian::learn("g", &[1.0, 3.0], Around::Instance).at(9.0).unwrap();
    assert_eq!(at.mean(2.0), Some(4.0));
}
