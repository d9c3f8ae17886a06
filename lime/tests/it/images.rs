//! `lime image` as a person uses it.

use std::fs;
use std::path::Path;

use crate::support::{fails, json, run};
use assert_cmd::Command;
use lime::image::{Image, Segments, load, load_segments, save_segments};
use tempfile::TempDir;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/face.onnx");
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/astronaut.png");

/// Small enough to be quick: 24 x 24 pixels, 20 samples.
const QUICK: [&str; 8] =
    ["--resize", "24x24", "--samples", "20", "--segments", "grid:rows=2,cols=3", "--target", "face"];

fn lime(model: &str, picture: &str, arguments: &[&str]) -> Command {
    run(&[&["image", "--model", model, "--image", picture], arguments].concat())
}

fn astronaut(arguments: &[&str]) -> Command {
    let mut command = lime(MODEL, PICTURE, arguments);
    for pair in QUICK.chunks_exact(2) {
        if !arguments.contains(&pair[0]) {
            command.args(pair);
        }
    }
    command
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_string_lossy().into_owned()
}

#[test]
fn the_document_says_where_superpixels_are() {
    let document = json(&mut astronaut(&[]));
    assert_eq!((&document["kind"], &document["segments"]), (&"image".into(), &6.into()));
    assert_eq!((&document["height"], &document["width"], &document["samples"]), (&24.into(), &24.into(), &20.into()));
    assert_eq!(document["explanations"][0]["name"], "face");
    let features = document["explanations"][0]["features"].as_array().unwrap();
    assert_eq!(features.len(), 6);
    for feature in features {
        let index = feature["index"].as_u64().unwrap();
        assert_eq!(feature["pixels"], 96);
        let bounds = serde_json::json!({"top": index / 3 * 12, "left": index % 3 * 8, "height": 12, "width": 8});
        assert_eq!(feature["bounds"], bounds);
    }
}

#[test]
fn threads_and_batches_change_nothing_and_seeds_do() {
    // What a network gives to a picture may depend on the others in its batch in the last digits; the picture is what must not.
    let weight =
        |arguments: &[&str]| json(&mut astronaut(arguments))["explanations"][0]["features"][0]["weight"].as_f64();
    let one = weight(&["--threads", "1"]).unwrap();
    assert_eq!(weight(&["--threads", "2"]), Some(one));
    assert!((weight(&["--batch", "7"]).unwrap() - one).abs() < 1e-5);
    assert_ne!(weight(&["--seed", "1"]), Some(one));
}

#[test]
fn pictures_and_label_maps_are_written() {
    let directory = TempDir::new().unwrap();
    let [out, heat, segments] = ["out.png", "heat.png", "segments.png"].map(|name| path(&directory, name));
    let arguments = ["--out", &out, "--heatmap", &heat, "--segments-out", &segments, "--features", "2"];
    let assert = astronaut(&arguments).assert().success();
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert_eq!(printed.matches("  superpixel").count(), 2, "{printed}");
    for drawn in [&out, &heat] {
        let drawn = load(drawn).unwrap().image;
        assert_eq!(drawn.channels(), 3);
        assert!(drawn.height() >= 24 && drawn.width() >= 24);
    }
    // The label map is one to start from again.
    let map = load_segments(&segments).unwrap();
    assert_eq!((map.height(), map.width(), map.count(), map.ids()), (24, 24, 6, &[0, 1, 2, 3, 4, 5][..]));
    let again = json(&mut astronaut(&["--segments", &segments]));
    assert_eq!(again, json(&mut astronaut(&[])));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
}

#[test]
fn every_segmenter_and_fill_can_be_named() {
    let directory = TempDir::new().unwrap();
    let map = path(&directory, "map.png");
    save_segments(&map, &Segments::new(24, 24, &(0..576).map(|at| at / 144).collect::<Vec<i32>>()).unwrap()).unwrap();
    let segments = |rule: &str| json(&mut astronaut(&["--segments", rule]))["segments"].as_u64().unwrap();
    assert_eq!(segments("grid:rows=4,cols=2"), 8);
    assert_eq!(segments(&map), 4);
    for rule in [
        "quickshift:kernel_size=1,max_dist=4,ratio=0.5,sigma=0.5,seed=3",
        "slic:segments=12,compactness=10,sigma=1",
        "slic:segments=12,adaptive=1",
        "felzenszwalb:scale=10,sigma=0.5,min_size=10",
    ] {
        assert!(segments(rule) > 1, "{rule}");
    }
    let joined = json(&mut astronaut(&["--segments", "grid:rows=6,cols=6", "--at-most", "5"]));
    assert_eq!(joined["segments"], 5);
    for fill in
        ["mean", "image-mean", "blur", "blur:sigma=2", "noise:seed=1", "noise:normal=1", "inpaint", "#204060", PICTURE]
    {
        json(&mut astronaut(&["--fill", fill]));
    }
    for scale in ["0..1", "imagenet", "0.5,0.25", "0.5,0.5,0.5,0.2,0.2,0.2"] {
        json(&mut astronaut(&["--scale", scale]));
    }
}

