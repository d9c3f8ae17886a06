//! The `lime` command as a person uses it.

use std::fs;
use std::path::Path;

use crate::support::{json, run as lime};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/penguins.onnx");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/penguins.csv");

/// `lime tabular` on the penguins, row 200 unless the arguments say another.
fn penguins(arguments: &[&str]) -> Command {
    let mut command = lime(&["tabular", "--model", MODEL, "--data", DATA, "--label", "species"]);
    if !arguments.contains(&"--row") {
        command.args(["--row", "200"]);
    }
    command.args(arguments);
    command
}

/// A table written for one test.
fn table(directory: &Path, text: &str) -> String {
    let path = directory.join("table.csv");
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[track_caller]
fn fails(command: &mut Command, code: i32, message: &str) {
    crate::support::fails(command, message).code(code);
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, shown) = readme.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let output = penguins(&[]).output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_string()).collect::<Vec<_>>();
    assert_eq!(lines(&printed), lines(shown));
}

#[test]
fn the_json_is_the_contract() {
    let document = json(&mut penguins(&["--features", "3", "--samples", "1000", "--seed", "5"]));
    assert_eq!(document["format"], "lime-explanation");
    assert_eq!(document["version"], 1);
    assert_eq!(document["kind"], "tabular");
    assert_eq!(document["samples"], 1000);
    assert_eq!(document["seed"], 5);
    let prediction: Vec<f64> = document["prediction"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    assert!((prediction.iter().sum::<f64>() - 1.0).abs() < 1e-5);
    let explanation = &document["explanations"][0];
    assert_eq!(explanation["target"], 2);
    assert_eq!(explanation["name"], "Gentoo");
    for key in ["intercept", "local_prediction", "score"] {
        assert!(explanation[key].is_f64(), "{key}");
    }
    let features = explanation["features"].as_array().unwrap();
    assert_eq!(features.len(), 3);
    // Positions among the model's inputs: island is 0, bill depth is 2.
    let names = ["island=Biscoe", "", "bill_depth_mm <= 15.60", "", "body_mass_g > 4750.00"];
    for feature in features {
        assert_eq!(feature["name"], names[feature["index"].as_u64().unwrap() as usize]);
    }
    let sizes: Vec<f64> = features.iter().map(|f| f["weight"].as_f64().unwrap().abs()).collect();
    assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]), "{sizes:?}");
}

#[test]
fn threads_and_batches_change_nothing() {
    for preset in ["original", "recommended"] {
        let of =
            |arguments: &[&str]| json(&mut penguins(&[&["--preset", preset, "--samples", "1100"], arguments].concat()));
        let expected = of(&["--threads", "1"]);
        for (threads, batch) in [("2", "7"), ("2", "5000"), ("1", "300")] {
            assert_eq!(of(&["--threads", threads, "--batch", batch]), expected);
        }
        assert_ne!(of(&["--seed", "1"]), expected);
    }
}

