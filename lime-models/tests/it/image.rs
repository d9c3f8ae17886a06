//! Models of pictures: their answers beside closed forms and beside ONNX Runtime's Python package, batches of any number and size,
//! and what is refused.
//!
//! Without a library of ONNX Runtime the tests that need one say so and pass; with `LIME_REQUIRE_ONNXRUNTIME` set they fail.

use std::fs;
use std::thread;

use lime_core::{Model, Real};
use lime_image::{ImageBatch, Layout, Scale, Superpixels, original};
use lime_models::{Element, Error, ImageModel, Runtime};
use nalgebra::DMatrix;
use serde_json::Value;

use crate::support::{asset, small};

fn load(name: &str, runtime: Runtime) -> Result<ImageModel, Error> {
    ImageModel::load(small(&format!("pictures-{name}.onnx")), runtime)
}

fn missing(error: &Error) -> bool {
    let missing = |error: &Error| {
        matches!(
            error,
            Error::LibraryMissing { .. } | Error::LibraryTooOld { .. } | Error::Library { .. } | Error::NoOnnxRuntime
        )
    };
    missing(error) || matches!(error, Error::NeedsOnnxRuntime { missing: reason, .. } if missing(reason))
}

/// The engines of this build and this machine.
fn runtimes() -> Vec<Runtime> {
    match load("mean", Runtime::OnnxRuntime) {
        Err(error) if missing(&error) => {
            let required = cfg!(feature = "onnxruntime") && std::env::var_os("LIME_REQUIRE_ONNXRUNTIME").is_some();
            assert!(!required, "{error}");
            eprintln!("skipped for ONNX Runtime: {error}");
            vec![Runtime::Tract]
        }
        other => {
            other.unwrap();
            vec![Runtime::Tract, Runtime::OnnxRuntime]
        }
    }
}

/// Pictures of some values that differ.
fn pictures<T: lime_image::Element>(shape: [usize; 4], layout: Layout) -> ImageBatch<T> {
    let [count, height, width, channels] = shape;
    let mut batch = ImageBatch::new(count, height, width, channels, layout);
    for n in 0..count {
        for (place, value) in batch.image_mut(n).iter_mut().enumerate() {
            *value = T::from_value(((place * 37 + n * 101) % 256) as f32);
        }
    }
    batch
}

/// The mean of each channel of each picture.
fn means(batch: &ImageBatch<impl lime_image::Element + Into<f64>>) -> DMatrix<f64> {
    let pixels = batch.height() * batch.width();
    DMatrix::from_fn(batch.len(), batch.channels(), |n, channel| {
        let value = |pixel: usize| match batch.layout() {
            Layout::Nchw => batch.image(n)[channel * pixels + pixel],
            Layout::Nhwc => batch.image(n)[pixel * batch.channels() + channel],
        };
        (0..pixels).map(|pixel| value(pixel).into()).sum::<f64>() / pixels as f64
    })
}

fn check<T>(model: &ImageModel, batch: &ImageBatch<T>, expected: &DMatrix<f64>)
where
    ImageModel: Model<ImageBatch<T>, f64> + Model<ImageBatch<T>, f32>,
{
    let answers: DMatrix<f64> = model.predict(batch).unwrap();
    assert_eq!(answers.shape(), expected.shape(), "{model:?}");
    let furthest = answers.zip_fold(expected, 0.0, |worst: f64, a, b| worst.max((a - b).abs() / b.abs().max(1.0)));
    assert!(furthest < 1e-5, "{model:?}: {furthest}");
    let narrow: DMatrix<f32> = model.predict(batch).unwrap();
    assert_eq!(narrow.map(|answer| answer.wide()), answers.map(|answer| f64::from(answer as f32)));
}

fn refused<T>(model: &ImageModel, batch: &ImageBatch<T>) -> Error
where
    ImageModel: Model<ImageBatch<T>, f64>,
{
    *model.predict(batch).unwrap_err().downcast::<Error>().unwrap()
}

#[test]
fn a_kernel_of_a_whole_picture_is_its_sum_of_products() {
    for runtime in runtimes() {
        // Any number of pictures, one, three, and one that only shows when it runs.
        for name in ["fixed", "one", "three", "alone"] {
            let model = load(name, runtime).unwrap();
            assert_eq!((model.height(), model.width(), model.channels()), (Some(4), Some(6), Some(3)), "{name}");
            assert_eq!((model.layout(), model.element()), (Some(Layout::Nchw), Element::Float32), "{name}");
            assert_eq!((model.outputs(), model.input_name(), model.output_name()), (Some(2), "X", "Y"), "{name}");
            for count in [0, 1, 2, 3, 4, 7] {
                if name == "alone" && runtime == Runtime::OnnxRuntime && count > 1 {
                    continue;
                }
                let batch = pictures::<f32>([count, 4, 6, 3], Layout::Nchw);
                let expected = DMatrix::from_fn(count, 2, |n, k| {
                    let product = |(place, &value): (usize, &f32)| {
                        f64::from(value) * [(place as f64 - 30.0) / 8.0, 1.0 / (place as f64 + 1.0)][k]
                    };
                    batch.image(n).iter().enumerate().map(product).sum()
                });
                check(&model, &batch, &expected);
            }
        }
    }
}

