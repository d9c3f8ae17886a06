//! Where the neighbourhood comes from: interpretable space, by a sampler and h_x, or the model's own input space.
//!
//! A [`Sampler`] draws Z' and the representation restores Z. Training rows, a user's own data or a generator give Z, and z'
//! has to be read off it ([`Interpret`](crate::Interpret)). Both are a [`Source`] of pairs (Z', Z), and every sampler is one.

use std::ops::Range;
use std::sync::Arc;

use crate::slot::{check_draw_and_noise, guard};
use crate::{BoxError, Design, Draw, Real, Representation, Sampler, Stage};

/// A recipe for neighbourhoods: perturbed samples in both spaces at once.
///
/// Every [`Sampler`] is a source for every representation. A type that draws in the original space implements this trait
/// itself. Pointers to samplers are sources; a source that is no sampler goes behind a pointer by
/// [`boxed`](Self::boxed) (forwarding impls would collide with the one for samplers).
///
/// # A source of one's own
/// The rows of a log, as they came, around an instance whose inputs are its interpretable coordinates.
///
/// ```
/// use std::ops::Range;
/// use lime_core::nalgebra::{DMatrix, dmatrix};
/// use lime_core::{BoxError, Direct, Draw, Interpret, Neighbourhood, Source, Space};
///
/// struct Log(DMatrix<f64>);
///
/// struct LogRows<'a, R: ?Sized> {
///     log: &'a DMatrix<f64>,
///     around: &'a R,
/// }
///
/// impl<R: Interpret<f64, Batch = DMatrix<f64>> + ?Sized> Source<f64, R> for Log {
///     fn neighbourhood<'a>(
///         &'a self,
///         around: &'a R,
///         _: usize,
///         _: u64,
///     ) -> Result<Box<dyn Neighbourhood<f64, DMatrix<f64>> + 'a>, BoxError> {
///         Ok(Box::new(LogRows { log: &self.0, around }))
///     }
/// }
///
/// impl<R: Interpret<f64, Batch = DMatrix<f64>> + ?Sized> Neighbourhood<f64, DMatrix<f64>> for LogRows<'_, R> {
///     fn rows(&self) -> usize {
///         self.log.nrows()
///     }
///
///     fn fill(
///         &self,
///         rows: Range<usize>,
///         draw: &mut Draw<f64>,
///         batch: &mut DMatrix<f64>,
///         at: usize,
///     ) -> Result<(), BoxError> {
///         batch.rows_mut(at, rows.len()).copy_from(&self.log.rows(rows.start, rows.len()));
///         self.around.interpret(batch, at..at + rows.len(), draw)
///     }
/// }
///
/// let direct = Direct::new(Space::masks(2));
/// let log = Log(dmatrix![1.0, 0.0; 0.0, 1.0; 0.0, 0.0]);
/// let rows = log.neighbourhood(&direct, 0, 0)?;
/// let (mut draw, mut batch) = (Draw::new(&Space::masks(2), 2), DMatrix::zeros(2, 2));
/// rows.fill(1..3, &mut draw, &mut batch, 0)?;
/// assert_eq!(draw.z, dmatrix![0.0, 1.0; 0.0, 0.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Source<F: Real, R: Representation<F> + ?Sized>: Send + Sync {
    /// The neighbourhood of the representation's instance, for `rows` samples (the budget) under a seed.
    ///
    /// # Errors
    /// Where there is none: the error says why and what to do.
    fn neighbourhood<'a>(
        &'a self,
        representation: &'a R,
        rows: usize,
        seed: u64,
    ) -> Result<Box<dyn Neighbourhood<F, R::Batch> + 'a>, BoxError>;

    /// This source behind a shared pointer, which is a source again: for lists of different sources.
    fn boxed<'s>(self) -> BoxedSource<'s, F, R>
    where
        Self: Sized + 's,
    {
        BoxedSource(Arc::new(self))
    }
}

/// The rows a [`Source`] has decided on, produced on demand in both spaces.
pub trait Neighbourhood<F: Real, B>: Send + Sync {
    /// How many rows there are.
    fn rows(&self) -> usize;

