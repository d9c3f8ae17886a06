//! A table read once, in blocks of rows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use nalgebra::DMatrix;

use super::cells::{Cells, Chunk, Source};
use super::codec::Codec;
use super::infer;
use super::one_hot::OneHotDetector;
use super::overrides::{ColumnOverrides, OneHots, Overrides};
use super::row::RowParser;
use super::words::Words;
use crate::{Error, Kind, Schema};

/// How many classes of the label are told at most: one with more of them is taken as a number.
const CLASSES: usize = 4096;
/// How many cells that all differ make a column of texts look like an identifier.
const IDENTIFIERS: u64 = 10;

/// Some rows of a table, as columns of numbers: codes of levels, counts of instants, 0 and 1 for false and true, and
/// [`Field::missing`](crate::Field::missing) for missing cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    first: u64,
    rows: usize,
    columns: Vec<Vec<f64>>,
    labels: Option<Vec<Option<String>>>,
}

impl Block {
    /// The number of the first row, from 0 without the header.
    pub fn first_row(&self) -> u64 {
        self.first
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in the schema's order, a value for each row.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// A row, from 0 within the block.
    pub fn row(&self, row: usize) -> Option<Vec<f64>> {
        self.columns.iter().map(|column| column.get(row).copied()).collect()
    }

    /// The label of each row as it is written, `None` where it is missing; nothing at all where the table has no label.
    pub fn labels(&self) -> Option<&[Option<String>]> {
        self.labels.as_deref()
    }

    /// The numbers as a matrix, (rows, columns).
    pub fn to_matrix(&self) -> DMatrix<f64> {
        DMatrix::from_iterator(self.rows, self.columns.len(), self.columns.iter().flatten().copied())
    }
}

/// Something about a table that its user may not know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A column of texts in which every cell is different: probably an identifier, which tells nothing of other rows.
    Identifier {
        /// The column.
        column: String,
        /// How many different texts it has.
        texts: u64,
    },
    /// A column of categories most of which are numbers: probably one of numbers, of which a few cells are written otherwise. A model that
    /// takes numbers would be asked about the categories' codes.
    AlmostNumbers {
        /// The column.
        column: String,
        /// How many of its categories are numbers.
        numbers: usize,
        /// Those that are not.
        others: Vec<String>,
    },
    /// A column that the schema does not have, which was left out.
    Ignored {
        /// The column.
        column: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Note::Identifier { column, texts } => write!(
                f,
                "the column {column:?} has {texts} texts and all are different: if they are identifiers, drop it"
            ),
            Note::AlmostNumbers { column, numbers, others } => {
                let shown: Vec<String> = others.iter().take(3).map(|text| format!("{text:?}")).collect();
                let more = if others.len() > shown.len() { ", ..." } else { "" };
                write!(
                    f,
                    "the column {column:?} is taken for categories, of which {numbers} are numbers and {} not ({}{more}): if these stand for missing cells, say so (missing = [...]); if they are mistakes, declare the column (kind = \"continuous\") to be told their lines",
                    others.len(),
                    shown.join(", ")
                )
            }
            Note::Ignored { column } => write!(f, "the column {column:?} is not in the schema and was left out"),
        }
    }
}

/// Settings of a [`Reader`].
///
/// | setting | default |
/// |---|---|
/// | [`overrides`](Self::overrides) | none |
/// | [`schema`](Self::schema) | inferred |
/// | [`sample_rows`](Self::sample_rows) | 10,000 |
/// | [`block_rows`](Self::block_rows) | 4,096 |
/// | [`keep`](Self::keep) | no rows |
/// | [`delimiter`](Self::delimiter) (of CSV) | `,`; a tab for `.tsv` |
#[derive(Debug, Clone)]
pub struct ReaderBuilder {
    overrides: Overrides,
    schema: Option<Schema>,
    sample_rows: usize,
    pub(super) block_rows: usize,
    keep: BTreeSet<u64>,
    pub(super) delimiter: Option<u8>,
}

