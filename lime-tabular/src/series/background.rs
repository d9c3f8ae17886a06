//! A removed segment becomes that of another series.

use lime_core::{BoxError, Real};

use super::{Removed, Replacement, Series};
use crate::{Error, Sequences};

/// The same steps and channel of another series: of the only one, or of one drawn for each sample from several, all equally
/// likely and the same for all segments of the sample. A series of another class, or training series: LEFTIST's random
/// background (Guillemé et al., 2019), the marginal expectation of Kernel SHAP (Lundberg and Lee, 2017, equation 11).
///
/// With one series a mask determines the model's input, with several it does not ([`Replacement::noise`]).
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_tabular::{Sequences, series::{Background, Series}};
///
/// let two = Sequences::new((2, 4, 1), vec![-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0])?;
/// let row = Series::new(&[1.0, 2.0, 3.0, 4.0], 1)?.segments(2)?.replacement(Background::new(two)?)?;
/// let mut draw = Draw::new(row.space(), 2);
/// draw.z.column_mut(0).fill(1.0);
/// // The noise of a sample's first segment picks the series.
/// draw.noise.copy_from_slice(&[0.25, 0.75, 0.9, 0.9]);
/// let mut batch = row.allocate(2);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch.row(0), [1.0, 2.0, -3.0, -4.0]);
/// assert_eq!(batch.row(1), [1.0, 2.0, -7.0, -8.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Background<F: Real> {
    series: Sequences<F>,
}

impl<F: Real> Background<F> {
    /// Series of the instance's shape, at least one, all values finite: a row each.
    ///
    /// # Errors
    /// [`Error::NoBackground`], [`Error::BackgroundValue`].
    pub fn new(series: Sequences<F>) -> Result<Self, Error> {
        if series.rows() == 0 {
            return Err(Error::NoBackground);
        }
        for (background, row) in series.iter().enumerate() {
            if let Some(at) = row.iter().position(|v| !v.is_finite()) {
                let (step, channel) = (at / series.features(), at % series.features());
                return Err(Error::BackgroundValue { background, step, channel, value: row[at].wide() });
            }
        }
        Ok(Self { series })
    }
}

impl<F: Real> Replacement<F> for Background<F> {
    fn replace(&self, removed: &Removed<'_, F>, values: &mut [F]) {
        let rows = self.series.rows();
        let pick = (removed.sample_noise().wide() * rows as f64) as usize;
        let row = self.series.row(pick.min(rows - 1));
        let from = removed.steps().start * self.series.features() + removed.channel();
        for (value, &other) in values.iter_mut().zip(row[from..].iter().step_by(self.series.features())) {
            *value = other;
        }
    }

    fn noise(&self) -> bool {
        self.series.rows() > 1
    }

    /// # Errors
    /// [`Error::BackgroundShape`] for series of another shape.
    fn check(&self, series: &Series<F>) -> Result<(), BoxError> {
        let (expected, found) = (series.shape(), (self.series.steps(), self.series.features()));
        if expected == found { Ok(()) } else { Err(Error::BackgroundShape { expected, found }.into()) }
    }
}
