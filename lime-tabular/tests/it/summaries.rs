//! Tables learned from summaries of columns, which saw each value once, are those learned from the whole matrix: to the bit
//! where the summaries are exact, within a rank error where they are sketches.

use lime_core::nalgebra::DMatrix;
use lime_core::{Explainer, Real, Representation, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{
    Decile, Empirical, Entropy, EqualWidth, Error, Field, Kind, OneHot, Schema, Summary, Tabular, TabularBuilder,
    TimeUnit, TruncatedNormal, Uniform, Within,
};
use proptest::prelude::*;

const NAN: f64 = f64::NAN;

/// A summary of each column, which sees the rows in blocks.
fn summaries(training: &DMatrix<f64>, schema: &Schema, block: usize, new: impl Fn() -> Summary) -> Vec<Summary> {
    let columns = training.column_iter().zip(schema.fields());
    let summary = |(column, field): (lime_core::nalgebra::DVectorView<'_, f64>, &Field)| {
        let mut summary = new().sentinel(field.missing());
        column.as_slice().chunks(block).for_each(|values| summary.absorb(values));
        summary
    };
    columns.map(summary).collect()
}

fn schema() -> Schema {
    let fields = [
        Field::new("length", Kind::Continuous),
        Field::new("rooms", Kind::Integer),
        Field::new("member", Kind::Boolean),
        Field::new("year", Kind::Categorical),
        Field::new("size", Kind::Ordinal(["S", "M", "L"].map(String::from).to_vec())),
        Field::new("day", Kind::Instant(TimeUnit::Days)),
        Field::new("color_red", Kind::Boolean),
        Field::new("color_blue", Kind::Boolean),
        Field::new("color_green", Kind::Boolean),
        Field::new("weight", Kind::Continuous),
        Field::new("age", Kind::Integer).sentinel(-1.0).bounds(0.0, 99.0).unwrap(),
        Field::new("sex", Kind::Levels(["f", "m"].map(String::from).to_vec())).other(true),
        Field::new("held", Kind::Continuous).frozen(true),
    ];
    let group = OneHot::new("color", ["color_red", "color_blue", "color_green"]);
    Schema::new(fields).unwrap().one_hot(group).unwrap()
}

/// A row of such a table by three numbers at random.
fn cells((real, word, gone): (f64, u32, bool)) -> [f64; 13] {
    let (a, color) = (f64::from(word % 1000), word % 3);
    let is = |yes: bool| f64::from(u8::from(yes));
    [
        real,
        a % 23.0,
        is(word % 5 < 2),
        2007.0 + a % 4.0,
        f64::from(word / 7 % 3),
        19_000.0 + a,
        is(color == 0),
        is(color == 1),
        is(color == 2),
        if gone { NAN } else { real * 3.0 - a },
        if word % 4 == 1 { -1.0 } else { f64::from(word / 11 % 90) },
        f64::from(word / 13 % 2),
        a - real,
    ]
}

fn rows(number: std::ops::Range<usize>) -> impl Strategy<Value = DMatrix<f64>> {
    let row = (-50.0..50.0f64, any::<u32>(), prop::bool::weighted(0.2));
    prop::collection::vec(row, number).prop_map(|rows| {
        let cells: Vec<f64> = rows.into_iter().flat_map(cells).collect();
        DMatrix::from_row_slice(cells.len() / 13, 13, &cells)
    })
}

/// The columns' laws with all digits of all numbers.
fn laws<F: Real>(table: &Tabular<F>) -> String {
    format!("{:?} {:?}", table.schema(), table.features())
}

fn learned<F: Real>(builder: TabularBuilder<'_, F>) -> Result<String, String> {
    builder.learn().map(|table| laws(&table)).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Exact summaries: the same table to the bit, whatever the blocks, the bins and the laws in them.
    #[test]
    fn exact_summaries_make_the_same_table(training in rows(2..60), block in 1usize..70, rule in 0usize..3) {
        let schema = schema();
        let columns = summaries(&training, &schema, block, Summary::exact);
        let rules: [Box<dyn Within>; 3] = [Box::new(TruncatedNormal), Box::new(Empirical), Box::new(Uniform)];
        let matrix = || Tabular::<f64>::builder(&training).schema(schema.clone()).within(&rules[rule]);
        let summed = || Tabular::<f64>::from_summaries(&columns).schema(schema.clone()).within(&rules[rule]);
        prop_assert_eq!(learned(summed()), learned(matrix()));
        prop_assert_eq!(learned(summed().discretizer(Decile)), learned(matrix().discretizer(Decile)));
        let width = || EqualWidth::new(5).unwrap();
        prop_assert_eq!(learned(summed().discretizer(width())), learned(matrix().discretizer(width())));
        prop_assert_eq!(learned(summed().without_discretizer()), learned(matrix().without_discretizer()));
    }

    /// Parts of the rows summed elsewhere.
    #[test]
    fn merged_summaries_make_the_same_table(training in rows(4..60), cut in 1usize..60) {
        let (schema, cut) = (schema(), cut.min(training.nrows() - 1));
        let part = |from: usize, rows: usize| training.rows(from, rows).into_owned();
        let mut first = summaries(&part(0, cut), &schema, 7, Summary::exact);
        let second = summaries(&part(cut, training.nrows() - cut), &schema, 7, Summary::exact);
        first.iter_mut().zip(&second).for_each(|(first, second)| first.merge(second));
        let merged = learned(Tabular::<f64>::from_summaries(&first).schema(schema.clone()));
        prop_assert_eq!(merged, learned(Tabular::<f64>::builder(&training).schema(schema)));
    }
}

fn table(rows: usize) -> DMatrix<f64> {
    // A linear congruence (Knuth's MMIX) for the words, its golden-ratio rotation for the numbers.
    let mut word = 1u64;
    let mut cell = || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (word >> 32) as u32
    };
    let cells: Vec<f64> = (0..rows)
        .flat_map(|i| cells(((i as f64 * 0.618_033_988_749_895).fract() * 100.0 - 50.0, cell(), cell() % 6 == 0)))
        .collect();
    DMatrix::from_row_slice(rows, 13, &cells)
}

