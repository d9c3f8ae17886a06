//! Rows of Arrow record batches.

use std::io::{Read, Seek};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};

use super::cells::{Cells, Chunk, Source, Texts};
use super::reader::{Reader, ReaderBuilder};
use crate::{Error, TimeUnit};

pub(super) struct ArrowSource<R> {
    table: String,
    reader: R,
    names: Vec<String>,
    wanted: Vec<bool>,
    /// What is left of the last batch.
    rest: Option<RecordBatch>,
    rows: u64,
}

/// The names of columns, each once.
pub(super) fn names(schema: &arrow_schema::Schema) -> Result<Vec<String>, Error> {
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    match names.iter().enumerate().find(|(j, name)| names[..*j].contains(name)) {
        Some((_, name)) => Err(Error::TwiceNamed { name: name.clone() }),
        None => Ok(names),
    }
}

impl<R: RecordBatchReader + Send> ArrowSource<R> {
    /// The batches of a table, of whose columns (by these names) they may have some only.
    pub(super) fn with_names(table: &str, reader: R, names: Vec<String>) -> Self {
        let wanted = vec![true; names.len()];
        Self { table: table.into(), reader, names, wanted, rest: None, rows: 0 }
    }
}

impl<R: RecordBatchReader + Send> Source for ArrowSource<R> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn want(&mut self, wanted: &[bool]) {
        self.wanted = wanted.to_vec();
    }

    fn next(&mut self, rows: usize) -> Result<Option<Chunk>, Error> {
        let batch = loop {
            match self.rest.take() {
                Some(batch) if batch.num_rows() > 0 => break batch,
                _ => match self.reader.next() {
                    None => return Ok(None),
                    Some(batch) => {
                        let fail = |source| Error::Unread { table: self.table.clone(), source };
                        self.rest = Some(batch.map_err(|source| fail(source.into()))?);
                    }
                },
            }
        };
        let now = batch.slice(0, rows.min(batch.num_rows()));
        let left = batch.num_rows() - now.num_rows();
        self.rest = (left > 0).then(|| batch.slice(now.num_rows(), left));
        let chunk = chunk(&now, self.rows, &self.names, &self.wanted)?;
        self.rows += now.num_rows() as u64;
        Ok(Some(chunk))
    }
}

/// A batch as cells.
fn chunk(batch: &RecordBatch, first: u64, names: &[String], wanted: &[bool]) -> Result<Chunk, Error> {
    let columns = names.iter().zip(wanted).map(|(name, wanted)| match batch.column_by_name(name) {
        Some(array) if *wanted => cells(name, array),
        _ => Ok(Cells::Unread),
    });
    let columns = columns.collect::<Result<Vec<Cells>, Error>>()?;
    Ok(Chunk { first, rows: batch.num_rows(), lines: Vec::new(), columns })
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array, number: impl Fn(T::Native) -> f64) -> Vec<f64> {
    array.as_primitive::<T>().iter().map(|value| value.map_or(f64::NAN, &number)).collect()
}

fn texts<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Cells {
    let mut texts = Texts::new(false);
    cells.for_each(|text| texts.push(text));
    Cells::Texts(texts)
}

