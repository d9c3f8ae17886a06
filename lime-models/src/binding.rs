//! Which columns of a batch feed which inputs of a model, and the cells as the inputs take them.

use lime_core::Real;
use nalgebra::DMatrix;

use crate::input::{Element, Input};
use crate::{ColumnSpec, Error, Extra};

/// The columns of a batch for every input, in the order of the inputs.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The names of the batch's columns, unless they are taken by place.
    names: Vec<String>,
    /// The number of columns of a batch, unless any will do.
    pub(crate) width: Option<usize>,
    /// For every input its columns; none for all there are, as they come.
    feeds: Vec<Option<Vec<Source>>>,
}

/// A column of the batch and what its numbers stand for.
#[derive(Debug)]
struct Source {
    column: usize,
    cells: Cells,
}

#[derive(Debug)]
enum Cells {
    /// Themselves.
    Numbers,
    /// The levels' numbers, and that of a missing cell.
    Values(Vec<f64>, f64),
    /// The levels, and what stands for a missing cell.
    Texts(Vec<String>, String),
}

/// The entries of one input, row by row.
#[derive(Debug)]
pub(crate) enum Entries {
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Uint8(Vec<u8>),
    Bool(Vec<bool>),
    Text(Vec<String>),
}

/// The entries of one input with its number of columns.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) width: usize,
    pub(crate) entries: Entries,
}

impl Feed {
    /// The entries of these rows.
    pub(crate) fn rows(&self, rows: impl Iterator<Item = usize>) -> Self {
        fn of<T: Clone>(entries: &[T], width: usize, rows: impl Iterator<Item = usize>) -> Vec<T> {
            rows.flat_map(|row| entries[row * width..(row + 1) * width].iter().cloned()).collect()
        }
        let entries = match &self.entries {
            Entries::Float32(entries) => Entries::Float32(of(entries, self.width, rows)),
            Entries::Float64(entries) => Entries::Float64(of(entries, self.width, rows)),
            Entries::Int32(entries) => Entries::Int32(of(entries, self.width, rows)),
            Entries::Int64(entries) => Entries::Int64(of(entries, self.width, rows)),
            Entries::Uint8(entries) => Entries::Uint8(of(entries, self.width, rows)),
            Entries::Bool(entries) => Entries::Bool(of(entries, self.width, rows)),
            Entries::Text(entries) => Entries::Text(of(entries, self.width, rows)),
        };
        Feed { width: self.width, entries }
    }
}

impl Binding {
    /// The columns as they come, for a model with one table of numbers.
    pub(crate) fn in_order(inputs: &[Input]) -> Option<Self> {
        let [input] = inputs else { return None };
        (input.element != Element::Text).then(|| Binding { names: Vec::new(), width: input.width, feeds: vec![None] })
    }

    /// The columns by name. Those that match no name are a table's, in their order: text that of an input of text, numbers
    /// that of an input of numbers. A lone table of numbers takes all columns in their order.
    pub(crate) fn by_name(inputs: &[Input], columns: &[ColumnSpec], extra: Extra) -> Result<Self, Error> {
        let names: Vec<String> = columns.iter().map(|column| column.name().into()).collect();
        let matched = matched(inputs, columns)?;
        if let (Some(binding), [None]) = (Binding::in_order(inputs), &matched[..]) {
            if binding.width.is_some_and(|width| width != columns.len()) {
                return Err(table(&inputs[0], names, IN_ORDER.into()));
            }
            return Ok(Binding { names, width: Some(columns.len()), ..binding });
        }

        let mut rest: Vec<usize> = (0..columns.len()).filter(|column| !matched.contains(&Some(*column))).collect();
        let mut feeds = Vec::new();
        for (input, found) in inputs.iter().zip(&matched) {
            let taken = match found {
                Some(column) => vec![*column],
                None if input.width == Some(1) => {
                    return Err(Error::ColumnMissing { input: input.name.clone(), columns: names });
                }
                None => {
                    let text = input.element == Element::Text;
                    let (taken, left) = rest.iter().partition(|&&column| columns[column].levels().is_some() == text);
                    rest = left;
                    taken
                }
            };
            if found.is_none() {
                check_table(input, inputs, &matched, taken.iter().map(|&column| names[column].clone()).collect())?;
            }
            let sources = taken.into_iter().map(|column| Source::new(input, &columns[column], column));
            feeds.push(Some(sources.collect::<Result<_, _>>()?));
        }
        if extra == Extra::Refuse && !rest.is_empty() {
            return Err(Error::ColumnExtra {
                columns: rest.into_iter().map(|column| names[column].clone()).collect(),
                inputs: inputs.iter().map(|input| input.name.clone()).collect(),
            });
        }
        Ok(Binding { names, width: Some(columns.len()), feeds })
    }

