//! Values inside a bin as training has them.

use lime_core::BoxError;

use crate::{Bin, BinLaw, Sample, Within};

/// Values inside a bin drawn from the training values in it, with replacement, each by its count: the bootstrap. A draw is a
/// training value, exactly.
///
/// ```
/// use lime_tabular::{Bin, Empirical, Sample, Within};
/// let bin = Bin { frequency: 1.0, mean: 2.5, sd: 1.0, min: 1.0, max: 4.0 };
/// let law = Empirical.law(&bin, &Sample::new(&[1.0, 3.0, 3.0, 4.0])?)?;
/// assert_eq!(law.shares(), Some(vec![(1.0, 0.25), (3.0, 0.5), (4.0, 0.25)]));
/// assert_eq!((law.quantile(0.7), law.mean()), (3.0, Some(2.75)));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Empirical;

impl Within for Empirical {
    fn law(&self, _: &Bin, values: &Sample) -> Result<BinLaw, BoxError> {
        let total = values.total();
        let mut shares: Vec<(f64, f64)> = Vec::new();
        for (at, &value) in values.values().iter().enumerate() {
            let count = values.counts().map_or(1.0, |counts| counts[at]);
            match shares.last_mut() {
                Some((last, sum)) if *last == value => *sum += count,
                _ => shares.push((value, count)),
            }
        }
        shares.iter_mut().for_each(|(_, count)| *count /= total);
        let (values, shares) = shares.into_iter().unzip();
        Ok(Finite::new(values, shares).into())
    }
}

/// Finitely many values in rising order, each with its share.
#[derive(Debug, PartialEq)]
pub(super) struct Finite {
    values: Vec<f64>,
    shares: Vec<f64>,
    /// The end of each one's stretch of the uniform.
    ends: Vec<f64>,
    /// For each of as many equal stretches, the first value that can be drawn in it (Chen and Asau's guide table, 1974).
    guide: Vec<usize>,
}

impl Finite {
    pub(super) fn new(values: Vec<f64>, shares: Vec<f64>) -> Self {
        let ends: Vec<f64> = shares
            .iter()
            .scan(0.0, |end, share| {
                *end += share;
                Some(*end)
            })
            .collect();
        let stretches = values.len() as f64;
        let start = |stretch: usize| ends.partition_point(|end| *end <= stretch as f64 / stretches);
        Self { guide: (0..values.len()).map(start).collect(), values, shares, ends }
    }

    pub(super) fn quantile(&self, u: f64) -> f64 {
        let stretch = ((u * self.values.len() as f64) as usize).min(self.values.len() - 1);
        let mut at = self.guide[stretch].min(self.values.len() - 1);
        while at > 0 && self.ends[at - 1] > u {
            at -= 1;
        }
        while at + 1 < self.values.len() && self.ends[at] <= u {
            at += 1;
        }
        self.values[at]
    }

    pub(super) fn mean(&self) -> f64 {
        self.shares().map(|(value, share)| value * share).sum()
    }

    /// [P(x < t), P(x <= t)].
    pub(super) fn below(&self, t: f64) -> [f64; 2] {
        let upto = |count: usize| match count.checked_sub(1) {
            None => 0.0,
            Some(last) if count == self.values.len() => self.ends[last].max(1.0),
            Some(last) => self.ends[last],
        };
        [upto(self.values.partition_point(|value| *value < t)), upto(self.values.partition_point(|value| *value <= t))]
    }

    pub(super) fn shares(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.values.iter().copied().zip(self.shares.iter().copied())
    }
}
