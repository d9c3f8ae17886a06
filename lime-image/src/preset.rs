//! The original's explainer for images.

use lime_core::Explainer;
use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime_samplers::MonteCarlo;
use lime_surrogates::{Ridge, selection::NoSelection};

/// The type of [`explainer`].
pub type ImageExplainer = Explainer<MonteCarlo, Radial<Interpretable<Cosine>, Exponential, Fixed>, NoSelection, Ridge>;

/// The explainer of the original's `LimeImageExplainer`: superpixels shown or hidden with probability 1/2, the exponential
/// kernel on the cosine distance of masks with width 0.25, all superpixels in a ridge regression with penalty 1, 1000
/// samples of which the first is the picture itself, batches of 10 pictures.
///
/// It is nothing but [`Explainer::new`] on those parts: put others in their place at will.
///
/// ```
/// use lime_core::Explainer;
/// use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
/// use lime_samplers::BernoulliMask;
/// use lime_surrogates::{Lasso, selection::NoSelection};
///
/// let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(0.5)?);
/// let mine = Explainer::new(BernoulliMask::new(0.8)?, kernel, NoSelection, Lasso::new(0.01)?).samples(300);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn explainer() -> ImageExplainer {
    Explainer::new(MonteCarlo, Radial::for_images(), NoSelection, Ridge::default()).samples(1_000).batch_size(10)
}
