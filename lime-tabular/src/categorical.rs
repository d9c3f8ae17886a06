//! A column of categories.

use std::sync::Arc;

use lime_core::{Basis, BoxError, Law, Real};

use crate::binned::check_frequencies;
use crate::discretizer::are_edges;
use crate::{Column, ColumnAt, Error, Sample};

/// A column whose values are categories. The interpretable feature is "the same category as the instance"; a perturbed value
/// is drawn by training frequency.
///
/// ```
/// use lime_tabular::Categorical;
/// let year = Categorical::learn("year", &[2007.0, 2008.0, 2008.0, 2009.0])?;
/// assert_eq!(year.names(), ["year=2007", "year=2008", "year=2009"]);
/// assert_eq!(year.frequency(), [0.25, 0.5, 0.25]);
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Categorical {
    column: String,
    values: Vec<f64>,
    names: Vec<String>,
    frequency: Vec<f64>,
    other: bool,
}

impl Categorical {
    /// Learns the categories that occur in training, in rising order, each named by its value.
    ///
    /// # Errors
    /// [`Error::Size`] without values.
    pub fn learn(column: &str, training: &[f64]) -> Result<Self, Error> {
        Ok(Self::from_sample(column, &Sample::new(training)?))
    }

    /// Learns the categories that occur in a sample, in rising order, each named by its value.
    pub fn from_sample(column: &str, sample: &Sample) -> Self {
        let mut values: Vec<f64> = sample.values().iter().map(|value| value + 0.0).collect();
        values.dedup();
        let names = values.iter().map(|value| format!("{column}={value}")).collect();
        Self::count(column, sample, values, names)
    }

    /// Learns the frequencies of named levels: the training values are their codes, 0 to `levels.len() - 1`.
    ///
    /// # Errors
    /// [`Error::Code`] for a value that is no level's code; [`Error::Size`] without values.
    pub fn with_levels(column: &str, training: &[f64], levels: &[String]) -> Result<Self, Error> {
        Self::levels_from_sample(column, &Sample::new(training)?, levels)
    }

    /// Learns the frequencies of named levels from a sample of their codes, 0 to `levels.len() - 1`.
    ///
    /// # Errors
    /// [`Error::Code`] for a value that is no level's code.
    pub fn levels_from_sample(column: &str, sample: &Sample, levels: &[String]) -> Result<Self, Error> {
        let values: Vec<f64> = (0..levels.len()).map(|code| code as f64).collect();
        if let Some(&value) = sample.values().iter().find(|value| level_of(&values, **value).is_none()) {
            return Err(Error::Code { name: column.into(), value, levels: levels.len() });
        }
        let names = levels.iter().map(|level| format!("{column}={level}")).collect();
        Ok(Self::count(column, sample, values, names))
    }

    /// A column from its statistics alone: the categories' values in rising order, the name of each ("sex=male"), and its share
    /// in training.
    ///
    /// ```
    /// use lime_tabular::Categorical;
    /// let year = Categorical::learn("year", &[2007.0, 2008.0, 2008.0, 2009.0])?;
    /// let (values, names, frequency) = (year.values().to_vec(), year.names().to_vec(), year.frequency().to_vec());
    /// assert_eq!(Categorical::from_parts("year", values, names, frequency)?, year);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Statistics`] unless there is at least one value and a name and a frequency for each, the values are finite and
    /// strictly rising, and the frequencies finite, not negative and sum to 1 (within 1e-9).
    pub fn from_parts(column: &str, values: Vec<f64>, names: Vec<String>, frequency: Vec<f64>) -> Result<Self, Error> {
        let fail = |message: String| Err(Error::Statistics { name: column.into(), message });
        if values.is_empty() || values.len() != names.len() || values.len() != frequency.len() {
            let (values, names, frequencies) = (values.len(), names.len(), frequency.len());
            return fail(format!(
                "{values} values, {names} names and {frequencies} frequencies: each category, at least one, needs all"
            ));
        }
        if !are_edges(&values) {
            return fail(format!("the categories {values:?} are not finite and strictly rising"));
        }
        check_frequencies(column, frequency.iter().copied())?;
        let values = values.into_iter().map(|value| value + 0.0).collect();
        Ok(Self { column: column.into(), values, names, frequency, other: false })
    }

    fn count(column: &str, sample: &Sample, values: Vec<f64>, names: Vec<String>) -> Self {
        let mut counts = vec![0.0; values.len()];
        for (i, value) in sample.values().iter().enumerate() {
            if let Some(level) = level_of(&values, *value) {
                counts[level] += sample.counts().map_or(1.0, |counts| counts[i]);
            }
        }
        let frequency = counts.iter().map(|count| count / sample.total()).collect();
        Self { column: column.into(), values, names, frequency, other: false }
    }

    /// Whether the instance may have a category that training does not. Default: no. Half the samples keep it then:
    /// [`ColumnAt::is_unseen`].
    #[must_use]
    pub fn with_other(self, other: bool) -> Self {
        Self { other, ..self }
    }

    /// Whether the instance may have a category that training does not.
    pub fn takes_other(&self) -> bool {
        self.other
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.column
    }

    /// The categories' values, in rising order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The categories' names, "column=category".
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The share of each category in training.
    pub fn frequency(&self) -> &[f64] {
        &self.frequency
    }
}

/// The position of a value among values in rising order.
fn level_of(values: &[f64], value: f64) -> Option<usize> {
    // Adding 0 makes -0 a 0, which orders after it.
    values.binary_search_by(|level| level.total_cmp(&(value + 0.0))).ok()
}

