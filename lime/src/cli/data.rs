//! A table from a file: the row to explain, and what there is to learn from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use lime::nalgebra::DMatrix;
use lime::tabular::{ColumnOverrides, Declared, Note, Overrides, Reader, ReaderBuilder, Schema, Summary};

use super::args::{Missing, TabularArgs};
use super::error::CliError;
use super::output;

/// Tables with more values than this are summarised as they pass by: 128 MiB of numbers.
const MOST_VALUES: usize = 1 << 24;
/// How many values of a column its summary keeps before it goes over to a sketch.
const KEPT: usize = 1 << 14;

/// The file, read.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) schema: Schema,
    /// The row to explain.
    pub(crate) row: Vec<f64>,
    pub(crate) training: Training,
    /// The class of each training row, by its position among `classes`; `None` where a row has none, or where rows are not
    /// kept.
    pub(crate) row_classes: Option<Vec<usize>>,
    /// The name of the label's column.
    pub(crate) label: Option<String>,
    /// The label's values in sorted order, each once.
    pub(crate) classes: Vec<String>,
    pub(crate) overrides: Overrides,
}

/// What there is to learn from.
#[derive(Debug)]
pub(crate) enum Training {
    Rows(DMatrix<f64>),
    Summaries(Vec<Summary>),
}

/// What the arguments and the schema's file say of the columns.
pub(crate) fn overrides(args: &TabularArgs) -> Result<Overrides, CliError> {
    let mut known = match &args.schema {
        None => Overrides::new(),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|source| CliError::File { path: path.clone(), source })?;
            Overrides::from_toml(&text)
                .map_err(|source| CliError::Schema { path: path.clone(), source: Box::new(source) })?
        }
    };
    if let Some(label) = &args.label {
        known = known.label(label);
    }
    known = known.drop(args.drop.iter().cloned());
    for name in &args.categorical {
        let column = known.of(name).cloned().unwrap_or_else(ColumnOverrides::new);
        known = known.column(name, column.kind(Declared::Categorical));
    }
    Ok(known)
}

/// Opens a file by its ending; one without is a CSV file.
fn open(builder: ReaderBuilder, path: &Path) -> Result<Reader, CliError> {
    let reader = match path.extension() {
        Some(_) => builder.open(path),
        None => {
            let file = File::open(path).map_err(|source| CliError::File { path: path.into(), source })?;
            builder.csv(&path.display().to_string(), file)
        }
    };
    Ok(reader?)
}

/// Where a row stands in its file.
fn position(row: usize) -> u64 {
    u64::try_from(row).unwrap_or(u64::MAX)
}

/// Says what the user may not know of the file.
fn tell(reader: &Reader) {
    for note in reader.notes() {
        // Of extra columns the schema's user knows.
        if !matches!(note, Note::Ignored { .. }) {
            output::complain("note", &note);
        }
    }
}

/// A row of a table whose columns are known.
pub(crate) fn read_row(args: &TabularArgs, schema: &Schema) -> Result<Vec<f64>, CliError> {
    let builder = Reader::builder().overrides(overrides(args)?).schema(schema.clone()).keep([position(args.row)]);
    let mut reader = open(builder, &args.data)?;
    while reader.rows() <= position(args.row) && reader.next_block()?.is_some() {}
    Ok(reader.row(position(args.row))?.to_vec())
}

impl Data {
    /// Reads the table that the arguments name.
    pub(crate) fn read(args: &TabularArgs) -> Result<Self, CliError> {
        let overrides = overrides(args)?;
        let builder = Reader::builder().overrides(overrides.clone()).keep([position(args.row)]);
        let mut reader = open(builder, &args.data)?;
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); reader.schema().fields().len()];
        let mut summaries: Option<Vec<Summary>> = None;
        let mut labels = Vec::new();
        let mut left_out = 0;
        while let Some(block) = reader.next_block()? {
            let fields = reader.schema().fields();
            let whole = |row: &usize| {
                let cells = block.columns().iter().zip(fields);
                args.missing == Missing::Level
                    || cells.into_iter().all(|(column, field)| !field.is_missing(column[*row]))
            };
            let rows: Vec<usize> = (0..block.rows()).filter(whole).collect();
            left_out += block.rows() - rows.len();
            match &mut summaries {
                Some(summaries) => {
                    for (summary, column) in summaries.iter_mut().zip(block.columns()) {
                        summary.absorb(&rows.iter().map(|&row| column[row]).collect::<Vec<f64>>());
                    }
                }
                None => {
                    for (column, more) in columns.iter_mut().zip(block.columns()) {
                        column.extend(rows.iter().map(|&row| more[row]));
                    }
                    let given = block.labels().unwrap_or_default();
                    labels.extend(rows.iter().filter_map(|&row| given.get(row)).cloned());
                    if columns.len() * columns.first().map_or(0, Vec::len) > MOST_VALUES {
                        let so_far = fields.iter().zip(&columns).map(|(field, column)| {
                            let mut summary = Summary::new(KEPT).sentinel(field.missing());
                            summary.absorb(column);
                            summary
                        });
                        summaries = Some(so_far.collect());
                        (columns, labels) = (Vec::new(), Vec::new());
                    }
                }
            }
        }
        let row = reader.row(position(args.row))?.to_vec();
        tell(&reader);
        if left_out > 0 {
            let rows = reader.rows();
            let message =
                format!("{left_out} of {rows} rows have missing cells and are left out of the training statistics");
            output::complain("note", &message);
        }
        let training = match summaries {
            Some(summaries) => Training::Summaries(summaries),
            None => {
                let (rows, width) = (columns.first().map_or(0, Vec::len), columns.len());
                if rows < 2 {
                    return Err(CliError::TooFewRows { rows });
                }
                Training::Rows(DMatrix::from_iterator(rows, width, columns.into_iter().flatten()))
            }
        };
        let schema = reader.schema().clone();
        for group in schema.groups() {
            let (name, columns) = (&group.name, group.columns.join(", "));
            output::complain("note", &format!("the columns {columns} are taken as the one-hot code of {name:?}"));
        }
        let classes = reader.classes();
        let row_classes = number(&labels);
        Ok(Self { schema, row, training, row_classes, label: reader.label().map(String::from), classes, overrides })
    }
}

/// Labels as numbers; `None` where one is missing.
fn number(labels: &[Option<String>]) -> Option<Vec<usize>> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut known = Vec::with_capacity(labels.len());
    for label in labels {
        let next = numbers.len();
        known.push(*numbers.entry(label.as_deref()?).or_insert(next));
    }
    Some(known).filter(|known| !known.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_numbered_as_they_come() {
        let labels = |texts: &[Option<&str>]| texts.iter().map(|text| text.map(String::from)).collect::<Vec<_>>();
        assert_eq!(number(&labels(&[Some("b"), Some("a"), Some("b")])), Some(vec![0, 1, 0]));
        assert_eq!(number(&labels(&[Some("b"), None])), None);
        assert_eq!(number(&[]), None);
    }
}
