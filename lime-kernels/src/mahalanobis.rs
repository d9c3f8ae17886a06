//! The Mahalanobis distance.

use lime_core::{BoxError, Real, TILE};
use nalgebra::{DMatrix, DMatrixView};

use crate::error::check_finite;
use crate::{Error, Metric};

/// A pivot (the share of a column's variance that the columns before it leave unexplained) below this is taken for zero.
const PIVOT: f64 = 1e-10;
/// Correlations above and below the diagonal may differ by this much.
const ASYMMETRY: f64 = 1e-8;

/// The Mahalanobis distance (Mahalanobis, 1936), sqrt((a - b)' S^-1 (a - b)) with a covariance matrix S: the Euclidean
/// distance once the columns are scaled to unit variance and made uncorrelated.
///
/// S is factorised once, O(d^3); the distances of n rows are a triangular solve with its Cholesky factor, O(n d^2), in f64
/// whatever the data's type.
///
/// | parameter | range |
/// |---|---|
/// | covariance | finite, symmetric, positive definite: no pivot of the correlation matrix below 1e-10 |
/// | shrinkage (from training rows) | 0 (the sample covariance) to 1 (variances only) |
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_kernels::{Mahalanobis, Metric};
///
/// let mahalanobis = Mahalanobis::new(&dmatrix![4.0, 0.0; 0.0, 9.0])?;
/// let mut distances = [0.0];
/// mahalanobis.distances(&[1.0, 1.0], dmatrix![7.0, 13.0].as_view(), &mut distances);
/// assert_eq!(distances, [5.0]); // 3 and 4 standard deviations away
/// # Ok::<(), lime_kernels::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Mahalanobis {
    /// The standard deviation of each column; 0 where it does not count.
    deviations: Vec<f64>,
    /// The lower Cholesky factor L of the correlation matrix, row by row: row j has j + 1 entries.
    factor: Vec<Vec<f64>>,
}

