//! The cells of one column as numbers.

use std::collections::HashMap;

use super::cells::{Cells, Chunk};
use super::infer::is_sentinel;
use super::instant::{Instant, convert};
use super::overrides::ColumnOverrides;
use super::words::{Words, boolean};
use crate::{Error, Field, Kind, TimeUnit};

/// How many of a column's levels a message names.
const NAMED: usize = 20;

/// How one column is read.
#[derive(Debug)]
pub(super) struct Codec {
    /// The column; its levels grow where they are not fixed.
    field: Field,
    codes: HashMap<String, usize>,
    levels: Vec<String>,
    /// Whether a category not known yet is added.
    grows: bool,
    format: Option<String>,
    words: Words,
    /// How many rows the kind was inferred from, if it was.
    inferred: Option<u64>,
    /// Cells that are not missing.
    present: u64,
}

impl Codec {
    pub(super) fn new(field: Field, known: Option<&ColumnOverrides>, words: &Words, inferred: Option<u64>) -> Self {
        let levels = field.kind().levels().unwrap_or_default().to_vec();
        let codes = levels.iter().enumerate().map(|(code, level)| (level.clone(), code)).collect();
        let declared = known.is_some_and(|known| known.levels.is_some());
        let grows = inferred.is_some() && !declared && !field.takes_other() && matches!(field.kind(), Kind::Levels(_));
        let format = known.and_then(|known| known.format.clone());
        let words = match known.and_then(|known| known.missing.as_deref()) {
            Some(own) => Words::new(Some(own)),
            None => words.clone(),
        };
        let inferred = inferred.filter(|_| known.is_none_or(|known| known.declared().is_none()));
        Self { field, codes, levels, grows, format, words, inferred, present: 0 }
    }

    /// What the column's values are, but for levels that were added.
    pub(super) fn kind(&self) -> &Kind {
        self.field.kind()
    }

    /// The column with the levels known now.
    pub(super) fn field(&self) -> Field {
        match self.field.kind() {
            Kind::Levels(_) => self.field.clone().with_kind(Kind::Levels(self.levels.clone())),
            _ => self.field.clone(),
        }
    }

    /// Whether every cell read so far is a category of its own, and how many there are.
    pub(super) fn all_differ(&self) -> Option<u64> {
        (self.grows && self.levels.len() as u64 == self.present).then_some(self.present)
    }

    /// How many categories are numbers and which are not, where nobody said that they are categories and most are numbers.
    pub(super) fn almost_numbers(&self) -> Option<(usize, Vec<String>)> {
        let (_, true) = (self.inferred?, self.grows) else { return None };
        let others: Vec<String> = self.levels.iter().filter(|level| level.parse::<f64>().is_err()).cloned().collect();
        let numbers = self.levels.len() - others.len();
        (numbers > others.len() && !others.is_empty()).then_some((numbers, others))
    }

    /// The numbers of a chunk's cells: missing ones are [`Field::missing`].
    pub(super) fn read(&mut self, cells: &Cells, chunk: &Chunk) -> Result<Vec<f64>, Error> {
        let mut numbers = Vec::with_capacity(chunk.rows);
        match cells {
            Cells::Unread => numbers.resize(chunk.rows, self.field.missing()),
            Cells::Texts(texts) => {
                for (i, text) in texts.iter().enumerate() {
                    numbers.push(self.text(text, texts.untyped, &|| chunk.place(i))?);
                }
            }
            Cells::Numbers { values, .. } => {
                for (i, &value) in values.iter().enumerate() {
                    numbers.push(self.number(value, &|| chunk.place(i))?);
                }
            }
            Cells::Booleans(values) => {
                let named = matches!(self.field.kind(), Kind::Levels(_) | Kind::Ordinal(_));
                for (i, &value) in values.iter().enumerate() {
                    let place = || chunk.place(i);
                    let text = if value == 0.0 { "false" } else { "true" };
                    numbers.push(match named && !value.is_nan() {
                        true => self.text(Some(text), false, &place)?,
                        false => self.number(value, &place)?,
                    });
                }
            }
            Cells::Instants { values, unit } => {
                for (i, &value) in values.iter().enumerate() {
                    let value = match self.field.kind() {
                        Kind::Instant(own) => convert(value, *unit, *own),
                        _ => value,
                    };
                    numbers.push(self.number(value, &|| chunk.place(i))?);
                }
            }
        }
        Ok(numbers)
    }

