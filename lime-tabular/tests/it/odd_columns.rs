//! Columns and schemas at their edges: groups renamed, sentinels that laws draw, bounds and sentinels in single precision,
//! summaries that do not fit. Each has been wrong once.

use std::sync::Arc;

use lime_core::nalgebra::{DMatrix, dmatrix};
use lime_core::{BoxError, Draw, Interpret, Law, Real, Representation, Sampler};
use lime_samplers::MonteCarlo;
use lime_tabular::{
    Around, Binned, Column, ColumnAt, Edges, Encoding, Error, Feature, Field, Gaussian, Kind, OneHot, Optional, Schema,
    SequenceTable, Sequences, Summary, Tabular, TabularRepresentation, Whole,
};

const NAN: f64 = f64::NAN;

/// Samples of a row: what the model sees, and z'.
fn samples<F: Real>(row: &TabularRepresentation<F>, n: usize) -> (DMatrix<F>, DMatrix<F>) {
    let mut draw = Draw::new(row.space(), n);
    MonteCarlo.design(row.space(), n, 3).unwrap().fill(0..n, &mut draw);
    let mut batch = row.allocate(n);
    row.restore(&draw, &mut batch, 0).unwrap();
    (batch, draw.z)
}

fn feature_names<F: Real>(table: &Tabular<F>) -> Vec<&str> {
    table.features().iter().map(Feature::name).collect()
}

/// Groups name their columns, so they follow when columns are renamed, in whatever order things are said.
#[test]
fn groups_follow_renamed_columns() {
    let training = dmatrix![1.0, 0.0, 3.0; 0.0, 1.0, 4.0; 1.0, 0.0, 5.0];
    let builder = Tabular::builder(&training).one_hot(OneHot::new("color", ["0", "1"]));
    let table = builder.feature_names(["color_red", "color_blue", "x"]).learn().unwrap();
    assert_eq!(feature_names(&table), ["color", "x"]);
    assert_eq!(table.schema().groups()[0].columns, ["color_red", "color_blue"]);
    #[cfg(feature = "serde")]
    assert!(Tabular::<f64>::from_json(&table.to_json().unwrap()).is_ok());
    // Names that change places.
    let builder = Tabular::builder(&training).one_hot(OneHot::new("color", ["0", "1"]));
    let swapped = builder.feature_names(["1", "0", "x"]).learn().unwrap();
    assert_eq!(swapped.features()[0].columns(), [0, 1]);
}

/// A schema put together column by column is checked where it is used.
#[test]
fn schemas_changed_column_by_column() {
    let training = dmatrix![1.0, 2.0; 3.0, 4.0];
    let twice = Schema::continuous(2).set(0, |_| Field::new("1", Kind::Continuous));
    assert!(
        matches!(Tabular::builder(&training).schema(twice).learn(), Err(Error::TwiceNamed { name }) if name == "1")
    );
    let group = Schema::continuous(2).one_hot(OneHot::new("g", ["0", "1"])).unwrap();
    let lost = group.set(0, |_| Field::new("renamed", Kind::Continuous));
    assert!(matches!(Tabular::builder(&training).schema(lost).learn(), Err(Error::OneHot { .. })));
}

