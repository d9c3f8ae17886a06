//! `lime text` as a person uses it.

use std::fs;

use crate::support::{fails, json, run};
use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const STAFF: &str = "The food was not good, the staff were great!";

fn lime(arguments: &[&str]) -> Command {
    run(&[&["text"], arguments].concat())
}

/// By enumeration with Python's VADER the weights are: not -0.534, good -0.076, great 0.491.
#[test]
fn vader_takes_not_for_bad_and_great_for_good() {
    let first = json(&mut lime(&["--text", STAFF, "--vader"]));
    for seed in 0..20 {
        let document = json(&mut lime(&["--text", STAFF, "--vader", "--seed", &seed.to_string(), "--threads", "2"]));
        let features = document["explanations"][0]["features"].as_array().unwrap();
        let by = |sign: f64| {
            let weight = |feature: &&Value| (feature["weight"].as_f64().unwrap() * sign * 1e12) as i64;
            features.iter().max_by_key(weight).unwrap()["name"].as_str().unwrap().to_string()
        };
        assert_eq!((by(1.0), by(-1.0)), ("great".into(), "not".into()), "seed {seed}");
        // Every mask once: nothing is left to chance.
        assert_eq!(document["explanations"], first["explanations"]);
        assert!(document["model_calls"].as_u64().unwrap() <= 513);
    }
    assert_eq!((&first["kind"], &first["output_names"][0]), (&"text".into(), &"compound".into()));
    let not = first["explanations"][0]["features"].as_array().unwrap().iter().find(|f| f["name"] == "not").unwrap();
    assert_eq!(not["bytes"], serde_json::json!([[13, 16]]));
}

/// Every mask of few words is asked for: of "the food was good" all is good's, 1.9 in the lexicon. The recommended preset says just that, and the
/// original's penalty takes as little away as of 5000 samples.
#[test]
fn few_words_have_their_limits() {
    for (more, allowed) in [(&[][..], 1e-9), (&["--preset", "original"], 0.01)] {
        let document = json(&mut lime(&[&["--text", "the food was good", "--vader"], more].concat()));
        for feature in document["explanations"][0]["features"].as_array().unwrap() {
            let weight = feature["weight"].as_f64().unwrap();
            let expected = if feature["name"] == "good" { 1.9 / (1.9f64 * 1.9 + 15.0).sqrt() } else { 0.0 };
            assert!((weight - expected).abs() < allowed, "{feature} {more:?}");
        }
    }
}

/// With every mask there is nothing to wait for and nothing to hold out.
#[test]
fn few_words_end_at_once() {
    let asked = ["--text", "the food was good", "--vader", "--until", "top=1", "--held-out", "500"];
    let document = json(&mut lime(&asked));
    assert_eq!(document["model_calls"], 17);
    assert!(document["explanations"][0]["features"][0]["interval"].is_null());
    let notes = document["explanations"][0]["warnings"].to_string();
    assert!(notes.contains("not_held_out") && notes.contains("every mask"), "{notes}");
    // But for calls that may not be made: ten words have 1024 masks.
    let ten = "the food was not good but the staff were great fun";
    let document = json(&mut lime(&["--text", ten, "--vader", "--until", "calls=200"]));
    // The samples, and the text itself.
    assert_eq!((&document["samples"], &document["model_calls"]), (&200.into(), &201.into()));
    fails(&mut lime(&["--text", ten, "--vader", "--until", "calls=1"]), "at least 2");
    fails(&mut lime(&["--text", "good", "--vader", "--held-out", "1"]), "at least 2");
    let long = format!("{} bad fine plain", ["good"; 40].join(" "));
    lime(&["--text", &long, "--vader", "--at-most", "3"]).assert().success();
}

