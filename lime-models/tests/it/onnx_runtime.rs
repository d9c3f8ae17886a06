//! Models run by ONNX Runtime: their answers beside scikit-learn's, columns by name, threads, and what is refused.
//!
//! Without a library of ONNX Runtime the tests that need one say so and pass; with `LIME_REQUIRE_ONNXRUNTIME` set they fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use lime_core::{Model, Real};
use lime_models::{AnyModel, ColumnSpec, Element, Error, Extra, OnnxRuntimeModel, Runtime};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::support::{asset, has_library, small};

/// Whether there is a library on this machine.
fn available() -> bool {
    has_library(OnnxRuntimeModel::load(small("linear.onnx")))
}

/// Rows of cells as a table has them, with scikit-learn's answers.
struct Parity {
    columns: Vec<ColumnSpec>,
    classes: Vec<String>,
    /// Codes of the sorted levels of text; an empty text and a missing number are NaN.
    rows: DMatrix<f64>,
    outputs: DMatrix<f64>,
}

fn strings(values: &Value) -> Vec<String> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_string()).collect()
}

fn parity(name: &str) -> Parity {
    let text = fs::read_to_string(small(&format!("{name}.json"))).unwrap();
    let parts: Value = serde_json::from_str(&text).unwrap();
    let rows = parts["rows"].as_array().unwrap();
    let cell = |i: usize, j: usize| &rows[i][j];
    let specs = strings(&parts["columns"]).into_iter().enumerate().map(|(j, name)| {
        let texts: BTreeSet<&str> =
            (0..rows.len()).filter_map(|i| cell(i, j).as_str()).filter(|t| !t.is_empty()).collect();
        let is_text = cell(0, j).is_string();
        if is_text { ColumnSpec::text(name, texts) } else { ColumnSpec::number(name) }
    });
    let columns: Vec<ColumnSpec> = specs.collect();
    let matrix = DMatrix::from_fn(rows.len(), columns.len(), |i, j| match (columns[j].levels(), cell(i, j)) {
        (Some(levels), text) => {
            levels.iter().position(|level| text.as_str() == Some(level)).map_or(f64::NAN, |code| code as f64)
        }
        (None, number) => number.as_f64().unwrap_or(f64::NAN),
    });
    let outputs = parts["outputs"].as_array().unwrap();
    let outputs =
        DMatrix::from_fn(rows.len(), outputs[0].as_array().unwrap().len(), |i, k| outputs[i][k].as_f64().unwrap());
    Parity { columns, classes: strings(&parts["classes"]), rows: matrix, outputs }
}

fn model(name: &str) -> OnnxRuntimeModel {
    let beside = small(&format!("{name}.onnx"));
    OnnxRuntimeModel::load(if beside.exists() { beside } else { asset(&format!("{name}.onnx")) }).unwrap()
}

fn furthest<F: Real>(answers: &DMatrix<F>, expected: &DMatrix<f64>) -> f64 {
    assert_eq!(answers.shape(), expected.shape());
    answers.zip_fold(expected, 0.0, |worst: f64, a, b| worst.max((a.wide() - b).abs() / b.abs().max(1.0)))
}

const NAMED: [&str; 9] = [
    "penguins-pipeline",
    "iris-pipeline",
    "wine-pipeline",
    "breast-cancer-pipeline",
    "diabetes-pipeline",
    "text-zipmap",
    "named-linear",
    "two-tables",
    "kinds",
];

#[test]
fn answers_are_those_of_scikit_learn() {
    if !available() {
        return;
    }
    for name in NAMED {
        let Parity { columns, classes, rows, outputs } = parity(name);
        let model = model(name).columns(&columns, Extra::Refuse).unwrap();
        let answers: DMatrix<f64> = model.predict(&rows).unwrap();
        let distance = furthest(&answers, &outputs);
        assert!(distance < 1e-5, "{name}: {distance} from scikit-learn");
        let narrow: DMatrix<f32> = model.predict(&rows.map(|cell| cell as f32)).unwrap();
        assert!(furthest(&narrow, &outputs) < 1e-5, "{name}");
        assert_eq!(model.class_labels().unwrap_or_default(), classes, "{name}");
        // What goes into a map is not declared.
        let declared = if name == "text-zipmap" { None } else { Some(outputs.ncols()) };
        assert_eq!(model.outputs(), declared, "{name}");
    }
    // The cells that matter are among them: no text, no number, and a level that training has not seen.
    let penguins = parity("penguins-pipeline");
    assert!(penguins.rows.column(1).iter().any(|cell| cell.is_nan()));
    assert!(penguins.rows.column(5).iter().any(|cell| cell.is_nan()));
    assert!(penguins.columns[0].levels().unwrap().contains(&"Elsewhere".to_string()));
}

