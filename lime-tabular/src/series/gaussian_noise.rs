//! A removed segment becomes noise.

use lime_core::Real;
use lime_samplers::normal_quantile;
use rand_chacha::rand_core::Rng;

use super::{Removed, Replacement};

/// Independent normal values at each step of the segment, with the mean and the standard deviation of its channel: mean + sd
/// Phi^-1(u), with the uniforms u of [`Removed::generator`], so that a sample is a function of (seed, row).
///
/// Answers then differ between samples of one mask; designs of masks that determine the model's input (`Exhaustive`,
/// `Coalitions`) refuse it.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{GaussianNoise, Series};
/// let row = Series::new(&vec![1.0; 500].into_iter().chain(vec![3.0; 500]).collect::<Vec<f64>>(), 1)?;
/// let row = row.segments(1)?.replacement(GaussianNoise)?;
/// assert!(row.space().noise());
///
/// let mut draw = Draw::new(row.space(), 2);
/// draw.noise.copy_from_slice(&[0.25, 0.75]);
/// let mut batch = row.allocate(2);
/// row.restore(&draw, &mut batch, 0)?;
/// let mean = batch.row(0).iter().sum::<f64>() / 1000.0;
/// assert!((mean - 2.0).abs() < 4.0 / 1000f64.sqrt());
/// assert_ne!(batch.row(0)[..3], batch.row(1)[..3]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GaussianNoise;

impl<F: Real> Replacement<F> for GaussianNoise {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        let (series, channel) = (removed.series(), removed.channel());
        let (mean, sd) = (series.mean(channel), series.sd(channel));
        let mut generator = removed.generator();
        for value in values {
            *value = F::of(mean + sd * normal_quantile(f64::unit(generator.next_u32())));
        }
    }

    fn noise(&self) -> bool {
        true
    }
}
