//! The one matrix product that matters: a tile's moments.
//!
//! nalgebra's own `tr_mul` does not reach the fast matrix multiplication, and a transposed view given to its `gemm` reads out
//! of bounds for small sizes (nalgebra issue 1616). So the kernel of matrixmultiply is called here, behind asserted lengths.
//! How much it matters: `cargo bench -p lime-core --bench moments`, which times it beside nalgebra's `tr_mul`.
#![allow(unsafe_code)]

/// c = aᵀ b, where `a` is (rows, m), `b` is (rows, n) and `c` is (m, n), all stored by columns; c has `stride` values a column.
///
/// # Panics
/// If a slice is shorter than its shape.
pub(crate) fn transposed_product(
    rows: usize,
    (a, m): (&[f64], usize),
    (b, n): (&[f64], usize),
    c: &mut [f64],
    stride: usize,
) {
    if m == 0 || n == 0 {
        return;
    }
    assert!(stride >= m, "a column of {m} values does not fit a stride of {stride}");
    assert!(a.len() >= rows * m && b.len() >= rows * n, "an operand is shorter than its shape");
    assert!(c.len() >= stride * (n - 1) + m, "the result is shorter than its shape");
    let stride = isize::try_from(stride).unwrap_or(isize::MAX);
    let height = isize::try_from(rows).unwrap_or(isize::MAX);
    // SAFETY: dgemm reads a[j * rows + i] for i < rows, j < m, and b likewise for j < n, and writes c[j * stride + i] for
    // i < m, j < n. The assertions above keep each of them inside its slice (slices are no longer than isize::MAX bytes, so
    // neither conversion saturates once they hold), `c` is borrowed exclusively, and with beta = 0 it is not read.
    unsafe {
        matrixmultiply::dgemm(
            m,
            rows,
            n,
            1.0,
            a.as_ptr(),
            height,
            1,
            b.as_ptr(),
            1,
            height,
            0.0,
            c.as_mut_ptr(),
            1,
            stride,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition_for_every_small_shape() {
        for rows in 0..6 {
            for m in 0..6 {
                for n in 0..6 {
                    let a: Vec<f64> = (0..rows * m).map(|i| i as f64 * 0.5 - 1.0).collect();
                    let b: Vec<f64> = (0..rows * n).map(|i| 2.0 - i as f64).collect();
                    let mut c = vec![f64::NAN; (m + 1) * n];
                    transposed_product(rows, (&a, m), (&b, n), &mut c, m + 1);
                    for i in 0..m {
                        for j in 0..n {
                            let expected: f64 = (0..rows).map(|r| a[i * rows + r] * b[j * rows + r]).sum();
                            assert_eq!(c[j * (m + 1) + i], expected);
                        }
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "shorter than its shape")]
    fn a_short_slice_is_refused() {
        transposed_product(3, (&[0.0; 5], 2), (&[0.0; 3], 1), &mut [0.0; 2], 2);
    }
}
