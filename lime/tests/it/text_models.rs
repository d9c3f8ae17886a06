//! `lime text` with ONNX models: the words that one expects carry their class, and what is refused.
//!
//! Without a library of ONNX Runtime the tests that need one say so and pass; with `LIME_REQUIRE_ONNXRUNTIME` set they fail.

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::{self, asset, has_library};

const CHESS: &str = "Plays chess against you, with sound effects and a fast engine for the terminal.";

fn lime(model: &str, text: &str, arguments: &[&str]) -> Command {
    support::run(&[&["text", "--model", &asset(model), "--text", text], arguments].concat())
}

fn sections(text: &str, arguments: &[&str]) -> Value {
    support::json(&mut lime("package-sections.onnx", text, arguments))
}

/// Whether models of texts can be run on this machine.
fn runtime() -> bool {
    has_library(lime("package-sections.onnx", CHESS, &["--samples", "20"]))
}

/// The word with the largest weight for the class, or against it.
fn strongest(explanation: &Value, sign: f64) -> &str {
    let weight = |feature: &&Value| feature["weight"].as_f64().unwrap() * sign;
    let features = explanation["features"].as_array().unwrap();
    features.iter().max_by(|a, b| weight(a).total_cmp(&weight(b))).unwrap()["name"].as_str().unwrap()
}

#[test]
fn the_words_of_a_section_carry_it() {
    if !runtime() {
        return;
    }
    for (text, section, word) in [
        (CHESS, "games", "chess"),
        ("Filters spam before it reaches your mailbox.", "mail", "spam"),
        ("A condensed typeface with Greek and Cyrillic letters", "fonts", "typeface"),
        ("Aligns DNA sequences; plots the genome.", "science", "genome"),
        ("Records audio from a MIDI keyboard and plays it back", "sound", "audio"),
    ] {
        let document = sections(text, &[]);
        let explanation = &document["explanations"][0];
        assert_eq!(explanation["name"], section, "{text}");
        let features = explanation["features"].as_array().unwrap();
        let weight = |name: &str| features.iter().find(|f| f["name"] == name).unwrap()["weight"].as_f64().unwrap();
        assert!(weight(word) > 0.05, "{text}: {features:?}");
        // The vocabulary has no stop words: they cannot matter.
        for idle in
            features.iter().filter(|f| ["and", "it", "from", "with", "the", "a"].contains(&f["name"].as_str().unwrap()))
        {
            assert!(idle["weight"].as_f64().unwrap().abs() < weight(word) / 5.0, "{text}: {features:?}");
        }
    }
    let document = sections(CHESS, &["--top", "2"]);
    assert_eq!(document["output_names"], json!(["admin", "fonts", "games", "mail", "science", "sound"]));
    // What speaks for the second is what speaks against the first.
    let [games, sound] = &document["explanations"].as_array().unwrap()[..] else { unreachable!() };
    assert_eq!((&games["name"], strongest(games, 1.0), strongest(games, -1.0)), (&"games".into(), "chess", "sound"));
    assert_eq!((&sound["name"], strongest(sound, 1.0), strongest(sound, -1.0)), (&"sound".into(), "sound", "chess"));
}

#[test]
fn an_explanation_does_not_depend_on_threads() {
    if !runtime() {
        return;
    }
    let one = sections(CHESS, &["--threads", "1", "--samples", "500", "--batch", "64"]);
    assert_eq!(one, sections(CHESS, &["--threads", "3", "--samples", "500", "--batch", "64"]));
}

#[test]
fn models_that_take_no_texts_are_refused() {
    let fails = |mut command: Command, message: &str| {
        command.assert().code(1).stdout("").stderr(contains(message));
    };
    fails(
        lime("penguins.onnx", CHESS, &[]),
        "penguins.onnx: the model's input \"X\" is FLOAT (?, 7) and needs to be texts",
    );
    fails(lime("penguins-pipeline.onnx", CHESS, &[]), "the model has 7 input(s) [\"island\", STRING (?, 1); ");
    fails(lime("none.onnx", CHESS, &[]), "cannot read the model");
    lime("package-sections.onnx", CHESS, &["--vader"]).assert().failure().stderr(contains("--vader"));
    if runtime() {
        // The mask of characters in their places is the character 0.
        let characters = lime("package-sections.onnx", CHESS, &["--units", "char", "--positions"]);
        fails(characters, "say by --mask what is to stand there");
        let masked = sections(CHESS, &["--units", "char", "--positions", "--mask", " ", "--samples", "300"]);
        assert_eq!(masked["explanations"][0]["name"], "games");
    }
}
