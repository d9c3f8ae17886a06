//! Explainers for tables: the recommended one and the original's.

use lime_core::Explainer;
use lime_kernels::Radial;
use lime_samplers::{MonteCarlo, Sobol};
use lime_surrogates::selection::{Auto, HighestFitted};
use lime_surrogates::{RichBasis, Ridge};

/// The type of [`recommended`].
pub type TabularExplainer = Explainer<Sobol, Radial, HighestFitted<RichBasis>, RichBasis>;

/// The type of [`original`].
pub type OriginalExplainer = Explainer<MonteCarlo, Radial, Auto, Ridge>;

/// The samples of the [`recommended`] explainer: 768 points of each of its scramblings, as many as a neural network of 30 features takes
/// for another seed to name nearly the same five features (`cargo xtask quality`).
pub const RECOMMENDED_SAMPLES: usize = 6144;

/// The recommended explainer: the coefficients that the [`original`]'s tend to, from fewer calls of the model and with intervals.
///
/// Scrambled Sobol' points ([`Sobol::interleaved`], 8 scramblings), the exponential kernel on the Euclidean distance in interpretable
/// space with width 0.75 sqrt(d'), a regression on z' and what it hides ([`RichBasis`], with [`logit`](RichBasis::logit) up to 16384
/// samples), of which the ten features with the highest weights are shown; [`RECOMMENDED_SAMPLES`]. For a model that is linear in the table's
/// numbers the weights are exact once there are more samples than columns of the regression, about 7 d' for quartile bins.
///
/// It is nothing but [`Explainer::new`] on those parts: put others in their place at will. [`RichBasis`] goes by the laws of the features, though:
/// with a kernel on the model's own inputs, or a sampler that lets features depend on each other (`GaussianCopula`, training rows),
/// its weights are wrong, and [`Ridge`] or least squares under `Jackknife` is the surrogate to take.
///
/// ```
/// use lime_core::{model_fn, nalgebra::DMatrix};
/// use lime_tabular::{Tabular, explainer};
///
/// let training = DMatrix::from_fn(60, 2, |i, j| ((7 * i + 11 * j) % 60) as f64);
/// let row = Tabular::builder(&training).learn()?.represent(&[3.0, 50.0])?;
/// let model = model_fn(|rows: &DMatrix<f64>| rows.column(0) * 2.0 - rows.column(1));
/// let explanation = explainer().samples(32).explain(&row, &model)?;
/// let limit = row.linear_limit(0.0, &[2.0, -1.0])?;
/// for feature in &explanation.targets[0].features {
///     assert!((feature.weight - limit.weights[feature.index]).abs() < 1e-9);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn recommended() -> TabularExplainer {
    let sampler = Sobol::interleaved(8).unwrap_or_default();
    let surrogate = RichBasis::new().logit(RichBasis::KEPT);
    let selector = HighestFitted::new(surrogate.without_errors(), 10);
    Explainer::new(sampler, Radial::default(), selector.unwrap_or_default(), surrogate).samples(RECOMMENDED_SAMPLES)
}

/// The explainer to start with: the [`recommended`] one.
pub fn explainer() -> TabularExplainer {
    recommended()
}

/// The explainer of the original's `LimeTabularExplainer`: independent samples, the exponential kernel on the Euclidean
/// distance in interpretable space with width 0.75 sqrt(d'), the ten features with the highest weights, ridge with penalty 1,
/// 5000 samples.
///
/// It is nothing but [`Explainer::new`] on those parts: put others in their place at will.
///
/// ```
/// use lime_core::Explainer;
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Ridge, selection::ForwardSelection};
///
/// let mine = Explainer::new(MonteCarlo, Radial::default(), ForwardSelection::new(4)?, Ridge::new(0.1)?).samples(1_000);
/// # Ok::<(), lime_surrogates::Error>(())
/// ```
pub fn original() -> OriginalExplainer {
    Explainer::new(MonteCarlo, Radial::default(), Auto::default(), Ridge::default())
}
