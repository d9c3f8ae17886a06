//! How the values inside a bin vary.

use std::fmt::{self, Debug};
use std::sync::Arc;

use lime_core::BoxError;

use crate::binned::sums_to_one;
use crate::{Bin, Error, Sample};

mod empirical;
mod truncated_normal;
mod uniform;

pub use empirical::Empirical;
use empirical::Finite;
use truncated_normal::Truncated;
pub use truncated_normal::TruncatedNormal;
pub use uniform::Uniform;

/// A rule for the values drawn inside a bin.
///
/// | rule | a value in the bin |
/// |---|---|
/// | [`TruncatedNormal`], the default | from a normal law of the bin's mean and standard deviation, cut at its edges |
/// | [`Empirical`] | one of the training values in the bin |
/// | [`Uniform`] | any value between the bin's ends |
///
/// # A rule of one's own
/// The law u -> min + (max - min) u^2, which prefers low values. Its mean is (2 min + max) / 3.
///
/// ```
/// use lime_core::BoxError;
/// use lime_tabular::{Bin, BinLaw, Binned, Column, ColumnAt, Sample, Within};
///
/// #[derive(Debug)]
/// struct Low;
///
/// impl Within for Low {
///     fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
///         let (min, max) = (bin.min, bin.max);
///         Ok(BinLaw::new(move |u| min + (max - min) * u * u).with_mean((2.0 * min + max) / 3.0))
///     }
/// }
/// let column = Binned::from_sample("age", &Sample::new(&[0.0, 2.0, 4.0, 6.0])?, &[3.0], &Low)?;
/// let at: Box<dyn ColumnAt<f64>> = column.at(1.0)?;
/// let mut drawn = [0.0];
/// at.restore(&[1.0], &[0.5], &mut drawn);
/// assert_eq!((drawn, at.mean(1.0), at.mean(0.0)), ([0.75], Some(1.0), Some(4.0)));
/// # Ok::<(), BoxError>(())
/// ```
pub trait Within: Send + Sync + Debug {
    /// The law of a bin's values, given its statistics and the training values in it, of which there is at least one.
    ///
    /// # Errors
    /// Where the rule has no law for them.
    fn law(&self, bin: &Bin, values: &Sample) -> Result<BinLaw, BoxError>;
}

impl<T: Within + ?Sized> Within for Box<T> {
    fn law(&self, bin: &Bin, values: &Sample) -> Result<BinLaw, BoxError> {
        (**self).law(bin, values)
    }
}

impl<T: Within + ?Sized> Within for &T {
    fn law(&self, bin: &Bin, values: &Sample) -> Result<BinLaw, BoxError> {
        (**self).law(bin, values)
    }
}

/// The law of the values inside a bin, by its quantile function. Cheap to clone.
///
/// ```
/// use lime_tabular::BinLaw;
/// let law = BinLaw::finite(&[(1.0, 0.25), (3.0, 0.75)])?;
/// assert_eq!((law.quantile(0.2), law.quantile(0.3), law.mean()), (1.0, 3.0, Some(2.5)));
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct BinLaw {
    form: Form,
}

#[derive(Clone)]
enum Form {
    Truncated(Truncated),
    Uniform { min: f64, max: f64 },
    Finite(Arc<Finite>),
    Own { quantile: Arc<dyn Fn(f64) -> f64 + Send + Sync>, mean: Option<f64> },
}

