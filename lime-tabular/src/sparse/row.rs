//! A row of a wide table by what is not zero in it.

use lime_core::Real;
use nalgebra_sparse::CsrMatrix;

use crate::Error;

/// A row by its non-zero columns, which rise strictly. O(non-zeros) memory, however wide the table is.
///
/// Zeros that are given are dropped: they are no features.
///
/// ```
/// use lime_tabular::SparseRow;
///
/// let row = SparseRow::new(100_000, vec![7, 40, 99_999], vec![2.0, 0.0, 1.0])?;
/// assert_eq!((row.width(), row.columns(), row.values()), (100_000, &[7, 99_999][..], &[2.0, 1.0][..]));
/// assert_eq!(SparseRow::from_dense(&[0.0, 3.0])?, SparseRow::new(2, vec![1], vec![3.0])?);
///
/// let error = SparseRow::new(10, vec![4, 4], vec![1.0, 1.0]).unwrap_err();
/// assert_eq!(error.to_string(), "column 4 of the sparse row comes after column 4: sort the columns and give each once");
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRow<F: Real> {
    width: usize,
    columns: Vec<usize>,
    values: Vec<F>,
}

impl<F: Real> SparseRow<F> {
    /// A row of `width` columns that is zero but for `values` in `columns`: one value a column, finite; columns below the width
    /// and strictly rising; at least one value that is not zero.
    ///
    /// # Errors
    /// [`Error::SparseLength`], [`Error::SparseColumn`], [`Error::SparseOrder`], [`Error::RowValue`], [`Error::SparseEmpty`].
    pub fn new(width: usize, mut columns: Vec<usize>, mut values: Vec<F>) -> Result<Self, Error> {
        if columns.len() != values.len() {
            return Err(Error::SparseLength { columns: columns.len(), values: values.len() });
        }
        let mut before = None;
        for (&column, value) in columns.iter().zip(&values) {
            if column >= width {
                return Err(Error::SparseColumn { column, width });
            }
            if let Some(after) = before.replace(column).filter(|&before| before >= column) {
                return Err(Error::SparseOrder { column, after });
            }
            if !value.is_finite() {
                return Err(Error::RowValue { column, name: column.to_string(), value: value.wide() });
            }
        }
        if values.iter().any(|value| *value == F::zero()) {
            let kept = columns.into_iter().zip(values).filter(|(_, value)| *value != F::zero());
            (columns, values) = kept.unzip();
        }
        if columns.is_empty() {
            return Err(Error::SparseEmpty { width });
        }
        Ok(Self { width, columns, values })
    }

    /// A row of a matrix.
    ///
    /// # Errors
    /// [`Error::SparseNoRow`], [`Error::RowValue`], [`Error::SparseEmpty`].
    pub fn of(matrix: &CsrMatrix<F>, row: usize) -> Result<Self, Error> {
        let Some(found) = matrix.get_row(row) else { return Err(Error::SparseNoRow { row, rows: matrix.nrows() }) };
        Self::new(matrix.ncols(), found.col_indices().to_vec(), found.values().to_vec())
    }

    /// A row given with its zeros.
    ///
    /// # Errors
    /// [`Error::RowValue`], [`Error::SparseEmpty`].
    pub fn from_dense(row: &[F]) -> Result<Self, Error> {
        let there = row.iter().enumerate().filter(|(_, value)| **value != F::zero());
        let (columns, values) = there.map(|(column, value)| (column, *value)).unzip();
        Self::new(row.len(), columns, values)
    }

    /// The number of columns, zeros included.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The columns that are not zero, rising.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Their values.
    pub fn values(&self) -> &[F] {
        &self.values
    }
}