impl Mahalanobis {
    /// The distance of a covariance matrix, (d, d). A ridge is what the caller adds to its diagonal.
    ///
    /// # Errors
    /// [`Error::NoColumns`], [`Error::NotSquare`], [`Error::Covariance`] (not finite), [`Error::NotSymmetric`] (by more than
    /// 1e-8 as a correlation), [`Error::Variance`] and [`Error::Pivot`] (not positive definite).
    pub fn new(covariance: &DMatrix<f64>) -> Result<Self, Error> {
        let (rows, columns) = covariance.shape();
        if rows != columns {
            return Err(Error::NotSquare { rows, columns });
        }
        let mut deviations = Vec::with_capacity(columns);
        for column in 0..columns {
            let entries = covariance.column(column);
            if let Some((row, &value)) = entries.iter().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(Error::Covariance { row, column, value });
            }
            let variance = covariance[(column, column)];
            if variance <= 0.0 {
                return Err(Error::Variance { column, value: variance });
            }
            deviations.push(variance.sqrt());
        }
        let correlation = DMatrix::from_fn(columns, columns, |i, j| {
            if i == j { 1.0 } else { covariance[(i, j)] / deviations[i] / deviations[j] }
        });
        for column in 0..columns {
            for row in 0..column {
                let (above, below) = (correlation[(row, column)], correlation[(column, row)]);
                if (above - below).abs() > ASYMMETRY {
                    let (value, mirrored) = (covariance[(row, column)], covariance[(column, row)]);
                    return Err(Error::NotSymmetric { row, column, value, mirrored });
                }
            }
        }
        Self::factorise(deviations, correlation)
    }

    /// The distance of the sample covariance of training rows, (rows, d), with divisor rows - 1, its correlations multiplied by
    /// 1 - shrinkage. O(n d^2).
    ///
    /// That is shrinkage towards the diagonal (Schäfer and Strimmer, 2005, target D): independent of the columns' units, and
    /// positive definite for any shrinkage of 1e-10 or more, however few the rows and whatever the correlations. With 1 it is
    /// the Euclidean distance of standardised columns. A constant column contributes 0.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_kernels::{Mahalanobis, Metric};
    ///
    /// // Variances 8/3 and 32/3, correlation 1/2.
    /// let training = dmatrix![2.0, 4.0; 0.0, -4.0; -2.0, 0.0; 0.0, 0.0];
    /// let mut distances = [0.0];
    /// for (shrinkage, square) in [(0.0, 2.0), (0.5, 2.4), (1.0, 3.0)] {
    ///     let mahalanobis = Mahalanobis::from_rows(&training, shrinkage)?;
    ///     mahalanobis.distances(&[0.0, 0.0], dmatrix![2.0, 4.0].as_view(), &mut distances);
    ///     assert!((distances[0] - f64::sqrt(square)).abs() < 1e-14);
    /// }
    /// # Ok::<(), lime_kernels::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shrinkage`] outside 0..=1, [`Error::NoColumns`] and [`Error::TrainingRows`] for fewer than 1 column or 2 rows,
    /// [`Error::TrainingValue`] for a value that is not finite, [`Error::Range`] for a column whose range overflows, and
    /// [`Error::Pivot`] where columns determine each other and nothing is shrunk.
    pub fn from_rows<F: Real>(rows: &DMatrix<F>, shrinkage: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&shrinkage) {
            return Err(Error::Shrinkage { value: shrinkage });
        }
        let (n, d) = rows.shape();
        if n < 2 {
            return Err(Error::TrainingRows { found: n, needed: 2 });
        }
        check_finite(rows)?;
        // Centred columns of length 1, or of length 0 where the column is constant.
        let mut columns = DMatrix::zeros(n, d);
        let mut deviations = Vec::with_capacity(d);
        for (column, (values, mut centred)) in rows.column_iter().zip(columns.column_iter_mut()).enumerate() {
            let least = values.min().wide();
            let range = values.max().wide() - least;
            if !range.is_finite() {
                return Err(Error::Range { column, value: range });
            }
            if range == 0.0 {
                deviations.push(0.0);
                continue;
            }
            // As shares of the range, which cannot overflow when squared.
            centred.zip_apply(&values, |share, value| *share = (value.wide() - least) / range);
            let mean = centred.sum() / n as f64;
            centred.add_scalar_mut(-mean);
            let length = centred.norm();
            centred /= length;
            deviations.push(range * (length / ((n - 1) as f64).sqrt()));
        }
        let mut correlation = DMatrix::identity(d, d);
        for i in 0..d {
            for j in 0..i {
                correlation[(i, j)] = columns.column(i).dot(&columns.column(j)) * (1.0 - shrinkage);
            }
        }
        Self::factorise(deviations, correlation)
    }

    /// The metric of a correlation matrix, of which the lower triangle counts.
    fn factorise(deviations: Vec<f64>, correlation: DMatrix<f64>) -> Result<Self, Error> {
        let d = deviations.len();
        if d == 0 {
            return Err(Error::NoColumns);
        }
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(d);
        for column in 0..d {
            let mut row = Vec::with_capacity(column + 1);
            for (before, known) in factor.iter().enumerate() {
                let explained: f64 = row.iter().zip(known).map(|(a, b)| a * b).sum();
                row.push((correlation[(column, before)] - explained) / known[before]);
            }
            let pivot = 1.0 - row.iter().map(|entry| entry * entry).sum::<f64>();
            if pivot.is_nan() || pivot < PIVOT {
                return Err(Error::Pivot { column, value: pivot, least: PIVOT });
            }
            row.push(pivot.sqrt());
            factor.push(row);
        }
        Ok(Self { deviations, factor })
    }
}

impl<F: Real> Metric<F> for Mahalanobis {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        // y = L^-1 u for the standardised differences u, a column of a few rows at a time: what is solved stays in the cache.
        let mut solved = vec![0.0; distances.len().min(TILE) * self.factor.len()];
        let mut squares = [0.0; TILE];
        for (tile, distances) in distances.chunks_mut(TILE).enumerate() {
            let (from, n) = (tile * TILE, distances.len());
            let squares = &mut squares[..n];
            squares.fill(0.0);
            for (j, ((&x, &deviation), factor)) in origin.iter().zip(&self.deviations).zip(&self.factor).enumerate() {
                let (before, rest) = solved.split_at_mut(j * n);
                let y = &mut rest[..n];
                for (y, &z) in y.iter_mut().zip(rows.column(j).as_slice().get(from..).unwrap_or_default()) {
                    *y = if deviation > 0.0 { (z.wide() - x.wide()) / deviation } else { 0.0 };
                }
                for (known, &entry) in before.chunks_exact(n).zip(factor) {
                    for (y, &known) in y.iter_mut().zip(known) {
                        *y -= entry * known;
                    }
                }
                let pivot = factor[j];
                for (y, square) in y.iter_mut().zip(squares.iter_mut()) {
                    *y /= pivot;
                    *square += *y * *y;
                }
            }
            for (distance, square) in distances.iter_mut().zip(squares.iter()) {
                *distance = F::of(square.sqrt());
            }
        }
    }

    fn check(&self, columns: usize) -> Result<(), BoxError> {
        if columns == self.factor.len() {
            Ok(())
        } else {
            Err(Error::Columns { expected: self.factor.len(), found: columns }.into())
        }
    }
}
