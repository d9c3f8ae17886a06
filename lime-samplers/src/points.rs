//! Points of the unit cube as samples of a space.

use std::ops::Range;

use lime_core::{Draw, Real, Space, Stream, TILE};

use crate::columns::Columns;

/// Fills a draw with the samples that points of the unit cube stand for: `coordinate(j, rows, u)` writes coordinate `j` of the
/// points `rows`, which lie in one tile, as uniforms in the open interval (0, 1).
pub(crate) fn fill<F: Real>(
    space: &Space<F>,
    rows: Range<usize>,
    draw: &mut Draw<F>,
    mut coordinate: impl FnMut(usize, Range<usize>, &mut [F]),
) {
    let mut columns = Columns::of(draw);
    let mut u = [F::zero(); TILE];
    for (j, law) in space.laws().iter().enumerate() {
        let mut row = rows.start;
        while row < rows.end {
            let end = row + (TILE - row % TILE).min(rows.end - row);
            let u = &mut u[..end - row];
            coordinate(j, row..end, u);
            let (z, noise) = columns.at(j, row - rows.start..end - rows.start);
            law.invert(u, z, noise);
            row = end;
        }
    }
}

/// The uniforms that random words stand for.
#[inline(always)]
pub(crate) fn units<F: Real>(words: &[u32], u: &mut [F]) {
    for (u, &word) in u.iter_mut().zip(words) {
        *u = F::unit(word);
    }
}

/// A number from 0 to 1 as a uniform of the data's type: inside the open interval, where every quantile is finite.
#[inline(always)]
pub(crate) fn inside<F: Real>(u: f64) -> F {
    let (u, first, last) = (F::of(u), F::unit(0), F::below_one());
    let u = if u < last { u } else { last };
    if u > first { u } else { first }
}

/// `N` random words for each of the columns: what randomises a column as a whole. They are the words that the [`Stream`] of
/// this seed has for the last rows of the first 2^32, where no samples are.
pub(crate) fn keys<const N: usize>(seed: u64, columns: usize) -> Vec<[u32; N]> {
    let mut keys = vec![[0; N]; columns];
    let end = u32::MAX as usize;
    Stream::new(seed).words(end - N..end, 0..columns, |j, rows, words| keys[j][rows].copy_from_slice(words));
    keys
}

/// Two words as one.
pub(crate) fn join([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}
