//! The original's explainer for tables.

use lime_core::Explainer;
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::{Ridge, selection::Auto};

/// The type of [`explainer`].
pub type TabularExplainer = Explainer<MonteCarlo, Radial, Auto, Ridge>;

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
pub fn explainer() -> TabularExplainer {
    Explainer::new(MonteCarlo, Radial::default(), Auto::default(), Ridge::default())
}
