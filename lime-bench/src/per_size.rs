//! Components made for a number of features.

use lime_core::{BoxError, Design, First, Kernel, Origin, Real, Sampler, Similarity, Space};

/// A sampler or a kernel that is made for a number of features (a covariance matrix), as one component of a comparison that
/// sweeps over several: each size uses its own. A size it was not made for is refused.
///
/// ```
/// use lime_bench::PerSize;
/// use lime_core::nalgebra::DMatrix;
/// use lime_core::{Sampler, Space};
/// use lime_samplers::GaussianCopula;
///
/// let copula = PerSize::new(&[2, 3], |d| GaussianCopula::new(DMatrix::identity(d, d)))?;
/// assert!(copula.design(&Space::<f64>::masks(3), 10, 0).is_ok());
/// assert!(copula.design(&Space::<f64>::masks(4), 10, 0).is_err());
/// # Ok::<(), lime_samplers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PerSize<T>(Vec<(usize, T)>);

impl<T> PerSize<T> {
    /// The components that `make` makes for these numbers of features.
    ///
    /// # Errors
    /// The first that `make` returns.
    pub fn new<E>(features: &[usize], make: impl Fn(usize) -> Result<T, E>) -> Result<Self, E> {
        features.iter().map(|&d| Ok((d, make(d)?))).collect::<Result<_, E>>().map(Self)
    }

    fn of(&self, features: usize) -> Result<&T, BoxError> {
        let made = self.0.iter().find(|(size, _)| *size == features);
        made.map(|(_, part)| part).ok_or_else(|| format!("it was not made for {features} features").into())
    }
}

impl<F: Real, T: Sampler<F>> Sampler<F> for PerSize<T> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        self.of(space.features())?.design(space, rows, seed)
    }
}

impl<F: Real, B, T: Kernel<F, B>> Kernel<F, B> for PerSize<T> {
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        first: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        self.of(origin.z.len())?.at(origin, first)
    }
}
