//! Training rows drawn with replacement.

use std::ops::Range;

use lime_core::{BoxError, Draw, Interpret, Neighbourhood, Real, Source, Stream};
use nalgebra::DMatrix;

use crate::Error;
use crate::pool::{Among, Pool};

/// Rows of the training data, drawn with replacement (the bootstrap of Efron, 1979): perturbed samples that occur, with the
/// dependence between columns that independent draws lose.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`nearest`](Self::nearest): how many rows around the instance are drawn from | all | 1 to the number of rows |
/// | [`unscaled`](Self::unscaled): distances in the columns' own units | in standard deviations | |
///
/// Near is the Euclidean distance with every column divided by its standard deviation in the training rows; a column that
/// does not vary does not count. Of equally near rows the earlier one is taken.
///
/// A [`Source`] for every representation that reads ([`Interpret`]). Row 0 is the instance itself. One 32-bit word a row;
/// row `i` depends on (seed, i) only, so a run can be continued. O(n d) for n training rows once an instance where `nearest`
/// is given, O(d) a row.
///
/// ```
/// use lime_core::{Direct, Draw, Representation, Source, Space};
/// use lime_core::nalgebra::dmatrix;
/// use lime_samplers::Bootstrap;
///
/// // One column; the instance is 1, and its two nearest rows are 0.9 and 1.3.
/// let near = Bootstrap::new(dmatrix![0.0; 0.9; 1.3; 5.0])?.nearest(2)?;
/// let instance = Direct::new(Space::masks(1));
/// let rows = near.neighbourhood(&instance, 1_001, 7)?;
/// let (mut draw, mut batch) = (Draw::new(instance.space(), 1_001), instance.allocate(1_001));
/// rows.fill(0..1_001, &mut draw, &mut batch, 0)?;
/// assert_eq!(draw.instance, [0]);
/// let low = batch.iter().filter(|x| **x == 0.9).count();
/// let high = batch.iter().filter(|x| **x == 1.3).count();
/// assert_eq!(low + high, 1_000);
/// assert!(low.abs_diff(high) < 100);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bootstrap<F: Real> {
    pool: Pool<F>,
    nearest: Option<usize>,
}

impl<F: Real> Bootstrap<F> {
    /// A bootstrap of training rows, (n, columns): as the model takes them, finite, at least one.
    ///
    /// # Errors
    /// [`Error::NoRows`], [`Error::RowValue`].
    pub fn new(rows: DMatrix<F>) -> Result<Self, Error> {
        Ok(Self { pool: Pool::new(rows)?, nearest: None })
    }

    /// Draws from the `nearest` rows around the instance only. 1 to the number of rows.
    ///
    /// # Errors
    /// [`Error::Nearest`] for other values.
    pub fn nearest(self, nearest: usize) -> Result<Self, Error> {
        Ok(Self { nearest: Some(self.pool.check_nearest(nearest)?), ..self })
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
        seed: u64,
    ) -> Result<Box<dyn Neighbourhood<F, DMatrix<F>> + 'a>, BoxError> {
        let among = Among::new(&self.pool, representation)?;
        let from = match self.nearest {
            Some(nearest) => Some(self.pool.nearest(among.instance(), nearest)?),
            None => None,
        };
        let count = from.as_ref().map_or(self.pool.len(), Vec::len);
        Ok(Box::new(Drawn { among, from, count, rows, stream: Stream::new(seed) }))
    }
}

/// The instance, then training rows drawn with replacement.
struct Drawn<'a, F: Real, R: ?Sized> {
    among: Among<'a, F, R>,
    /// The rows to draw from, where these are not all.
    from: Option<Vec<usize>>,
    /// How many rows there are to draw from.
    count: usize,
    rows: usize,
    stream: Stream,
}

impl<F: Real, R: Interpret<F, Batch = DMatrix<F>> + ?Sized> Neighbourhood<F, DMatrix<F>> for Drawn<'_, F, R> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        let mut training = Vec::with_capacity(rows.len());
        self.stream.words(rows.clone(), 0..1, |_, _, words| {
            // floor(count u) for u in [0, 1): each row has its share of the 2^32 words, but for one word.
            let places = words.iter().map(|&word| ((u128::from(word) * self.count as u128) >> 32) as usize);
            match &self.from {
                Some(from) => training.extend(places.map(|place| from[place])),
                None => training.extend(places),
            }
        });
        self.among.fill(rows, &training, draw, batch, at)
    }

    fn extensible(&self) -> bool {
        true
    }
}

crate::pool::source_of_training_rows!(Bootstrap);
