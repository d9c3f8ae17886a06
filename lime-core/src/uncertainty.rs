//! How far a fit's coefficients may be off because the samples are few.

use nalgebra::DMatrix;

/// The sampling error of a fit's coefficients: how far they may be from what the same surrogate fitted to endlessly many samples would have.
/// All lists are in the order of the fit's coefficients.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Uncertainty {
    /// The standard error of each coefficient.
    pub deviations: Vec<f64>,
    /// Below and above each coefficient, the bounds between which the limit lies with probability [`confidence`](Self::confidence).
    pub intervals: Vec<[f64; 2]>,
    /// The nominal coverage of the intervals, in (0, 1).
    pub confidence: f64,
    /// The degrees of freedom of Student's t for a coefficient's error over its standard error; infinite where that is normal.
    pub degrees: f64,
    /// The coefficients of fits that leave a group of samples out, (coefficients, groups), for errors of whatever is made of several
    /// coefficients; no columns where the errors were found in another way.
    pub replicates: DMatrix<f64>,
}

impl Uncertainty {
    /// Errors of so many coefficients, with intervals at a confidence.
    pub fn new(deviations: Vec<f64>, intervals: Vec<[f64; 2]>, confidence: f64, degrees: f64) -> Self {
        let replicates = DMatrix::zeros(deviations.len(), 0);
        Self { deviations, intervals, confidence, degrees, replicates }
    }

    /// The same with the coefficients of fits that leave a group out, (coefficients, groups).
    #[must_use]
    pub fn with_replicates(self, replicates: DMatrix<f64>) -> Self {
        Self { replicates, ..self }
    }

    /// The delete-a-group jackknife's standard error of a value made of the coefficients, sqrt((G - 1) / G sum_g (v_g - mean v)^2); `None`
    /// without replicates.
    ///
    /// ```
    /// use lime_core::{Uncertainty, nalgebra::dmatrix};
    ///
    /// let errors = Uncertainty::new(vec![0.5, 0.5], vec![[0.0, 2.0], [1.0, 3.0]], 0.95, 1.0);
    /// let errors = errors.with_replicates(dmatrix![0.5, 1.5; 1.5, 2.5]);
    /// // The coefficients move together, so that nothing moves their difference.
    /// assert_eq!(errors.deviation_of(|b| b[1] - b[0]), Some(0.0));
    /// assert_eq!(errors.deviation_of(|b| b[0]), Some(0.5));
    /// ```
    pub fn deviation_of(&self, value: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let groups = self.replicates.ncols();
        if groups < 2 {
            return None;
        }
        let values: Vec<f64> = self.replicates.column_iter().map(|column| value(column.as_slice())).collect();
        let mean = values.iter().sum::<f64>() / groups as f64;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Some((squares * (groups - 1) as f64 / groups as f64).sqrt())
    }
}
