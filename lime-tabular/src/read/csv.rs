//! Rows of CSV files.

use std::io::Read;

use csv::{ErrorKind, StringRecord, Trim};

use super::cells::{Cells, Chunk, Source, Texts};
use super::reader::{Reader, ReaderBuilder};
use crate::Error;

/// How many characters of a first line a message shows.
const SHOWN: usize = 60;

struct CsvSource<R> {
    table: String,
    reader: csv::Reader<R>,
    names: Vec<String>,
    wanted: Vec<bool>,
    record: StringRecord,
    rows: u64,
}

fn error(table: &str, source: csv::Error) -> Error {
    let table = table.to_string();
    let line = source.position().map_or(1, csv::Position::line);
    match source.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Error::Ragged { table, line, found: *len, expected: *expected_len }
        }
        ErrorKind::Utf8 { .. } => Error::Encoding { table, line },
        _ => Error::Unread { table, source: source.into() },
    }
}

impl<R: Read> CsvSource<R> {
    fn new(table: &str, reader: R, delimiter: u8) -> Result<Self, Error> {
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.trim(Trim::All).delimiter(delimiter).buffer_capacity(1 << 16).from_reader(reader);
        let header = reader.headers().map_err(|source| error(table, source))?.clone();
        let names: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_string()).collect();
        if names.is_empty() {
            return Err(Error::EmptyTable { table: table.into() });
        }
        // Numbers are no names, but for positions.
        let position =
            |(j, name): (usize, &String)| name.parse().is_ok_and(|number: usize| number == j || number == j + 1);
        let nameless = names.iter().all(String::is_empty)
            || (names.iter().all(|name| name.parse::<f64>().is_ok()) && !names.iter().enumerate().all(position));
        if nameless {
            let line = names.join(",").chars().take(SHOWN).collect();
            return Err(Error::NoHeader { table: table.into(), line });
        }
        if let Some((_, name)) = names.iter().enumerate().find(|(j, name)| names[..*j].contains(name)) {
            return Err(Error::TwiceNamed { name: name.clone() });
        }
        let wanted = vec![true; names.len()];
        Ok(Self { table: table.into(), reader, names, wanted, record: StringRecord::new(), rows: 0 })
    }
}

impl<R: Read + Send> Source for CsvSource<R> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn want(&mut self, wanted: &[bool]) {
        self.wanted = wanted.to_vec();
    }

    fn next(&mut self, rows: usize) -> Result<Option<Chunk>, Error> {
        let mut texts: Vec<Texts> = self.names.iter().map(|_| Texts::new(true)).collect();
        let mut lines = Vec::new();
        while lines.len() < rows {
            if !self.reader.read_record(&mut self.record).map_err(|source| error(&self.table, source))? {
                break;
            }
            lines.push(self.record.position().map_or(0, csv::Position::line));
            for ((column, cell), _) in
                texts.iter_mut().zip(&self.record).zip(&self.wanted).filter(|(_, wanted)| **wanted)
            {
                column.push(Some(cell));
            }
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let first = self.rows;
        self.rows += lines.len() as u64;
        let cells = |(texts, wanted): (Texts, &bool)| if *wanted { Cells::Texts(texts) } else { Cells::Unread };
        let columns = texts.into_iter().zip(&self.wanted).map(cells).collect();
        Ok(Some(Chunk { first, rows: lines.len(), lines, columns }))
    }
}

impl ReaderBuilder {
    /// Reads CSV: a header, then a line for each row, in UTF-8. The name of the table is for messages.
    ///
    /// # Errors
    /// [`Error::EmptyTable`], [`Error::NoHeader`], [`Error::NoRows`], [`Error::TwiceNamed`], what the overrides say of columns
    /// that there are not ([`Error::UnknownColumn`], [`Error::MissingColumn`], [`Error::NoFeatures`], [`Error::EmptyColumn`]),
    /// and those of the first rows: see [`Reader::next_block`].
    pub fn csv(self, table: &str, reader: impl Read + Send + 'static) -> Result<Reader, Error> {
        let source = CsvSource::new(table, reader, self.delimiter.unwrap_or(b','))?;
        self.start(table.into(), Box::new(source))
    }
}
