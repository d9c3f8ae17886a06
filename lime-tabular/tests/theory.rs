//! The exact limits of discretised LIME on linear models (reference/exact.json): approached within sampling error.
#![allow(clippy::unwrap_used)]

mod support;

use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{BoxError, Explainer, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Discretizer, Tabular, quantile};
use support::{Spread, json, numbers, row, table};

/// A discretiser of this test's own: edges at given percentiles.
struct Percentiles(Vec<f64>);

impl Discretizer for Percentiles {
    fn edges(&self, sorted: &[f64]) -> Result<Vec<f64>, BoxError> {
        let mut edges: Vec<f64> = self.0.iter().map(|p| quantile(sorted, p / 100.0)).collect();
        edges.dedup();
        Ok(edges)
    }
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
        let table = builder.discretizer(Percentiles(numbers(&case["percentiles"]))).learn().unwrap();
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
