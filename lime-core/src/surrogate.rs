//! The surrogate g: the simple model fitted to the answered samples.

use crate::{BoxError, Evidence, Fitting, LinearFit, Real, Space, Uncertainty, Warning};

/// A fitted surrogate for one target, as an explanation needs it.
pub trait LocalModel {
    /// The intercept; `None` where the surrogate has none (a tree).
    fn intercept(&self) -> Option<f64>;

    /// The features in the model with their weights, in any order: coefficients, or importances where there are none.
    fn weights(&self) -> &[(usize, f64)];

    /// g(x'): the surrogate's own prediction for the instance.
    fn local_prediction(&self) -> f64;

    /// The fidelity on the samples it was fitted to, weighted R2. NaN where it is not defined.
    fn score(&self) -> f64;

    /// The standard deviation of a feature's weight, where the surrogate knows one. Default: none.
    fn deviation(&self, feature: usize) -> Option<f64> {
        let _ = feature;
        None
    }

    /// The sampling error of the weights, in their order, where it was estimated. Default: none.
    fn uncertainty(&self) -> Option<&Uncertainty> {
        None
    }

    /// g(z'), for the fidelity on samples it was not fitted to. Default: the intercept and the sum of weights times z'.
    fn predict(&self, z: &[f64]) -> f64 {
        let terms = self.weights().iter().map(|&(j, weight)| weight * z.get(j).copied().unwrap_or(0.0));
        self.intercept().unwrap_or(0.0) + terms.sum::<f64>()
    }

    /// The model in words, one rule a line, where it is made of rules; `names` are the features'. Default: none.
    fn rules(&self, names: &[String]) -> Vec<String> {
        let _ = names;
        Vec::new()
    }

    /// What makes this fit doubtful, beyond what the samples themselves say (too few effective samples, answers that do not
    /// vary: the explainer adds those). Default: nothing.
    fn warnings(&self) -> &[Warning] {
        &[]
    }
}

/// A surrogate: what it remembers of the samples, and how it is fitted to that.
///
/// # A surrogate of one's own
/// One coefficient a feature, each regressed on alone. A linear surrogate works from the moments and returns a [`LinearFit`].
///
/// ```
/// use lime_core::{BoxError, Fitting, LinearFit, Moments, Real, Space, Surrogate};
///
/// struct Marginal;
///
/// impl<F: Real> Surrogate<F> for Marginal {
///     type Evidence = Moments;
///     type Fit = LinearFit;
///
///     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
///         let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
///         Moments::new(&origin, prediction)
///     }
///
///     fn fit(&self, given: &Fitting<'_, F, Moments>, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
///         let moments = given.moments();
///         Ok(targets
///             .iter()
///             .map(|&t| {
///                 let slopes = active.iter().map(|&j| moments.cross(j, t) / moments.scatter(j, j)).collect();
///                 LinearFit::centred(moments, active, slopes, t)
///             })
///             .collect())
///     }
/// }
/// ```
pub trait Surrogate<F: Real>: Send + Sync {
    /// What it remembers of the samples.
    type Evidence: Evidence<F> + Clone;
    /// A fitted surrogate.
    type Fit: LocalModel;

    /// Empty evidence, for a space and as many targets as `prediction` has entries: the model's own answers at the instance.
    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Self::Evidence;

    /// Whether the surrogate can be fitted in a space, asked before the model is: parameters that name features have to fit it.
    /// Default: yes.
    ///
    /// # Errors
    /// Where it cannot: the error says why and what to do.
    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        let _ = space;
        Ok(())
    }

    /// Samples of the space, each d' long, whose answers a fit must reproduce: the empty and the full mask of Kernel SHAP. The
    /// model is asked for them beside the design's rows, and [`Fitting::exact`] has the answers. Default: none.
    fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
        let _ = space;
        Vec::new()
    }

    /// Fits the active features, in the order given, to each of the targets (positions among those of the evidence), with
    /// one factorisation where the method allows. Returns one fit a target, in order.
    ///
    /// # Errors
    /// Where no fit is possible: the error says why.
    fn fit(
        &self,
        given: &Fitting<'_, F, Self::Evidence>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<Self::Fit>, BoxError>;
}

macro_rules! forward_surrogate {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Surrogate<F> + ?Sized> Surrogate<F> for $pointer {
            type Evidence = T::Evidence;
            type Fit = T::Fit;

            fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Self::Evidence {
                (**self).evidence(space, prediction)
            }

            fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
                (**self).check(space)
            }

            fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
                (**self).exact(space)
            }

            fn fit(
                &self,
                given: &Fitting<'_, F, Self::Evidence>,
                active: &[usize],
                targets: &[usize],
            ) -> Result<Vec<Self::Fit>, BoxError> {
                (**self).fit(given, active, targets)
            }
        }
    )*};
}

forward_surrogate!(&T, Box<T>, std::sync::Arc<T>);

impl LocalModel for LinearFit {
    fn intercept(&self) -> Option<f64> {
        Some(self.intercept())
    }

    fn weights(&self) -> &[(usize, f64)] {
        self.coefficients()
    }

    fn local_prediction(&self) -> f64 {
        self.local_prediction()
    }

    fn score(&self) -> f64 {
        self.score()
    }

    fn deviation(&self, feature: usize) -> Option<f64> {
        let at = self.coefficients().iter().position(|(j, _)| *j == feature)?;
        self.deviations().get(at).copied()
    }

    fn uncertainty(&self) -> Option<&Uncertainty> {
        self.uncertainty()
    }

    fn warnings(&self) -> &[Warning] {
        self.warnings()
    }
}
