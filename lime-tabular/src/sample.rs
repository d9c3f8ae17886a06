//! A column's training values.

use std::ops::Range;

use crate::Error;
use crate::quantile::interpolate;

/// The training values of a column, in rising order: what a [`Discretizer`](crate::Discretizer) cuts and a
/// [`Within`](crate::Within) spreads.
///
/// A value may have a count, how often it occurred, as a quantile sketch gives it; without counts each occurred once. And it
/// may have a class label, which [`Entropy`](crate::Entropy) learns from. Whole counts are the same as values repeated.
///
/// ```
/// use lime_tabular::Sample;
/// let sample = Sample::new(&[40.0, 20.0, 30.0, 30.0])?;
/// assert_eq!(sample.values(), [20.0, 30.0, 30.0, 40.0]);
/// assert_eq!((sample.mean(), sample.quantile(0.75)), (30.0, 32.5));
///
/// let weighted = Sample::weighted(&[40.0, 20.0, 30.0], &[1.0, 1.0, 2.0])?;
/// assert_eq!((weighted.mean(), weighted.quantile(0.75)), (30.0, 32.5));
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    counts: Option<Counts>,
    labels: Option<Vec<usize>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Counts {
    each: Vec<f64>,
    /// The sum of the counts up to each value.
    ends: Vec<f64>,
}

impl Counts {
    fn new(each: Vec<f64>) -> Self {
        let ends = each.iter().scan(0.0, |end, count| {
            *end += count;
            Some(*end)
        });
        Self { ends: ends.collect(), each }
    }
}

impl Sample {
    /// Values in any order, each of which occurred once. O(n log n).
    ///
    /// # Errors
    /// [`Error::Size`] without values, [`Error::SampleValue`] for one that is not finite.
    pub fn new(values: &[f64]) -> Result<Self, Error> {
        Self::sorted(values, None, None)
    }

    /// Values in any order, and how often each occurred: numbers of values, whole or not, of any source that weighs them.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`Error::SampleLength`] unless there is a count for each value, [`Error::Count`] for one that
    /// is not finite and above 0, [`Error::CountTotal`] where they sum to less than 2 for several values, as shares do.
    pub fn weighted(values: &[f64], counts: &[f64]) -> Result<Self, Error> {
        Self::sorted(values, Some(counts), None)
    }

    /// Values in any order, and the class of each in the same order, numbered in any way.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`Error::SampleLength`] unless there is a label for each value.
    pub fn with_labels(values: &[f64], labels: &[usize]) -> Result<Self, Error> {
        Self::sorted(values, None, Some(labels))
    }

    /// Values in any order, how often each occurred, and the class of each.
    ///
    /// # Errors
    /// As for [`weighted`](Self::weighted) and [`with_labels`](Self::with_labels).
    pub fn weighted_with_labels(values: &[f64], counts: &[f64], labels: &[usize]) -> Result<Self, Error> {
        Self::sorted(values, Some(counts), Some(labels))
    }

    fn sorted(values: &[f64], counts: Option<&[f64]>, labels: Option<&[usize]>) -> Result<Self, Error> {
        if values.is_empty() {
            return Err(Error::Size { rows: 0, columns: 1 });
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::SampleValue { index, value: values[index] });
        }
        let expected = values.len();
        for (what, found) in [("counts", counts.map(<[f64]>::len)), ("labels", labels.map(<[usize]>::len))] {
            if let Some(found) = found.filter(|found| *found != expected) {
                return Err(Error::SampleLength { what, expected, found });
            }
        }
        if let Some(counts) = counts {
            if let Some(index) = counts.iter().position(|count| !(count.is_finite() && *count > 0.0)) {
                return Err(Error::Count { index, count: counts[index] });
            }
            let total: f64 = counts.iter().sum();
            if !total.is_finite() || total < expected.min(2) as f64 {
                return Err(Error::CountTotal { total });
            }
        }
        if counts.is_none() && labels.is_none() {
            let mut values = values.to_vec();
            values.sort_by(f64::total_cmp);
            return Ok(Self { values, counts: None, labels: None });
        }
        let mut order: Vec<usize> = (0..expected).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        Ok(Self {
            values: order.iter().map(|&at| values[at]).collect(),
            counts: counts.map(|counts| Counts::new(order.iter().map(|&at| counts[at]).collect())),
            labels: labels.map(|labels| order.iter().map(|&at| labels[at]).collect()),
        })
    }

    /// The values at some positions, at least one.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self {
            values: self.values[range.clone()].to_vec(),
            counts: self.counts.as_ref().map(|counts| Counts::new(counts.each[range.clone()].to_vec())),
            labels: self.labels.as_ref().map(|labels| labels[range].to_vec()),
        }
    }

    /// The values, in rising order; at least one.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How often each value occurred, where that was given.
    pub fn counts(&self) -> Option<&[f64]> {
        self.counts.as_ref().map(|counts| counts.each.as_slice())
    }

    /// The class of each value, where that was given.
    pub fn labels(&self) -> Option<&[usize]> {
        self.labels.as_deref()
    }

    /// How many values there are: the sum of the counts.
    pub fn total(&self) -> f64 {
        match &self.counts {
            None => self.values.len() as f64,
            Some(counts) => counts.ends.last().copied().unwrap_or(0.0),
        }
    }

    /// The least value.
    pub fn min(&self) -> f64 {
        self.values.first().copied().unwrap_or(f64::NAN)
    }

    /// The greatest value.
    pub fn max(&self) -> f64 {
        self.values.last().copied().unwrap_or(f64::NAN)
    }

    /// The mean. Not finite where the values' sum is beyond f64.
    pub fn mean(&self) -> f64 {
        self.mean_and_sd().0
    }

    /// The population standard deviation. Not finite where the sum of squares is beyond f64.
    pub fn sd(&self) -> f64 {
        self.mean_and_sd().1
    }

    pub(crate) fn mean_and_sd(&self) -> (f64, f64) {
        let Some(counts) = &self.counts else { return mean_and_sd(&self.values) };
        let total = self.total();
        let weighted = |f: &dyn Fn(f64) -> f64| {
            self.values.iter().zip(&counts.each).map(|(&value, count)| count * f(value)).sum::<f64>() / total
        };
        let mean = weighted(&|value| value);
        (mean, weighted(&|value| (value - mean) * (value - mean)).sqrt())
    }

    /// The order statistic at a whole number from 0; beyond the end, the greatest value.
    pub(crate) fn order(&self, position: f64) -> f64 {
        let at = match &self.counts {
            None => position as usize,
            Some(counts) => counts.ends.partition_point(|end| *end <= position),
        };
        self.values.get(at).copied().unwrap_or_else(|| self.max())
    }

    /// The quantile at a share `p` in 0..=1, by linear interpolation between order statistics 0 to [`total`](Self::total) - 1:
    /// Hyndman and Fan's type 7, as [`quantile`](crate::quantile()) and numpy compute it. A value with a count is as many
    /// order statistics. O(log n).
    pub fn quantile(&self, p: f64) -> f64 {
        interpolate((self.total() - 1.0).max(0.0), p, |position| self.order(position))
    }

    /// The quantiles at some shares as bin edges: in rising order, equal ones once.
    pub(crate) fn quantile_edges(&self, shares: &[f64]) -> Vec<f64> {
        let mut edges: Vec<f64> = shares.iter().map(|&share| self.quantile(share)).collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        edges
    }
}

