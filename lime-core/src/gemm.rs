//! The one matrix product that matters: a tile's moments, of any columns and of columns with two values. The only module with
//! `unsafe`.
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

/// Rows whose sums are in one table.
pub(crate) const GROUP: usize = 4;
/// Columns of the right operand that are worked on at once.
pub(crate) const LANES: usize = 16;
/// Tables at once: as many as the innermost cache holds.
const TABLES: usize = 16;
/// For each of the groups at hand the sums of all subsets of its rows.
pub(crate) type Tables = [[[f64; LANES]; 1 << GROUP]; TABLES];

/// Adds to each of `sums` those rows of `right` that its row of `codes` has the bits of: c += aᵀ b for a matrix `a` of bits.
///
/// The method of the four Russians (Arlazarov, Dinic, Kronrod and Faradzev 1970): of [`GROUP`] rows the sums of all 16 subsets are
/// tabulated, and then each of them is one addition instead of four products. `right` has [`GROUP`] rows a group, and `codes` has
/// `groups` entries for each of `sums`, of which the lowest [`GROUP`] bits count. `tables` are memory to work in, whose first entries, for
/// the empty subsets, are 0 and stay so.
///
/// It is compiled for AVX-512, for AVX2 and for any processor: the same additions in the same order, so the same bits.
pub(crate) fn add_subsets(
    tables: &mut Tables,
    codes: &[u8],
    groups: usize,
    right: &[[f64; LANES]],
    sums: &mut [[f64; LANES]],
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512vl")]
        fn avx512(tables: &mut Tables, codes: &[u8], groups: usize, right: &[[f64; LANES]], sums: &mut [[f64; LANES]]) {
            add_subsets_anywhere(tables, codes, groups, right, sums);
        }
        #[target_feature(enable = "avx2")]
        fn avx2(tables: &mut Tables, codes: &[u8], groups: usize, right: &[[f64; LANES]], sums: &mut [[f64; LANES]]) {
            add_subsets_anywhere(tables, codes, groups, right, sums);
        }
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor has what the function is compiled for; its body is safe.
            return unsafe { avx512(tables, codes, groups, right, sums) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { avx2(tables, codes, groups, right, sums) };
        }
    }
    add_subsets_anywhere(tables, codes, groups, right, sums);
}

#[inline(always)]
fn add_subsets_anywhere(
    tables: &mut Tables,
    codes: &[u8],
    groups: usize,
    right: &[[f64; LANES]],
    sums: &mut [[f64; LANES]],
) {
    for (block, rows) in right.chunks(GROUP * TABLES).enumerate() {
        for (table, rows) in tables.iter_mut().zip(rows.chunks(GROUP)) {
            for (bit, row) in rows.iter().enumerate() {
                let (without, with) = table.split_at_mut(1 << bit);
                for (with, without) in with.iter_mut().zip(without.iter()) {
                    for ((with, without), value) in with.iter_mut().zip(without).zip(row) {
                        *with = without + value;
                    }
                }
            }
        }
        let used = rows.len().div_ceil(GROUP);
        for (sum, codes) in sums.iter_mut().zip(codes.chunks_exact(groups)) {
            let mut inside = *sum;
            for (table, &code) in tables[..used].iter().zip(&codes[block * TABLES..]) {
                for (inside, value) in inside.iter_mut().zip(&table[usize::from(code) % (1 << GROUP)]) {
                    *inside += value;
                }
            }
            *sum = inside;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_subsets_are_those_of_the_definition() {
        for groups in [1, 2, 15, 16, 17, 40] {
            let right: Vec<[f64; LANES]> =
                (0..groups * GROUP).map(|i| std::array::from_fn(|x| ((i * 7 + x * 13) % 31) as f64 - 9.0)).collect();
            let codes: Vec<u8> = (0..5 * groups).map(|i| (i * i * 37 % 16) as u8).collect();
            let mut tables = [[[0.0; LANES]; 1 << GROUP]; TABLES];
            let mut sums = vec![[1.0; LANES]; 5];
            add_subsets(&mut tables, &codes, groups, &right, &mut sums);
            let mut plain = vec![[1.0; LANES]; 5];
            add_subsets_anywhere(&mut tables, &codes, groups, &right, &mut plain);
            for (a, sum) in sums.iter().enumerate() {
                for x in 0..LANES {
                    let set = |i: &usize| codes[a * groups + i / GROUP] >> (i % GROUP) & 1 == 1;
                    let expected = 1.0 + (0..right.len()).filter(set).map(|i| right[i][x]).sum::<f64>();
                    assert_eq!((sum[x], plain[a][x]), (expected, expected), "{groups} {a} {x}");
                }
            }
        }
    }

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
