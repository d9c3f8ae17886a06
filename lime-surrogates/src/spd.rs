//! Inverse factors of positive definite matrices, by halves.

use nalgebra::DMatrix;

/// Up to this order a factor is computed entry by entry.
const SMALL: usize = 48;

/// The lower triangular W with W A W' = 1, for a positive definite A, of which only the lower triangle is read: A^-1 = W'W. `None` where a
/// pivot is not above 0. By halves, so that nearly all of the 4/3 n^3 operations are matrix products.
pub(crate) fn inverse_factor(a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    if n <= SMALL {
        return entries(a);
    }
    let (half, rest) = (n / 2, n - n / 2);
    let first = inverse_factor(&a.view((0, 0), (half, half)).into_owned())?;
    // The part of the second half that the first explains.
    let explained = a.view((half, 0), (rest, half)) * first.transpose();
    let left = a.view((half, half), (rest, rest)) - &explained * explained.transpose();
    let second = inverse_factor(&left)?;
    let below = -(&second * (explained * &first));
    let mut factor = DMatrix::zeros(n, n);
    factor.view_mut((0, 0), (half, half)).copy_from(&first);
    factor.view_mut((half, 0), (rest, half)).copy_from(&below);
    factor.view_mut((half, half), (rest, rest)).copy_from(&second);
    Some(factor)
}

fn entries(a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    let mut l = DMatrix::<f64>::zeros(n, n);
    for j in 0..n {
        for i in j..n {
            let sum: f64 = (0..j).map(|k| l[(i, k)] * l[(j, k)]).sum();
            let rest = a[(i, j)] - sum;
            if i > j {
                l[(i, j)] = rest / l[(j, j)];
            } else if rest > 0.0 && rest.is_finite() {
                l[(j, j)] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let mut inverse = DMatrix::zeros(n, n);
    for j in 0..n {
        inverse[(j, j)] = 1.0 / l[(j, j)];
        for i in j + 1..n {
            let sum: f64 = (j..i).map(|k| l[(i, k)] * inverse[(k, j)]).sum();
            inverse[(i, j)] = -sum / l[(i, i)];
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitens_the_matrix() {
        for n in [0, 1, 7, 48, 49, 131, 200] {
            let b = DMatrix::from_fn(n, n, |i, j| (1.7 * (1 + i) as f64 * (2 + j) as f64).sin());
            let a = &b * b.transpose() + DMatrix::identity(n, n);
            let w = inverse_factor(&a).unwrap();
            assert!((&w * a * w.transpose() - DMatrix::identity(n, n)).amax() < 1e-10, "{n}");
            assert_eq!(w.upper_triangle(), DMatrix::from_diagonal(&w.diagonal()), "{n}");
        }
    }

    #[test]
    fn matrices_that_are_not_positive_definite() {
        for n in [1, 60] {
            assert!(inverse_factor(&DMatrix::zeros(n, n)).is_none());
            assert!(inverse_factor(&-DMatrix::<f64>::identity(n, n)).is_none());
            assert!(inverse_factor(&DMatrix::from_element(n, n, f64::NAN)).is_none());
        }
    }
}