    /// The entries of every input for a batch, which has the columns that are bound.
    pub(crate) fn feeds<F: Real>(&self, inputs: &[Input], batch: &DMatrix<F>) -> Result<Vec<Feed>, Error> {
        let all: Vec<Source> = (0..batch.ncols()).map(|column| Source { column, cells: Cells::Numbers }).collect();
        let feed = |(input, sources): (&Input, &Option<Vec<Source>>)| {
            let sources = sources.as_ref().unwrap_or(&all);
            let cells = BatchCells { batch, sources, names: &self.names, element: input.element };
            let entries = match input.element {
                Element::Float32 => {
                    Entries::Float32(cells.numbers(|value| finite(value, (value as f32).is_finite(), value as f32))?)
                }
                Element::Float64 => Entries::Float64(cells.numbers(|value| finite(value, value.is_finite(), value))?),
                Element::Int32 => Entries::Int32(
                    cells.numbers(|value| Ok(integer(value, f64::from(i32::MIN), f64::from(i32::MAX))? as i32))?,
                ),
                // The largest number of 64-bit floats below 2^63.
                Element::Int64 => Entries::Int64(
                    cells.numbers(|value| Ok(integer(value, i64::MIN as f64, (i64::MAX - 1023) as f64)? as i64))?,
                ),
                Element::Uint8 => Entries::Uint8(cells.numbers(|value| Ok(integer(value, 0.0, 255.0)? as u8))?),
                Element::Bool => Entries::Bool(cells.numbers(truth)?),
                Element::Text => Entries::Text(cells.texts()?),
            };
            Ok(Feed { width: sources.len(), entries })
        };
        inputs.iter().zip(&self.feeds).map(feed).collect()
    }
}

/// The cells of a batch for one input.
struct BatchCells<'a, F: Real> {
    batch: &'a DMatrix<F>,
    sources: &'a [Source],
    names: &'a [String],
    element: Element,
}

impl<F: Real> BatchCells<'_, F> {
    fn numbers<T: Copy + Default>(&self, entry: impl Fn(f64) -> Result<T, &'static str>) -> Result<Vec<T>, Error> {
        self.entries(|row, source, value| {
            let number = match &source.cells {
                Cells::Values(_, missing) if value.is_nan() => *missing,
                Cells::Values(values, _) => values[self.code(row, source, value, values.len())?],
                _ => value,
            };
            entry(number).map_err(|reason| Error::Cell {
                row,
                column: self.name(source),
                value,
                element: self.element,
                reason: reason.into(),
            })
        })
    }

    fn texts(&self) -> Result<Vec<String>, Error> {
        self.entries(|row, source, value| match &source.cells {
            Cells::Texts(_, missing) if value.is_nan() => Ok(missing.clone()),
            Cells::Texts(levels, _) => Ok(levels[self.code(row, source, value, levels.len())?].clone()),
            _ => Ok(String::new()),
        })
    }

    /// The entries row by row, from the cells column by column.
    fn entries<T: Clone + Default>(
        &self,
        entry: impl Fn(usize, &Source, f64) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let width = self.sources.len();
        let mut entries = vec![T::default(); self.batch.nrows() * width];
        for (place, source) in self.sources.iter().enumerate() {
            for (row, value) in self.batch.column(source.column).iter().enumerate() {
                entries[row * width + place] = entry(row, source, value.wide())?;
            }
        }
        Ok(entries)
    }

    /// The code of a level, if it is one.
    fn code(&self, row: usize, source: &Source, value: f64, levels: usize) -> Result<usize, Error> {
        if value.fract() == 0.0 && value >= 0.0 && value < levels as f64 {
            return Ok(value as usize);
        }
        Err(Error::Code { row, column: self.name(source), value, levels })
    }

    fn name(&self, source: &Source) -> String {
        self.names.get(source.column).cloned().unwrap_or_else(|| source.column.to_string())
    }
}

