//! Points of the unit cube as samples of a space.

use std::ops::Range;

use lime_core::{Draw, Real, Space, Stream, TILE};

/// Fills a draw with the samples that points of the unit cube stand for: `coordinate(j, rows, u)` writes coordinate `j` of the
/// points `rows`, which lie in one tile, as uniforms in the open interval (0, 1).
pub(crate) fn fill<F: Real>(
    space: &Space<F>,
    rows: Range<usize>,
    draw: &mut Draw<F>,
    mut coordinate: impl FnMut(usize, Range<usize>, &mut [F]),
) {
    let count = rows.len();
    let noisy = draw.noise.ncols() > 0;
    let (z, noise) = (draw.z.as_mut_slice(), draw.noise.as_mut_slice());
    let mut u = [F::zero(); TILE];
    for (j, law) in space.laws().iter().enumerate() {
        let mut row = rows.start;
        while row < rows.end {
            let end = row + (TILE - row % TILE).min(rows.end - row);
            let u = &mut u[..end - row];
            coordinate(j, row..end, u);
            let column = j * count + (row - rows.start)..j * count + (end - rows.start);
            let noise = if noisy { &mut noise[column.clone()] } else { &mut [] };
            law.invert(u, &mut z[column], noise);
            row = end;
        }
    }
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
