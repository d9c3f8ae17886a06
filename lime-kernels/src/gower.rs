//! Gower's distance.

use lime_core::{BoxError, Real};
use nalgebra::{DMatrix, DMatrixView};

use crate::error::check_finite;
use crate::{Error, Metric};

/// A column as [`Gower`] sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum GowerColumn {
    /// A number: two values are |a - b| / range apart.
    Number {
        /// The largest value of the training rows minus the smallest: finite and above 0.
        range: f64,
    },
    /// A category: two values are 0 apart where they are equal, else 1.
    Category,
    /// A column that does not count: two values are 0 apart. A number of one value in all training rows is one.
    Constant,
}

/// Gower's distance for columns of mixed types (Gower, 1971), 1 minus his general coefficient of similarity:
///
/// ```text
/// d(a, b) = sum_j weight_j part_j(a_j, b_j) / sum_j weight_j
/// ```
///
/// with the parts of [`GowerColumn`]. Between 0 and 1 for points within the columns' ranges, and above 1 where a number lies
/// beyond them. All weights are in the divisor, those of constant columns too. O(n d).
///
/// | parameter | default | range |
/// |---|---|---|
/// | columns | | at least 1 |
/// | range of a number | from training rows: largest minus smallest value | finite, > 0 |
/// | weights | 1 each | finite, >= 0, not all 0 |
///
/// Values are compared as they stand, so a category is any number that codes it. There are no missing values.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Gower, GowerColumn, Metric};
///
/// // An age of range 50, and a colour.
/// let gower = Gower::new([GowerColumn::Number { range: 50.0 }, GowerColumn::Category])?;
/// let samples = dmatrix![30.0, 2.0; 55.0, 2.0; 55.0, 7.0];
/// let mut distances = [0.0; 3];
/// gower.distances(&[30.0, 2.0], samples.as_view(), &mut distances);
/// assert_eq!(distances, [0.0, 0.25, 0.75]);
///
/// let gower = gower.with_weights(&[3.0, 1.0])?;
/// gower.distances(&[30.0, 2.0], samples.as_view(), &mut distances);
/// assert_eq!(distances, [0.0, 0.375, 0.625]);
/// # Ok::<(), lime_kernels::Error>(())
/// ```
///
/// As a kernel of a table whose last column is a category, with ranges from its training rows:
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Exponential, Gower, MedianDistance, Original, Radial};
///
/// let training = dmatrix![30.0, 2.0; 55.0, 7.0; 80.0, 2.0];
/// let gower = Gower::from_rows(&training, &[1])?;
/// let kernel = Radial::new(Original(gower), Exponential, MedianDistance::default());
/// # Ok::<(), lime_kernels::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gower {
    columns: Vec<GowerColumn>,
    /// Each column's weight over their sum.
    shares: Vec<f64>,
}

impl Gower {
    /// A distance between points of these columns, each of weight 1.
    ///
    /// # Errors
    /// [`Error::NoColumns`] without columns, [`Error::Range`] for a range that is not a finite number above 0.
    pub fn new(columns: impl Into<Vec<GowerColumn>>) -> Result<Self, Error> {
        let columns = columns.into();
        for (column, kind) in columns.iter().enumerate() {
            if let GowerColumn::Number { range } = *kind
                && !(range > 0.0 && range.is_finite())
            {
                return Err(Error::Range { column, value: range });
            }
        }
        if columns.is_empty() {
            return Err(Error::NoColumns);
        }
        let shares = vec![1.0 / columns.len() as f64; columns.len()];
        Ok(Self { columns, shares })
    }

    /// A distance between rows like these, (rows, d): the columns named in `categories` are categories, the others numbers
    /// with the range they have here, or constant. O(n d).
    ///
    /// # Errors
    /// [`Error::NoColumns`] and [`Error::TrainingRows`] for an empty matrix, [`Error::Category`] for a column that does not
    /// exist, [`Error::TrainingValue`] for a value that is not finite, [`Error::Range`] for a range that overflows.
    pub fn from_rows<F: Real>(rows: &DMatrix<F>, categories: &[usize]) -> Result<Self, Error> {
        let columns = rows.ncols();
        if let Some(&column) = categories.iter().find(|&&column| column >= columns) {
            return Err(Error::Category { column, columns });
        }
        if columns > 0 && rows.nrows() == 0 {
            return Err(Error::TrainingRows { found: 0, needed: 1 });
        }
        check_finite(rows)?;
        let kinds = rows.column_iter().enumerate().map(|(column, values)| {
            let (least, most) = (values.min().wide(), values.max().wide());
            match () {
                () if categories.contains(&column) => GowerColumn::Category,
                () if least == most => GowerColumn::Constant,
                () => GowerColumn::Number { range: most - least },
            }
        });
        Self::new(kinds.collect::<Vec<_>>())
    }

    /// The same columns with these weights.
    ///
    /// # Errors
    /// [`Error::ColumnWeights`] unless there is one for each column, [`Error::ColumnWeight`] for one that is negative or not
    /// finite, [`Error::WeightSum`] if all are 0 or their sum overflows.
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self, Error> {
        if weights.len() != self.columns.len() {
            return Err(Error::ColumnWeights { expected: self.columns.len(), found: weights.len() });
        }
        if let Some((column, &value)) = weights.iter().enumerate().find(|(_, w)| !(**w >= 0.0 && w.is_finite())) {
            return Err(Error::ColumnWeight { column, value });
        }
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::WeightSum { sum });
        }
        self.shares = weights.iter().map(|weight| weight / sum).collect();
        Ok(self)
    }

    /// The columns.
    pub fn columns(&self) -> &[GowerColumn] {
        &self.columns
    }
}

impl<F: Real> Metric<F> for Gower {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        distances.fill(F::zero());
        for (j, ((&x, kind), &share)) in origin.iter().zip(&self.columns).zip(&self.shares).enumerate() {
            let column = rows.column(j);
            let sums = distances.iter_mut().zip(column.as_slice());
            match *kind {
                // In f64, where no valid range is 0.
                GowerColumn::Number { range } => {
                    sums.for_each(|(sum, &z)| *sum += F::of((z - x).abs().wide() / range * share));
                }
                GowerColumn::Category => {
                    let mismatch = F::of(share);
                    sums.for_each(|(sum, &z)| *sum += if z == x { F::zero() } else { mismatch });
                }
                GowerColumn::Constant => {}
            }
        }
    }

    fn check(&self, columns: usize) -> Result<(), BoxError> {
        if columns == self.columns.len() {
            Ok(())
        } else {
            Err(Error::Columns { expected: self.columns.len(), found: columns }.into())
        }
    }
}