fn finite<T>(value: f64, fits: bool, entry: T) -> Result<T, &'static str> {
    if fits || value.is_nan() { Ok(entry) } else { Err("it is infinite among them: scale the column or clip it") }
}

fn integer(value: f64, lowest: f64, highest: f64) -> Result<f64, &'static str> {
    let whole = value.round_ties_even();
    match whole {
        _ if whole.is_nan() => Err("they have none for a missing cell: fill the column, or export it as FLOAT"),
        _ if (lowest..=highest).contains(&whole) => Ok(whole),
        _ => Err("it is beyond them: scale the column or clip it"),
    }
}

fn truth(value: f64) -> Result<bool, &'static str> {
    match value {
        0.0 => Ok(false),
        1.0 => Ok(true),
        _ => Err("give it 0 or 1"),
    }
}

const IN_ORDER: &str = "give it the columns that the model was trained with, in their order";

fn table(input: &Input, columns: Vec<String>, way_out: String) -> Error {
    Error::Table { input: input.name.clone(), element: input.element, width: input.width, columns, way_out }
}

/// Checks that a table among the inputs gets as many columns as it has, and that they could be no other's.
fn check_table(input: &Input, inputs: &[Input], matched: &[Option<usize>], columns: Vec<String>) -> Result<(), Error> {
    let is_text = |input: &Input| input.element == Element::Text;
    let rival = inputs.iter().zip(matched).find(|(other, found)| {
        found.is_none() && other.width != Some(1) && other.name != input.name && is_text(other) == is_text(input)
    });
    match rival {
        Some((other, _)) => Err(table(
            input,
            columns,
            format!("\"{}\" could take them too; export one input for each column", other.name),
        )),
        None if columns.is_empty() || input.width.is_some_and(|width| width != columns.len()) => {
            Err(table(input, columns, IN_ORDER.into()))
        }
        None => Ok(()),
    }
}

/// The column of every input that is one of that name, or of the one name that exporters would write the same.
fn matched(inputs: &[Input], columns: &[ColumnSpec]) -> Result<Vec<Option<usize>>, Error> {
    let exact = |input: &Input| -> Vec<usize> {
        (0..columns.len()).filter(|&column| columns[column].name() == input.name).collect()
    };
    let taken: Vec<usize> = inputs.iter().flat_map(exact).collect();
    let single = |input: &&Input| input.width.is_none_or(|width| width == 1);
    let of = |input: &Input| {
        let mut found = exact(input);
        if found.is_empty() {
            let name = plain(&input.name);
            let alike = |column: &usize| !taken.contains(column) && plain(columns[*column].name()) == name;
            found = (0..columns.len()).filter(alike).collect();
            // Another input may be meant.
            let others =
                inputs.iter().filter(single).filter(|other| exact(other).is_empty() && plain(&other.name) == name);
            if others.count() > 1 {
                found.clear();
            }
        }
        match found[..] {
            [] => Ok(None),
            [column] => Ok(Some(column)),
            _ => Err(Error::ColumnAmbiguous {
                input: input.name.clone(),
                columns: found.into_iter().map(|column| columns[column].name().into()).collect(),
            }),
        }
    };
    inputs.iter().map(|input| if single(&input) { of(input) } else { Ok(None) }).collect()
}

