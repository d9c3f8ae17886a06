//! `lime tabular` on tables as people have them, with no preprocessing: the five tables of lime/assets through pipelines in
//! ONNX Runtime and forests in tract, schemas, saved explainers, and what goes wrong with rows and columns.
//!
//! Without a library of ONNX Runtime the tests that need one say so and pass; with `LIME_REQUIRE_ONNXRUNTIME` set they fail.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{asset, has_library, json, run};
use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

fn tabular(model: &str, data: &str, arguments: &[&str]) -> Command {
    run(&[&["tabular", "--model", &asset(model), "--data", data], arguments].concat())
}

#[track_caller]
fn fails(command: &mut Command, message: &str) {
    crate::support::fails(command, message).code(1);
}

/// Whether pipelines can be run on this machine.
fn runtime() -> bool {
    has_library(iris(&["--runtime", "onnxruntime"]))
}

fn iris(arguments: &[&str]) -> Command {
    tabular("iris-forest.onnx", &asset("iris.csv"), &[&["--label", "target", "--row", "3"], arguments].concat())
}

fn pipeline(data: &str, arguments: &[&str]) -> Command {
    tabular("penguins-pipeline.onnx", data, &[&["--label", "species", "--row", "3"], arguments].concat())
}

fn names(document: &Value) -> Vec<String> {
    let features = document["explanations"][0]["features"].as_array().unwrap();
    features.iter().map(|feature| feature["name"].as_str().unwrap().to_string()).collect()
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path: PathBuf = directory.join(name);
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

const TABLES: [(&str, &str, usize); 5] = [
    ("penguins", "species", 3),
    ("iris", "target", 3),
    ("wine", "target", 3),
    ("breast-cancer", "target", 2),
    ("diabetes", "target", 1),
];

#[test]
fn five_tables_by_forests_in_tract() {
    for (table, label, outputs) in TABLES {
        let model = if table == "penguins" { "penguins.onnx".into() } else { format!("{table}-forest.onnx") };
        let data = asset(&format!("{table}.csv"));
        let document = json(&mut tabular(
            &model,
            &data,
            &["--label", label, "--row", "3", "--runtime", "tract", "--samples", "5000"],
        ));
        assert_eq!(document["prediction"].as_array().unwrap().len(), outputs, "{table}");
        assert_eq!(document["samples"], 5000);
        assert!(document["explanations"][0]["score"].as_f64().unwrap() > 0.0, "{table}");
    }
}

#[test]
fn five_tables_by_pipelines_in_onnx_runtime() {
    if !runtime() {
        return;
    }
    for (table, label, outputs) in TABLES {
        let (model, data) = (format!("{table}-pipeline.onnx"), asset(&format!("{table}.csv")));
        let document = json(&mut tabular(&model, &data, &["--label", label, "--row", "3"]));
        assert_eq!(document["prediction"].as_array().unwrap().len(), outputs, "{table}");
        assert!(document["explanations"][0]["score"].as_f64().unwrap() > 0.05, "{table}");
        let threads =
            json(&mut tabular(&model, &data, &["--label", label, "--row", "3", "--threads", "1", "--batch", "7"]));
        assert_eq!(document, threads, "{table}");
    }
    // A penguin that nobody measured, with its texts and its missing cells as they are.
    let document = json(&mut pipeline(&asset("penguins.csv"), &[]));
    assert_eq!(document["output_names"], serde_json::json!(["Adelie", "Chinstrap", "Gentoo"]));
    let names = names(&document);
    assert_eq!(names[0], "island=Torgersen");
    for missing in ["bill_length_mm is missing", "sex is missing"] {
        assert!(names.contains(&missing.to_string()), "{names:?}");
    }
}

#[test]
fn columns_are_found_by_their_names() {
    if !runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(asset("penguins.csv")).unwrap();
    let turned: Vec<String> =
        text.lines().map(|line| line.split(',').rev().collect::<Vec<_>>().join(",") + ",extra").collect();
    let turned = write(directory.path(), "turned.csv", &turned.join("\n"));
    let prediction = |command: &mut Command| json(command)["prediction"].clone();
    let expected = prediction(&mut pipeline(&asset("penguins.csv"), &[]));
    assert_eq!(prediction(&mut pipeline(&turned, &["--drop", "extra"])), expected);
    fails(&mut pipeline(&turned, &[]), "asks for the column(s) [extra]");
    fails(&mut pipeline(&turned, &[]), "--drop");
    fails(&mut pipeline(&asset("penguins.csv"), &["--drop", "sex"]), "sex");
}

#[test]
fn an_engine_that_cannot_run_a_model_says_so() {
    let mut one = pipeline(&asset("penguins.csv"), &["--runtime", "tract"]);
    fails(&mut one, "the model has 7 input(s) [island, bill_length_mm");
    let mut none = pipeline(&asset("penguins.csv"), &[]);
    fails(none.env("ORT_DYLIB_PATH", "/no/such/library.so"), "pip install onnxruntime");
}

#[test]
fn a_saved_explainer_explains_as_the_one_that_learned() {
    let directory = tempfile::tempdir().unwrap();
    let saved = directory.path().join("iris.json").to_string_lossy().into_owned();
    let expected = json(&mut iris(&["--discretizer", "decile", "--save-explainer", &saved]));
    let document: Value = serde_json::from_str(&fs::read_to_string(&saved).unwrap()).unwrap();
    assert_eq!((&document["format"], &document["version"]), (&"lime-table".into(), &1.into()));
    assert_eq!(document["output_names"].as_array().unwrap().len(), 3);

    // The row alone, its columns in another order, beside one that the table does not have.
    let row = "note,petal width (cm),petal length (cm),sepal width (cm),sepal length (cm)\nmine,0.2,1.5,3.1,4.6\n";
    let row = write(directory.path(), "row.csv", row);
    let again = json(&mut tabular("iris-forest.onnx", &row, &["--row", "0", "--explainer", &saved]));
    assert_eq!(again, expected);

    // Of a regression the name of its label is kept, and no label.
    let arguments = ["--label", "target", "--row", "3", "--save-explainer", &saved];
    tabular("diabetes-forest.onnx", &asset("diabetes.csv"), &arguments).assert().success();
    let document: Value = serde_json::from_str(&fs::read_to_string(&saved).unwrap()).unwrap();
    assert_eq!(document["output_names"], serde_json::json!(["target"]));
    let mut again = tabular("diabetes-forest.onnx", &asset("diabetes.csv"), &["--row", "3", "--explainer", &saved]);
    assert_eq!(json(&mut again)["explanations"][0]["name"], "target");

    json(&mut iris(&["--save-explainer", &saved]));
    let short = write(directory.path(), "short.csv", "petal width (cm),sepal width (cm),sepal length (cm)\n1,2,3\n");
    let mut short = tabular("iris-forest.onnx", &short, &["--row", "0", "--explainer", &saved]);
    fails(&mut short, "\"petal length (cm)\"");
    let other = write(directory.path(), "other.json", "{\"format\":\"lime-table\",\"version\":9}");
    fails(&mut tabular("iris-forest.onnx", &row, &["--row", "0", "--explainer", &other]), "version 9");
}

#[test]
fn a_category_unseen_in_training_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let saved = directory.path().join("penguins.json").to_string_lossy().into_owned();
    let schema = |text: &str| write(directory.path(), "schema.toml", text);
    let learn = |schema: &str| {
        let data = asset("penguins.csv");
        let arguments = ["--label", "species", "--row", "0", "--schema", schema, "--save-explainer", &saved];
        tabular("penguins.onnx", &data, &arguments).assert().success();
    };
    let row = "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\nAtlantis,39,18,190,3800,male,2007\n";
    let row = write(directory.path(), "row.csv", row);
    let explain = || tabular("penguins.onnx", &row, &["--row", "0", "--explainer", &saved]);
    learn(&schema("[columns.sex]\nkind = \"categorical\"\n"));
    fails(&mut explain(), "Atlantis");
    learn(&schema("[columns.island]\nother = true\n"));
    assert!(names(&json(&mut explain())).contains(&"island=other".to_string()));
}

