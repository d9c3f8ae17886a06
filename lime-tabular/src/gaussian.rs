//! A continuous column without bins.

use std::sync::Arc;

use lime_core::{BoxError, Law, Real};
use lime_samplers::Normal;

use crate::sample::mean_and_sd;
use crate::{Column, ColumnAt};

/// The centre of a Gaussian perturbation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
pub struct Gaussian {
    name: String,
    mean: f64,
    sd: f64,
    around: Around,
}

impl Gaussian {
    /// Learns mean and population standard deviation from training values, which must be finite.
    pub fn learn(name: &str, values: &[f64], around: Around) -> Self {
        let (mean, sd) = mean_and_sd(values);
        let n = values.len() as f64;
        // scikit-learn's test for a variance that is nothing but rounding.
        let rounding = n * f64::EPSILON * sd * sd + (n * mean * f64::EPSILON).powi(2);
        Self { name: name.into(), mean, sd: if sd * sd <= rounding { 1.0 } else { sd }, around }
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
        Ok(Box::new(GaussianAt { column: self.clone(), origin, law: Normal::new(centre, 1.0)? }))
    }

    fn typical(&self) -> Option<F> {
        Some(F::of(self.mean))
    }
}

#[derive(Debug)]
struct GaussianAt {
    column: Gaussian,
    origin: f64,
    law: Normal,
}

impl GaussianAt {
    fn value<F: Real>(&self, z: F) -> F {
        F::of(self.column.mean) + F::of(self.column.sd) * z
    }
}

impl<F: Real> ColumnAt<F> for GaussianAt {
    fn name(&self) -> String {
        self.column.name.clone()
    }

    fn law(&self) -> Law<F> {
        Law::Continuous(Arc::new(self.law))
    }

    fn origin(&self) -> F {
        F::of(self.origin)
    }

    fn restore(&self, z: &[F], _: &[F], values: &mut [F]) {
        for (value, &z) in values.iter_mut().zip(z) {
            *value = self.value(z);
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