#[test]
fn models_of_one_table_take_columns_by_place() {
    if !available() {
        return;
    }
    let text = fs::read_to_string(small("penguins.json")).unwrap();
    let parts: Value = serde_json::from_str(&text).unwrap();
    let [rows, outputs] = ["rows", "outputs"].map(|part| {
        let rows = parts[part].as_array().unwrap();
        DMatrix::from_fn(rows.len(), rows[0].as_array().unwrap().len(), |i, j| rows[i][j].as_f64().unwrap())
    });
    let forest = model("penguins");
    assert!(furthest::<f64>(&forest.predict(&rows).unwrap(), &outputs) < 1e-5);
    assert_eq!(forest.class_labels().unwrap(), ["0", "1", "2"]);
    assert_eq!((forest.inputs()[0].width(), forest.inputs()[0].element()), (Some(7), Element::Float32));
    // Codes of text are left as they are, and the columns are counted.
    let mut columns: Vec<ColumnSpec> = ["b", "c", "d", "e", "f", "g"].map(ColumnSpec::number).into();
    columns.insert(0, ColumnSpec::text("island", ["Biscoe", "Dream", "Torgersen"]));
    let named = forest.columns(&columns, Extra::Refuse).unwrap();
    assert!(furthest::<f64>(&named.predict(&rows).unwrap(), &outputs) < 1e-5);
    let error = forest.columns(&columns[1..], Extra::Refuse).unwrap_err().to_string();
    assert!(error.contains("is a table of 7 columns"), "{error}");

    for (name, widths) in [("four-rows", 2), ("open-width", 2), ("vector", 1), ("beside", 2)] {
        let model = model(name);
        assert_eq!(model.outputs().unwrap_or(widths), widths, "{name}");
        for count in [0, 1, 3, 4, 5, 30] {
            let batch = DMatrix::from_fn(count, 3, |i, j| (i * 3 + j) as f64);
            let expected = DMatrix::from_fn(count, widths, |i, k| {
                let [a, b, c] = [0, 1, 2].map(|j| batch[(i, j)]);
                if name == "vector" { a + b + c } else { [a + 3.0 * c, 2.0 * b - c][k] }
            });
            assert_eq!(
                Model::<_, f64>::predict(&model, &batch).unwrap().as_slice(),
                expected.as_slice(),
                "{name}, {count}"
            );
        }
    }
    // What tract does not know, and labels of text.
    for name in ["scaler", "support-vectors", "text-labels"] {
        let answer: DMatrix<f64> = model(name).predict(&DMatrix::from_element(3, 4, 0.5)).unwrap();
        assert_eq!(answer.nrows(), 3, "{name}");
    }
    assert_eq!(model("text-labels").class_labels().unwrap(), ["high", "low", "middle"]);
    assert_eq!(model("zipmap").class_labels().unwrap(), ["0", "1", "2"]);
    assert_eq!(model("breast-cancer").class_labels().unwrap(), ["0", "1"]);
    assert_eq!(model("linear").class_labels(), None);
}

#[test]
fn threads_and_batches_change_no_bits() {
    if !available() {
        return;
    }
    for name in ["penguins-pipeline", "diabetes-pipeline", "kinds"] {
        let Parity { columns, rows, .. } = parity(name);
        let model = model(name).columns(&columns, Extra::Refuse).unwrap();
        let many = DMatrix::from_fn(200, rows.ncols(), |i, j| rows[(i % rows.nrows(), j)]);
        let together: DMatrix<f64> = model.predict(&many).unwrap();
        for size in [1, 7] {
            for first in (0..200).step_by(size) {
                let size = size.min(200 - first);
                let part: DMatrix<f64> = model.predict(&many.rows(first, size).into_owned()).unwrap();
                assert_eq!(part, together.rows(first, size), "{name}, {size} rows from {first}");
            }
        }
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..20).for_each(|_| assert_eq!(Model::<_, f64>::predict(&model, &many).unwrap(), together));
                });
            }
        });
    }
}

