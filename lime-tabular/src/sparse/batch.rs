//! Rows of one pattern in a CSR matrix that is used again and again.
//!
//! The pattern of a [`CsrMatrix`] cannot be changed, its values can. All perturbed rows of one instance store the same columns,
//! so a batch gets its pattern when it is first filled, and from then on takes nothing but values. Rows of another pattern (a
//! new batch, or one that held another instance's rows) are replaced by taking the matrix apart and putting it together again,
//! with the memory it has.

use std::iter::repeat_n;
use std::ops::Range;

use lime_core::{Draw, Real};
use nalgebra::DMatrix;
use nalgebra_sparse::CsrMatrix;

use crate::{Error, SparseRow};

/// Makes a batch hold `rows` rows of `width` columns, those it has as they are.
pub(crate) fn resize<F: Real>(batch: &mut CsrMatrix<F>, rows: usize, width: usize) {
    let same = batch.ncols() == width;
    if same && batch.nrows() == rows {
        return;
    }
    let (mut offsets, mut columns, mut values) = std::mem::replace(batch, CsrMatrix::zeros(0, width)).disassemble();
    if !same {
        offsets.truncate(1);
    }
    offsets.truncate(rows + 1);
    let end = offsets.last().copied().unwrap_or_default();
    offsets.resize(rows + 1, end);
    columns.truncate(end);
    values.truncate(end);
    let made = CsrMatrix::try_from_csr_data(rows, width, offsets, columns, values);
    *batch = made.unwrap_or_else(|_| CsrMatrix::zeros(rows, width));
}

/// Puts rows in the place of others, given what each row stores: how much, which columns (rising), which values.
fn replace<F: Real>(
    batch: &mut CsrMatrix<F>,
    positions: Range<usize>,
    lengths: impl Iterator<Item = usize>,
    columns: impl Iterator<Item = usize>,
    values: impl Iterator<Item = F>,
) -> Result<(), Error> {
    let (rows, width) = (batch.nrows(), batch.ncols());
    let empty = CsrMatrix::zeros(rows, width);
    let (mut offsets, mut all_columns, mut all_values) = std::mem::replace(batch, empty).disassemble();
    let (start, before) = (offsets[positions.start], offsets[positions.end]);
    let mut end = start;
    for (offset, length) in offsets[positions.start + 1..=positions.end].iter_mut().zip(lengths) {
        end += length;
        *offset = end;
    }
    for offset in &mut offsets[positions.end + 1..] {
        *offset = *offset - before + end;
    }
    all_columns.splice(start..before, columns);
    all_values.splice(start..before, values);
    let made = CsrMatrix::try_from_csr_data(rows, width, offsets, all_columns, all_values);
    *batch = made.map_err(|source| Error::SparseFormat { message: source.to_string() })?;
    Ok(())
}

/// Whether a batch has these rows, of so many columns.
fn check<F: Real>(batch: &CsrMatrix<F>, positions: &Range<usize>, width: usize) -> Result<(), Error> {
    let (rows, columns) = (batch.nrows(), batch.ncols());
    if positions.end > rows || columns != width {
        return Err(Error::SparseBatch { rows, columns, end: positions.end, width });
    }
    Ok(())
}

/// The values of the rows at `positions`, row after row, which all store the columns of `row`.
fn values<'b, F: Real>(
    row: &SparseRow<F>,
    batch: &'b mut CsrMatrix<F>,
    positions: Range<usize>,
) -> Result<&'b mut [F], Error> {
    check(batch, &positions, row.width())?;
    let (columns, rows) = (row.columns(), positions.len());
    let stored = &batch.row_offsets()[positions.start..=positions.end];
    let start = stored[0];
    let all = start..start + rows * columns.len();
    let fits = stored.windows(2).all(|ends| ends[1] - ends[0] == columns.len())
        && batch.col_indices()[all.clone()].chunks_exact(columns.len()).all(|found| found == columns);
    if !fits {
        let again = (0..rows).flat_map(|_| columns.iter().copied());
        replace(batch, positions, repeat_n(columns.len(), rows), again, repeat_n(F::zero(), all.len()))?;
    }
    Ok(&mut batch.values_mut()[all])
}

/// Writes the rows of a draw into a batch from position `at` on: `fill` makes values of a feature's z'. Rows named by the draw
/// become `row` itself.
pub(crate) fn restore<F: Real>(
    row: &SparseRow<F>,
    draw: &Draw<F>,
    batch: &mut CsrMatrix<F>,
    at: usize,
    fill: impl Fn(usize, &[F], &mut [F]),
) -> Result<(), Error> {
    transpose(&draw.z, values(row, batch, at..at + draw.rows())?, fill);
    for &position in &draw.instance {
        instance(row, batch, at + position)?;
    }
    Ok(())
}

