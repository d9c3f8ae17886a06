//! One row, given by names and texts.

use super::codec::Codec;
use super::overrides::Overrides;
use super::words::Words;
use crate::{Error, Schema};

/// Reads rows that are in no file, by a schema.
///
/// ```
/// use lime_tabular::{Field, Kind, Overrides, RowParser, Schema};
/// let sex = Kind::Levels(vec!["f".into(), "m".into()]);
/// let schema = Schema::new([Field::new("age", Kind::Integer), Field::new("sex", sex)])?;
/// let mut parser = RowParser::new(&schema, &Overrides::new());
/// assert_eq!(parser.parse([("sex", "m"), ("age", "44")])?, [44.0, 1.0]);
/// assert!(parser.parse([("sex", "m")]).is_err());
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug)]
pub struct RowParser {
    codecs: Vec<Codec>,
    names: Vec<String>,
}

impl RowParser {
    /// A parser of rows with the columns of a schema. Of the overrides, the words for missing cells and formats count.
    pub fn new(schema: &Schema, overrides: &Overrides) -> Self {
        let words = Words::new(overrides.missing.as_deref());
        let codec = |field: &crate::Field| Codec::new(field.clone(), overrides.of(field.name()), &words, None);
        let names = schema.fields().iter().map(|field| field.name().to_string()).collect();
        Self { codecs: schema.fields().iter().map(codec).collect(), names }
    }

    /// The numbers of a row, in the schema's order, from the names of its columns and the texts of its cells in any order. Cells
    /// are read as those of a CSV file are.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnknownColumn`], [`Error::TwiceNamed`], and those of a cell.
    pub fn parse<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<f64>, Error> {
        let mut texts: Vec<Option<&str>> = vec![None; self.codecs.len()];
        for (name, text) in cells {
            let column = self.names.iter().position(|known| known == name);
            match column.and_then(|column| texts.get_mut(column)) {
                None => {
                    let (name, place) = (name.into(), "the row".into());
                    return Err(Error::UnknownColumn { name, place, known: self.names.clone() });
                }
                Some(Some(_)) => return Err(Error::TwiceNamed { name: name.into() }),
                Some(slot) => *slot = Some(text.trim()),
            }
        }
        let given: Vec<String> =
            self.names.iter().zip(&texts).filter(|(_, text)| text.is_some()).map(|(name, _)| name.clone()).collect();
        let mut row = Vec::with_capacity(texts.len());
        for ((codec, name), text) in self.codecs.iter_mut().zip(&self.names).zip(&texts) {
            let Some(text) = text else {
                return Err(Error::MissingColumn { table: "the row".into(), name: name.clone(), known: given });
            };
            row.push(codec.text(Some(text), true, &|| "the row".into())?);
        }
        Ok(row)
    }
}
