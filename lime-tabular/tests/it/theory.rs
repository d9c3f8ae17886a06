//! The exact limits of discretised LIME on linear models (reference/exact.json): approached within sampling error, and
//! computed from the columns' means.

use crate::support::{Spread, json, lists, numbers, row, table};
use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Explainer, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Binned, Column, ColumnAt, Discretizer, Quantiles, Sample, Tabular, TruncatedNormal};
use serde_json::Value;

fn quantiles(case: &Value) -> Quantiles {
    let percentiles = numbers(&case["percentiles"]);
    Quantiles::new(&percentiles.iter().map(|p| p / 100.0).collect::<Vec<_>>()).unwrap()
}

/// The formula's slopes f_j (m_in - m_out) and intercept f_0 + sum f_j m_out, by the columns' own means.
#[test]
fn coefficients_of_linear_models_follow_from_means() {
    let file = json("reference/exact.json");
    let (mut compared, mut farthest) = (0, 0.0f64);
    let mut check = |found: f64, expected: f64, what: &str| {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error <= 1e-10, "{what}: {found} for {expected}");
        farthest = farthest.max(error);
        compared += 1;
    };
    for case in file["tabular"].as_array().unwrap() {
        let name = case["dataset"].as_str().unwrap();
        let (_, training) = table(name);
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        let (slopes, coefficients) = (numbers(&case["f"]), numbers(&case["coef"]));
        let mut intercept = case["f0"].as_f64().unwrap();
        for (j, means) in lists(&case["bin_truncated_mean"]).iter().enumerate() {
            let sample = Sample::new(training.column(j).as_slice()).unwrap();
            let edges = quantiles(case).edges(&sample).unwrap();
            let column = Binned::from_sample("", &sample, &edges, &TruncatedNormal).unwrap();
            let at: Box<dyn ColumnAt<f64>> = column.at(instance[j]).unwrap();
            let [inside, outside] = [1.0, 0.0].map(|z| at.mean(z).unwrap());
            check(slopes[j] * (inside - outside), coefficients[j], &format!("{name} coefficient {j}"));
            intercept += slopes[j] * outside;
            assert_eq!(means.len(), column.bins().len());
            for (bin, ends) in column.ends().iter().enumerate() {
                let Some([least, _]) = *ends else { continue };
                let at: Box<dyn ColumnAt<f64>> = column.at(least).unwrap();
                check(at.mean(1.0).unwrap(), means[bin], &format!("{name} column {j} bin {bin}"));
            }
        }
        check(intercept, case["intercept"].as_f64().unwrap(), &format!("{name} intercept"));
    }
    println!("{compared} numbers compared: farthest {farthest:.1e}");
    assert!(compared > 300, "{compared}");
}

#[test]
fn coefficients_approach_their_closed_form() {
    let file = json("reference/exact.json");
    let (mut largest, mut compared) = (0.0f64, 0);
    for case in file["tabular"].as_array().unwrap() {
        let name = case["dataset"].as_str().unwrap();
        let (names, training) = table(name);
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        let builder = Tabular::builder(&training).feature_names(names);
        let table = builder.discretizer(quantiles(case)).learn().unwrap();
        let representation = table.represent(&instance).unwrap();
        let slopes = DVector::from_vec(numbers(&case["f"]));
        let f0 = case["f0"].as_f64().unwrap();
        let linear = model_fn(|rows: &DMatrix<f64>| (rows * &slopes).add_scalar(f0));
        let d = instance.len();
        let mut spread = vec![Spread::default(); d + 1];
        for seed in 0..300 {
            let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
            let explanation = explainer.samples(4096).seed(seed).explain(&representation, &linear).unwrap();
            let target = &explanation.targets[0];
            for (spread, weight) in spread.iter_mut().zip(target.dense(d)) {
                spread.push(weight);
            }
            spread[d].push(target.intercept.unwrap());
        }
        let mut expected = numbers(&case["coef"]);
        expected.push(case["intercept"].as_f64().unwrap());
        for (j, (spread, expected)) in spread.iter().zip(&expected).enumerate() {
            let z = (spread.mean() - expected) / spread.error();
            assert!(z.abs() <= 4.0, "{name} coefficient {j}: {} for {expected}, z = {z:.2}", spread.mean());
            largest = largest.max(z.abs());
            compared += 1;
        }
    }
    println!("{compared} limits approached over 300 seeds: largest |z| {largest:.2}");
    assert_eq!(compared, 4 + 13 + 10 + 30 + 4);
}
