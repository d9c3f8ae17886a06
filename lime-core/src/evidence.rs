//! What a surrogate remembers of the answered samples.

use nalgebra::DMatrixView;

use crate::{Moments, Real};

/// The answered rows of one tile: at most 256, aligned to row 0 of the design.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Rows<'a, F: Real> {
    /// The index of the first row in the design.
    pub start: usize,
    /// Z', (rows, d').
    pub z: DMatrixView<'a, F>,
    /// The uniforms for what z' leaves random, (rows, d') or (rows, 0).
    pub noise: DMatrixView<'a, F>,
    /// Design weight times similarity, finite and >= 0.
    pub weight: &'a [F],
    /// The model's answers for the targets, (rows, targets), finite.
    pub answers: DMatrixView<'a, F>,
    /// Whether the first row is row 0 of the design and the instance itself, which the design puts there and does not draw.
    pub instance_first: bool,
    /// The cluster of each row, where rows are not all independent.
    clusters: Option<&'a [usize]>,
}

impl<'a, F: Real> Rows<'a, F> {
    /// Rows from `start` on; all parts have as many.
    pub fn new(
        start: usize,
        z: DMatrixView<'a, F>,
        noise: DMatrixView<'a, F>,
        weight: &'a [F],
        answers: DMatrixView<'a, F>,
    ) -> Self {
        Self { start, z, noise, weight, answers, instance_first: false, clusters: None }
    }

    /// The same with the cluster of each row ([`Design::cluster`](crate::Design::cluster)), one a row. Default: the row's index in the
    /// design, for rows that are independent.
    #[must_use]
    pub fn with_clusters(self, clusters: &'a [usize]) -> Self {
        Self { clusters: Some(clusters), ..self }
    }

    /// The same, beginning with the instance itself or not ([`instance_first`](Self::instance_first)). Default: not.
    #[must_use]
    pub fn with_instance_first(self, instance_first: bool) -> Self {
        Self { instance_first, ..self }
    }

    /// The cluster of a row, counted from the start of these: rows of one cluster are not independent.
    pub fn cluster(&self, row: usize) -> usize {
        self.clusters.and_then(|clusters| clusters.get(row).copied()).unwrap_or(self.start + row)
    }
}

/// What a surrogate remembers of the answered rows: [`Moments`] for linear ones, the rows themselves for trees.
///
/// Tiles are absorbed one by one into fresh evidence and merged in tile order, always: so evidence has the same bits on any
/// number of threads. Every evidence carries the moments, so every selector works with every surrogate.
///
/// # Evidence of one's own
/// One that also keeps the highest answer to the first target.
///
/// ```
/// use lime_core::{Evidence, Moments, Real, Rows};
///
/// #[derive(Clone)]
/// struct Highest {
///     moments: Moments,
///     highest: f64,
/// }
///
/// impl<F: Real> Evidence<F> for Highest {
///     fn absorb(&mut self, rows: &Rows<'_, F>) {
///         self.moments.absorb(rows);
///         self.highest = rows.answers.column(0).iter().fold(self.highest, |top, y| top.max(y.wide()));
///     }
///
///     fn merge(&mut self, later: Self) {
///         Evidence::<F>::merge(&mut self.moments, later.moments);
///         self.highest = self.highest.max(later.highest);
///     }
///
///     fn moments(&self) -> &Moments {
///         &self.moments
///     }
/// }
/// ```
pub trait Evidence<F: Real>: Send + Sync {
    /// Takes in the rows of one tile.
    fn absorb(&mut self, rows: &Rows<'_, F>);

    /// Takes in evidence of rows that come after this one's.
    fn merge(&mut self, later: Self)
    where
        Self: Sized;

    /// The weighted moments of all rows absorbed.
    fn moments(&self) -> &Moments;

    /// Whether a tile that is absorbed into evidence of the tiles before it leaves the same bits as one that is absorbed into fresh
    /// evidence, which is then merged: whether what a tile adds is summed up by itself first. One thread then spares the fresh
    /// evidence. Default: no, which is always safe.
    fn absorbs_in_place(&self) -> bool {
        false
    }
}
