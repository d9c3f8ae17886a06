//! The black box f.

use std::sync::{Arc, Mutex, PoisonError};

use nalgebra::{DMatrix, DVector};

use crate::{BoxError, Real};

/// A model that answers a batch of inputs: one row of outputs an input.
///
/// Outputs are whatever is to be explained: class probabilities, scores, one or many regression values. All targets of one
/// explanation share the answers.
///
/// The trait does not ask for `Sync`: a remote or single-threaded model is a model, and
/// [`Explainer::explain`](crate::Explainer::explain) takes it. The parallel entry points ask for it; a [`Mutex`] around a
/// model gives it.
///
/// # A model of one's own
/// A closure is enough, through [`model_fn`]. A type looks like this:
///
/// ```
/// use lime_core::{BoxError, Model};
/// use nalgebra::DMatrix;
///
/// /// Probability that a text is a question.
/// struct Question;
///
/// impl Model<Vec<String>, f64> for Question {
///     fn predict(&self, texts: &Vec<String>) -> Result<DMatrix<f64>, BoxError> {
///         Ok(DMatrix::from_fn(texts.len(), 1, |i, _| if texts[i].contains('?') { 0.9 } else { 0.2 }))
///     }
/// }
///
/// let answer = Question.predict(&vec!["why?".into(), "so".into()])?;
/// assert_eq!(answer.as_slice(), [0.9, 0.2]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Model<B, F: Real> {
    /// The outputs for every input of the batch, (rows, outputs), all finite. The answer to a row should not depend on its
    /// batch: explanations are the same bits for every batch size as far as it does not.
    ///
    /// # Errors
    /// Whatever kept the model from answering. The explanation from the rows answered before is kept
    /// ([`Error::Interrupted`](crate::Error::Interrupted)).
    fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError>;
}

macro_rules! forward_model {
    ($($pointer:ty),*) => {$(
        impl<B, F: Real, T: Model<B, F> + ?Sized> Model<B, F> for $pointer {
            fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError> {
                (**self).predict(batch)
            }
        }
    )*};
}

forward_model!(&T, Box<T>, Arc<T>);

/// A model that may be sent to other threads but not shared by them, behind a lock: calls come one at a time while the other
/// threads prepare samples. A panic of the model leaves the lock usable. The model must not use rayon's current pool itself: a
/// thread that waits for its own work there may take up another batch and wait for the lock it holds.
impl<B, F: Real, T: Model<B, F> + ?Sized> Model<B, F> for Mutex<T> {
    fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).predict(batch)
    }
}

/// What a model closure may return: a matrix (rows, outputs), one output as a vector, or a `Result` of either.
pub trait Answer<F: Real> {
    /// The matrix of outputs, (rows, outputs).
    ///
    /// # Errors
    /// The closure's own.
    fn answer(self) -> Result<DMatrix<F>, BoxError>;
}

impl<F: Real> Answer<F> for DMatrix<F> {
    fn answer(self) -> Result<DMatrix<F>, BoxError> {
        Ok(self)
    }
}

impl<F: Real> Answer<F> for DVector<F> {
    fn answer(self) -> Result<DMatrix<F>, BoxError> {
        Vec::from(self.data).answer()
    }
}

impl<F: Real> Answer<F> for Vec<F> {
    fn answer(self) -> Result<DMatrix<F>, BoxError> {
        Ok(DMatrix::from_vec(self.len(), 1, self))
    }
}

impl<F: Real, A: Answer<F>, E: Into<BoxError>> Answer<F> for Result<A, E> {
    fn answer(self) -> Result<DMatrix<F>, BoxError> {
        self.map_err(Into::into)?.answer()
    }
}

/// A model from a closure over a batch. It may return a matrix, a vector (one output), or a `Result` of either.
///
/// ```
/// use lime_core::{model_fn, Model};
/// use nalgebra::DMatrix;
///
/// let sum = model_fn(|rows: &DMatrix<f64>| rows.column_sum());
/// assert_eq!(sum.predict(&DMatrix::from_element(2, 3, 1.0))?.as_slice(), [3.0, 3.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn model_fn<B, A, P: Fn(&B) -> A>(predict: P) -> ModelFn<P> {
    ModelFn { predict }
}

/// What [`model_fn`] returns.
#[derive(Debug, Clone, Copy)]
pub struct ModelFn<P> {
    predict: P,
}

impl<B, F: Real, A: Answer<F>, P: Fn(&B) -> A> Model<B, F> for ModelFn<P> {
    fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError> {
        (self.predict)(batch).answer()
    }
}
