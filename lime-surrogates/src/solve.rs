//! Symmetric systems, solved by Cholesky where that is safe and by eigenvectors where it is not.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn, SymmetricEigen};

use crate::Error;
use crate::cholesky::cholesky;

/// A solution, and how many directions of the system determined it.
pub(crate) struct Solution {
    pub(crate) x: DMatrix<f64>,
    pub(crate) rank: usize,
}

/// A pivot (the share of a column that the columns before it leave unexplained) below this makes the system near-singular.
pub(crate) const PIVOT: f64 = 1e-10;
/// Eigenvalues below this share of the largest are taken for zero.
const EIGENVALUE: f64 = 1e-11;

/// Solves gram x = right for a symmetric positive semi-definite matrix.
///
/// The system is scaled to a unit diagonal first, so that units do not decide what counts as singular. A near-singular one is
/// solved along its eigenvectors of non-zero eigenvalue only: the smallest solution in those units.
pub(crate) fn solve(gram: &DMatrix<f64>, right: &DMatrix<f64>) -> Result<Solution, Error> {
    solve_in_place(gram.clone(), 0.0, right)
}

/// The same for (gram + alpha I) x = right, in the memory of the matrix.
pub(crate) fn solve_in_place(mut gram: DMatrix<f64>, alpha: f64, right: &DMatrix<f64>) -> Result<Solution, Error> {
    let n = gram.nrows();
    if !(finite(&gram) && finite(right) && alpha.is_finite()) {
        return Err(Error::NotFinite);
    }
    let diagonal: Vec<f64> = (0..n).map(|i| gram[(i, i)] + alpha).collect();
    let scale: Vec<f64> = diagonal.iter().map(|own| if *own > 0.0 { 1.0 / own.sqrt() } else { 0.0 }).collect();
    // Of a factorisation the lower half is enough; the upper one stays what it is.
    for (j, mut column) in gram.column_iter_mut().enumerate() {
        let entries = column.as_mut_slice();
        for (entry, other) in entries.iter_mut().zip(&scale).skip(j + 1) {
            *entry = *entry * other * scale[j];
        }
        entries[j] = diagonal[j] * scale[j] * scale[j];
    }
    let scaled_right = DMatrix::from_fn(n, right.ncols(), |i, t| right[(i, t)] * scale[i]);
    let regular = |factor: &Cholesky<f64, Dyn>| (0..n).all(|j| factor.l_dirty()[(j, j)].powi(2) > PIVOT);
    let (mut x, rank) = match cholesky(gram) {
        Ok(factor) if regular(&factor) => (factor.solve(&scaled_right), n),
        other => {
            let gram = other.map_or_else(|gram| gram, Cholesky::unpack_dirty);
            let product = |i: usize, j: usize| if i == j { diagonal[i] } else { gram[(i.min(j), i.max(j))] };
            let scaled = DMatrix::from_fn(n, n, |i, j| product(i, j) * scale[i] * scale[j]);
            along_eigenvectors(scaled, &scaled_right)?
        }
    };
    for (i, scale) in scale.iter().enumerate() {
        for t in 0..right.ncols() {
            x[(i, t)] *= scale;
        }
    }
    Ok(Solution { x, rank })
}

/// Whether all numbers of a matrix are, some hundred at a time: so it takes no longer than reading them.
pub(crate) fn finite(matrix: &DMatrix<f64>) -> bool {
    matrix.as_slice().chunks(256).all(|some| some.iter().fold(true, |all, v| all & v.is_finite()))
}

/// How many directions a positive semi-definite matrix has, in units of its diagonal: the pivots of a Cholesky factorisation
/// with diagonal pivoting that are more than rounding.
pub(crate) fn rank(gram: &DMatrix<f64>) -> usize {
    let n = gram.nrows();
    let scale: Vec<f64> = (0..n).map(|i| if gram[(i, i)] > 0.0 { 1.0 / gram[(i, i)].sqrt() } else { 0.0 }).collect();
    // What is left of each feature that was no pivot yet, which feature that is, and the rows of the factor for these.
    let mut left: Vec<f64> = (0..n).map(|i| gram[(i, i)] * scale[i] * scale[i]).collect();
    let mut feature: Vec<usize> = (0..n).collect();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    loop {
        let order = |&a: &usize, &b: &usize| left[a].total_cmp(&left[b]).then(feature[a].cmp(&feature[b]));
        let Some(pivot) = (0..left.len()).max_by(order) else { return factor.len() };
        if left[pivot].is_nan() || left[pivot] <= PIVOT {
            return factor.len();
        }
        let (root, place) = (left.swap_remove(pivot).sqrt(), feature.swap_remove(pivot));
        // Row by row, each as it lies in memory and four at once: most of the time of a fit of hundreds of features is spent here.
        let along: Vec<f64> = factor.iter_mut().map(|known| known.swap_remove(pivot)).collect();
        let mut row = vec![0.0; left.len()];
        let (fours, others) = factor.as_chunks::<4>();
        let (fours_along, others_along) = along.as_chunks::<4>();
        for (four, along) in fours.iter().zip(fours_along) {
            let [a, b, c, d] = four;
            for ((((sum, a), b), c), d) in row.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *sum = *sum + along[0] * a + along[1] * b + along[2] * c + along[3] * d;
            }
        }
        for (known, along) in others.iter().zip(others_along) {
            for (sum, value) in row.iter_mut().zip(known) {
                *sum += along * value;
            }
        }
        for ((sum, &j), left) in row.iter_mut().zip(&feature).zip(&mut left) {
            *sum = (gram[(j, place)] * scale[place] * scale[j] - *sum) / root;
            *left -= *sum * *sum;
        }
        factor.push(row);
    }
}

