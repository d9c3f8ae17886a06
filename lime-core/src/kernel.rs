//! The similarity kernel pi_x: how much a perturbed sample counts.
//!
//! Weighing has two steps, as sampling has: [`Kernel::at`] looks at the instance and at the first samples once (norms, width
//! rules), and the [`Similarity`] it returns weighs row by row. A kernel may look at the samples in interpretable space, at
//! the model's inputs, or at both.

use std::ops::Range;

use nalgebra::DMatrixView;

use crate::{BoxError, Draw, Real};

/// The instance, in both spaces.
#[derive(Debug)]
#[non_exhaustive]
pub struct Origin<'a, F: Real, B> {
    /// x' in interpretable coordinates, d' long.
    pub z: &'a [F],
    /// x as a batch of one input.
    pub instance: &'a B,
}

impl<'a, F: Real, B> Origin<'a, F, B> {
    /// The instance in interpretable coordinates, and as a batch of one input.
    pub fn new(z: &'a [F], instance: &'a B) -> Self {
        Self { z, instance }
    }
}

impl<F: Real, B> Clone for Origin<'_, F, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Real, B> Copy for Origin<'_, F, B> {}

/// A block of perturbed samples in both spaces: Z' and the model's inputs Z.
#[derive(Debug)]
pub struct Block<'a, F: Real, B> {
    draw: &'a Draw<F>,
    batch: &'a B,
    at: usize,
    rows: usize,
}

impl<F: Real, B> Clone for Block<'_, F, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Real, B> Copy for Block<'_, F, B> {}

impl<'a, F: Real, B> Block<'a, F, B> {
    /// The samples of a draw together with the inputs made of them, which stand in `batch` from position `at` on.
    pub fn new(draw: &'a Draw<F>, batch: &'a B, at: usize) -> Self {
        Self { draw, batch, at, rows: draw.rows() }
    }

    /// The first `rows` samples of the block, or all where it has fewer.
    #[must_use]
    pub fn first(self, rows: usize) -> Self {
        Self { rows: rows.min(self.rows), ..self }
    }

    /// The number of samples.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Z', (rows, d').
    pub fn z(&self) -> DMatrixView<'a, F> {
        self.draw.z.rows(0, self.rows)
    }

    /// The model's inputs. Those of this block stand at [`positions`](Self::positions); a batch may hold others too.
    pub fn batch(&self) -> &'a B {
        self.batch
    }

    /// Where in the batch the inputs of this block stand.
    pub fn positions(&self) -> Range<usize> {
        self.at..self.at + self.rows
    }
}

/// The first tile of samples (rows 0..256, or all where there are fewer), whatever the batch size: what width rules may look
/// at.
///
/// Those beyond the first batch are drawn when they are asked for, and no more at once than the model is given: a kernel
/// that needs none of them costs no inputs.
pub struct First<'a, F: Real, B> {
    start: Block<'a, F, B>,
    rows: usize,
    rest: Option<&'a Visit<'a, F, B>>,
}

/// Shows blocks of samples, one after the other, to a visitor.
pub(crate) type Visit<'a, F, B> = dyn Fn(&mut Visitor<'_, F, B>) -> Result<(), BoxError> + 'a;
pub(crate) type Visitor<'a, F, B> = dyn FnMut(Block<'_, F, B>) -> Result<(), BoxError> + 'a;

impl<F: Real, B> Clone for First<'_, F, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Real, B> Copy for First<'_, F, B> {}

impl<'a, F: Real, B> First<'a, F, B> {
    /// A tile that is at hand as a whole.
    pub fn new(tile: Block<'a, F, B>) -> Self {
        Self { start: tile, rows: tile.rows(), rest: None }
    }

    /// A tile of `rows` samples of which `rest` shows those after `start`.
    pub(crate) fn with_rest(start: Block<'a, F, B>, rows: usize, rest: &'a Visit<'a, F, B>) -> Self {
        Self { start, rows, rest: Some(rest) }
    }

    /// The number of samples in the tile.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first samples of the tile, one at least where it has any: enough to see whether data fits.
    pub fn start(&self) -> Block<'a, F, B> {
        self.start
    }

    /// Shows all samples of the tile in their order, a block at a time. Each call draws again what was not at hand.
    ///
    /// # Errors
    /// What the visitor reports, and what a sampler or a representation does.
    pub fn visit(&self, mut visitor: impl FnMut(Block<'_, F, B>) -> Result<(), BoxError>) -> Result<(), BoxError> {
        visitor(self.start)?;
        match self.rest {
            Some(rest) => rest(&mut visitor),
            None => Ok(()),
        }
    }
}

