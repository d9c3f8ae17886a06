//! Distances from the instance, in interpretable or in original space.

use lime_core::{Block, BoxError, Origin, Real};
use nalgebra::{DMatrix, DMatrixView};

/// A distance between points with coordinates.
///
/// ```
/// use lime_core::{Real, nalgebra::{DMatrixView, dmatrix}};
/// use lime_kernels::Metric;
///
/// /// The largest difference of a coordinate.
/// struct Chebyshev;
///
/// impl<F: Real> Metric<F> for Chebyshev {
///     fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
///         for (i, distance) in distances.iter_mut().enumerate() {
///             *distance = origin.iter().zip(rows.row(i).iter()).fold(F::zero(), |top, (&a, &b)| top.max((a - b).abs()));
///         }
///     }
/// }
///
/// let mut distances = [0.0; 2];
/// Chebyshev.distances(&[1.0, 2.0], dmatrix![1.5, 5.0; 1.0, 2.0].as_view(), &mut distances);
/// assert_eq!(distances, [3.0, 0.0]);
/// ```
pub trait Metric<F: Real>: Send + Sync {
    /// Writes the distance of every row, (rows, d), from the point `origin`, d long: finite and >= 0, row by row.
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]);

    /// Says whether the metric is defined for points of `columns` coordinates; asked before distances are. Default: for any.
    ///
    /// A metric with parameters of its own for each column refuses data of another number of columns here.
    ///
    /// # Errors
    /// Where it is not: the error names both numbers.
    fn check(&self, columns: usize) -> Result<(), BoxError> {
        let _ = columns;
        Ok(())
    }
}

/// A distance between perturbed samples and the instance.
///
/// Most distances are a [`Metric`] in one of the two spaces; a distance between texts or images is an impl of this trait for
/// their batch type `B`.
///
/// ```
/// use lime_core::{Block, BoxError, Draw, Origin, Real, Space};
/// use lime_kernels::Distance;
///
/// /// How much shorter or longer a text is, in words.
/// struct Length;
///
/// fn words(text: &str) -> f64 {
///     text.split_whitespace().count() as f64
/// }
///
/// impl<F: Real> Distance<F, Vec<String>> for Length {
///     fn distances(
///         &self,
///         origin: Origin<'_, F, Vec<String>>,
///         block: Block<'_, F, Vec<String>>,
///         distances: &mut [F],
///     ) -> Result<(), BoxError> {
///         let whole = words(&origin.instance[0]);
///         for (distance, text) in distances.iter_mut().zip(&block.batch()[block.positions()]) {
///             *distance = F::of((words(text) - whole).abs());
///         }
///         Ok(())
///     }
/// }
///
/// let (space, instance) = (Space::<f64>::masks(3), vec!["not bad at all".to_string()]);
/// let (draw, batch) = (Draw::new(&space, 2), vec!["bad at all".to_string(), "bad".to_string()]);
/// let mut distances = [0.0; 2];
/// Length.distances(Origin::new(space.origin(), &instance), Block::new(&draw, &batch, 0), &mut distances)?;
/// assert_eq!(distances, [1.0, 3.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Distance<F: Real, B>: Send + Sync {
    /// Writes the distance of every sample of the block from the instance: finite and >= 0, row by row.
    ///
    /// # Errors
    /// Where a sample has no distance.
    fn distances(&self, origin: Origin<'_, F, B>, block: Block<'_, F, B>, distances: &mut [F]) -> Result<(), BoxError>;
}

/// A metric between z' and x', in interpretable space: the original's choice, for any kind of data.
///
/// ```
/// use lime_core::{Block, Draw, Origin, Space};
/// use lime_kernels::{Distance, Euclidean, Interpretable};
///
/// // No part of four is kept.
/// let space = Space::<f64>::masks(4);
/// let draw = Draw::new(&space, 1);
/// let mut distances = [0.0];
/// Interpretable(Euclidean).distances(Origin::new(space.origin(), &()), Block::new(&draw, &(), 0), &mut distances)?;
/// assert_eq!(distances, [2.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Interpretable<M>(
    /// The metric.
    pub M,
);

impl<F: Real, B, M: Metric<F>> Distance<F, B> for Interpretable<M> {
    fn distances(&self, origin: Origin<'_, F, B>, block: Block<'_, F, B>, distances: &mut [F]) -> Result<(), BoxError> {
        self.0.check(origin.z.len())?;
        self.0.distances(origin.z, block.z(), distances);
        Ok(())
    }
}

/// A metric between z and x, the model's own inputs, for models of matrices: captum's choice. Columns count in their own
/// units.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_core::{Block, Draw, Origin, Space};
/// use lime_kernels::{Distance, Euclidean, Original};
///
/// // The instance is 30 and the sample 26, whatever z' says.
/// let (space, instance, batch) = (Space::<f64>::masks(1), dmatrix![30.0], dmatrix![26.0]);
/// let draw = Draw::new(&space, 1);
/// let mut distances = [0.0];
/// Original(Euclidean).distances(Origin::new(space.origin(), &instance), Block::new(&draw, &batch, 0), &mut distances)?;
/// assert_eq!(distances, [4.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Original<M>(
    /// The metric.
    pub M,
);

impl<F: Real, M: Metric<F>> Distance<F, DMatrix<F>> for Original<M> {
    fn distances(
        &self,
        origin: Origin<'_, F, DMatrix<F>>,
        block: Block<'_, F, DMatrix<F>>,
        distances: &mut [F],
    ) -> Result<(), BoxError> {
        let x: Vec<F> = origin.instance.row(0).iter().copied().collect();
        self.0.check(x.len())?;
        let positions = block.positions();
        self.0.distances(&x, block.batch().rows(positions.start, positions.len()), distances);
        Ok(())
    }
}

macro_rules! forward_distance {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Metric<F> + ?Sized> Metric<F> for $pointer {
            fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
                (**self).distances(origin, rows, distances);
            }

            fn check(&self, columns: usize) -> Result<(), BoxError> {
                (**self).check(columns)
            }
        }

        impl<F: Real, B, T: Distance<F, B> + ?Sized> Distance<F, B> for $pointer {
            fn distances(
                &self,
                origin: Origin<'_, F, B>,
                block: Block<'_, F, B>,
                distances: &mut [F],
            ) -> Result<(), BoxError> {
                (**self).distances(origin, block, distances)
            }
        }
    )*};
}

forward_distance!(&T, Box<T>, std::sync::Arc<T>);