#[test]
fn gray_alpha_and_sixteen_bits_are_pictures() {
    let directory = TempDir::new().unwrap();
    let values: Vec<u16> = (0..24 * 24).map(|at| at * 100).collect();
    for channels in [1, 2, 4] {
        let file = path(&directory, "picture.png");
        let values: Vec<u16> = values.iter().flat_map(|&value| std::iter::repeat_n(value, channels)).collect();
        Image::from_u16(24, 24, channels, &values).unwrap().save_png(&file).unwrap();
        let arguments = ["--samples", "20", "--segments", "grid", "--background", "#000000"];
        assert_eq!(json(&mut lime(MODEL, &file, &arguments))["segments"], 64, "{channels}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_before_the_model_is_asked() {
    let directory = TempDir::new().unwrap();
    let bytes = fs::read(PICTURE).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = path(&directory, name);
        fs::write(&file, bytes).unwrap();
        file
    };
    let cut = write("cut.png", &bytes[..bytes.len() / 2]);
    fails(&mut lime(MODEL, &cut, &[]), "cut.png");
    let mut damaged = bytes.clone();
    damaged[5_000..6_000].fill(0);
    fails(&mut lime(MODEL, &write("damaged.png", &damaged), &[]), "damaged.png");
    fails(&mut lime(MODEL, &write("empty.png", b""), &[]), "empty.png");
    fails(&mut lime(MODEL, &write("text.png", b"no picture"), &[]), "text.png");
    fails(&mut lime(MODEL, &path(&directory, "none.png"), &[]), "none.png");
    fails(&mut lime(&write("text.onnx", b"no model"), PICTURE, &[]), "text.onnx");

    fails(&mut astronaut(&["--segments", "voronoi"]), "neither quickshift, slic, felzenszwalb or grid, nor a file");
    fails(&mut astronaut(&["--segments", "slic:size=3"]), "slic has no setting \"size\": it has segments, compactness");
    fails(&mut astronaut(&["--segments", "slic:segments=2.5"]), "segments is 2.5: it must be a whole number");
    fails(&mut astronaut(&["--segments", "slic:segments=many"]), "segments is \"many\": it must be a number");
    fails(&mut astronaut(&["--segments", "quickshift:ratio=nan"]), "ratio is NaN");
    fails(&mut astronaut(&["--fill", "#12345"]), "six hexadecimal digits");
    fails(&mut astronaut(&["--fill", "mean:sigma=1"]), "mean has no settings");
    fails(&mut astronaut(&["--scale", "1,2,3"]), "as many means as standard deviations");
    fails(&mut astronaut(&["--scale", "0.5,0.5,1,1"]), "2 means for a picture of 3 channel(s)");
    fails(&mut astronaut(&["--resize", "24"]), "as in 224x224");
    fails(&mut astronaut(&["--target", "cat"]), "named no face, face");
    let small = path(&directory, "small.png");
    save_segments(&small, &Segments::new(2, 2, &[0, 1, 2, 3]).unwrap()).unwrap();
    fails(&mut astronaut(&["--segments", &small]), "the label map has 2 x 2 pixels and the picture 24 x 24");
    let nowhere = Path::new("no").join("such").join("place.png");
    fails(&mut astronaut(&["--out", &nowhere.to_string_lossy()]), "place.png");
}

/// The way out is in the message.
#[test]
fn a_model_of_another_size_is_told_with_both_sizes() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../lime-models/tests/data/pictures-fixed.onnx");
    let output = lime(model, PICTURE, &["--segments", "grid"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(stderr.contains("256 rows and 256 columns") && stderr.contains("--resize 6x4"), "{stderr}");
}