    /// The number of a text; `None` is a cell that is missing by the file's own account.
    pub(super) fn text(&mut self, text: Option<&str>, untyped: bool, place: &dyn Fn() -> String) -> Result<f64, Error> {
        let Some(text) = text else { return Ok(self.field.missing()) };
        let missing =
            |codec: &Self| codec.words.missing(text, untyped) || is_sentinel(text, Some(codec.field.missing()));
        // A level is one even where its name is a word for missing cells.
        if let Some(&code) = self.codes.get(text) {
            self.present += 1;
            return Ok(code as f64);
        }
        let number = text.parse::<f64>().ok();
        let plain = number.is_some_and(f64::is_finite) && !self.words.numeric;
        let value = match self.field.kind() {
            Kind::Continuous | Kind::Integer | Kind::Categorical if plain => number,
            _ if missing(self) => return Ok(self.field.missing()),
            Kind::Continuous | Kind::Integer | Kind::Categorical => number,
            Kind::Boolean => boolean(text),
            Kind::Levels(_) | Kind::Ordinal(_) => return self.level(text, place),
            Kind::Instant(unit) => {
                let unit = *unit;
                let instant = Instant::parse(text, self.format.as_deref()).map(|instant| instant.count(unit));
                // Without a format, a number in a column of instants counts them.
                instant.or(number.filter(|_| self.format.is_none() && self.inferred.is_none()))
            }
        };
        let fits =
            value.filter(|value| *self.field.kind() != Kind::Integer || value.fract() == 0.0 || !value.is_finite());
        match fits {
            Some(value) if value.is_finite() => {
                self.present += 1;
                Ok(value)
            }
            Some(_) => Err(Error::NotFinite { place: place(), name: self.field.name().into(), text: text.into() }),
            None => Err(self.contradiction(text, place)),
        }
    }

    /// The number of a number; NaN is a missing cell.
    fn number(&mut self, value: f64, place: &dyn Fn() -> String) -> Result<f64, Error> {
        if self.field.is_missing(value) {
            return Ok(self.field.missing());
        }
        let text = || value.to_string();
        if !value.is_finite() {
            return Err(Error::NotFinite { place: place(), name: self.field.name().into(), text: text() });
        }
        let fits = match self.field.kind() {
            Kind::Levels(_) | Kind::Ordinal(_) => return self.text(Some(&text()), false, place),
            Kind::Integer => value.fract() == 0.0,
            Kind::Boolean => value == 0.0 || value == 1.0,
            Kind::Continuous | Kind::Categorical | Kind::Instant(_) => true,
        };
        if !fits {
            return Err(self.contradiction(&text(), place));
        }
        self.present += 1;
        Ok(value)
    }

    /// The code of a category that is not known by this text.
    fn level(&mut self, text: &str, place: &dyn Fn() -> String) -> Result<f64, Error> {
        self.present += 1;
        if self.grows {
            let code = self.levels.len();
            self.levels.push(text.into());
            self.codes.insert(text.into(), code);
            return Ok(code as f64);
        }
        // The same number written otherwise: 1.0 for a level "1".
        if let Ok(value) = text.parse::<f64>()
            && let Some(code) = self.levels.iter().position(|level| level.parse() == Ok(value))
        {
            return Ok(code as f64);
        }
        if let Some(&other) = self.codes.get("other").filter(|_| self.field.takes_other()) {
            return Ok(other as f64);
        }
        let mut known = self.levels.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.levels.len() > NAMED {
            known += &format!(" and {} more", self.levels.len() - NAMED);
        }
        Err(Error::Unseen { place: place(), name: self.field.name().into(), text: text.into(), known })
    }

    fn contradiction(&self, text: &str, place: &dyn Fn() -> String) -> Error {
        let name = self.field.name();
        let (one, many) = match self.field.kind() {
            Kind::Continuous | Kind::Categorical => ("a number", "numbers"),
            Kind::Integer => ("a whole number", "whole numbers"),
            Kind::Boolean => ("true or false", "true or false"),
            Kind::Levels(_) | Kind::Ordinal(_) => ("a category", "categories"),
            Kind::Instant(TimeUnit::Days) => ("a date", "dates"),
            Kind::Instant(_) => ("a date or a time", "dates or times"),
        };
        let expected = match &self.format {
            Some(format) => format!("{one} as {format:?} writes it"),
            None => one.to_string(),
        };
        let kind = if text.parse::<f64>().is_ok() { "continuous" } else { "categorical" };
        let hint = match self.inferred {
            Some(rows) => format!(
                "the first {rows} row(s) are {many}, so declare the column, as in [columns.{name:?}] kind = {kind:?}, or \
                 name the word for missing cells: missing = [{text:?}]"
            ),
            None => {
                "its kind is declared so: correct the cell, declare another kind, or name the word for missing cells"
                    .to_string()
            }
        };
        Error::Cell { place: place(), name: name.into(), text: text.into(), expected, hint }
    }
}
