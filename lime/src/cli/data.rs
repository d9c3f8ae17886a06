//! A CSV file as a table of numbers.

use std::path::Path;

use lime::nalgebra::DMatrix;

use super::args::TabularArgs;
use super::error::CliError;

/// A column of the file that is a feature.
#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: String,
    /// The values, one a row of the file; `None` where the cell is missing. Categories of text are their codes.
    values: Vec<Option<f64>>,
    pub(crate) kind: Kind,
}

/// What a column's values are.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Numbers.
    Continuous,
    /// Numbers that are categories.
    Categories,
    /// Texts, by their codes: the categories in sorted order.
    Levels(Vec<String>),
}

/// The file, read and sorted out.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) features: Vec<Feature>,
    /// The name of the label's column.
    pub(crate) label: Option<String>,
    /// The label's values in sorted order, each once.
    pub(crate) classes: Vec<String>,
    rows: usize,
}

/// Whether a cell stands for a missing value.
fn is_missing(cell: &str) -> bool {
    cell.is_empty() || ["na", "nan", "null"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// The distinct values of a column in sorted order: by number where all are numbers, else by text.
fn distinct(cells: impl Iterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = cells.filter(|cell| !is_missing(cell)).collect();
    let all_numbers = values.iter().all(|value| value.parse::<f64>().is_ok());
    if all_numbers {
        let number = |value: &String| value.parse().unwrap_or(f64::NAN);
        values.sort_by(|a, b| f64::total_cmp(&number(a), &number(b)));
        values.dedup_by(|a, b| number(a) == number(b));
    } else {
        values.sort();
        values.dedup();
    }
    values
}

impl Data {
    /// Reads the table that the arguments name.
    pub(crate) fn read(args: &TabularArgs) -> Result<Self, CliError> {
        let (names, cells) = read_cells(&args.data)?;
        let roles = Roles::new(args, &names)?;
        let rows = cells.first().map_or(0, Vec::len);
        if rows == 0 {
            return Err(CliError::NoRows { path: args.data.clone() });
        }
        let mut features = Vec::new();
        for (column, name) in names.iter().enumerate() {
            if !roles.is_feature(name) {
                continue;
            }
            features.push(feature(name, &cells[column], roles.categorical.contains(name))?);
        }
        if features.is_empty() {
            return Err(CliError::NoFeatures);
        }
        let label = args.label.clone();
        let label_cells = label.as_ref().and_then(|label| names.iter().position(|name| name == label));
        let classes = label_cells.map_or(Vec::new(), |column| distinct(cells[column].iter().cloned()));
        Ok(Self { features, label, classes, rows })
    }

    /// The names of the features.
    pub(crate) fn names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.name.clone()).collect()
    }

    /// A row of the file.
    pub(crate) fn row(&self, row: usize) -> Result<Vec<f64>, CliError> {
        if row >= self.rows {
            return Err(CliError::NoRow { row, rows: self.rows });
        }
        let missing = self.features.iter().filter(|feature| feature.values[row].is_none());
        let names: Vec<String> = missing.map(|feature| format!("{:?}", feature.name)).collect();
        if !names.is_empty() {
            return Err(CliError::MissingCell { row, names });
        }
        Ok(self.features.iter().filter_map(|feature| feature.values[row]).collect())
    }

    /// The rows without missing cells, and how many others there are.
    pub(crate) fn training(&self) -> Result<(DMatrix<f64>, usize), CliError> {
        let whole: Vec<usize> =
            (0..self.rows).filter(|&row| self.features.iter().all(|f| f.values[row].is_some())).collect();
        if whole.len() < 2 {
            return Err(CliError::TooFewRows { rows: whole.len() });
        }
        let value = |i: usize, j: usize| self.features[j].values[whole[i]].unwrap_or(f64::NAN);
        Ok((DMatrix::from_fn(whole.len(), self.features.len(), value), self.rows - whole.len()))
    }
}

/// The header and the cells by column, trimmed.
fn read_cells(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), CliError> {
    let fail = |source| CliError::Read { path: path.into(), source };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(fail)?;
    let header = reader.headers().map_err(fail)?.clone();
    let names: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_string()).collect();
    if names.iter().all(String::is_empty) {
        return Err(CliError::NoHeader { path: path.into() });
    }
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            return Err(CliError::TwiceNamed { path: path.into(), name: name.clone() });
        }
    }
    let mut cells = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in cells.iter_mut().zip(&record.map_err(fail)?) {
            column.push(cell.to_string());
        }
    }
    Ok((names, cells))
}

