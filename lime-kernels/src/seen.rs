//! What a width rule may look at.

use std::cell::OnceCell;
use std::fmt;

use lime_core::{BoxError, Real};

use crate::{Error, Profile};

/// What a [`Width`](crate::Width) rule may look at: the number of interpretable features, the distances of the first tile of
/// samples, and the profile they will be weighed by.
///
/// ```
/// use lime_kernels::{Exponential, Seen};
/// let seen = Seen::new(3, &Exponential, || Ok(vec![0.0, 2.0]));
/// assert_eq!(seen.features(), 3);
/// assert_eq!(seen.distances()?, [0.0, 2.0]);
/// assert_eq!(seen.weight(2.0), (-2f64).exp());
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub struct Seen<'a, F: Real> {
    features: usize,
    profile: &'a dyn Profile<F>,
    measure: Box<dyn Fn() -> Result<Vec<F>, BoxError> + 'a>,
    distances: OnceCell<Vec<F>>,
}

impl<'a, F: Real> Seen<'a, F> {
    /// An instance with `features` interpretable features, the profile of its kernel, and how the distances of the first tile
    /// are computed, should a rule ask for them.
    pub fn new(
        features: usize,
        profile: &'a dyn Profile<F>,
        distances: impl Fn() -> Result<Vec<F>, BoxError> + 'a,
    ) -> Self {
        Self { features, profile, measure: Box::new(distances), distances: OnceCell::new() }
    }

    /// The number of interpretable features, d'.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The distances of the first tile of samples from the instance: rows 0..256, or all where there are fewer. Computed when
    /// first asked for, O(256 d) for most metrics.
    ///
    /// # Errors
    /// What the distance reports, and [`Error::Distance`] where one is negative, infinite or NaN.
    pub fn distances(&self) -> Result<&[F], BoxError> {
        if let Some(distances) = self.distances.get() {
            return Ok(distances);
        }
        let distances = (self.measure)()?;
        for (row, distance) in distances.iter().enumerate() {
            if !(*distance >= F::zero() && distance.is_finite()) {
                return Err(Error::Distance { row, value: distance.wide() }.into());
            }
        }
        Ok(self.distances.get_or_init(|| distances))
    }

    /// The profile's weight at `ratio` = distance / width, >= 0.
    pub fn weight(&self, ratio: F) -> F {
        self.profile.weight(ratio)
    }
}

impl<F: Real> fmt::Debug for Seen<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("features", &self.features)
            .field("distances", &self.distances.get())
            .finish_non_exhaustive()
    }
}