/// A name with what exporters rewrite as one underscore: `petal length (cm)` and `petal_length__cm_` are `petal_length_cm`.
fn plain(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

impl Source {
    /// The column as this input takes it.
    fn new(input: &Input, column: &ColumnSpec, place: usize) -> Result<Self, Error> {
        let refused = |reason: String| Error::ColumnKind {
            input: input.name.clone(),
            element: input.element,
            column: column.name().into(),
            reason,
        };
        let cells = match (column.levels(), input.element) {
            (None, Element::Text) => {
                return Err(refused("holds numbers: make it one of text, with its levels".into()));
            }
            (None, _) => Cells::Numbers,
            (Some(levels), Element::Text) => {
                if let Some(level) =
                    levels.iter().map(String::as_str).chain([column.missing()]).find(|l| l.contains('\0'))
                {
                    return Err(refused(format!("has the level {level:?}, which has a zero byte: take it out")));
                }
                Cells::Texts(levels.to_vec(), column.missing().into())
            }
            (Some(levels), _) => {
                let number = |level: &String| {
                    level_value(level).ok_or_else(|| {
                        refused(format!("has the level {level:?}, which is no number: give it the columns the model was trained with"))
                    })
                };
                Cells::Values(
                    levels.iter().map(number).collect::<Result<_, _>>()?,
                    level_value(column.missing()).unwrap_or(f64::NAN),
                )
            }
        };
        Ok(Source { column: place, cells })
    }
}

/// The number that a level is written as.
fn level_value(level: &str) -> Option<f64> {
    match level.trim() {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        "" => None,
        digits => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, element: Element, width: impl Into<Option<usize>>) -> Input {
        Input { name: name.into(), element, width: width.into(), flat: false }
    }

    fn numbers(names: &[&str]) -> Vec<ColumnSpec> {
        names.iter().map(|name| ColumnSpec::number(*name)).collect()
    }

    #[test]
    fn names_match_as_exporters_rewrite_them() {
        assert_eq!(plain("petal length (cm)"), "petal_length_cm");
        assert_eq!(plain("petal_length__cm_"), "petal_length_cm");
        assert_eq!(plain("od280/od315"), "od280_od315");
        let inputs = [input("b_x", Element::Float32, 1), input("a", Element::Float32, 1)];
        assert_eq!(matched(&inputs, &numbers(&["a", "b (x)"])).unwrap(), [Some(1), Some(0)]);
        // The column of the very name comes first, and is no candidate for another.
        assert_eq!(matched(&inputs[..1], &numbers(&["b x", "b_x"])).unwrap(), [Some(1)]);
        let both = [input("b_x", Element::Float32, 1), input("b.x", Element::Float32, 1)];
        assert_eq!(matched(&both, &numbers(&["b.x", "b (x)"])).unwrap(), [Some(1), Some(0)]);
        assert_eq!(matched(&both, &numbers(&["b-x", "b x"])).unwrap(), [None, None]);
        let error = matched(&inputs, &numbers(&["b x", "b.x"])).unwrap_err().to_string();
        assert_eq!(
            error,
            "each of the columns [b x, b.x] could be the model's input \"b_x\": give one column its name"
        );
        assert!(matches!(matched(&inputs, &numbers(&["a", "a"])), Err(Error::ColumnAmbiguous { .. })));
    }

    #[test]
    fn tables_take_what_no_name_matches() {
        let inputs =
            [input("n", Element::Float32, 2), input("year", Element::Int64, 1), input("t", Element::Text, None)];
        let mut columns = numbers(&["a", "year", "b"]);
        columns.push(ColumnSpec::text("c", ["x", "y"]));
        let binding = Binding::by_name(&inputs, &columns, Extra::Refuse).unwrap();
        let batch = DMatrix::from_row_slice(2, 4, &[0.5, 2007.4, 3.0, 1.0, 1.5, 2008.0, f64::NAN, f64::NAN]);
        let feeds = binding.feeds(&inputs, &batch).unwrap();
        let Entries::Float32(n) = &feeds[0].entries else { unreachable!() };
        assert_eq!((&n[..3], n[3].is_nan()), (&[0.5, 3.0, 1.5][..], true));
        assert!(matches!(&feeds[1].entries, Entries::Int64(years) if years[..] == [2007, 2008]));
        assert!(matches!(&feeds[2].entries, Entries::Text(texts) if texts[..] == ["y", ""]));

        let short = Binding::by_name(&inputs, &columns[1..], Extra::Refuse).unwrap_err().to_string();
        assert!(short.contains("\"n\" is a table of 2 columns") && short.contains("[b]"), "{short}");
        let rivals = [input("m", Element::Float64, 2), input("n", Element::Float32, 2)];
        let error = Binding::by_name(&rivals, &numbers(&["a", "b"]), Extra::Refuse).unwrap_err().to_string();
        assert!(error.contains("\"n\" could take them too"), "{error}");
    }

    #[test]
    fn cells_that_do_not_fit_are_named() {
        let column = numbers(&["flag"]);
        let refused = |element, value: f64| {
            let inputs = [input("flag", element, 1)];
            let binding = Binding::by_name(&inputs, &column, Extra::Refuse).unwrap();
            binding
                .feeds(&inputs, &DMatrix::from_column_slice(2, 1, &[1.0, value]))
                .map(|_| ())
                .map_err(|e| e.to_string())
        };
        assert_eq!(
            refused(Element::Int64, f64::NAN).unwrap_err(),
            "the value NaN in row 1, column \"flag\" cannot become one of the model's 64-bit integers: they have none for a \
             missing cell: fill the column, or export it as FLOAT"
        );
        for (element, value) in [
            (Element::Int64, 1e19),
            (Element::Int64, 9_223_372_036_854_775_808.0),
            (Element::Int32, 2_147_483_648.0),
            (Element::Uint8, 255.6),
            (Element::Uint8, -1.0),
            (Element::Bool, 0.5),
            (Element::Bool, f64::NAN),
            (Element::Float32, 1e39),
            (Element::Float64, f64::INFINITY),
        ] {
            assert!(refused(element, value).is_err(), "{element} {value}");
        }
        for (element, value) in [
            (Element::Int64, -9_223_372_036_854_775_808.0),
            (Element::Int32, 2_147_483_647.4),
            (Element::Uint8, 255.4),
            (Element::Bool, -0.0),
            (Element::Float32, f64::NAN),
            (Element::Float64, 1e39),
        ] {
            assert_eq!(refused(element, value), Ok(()), "{element} {value}");
        }
    }

    #[test]
    fn levels_that_are_numbers_feed_numbers() {
        let year = [ColumnSpec::text("year", ["2009", " 2007.5"])];
        let inputs = [input("x", Element::Text, 1), input("year", Element::Float64, 1)];
        let binding = Binding::by_name(&inputs[1..], &year, Extra::Refuse).unwrap();
        let feeds = binding.feeds(&inputs[1..], &DMatrix::from_column_slice(2, 1, &[1.0, 0.0])).unwrap();
        assert!(matches!(&feeds[0].entries, Entries::Float64(years) if years[..] == [2007.5, 2009.0]));
        let unknown = binding.feeds(&inputs[1..], &DMatrix::from_column_slice(1, 1, &[2.0])).unwrap_err();
        assert!(matches!(unknown, Error::Code { row: 0, levels: 2, .. }), "{unknown}");

        let island = [ColumnSpec::text("year", ["Biscoe"])];
        let error = Binding::by_name(&inputs[1..], &island, Extra::Refuse).unwrap_err().to_string();
        assert!(error.contains("column \"year\" has the level \"Biscoe\", which is no number"), "{error}");
        let error = Binding::by_name(&inputs[..1], &numbers(&["x"]), Extra::Refuse).unwrap_err().to_string();
        assert!(error.contains("takes text, and the column \"x\" holds numbers"), "{error}");
    }
}
