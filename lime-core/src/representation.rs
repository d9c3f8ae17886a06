//! The map between an instance x and its interpretable representation x'.
//!
//! A [`Representation`] knows one instance: the laws of its interpretable features, and h_x, which turns perturbed samples
//! Z' back into inputs Z of the model. The model's inputs are a batch type of the representation's choice, allocated once
//! and reused, so that a table, a list of strings and a stack of images are all served by the same pipeline.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::{BoxError, Details, Draw, Real, Space};

/// One instance, its interpretable space, and the way back into the model's input space.
///
/// # A representation of one's own
/// A number explained by its tens and its units, each of which may be set to zero.
///
/// ```
/// use lime_core::{BoxError, Draw, Representation, Space};
/// use nalgebra::DMatrix;
///
/// struct Digits {
///     number: u32,
///     space: Space<f64>,
/// }
///
/// impl Representation<f64> for Digits {
///     type Batch = Vec<u32>;
///
///     fn space(&self) -> &Space<f64> {
///         &self.space
///     }
///
///     fn names(&self) -> Vec<String> {
///         vec!["tens".into(), "units".into()]
///     }
///
///     fn allocate(&self, rows: usize) -> Vec<u32> {
///         vec![0; rows]
///     }
///
///     fn resize(&self, batch: &mut Vec<u32>, rows: usize) {
///         batch.resize(rows, 0);
///     }
///
///     fn restore(&self, draw: &Draw<f64>, batch: &mut Vec<u32>, at: usize) -> Result<(), BoxError> {
///         for row in 0..draw.rows() {
///             let tens = if draw.z[(row, 0)] > 0.5 { self.number / 10 * 10 } else { 0 };
///             let units = if draw.z[(row, 1)] > 0.5 { self.number % 10 } else { 0 };
///             batch[at + row] = tens + units;
///         }
///         Ok(())
///     }
///
///     fn instance(&self, batch: &mut Vec<u32>, at: usize) -> Result<(), BoxError> {
///         batch[at] = self.number;
///         Ok(())
///     }
/// }
///
/// let digits = Digits { number: 42, space: Space::masks(2) };
/// let mut draw = Draw::new(digits.space(), 1);
/// draw.z[(0, 1)] = 1.0;
/// let mut batch = digits.allocate(1);
/// digits.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch, [2]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Representation<F: Real>: Send + Sync {
    /// The model's inputs, many at once.
    type Batch: Send + Sync;

    /// The interpretable space around the instance.
    fn space(&self) -> &Space<F>;

    /// A name for each interpretable feature, as many as the space has.
    fn names(&self) -> Vec<String>;

    /// What of the instance is held fixed on purpose: no feature, and never perturbed ("sex=female"). Reported beside the
    /// explanation. Default: nothing.
    fn frozen(&self) -> Vec<String> {
        Vec::new()
    }

    /// What there is to say of the instance as a whole: added to the explanation as it is. Default: nothing.
    fn details(&self) -> Details {
        Details::new()
    }

    /// What there is to say of an interpretable feature, counted from 0, beside its name: added to the explanation wherever
    /// the feature stands in it. Default: nothing.
    fn feature_details(&self, feature: usize) -> Details {
        let _ = feature;
        Details::new()
    }

    /// What kind of data this is, for reports and files: "tabular", "sequence", "series", "text", "image". Default: "custom".
    fn kind(&self) -> &str {
        "custom"
    }

    /// A batch for `rows` inputs. What it holds is overwritten before it is read.
    fn allocate(&self, rows: usize) -> Self::Batch;

    /// Makes a batch hold `rows` inputs, more or fewer. What it holds is overwritten before it is read. Default: a new batch;
    /// worth an implementation where a batch can keep its memory.
    fn resize(&self, batch: &mut Self::Batch, rows: usize) {
        *batch = self.allocate(rows);
    }

    /// Whether this instance's inputs may stand in a batch beside another's: one that was allocated by, and may hold inputs of, another
    /// representation of this type. Where they may, explanations of many instances share the model's batches. Default: no.
    fn fits(&self, batch: &Self::Batch) -> bool {
        let _ = batch;
        false
    }

    /// h_x: writes the inputs that the samples of `draw` stand for into `batch`, the first at position `at`.
    ///
    /// The rows named by `draw.instance` become the instance itself. Rows must not depend on each other or on where they
    /// stand.
    ///
    /// # Errors
    /// Where a sample has no input: the error says which.
    fn restore(&self, draw: &Draw<F>, batch: &mut Self::Batch, at: usize) -> Result<(), BoxError>;

    /// Writes the instance x itself at position `at`.
    ///
    /// # Errors
    /// Where the instance cannot be written: the error says why.
    fn instance(&self, batch: &mut Self::Batch, at: usize) -> Result<(), BoxError>;
}

/// A representation that also reads: the way from an input of the model to z', needed where samples are drawn in the model's
/// input space ([`Source`](crate::Source)).
///
/// ```
/// use lime_core::{Direct, Draw, Interpret, Space, nalgebra::dmatrix};
/// let direct = Direct::new(Space::masks(2));
/// let mut draw = Draw::new(&Space::masks(2), 1);
/// direct.interpret(&dmatrix![1.0, 0.0; 0.0, 1.0], 1..2, &mut draw)?;
/// assert_eq!(draw.z, dmatrix![0.0, 1.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub trait Interpret<F: Real>: Representation<F> {
    /// Writes z' of the inputs at `positions` of the batch into `draw.z`, the first into row 0. Row by row.
    ///
    /// # Errors
    /// Where an input has no interpretable representation: the error says which.
    fn interpret(&self, batch: &Self::Batch, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError>;
}

