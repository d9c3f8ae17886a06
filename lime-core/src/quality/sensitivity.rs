//! Whether neighbours of an instance have like explanations.

use crate::TargetExplanation;

/// The maximum sensitivity of an explanation (Yeh, Hsieh, Suggala, Inouye and Ravikumar 2019), relative to its own size:
///
/// ```text
/// max over neighbours of |w' - w| / |w|
/// ```
///
/// with the Euclidean norm of the weights of `features` features, 0 for those that were not selected. `neighbours` are explanations of instances
/// near this one, whichever the caller calls near: within a radius, of the same bins, of the same text with a synonym. 0 without neighbours; NaN for
/// an explanation whose weights are all 0.
///
/// ```
/// # use lime_core::{kernel_fn, model_fn, sampler_fn, BoxError, Direct, Explainer, Fitting, LinearFit, Moments, Real, Selector, Space, Surrogate, Evidence};
/// # use lime_core::nalgebra::DMatrix;
/// # use rand::RngExt;
/// # struct Marginal;
/// # impl<F: Real> Surrogate<F> for Marginal {
/// #     type Evidence = Moments;
/// #     type Fit = LinearFit;
/// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
/// #         Moments::new(&space.origin().iter().map(|x| x.wide()).collect::<Vec<_>>(), prediction)
/// #     }
/// #     fn fit(&self, given: &Fitting<'_, F, Moments>, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
/// #         let m = given.moments();
/// #         Ok(targets.iter().map(|&t| LinearFit::centred(m, active, active.iter().map(|&j| m.cross(j, t) / m.scatter(j, j)).collect(), t)).collect())
/// #     }
/// # }
/// # struct All;
/// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
/// #     fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
/// #         Ok((0..given.moments().features()).collect())
/// #     }
/// # }
/// # let explain = |slope: f64| {
/// #     let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// #     let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), All, Marginal).samples(100);
/// #     let model = model_fn(move |z: &DMatrix<f64>| z.column(0) * slope);
/// #     explainer.explain(&Direct::new(Space::masks(1)), &model).map(|mut e| e.targets.remove(0))
/// # };
/// use lime_core::quality::max_sensitivity;
///
/// // Explanations by one feature, of the weights 2, 2.5 and 1.
/// let (here, neighbours) = (explain(2.0)?, [explain(2.5)?, explain(1.0)?]);
/// assert!((max_sensitivity(&here, &neighbours, 1) - 0.5).abs() < 1e-12);
/// # Ok::<(), lime_core::Error>(())
/// ```
pub fn max_sensitivity(explanation: &TargetExplanation, neighbours: &[TargetExplanation], features: usize) -> f64 {
    let weights = explanation.dense(features);
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    if norm == 0.0 {
        return f64::NAN;
    }
    let distance = |other: &TargetExplanation| {
        other.dense(features).iter().zip(&weights).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    };
    neighbours.iter().map(distance).fold(0.0, f64::max) / norm
}
