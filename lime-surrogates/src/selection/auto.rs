//! The original's choice of a selection.

use lime_core::{BoxError, Evidence, Fitting, Real};

use super::nested::selector_from_order;
use super::{ForwardSelection, HighestWeights, Nested};
use crate::Error;

/// [`ForwardSelection`] for up to six features, [`HighestWeights`] for more: by how many are asked for, not how many there are.
/// The original's `auto`, and its default. It costs what they cost, and has their errors.
///
/// | parameter | default | range |
/// |---|---|---|
/// | features, counting groups as one | 10 | >= 1; all where there are fewer |
///
/// ```
/// use lime_surrogates::selection::Auto;
/// assert!(Auto::new(0).is_err());
/// assert_eq!(Auto::default(), Auto::new(10)?);
/// # Ok::<(), lime_surrogates::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auto(Rule);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Few(ForwardSelection),
    Many(HighestWeights),
}

impl Default for Auto {
    fn default() -> Self {
        Self(Rule::Many(HighestWeights::default()))
    }
}

impl Auto {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self(if features <= 6 {
            Rule::Few(ForwardSelection::new(features)?)
        } else {
            Rule::Many(HighestWeights::new(features)?)
        }))
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for Auto {
    fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        match &self.0 {
            Rule::Few(selector) => selector.order(given, target),
            Rule::Many(selector) => selector.order(given, target),
        }
    }
}

selector_from_order!(Auto);