#[test]
fn explanations_are_the_same_bits() {
    let (training, schema) = (table(300), schema());
    let columns = summaries(&training, &schema, 64, Summary::exact);
    let matrix = Tabular::<f64>::builder(&training).schema(schema.clone()).learn().unwrap();
    let summed = Tabular::<f64>::from_summaries(&columns).schema(schema).learn().unwrap();
    let model = model_fn(|rows: &DMatrix<f64>| -> Vec<f64> {
        rows.row_iter().map(|row| row.iter().map(|x| if x.is_nan() { 1.0 } else { (0.1 * x).sin() }).sum()).collect()
    });
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default())
        .samples(500)
        .targets(Targets::Given(vec![0]));
    for row in [0, 17, 203] {
        let row: Vec<f64> = training.row(row).iter().copied().collect();
        let [own, other] = [&matrix, &summed].map(|table| explainer.explain(&table.represent(&row).unwrap(), &model));
        assert_eq!(format!("{:?}", own.unwrap()), format!("{:?}", other.unwrap()));
        // And missing cells, where training has some.
        let mut missing = row;
        (missing[9], missing[10]) = (NAN, -1.0);
        let names = |table: &Tabular<f64>| table.represent(&missing).unwrap().names();
        assert_eq!(names(&matrix), names(&summed));
        assert!(names(&summed).contains(&"age is missing".to_string()));
    }
}

#[test]
fn single_precision_reads_the_same_summaries() {
    let (training, schema) = (table(80), schema());
    let training: DMatrix<f32> = training.map(|value| value as f32);
    let columns = summaries(&training.map(f64::from), &schema, 9, Summary::exact);
    let matrix = learned(Tabular::<f32>::builder(&training).schema(schema.clone()));
    assert_eq!(learned(Tabular::<f32>::from_summaries(&columns).schema(schema)), matrix);
}

