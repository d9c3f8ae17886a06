//! A model trained in-process by another crate: smartcore's random forest on the penguins, explained.
//!
//! The forest predicts body mass from the other measurements. Run with `cargo run --example smartcore`.
#![allow(clippy::print_stdout)]

use lime::nalgebra::DMatrix;
use lime::report::Terminal;
use lime::tabular::{Tabular, explainer};
use lime::{BoxError, model_fn};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

const MEASURES: [&str; 3] = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"];
const SEXES: [&str; 2] = ["female", "male"];

fn main() -> Result<(), BoxError> {
    let (x, mass) = read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/penguins.csv"))?;
    let parameters = RandomForestRegressorParameters::default().with_n_trees(50).with_max_depth(8).with_seed(1);
    let forest = RandomForestRegressor::fit(&to_smartcore(&x)?, &mass, parameters)?;

    // A closure makes it a black box. Whatever it returns, a `Result` included, is the model's answer.
    let model =
        model_fn(|rows: &DMatrix<f64>| -> Result<Vec<f64>, BoxError> { Ok(forest.predict(&to_smartcore(rows)?)?) });

    let names = MEASURES.iter().copied().chain(["sex"]);
    let table = Tabular::builder(&x).feature_names(names).levels(3, SEXES).learn()?;
    let row: Vec<f64> = x.row(0).iter().copied().collect();
    let explanation = explainer().output_names(["body_mass_g"]).explain(&table.represent(&row)?, &model)?;
    print!("{}", Terminal::new().render(&explanation));

    let heaviest = &explanation.targets[0].features[0];
    assert!(heaviest.name.contains("flipper_length_mm") || heaviest.name.contains("sex"), "{heaviest:?}");
    Ok(())
}

/// The measures and the sex (0 female, 1 male) of every penguin without missing cells, and its body mass in grams.
fn read(path: &str) -> Result<(DMatrix<f64>, Vec<f64>), BoxError> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|h| h == name).ok_or(format!("no column {name}"));
    let measures = MEASURES.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>()?;
    let (sex, mass) = (column("sex")?, column("body_mass_g")?);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record?;
        let numbers: Option<Vec<f64>> = measures.iter().chain([&mass]).map(|&c| record[c].parse().ok()).collect();
        let code = SEXES.iter().position(|level| *level == &record[sex]);
        if let (Some(mut numbers), Some(code)) = (numbers, code) {
            y.extend(numbers.pop());
            x.extend(numbers);
            x.push(code as f64);
        }
    }
    Ok((DMatrix::from_row_slice(y.len(), MEASURES.len() + 1, &x), y))
}

fn to_smartcore(rows: &DMatrix<f64>) -> Result<DenseMatrix<f64>, BoxError> {
    Ok(DenseMatrix::new(rows.nrows(), rows.ncols(), rows.as_slice().to_vec(), true)?)
}
