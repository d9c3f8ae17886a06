//! A time series, before it is cut.

use std::ops::Range;

use lime_core::Real;

use super::SeriesRepresentation;
use crate::Error;
use crate::sample::mean_and_sd;

/// Standard deviations from the mean that the noise of a word of 32 bits stays within: Phi^-1(2^-33) is -6.3.
const REACH: f64 = 7.0;

/// A time series, (steps, channels): values at equally spaced times, one channel or several.
///
/// ```
/// use lime_tabular::series::Series;
/// let beats = Series::new(&[60.0, 1.0, 80.0, 3.0], 2)?.channel_names(["heart rate", "steps"])?;
/// assert_eq!((beats.shape(), beats.channel(0)), ((2, 2), &[60.0, 80.0][..]));
/// assert_eq!((beats.mean(0), beats.sd(0)), (70.0, 10.0));
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Series<F: Real> {
    steps: usize,
    names: Option<Vec<String>>,
    /// Step by step.
    values: Vec<F>,
    /// Channel by channel.
    channels: Vec<F>,
    /// The mean and the population standard deviation of each channel.
    moments: Vec<(f64, f64)>,
}

impl<F: Real> Series<F> {
    /// A series of so many channels from its values, step by step: those of all channels at step 0, then at step 1, as in a row
    /// of [`Sequences`](crate::Sequences). At least one step, all values finite.
    ///
    /// # Errors
    /// [`Error::SeriesShape`], [`Error::SeriesValue`]; [`Error::SeriesRange`] where the mean or the spread of a channel, or noise
    /// of that spread, is beyond the data's type.
    pub fn new(values: &[F], channels: usize) -> Result<Self, Error> {
        if values.is_empty() || !values.len().is_multiple_of(channels) {
            return Err(Error::SeriesShape { values: values.len(), channels });
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            let (step, channel) = (at / channels, at % channels);
            return Err(Error::SeriesValue { step, channel, value: values[at].wide() });
        }
        let steps = values.len() / channels;
        let by_channel: Vec<F> = (0..values.len()).map(|i| values[(i % steps) * channels + i / steps]).collect();
        let mut moments = Vec::with_capacity(channels);
        for (channel, values) in by_channel.chunks_exact(steps).enumerate() {
            let wide: Vec<f64> = values.iter().map(|v| v.wide()).collect();
            let (mean, sd) = mean_and_sd(&wide);
            if !F::of(mean.abs() + REACH * sd).is_finite() {
                let ends = wide.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)]);
                return Err(Error::SeriesRange { channel, min: ends[0], max: ends[1] });
            }
            moments.push((mean, sd));
        }
        Ok(Self { steps, names: None, values: values.to_vec(), channels: by_channel, moments })
    }

    /// A name for each channel. Default: none for one channel, "channel 0", "channel 1" ... for several.
    ///
    /// # Errors
    /// [`Error::ChannelNames`] for another number of names.
    pub fn channel_names<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.moments.len() {
            return Err(Error::ChannelNames { names: names.len(), channels: self.moments.len() });
        }
        Ok(Self { names: Some(names), ..self })
    }

    /// The series as a mask over `count` segments of time whose lengths differ by at most one step, the longer ones first, as
    /// numpy's `array_split` has them: the first steps mod count of them have one step more.
    ///
    /// # Errors
    /// [`Error::Segments`] unless `count` is from 1 to the number of steps.
    pub fn segments(self, count: usize) -> Result<SeriesRepresentation<F>, Error> {
        if !(1..=self.steps).contains(&count) {
            return Err(Error::Segments { segments: count, steps: self.steps });
        }
        let (length, longer) = (self.steps / count, self.steps % count);
        let start = |j: usize| j * length + j.min(longer);
        Ok(SeriesRepresentation::new(self, (0..count).map(|j| start(j)..start(j + 1)).collect()))
    }

    /// The series as a mask over the segments between the given boundaries: a boundary is the first step of the segment after
    /// it. For n boundaries n + 1 segments, from step 0 to the last.
    ///
    /// ```
    /// use lime_core::Representation;
    /// use lime_tabular::series::Series;
    /// let row = Series::new(&[1.0, 2.0, 3.0, 4.0, 5.0], 1)?.cut(&[1, 4])?;
    /// assert_eq!(row.names(), ["t 0..1", "t 1..4", "t 4..5"]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Boundary`] unless they rise strictly, from 1 to the last step.
    pub fn cut(self, boundaries: &[usize]) -> Result<SeriesRepresentation<F>, Error> {
        let mut segments: Vec<Range<usize>> = Vec::with_capacity(boundaries.len() + 1);
        let mut start = 0;
        for (index, &boundary) in boundaries.iter().enumerate() {
            if boundary <= start || boundary >= self.steps {
                return Err(Error::Boundary { index, boundary, after: start, steps: self.steps });
            }
            segments.push(start..boundary);
            start = boundary;
        }
        segments.push(start..self.steps);
        Ok(SeriesRepresentation::new(self, segments))
    }

    /// (steps, channels).
    pub fn shape(&self) -> (usize, usize) {
        (self.steps, self.moments.len())
    }

    /// The values step by step: those of all channels at step 0, then at step 1.
    pub fn values(&self) -> &[F] {
        &self.values
    }

    /// The values of a channel.
    ///
    /// # Panics
    /// As a slice does, for a channel that does not exist.
    pub fn channel(&self, channel: usize) -> &[F] {
        &self.channels[channel * self.steps..(channel + 1) * self.steps]
    }

    /// The mean of a channel; NaN for one that does not exist.
    pub fn mean(&self, channel: usize) -> f64 {
        self.moments.get(channel).map_or(f64::NAN, |m| m.0)
    }

    /// The population standard deviation of a channel; NaN for one that does not exist.
    pub fn sd(&self, channel: usize) -> f64 {
        self.moments.get(channel).map_or(f64::NAN, |m| m.1)
    }

    /// What a channel is called, where it is called anything.
    pub(crate) fn name(&self, channel: usize) -> Option<String> {
        match &self.names {
            Some(names) => names.get(channel).cloned(),
            None => (self.moments.len() > 1).then(|| format!("channel {channel}")),
        }
    }
}