#[test]
fn columns_come_in_any_order() {
    if !available() {
        return;
    }
    let Parity { mut columns, rows, outputs, .. } = parity("penguins-pipeline");
    let loaded = model("penguins-pipeline");
    columns.reverse();
    let reversed = DMatrix::from_fn(rows.nrows(), rows.ncols(), |i, j| rows[(i, rows.ncols() - 1 - j)]);
    let model = loaded.columns(&columns, Extra::Refuse).unwrap();
    assert!(furthest::<f64>(&model.predict(&reversed).unwrap(), &outputs) < 1e-5);

    // Levels in another order, and another text for a missing cell: one that training has not seen counts as none.
    let sex = columns.iter_mut().find(|column| column.name() == "sex").unwrap();
    *sex = ColumnSpec::text("sex", ["male", "female"]);
    let place = 1;
    let swapped = DMatrix::from_fn(rows.nrows(), rows.ncols(), |i, j| {
        let cell = reversed[(i, j)];
        if j == place { 1.0 - cell } else { cell }
    });
    let model = loaded.columns(&columns, Extra::Refuse).unwrap();
    assert!(furthest::<f64>(&model.predict(&swapped).unwrap(), &outputs) < 1e-5);

    columns.push(ColumnSpec::number("id"));
    let error = loaded.columns(&columns, Extra::Refuse).unwrap_err();
    assert!(matches!(&error, Error::ColumnExtra { columns, .. } if columns[..] == ["id"]));
    assert_eq!(
        error.to_string(),
        "no input of the model asks for the column(s) [id]; its inputs are [island, bill_length_mm, bill_depth_mm, \
         flipper_length_mm, body_mass_g, sex, year]: take the columns out of the table, or ignore them"
    );
    let wider = swapped.insert_column(7, f64::NAN);
    let model = loaded.columns(&columns, Extra::Ignore).unwrap();
    assert!(furthest::<f64>(&model.predict(&wider).unwrap(), &outputs) < 1e-5);

    let error = loaded.columns(&columns[..6], Extra::Refuse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column feeds the model's input \"island\"; the columns are [year, sex, body_mass_g, flipper_length_mm, \
         bill_depth_mm, bill_length_mm]: give one of that name"
    );
}

#[test]
fn batches_a_model_cannot_take_are_errors() {
    if !available() {
        return;
    }
    let Parity { columns, rows, .. } = parity("penguins-pipeline");
    let loaded = model("penguins-pipeline");
    let refused = |model: &OnnxRuntimeModel, batch: &DMatrix<f64>| {
        *Model::<_, f64>::predict(model, batch).unwrap_err().downcast::<Error>().unwrap()
    };
    assert!(matches!(refused(&loaded, &rows), Error::NoColumns { inputs } if inputs.len() == 7));
    let model = loaded.columns(&columns, Extra::Refuse).unwrap();
    assert!(matches!(refused(&model, &DMatrix::zeros(2, 6)), Error::Width { width: 7, .. }));
    for code in [-1.0, 0.5, 4.0, f64::INFINITY] {
        let mut batch = rows.clone();
        batch[(1, 0)] = code;
        let error = refused(&model, &batch);
        assert!(matches!(&error, Error::Code { row: 1, column, levels: 4, .. } if column == "island"), "{error}");
    }
    let mut batch = rows.clone();
    batch[(2, 1)] = 1e39;
    let error = refused(&model, &batch).to_string();
    assert!(error.contains("row 2, column \"bill_length_mm\"") && error.contains("32-bit numbers"), "{error}");

    let kinds = parity("kinds");
    let model = self::model("kinds").columns(&kinds.columns, Extra::Refuse).unwrap();
    let mut batch = kinds.rows.clone();
    batch[(3, 0)] = f64::NAN;
    let error = refused(&model, &batch).to_string();
    assert!(error.contains("NaN in row 3, column \"whole\"") && error.contains("64-bit integers"), "{error}");
    assert_eq!(Model::<_, f64>::predict(&model, &DMatrix::zeros(0, 3)).unwrap().shape(), (0, 1));
}

