//! What a cell of text says: that it is missing, a whole number, true or false.

use super::overrides::MISSING;

/// The words that stand for a missing cell.
#[derive(Debug, Clone)]
pub(super) struct Words {
    words: Vec<String>,
    /// Whether the user gave them: then they count in every format.
    given: bool,
    /// Whether one of them reads as a number, so that it has to be looked for before numbers are.
    pub(super) numeric: bool,
}

impl Words {
    pub(super) fn new(given: Option<&[String]>) -> Self {
        let words = given.map_or_else(|| MISSING.map(String::from).to_vec(), <[String]>::to_vec);
        let numeric = words.iter().any(|word| word.parse().is_ok_and(f64::is_finite));
        Self { words, given: given.is_some(), numeric }
    }

    /// Whether a text stands for a missing cell, in a format that has no missing cells of its own (untyped) or in one that has.
    pub(super) fn missing(&self, text: &str, untyped: bool) -> bool {
        (untyped && text.is_empty())
            || ((untyped || self.given) && self.words.iter().any(|word| word.eq_ignore_ascii_case(text)))
    }
}

/// Whether a number is written as a whole one: digits with or without a sign.
pub(super) fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What false and true are written as, in pairs.
const PAIRS: [[&str; 2]; 4] = [["false", "true"], ["no", "yes"], ["f", "t"], ["n", "y"]];

/// The pair of words that a text is of, and which of the two.
fn pair(text: &str) -> Option<(usize, usize)> {
    let word = |pair: &[&str; 2]| pair.iter().position(|word| word.eq_ignore_ascii_case(text));
    PAIRS.iter().enumerate().find_map(|(i, pair)| word(pair).map(|value| (i, value)))
}

/// False or true as 0 or 1, by any of the words for them or by the number.
pub(super) fn boolean(text: &str) -> Option<f64> {
    let number = || text.parse::<f64>().ok().filter(|&v| v == 0.0 || v == 1.0).map(|v| v + 0.0);
    pair(text).map(|(_, value)| value as f64).or_else(number)
}

/// Whether texts are false and true by one pair of words.
#[derive(Debug, Clone, Default)]
pub(super) struct Booleans {
    seen: [[bool; 2]; PAIRS.len()],
    others: bool,
}

impl Booleans {
    pub(super) fn see(&mut self, text: &str) {
        match pair(text) {
            Some((pair, value)) => self.seen[pair][value] = true,
            None => self.others = true,
        }
    }

    /// True where all texts are of one pair, and both of it occur; one is enough of "true" and "false", which mean nothing else
    /// ("F" does).
    pub(super) fn all(&self) -> bool {
        let mut pairs = self.seen.iter().enumerate().filter(|(_, seen)| seen[0] || seen[1]);
        match (pairs.next(), pairs.next()) {
            (Some((pair, seen)), None) => !self.others && (pair == 0 || (seen[0] && seen[1])),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_texts_are_booleans() {
        let all = |texts: &[&str]| {
            let mut booleans = Booleans::default();
            texts.iter().for_each(|text| booleans.see(text));
            booleans.all()
        };
        assert!(all(&["True", "false", "TRUE"]) && all(&["true"]) && all(&["Y", "n"]) && all(&["yes", "No"]));
        assert!(!all(&["F"]) && !all(&["F", "M"]) && !all(&["y", "true"]) && !all(&["0", "1"]) && !all(&[]));
        assert_eq!(
            [boolean("YES"), boolean("0"), boolean("1.0"), boolean("2")],
            [Some(1.0), Some(0.0), Some(1.0), None]
        );
    }

    #[test]
    fn which_texts_are_missing() {
        let usual = Words::new(None);
        for word in ["", "NA", "n/a", "NaN", "null", "None"] {
            assert!(usual.missing(word, true) && !usual.missing(word, false), "{word}");
        }
        assert!(!usual.missing("nil", true));
        let own = Words::new(Some(&["?".into(), "-1".into()]));
        assert!(own.missing("?", false) && own.missing("", true) && !own.missing("NA", true) && own.numeric);
    }

    #[test]
    fn whole_numbers_as_written() {
        assert!(["0", "-12", "+3", "007"].into_iter().all(is_whole));
        assert!(!["", "-", "1.0", "1e3", "1_000", "٣"].into_iter().any(is_whole));
    }
}
