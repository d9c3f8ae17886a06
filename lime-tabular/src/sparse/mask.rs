//! A sparse row whose non-zero columns are kept or set to zero.

use std::ops::Range;

use lime_core::{BoxError, Draw, Interpret, Real, Representation, Space};
use nalgebra_sparse::CsrMatrix;

use super::batch;
use crate::{Error, SparseRow};

/// A sparse row as a mask over its non-zero columns: where z'_j is 1 the column has the row's value, where it is 0 it is zero.
/// The bag of words of Ribeiro et al. (2016, section 3.1), for counts, TF-IDF and one-hot codes.
///
/// | setting | default |
/// |---|---|
/// | [`named_by`](Self::named_by) | the columns' numbers |
///
/// A batch is a [`CsrMatrix`] of all the table's columns whose rows store the instance's non-zero columns; a column that a mask
/// takes away is stored as a zero. O(k) memory and time a row for k non-zeros, and no allocation once a batch has been filled.
/// Nothing is left random, so the empty mask has one answer and surrogates may reproduce it exactly (Kernel SHAP).
///
/// Reading the other way ([`Interpret`]), z'_j is 1 where the column is not zero, whatever its value, as presence of a word is
/// read; columns that are zero in the instance are no features and are passed over. O(k + m) for a row that stores m values.
///
/// ```
/// use lime_core::{Explainer, model_fn};
/// use lime_samplers::Exhaustive;
/// use lime_kernels::Radial;
/// use lime_surrogates::{OrdinaryLeastSquares, selection::NoSelection};
/// use lime_tabular::nalgebra_sparse::CsrMatrix;
/// use lime_tabular::{SparseMask, SparseRow};
///
/// // Three of 50,000 words, and a score that is 0.5 for each count of word 70 and -1 for each of word 30,000.
/// let counts = SparseRow::new(50_000, vec![2, 70, 30_000], vec![1.0, 4.0, 1.0])?;
/// let review = SparseMask::new(counts).named_by(|word| format!("word {word}"));
/// let score = model_fn(|rows: &CsrMatrix<f64>| {
///     let word = |column: usize| if column == 70 { 0.5 } else if column == 30_000 { -1.0 } else { 0.0 };
///     let score = |(columns, values): (&[usize], &[f64])| columns.iter().zip(values).map(|(&j, x)| word(j) * x).sum();
///     rows.row_iter().map(|row| score((row.col_indices(), row.values()))).collect::<Vec<f64>>()
/// });
///
/// // All eight masks.
/// let explainer = Explainer::new(Exhaustive::new(), Radial::default(), NoSelection, OrdinaryLeastSquares::new());
/// let explanation = explainer.explain(&review, &score)?;
/// let top = &explanation.targets[0].features[0];
/// assert_eq!(top.name, "word 70");
/// assert!((top.weight - 2.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SparseMask<F: Real> {
    row: SparseRow<F>,
    names: Vec<String>,
    space: Space<F>,
}

impl<F: Real> SparseMask<F> {
    /// Masks of a row.
    pub fn new(row: SparseRow<F>) -> Self {
        let names = row.columns().iter().map(ToString::to_string).collect();
        let space = Space::masks(row.columns().len());
        Self { row, names, space }
    }

    /// Names the features: `name` is called once for each non-zero column, with its number.
    #[must_use]
    pub fn named_by<T: Into<String>>(self, name: impl Fn(usize) -> T) -> Self {
        Self { names: self.row.columns().iter().map(|&column| name(column).into()).collect(), ..self }
    }

    /// The row itself: feature j is its column `row().columns()[j]`.
    pub fn row(&self) -> &SparseRow<F> {
        &self.row
    }
}

impl<F: Real> Representation<F> for SparseMask<F> {
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
            let present = self.row.values()[j];
            for (value, &z) in values.iter_mut().zip(z) {
                *value = if z > F::of(0.5) { present } else { F::zero() };
            }
        };
        Ok(batch::restore(&self.row, draw, batch, at, fill)?)
    }

    fn instance(&self, batch: &mut CsrMatrix<F>, at: usize) -> Result<(), BoxError> {
        Ok(batch::instance(&self.row, batch, at)?)
    }
}

impl<F: Real> Interpret<F> for SparseMask<F> {
    /// # Errors
    /// [`Error::InputLength`], [`Error::InputValue`] for a value that is not finite, [`Error::SparseBatch`] for positions that
    /// the batch does not have.
    fn interpret(&self, batch: &CsrMatrix<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        let read = |_: usize, value: F| if value == F::zero() { F::zero() } else { F::one() };
        let read: Result<(), Error> = batch::interpret(&self.row, &self.names, batch, positions, draw, read);
        Ok(read?)
    }
}