#[test]
fn files_that_cannot_be_explained_say_why() {
    if !available() {
        return;
    }
    for (name, parts) in [
        ("no-inputs", &["0 input(s)"][..]),
        ("no-outputs", &["no output with floating-point numbers", "only none"]),
        ("labels-only", &["no output with floating-point numbers", "\"Y\", INT64 (rows)"]),
        ("one-number", &["no output with floating-point numbers", "\"Y\", FLOAT ()"]),
        ("three-axes", &["input \"X\" is FLOAT (rows, 2, 2)", "STRING"]),
        ("dangling", &["no complete ONNX model", "nothing in it makes the value \"nowhere\""]),
        ("loop", &["the model cannot be run"]),
        ("wrong-width", &["the model cannot be run"]),
    ] {
        let message = OnnxRuntimeModel::load(small(&format!("{name}.onnx"))).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{name}: {part:?} is not in {message:?}");
        }
        assert!(!message.contains('\n'), "{name}: {message:?}");
    }
    let missing = OnnxRuntimeModel::load("no/such.onnx").unwrap_err();
    assert!(matches!(&missing, Error::Read { path, .. } if path.ends_with("such.onnx")));
    assert!(matches!(OnnxRuntimeModel::from_bytes(b"a,b\n1,2\n"), Err(Error::NotOnnx { .. })));
    let beside = OnnxRuntimeModel::from_bytes(&fs::read(small("beside.onnx")).unwrap()).unwrap_err().to_string();
    assert!(beside.contains("cannot be run"), "{beside}");
}

#[test]
fn a_damaged_file_is_an_error_or_a_model() {
    if !available() {
        return;
    }
    for name in ["text-zipmap", "named-linear", "boosted-two-classes"] {
        let bytes = fs::read(small(&format!("{name}.onnx"))).unwrap();
        let columns = if name.starts_with("boosted") { Vec::new() } else { parity(name).columns };
        for place in (0..bytes.len()).step_by(3) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place / 3 % 8);
            let Ok(mut model) = OnnxRuntimeModel::from_bytes(&damaged) else { continue };
            if !columns.is_empty() {
                let Ok(bound) = model.columns(&columns, Extra::Ignore) else { continue };
                model = bound;
            }
            let width =
                if columns.is_empty() { model.inputs()[0].width().unwrap_or(4).min(100) } else { columns.len() };
            let answer = model.predict(&DMatrix::<f64>::zeros(3, width));
            assert!(answer.is_err() || answer.is_ok_and(|answer| answer.nrows() == 3), "{name}, byte {place}");
        }
        for length in (0..bytes.len()).step_by(41) {
            assert!(OnnxRuntimeModel::from_bytes(&bytes[..length]).is_err(), "{length} bytes of {name}");
        }
    }
}

#[test]
fn trees_that_ask_for_more_than_they_get_are_an_error() {
    if !available() {
        return;
    }
    // Attributes of integers are a list of one-byte numbers behind the name; all of these ask for a feature below 16.
    for (name, width) in [("text-zipmap", None), ("boosted-two-classes", Some(4))] {
        let bytes = fs::read(small(&format!("{name}.onnx"))).unwrap();
        let key = b"nodes_featureids";
        let place = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
        let first = (place..place + 40).find(|&at| bytes[at] == 0x40).unwrap();
        let at = first + 1;
        let mut damaged = bytes.clone();
        damaged[at] = 0x7f;
        let model = OnnxRuntimeModel::from_bytes(&damaged).unwrap();
        let (model, columns) = match width {
            Some(width) => (model, width),
            None => {
                let columns = parity(name).columns;
                (model.columns(&columns, Extra::Refuse).unwrap(), columns.len())
            }
        };
        let error = model.predict(&DMatrix::<f64>::zeros(2, columns)).unwrap_err().to_string();
        assert!(error.contains("its trees use 128 columns"), "{name}: {error}");
    }
}

