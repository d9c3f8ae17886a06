//! A sparse row whose non-zero columns are numbers, perturbed by normal laws.

use std::ops::Range;
use std::sync::Arc;

use lime_core::{BoxError, Draw, Interpret, Law, Real, Representation, Space};
use lime_samplers::Normal;
use nalgebra_sparse::CsrMatrix;

use super::batch;
use crate::{Around, Error, SparseRow};

/// Mean and standard deviation of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

/// A sparse row whose non-zero columns are numbers: z'_j = (x_j - mean_j) / sd_j, drawn from a normal law with standard
/// deviation 1 around the training mean (0) or around the instance's own value. Columns that are zero in the instance stay
/// zero. What [`Gaussian`](crate::Gaussian) is to the columns of a dense row.
///
/// The original's path for sparse rows, but for two things. The original multiplies sparse rows by their standard deviations
/// before it measures and fits; this divides, as the original does for dense rows. And the original's kernel width comes from
/// the number of all columns, where a width rule such as [`RootDimension`](lime_kernels::RootDimension) sees the non-zero ones.
///
/// A batch is a [`CsrMatrix`] of all the table's columns whose rows store the instance's non-zero columns. O(k) memory and time
/// a row for k non-zeros, and no allocation once a batch has been filled. Reading ([`Interpret`]) takes rows that store any
/// columns; O(k + m) for a row that stores m values.
///
/// Made by [`SparseTable::represent`](crate::SparseTable::represent).
#[derive(Debug, Clone)]
pub struct SparseNumeric<F: Real> {
    row: SparseRow<F>,
    spread: Vec<Spread>,
    names: Vec<String>,
    space: Space<F>,
}

impl<F: Real> SparseNumeric<F> {
    /// A row, with spread and name of each of its non-zero columns.
    pub(crate) fn new(
        row: SparseRow<F>,
        spread: Vec<Spread>,
        names: Vec<String>,
        around: Around,
    ) -> Result<Self, Error> {
        let mut laws: Vec<Law<F>> = Vec::with_capacity(spread.len());
        let mut origin = Vec::with_capacity(spread.len());
        for (j, ((&x, spread), name)) in row.values().iter().zip(&spread).zip(&names).enumerate() {
            let z = (x.wide() - spread.mean) / spread.sd;
            let centre = match around {
                Around::Mean => 0.0,
                Around::Instance => z,
            };
            let law = Normal::new(centre, 1.0).map_err(|source| {
                let column = row.columns()[j];
                Error::Column { column, name: name.clone(), source: source.into() }
            })?;
            laws.push(Law::Continuous(Arc::new(law)));
            origin.push(F::of(z));
        }
        Ok(Self { space: Space::new(laws, origin)?, row, spread, names })
    }

    /// The row itself: feature j is its column `row().columns()[j]`.
    pub fn row(&self) -> &SparseRow<F> {
        &self.row
    }
}

impl<F: Real> Representation<F> for SparseNumeric<F> {
    type Batch = CsrMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn kind(&self) -> &str {
        "tabular"
    }

    fn allocate(&self, rows: usize) -> CsrMatrix<F> {
        CsrMatrix::zeros(rows, self.row.width())
    }

    fn resize(&self, batch: &mut CsrMatrix<F>, rows: usize) {
        batch::resize(batch, rows, self.row.width());
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut CsrMatrix<F>, at: usize) -> Result<(), BoxError> {
        let fill = |j: usize, z: &[F], values: &mut [F]| {
            let (mean, sd) = (F::of(self.spread[j].mean), F::of(self.spread[j].sd));
            for (value, &z) in values.iter_mut().zip(z) {
                *value = mean + sd * z;
            }
        };
        Ok(batch::restore(&self.row, draw, batch, at, fill)?)
    }

    fn instance(&self, batch: &mut CsrMatrix<F>, at: usize) -> Result<(), BoxError> {
        Ok(batch::instance(&self.row, batch, at)?)
    }
}

impl<F: Real> Interpret<F> for SparseNumeric<F> {
    /// # Errors
    /// [`Error::InputLength`], [`Error::InputValue`] for a value that is not finite, [`Error::SparseBatch`] for positions that
    /// the batch does not have.
    fn interpret(&self, batch: &CsrMatrix<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        let read = |j: usize, value: F| F::of((value.wide() - self.spread[j].mean) / self.spread[j].sd);
        Ok(batch::interpret(&self.row, &self.names, batch, positions, draw, read)?)
    }
}