/// Mean and population standard deviation; 0 and 0 without values.
pub(crate) fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Order statistics of 1, 1.5 and 2 counts, by hand: totals 4.5, so positions run from 0 to 3.5.
    #[test]
    fn counts_that_are_not_whole() {
        let sample = Sample::weighted(&[3.0, 1.0, 2.0], &[2.0, 1.0, 1.5]).unwrap();
        assert_eq!((sample.values(), sample.counts().unwrap()), (&[1.0, 2.0, 3.0][..], &[1.0, 1.5, 2.0][..]));
        assert_eq!(sample.total(), 4.5);
        for (position, expected) in
            [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0), (2.0, 2.0), (2.25, 2.25), (3.0, 3.0), (3.5, 3.0)]
        {
            assert_eq!(sample.quantile(position / 3.5), expected, "{position}");
        }
        assert_eq!(sample.mean(), 10.0 / 4.5);
    }

    #[test]
    fn what_is_no_sample() {
        let message = |result: Result<Sample, Error>| result.unwrap_err().to_string();
        assert!(matches!(Sample::new(&[]), Err(Error::Size { .. })));
        assert_eq!(
            message(Sample::new(&[1.0, f64::NAN])),
            "value 1 of the sample is NaN: values must be finite numbers"
        );
        assert!(matches!(Sample::new(&[f64::INFINITY]), Err(Error::SampleValue { index: 0, .. })));
        assert_eq!(
            message(Sample::weighted(&[1.0, 2.0], &[1.0])),
            "1 counts for 2 values of the sample: give one for each"
        );
        for count in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Sample::weighted(&[1.0, 2.0], &[2.0, count]), Err(Error::Count { index: 1, .. })));
        }
        for shares in [[0.5, 0.5], [0.25, 0.25], [f64::MAX, f64::MAX]] {
            assert!(matches!(Sample::weighted(&[1.0, 2.0], &shares), Err(Error::CountTotal { .. })), "{shares:?}");
        }
        assert!(matches!(
            Sample::with_labels(&[1.0], &[0, 1]),
            Err(Error::SampleLength { what: "labels", expected: 1, found: 2 })
        ));
    }

    #[test]
    fn counts_and_labels_go_with_their_values() {
        let sample = Sample::weighted_with_labels(&[3.0, 1.0, 2.0, 1.0], &[4.0, 5.0, 6.0, 7.0], &[9, 8, 7, 6]).unwrap();
        assert_eq!(sample.values(), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(sample.counts(), Some(&[5.0, 7.0, 6.0, 4.0][..]));
        assert_eq!(sample.labels(), Some(&[8, 6, 7, 9][..]));
        let part = sample.part(1..3);
        assert_eq!((part.values(), part.labels(), part.total()), (&[1.0, 2.0][..], Some(&[6, 7][..]), 13.0));
    }

    #[test]
    fn quantiles_between_values_at_the_ends_of_f64() {
        let sample = Sample::new(&[-f64::MAX, f64::MAX]).unwrap();
        assert_eq!([0.0, 0.5, 1.0].map(|p| sample.quantile(p)), [-f64::MAX, 0.0, f64::MAX]);
    }
}
