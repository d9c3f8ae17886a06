//! What stands in the place of a removed segment.

use std::fmt::Debug;
use std::ops::Range;

use lime_core::{BoxError, Real};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Series;

/// A segment of a channel that a sample leaves out: what a [`Replacement`] is told.
#[derive(Debug, Clone)]
pub struct Removed<'a, F: Real> {
    pub(super) series: &'a Series<F>,
    pub(super) channel: usize,
    pub(super) steps: Range<usize>,
    pub(super) stretch: Range<usize>,
    pub(super) noise: F,
    pub(super) sample_noise: F,
}

impl<'a, F: Real> Removed<'a, F> {
    /// The instance.
    pub fn series(&self) -> &'a Series<F> {
        self.series
    }

    /// The channel, counted from 0.
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// The steps of the segment.
    pub fn steps(&self) -> Range<usize> {
        self.steps.clone()
    }

    /// The steps of the longest stretch around the segment that the sample removes from this channel: removed segments that
    /// touch each other make one. The values next to it, where there are any, are kept.
    pub fn stretch(&self) -> Range<usize> {
        self.stretch.clone()
    }

    /// The segment's own values.
    pub fn original(&self) -> &'a [F] {
        &self.series.channel(self.channel)[self.steps.clone()]
    }

    /// A uniform in (0, 1) for the segment in this sample, a function of (seed, row). The same for all channels where they are
    /// kept and removed together. 1/2 in every sample unless [`Replacement::noise`] is true.
    pub fn noise(&self) -> F {
        self.noise
    }

    /// A uniform in (0, 1) for the whole sample: the same for all segments and channels, that of feature 0. 1/2 in every sample
    /// unless [`Replacement::noise`] is true.
    pub fn sample_noise(&self) -> F {
        self.sample_noise
    }

    /// A generator of the segment's own in this channel and this sample, for replacements that need more than one random
    /// number: ChaCha8 seeded by the bits of [`noise`](Self::noise), on stream channel x steps + first step.
    pub fn generator(&self) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.noise.wide().to_bits());
        let (steps, _) = self.series.shape();
        generator.set_stream((self.channel * steps + self.steps.start) as u64);
        generator
    }
}

/// What stands in the place of a removed segment.
///
/// # A replacement of one's own
/// A sensor that fails: its last value stays.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{Removed, Replacement, Series};
///
/// #[derive(Debug)]
/// struct Stuck;
///
/// impl Replacement<f64> for Stuck {
///     fn replace(&self, removed: &Removed<'_, f64>, values: &mut [f64]) {
///         let channel = removed.series().channel(removed.channel());
///         // Before the first step there was nothing.
///         values.fill(removed.stretch().start.checked_sub(1).map_or(0.0, |last| channel[last]));
///     }
/// }
///
/// let row = Series::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1)?.segments(3)?.replacement(Stuck)?;
/// let mut draw = Draw::new(row.space(), 2);
/// draw.z[(0, 0)] = 1.0;
/// draw.z[(1, 2)] = 1.0;
/// let mut batch = row.allocate(2);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [1.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
/// assert_eq!(batch.row(1), [0.0, 0.0, 0.0, 0.0, 5.0, 6.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub trait Replacement<F: Real>: Send + Sync + Debug {
    /// Writes the values of a removed segment, which come as they were. Any that the model takes, NaN included where it stands
    /// for a missing value. A function of `removed` alone.
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]);

    /// Whether it uses [`Removed::noise`], [`Removed::sample_noise`] or [`Removed::generator`]. Default: no.
    fn noise(&self) -> bool {
        false
    }

    /// Says whether it can stand in this series; asked once, before anything is replaced. Default: in any.
    ///
    /// # Errors
    /// Where it cannot: the error says why.
    fn check(&self, series: &Series<F>) -> Result<(), BoxError> {
        let _ = series;
        Ok(())
    }
}

macro_rules! forward_replacement {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Replacement<F> + ?Sized> Replacement<F> for $pointer {
            fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
                (**self).replace(removed, values);
            }

            fn noise(&self) -> bool {
                (**self).noise()
            }

            fn check(&self, series: &Series<F>) -> Result<(), BoxError> {
                (**self).check(series)
            }
        }
    )*};
}

forward_replacement!(&T, Box<T>, std::sync::Arc<T>);
