//! Answered rows, cut into tiles and absorbed in tile order.

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::slot::{Segment, guard};
use crate::{Error, Evidence, Exact, Real, Rows, Space, Stage, Surrogate, TILE};

/// Answered rows that do not fill a tile yet.
#[derive(Debug, Clone)]
pub(crate) struct OpenTile<F: Real> {
    start: usize,
    filled: usize,
    z: DMatrix<F>,
    noise: DMatrix<F>,
    weight: Vec<F>,
    clusters: Vec<usize>,
    answers: DMatrix<F>,
    instance_first: bool,
}

impl<F: Real> OpenTile<F> {
    fn new(start: usize, space: &Space<F>, targets: usize) -> Self {
        let noise = if space.noise() { space.features() } else { 0 };
        Self {
            start,
            filled: 0,
            z: DMatrix::zeros(TILE, space.features()),
            noise: DMatrix::zeros(TILE, noise),
            weight: vec![F::zero(); TILE],
            clusters: vec![0; TILE],
            answers: DMatrix::zeros(TILE, targets),
            instance_first: false,
        }
    }

    fn take(&mut self, rows: &Rows<'_, F>) {
        let (at, count) = (self.filled, rows.weight.len());
        self.z.rows_mut(at, count).copy_from(&rows.z);
        self.noise.rows_mut(at, count).copy_from(&rows.noise);
        self.weight[at..at + count].copy_from_slice(rows.weight);
        for (place, row) in self.clusters[at..at + count].iter_mut().zip(0..) {
            *place = rows.cluster(row);
        }
        self.answers.rows_mut(at, count).copy_from(&rows.answers);
        self.instance_first |= rows.instance_first;
        self.filled += count;
    }

    fn rows(&self) -> Rows<'_, F> {
        Rows::new(
            self.start,
            self.z.rows(0, self.filled),
            self.noise.rows(0, self.filled),
            &self.weight[..self.filled],
            self.answers.rows(0, self.filled),
        )
        .with_clusters(&self.clusters[..self.filled])
        .with_instance_first(self.instance_first)
    }
}

/// A full tile: rows of one segment, or put together from several.
enum Tile<'a, F: Real> {
    Whole(Rows<'a, F>),
    Filled(OpenTile<F>),
}

impl<F: Real> Tile<'_, F> {
    fn rows(&self) -> Rows<'_, F> {
        match self {
            Tile::Whole(rows) => *rows,
            Tile::Filled(tile) => tile.rows(),
        }
    }
}

/// What is known once the first rows are answered, and what has been gathered since.
#[derive(Debug, Clone)]
pub(crate) struct Gathered<F: Real, E> {
    /// The model's outputs at the instance.
    pub(crate) prediction: Vec<f64>,
    pub(crate) targets: Vec<usize>,
    /// The prediction for the targets, the shift of the answers.
    pub(crate) reference: Vec<f64>,
    pub(crate) exact: Vec<Exact>,
    total: E,
    open: Option<OpenTile<F>>,
    /// How many rows were taken in.
    pub(crate) absorbed: usize,
}

/// Evidence of one tile. A tile is absorbed into fresh evidence whichever thread does it.
fn absorb_tile<F: Real, G: Surrogate<F>>(
    surrogate: &G,
    space: &Space<F>,
    reference: &[f64],
    rows: &Rows<'_, F>,
) -> Result<G::Evidence, Error> {
    guard(Stage::Absorb, rows.start..rows.start + rows.weight.len(), || {
        let mut evidence = surrogate.evidence(space, reference);
        evidence.absorb(rows);
        Ok(evidence)
    })
}

/// The same for evidence that gives those bits without the fresh one.
fn absorb_in_place<F: Real, E: Evidence<F>>(total: &mut E, rows: &Rows<'_, F>) -> Result<(), Error> {
    guard(Stage::Absorb, rows.start..rows.start + rows.weight.len(), || {
        total.absorb(rows);
        Ok(())
    })
}

