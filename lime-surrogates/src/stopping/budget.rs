//! Enough is what may be spent.

use std::time::Duration;

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

/// Ends a run when so many samples were asked of the model, or at the first look after so much time. Samples are the explainer's own limit,
/// too, so this is for time, and for rules that are combined by [`Either`](super::Either).
///
/// Where a run ends by time depends on the machine: it is the one rule under which two runs may differ.
///
/// ```
/// use std::time::Duration;
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Ridge, selection::NoSelection, stopping::Budget};
///
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
/// let model = model_fn(|z: &DMatrix<f64>| z.column_sum());
/// let row = Direct::new(Space::masks(3));
/// let some = explainer.session(&row, &model).until(&Budget::calls(300)).run()?.explanation;
/// // The samples, and the row itself.
/// assert_eq!((some.samples, some.model_calls), (300, 300));
/// let first = explainer.session(&row, &model).until(&Budget::time(Duration::ZERO)).run()?.explanation;
/// assert_eq!(first.samples, 128);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    calls: usize,
    time: Duration,
}

impl Budget {
    /// So many samples asked of the model, beside the instance itself where the sampler does not give it.
    pub fn calls(calls: usize) -> Self {
        Self { calls, time: Duration::MAX }
    }

    /// So much time.
    pub fn time(time: Duration) -> Self {
        Self { calls: usize::MAX, time }
    }
}

impl<F: Real, E: ?Sized> StopRule<F, E> for Budget {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        Ok(if look.samples >= self.calls {
            Verdict::Stop(format!("{} samples were allowed", self.calls))
        } else if look.elapsed >= self.time {
            Verdict::Stop(format!("{:.1} s were allowed", self.time.as_secs_f64()))
        } else {
            Verdict::Continue
        })
    }

    fn limit(&self) -> usize {
        self.calls
    }
}
