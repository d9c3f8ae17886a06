//! Which other bin a value is in, and where in its bin.

use lime_core::{Basis, Real};

use crate::ColumnAt;
use crate::binned::BinnedAt;

/// The richer columns of a binned feature: for each other bin that has a frequency, but the last, whether the value is in it; and for
/// each bin whose values vary, (x - m) / s there and 0 elsewhere, with m the mean of the bin's law and s the standard deviation of all
/// the column's values.
///
/// m is the law's own formula, not the mean of the table that values are drawn by, as for
/// [`linear_limit`](crate::TabularRepresentation::linear_limit): x is the sum over bins of m and s times these columns.
#[derive(Debug)]
pub(crate) struct BinnedBasis {
    at: BinnedAt,
    columns: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    own: bool,
    /// The bin, counted among those of its side.
    part: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    /// 1 in the bin, which has this share of its side.
    Indicator { share: f64 },
    /// The distance from the bin's mean.
    Position { mean: f64 },
}

impl BinnedBasis {
    /// The basis of a column; `None` where it has no columns, or a law does not know its mean.
    pub(crate) fn new(at: &BinnedAt) -> Option<Self> {
        let mut columns = Vec::new();
        let scaled = at.sd() > 0.0 && at.sd().is_finite();
        for (side, own) in at.sides().into_iter().zip([true, false]) {
            let Some(side) = side else { continue };
            let parts = side.parts()?;
            for (part, &(share, mean, varies)) in parts.iter().enumerate() {
                if part + 1 < parts.len() {
                    columns.push(Place { own, part, value: Value::Indicator { share } });
                }
                if varies && scaled {
                    columns.push(Place { own, part, value: Value::Position { mean } });
                }
            }
        }
        (!columns.is_empty()).then(|| Self { at: at.clone(), columns })
    }
}

impl<F: Real> Basis<F> for BinnedBasis {
    fn columns(&self) -> usize {
        self.columns.len()
    }

    fn fill(&self, column: usize, z: &[F], noise: &[F], values: &mut [f64]) {
        let Place { own, part, ref value } = self.columns[column];
        let [inside, outside] = self.at.sides();
        let Some(side) = (if own { inside } else { outside }) else { return values.fill(0.0) };
        let is_in = |z: F, u: F| ((z > F::of(0.5)) == own) & (side.part(u.wide()) == part);
        match *value {
            Value::Indicator { .. } => {
                for ((value, &z), &u) in values.iter_mut().zip(z).zip(noise) {
                    *value = f64::from(u8::from(is_in(z, u)));
                }
            }
            Value::Position { mean } => {
                let mut drawn = vec![F::zero(); z.len()];
                self.at.restore(z, noise, &mut drawn);
                for (((value, &z), &u), x) in values.iter_mut().zip(z).zip(noise).zip(drawn) {
                    *value = if is_in(z, u) { (x.wide() - mean) / self.at.sd() } else { 0.0 };
                }
            }
        }
    }

    fn mean(&self, column: usize, z: F) -> f64 {
        match self.columns[column] {
            Place { own, value: Value::Indicator { share }, .. } if (z > F::of(0.5)) == own => share,
            _ => 0.0,
        }
    }

    fn coordinate(&self, z: &[F], noise: &[F], values: &mut [f64]) -> bool {
        let scaled = self.at.sd() > 0.0 && self.at.sd().is_finite();
        if scaled {
            let mut drawn = vec![F::zero(); z.len()];
            self.at.restore(z, noise, &mut drawn);
            for (value, x) in values.iter_mut().zip(drawn) {
                *value = (x.wide() - self.at.x()) / self.at.sd();
            }
        }
        scaled
    }
}
