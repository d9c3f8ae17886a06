//! A continuous column in bins.

use std::sync::{Arc, OnceLock};

use lime_core::{Basis, BoxError, Law, Real};

use crate::binned_basis::BinnedBasis;
use crate::discretizer::are_edges;
use crate::mixture::Mixture;
use crate::{BinLaw, Column, ColumnAt, Error, Sample, TruncatedNormal, Within};

/// What the training data tell about one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bin {
    /// The share of the training values in it.
    pub frequency: f64,
    /// Their mean; 0 where there are none.
    pub mean: f64,
    /// Their population standard deviation, plus 1e-11 (the original's guard against 0).
    pub sd: f64,
    /// The edge below, but not below the training minimum.
    pub min: f64,
    /// The edge above, but not above the training maximum.
    pub max: f64,
}

/// A continuous column cut into bins. The interpretable feature is "in the same bin as the instance"; a perturbed value is
/// drawn from a bin chosen by training frequency, and in it by a [`Within`]: from a normal law with the bin's mean and standard
/// deviation, truncated to its edges, unless said otherwise, as the original does.
///
/// The outer edges are the training minimum and maximum. A value equal to an edge belongs to the bin below it.
///
/// ```
/// use lime_tabular::Binned;
/// let column = Binned::learn("age", &[20.0, 30.0, 40.0, 50.0], &[35.0])?;
/// assert_eq!(column.names(), ["age <= 35.00", "age > 35.00"]);
/// assert_eq!(column.bins()[0].frequency, 0.5);
/// assert_eq!((column.bin_of(35.0), column.bin_of(35.1)), (0, 1));
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Binned {
    name: String,
    edges: Vec<f64>,
    bins: Vec<Bin>,
    /// The least and the greatest training value in each bin, where there are any.
    ends: Vec<Option<[f64; 2]>>,
    names: Vec<String>,
    /// The law of each bin's values, where there are any.
    laws: Vec<Option<BinLaw>>,
    /// For each bin the draws from it and from all others, made when first an instance falls into it.
    draws: Vec<OnceLock<Arc<Draws>>>,
}

/// The values in a bin and outside it; `None` where no training value is.
#[derive(Debug)]
struct Draws {
    inside: Option<Mixture>,
    outside: Option<Mixture>,
}

impl Binned {
    /// Learns the bins between the given inner edges from training values in any order, with the truncated normal law inside
    /// each.
    ///
    /// # Errors
    /// As for [`from_sample`](Self::from_sample) and [`Sample::new`].
    pub fn learn(name: &str, values: &[f64], edges: &[f64]) -> Result<Self, Error> {
        Self::from_sample(name, &Sample::new(values)?, edges, &TruncatedNormal)
    }

