//! Explainers for text: the original's and the recommended one.

use lime_core::{Explainer, SizeLaw};
use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial, Unweighted};
use lime_samplers::{MaskPairs, RemovedCount};
use lime_surrogates::{
    MaskProcess, Ridge,
    selection::{Auto, NoSelection},
};

/// The type of [`original`].
pub type OriginalExplainer = Explainer<RemovedCount, Radial<Interpretable<Cosine>, Exponential, Fixed>, Auto, Ridge>;

/// The explainer of the original's `LimeTextExplainer`: a number of hidden units uniform on 1..=d and then any of them, the
/// exponential kernel on 100 times the cosine distance of masks with width 25, the ten features with the highest weights, ridge
/// with penalty 1, 5000 samples of which the first is the text itself.
///
/// It is nothing but [`Explainer::new`] on those parts: put others in their place at will.
///
/// ```
/// use lime_core::Explainer;
/// use lime_kernels::Radial;
/// use lime_samplers::{Deduplicated, RemovedCount};
/// use lime_surrogates::{Ridge, selection::ForwardSelection};
///
/// // Equal masks are one call of the model.
/// let sampler = Deduplicated(RemovedCount);
/// let mine = Explainer::new(sampler, Radial::for_text(), ForwardSelection::new(6)?, Ridge::default()).samples(1_000);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn original() -> OriginalExplainer {
    Explainer::new(RemovedCount, Radial::for_text(), Auto::default(), Ridge::default())
}

/// The explainer to start with: the [`recommended`] one.
pub fn explainer() -> TextExplainer {
    recommended()
}

/// The type of [`recommended`].
pub type TextExplainer = Explainer<MaskPairs, Unweighted, NoSelection, MaskProcess>;

/// The coefficients that the [`original`]'s tend to, from fewer calls of the model and with intervals: masks in pairs,
/// weighted to the law that the original's masks and kernel make together, and least squares on what a Gaussian process of interactions leaves
/// ([`MaskProcess`]); 512 samples. `cargo xtask quality` measures it. For up to some hundred features: beyond, the process takes
/// seconds, and the [`original`] is the one to take.
///
/// ```
/// use lime_core::model_fn;
/// use lime_text::{Document, recommended};
///
/// // "not" turns "good" round.
/// let model = model_fn(|texts: &Vec<String>| -> Vec<f64> {
///     let score = |text: &String| match (text.contains("good"), text.contains("not")) {
///         (true, false) => 1.0,
///         (true, true) => -1.0,
///         _ => 0.0,
///     };
///     texts.iter().map(score).collect()
/// });
/// let document: Document = Document::builder("the food was not good but there was plenty of it").build()?;
/// let explanation = recommended().explain(&document, &model)?;
/// assert_eq!(explanation.targets[0].features[0].name, "not");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// Where all masks are no more than the samples asked for, as for texts of up to nine words, ask for each of them once: there is no sampling
/// error then, where this explainer, whose masks repeat, tells no intervals or of two words is off. So does `lime text`:
///
/// ```
/// use lime_core::{Explainer, model_fn};
/// use lime_kernels::Radial;
/// use lime_samplers::Exhaustive;
/// use lime_surrogates::{OrdinaryLeastSquares, selection::NoSelection};
/// use lime_text::Document;
///
/// let model = model_fn(|texts: &Vec<String>| -> Vec<f64> {
///     texts.iter().map(|text| f64::from(u8::from(text.contains("good"))) - f64::from(u8::from(text.contains("not")))).collect()
/// });
/// let document: Document = Document::builder("not good").build()?;
/// let every = Exhaustive::removed_count();
/// let explainer = Explainer::new(every, Radial::for_text(), NoSelection, OrdinaryLeastSquares::new()).effective_samples(0);
/// let weights = explainer.explain(&document, &model)?.targets[0].dense(2);
/// assert!((weights[0] + 1.0).abs() < 1e-12 && (weights[1] - 1.0).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn recommended() -> TextExplainer {
    let law = SizeLaw::removed_count();
    let law = law.clone().weighed_by_cosine(0.25).unwrap_or(law);
    let (pairs, process) = (MaskPairs::new(law.clone()).with_own_sizes(), MaskProcess::new(law));
    Explainer::new(pairs, Unweighted, NoSelection, process).samples(512)
}