#[test]
fn a_schema_says_what_columns_are() {
    let directory = tempfile::tempdir().unwrap();
    let schema = r#"
        [columns."petal width (cm)"]
        frozen = true

        [columns."petal length (cm)"]
        edges = [2.0, 5.0]

        [columns."sepal width (cm)"]
        bounds = [0.0, 10.0]
    "#;
    let schema = write(directory.path(), "schema.toml", schema);
    let document = json(&mut iris(&["--schema", &schema]));
    assert_eq!(document["frozen"], serde_json::json!(["petal width (cm)=0.2"]));
    let names = names(&document);
    assert!(names.contains(&"petal length (cm) <= 2.00".to_string()) && names.len() == 3, "{names:?}");
    iris(&["--schema", &schema]).assert().success().stdout(contains("held fixed  petal width (cm)=0.2"));

    for (text, message) in [
        ("labels = 3", "labels"),
        ("[columns.nope]\nfrozen = true", "nope"),
        ("[columns.\"sepal width (cm)\"]\nbounds = [0.0, 1.0]", "is outside the bounds 0 to 1"),
        ("[columns.\"sepal width (cm)\"]\nbounds = [3.0, 1.0]", "3"),
    ] {
        let schema = write(directory.path(), "wrong.toml", text);
        fails(&mut iris(&["--schema", &schema]), message);
    }
}

