//! A row of a table in its interpretable space.

use std::ops::Range;
use std::sync::Arc;

use lime_core::{BoxError, Draw, Interpret, Law, Real, Representation, Space};
use nalgebra::DMatrix;

use crate::{ColumnAt, Encoding, Error};

/// A feature around the instance's value, and where it stands in the model's input.
#[derive(Debug, Clone)]
pub(crate) struct FeatureAt<F: Real> {
    pub(crate) at: Arc<dyn ColumnAt<F>>,
    pub(crate) columns: Vec<usize>,
    pub(crate) encoding: Option<Arc<dyn Encoding<F>>>,
}

/// A row of a table: an interpretable feature for each column, or for several that are its encoding. The model's batch is a
/// matrix of rows, (rows, columns). Columns that are held fixed are no features.
///
/// It reads as well as it restores: z' of any row of the model's inputs is 1 where a column falls into the instance's bin or
/// is its category, and the column's own coordinate where it is a number.
///
/// Made by [`Tabular::represent`](crate::Tabular::represent).
#[derive(Debug, Clone)]
pub struct TabularRepresentation<F: Real> {
    row: Vec<F>,
    features: Vec<FeatureAt<F>>,
    /// Columns that are held fixed, and what is said of them.
    frozen: Vec<usize>,
    frozen_names: Vec<String>,
    space: Space<F>,
}

impl<F: Real> TabularRepresentation<F> {
    pub(crate) fn new(
        row: Vec<F>,
        features: Vec<FeatureAt<F>>,
        frozen: Vec<usize>,
        frozen_names: Vec<String>,
    ) -> Result<Self, Error> {
        let laws = features.iter().map(|feature| kept_in_half(&*feature.at)).collect();
        let origin = features.iter().map(|feature| feature.at.origin()).collect();
        let bases = features.iter().map(|feature| feature.at.basis()).collect();
        let space = Space::new(laws, origin)?.with_noise(true).with_bases(bases)?;
        Ok(Self { row, features, frozen, frozen_names, space })
    }

    /// The row itself.
    pub fn row(&self) -> &[F] {
        &self.row
    }

    pub(crate) fn features(&self) -> &[FeatureAt<F>] {
        &self.features
    }

    pub(crate) fn frozen_columns(&self) -> &[usize] {
        &self.frozen
    }

    /// The population covariance of z' over training rows, (features, features): what `lime_samplers::Gaussian::with_covariance`
    /// takes to draw correlated numbers, for tables without bins. Rows with a missing cell are left out.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Tabular;
    ///
    /// let training = dmatrix![1.0, 2.0; 2.0, 4.0; 3.0, 6.0];
    /// let table = Tabular::builder(&training).without_discretizer().learn()?;
    /// let covariance = table.represent(&[2.0, 4.0])?.covariance(&training)?;
    /// assert!((covariance - dmatrix![1.0, 1.0; 1.0, 1.0]).amax() < 1e-12);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// As [`interpret`](Interpret::interpret); [`Error::Size`] where fewer than two rows are whole.
    pub fn covariance(&self, training: &DMatrix<F>) -> Result<DMatrix<f64>, BoxError> {
        if training.ncols() != self.row.len() {
            return Err(Error::InputLength { expected: self.row.len(), found: training.ncols() }.into());
        }
        let missing = |row: usize, feature: &FeatureAt<F>| match (&feature.encoding, &feature.columns[..]) {
            (None, [column]) => feature.at.is_missing(training[(row, *column)]),
            (Some(encoding), columns) => {
                let parts: Vec<F> = columns.iter().map(|&column| training[(row, column)]).collect();
                encoding.decode(&parts).is_ok_and(|code| feature.at.is_missing(code))
            }
            (None, _) => false,
        };
        let whole = |row: &usize| {
            training.row(*row).iter().all(|value| value.is_finite())
                && !self.features.iter().any(|feature| missing(*row, feature))
        };
        let rows: Vec<usize> = (0..training.nrows()).filter(whole).collect();
        if rows.len() < 2 {
            return Err(Error::Size { rows: rows.len(), columns: training.ncols() }.into());
        }
        let mut draw = Draw::new(&self.space, rows.len());
        self.interpret(&training.select_rows(&rows), 0..rows.len(), &mut draw)?;
        let mut z = draw.z.map(|z| z.wide());
        for mut column in z.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        Ok(z.tr_mul(&z) / rows.len() as f64)
    }
}

