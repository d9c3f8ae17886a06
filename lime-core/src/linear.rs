//! A fitted linear surrogate.

use crate::{Moments, Uncertainty, Warning};

/// A linear surrogate g(z') = intercept + sum coefficient_j z'_j, fitted to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    intercept: f64,
    coefficients: Vec<(usize, f64)>,
    deviations: Vec<f64>,
    local_prediction: f64,
    score: f64,
    warnings: Vec<Warning>,
    uncertainty: Option<Uncertainty>,
}

impl LinearFit {
    /// The model with these coefficients (one an active feature) whose intercept makes the weighted mean residual zero.
    pub fn centred(moments: &Moments, active: &[usize], coefficients: Vec<f64>, target: usize) -> Self {
        let at_means: f64 = active.iter().zip(&coefficients).map(|(&j, c)| c * moments.mean(j)).sum();
        let intercept = moments.answer_mean(target) - at_means;
        let total = moments.total(target);
        let residual = moments.centred_residual(active, &coefficients, target);
        let score = if total > 0.0 { 1.0 - residual / total } else { f64::NAN };
        Self::scored(moments.origin(), active, coefficients, (intercept, score))
    }

    /// The model with these coefficients (one an active feature) and this intercept.
    pub fn with_intercept(
        moments: &Moments,
        active: &[usize],
        coefficients: Vec<f64>,
        intercept: f64,
        target: usize,
    ) -> Self {
        let score = moments.score(active, &coefficients, intercept, target);
        Self::scored(moments.origin(), active, coefficients, (intercept, score))
    }

    /// The model with these coefficients, this intercept and this R2, around x'.
    pub(crate) fn scored(
        origin: &[f64],
        active: &[usize],
        coefficients: Vec<f64>,
        (intercept, score): (f64, f64),
    ) -> Self {
        Self {
            intercept,
            local_prediction: intercept + active.iter().zip(&coefficients).map(|(&j, c)| c * origin[j]).sum::<f64>(),
            score,
            coefficients: active.iter().copied().zip(coefficients).collect(),
            deviations: Vec::new(),
            warnings: Vec::new(),
            uncertainty: None,
        }
    }

    /// Adds the standard deviation of each coefficient, in their order.
    #[must_use]
    pub fn with_deviations(mut self, deviations: Vec<f64>) -> Self {
        self.deviations = deviations;
        self
    }

    /// Adds the sampling error of the coefficients, and with it their standard deviations.
    #[must_use]
    pub fn with_uncertainty(mut self, uncertainty: Uncertainty) -> Self {
        self.deviations.clone_from(&uncertainty.deviations);
        self.uncertainty = Some(uncertainty);
        self
    }

    /// Adds a warning.
    #[must_use]
    pub fn warn(mut self, warning: Warning) -> Self {
        self.warnings.push(warning);
        self
    }

    /// The intercept.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The features with their coefficients, in the order they were given.
    pub fn coefficients(&self) -> &[(usize, f64)] {
        &self.coefficients
    }

    /// The standard deviation of each coefficient, in the order of [`coefficients`](Self::coefficients); empty where they are
    /// not known.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// The sampling error of the coefficients, where it was estimated.
    pub fn uncertainty(&self) -> Option<&Uncertainty> {
        self.uncertainty.as_ref()
    }

    /// g(x').
    pub fn local_prediction(&self) -> f64 {
        self.local_prediction
    }

    /// Weighted R2 on the samples; NaN where the answers do not vary.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// What makes the fit doubtful.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