/// What the arguments say of the columns.
struct Roles {
    label: Option<String>,
    drop: Vec<String>,
    categorical: Vec<String>,
}

/// Lists of names separated by commas; one that is a column as it stands, commas and all, is that column.
fn split(lists: &[String], names: &[String]) -> Vec<String> {
    let parts = |list: &String| match names.contains(list) {
        true => vec![list.clone()],
        false => list.split(',').map(|part| part.trim().to_string()).collect(),
    };
    lists.iter().flat_map(parts).collect()
}

impl Roles {
    fn new(args: &TabularArgs, names: &[String]) -> Result<Self, CliError> {
        let (drop, categorical) = (split(&args.drop, names), split(&args.categorical, names));
        let lists = [
            ("--label", args.label.as_slice()),
            ("--drop", drop.as_slice()),
            ("--categorical", categorical.as_slice()),
        ];
        for (i, (option, list)) in lists.iter().enumerate() {
            for name in *list {
                if !names.contains(name) {
                    return Err(CliError::NoColumn { option, name: name.clone(), known: names.to_vec() });
                }
                if let Some((other, _)) = lists[..i].iter().find(|(_, earlier)| earlier.contains(name)) {
                    return Err(CliError::TwoRoles { name: name.clone(), first: other, second: option });
                }
            }
        }
        Ok(Self { label: args.label.clone(), drop, categorical })
    }

    fn is_feature(&self, name: &String) -> bool {
        self.label.as_ref() != Some(name) && !self.drop.contains(name)
    }
}

fn feature(name: &str, cells: &[String], categories: bool) -> Result<Feature, CliError> {
    if !cells.iter().any(|cell| !is_missing(cell)) {
        return Err(CliError::EmptyColumn { name: name.into() });
    }
    let present = || cells.iter().filter(|cell| !is_missing(cell));
    let (kind, values) = if present().all(|cell| cell.parse::<f64>().is_ok()) {
        let mut values = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            let value = if is_missing(cell) { None } else { cell.parse::<f64>().ok() };
            if value.is_some_and(|value| !value.is_finite()) {
                return Err(CliError::NotFinite { row, name: name.into(), text: cell.clone() });
            }
            values.push(value);
        }
        (if categories { Kind::Categories } else { Kind::Continuous }, values)
    } else {
        let mut levels: Vec<String> = present().cloned().collect();
        levels.sort();
        levels.dedup();
        let code = |cell: &String| levels.binary_search(cell).ok().map(|code| code as f64);
        let values = cells.iter().map(|cell| if is_missing(cell) { None } else { code(cell) }).collect();
        (Kind::Levels(levels), values)
    };
    Ok(Feature { name: name.into(), values, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn text_is_coded_in_sorted_order_and_missing_cells_are_none() {
        let column = feature("sex", &cells(&["male", "NA", "female", "", "male", "null"]), false).unwrap();
        assert_eq!(column.values, [Some(1.0), None, Some(0.0), None, Some(1.0), None]);
        assert!(matches!(column.kind, Kind::Levels(levels) if levels == ["female", "male"]));
    }

    #[test]
    fn numbers_stay_numbers() {
        let column = feature("x", &cells(&["1e3", "-2", "NaN", "+0.5"]), false).unwrap();
        assert_eq!(column.values, [Some(1000.0), Some(-2.0), None, Some(0.5)]);
        assert!(matches!(column.kind, Kind::Continuous));
        assert!(matches!(feature("x", &cells(&["1", "inf"]), false), Err(CliError::NotFinite { row: 1, .. })));
        assert!(matches!(feature("x", &cells(&["", "na"]), false), Err(CliError::EmptyColumn { .. })));
    }

    #[test]
    fn classes_are_sorted_by_number_where_they_are_numbers() {
        let values = ["10", "9", "9.0", "", "2"].map(String::from);
        assert_eq!(distinct(values.into_iter()), ["2", "9", "10"]);
        let values = ["b", "10", "9", "b"].map(String::from);
        assert_eq!(distinct(values.into_iter()), ["10", "9", "b"]);
    }
}
