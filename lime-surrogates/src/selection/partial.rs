//! What chosen features leave to be explained: a Cholesky factorisation that takes one feature at a time.

use lime_core::Moments;
use nalgebra::DMatrix;

/// A feature of which the chosen ones leave less than this share of its variance is no news.
pub(super) const NEWS: f64 = 1e-10;
/// A gain below this share of the total sum of squares is rounding: equal to none.
pub(super) const ROUNDING: f64 = 1e-13;

/// The scatter of some features, and their cross products with a target, beyond the features taken so far. Features are
/// counted among `columns`.
pub(super) struct Partial<'a> {
    moments: &'a Moments,
    columns: Vec<usize>,
    variance: Vec<f64>,
    left: Vec<f64>,
    with_target: Vec<f64>,
    taken: Vec<usize>,
    roots: Vec<f64>,
    /// Rows of the factor of the taken features' scatter, extended to the features not taken then.
    rows: Vec<Vec<f64>>,
    free: Vec<bool>,
}

impl<'a> Partial<'a> {
    pub(super) fn new(moments: &'a Moments, columns: Vec<usize>, target: usize) -> Self {
        let variance: Vec<f64> = columns.iter().map(|&j| moments.scatter(j, j)).collect();
        Self {
            left: variance.clone(),
            with_target: columns.iter().map(|&j| moments.cross(j, target)).collect(),
            taken: Vec::new(),
            roots: Vec::new(),
            rows: Vec::new(),
            free: vec![true; columns.len()],
            variance,
            columns,
            moments,
        }
    }

    /// Whether the features taken leave more than rounding of this one.
    pub(super) fn news(&self, j: usize) -> bool {
        self.left[j] > NEWS * self.variance[j]
    }

    /// What a unit explains of the target beyond the features taken, as a part of the total sum of squares.
    pub(super) fn gain(&self, unit: &[usize]) -> f64 {
        match unit {
            [j] if self.news(*j) => self.with_target[*j].powi(2) / self.left[*j],
            [_] => 0.0,
            _ => {
                let block = DMatrix::from_fn(unit.len(), unit.len(), |a, b| self.covariance(unit[a], unit[b]));
                let with_target: Vec<f64> = unit.iter().map(|&j| self.with_target[j]).collect();
                let variance: Vec<f64> = unit.iter().map(|&j| self.variance[j]).collect();
                quadratic(block, with_target, &variance)
            }
        }
    }

    fn covariance(&self, a: usize, b: usize) -> f64 {
        if a == b {
            return self.left[a];
        }
        let known: f64 = self.rows.iter().map(|row| row[a] * row[b]).sum();
        self.moments.scatter(self.columns[a], self.columns[b]) - known
    }

    /// Takes those features of a unit that are news, the one with the most left first. Returns their number and what they
    /// explain beyond the features taken before.
    pub(super) fn take(&mut self, unit: &[usize]) -> (usize, f64) {
        let (mut count, mut gain) = (0, 0.0);
        while let Some((_, more)) = self.take_next(unit) {
            count += 1;
            gain += more;
        }
        (count, gain)
    }

    /// Takes one feature of a unit, if one is news: the one with the most left. Returns it and what it explains.
    pub(super) fn take_next(&mut self, unit: &[usize]) -> Option<(usize, f64)> {
        let candidates = unit.iter().copied().filter(|&j| self.free[j] && self.news(j));
        let share = |j: usize| self.left[j] / self.variance[j];
        let new = candidates.reduce(|top, j| if share(j) > share(top) { j } else { top })?;
        Some((new, self.take_feature(new)))
    }

