//! Evidence that keeps the rows.

use nalgebra::DMatrix;

use crate::{Evidence, Moments, Real, Rows, Space};

/// The answered rows themselves, beside their moments: evidence for surrogates that moments do not suffice for, such as trees.
///
/// Memory grows with the samples, O(n (d + k)) numbers of the data's type.
///
/// ```
/// use lime_core::{Evidence, Record, Rows, Space, nalgebra::{DMatrix, dmatrix}};
///
/// let space = Space::<f64>::masks(1);
/// let (z, y, none) = (dmatrix![1.0; 0.0], dmatrix![3.0; 2.0], DMatrix::zeros(2, 0));
/// let mut record = Record::new(&space, &[3.0]);
/// record.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0, 0.5], y.as_view()));
/// assert_eq!(record.rows(), 2);
/// let answers: Vec<f64> = record.tiles().flat_map(|rows| rows.answers.column(0).iter().copied().collect::<Vec<_>>()).collect();
/// assert_eq!(answers, [3.0, 2.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Record<F: Real> {
    moments: Moments,
    tiles: Vec<Tile<F>>,
}

#[derive(Debug, Clone)]
struct Tile<F: Real> {
    start: usize,
    z: DMatrix<F>,
    noise: DMatrix<F>,
    weight: Vec<F>,
    answers: DMatrix<F>,
    clusters: Vec<usize>,
    instance_first: bool,
}

impl<F: Real> Tile<F> {
    fn rows(&self) -> Rows<'_, F> {
        Rows::new(self.start, self.z.as_view(), self.noise.as_view(), &self.weight, self.answers.as_view())
            .with_clusters(&self.clusters)
            .with_instance_first(self.instance_first)
    }
}

impl<F: Real> Record<F> {
    /// An empty record for a space, and as many targets as `prediction` has entries: the model's answers at the instance.
    pub fn new(space: &Space<F>, prediction: &[f64]) -> Self {
        let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
        Self { moments: Moments::new(&origin, prediction), tiles: Vec::new() }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.tiles.iter().map(|tile| tile.weight.len()).sum()
    }

    /// The rows, tile by tile in their order.
    pub fn tiles(&self) -> impl Iterator<Item = Rows<'_, F>> {
        self.tiles.iter().map(Tile::rows)
    }
}

impl<F: Real> Evidence<F> for Record<F> {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.moments.absorb(rows);
        self.tiles.push(Tile {
            start: rows.start,
            z: rows.z.into_owned(),
            noise: rows.noise.into_owned(),
            weight: rows.weight.to_vec(),
            answers: rows.answers.into_owned(),
            clusters: (0..rows.weight.len()).map(|row| rows.cluster(row)).collect(),
            instance_first: rows.instance_first,
        });
    }

    fn merge(&mut self, later: Self) {
        Evidence::<F>::merge(&mut self.moments, later.moments);
        self.tiles.extend(later.tiles);
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }

    fn absorbs_in_place(&self) -> bool {
        true
    }
}
