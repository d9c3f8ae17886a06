//! S-LIME's own rule.

use lime_core::{BoxError, Look, Real, Record, Selector as _, StopRule, Verdict};

use crate::Error;
use crate::selection::StableSelection;

/// The rule of S-LIME (Zhou, Hooker and Wang, 2021, algorithm 2): it ends a run when each of the K steps of least angle regression is led by
/// more than chance, for every target. Otherwise it asks for as many samples as the test that failed would need.
///
/// | parameter | default | range |
/// |---|---|---|
/// | the test, with K and alpha | | [`StableSelection`] |
/// | [`first`](Self::first), the samples of the first look | 1000, the paper's | any |
///
/// It needs evidence that keeps the rows ([`Recorded`](crate::Recorded)).
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Recorded, Ridge, selection::{NoSelection, StableSelection}, stopping::StablePath};
///
/// let surrogate = Recorded::new(Ridge::default());
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(100_000);
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 1.1 + z.column(1) - z.column(2) * 0.2);
/// let row = Direct::new(Space::masks(3));
/// let rule = StablePath::new(StableSelection::new(1)?).first(50);
/// let explanation = explainer.session(&row, &model).until(&rule).run()?.explanation;
/// assert!((50..2_000).contains(&explanation.samples));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StablePath {
    test: StableSelection,
    first: usize,
}

impl StablePath {
    /// The rule with this test.
    pub fn new(test: StableSelection) -> Self {
        Self { test, first: 1_000 }
    }

    /// The number of samples at the first look.
    #[must_use]
    pub fn first(self, samples: usize) -> Self {
        Self { first: samples, ..self }
    }
}

impl<F: Real> StopRule<F, Record<F>> for StablePath {
    fn decide(&self, look: &Look<'_, F, Record<F>>) -> Result<Verdict, BoxError> {
        for target in 0..look.estimates.len() {
            let Err(error) = self.test.select(&look.given, target) else { continue };
            return match error.downcast_ref() {
                Some(&Error::Unstable { needed, .. }) => Ok(Verdict::LookAt(needed)),
                _ => Err(error),
            };
        }
        Ok(Verdict::Stop("each step of the path is led by more than chance".into()))
    }

    fn next_look(&self, number: usize, before: usize) -> usize {
        if number == 0 { self.first } else { before.saturating_mul(2) }
    }
}
