//! The training rows nearest to the instance.

use lime_core::{BoxError, Interpret, Neighbourhood, Real, Source};
use nalgebra::DMatrix;

use crate::Error;
use crate::pool::{Among, Listed, Pool};

/// The instance and its k nearest training rows, each once: no randomness at all, whatever the seed.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`neighbours`](Self::neighbours): k | one less than the samples asked for, or all rows where there are fewer | 1 to the number of rows |
/// | [`unscaled`](Self::unscaled): distances in the columns' own units | in standard deviations | |
///
/// Near is the Euclidean distance with every column divided by its standard deviation in the training rows; a column that
/// does not vary does not count. Of equally near rows the earlier one is taken. A training row that is equal to the instance
/// counts like any other.
///
/// A [`Source`] for every representation that reads ([`Interpret`]). Row 0 is the instance itself; the others follow in
/// training order. The sets for two numbers of samples are not each other's beginning, so a run cannot be continued. By a
/// linear scan: O(n d) for n training rows once an instance, O(d) a row.
///
/// ```
/// use lime_core::{Direct, Draw, Representation, Source, Space};
/// use lime_core::nalgebra::dmatrix;
/// use lime_samplers::Nearest;
///
/// let nearest = Nearest::new(dmatrix![0.0; 1.3; 5.0; 0.9])?.neighbours(2)?;
/// let instance = Direct::new(Space::masks(1));
/// let rows = nearest.neighbourhood(&instance, 5_000, 0)?;
/// assert_eq!(rows.rows(), 3);
/// let (mut draw, mut batch) = (Draw::new(instance.space(), 3), instance.allocate(3));
/// rows.fill(0..3, &mut draw, &mut batch, 0)?;
/// assert_eq!(batch.as_slice(), [1.0, 1.3, 0.9]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Nearest<F: Real> {
    pool: Pool<F>,
    neighbours: Option<usize>,
}

impl<F: Real> Nearest<F> {
    /// The nearest of these training rows, (n, columns): as the model takes them, finite, at least one.
    ///
    /// # Errors
    /// [`Error::NoRows`], [`Error::RowValue`].
    pub fn new(rows: DMatrix<F>) -> Result<Self, Error> {
        Ok(Self { pool: Pool::new(rows)?, neighbours: None })
    }

    /// How many training rows, whatever the samples asked for. 1 to the number of rows.
    ///
    /// # Errors
    /// [`Error::Nearest`] for other values.
    pub fn neighbours(self, neighbours: usize) -> Result<Self, Error> {
        Ok(Self { neighbours: Some(self.pool.check_nearest(neighbours)?), ..self })
    }

    /// Measures distances in the columns' own units: for rows that are scaled already.
    #[must_use]
    pub fn unscaled(self) -> Self {
        Self { pool: self.pool.unscaled(), ..self }
    }

    fn around<'a, R: Interpret<F, Batch = DMatrix<F>> + ?Sized>(
        &'a self,
        representation: &'a R,
        rows: usize,
        _: u64,
    ) -> Result<Box<dyn Neighbourhood<F, DMatrix<F>> + 'a>, BoxError> {
        let among = Among::new(&self.pool, representation)?;
        let neighbours = self.neighbours.unwrap_or(rows.saturating_sub(1));
        let training = self.pool.nearest(among.instance(), neighbours)?;
        Ok(Box::new(Listed { among, training }))
    }
}

crate::pool::source_of_training_rows!(Nearest);
