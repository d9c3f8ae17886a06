//! When a run has seen enough.

use std::time::Duration;

use crate::{BoxError, Explanation, Fitting, Real, Uncertainty};

/// A fit as it stands at a look: the weights of the selected features, unsorted, with their errors.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The model's output.
    pub target: usize,
    /// The selected features with their weights, in the fit's order.
    pub weights: Vec<(usize, f64)>,
    /// The sampling error of the weights, in the same order, where the surrogate knows it.
    pub uncertainty: Option<Uncertainty>,
}

impl Estimate {
    /// An estimate of weights with their errors.
    pub fn new(target: usize, weights: Vec<(usize, f64)>, uncertainty: Option<Uncertainty>) -> Self {
        Self { target, weights, uncertainty }
    }

    /// The width of the widest interval over the largest absolute weight; `None` without intervals or weights other than zero.
    pub fn relative_width(&self) -> Option<f64> {
        let intervals = &self.uncertainty.as_ref()?.intervals;
        relative_width(intervals.iter().copied(), self.weights.iter().map(|(_, weight)| *weight))
    }
}

/// The width of the widest interval over the largest absolute weight.
pub(crate) fn relative_width(
    intervals: impl Iterator<Item = [f64; 2]>,
    weights: impl Iterator<Item = f64>,
) -> Option<f64> {
    let widest = intervals.map(|[low, high]| high - low).reduce(f64::max)?;
    let largest = weights.map(f64::abs).reduce(f64::max)?;
    (largest > 0.0).then_some(widest / largest)
}

/// What a [`StopRule`] looks at: the run as it stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Look<'a, F: Real, E: ?Sized> {
    /// How many looks there were before this one: rules that test spend their error probability over looks.
    pub number: usize,
    /// The samples so far.
    pub samples: usize,
    /// The samples there will be at most.
    pub requested: usize,
    /// The rows the model was asked for so far.
    pub model_calls: usize,
    /// The time since the run began.
    pub elapsed: Duration,
    /// The explanation that these samples give.
    pub explanation: &'a Explanation,
    /// The fits behind it, one a target in the order asked for.
    pub estimates: &'a [Estimate],
    /// The space and the evidence so far.
    pub given: Fitting<'a, F, E>,
}

/// What a [`StopRule`] decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// More samples are needed.
    Continue,
    /// More samples are needed, and the next look is to be at so many, instead of where [`StopRule::next_look`] would have it.
    LookAt(usize),
    /// The samples suffice, and why, in words.
    Stop(String),
}

/// A rule that ends a run before its samples are used up. The run's looks are at numbers of samples that do not depend on batches or
/// threads, so neither does where it ends, but for rules that go by the clock.
///
/// # A rule of one's own
/// Enough is when R2 does not change by more than a hundredth.
///
/// ```
/// use std::sync::Mutex;
/// use lime_core::{BoxError, Look, Real, StopRule, Verdict};
///
/// #[derive(Default)]
/// struct Settled(Mutex<f64>);
///
/// impl<F: Real, E: ?Sized> StopRule<F, E> for Settled {
///     fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
///         let score = look.explanation.targets[0].score;
///         let mut last = self.0.lock().map_err(|_| "a look panicked")?;
///         let change = (score - std::mem::replace(&mut *last, score)).abs();
///         let settled = look.number > 0 && change < 0.01;
///         Ok(if settled { Verdict::Stop(format!("R2 changed by {change:.4}")) } else { Verdict::Continue })
///     }
/// }
/// ```
pub trait StopRule<F: Real, E: ?Sized>: Send + Sync {
    /// Whether the samples so far suffice.
    ///
    /// # Errors
    /// Where that cannot be told, now or ever: the error says why and what to do. It interrupts the run, which keeps what it has.
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError>;

    /// The number of samples at look `number`, given that the look before was at `before` (0 for the first). More than `before`, else one
    /// more is taken. Default: 128, and then a quarter more each time.
    fn next_look(&self, number: usize, before: usize) -> usize {
        if number == 0 { 128 } else { before + before.div_ceil(4) }
    }

    /// The number of samples that no look goes past without one there, whatever [`next_look`](Self::next_look) and [`Verdict::LookAt`] ask
    /// for: a budget's. Default: none.
    fn limit(&self) -> usize {
        usize::MAX
    }
}

macro_rules! forward_stop_rule {
    ($($pointer:ty),*) => {$(
        impl<F: Real, E: ?Sized, T: StopRule<F, E> + ?Sized> StopRule<F, E> for $pointer {
            fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
                (**self).decide(look)
            }

            fn next_look(&self, number: usize, before: usize) -> usize {
                (**self).next_look(number, before)
            }

            fn limit(&self) -> usize {
                (**self).limit()
            }
        }
    )*};
}

forward_stop_rule!(&T, Box<T>, std::sync::Arc<T>);
