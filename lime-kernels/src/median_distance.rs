//! The median heuristic.

use lime_core::{BoxError, Real};

use crate::error::check_width;
use crate::{Error, Seen, Width};

/// The median heuristic: a factor times the median of the distances of the first tile of samples (up to 256) that are not 0.
/// The mean of the middle two where their number is even. O(256 d), once an explanation.
///
/// The usual choice where nothing is known of a kernel's scale (Gretton et al., 2012, "A kernel two-sample test", over pairs of
/// samples; here over samples and the instance). It follows the units of the distance.
///
/// | parameter | default | range |
/// |---|---|---|
/// | factor | 1 | finite, > 0 |
///
/// ```
/// use lime_kernels::{Exponential, MedianDistance, Seen, Width};
/// let seen = Seen::new(3, &Exponential, || Ok(vec![0.0, 5.0, 1.0, 2.0, 4.0]));
/// assert_eq!(MedianDistance::default().width(&seen)?, 3.0);
/// assert_eq!(MedianDistance::new(0.5)?.width(&seen)?, 1.5);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// # Errors
/// [`Error::NoDistance`] where all distances are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MedianDistance(f64);

impl MedianDistance {
    /// A factor: finite and above 0. Default 1.
    ///
    /// # Errors
    /// [`Error::Width`] for other values.
    pub fn new(factor: f64) -> Result<Self, Error> {
        check_width(factor).map(Self)
    }
}

impl Default for MedianDistance {
    fn default() -> Self {
        Self(1.0)
    }
}

impl<F: Real> Width<F> for MedianDistance {
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
        let all = seen.distances()?;
        let mut away: Vec<f64> =
            all.iter().map(|distance| distance.wide()).filter(|distance| *distance > 0.0).collect();
        away.sort_by(f64::total_cmp);
        let middle = away.len() / 2;
        match (away.get(away.len().saturating_sub(1) / 2), away.get(middle)) {
            (Some(below), Some(above)) => Ok(F::of(self.0 * (below + (above - below) / 2.0))),
            _ => Err(Error::NoDistance { rows: all.len() }.into()),
        }
    }
}