#[test]
fn targets_by_name_by_index_the_top_and_all() {
    let names = |arguments: &[&str]| {
        let document = json(&mut penguins(arguments));
        let explanations = document["explanations"].as_array().unwrap().clone();
        explanations.iter().map(|e| e["name"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--target", "Adelie"]), ["Adelie"]);
    assert_eq!(names(&["--target", "1"]), ["Chinstrap"]);
    assert_eq!(names(&["--top", "2"])[0], "Gentoo");
    assert_eq!(names(&["--all-targets"]), ["Adelie", "Chinstrap", "Gentoo"]);
    fails(&mut penguins(&["--target", "Emperor"]), 1, "named Adelie, Chinstrap, Gentoo or numbered 0 to 2");
    fails(&mut penguins(&["--target", "3"]), 1, "no target \"3\"");
}

#[test]
fn selections_discretisers_and_widths() {
    let features = |arguments: &[&str]| {
        let document = json(&mut penguins(arguments));
        document["explanations"][0]["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["name"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(features(&["--select", "none", "--features", "1"]).len(), 7);
    assert_eq!(features(&["--select", "forward", "--features", "2"]).len(), 2);
    assert_eq!(features(&["--select", "highest-weights", "--features", "4"]).len(), 4);
    assert!(features(&["--discretizer", "none"]).contains(&"\"bill_depth_mm\"".to_string()));
    assert!(features(&["--discretizer", "none", "--around", "instance"]).contains(&"\"sex=female\"".to_string()));
    assert!(features(&["--categorical", "year"]).contains(&"\"year=2008\"".to_string()));
    assert_ne!(json(&mut penguins(&["--kernel-width", "1"])), json(&mut penguins(&[])));
    assert_ne!(json(&mut penguins(&["--alpha", "100"])), json(&mut penguins(&["--preset", "original"])));
    for option in [["--alpha", "1"], ["--select", "auto"]] {
        let both = [&option[..], &["--preset", "recommended"]].concat();
        fails(&mut penguins(&both), 1, &format!("{} is for the original's estimator", option[0]));
    }
    fails(&mut penguins(&["--around", "mean"]), 1, "--discretizer none");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.json");
    let name = path.to_string_lossy().into_owned();
    penguins(&["--samples", "5000", "--json", &name]).assert().success().stdout("");
    let document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(document["samples"], 5000);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    // Again, through a link: the file behind it is replaced, the link stays.
    #[cfg(unix)]
    {
        let link = directory.path().join("link.json");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        fs::write(&path, "old").unwrap();
        penguins(&["--json", &link.to_string_lossy()]).assert().success();
        assert!(link.is_symlink() && fs::read_to_string(&path).unwrap().starts_with("{\"format\""));
        let output = penguins(&["--json", "/dev/stdout"]).output().unwrap();
        assert!(output.status.success() && output.stdout.starts_with(b"{\"format\""));
    }
    let nowhere = directory.path().join("missing/out.json").to_string_lossy().into_owned();
    fails(&mut penguins(&["--json", &nowhere]), 1, "cannot write");
}

#[test]
fn outputs_that_are_one_file_are_refused_before_anything_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let (path, same) = (place("out"), place("./out"));
    let table = ["tabular", "--model", "none.onnx", "--data", "none.csv", "--row", "0"];
    let picture = ["image", "--model", "none.onnx", "--image", "none.png"];
    let text = ["text", "--model", "none.onnx", "--text", "good"];
    for (command, one, other) in [
        (&table[..], "--json", "--html"),
        (&table, "--json", "--save-explainer"),
        (&picture, "--html", "--out"),
        (&picture, "--json", "--segments-out"),
        (&picture, "--out", "--heatmap"),
        (&text, "--json", "--html"),
    ] {
        let message = format!("{one} and {other} are to be written to one file, {same}: give each its own");
        fails(lime(command).args([one, &path, other, &same]), 1, &message);
        fails(lime(command).args([one, &path, other, &place("other")]), 1, "none.");
    }
    for option in ["--html", "--out", "--heatmap", "--segments-out"] {
        let message = format!("{option} -: only --json is written to standard output; name a file");
        fails(lime(&picture).args(["--json", "-", option, "-"]), 1, &message);
    }
    // A file that is there already goes by all of its names.
    #[cfg(unix)]
    {
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, directory.path().join("link")).unwrap();
        fails(lime(&table).args(["--json", &place("link"), "--html", &path]), 1, "--json and --html");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}

#[test]
fn characters_by_position_need_a_mask_for_a_model_in_onnx() {
    let characters = ["text", "--model", "none.onnx", "--text", "good", "--units", "char", "--positions"];
    fails(&mut lime(&characters), 1, "say by --mask what");
    fails(lime(&characters).args(["--mask", "_"]), 1, "none.onnx");
    fails(&mut lime(&characters[..7]), 1, "none.onnx");
}

#[test]
fn a_network_with_named_classes() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/breast-cancer.csv");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/breast-cancer.onnx");
    lime(&["tabular", "--model", model, "--data", data, "--label", "target", "--row", "0", "--features", "5"])
        .assert()
        .success()
        .stderr("")
        .stdout(contains("malignant  R2").and(contains("worst radius > 18.79")));
}

#[test]
fn rows_that_cannot_be_explained() {
    fails(&mut penguins(&["--row", "344"]), 1, "row 344 does not exist: the table has 344 rows");
    // Row 3 is a penguin that nobody measured, which is nothing training knows where such rows are left out.
    fails(
        &mut penguins(&["--row", "3", "--missing", "leave-out"]),
        1,
        "row 3 has missing cells (bill_length_mm, bill_depth_mm, flipper_length_mm, body_mass_g, sex), of which nothing is learned with --missing leave-out: take --missing level",
    );
    fails(&mut penguins(&["--row", "-1"]), 2, "--row");
}

#[test]
fn columns_that_do_not_fit() {
    fails(
        &mut penguins(&["--drop", "year"]),
        1,
        "is a table of 7 columns of 32-bit numbers, and the columns left for it are [island, ",
    );
    fails(&mut penguins(&["--drop", "weight"]), 1, "\"weight\"");
    fails(&mut penguins(&["--drop", "species"]), 1, "\"species\"");
}

#[test]
fn numbers_out_of_range() {
    for (option, value) in [
        ("--samples", "0"),
        ("--samples", "1"),
        ("--features", "0"),
        ("--top", "0"),
        ("--batch", "0"),
        ("--threads", "0"),
        ("--threads", "1025"),
        ("--kernel-width", "0"),
        ("--kernel-width", "-1"),
        ("--kernel-width", "NaN"),
        ("--alpha", "-1"),
        ("--alpha", "inf"),
    ] {
        let argument = format!("{option}={value}");
        fails(&mut penguins(&[&argument]), 2, "it must be");
    }
    fails(&mut penguins(&["--kernel-width", "1e-9", "--samples", "500"]), 1, "larger kernel width");
}

#[test]
fn files_that_are_none() {
    let directory = tempfile::tempdir().unwrap();
    let broken = directory.path().join("broken.onnx");
    fs::write(&broken, &fs::read(MODEL).unwrap()[..1000]).unwrap();
    let broken = broken.to_string_lossy().into_owned();
    let with_model =
        |model: &str| lime(&["tabular", "--model", model, "--data", DATA, "--label", "species", "--row", "0"]);
    fails(&mut with_model(&broken), 1, "ONNX");
    fails(&mut with_model(DATA), 1, "ONNX");
    fails(&mut with_model("no-such.onnx"), 1, "no-such.onnx");
    let with_data = |data: &str| lime(&["tabular", "--model", MODEL, "--data", data, "--row", "0"]);
    fails(&mut with_data("no-such.csv"), 1, "no-such.csv");
    fails(&mut with_data(MODEL), 1, "table");
}

#[test]
fn tables_that_are_none() {
    let directory = tempfile::tempdir().unwrap();
    for (text, message) in [
        ("", "is empty: its first line must name the columns"),
        ("a,b\n", "a header and no rows"),
        ("a,b\n1,2\n", "only 1 row(s)"),
        ("a,a\n1,2\n3,4\n", "two columns are named \"a\""),
        ("a,b\n1,2\n3\n", "line 3"),
        ("a,b\n1,\n2,NA\n", "\"b\""),
        ("a,b\n1,inf\n2,3\n", "inf"),
        ("a,b\n1,2\n3,4\n", "the columns left for it are [a, b]"),
    ] {
        let path = table(directory.path(), text);
        fails(&mut lime(&["tabular", "--model", MODEL, "--data", &path, "--row", "0"]), 1, message);
    }
}

#[test]
fn help_and_usage() {
    lime(&["tabular", "--help"])
        .assert()
        .success()
        .stdout(contains("--kernel-width").and(contains("[default: 5000;")).and(contains("6144]")));
    lime(&[]).assert().code(2);
    fails(&mut penguins(&["--top", "2", "--all-targets"]), 2, "cannot be used with");
}

/// Beyond 100 features the original's preset takes over, but not from an exact answer.
#[test]
fn trees_of_many_features_are_explained_exactly() {
    let directory = tempfile::tempdir().unwrap();
    let mut text = (0..101).map(|column| format!("x{column},")).collect::<String>() + "y\n";
    for row in 0..40 {
        text += &(0..101).map(|column| format!("{},", (row * (2 * column + 3)) % 41 - 20)).collect::<String>();
        text += "0\n";
    }
    let data = table(directory.path(), &text);
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../lime-models/tests/data/wide.onnx");
    let wide = |arguments: &[&str]| {
        let table = ["tabular", "--model", model, "--data", &data, "--label", "y", "--row", "3"];
        json(&mut lime(&[&table[..], arguments].concat()))
    };
    let exact = wide(&[]);
    assert_eq!(exact, wide(&["--exact"]));
    assert_eq!(exact["model_calls"], 0);
    // The stumps are cuts of one column.
    assert_eq!(exact["explanations"][0]["features"][0]["index"], 7);
    for asked in [["--samples", "300"], ["--preset", "original"], ["--alpha", "2"], ["--select", "none"]] {
        assert!(wide(&asked)["model_calls"].as_u64().unwrap() > 0, "{asked:?}");
    }
}

#[test]
fn a_forest_is_explained_exactly() {
    let exact = json(&mut penguins(&["--exact"]));
    let sampled = json(&mut penguins(&["--samples", "50000", "--alpha", "0", "--select", "none"]));
    assert_eq!((exact["samples"].as_u64(), exact["model_calls"].as_u64()), (Some(0), Some(0)));
    assert_eq!(json(&mut penguins(&["--preset", "recommended"])), exact);
    assert_eq!(json(&mut penguins(&[])), exact);
    let asked = json(&mut penguins(&["--preset", "recommended", "--samples", "300", "--held-out", "50"]));
    assert_eq!(asked["samples"].as_u64(), Some(300));
    let weights = |explanation: &Value| {
        let features = explanation["explanations"][0]["features"].as_array().unwrap().clone();
        let mut weights: Vec<(u64, f64)> =
            features.iter().map(|f| (f["index"].as_u64().unwrap(), f["weight"].as_f64().unwrap())).collect();
        weights.sort_by_key(|(index, _)| *index);
        weights
    };
    let (exact, sampled) = (weights(&exact), weights(&sampled));
    assert_eq!(exact.len(), 7);
    for ((index, exact), (other, sampled)) in exact.iter().zip(&sampled) {
        assert_eq!(index, other);
        assert!((exact - sampled).abs() < 0.02, "feature {index}: {exact} for {sampled}");
    }
    fails(&mut penguins(&["--exact", "--samples", "100"]), 2, "cannot be used with");
    fails(&mut penguins(&["--exact", "--discretizer", "none"]), 1, "cut the column into bins");
}
