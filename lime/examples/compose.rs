//! An explainer put together by hand, around a closure.
//!
//! The model is a risk score over two of the thirty measurements of a breast cancer biopsy; the explanation has to find those
//! two among thirty. Run with `cargo run --example compose`.
#![allow(clippy::print_stdout)]

mod support;

use lime::kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime::nalgebra::DMatrix;
use lime::report::Terminal;
use lime::samplers::MonteCarlo;
use lime::surrogates::{Ridge, selection::ForwardSelection};
use lime::tabular::Tabular;
use lime::{BoxError, Explainer, model_fn};
use support::read;

fn main() -> Result<(), BoxError> {
    let (names, training) = read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/breast-cancer.csv"))?;
    let radius = position(&names, "worst radius")?;
    let points = position(&names, "worst concave points")?;

    // The black box: any closure from a batch of rows to a column (or a matrix) of outputs.
    let risk = model_fn(|rows: &DMatrix<f64>| -> Vec<f64> {
        let score = |i| 0.6 * (rows[(i, radius)] - 16.0) + 30.0 * (rows[(i, points)] - 0.12);
        (0..rows.nrows()).map(|i| 1.0 / (1.0 + f64::exp(-score(i)))).collect()
    });

    // The four parts, each replaceable: how to sample, what is near, which features, which surrogate.
    let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(0.5)?);
    let explainer = Explainer::new(MonteCarlo, kernel, ForwardSelection::new(4)?, Ridge::new(0.1)?)
        .samples(2_000)
        .seed(7)
        .output_names(["risk"]);

    let table = Tabular::builder(&training).feature_names(names).learn()?;
    let row: Vec<f64> = training.row(0).iter().copied().collect();
    let explanation = explainer.explain(&table.represent(&row)?, &risk)?;
    print!("{}", Terminal::new().render(&explanation));

    let top: Vec<&str> = explanation.targets[0].features[..2].iter().map(|f| f.name.as_str()).collect();
    assert!(top.iter().any(|name| name.contains("worst radius")), "{top:?}");
    assert!(top.iter().any(|name| name.contains("worst concave points")), "{top:?}");
    Ok(())
}

fn position(names: &[String], name: &str) -> Result<usize, BoxError> {
    names.iter().position(|n| n == name).ok_or_else(|| format!("no column {name}").into())
}
