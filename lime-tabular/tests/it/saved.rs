//! Tables as JSON documents: what comes back is the same table, and what is no document is told so.

use std::collections::BTreeSet;

use lime_core::nalgebra::{DMatrix, dmatrix};
use lime_core::{BoxError, Error as CoreError, Explainer, Explanation, Real, Representation, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{
    Around, Bin, BinLaw, Column, ColumnAt, Decile, Edges, Empirical, Encoding, Error, Feature, Field, Gaussian, Kind,
    Loader, OneHot, Sample, Schema, Tabular, TabularBuilder, TimeUnit, TruncatedNormal, Uniform, Within,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

const ROWS: usize = 41;
const NAN: f64 = f64::NAN;

/// Numbers with all their digits, and no two alike.
fn odd(row: usize, column: usize) -> f64 {
    ((row * 7 + column * 13) as f64 + 0.5).sin() * 10f64.powf((column % 5) as f64 - 2.0)
}

/// One column of each kind, three that are one category, two that are frozen, and two with missing cells.
fn schema() -> Schema {
    let levels = |names: &[&str]| Kind::Levels(names.iter().map(|name| (*name).into()).collect());
    let sizes = ["S", "M", "L", "XL"].map(String::from).to_vec();
    let fields = [
        Field::new("length", Kind::Continuous).bounds(-1e3, f64::INFINITY).unwrap(),
        Field::new("rooms", Kind::Integer).bounds(f64::NEG_INFINITY, 99.0).unwrap(),
        Field::new("member", Kind::Boolean),
        Field::new("year", Kind::Categorical).other(true),
        Field::new("sex", levels(&["female", "male"])).other(true).nullable(true),
        Field::new("size", Kind::Ordinal(sizes)),
        Field::new("day", Kind::Instant(TimeUnit::Days)),
        Field::new("color_red", Kind::Boolean),
        Field::new("color_blue", Kind::Boolean),
        Field::new("color_\"grün\"", Kind::Boolean),
        Field::new("held", Kind::Continuous).frozen(true),
        Field::new("weight", Kind::Continuous),
        Field::new("age", Kind::Integer).bounds(0.0, 120.0).unwrap().sentinel(-1.0),
        Field::new("town", Kind::Categorical).frozen(true),
    ];
    let group = OneHot::new("color", ["color_red", "color_blue", "color_\"grün\""]);
    Schema::new(fields).unwrap().one_hot(group).unwrap()
}

fn cell(row: usize, column: usize) -> f64 {
    match column {
        1 => ((row * row) % 17) as f64,
        2 => f64::from(u8::from(row.is_multiple_of(3))),
        3 => 2007.0 + (row % 5) as f64,
        4 => (row % 2) as f64,
        5 => ((row * 5) % 4) as f64,
        6 => 19_000.0 + (row * 11) as f64,
        7..=9 => f64::from(u8::from(row % 4 % 3 == column - 7)),
        11 if row.is_multiple_of(6) => NAN,
        12 if row.is_multiple_of(5) => -1.0,
        12 => (20 + (row * 3) % 50) as f64,
        13 => (row % 3) as f64,
        _ => odd(row, column),
    }
}

fn training<F: Real>() -> DMatrix<F> {
    DMatrix::from_fn(ROWS, 14, |row, column| F::of(cell(row, column)))
}

/// Rows of training, one with missing cells, and one with a category that training does not have.
fn rows<F: Real>() -> Vec<Vec<F>> {
    let mut rows: Vec<Vec<f64>> = [1, 8, 22].map(|row| (0..14).map(|column| cell(row, column)).collect()).to_vec();
    let mut missing = rows[0].clone();
    (missing[4], missing[11], missing[12]) = (NAN, NAN, -1.0);
    let mut unseen = rows[1].clone();
    (unseen[3], unseen[4]) = (1999.0, 2.0);
    rows.extend([missing, unseen]);
    rows.iter().map(|row| row.iter().map(|value| F::of(*value)).collect()).collect()
}

/// A model that answers to missing cells too.
fn answer<F: Real>(row: impl Iterator<Item = F>) -> f64 {
    let term = |(column, value): (usize, F)| {
        let value = value.wide();
        if value.is_nan() { 7.0 } else { (value * 0.01 + column as f64).sin() + 1e-3 * value }
    };
    row.enumerate().map(term).sum()
}

fn explain<F: Real>(table: &Tabular<F>, row: &[F], samples: usize) -> Result<Explanation, BoxError> {
    let model = model_fn(|rows: &DMatrix<F>| -> Vec<F> {
        rows.row_iter().map(|row| F::of(answer(row.iter().copied()))).collect()
    });
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
    let explainer = explainer.samples(samples).targets(Targets::Given(vec![0]));
    Ok(explainer.explain(&table.represent(row)?, &model)?)
}

/// The document of the table that the document makes is the document, and both tables explain to the same bits.
fn comes_back<F: Real>(table: &Tabular<F>, rows: &[Vec<F>]) {
    let text = table.to_json().unwrap();
    let again = Tabular::<F>::from_json(&text).unwrap();
    assert_eq!(again.to_json().unwrap(), text);
    assert_eq!(again.schema(), table.schema());
    assert_eq!(again.output_names(), table.output_names());
    assert_eq!((again.width(), again.names()), (table.width(), table.names()));
    for (own, other) in table.features().iter().zip(again.features()) {
        assert_eq!((own.name(), own.columns(), own.is_frozen()), (other.name(), other.columns(), other.is_frozen()));
        assert_eq!(own.encoding().is_some(), other.encoding().is_some());
    }
    for row in rows {
        let (own, other) = (explain(table, row, 300).unwrap(), explain(&again, row, 300).unwrap());
        assert_eq!(format!("{own:?}"), format!("{other:?}"));
        assert_eq!(own.targets[0].features.len(), table.features().iter().filter(|f| !f.is_frozen()).count());
    }
}

fn everything<F: Real>(training: &DMatrix<F>) -> TabularBuilder<'_, F> {
    Tabular::builder(training).schema(schema())
}

#[test]
fn every_kind_of_column_by_every_rule_comes_back() {
    fn check<F: Real>() {
        let training = training::<F>();
        let rules: [Box<dyn Within>; 3] = [Box::new(TruncatedNormal), Box::new(Empirical), Box::new(Uniform)];
        for within in &rules {
            let table = everything(&training).within(within).learn().unwrap();
            comes_back(&table.with_output_names(["no", "yes \u{1f600}"]), &rows());
        }
        let table = everything(&training).discretizer(Decile).discretizer_of(0, Edges::new(&[0.1, 1e6]).unwrap());
        comes_back(&table.learn().unwrap(), &rows());
        for around in [Around::Mean, Around::Instance] {
            comes_back(&everything(&training).without_discretizer().around(around).learn().unwrap(), &rows());
        }
        // Bins in one column only.
        let mixed = everything(&training).without_discretizer().discretizer_of(11, Decile);
        comes_back(&mixed.learn().unwrap(), &rows());
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn names_of_edges_come_back() {
    let training = training::<f64>();
    let table = everything(&training).learn().unwrap();
    let again = Tabular::<f64>::from_json(&table.to_json().unwrap()).unwrap();
    for row in rows::<f64>() {
        let names = again.represent(&row).unwrap().names();
        assert_eq!(names, table.represent(&row).unwrap().names());
        // Dates and levels, not the numbers that stand for them.
        let edge = |feature: &str| names.iter().find(|name| name.contains(feature)).unwrap().clone();
        let day = edge("day ");
        assert!(day.contains("day <= 202") || day.contains("day > 202"), "{names:?}");
        let size = edge("size ");
        assert!(size.ends_with(['S', 'M', 'L']) && !size.contains('.'), "{names:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// All digits of all numbers come back, for values of any size.
    #[test]
    fn numbers_come_back_to_the_bit(
        values in prop::collection::vec((-1.0..1.0f64, -60i32..60), 8..60),
        rule in 0usize..3,
        bins in any::<bool>(),
    ) {
        let values: Vec<f64> = values.into_iter().map(|(value, size)| value * 2f64.powi(size)).collect();
        let training = DMatrix::from_column_slice(values.len(), 1, &values);
        let rules: [Box<dyn Within>; 3] = [Box::new(TruncatedNormal), Box::new(Empirical), Box::new(Uniform)];
        let builder = Tabular::builder(&training).within(&rules[rule]);
        let table = if bins { builder.learn() } else { builder.without_discretizer().learn() }.unwrap();
        let text = table.to_json().unwrap();
        let again = Tabular::<f64>::from_json(&text).unwrap();
        prop_assert_eq!(again.to_json().unwrap(), text);
        let laws = |table: &Tabular<f64>| format!("{:?}", table.features()[0].law());
        prop_assert_eq!(laws(&again), laws(&table));
    }
}

/// A value around which nothing is learned, and its encoding in two columns: of the user's own.
#[derive(Debug)]
struct Circle;

impl Encoding<f64> for Circle {
    fn width(&self) -> usize {
        2
    }

    fn decode(&self, values: &[f64]) -> Result<f64, BoxError> {
        Ok(values[1].atan2(values[0]))
    }

    fn encode(&self, angles: &[f64], column: usize, values: &mut [f64]) {
        for (value, angle) in values.iter_mut().zip(angles) {
            *value = if column == 0 { angle.cos() } else { angle.sin() };
        }
    }

    fn saved(&self) -> Option<lime_tabular::Saved> {
        lime_tabular::Saved::new("circle", &())
    }
}

/// A column that cannot be saved.
#[derive(Debug)]
struct Mute;

impl Column<f64> for Mute {
    fn at(&self, x: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
        Gaussian::learn("mute", &[0.0, 1.0], Around::Mean).at(x)
    }
}

#[test]
fn parts_of_ones_own() {
    let angle = Gaussian::learn("angle", &[0.1, 0.7, 0.3], Around::Instance);
    let table = Tabular::new(["cos", "sin"], [Feature::encoded("angle", [0, 1], Circle, angle)]).unwrap();
    let text = table.to_json().unwrap();
    let error = Tabular::<f64>::from_json(&text).unwrap_err().to_string();
    assert!(error.contains("circle") && error.contains("Loader"), "{error}");
    let again = Loader::new().encoding("circle", |_| Ok(std::sync::Arc::new(Circle))).load(&text).unwrap();
    assert_eq!(again.to_json().unwrap(), text);
    let row = [0.5f64.cos(), 0.5f64.sin()];
    let debug = |table: &Tabular<f64>| format!("{:?}", explain(table, &row, 200).unwrap());
    assert_eq!(debug(&again), debug(&table));

    let mute = Tabular::new(["a"], [Feature::new("a", 0, Mute)]).unwrap();
    assert!(matches!(mute.to_json(), Err(Error::Unsaved { name }) if name == "a"));
    /// A rule with a law of its own.
    #[derive(Debug)]
    struct Low;
    impl Within for Low {
        fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
            let min = bin.min;
            Ok(BinLaw::new(move |_| min))
        }
    }
    let training = dmatrix![1.0; 2.0; 3.0; 4.0];
    let own = Tabular::builder(&training).within(Low).learn().unwrap();
    assert!(matches!(own.to_json(), Err(Error::Unsaved { name }) if name == "0"));
    // A loader's own part may fail, and says so.
    let fails = Loader::<f64>::new().encoding("circle", |_| Err("no circle here".into()));
    let error = fails.load(&text).unwrap_err().to_string();
    assert!(error.contains("angle") && error.contains("no circle here"), "{error}");
}

fn document() -> Value {
    serde_json::from_str(&everything(&training::<f64>()).learn().unwrap().to_json().unwrap()).unwrap()
}

#[track_caller]
fn refused(document: &Value, says: &[&str]) {
    let error = Tabular::<f64>::from_json(&document.to_string()).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::Document { .. } | Error::TwiceNamed { .. } | Error::OneHot { .. }), "{error:?}");
    for part in says {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[test]
fn other_documents_are_refused() {
    let good = document();
    assert!(Tabular::<f64>::from_json(&good.to_string()).is_ok());
    for text in ["", "{", "null", "[]", "3", "\"lime-table\"", "{}", "{\"format\":\"lime-table\"}"] {
        assert!(matches!(Tabular::<f64>::from_json(text), Err(Error::Document { .. })), "{text}");
    }
    let change = |place: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value;
        document
    };
    refused(&change("/version", json!(2)), &["version 2", "version 1"]);
    refused(&change("/version", json!(0)), &["version 0"]);
    refused(&change("/version", json!("1")), &[]);
    refused(&change("/format", json!("lime-explanation")), &["lime-explanation", "lime-table"]);
    refused(&change("/features/0/law/kind", json!("spline")), &["length", "spline", "gaussian"]);
    refused(&change("/schema/fields/1/name", json!("length")), &["length"]);
    refused(&change("/schema/groups/0/columns/0", json!("pink")), &["pink"]);
    refused(&change("/schema/groups/0/columns", json!([])), &["color"]);
    // A later version with other contents is told by its version.
    refused(&json!({"format": "lime-table", "version": 7, "tables": []}), &["version 7"]);

    // Statistics that are none, in the feature that has them.
    let bins = "/features/0/law/value/bins/0";
    for (place, value) in [
        (format!("{bins}/frequency"), json!(-0.25)),
        (format!("{bins}/frequency"), json!(0.9)),
        (format!("{bins}/sd"), json!(0.0)),
        (format!("{bins}/mean"), json!(1e9)),
        (format!("{bins}/min"), json!(1e9)),
        ("/features/0/law/value/edges".into(), json!([2.0, 1.0, 3.0])),
        ("/features/0/law/value/names".into(), json!(["a"])),
        ("/features/0/law/value/ends".into(), json!([])),
        ("/features/0/law/value/ends/0".into(), json!(null)),
    ] {
        refused(&change(&place, value), &["length"]);
    }
    let truncated: String = good.to_string().chars().take(900).collect();
    assert!(matches!(Tabular::<f64>::from_json(&truncated), Err(Error::Document { .. })));

    // Columns that no feature has, or two have.
    let owners = |document: Value| Tabular::<f64>::from_json(&document.to_string()).unwrap_err();
    assert!(matches!(owners(change("/features/0/columns", json!([1]))), Error::Owners { .. }));
    assert!(matches!(owners(change("/features/0/columns", json!([99]))), Error::NoColumn { column: 99, .. }));
    assert!(matches!(owners(change("/features/0/columns", json!([]))), Error::Width { .. }));
    assert!(matches!(owners(change("/features", json!([]))), Error::Owners { features: 0, .. }));
}

/// The places of a document, each by the keys and positions that lead to it.
fn places(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.into());
    match value {
        Value::Array(parts) => parts.iter().enumerate().for_each(|(i, part)| places(part, &format!("{here}/{i}"), all)),
        Value::Object(parts) => parts.iter().for_each(|(key, part)| places(part, &format!("{here}/{key}"), all)),
        _ => {}
    }
}

fn nonsense() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop::sample::select(vec![json!(0), json!(1), json!(-1), json!(2), json!(0.5), json!(1e300), json!(-1e300)]),
        prop::sample::select(vec![json!(5e-324), json!(u64::MAX), json!(i64::MIN), json!(1e-11), json!(41)]),
        prop::sample::select(vec![json!(""), json!("color"), json!("gaussian"), json!("truncated_normal")]),
        prop::sample::select(vec![json!([]), json!({}), json!([0.5, 0.5]), json!([null, null]), json!([2.0, -2.0])]),
        prop::sample::select(vec![
            json!({"kind": "whole", "value": {"kind": "gaussian", "value":
                {"name": "g", "mean": 0.0, "sd": 1e-300, "around": "mean", "bounds": [null, -5.0]}}}),
            json!({"kind": "gaussian", "value": {"name": "g", "mean": 1e308, "sd": 1e308, "around": "instance", "bounds": null}}),
            json!({"kind": "categorical", "value": {"name": "c", "values": [9.0], "names": ["nine"], "frequency": [1.0]}}),
            json!({"kind": "optional", "value": {"name": "o", "share": 1.0, "code": 1.0, "column":
                {"kind": "categorical", "value": {"name": "c", "values": [0.0, 1.0], "names": ["", ""], "frequency": [0.0, 1.0]}}}}),
            json!({"kind": "one_hot", "value": ["a", "b"]}),
            json!({"uniform": [3.0, -3.0]}),
            json!({"finite": [[1.0, 0.5], [2.0, 0.5]]}),
        ]),
        (-1e3..1e3f64).prop_map(Value::from),
    ]
}

