//! Parameters that are one number for all features or one for each.

use crate::Error;

/// One number for all features alike, or one for each in their order.
///
/// ```
/// use lime_samplers::PerFeature;
/// assert_eq!(PerFeature::from(2.0), PerFeature::Same(2.0));
/// assert_eq!(PerFeature::from([1.0, 3.0]), PerFeature::Each(vec![1.0, 3.0]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum PerFeature {
    /// The same for all features.
    Same(f64),
    /// One for each feature.
    Each(Vec<f64>),
}

impl PerFeature {
    /// The parameter itself where every value of it is good.
    pub(crate) fn check(
        self,
        what: &'static str,
        range: &'static str,
        good: impl Fn(f64) -> bool,
    ) -> Result<Self, Error> {
        let wrong = match &self {
            PerFeature::Same(value) => (!good(*value)).then_some((None, *value)),
            PerFeature::Each(values) => {
                values.iter().position(|value| !good(*value)).map(|feature| (Some(feature), values[feature]))
            }
        };
        match wrong {
            Some((feature, value)) => Err(Error::Parameter { what, feature, value, range }),
            None => Ok(self),
        }
    }

    /// The parameter as a standard deviation.
    pub(crate) fn check_sd(self) -> Result<Self, Error> {
        self.check("standard deviation", "finite and above 0", |sd| sd > 0.0 && sd.is_finite())
    }

    /// The value for a feature. One past the end has that of the last; see [`check_length`](Self::check_length).
    pub(crate) fn at(&self, feature: usize) -> f64 {
        match self {
            PerFeature::Same(value) => *value,
            PerFeature::Each(values) => values.get(feature).or(values.last()).copied().unwrap_or(f64::NAN),
        }
    }

    /// How many values there are, none where one serves all.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            PerFeature::Same(_) => None,
            PerFeature::Each(values) => Some(values.len()),
        }
    }

    /// Whether it serves a space of this many features.
    pub(crate) fn check_length(&self, what: &'static str, features: usize) -> Result<(), Error> {
        match self.len() {
            Some(found) if found != features => Err(Error::Length { what, expected: features, found }),
            _ => Ok(()),
        }
    }
}

impl From<f64> for PerFeature {
    fn from(value: f64) -> Self {
        PerFeature::Same(value)
    }
}

impl From<Vec<f64>> for PerFeature {
    fn from(values: Vec<f64>) -> Self {
        PerFeature::Each(values)
    }
}

impl From<&[f64]> for PerFeature {
    fn from(values: &[f64]) -> Self {
        PerFeature::Each(values.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for PerFeature {
    fn from(values: [f64; N]) -> Self {
        PerFeature::Each(values.to_vec())
    }
}
