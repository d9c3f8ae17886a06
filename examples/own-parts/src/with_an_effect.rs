//! A selector that needs the moments only, and so works with every surrogate's evidence.

use lime_core::{BoxError, Evidence, Fitting, Real, Selector};

/// The switches whose correlation with the answers is at least this, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WithAnEffect(pub f64);

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for WithAnEffect {
    fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
        let moments = given.moments();
        let correlation = |j: usize| {
            let size = (moments.scatter(j, j) * moments.total(target)).sqrt();
            if size > 0.0 { (moments.cross(j, target) / size).abs() } else { 0.0 }
        };
        let mut chosen: Vec<usize> = (0..moments.features()).filter(|&j| correlation(j) >= self.0).collect();
        chosen.sort_by(|&a, &b| correlation(b).total_cmp(&correlation(a)));
        Ok(chosen)
    }
}
