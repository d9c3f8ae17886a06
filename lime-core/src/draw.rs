//! A block of perturbed samples in interpretable space.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::{Real, Space};

/// A block of perturbed samples: rows are samples, columns are interpretable features.
///
/// A sampler fills it, a representation turns it into model inputs, kernels and surrogates read it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Draw<F: Real> {
    /// The samples Z' in interpretable space, (rows, d').
    pub z: DMatrix<F>,
    /// What z' leaves random, as uniforms in the open interval (0, 1): (rows, d') where
    /// [`Space::noise`](crate::Space::noise) is true, else (rows, 0).
    pub noise: DMatrix<F>,
    /// The weight the sampling design gives each row, finite and >= 0, with mean 1 over the rows of independent draws that the design stands
    /// for (those it has, unless it draws equal ones once). 1 unless a design sets it.
    pub weight: Vec<F>,
    /// The rows of this block that are the instance itself, counted from the start of the block: the representation puts x
    /// there, unperturbed. Empty unless a design sets it.
    pub instance: Vec<usize>,
}

impl<F: Real> Draw<F> {
    /// A block of `rows` samples for a space: z' all 0, weights 1, no row the instance.
    pub fn new(space: &Space<F>, rows: usize) -> Self {
        let d = space.features();
        Self {
            z: DMatrix::zeros(rows, d),
            noise: DMatrix::zeros(rows, if space.noise() { d } else { 0 }),
            weight: vec![F::one(); rows],
            instance: Vec::new(),
        }
    }

    /// Makes the block ready to be filled again with `rows` samples: weights 1, no row the instance. Keeps the memory where
    /// the number of rows stays the same; z' and noise then still hold the last block's values.
    pub fn reset(&mut self, rows: usize) {
        if self.rows() != rows {
            self.z = DMatrix::zeros(rows, self.z.ncols());
            self.noise = DMatrix::zeros(rows, self.noise.ncols());
        }
        self.weight.clear();
        self.weight.resize(rows, F::one());
        self.instance.clear();
    }

    /// The number of samples in the block.
    pub fn rows(&self) -> usize {
        self.z.nrows()
    }

    /// Makes the first row of the block the instance x' itself where the block starts with row 0 of the design, as the
    /// original's neighbourhoods do. `rows` are the design's rows that the block holds.
    pub fn set_instance_first(&mut self, rows: &Range<usize>, space: &Space<F>) {
        if rows.start == 0 && !rows.is_empty() {
            self.set_instance(0, space);
        }
    }

    /// Makes row `row` of the block the instance x' itself.
    pub fn set_instance(&mut self, row: usize, space: &Space<F>) {
        for (j, &x) in space.origin().iter().enumerate() {
            self.z[(row, j)] = x;
        }
        self.instance.push(row);
    }
}
