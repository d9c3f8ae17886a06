//! A continuous column in bins.

use std::sync::{Arc, OnceLock};

use lime_core::{BoxError, Law, Real};

use crate::mixture::Mixture;
use crate::{Column, ColumnAt, Error};

/// What the training data tell about one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
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
/// drawn from a bin chosen by training frequency, and in it from a normal law with the bin's mean and standard deviation,
/// truncated to its edges, as the original does.
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
    edges: Vec<f64>,
    bins: Vec<Bin>,
    /// The least and the greatest training value in each bin, where there are any.
    ends: Vec<Option<[f64; 2]>>,
    names: Vec<String>,
    /// For each bin the law of its values and that of all others, made when first an instance falls into it.
    laws: Vec<OnceLock<Arc<Laws>>>,
}

/// The values in a bin and outside it; `None` where no training value is.
#[derive(Debug)]
struct Laws {
    inside: Option<Mixture>,
    outside: Option<Mixture>,
}

impl Binned {
    /// Learns the bins between the given inner edges from training values.
    ///
    /// # Errors
    /// [`Error::Edges`] unless the edges are finite and strictly rising; [`Error::Size`] without values.
    pub fn learn(name: &str, values: &[f64], edges: &[f64]) -> Result<Self, Error> {
        let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || !edges.iter().all(|e| e.is_finite()) {
            return Err(Error::Edges { name: name.into(), edges: edges.to_vec() });
        }
        if values.is_empty() {
            return Err(Error::Size { rows: 0, columns: 1 });
        }
        let count = edges.len() + 1;
        let mut members: Vec<Vec<f64>> = vec![Vec::new(); count];
        for &value in values {
            members[bin_of(edges, value)].push(value);
        }
        let minimum = values.iter().fold(f64::INFINITY, |low, &v| low.min(v));
        let maximum = values.iter().fold(f64::NEG_INFINITY, |high, &v| high.max(v));
        let bins = members.iter().enumerate().map(|(i, members)| {
            let (mean, sd) = mean_and_sd(members);
            Bin {
                frequency: members.len() as f64 / values.len() as f64,
                mean,
                sd: sd + 1e-11,
                min: if i == 0 { minimum } else { edges[i - 1].max(minimum) },
                max: if i + 1 == count { maximum } else { edges[i].min(maximum) },
            }
        });
        let bins: Vec<Bin> = bins.collect();
        if let Some(bin) = bins.iter().find(|bin| !bin.mean.is_finite() || !bin.sd.is_finite()) {
            return Err(Error::Overflow { name: name.into(), min: bin.min, max: bin.max });
        }
        let ends = members.iter().map(|members| {
            let first = *members.first()?;
            Some(members.iter().fold([first; 2], |[least, greatest], &v| [least.min(v), greatest.max(v)]))
        });
        let ends = ends.collect();
        let laws = bins.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { bins, ends, names: bin_names(name, edges), edges: edges.to_vec(), laws })
    }

    /// The edges between the bins.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The bins, from the lowest.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The bins' names, as the original writes them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bin a value falls into.
    pub fn bin_of(&self, value: f64) -> usize {
        bin_of(&self.edges, value)
    }
}

fn bin_of(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|&edge| edge < value)
}

fn bin_names(name: &str, edges: &[f64]) -> Vec<String> {
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return vec![name.to_string()] };
    let mut names = vec![format!("{name} <= {first:.2}")];
    names.extend(edges.windows(2).map(|pair| format!("{:.2} < {name} <= {:.2}", pair[0], pair[1])));
    names.push(format!("{name} > {last:.2}"));
    names
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

impl<F: Real> Column<F> for Binned {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let own = self.bin_of(x.wide());
        let laws = self.laws[own].get_or_init(|| {
            let others = self.bins.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, bin)| bin);
            Arc::new(Laws { inside: Mixture::new([&self.bins[own]]), outside: Mixture::new(others) })
        });
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
            laws: Arc::clone(laws),
        }))
    }

    fn typical(&self) -> Option<F> {
        Some(F::of(self.bins.iter().map(|bin| bin.frequency * bin.mean).sum()))
    }
}

#[derive(Debug)]
struct BinnedAt {
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
    laws: Arc<Laws>,
}

impl BinnedAt {
    fn is_own(&self, value: f64) -> bool {
        (value > self.above) & (value <= self.upto)
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
                let drawn = self.laws.outside.as_ref().map_or(self.x, |law| law.quantile(noise.wide()));
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

    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]) {
        let places = values.iter_mut().zip(z).zip(noise);
        if let (Some(inside), Some(outside)) = (&self.laws.inside, &self.laws.outside) {
            for ((value, &z), noise) in places {
                // A choice of tables without a branch, which nothing could predict.
                let law = [outside, inside][usize::from(z > F::of(0.5))];
                *value = F::of(law.quantile(noise.wide()));
            }
        } else {
            // One side has no training values: the other side's law, or the instance's own value inside its own bin.
            for ((value, &z), noise) in places {
                let law = if z > F::of(0.5) { &self.laws.inside } else { &self.laws.outside };
                *value = law.as_ref().map_or(F::of(self.x), |law| F::of(law.quantile(noise.wide())));
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
