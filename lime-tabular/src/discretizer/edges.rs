//! Bins between given edges.

use lime_core::BoxError;

use crate::discretizer::are_edges;
use crate::{Discretizer, Error, Sample};

/// Edges given by the user, the same for each column: thresholds of a field, or bins found elsewhere.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `edges` | | finite and strictly rising, at least one |
///
/// Edges beyond the training values are allowed; the bins that no training value falls into are never drawn from.
///
/// ```
/// use lime_tabular::{Discretizer, Edges, Sample};
/// let fever = Edges::new(&[37.5, 39.0])?;
/// assert_eq!(fever.edges(&Sample::new(&[36.6, 36.8, 38.2])?)?, [37.5, 39.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Edges {
    edges: Vec<f64>,
}

impl Edges {
    /// Cuts at these edges.
    ///
    /// # Errors
    /// [`Error::GivenEdges`] unless they are finite and strictly rising, [`Error::NothingToCut`] without any.
    pub fn new(edges: &[f64]) -> Result<Self, Error> {
        if !are_edges(edges) {
            return Err(Error::GivenEdges { edges: edges.to_vec() });
        }
        if edges.is_empty() {
            return Err(Error::NothingToCut { what: "edges" });
        }
        Ok(Self { edges: edges.to_vec() })
    }
}

impl Discretizer for Edges {
    fn edges(&self, _: &Sample) -> Result<Vec<f64>, BoxError> {
        Ok(self.edges.clone())
    }
}
