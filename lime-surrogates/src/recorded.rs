//! A surrogate whose evidence keeps the rows.

use lime_core::{BoxError, Fitting, Moments, Real, Record, Space, Surrogate};

/// A surrogate that works from [`Moments`], with a [`Record`] of the rows for evidence: for selectors that need the rows, such
/// as [`StableSelection`](crate::selection::StableSelection).
///
/// The fits are those of the surrogate itself, to the bit. Memory grows with the samples, O(n (d + k)).
///
/// ```
/// use lime_core::{Evidence, Fitting, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::{Recorded, Ridge};
///
/// let (space, surrogate) = (Space::<f64>::masks(1), Recorded::new(Ridge::new(0.0)?));
/// let (z, y, none) = (dmatrix![1.0; 0.0], dmatrix![3.0; 1.0], DMatrix::zeros(2, 0));
/// let mut record = surrogate.evidence(&space, &[3.0]);
/// record.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0, 1.0], y.as_view()));
/// assert_eq!(record.rows(), 2);
/// let fits = surrogate.fit(&Fitting::new(&space, &record), &[0], &[0])?;
/// assert!((fits[0].coefficients()[0].1 - 2.0).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded<G> {
    surrogate: G,
}

impl<G> Recorded<G> {
    /// This surrogate, with the rows kept.
    pub fn new(surrogate: G) -> Self {
        Self { surrogate }
    }
}

impl<F: Real, G: Surrogate<F, Evidence = Moments>> Surrogate<F> for Recorded<G> {
    type Evidence = Record<F>;
    type Fit = G::Fit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Record<F> {
        Record::new(space, prediction)
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        self.surrogate.check(space)
    }

    fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
        self.surrogate.exact(space)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Record<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<G::Fit>, BoxError> {
        let moments = Fitting::new(given.space(), given.moments()).with_exact(given.exact());
        self.surrogate.fit(&moments, active, targets)
    }
}