#[derive(Debug, Clone)]
enum Change {
    Put(Index, Value),
    Drop(Index),
    Twice(Index),
    Copy(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), nonsense()).prop_map(|(place, value)| Change::Put(place, value)),
        1 => any::<Index>().prop_map(Change::Drop),
        1 => any::<Index>().prop_map(Change::Twice),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Copy(from, to)),
    ]
}

fn damage(document: &mut Value, change: &Change) {
    let mut all = Vec::new();
    places(document, "", &mut all);
    let parent = |place: &str| place.rsplit_once('/').map(|(parent, last)| (parent.to_string(), last.to_string()));
    match change {
        Change::Put(at, value) => *document.pointer_mut(all[at.index(all.len())].as_str()).unwrap() = value.clone(),
        Change::Copy(from, to) => {
            let value = document.pointer(&all[from.index(all.len())]).unwrap().clone();
            *document.pointer_mut(&all[to.index(all.len())]).unwrap() = value;
        }
        Change::Drop(at) | Change::Twice(at) => {
            let Some((parent, last)) = parent(&all[at.index(all.len())]) else { return };
            let twice = matches!(change, Change::Twice(_));
            match document.pointer_mut(&parent) {
                Some(Value::Array(parts)) => {
                    let at: usize = last.parse().unwrap();
                    if twice { parts.insert(at, parts[at].clone()) } else { drop(parts.remove(at)) }
                }
                Some(Value::Object(parts)) if !twice => drop(parts.remove(&last)),
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// What a damaged document makes is an error, or a table that explains rows or refuses them: never a panic.
    #[test]
    fn damaged_documents_never_panic(changes in prop::collection::vec(change(), 1..4), pick in 0usize..5) {
        let mut damaged = document_once().clone();
        for change in &changes {
            damage(&mut damaged, change);
        }
        let text = damaged.to_string();
        if let Ok(table) = Tabular::<f64>::from_json(&text) {
            let again = table.to_json().unwrap();
            prop_assert_eq!(Tabular::<f64>::from_json(&again).unwrap().to_json().unwrap(), again);
            let row = &rows::<f64>()[pick];
            if table.width() == row.len() {
                let _ = table.baseline(row);
                if let Err(error) = explain(&table, row, 64) {
                    prop_assert!(!format!("{error:?}").contains("Panic"), "{error:?}: {text}");
                }
            }
        }
        let _ = Tabular::<f32>::from_json(&text).map(|table| explain(&table, &rows::<f32>()[pick], 8).is_ok());
    }

    /// A text cut off or changed anywhere.
    #[test]
    fn damaged_texts_never_panic(at in any::<Index>(), with in prop::option::of(any::<char>())) {
        let mut text: Vec<char> = document_once().to_string().chars().collect();
        let at = at.index(text.len());
        match with {
            Some(with) => text[at] = with,
            None => text.truncate(at),
        }
        let text: String = text.into_iter().collect();
        if let Err(error) = Tabular::<f64>::from_json(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

fn document_once() -> &'static Value {
    static DOCUMENT: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    DOCUMENT.get_or_init(document)
}

#[test]
fn nothing_is_nested_too_deep() {
    let mut law =
        json!({"kind": "gaussian", "value": {"name": "g", "mean": 0.0, "sd": 1.0, "around": "mean", "bounds": null}});
    for _ in 0..50 {
        law = json!({"kind": "whole", "value": law});
    }
    let table = |law: &str| {
        format!(
            r#"{{"format":"lime-table","version":1,"schema":{{"fields":[{{"name":"a","kind":"continuous"}}]}},
            "features":[{{"name":"a","columns":[0],"law":{law}}}]}}"#
        )
    };
    let deep = Tabular::<f64>::from_json(&table(&law.to_string())).unwrap();
    assert!(explain(&deep, &[1.0], 64).is_ok());
    let nested = "{\"kind\":\"whole\",\"value\":".repeat(100_000);
    assert!(matches!(Tabular::<f64>::from_json(&table(&nested)), Err(Error::Document { .. })));
}

fn numbers_in(value: &Value, all: &mut BTreeSet<u64>) {
    match value {
        Value::Number(number) => drop(all.insert(number.as_f64().unwrap().to_bits())),
        Value::Array(parts) => parts.iter().for_each(|part| numbers_in(part, all)),
        Value::Object(parts) => parts.values().for_each(|part| numbers_in(part, all)),
        _ => {}
    }
}

/// Bins keep the least and the greatest value in each, and edges that are values; normal laws none; [`Empirical`] all.
#[test]
fn documents_hold_no_more_training_values_than_they_say() {
    // 4 bins of 10 values: no edge is a value, and no bin has one value for its mean.
    let values: Vec<f64> = (0..40).map(|row| odd(row, 0)).collect();
    let training = DMatrix::from_column_slice(40, 1, &values);
    let kept = |table: Tabular<f64>| -> BTreeSet<u64> {
        let mut all = BTreeSet::new();
        numbers_in(&serde_json::from_str(&table.to_json().unwrap()).unwrap(), &mut all);
        let training: BTreeSet<u64> = values.iter().map(|value| value.to_bits()).collect();
        all.intersection(&training).copied().collect()
    };
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let ends: BTreeSet<u64> = sorted.chunks(10).flat_map(|bin| [bin[0], bin[9]]).map(f64::to_bits).collect();
    assert_eq!(kept(Tabular::builder(&training).learn().unwrap()), ends);
    assert_eq!(kept(Tabular::builder(&training).within(Uniform).learn().unwrap()), ends);
    assert_eq!(kept(Tabular::builder(&training).without_discretizer().learn().unwrap()).len(), 0);
    assert_eq!(kept(Tabular::builder(&training).within(Empirical).learn().unwrap()).len(), 40);
    assert_eq!(kept(Tabular::builder(&training).categorical(0).learn().unwrap()).len(), 40);
}

#[test]
fn panics_are_not_hidden_in_explanations() {
    // The test above looks for this word.
    let error: BoxError =
        CoreError::Panic { stage: lime_core::Stage::Restore, first: 0, end: 1, message: String::new() }.into();
    assert!(format!("{error:?}").contains("Panic"));
}
