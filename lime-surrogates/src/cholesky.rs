//! The Cholesky factorisation of hundreds of features.

use nalgebra::{Cholesky, DMatrix, Dyn};

/// Columns that are factorised one by one; what the columns before them take away is one matrix product.
const PANEL: usize = 32;

/// The factor L of a symmetric matrix A = L L', of which the lower half is read and the upper one stays; where a pivot is not
/// above 0, what has become of A.
///
/// It is the one that nalgebra finds, panel by panel: nalgebra goes through all that is left for every column, and that does not fit the
/// inner caches from some hundred features on.
pub(crate) fn cholesky(mut a: DMatrix<f64>) -> Result<Cholesky<f64, Dyn>, DMatrix<f64>> {
    let n = a.nrows();
    for from in (0..n).step_by(PANEL) {
        let to = (from + PANEL).min(n);
        let (done, mut panel) = a.columns_range_pair_mut(..from, from..to);
        if from > 0 {
            let left = done.rows(from, n - from);
            let right = left.rows(0, to - from).transpose();
            panel.rows_mut(from, n - from).gemm(-1.0, &left, &right, 1.0);
        }
        for j in from..to {
            let (before, mut column) = a.columns_range_pair_mut(from..j, j);
            let column = &mut column.as_mut_slice()[j..];
            for known in before.column_iter() {
                let known = &known.as_slice()[j..];
                let along = known[0];
                for (entry, known) in column.iter_mut().zip(known) {
                    *entry -= along * known;
                }
            }
            let pivot = column[0];
            if pivot.is_nan() || pivot <= 0.0 {
                return Err(a);
            }
            let root = pivot.sqrt();
            for entry in column {
                *entry /= root;
            }
        }
    }
    Ok(Cholesky::pack_dirty(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes below, at and above one panel and several: L L' is the matrix, and L is nalgebra's.
    #[test]
    fn the_factor_gives_the_matrix_back() {
        for n in [0, 1, 2, 31, 32, 33, 64, 100] {
            let any = DMatrix::from_fn(n, n + 3, |i, j| ((i * 37 + j * 101) % 89) as f64 / 89.0 - 0.5);
            let a = &any * any.transpose() + DMatrix::identity(n, n);
            let l = cholesky(a.clone()).unwrap().unpack();
            assert!((&l * l.transpose() - &a).amax() < 1e-12, "{n}");
            assert!((l - Cholesky::new(a).unwrap().unpack()).amax() < 1e-12, "{n}");
        }
    }

    #[test]
    fn a_pivot_that_is_not_positive_ends_it() {
        for bad in [0.0, -1.0, f64::NAN] {
            let mut a = DMatrix::identity(40, 40);
            a[(37, 37)] = bad;
            assert!(cholesky(a).is_err(), "{bad}");
        }
    }
}
