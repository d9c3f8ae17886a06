//! A removed segment becomes the mean of its channel.

use lime_core::Real;

use super::{Removed, Replacement};

/// The mean of the whole channel at each step of the segment: TS-MULE's global mean (Schlegel et al., 2021). Lime-For-Time's
/// `total_mean` is that of the series as replaced so far.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{ChannelMean, Series};
/// let row = Series::new(&[1.0, 3.0, 5.0, 9.0], 1)?.segments(2)?.replacement(ChannelMean)?;
/// let mut draw = Draw::new(row.space(), 1);
/// draw.z[(0, 0)] = 1.0;
/// let mut batch = row.allocate(1);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [1.0, 3.0, 4.5, 4.5]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelMean;

impl<F: Real> Replacement<F> for ChannelMean {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        values.fill(F::of(removed.series().mean(removed.channel())));
    }
}