#[test]
fn words_are_drawn_with_their_bars() {
    let output = lime(&["--text", STAFF, "--vader"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("prediction  compound "), "{printed}");
    // Colours are taken out where there is no terminal.
    assert!(printed.ends_with(&format!("\n{STAFF}\n")), "{printed}");
    assert!(!printed.contains('\u{1b}'));
}

#[test]
fn pages_hold_every_word() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("page.html");
    let path = file.to_string_lossy().into_owned();
    let text = "Das Café war <nicht> gut & \"billig\", the staff were great!";
    let document = json(&mut lime(&["--text", text, "--vader", "--units", "unicode-word", "--html", &path]));
    let page = fs::read_to_string(&file).unwrap();
    for word in ["Das", "Café", "war", "nicht", "gut", "billig", "the", "staff", "were", "great"] {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.contains(" &lt;") && page.contains("&amp;") && page.contains("&quot;") && !page.contains("<nicht"));
    let great = &document["explanations"][0]["features"][0];
    let marked = format!("title=\"{:+.4} great\">great</mark>", great["weight"].as_f64().unwrap());
    assert!(great["name"] == "great" && page.contains(&marked), "{page}");
    // The terminal has its drawing too, and what was there before is replaced whole.
    fs::write(&file, "x".repeat(1 << 20)).unwrap();
    lime(&["--text", text, "--vader", "--html", &path]).assert().success().stdout(contains("prediction  compound"));
    let again = fs::read_to_string(&file).unwrap();
    assert!(again.starts_with("<!DOCTYPE html>") && again.ends_with("</html>"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    let nowhere = directory.path().join("none/page.html");
    fails(&mut lime(&["--text", text, "--vader", "--html", &nowhere.to_string_lossy()]), "page.html");
}

#[test]
fn an_interrupted_run_leaves_a_page() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("page.html");
    // The text itself and one batch of samples are answered, the next is not.
    let script = "import json,sys\nfor at, line in enumerate(sys.stdin):\n if at == 3: sys.exit(3)\n print(json.dumps([[float(len(t))] for t in json.loads(line)]), flush=True)";
    let program = directory.path().join("predict.py");
    fs::write(&program, script).unwrap();
    let command = format!("python3 {}", program.to_string_lossy());
    let words: Vec<String> = (0..30).map(|i| format!("w{i}")).collect();
    let (text, path) = (words.join(" "), file.to_string_lossy().into_owned());
    let run = ["--text", &text, "--exec", &command, "--batch", "256", "--threads", "1", "--html", &path];
    lime(&run).assert().failure();
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("(the run was interrupted)"), "{page}");
}

