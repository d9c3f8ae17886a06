//! Reading tables, for the examples.

use lime::BoxError;
use lime::nalgebra::DMatrix;

/// The numbers of a CSV file with a header, without its last column.
pub(crate) fn read(path: &str) -> Result<(Vec<String>, DMatrix<f64>), BoxError> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut names: Vec<String> = reader.headers()?.iter().map(String::from).collect();
    names.pop();
    let mut values = Vec::new();
    for record in reader.records() {
        for cell in record?.iter().take(names.len()) {
            values.push(cell.parse()?);
        }
    }
    Ok((names.clone(), DMatrix::from_row_slice(values.len() / names.len(), names.len(), &values)))
}
