//! Tree ensembles read as leaves: their answers beside the model's own, and exact explanations beside sampled ones.

use std::fs;

use lime_core::{Explainer, Model, Targets};
use lime_kernels::Radial;
use lime_models::{Error, OnnxModel, leaves, leaves_from_bytes};
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::Tabular;
use nalgebra::DMatrix;

use crate::support::{asset, small};

const FORESTS: [&str; 4] = ["iris", "wine", "breast-cancer", "diabetes"];

/// A table of the assets, without its label.
fn table(name: &str) -> DMatrix<f64> {
    let text = fs::read_to_string(asset(&format!("{name}.csv"))).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.pop();
            cells.iter().map(|cell| cell.parse().unwrap()).collect()
        })
        .collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

#[test]
fn leaves_answer_as_the_model_does() {
    for name in FORESTS {
        let path = asset(&format!("{name}-forest.onnx"));
        let (model, leaves) = (OnnxModel::load(&path).unwrap(), leaves(&path).unwrap());
        assert_eq!((model.inputs(), model.outputs()), (Some(leaves.columns()), Some(leaves.outputs())));
        // Rows of the table, and mixtures of them, which no tree has seen.
        let rows = table(name);
        let mixed = DMatrix::from_fn(rows.nrows(), rows.ncols(), |i, j| rows[((i * (j + 7)) % rows.nrows(), j)]);
        for rows in [rows, mixed] {
            let (found, expected) = (leaves.predict(&rows).unwrap(), model.predict(&rows).unwrap());
            let farthest = found.zip_map(&expected, |a, b| (a - b).abs() / b.abs().max(1.0)).max();
            assert!(farthest <= 1e-6, "{name}: {farthest:e}");
        }
    }
    let boosted = small("boosted-regressor.onnx");
    let (model, leaves) = (OnnxModel::load(&boosted).unwrap(), leaves(&boosted).unwrap());
    let rows = DMatrix::from_fn(500, 4, |i, j| ((i * (j + 3)) as f64 * 0.37).sin() * 3.0);
    let (found, expected): (DMatrix<f64>, DMatrix<f64>) =
        (leaves.predict(&rows).unwrap(), model.predict(&rows).unwrap());
    assert!(found.zip_map(&expected, |a, b| (a - b).abs() / b.abs().max(1.0)).max() <= 1e-6);
}

/// Eight explanations of 2^14 samples, 2^17 together: each coefficient's mean as near the exact one as 4 standard errors are.
#[test]
fn samples_approach_exact_coefficients() {
    let (mut largest, mut compared) = (0.0f64, 0);
    for (name, own) in FORESTS.into_iter().zip([60, 10, 20, 30]) {
        let path = asset(&format!("{name}-forest.onnx"));
        let (model, leaves) = (OnnxModel::load(&path).unwrap(), leaves(&path).unwrap());
        let training = table(name);
        let representation = Tabular::builder(&training).learn().unwrap();
        let instance: Vec<f64> = training.row(own).iter().copied().collect();
        let representation = representation.represent(&instance).unwrap();
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
        let explainer = explainer.samples(1 << 14).targets(Targets::All);
        let started = std::time::Instant::now();
        let exact = explainer.explain_exactly(&representation, &leaves).unwrap();
        println!("{name}: {} leaves, exact in {:?}", leaves.leaves().len(), started.elapsed());
        let sampled: Vec<_> =
            (0..8).map(|seed| explainer.clone().seed(seed).explain(&representation, &model).unwrap()).collect();
        for (k, target) in exact.targets.iter().enumerate() {
            assert!((target.score - sampled[0].targets[k].score).abs() < 0.03, "{name} output {k}: {}", target.score);
            let size = target.features[0].weight.abs();
            for (j, expected) in target.dense(instance.len()).into_iter().enumerate() {
                let found: Vec<f64> = sampled.iter().map(|one| one.targets[k].dense(instance.len())[j]).collect();
                let mean = found.iter().sum::<f64>() / 8.0;
                let error = (found.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 7.0 / 8.0).sqrt();
                // Of a t law with 7 degrees of freedom 8.47 is what 4 is of a normal one (scipy 1.17.1).
                let t = (mean - expected) / error;
                assert!(
                    t.abs() <= 8.47 || (mean - expected).abs() < 1e-6 * size,
                    "{name} {j}: {mean} for {expected}, {t:.2}"
                );
                largest = largest.max(t.abs());
                compared += 1;
            }
        }
    }
    println!("{compared} coefficients approached: largest |t| {largest:.2}");
}

#[test]
fn what_is_no_sum_over_leaves() {
    let reason = |name: &str| match leaves(small(name)).unwrap_err() {
        Error::NoLeaves { reason } => reason,
        other => panic!("{name}: {other}"),
    };
    for boosted in ["boosted-two-classes.onnx", "boosted-three-classes.onnx"] {
        assert!(reason(boosted).contains("the scores before it can be explained"), "{}", reason(boosted));
    }
    assert!(reason("three-outputs.onnx").contains("the operator ai.onnx.ml.LinearRegressor"));
    assert!(reason("one-column.onnx").contains("the operator Reshape"));
    assert!(matches!(leaves(small("nowhere.onnx")), Err(Error::Read { .. })));
    assert!(matches!(leaves_from_bytes(b"PK"), Err(Error::NotOnnx { .. })));
}
