//! What LIME's coefficients tend to where the model is linear.

use lime_core::{Law, Real, Representation};

use crate::{Error, TabularRepresentation};

/// The limit of an explanation's coefficients for many samples, without a penalty: exact, and without a single model call.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLimit {
    /// The surrogate's intercept.
    pub intercept: f64,
    /// The coefficient of each interpretable feature.
    pub weights: Vec<f64>,
}

impl<F: Real> TabularRepresentation<F> {
    /// The limit of the coefficients for the model f(x) = `intercept` + sum_c `coefficients`_c x_c over the model's inputs
    /// (Garreau and von Luxburg, 2020, proposition 7, for any frequencies): since under the similarity kernel features that are
    /// bins or categories stay independent, beta_j = E\[f_j | z_j = 1\] - E\[f_j | z_j = 0\] with f_j the part of f in feature j's
    /// inputs, and the intercept is what is left with every z_j = 0. For numbers without bins beta_j = f_j sd_j. It holds for every
    /// similarity that is a product over features, as the exponential kernel on the Euclidean distance is. A
    /// [`LinearModel`](crate::LinearModel) makes a whole explanation of it.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Tabular;
    ///
    /// let table = Tabular::builder(&dmatrix![0.0, 1.0; 1.0, 3.0; 1.0, 5.0]).categorical(0).without_discretizer().learn()?;
    /// let limit = table.represent(&[1.0, 3.0])?.linear_limit(10.0, &[4.0, 0.5])?;
    /// assert_eq!(limit.weights[0], 4.0);
    /// assert!((limit.weights[1] - 0.5 * (8.0f64 / 3.0).sqrt()).abs() < 1e-12);
    /// assert_eq!(limit.intercept, 10.0 + 0.5 * 3.0);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RowLength`] unless there is a coefficient for each input; [`Error::NoMean`] for a column whose mean has no closed form: one
    /// that may be missing, one of whole numbers, one of the user's own without [`ColumnAt::mean`](crate::ColumnAt::mean).
    pub fn linear_limit(&self, intercept: f64, coefficients: &[f64]) -> Result<LinearLimit, Error> {
        let row = self.row();
        if coefficients.len() != row.len() {
            return Err(Error::RowLength { expected: row.len(), found: coefficients.len() });
        }
        let mut limit = LinearLimit { intercept, weights: Vec::with_capacity(self.space().features()) };
        for &column in self.frozen_columns() {
            limit.intercept += coefficients[column] * row[column].wide();
        }
        for feature in self.features() {
            let no_mean = || Error::NoMean { name: feature.at.name() };
            let part = |z: F| match &feature.encoding {
                None => {
                    let column = feature.columns.first()?;
                    Some(coefficients[*column] * feature.at.mean(z)?)
                }
                Some(encoding) => {
                    let mut sum = 0.0;
                    for (code, share) in feature.at.shares(z)? {
                        for (part, &column) in feature.columns.iter().enumerate() {
                            let mut value = [F::zero()];
                            encoding.encode(&[code], part, &mut value);
                            sum += share * coefficients[column] * value[0].wide();
                        }
                    }
                    Some(sum)
                }
            };
            // A level that is the only one is never left: its coefficient is not determined, and 0 where the fit takes the least.
            let only = matches!(feature.at.law(), Law::Levels { own, frequency } if frequency[own] >= 1.0);
            let inside = part(F::one()).ok_or_else(no_mean)?;
            let outside = if only { inside } else { part(F::zero()).ok_or_else(no_mean)? };
            limit.intercept += outside;
            limit.weights.push(inside - outside);
        }
        Ok(limit)
    }
}
