//! Rules that cut a continuous column into bins.

use lime_core::BoxError;

use crate::quantile;

/// A rule for the edges between the bins of a continuous column.
///
/// ```
/// use lime_core::BoxError;
/// use lime_tabular::Discretizer;
///
/// /// Negative and positive.
/// struct Sign;
///
/// impl Discretizer for Sign {
///     fn edges(&self, _: &[f64]) -> Result<Vec<f64>, BoxError> {
///         Ok(vec![0.0])
///     }
/// }
/// ```
pub trait Discretizer: Send + Sync {
    /// The inner edges for a column's training values, finite and strictly rising; a value equal to an edge belongs to the
    /// bin below it. The values are in rising order, finite, and at least two.
    ///
    /// # Errors
    /// Where the rule cannot cut this column.
    fn edges(&self, sorted: &[f64]) -> Result<Vec<f64>, BoxError>;
}

impl<T: Discretizer + ?Sized> Discretizer for Box<T> {
    fn edges(&self, sorted: &[f64]) -> Result<Vec<f64>, BoxError> {
        (**self).edges(sorted)
    }
}

impl<T: Discretizer + ?Sized> Discretizer for &T {
    fn edges(&self, sorted: &[f64]) -> Result<Vec<f64>, BoxError> {
        (**self).edges(sorted)
    }
}

/// Edges at the quartiles of the training values, equal ones once: up to four bins. The original's default.
///
/// ```
/// use lime_tabular::{Discretizer, Quartile};
/// assert_eq!(Quartile.edges(&[1.0, 2.0, 3.0, 4.0, 5.0])?, [2.0, 3.0, 4.0]);
/// assert_eq!(Quartile.edges(&[1.0, 1.0, 1.0, 1.0, 5.0])?, [1.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quartile;

impl Discretizer for Quartile {
    fn edges(&self, sorted: &[f64]) -> Result<Vec<f64>, BoxError> {
        let mut edges: Vec<f64> = [0.25, 0.5, 0.75].iter().map(|&p| quantile(sorted, p)).collect();
        edges.dedup();
        Ok(edges)
    }
}
