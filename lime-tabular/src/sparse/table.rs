//! What training data tell about a wide table.

use std::fmt;
use std::sync::Arc;

use lime_core::Real;
use nalgebra_sparse::CsrMatrix;

use super::numeric::Spread;
use crate::{Around, Error, SparseMask, SparseNumeric, SparseRow};

/// A wide table as training data tell it: mean and population standard deviation of each column over all rows, zeros included.
/// Makes representations of sparse rows.
///
/// | setting | default |
/// |---|---|
/// | [`feature_names`](Self::feature_names), [`named_by`](Self::named_by) | the columns' numbers: "12345" |
/// | [`around`](Self::around), of [`represent`](Self::represent) | the training mean |
///
/// Learning is one pass over the stored values and holds O(columns) numbers: mean and sum of squared deviations of what is not
/// zero by Welford's updates (1962), joined with the zeros in closed form. Of n rows with k non-zero values of mean m and sum of
/// squared deviations S, the mean is m k / n and n var = S + m^2 k (n - k) / n (Chan, Golub and LeVeque, 1983, equation 1.5b).
/// Every term is positive, so no digits cancel. A column that does not vary has 1 for its standard deviation, as
/// [`Gaussian`](crate::Gaussian) has it.
///
/// Representing a row of k non-zeros is O(k) however many columns there are; so are memory and time of each perturbed row.
/// Cheap to clone: statistics and names are shared.
///
/// ```
/// use lime_core::{Explainer, model_fn};
/// use lime_core::nalgebra::DVector;
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{OrdinaryLeastSquares, selection::NoSelection};
/// use lime_tabular::nalgebra_sparse::{CooMatrix, CsrMatrix};
/// use lime_tabular::{SparseRow, SparseTable};
///
/// // Four documents by 20,000 words: word 3 is counted 2 times in two of them, word 9,000 once in one.
/// let mut counts = CooMatrix::new(4, 20_000);
/// counts.push(0, 3, 2.0);
/// counts.push(0, 9_000, 1.0);
/// counts.push(2, 3, 2.0);
/// let counts = CsrMatrix::from(&counts);
/// let table = SparseTable::learn(&counts)?.named_by(|word| format!("word {word}"));
/// assert_eq!((table.mean(3), table.sd(3)), (Some(1.0), Some(1.0)));
///
/// // A sparse linear model: 0.5 for each count of word 3, -2 for each of word 9,000.
/// let mut slopes = DVector::zeros(20_000);
/// (slopes[3], slopes[9_000]) = (0.5, -2.0);
/// let model = model_fn(move |rows: &CsrMatrix<f64>| rows * &slopes);
///
/// let document = table.represent(&SparseRow::of(&counts, 0)?)?;
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, OrdinaryLeastSquares::new());
/// let explanation = explainer.samples(500).explain(&document, &model)?;
///
/// // Coefficients are slopes times standard deviations.
/// let target = &explanation.targets[0];
/// assert_eq!(target.features[0].name, "word 9000");
/// assert!((target.features[0].weight + 2.0 * 0.1875f64.sqrt()).abs() < 1e-9);
/// assert!((target.features[1].weight - 0.5).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SparseTable {
    spread: Arc<[Spread]>,
    names: Names,
    around: Around,
}

/// Where the columns' names come from.
#[derive(Clone)]
enum Names {
    Numbers,
    Listed(Arc<[String]>),
    Called(Arc<dyn Fn(usize) -> String + Send + Sync>),
}

impl Names {
    fn name(&self, column: usize) -> String {
        match self {
            Names::Numbers => None,
            Names::Listed(names) => names.get(column).cloned(),
            Names::Called(name) => Some(name(column)),
        }
        .unwrap_or_else(|| column.to_string())
    }
}

/// What has been seen of a column: how many values that are not zero, their mean and sum of squared deviations.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    count: usize,
    mean: f64,
    squares: f64,
}

impl Seen {
    fn push(&mut self, x: f64) {
        self.count += 1;
        let step = x - self.mean;
        self.mean += step / self.count as f64;
        self.squares += step * (x - self.mean);
    }

    /// Together with the zeros of the other rows.
    fn among(&self, rows: usize) -> Spread {
        let (k, n) = (self.count as f64, rows as f64);
        let mean = self.mean * (k / n);
        // Where there are no zeros the square may be beyond f64 and the variance not.
        let zeros = if self.count < rows { self.mean * self.mean * (k * ((n - k) / n)) } else { 0.0 };
        let variance = (self.squares + zeros) / n;
        // scikit-learn's test for a variance that is nothing but rounding.
        let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
        Spread { mean, sd: if variance.is_finite() && variance <= rounding { 1.0 } else { variance.sqrt() } }
    }
}

