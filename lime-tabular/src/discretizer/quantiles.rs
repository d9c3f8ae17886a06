//! Bins by quantiles.

use lime_core::BoxError;

use crate::{Discretizer, Error, Sample};

/// Edges at given shares of the training values, equal ones once; see [`Sample::quantile`].
///
/// | parameter | default | range |
/// |---|---|---|
/// | `shares` | | each in the open interval (0, 1), in any order, at least one |
///
/// ```
/// use lime_tabular::{Discretizer, Quantiles, Sample};
/// let tails = Quantiles::new(&[0.25, 0.875])?;
/// assert_eq!(tails.edges(&Sample::new(&[1.0, 2.0, 3.0, 4.0, 5.0])?)?, [2.0, 4.5]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles {
    shares: Vec<f64>,
}

impl Quantiles {
    /// Cuts at these shares.
    ///
    /// # Errors
    /// [`Error::Share`] for one that is not between 0 and 1, [`Error::NothingToCut`] without any.
    pub fn new(shares: &[f64]) -> Result<Self, Error> {
        if let Some(&share) = shares.iter().find(|share| !(**share > 0.0 && **share < 1.0)) {
            return Err(Error::Share { share });
        }
        if shares.is_empty() {
            return Err(Error::NothingToCut { what: "shares" });
        }
        Ok(Self { shares: shares.to_vec() })
    }
}

impl Discretizer for Quantiles {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        Ok(sample.quantile_edges(&self.shares))
    }
}
