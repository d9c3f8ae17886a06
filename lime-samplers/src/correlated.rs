//! Normal coordinates that vary together.

use std::ops::Range;

use lime_core::{Quantile, Stream, TILE};
use nalgebra::{Cholesky, DMatrix};

use crate::points::units;
use crate::{Error, Normal};

/// A symmetric positive definite matrix C as its Cholesky factor, C = L L'.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correlated {
    /// The rows of L up to the diagonal, without leading zeros: (the first column, the entries from it on).
    rows: Vec<(usize, Vec<f64>)>,
}

impl Correlated {
    /// The factor of a matrix, of which `what` says what it is.
    pub(crate) fn new(matrix: DMatrix<f64>, what: &'static str) -> Result<Self, Error> {
        let (rows, columns) = matrix.shape();
        if rows != columns || rows == 0 {
            return Err(Error::MatrixShape { what, rows, columns, expected: None });
        }
        let diagonal: Vec<f64> = matrix.diagonal().iter().copied().collect();
        let fail = |row: usize, column: usize, must: &'static str| {
            Err(Error::MatrixEntry { what, row, column, value: matrix[(row, column)], must })
        };
        if let Some(j) = diagonal.iter().position(|v| !(*v > 0.0 && v.is_finite())) {
            return fail(j, j, "a variance must be finite and above 0");
        }
        for row in 0..rows {
            for column in 0..row {
                let (value, mirrored) = (matrix[(row, column)], matrix[(column, row)]);
                if !value.is_finite() || !mirrored.is_finite() {
                    return fail(row, column, "it must be finite");
                }
                // Up to rounding: estimates and inverses are seldom symmetric to the last bit.
                if (value - mirrored).abs() > 1e-8 * diagonal[row].sqrt() * diagonal[column].sqrt() {
                    return fail(row, column, "the entry on the other side of the diagonal is another one");
                }
            }
        }
        // Factorised as correlations, so that a pivot that is nothing but rounding is known at any scale.
        let scale: Vec<f64> = diagonal.iter().map(|v| v.sqrt()).collect();
        let unit = DMatrix::from_fn(rows, rows, |i, j| if i == j { 1.0 } else { matrix[(i, j)] / scale[i] / scale[j] });
        let lost = rows as f64 * f64::EPSILON;
        let factor = match Cholesky::new(unit.clone()) {
            Some(factor) => factor.unpack(),
            None => return Err(Error::NotPositiveDefinite { what, feature: first_dependent(&unit) }),
        };
        if let Some(feature) = (0..rows).find(|&j| factor[(j, j)] * factor[(j, j)] <= lost) {
            return Err(Error::NotPositiveDefinite { what, feature });
        }
        let rows = (0..rows).map(|j| {
            let first = (0..j).find(|&k| factor[(j, k)] != 0.0).unwrap_or(j);
            (first, (first..=j).map(|k| factor[(j, k)] * scale[j]).collect())
        });
        Ok(Self { rows: rows.collect() })
    }

    /// Whether the matrix is one over this many features.
    pub(crate) fn check_size(&self, what: &'static str, features: usize) -> Result<(), Error> {
        let size = self.rows.len();
        if size == features {
            return Ok(());
        }
        Err(Error::MatrixShape { what, rows: size, columns: size, expected: Some(features) })
    }

    /// Calls `visit(column, rows, values)` for every column and every piece of a tile, as [`Stream::words`]: the values of a
    /// row are normal with mean 0 and this covariance. O(d^2) a row.
    pub(crate) fn visit(
        &self,
        stream: &Stream,
        normal: Normal,
        rows: Range<usize>,
        mut visit: impl FnMut(usize, Range<usize>, &[f64]),
    ) {
        let d = self.rows.len();
        let mut independent = vec![0.0; d * TILE];
        let (mut u, mut values) = ([0.0; TILE], [0.0; TILE]);
        stream.words(rows, 0..d, |j, at, words| {
            let (u, values) = (&mut u[..words.len()], &mut values[..words.len()]);
            units(words, u);
            normal.fill(u, &mut independent[j * TILE..][..words.len()]);
            values.fill(0.0);
            let (first, factors) = &self.rows[j];
            for (column, &factor) in independent.chunks_exact(TILE).skip(*first).zip(factors) {
                for (value, &normal) in values.iter_mut().zip(column) {
                    *value += factor * normal;
                }
            }
            visit(j, at, values);
        });
    }
}

/// The order of the first leading block that is not positive definite, less one.
fn first_dependent(matrix: &DMatrix<f64>) -> usize {
    let size = matrix.nrows();
    let definite = |order: &usize| Cholesky::new(matrix.view((0, 0), (*order, *order)).into_owned()).is_some();
    (1..=size).find(|order| !definite(order)).unwrap_or(size) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    fn refused(matrix: DMatrix<f64>) -> Error {
        Correlated::new(matrix, "covariance").unwrap_err()
    }

    #[test]
    fn matrices_that_are_none() {
        assert!(matches!(refused(DMatrix::zeros(2, 3)), Error::MatrixShape { rows: 2, columns: 3, .. }));
        assert!(matches!(refused(DMatrix::zeros(0, 0)), Error::MatrixShape { .. }));
        for (wrong, place) in [
            (dmatrix![1.0, 0.5; 0.4, 1.0], (1, 0)),
            (dmatrix![1.0, f64::NAN; 0.4, 1.0], (1, 0)),
            (dmatrix![1.0, f64::INFINITY; f64::INFINITY, 1.0], (1, 0)),
            (dmatrix![1.0, 0.0; 0.0, -1.0], (1, 1)),
            (dmatrix![0.0, 0.0; 0.0, 1.0], (0, 0)),
        ] {
            let Error::MatrixEntry { row, column, .. } = refused(wrong.clone()) else { panic!("{wrong}") };
            assert_eq!((row, column), place, "{wrong}");
        }
        let indefinite = dmatrix![1.0, 0.9, 0.0; 0.9, 1.0, 0.9; 0.0, 0.9, 1.0];
        assert_eq!(refused(indefinite), Error::NotPositiveDefinite { what: "covariance", feature: 2 });
        // The second feature is twice the first, at any scale.
        for scale in [1.0, 1e-200, 1e150, 3e-7] {
            let singular = dmatrix![1.0, 2.0; 2.0, 4.0] * scale;
            assert_eq!(refused(singular), Error::NotPositiveDefinite { what: "covariance", feature: 1 }, "{scale}");
        }
    }

    #[test]
    fn the_factor_gives_the_matrix_back() {
        let matrix = dmatrix![4.0, 1.2, 0.0; 1.2, 9.0, 0.0; 0.0, 0.0, 2.0];
        let rows = Correlated::new(matrix.clone(), "covariance").unwrap().rows;
        let factor = DMatrix::from_fn(3, 3, |j, k| {
            k.checked_sub(rows[j].0).and_then(|at| rows[j].1.get(at)).copied().unwrap_or(0.0)
        });
        assert!((&factor * factor.transpose() - matrix).amax() < 1e-14);
        assert_eq!(rows[2], (2, vec![2f64.sqrt()]));
    }
}