impl<F: Real> Column<F> for Categorical {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let known = self.values.len();
        let own = match self.values.iter().position(|value| F::of(*value) == x) {
            Some(own) => own,
            None if self.other => known,
            None => return Err(Error::Category { name: self.column.clone(), value: x.wide(), known }.into()),
        };
        let others: f64 = self.frequency.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, p)| p).sum();
        let mut ends = Vec::new();
        let mut end = 0.0;
        for (level, frequency) in self.frequency.iter().enumerate() {
            if level != own && *frequency > 0.0 {
                end += frequency / others;
                ends.push((end, frequency / others, F::of(self.values[level])));
            }
        }
        let mut frequency = self.frequency.clone();
        frequency.resize(frequency.len().max(own + 1), 0.0);
        let name = self.names.get(own).cloned().unwrap_or_else(|| format!("{}={x}", self.column));
        Ok(Box::new(CategoricalAt { own, value: x, name, frequency, ends }))
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        crate::Saved::new("categorical", &crate::saved::CategoricalDocument::from(self))
    }

    fn typical(&self) -> Option<F> {
        // The last of equals, from behind.
        let levels = self.frequency.iter().zip(&self.values).rev();
        levels.max_by(|a, b| a.0.total_cmp(b.0)).map(|(_, value)| F::of(*value))
    }
}

#[derive(Debug)]
struct CategoricalAt<F> {
    own: usize,
    value: F,
    name: String,
    frequency: Vec<f64>,
    /// The other categories that occur, with the end of each one's stretch of the noise and its length.
    ends: Vec<(f64, f64, F)>,
}

impl<F: Real> ColumnAt<F> for CategoricalAt<F> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn law(&self) -> Law<F> {
        Law::Levels { own: self.own, frequency: self.frequency.clone() }
    }

    fn origin(&self) -> F {
        F::one()
    }

    fn is_unseen(&self) -> bool {
        self.frequency.get(self.own) == Some(&0.0)
    }

    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]) {
        for ((value, &z), u) in values.iter_mut().zip(z).zip(noise) {
            *value = if z > F::of(0.5) {
                self.value
            } else {
                let other =
                    self.ends.partition_point(|(end, ..)| *end <= u.wide()).min(self.ends.len().saturating_sub(1));
                self.ends.get(other).map_or(self.value, |(.., level)| *level)
            };
        }
    }

    /// A category that training does not have is not the instance's.
    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        for (z, value) in z.iter_mut().zip(values) {
            *z = if *value == self.value { F::one() } else { F::zero() };
        }
        Ok(())
    }

    fn basis(&self) -> Option<Arc<dyn Basis<F>>> {
        let (_, others) = self.ends.split_last().filter(|(_, others)| !others.is_empty())?;
        Some(Arc::new(OtherCategory(others.iter().map(|&(end, share, _)| (end, share)).collect())))
    }

    /// That of the categories' numbers.
    fn mean(&self, z: F) -> Option<f64> {
        Some(self.shares(z)?.into_iter().map(|(value, share)| value.wide() * share).sum())
    }

    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        if z > F::of(0.5) || self.ends.is_empty() {
            return Some(vec![(self.value, 1.0)]);
        }
        Some(self.ends.iter().map(|(_, share, value)| (*value, *share)).collect())
    }
}

/// Which other category a sample has: a column for each of them but the last, which z' and the others tell. They are given by the
/// ends of their stretches of the noise and their shares.
#[derive(Debug)]
struct OtherCategory(Vec<(f64, f64)>);

impl<F: Real> Basis<F> for OtherCategory {
    fn columns(&self) -> usize {
        self.0.len()
    }

    fn fill(&self, column: usize, z: &[F], noise: &[F], values: &mut [f64]) {
        let (start, end) = (column.checked_sub(1).map_or(0.0, |before| self.0[before].0), self.0[column].0);
        for ((value, &z), u) in values.iter_mut().zip(z).zip(noise) {
            let u = u.wide();
            *value = f64::from(u8::from(z <= F::of(0.5) && start <= u && u < end));
        }
    }

    fn mean(&self, column: usize, z: F) -> f64 {
        if z > F::of(0.5) { 0.0 } else { self.0[column].1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_drawn_by_their_frequency() {
        let levels: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let column = Categorical::with_levels("x", &[0.0, 1.0, 1.0, 1.0, 2.0, 2.0], &levels).unwrap();
        let at: Box<dyn ColumnAt<f64>> = column.at(2.0).unwrap();
        assert_eq!(at.name(), "x=c");
        let noise: Vec<f64> = (0..1000).map(|i| (f64::from(i) + 0.5) / 1000.0).collect();
        let mut drawn = vec![9.0; 1000];
        at.restore(&vec![0.0; 1000], &noise, &mut drawn);
        assert_eq!(drawn.iter().filter(|v| **v == 0.0).count(), 250);
        assert_eq!(drawn.iter().filter(|v| **v == 1.0).count(), 750);
        at.restore(&vec![1.0; 1000], &noise, &mut drawn);
        assert!(drawn.iter().all(|v| *v == 2.0));
    }

    #[test]
    fn unseen_categories_are_named() {
        let column = Categorical::learn("x", &[0.0, 1.0]).unwrap();
        let error = Column::<f64>::at(&column, 7.0).unwrap_err();
        assert_eq!(error.to_string(), "column x: the category 7 is not among the 2 seen in training");
        let one: Box<dyn ColumnAt<f64>> = Categorical::learn("x", &[3.0, 3.0]).unwrap().at(3.0).unwrap();
        let mut drawn = [0.0];
        one.restore(&[0.0], &[0.5], &mut drawn);
        assert_eq!(drawn, [3.0]);
        assert!(matches!(Categorical::with_levels("x", &[0.5], &["a".into()]), Err(Error::Code { .. })));
    }
}
