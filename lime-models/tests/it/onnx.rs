//! Models from files: their answers beside scikit-learn's, batches of any size, and files that are none.

use std::fs;
use std::path::PathBuf;
use std::thread;

use lime_core::{Model, Real};
use lime_models::{Error, OnnxModel};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::support::{asset, small};

fn load(name: &str) -> Result<OnnxModel, Error> {
    OnnxModel::load(small(&format!("{name}.onnx")))
}

/// The rows and scikit-learn's answers to them.
fn parity<F: Real>(name: &str) -> [DMatrix<F>; 2] {
    let text = fs::read_to_string(small(&format!("{name}.json"))).unwrap();
    let parts: Value = serde_json::from_str(&text).unwrap();
    ["rows", "outputs"].map(|part| {
        let rows = parts[part].as_array().unwrap();
        let values = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|value| F::of(value.as_f64().unwrap()));
        DMatrix::from_row_iterator(rows.len(), rows[0].as_array().unwrap().len(), values)
    })
}

/// Many rows around those of the parity file.
fn rows(name: &str, count: usize) -> DMatrix<f64> {
    let [some, _] = parity::<f64>(name);
    DMatrix::from_fn(count, some.ncols(), |i, j| some[(i % some.nrows(), j)] * (1.0 + (i / some.nrows()) as f64 * 1e-3))
}

fn ask(model: &OnnxModel, batch: &DMatrix<f64>) -> DMatrix<f64> {
    model.predict(batch).unwrap()
}

fn check_parity<F: Real>(model: &OnnxModel, name: &str) {
    let [rows, expected] = parity::<F>(name);
    let answers = model.predict(&rows).unwrap();
    assert_eq!(answers.shape(), expected.shape(), "{name}");
    let furthest = answers.zip_map(&expected, |a, b| (a.wide() - b.wide()).abs()).max();
    assert!(furthest < 1e-5, "{name}: {furthest} from scikit-learn");
}

#[test]
fn a_forest_of_large_values_is_that_of_scikit_learn() {
    let model = OnnxModel::load(asset("diabetes-forest.onnx")).unwrap();
    let [rows, expected] = parity::<f64>("diabetes-forest");
    let answers = ask(&model, &rows);
    let furthest = answers.zip_map(&expected, |a, b| (a - b).abs() / b.abs()).max();
    assert!(furthest < 1e-5, "{furthest} from scikit-learn");
}

