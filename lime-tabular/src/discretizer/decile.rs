//! Bins by deciles.

use lime_core::BoxError;

use crate::{Discretizer, Sample};

/// Edges at the deciles of the training values, equal ones once: up to ten bins. The original's `discretizer="decile"`.
///
/// ```
/// use lime_tabular::{Decile, Discretizer, Sample};
/// let values: Vec<f64> = (0..=10).map(f64::from).collect();
/// assert_eq!(Decile.edges(&Sample::new(&values)?)?, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decile;

impl Discretizer for Decile {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        Ok(sample.quantile_edges(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]))
    }
}