impl SparseTable {
    /// Learns from training data, (rows, columns), the model's own inputs: at least 2 rows and 1 column, all values finite.
    /// Zeros may be stored.
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::TrainingValue`], [`Error::Overflow`] where a mean or spread is beyond f64.
    pub fn learn<F: Real>(training: &CsrMatrix<F>) -> Result<Self, Error> {
        let (rows, columns) = (training.nrows(), training.ncols());
        if rows < 2 || columns == 0 {
            return Err(Error::Size { rows, columns });
        }
        let mut seen = vec![Seen::default(); columns];
        for (row, column, value) in training.triplet_iter() {
            let value = value.wide();
            if !value.is_finite() {
                return Err(Error::TrainingValue { row, column, name: column.to_string(), value });
            }
            if value != 0.0 {
                seen[column].push(value);
            }
        }
        let spread: Vec<Spread> = seen.iter().map(|seen| seen.among(rows)).collect();
        if let Some(column) = spread.iter().position(|spread| !spread.mean.is_finite() || !spread.sd.is_finite()) {
            let values = training.triplet_iter().filter(|(_, at, _)| *at == column).map(|(.., value)| value.wide());
            let (min, max) = values.fold((0.0, 0.0), |(min, max), x| (x.min(min), x.max(max)));
            return Err(Error::Overflow { name: column.to_string(), min, max });
        }
        Ok(Self { spread: spread.into(), names: Names::Numbers, around: Around::Mean })
    }

    /// A table of stored statistics: mean (finite) and population standard deviation (finite, not negative) of each column, over
    /// all rows. A standard deviation of 0 is replaced by 1. What scikit-learn's `StandardScaler(with_mean=False)` has in `mean_`
    /// and `scale_`, for instance.
    ///
    /// ```
    /// use lime_tabular::SparseTable;
    /// let table = SparseTable::from_statistics(&[0.5, 0.0], &[2.0, 0.0])?;
    /// assert_eq!((table.sd(0), table.sd(1), table.sd(2)), (Some(2.0), Some(1.0), None));
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::SparseStatistics`] unless there is one of each a column, and a column; [`Error::SparseStatistic`] for a value
    /// that cannot be.
    pub fn from_statistics(mean: &[f64], sd: &[f64]) -> Result<Self, Error> {
        if mean.len() != sd.len() || mean.is_empty() {
            return Err(Error::SparseStatistics { means: mean.len(), sds: sd.len() });
        }
        let wrong =
            |column: usize, what, value| Err(Error::SparseStatistic { column, name: column.to_string(), what, value });
        let mut spread = Vec::with_capacity(mean.len());
        for (column, (&mean, &sd)) in mean.iter().zip(sd).enumerate() {
            if !mean.is_finite() {
                return wrong(column, "mean", mean);
            }
            if !(sd >= 0.0 && sd.is_finite()) {
                return wrong(column, "standard deviation", sd);
            }
            spread.push(Spread { mean, sd: if sd == 0.0 { 1.0 } else { sd } });
        }
        Ok(Self { spread: spread.into(), names: Names::Numbers, around: Around::Mean })
    }

    /// A name for each column.
    ///
    /// # Errors
    /// [`Error::Names`] for another number of names.
    pub fn feature_names<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let names: Arc<[String]> = names.into_iter().map(Into::into).collect();
        if names.len() != self.width() {
            return Err(Error::Names { names: names.len(), columns: self.width() });
        }
        Ok(Self { names: Names::Listed(names), ..self })
    }

    /// Names columns by their number when they are needed, so that a vocabulary stays where it is and as it is.
    #[must_use]
    pub fn named_by<T: Into<String>>(self, name: impl Fn(usize) -> T + Send + Sync + 'static) -> Self {
        Self { names: Names::Called(Arc::new(move |column| name(column).into())), ..self }
    }

    /// The centre of the normal laws of [`represent`](Self::represent). Default: the training mean.
    #[must_use]
    pub fn around(self, around: Around) -> Self {
        Self { around, ..self }
    }

    /// The number of columns, which is the number of the model's inputs.
    pub fn width(&self) -> usize {
        self.spread.len()
    }

    /// The training mean of a column, where there is such a column.
    pub fn mean(&self, column: usize) -> Option<f64> {
        self.spread.get(column).map(|spread| spread.mean)
    }

    /// The training standard deviation of a column, 1 where the column does not vary.
    pub fn sd(&self, column: usize) -> Option<f64> {
        self.spread.get(column).map(|spread| spread.sd)
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> String {
        self.names.name(column)
    }

    /// The row as numbers in standard deviations, drawn from normal laws: see [`SparseNumeric`].
    ///
    /// # Errors
    /// [`Error::SparseWidth`]; [`Error::SparseStatistic`] where a mean or standard deviation is beyond the row's number type;
    /// [`Error::Column`], [`Error::Space`] where a value is so many standard deviations from its mean.
    pub fn represent<F: Real>(&self, row: &SparseRow<F>) -> Result<SparseNumeric<F>, Error> {
        self.check(row)?;
        let mut spread = Vec::with_capacity(row.columns().len());
        for &column in row.columns() {
            let own = self.spread[column];
            let (mean, sd) = (F::of(own.mean), F::of(own.sd));
            let wrong = |what, value| Err(Error::SparseStatistic { column, name: self.name(column), what, value });
            if !mean.is_finite() {
                return wrong("mean", own.mean);
            }
            if !(sd.is_finite() && sd > F::zero()) {
                return wrong("standard deviation", own.sd);
            }
            spread.push(own);
        }
        SparseNumeric::new(row.clone(), spread, self.names_of(row), self.around)
    }

    /// The row as a mask over its non-zero columns: see [`SparseMask`].
    ///
    /// # Errors
    /// [`Error::SparseWidth`].
    pub fn mask<F: Real>(&self, row: &SparseRow<F>) -> Result<SparseMask<F>, Error> {
        self.check(row)?;
        Ok(SparseMask::new(row.clone()).named_by(|column| self.name(column)))
    }

    fn check<F: Real>(&self, row: &SparseRow<F>) -> Result<(), Error> {
        if row.width() != self.width() {
            return Err(Error::SparseWidth { expected: self.width(), found: row.width() });
        }
        Ok(())
    }

    fn names_of<F: Real>(&self, row: &SparseRow<F>) -> Vec<String> {
        row.columns().iter().map(|&column| self.name(column)).collect()
    }
}

impl fmt::Debug for SparseTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SparseTable")
            .field("width", &self.width())
            .field("around", &self.around)
            .finish_non_exhaustive()
    }
}
