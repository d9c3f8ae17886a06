//! A row of a table in its interpretable space.

use std::ops::Range;

use lime_core::{BoxError, Draw, Interpret, Real, Representation, Space};
use nalgebra::DMatrix;

use crate::{ColumnAt, Error};

/// A row of a table: one interpretable feature a column. The model's batch is a matrix of rows, (rows, columns).
///
/// It reads as well as it restores: z' of any row of the model's inputs is 1 where a column falls into the instance's bin or
/// is its category, and the column's own coordinate where it is a number.
///
/// Made by [`Tabular::represent`](crate::Tabular::represent).
#[derive(Debug)]
pub struct TabularRepresentation<F: Real> {
    row: Vec<F>,
    columns: Vec<Box<dyn ColumnAt<F>>>,
    space: Space<F>,
}

impl<F: Real> TabularRepresentation<F> {
    /// A row and its columns around it, as many.
    pub(crate) fn new(row: Vec<F>, columns: Vec<Box<dyn ColumnAt<F>>>) -> Result<Self, Error> {
        let laws = columns.iter().map(|column| column.law()).collect();
        let origin = columns.iter().map(|column| column.origin()).collect();
        Ok(Self { row, columns, space: Space::new(laws, origin)?.with_noise(true) })
    }

    /// The row itself.
    pub fn row(&self) -> &[F] {
        &self.row
    }
}

impl<F: Real> Representation<F> for TabularRepresentation<F> {
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name()).collect()
    }

    fn kind(&self) -> &str {
        "tabular"
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.row.len())
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        let (rows, height) = (draw.rows(), batch.nrows());
        let values = batch.as_mut_slice();
        for (j, column) in self.columns.iter().enumerate() {
            let place = j * height + at..j * height + at + rows;
            column.restore(draw.z.column(j).as_slice(), draw.noise.column(j).as_slice(), &mut values[place]);
        }
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        for (j, &x) in self.row.iter().enumerate() {
            batch[(at, j)] = x;
        }
        Ok(())
    }
}

impl<F: Real> Interpret<F> for TabularRepresentation<F> {
    /// # Errors
    /// [`Error::InputLength`], [`Error::InputValue`] for a value that is not finite, [`Error::Column`] where a column cannot be
    /// read.
    fn interpret(&self, batch: &DMatrix<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        if batch.ncols() != self.row.len() {
            return Err(Error::InputLength { expected: self.row.len(), found: batch.ncols() }.into());
        }
        let (height, rows) = (batch.nrows(), draw.rows());
        let z = draw.z.as_mut_slice();
        for (j, column) in self.columns.iter().enumerate() {
            let values = &batch.as_slice()[j * height + positions.start..j * height + positions.end];
            if let Some(at) = values.iter().position(|v| !v.is_finite()) {
                let (input, value) = (positions.start + at, values[at].wide());
                return Err(Error::InputValue { input, column: j, name: column.name(), value }.into());
            }
            let read = column.interpret(values, &mut z[j * rows..j * rows + values.len()]);
            read.map_err(|source| Error::Column { column: j, name: column.name(), source })?;
        }
        Ok(())
    }
}
