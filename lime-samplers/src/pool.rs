//! Training rows, and how far they are from an instance.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use lime_core::{BoxError, Draw, Interpret, Neighbourhood, Real};
use nalgebra::DMatrix;

use crate::Error;

/// Training rows, (n, columns), finite, with the scales by which distances divide. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool<F: Real> {
    rows: Arc<DMatrix<F>>,
    /// 1 / standard deviation of each column; 0 where it does not vary.
    inverse: Vec<f64>,
}

impl<F: Real> fmt::Debug for Pool<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} rows, {} columns)", self.rows.nrows(), self.rows.ncols())
    }
}

impl<F: Real> Pool<F> {
    /// Rows whose columns count in standard deviations. O(n d).
    pub(crate) fn new(rows: DMatrix<F>) -> Result<Self, Error> {
        if rows.is_empty() {
            return Err(Error::NoRows { rows: rows.nrows(), columns: rows.ncols() });
        }
        for (column, values) in rows.column_iter().enumerate() {
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(Error::RowValue { row, column, value: values[row].wide() });
            }
        }
        let inverse = rows.column_iter().map(|column| inverse_deviation(column.as_slice())).collect();
        Ok(Self { rows: Arc::new(rows), inverse })
    }

    /// The same rows with columns that count in their own units.
    pub(crate) fn unscaled(self) -> Self {
        Self { inverse: vec![1.0; self.inverse.len()], ..self }
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.nrows()
    }

    /// A number of rows to take, if there are as many.
    pub(crate) fn check_nearest(&self, nearest: usize) -> Result<usize, Error> {
        if (1..=self.len()).contains(&nearest) {
            Ok(nearest)
        } else {
            Err(Error::Nearest { nearest, rows: self.len() })
        }
    }

    /// The squared distance of each row to a point. O(n d), column by column.
    fn squares(&self, point: &[F]) -> Vec<f64> {
        let mut squares = vec![0.0; self.len()];
        for ((column, &inverse), x) in self.rows.column_iter().zip(&self.inverse).zip(point) {
            add_squares(column.as_slice(), x.wide(), inverse, &mut squares);
        }
        squares
    }

    /// The squared distances between all rows, row by row from the next one on: (0, 1), (0, 2) .. (1, 2) .. O(n^2 d). Ward's
    /// linkage of them is finite.
    pub(crate) fn pairwise_squares(&self) -> Result<Vec<f64>, Error> {
        let n = self.len();
        let mut squares = vec![0.0; n * (n - 1) / 2];
        for (column, &inverse) in self.rows.column_iter().zip(&self.inverse) {
            let (mut column, mut rest) = (column.as_slice(), squares.as_mut_slice());
            while let [x, later @ ..] = column {
                let (row, next) = std::mem::take(&mut rest).split_at_mut(later.len());
                add_squares(later, x.wide(), inverse, row);
                (column, rest) = (later, next);
            }
        }
        let largest = f64::MAX / (4.0 * n as f64 * n as f64);
        let mut rest = squares.as_slice();
        for row in 0..n {
            let (own, next) = rest.split_at(n - 1 - row);
            if own.iter().any(|square| square.is_nan() || *square > largest) {
                return Err(Error::Distance { row });
            }
            rest = next;
        }
        Ok(squares)
    }

    /// The `count` rows nearest to a point, in training order; of equally near ones the earlier. O(n d).
    pub(crate) fn nearest(&self, point: &[F], count: usize) -> Result<Vec<usize>, Error> {
        let squares = self.squares(point);
        if let Some(row) = squares.iter().position(|square| !square.is_finite()) {
            return Err(Error::Distance { row });
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        if count < order.len() {
            order.select_nth_unstable_by(count, |&a, &b| squares[a].total_cmp(&squares[b]).then(a.cmp(&b)));
            order.truncate(count);
            order.sort_unstable();
        }
        Ok(order)
    }
}

/// Adds the square of each value's distance to `x`, in units of 1 / `inverse`.
fn add_squares<F: Real>(values: &[F], x: f64, inverse: f64, squares: &mut [f64]) {
    for (square, value) in squares.iter_mut().zip(values) {
        let step = (value.wide() - x) * inverse;
        *square += step * step;
    }
}

