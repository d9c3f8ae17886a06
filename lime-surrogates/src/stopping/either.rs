//! Enough is what one of two rules says.

use lime_core::{BoxError, Look, Real, StopRule, Verdict};

/// Ends a run when the first rule says so, or else the second. Looks are at the first rule's numbers of samples, or at the nearer of those that
/// the two ask for, and at the limit of each.
///
/// ```
/// use std::time::Duration;
/// use lime_surrogates::stopping::{Budget, Either, RelativeWidth};
///
/// // Narrow intervals, or half a minute.
/// let rule = Either(RelativeWidth::new(0.1)?, Budget::time(Duration::from_secs(30)));
/// # let _: Box<dyn lime_core::StopRule<f64, lime_core::Moments>> = Box::new(rule);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Either<A, B>(pub A, pub B);

impl<F: Real, E: ?Sized, A: StopRule<F, E>, B: StopRule<F, E>> StopRule<F, E> for Either<A, B> {
    fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
        Ok(match self.0.decide(look)? {
            Verdict::Stop(reason) => Verdict::Stop(reason),
            first => match (first, self.1.decide(look)?) {
                (Verdict::LookAt(one), Verdict::LookAt(other)) => Verdict::LookAt(one.min(other)),
                (_, Verdict::Stop(reason)) => Verdict::Stop(reason),
                (Verdict::LookAt(rows), _) | (_, Verdict::LookAt(rows)) => Verdict::LookAt(rows),
                _ => Verdict::Continue,
            },
        })
    }

    fn next_look(&self, number: usize, before: usize) -> usize {
        self.0.next_look(number, before)
    }

    fn limit(&self) -> usize {
        self.0.limit().min(self.1.limit())
    }
}
