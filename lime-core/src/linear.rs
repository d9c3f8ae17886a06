//! A fitted linear surrogate.

use crate::{Moments, Warning};

/// A linear surrogate g(z') = intercept + sum coefficient_j z'_j, fitted to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    intercept: f64,
    coefficients: Vec<(usize, f64)>,
    local_prediction: f64,
    score: f64,
    warnings: Vec<Warning>,
}

impl LinearFit {
    /// The model with these coefficients (one an active feature) whose intercept makes the weighted mean residual zero.
    pub fn centred(moments: &Moments, active: &[usize], coefficients: Vec<f64>, target: usize) -> Self {
        let at_means: f64 = active.iter().zip(&coefficients).map(|(&j, c)| c * moments.mean(j)).sum();
        let intercept = moments.answer_mean(target) - at_means;
        let total = moments.total(target);
        let residual = moments.centred_residual(active, &coefficients, target);
        let score = if total > 0.0 { 1.0 - residual / total } else { f64::NAN };
        Self::scored(moments, active, coefficients, (intercept, score), target)
    }

    /// The model with these coefficients (one an active feature) and this intercept.
    ///
    /// Adds the warnings that the samples themselves call for: too few effective samples, answers that do not vary.
    pub fn with_intercept(
        moments: &Moments,
        active: &[usize],
        coefficients: Vec<f64>,
        intercept: f64,
        target: usize,
    ) -> Self {
        let score = moments.score(active, &coefficients, intercept, target);
        Self::scored(moments, active, coefficients, (intercept, score), target)
    }

    fn scored(
        moments: &Moments,
        active: &[usize],
        coefficients: Vec<f64>,
        (intercept, score): (f64, f64),
        target: usize,
    ) -> Self {
        let origin = moments.origin();
        let mut warnings = Vec::new();
        let effective = moments.effective_sample_size();
        let needed = 2 * (active.len() + 1);
        if effective < needed as f64 {
            warnings.push(Warning::FewEffectiveSamples { effective, needed });
        }
        if moments.total(target) == 0.0 {
            warnings.push(Warning::ConstantAnswers);
        }
        Self {
            intercept,
            local_prediction: intercept + active.iter().zip(&coefficients).map(|(&j, c)| c * origin[j]).sum::<f64>(),
            score,
            coefficients: active.iter().copied().zip(coefficients).collect(),
            warnings,
        }
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
