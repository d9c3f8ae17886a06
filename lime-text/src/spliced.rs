//! Samples of a text, put together from its units and what stands for them where they are hidden.

use std::ops::Range;

/// A text cut into blocks of a few bytes, each in two versions: as it is, and with its unit hidden.
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

/// A part of a unit and of the text behind it, up to the next.
#[derive(Debug, Clone)]
struct Block {
    /// With the unit shown, and hidden.
    bytes: [[u8; BLOCK]; 2],
    lengths: [u8; 2],
    /// The unit's bit in its word.
    bit: u8,
}

/// The bytes that are copied at once: a word and the space behind it mostly have fewer.
const BLOCK: usize = 16;

/// The bits of a word.
pub(crate) const WORD: usize = u64::BITS as usize;

impl Spliced {
    /// A text whose units, in ascending order, stand at these places, and what stands for each where it is hidden.
    pub(crate) fn new(text: &str, units: &[Range<usize>], masks: &[String]) -> Self {
        let start = text[..units.first().map_or(text.len(), |unit| unit.start)].to_string();
        let (mut blocks, mut counts) = (Vec::with_capacity(units.len()), vec![0; units.len().div_ceil(WORD)]);
        let mut room = start.len() + BLOCK;
        for (index, (unit, mask)) in units.iter().zip(masks).enumerate() {
            let behind = &text[unit.end..units.get(index + 1).map_or(text.len(), |next| next.start)];
            let shown = [&text[unit.clone()], behind].concat();
            let hidden = [mask, behind].concat();
            let longer = shown.len().max(hidden.len());
            room += longer;
            for from in (0..longer).step_by(BLOCK) {
                let mut block = Block { bytes: [[0; BLOCK]; 2], lengths: [0; 2], bit: (index % WORD) as u8 };
                for ((bytes, length), version) in block.bytes.iter_mut().zip(&mut block.lengths).zip([&shown, &hidden])
                {
                    let part = version.as_bytes().get(from..).unwrap_or_default();
                    let part = &part[..part.len().min(BLOCK)];
                    bytes[..part.len()].copy_from_slice(part);
                    *length = part.len() as u8;
                }
                blocks.push(block);
                counts[index / WORD] += 1;
            }
        }
        Self { start, blocks, counts, room }
    }

    /// Writes the sample in which the units are hidden whose bits are set, the first unit the lowest bit of the first word, in place of
    /// what `out` holds.
    pub(crate) fn write(&self, words: impl Iterator<Item = u64>, out: &mut String) {
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.resize(self.room, 0);
        bytes[..self.start.len()].copy_from_slice(self.start.as_bytes());
        let (mut end, mut left) = (self.start.len(), &self.blocks[..]);
        for (word, &count) in words.zip(&self.counts) {
            let (blocks, rest) = left.split_at(count);
            left = rest;
            for block in blocks {
                let hidden = (word >> (block.bit & 63) & 1) as usize;
                bytes[end..end + BLOCK].copy_from_slice(&block.bytes[hidden]);
                end += usize::from(block.lengths[hidden]);
            }
        }
        bytes.truncate(end);
        // Units begin and end between characters, so that nothing is ever replaced.
        *out = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
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
        let mut out = String::from("what was here before");
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
            spliced.write(words.into_iter(), &mut out);
            assert_eq!(out, expected);
        }
    }
}
