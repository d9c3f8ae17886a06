//! Models of texts run by ONNX Runtime: their answers beside scikit-learn's, batches and threads, and what is refused.
//!
//! Without a library of ONNX Runtime the tests that need one say so and pass; with `LIME_REQUIRE_ONNXRUNTIME` set they fail.

use std::fs;
use std::path::PathBuf;
use std::thread;

use lime_core::Model;
use lime_models::{Error, TextModel};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::support::{asset, has_library, small};

/// Where it writes the one that is shipped.
fn sections() -> PathBuf {
    asset("package-sections.onnx")
}

/// Whether there is a library on this machine.
fn available() -> bool {
    has_library(TextModel::load(small("texts-stars.onnx")))
}

/// Texts with scikit-learn's answers to them, (texts, outputs).
struct Parity {
    classes: Vec<String>,
    texts: Vec<String>,
    outputs: DMatrix<f64>,
}

fn parity(name: &str) -> Parity {
    let parts: Value = serde_json::from_str(&fs::read_to_string(small(&format!("{name}.json"))).unwrap()).unwrap();
    let strings = |key: &str| -> Vec<String> {
        parts[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_string()).collect()
    };
    let outputs = parts["outputs"].as_array().unwrap();
    let columns = outputs[0].as_array().unwrap().len();
    let outputs = DMatrix::from_fn(outputs.len(), columns, |i, k| outputs[i][k].as_f64().unwrap());
    Parity { classes: strings("classes"), texts: strings("texts"), outputs }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn answers_are_those_of_scikit_learn() {
    if !available() {
        return;
    }
    for (name, path) in [
        ("package-sections", sections()),
        ("texts-flat", small("texts-flat.onnx")),
        ("texts-zipmap", small("texts-zipmap.onnx")),
        ("texts-one", small("texts-one.onnx")),
        ("texts-stars", small("texts-stars.onnx")),
    ] {
        let Parity { classes, texts, outputs } = parity(name);
        let model = TextModel::load(&path).unwrap();
        let answers: DMatrix<f64> = model.predict(&texts).unwrap();
        assert_eq!(answers.shape(), outputs.shape(), "{name}");
        let distance = (&answers - &outputs).amax();
        assert!(distance < 1e-5, "{name}: {distance} from scikit-learn");
        let narrow: DMatrix<f32> = model.predict(&texts).unwrap();
        assert_eq!(narrow, answers.map(|answer| answer as f32), "{name}");
        let labels: Vec<String> = model.class_labels().unwrap_or_default().to_vec();
        // Python writes the truth of a class as a word, the exporter as a number.
        let written = |class: &String| class.replace("False", "0").replace("True", "1");
        assert_eq!(labels, classes.iter().map(written).collect::<Vec<_>>(), "{name}");
        assert_eq!((model.outputs(), model.input_name()), (Some(outputs.ncols()), "text"), "{name}");
        assert!(format!("{model:?}").contains(model.output_name()));
    }
}

#[test]
fn a_batch_has_the_same_answer_on_every_thread() {
    if !available() {
        return;
    }
    let texts = parity("package-sections").texts;
    let model = TextModel::from_bytes(&fs::read(sections()).unwrap()).unwrap();
    let whole: DMatrix<f64> = model.predict(&texts).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (model, texts, whole) = (model.clone(), &texts, &whole);
            scope.spawn(move || assert_eq!(Model::<_, f64>::predict(&model, texts).unwrap(), *whole));
        }
    });
    // The product with the weights is summed in another order in batches of other sizes: the last of 24 bits may differ.
    for size in [1, 2, 5] {
        for (place, part) in texts.chunks(size).enumerate() {
            let answers: DMatrix<f64> = model.predict(&part.to_vec()).unwrap();
            assert!((answers - whole.rows(place * size, part.len())).amax() < 1e-6, "{size} at once");
        }
    }
    let none: DMatrix<f64> = model.predict(&Vec::new()).unwrap();
    assert_eq!(none.shape(), (0, 6));
}

#[test]
fn files_that_take_no_texts_are_refused_with_their_inputs() {
    let load = |name: &str| TextModel::load(small(name)).unwrap_err();
    assert!(matches!(load("none.onnx"), Error::Read { .. }));
    let numbers = load("linear.onnx");
    assert!(
        matches!(&numbers, Error::TextInput { name, found } if name == "X" && found == "FLOAT (?, 4)"),
        "{numbers}"
    );
    for way_out in ["STRING (n,) or (n, 1)", "StringTensorType([None, 1])", "CommandModel"] {
        assert!(numbers.to_string().contains(way_out), "{numbers}");
    }
    let several = load("texts-two.onnx").to_string();
    assert!(several.contains("2 input(s) [\"text\", STRING (n, 1); \"title\", STRING (n, 1)]"), "{several}");
    let wide = load("texts-three.onnx").to_string();
    assert!(wide.contains("\"text\" is STRING (n, 3) and needs to be texts"), "{wide}");
    assert!(matches!(load("no-inputs.onnx"), Error::TextInputs { inputs } if inputs.is_empty()));
    assert!(matches!(load("pictures-mean.onnx"), Error::TextInput { .. }));
    let labels = load("texts-labels.onnx").to_string();
    assert!(labels.contains("only \"Y\", INT64 (n, 1)"), "{labels}");
    assert!(matches!(TextModel::from_bytes(b"no model").unwrap_err(), Error::NotOnnx { .. }));
    let bytes = fs::read(small("texts-stars.onnx")).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        // Cut between two fields, a file may still be one.
        let _ = TextModel::from_bytes(&bytes[..length]);
    }
}

// Elsewhere locales are other names, or none.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_locale_that_there_is_not_is_named() {
    if !available() {
        return;
    }
    let error = TextModel::load(small("texts-locale.onnx")).unwrap_err();
    assert!(matches!(&error, Error::TextLocale { locale } if locale == "no_WHERE"), "{error}");
    assert!(error.to_string().contains("{'locale': 'C'}"), "{error}");
}

#[test]
fn texts_that_cannot_be_handed_over_are_refused() {
    if !available() {
        return;
    }
    let model = TextModel::load(small("texts-stars.onnx")).unwrap();
    let error = Model::<_, f64>::predict(&model, &texts(&["good", "a é\0b"])).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::TextNul { text: 1, byte: 4 })), "{error}");
    // What is no word is nothing, whatever else it is.
    let odd = texts(&["", "\u{feff}", "\u{1f600}\u{200d}", "\u{0130}\u{212a}", "\t\r\n", &"-".repeat(100_000)]);
    let answers: DMatrix<f64> = model.predict(&odd).unwrap();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers}");
}