#[test]
fn the_engine_is_chosen_by_what_the_model_needs() {
    let load = |path: PathBuf, runtime, columns: &[ColumnSpec]| AnyModel::load(path, runtime, columns, Extra::Refuse);
    let iris = ["a", "b", "c", "d"].map(ColumnSpec::number);
    let forest = load(asset("iris-forest.onnx"), Runtime::Auto, &iris).unwrap();
    assert_eq!((forest.runtime(), forest.outputs()), (Runtime::Tract, Some(3)));
    let error = load(asset("iris-forest.onnx"), Runtime::Auto, &iris[1..]).unwrap_err();
    assert!(matches!(error, Error::Table { width: Some(4), .. }), "{error}");
    let error = load(asset("penguins-pipeline.onnx"), Runtime::Tract, &[]).unwrap_err();
    assert!(matches!(error, Error::Inputs { .. }), "{error}");
    if !available() {
        return;
    }
    let Parity { columns, rows, outputs, .. } = parity("penguins-pipeline");
    let model = load(asset("penguins-pipeline.onnx"), Runtime::Auto, &columns).unwrap();
    assert_eq!((model.runtime(), model.input_names().len()), (Runtime::OnnxRuntime, 7));
    assert!(furthest::<f64>(&model.predict(&rows).unwrap(), &outputs) < 1e-5);
    assert_eq!(load(small("scaler.onnx"), Runtime::Auto, &iris).unwrap().runtime(), Runtime::OnnxRuntime);
    assert_eq!(load(small("linear.onnx"), Runtime::OnnxRuntime, &iris).unwrap().runtime(), Runtime::OnnxRuntime);
}

/// Runs a test of this file, which is none by itself, in a process of its own where the library is this file.
fn elsewhere(test: &str, library: &Path) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("ORT_DYLIB_PATH", library)
        .output()
        .unwrap()
}

#[test]
#[ignore = "run by the tests below, with a library of their own"]
fn without_a_library() {
    for _ in 0..2 {
        let error = OnnxRuntimeModel::load(small("linear.onnx")).unwrap_err();
        assert!(matches!(error, Error::Library { .. } | Error::LibraryTooOld { .. }), "{error:?}");
        eprintln!("E1: {error}");
        // An operator that tract lacks, and inputs that it does not take.
        for path in [small("support-vectors.onnx"), asset("penguins-pipeline.onnx")] {
            let error = AnyModel::load(path, Runtime::Auto, &[], Extra::Refuse).unwrap_err();
            eprintln!("E2: {error}");
            assert!(matches!(error, Error::NeedsOnnxRuntime { .. }));
        }
        // What tract can run, it does.
        assert_eq!(
            AnyModel::load(small("linear.onnx"), Runtime::Auto, &[], Extra::Refuse).unwrap().runtime(),
            Runtime::Tract
        );
    }
}

fn said(library: &Path) -> String {
    let output = elsewhere("onnx_runtime::without_a_library", library);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {said}", output.status);
    said
}

#[test]
fn a_library_that_will_not_do_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("libonnxruntime.so");
    fs::write(&text, "this is a text, and no library at all").unwrap();
    let said_of_text = said(&text);
    for part in [
        "E1: cannot load ONNX Runtime from",
        "it is no shared library",
        "pip install onnxruntime",
        "E2: the model's operator ai.onnx.ml.SVMRegressor",
        "or have ONNX Runtime run it: cannot load",
        "E2: the model has 7 input(s)",
    ] {
        assert!(said_of_text.contains(part), "{part:?} is not in {said_of_text}");
    }
    assert!(said(&directory.path().join("none.so")).contains("none.so"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_that_does_not_load_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    // A program is no library: the loader says so.
    let program = directory.path().join("libonnxruntime.so");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let said_of_program = said(&program);
    assert!(said_of_program.contains("E1: cannot load ONNX Runtime from"), "{said_of_program}");
    // The name says that it is old; it is not tried.
    let old = directory.path().join("libonnxruntime.so.1.16.3");
    fs::copy(&program, &old).unwrap();
    let said_of_old = said(&old);
    assert!(
        said_of_old.contains("E1: ONNX Runtime 1.16.3 in") && said_of_old.contains("1.17 or newer"),
        "{said_of_old}"
    );
}