/// The law of a coordinate, with an unseen level of the instance kept in half the samples.
fn kept_in_half<F: Real>(column: &dyn ColumnAt<F>) -> Law<F> {
    match column.law() {
        Law::Levels { own, mut frequency } if column.is_unseen() && frequency.get(own) == Some(&0.0) => {
            frequency.iter_mut().for_each(|share| *share *= 0.5);
            frequency[own] = 0.5;
            Law::Levels { own, frequency }
        }
        law => law,
    }
}

/// `rows` values of a column from position `at`, of a matrix `height` rows high.
fn stretch(column: usize, height: usize, at: usize, rows: usize) -> Range<usize> {
    column * height + at..column * height + at + rows
}

impl<F: Real> Representation<F> for TabularRepresentation<F> {
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.at.name()).collect()
    }

    fn frozen(&self) -> Vec<String> {
        self.frozen_names.clone()
    }

    fn kind(&self) -> &str {
        "tabular"
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.row.len())
    }

    fn fits(&self, batch: &DMatrix<F>) -> bool {
        batch.ncols() == self.row.len()
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        let (rows, height) = (draw.rows(), batch.nrows());
        let values = batch.as_mut_slice();
        let mut codes = Vec::new();
        for (j, feature) in self.features.iter().enumerate() {
            let (z, noise) = (draw.z.column(j), draw.noise.column(j));
            match (&feature.encoding, &feature.columns[..]) {
                (None, [column]) => {
                    let place = stretch(*column, height, at, rows);
                    feature.at.restore(z.as_slice(), noise.as_slice(), &mut values[place]);
                }
                (Some(encoding), columns) => {
                    codes.resize(rows, F::zero());
                    feature.at.restore(z.as_slice(), noise.as_slice(), &mut codes);
                    for (part, &column) in columns.iter().enumerate() {
                        encoding.encode(&codes, part, &mut values[stretch(column, height, at, rows)]);
                    }
                }
                (None, _) => {}
            }
        }
        for &column in &self.frozen {
            values[stretch(column, height, at, rows)].fill(self.row[column]);
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
    /// [`Error::InputLength`], [`Error::InputValue`] for a value that is not finite (nor missing, where cells may be),
    /// [`Error::InputMissing`] for a number that stands for a missing cell where they may not,
    /// [`Error::Column`] where a column cannot be read.
    fn interpret(&self, batch: &DMatrix<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        if batch.ncols() != self.row.len() {
            return Err(Error::InputLength { expected: self.row.len(), found: batch.ncols() }.into());
        }
        let (height, rows, inputs) = (batch.nrows(), draw.rows(), positions.len());
        let z = draw.z.as_mut_slice();
        let mut codes = Vec::new();
        for (j, feature) in self.features.iter().enumerate() {
            let column = feature.columns.first().copied().unwrap_or_default();
            let fail = |source| Error::Column { column, name: feature.at.name(), source };
            let values = match &feature.encoding {
                None => &batch.as_slice()[stretch(column, height, positions.start, inputs)],
                Some(encoding) => {
                    codes.clear();
                    for row in positions.clone() {
                        let parts: Vec<F> = feature.columns.iter().map(|&c| batch[(row, c)]).collect();
                        codes.push(encoding.decode(&parts).map_err(fail)?);
                    }
                    &codes
                }
            };
            let missing = feature.at.takes_missing();
            let wrong = |value: &F| if feature.at.is_missing(*value) { !missing } else { !value.is_finite() };
            if let Some(at) = values.iter().position(wrong) {
                let (input, value, name) = (positions.start + at, values[at].wide(), feature.at.name());
                return Err(match value.is_finite() {
                    true => Error::InputMissing { input, column, name }.into(),
                    false => Error::InputValue { input, column, name, value }.into(),
                });
            }
            feature.at.interpret(values, &mut z[j * rows..j * rows + inputs]).map_err(fail)?;
        }
        Ok(())
    }
}
