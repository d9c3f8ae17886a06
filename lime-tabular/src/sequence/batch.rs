//! Inputs of shape (time steps, features), many at once.

use std::ops::Range;

use lime_core::Real;
use nalgebra::DMatrix;

use crate::Error;

/// A batch of sequences, (rows, steps, features): contiguous and row-major, as tensors are. The value of feature f at step t
/// of row i stands at (i steps + t) features + f.
///
/// The batch of models of sequences and of time series, where features are channels.
///
/// ```
/// use lime_tabular::Sequences;
///
/// // Two sequences of three steps with two features.
/// let batch = Sequences::new((2, 3, 2), (0..12).map(f64::from).collect())?;
/// assert_eq!(batch.row(1), [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]);
/// assert_eq!(batch.get(1, 2, 0), Some(10.0));
///
/// // A model of one output, the last step's first feature, is a closure over the rows.
/// let last: Vec<f64> = batch.iter().map(|row| row[4]).collect();
/// assert_eq!(last, [4.0, 10.0]);
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sequences<F: Real> {
    rows: usize,
    steps: usize,
    features: usize,
    values: Vec<F>,
}

impl<F: Real> Sequences<F> {
    /// A batch of shape (rows, steps, features), steps and features at least 1, from its values in row-major order.
    ///
    /// # Errors
    /// [`Error::SequencesShape`] unless there are rows x steps x features values.
    pub fn new((rows, steps, features): (usize, usize, usize), values: Vec<F>) -> Result<Self, Error> {
        let needed = rows.checked_mul(steps).and_then(|n| n.checked_mul(features));
        if needed != Some(values.len()) || steps == 0 || features == 0 {
            return Err(Error::SequencesShape { rows, steps, features, values: values.len() });
        }
        Ok(Self { rows, steps, features, values })
    }

    /// Every window of `steps` consecutive rows of a table whose rows are in the order of time: of n rows the n - steps + 1
    /// windows, the earliest first.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Sequences;
    /// let windows = Sequences::windows(&dmatrix![1.0, 10.0; 2.0, 20.0; 3.0, 30.0], 2)?;
    /// assert_eq!(windows.shape(), (2, 2, 2));
    /// assert_eq!(windows.row(1), [2.0, 20.0, 3.0, 30.0]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Windows`] unless `steps` is from 1 to the number of rows, and for a table without columns.
    pub fn windows(table: &DMatrix<F>, steps: usize) -> Result<Self, Error> {
        let (rows, features) = table.shape();
        if !(1..=rows).contains(&steps) || features == 0 {
            return Err(Error::Windows { steps, rows, columns: features });
        }
        let by_row = table.transpose();
        let windows = by_row.as_slice().windows(steps * features).step_by(features);
        Ok(Self { rows: rows - steps + 1, steps, features, values: windows.flatten().copied().collect() })
    }

    /// A batch of zeros; steps and features are at least 1.
    pub(crate) fn zeros((rows, steps, features): (usize, usize, usize)) -> Self {
        Self { rows, steps, features, values: vec![F::zero(); rows * steps * features] }
    }

    /// Makes the batch hold as many rows, and keeps its memory.
    pub(crate) fn resize(&mut self, rows: usize) {
        self.rows = rows;
        self.values.resize(rows * self.steps * self.features, F::zero());
    }

    /// (rows, steps, features).
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.rows, self.steps, self.features)
    }

    /// The number of sequences.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of time steps of each.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The number of features at each step.
    pub fn features(&self) -> usize {
        self.features
    }

    /// All values in row-major order: the memory of a tensor of this [`shape`](Self::shape).
    pub fn values(&self) -> &[F] {
        &self.values
    }

    /// The same, given away.
    pub fn into_values(self) -> Vec<F> {
        self.values
    }

    /// A sequence, step by step.
    ///
    /// # Panics
    /// As a slice does, for a row that does not exist.
    pub fn row(&self, row: usize) -> &[F] {
        let width = self.steps * self.features;
        &self.values[row * width..(row + 1) * width]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [F] {
        self.rows_mut(row..row + 1)
    }

    /// The values of rows that follow each other.
    pub(crate) fn rows_mut(&mut self, rows: Range<usize>) -> &mut [F] {
        let width = self.steps * self.features;
        &mut self.values[rows.start * width..rows.end * width]
    }

    /// The sequences, one after the other.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, F> {
        self.values.chunks_exact(self.steps * self.features)
    }

    /// A value, if there are as many rows, steps and features.
    pub fn get(&self, row: usize, step: usize, feature: usize) -> Option<F> {
        let there = row < self.rows && step < self.steps && feature < self.features;
        there.then(|| self.values[(row * self.steps + step) * self.features + feature])
    }

    /// The sequences as rows of a table, feature by feature and time within, as the original lays them out: feature f at step
    /// t is column f steps + t. For a [`SequenceTable`](crate::SequenceTable) over a table of one's own.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Sequences;
    /// let one = Sequences::new((1, 2, 2), vec![1.0, 10.0, 2.0, 20.0])?;
    /// assert_eq!(one.columns(), dmatrix![1.0, 2.0, 10.0, 20.0]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    pub fn columns(&self) -> DMatrix<F> {
        let mut columns = DMatrix::zeros(self.rows, self.steps * self.features);
        for (j, mut column) in columns.column_iter_mut().enumerate() {
            let at = (j % self.steps) * self.features + j / self.steps;
            for (value, row) in column.iter_mut().zip(self.iter()) {
                *value = row[at];
            }
        }
        columns
    }
}

impl<'a, F: Real> IntoIterator for &'a Sequences<F> {
    type Item = &'a [F];
    type IntoIter = std::slice::ChunksExact<'a, F>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
