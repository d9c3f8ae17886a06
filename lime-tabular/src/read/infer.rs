//! What a column's cells tell of its kind.

use std::collections::BTreeSet;

use super::cells::Cells;
use super::instant::{Instant, finer};
use super::overrides::{ColumnOverrides, Declared};
use super::words::{Booleans, Words, is_whole};
use crate::{Error, Kind, TimeUnit};

/// What the texts of a column are, all of them.
#[derive(Debug)]
struct Seen {
    present: u64,
    whole: bool,
    numbers: bool,
    booleans: Booleans,
    instants: bool,
    /// The finest unit of those that are instants.
    unit: Option<TimeUnit>,
}

impl Seen {
    fn new() -> Self {
        let booleans = Booleans::default();
        Self { present: 0, whole: true, numbers: true, booleans, instants: true, unit: None }
    }

    fn see(&mut self, text: &str, format: Option<&str>) {
        self.present += 1;
        self.whole &= is_whole(text);
        self.numbers = self.numbers && text.parse::<f64>().is_ok();
        self.booleans.see(text);
        // A column of other texts is not looked through for dates, unless it is declared to have them.
        if self.instants || format.is_some() {
            match Instant::parse(text, format) {
                Some(instant) => self.unit = Some(self.unit.map_or(instant.unit(), |unit| finer(unit, instant.unit()))),
                None => self.instants = false,
            }
        }
    }

    fn kind(&self, levels: impl FnOnce() -> Vec<String>) -> Kind {
        match self.unit {
            _ if self.whole => Kind::Integer,
            _ if self.numbers => Kind::Continuous,
            _ if self.booleans.all() => Kind::Boolean,
            Some(unit) if self.instants => Kind::Instant(unit),
            _ => Kind::Levels(levels()),
        }
    }
}

/// Whether a text is the number that stands for a missing cell.
pub(super) fn is_sentinel(text: &str, sentinel: Option<f64>) -> bool {
    sentinel.is_some() && text.parse().ok() == sentinel
}

/// The kind of a column by the cells of its first rows, where it is not declared.
pub(super) fn kind(
    name: &str,
    known: &ColumnOverrides,
    words: &Words,
    cells: &[&Cells],
    rows: u64,
) -> Result<Kind, Error> {
    let declared = known.declared();
    match (declared, &known.levels) {
        (Some(Declared::Continuous), _) => return Ok(Kind::Continuous),
        (Some(Declared::Integer), _) => return Ok(Kind::Integer),
        (Some(Declared::Boolean), _) => return Ok(Kind::Boolean),
        (Some(Declared::Categorical), Some(levels)) => return Ok(Kind::Levels(levels.clone())),
        (Some(Declared::Ordinal), Some(levels)) => return Ok(Kind::Ordinal(levels.clone())),
        (Some(Declared::Ordinal), None) => known.check(name)?,
        _ => (),
    }
    if let (Some(Declared::Instant), Some(unit)) = (declared, known.unit) {
        return Ok(Kind::Instant(unit));
    }
    let mut seen = Seen::new();
    let mut typed = None;
    for cells in cells {
        let (kind, values) = match cells {
            Cells::Unread => continue,
            Cells::Texts(texts) => {
                for text in texts.iter().flatten() {
                    if !words.missing(text, texts.untyped) && !is_sentinel(text, known.sentinel) {
                        seen.see(text, known.format.as_deref());
                    }
                }
                continue;
            }
            Cells::Numbers { values, whole } => (if *whole { Kind::Integer } else { Kind::Continuous }, values),
            Cells::Booleans(values) => (Kind::Boolean, values),
            Cells::Instants { values, unit } => (Kind::Instant(*unit), values),
        };
        let missing = |value: &f64| value.is_nan() || known.sentinel == Some(*value);
        seen.present += values.iter().filter(|value| !missing(value)).count() as u64;
        typed = Some(kind);
    }
    // A text format may not tell numbers from texts; a typed one does, and its texts are texts.
    let is_text = cells.iter().any(|cells| matches!(cells, Cells::Texts(texts) if !texts.untyped));
    let levels = || {
        let mut levels = BTreeSet::new();
        for cells in cells {
            if let Cells::Texts(texts) = cells {
                let present = texts
                    .iter()
                    .flatten()
                    .filter(|text| !words.missing(text, texts.untyped) && !is_sentinel(text, known.sentinel));
                for text in present {
                    if !levels.contains(text) {
                        levels.insert(text.to_string());
                    }
                }
            }
        }
        levels.into_iter().collect()
    };
    match (declared, typed) {
        (Some(Declared::Instant), Some(Kind::Instant(unit))) => Ok(Kind::Instant(unit)),
        (Some(Declared::Instant), _) => Ok(Kind::Instant(seen.unit.unwrap_or_default())),
        (Some(_), Some(Kind::Boolean)) => Ok(Kind::Levels(["false", "true"].map(String::from).to_vec())),
        (Some(_), Some(_)) => Ok(Kind::Categorical),
        (Some(_), None) if seen.numbers && !is_text && seen.present > 0 => Ok(Kind::Categorical),
        (Some(_), None) => Ok(Kind::Levels(levels())),
        (None, _) if seen.present == 0 => Err(Error::EmptyColumn { name: name.into(), rows }),
        (None, Some(kind)) => Ok(kind),
        (None, None) if is_text => Ok(Kind::Levels(levels())),
        (None, None) => Ok(seen.kind(levels)),
    }
}
