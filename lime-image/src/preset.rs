//! Explainers for images: the original's and the recommended one.

use lime_core::{Explainer, SizeLaw};
use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial, Unweighted};
use lime_samplers::{MaskPairs, MonteCarlo};
use lime_surrogates::{MaskProcess, Ridge, selection::NoSelection};

/// The type of [`original`].
pub type OriginalExplainer =
    Explainer<MonteCarlo, Radial<Interpretable<Cosine>, Exponential, Fixed>, NoSelection, Ridge>;

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
pub fn original() -> OriginalExplainer {
    Explainer::new(MonteCarlo, Radial::for_images(), NoSelection, Ridge::default()).samples(1_000).batch_size(10)
}

/// The explainer to start with: the [`recommended`] one.
pub fn explainer() -> ImageExplainer {
    recommended()
}

/// The type of [`recommended`].
pub type ImageExplainer = Explainer<MaskPairs, Unweighted, NoSelection, MaskProcess>;

/// The coefficients that the [`original`]'s tend to, from fewer calls of the model and with intervals: masks in pairs with their complements,
/// weighted to the law that the original's masks and kernel make together, and least squares on what a Gaussian process of interactions leaves
/// ([`MaskProcess`]); 512 samples, batches of 10 pictures. `cargo xtask quality` measures it. For up to some hundred features:
/// beyond, the process takes seconds, and the [`original`] is the one to take. Where all masks are no more than the samples, as of up to nine
/// superpixels, `Exhaustive` with least squares asks for each of them once and has no sampling error, as `lime image` does.
///
/// ```
/// use lime_core::{Direct, Space, model_fn, nalgebra::DMatrix};
///
/// // A sum and a product of hidden parts: the limit of the product's coefficients is the same for both.
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 + z.column(1).component_mul(&z.column(2)));
/// let explanation = lime_image::recommended().explain(&Direct::new(Space::masks(8)), &model)?;
/// let weights = explanation.targets[0].dense(8);
/// assert!((weights[0] - 2.0).abs() < 0.05 && (weights[1] - weights[2]).abs() < 0.05);
/// # Ok::<(), lime_core::Error>(())
/// ```
pub fn recommended() -> ImageExplainer {
    let law = SizeLaw::fair().weighed_by_cosine(0.25).unwrap_or_else(|_| SizeLaw::fair());
    let (pairs, process) = (MaskPairs::new(law.clone()), MaskProcess::new(law));
    Explainer::new(pairs, Unweighted, NoSelection, process).samples(512).batch_size(10)
}