#[test]
fn any_size_will_do_where_the_file_leaves_it_open() {
    for runtime in runtimes() {
        let model = load("mean", runtime).unwrap();
        assert_eq!((model.height(), model.width(), model.channels()), (None, None, Some(3)));
        assert_eq!(model.outputs(), Some(3));
        for (height, width) in [(4, 6), (6, 4), (1, 1), (9, 2), (5, 5), (31, 17), (4, 6)] {
            assert_eq!(model.ready(height, width, 3).unwrap(), runtime);
            let batch = pictures::<f32>([5, height, width, 3], Layout::Nchw);
            check(&model, &batch, &means(&batch));
        }
        // Twice as large: the means are the same.
        let model = load("resized", runtime).unwrap();
        let batch = pictures::<f32>([5, 4, 6, 3], Layout::Nchw);
        check(&model, &batch, &means(&batch));
        // One number a picture, and channels last.
        let model = load("number", runtime).unwrap();
        assert_eq!(model.outputs(), Some(1));
        let batch = pictures::<f32>([5, 3, 7, 3], Layout::Nchw);
        check(&model, &batch, &DMatrix::from_fn(5, 1, |n, _| means(&batch).row(n).mean()));
        let model = load("last", runtime).unwrap();
        assert_eq!((model.layout(), model.channels()), (Some(Layout::Nhwc), Some(3)));
        let batch = pictures::<f32>([4, 3, 7, 3], Layout::Nhwc);
        let weights = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 0.0, 2.0, 3.0, -1.0]);
        check(&model, &batch, &(means(&batch) * weights));
    }
}

#[test]
fn bytes_are_given_as_bytes() {
    for runtime in runtimes() {
        let model = load("bytes", runtime).unwrap();
        assert_eq!((model.layout(), model.element()), (Some(Layout::Nhwc), Element::Uint8));
        let batch = pictures::<u8>([3, 5, 6, 3], Layout::Nhwc);
        assert!(batch.as_slice().iter().any(|&value| value > 127));
        check(&model, &batch, &means(&batch));

        let error = refused(&model, &pictures::<f32>([3, 5, 6, 3], Layout::Nhwc));
        assert_eq!(
            error.to_string(),
            "the pictures hold 32-bit numbers and the model takes bytes: make them an ImageBatch<u8>"
        );
        let error = refused(&load("mean", runtime).unwrap(), &pictures::<u8>([3, 4, 6, 3], Layout::Nchw));
        assert!(matches!(error, Error::ImageElement { model: Element::Float32, batch: Element::Uint8 }), "{error}");
    }
}

#[test]
fn pictures_that_do_not_fit_are_refused_before_the_model_runs() {
    for runtime in runtimes() {
        let model = load("fixed", runtime).unwrap();
        let error = refused(&model, &pictures::<f32>([2, 5, 8, 3], Layout::Nchw));
        assert!(matches!(error, Error::ImageSize { model: (Some(4), Some(6)), batch: (5, 8) }));
        assert_eq!(
            error.to_string(),
            "the pictures have 5 rows and 8 columns of pixels and the model takes 4 rows and 6 columns: resize them to 6x4 \
             pixels: --resize 6x4"
        );
        assert_eq!(model.ready(5, 8, 3).unwrap_err().to_string(), error.to_string());
        let error = refused(&model, &pictures::<f32>([2, 4, 6, 4], Layout::Nchw));
        assert_eq!(error.to_string(), "the pictures have 4 channel(s) and the model takes 3: convert them to RGB");
        let error = refused(&model, &pictures::<f32>([2, 4, 6, 3], Layout::Nhwc));
        assert_eq!(
            error.to_string(),
            "the pictures are laid out as nhwc and the model takes nchw: build them with Layout::Nchw"
        );
        let error = refused(&load("mean", runtime).unwrap(), &pictures::<f32>([2, 0, 6, 3], Layout::Nchw));
        assert!(matches!(error, Error::ImageRun { shape: [2, 3, 0, 6], .. }), "{error}");
    }
}

