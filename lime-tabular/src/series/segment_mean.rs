//! A removed segment becomes its own mean.

use lime_core::Real;

use super::{Removed, Replacement};

/// The mean of the segment's own values at each of its steps: its level stays, its shape goes. Lime-For-Time's default (`mean`)
/// and TS-MULE's local mean (Schlegel et al., 2021).
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{SegmentMean, Series};
/// let row = Series::new(&[1.0, 3.0, 5.0, 9.0], 1)?.segments(2)?.replacement(SegmentMean)?;
/// let mut batch = row.allocate(1);
/// row.restore(&Draw::new(row.space(), 1), &mut batch, 0)?;
/// assert_eq!(batch.row(0), [2.0, 2.0, 7.0, 7.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SegmentMean;

impl<F: Real> Replacement<F> for SegmentMean {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        let original = removed.original();
        let sum: f64 = original.iter().map(|v| v.wide()).sum();
        values.fill(F::of(sum / original.len() as f64));
    }
}