    /// Learns the bins between the given inner edges from a sample, and how values vary inside each.
    ///
    /// ```
    /// use lime_tabular::{Binned, Column, ColumnAt, Empirical, Sample};
    /// let sample = Sample::weighted(&[20.0, 30.0, 50.0], &[1.0, 3.0, 4.0])?;
    /// let column = Binned::from_sample("age", &sample, &[35.0], &Empirical)?;
    /// assert_eq!((column.bins()[0].frequency, column.bins()[0].mean), (0.5, 27.5));
    /// let at: Box<dyn ColumnAt<f64>> = column.at(50.0)?;
    /// assert_eq!(at.shares(0.0), Some(vec![(20.0, 0.25), (30.0, 0.75)]));
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Edges`] unless the edges are finite and strictly rising; [`Error::Overflow`] where a bin's mean or spread is
    /// beyond f64; [`Error::Within`].
    pub fn from_sample(name: &str, sample: &Sample, edges: &[f64], within: &dyn Within) -> Result<Self, Error> {
        check_edges(name, edges)?;
        let (values, count) = (sample.values(), edges.len() + 1);
        let (mut bins, mut ends, mut laws) = (Vec::with_capacity(count), Vec::with_capacity(count), Vec::new());
        let mut start = 0;
        for i in 0..count {
            let end = edges.get(i).map_or(values.len(), |edge| values.partition_point(|value| value <= edge));
            let members = (start < end).then(|| sample.part(start..end));
            start = end;
            let (mean, sd) = members.as_ref().map_or((0.0, 0.0), Sample::mean_and_sd);
            let bin = Bin {
                frequency: members.as_ref().map_or(0.0, |members| members.total() / sample.total()),
                mean,
                sd: sd + 1e-11,
                min: i.checked_sub(1).map_or(sample.min(), |below| edges[below].max(sample.min())),
                max: edges.get(i).map_or(sample.max(), |edge| edge.min(sample.max())),
            };
            if !bin.mean.is_finite() || !bin.sd.is_finite() {
                return Err(Error::Overflow { name: name.into(), min: bin.min, max: bin.max });
            }
            ends.push(members.as_ref().map(|members| [members.min(), members.max()]));
            let law = members.map(|members| within.law(&bin, &members)).transpose();
            laws.push(law.map_err(|source| Error::Within { name: name.into(), bin: i, source })?);
            bins.push(bin);
        }
        Ok(Self::assemble(name, edges.to_vec(), bins, ends, laws))
    }

    /// A column from its statistics alone: the inner edges, the [`bins`](Self::bins) between them, and the
    /// [`ends`](Self::ends), the least and the greatest training value in each. Inside a bin values follow the truncated normal
    /// law; see [`with_laws`](Self::with_laws) for another.
    ///
    /// ```
    /// use lime_tabular::Binned;
    /// let column = Binned::learn("age", &[20.0, 30.0, 40.0, 50.0], &[35.0])?;
    /// let (edges, bins, ends) = (column.edges().to_vec(), column.bins().to_vec(), column.ends().to_vec());
    /// assert_eq!(Binned::from_parts("age", edges, bins, ends)?, column);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Edges`] unless the edges are finite and strictly rising. [`Error::Statistics`] unless there is one more bin, and
    /// as many ends, as edges; the frequencies are finite, not negative and sum to 1 (within 1e-9); and each bin that has a
    /// frequency, and no other, has ends, which lie in order between its edges and its `min` and `max`, with a mean among them
    /// and a standard deviation above 0.
    pub fn from_parts(name: &str, edges: Vec<f64>, bins: Vec<Bin>, ends: Vec<Option<[f64; 2]>>) -> Result<Self, Error> {
        check_edges(name, &edges)?;
        let fail = |message: String| Err(Error::Statistics { name: name.into(), message });
        let count = edges.len() + 1;
        if bins.len() != count || ends.len() != count {
            let (edges, bins, ends) = (edges.len(), bins.len(), ends.len());
            return fail(format!("{bins} bins and {ends} pairs of ends for {edges} edges, which part {count} bins"));
        }
        check_frequencies(name, bins.iter().map(|bin| bin.frequency))?;
        for (i, (bin, ends)) in bins.iter().zip(&ends).enumerate() {
            if ends.is_some() != (bin.frequency > 0.0) {
                let has = if ends.is_some() { "has" } else { "lacks" };
                return fail(format!("bin {i} of frequency {} {has} a least and a greatest value", bin.frequency));
            }
            let Bin { mean, sd, min, max, .. } = *bin;
            if !(mean.is_finite() && sd.is_finite() && sd > 0.0 && min.is_finite() && max.is_finite()) {
                return fail(format!(
                    "bin {i} has the statistics {bin:?}, which must be finite, the deviation above 0"
                ));
            }
            let Some([least, greatest]) = *ends else { continue };
            let above = i.checked_sub(1).map_or(f64::NEG_INFINITY, |below| edges[below]);
            let upto = edges.get(i).copied().unwrap_or(f64::INFINITY);
            let ordered = above < least && min <= least && least <= greatest && greatest <= max.min(upto);
            if !ordered || min < above || max > upto {
                return fail(format!(
                    "the values of bin {i}, from {least} to {greatest} within {min} to {max}, do not lie above {above} and up to {upto}"
                ));
            }
            // A plain sum of many values rounds.
            let rounding = 1e-6 * (least.abs() + greatest.abs());
            if mean < least - rounding || mean > greatest + rounding {
                return fail(format!("the mean {mean} of bin {i} is not among its values, from {least} to {greatest}"));
            }
        }
        let law = |bin: &Bin| (bin.frequency > 0.0).then(|| BinLaw::truncated_normal(bin));
        let laws = bins.iter().map(law).collect();
        Ok(Self::assemble(name, edges, bins, ends, laws))
    }

    fn assemble(
        name: &str,
        edges: Vec<f64>,
        bins: Vec<Bin>,
        ends: Vec<Option<[f64; 2]>>,
        laws: Vec<Option<BinLaw>>,
    ) -> Self {
        let draws = bins.iter().map(|_| OnceLock::new()).collect();
        Self {
            name: name.into(),
            bins,
            ends,
            names: bin_names(name, &edges, |edge| format!("{edge:.2}")),
            edges,
            laws,
            draws,
        }
    }