/// The cells of an array.
fn cells(name: &str, array: &dyn Array) -> Result<Cells, Error> {
    let whole = |values| Cells::Numbers { values, whole: true };
    let number = |values| Cells::Numbers { values, whole: false };
    let decimal = |values, scale: &i8| Cells::Numbers { values, whole: *scale <= 0 };
    let instant = |values, unit| Cells::Instants { values, unit };
    Ok(match array.data_type() {
        DataType::Null => texts((0..array.len()).map(|_| None)),
        DataType::Boolean => {
            let value = |value: Option<bool>| value.map_or(f64::NAN, |value| f64::from(u8::from(value)));
            Cells::Booleans(array.as_boolean().iter().map(value).collect())
        }
        DataType::Int8 => whole(values::<Int8Type>(array, f64::from)),
        DataType::Int16 => whole(values::<Int16Type>(array, f64::from)),
        DataType::Int32 => whole(values::<Int32Type>(array, f64::from)),
        DataType::Int64 => whole(values::<Int64Type>(array, |value| value as f64)),
        DataType::UInt8 => whole(values::<UInt8Type>(array, f64::from)),
        DataType::UInt16 => whole(values::<UInt16Type>(array, f64::from)),
        DataType::UInt32 => whole(values::<UInt32Type>(array, f64::from)),
        DataType::UInt64 => whole(values::<UInt64Type>(array, |value| value as f64)),
        DataType::Float16 => number(values::<Float16Type>(array, |value| value.to_f64())),
        DataType::Float32 => number(values::<Float32Type>(array, f64::from)),
        DataType::Float64 => number(values::<Float64Type>(array, |value| value)),
        DataType::Decimal32(_, scale) => decimal(values::<Decimal32Type>(array, |v| scaled(v, *scale)), scale),
        DataType::Decimal64(_, scale) => decimal(values::<Decimal64Type>(array, |v| scaled(v, *scale)), scale),
        DataType::Decimal128(_, scale) => decimal(values::<Decimal128Type>(array, |v| scaled(v, *scale)), scale),
        DataType::Date32 => instant(values::<Date32Type>(array, f64::from), TimeUnit::Days),
        DataType::Date64 => instant(values::<Date64Type>(array, |v| v as f64), TimeUnit::Milliseconds),
        DataType::Timestamp(unit, _) => match unit {
            ArrowUnit::Second => instant(values::<TimestampSecondType>(array, |v| v as f64), TimeUnit::Seconds),
            ArrowUnit::Millisecond => {
                instant(values::<TimestampMillisecondType>(array, |v| v as f64), TimeUnit::Milliseconds)
            }
            ArrowUnit::Microsecond => {
                instant(values::<TimestampMicrosecondType>(array, |v| v as f64), TimeUnit::Microseconds)
            }
            ArrowUnit::Nanosecond => {
                instant(values::<TimestampNanosecondType>(array, |v| v as f64), TimeUnit::Nanoseconds)
            }
        },
        DataType::Utf8 => texts(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array.as_string_view().iter()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let keys = dictionary.normalized_keys();
            let null = |i: usize| dictionary.keys().is_null(i);
            match cells(name, dictionary.values())? {
                // An empty dictionary has no values: all keys are null.
                Cells::Texts(values) => {
                    texts(keys.iter().enumerate().map(|(i, &key)| if null(i) { None } else { values.get(key) }))
                }
                values => take(values, keys.iter().enumerate().map(|(i, &key)| (!null(i)).then_some(key))),
            }
        }
        other => return Err(Error::ColumnType { name: name.into(), found: other.to_string() }),
    })
}

/// The values of a dictionary at its keys.
fn take(cells: Cells, keys: impl Iterator<Item = Option<usize>>) -> Cells {
    let at = |values: Vec<f64>| {
        keys.map(|key| key.and_then(|key| values.get(key).copied()).unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    };
    match cells {
        Cells::Numbers { values, whole } => Cells::Numbers { values: at(values), whole },
        Cells::Booleans(values) => Cells::Booleans(at(values)),
        Cells::Instants { values, unit } => Cells::Instants { values: at(values), unit },
        cells @ (Cells::Texts(_) | Cells::Unread) => cells,
    }
}

/// The f64 nearest to a decimal.
fn scaled(value: impl std::fmt::Display, scale: i8) -> f64 {
    format!("{value}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN)
}

impl ReaderBuilder {
    /// Reads record batches. The name of the table is for messages.
    ///
    /// # Errors
    /// As in `csv`, and [`Error::ColumnType`] for a column that cannot be made numbers and is not dropped.
    pub fn batches(self, table: &str, batches: impl RecordBatchReader + Send + 'static) -> Result<Reader, Error> {
        let names = names(&batches.schema())?;
        let source = ArrowSource::with_names(table, batches, names);
        self.start(table.into(), Box::new(source))
    }

    /// Reads an Arrow IPC file (.arrow, .feather of version 2) or stream, told apart by how they begin. The name of the table is
    /// for messages.
    ///
    /// # Errors
    /// [`Error::Unread`], and those of [`batches`](Self::batches).
    pub fn arrow(self, table: &str, mut reader: impl Read + Seek + Send + 'static) -> Result<Reader, Error> {
        let fail = |source| Error::Unread { table: table.into(), source };
        let mut magic = Vec::new();
        reader.by_ref().take(6).read_to_end(&mut magic).map_err(|source| fail(source.into()))?;
        if magic.is_empty() {
            return Err(Error::EmptyTable { table: table.into() });
        }
        reader.rewind().map_err(|source| fail(source.into()))?;
        if magic == b"ARROW1" {
            let reader = FileReader::try_new_buffered(reader, None).map_err(|source| fail(source.into()))?;
            self.batches(table, reader)
        } else {
            let reader = StreamReader::try_new_buffered(reader, None).map_err(|source| fail(source.into()))?;
            self.batches(table, reader)
        }
    }
}
