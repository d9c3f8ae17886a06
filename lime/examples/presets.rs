//! One prediction, explained by four methods side by side.
//!
//! The model is the network of `assets/breast-cancer.onnx`, the row the first of its table. LIME, GLIME and BayLIME explain by
//! quartile bins, Kernel SHAP by columns set to the table's means: all of them give the thirty measurements a weight each. Run
//! with `cargo run --example presets`.
#![allow(clippy::print_stdout)]

mod support;

use lime::models::OnnxModel;
use lime::tabular::{self, Tabular};
use lime::{BoxError, Explanation, Targets, presets};
use support::read;

fn main() -> Result<(), BoxError> {
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    let model = OnnxModel::load(format!("{assets}/breast-cancer.onnx"))?;
    let (names, training) = read(&format!("{assets}/breast-cancer.csv"))?;
    let row: Vec<f64> = training.row(0).iter().copied().collect();
    let table = Tabular::builder(&training).feature_names(names.clone()).learn()?;
    let (bins, columns) = (table.represent(&row)?, table.baseline(&row)?);

    let target = Targets::Given(vec![0]);
    let explanations = [
        ("LIME", tabular::original().targets(target.clone()).explain(&bins, &model)?),
        ("GLIME", presets::glime().targets(target.clone()).explain(&bins, &model)?),
        ("BayLIME", presets::baylime().targets(target.clone()).explain(&bins, &model)?),
        ("Kernel SHAP", presets::kernel_shap().targets(target).explain(&columns, &model)?),
    ];

    let weight = |explanation: &Explanation, j: usize| explanation.targets[0].dense(names.len())[j];
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| weight(&explanations[0].1, b).abs().total_cmp(&weight(&explanations[0].1, a).abs()));
    print!("{:<24}", "");
    explanations.iter().for_each(|(method, _)| print!("{method:>12}"));
    for j in order.into_iter().take(10) {
        print!("\n{:<24}", names[j]);
        explanations.iter().for_each(|(_, explanation)| print!("{:>+12.4}", weight(explanation, j)));
    }
    print!("\n{:<24}", "model calls");
    explanations.iter().for_each(|(_, explanation)| print!("{:>12}", explanation.model_calls));
    println!();
    Ok(())
}
