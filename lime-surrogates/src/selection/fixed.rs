//! Features the user has chosen.

use lime_core::{BoxError, Evidence, Fitting, Real, Space};

use super::Nested;
use super::nested::selector_from_order;
use crate::Error;

/// The features of a list, in its order, whatever the samples say.
///
/// A feature of a group of the [`Space`](lime_core::Space::with_groups) brings the whole group, at the place of the first of
/// them that is listed. Features are counted from 0 in the order of the representation's names: a selector does not see those,
/// so look a name up there (`names.iter().position(|name| name == "age")`).
///
/// | parameter | default | range |
/// |---|---|---|
/// | features | | at least one, each once; each a feature of the space |
///
/// # Errors
/// [`Error::NoFeature`] in a space that has not all of them: an explainer says so before the model is asked.
///
/// ```
/// use lime_core::{Fitting, Moments, Selector, Space};
/// use lime_surrogates::selection::FixedFeatures;
///
/// let moments = Moments::new(&[1.0; 4], &[0.0]);
/// let (space, chosen) = (Space::<f64>::masks(4), FixedFeatures::new([2, 0])?);
/// assert_eq!(chosen.select(&Fitting::new(&space, &moments), 0)?, [2, 0]);
/// let grouped = space.with_groups(vec![vec![2, 3]])?;
/// assert_eq!(chosen.select(&Fitting::new(&grouped, &moments), 0)?, [2, 3, 0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedFeatures {
    features: Vec<usize>,
}

impl FixedFeatures {
    /// These features, in this order.
    ///
    /// # Errors
    /// [`Error::EmptyList`] for none, [`Error::ListedTwice`] for one that comes again.
    pub fn new(features: impl Into<Vec<usize>>) -> Result<Self, Error> {
        let features = features.into();
        let mut sorted = features.clone();
        sorted.sort_unstable();
        if sorted.is_empty() {
            return Err(Error::EmptyList);
        }
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::ListedTwice { feature: pair[0] }),
            None => Ok(Self { features }),
        }
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for FixedFeatures {
    fn order(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        let space = given.space();
        Nested::<F, E>::check(self, space)?;
        let mut units: Vec<Option<Vec<usize>>> = space.units().into_iter().map(Some).collect();
        let mut unit_of = vec![0; space.features()];
        for (position, unit) in units.iter().enumerate() {
            for &j in unit.iter().flatten() {
                unit_of[j] = position;
            }
        }
        let mut order = Vec::new();
        for &feature in &self.features {
            order.extend(units[unit_of[feature]].take());
        }
        Ok(order)
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        let features = space.features();
        match self.features.iter().find(|&&j| j >= features) {
            Some(&feature) => Err(Error::NoFeature { feature, features }.into()),
            None => Ok(()),
        }
    }
}

selector_from_order!(FixedFeatures);