#[test]
fn every_discretiser_and_sampler() {
    let first = |arguments: &[&str]| json(&mut iris(&[&["--select", "none"], arguments].concat()));
    let petal = |document: &Value| {
        let all = document["feature_names"].as_array().unwrap();
        all[2].as_str().unwrap().to_string()
    };
    for (rule, name) in [
        ("quartile", "petal length (cm) <= 1.60"),
        ("decile", "1.40 < petal length (cm) <= 1.50"),
        ("entropy", "petal length (cm) <= 2.45"),
        ("quantiles=0.5", "petal length (cm) <= 4.35"),
        ("width=2", "petal length (cm) <= 3.95"),
        ("none", "petal length (cm)"),
    ] {
        assert_eq!(petal(&first(&["--discretizer", rule])), name);
    }
    let quartile = first(&[]);
    for sampler in ["latin-hypercube", "sobol", "halton", "antithetic"] {
        let document = first(&["--sampler", sampler]);
        assert_ne!(document, quartile, "{sampler}");
        assert_eq!(petal(&document), petal(&quartile));
    }
    for within in ["empirical", "uniform"] {
        assert_ne!(first(&["--within", within]), quartile, "{within}");
    }
    let independent = first(&["--discretizer", "none"]);
    assert_ne!(first(&["--discretizer", "none", "--sampler", "covariance"]), independent);
    fails(&mut iris(&["--sampler", "covariance"]), "goes with --discretizer none");
    for rule in ["width=0.1", "top=2", "order=2", "signs=2"] {
        fails(&mut iris(&["--sampler", "halton", "--until", rule]), "take --sampler sobol, or --until calls=N");
    }
    assert_ne!(first(&["--sampler", "halton", "--until", "calls=200"]), first(&["--sampler", "halton"]));
    let data = asset("iris.csv");
    let mut unlabelled =
        tabular("iris-forest.onnx", &data, &["--drop", "target", "--row", "3", "--discretizer", "entropy"]);
    fails(&mut unlabelled, "name its column with --label");
    for wrong in ["width=0", "quantiles=a", "thirds"] {
        iris(&["--discretizer", wrong]).assert().code(2);
    }
    fails(&mut iris(&["--discretizer", "quantiles=1.5"]), "1.5");
}
