//! Tables as people have them: missing cells, one-hot groups, whole numbers, bounds, columns held fixed. Most of these are
//! failures that the original's users have reported.

use std::sync::Arc;

use lime_core::nalgebra::{DMatrix, dmatrix};
use lime_core::{Draw, Explainer, Explanation, Interpret, Law, Representation, Sampler, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::OrdinaryLeastSquares;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{
    Around, Binned, Column, ColumnAt, Edges, Error, Feature, Field, Gaussian, Kind, OneHot, OneHotEncoding, Optional,
    Schema, Tabular, TabularRepresentation, TimeUnit, Whole,
};
use proptest::prelude::*;

const NAN: f64 = f64::NAN;

/// Evenly spaced uniforms, which stand for all.
fn uniforms(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()
}

fn drawn(at: &dyn ColumnAt<f64>, z: f64, n: usize) -> Vec<f64> {
    let mut values = vec![0.0; n];
    at.restore(&vec![z; n], &uniforms(n), &mut values);
    values
}

fn share(values: &[f64], is: impl Fn(f64) -> bool) -> f64 {
    values.iter().filter(|v| is(**v)).count() as f64 / values.len() as f64
}

fn frequencies(at: &dyn ColumnAt<f64>) -> Vec<f64> {
    match at.law() {
        Law::Levels { frequency, .. } => frequency,
        law => panic!("{law:?}"),
    }
}

/// Many samples of a row, as the model sees them, and their z'.
fn samples(row: &TabularRepresentation<f64>, n: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let mut draw = Draw::new(row.space(), n);
    MonteCarlo.design(row.space(), n, 3).unwrap().fill(0..n, &mut draw);
    let mut batch = row.allocate(n);
    row.restore(&draw, &mut batch, 0).unwrap();
    (batch, draw.z)
}

fn explain(row: &TabularRepresentation<f64>, model: impl Fn(&[f64]) -> f64 + Send + Sync) -> Explanation {
    let model = model_fn(move |rows: &DMatrix<f64>| -> Vec<f64> {
        rows.row_iter().map(|row| model(&row.iter().copied().collect::<Vec<f64>>())).collect()
    });
    Explainer::new(MonteCarlo, Radial::default(), NoSelection, OrdinaryLeastSquares::default())
        .samples(2000)
        .targets(Targets::Given(vec![0]))
        .explain(row, &model)
        .unwrap()
}

#[test]
fn a_missing_cell_is_a_level_with_its_frequency() {
    // Two of eight are missing; the six others fall 2:4 into the bins.
    let training = DMatrix::from_column_slice(8, 1, &[1.0, 2.0, NAN, 5.0, 6.0, NAN, 7.0, 8.0]);
    let table =
        Tabular::builder(&training).feature_names(["x"]).discretizer(Edges::new(&[3.0]).unwrap()).learn().unwrap();
    let law = table.features()[0].law();

    let missing = law.at(NAN).unwrap();
    assert_eq!(missing.name(), "x is missing");
    assert_eq!(frequencies(&*missing), [0.75, 0.25]);
    assert!(drawn(&*missing, 1.0, 10).iter().all(|v| v.is_nan()));
    let others = drawn(&*missing, 0.0, 3000);
    assert!((share(&others, |v| v <= 3.0) - 1.0 / 3.0).abs() < 1e-3 && others.iter().all(|v| v.is_finite()));

    let present = law.at(2.0).unwrap();
    assert_eq!(present.name(), "x <= 3.00");
    let expected = [0.75 * 2.0 / 6.0, 0.75 * 4.0 / 6.0, 0.25];
    assert!(frequencies(&*present).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
    assert!(drawn(&*present, 1.0, 100).iter().all(|v| *v <= 3.0));
    // Outside the bin one in three is missing: 0.25 / (0.5 + 0.25).
    let others = drawn(&*present, 0.0, 3000);
    assert!((share(&others, f64::is_nan) - 1.0 / 3.0).abs() < 1e-3);
    assert!(others.iter().all(|v| v.is_nan() || *v > 3.0));
    let mut z = [9.0; 3];
    present.interpret(&[NAN, 2.5, 8.0], &mut z).unwrap();
    assert_eq!(z, [0.0, 1.0, 0.0]);
}

#[test]
fn what_a_missing_cell_does_is_explained() {
    let training = dmatrix![1.0, 1.0; NAN, 2.0; 3.0, 3.0; 4.0, NAN; 5.0, 5.0; NAN, 6.0];
    let table = Tabular::builder(&training).feature_names(["a", "b"]).learn().unwrap();
    let model = |x: &[f64]| if x[0].is_nan() { 3.0 } else { 0.0 } + if x[1].is_nan() { 0.0 } else { 1.0 };
    let explanation = explain(&table.represent(&[NAN, 2.0]).unwrap(), model);
    let weights = explanation.targets[0].dense(2);
    assert_eq!(explanation.feature_names[0], "a is missing");
    assert!((weights[0] - 3.0).abs() < 0.05, "{weights:?}");
    // Out of its bin b is missing in one of four samples: 1/6 of 4/6.
    assert!((weights[1] - 0.25).abs() < 0.05, "{weights:?}");
}

#[test]
fn numbers_without_bins_keep_their_law_beside_missing_cells() {
    let training = DMatrix::from_column_slice(4, 1, &[1.0, 3.0, NAN, 5.0]);
    let table = Tabular::builder(&training).without_discretizer().learn().unwrap();
    let (batch, _) = samples(&table.represent(&[3.0]).unwrap(), 500);
    assert!(batch.iter().all(|v| v.is_finite()));
    let (batch, z) = samples(&table.represent(&[NAN]).unwrap(), 4000);
    let values: Vec<f64> = batch.iter().copied().filter(|v| !v.is_nan()).collect();
    assert!(batch.iter().zip(z.iter()).all(|(v, z)| v.is_nan() == (*z == 1.0)));
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!((mean - 3.0).abs() < 0.15, "{mean}");
}

#[test]
fn a_sentinel_stands_for_a_missing_cell_on_both_sides() {
    let training = DMatrix::from_column_slice(5, 1, &[1.0, 2.0, -999.0, 3.0, 4.0]);
    let schema = Schema::new([Field::new("x", Kind::Continuous).sentinel(-999.0)]).unwrap();
    let table = Tabular::builder(&training).schema(schema).learn().unwrap();
    let row = table.represent(&[-999.0]).unwrap();
    assert_eq!(row.names(), ["x is missing"]);
    let (batch, z) = samples(&row, 200);
    assert!(batch.iter().zip(z.iter()).all(|(v, z)| (*v == -999.0) == (*z == 1.0) && (*v == -999.0 || *v >= 1.0)));
    assert_eq!(table.represent(&[NAN]).unwrap().names(), ["x is missing"]);
}

#[test]
fn missing_cells_that_training_does_not_have() {
    let training = dmatrix![1.0; 2.0; 3.0];
    let strict = Tabular::builder(&training).learn().unwrap();
    let error = strict.represent(&[NAN]).unwrap_err();
    assert!(matches!(error, Error::MissingCell { column: 0, .. }), "{error}");
    let schema = Schema::new([Field::new("x", Kind::Continuous).nullable(true)]).unwrap();
    let table = Tabular::builder(&training).schema(schema).learn().unwrap();
    // Half the samples keep it: a level that never occurs would tell nothing.
    assert_eq!(frequencies_of(&table.represent(&[NAN]).unwrap()), [0.5, 0.5]);
    let weights = explain(&table.represent(&[NAN]).unwrap(), |x| if x[0].is_nan() { 2.0 } else { 0.0 });
    assert!((weights.targets[0].dense(1)[0] - 2.0).abs() < 1e-9);
    let empty = DMatrix::from_column_slice(3, 1, &[NAN; 3]);
    assert!(matches!(Tabular::builder(&empty).learn(), Err(Error::AllMissing { .. })));
}

fn colours() -> (DMatrix<f64>, Schema) {
    let training = dmatrix![
        1.0, 1.0, 0.0, 0.0;
        2.0, 0.0, 1.0, 0.0;
        3.0, 0.0, 1.0, 0.0;
        4.0, 0.0, 0.0, 1.0;
        5.0, 0.0, 1.0, 0.0;
        6.0, 1.0, 0.0, 0.0
    ];
    let number = |name: &str| Field::new(name, Kind::Continuous);
    let fields = [number("size"), number("colour_red"), number("colour_blue"), number("colour_green")];
    let group = OneHot::new("colour", ["colour_red", "colour_blue", "colour_green"]);
    (training, Schema::new(fields).unwrap().one_hot(group).unwrap())
}

#[test]
fn a_one_hot_group_is_one_category() {
    let (training, schema) = colours();
    let table = Tabular::builder(&training).schema(schema).learn().unwrap();
    let row = table.represent(&[2.0, 0.0, 1.0, 0.0]).unwrap();
    assert_eq!(row.names()[1], "colour=blue");
    let (batch, z) = samples(&row, 1000);
    for i in 0..1000 {
        let code: Vec<f64> = batch.row(i).iter().skip(1).copied().collect();
        assert_eq!(code.iter().sum::<f64>(), 1.0, "one of them is 1, always");
        assert_eq!(code[1], z[(i, 1)]);
    }
    // By frequency 2:1 among the others.
    let red = batch.column(1).sum() / (batch.column(1).sum() + batch.column(3).sum());
    assert!((red - 2.0 / 3.0).abs() < 0.07, "{red}");

    // f = 5 blue - 1 red: 5 for being blue, against -1 in two of three cases.
    let explanation = explain(&row, |x| 5.0 * x[2] - x[1]);
    let weight = explanation.targets[0].dense(2)[1];
    assert!((weight - (5.0 + 2.0 / 3.0)).abs() < 0.05, "{weight}");

    let mut read = Draw::new(row.space(), 1);
    row.interpret(&dmatrix![2.0, 1.0, 0.0, 0.0], 0..1, &mut read).unwrap();
    assert_eq!(read.z[(0, 1)], 0.0);
    for wrong in [[2.0, 1.0, 1.0, 0.0], [2.0, 0.5, 0.5, 0.0]] {
        assert!(table.represent(&wrong).unwrap_err().to_string().contains("must be 1 and the others 0"));
    }
    assert_eq!(table.baseline(&[2.0, 0.0, 0.0, 1.0]).unwrap().baseline(), [3.5, 0.0, 1.0, 0.0]);
}

#[test]
fn a_group_of_noughts_is_a_missing_category() {
    let (mut training, schema) = colours();
    training[(3, 3)] = 0.0;
    let table = Tabular::builder(&training).schema(schema.clone()).learn().unwrap();
    let row = table.represent(&[2.0, 0.0, 0.0, 0.0]).unwrap();
    assert_eq!(row.names()[1], "colour is missing");
    training[(2, 1)] = 1.0;
    let error = Tabular::builder(&training).schema(schema).learn().unwrap_err().to_string();
    assert!(error.contains("\"colour\": training row 2: ") && error.contains("colour_red = 1"), "{error}");
}

#[test]
fn groups_that_are_none() {
    let (_, schema) = colours();
    let plain = Schema::new(schema.fields().to_vec()).unwrap();
    for (columns, says) in [
        (vec!["colour_red"], "it has 1 column(s)"),
        (vec!["colour_red", "colour"], "there is no column \"colour\""),
        (vec!["colour_red", "colour_red"], "in it twice"),
    ] {
        let error = plain.clone().one_hot(OneHot::new("c", columns)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let again = schema.one_hot(OneHot::new("other", ["size", "colour_red"])).unwrap_err().to_string();
    assert!(again.contains("in the group \"colour\" already"), "{again}");
}

#[test]
fn frozen_columns_keep_the_rows_value_and_are_told() {
    let training = dmatrix![1.0, 0.0, 7.0; 2.0, 1.0, 8.0; 3.0, 0.0, 9.0; 4.0, 1.0, 9.5];
    let builder = || Tabular::builder(&training).feature_names(["a", "sex", "c"]).levels(1, ["f", "m"]);
    let table = builder().frozen(1).frozen(2).learn().unwrap();
    let row = table.represent(&[2.0, 1.0, 8.0]).unwrap();
    assert_eq!(row.names(), ["1.75 < a <= 2.50"]);
    assert_eq!(row.frozen(), ["sex=m", "c=8"]);
    let (batch, _) = samples(&row, 300);
    assert!(batch.column(1).iter().all(|v| *v == 1.0) && batch.column(2).iter().all(|v| *v == 8.0));
    let explanation = explain(&row, |x| x[0] * x[1] * x[2]);
    assert_eq!(explanation.frozen, row.frozen());
    // A value that training does not have is no hindrance where it is not perturbed.
    assert_eq!(table.represent(&[2.0, 5.0, NAN]).unwrap().frozen(), ["sex=5", "c=NaN"]);
    let all = builder().frozen(0).frozen(1).frozen(2).learn();
    assert!(matches!(all, Err(Error::AllFrozen)));
    assert!(matches!(builder().frozen(3).learn(), Err(Error::NoColumn { column: 3, columns: 3 })));
}

#[test]
fn bounds_cut_the_normal_law() {
    let training = dmatrix![0.0; 1.0; 2.0; 3.0; 10.0];
    let bounded =
        |least, greatest| Tabular::builder(&training).without_discretizer().bounds(0, least, greatest).learn();
    let table = bounded(0.0, f64::INFINITY).unwrap();
    let (batch, z) = samples(&table.represent(&[1.0]).unwrap(), 4000);
    assert!(batch.iter().all(|v| *v >= 0.0));
    // Nothing piles up at the bound: the law is cut, not clamped.
    assert!(share(batch.as_slice(), |v| v == 0.0) < 0.001);
    // z' is still the value in standard deviations from the mean.
    let law = Gaussian::learn("0", &[0.0, 1.0, 2.0, 3.0, 10.0], Around::Mean);
    assert!(batch.iter().zip(z.iter()).all(|(v, z)| (v - (law.mean() + law.sd() * z)).abs() < 1e-12));
    // The mean of a normal law cut below at a is mu + sigma phi(a) / (1 - Phi(a)).
    let a = -law.mean() / law.sd();
    let density = (-0.5 * a * a).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let expected = law.mean() + law.sd() * density / lime_samplers::normal_cdf(-a);
    assert!((batch.mean() - expected).abs() < 4.0 * law.sd() / 4000f64.sqrt(), "{} {expected}", batch.mean());

    assert!(matches!(bounded(0.0, 5.0), Err(Error::OutOfBounds { value: 10.0, .. })));
    assert!(matches!(bounded(5.0, 0.0), Err(Error::Bounds { .. })));
    assert!(matches!(bounded(NAN, 0.0), Err(Error::Bounds { .. })));
}

#[test]
fn far_bounds_leave_the_nearest_value() {
    for (least, greatest) in [(200.0, 300.0), (-300.0, -200.0)] {
        let law = Gaussian::learn("x", &[0.0, 2.0], Around::Mean).between(least, greatest).unwrap();
        let at: Box<dyn ColumnAt<f64>> = law.at(0.0).unwrap();
        let Law::Continuous(law) = at.law() else { panic!() };
        let mut values = [0.0; 2];
        at.restore(&[law.quantile(0.01), law.quantile(0.99)], &[0.5; 2], &mut values);
        assert!(values.iter().all(|v| (least..=greatest).contains(v)), "{values:?}");
    }
}

#[test]
fn features_own_each_column_once() {
    let law = || Gaussian::learn("x", &[1.0, 2.0], Around::Mean);
    let two = Tabular::<f64>::new(["a", "b"], [Feature::new("a", 0, law()), Feature::new("b", 0, law())]);
    assert!(matches!(two, Err(Error::Owners { column: 0, features: 2, .. })));
    let none = Tabular::<f64>::new(["a", "b"], [Feature::new("a", 0, law())]);
    assert!(matches!(none, Err(Error::Owners { column: 1, features: 0, .. })));
    let far = Tabular::<f64>::new(["a"], [Feature::new("a", 1, law())]);
    assert!(matches!(far, Err(Error::NoColumn { column: 1, columns: 1 })));
    let encoding = OneHotEncoding::new(["r", "g"]).unwrap();
    let narrow = Tabular::<f64>::new(["r", "g"], [Feature::encoded("c", [0], encoding, law())]);
    assert!(matches!(narrow, Err(Error::Width { width: 2, columns: 1, .. })));
}

proptest! {
    /// Whole numbers stay whole, in their bin, for any whole training data and any edges.
    #[test]
    fn whole_numbers_stay_whole(
        values in prop::collection::vec(-20i32..20, 2..40),
        own in 0usize..40,
        quarter in -80i32..80,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let own = values[own % values.len()];
        let binned = Binned::learn("x", &values, &[f64::from(quarter) / 4.0]).unwrap();
        let inside = binned.bin_of(own);
        let at: Box<dyn ColumnAt<f64>> = Whole::new(Arc::new(binned.clone())).at(own).unwrap();
        let others = binned.bins().iter().enumerate().any(|(i, bin)| i != inside && bin.frequency > 0.0);
        for z in [0.0, 1.0] {
            for value in drawn(&*at, z, 257) {
                prop_assert_eq!(value, value.round());
                if others {
                    prop_assert_eq!(f64::from(u8::from(binned.bin_of(value) == inside)), z, "{}", value);
                }
            }
        }
    }

    /// Reading what was restored gives z' back, missing cells and one-hot groups included.
    #[test]
    fn what_is_restored_reads_as_it_was(
        cells in prop::collection::vec((0.0f64..10.0, prop::option::of(0usize..3), prop::bool::ANY), 6..40),
        own in 0usize..40,
        seed in 0u64..1000,
    ) {
        let own = own % cells.len();
        let mut training = DMatrix::zeros(cells.len(), 5);
        for (i, (number, level, missing)) in cells.iter().enumerate() {
            training[(i, 0)] = if *missing { NAN } else { *number };
            training[(i, 1)] = number.round();
            if let Some(level) = level {
                training[(i, 2 + level)] = 1.0;
            }
        }
        prop_assume!(cells.iter().any(|c| !c.2) && cells.iter().any(|c| c.1.is_some()));
        let names = ["x", "n", "c_r", "c_g", "c_b"];
        let builder = Tabular::builder(&training).feature_names(names).integer(1);
        let table = builder.one_hot(OneHot::new("c", ["c_r", "c_g", "c_b"])).learn().unwrap();
        let row: Vec<f64> = training.row(own).iter().copied().collect();
        let row = table.represent(&row).unwrap();
        let n = 64;
        let mut draw = Draw::new(row.space(), n);
        MonteCarlo.design(row.space(), n, seed).unwrap().fill(0..n, &mut draw);
        let mut batch = row.allocate(n);
        row.restore(&draw, &mut batch, 0).unwrap();
        let mut read = Draw::new(row.space(), n);
        row.interpret(&batch, 0..n, &mut read).unwrap();
        for j in 0..3 {
            // A column that is all one level has nowhere else to go.
            let Law::Levels { own, frequency } = &row.space().laws()[j] else { panic!() };
            if frequency[*own] < 1.0 && frequency[*own] > 0.0 {
                prop_assert_eq!(draw.z.column(j), read.z.column(j), "feature {}", j);
            }
        }
    }
}

#[test]
fn ordinals_are_bins_with_names_and_instants_are_dates() {
    let sizes = ["S", "M", "L", "XL"].map(String::from).to_vec();
    let day = |day: f64| 19_000.0 + day;
    let rows: Vec<[f64; 2]> = (0..8).map(|i| [f64::from(i / 2), day(f64::from(i))]).collect();
    let training = DMatrix::from_fn(8, 2, |i, j| rows[i][j]);
    let schema = Schema::new([
        Field::new("size", Kind::Ordinal(sizes.clone())),
        Field::new("sold", Kind::Instant(TimeUnit::Days)),
    ]);
    let table = Tabular::builder(&training).schema(schema.unwrap()).learn().unwrap();
    // 2022-01-08 is day 19 000; quartiles are at 1.75, 3.5 and 5.25 days after it, and written to the second.
    let row = table.represent(&[2.0, day(0.0)]).unwrap();
    assert_eq!(row.names(), ["M < size <= L", "sold <= 2022-01-09T18:00:00"]);
    let (batch, _) = samples(&row, 300);
    assert!(batch.iter().all(|v| v.fract() == 0.0));
    assert!(batch.column(0).iter().all(|v| (0.0..4.0).contains(v)));
    let unnamed = Tabular::builder(&training).schema(
        Schema::new([Field::new("size", Kind::Ordinal(sizes[..3].to_vec())), Field::new("sold", Kind::Continuous)])
            .unwrap(),
    );
    assert!(matches!(unnamed.learn(), Err(Error::Code { value: 3.0, levels: 3, .. })));
    assert_eq!(TimeUnit::Seconds.write(0.0), "1970-01-01");
    assert_eq!(TimeUnit::Milliseconds.write(1e300), "1".to_string() + &"0".repeat(300));
}

#[test]
fn categories_that_training_does_not_have() {
    let training = DMatrix::from_column_slice(4, 1, &[0.0, 1.0, 1.0, 0.0]);
    let levels = || Field::new("c", Kind::Levels(vec!["a".into(), "b".into()]));
    let strict = Tabular::builder(&training).schema(Schema::new([levels()]).unwrap()).learn().unwrap();
    let error = strict.represent(&[2.0]).unwrap_err().to_string();
    assert!(error.contains("column c: the category 2 is not among the 2 seen in training"), "{error}");

    let table = Tabular::builder(&training).schema(Schema::new([levels().other(true)]).unwrap()).learn().unwrap();
    let row = table.represent(&[2.0]).unwrap();
    assert_eq!(row.names(), ["c=other"]);
    let weights = explain(&row, |x| if x[0] == 2.0 { 3.0 } else { 0.0 });
    assert!((weights.targets[0].dense(1)[0] - 3.0).abs() < 1e-9);

    let years = DMatrix::from_column_slice(3, 1, &[2007.0, 2008.0, 2009.0]);
    let open = Field::new("year", Kind::Categorical).other(true);
    let table = Tabular::builder(&years).schema(Schema::new([open]).unwrap()).learn().unwrap();
    let row = table.represent(&[2031.0]).unwrap();
    assert_eq!(
        (row.names(), frequencies_of(&row)),
        (vec!["year=2031".to_string()], vec![1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0, 0.5])
    );
}

fn frequencies_of(row: &TabularRepresentation<f64>) -> Vec<f64> {
    match &row.space().laws()[0] {
        Law::Levels { frequency, .. } => frequency.clone(),
        law => panic!("{law:?}"),
    }
}

/// One in five cells is missing, and the row has a category that training does not: out of it, one in five samples is missing.
#[test]
fn an_unseen_category_leaves_the_others_their_shares() {
    let training = DMatrix::from_column_slice(5, 1, &[0.0, 1.0, NAN, 1.0, 0.0]);
    let field = Field::new("c", Kind::Levels(vec!["a".into(), "b".into()])).other(true);
    let table = Tabular::builder(&training).schema(Schema::new([field]).unwrap()).learn().unwrap();
    let row = table.represent(&[2.0]).unwrap();
    assert_eq!(frequencies_of(&row), [0.2, 0.2, 0.5, 0.1]);
    let others = drawn(&*table.features()[0].law().at(2.0).unwrap(), 0.0, 5000);
    assert!((share(&others, f64::is_nan) - 0.2).abs() < 1e-3);
    assert!((share(&others, |v| v == 1.0) - 0.4).abs() < 1e-3);
}

#[test]
fn optional_checks_its_share() {
    let law: Arc<dyn Column<f64>> = Arc::new(Gaussian::learn("x", &[1.0, 2.0], Around::Mean));
    for share in [-0.1, 1.1, NAN] {
        assert!(matches!(Optional::new("x", Arc::clone(&law), share, NAN), Err(Error::MissingShare { .. })));
    }
    // All training cells missing is a share like any other.
    let all = Optional::new("x", law, 1.0, NAN).unwrap();
    assert_eq!(frequencies(&*all.at(NAN).unwrap()), [0.0, 1.0]);
}
