//! The samples that count, column by column, in the order splits are looked for.

use lime_core::{Real, Record};

/// Values that differ by no more than this are the same: scikit-learn's `FEATURE_THRESHOLD`.
pub(super) const APART: f64 = 1e-7;

/// The samples with a weight above zero.
pub(super) struct Samples {
    /// The weights in units of a power of two, so that sums neither overflow nor lose a digit.
    pub(super) weight: Vec<f64>,
    /// The answers, one column a target.
    pub(super) answers: Vec<Vec<f64>>,
    /// The features that vary, by index.
    pub(super) columns: Vec<Column>,
}

/// A feature that varies.
pub(super) struct Column {
    pub(super) feature: usize,
    pub(super) values: Values,
}

pub(super) enum Values {
    /// Two values: whether each row has the upper one, 0 or 1.
    Two { lower: f64, upper: f64, is_upper: Vec<f64> },
    /// Many values, and the rows by rising value, equal ones by index.
    Many { values: Vec<f64>, order: Vec<usize> },
}

impl Column {
    /// A column of these values, if they can be split at all.
    fn new(feature: usize, values: Vec<f64>) -> Option<Self> {
        let &first = values.first()?;
        let &other = values.iter().find(|&&value| value != first)?;
        let (lower, upper) = if first < other { (first, other) } else { (other, first) };
        let two = values.iter().filter(|&&value| (value == lower) | (value == upper)).count();
        let (range, values) = if two == values.len() {
            let is_upper = values.iter().map(|&value| f64::from(u8::from(value == upper))).collect();
            ((lower, upper), Values::Two { lower, upper, is_upper })
        } else {
            let order = order(&values);
            ((values[*order.first()?], values[*order.last()?]), Values::Many { values, order })
        };
        (range.1 > range.0 + APART).then_some(Self { feature, values })
    }
}

/// The positions of values by rising value, equal ones by position.
fn order(values: &[f64]) -> Vec<usize> {
    // Value and position as one number: the bits of a float are in its order but for the sign.
    let key = |value: f64| {
        let bits = (value + 0.0).to_bits();
        if value < 0.0 { !bits } else { bits | 1 << 63 }
    };
    let mut keys: Vec<u128> =
        values.iter().enumerate().map(|(at, &value)| u128::from(key(value)) << 64 | at as u128).collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u64 as usize).collect()
}

/// The greatest power of two that is no greater than a number above zero (or the least normal one).
pub(super) fn power_of_two(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE)
}

impl Samples {
    /// The rows of a record with some of its features, given by rising index, and targets.
    pub(super) fn new<F: Real>(record: &Record<F>, features: &[usize], targets: &[usize]) -> Self {
        let heaviest = record.tiles().flat_map(|rows| rows.weight).fold(0.0, |top: f64, weight| top.max(weight.wide()));
        let unit = power_of_two(heaviest);
        let mut weight = Vec::with_capacity(record.rows());
        let mut answers = vec![Vec::with_capacity(record.rows()); targets.len()];
        let mut values = vec![Vec::with_capacity(record.rows()); features.len()];
        for tile in record.tiles() {
            let kept: Vec<usize> = (0..tile.weight.len()).filter(|&i| tile.weight[i].wide() / unit > 0.0).collect();
            weight.extend(kept.iter().map(|&i| tile.weight[i].wide() / unit));
            for (answers, &target) in answers.iter_mut().zip(targets) {
                take(tile.answers.column(target).as_slice(), &kept, answers);
            }
            for (values, &feature) in values.iter_mut().zip(features) {
                take(tile.z.column(feature).as_slice(), &kept, values);
            }
        }
        let columns =
            features.iter().zip(values).filter_map(|(&feature, values)| Column::new(feature, values)).collect();
        Self { weight, answers, columns }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.weight.len()
    }

    /// Which of so many features have the values 0 and 1 and no other.
    pub(super) fn masks(&self, features: usize) -> Vec<bool> {
        let mut masks = vec![false; features];
        for column in &self.columns {
            masks[column.feature] =
                matches!(column.values, Values::Two { lower, upper, .. } if lower == 0.0 && upper == 1.0);
        }
        masks
    }
}

/// Adds the values of some rows to a column.
fn take<F: Real>(values: &[F], rows: &[usize], column: &mut Vec<f64>) {
    column.extend(rows.iter().map(|&i| values[i].wide()));
}
