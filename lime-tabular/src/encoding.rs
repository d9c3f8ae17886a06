//! How one value stands in several columns of a model's input.

use std::fmt::Debug;

use lime_core::{BoxError, Real};

use crate::Error;

/// The way between a feature's one value and the several columns of the model's input that hold it.
///
/// # An encoding of one's own
/// An hour of the day as a point on a circle: one interpretable feature, two columns.
///
/// ```
/// use lime_core::{BoxError, nalgebra::dmatrix};
/// use lime_tabular::{Around, Encoding, Feature, Gaussian, Tabular};
/// use std::f64::consts::TAU;
///
/// #[derive(Debug)]
/// struct Hour;
///
/// impl Encoding<f64> for Hour {
///     fn width(&self) -> usize {
///         2
///     }
///
///     fn decode(&self, values: &[f64]) -> Result<f64, BoxError> {
///         Ok((values[1].atan2(values[0]) / TAU).rem_euclid(1.0) * 24.0)
///     }
///
///     fn encode(&self, hours: &[f64], column: usize, values: &mut [f64]) {
///         for (value, hour) in values.iter_mut().zip(hours) {
///             let angle = hour / 24.0 * TAU;
///             *value = if column == 0 { angle.cos() } else { angle.sin() };
///         }
///     }
/// }
///
/// // Hours as training had them; the model's inputs are their cosine and sine.
/// let hour = Gaussian::learn("hour", &[6.0, 9.0, 12.0, 15.0], Around::Instance);
/// let table = Tabular::new(["cos", "sin"], [Feature::encoded("hour", [0, 1], Hour, hour)])?;
/// let row = table.represent(&[0.0, 1.0])?;
/// assert_eq!(lime_core::Representation::names(&row), ["hour"]);
/// # Ok::<(), lime_tabular::Error>(())
/// ```
pub trait Encoding<F: Real>: Send + Sync + Debug {
    /// The number of columns.
    fn width(&self) -> usize;

    /// The value that one row's columns stand for, in their order; NaN for a missing one.
    ///
    /// # Errors
    /// Where they stand for none.
    fn decode(&self, values: &[F]) -> Result<F, BoxError>;

    /// Writes one of the columns, counted from 0, for each value. Both slices have one length.
    fn encode(&self, codes: &[F], column: usize, values: &mut [F]);

    /// The encoding as data, for [`Tabular::to_json`](crate::Tabular::to_json). Default: none.
    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        None
    }
}

/// A category as columns of 0 and 1, of which the one at the category's code is 1. Where all are 0 the category is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneHotEncoding {
    columns: Vec<String>,
}

impl OneHotEncoding {
    /// The encoding in columns of these names: at least two.
    ///
    /// # Errors
    /// [`Error::OneHot`].
    pub fn new<T: Into<String>>(columns: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        if columns.len() < 2 {
            let reason = format!("it has {} column(s), and needs two or more", columns.len());
            return Err(Error::OneHot { group: columns.join(", "), reason });
        }
        Ok(Self { columns })
    }
}

impl<F: Real> Encoding<F> for OneHotEncoding {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn decode(&self, values: &[F]) -> Result<F, BoxError> {
        let mut code = None;
        for (column, value) in values.iter().enumerate() {
            if *value == F::one() && code.is_none() {
                code = Some(column);
            } else if *value != F::zero() {
                let shown: Vec<String> =
                    self.columns.iter().zip(values).map(|(name, value)| format!("{name} = {value}")).collect();
                return Err(Error::NotOneHot { values: shown.join(", ") }.into());
            }
        }
        Ok(code.map_or(F::of(f64::NAN), |code| F::of(code as f64)))
    }

    fn encode(&self, codes: &[F], column: usize, values: &mut [F]) {
        let own = F::of(column as f64);
        for (value, code) in values.iter_mut().zip(codes) {
            *value = if *code == own { F::one() } else { F::zero() };
        }
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        crate::Saved::new("one_hot", &self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back() {
        let encoding = OneHotEncoding::new(["red", "blue", "green"]).unwrap();
        let mut back = [[9.0; 4]; 3];
        for (column, values) in back.iter_mut().enumerate() {
            encoding.encode(&[2.0, 0.0, f64::NAN, 1.0], column, values);
        }
        assert_eq!(back, [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]]);
        assert_eq!(encoding.decode(&[0.0, 0.0, 1.0]).unwrap(), 2.0);
        assert!(encoding.decode(&[0.0f64, 0.0, 0.0]).unwrap().is_nan());
        for wrong in [[1.0, 0.0, 1.0], [0.5, 0.5, 0.0], [f64::NAN, 0.0, 1.0]] {
            let error = encoding.decode(&wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("red = {}", wrong[0])), "{error}");
        }
        assert!(matches!(OneHotEncoding::new(["a"]), Err(Error::OneHot { .. })));
    }
}