fn merge<F: Real, E: Evidence<F>>(total: &mut E, later: E) -> Result<(), Error> {
    guard(Stage::Absorb, 0..0, || {
        total.merge(later);
        Ok(())
    })
}

impl<F: Real, E: Evidence<F> + Clone> Gathered<F, E> {
    /// Nothing yet, around a prediction.
    pub(crate) fn new<G: Surrogate<F, Evidence = E>>(
        surrogate: &G,
        space: &Space<F>,
        prediction: Vec<f64>,
        targets: Vec<usize>,
        exact: Vec<Exact>,
    ) -> Result<Self, Error> {
        let reference: Vec<f64> = targets.iter().map(|&t| prediction[t]).collect();
        let total = guard(Stage::Absorb, 0..0, || Ok(surrogate.evidence(space, &reference)))?;
        Ok(Self { prediction, targets, reference, exact, total, open: None, absorbed: 0 })
    }

    /// Absorbs answered rows, which follow those absorbed so far without a gap. Their answers hold the targets only.
    pub(crate) fn absorb<G: Surrogate<F, Evidence = E>>(
        &mut self,
        segments: &[&Segment<F>],
        surrogate: &G,
        space: &Space<F>,
        parallel: bool,
    ) -> Result<(), Error> {
        let mut tiles = Vec::new();
        for segment in segments {
            let mut from = 0;
            while from < segment.rows.len() {
                let row = segment.rows.start + from;
                let count = (TILE - row % TILE).min(segment.rows.len() - from);
                let rows = segment.part(from, count);
                if count == TILE {
                    tiles.push(Tile::Whole(rows));
                } else {
                    let mut tile = self.open.take().unwrap_or_else(|| OpenTile::new(row, space, self.targets.len()));
                    tile.take(&rows);
                    if tile.filled == TILE {
                        tiles.push(Tile::Filled(tile));
                    } else {
                        self.open = Some(tile);
                    }
                }
                from += count;
            }
        }
        // As many tiles at once as there are threads: evidence of d features may hold d^2 numbers.
        let at_once = if parallel { rayon::current_num_threads() } else { 1 };
        if at_once == 1 && self.total.absorbs_in_place() {
            for tile in &tiles {
                absorb_in_place(&mut self.total, &tile.rows())?;
            }
        } else {
            let fresh = |tile: &Tile<'_, F>| absorb_tile(surrogate, space, &self.reference, &tile.rows());
            for some in tiles.chunks(at_once) {
                let evidence: Vec<Result<E, Error>> =
                    if parallel { some.par_iter().map(fresh).collect() } else { some.iter().map(fresh).collect() };
                for evidence in evidence {
                    merge(&mut self.total, evidence?)?;
                }
            }
        }
        self.absorbed += segments.iter().map(|segment| segment.rows.len()).sum::<usize>();
        Ok(())
    }

    /// The evidence with the rows of the last tile, which need not be full. The tile stays open: more rows may follow.
    pub(crate) fn closed<G: Surrogate<F, Evidence = E>>(&self, surrogate: &G, space: &Space<F>) -> Result<E, Error> {
        let mut total = guard(Stage::Absorb, 0..0, || Ok(self.total.clone()))?;
        if let Some(tile) = &self.open {
            merge(&mut total, absorb_tile(surrogate, space, &self.reference, &tile.rows())?)?;
        }
        Ok(total)
    }

    /// Absorbs the rows of the last tile for good: no more rows may follow.
    pub(crate) fn close<G: Surrogate<F, Evidence = E>>(
        &mut self,
        surrogate: &G,
        space: &Space<F>,
    ) -> Result<(), Error> {
        let Some(tile) = self.open.take() else { return Ok(()) };
        let rows = tile.rows();
        if self.total.absorbs_in_place() {
            absorb_in_place(&mut self.total, &rows)
        } else {
            merge(&mut self.total, absorb_tile(surrogate, space, &self.reference, &rows)?)
        }
    }

    /// The evidence of the full tiles, of all rows once [`close`](Self::close) was called.
    pub(crate) fn total(&self) -> &E {
        &self.total
    }
}