/// Writes the row itself.
pub(crate) fn instance<F: Real>(row: &SparseRow<F>, batch: &mut CsrMatrix<F>, at: usize) -> Result<(), Error> {
    values(row, batch, at..at + 1)?.copy_from_slice(row.values());
    Ok(())
}

/// Columns of samples to rows of values, in blocks: as many columns as fill a line of the cache, and so many rows that a block
/// stays in its first level whatever the distance of rows is.
const BLOCK: usize = 8;
const ROWS: usize = 32;

fn transpose<F: Real>(z: &DMatrix<F>, values: &mut [F], fill: impl Fn(usize, &[F], &mut [F])) {
    let (rows, features) = z.shape();
    let mut scratch = [[F::zero(); ROWS]; BLOCK];
    for start in (0..features).step_by(BLOCK) {
        let block = start..features.min(start + BLOCK);
        for first in (0..rows).step_by(ROWS) {
            let last = rows.min(first + ROWS);
            for (j, column) in block.clone().zip(&mut scratch) {
                fill(j, &z.column(j).as_slice()[first..last], &mut column[..last - first]);
            }
            let places = values[first * features..last * features].chunks_exact_mut(features);
            for (i, row) in places.enumerate() {
                for (place, column) in row[block.clone()].iter_mut().zip(&scratch) {
                    *place = column[i];
                }
            }
        }
    }
}

/// Reads the values of the columns of `row` off the rows at `positions`, whatever columns those store, and writes the z' of each.
pub(crate) fn interpret<F: Real>(
    row: &SparseRow<F>,
    names: &[String],
    batch: &CsrMatrix<F>,
    positions: Range<usize>,
    draw: &mut Draw<F>,
    read: impl Fn(usize, F) -> F,
) -> Result<(), Error> {
    if batch.ncols() != row.width() {
        return Err(Error::InputLength { expected: row.width(), found: batch.ncols() });
    }
    check(batch, &positions, row.width())?;
    for (i, position) in positions.enumerate() {
        let Some(input) = batch.get_row(position) else { continue };
        let stored = || input.col_indices().iter().copied().zip(input.values().iter().copied());
        if let Some((column, value)) = stored().find(|(_, value)| !value.is_finite()) {
            let name = row.columns().binary_search(&column).map_or_else(|_| column.to_string(), |j| names[j].clone());
            return Err(Error::InputValue { input: position, column, name, value: value.wide() });
        }
        let mut stored = stored().peekable();
        for (j, &column) in row.columns().iter().enumerate() {
            while stored.next_if(|(there, _)| *there < column).is_some() {}
            let value = stored.next_if(|(there, _)| *there == column).map_or(F::zero(), |(_, value)| value);
            draw.z[(i, j)] = read(j, value);
        }
    }
    Ok(())
}

/// Copies rows of a matrix into a batch, the first to position `at`, whatever columns they store: what a
/// [`Source`](lime_core::Source) of sparse training rows does before it reads z' off them. O(what the batch stores).
///
/// ```
/// use lime_tabular::copy_sparse_rows;
/// use lime_tabular::nalgebra_sparse::CsrMatrix;
///
/// // 1 0 0
/// // 0 2 3
/// let training = CsrMatrix::try_from_csr_data(2, 3, vec![0, 1, 3], vec![0, 1, 2], vec![1.0, 2.0, 3.0])?;
/// let mut batch = CsrMatrix::zeros(3, 3);
/// copy_sparse_rows(&training, &[1, 1], &mut batch, 1)?;
/// assert_eq!(batch.row_offsets(), [0, 0, 2, 4]);
/// assert_eq!((batch.col_indices(), batch.values()), (&[1, 2, 1, 2][..], &[2.0, 3.0, 2.0, 3.0][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::SparseNoRow`] for a row the matrix does not have; [`Error::SparseBatch`] where the batch has no such positions or another
/// number of columns.
pub fn copy_sparse_rows<F: Real>(
    from: &CsrMatrix<F>,
    rows: &[usize],
    batch: &mut CsrMatrix<F>,
    at: usize,
) -> Result<(), Error> {
    let positions = at..at.saturating_add(rows.len());
    check(batch, &positions, from.ncols())?;
    if let Some(&row) = rows.iter().find(|row| **row >= from.nrows()) {
        return Err(Error::SparseNoRow { row, rows: from.nrows() });
    }
    let stored = || rows.iter().map(|&row| from.row_offsets()[row]..from.row_offsets()[row + 1]);
    let columns = stored().flat_map(|place| from.col_indices()[place].iter().copied());
    let values = stored().flat_map(|place| from.values()[place].iter().copied());
    replace(batch, positions, stored().map(|place| place.len()), columns, values)
}