impl ReaderBuilder {
    /// What is known of the columns.
    #[must_use]
    pub fn overrides(self, overrides: Overrides) -> Self {
        Self { overrides, ..self }
    }

    /// The columns, as learned from another table: they are found by their names, in whatever order, and others are left out.
    /// Levels are fixed. Of the overrides, only the label, the words for missing cells and formats still count; the label may
    /// be absent.
    #[must_use]
    pub fn schema(self, schema: Schema) -> Self {
        Self { schema: Some(schema), ..self }
    }

    /// How many rows are looked at to infer the kinds of columns that are not declared, and held in memory for that. Levels
    /// found in them are in sorted order, levels found later follow in order of appearance; `usize::MAX` sorts all.
    #[must_use]
    pub fn sample_rows(self, rows: usize) -> Self {
        Self { sample_rows: rows.max(1), ..self }
    }

    /// How many rows a block has at most.
    #[must_use]
    pub fn block_rows(self, rows: usize) -> Self {
        Self { block_rows: rows.max(1), ..self }
    }

    /// Rows to keep while the table is read, by their numbers, from 0 without the header: see [`Reader::row`].
    #[must_use]
    pub fn keep(mut self, rows: impl IntoIterator<Item = u64>) -> Self {
        self.keep.extend(rows);
        self
    }

    /// What separates the cells of a CSV file.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter: Some(delimiter), ..self }
    }

    pub(super) fn start(self, table: String, mut source: Box<dyn Source>) -> Result<Reader, Error> {
        let names = source.names().to_vec();
        let label = self.overrides.label.as_ref().and_then(|label| names.iter().position(|name| name == label));
        let (features, ignored) = match &self.schema {
            Some(schema) => given(schema, &self.overrides, &names, &table)?,
            None => {
                self.overrides.check(&names)?;
                let feature = |j: &usize| Some(*j) != label && !self.overrides.drop.contains(&names[*j]);
                ((0..names.len()).filter(feature).collect(), Vec::new())
            }
        };
        if features.is_empty() {
            return Err(Error::NoFeatures { table });
        }
        let wanted: Vec<bool> = (0..names.len()).map(|j| Some(j) == label || features.contains(&j)).collect();
        source.want(&wanted);

        let sample = if self.schema.is_some() { self.block_rows } else { self.sample_rows };
        let mut chunks = Vec::new();
        let mut rows = 0;
        while let Some(left) = sample.checked_sub(rows).filter(|left| *left > 0) {
            let Some(chunk) = source.next(self.block_rows.min(left))? else { break };
            rows += chunk.rows;
            chunks.push(chunk);
        }
        if rows == 0 {
            return Err(Error::NoRows { table });
        }

        let words = Words::new(self.overrides.missing.as_deref());
        let mut codecs = Vec::with_capacity(features.len());
        for (k, &column) in features.iter().enumerate() {
            let name = &names[column];
            let known = self.overrides.columns.get(name);
            let (field, inferred) = match self.schema.as_ref().and_then(|schema| schema.fields().get(k)) {
                Some(field) => (field.clone(), None),
                None => {
                    let cells: Vec<&Cells> = chunks.iter().filter_map(|chunk| chunk.columns.get(column)).collect();
                    let unknown = ColumnOverrides::default();
                    let known = known.unwrap_or(&unknown);
                    let own = known.missing.as_deref().map(|own| Words::new(Some(own)));
                    let kind = infer::kind(name, known, own.as_ref().unwrap_or(&words), &cells, rows as u64)?;
                    (known.field(name, kind)?, Some(rows as u64))
                }
            };
            codecs.push(Codec::new(field, known, &words, inferred));
        }
        let groups = match (&self.schema, &self.overrides.one_hot) {
            (Some(schema), _) => Groups::Given(schema.groups().to_vec()),
            (None, OneHots::Given(groups)) => Groups::Given(groups.clone()),
            (None, OneHots::Off) => Groups::Given(Vec::new()),
            (None, OneHots::Auto) => Groups::Found(OneHotDetector::new(features.iter().map(|&j| names[j].clone()))),
        };
        let mut reader = Reader {
            table,
            source,
            features,
            label,
            codecs,
            groups,
            schema: Schema::new([])?,
            words,
            overrides: self.overrides,
            classes: Some(BTreeSet::new()),
            ignored,
            ready: VecDeque::new(),
            block_rows: self.block_rows,
            rows: 0,
            keep: self.keep,
            kept: BTreeMap::new(),
            done: false,
        };
        for chunk in chunks {
            let block = reader.decode(&chunk)?;
            reader.ready.push_back(block);
        }
        reader.refresh()?;
        Ok(reader)
    }
}