impl BinLaw {
    /// A law by its quantile function, which gives the value below which a share u in (0, 1) of it lies and does not fall with
    /// u. It is asked for each value drawn; what leaves the bin's ends is put there.
    pub fn new(quantile: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Self {
        Self { form: Form::Own { quantile: Arc::new(quantile), mean: None } }
    }

    /// Tells the mean of a law made by [`new`](Self::new); the others know theirs.
    #[must_use]
    pub fn with_mean(mut self, value: f64) -> Self {
        if let Form::Own { mean, .. } = &mut self.form {
            *mean = Some(value);
        }
        self
    }

    /// The normal law of a bin's mean and standard deviation, given that the value lies between the bin's ends.
    pub fn truncated_normal(bin: &Bin) -> Self {
        Self { form: Form::Truncated(Truncated::new(bin)) }
    }

    /// All values between two, equally likely. The one value `min` where `max` is not above it.
    pub fn uniform(min: f64, max: f64) -> Self {
        Self { form: Form::Uniform { min, max: max.max(min) } }
    }

    /// Finitely many values, each with its share.
    ///
    /// # Errors
    /// [`Error::Shares`] unless the values are finite and strictly rising, at least one, and the shares finite, above 0 and
    /// summing to 1 (within 1e-9).
    pub fn finite(shares: &[(f64, f64)]) -> Result<Self, Error> {
        let values: Vec<f64> = shares.iter().map(|(value, _)| *value).collect();
        let each: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
        if values.is_empty() || !crate::discretizer::are_edges(&values) {
            return Err(Error::Shares { message: format!("the values {values:?}") });
        }
        let total: f64 = each.iter().sum();
        if !each.iter().all(|share| *share > 0.0) || !sums_to_one(total) {
            return Err(Error::Shares { message: format!("the shares {each:?}, which sum to {total}") });
        }
        Ok(Finite::new(values, each).into())
    }

    /// The value below which a share `u` of the law lies, u in (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        match &self.form {
            Form::Truncated(law) => law.quantile(u),
            Form::Uniform { min, max } => uniform::quantile(*min, *max, u),
            Form::Finite(law) => law.quantile(u),
            Form::Own { quantile, .. } => quantile(u),
        }
    }

    /// The mean, where it is known: exact, from the law's own formula.
    pub fn mean(&self) -> Option<f64> {
        match &self.form {
            Form::Truncated(law) => Some(law.mean()),
            Form::Uniform { min, max } => Some(0.5 * min + 0.5 * max),
            Form::Finite(law) => Some(law.mean()),
            Form::Own { mean, .. } => *mean,
        }
    }

    /// The values in rising order, each with its share, where they are finitely many.
    pub fn shares(&self) -> Option<Vec<(f64, f64)>> {
        match &self.form {
            Form::Truncated(law) => law.point().map(|value| vec![(value, 1.0)]),
            Form::Uniform { min, max } => (min == max).then(|| vec![(*min, 1.0)]),
            Form::Finite(law) => Some(law.shares().collect()),
            Form::Own { .. } => None,
        }
    }

    /// [P(x < t), P(x <= t)]: by the law's own formula, or where only a quantile function is known the u at which it passes
    /// `t`, to 2^-53, by bisection.
    ///
    /// ```
    /// use lime_tabular::BinLaw;
    /// assert_eq!(BinLaw::uniform(0.0, 4.0).below(1.0), [0.25; 2]);
    /// assert_eq!(BinLaw::finite(&[(1.0, 0.25), (3.0, 0.75)])?.below(1.0), [0.0, 0.25]);
    /// assert!(BinLaw::new(|u| 4.0 * u * u).below(1.0).iter().all(|share| (share - 0.5).abs() < 1e-15));
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    pub fn below(&self, t: f64) -> [f64; 2] {
        match &self.form {
            Form::Truncated(law) => law.below(t),
            Form::Uniform { min, max } => uniform::below(*min, *max, t),
            Form::Finite(law) => law.below(t),
            Form::Own { quantile, .. } => [passed(|u| quantile(u) < t), passed(|u| quantile(u) <= t)],
        }
    }

    /// The ends of a uniform law.
    #[cfg(feature = "serde")]
    pub(crate) fn bounds(&self) -> Option<(f64, f64)> {
        match self.form {
            Form::Uniform { min, max } => Some((min, max)),
            _ => None,
        }
    }

    /// Whether the quantile function may be taken as linear over short stretches.
    pub(crate) fn is_smooth(&self) -> bool {
        matches!(self.form, Form::Truncated(_) | Form::Uniform { .. })
    }
}

/// The u in [0, 1] up to which something holds.
fn passed(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    // Down to the last digits it never held, or always.
    if low == 0.0 { 0.0 } else { high }
}

impl From<Finite> for BinLaw {
    fn from(law: Finite) -> Self {
        Self { form: Form::Finite(Arc::new(law)) }
    }
}

/// Laws of one's own are equal where they share their quantile function.
impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Form::Truncated(a), Form::Truncated(b)) => a == b,
            (Form::Uniform { min, max }, Form::Uniform { min: low, max: high }) => (min, max) == (low, high),
            (Form::Finite(a), Form::Finite(b)) => a == b,
            (Form::Own { quantile: a, mean }, Form::Own { quantile: b, mean: other }) => {
                Arc::ptr_eq(a, b) && mean == other
            }
            _ => false,
        }
    }
}

impl Debug for BinLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Truncated(law) => law.fmt(f),
            Form::Uniform { min, max } => f.debug_struct("Uniform").field("min", min).field("max", max).finish(),
            Form::Finite(law) => f.debug_list().entries(law.shares()).finish(),
            Form::Own { mean, .. } => f.debug_struct("BinLaw").field("mean", mean).finish_non_exhaustive(),
        }
    }
}