    fn take_feature(&mut self, new: usize) -> f64 {
        let root = self.left[new].sqrt();
        let along_target = self.with_target[new] / root;
        self.free[new] = false;
        let mut row = vec![0.0; self.columns.len()];
        for earlier in &self.rows {
            let factor = earlier[new];
            for (known, along) in row.iter_mut().zip(earlier) {
                *known += factor * along;
            }
        }
        for (j, value) in row.iter_mut().enumerate() {
            if self.free[j] {
                *value = (self.moments.scatter(self.columns[new], self.columns[j]) - *value) / root;
                self.left[j] -= *value * *value;
                self.with_target[j] -= *value * along_target;
            } else {
                *value = 0.0;
            }
        }
        self.taken.push(new);
        self.roots.push(root);
        self.rows.push(row);
        along_target * along_target
    }

    /// The features taken, in their order.
    pub(super) fn taken(&self) -> &[usize] {
        &self.taken
    }

    /// For each feature, the sum over the taken ones of its factor entry times `along`.
    pub(super) fn project(&self, along: &[f64]) -> Vec<f64> {
        let mut projected = vec![0.0; self.columns.len()];
        for (row, along) in self.rows.iter().zip(along) {
            for (sum, value) in projected.iter_mut().zip(row) {
                *sum += value * along;
            }
        }
        projected
    }

    /// What the inner product of the newest taken feature's direction with a vector is, given that of the feature itself and
    /// those of the earlier directions.
    pub(super) fn along_newest(&self, with_feature: f64, earlier: &[f64]) -> f64 {
        let (Some(&new), Some(&root)) = (self.taken.last(), self.roots.last()) else { return 0.0 };
        let known: f64 = self.rows.iter().zip(earlier).map(|(row, along)| row[new] * along).sum();
        (with_feature - known) / root
    }

    /// The coefficients, one a taken feature, of what has these coordinates along their directions.
    pub(super) fn coefficients(&self, along: &[f64]) -> Vec<f64> {
        let count = self.taken.len();
        let mut coefficients = vec![0.0; count];
        for k in (0..count).rev() {
            let known: f64 = (k + 1..count).map(|m| self.rows[k][self.taken[m]] * coefficients[m]).sum();
            coefficients[k] = (along[k] - known) / self.roots[k];
        }
        coefficients
    }
}

/// v' B^-1 v for a positive semi-definite B, along the directions of which more than [`NEWS`] of `variance` is left.
pub(super) fn quadratic(mut block: DMatrix<f64>, mut v: Vec<f64>, variance: &[f64]) -> f64 {
    let mut free: Vec<usize> = (0..v.len()).collect();
    let mut sum = 0.0;
    loop {
        let share = |i: usize| block[(i, i)] / variance[i];
        let candidates = free.iter().copied().filter(|&i| block[(i, i)] > NEWS * variance[i]);
        let Some(pivot) = candidates.reduce(|top, i| if share(i) > share(top) { i } else { top }) else { return sum };
        sum += v[pivot].powi(2) / block[(pivot, pivot)];
        free.retain(|&i| i != pivot);
        for &i in &free {
            let factor = block[(i, pivot)] / block[(pivot, pivot)];
            v[i] -= factor * v[pivot];
            for &k in &free {
                block[(i, k)] -= factor * block[(pivot, k)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DVector, dmatrix};

    #[test]
    fn a_quadratic_form_is_that_of_the_inverse() {
        let block = dmatrix![4.0, 2.0, 0.5; 2.0, 3.0, 1.0; 0.5, 1.0, 2.0];
        let v = DVector::from_vec(vec![1.0, -2.0, 3.0]);
        let expected = (v.transpose() * block.clone().try_inverse().unwrap() * &v)[(0, 0)];
        assert!((quadratic(block, v.as_slice().to_vec(), &[4.0, 3.0, 2.0]) - expected).abs() < 1e-12);
    }

    #[test]
    fn a_singular_block_counts_once() {
        let ones = DMatrix::from_element(3, 3, 2.0);
        assert_eq!(quadratic(ones, vec![4.0; 3], &[2.0; 3]), 8.0);
        assert_eq!(quadratic(DMatrix::zeros(2, 2), vec![0.0; 2], &[0.0; 2]), 0.0);
    }
}
