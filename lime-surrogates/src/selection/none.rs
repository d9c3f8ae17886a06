//! No selection.

use lime_core::{BoxError, Evidence, Fitting, Real, Selector};

/// Every feature, in order. The original's `none`.
///
/// ```
/// use lime_core::{Fitting, Moments, Selector, Space};
/// use lime_surrogates::selection::NoSelection;
/// let space = Space::<f64>::masks(3);
/// let moments = Moments::new(space.origin(), &[0.0]);
/// assert_eq!(NoSelection.select(&Fitting::new(&space, &moments), 0)?, [0, 1, 2]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoSelection;

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for NoSelection {
    fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
        Ok((0..given.space().features()).collect())
    }
}