#[test]
fn a_shape_that_tells_nothing_asks_for_the_layout() {
    for runtime in runtimes() {
        let model = load("open", runtime).unwrap();
        assert_eq!((model.layout(), model.channels(), model.outputs()), (None, None, None));
        let batch = pictures::<f32>([2, 4, 6, 5], Layout::Nchw);
        let error = refused(&model, &batch);
        assert_eq!(
            error.to_string(),
            "the model's input \"X\" is FLOAT (n, a, b, c), which does not tell which side holds the channels: say it by \
             ImageModel::with_layout"
        );
        let model = model.with_layout(Layout::Nchw);
        check(&model, &batch, &means(&batch));
    }
}

#[test]
fn files_that_hold_no_model_of_pictures_say_why() {
    for runtime in runtimes() {
        for (name, parts) in [
            ("pictures-doubles", &["input \"X\" is DOUBLE (n, 3, height, width)", "FLOAT or UINT8"][..]),
            ("pictures-two", &["2 input(s) [X, Z]", "needs to have one"]),
            ("linear", &["input \"X\" is FLOAT (", ", 4)", "(n, channels, height, width)", "AnyModel"]),
            ("no-inputs", &["0 input(s)"]),
            ("labels-only", &["input \"X\" is FLOAT (rows, 3)"]),
        ] {
            let error = ImageModel::load(small(&format!("{name}.onnx")), runtime).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{name}: {error}");
        }
        // A map of scores is told by its open sides only when they are known.
        let map = load("map", runtime).and_then(|model| model.ready(4, 6, 3).map(|_| model));
        let error = match map {
            Ok(model) => refused(&model, &pictures::<f32>([2, 4, 6, 3], Layout::Nchw)).to_string(),
            Err(error) => error.to_string(),
        };
        assert!(error.contains("shape (n, 3, 4, 6)") || error.contains("shape [2, 3, 4, 6]"), "{error}");

        // Sizes that the file promises and the model cannot take.
        let model = load("flat", runtime).unwrap();
        let error = model.ready(5, 5, 3).map(|_| refused(&model, &pictures::<f32>([2, 5, 5, 3], Layout::Nchw)));
        let error = error.unwrap_or_else(|error| error);
        assert!(matches!(error, Error::ImageRun { .. } | Error::Operator { .. } | Error::Unrunnable { .. }), "{error}");
        let batch = pictures::<f32>([2, 4, 6, 3], Layout::Nchw);
        let answers: DMatrix<f64> = model.predict(&batch).unwrap();
        assert_eq!(answers.shape(), (2, 2));
    }
    let missing = ImageModel::load("no/such.onnx", Runtime::Auto).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read the model no/such.onnx: "), "{missing}");
    let bytes = fs::read(small("pictures-fixed.onnx")).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        assert!(ImageModel::from_bytes(&bytes[..length], Runtime::Auto).is_err(), "{length} bytes");
    }
}

#[test]
fn a_damaged_file_is_an_error_or_a_model() {
    let bytes = fs::read(small("pictures-fixed.onnx")).unwrap();
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        if let Ok(model) = ImageModel::from_bytes(&damaged, Runtime::Tract) {
            let batch = pictures::<f32>([3, 4, 6, 3], Layout::Nchw);
            let answer: Result<DMatrix<f64>, _> = model.predict(&batch);
            assert!(answer.is_err() || answer.is_ok_and(|answer| answer.nrows() == 3), "byte {place}");
        }
    }
}

#[test]
fn operators_that_tract_lacks_are_run_by_onnx_runtime() {
    let error = load("determinant", Runtime::Tract).unwrap_err();
    assert!(matches!(&error, Error::Operator { operator, .. } if operator == "Det"), "{error}");
    let model = match load("determinant", Runtime::Auto) {
        Err(error) if missing(&error) => {
            assert!(matches!(&error, Error::NeedsOnnxRuntime { reason, .. } if reason.to_string().contains("Det")));
            return;
        }
        other => other.unwrap(),
    };
    assert_eq!(model.ready(2, 2, 1).unwrap(), Runtime::OnnxRuntime);
    let mut batch = ImageBatch::<f32>::new(2, 2, 2, 1, Layout::Nchw);
    batch.image_mut(0).copy_from_slice(&[2.0, 1.0, 1.0, 3.0]);
    batch.image_mut(1).copy_from_slice(&[0.0, 1.0, 1.0, 0.0]);
    check(&model, &batch, &DMatrix::from_column_slice(2, 1, &[5.0, -1.0]));
}

#[test]
fn classes_are_named_by_the_metadata() {
    for runtime in runtimes() {
        assert_eq!(load("fixed", runtime).unwrap().class_labels().unwrap(), ["dark", "light"]);
        assert_eq!(load("mean", runtime).unwrap().class_labels(), None);
        let face = ImageModel::load(asset("face.onnx"), runtime).unwrap();
        assert_eq!(face.class_labels().unwrap(), ["no face", "face"]);
        assert_eq!((face.input_name(), face.output_name(), face.outputs()), ("image", "scores", Some(2)));
    }
}

