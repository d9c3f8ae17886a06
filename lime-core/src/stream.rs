//! Random words as a function of (seed, row, column).

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::TILE;

/// The source of randomness behind every sampler: a 32-bit word for each (seed, row, column), whatever order the rows are
/// asked in and however they are cut into ranges.
///
/// Rows lie in tiles of [`TILE`] = 256. Tile `t` is stream `t` of ChaCha8 under the seed, and column `j` of a tile starts at
/// word `256 j` of that stream; so a range of rows is a seek, not a replay, and a whole tile is one run of the generator.
///
/// ```
/// use lime_core::Stream;
///
/// let stream = Stream::new(7);
/// let mut whole = vec![0; 600];
/// stream.words(0..600, 0..1, |_, rows, words| whole[rows].copy_from_slice(words));
/// let mut part = vec![0; 100];
/// stream.words(250..350, 0..1, |_, rows, words| part[rows].copy_from_slice(words));
/// assert_eq!(part, whole[250..350]);
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream of words under a seed. Every `u64` is a valid seed.
    pub fn new(seed: u64) -> Self {
        Self { generator: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Calls `visit(column, rows, words)` for every column and every piece of a tile in the range, tile by tile.
    ///
    /// `rows` counts from the start of the range, so it indexes the caller's own buffer; `words` has as many entries.
    pub fn words(&self, rows: Range<usize>, columns: Range<usize>, mut visit: impl FnMut(usize, Range<usize>, &[u32])) {
        let mut bytes = [0u8; 4 * TILE];
        let mut words = [0u32; TILE];
        let mut row = rows.start;
        while row < rows.end {
            let tile = row / TILE;
            let inside = row % TILE;
            let count = (TILE - inside).min(rows.end - row);
            let mut generator = self.generator.clone();
            generator.set_stream(tile as u64);
            let mut position = 0;
            for column in columns.clone() {
                let wanted = (column * TILE + inside) as u128;
                if position != wanted || column == columns.start {
                    generator.set_word_pos(wanted);
                }
                position = wanted + count as u128;
                generator.fill_bytes(&mut bytes[..4 * count]);
                for (word, chunk) in words[..count].iter_mut().zip(bytes.chunks_exact(4)) {
                    *word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
                }
                let from = row - rows.start;
                visit(column, from..from + count, &words[..count]);
            }
            row += count;
        }
    }

    /// A generator of its own for one row, for samplers that draw an unknown number of words. Rows do not overlap: row `i`
    /// is stream `2^63 + i`, apart from all tiles.
    pub fn row(&self, row: usize) -> ChaCha8Rng {
        let mut generator = self.generator.clone();
        generator.set_stream((1 << 63) | row as u64);
        generator.set_word_pos(0);
        generator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_split_of_rows_gives_the_same_words() {
        let stream = Stream::new(3);
        let columns = 3;
        let gather = |cuts: &[usize]| {
            let mut all = vec![Vec::new(); columns];
            for pair in cuts.windows(2) {
                stream.words(pair[0]..pair[1], 0..columns, |j, _, words| all[j].extend_from_slice(words));
            }
            all
        };
        let whole = gather(&[0, 1000]);
        assert_eq!(whole, gather(&[0, 1, 255, 256, 257, 511, 700, 1000]));
        assert_ne!(whole[0], whole[1]);
        assert_ne!(whole[0][..256], whole[0][256..512]);
    }

    #[test]
    fn a_column_does_not_depend_on_the_columns_asked_for() {
        let stream = Stream::new(11);
        let mut all = vec![Vec::new(); 4];
        stream.words(10..300, 0..4, |j, _, words| all[j].extend_from_slice(words));
        let mut third = Vec::new();
        stream.words(10..300, 2..3, |_, _, words| third.extend_from_slice(words));
        assert_eq!(third, all[2]);
    }

    /// A change of these values changes every explanation ever published with a seed.
    #[test]
    fn values_are_stable() {
        let mut words = Vec::new();
        Stream::new(0).words(255..258, 0..2, |_, _, piece| words.extend_from_slice(piece));
        let again: Vec<u32> = [(0, 255), (0, 511), (1, 0), (1, 1), (1, 256), (1, 257)]
            .iter()
            .map(|&(tile, position)| {
                let mut generator = ChaCha8Rng::seed_from_u64(0);
                generator.set_stream(tile);
                generator.set_word_pos(position);
                generator.next_u32()
            })
            .collect();
        assert_eq!(words, again);
    }
}
