//! Explanations that need no samples.

use crate::finish::{target_explanation, without_samples};
use crate::run::feature_names;
use crate::slot::guard;
use crate::{BoxError, Error, Explainer, Explanation, LinearFit, Real, Representation, Stage};

/// A model that knows its own explanation for a kind of representation and a kind of kernel: what a least-squares surrogate
/// tends to for many samples, without drawing one. [`Explainer::explain_exactly`] makes an [`Explanation`] of it.
///
/// | model | representation | kernel |
/// |---|---|---|
/// | [`Leaves`](crate::Leaves): sums of boxes, as tree ensembles are | `lime_tabular::TabularRepresentation` in bins and categories | products over features (`lime_kernels::Separable`) |
/// | `lime_tabular::LinearModel` | `lime_tabular::TabularRepresentation` | the same |
///
/// A model that is none of these but has few enough masks needs no impl either: `lime_samplers::Exhaustive` enumerates them, and the
/// fit has no sampling error.
///
/// # A model of one's own
/// The sum of what is kept of a mask, in [`Direct`](crate::Direct) space: its coefficients are known, whatever the kernel.
///
/// ```
/// use lime_core::{BoxError, Direct, ExactFit, ExactModel, Explainer, Space};
///
/// struct Sum(Vec<f64>);
///
/// impl<K> ExactModel<Direct<f64>, K> for Sum {
///     fn exact(&self, _: &Direct<f64>, _: &K) -> Result<Vec<ExactFit>, BoxError> {
///         Ok(vec![ExactFit::new(self.0.iter().sum(), 0.0, self.0.clone())])
///     }
/// }
///
/// // Only the kernel, the targets and the names of the outputs count: the other parts draw and fit samples.
/// let explainer = Explainer::new((), (), (), ()).output_names(["sum"]);
/// let explanation = explainer.explain_exactly(&Direct::new(Space::masks(3)), &Sum(vec![1.0, -4.0, 2.0]))?;
/// let target = &explanation.targets[0];
/// assert_eq!((target.features[0].index, target.features[0].weight), (1, -4.0));
/// assert_eq!((explanation.samples, explanation.model_calls, target.local_prediction), (0, 0, -1.0));
/// # Ok::<(), lime_core::Error>(())
/// ```
pub trait ExactModel<R: ?Sized, K: ?Sized> {
    /// The surrogate of each of the model's outputs.
    ///
    /// # Errors
    /// Where there is no closed form: the error says for which feature, and what to do.
    fn exact(&self, representation: &R, kernel: &K) -> Result<Vec<ExactFit>, BoxError>;
}

macro_rules! forward_exact {
    ($($pointer:ty),*) => {$(
        impl<R: ?Sized, K: ?Sized, T: ExactModel<R, K> + ?Sized> ExactModel<R, K> for $pointer {
            fn exact(&self, representation: &R, kernel: &K) -> Result<Vec<ExactFit>, BoxError> {
                (**self).exact(representation, kernel)
            }
        }
    )*};
}

forward_exact!(&T, Box<T>, std::sync::Arc<T>);

/// The surrogate of one output, known without samples.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExactFit {
    /// f(x): the model's own output for the instance.
    pub prediction: f64,
    /// The surrogate's intercept.
    pub intercept: f64,
    /// The coefficient of each interpretable feature.
    pub weights: Vec<f64>,
    /// R2 under the kernel-weighted law, where it is known; else NaN.
    pub score: f64,
}

impl ExactFit {
    /// A surrogate of these numbers, its R2 not known.
    pub fn new(prediction: f64, intercept: f64, weights: Vec<f64>) -> Self {
        Self { prediction, intercept, weights, score: f64::NAN }
    }

    /// Adds R2, the share of the answers' variance under the kernel-weighted law that the surrogate explains.
    #[must_use]
    pub fn with_score(self, score: f64) -> Self {
        Self { score, ..self }
    }
}