    /// The same bins, their edges written in another way than with two decimals: as dates, as levels.
    #[must_use]
    pub fn written(self, write: impl Fn(f64) -> String) -> Self {
        Self { names: bin_names(&self.name, &self.edges, write), ..self }
    }

    /// The same bins under the names given, one for each.
    #[cfg(feature = "serde")]
    pub(crate) fn with_names(self, names: Vec<String>) -> Result<Self, Error> {
        if names.len() == self.bins.len() {
            return Ok(Self { names, ..self });
        }
        let message = format!("{} names for {} bins", names.len(), self.bins.len());
        Err(Error::Statistics { name: self.name, message })
    }

    /// Replaces the laws of the values inside the bins: one for each bin that has a frequency, `None` for the others.
    ///
    /// # Errors
    /// [`Error::Statistics`] for laws that do not fit the bins.
    pub fn with_laws(self, laws: Vec<Option<BinLaw>>) -> Result<Self, Error> {
        let fail = |message: String| Err(Error::Statistics { name: self.name.clone(), message });
        if laws.len() != self.bins.len() {
            return fail(format!("{} laws for {} bins", laws.len(), self.bins.len()));
        }
        if let Some(bin) = (0..laws.len()).find(|&bin| laws[bin].is_some() != self.laws[bin].is_some()) {
            let has = if laws[bin].is_some() { "a" } else { "no" };
            return fail(format!("{has} law for bin {bin}, whose frequency is {}", self.bins[bin].frequency));
        }
        Ok(Self { draws: self.bins.iter().map(|_| OnceLock::new()).collect(), laws, ..self })
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The edges between the bins.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The bins, from the lowest.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The least and the greatest training value in each bin, where there are any.
    pub fn ends(&self) -> &[Option<[f64; 2]>] {
        &self.ends
    }

    /// The law of the values inside each bin, where there are any.
    pub fn laws(&self) -> &[Option<BinLaw>] {
        &self.laws
    }

    /// The bins' names, as the original writes them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The standard deviation of all values.
    fn sd(&self) -> f64 {
        let mean: f64 = self.bins.iter().map(|bin| bin.frequency * bin.mean).sum();
        let square = |bin: &Bin| bin.frequency * ((bin.mean - mean).powi(2) + bin.sd.powi(2));
        self.bins.iter().map(square).sum::<f64>().sqrt()
    }

    /// The bin a value falls into.
    pub fn bin_of(&self, value: f64) -> usize {
        bin_of(&self.edges, value)
    }
}

fn bin_of(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|&edge| edge < value)
}

fn bin_names(name: &str, edges: &[f64], write: impl Fn(f64) -> String) -> Vec<String> {
    let edges: Vec<String> = edges.iter().map(|&edge| write(edge)).collect();
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return vec![name.to_string()] };
    let mut names = vec![format!("{name} <= {first}")];
    names.extend(edges.windows(2).map(|pair| format!("{} < {name} <= {}", pair[0], pair[1])));
    names.push(format!("{name} > {last}"));
    names
}

fn check_edges(name: &str, edges: &[f64]) -> Result<(), Error> {
    if are_edges(edges) { Ok(()) } else { Err(Error::Edges { name: name.into(), edges: edges.to_vec() }) }
}

/// Whether shares sum to 1 but for rounding.
pub(crate) fn sums_to_one(total: f64) -> bool {
    (total - 1.0).abs() <= 1e-9
}

/// Whether frequencies are those of something.
pub(crate) fn check_frequencies(name: &str, frequencies: impl Iterator<Item = f64>) -> Result<(), Error> {
    let fail = |message: String| Err(Error::Statistics { name: name.into(), message });
    let mut total = 0.0;
    for (level, frequency) in frequencies.enumerate() {
        if !(frequency.is_finite() && frequency >= 0.0) {
            return fail(format!("the frequency {level} is {frequency}, which must be finite and not negative"));
        }
        total += frequency;
    }
    if sums_to_one(total) { Ok(()) } else { fail(format!("the frequencies sum to {total}, not to 1")) }
}

impl PartialEq for Binned {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.edges, &self.bins) == (&other.name, &other.edges, &other.bins)
            && (&self.ends, &self.laws) == (&other.ends, &other.laws)
    }
}

