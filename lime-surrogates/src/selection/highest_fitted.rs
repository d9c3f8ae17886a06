//! Selection by the highest weights of a surrogate itself.

use lime_core::{BoxError, Evidence, Fitting, LinearFit, Real, Selector, Space, Surrogate};

use super::check_features;
use crate::Error;

/// The features with the highest |coefficient_j x'_j| in a surrogate fitted to all of them, the highest first; equal ones by index.
///
/// [`HighestWeights`](super::HighestWeights) does so by a ridge on the moments of z'; this is for surrogates that know more than those,
/// as [`RichBasis`](crate::RichBasis) does: what is selected is then what the explanation shows as highest. The surrogate takes the
/// evidence of the one that is explained with. A group of the [`Space`](lime_core::Space::with_groups) is chosen as a whole, by the sum
/// of its features' |coefficient_j x'_j|. It costs one fit.
///
/// | parameter | default | range |
/// |---|---|---|
/// | surrogate | its own default | linear |
/// | features K, counting groups as one | 10 | >= 1; all where there are fewer |
///
/// # Errors
/// Those of the surrogate's fit.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::{OrdinaryLeastSquares, selection::HighestFitted};
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// let selector = HighestFitted::new(OrdinaryLeastSquares::new(), 1)?;
/// assert_eq!(selector.select(&Fitting::new(&space, &moments), 0)?, [1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HighestFitted<G> {
    surrogate: G,
    features: usize,
}

impl<G: Default> Default for HighestFitted<G> {
    fn default() -> Self {
        Self { surrogate: G::default(), features: 10 }
    }
}

impl<G> HighestFitted<G> {
    /// At most this many features, 1 or more, by this surrogate.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(surrogate: G, features: usize) -> Result<Self, Error> {
        Ok(Self { surrogate, features: check_features(features)? })
    }
}

impl<F: Real, G: Surrogate<F, Fit = LinearFit>> Selector<F, G::Evidence> for HighestFitted<G>
where
    G::Evidence: Evidence<F>,
{
    fn select(&self, given: &Fitting<'_, F, G::Evidence>, target: usize) -> Result<Vec<usize>, BoxError> {
        let origin = given.space().origin();
        let all: Vec<usize> = (0..origin.len()).collect();
        let mut strengths = vec![0.0; all.len()];
        for fit in self.surrogate.fit(given, &all, &[target])? {
            for &(j, coefficient) in fit.coefficients() {
                strengths[j] = (coefficient * origin[j].wide()).abs();
            }
        }
        let strength = |unit: &[usize]| unit.iter().map(|&j| strengths[j]).sum::<f64>();
        let mut units = given.space().units();
        units.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        units.truncate(self.features);
        Ok(units.concat())
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        self.surrogate.check(space)
    }
}
