//! A sequence of rows in its interpretable space.

use std::ops::Range;

use lime_core::{BoxError, Draw, Interpret, Real, Representation, Space};
use nalgebra::DMatrix;

use crate::{Error, Sequences, TabularRepresentation};

/// Rows laid out together: as many as a cache line holds of a column.
const TOGETHER: usize = 8;

/// A sequence of rows: one interpretable feature for each feature at each time step. The model's batch is [`Sequences`],
/// (rows, steps, features).
///
/// It reads as well as it restores, as [`TabularRepresentation`] does. Both copy a batch once, from columns to steps or back.
///
/// Made by [`SequenceTable::represent`](crate::SequenceTable::represent).
#[derive(Debug)]
pub struct SequenceRepresentation<F: Real> {
    columns: TabularRepresentation<F>,
    row: Vec<F>,
    steps: usize,
    /// Where the value of each column stands in a sequence.
    places: Vec<usize>,
}

impl<F: Real> SequenceRepresentation<F> {
    /// The sequence as a row of columns, and step by step.
    pub(crate) fn new(columns: TabularRepresentation<F>, row: Vec<F>, steps: usize) -> Self {
        let features = row.len() / steps;
        let places = (0..row.len()).map(|j| (j % steps) * features + j / steps).collect();
        Self { columns, row, steps, places }
    }

    /// The sequence itself, step by step.
    pub fn row(&self) -> &[F] {
        &self.row
    }

    /// (steps, features) of the sequence.
    pub fn shape(&self) -> (usize, usize) {
        (self.steps, self.row.len() / self.steps)
    }
}

impl<F: Real> Representation<F> for SequenceRepresentation<F> {
    type Batch = Sequences<F>;

    fn space(&self) -> &Space<F> {
        self.columns.space()
    }

    fn names(&self) -> Vec<String> {
        self.columns.names()
    }

    fn frozen(&self) -> Vec<String> {
        self.columns.frozen()
    }

    fn kind(&self) -> &str {
        "sequence"
    }

    fn allocate(&self, rows: usize) -> Sequences<F> {
        let (steps, features) = self.shape();
        Sequences::zeros((rows, steps, features))
    }

    fn resize(&self, batch: &mut Sequences<F>, rows: usize) {
        batch.resize(rows);
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut Sequences<F>, at: usize) -> Result<(), BoxError> {
        let rows = draw.rows();
        let mut columns = self.columns.allocate(rows);
        self.columns.restore(draw, &mut columns, 0)?;
        let width = self.row.len();
        for (block, inputs) in batch.rows_mut(at..at + rows).chunks_mut(TOGETHER * width).enumerate() {
            let from = block * TOGETHER;
            for (column, &place) in columns.as_slice().chunks_exact(rows).zip(&self.places) {
                for (&value, input) in column[from..].iter().zip(inputs.chunks_exact_mut(width)) {
                    input[place] = value;
                }
            }
        }
        Ok(())
    }

    fn instance(&self, batch: &mut Sequences<F>, at: usize) -> Result<(), BoxError> {
        batch.row_mut(at).copy_from_slice(&self.row);
        Ok(())
    }
}

impl<F: Real> Interpret<F> for SequenceRepresentation<F> {
    /// # Errors
    /// [`Error::SequencesRead`] for sequences of another shape, [`Error::InputValue`] for a value that is not finite (nor
    /// missing, where cells may be), [`Error::Column`] where a column cannot be read.
    fn interpret(&self, batch: &Sequences<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        let (expected, (_, steps, features)) = (self.shape(), batch.shape());
        if (steps, features) != expected {
            return Err(Error::SequencesRead { expected, found: (steps, features) }.into());
        }
        let mut columns = DMatrix::zeros(positions.len(), self.row.len());
        for (mut column, place) in columns.column_iter_mut().zip(&self.places) {
            for (value, input) in column.iter_mut().zip(positions.clone()) {
                *value = batch.row(input)[*place];
            }
        }
        // Inputs are counted in the batch that was given.
        let first = positions.start;
        self.columns.interpret(&columns, 0..positions.len(), draw).map_err(|error| match error.downcast::<Error>() {
            Ok(error) => error.at_input(first).into(),
            Err(error) => error,
        })
    }
}