/// What the formula of `face.py` makes, or the picture of the assets, at half its size if that is asked for.
fn picture(kind: &str, shape: [usize; 4]) -> ImageBatch<f32> {
    let [count, channels, height, width] = shape;
    let photograph = image::open(asset("astronaut.png")).unwrap().into_rgb8();
    let scale = photograph.height() as usize / height;
    let value = |n: usize, channel: usize, row: usize, column: usize| -> usize {
        if kind == "pattern" {
            return (7 * row + 13 * column + 29 * channel + 31 * n + row * column) % 256;
        }
        let at = |row: usize, column: usize| {
            usize::from(photograph.as_raw()[(row * photograph.width() as usize + column) * 3 + channel])
        };
        match scale {
            1 => at(row, column),
            _ => {
                let sum: usize = (0..4).map(|part| at(2 * row + part / 2, 2 * column + part % 2)).sum();
                (sum + 2) / 4
            }
        }
    };
    let mut batch = ImageBatch::new(count, height, width, channels, Layout::Nchw);
    for n in 0..count {
        for (place, entry) in batch.image_mut(n).iter_mut().enumerate() {
            let (channel, pixel) = (place / (height * width), place % (height * width));
            *entry = value(n, channel, pixel / width, pixel % width) as f32 / 255.0;
        }
    }
    batch
}

#[test]
fn faces_are_those_of_onnx_runtime() {
    let text = fs::read_to_string(small("face.json")).unwrap();
    let parts: Value = serde_json::from_str(&text).unwrap();
    for runtime in runtimes() {
        let model = ImageModel::load(asset("face.onnx"), runtime).unwrap();
        for answer in parts["answers"].as_array().unwrap() {
            let side = |at: usize| usize::try_from(answer["shape"][at].as_u64().unwrap()).unwrap();
            let kind = answer["picture"].as_str().unwrap();
            let batch = picture(kind, [0, 1, 2, 3].map(side));
            let answers: DMatrix<f64> = model.predict(&batch).unwrap();
            assert_eq!(answers.shape(), (batch.len(), 2));
            for (n, row) in answer["scores"].as_array().unwrap().iter().enumerate() {
                for k in 0..2 {
                    let expected = row[k].as_f64().unwrap();
                    assert!((answers[(n, k)] - expected).abs() < 1e-4, "{kind} {n}: {answers} {expected}");
                }
            }
            assert!(kind != "astronaut" || answers[(0, 1)] > 0.99, "{answers}");
        }
    }
}

#[test]
fn threads_share_a_model() {
    for runtime in runtimes() {
        let model = ImageModel::load(asset("face.onnx"), runtime).unwrap();
        let batches = [(20, 30), (30, 20)].map(|(height, width)| picture("pattern", [4, 3, height, width]));
        let expected = batches.each_ref().map(|batch| -> DMatrix<f64> { model.predict(batch).unwrap() });
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for (batch, expected) in batches.iter().zip(&expected) {
                        let answers: DMatrix<f64> = model.predict(batch).unwrap();
                        assert_eq!(answers, *expected);
                    }
                });
            }
        });
    }
}

#[test]
fn threads_explain_as_one_does() {
    let photograph = image::open(asset("astronaut.png")).unwrap().into_rgb8();
    let crop = image::imageops::crop_imm(&photograph, 64, 0, 96, 96).to_image();
    let picture = lime_image::Image::from_u8(96, 96, 3, crop.as_raw()).unwrap();
    let superpixels: Superpixels =
        Superpixels::builder(&picture).layout(Layout::Nchw).scale(Scale::unit()).build().unwrap();
    for runtime in runtimes() {
        let model = ImageModel::load(asset("face.onnx"), runtime).unwrap();
        let explainer = original().samples(60);
        let alone = explainer.explain(&superpixels, &model).unwrap();
        let together = explainer.explain_parallel(&superpixels, &model).unwrap();
        let weights = alone.targets[0].dense(64);
        assert_eq!(weights, together.targets[0].dense(64), "{runtime}");
        assert!(weights.iter().any(|weight| weight.abs() > 1e-3), "{runtime}: {weights:?}");
    }
}

#[test]
fn an_answer_does_not_depend_on_its_batch() {
    for runtime in runtimes() {
        let model = ImageModel::load(asset("face.onnx"), runtime).unwrap();
        let all = picture("pattern", [9, 3, 33, 40]);
        let together: DMatrix<f64> = model.predict(&all).unwrap();
        for n in 0..9 {
            let mut alone = ImageBatch::<f32>::new(1, 33, 40, 3, Layout::Nchw);
            alone.image_mut(0).copy_from_slice(all.image(n));
            let alone: DMatrix<f64> = model.predict(&alone).unwrap();
            assert_eq!(alone.row(0), together.row(n), "{runtime}, picture {n}");
        }
    }
}
