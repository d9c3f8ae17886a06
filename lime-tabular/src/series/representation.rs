//! A time series whose segments are kept or replaced.

use std::ops::Range;
use std::sync::Arc;

use lime_core::{BoxError, Draw, Real, Representation, Space};

use super::{Removed, Replacement, SegmentMean, Series};
use crate::{Error, Sequences};

/// A time series as a mask: where z'_j is 1 segment j is kept, where it is 0 a [`Replacement`] stands in its place. The model's
/// batch is [`Sequences`], (rows, steps, channels).
///
/// | setting | default |
/// |---|---|
/// | [`across_channels`](Self::across_channels) | each channel's segment a feature of its own |
/// | [`replacement`](Self::replacement) | [`SegmentMean`] |
///
/// Features are ordered channel by channel, time within, and named by their steps, the end excluded: "t 20..40" in a series of
/// one channel without a name or where channels go together, else "heart rate t 20..40".
///
/// Made by [`Series::segments`] and [`Series::cut`]. O(n s) for n samples of s values, and what the replacement takes.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{Constant, Series};
///
/// let beats = Series::new(&[60.0, 1.0, 65.0, 1.0, 80.0, 3.0, 75.0, 2.0], 2)?.channel_names(["heart rate", "speed"])?;
/// let row = beats.clone().segments(2)?.replacement(Constant::default())?;
/// assert_eq!(row.names(), ["heart rate t 0..2", "heart rate t 2..4", "speed t 0..2", "speed t 2..4"]);
/// assert_eq!(beats.segments(2)?.across_channels().names(), ["t 0..2", "t 2..4"]);
///
/// let mut draw = Draw::new(row.space(), 1);
/// draw.z.copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
/// let mut batch = row.allocate(1);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [60.0, 0.0, 65.0, 0.0, 0.0, 3.0, 0.0, 2.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SeriesRepresentation<F: Real> {
    series: Series<F>,
    segments: Vec<Range<usize>>,
    across: bool,
    replacement: Arc<dyn Replacement<F>>,
    space: Space<F>,
}

impl<F: Real> SeriesRepresentation<F> {
    /// A series and its segments, which are a partition of its steps.
    pub(super) fn new(series: Series<F>, segments: Vec<Range<usize>>) -> Self {
        let (_, channels) = series.shape();
        let space = Space::masks(channels * segments.len());
        Self { series, segments, across: false, replacement: Arc::new(SegmentMean), space }
    }

    /// Keeps and replaces a segment in all channels together: one feature a segment.
    #[must_use]
    pub fn across_channels(self) -> Self {
        let space = Space::masks(self.segments.len()).with_noise(self.space.noise());
        Self { across: true, space, ..self }
    }

    /// What stands in the place of a removed segment. Default: [`SegmentMean`].
    ///
    /// # Errors
    /// What [`Replacement::check`] says about the series: our own replacements' as they are, others' as [`Error::Replacement`].
    pub fn replacement(self, replacement: impl Replacement<F> + 'static) -> Result<Self, Error> {
        if let Err(source) = replacement.check(&self.series) {
            return Err(match source.downcast::<Error>() {
                Ok(ours) => *ours,
                Err(source) => Error::Replacement { source },
            });
        }
        let space = self.space.with_noise(replacement.noise());
        Ok(Self { replacement: Arc::new(replacement), space, ..self })
    }

    /// The series itself.
    pub fn series(&self) -> &Series<F> {
        &self.series
    }

    /// The steps of each segment, the same in every channel.
    pub fn segments(&self) -> &[Range<usize>] {
        &self.segments
    }

    /// The feature of a channel's segment.
    fn feature(&self, channel: usize, segment: usize) -> usize {
        if self.across { segment } else { channel * self.segments.len() + segment }
    }

    /// Replaces what the sample in `row` of the draw removes from a channel. `input` holds the instance.
    fn replace(&self, draw: &Draw<F>, row: usize, channel: usize, input: &mut [F], scratch: &mut [F]) {
        let (_, channels) = self.series.shape();
        let kept = |segment: usize| draw.z[(row, self.feature(channel, segment))] > F::of(0.5);
        let noise = |feature: usize| if self.space.noise() { draw.noise[(row, feature)] } else { F::of(0.5) };
        let mut first = 0;
        while first < self.segments.len() {
            if kept(first) {
                first += 1;
                continue;
            }
            let end = (first..self.segments.len()).find(|&segment| kept(segment)).unwrap_or(self.segments.len());
            let stretch = self.segments[first].start..self.segments[end - 1].end;
            for segment in first..end {
                let steps = self.segments[segment].clone();
                let removed = Removed {
                    series: &self.series,
                    channel,
                    steps: steps.clone(),
                    stretch: stretch.clone(),
                    noise: noise(self.feature(channel, segment)),
                    sample_noise: noise(0),
                };
                if channels == 1 {
                    self.replacement.replace(&removed, &mut input[steps]);
                    continue;
                }
                let values = &mut scratch[..steps.len()];
                values.copy_from_slice(removed.original());
                self.replacement.replace(&removed, values);
                for (value, t) in values.iter().zip(steps) {
                    input[t * channels + channel] = *value;
                }
            }
            first = end;
        }
    }
}

impl<F: Real> Representation<F> for SeriesRepresentation<F> {
    type Batch = Sequences<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        let (_, channels) = self.series.shape();
        let mut names = Vec::with_capacity(self.space.features());
        for channel in 0..if self.across { 1 } else { channels } {
            let name = self.series.name(channel).filter(|_| !self.across || channels == 1);
            for Range { start, end } in &self.segments {
                names.push(match &name {
                    Some(name) => format!("{name} t {start}..{end}"),
                    None => format!("t {start}..{end}"),
                });
            }
        }
        names
    }

    fn kind(&self) -> &str {
        "series"
    }

    fn allocate(&self, rows: usize) -> Sequences<F> {
        let (steps, channels) = self.series.shape();
        Sequences::zeros((rows, steps, channels))
    }

    fn resize(&self, batch: &mut Sequences<F>, rows: usize) {
        batch.resize(rows);
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut Sequences<F>, at: usize) -> Result<(), BoxError> {
        let (_, channels) = self.series.shape();
        let longest = self.segments.iter().map(Range::len).max().unwrap_or_default();
        let mut scratch = vec![F::zero(); if channels == 1 { 0 } else { longest }];
        for row in 0..draw.rows() {
            let input = batch.row_mut(at + row);
            input.copy_from_slice(self.series.values());
            for channel in 0..channels {
                self.replace(draw, row, channel, input, &mut scratch);
            }
        }
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut Sequences<F>, at: usize) -> Result<(), BoxError> {
        batch.row_mut(at).copy_from_slice(self.series.values());
        Ok(())
    }
}
