//! Forward selection.

use lime_core::{BoxError, Evidence, Fitting, Moments, Real, Selector};

use super::check_features;
use crate::Error;

/// Greedy forward selection: in each step the feature joins that raises the weighted R2 of a least-squares fit the most;
/// equal ones by index. The original's `forward_selection`, in the order of joining.
///
/// The original refits for every candidate; here one Cholesky column a step updates what each candidate would still explain:
/// O(d K) a step, O(d K^2) in all.
///
/// | parameter | default | range |
/// |---|---|---|
/// | features K | 10 | >= 1; all where there are fewer |
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::selection::ForwardSelection;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// assert_eq!(ForwardSelection::new(2)?.select(&Fitting::new(&space, &moments), 0)?, [1, 0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardSelection {
    features: usize,
}

impl Default for ForwardSelection {
    fn default() -> Self {
        Self { features: 10 }
    }
}

/// A candidate of which the chosen features leave less than this share of its variance is no news.
const NEWS: f64 = 1e-10;
/// A gain below this share of the total sum of squares is rounding: equal to none.
const ROUNDING: f64 = 1e-13;

impl ForwardSelection {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)? })
    }

    fn choose(&self, moments: &Moments, target: usize) -> Vec<usize> {
        let d = moments.features();
        let total = moments.total(target);
        let variance: Vec<f64> = (0..d).map(|j| moments.scatter(j, j)).collect();
        // What the chosen features leave of each candidate's variance and of its covariance with the target.
        let mut left = variance.clone();
        let mut with_target: Vec<f64> = (0..d).map(|j| moments.cross(j, target)).collect();
        // Rows of the Cholesky factor of the chosen features' scatter, extended to all candidates.
        let mut factor: Vec<Vec<f64>> = Vec::new();
        let mut chosen: Vec<usize> = Vec::new();
        let mut free = vec![true; d];
        while chosen.len() < self.features.min(d) {
            let gain = |j: usize| {
                let gain = if left[j] > NEWS * variance[j] { with_target[j].powi(2) / left[j] } else { 0.0 };
                if gain > ROUNDING * total { gain } else { 0.0 }
            };
            let candidates = (0..d).filter(|&j| free[j]);
            let best = candidates.fold(None, |best, j| match best {
                Some((_, top)) if gain(j) <= top => best,
                _ => Some((j, gain(j))),
            });
            let Some((best, gain)) = best else { break };
            chosen.push(best);
            free[best] = false;
            if gain == 0.0 {
                continue;
            }
            let root = left[best].sqrt();
            let along_target = with_target[best] / root;
            let row: Vec<f64> = (0..d)
                .map(|j| {
                    let known: f64 = factor.iter().map(|row| row[best] * row[j]).sum();
                    if free[j] { (moments.scatter(best, j) - known) / root } else { 0.0 }
                })
                .collect();
            for j in (0..d).filter(|&j| free[j]) {
                left[j] -= row[j] * row[j];
                with_target[j] -= row[j] * along_target;
            }
            factor.push(row);
        }
        chosen
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for ForwardSelection {
    fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
        Ok(self.choose(given.moments(), target))
    }
}
