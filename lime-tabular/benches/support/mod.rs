//! What the benches explain: breast cancer (569 rows, 30 features), row 0, a dot product for the model.

use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{Model, Real, model_fn};
use lime_tabular::{Tabular, TabularRepresentation};

/// All rows.
pub fn training() -> DMatrix<f64> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/breast_cancer.csv");
    let mut values = Vec::new();
    if let Ok(mut reader) = csv::Reader::from_path(path) {
        for record in reader.records().flatten() {
            values.extend(record.iter().take(30).filter_map(|cell| cell.parse::<f64>().ok()));
        }
    }
    DMatrix::from_row_slice(values.len() / 30, 30, &values)
}

/// Row 0, with quartile bins or without a discretiser.
pub fn row(discretized: bool) -> TabularRepresentation<f64> {
    let training = training();
    let builder = Tabular::builder(&training);
    let builder = if discretized { builder } else { builder.without_discretizer() };
    let row: Vec<f64> = training.row(0).iter().copied().collect();
    match builder.learn().and_then(|table| table.represent(&row)) {
        Ok(representation) => representation,
        Err(error) => panic!("{error}"),
    }
}

/// The slopes sin(j) for feature j.
pub fn dot<F: Real>() -> impl Model<DMatrix<F>, F> + Sync {
    let slopes = DVector::from_fn(30, |j, _| F::of((j as f64).sin()));
    model_fn(move |rows: &DMatrix<F>| rows * &slopes)
}