#[test]
fn classifiers_say_their_labels() {
    let labels = |path: PathBuf| OnnxModel::load(path).unwrap().class_labels().map(<[String]>::to_vec);
    let texts = |labels: &[&str]| Some(labels.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(labels(asset("iris-forest.onnx")), texts(&["setosa", "versicolor", "virginica"]));
    assert_eq!(labels(asset("wine-forest.onnx")), texts(&["class_0", "class_1", "class_2"]));
    assert_eq!(labels(asset("breast-cancer-forest.onnx")), texts(&["benign", "malignant"]));
    assert_eq!(labels(small("text-labels.onnx")), texts(&["high", "low", "middle"]));
    // Numbers, of trees, of a network whose exporter picks them from a constant, and of a map.
    assert_eq!(labels(asset("penguins.onnx")), texts(&["0", "1", "2"]));
    assert_eq!(labels(asset("breast-cancer.onnx")), texts(&["0", "1"]));
    assert_eq!(labels(small("zipmap.onnx")), texts(&["0", "1", "2"]));
    assert_eq!(labels(asset("diabetes-forest.onnx")), None);
    assert_eq!(labels(small("three-outputs.onnx")), None);
}

#[test]
fn answers_are_those_of_scikit_learn() {
    for name in ["penguins", "breast-cancer", "iris-forest", "wine-forest", "breast-cancer-forest"] {
        let model = OnnxModel::load(asset(&format!("{name}.onnx"))).unwrap();
        check_parity::<f64>(&model, name);
        check_parity::<f32>(&model, name);
    }
    for name in [
        "linear",
        "three-outputs",
        "boosted-regressor",
        "boosted-two-classes",
        "boosted-three-classes",
        "logistic-three-classes",
        "text-labels",
        "zipmap",
    ] {
        let model = load(name).unwrap();
        check_parity::<f64>(&model, name);
        check_parity::<f32>(&model, name);
    }
}

#[test]
fn a_model_says_what_it_takes_and_gives() {
    let penguins = OnnxModel::load(asset("penguins.onnx")).unwrap();
    assert_eq!((penguins.inputs(), penguins.outputs()), (Some(7), Some(3)));
    assert_eq!((penguins.input_name(), penguins.output_name()), ("X", "probabilities"));
    let cancer = OnnxModel::from_bytes(&fs::read(asset("breast-cancer.onnx")).unwrap()).unwrap();
    assert_eq!((cancer.inputs(), cancer.outputs()), (Some(30), Some(2)));
    let open = load("open-width").unwrap();
    assert_eq!((open.inputs(), open.outputs()), (None, Some(2)));
    assert_eq!(
        format!("{:?}", load("linear").unwrap()),
        r#"OnnxModel { input: "X", inputs: Some(4), output: "variable", outputs: Some(1) }"#
    );
}

#[test]
fn an_answer_does_not_depend_on_its_batch() {
    for name in ["penguins", "breast-cancer"] {
        let model = OnnxModel::load(asset(&format!("{name}.onnx"))).unwrap();
        let all = rows(name, 300);
        let together = ask(&model, &all);
        for size in [1, 7] {
            for first in (0..300).step_by(size) {
                let size = size.min(300 - first);
                let part = ask(&model, &all.rows(first, size).into_owned());
                assert_eq!(part, together.rows(first, size), "{name}, {size} rows from {first}");
            }
        }
    }
    // A network's softmax over three classes rounds by where a row lies in memory.
    let model = load("logistic-three-classes").unwrap();
    let all = rows("logistic-three-classes", 300);
    let together = ask(&model, &all);
    for row in 0..300 {
        let alone = ask(&model, &all.rows(row, 1).into_owned());
        assert!((alone - together.rows(row, 1)).amax() < 2e-7, "row {row}");
    }
}

#[test]
fn models_of_a_fixed_number_of_rows_answer_any() {
    for name in ["four-rows", "one-row", "open-width", "beside"] {
        let model = load(name).unwrap();
        for count in [0, 1, 3, 4, 5, 300] {
            let batch = DMatrix::from_fn(count, 3, |i, j| (i * 3 + j) as f64);
            let expected = DMatrix::from_fn(count, 2, |i, k| {
                let [a, b, c] = [0, 1, 2].map(|j| batch[(i, j)]);
                [a + 3.0 * c, 2.0 * b - c][k]
            });
            assert_eq!(ask(&model, &batch), expected, "{name}, {count} rows");
        }
    }
}

#[test]
fn a_vector_of_answers_is_one_output() {
    let model = load("vector").unwrap();
    assert_eq!(model.outputs(), Some(1));
    let batch = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(ask(&model, &batch), DMatrix::from_column_slice(2, 1, &[6.0, 15.0]));
}

#[test]
fn threads_share_a_model() {
    let model = OnnxModel::load(asset("breast-cancer.onnx")).unwrap();
    let batch = rows("breast-cancer", 100);
    let expected = ask(&model, &batch);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(ask(&model, &batch), expected)));
        }
    });
    assert_eq!(ask(&model.clone(), &batch), expected);
}