    /// Writes the rows of `rows` into `draw`, which comes [`reset`](Draw::reset) to `rows.len()` samples, and the model's
    /// inputs they stand for into `batch`, the first at position `at`.
    ///
    /// Every entry of `draw.z` has to be written. A row must not depend on the range it is asked in. A row that is the
    /// instance itself is told to `draw.instance`.
    ///
    /// # Errors
    /// Where a row has no input, or an input no interpretable representation: the error says which.
    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>, batch: &mut B, at: usize) -> Result<(), BoxError>;

    /// Whether `fill` holds the draw against the space itself, so that nobody need do so after it: a sampler's does, before it is
    /// restored. No other can say so, nor pass on what one says.
    #[doc(hidden)]
    fn checks(&self, _: sealed::Asked) -> bool {
        false
    }

    /// As [`Design::extensible`]. Default: no.
    fn extensible(&self) -> bool {
        false
    }

    /// As [`Design::cluster`]. Default: the row itself.
    fn cluster(&self, row: usize) -> usize {
        row
    }

    /// As [`Design::clusters`]. Default: what [`cluster`](Self::cluster) says, one after the other.
    fn clusters(&self, rows: Range<usize>, clusters: &mut Vec<usize>) {
        clusters.extend(rows.map(|row| self.cluster(row)));
    }
}

/// What nobody else can name.
pub(crate) mod sealed {
    /// Asks [`checks`](super::Neighbourhood::checks).
    #[derive(Debug)]
    pub struct Asked;
}

/// Samples drawn in interpretable space and restored by h_x.
struct Restored<'a, F: Real, R: ?Sized> {
    design: Box<dyn Design<F> + 'a>,
    representation: &'a R,
}

impl<F: Real, R: Representation<F> + ?Sized, S: Sampler<F> + ?Sized> Source<F, R> for S {
    fn neighbourhood<'a>(
        &'a self,
        representation: &'a R,
        rows: usize,
        seed: u64,
    ) -> Result<Box<dyn Neighbourhood<F, R::Batch> + 'a>, BoxError> {
        Ok(Box::new(Restored { design: self.design(representation.space(), rows, seed)?, representation }))
    }
}

impl<F: Real, R: Representation<F> + ?Sized> Neighbourhood<F, R::Batch> for Restored<'_, F, R> {
    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>, batch: &mut R::Batch, at: usize) -> Result<(), BoxError> {
        self.design.fill(rows.clone(), draw);
        check_draw_and_noise(draw, self.representation.space(), rows.clone())?;
        Ok(guard(Stage::Restore, rows, || self.representation.restore(draw, batch, at))?)
    }

    fn checks(&self, _: sealed::Asked) -> bool {
        true
    }

    fn extensible(&self) -> bool {
        self.design.extensible()
    }

    fn cluster(&self, row: usize) -> usize {
        self.design.cluster(row)
    }

    fn clusters(&self, rows: Range<usize>, clusters: &mut Vec<usize>) {
        self.design.clusters(rows, clusters);
    }
}

/// A [`Source`] of any kind behind a shared pointer.
///
/// ```
/// use lime_core::nalgebra::DMatrix;
/// use lime_core::{BoxedSource, Direct, Source, sampler_fn};
///
/// let sources: Vec<BoxedSource<f64, Direct<f64>>> = vec![
///     sampler_fn(|_, _, z: &mut [f64]| z.fill(0.0)).boxed(),
///     sampler_fn(|_, _, z: &mut [f64]| z[0] = 0.0).boxed(),
/// ];
/// assert_eq!(sources.len(), 2);
/// ```
pub struct BoxedSource<'s, F: Real, R: ?Sized>(Arc<dyn Source<F, R> + 's>);

impl<F: Real, R: ?Sized> Clone for BoxedSource<'_, F, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: Real, R: ?Sized> std::fmt::Debug for BoxedSource<'_, F, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxedSource(..)")
    }
}

macro_rules! forward_source {
    ($($real:ty),*) => {$(
        impl<R: Representation<$real> + ?Sized> Source<$real, R> for BoxedSource<'_, $real, R> {
            fn neighbourhood<'a>(
                &'a self,
                representation: &'a R,
                rows: usize,
                seed: u64,
            ) -> Result<Box<dyn Neighbourhood<$real, R::Batch> + 'a>, BoxError> {
                self.0.neighbourhood(representation, rows, seed)
            }
        }
    )*};
}

// For each scalar by name: for all of them at once, another crate's scalar could make a `BoxedSource` a `Sampler` too.
forward_source!(f32, f64);
