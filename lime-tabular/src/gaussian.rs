//! A continuous column without bins.

use std::fmt;
use std::sync::Arc;

use lime_core::{BoxError, Law, Quantile, Real};
use lime_samplers::{Normal, normal_cdf, normal_quantile};

use crate::sample::mean_and_sd;
use crate::{Column, ColumnAt, Error, Sample};

/// The centre of a Gaussian perturbation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Around {
    /// The column's training mean: the original's default.
    #[default]
    Mean,
    /// The instance's own value: the original's `sample_around_instance`.
    Instance,
}

/// A continuous column without bins: values are drawn from a normal law with the training standard deviation, and the
/// interpretable feature is the value itself in standard deviations from the training mean, z' = (x - mean) / sd.
///
/// A column that does not vary in training has 1 for its standard deviation, as in the original.
///
/// ```
/// use lime_tabular::{Around, Gaussian};
/// let column = Gaussian::learn("age", &[20.0, 40.0], Around::Mean);
/// assert_eq!((column.mean(), column.sd()), (30.0, 10.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gaussian {
    name: String,
    mean: f64,
    sd: f64,
    around: Around,
    #[cfg_attr(feature = "serde", serde(with = "crate::schema::bounds"))]
    bounds: Option<[f64; 2]>,
}

impl Gaussian {
    /// Learns mean and population standard deviation from training values, which must be finite.
    pub fn learn(name: &str, values: &[f64], around: Around) -> Self {
        Self::of(name, mean_and_sd(values), values.len() as f64, around)
    }

    /// Learns mean and population standard deviation from a sample.
    pub fn from_sample(name: &str, sample: &Sample, around: Around) -> Self {
        Self::of(name, sample.mean_and_sd(), sample.total(), around)
    }

    /// Of `n` values of this mean and standard deviation.
    fn of(name: &str, (mean, sd): (f64, f64), n: f64, around: Around) -> Self {
        // scikit-learn's test for a variance that is nothing but rounding.
        let rounding = n * f64::EPSILON * sd * sd + (n * mean * f64::EPSILON).powi(2);
        Self { name: name.into(), mean, sd: if sd * sd <= rounding { 1.0 } else { sd }, around, bounds: None }
    }

    /// The same law, if it is one: what a document holds may not be.
    #[cfg(feature = "serde")]
    pub(crate) fn checked(self) -> Result<Self, Error> {
        if !(self.mean.is_finite() && self.sd.is_finite() && self.sd > 0.0) {
            let message = format!("a mean of {} and a standard deviation of {}", self.mean, self.sd);
            return Err(Error::Statistics { name: self.name, message });
        }
        match self.bounds {
            Some([least, greatest]) => self.between(least, greatest),
            None => Ok(self),
        }
    }

    /// The law cut off at two bounds, either of which may be infinite: values are drawn from what lies between.
    ///
    /// # Errors
    /// [`Error::Bounds`] unless `least <= greatest`.
    pub fn between(self, least: f64, greatest: f64) -> Result<Self, Error> {
        if least <= greatest {
            Ok(Self { bounds: Some([least, greatest]), ..self })
        } else {
            Err(Error::Bounds { name: self.name, least, greatest })
        }
    }

    /// The training mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The training standard deviation, 1 where the column does not vary.
    pub fn sd(&self) -> f64 {
        self.sd
    }
}

impl<F: Real> Column<F> for Gaussian {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let origin = (x.wide() - self.mean) / self.sd;
        let centre = match self.around {
            Around::Mean => 0.0,
            Around::Instance => origin,
        };
        let law: Arc<dyn Quantile<F>> = match self.bounds {
            None => Arc::new(Normal::new(centre, 1.0)?),
            Some(bounds) => Arc::new(Cut::new(centre, bounds.map(|bound| (bound - self.mean) / self.sd))),
        };
        Ok(Box::new(GaussianAt { column: self.clone(), origin, law }))
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        crate::Saved::new("gaussian", self)
    }

    fn typical(&self) -> Option<F> {
        let [least, greatest] = self.bounds.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        Some(F::of(self.mean.max(least).min(greatest)))
    }
}

/// A normal law of sd 1 between two bounds, by its quantile function.
#[derive(Debug, Clone, Copy)]
struct Cut {
    centre: f64,
    least: f64,
    greatest: f64,
    /// The upper half of the normal law is measured from its end, where probabilities near 1 would lose their digits.
    mirrored: bool,
    low: f64,
    mass: f64,
}

impl Cut {
    fn new(centre: f64, [least, greatest]: [f64; 2]) -> Self {
        let mirrored = least > centre;
        let (from, to) =
            if mirrored { (centre - greatest, centre - least) } else { (least - centre, greatest - centre) };
        let low = normal_cdf(from);
        Self { centre, least, greatest, mirrored, low, mass: normal_cdf(to) - low }
    }
}

impl<F: Real> Quantile<F> for Cut {
    fn quantile(&self, u: F) -> F {
        let u = if self.mirrored { 1.0 - u.wide() } else { u.wide() };
        let deviation = normal_quantile(self.low + self.mass * u);
        let value = if self.mirrored { self.centre - deviation } else { self.centre + deviation };
        // Where no mass is left between the bounds, the nearer one.
        F::of(value.max(self.least).min(self.greatest))
    }
}

struct GaussianAt<F: Real> {
    column: Gaussian,
    origin: f64,
    law: Arc<dyn Quantile<F>>,
}

impl<F: Real> fmt::Debug for GaussianAt<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GaussianAt").field("column", &self.column).field("origin", &self.origin).finish()
    }
}

impl<F: Real> GaussianAt<F> {
    fn value(&self, z: F) -> F {
        F::of(self.column.mean) + F::of(self.column.sd) * z
    }
}

impl<F: Real> ColumnAt<F> for GaussianAt<F> {
    fn name(&self) -> String {
        self.column.name.clone()
    }

    fn law(&self) -> Law<F> {
        Law::Continuous(Arc::clone(&self.law))
    }

    fn origin(&self) -> F {
        F::of(self.origin)
    }

    fn restore(&self, z: &[F], _: &[F], values: &mut [F]) {
        for (value, &z) in values.iter_mut().zip(z) {
            *value = self.value(z);
        }
        // Other samplers than the law's own may draw beyond the bounds, and rounding may.
        if let Some([least, greatest]) = self.column.bounds.map(|bounds| bounds.map(F::of)) {
            for value in values.iter_mut() {
                *value = value.max(least).min(greatest);
            }
        }
    }

    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        for (z, value) in z.iter_mut().zip(values) {
            *z = F::of((value.wide() - self.column.mean) / self.column.sd);
        }
        Ok(())
    }
    fn mean(&self, z: F) -> Option<f64> {
        Some(self.column.mean + self.column.sd * z.wide())
    }

    /// z' leaves nothing open.
    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        Some(vec![(self.value(z), 1.0)])
    }
}