macro_rules! forward_representation {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Interpret<F> + ?Sized> Interpret<F> for $pointer {
            fn interpret(
                &self,
                batch: &Self::Batch,
                positions: Range<usize>,
                draw: &mut Draw<F>,
            ) -> Result<(), BoxError> {
                (**self).interpret(batch, positions, draw)
            }
        }

        impl<F: Real, T: Representation<F> + ?Sized> Representation<F> for $pointer {
            type Batch = T::Batch;

            fn space(&self) -> &Space<F> {
                (**self).space()
            }

            fn names(&self) -> Vec<String> {
                (**self).names()
            }

            fn frozen(&self) -> Vec<String> {
                (**self).frozen()
            }

            fn details(&self) -> Details {
                (**self).details()
            }

            fn feature_details(&self, feature: usize) -> Details {
                (**self).feature_details(feature)
            }

            fn kind(&self) -> &str {
                (**self).kind()
            }

            fn allocate(&self, rows: usize) -> Self::Batch {
                (**self).allocate(rows)
            }

            fn resize(&self, batch: &mut Self::Batch, rows: usize) {
                (**self).resize(batch, rows);
            }

            fn fits(&self, batch: &Self::Batch) -> bool {
                (**self).fits(batch)
            }

            fn restore(&self, draw: &Draw<F>, batch: &mut Self::Batch, at: usize) -> Result<(), BoxError> {
                (**self).restore(draw, batch, at)
            }

            fn instance(&self, batch: &mut Self::Batch, at: usize) -> Result<(), BoxError> {
                (**self).instance(batch, at)
            }
        }
    )*};
}

forward_representation!(&T, Box<T>, std::sync::Arc<T>);

/// The representation whose model input is the interpretable sample itself: a batch is the matrix Z', (rows, d').
///
/// For models of masks, and for trying components without any data.
///
/// ```
/// use lime_core::{Direct, Representation, Space};
/// let direct = Direct::<f64>::new(Space::masks(2));
/// assert_eq!(direct.names(), ["z0", "z1"]);
/// ```
#[derive(Debug, Clone)]
pub struct Direct<F: Real> {
    space: Space<F>,
}

impl<F: Real> Direct<F> {
    /// The samples of a space, as they are.
    pub fn new(space: Space<F>) -> Self {
        Self { space }
    }
}

impl<F: Real> Representation<F> for Direct<F> {
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        (0..self.space.features()).map(|j| format!("z{j}")).collect()
    }

    fn fits(&self, batch: &DMatrix<F>) -> bool {
        batch.ncols() == self.space.features()
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.space.features())
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        batch.rows_mut(at, draw.rows()).copy_from(&draw.z);
        Ok(())
    }

    fn instance(&self, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        for (j, &x) in self.space.origin().iter().enumerate() {
            batch[(at, j)] = x;
        }
        Ok(())
    }
}

impl<F: Real> Interpret<F> for Direct<F> {
    fn interpret(&self, batch: &DMatrix<F>, positions: Range<usize>, draw: &mut Draw<F>) -> Result<(), BoxError> {
        draw.z.copy_from(&batch.rows(positions.start, positions.len()));
        Ok(())
    }
}

/// A representation from a closure: `restore(z, x)` writes the model's input `x` that one interpretable sample `z` stands
/// for. The batch is a matrix, (rows, `width`); `instance` is the input x itself.
///
/// ```
/// use lime_core::{representation_fn, Draw, Representation, Space};
///
/// // Two interpretable features, each the owner of two inputs of the model.
/// let x = [3.0, 4.0, 5.0, 6.0];
/// let pairs = representation_fn(Space::masks(2), x.to_vec(), move |z: &[f64], input: &mut [f64]| {
///     for (i, input) in input.iter_mut().enumerate() {
///         *input = x[i] * z[i / 2];
///     }
/// });
/// let mut draw = Draw::new(pairs.space(), 1);
/// draw.z[(0, 1)] = 1.0;
/// let mut batch = pairs.allocate(1);
/// pairs.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.as_slice(), [0.0, 0.0, 5.0, 6.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn representation_fn<F, H>(space: Space<F>, instance: Vec<F>, restore: H) -> RepresentationFn<F, H>
where
    F: Real,
    H: Fn(&[F], &mut [F]) + Send + Sync,
{
    RepresentationFn { space, instance, restore }
}

/// What [`representation_fn`] returns.
#[derive(Debug, Clone)]
pub struct RepresentationFn<F: Real, H> {
    space: Space<F>,
    instance: Vec<F>,
    restore: H,
}

impl<F, H> Representation<F> for RepresentationFn<F, H>
where
    F: Real,
    H: Fn(&[F], &mut [F]) + Send + Sync,
{
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        (0..self.space.features()).map(|j| format!("z{j}")).collect()
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.instance.len())
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        let mut z = vec![F::zero(); draw.z.ncols()];
        let mut x = vec![F::zero(); self.instance.len()];
        for row in 0..draw.rows() {
            for (j, z) in z.iter_mut().enumerate() {
                *z = draw.z[(row, j)];
            }
            x.fill(F::zero());
            (self.restore)(&z, &mut x);
            for (i, &x) in x.iter().enumerate() {
                batch[(at + row, i)] = x;
            }
        }
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        for (i, &x) in self.instance.iter().enumerate() {
            batch[(at, i)] = x;
        }
        Ok(())
    }
}
