//! A removed segment becomes a constant.

use lime_core::{BoxError, Real};
use lime_samplers::PerFeature;

use super::{Removed, Replacement, Series};
use crate::Error;

/// A number at each step of the segment, the same for all channels or one for each. Default: 0, TS-MULE's zero (Schlegel et al.,
/// 2021), captum's baseline.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::series::{Constant, Series};
/// let row = Series::new(&[1.0, 10.0, 2.0, 20.0], 2)?.segments(2)?.replacement(Constant::new([0.0, -1.0])?)?;
/// let mut draw = Draw::new(row.space(), 1);
/// draw.z[(0, 0)] = 1.0;
/// let mut batch = row.allocate(1);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [1.0, -1.0, 0.0, -1.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    value: PerFeature,
}

impl Default for Constant {
    fn default() -> Self {
        Self { value: PerFeature::Same(0.0) }
    }
}

impl Constant {
    /// A number, or one for each channel, all finite.
    ///
    /// # Errors
    /// [`Error::Constant`] for other numbers.
    pub fn new(value: impl Into<PerFeature>) -> Result<Self, Error> {
        let value = value.into();
        let values = match &value {
            PerFeature::Same(value) => std::slice::from_ref(value),
            PerFeature::Each(values) => values,
        };
        match values.iter().find(|v| !v.is_finite()) {
            Some(&value) => Err(Error::Constant { value }),
            None => Ok(Self { value }),
        }
    }
}

impl<F: Real> Replacement<F> for Constant {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        let value = match &self.value {
            PerFeature::Same(value) => Some(value),
            PerFeature::Each(values) => values.get(removed.channel()),
        };
        values.fill(value.map_or(F::zero(), |v| F::of(*v)));
    }

    /// # Errors
    /// [`Error::Constants`] unless there is one number or one for each channel; [`Error::Constant`] for one beyond the data's type.
    fn check(&self, series: &Series<F>) -> Result<(), BoxError> {
        let (_, channels) = series.shape();
        let values = match &self.value {
            PerFeature::Same(value) => std::slice::from_ref(value),
            PerFeature::Each(values) if values.len() == channels => values,
            PerFeature::Each(values) => return Err(Error::Constants { constants: values.len(), channels }.into()),
        };
        match values.iter().find(|v| !F::of(**v).is_finite()) {
            Some(&value) => Err(Error::Constant { value }.into()),
            None => Ok(()),
        }
    }
}
