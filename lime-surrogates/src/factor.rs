//! A Cholesky factor that rows and columns join and leave.

use crate::solve::PIVOT;

/// The upper triangular R of R'R = A, for a positive definite A that grows at its end and shrinks anywhere. By columns, of
/// which the j-th has j + 1 entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Factor {
    columns: Vec<Vec<f64>>,
}

impl Factor {
    /// Appends a row and column to A: its products with those there are, and with itself. Nothing is done, and the answer
    /// is no, where those there are leave too little of it for A to stay regular. O(n^2).
    pub(crate) fn join(&mut self, products: Vec<f64>, own: f64) -> bool {
        let mut column = products;
        self.forward(&mut column);
        let rest = own - dot(&column, &column);
        if rest.is_nan() || rest <= PIVOT * own {
            return false;
        }
        column.push(rest.sqrt());
        self.columns.push(column);
        true
    }

    /// Takes row and column `at` out of A: what then stands below the diagonal is rotated away (Givens). O(n^2).
    pub(crate) fn leave(&mut self, at: usize) {
        self.columns.remove(at);
        for k in at..self.columns.len() {
            let (above, below) = (self.columns[k][k], self.columns[k][k + 1]);
            let length = above.hypot(below);
            let (cosine, sine) = (above / length, below / length);
            for column in &mut self.columns[k..] {
                let (above, below) = (column[k], column[k + 1]);
                column[k] = cosine * above + sine * below;
                column[k + 1] = cosine * below - sine * above;
            }
            self.columns[k].truncate(k + 1);
        }
    }

    /// Solves A x = b in place. O(n^2).
    pub(crate) fn solve(&self, b: &mut [f64]) {
        self.forward(b);
        for (j, column) in self.columns.iter().enumerate().rev() {
            b[j] /= column[j];
            let x = b[j];
            for (b, r) in b[..j].iter_mut().zip(column) {
                *b -= r * x;
            }
        }
    }

    /// Solves R'x = b in place.
    fn forward(&self, b: &mut [f64]) {
        for (j, column) in self.columns.iter().enumerate() {
            b[j] = (b[j] - dot(&column[..j], &b[..j])) / column[j];
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};

    fn joined(a: &DMatrix<f64>, members: &mut Vec<usize>, factor: &mut Factor, j: usize) -> bool {
        let joined = factor.join(members.iter().map(|&i| a[(i, j)]).collect(), a[(j, j)]);
        if joined {
            members.push(j);
        }
        joined
    }

    /// Any order of joining and leaving gives the solution of the system that is left.
    #[test]
    fn solves_what_is_left_after_any_steps() {
        let b = DMatrix::from_fn(12, 7, |i, j| (1.7 * (1 + i) as f64 * (1 + j) as f64).sin());
        let a = b.tr_mul(&b);
        let (mut members, mut factor) = (Vec::new(), Factor::default());
        for step in [0, 1, 2, 3, 4, -2, 5, 6, -1, -1, 2, 0, -5, -1] {
            if step < 0 {
                let at = (-step - 1) as usize % members.len();
                members.remove(at);
                factor.leave(at);
            } else if !members.contains(&(step as usize)) {
                assert!(joined(&a, &mut members, &mut factor, step as usize));
            }
            let truth = DVector::from_fn(members.len(), |i, _| i as f64 - 1.5);
            let part = a.select_rows(&members).select_columns(&members);
            let mut x: Vec<f64> = (part * &truth).iter().copied().collect();
            factor.solve(&mut x);
            assert!((DVector::from_vec(x) - truth).norm() < 1e-10, "{members:?}");
        }
    }

    #[test]
    fn a_column_that_says_nothing_new_does_not_join() {
        let b = DMatrix::from_row_slice(3, 4, &[1.0, 0.0, 1.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let a = b.tr_mul(&b);
        let (mut members, mut factor) = (Vec::new(), Factor::default());
        assert_eq!([0, 1, 2, 3].map(|j| joined(&a, &mut members, &mut factor, j)), [true, true, false, false]);
        factor.leave(0);
        members.remove(0);
        assert!(joined(&a, &mut members, &mut factor, 2));
    }
}