/// The columns of a given schema in a file, and the columns that it does not have.
fn given(
    schema: &Schema,
    overrides: &Overrides,
    names: &[String],
    table: &str,
) -> Result<(Vec<usize>, Vec<String>), Error> {
    overrides.check_columns()?;
    let mut features = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if overrides.label.as_deref() == Some(field.name()) {
            return Err(Error::TwoRoles { name: field.name().into(), first: "label", second: "the schema" });
        }
        let position = names.iter().position(|name| name == field.name());
        let missing = || Error::MissingColumn {
            table: format!("the table {table}"),
            name: field.name().into(),
            known: names.to_vec(),
        };
        features.push(position.ok_or_else(missing)?);
    }
    let extra = |name: &&String| schema.position(name).is_none() && overrides.label.as_ref() != Some(name);
    Ok((features, names.iter().filter(extra).cloned().collect()))
}

/// The one-hot groups of a table.
#[derive(Debug)]
enum Groups {
    Given(Vec<crate::OneHot>),
    Found(OneHotDetector),
}

/// A table read once from a file, block by block: an iterator over [`Block`]s of columns of numbers.
///
/// The first rows ([`ReaderBuilder::sample_rows`]) tell what the columns are, where [`Overrides`] or a [`Schema`] do not:
///
/// | cells | kind |
/// |---|---|
/// | whole numbers, written without a decimal point or an exponent; integer types | [`Kind::Integer`](crate::Kind::Integer) |
/// | other numbers; floating point and decimal types | [`Kind::Continuous`](crate::Kind::Continuous) |
/// | true and false, yes and no, t and f, y and n, in any case; boolean types | [`Kind::Boolean`](crate::Kind::Boolean) |
/// | dates and times of ISO 8601 and RFC 3339; date and timestamp types | [`Kind::Instant`](crate::Kind::Instant) |
/// | other texts; all texts and dictionaries of formats with types | [`Kind::Levels`](crate::Kind::Levels) |
///
/// Times without an offset are taken as UTC. Whole numbers beyond 2^53 are rounded to f64. Spaces around the cells of a CSV
/// file are no part of them. Missing cells are empty ones and [`MISSING`](crate::MISSING) words in CSV, nulls and NaN in Arrow
/// and Parquet.
///
/// A later cell that contradicts the kind is an error with its line. New categories get the next codes. Memory is that of the
/// sample and of one block, and of the names of levels; one-hot detection adds what [`OneHotDetector`] says.
///
/// ```
/// # #[cfg(feature = "csv")] {
/// use lime_tabular::{Kind, Overrides, Reader};
///
/// let csv = "age,sex,color_red,color_blue,y\n31,f,1,0,yes\n44,m,0,1,no\nNA,f,1,0,yes\n";
/// let mut reader = Reader::builder().overrides(Overrides::new().label("y")).keep([1]).csv("people", csv.as_bytes())?;
/// let block = reader.next_block()?.ok_or("no rows")?;
/// assert_eq!(block.columns()[1], [0.0, 1.0, 0.0]);
/// assert!(block.columns()[0][2].is_nan());
/// assert!(reader.next_block()?.is_none());
///
/// let schema = reader.schema();
/// assert_eq!(schema.fields()[0].kind(), &Kind::Integer);
/// assert_eq!(schema.fields()[1].kind().levels(), Some(&["f".to_string(), "m".to_string()][..]));
/// assert_eq!(schema.groups()[0].name, "color");
/// assert_eq!(reader.classes(), ["no", "yes"]);
/// assert_eq!(reader.row(1)?, [44.0, 1.0, 0.0, 1.0]);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader {
    table: String,
    source: Box<dyn Source>,
    /// The features' positions in the file.
    features: Vec<usize>,
    label: Option<usize>,
    codecs: Vec<Codec>,
    groups: Groups,
    schema: Schema,
    words: Words,
    overrides: Overrides,
    classes: Option<BTreeSet<String>>,
    ignored: Vec<String>,
    ready: VecDeque<Block>,
    block_rows: usize,
    /// How many rows were read.
    rows: u64,
    keep: BTreeSet<u64>,
    kept: BTreeMap<u64, Vec<f64>>,
    done: bool,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut out = f.debug_struct("Reader");
        out.field("table", &self.table).field("schema", &self.schema).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Reader {
    /// Settings, to be followed by what is opened: [`ReaderBuilder::open`] a file by its name, or a reader of one format.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder {
            overrides: Overrides::default(),
            schema: None,
            sample_rows: 10_000,
            block_rows: 4096,
            keep: BTreeSet::new(),
            delimiter: None,
        }
    }

    /// The next block of rows; `None` where there are no more. After an error there are none.
    ///
    /// # Errors
    /// [`Error::Cell`], [`Error::NotFinite`], [`Error::Unseen`], [`Error::Ragged`], [`Error::Encoding`], [`Error::Unread`], with
    /// the line or the row.
    pub fn next_block(&mut self) -> Result<Option<Block>, Error> {
        if let Some(block) = self.ready.pop_front() {
            return Ok(Some(block));
        }
        if self.done {
            return Ok(None);
        }
        self.done = true;
        match self.source.next(self.block_rows)? {
            Some(chunk) => {
                let block = self.decode(&chunk)?;
                self.done = false;
                Ok(Some(block))
            }
            None => {
                self.refresh()?;
                Ok(None)
            }
        }
    }

    /// All rows that were not read yet as one matrix, (rows, columns).
    ///
    /// # Errors
    /// Those of [`next_block`](Self::next_block).
    pub fn read_matrix(&mut self) -> Result<DMatrix<f64>, Error> {
        let mut columns = vec![Vec::new(); self.features.len()];
        while let Some(block) = self.next_block()? {
            for (column, more) in columns.iter_mut().zip(&block.columns) {
                column.extend_from_slice(more);
            }
        }
        let rows = columns.first().map_or(0, Vec::len);
        Ok(DMatrix::from_iterator(rows, columns.len(), columns.into_iter().flatten()))
    }

    /// The columns: as the first rows tell, and, once all rows are read, with all levels, and without the one-hot groups that
    /// a later row contradicts.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many rows were read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The label's column, where there is one.
    pub fn label(&self) -> Option<&str> {
        self.label.and(self.overrides.label.as_deref())
    }

    /// The label's values in the rows read so far, each once: in order of number where all are numbers, else of text. Empty for
    /// a label with more than 4,096.
    pub fn classes(&self) -> Vec<String> {
        let mut classes: Vec<String> = self.classes.iter().flatten().cloned().collect();
        let numbers: Option<Vec<f64>> = classes.iter().map(|class| class.parse().ok()).collect();
        if let Some(numbers) = numbers {
            let mut pairs: Vec<(f64, String)> = numbers.into_iter().zip(classes).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            pairs.dedup_by(|a, b| a.0 == b.0);
            classes = pairs.into_iter().map(|(_, class)| class).collect();
        }
        classes
    }

    /// The columns of the file that a given schema does not have.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// What the user may want to know about the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        let identifiers = self.codecs.iter().filter_map(|codec| {
            let column = || codec.field().name().into();
            if let Some((numbers, others)) = codec.almost_numbers() {
                return Some(Note::AlmostNumbers { column: column(), numbers, others });
            }
            let texts = codec.all_differ().filter(|texts| *texts >= IDENTIFIERS)?;
            Some(Note::Identifier { column: column(), texts })
        });
        let ignored = self.ignored.iter().map(|column| Note::Ignored { column: column.clone() });
        identifiers.chain(ignored).collect()
    }

    /// A row that [`ReaderBuilder::keep`] named, once it was read.
    ///
    /// # Errors
    /// [`Error::NoRow`] for one that is not in the rows read so far, [`Error::NotKept`] for one that was not named.
    pub fn row(&self, row: u64) -> Result<&[f64], Error> {
        let missing = || if row < self.rows { Error::NotKept { row } } else { Error::NoRow { row, rows: self.rows } };
        self.kept.get(&row).map(Vec::as_slice).ok_or_else(missing)
    }

    /// What is known of the columns, given and inferred, to be written with `to_toml`, looked at and edited: see
    /// [`Overrides::with_schema`].
    pub fn known(&self) -> Overrides {
        self.overrides.clone().with_schema(&self.schema)
    }

    /// A parser of rows that are not in the file, by this table's schema and overrides.
    pub fn parser(&self) -> RowParser {
        RowParser::new(&self.schema, &self.overrides)
    }

    /// The numbers of a chunk.
    fn decode(&mut self, chunk: &Chunk) -> Result<Block, Error> {
        let mut columns = Vec::with_capacity(self.features.len());
        for (codec, &column) in self.codecs.iter_mut().zip(&self.features) {
            columns.push(codec.read(chunk.columns.get(column).unwrap_or(&Cells::Unread), chunk)?);
        }
        if let Groups::Found(detector) = &mut self.groups {
            // Codes of texts, counts of instants and declared categories are no one-hot columns, whatever their numbers.
            let number = |codec: &Codec| matches!(codec.kind(), Kind::Continuous | Kind::Integer | Kind::Boolean);
            let candidates = self.codecs.iter().zip(&columns);
            let candidates = candidates.map(|(codec, column)| if number(codec) { column.as_slice() } else { &[] });
            detector.absorb(&candidates.collect::<Vec<_>>());
        }
        let labels = self.label.and_then(|label| chunk.columns.get(label)).map(|cells| self.labels(cells, chunk.rows));
        if let (Some(classes), Some(labels)) = (&mut self.classes, &labels) {
            for label in labels.iter().flatten() {
                if !classes.contains(label) {
                    classes.insert(label.clone());
                }
            }
            if classes.len() > CLASSES {
                self.classes = None;
            }
        }
        for &row in self.keep.range(chunk.first..chunk.first + chunk.rows as u64) {
            let at = usize::try_from(row - chunk.first).unwrap_or(usize::MAX);
            self.kept.insert(row, columns.iter().filter_map(|column| column.get(at).copied()).collect());
        }
        self.rows += chunk.rows as u64;
        Ok(Block { first: chunk.first, rows: chunk.rows, columns, labels })
    }

    /// The labels of a chunk as texts.
    fn labels(&self, cells: &Cells, rows: usize) -> Vec<Option<String>> {
        let number = |value: &f64| (!value.is_nan()).then(|| value.to_string());
        match cells {
            Cells::Unread => vec![None; rows],
            Cells::Texts(texts) => {
                let present = |text: &&str| !self.words.missing(text, texts.untyped);
                texts.iter().map(|text| text.filter(present).map(String::from)).collect()
            }
            Cells::Numbers { values, .. } | Cells::Instants { values, .. } => values.iter().map(number).collect(),
            Cells::Booleans(values) => {
                let text = |value: &f64| (!value.is_nan()).then(|| (*value == 1.0).to_string());
                values.iter().map(text).collect()
            }
        }
    }

    /// The schema by what is known now.
    fn refresh(&mut self) -> Result<(), Error> {
        let schema = Schema::new(self.codecs.iter().map(Codec::field))?;
        let groups = match &self.groups {
            Groups::Given(groups) => groups.clone(),
            Groups::Found(detector) => detector.groups(),
        };
        self.schema = groups.into_iter().try_fold(schema, Schema::one_hot)?;
        Ok(())
    }
}

impl Iterator for Reader {
    type Item = Result<Block, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_block().transpose()
    }
}