#[test]
fn files_that_cannot_be_explained_say_why() {
    for (name, parts) in [
        ("scaler", &["ai.onnx.ml.Scaler", "unknown to the engine", "{'div': 'div'}"][..]),
        ("support-vectors", &["ai.onnx.ml.SVMRegressor", "unknown to the engine", "lime_core::model_fn"]),
        ("wrong-width", &["operator MatMul (node \"product\")", "lime_core::model_fn"]),
        ("two-inputs", &["2 input(s) [A, B]", "one tensor"]),
        ("no-inputs", &["0 input(s)"]),
        ("no-outputs", &["no output with floating-point numbers", "only none"]),
        ("labels-only", &["no output with floating-point numbers", "\"Y\", INT64 (rows)", "probabilities"]),
        ("one-number", &["no output with floating-point numbers", "\"Y\", FLOAT ()"]),
        ("one-column", &["no output with floating-point numbers", "\"Y\" of shape (2*"]),
        ("three-axes", &["input \"X\" is FLOAT (rows, 2, 2)", "FloatTensorType([None, columns])"]),
        ("doubles", &["input \"X\" is DOUBLE (rows, 2)", "FloatTensorType([None, columns])"]),
        ("dangling", &["no complete ONNX model", "nothing in it makes the value \"nowhere\""]),
        ("loop", &["Loop detected"]),
    ] {
        let message = load(name).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{name}: {part:?} is not in {message:?}");
        }
        assert!(!message.contains('\n') && message.len() < 900, "{name}: {message:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let missing = OnnxModel::load("no/such.onnx").unwrap_err();
    assert!(matches!(&missing, Error::Read { path, .. } if path.ends_with("such.onnx")));
    assert!(missing.to_string().starts_with("cannot read the model no/such.onnx: "));

    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(OnnxModel::load(directory.path()), Err(Error::Read { .. })));
    for (content, reason) in [(&b""[..], "it is empty"), (b"a,b\n1,2\n", "decode"), (&[0; 100], "decode")] {
        let path = directory.path().join("model.onnx");
        fs::write(&path, content).unwrap();
        let error = OnnxModel::load(path).unwrap_err();
        assert!(matches!(error, Error::NotOnnx { .. }) && error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn weights_beside_a_file_need_its_place() {
    let error = OnnxModel::from_bytes(&fs::read(small("beside.onnx")).unwrap()).unwrap_err();
    assert!(error.to_string().contains("external data"), "{error}");

    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("beside.onnx");
    fs::copy(small("beside.onnx"), &copy).unwrap();
    let error = OnnxModel::load(copy).unwrap_err();
    assert!(error.to_string().contains("beside.bin"), "{error}");
}

#[test]
fn a_file_cut_short_is_an_error() {
    for path in [small("linear.onnx"), small("zipmap.onnx"), small("vector.onnx")] {
        let bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            assert!(OnnxModel::from_bytes(&bytes[..length]).is_err(), "{length} bytes of {}", path.display());
        }
    }
    for path in [asset("penguins.onnx"), asset("breast-cancer.onnx")] {
        let bytes = fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(997).chain(bytes.len() - 20..bytes.len()) {
            assert!(OnnxModel::from_bytes(&bytes[..length]).is_err(), "{length} bytes of {}", path.display());
        }
    }
}

#[test]
fn a_damaged_file_is_an_error_or_a_model() {
    for name in ["linear", "boosted-two-classes", "four-rows", "logistic-three-classes"] {
        let bytes = fs::read(small(&format!("{name}.onnx"))).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            if let Ok(model) = OnnxModel::from_bytes(&damaged) {
                let batch = DMatrix::<f64>::from_element(3, model.inputs().unwrap_or(4).min(100), 0.5);
                let answer = model.predict(&batch);
                assert!(answer.is_err() || answer.is_ok_and(|answer| answer.nrows() == 3), "{name}, byte {place}");
            }
        }
    }
}

#[test]
fn batches_a_model_cannot_take_are_errors() {
    let model = OnnxModel::load(asset("penguins.onnx")).unwrap();
    let refused = |batch: &DMatrix<f64>| *model.predict(batch).unwrap_err().downcast::<Error>().unwrap();

    for columns in [0, 6, 8] {
        let error = refused(&DMatrix::zeros(2, columns));
        assert!(matches!(error, Error::Width { rows: 2, width: 7, .. }), "{error}");
        assert_eq!(
            error.to_string(),
            format!("a batch of shape (2, {columns}) came to a model of input shape (rows, 7): give it 7 columns")
        );
    }
    for name in ["open-width", "open-slope"] {
        let open = load(name).unwrap();
        for columns in [0, 2, 4] {
            let error = open.predict(&DMatrix::<f64>::zeros(2, columns)).unwrap_err().to_string();
            assert!(error.contains(&format!("batch of shape (2, {columns})")), "{name}: {error}");
        }
    }
    assert_eq!(ask(&load("open-slope").unwrap(), &DMatrix::zeros(2, 1)).shape(), (2, 1));

    for value in [1e300, -1e39, f64::INFINITY] {
        let mut batch = DMatrix::zeros(2, 7);
        batch[(1, 4)] = value;
        let error = refused(&batch);
        assert!(matches!(error, Error::Range { row: 1, column: 4, value: found } if found == value), "{error}");
    }
    // Trees have a branch for a missing value.
    let answer: DMatrix<f64> = model.predict(&DMatrix::from_element(1, 7, f64::NAN)).unwrap();
    assert!((answer.sum() - 1.0).abs() < 1e-5);
    assert_eq!(ask(&model, &DMatrix::zeros(0, 7)).shape(), (0, 3));
}
