//! Rows of Parquet files.

use std::fs::File;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::arrow::{ArrowSource, names};
use super::cells::{Chunk, Source};
use super::reader::{Reader, ReaderBuilder};
use crate::Error;

struct ParquetSource {
    table: String,
    names: Vec<String>,
    wanted: Vec<bool>,
    batch_rows: usize,
    /// The file, before its columns are chosen.
    file: Option<Box<ParquetRecordBatchReaderBuilder<File>>>,
    /// The file's batches, after that.
    batches: Option<ArrowSource<ParquetRecordBatchReader>>,
}

impl Source for ParquetSource {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn want(&mut self, wanted: &[bool]) {
        self.wanted = wanted.to_vec();
    }

    fn next(&mut self, rows: usize) -> Result<Option<Chunk>, Error> {
        if let Some(file) = self.file.take() {
            let wanted = self.wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(column, _)| column);
            let mask = ProjectionMask::roots(file.parquet_schema(), wanted);
            let reader = file.with_projection(mask).with_batch_size(self.batch_rows).build();
            let fail = |source| Error::Unread { table: self.table.clone(), source };
            let reader = reader.map_err(|source| fail(source.into()))?;
            let source = ArrowSource::with_names(&self.table, reader, self.names.clone());
            self.batches.insert(source).want(&self.wanted);
        }
        self.batches.as_mut().map_or(Ok(None), |batches| batches.next(rows))
    }
}

impl ReaderBuilder {
    /// Reads a Parquet file: only the columns that are used. The name of the table is for messages.
    ///
    /// # Errors
    /// [`Error::Unread`], and those of [`batches`](Self::batches).
    pub fn parquet(self, table: &str, file: File) -> Result<Reader, Error> {
        let fail = |source| Error::Unread { table: table.into(), source };
        if file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            return Err(Error::EmptyTable { table: table.into() });
        }
        let builder = ParquetRecordBatchReaderBuilder::try_new(file);
        let file = Box::new(builder.map_err(|source| fail(source.into()))?);
        let names = names(file.schema())?;
        let (wanted, batch_rows) = (vec![true; names.len()], self.block_rows);
        let source = ParquetSource { table: table.into(), names, wanted, batch_rows, file: Some(file), batches: None };
        self.start(table.into(), Box::new(source))
    }
}