impl<S, K, L, G> Explainer<S, K, L, G> {
    /// Explains an instance by what the model knows itself ([`ExactModel`]): no samples, no sampling error, and so no
    /// intervals. Of the explainer's settings the kernel, the targets and the names of the outputs count; every
    /// feature is in the explanation, of which `samples`, `requested`, `model_calls` and `effective_sample_size` are 0.
    ///
    /// # Errors
    /// What the model reports, as [`Error::Part`]; names, targets and numbers that do not fit, as
    /// [`explain`](Explainer::explain).
    pub fn explain_exactly<F, R, M>(&self, representation: &R, model: &M) -> Result<Explanation, Error>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: ExactModel<R, K> + ?Sized,
    {
        self.targets.check()?;
        let names = guard(Stage::Other, 0..0, || Ok(feature_names(representation)?))?;
        let fits = guard(Stage::Fit, 0..0, || model.exact(representation, &self.kernel))?;
        if fits.is_empty() {
            return Err(Error::AnswerOutputs { first: 0, expected: 1, found: 0 });
        }
        let prediction: Vec<f64> = fits.iter().map(|fit| fit.prediction).collect();
        if let Some(output) = prediction.iter().position(|value| !value.is_finite()) {
            return Err(Error::AnswerValue { row: 0, output, value: prediction[output] });
        }
        let origin: Vec<f64> = representation.space().origin().iter().map(|x| x.wide()).collect();
        let features: Vec<usize> = (0..origin.len()).collect();
        let mut targets = Vec::new();
        for target in self.outputs(&prediction)? {
            let ExactFit { intercept, weights, score, .. } = &fits[target];
            if weights.len() != features.len() {
                let source =
                    format!("output {target} has {} weights for {} features", weights.len(), features.len()).into();
                return Err(Error::Part { stage: Stage::Fit, first: 0, end: 0, source });
            }
            let fit = LinearFit::scored(&origin, &features, weights.clone(), (*intercept, *score));
            targets.push(target_explanation(&fit, target, self.output_names.as_deref(), &names)?);
        }
        without_samples(self, representation, &names, prediction, targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direct, Space, Targets};

    struct Given(Vec<ExactFit>);

    impl<K> ExactModel<Direct<f64>, K> for Given {
        fn exact(&self, _: &Direct<f64>, _: &K) -> Result<Vec<ExactFit>, BoxError> {
            if self.0.is_empty() { Err("no closed form".into()) } else { Ok(self.0.clone()) }
        }
    }

    #[test]
    fn answers_that_do_not_fit_are_refused() {
        let space = || Direct::new(Space::masks(2));
        let fit = |weights: &[f64]| ExactFit::new(0.5, 0.1, weights.to_vec());
        let explainer = Explainer::new((), (), (), ());
        let explain = |fits| explainer.explain_exactly(&space(), &Given(fits));
        assert!(matches!(explain(vec![]), Err(Error::Part { stage: Stage::Fit, .. })));
        let error = explain(vec![fit(&[1.0])]).unwrap_err().to_string();
        assert_eq!(error, "the surrogate failed: output 0 has 1 weights for 2 features");
        assert!(matches!(explain(vec![fit(&[1.0, f64::NAN])]), Err(Error::NotFinite { .. })));
        let wrong = ExactFit { prediction: f64::INFINITY, ..fit(&[1.0, 2.0]) };
        assert!(matches!(explain(vec![wrong]), Err(Error::AnswerValue { .. })));
        let named = explainer.clone().output_names(["a", "b"]);
        let model = Given(vec![fit(&[1.0, 2.0])]);
        assert!(matches!(named.explain_exactly(&space(), &model), Err(Error::OutputNames { names: 2, outputs: 1 })));
        let beyond = explainer.clone().targets(Targets::Given(vec![1]));
        assert!(matches!(beyond.explain_exactly(&space(), &model), Err(Error::Target { target: 1, outputs: 1 })));

        let explanation = explain(vec![fit(&[1.0, -2.0]).with_score(0.75)]).unwrap();
        let target = &explanation.targets[0];
        assert_eq!((target.score, target.local_prediction, target.dense(2)), (0.75, -0.9, vec![1.0, -2.0]));
        assert_eq!((target.confidence, target.features[0].interval, target.features[0].sd), (None, None, None));
    }
}