/// 1 / population standard deviation of finite values; 0 where they are all the same. Whatever their size: they are first
/// mapped to -1..=1.
fn inverse_deviation<F: Real>(values: &[F]) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        low = low.min(value.wide());
        high = high.max(value.wide());
    }
    let (middle, half) = (0.5 * low + 0.5 * high, 0.5 * high - 0.5 * low);
    if half <= 0.0 {
        return 0.0;
    }
    let n = values.len() as f64;
    let unit = |value: &F| ((value.wide() - middle) / half).clamp(-1.0, 1.0);
    let mean = values.iter().map(unit).sum::<f64>() / n;
    let square = values.iter().map(|value| (unit(value) - mean).powi(2)).sum::<f64>() / n;
    1.0 / (half * square.sqrt())
}

/// An instance among training rows, in both spaces.
pub(crate) struct Among<'a, F: Real, R: ?Sized> {
    pool: &'a Pool<F>,
    representation: &'a R,
    instance: Vec<F>,
}

impl<'a, F: Real, R: Interpret<F, Batch = DMatrix<F>> + ?Sized> Among<'a, F, R> {
    /// The representation's instance among the rows, which must be as wide as it.
    pub(crate) fn new(pool: &'a Pool<F>, representation: &'a R) -> Result<Self, BoxError> {
        let mut batch = representation.allocate(1);
        representation.instance(&mut batch, 0)?;
        let (training, instance) = (pool.rows.ncols(), batch.ncols());
        if training != instance {
            return Err(Error::Columns { training, instance }.into());
        }
        let instance: Vec<F> = batch.row(0).iter().copied().collect();
        if let Some(column) = instance.iter().position(|x| !x.is_finite()) {
            return Err(Error::InstanceValue { column, value: instance[column].wide() }.into());
        }
        Ok(Self { pool, representation, instance })
    }

    /// The instance, in the model's input space.
    pub(crate) fn instance(&self) -> &[F] {
        &self.instance
    }

    /// Writes a range of samples: row 0 the instance, the others the training rows that `training` names, which has an entry
    /// for each row of the range (row 0's is not looked at).
    pub(crate) fn fill(
        &self,
        rows: Range<usize>,
        training: &[usize],
        draw: &mut Draw<F>,
        batch: &mut DMatrix<F>,
        at: usize,
    ) -> Result<(), BoxError> {
        let positions = at..at + rows.len();
        let height = batch.nrows();
        let values = batch.as_mut_slice();
        for (j, column) in self.pool.rows.column_iter().enumerate() {
            let column = column.as_slice();
            let place = &mut values[j * height + positions.start..j * height + positions.end];
            for (value, &row) in place.iter_mut().zip(training) {
                *value = column[row];
            }
        }
        let first = rows.start == 0 && !rows.is_empty();
        if first {
            self.representation.instance(batch, at)?;
        }
        // What z' leaves random is known here and not asked for: the middle of it.
        draw.noise.fill(F::of(0.5));
        self.representation.interpret(batch, positions, draw)?;
        if first {
            draw.set_instance(0, self.representation.space());
        }
        Ok(())
    }
}

/// The instance, then certain training rows, each once.
pub(crate) struct Listed<'a, F: Real, R: ?Sized> {
    pub(crate) among: Among<'a, F, R>,
    pub(crate) training: Vec<usize>,
}

impl<F: Real, R: Interpret<F, Batch = DMatrix<F>> + ?Sized> Neighbourhood<F, DMatrix<F>> for Listed<'_, F, R> {
    fn rows(&self) -> usize {
        1 + self.training.len()
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        // Row 0 is the instance: any training row stands in its place.
        let row = |row: usize| self.training.get(row.saturating_sub(1)).copied().unwrap_or_default();
        let listed: Vec<usize> = rows.clone().map(row).collect();
        self.among.fill(rows, &listed, draw, batch, at)
    }
}

/// Makes a type with a method `around` a [`Source`](lime_core::Source). For each scalar by name: for all of them at once,
/// another crate's scalar could make the type a sampler too, and every sampler is a source.
macro_rules! source_of_training_rows {
    ($source:ident) => {
        crate::pool::source_of_training_rows!($source, f32);
        crate::pool::source_of_training_rows!($source, f64);
    };
    ($source:ident, $real:ty) => {
        impl<R: Interpret<$real, Batch = DMatrix<$real>> + ?Sized> Source<$real, R> for $source<$real> {
            fn neighbourhood<'a>(
                &'a self,
                representation: &'a R,
                rows: usize,
                seed: u64,
            ) -> Result<Box<dyn Neighbourhood<$real, DMatrix<$real>> + 'a>, BoxError> {
                self.around(representation, rows, seed)
            }
        }
    };
}

pub(crate) use source_of_training_rows;