#[test]
fn what_summaries_cannot_tell() {
    let sees = |columns: &[&[f64]]| -> Vec<Summary> {
        let see = |values: &&[f64]| {
            let mut summary = Summary::exact();
            summary.absorb(values);
            summary
        };
        columns.iter().map(see).collect()
    };
    let error = |columns: &[&[f64]]| Tabular::<f64>::from_summaries(&sees(columns)).learn().unwrap_err();
    assert!(matches!(error(&[]), Error::Size { rows: 0, columns: 0 }));
    assert!(matches!(error(&[&[1.0]]), Error::Size { rows: 1, columns: 1 }));
    assert!(matches!(error(&[&[1.0, 2.0], &[NAN, NAN]]), Error::AllMissing { name } if name == "1"));
    assert!(matches!(error(&[&[1.0, f64::INFINITY, 2.0]]), Error::Infinite { values: 1, .. }));

    let columns = sees(&[&[1.0, 2.0, 3.0]]);
    let entropy = Tabular::<f64>::from_summaries(&columns).discretizer(Entropy::default()).learn();
    assert!(matches!(entropy, Err(Error::Discretizer { .. })));
    let classes = Tabular::<f64>::from_summaries(&columns).classes(&[0, 1]).learn();
    assert!(matches!(classes, Err(Error::Classes { classes: 2, rows: 3 })));
    let bounds = Tabular::<f64>::from_summaries(&columns).bounds(0, 0.0, 2.5).learn();
    assert!(matches!(bounds, Err(Error::OutOfBounds { value: 3.0, .. })));

    let group = |columns: &[&[f64]]| {
        let columns = sees(columns);
        let names = (0..columns.len()).map(|j| j.to_string());
        Tabular::<f64>::from_summaries(&columns).one_hot(OneHot::new("g", names)).learn().map(|table| laws(&table))
    };
    for wrong in [[&[0.5, 1.0][..], &[1.0, 0.0]], [&[NAN, 1.0], &[1.0, 0.0]], [&[2.0, 0.0], &[0.0, 1.0]]] {
        assert!(matches!(group(&wrong), Err(Error::OneHot { .. })), "{wrong:?}");
    }
    // More ones than rows cannot be one-hot.
    assert!(matches!(group(&[&[1.0, 1.0], &[1.0, 0.0]]), Err(Error::OneHot { .. })));
    // Fewer are rows where the category is missing, as in a matrix.
    let matrix = DMatrix::from_column_slice(4, 2, &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    let whole = Tabular::<f64>::builder(&matrix).one_hot(OneHot::new("g", ["0", "1"])).learn().unwrap();
    assert_eq!(group(&[&[1.0, 0.0, 0.0, 1.0], &[0.0, 1.0, 0.0, 0.0]]).unwrap(), laws(&whole));
}

#[cfg(all(feature = "sketch", feature = "serde"))]
mod sketched {
    use super::*;
    use lime_tabular::{Sample, Saved};

    /// The contents of a feature's law.
    fn saved(table: &Tabular<f64>, feature: usize) -> serde_json::Value {
        fn inner(saved: Saved) -> serde_json::Value {
            match saved.kind.as_str() {
                "whole" => inner(saved.read().unwrap()),
                "optional" => inner(serde_json::from_value(saved.value["column"].clone()).unwrap()),
                _ => saved.value,
            }
        }
        inner(table.features()[feature].law().saved().unwrap())
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    }

    /// Columns of few values are counted: the same edges and frequencies to the bit, and means but for rounding.
    #[test]
    fn counted_columns_are_exact() {
        let (training, schema) = (table(4000), schema());
        let columns = summaries(&training, &schema, 512, || Summary::new(2500));
        let matrix = Tabular::<f64>::builder(&training).schema(schema.clone()).learn().unwrap();
        let summed = Tabular::<f64>::from_summaries(&columns).schema(schema).learn().unwrap();
        for (j, feature) in matrix.features().iter().enumerate() {
            if !["rooms", "member", "year", "size", "day", "color", "age", "sex"].contains(&feature.name()) {
                continue;
            }
            let (own, other) = (saved(&matrix, j), saved(&summed, j));
            for part in ["edges", "names", "ends", "values", "frequency"] {
                assert_eq!(own.get(part), other.get(part), "{} {part}", feature.name());
            }
            let none = Vec::new();
            let bins = |value: &serde_json::Value| value["bins"].as_array().unwrap_or(&none).clone();
            for (own, other) in bins(&own).iter().zip(bins(&other)) {
                for part in ["frequency", "min", "max"] {
                    assert_eq!(own[part], other[part], "{} {part}", feature.name());
                }
                for part in ["mean", "sd"] {
                    let [own, other] = [own, &other].map(|bin| bin[part].as_f64().unwrap());
                    assert!((own - other).abs() <= 1e-12 * own.abs(), "{} {part}: {other} for {own}", feature.name());
                }
            }
        }
    }

    /// Edges of sketched columns: their ranks in the training values are within 0.2 % of the quartiles', and the shares of the
    /// bins too.
    #[test]
    fn sketched_columns_are_near() {
        let (training, schema) = (table(40_000), schema());
        let columns = summaries(&training, &schema, 4096, || Summary::new(1000));
        let summed = Tabular::<f64>::from_summaries(&columns).schema(schema.clone()).learn().unwrap();
        let mut sketched = 0;
        for (j, feature) in summed.features().iter().enumerate() {
            let column = feature.columns()[0];
            if columns[column].is_exact() {
                continue;
            }
            sketched += 1;
            let values: Vec<f64> = training.column(column).iter().copied().filter(|value| !value.is_nan()).collect();
            let sample = Sample::new(&values).unwrap();
            let law = saved(&summed, j);
            let edges = numbers(&law["edges"]);
            assert_eq!(edges.len(), 3);
            for (edge, share) in edges.iter().zip([0.25, 0.5, 0.75]) {
                let rank = sample.values().partition_point(|value| value <= edge) as f64 / values.len() as f64;
                assert!((rank - share).abs() < 0.002, "{} {share}: {rank}", feature.name());
            }
            for bin in law["bins"].as_array().unwrap() {
                let [frequency, min, max, mean] =
                    ["frequency", "min", "max", "mean"].map(|part| bin[part].as_f64().unwrap());
                assert!((frequency - 0.25).abs() < 0.002, "{} {frequency}", feature.name());
                let inside: Vec<f64> = values.iter().copied().filter(|value| *value > min && *value <= max).collect();
                let expected = inside.iter().sum::<f64>() / inside.len() as f64;
                let spread = max - min;
                assert!((mean - expected).abs() < 0.01 * spread, "{} {mean} {expected}", feature.name());
            }
            let ends = law["bins"].as_array().unwrap();
            assert_eq!(ends[0]["min"].as_f64().unwrap(), sample.min());
            assert_eq!(ends[3]["max"].as_f64().unwrap(), sample.max());
        }
        assert!(sketched >= 2, "{sketched}");
    }

    /// Missing cells are counted exactly whatever becomes of the others; one-hot groups need no distribution.
    #[test]
    fn missing_cells_and_groups_stay_exact() {
        let (training, schema) = (table(20_000), schema());
        let columns = summaries(&training, &schema, 4096, || Summary::new(1000));
        let matrix = Tabular::<f64>::builder(&training).schema(schema.clone()).learn().unwrap();
        let summed = Tabular::<f64>::from_summaries(&columns).schema(schema).learn().unwrap();
        let at = |table: &Tabular<f64>, name: &str| {
            let feature = table.features().iter().find(|feature| feature.name() == name).unwrap().clone();
            format!("{:?}", feature.law().at(NAN).unwrap().law())
        };
        assert!(!columns[9].is_exact());
        for name in ["weight", "age"] {
            assert_eq!(at(&summed, name), at(&matrix, name));
        }
        let color = |table: &Tabular<f64>| {
            let feature = table.features().iter().find(|feature| feature.name() == "color").unwrap();
            format!("{feature:?}")
        };
        assert_eq!(color(&summed), color(&matrix));
    }

    /// The same values in the same order make the same table, however they are cut into blocks.
    #[test]
    fn blocks_make_no_difference() {
        let (training, schema) = (table(20_000), schema());
        let [small, large] = [17, 20_000].map(|block| {
            let columns = summaries(&training, &schema, block, || Summary::new(1000));
            learned(Tabular::<f64>::from_summaries(&columns).schema(schema.clone())).unwrap()
        });
        assert_eq!(small, large);
    }
}
