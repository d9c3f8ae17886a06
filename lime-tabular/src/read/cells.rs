//! The cells of some rows, as a file's format has them.

use crate::{Error, TimeUnit};

/// Where rows come from: one format's reader.
pub(super) trait Source: Send {
    /// The columns' names, in the file's order.
    fn names(&self) -> &[String];

    /// Says which columns will be looked at, before the first rows are asked for. The others may be [`Cells::Unread`].
    fn want(&mut self, wanted: &[bool]);

    /// The next rows, at most so many, at least one; `None` where there are no more.
    fn next(&mut self, rows: usize) -> Result<Option<Chunk>, Error>;
}

/// Some rows, by columns in the file's order.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The number of the first row.
    pub(super) first: u64,
    /// How many rows.
    pub(super) rows: usize,
    /// The line that each row begins in, from 1, where the file has lines.
    pub(super) lines: Vec<u64>,
    pub(super) columns: Vec<Cells>,
}

impl Chunk {
    /// How to call a row in a message.
    pub(super) fn place(&self, i: usize) -> String {
        match self.lines.get(i) {
            Some(line) => format!("line {line}"),
            None => format!("row {}", self.first + i as u64),
        }
    }
}

/// The cells of a column in some rows. In numbers, NaN is a missing cell.
#[derive(Debug)]
pub(super) enum Cells {
    /// Nobody asked for them.
    Unread,
    Texts(Texts),
    Numbers {
        values: Vec<f64>,
        /// Whether the column's type has whole numbers only.
        whole: bool,
    },
    /// 0 and 1.
    Booleans(Vec<f64>),
    Instants {
        values: Vec<f64>,
        unit: TimeUnit,
    },
}

/// Texts one after another.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: String,
    ends: Vec<usize>,
    /// Whether a cell is missing by the file's own account.
    null: Vec<bool>,
    /// Whether the file has no such account, so that words stand for missing cells.
    pub(super) untyped: bool,
}

impl Texts {
    /// No texts yet, of a format in which words stand for missing cells or not.
    pub(super) fn new(untyped: bool) -> Self {
        Self { untyped, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: Option<&str>) {
        self.bytes.push_str(text.unwrap_or_default());
        self.ends.push(self.bytes.len());
        self.null.push(text.is_none());
    }

    /// The texts in order, `None` where the file says that the cell is missing.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let texts = starts.zip(&self.ends).map(|(&start, &end)| self.bytes.get(start..end).unwrap_or_default());
        texts.zip(&self.null).map(|(text, &null)| (!null).then_some(text))
    }

    pub(super) fn get(&self, i: usize) -> Option<&str> {
        let start = i.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        if *self.null.get(i)? { None } else { self.bytes.get(start..*self.ends.get(i)?) }
    }
}