/// The eigenvalues of a symmetric matrix, and their vectors as columns.
pub(crate) fn eigen(a: DMatrix<f64>) -> Result<(DVector<f64>, DMatrix<f64>), Error> {
    let n = a.nrows();
    if n == 0 {
        return Ok((DVector::zeros(0), a));
    }
    let eigen = SymmetricEigen::try_new(a, f64::EPSILON, 10_000).ok_or(Error::Unsolved { features: n })?;
    Ok((eigen.eigenvalues, eigen.eigenvectors))
}

fn along_eigenvectors(a: DMatrix<f64>, right: &DMatrix<f64>) -> Result<(DMatrix<f64>, usize), Error> {
    let n = a.nrows();
    let (values, vectors) = eigen(a)?;
    let largest = values.iter().fold(0.0f64, |top, v| top.max(*v));
    let mut x = DMatrix::zeros(n, right.ncols());
    let mut rank = 0;
    for (k, &value) in values.iter().enumerate() {
        if value > EIGENVALUE * largest {
            rank += 1;
            let vector = vectors.column(k);
            for t in 0..right.ncols() {
                let along = vector.dot(&right.column(t)) / value;
                x.column_mut(t).axpy(along, &vector, 1.0);
            }
        }
    }
    Ok((x, rank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn a_regular_system_is_solved_exactly() {
        let gram = dmatrix![4.0, 2.0; 2.0, 3.0];
        let solution = solve(&gram, &dmatrix![2.0, 8.0; 1.0, 7.0]).unwrap();
        assert_eq!(solution.rank, 2);
        assert!((gram * solution.x - dmatrix![2.0, 8.0; 1.0, 7.0]).norm() < 1e-14);
    }

    #[test]
    fn a_singular_system_has_the_smallest_solution() {
        let solution = solve(&dmatrix![1.0, 1.0; 1.0, 1.0], &dmatrix![2.0; 2.0]).unwrap();
        assert_eq!(solution.rank, 1);
        assert!((solution.x - dmatrix![1.0; 1.0]).norm() < 1e-12);
    }

    #[test]
    fn columns_that_never_vary_get_nothing() {
        let solution = solve(&dmatrix![0.0, 0.0; 0.0, 2.0], &dmatrix![0.0; 1.0]).unwrap();
        assert_eq!(solution.rank, 1);
        assert_eq!(solution.x, dmatrix![0.0; 0.5]);
    }

    #[test]
    fn rank_counts_directions() {
        assert_eq!(rank(&dmatrix![2.0, 2.0, 0.0; 2.0, 2.0, 0.0; 0.0, 0.0, 1e-9]), 2);
        assert_eq!(rank(&dmatrix![4.0, 2.0; 2.0, 3.0]), 2);
        assert_eq!(rank(&DMatrix::zeros(3, 3)), 0);
        assert_eq!(rank(&DMatrix::zeros(0, 0)), 0);
    }

    #[test]
    fn units_do_not_matter() {
        let solution = solve(&dmatrix![1e-20, 0.0; 0.0, 1e20], &dmatrix![1e-20; 1e20]).unwrap();
        assert_eq!(solution.rank, 2);
        assert!((solution.x - dmatrix![1.0; 1.0]).norm() < 1e-12);
    }

    #[test]
    fn sizes_zero_and_overflow() {
        assert_eq!(solve(&DMatrix::zeros(0, 0), &DMatrix::zeros(0, 2)).unwrap().x.shape(), (0, 2));
        assert_eq!(solve(&dmatrix![f64::INFINITY], &dmatrix![1.0]).err(), Some(Error::NotFinite));
    }
}