impl<F: Real, B> std::fmt::Debug for First<'_, F, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("First").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// A similarity kernel, before it has seen an instance.
///
/// # A kernel of one's own
/// The number of features a mask keeps, as a share. One row at a time, [`kernel_fn`] does the same in one line.
///
/// ```
/// use lime_core::{Block, BoxError, Draw, First, Kernel, Origin, Real, Similarity, Space};
///
/// struct ShareKept;
///
/// impl<F: Real, B> Kernel<F, B> for ShareKept {
///     fn at<'a>(&'a self, _: Origin<'a, F, B>, _: First<'_, F, B>) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
///         Ok(Box::new(ShareKept))
///     }
/// }
///
/// impl<F: Real, B> Similarity<F, B> for ShareKept {
///     fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
///         let z = block.z();
///         for (row, weight) in weights.iter_mut().enumerate() {
///             *weight = z.row(row).sum() / F::of(z.ncols() as f64);
///         }
///         Ok(())
///     }
/// }
///
/// let draw = Draw::new(&Space::<f64>::masks(4), 1);
/// let block = Block::new(&draw, &(), 0);
/// let mut weights = [f64::NAN];
/// ShareKept.at(Origin::new(&[1.0; 4], &()), First::new(block))?.weigh(block, &mut weights)?;
/// assert_eq!(weights, [0.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Kernel<F: Real, B>: Send + Sync {
    /// The kernel centred at an instance. `first` is the first tile of samples, for width rules that look at the data.
    ///
    /// # Errors
    /// Where the kernel cannot be centred there: the error names the value and its range.
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        first: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError>;
}

/// A [`Kernel`] centred at an instance.
pub trait Similarity<F: Real, B>: Send + Sync {
    /// Writes the weight of every sample of the block: finite and >= 0. Row by row: a weight must not depend on the other
    /// rows of the block. `weights` has `block.rows()` entries.
    ///
    /// # Errors
    /// Where a sample cannot be weighed.
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError>;
}

macro_rules! forward_kernel {
    ($($pointer:ty),*) => {$(
        impl<F: Real, B, T: Kernel<F, B> + ?Sized> Kernel<F, B> for $pointer {
            fn at<'a>(
                &'a self,
                origin: Origin<'a, F, B>,
                first: First<'_, F, B>,
            ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
                (**self).at(origin, first)
            }
        }
    )*};
}

forward_kernel!(&T, Box<T>, std::sync::Arc<T>);

/// A kernel from a closure over one sample in interpretable space: `weigh(z, origin)` is its weight.
///
/// ```
/// use lime_core::{kernel_fn, Block, Draw, First, Kernel, Origin, Space};
///
/// // Exponential in the number of features that changed.
/// let kernel = kernel_fn(|z: &[f64], origin: &[f64]| {
///     let changed = z.iter().zip(origin).filter(|(a, b)| a != b).count();
///     (-(changed as f64)).exp()
/// });
/// let draw = Draw::new(&Space::masks(2), 1);
/// let block = Block::new(&draw, &(), 0);
/// let mut weights = [0.0];
/// kernel.at(Origin::new(&[1.0, 1.0], &()), First::new(block))?.weigh(block, &mut weights)?;
/// assert_eq!(weights, [(-2f64).exp()]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn kernel_fn<F: Real, W: Fn(&[F], &[F]) -> F + Send + Sync>(weigh: W) -> KernelFn<W> {
    KernelFn { weigh }
}

/// What [`kernel_fn`] returns.
#[derive(Debug, Clone, Copy)]
pub struct KernelFn<W> {
    weigh: W,
}

struct RowSimilarity<'a, F, W> {
    weigh: &'a W,
    origin: &'a [F],
}

impl<F: Real, B, W: Fn(&[F], &[F]) -> F + Send + Sync> Kernel<F, B> for KernelFn<W> {
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        _: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        Ok(Box::new(RowSimilarity { weigh: &self.weigh, origin: origin.z }))
    }
}

impl<F: Real, B, W: Fn(&[F], &[F]) -> F + Send + Sync> Similarity<F, B> for RowSimilarity<'_, F, W> {
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        let z = block.z();
        let mut row = vec![F::zero(); z.ncols()];
        for (i, weight) in weights.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = z[(i, j)];
            }
            *weight = (self.weigh)(&row, self.origin);
        }
        Ok(())
    }
}
