//! Bins by quartiles.

use lime_core::BoxError;

use crate::{Discretizer, Sample};

/// Edges at the quartiles of the training values, equal ones once: up to four bins. The original's default.
///
/// ```
/// use lime_tabular::{Discretizer, Quartile, Sample};
/// assert_eq!(Quartile.edges(&Sample::new(&[1.0, 2.0, 3.0, 4.0, 5.0])?)?, [2.0, 3.0, 4.0]);
/// assert_eq!(Quartile.edges(&Sample::new(&[1.0, 1.0, 1.0, 1.0, 5.0])?)?, [1.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quartile;

impl Discretizer for Quartile {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        Ok(sample.quantile_edges(&[0.25, 0.5, 0.75]))
    }
}
