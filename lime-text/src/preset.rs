//! The original's explainer for text.

use lime_core::Explainer;
use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime_samplers::RemovedCount;
use lime_surrogates::{Ridge, selection::Auto};

/// The type of [`explainer`].
pub type TextExplainer = Explainer<RemovedCount, Radial<Interpretable<Cosine>, Exponential, Fixed>, Auto, Ridge>;

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
pub fn explainer() -> TextExplainer {
    Explainer::new(RemovedCount, Radial::for_text(), Auto::default(), Ridge::default())
}
