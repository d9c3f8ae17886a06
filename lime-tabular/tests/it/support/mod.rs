//! Tables and reference files for the tests of this crate.

use lime_core::nalgebra::DMatrix;
use serde_json::Value;

pub(crate) fn path(name: &str) -> String {
    format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(crate) fn lists(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// A table of scikit-learn's: names and values of all columns but the last, the target.
pub(crate) fn table(name: &str) -> (Vec<String>, DMatrix<f64>) {
    let mut reader = csv::Reader::from_path(path(&format!("data/{name}.csv"))).unwrap();
    let mut names: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    names.pop();
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        values.extend(record.iter().take(names.len()).map(|cell| cell.parse::<f64>().unwrap()));
    }
    let rows = values.len() / names.len();
    (names.clone(), DMatrix::from_row_slice(rows, names.len(), &values))
}

/// The target of such a table as classes, numbered as they come.
pub(crate) fn classes(name: &str) -> Vec<usize> {
    let mut reader = csv::Reader::from_path(path(&format!("data/{name}.csv"))).unwrap();
    let mut known: Vec<String> = Vec::new();
    let mut number = |record: csv::StringRecord| {
        let target = record.iter().next_back().unwrap();
        known.iter().position(|class| class == target).unwrap_or_else(|| {
            known.push(target.into());
            known.len() - 1
        })
    };
    reader.records().map(|record| number(record.unwrap())).collect()
}

pub(crate) fn row(matrix: &DMatrix<f64>, row: usize) -> Vec<f64> {
    matrix.row(row).iter().copied().collect()
}

/// Running mean and variance.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    pub(crate) fn push(&mut self, value: f64) {
        self.n += 1.0;
        let step = value - self.mean;
        self.mean += step / self.n;
        self.squares += step * (value - self.mean);
    }

    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    pub(crate) fn sd(&self) -> f64 {
        (self.squares / (self.n - 1.0)).sqrt()
    }

    /// The standard error of the mean.
    pub(crate) fn error(&self) -> f64 {
        self.sd() / self.n.sqrt()
    }
}
