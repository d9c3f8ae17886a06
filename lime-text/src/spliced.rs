//! Samples of a text, put together from its units and what stands for them where they are hidden.

use std::mem;
use std::ops::Range;

use lime_core::{Vectorised, on_widest_vectors};

/// A text cut into blocks of a few bytes, each in all its versions: with every subset of its units hidden.
///
/// A sample is one version after the other, and each block is copied whole, of which only the length of its version counts: so the copy
/// has neither a branch nor a length that depends on the sample, which nothing could predict.
#[derive(Debug, Clone)]
pub(crate) struct Spliced {
    /// What is before the first unit.
    start: String,
    blocks: Vec<Block>,
    /// How many blocks the units of each word of bits have.
    counts: Vec<usize>,
    /// The bytes that the longest sample needs, and a block.
    room: usize,
}

/// Some units and the text behind each, up to the next; or, of a unit that is longer than a block, a part.
#[derive(Debug, Clone)]
#[repr(align(32))]
struct Block {
    /// By the bits of its units, the first the lowest.
    bytes: [[u8; BLOCK]; 1 << UNITS],
    lengths: [u8; 1 << UNITS],
    /// The first unit's bit in its word.
    bit: u8,
    /// As many ones as there are units.
    subsets: u8,
}

/// The bytes that are copied at once: a few words and the spaces behind them mostly have fewer.
const BLOCK: usize = 32;

/// The units of a block at most.
const UNITS: usize = 3;

/// The bits of a word.
pub(crate) const WORD: usize = u64::BITS as usize;

/// A unit and the text behind it, shown and hidden.
struct Piece {
    versions: [String; 2],
}

impl Piece {
    fn longer(&self) -> usize {
        self.versions.iter().map(String::len).max().unwrap_or(0)
    }
}

impl Block {
    /// Bytes `from` on, as many as a block has, of every version of these pieces.
    fn new(pieces: &[Piece], bit: usize, from: usize) -> Self {
        let mut block = Self {
            bytes: [[0; BLOCK]; 1 << UNITS],
            lengths: [0; 1 << UNITS],
            bit: (bit % WORD) as u8,
            subsets: (1 << pieces.len()) - 1,
        };
        for (hidden, (bytes, length)) in block.bytes.iter_mut().zip(&mut block.lengths).enumerate() {
            let version =
                pieces.iter().enumerate().flat_map(|(unit, piece)| piece.versions[hidden >> unit & 1].bytes());
            for (to, byte) in bytes.iter_mut().zip(version.skip(from)) {
                *to = byte;
                *length += 1;
            }
        }
        block
    }
}

impl Spliced {
    /// A text whose units, in ascending order, stand at these places, and what stands for each where it is hidden.
    pub(crate) fn new(text: &str, units: &[Range<usize>], masks: &[String]) -> Self {
        let start = text[..units.first().map_or(text.len(), |unit| unit.start)].to_string();
        let (mut blocks, mut counts) = (Vec::with_capacity(units.len().div_ceil(UNITS)), Vec::new());
        let ends = units.iter().skip(1).map(|next| next.start).chain([text.len()]);
        let pieces: Vec<Piece> = units
            .iter()
            .zip(masks)
            .zip(ends)
            .map(|((unit, mask), end)| {
                let behind = &text[unit.end..end];
                Piece { versions: [[&text[unit.clone()], behind].concat(), [mask, behind].concat()] }
            })
            .collect();
        let mut room = start.len() + BLOCK;
        for pieces in pieces.chunks(WORD) {
            let (before, mut bit) = (blocks.len(), 0);
            while let Some(first) = pieces.get(bit) {
                let mut longest = first.longer();
                let mut count = 1;
                while let Some(next) = pieces.get(bit + count).map(Piece::longer)
                    && count < UNITS
                    && longest + next <= BLOCK
                {
                    longest += next;
                    count += 1;
                }
                let together = &pieces[bit..bit + count];
                blocks.extend((0..longest).step_by(BLOCK).map(|from| Block::new(together, bit, from)));
                room += longest;
                bit += count;
            }
            counts.push(blocks.len() - before);
        }
        Self { start, blocks, counts, room }
    }

    /// The samples in which the units are hidden whose bits are set, the first unit the lowest bit of the first word, in place of what
    /// each of `out` holds. Word k of sample i is `words[k * out.len() + i]`.
    pub(crate) fn write(&self, words: &[u64], out: &mut [String]) {
        if !out.is_empty() {
            on_widest_vectors(Samples { text: self, words, out });
        }
    }
}

struct Samples<'a> {
    text: &'a Spliced,
    words: &'a [u64],
    out: &'a mut [String],
}

impl Vectorised for Samples<'_> {
    #[inline(always)]
    fn run(self) {
        let Spliced { start, blocks, counts, room } = self.text;
        let samples = self.out.len();
        for (sample, out) in self.out.iter_mut().enumerate() {
            let mut bytes = mem::take(out).into_bytes();
            bytes.resize(*room, 0);
            bytes[..start.len()].copy_from_slice(start.as_bytes());
            let (mut end, mut left) = (start.len(), &blocks[..]);
            for (word, &count) in self.words.iter().skip(sample).step_by(samples).zip(counts) {
                let (blocks, rest) = left.split_at(count);
                left = rest;
                for block in blocks {
                    let hidden = (word >> (block.bit & 63)) as usize & (usize::from(block.subsets) % (1 << UNITS));
                    bytes[end..end + BLOCK].copy_from_slice(&block.bytes[hidden]);
                    end += usize::from(block.lengths[hidden]);
                }
            }
            bytes.truncate(end);
            // Units begin and end between characters, so that nothing is ever replaced.
            *out =
                String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All samples of a text of 70 units, but a few thousand of them, against hiding unit by unit.
    #[test]
    fn samples_are_what_hiding_each_unit_gives() {
        let mut text = String::from("¡");
        let (mut units, mut masks) = (Vec::new(), Vec::new());
        for unit in 0..70 {
            let start = text.len();
            text.push_str(&"é".repeat(unit % 5 + usize::from(unit == 33) * 40));
            units.push(start..text.len());
            masks.push(["", "_", "MASKED"][unit % 3].to_string());
            text.push_str([" ", "", ", — "][unit % 3]);
        }
        let spliced = Spliced::new(&text, &units, &masks);
        let mut state = 1_u64;
        let mut out = "what was here before, and longer than any sample: ".repeat(60);
        for sample in 0..3000 {
            let mut word = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Runs of all lengths.
                if sample % 3 == 0 { state ^ state << 7 } else { (state >> 5 | state >> 6 | state) & state >> 9 }
            };
            let words = match sample {
                0 => [0, 0],
                1 => [u64::MAX, 63],
                _ => [word(), word() & 63],
            };
            let (mut expected, mut from) = (String::new(), 0);
            for (unit, place) in units.iter().enumerate() {
                expected.push_str(&text[from..place.start]);
                let hidden = words[unit / 64] >> (unit % 64) & 1 == 1;
                expected.push_str(if hidden { &masks[unit] } else { &text[place.clone()] });
                from = place.end;
            }
            expected.push_str(&text[from..]);
            spliced.write(&words, std::slice::from_mut(&mut out));
            assert_eq!(out, expected);
        }
    }
}
