//! Coordinate descent on the normal equations.

use nalgebra::DMatrix;

/// minimise (y'y - 2 c'b + b'Gb) / 2 + l1 |b|_1 + l2 |b|^2 / 2, given the Gram matrix G = Z'WZ, c = Z'Wy and y'Wy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descent<'a> {
    pub(crate) gram: &'a DMatrix<f64>,
    pub(crate) cross: &'a [f64],
    pub(crate) total: f64,
    pub(crate) l1: f64,
    pub(crate) l2: f64,
}

/// Where a descent ended.
#[derive(Debug)]
pub(crate) struct Descended {
    pub(crate) coefficients: Vec<f64>,
    /// What is left: the duality gap over y'Wy, or the last relative change of a coefficient where that is larger.
    pub(crate) left: f64,
}

impl Descent<'_> {
    /// Descends until the duality gap is at most `tolerance` times y'Wy and a sweep over all coordinates changes none by
    /// more than `tolerance` times the largest (in units of the features' spread), or for so many sweeps.
    ///
    /// Each coordinate is set to its minimum given the others, S(c_j - sum_k!=j G_jk b_k, l1) / (G_jj + l2) with S(r, l) =
    /// sign(r) max(|r| - l, 0) (Friedman, Hastie and Tibshirani, 2010, section 2.2: covariance updates). Between sweeps
    /// over all coordinates come sweeps over those that are not 0 (section 2.6). O(d) a coordinate that changes, O(1) one
    /// that does not.
    pub(crate) fn run(&self, tolerance: f64, sweeps: usize) -> Descended {
        let d = self.cross.len();
        let spread: Vec<f64> = (0..d).map(|j| self.gram[(j, j)].max(0.0).sqrt()).collect();
        let mut b = vec![0.0; d];
        let mut rest = self.cross.to_vec();
        let all: Vec<usize> = (0..d).filter(|&j| spread[j] > 0.0).collect();
        let mut swept = 0;
        loop {
            let change = self.sweep(&all, &spread, &mut b, &mut rest);
            swept += 1;
            self.refresh(&b, &mut rest);
            let left = self.gap(&b, &rest).max(change);
            if left <= tolerance || swept >= sweeps {
                return Descended { coefficients: b, left };
            }
            // The last sweep is one over all coordinates.
            let active: Vec<usize> = all.iter().copied().filter(|&j| b[j] != 0.0).collect();
            while swept + 1 < sweeps {
                swept += 1;
                if self.sweep(&active, &spread, &mut b, &mut rest) <= tolerance {
                    break;
                }
            }
        }
    }

    /// One minimisation along each of these coordinates. `rest` is c - Gb. Returns the largest change over the largest
    /// coefficient.
    fn sweep(&self, coordinates: &[usize], spread: &[f64], b: &mut [f64], rest: &mut [f64]) -> f64 {
        let (mut change, mut largest) = (0.0f64, 0.0f64);
        for &j in coordinates {
            let (before, own) = (b[j], self.gram[(j, j)]);
            let along = rest[j] + own * before;
            b[j] = ((along.abs() - self.l1).max(0.0) / (own + self.l2)).copysign(along);
            let step = b[j] - before;
            if step != 0.0 {
                for (rest, gram) in rest.iter_mut().zip(self.gram.column(j).iter()) {
                    *rest -= gram * step;
                }
            }
            change = change.max(step.abs() * spread[j]);
            largest = largest.max(b[j].abs() * spread[j]);
        }
        if change > 0.0 { change / largest.max(change) } else { 0.0 }
    }

    /// c - Gb from scratch, so that rounding does not add up.
    fn refresh(&self, b: &[f64], rest: &mut [f64]) {
        rest.copy_from_slice(self.cross);
        for (j, &b) in b.iter().enumerate().filter(|(_, b)| **b != 0.0) {
            for (rest, gram) in rest.iter_mut().zip(self.gram.column(j).iter()) {
                *rest -= gram * b;
            }
        }
    }

    /// The duality gap over y'Wy, scikit-learn's: the objective less that of the dual at the residual, scaled until
    /// feasible.
    fn gap(&self, b: &[f64], rest: &[f64]) -> f64 {
        if self.total <= 0.0 {
            return 0.0;
        }
        let (mut with_answers, mut norm, mut square, mut fitted, mut dual) = (0.0, 0.0, 0.0, 0.0, 0.0f64);
        for ((b, rest), cross) in b.iter().zip(rest).zip(self.cross) {
            with_answers += b * cross;
            fitted += b * (cross - rest);
            norm += b.abs();
            square += b * b;
            dual = dual.max((rest - self.l2 * b).abs());
        }
        let residual = (self.total - 2.0 * with_answers + fitted).max(0.0);
        let scale = if dual > self.l1 { self.l1 / dual } else { 1.0 };
        let gap = 0.5 * residual * (1.0 + scale * scale) + self.l1 * norm - scale * (self.total - with_answers)
            + 0.5 * self.l2 * (1.0 + scale * scale) * square;
        gap.abs() / self.total
    }
}
