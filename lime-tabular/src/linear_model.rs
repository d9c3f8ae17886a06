//! Linear models that know their own explanation.

use lime_core::{BoxError, ExactFit, ExactModel, Model, Real};
use lime_kernels::Separable;
use nalgebra::DMatrix;

use crate::{Error, TabularRepresentation};

/// A linear model with one or more outputs, f_k(x) = intercept_k + sum_c coefficient_kc x_c, explained without samples:
/// [`TabularRepresentation::linear_limit`] for each output, under any kernel that is a product over features.
///
/// ```
/// use lime_core::nalgebra::dmatrix;
/// use lime_tabular::{LinearModel, Tabular, explainer};
///
/// let table = Tabular::builder(&dmatrix![0.0, 1.0; 1.0, 3.0; 1.0, 5.0]).categorical(0).learn()?;
/// let model = LinearModel::new([(10.0, vec![4.0, 0.5])])?;
/// let explanation = explainer().explain_exactly(&table.represent(&[1.0, 3.0])?, &model)?;
/// assert_eq!((explanation.prediction[0], explanation.targets[0].features[0].weight), (15.5, 4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    outputs: Vec<(f64, Vec<f64>)>,
}

impl LinearModel {
    /// The model with an intercept and the coefficients of all inputs for each output.
    ///
    /// # Errors
    /// [`Error::Linear`] without outputs, for outputs of different numbers of coefficients, and for numbers that are not finite.
    pub fn new(outputs: impl IntoIterator<Item = (f64, Vec<f64>)>) -> Result<Self, Error> {
        let outputs: Vec<(f64, Vec<f64>)> = outputs.into_iter().collect();
        let fail = |message: String| Err(Error::Linear { message });
        let Some((_, first)) = outputs.first() else { return fail("no outputs".into()) };
        for (output, (intercept, coefficients)) in outputs.iter().enumerate() {
            if coefficients.len() != first.len() {
                let (found, expected) = (coefficients.len(), first.len());
                return fail(format!("{found} coefficients for output {output} and {expected} for output 0"));
            }
            if let Some(value) = coefficients.iter().chain([intercept]).find(|value| !value.is_finite()) {
                return fail(format!("the number {value} in output {output}"));
            }
        }
        Ok(Self { outputs })
    }

    /// The intercept and the coefficients of each output.
    pub fn outputs(&self) -> &[(f64, Vec<f64>)] {
        &self.outputs
    }
}

fn at<F: Real>((intercept, coefficients): &(f64, Vec<f64>), row: impl Iterator<Item = F>) -> f64 {
    intercept + coefficients.iter().zip(row).map(|(c, x)| c * x.wide()).sum::<f64>()
}

impl<F: Real> Model<DMatrix<F>, F> for LinearModel {
    fn predict(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        let model = self.outputs[0].1.len();
        if model != batch.ncols() {
            return Err(Error::ModelColumns { model, row: batch.ncols() }.into());
        }
        let answer = |i, k: usize| F::of(at(&self.outputs[k], batch.row(i).iter().copied()));
        Ok(DMatrix::from_fn(batch.nrows(), self.outputs.len(), answer))
    }
}

impl<F: Real, K: Separable<F> + ?Sized> ExactModel<TabularRepresentation<F>, K> for LinearModel {
    /// # Errors
    /// As [`TabularRepresentation::linear_limit`].
    fn exact(&self, row: &TabularRepresentation<F>, _: &K) -> Result<Vec<ExactFit>, BoxError> {
        let mut fits = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            let limit = row.linear_limit(output.0, &output.1)?;
            fits.push(ExactFit::new(at(output, row.row().iter().copied()), limit.intercept, limit.weights));
        }
        Ok(fits)
    }
}
