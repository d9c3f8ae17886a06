//! Bins of one width.

use lime_core::BoxError;

use crate::{Discretizer, Error, Sample};

/// Edges that cut the range of the training values into parts of one width: min + (max - min) i / b for i = 1 .. b - 1.
/// Equal ones once, so a column that does not vary has the one edge that quantiles give it.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `bins`, b | | 2 to 65,536 |
///
/// ```
/// use lime_tabular::{Discretizer, EqualWidth, Sample};
/// assert_eq!(EqualWidth::new(4)?.edges(&Sample::new(&[0.0, 1.0, 1.5, 8.0])?)?, [2.0, 4.0, 6.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EqualWidth {
    bins: usize,
}

impl EqualWidth {
    /// Cuts into this many bins.
    ///
    /// # Errors
    /// [`Error::Bins`] for a number out of range.
    pub fn new(bins: usize) -> Result<Self, Error> {
        let (least, most) = (2, 1 << 16);
        if !(least..=most).contains(&bins) {
            return Err(Error::Bins { what: "number of bins", value: bins, least, most });
        }
        Ok(Self { bins })
    }
}

impl Discretizer for EqualWidth {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        let (min, max) = (sample.min(), sample.max());
        let edge = |i: usize| {
            let share = i as f64 / self.bins as f64;
            let range = max - min;
            // A range beyond f64 is taken in two parts.
            let edge = if range.is_finite() { min + range * share } else { min * (1.0 - share) + max * share };
            edge.min(max)
        };
        let mut edges: Vec<f64> = (1..self.bins).map(edge).collect();
        edges.dedup();
        Ok(edges)
    }
}
