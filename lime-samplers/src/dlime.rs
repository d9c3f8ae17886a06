//! The cluster of training rows around the instance.

use std::fmt;

use kodama::{Method, Step, linkage};
use lime_core::{BoxError, Interpret, Neighbourhood, Real, Source};
use nalgebra::DMatrix;

use crate::Error;
use crate::pool::{Among, Listed, Pool};

/// The neighbourhood of DLIME: the cluster of training rows that the instance falls into, each row once. No randomness at
/// all, whatever the seed.
///
/// Zafar and Khan (2019), "DLIME: A Deterministic Local Interpretable Model-Agnostic Explanations Approach for Computer-Aided
/// Diagnosis Systems": agglomerative hierarchical clustering of the training rows (by Ward's linkage, as in the authors'
/// code), cut where `clusters` are left; the instance belongs to the cluster that most of its k nearest training rows belong
/// to.
///
/// | parameter | default | range |
/// |---|---|---|
/// | clusters | none; 2 in the authors' code | 1 to the number of rows |
/// | [`neighbours`](Self::neighbours): k | 1, the authors' | 1 to the number of rows |
///
/// Distances are Euclidean, with every column divided by its standard deviation in the training rows; a column that does not
/// vary does not count. [`unscaled`](Self::unscaled) takes columns in their own units, as the authors' code does. Of equally
/// near rows the earlier one is nearer, and of clusters with equally many of the k rows the lower number is taken.
///
/// A [`Source`] for every representation that reads ([`Interpret`]). Row 0 is the instance itself, where the authors put it
/// in place of the cluster's first row; the whole cluster follows in training order, so the number of samples asked for does
/// not matter. The authors' surrogate is least squares without a penalty.
///
/// The rows are clustered once, at construction, in O(n^2 d) time and 4 n^2 bytes for n of them; at most
/// [`MOST_ROWS`](Self::MOST_ROWS), which takes 1.6 GB. O(n d) once an instance, O(d) a row.
///
/// ```
/// use lime_core::{Direct, Draw, Representation, Source, Space};
/// use lime_core::nalgebra::dmatrix;
/// use lime_samplers::Dlime;
///
/// let dlime = Dlime::new(dmatrix![0.7; 9.0; 1.2; 9.5; 1.3], 2)?;
/// assert_eq!(dlime.labels(), [0, 1, 0, 1, 0]);
///
/// // The instance is 1.
/// let instance = Direct::new(Space::masks(1));
/// let rows = dlime.neighbourhood(&instance, 5_000, 0)?;
/// let (mut draw, mut batch) = (Draw::new(instance.space(), 4), instance.allocate(4));
/// rows.fill(0..4, &mut draw, &mut batch, 0)?;
/// assert_eq!(batch.as_slice(), [1.0, 0.7, 1.2, 1.3]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Clone)]
pub struct Dlime<F: Real> {
    pool: Pool<F>,
    clusters: usize,
    labels: Vec<usize>,
    neighbours: usize,
}

impl<F: Real> fmt::Debug for Dlime<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dlime")
            .field("rows", &self.pool)
            .field("clusters", &self.clusters)
            .field("neighbours", &self.neighbours)
            .finish_non_exhaustive()
    }
}

impl<F: Real> Dlime<F> {
    /// The most training rows that are clustered.
    pub const MOST_ROWS: usize = 20_000;

    /// Clusters training rows, (n, columns): as the model takes them, finite, at least one.
    ///
    /// # Errors
    /// [`Error::NoRows`], [`Error::RowValue`]; [`Error::Clusters`] unless `clusters` is 1 to the number of rows;
    /// [`Error::TooManyRows`] above [`MOST_ROWS`](Self::MOST_ROWS).
    pub fn new(rows: DMatrix<F>, clusters: usize) -> Result<Self, Error> {
        Self::cluster(Pool::new(rows)?, clusters)
    }

    /// The same with columns that count in their own units.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Distance`] where values are too large to square.
    pub fn unscaled(rows: DMatrix<F>, clusters: usize) -> Result<Self, Error> {
        Self::cluster(Pool::new(rows)?.unscaled(), clusters)
    }

    fn cluster(pool: Pool<F>, clusters: usize) -> Result<Self, Error> {
        let rows = pool.len();
        if !(1..=rows).contains(&clusters) {
            return Err(Error::Clusters { clusters, rows });
        }
        if rows > Self::MOST_ROWS {
            return Err(Error::TooManyRows { rows, most: Self::MOST_ROWS });
        }
        let mut distances = pool.pairwise_squares()?;
        for square in &mut distances {
            *square = square.sqrt();
        }
        let labels = cut(linkage(&mut distances, rows, Method::Ward).steps(), rows, clusters);
        Ok(Self { pool, clusters, labels, neighbours: 1 })
    }

    /// How many of the nearest training rows decide on the instance's cluster. 1 to the number of rows; default 1.
    ///
    /// # Errors
    /// [`Error::Nearest`] for other values.
    pub fn neighbours(self, neighbours: usize) -> Result<Self, Error> {
        Ok(Self { neighbours: self.pool.check_nearest(neighbours)?, ..self })
    }

    /// The cluster of each training row, numbered from 0 in the order of their first rows.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    fn around<'a, R: Interpret<F, Batch = DMatrix<F>> + ?Sized>(
        &'a self,
        representation: &'a R,
        _: usize,
        _: u64,
    ) -> Result<Box<dyn Neighbourhood<F, DMatrix<F>> + 'a>, BoxError> {
        let among = Among::new(&self.pool, representation)?;
        let mut votes = vec![0; self.clusters];
        for row in self.pool.nearest(among.instance(), self.neighbours)? {
            votes[self.labels[row]] += 1;
        }
        // The last of equals, from behind.
        let own = (0..self.clusters).rev().max_by_key(|&cluster| votes[cluster]).unwrap_or_default();
        let training = (0..self.pool.len()).filter(|&row| self.labels[row] == own).collect();
        Ok(Box::new(Listed { among, training }))
    }
}

/// The cluster of each row after the first merges, lowest first, of so many that `clusters` are left.
fn cut(steps: &[Step<f64>], rows: usize, clusters: usize) -> Vec<usize> {
    // Row i is node i, and the i-th merge makes node rows + i: a node's parent comes after it.
    let merges = rows - clusters;
    let mut root: Vec<usize> = (0..rows + merges).collect();
    for (index, step) in steps.iter().enumerate().take(merges).rev() {
        let above = root[rows + index];
        root[step.cluster1] = above;
        root[step.cluster2] = above;
    }
    let mut number = vec![None; root.len()];
    let mut next = 0..;
    root[..rows].iter().map(|&root| *number[root].get_or_insert_with(|| next.next().unwrap_or_default())).collect()
}

crate::pool::source_of_training_rows!(Dlime);
