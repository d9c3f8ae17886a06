//! A removed segment becomes the line between the kept values around it.

use lime_core::Real;

use super::{Removed, Replacement};

/// The straight line between the kept values on both sides of the removed stretch, which is all removed segments that touch
/// each other. Between the kept steps a and b, step t becomes
///
/// x_a + (x_b - x_a) (t - a) / (b - a).
///
/// Nothing of what is removed remains, not even its level, and the series does not jump. At the beginning and the end of the
/// series, where one side has no kept value, the other side's is repeated; where nothing is kept, all steps become the mean
/// of the channel. LEFTIST's linear interpolation (Guillemé et al., 2019) in spirit.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{Interpolation, Series};
/// let row = Series::new(&[0.0, 0.0, 9.0, 9.0, 9.0, 9.0, 5.0, 7.0], 1)?.segments(4)?.replacement(Interpolation)?;
/// let mut draw = Draw::new(row.space(), 2);
/// (draw.z[(0, 0)], draw.z[(0, 3)], draw.z[(1, 1)]) = (1.0, 1.0, 1.0);
/// let mut batch = row.allocate(2);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0]);
/// assert_eq!(batch.row(1), [9.0; 8]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interpolation;

impl<F: Real> Replacement<F> for Interpolation {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        let channel = removed.series().channel(removed.channel());
        let stretch = removed.stretch();
        let before = stretch.start.checked_sub(1).map(|a| channel[a].wide());
        let after = channel.get(stretch.end).map(|x| x.wide());
        let (a, b) = match (before, after) {
            (Some(a), Some(b)) => (a, b),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (None, None) => [removed.series().mean(removed.channel()); 2].into(),
        };
        // Steps are counted from the kept one before the stretch.
        let slope = (b - a) / (stretch.len() + 1) as f64;
        for (value, t) in values.iter_mut().zip(removed.steps()) {
            *value = F::of(a + slope * (t - stretch.start + 1) as f64);
        }
    }
}
