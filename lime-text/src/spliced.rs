//! Samples of a text, put together from the text itself and the text with everything hidden.

use std::ops::Range;

/// A text and the same with all of its units hidden: a sample goes along one while units are shown and along the other while they are
/// hidden, so that a run of either is one copy.
#[derive(Debug, Clone)]
pub(crate) struct Spliced {
    /// The text, and a block behind it.
    shown: Vec<u8>,
    /// The text with each unit hidden, and a block behind it.
    hidden: Vec<u8>,
    /// Where each unit starts and ends in the one, and in the other.
    places: Vec<[Range<usize>; 2]>,
    /// The bytes that the longest sample needs, and a block.
    room: usize,
}

/// The bytes that are copied at once where a piece is no longer: most are.
const BLOCK: usize = 32;

/// The bits of a word.
pub(crate) const WORD: usize = u64::BITS as usize;

impl Spliced {
    /// A text whose units, in ascending order, stand at these places, and what stands for each where it is hidden.
    pub(crate) fn new(text: &str, units: &[Range<usize>], masks: &[String]) -> Self {
        let (mut hidden, mut places, mut from) = (String::new(), Vec::with_capacity(units.len()), 0);
        for (unit, mask) in units.iter().zip(masks) {
            hidden.push_str(&text[from..unit.start]);
            let start = hidden.len();
            hidden.push_str(mask);
            places.push([unit.clone(), start..hidden.len()]);
            from = unit.end;
        }
        hidden.push_str(&text[from..]);
        let room = text.len() + hidden.len() + BLOCK;
        let padded = |text: &str| [text.as_bytes(), &[0; BLOCK]].concat();
        Self { shown: padded(text), hidden: padded(&hidden), places, room }
    }

    /// Writes the sample in which the units are hidden whose bits are set, the first unit the lowest bit of the first word, in place of
    /// what `out` holds. Bits beyond the units are not set.
    pub(crate) fn write(&self, words: impl Iterator<Item = u64>, out: &mut String) {
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.resize(self.room, 0);
        // Where the text goes on, how much is written, and the first unit of the run of hidden ones at hand.
        let (mut from, mut end, mut run) = (0, 0, None);
        let mut hide = |first: usize, last: usize| {
            let (first, last) = (&self.places[first], &self.places[last]);
            end = put(&self.shown, from..first[0].start, &mut bytes, end);
            end = put(&self.hidden, first[1].start..last[1].end, &mut bytes, end);
            from = last[0].end;
        };
        let mut before = 0;
        for (index, word) in words.enumerate() {
            // A bit for each unit that is hidden and the one before it not, or the other way round.
            let mut changes = word ^ (word << 1 | before);
            before = word >> (WORD - 1);
            while changes != 0 {
                let unit = WORD * index + changes.trailing_zeros() as usize;
                changes &= changes - 1;
                run = match run {
                    None => Some(unit),
                    Some(first) => {
                        hide(first, unit - 1);
                        None
                    }
                };
            }
        }
        if let Some(first) = run {
            hide(first, self.places.len() - 1);
        }
        end = put(&self.shown, from..self.shown.len() - BLOCK, &mut bytes, end);
        bytes.truncate(end);
        // Units begin and end between characters, so that nothing is ever replaced.
        *out = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }
}

/// Writes a piece of `from` at a place of `out`, and gives the place behind it.
#[inline]
fn put(from: &[u8], piece: Range<usize>, out: &mut [u8], at: usize) -> usize {
    let end = at + piece.len();
    if piece.len() <= BLOCK {
        out[at..at + BLOCK].copy_from_slice(&from[piece.start..piece.start + BLOCK]);
    } else {
        out[at..end].copy_from_slice(&from[piece]);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All samples of a text of 70 units, but a few thousand of them, against hiding unit by unit.
    #[test]
    fn runs_are_what_hiding_each_unit_gives() {
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