#[test]
#[cfg(feature = "serde")]
fn schemas_written_by_hand() {
    let training = dmatrix![1.0, 2.0; 3.0, 4.0];
    let learn = |text: &str| Tabular::builder(&training).schema(serde_json::from_str(text).unwrap()).learn();
    let fields = r#"{"name":"a","kind":"continuous"},{"name":"b","kind":"continuous","bounds":[5.0,1.0]}"#;
    let reversed = learn(&format!(r#"{{"fields":[{fields}]}}"#));
    assert!(matches!(reversed, Err(Error::Bounds { name, .. }) if name == "b"));
    let fields = r#"{"name":"a","kind":"continuous"},{"name":"b","kind":"continuous"}"#;
    let group = r#"{"name":"g","columns":["a","q"],"levels":["x","y"]}"#;
    let unknown = learn(&format!(r#"{{"fields":[{fields}],"groups":[{group}]}}"#));
    assert!(matches!(unknown, Err(Error::OneHot { group, .. }) if group == "g"));
}

/// What a column may have is kept when its kind is said later.
#[test]
fn other_categories_of_a_kind_said_later() {
    let levels = || Kind::Levels(["a", "b"].map(String::from).to_vec());
    let expected = Field::new("x", levels()).other(true);
    assert_eq!(Field::new("x", Kind::Categorical).other(true).with_kind(levels()), expected);
    assert_eq!(expected.kind().levels().unwrap(), ["a", "b", "other"]);
    assert_eq!(expected.clone().with_kind(expected.kind().clone()), expected);
}

#[test]
fn spreads_beyond_f64() {
    let training = dmatrix![1e200; -1e200; 0.0];
    let learned = Tabular::builder(&training).feature_names(["a"]).without_discretizer().learn();
    assert!(matches!(learned, Err(Error::Overflow { name, min: -1e200, max: 1e200 }) if name == "a"));
}

/// A sentinel and a bound that single precision does not have stand for what it has of them.
#[test]
fn single_precision() {
    let training = DMatrix::<f32>::from_column_slice(5, 1, &[-999.99, 1.0, 2.0, 3.0, 4.0]);
    let schema = || Schema::new([Field::new("a", Kind::Continuous).sentinel(-999.99)]).unwrap();
    let table = Tabular::builder(&training).schema(schema()).learn().unwrap();
    let row = table.represent(&[-999.99]).unwrap();
    assert_eq!(row.names(), ["a is missing"]);
    match &row.space().laws()[0] {
        Law::Levels { own: 1, frequency } => assert_eq!(frequency[..], [0.8, 0.2]),
        law => panic!("{law:?}"),
    }
    let training = DMatrix::<f32>::from_column_slice(4, 1, &[0.1, 0.05, 0.02, 0.0]);
    assert!(Tabular::builder(&training).bounds(0, 0.0, 0.1).learn().is_ok());
    assert!(matches!(
        Tabular::builder(&training).bounds(0, 0.0, 0.099).learn(),
        Err(Error::OutOfBounds { greatest: 0.099, .. })
    ));
}

/// Whole numbers do not leave bounds that are not whole by being rounded.
#[test]
fn bounds_of_whole_numbers() {
    let training = dmatrix![1.0; 2.0; 3.0; 4.0];
    let learn = |least, greatest| {
        Tabular::builder(&training).integer(0).bounds(0, least, greatest).without_discretizer().learn()
    };
    let (batch, _) = samples(&learn(0.3, 4.4).unwrap().represent(&[2.0]).unwrap(), 2000);
    assert_eq!((batch.min(), batch.max()), (1.0, 4.0));
    let (batch, _) = samples(&learn(f64::NEG_INFINITY, 4.9).unwrap().represent(&[2.0]).unwrap(), 2000);
    assert!(batch.min() < 1.0 && batch.max() == 4.0);
    // One value is a range too.
    let same = dmatrix![3.0; 3.0];
    let table = Tabular::builder(&same).bounds(0, 3.0, 3.0).without_discretizer().learn().unwrap();
    let (batch, _) = samples(&table.represent(&[3.0]).unwrap(), 50);
    assert!(batch.iter().all(|value| *value == 3.0));
}

/// A law that draws the number that stands for a missing cell would tell the model that the cell is missing.
#[test]
fn sentinels_are_not_drawn_for_values() {
    let training = dmatrix![0.0; 1.0; 2.0; 3.0; 4.0; -1.0; -1.0];
    let schema = || Schema::new([Field::new("a", Kind::Integer).sentinel(-1.0)]).unwrap();
    let table = Tabular::builder(&training).schema(schema()).without_discretizer().learn().unwrap();
    let (batch, _) = samples(&table.represent(&[2.0]).unwrap(), 3000);
    assert!(batch.iter().all(|value: &f64| *value != -1.0 && value.fract() == 0.0));
    assert!(batch.min() < -1.0);
    for missing in [-1.0, NAN] {
        let (batch, z) = samples(&table.represent(&[missing]).unwrap(), 3000);
        assert!(batch.iter().zip(z.iter()).skip(1).all(|(value, z)| (*value == -1.0) == (*z == 1.0)));
    }

    // In bins the neighbour reads as the same z': 5 is missing, and between the values of both bins.
    let training = dmatrix![1.0; 3.0; 4.0; 6.0; 8.0; 9.0; 5.0];
    let schema = Schema::new([Field::new("a", Kind::Integer).sentinel(5.0)]).unwrap();
    let builder = Tabular::builder(&training).schema(schema).discretizer(Edges::new(&[5.5]).unwrap());
    let table = builder.learn().unwrap();
    for x in [1.0, 4.0, 9.0, 5.0] {
        let row = table.represent(&[x]).unwrap();
        let (batch, z) = samples(&row, 3000);
        let mut draw = Draw::new(row.space(), 3000);
        row.interpret(&batch, 0..3000, &mut draw).unwrap();
        assert_eq!(draw.z, z, "around {x}");
    }
}

/// A missing cell is nowhere on a number, whatever stands for it.
#[test]
fn sentinels_are_not_read_as_numbers() {
    let table = |code: f64| {
        let training = dmatrix![0.0, 1.0; 1.0, 2.0; 2.0, 3.0; 3.0, 4.0; code, 100.0];
        let fields = [Field::new("a", Kind::Continuous), Field::new("b", Kind::Continuous)];
        let schema = Schema::new(fields).unwrap();
        let schema = if code.is_nan() { schema } else { schema.set(0, |field| field.sentinel(code)) };
        let table = Tabular::builder(&training).schema(schema).without_discretizer().learn().unwrap();
        (table.represent(&[1.0, 2.0]).unwrap(), training)
    };
    let ((by_nan, with_nan), (by_code, with_code)) = (table(NAN), table(-1.0));
    let covariance = by_nan.covariance(&with_nan).unwrap();
    assert_eq!(by_code.covariance(&with_code).unwrap(), covariance);
    // a is 0, 1, 2, 3 of standard deviation sqrt(5 / 4) where it is not missing.
    assert!((covariance[(0, 0)] - 1.0).abs() < 1e-12);

    let mut draw = Draw::new(by_code.space(), 5);
    let error = by_code.interpret(&with_code, 0..5, &mut draw).unwrap_err();
    let error = error.downcast_ref::<Error>().unwrap();
    assert!(matches!(error, Error::InputMissing { input: 4, column: 0, .. }), "{error}");
    assert!(by_code.covariance(&DMatrix::zeros(3, 1)).is_err());
}

/// What remains of a uniform is one, in single precision too.
#[test]
fn noise_stays_below_one() {
    #[derive(Debug)]
    struct Spy;
    impl<F: Real> Column<F> for Spy {
        fn at(&self, _: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
            Ok(Box::new(Spy))
        }
    }
    impl<F: Real> ColumnAt<F> for Spy {
        fn name(&self) -> String {
            "spy".into()
        }

        fn law(&self) -> Law<F> {
            Law::Levels { own: 0, frequency: vec![0.5, 0.5] }
        }

        fn origin(&self) -> F {
            F::one()
        }

        fn restore(&self, _: &[F], noise: &[F], values: &mut [F]) {
            values.copy_from_slice(noise);
        }
    }
    fn check<F: Real>() {
        for share in [1e-9, 0.2, 0.5, 0.999_999] {
            let column = Optional::new("c", Arc::new(Spy), share, F::of(NAN)).unwrap();
            let at = column.at(F::one()).unwrap();
            let noise = [F::unit(0), F::of(share), F::of(0.5), F::below_one()];
            let mut values = [F::zero(); 4];
            at.restore(&[F::zero(); 4], &noise, &mut values);
            let inside = |value: &F| value.wide().is_nan() || (*value > F::zero() && *value < F::one());
            assert!(values.iter().all(inside), "{share}: {values:?}");
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn encodings_of_no_columns() {
    #[derive(Debug)]
    struct Nowhere;
    impl Encoding<f64> for Nowhere {
        fn width(&self) -> usize {
            0
        }

        fn decode(&self, _: &[f64]) -> Result<f64, BoxError> {
            Ok(0.0)
        }

        fn encode(&self, _: &[f64], _: usize, _: &mut [f64]) {}
    }
    let law = || Gaussian::learn("g", &[0.0, 1.0], Around::Mean);
    let features = [Feature::new("a", 0, law()), Feature::encoded("nowhere", [], Nowhere, law())];
    assert!(
        matches!(Tabular::new(["a"], features), Err(Error::Width { width: 0, columns: 0, name }) if name == "nowhere")
    );
}

fn saw(values: &[f64]) -> Summary {
    let mut summary = Summary::exact();
    summary.absorb(values);
    summary
}

#[test]
fn summaries_that_do_not_fit() {
    let columns = [saw(&[1.0, 2.0, NAN]), saw(&[1.0])];
    let error = Tabular::<f64>::from_summaries(&columns).feature_names(["a", "b"]).learn().unwrap_err();
    assert!(matches!(error, Error::SummaryRows { ref name, found: 1, expected: 3 } if name == "b"), "{error}");
    // The summary was not told of the sentinel that the schema has.
    let schema = || Schema::new([Field::new("a", Kind::Continuous).sentinel(-1.0)]).unwrap();
    let error = Tabular::<f64>::from_summaries(&[saw(&[-1.0, 2.0, 3.0])]).schema(schema()).learn().unwrap_err();
    assert!(matches!(error, Error::SentinelKept { ref name, value: -1.0 } if name == "a"), "{error}");
    assert!(Tabular::<f64>::from_summaries(&[saw(&[NAN, 2.0, 3.0])]).schema(schema()).learn().is_ok());
    // A group without a single one is missing in every row, as it is in a matrix.
    let group = || OneHot::new("g", ["0", "1"]);
    let zeros = [saw(&[0.0, 0.0]), saw(&[0.0, 0.0])];
    let summed = Tabular::<f64>::from_summaries(&zeros).one_hot(group()).learn();
    assert!(matches!(summed, Err(Error::AllMissing { name }) if name == "g"));
    let matrix = DMatrix::<f64>::zeros(2, 2);
    assert!(matches!(Tabular::builder(&matrix).one_hot(group()).learn(), Err(Error::AllMissing { .. })));
}

#[test]
fn baselines_of_rows_with_missing_cells_name_the_column() {
    let training = dmatrix![0.0, 1.0; 1.0, 2.0; 5.0, NAN];
    let table = Tabular::builder(&training).feature_names(["a", "weight"]).learn().unwrap();
    let error = table.baseline(&[1.0, NAN]).unwrap_err().to_string();
    assert!(error.contains("weight"), "{error}");
}

/// Values of a column of whole numbers are whole and read as they were drawn, wherever the edges lie.
#[test]
fn whole_numbers_between_any_edges() {
    for edges in [vec![0.2, 0.4, 1.5], vec![1.0, 2.0], vec![0.5], vec![-0.5, 2.5]] {
        let column = Binned::learn("n", &[0.0, 1.0, 2.0, 3.0, 1.0, 1.0], &edges).unwrap();
        let column = Arc::new(Whole::new(Arc::new(column)));
        let table = Tabular::new(["n"], [Feature::new("n", 0, Whole::new(column))]).unwrap();
        for x in [0.0, 1.0, 2.0, 3.0, 0.3] {
            let row = table.represent(&[x]).unwrap();
            let (batch, z) = samples(&row, 500);
            assert!(batch.iter().skip(1).all(|value: &f64| value.fract() == 0.0), "{edges:?} {x}");
            let mut draw = Draw::new(row.space(), 500);
            row.interpret(&batch, 0..500, &mut draw).unwrap();
            assert_eq!(draw.z, z, "{edges:?} {x}");
        }
    }
}

/// Missing cells in sequences read as they were drawn, and what cannot be read is told by its place in the batch.
#[test]
fn missing_cells_in_sequences() {
    let values: Vec<f64> = (0..40).map(|i| if i % 7 == 3 { NAN } else { f64::from(i * 13 % 11) }).collect();
    let training = Sequences::new((10, 2, 2), values).unwrap();
    let table = SequenceTable::builder(&training).learn().unwrap();
    for row in [0, 1, 6] {
        let row = table.represent(training.row(row)).unwrap();
        let mut draw = Draw::new(row.space(), 400);
        MonteCarlo.design(row.space(), 400, 3).unwrap().fill(0..400, &mut draw);
        let mut batch = row.allocate(400);
        row.restore(&draw, &mut batch, 0).unwrap();
        assert!(batch.values().iter().any(|value| value.is_nan()));
        let mut read = Draw::new(row.space(), 390);
        row.interpret(&batch, 10..400, &mut read).unwrap();
        assert_eq!(read.z, draw.z.rows(10, 390).into_owned());
    }
    let whole = Sequences::new((4, 1, 1), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let row = SequenceTable::builder(&whole).learn().unwrap().represent(&[2.0]).unwrap();
    let holes = Sequences::new((4, 1, 1), vec![1.0, 2.0, 3.0, NAN]).unwrap();
    let error = row.interpret(&holes, 1..4, &mut Draw::new(row.space(), 3)).unwrap_err();
    let error = error.downcast_ref::<Error>().unwrap();
    assert!(matches!(error, Error::InputValue { input: 3, column: 0, .. }), "{error}");
}

/// A number for missing cells that is a level's code would make that level missing.
#[test]
#[cfg(feature = "csv")]
fn sentinels_that_are_codes_of_levels() {
    use lime_tabular::{ColumnOverrides, Overrides, Reader};
    let open = |sentinel: f64| {
        let month = ColumnOverrides::new().levels(["jan", "feb", "mar"]).sentinel(sentinel);
        let csv = "month,x\njan,1\nfeb,2\n0,3\nmar,4\n";
        Reader::builder().overrides(Overrides::new().column("month", month)).csv("t", csv.as_bytes())
    };
    let error = open(0.0).unwrap_err();
    assert!(matches!(&error, Error::Declared { name, .. } if name == "month"), "{error}");
    assert!(error.to_string().contains("missing = \"0\""), "{error}");
    // One that is no code stands for itself.
    assert!(matches!(open(-1.0), Err(Error::Unseen { .. })));
}