/// A long text in stages: each of them stops by the rule, all of their calls count, and what was computed before a failure is kept.
#[test]
fn long_texts_keep_the_rules() {
    let directory = TempDir::new().unwrap();
    let sentences: Vec<String> = (0..40).map(|i| format!("It was day{i} and nothing{i} was new{i} there. ")).collect();
    let text = sentences.concat() + "Then the great dragon came. ";
    let asked = ["--text", &text, "--vader", "--at-most", "30", "--until", "calls=300", "--preset", "original"];
    let output = lime(&asked).args(["--json", "-"]).output().unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("1 stage(s) of parts of it first"), "{notes}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["samples"], &document["model_calls"]), (&300.into(), &600.into()));
    assert_eq!(document["explanations"][0]["features"][0]["name"], "great");
    // The preset is that of the words' number: few enough for the recommended one, which has no selection.
    let document = json(&mut lime(&["--text", &text, "--vader", "--at-most", "30", "--samples", "600"]));
    assert!(document["explanations"][0]["features"].as_array().unwrap().len() > 10, "{document}");

    // Of each stage thirteen batches are asked for: the program ends in the first, after it, and in the second.
    let program = directory.path().join("predict.py");
    let script = "import json,os,sys\nfor line in sys.stdin:\n count = os.path.getsize(sys.argv[1])\n if count >= int(sys.argv[2]): sys.exit(3)\n open(sys.argv[1], 'a').write('.')\n print(json.dumps([[float('dragon' in t)] for t in json.loads(line)]), flush=True)";
    fs::write(&program, script).unwrap();
    for (answers, parts, calls) in [(4, 41, 100..640), (13, 41, 640..641), (20, 18, 740..1280)] {
        let count = directory.path().join(format!("{answers}.count"));
        fs::write(&count, "").unwrap();
        let command = format!("python3 {} {} {answers}", program.to_string_lossy(), count.to_string_lossy());
        let file = directory.path().join(format!("{answers}.json"));
        let path = file.to_string_lossy().into_owned();
        let run = ["--text", &text, "--exec", &command, "--at-most", "30", "--threads", "1", "--json", &path];
        let output =
            lime(&run).args(["--batch", "64", "--until", "calls=640", "--preset", "original"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let kept: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(kept["feature_names"].as_array().unwrap().len(), parts, "{answers}");
        let counted = kept["model_calls"].as_u64().unwrap();
        assert!(calls.contains(&counted), "{answers}: {counted}");
        let notes = String::from_utf8(output.stderr).unwrap();
        assert!(notes.contains(&format!("is by {parts} parts of the text")), "{notes}");
    }
}

#[test]
fn units_masks_and_sources_can_be_chosen() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("text.txt");
    fs::write(&file, STAFF).unwrap();
    let from_file = json(&mut lime(&["--file", &file.to_string_lossy(), "--vader"]));
    let from_stdin = json(lime(&["--stdin", "--vader"]).write_stdin(STAFF));
    assert_eq!(from_file, from_stdin);
    assert_eq!(from_file["text"], STAFF);
    for units in ["word", "unicode-word", "char", "sentence", "line"] {
        let document =
            json(&mut lime(&["--text", STAFF, "--vader", "--units", units, "--positions", "--samples", "300"]));
        assert!(!document["explanations"][0]["features"].as_array().unwrap().is_empty(), "{units}");
    }
    let masked = json(&mut lime(&["--text", STAFF, "--vader", "--mask", "[MASK]", "--samples", "600"]));
    assert_eq!(masked["units"], 9);
}

#[test]
fn programs_answer_lines_with_lines() {
    // As many characters as a text has.
    let script = "import json,sys\nfor line in sys.stdin:\n print(json.dumps([[float(len(t))] for t in json.loads(line)]), flush=True)";
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("predict.py");
    fs::write(&file, script).unwrap();
    let command = format!("python3 {}", file.to_string_lossy());
    let document = json(&mut lime(&["--text", "one three", "--exec", &command, "--alpha", "0"]));
    let features = document["explanations"][0]["features"].as_array().unwrap();
    assert_eq!(features[0]["name"], "three");
    assert!((features[0]["weight"].as_f64().unwrap() - 5.0).abs() < 1e-9);
    assert!((features[1]["weight"].as_f64().unwrap() - 3.0).abs() < 1e-9);
}

#[test]
fn programs_that_fail_are_told_of() {
    let exec = |command: &str| lime(&["--text", "a b c", "--samples", "8", "--time-limit", "2", "--exec", command]);
    fails(&mut exec("no-such-program-anywhere"), "no-such-program-anywhere");
    fails(&mut exec("sh -c 'echo no memory >&2; exit 3'"), "no memory");
    fails(&mut exec("sh -c 'read line; echo rubbish'"), "no JSON array of arrays of numbers");
    fails(&mut exec("sh -c 'read line; echo [[1.0]]'"), "1 answers for");
    fails(&mut exec("sh -c 'echo [[1.0]]; sleep 5'"), "");
    fails(&mut exec("sleep 30"), "it did not answer within 2s");
    fails(&mut exec("sh -c 'open"), "quotation marks");
}

#[test]
fn texts_that_cannot_be_explained_are_refused() {
    let vader = |text: &str| lime(&["--vader", "--text", text]);
    fails(&mut vader(""), "has no units to explain");
    fails(&mut vader("?! ..."), "has no units to explain");
    let one = json(&mut vader("good"));
    assert_eq!(one["explanations"][0]["features"][0]["name"], "good");
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("latin1.txt");
    fs::write(&file, b"caf\xe9 au lait").unwrap();
    fails(&mut lime(&["--vader", "--file", &file.to_string_lossy()]), "latin1.txt is not UTF-8: byte 3");
    fails(&mut lime(&["--vader"]), "--text");
    fails(&mut lime(&["--text", "a"]), "--exec");
}

/// Of 13 words there are 8192 masks, more than samples: those that are drawn twice are asked for once, by either preset.
#[test]
fn equal_masks_are_asked_for_once() {
    let text = "the food here was not good but the staff were great and very kind";
    for preset in ["original", "recommended"] {
        let document = json(&mut lime(&["--vader", "--text", text, "--preset", preset]));
        let calls = document["model_calls"].as_u64().unwrap();
        // The recommended one draws until as many differ as are asked for.
        let expected = if preset == "original" { 1000..4000 } else { 5001..5002 };
        assert!(expected.contains(&calls), "{preset}: {calls}");
    }
}
