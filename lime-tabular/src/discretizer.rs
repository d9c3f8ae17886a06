//! Rules that cut a continuous column into bins.

use lime_core::BoxError;

use crate::Sample;

mod decile;
mod edges;
mod entropy;
mod equal_width;
mod quantiles;
mod quartile;

pub use decile::Decile;
pub use edges::Edges;
pub use entropy::Entropy;
pub use equal_width::EqualWidth;
pub use quantiles::Quantiles;
pub use quartile::Quartile;

/// A rule for the edges between the bins of a continuous column.
///
/// | rule | edges |
/// |---|---|
/// | [`Quartile`], the default | at the quartiles |
/// | [`Decile`] | at the deciles |
/// | [`Quantiles`] | at given shares of the training values |
/// | [`EqualWidth`] | as far from each other |
/// | [`Entropy`] | where the classes of the training rows part |
/// | [`Edges`] | given |
///
/// ```
/// use lime_core::BoxError;
/// use lime_tabular::{Discretizer, Sample};
///
/// /// Below and above the mean.
/// struct Mean;
///
/// impl Discretizer for Mean {
///     fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
///         Ok(vec![sample.mean()])
///     }
/// }
/// assert_eq!(Mean.edges(&Sample::new(&[1.0, 2.0, 6.0])?)?, [3.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Discretizer: Send + Sync {
    /// The inner edges for a column's training values, finite and strictly rising; a value equal to an edge belongs to the
    /// bin below it.
    ///
    /// # Errors
    /// Where the rule cannot cut this column.
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError>;
}

impl<T: Discretizer + ?Sized> Discretizer for Box<T> {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        (**self).edges(sample)
    }
}

impl<T: Discretizer + ?Sized> Discretizer for &T {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        (**self).edges(sample)
    }
}

/// Whether edges are finite and strictly rising.
pub(crate) fn are_edges(edges: &[f64]) -> bool {
    edges.iter().all(|edge| edge.is_finite()) && edges.windows(2).all(|pair| pair[0] < pair[1])
}
