//! A surrogate of moments that keeps the rows.

use lime_core::{BoxError, Fitting, Moments, Real, Record, Space, Surrogate};

/// A surrogate that needs the moments only, with evidence that keeps the rows: for selectors that need them.
///
/// The fit is the inner surrogate's, bit for bit. Memory grows with the samples, O(n d).
///
/// ```
/// use lime_core::nalgebra::DMatrix;
/// use lime_core::{BoxError, Direct, Explainer, Fitting, Record, Selector, Space, model_fn};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{KeepRows, Ridge};
///
/// /// The feature whose presence goes with the highest answer.
/// struct AtTheTop;
///
/// impl Selector<f64, Record<f64>> for AtTheTop {
///     fn select(&self, given: &Fitting<'_, f64, Record<f64>>, target: usize) -> Result<Vec<usize>, BoxError> {
///         let rows = given.evidence().tiles().flat_map(|rows| (0..rows.weight.len()).map(move |i| (rows, i)));
///         let top = rows.max_by(|(a, i), (b, j)| a.answers[(*i, target)].total_cmp(&b.answers[(*j, target)]));
///         Ok(top.and_then(|(rows, i)| rows.z.row(i).iter().position(|&z| z == 1.0)).into_iter().collect())
///     }
/// }
///
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), AtTheTop, KeepRows(Ridge::default())).samples(100);
/// let model = model_fn(|z: &DMatrix<f64>| z.column(1) - z.column(0) * 2.0);
/// let explanation = explainer.explain(&Direct::new(Space::masks(2)), &model)?;
/// assert_eq!(explanation.targets[0].features[0].index, 1);
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct KeepRows<G>(
    /// The surrogate.
    pub G,
);

impl<F: Real, G: Surrogate<F, Evidence = Moments>> Surrogate<F> for KeepRows<G> {
    type Evidence = Record<F>;
    type Fit = G::Fit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Record<F> {
        Record::new(space, prediction)
    }

    fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
        self.0.exact(space)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Record<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<G::Fit>, BoxError> {
        self.0.fit(&Fitting::new(given.space(), given.moments()).with_exact(given.exact()), active, targets)
    }
}