impl<F: Real> Column<F> for Binned {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let own = self.bin_of(x.wide());
        let occupied = || {
            let bins = self.bins.iter().zip(&self.laws).enumerate();
            bins.filter_map(|(i, (bin, law))| law.as_ref().map(|law| (i, bin, law)))
        };
        let side =
            |inside: bool| occupied().filter(move |(i, ..)| (*i == own) == inside).map(|(_, bin, law)| (bin, law));
        let draws = self.draws[own]
            .get_or_init(|| Arc::new(Draws { inside: Mixture::new(side(true)), outside: Mixture::new(side(false)) }));
        Ok(Box::new(BinnedAt {
            own,
            x: x.wide(),
            above: own.checked_sub(1).map_or(f64::NEG_INFINITY, |below| self.edges[below]),
            upto: self.edges.get(own).copied().unwrap_or(f64::INFINITY),
            lower: self.ends[..own].iter().rev().flatten().next().map(|[_, greatest]| *greatest),
            ends: self.ends[own],
            higher: self.ends[own + 1..].iter().flatten().next().map(|[least, _]| *least),
            name: self.names[own].clone(),
            frequency: self.bins.iter().map(|bin| bin.frequency).collect(),
            sd: self.sd(),
            draws: Arc::clone(draws),
        }))
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        crate::Saved::new("binned", &crate::saved::BinnedDocument::new(self)?)
    }

    fn typical(&self) -> Option<F> {
        Some(F::of(self.bins.iter().map(|bin| bin.frequency * bin.mean).sum()))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct BinnedAt {
    own: usize,
    x: f64,
    /// The edges of the own bin: its values are above the one and up to the other.
    above: f64,
    upto: f64,
    /// The training values next to the edges: the greatest below the own bin, its least and greatest, the least above it.
    lower: Option<f64>,
    ends: Option<[f64; 2]>,
    higher: Option<f64>,
    name: String,
    frequency: Vec<f64>,
    /// The standard deviation of all values of the column.
    sd: f64,
    draws: Arc<Draws>,
}

impl BinnedAt {
    /// The values in the own bin and in the others; `None` where training has none.
    pub(crate) fn sides(&self) -> [Option<&Mixture>; 2] {
        [self.draws.inside.as_ref(), self.draws.outside.as_ref()]
    }

    /// The instance's value.
    pub(crate) fn x(&self) -> f64 {
        self.x
    }

    /// The standard deviation of all values of the column.
    pub(crate) fn sd(&self) -> f64 {
        self.sd
    }

    fn is_own(&self, value: f64) -> bool {
        (value > self.above) & (value <= self.upto)
    }

    /// The law of the values for a z'; `None` where it is the instance's own value.
    fn side<F: Real>(&self, z: F) -> Option<&Mixture> {
        if z > F::of(0.5) { self.draws.inside.as_ref() } else { self.draws.outside.as_ref() }
    }

    /// A draw at the very end of a bin, which is an edge, or rounding to f32 may leave a value on the other side of an edge
    /// of the own bin: takes for each such value the training value nearest to the edge on the side it was drawn from.
    #[cold]
    fn put_back<F: Real>(&self, z: &[F], noise: &[F], values: &mut [F]) {
        for ((value, &z), noise) in values.iter_mut().zip(z).zip(noise) {
            let kept = z > F::of(0.5);
            if self.is_own(value.wide()) == kept {
                continue;
            }
            let end = if kept {
                let [least, greatest] = self.ends.unwrap_or([self.x; 2]);
                Some(if value.wide() <= self.above { least } else { greatest })
            } else {
                let drawn = self.draws.outside.as_ref().map_or(self.x, |law| law.quantile(noise.wide()));
                if drawn >= self.upto { self.higher.or(self.lower) } else { self.lower.or(self.higher) }
            };
            *value = end.map_or(*value, F::of);
        }
    }
}

impl<F: Real> ColumnAt<F> for BinnedAt {
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
        let places = values.iter_mut().zip(z).zip(noise);
        if let (Some(inside), Some(outside)) = (&self.draws.inside, &self.draws.outside) {
            for ((value, &z), noise) in places {
                // A choice of tables without a branch, which nothing could predict.
                let law = [outside, inside][usize::from(z > F::of(0.5))];
                *value = F::of(law.quantile(noise.wide()));
            }
        } else {
            // One side has no training values: the other side's law, or the instance's own value inside its own bin.
            for ((value, &z), noise) in places {
                *value = self.side(z).map_or(F::of(self.x), |law| F::of(law.quantile(noise.wide())));
            }
        }
        let wrong = |wrong, (value, z): (&F, &F)| wrong | (self.is_own(value.wide()) != (*z > F::of(0.5)));
        if values.iter().zip(z).fold(false, wrong) {
            self.put_back(z, noise, values);
        }
    }

    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        for (z, value) in z.iter_mut().zip(values) {
            *z = if self.is_own(value.wide()) { F::one() } else { F::zero() };
        }
        Ok(())
    }

    /// By the formulas of the laws inside the bins, not by the table that draws from them.
    fn mean(&self, z: F) -> Option<f64> {
        match self.side(z) {
            None => Some(self.x),
            Some(law) => law.mean(),
        }
    }

    fn basis(&self) -> Option<Arc<dyn Basis<F>>> {
        Some(Arc::new(BinnedBasis::new(self)?))
    }

    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        match self.side(z) {
            None => Some(vec![(F::of(self.x), 1.0)]),
            Some(law) => Some(law.shares()?.into_iter().map(|(value, share)| (F::of(value), share)).collect()),
        }
    }

    /// By the formulas of the laws inside the bins, not by the table that draws from them.
    fn below(&self, z: F, t: f64) -> Option<[f64; 2]> {
        match self.side(z) {
            None => Some([self.x < t, self.x <= t].map(|below| f64::from(u8::from(below)))),
            // Values that are rounded to a narrower type are compared as they come out.
            Some(law) => Some(law.below(t, |value| F::of(value).wide())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lime_samplers::normal_cdf;

    /// The mean of many evenly spaced uniforms is the truncated normal's own mean, mu + sigma (phi(l) - phi(r)) / (Phi(r) - Phi(l)).
    #[test]
    fn values_follow_the_truncated_normal_of_their_bin() {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i * i) / 100.0).collect();
        let column = Binned::learn("x", &values, &[10.0, 40.0]).unwrap();
        let at: Box<dyn ColumnAt<f64>> = column.at(5.0).unwrap();
        let n = 100_000;
        let noise: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
        let mut drawn = vec![0.0; noise.len()];
        at.restore(&vec![0.0; noise.len()], &noise, &mut drawn);
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        for bin in &column.bins()[1..] {
            let inside: Vec<f64> = drawn.iter().copied().filter(|v| *v >= bin.min && *v <= bin.max).collect();
            let (l, r) = ((bin.min - bin.mean) / bin.sd, (bin.max - bin.mean) / bin.sd);
            let expected = bin.mean + bin.sd * (density(l) - density(r)) / (normal_cdf(r) - normal_cdf(l));
            let mean = inside.iter().sum::<f64>() / inside.len() as f64;
            assert!((mean - expected).abs() < 1e-3 * bin.sd, "{mean} {expected}");
            let share = inside.len() as f64 / f64::from(n);
            assert!((share - bin.frequency / (1.0 - column.bins()[0].frequency)).abs() < 1e-4);
        }
    }

    #[test]
    fn a_bin_of_one_value_gives_that_value() {
        let column = Binned::learn("x", &[3.0, 3.0, 3.0, 8.0], &[3.0]).unwrap();
        let at: Box<dyn ColumnAt<f64>> = column.at(8.0).unwrap();
        let mut drawn = [0.0; 3];
        at.restore(&[0.0, 0.0, 1.0], &[0.1, 0.9, 0.5], &mut drawn);
        assert_eq!(drawn[..2], [3.0, 3.0]);
        assert!((drawn[2] - 8.0).abs() < 1e-9, "{}", drawn[2]);
    }

    #[test]
    fn a_constant_column_stays_what_it_is() {
        let column = Binned::learn("x", &[2.5, 2.5, 2.5], &[2.5]).unwrap();
        assert_eq!(column.bins()[0].frequency, 1.0);
        let at: Box<dyn ColumnAt<f32>> = column.at(2.5).unwrap();
        let mut drawn = [0.0; 2];
        at.restore(&[0.0, 1.0], &[0.5, 0.5], &mut drawn);
        assert_eq!(drawn, [2.5, 2.5]);
    }

    #[test]
    fn edges_that_are_none() {
        for edges in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN], vec![f64::INFINITY]] {
            assert!(matches!(Binned::learn("x", &[0.0, 1.0], &edges), Err(Error::Edges { .. })), "{edges:?}");
        }
        assert_eq!(Binned::learn("x", &[0.0, 1.0], &[]).unwrap().names(), ["x"]);
    }
}
