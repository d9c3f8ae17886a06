//! What the user knows of a table's columns.

use std::collections::BTreeMap;

use crate::{Error, Field, Kind, OneHot, Schema, TimeUnit};

/// The words that stand for a missing cell, whatever their case, where [`Overrides::missing`] names no others. An empty cell of
/// a CSV file always does. In formats that have missing cells of their own (Arrow, Parquet) these words are texts like others.
pub const MISSING: [&str; 6] = ["", "na", "n/a", "nan", "null", "none"];

/// What a column is declared to be, before its levels and units are known. See [`Kind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Declared {
    /// [`Kind::Continuous`].
    Continuous,
    /// [`Kind::Integer`].
    Integer,
    /// [`Kind::Boolean`].
    Boolean,
    /// [`Kind::Levels`]; [`Kind::Categorical`] where no levels are given and all cells are numbers.
    Categorical,
    /// [`Kind::Ordinal`]: the levels must be given, the lowest first.
    Ordinal,
    /// [`Kind::Instant`].
    Instant,
}

/// Whether columns of 0 and 1 are taken together as categories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OneHots {
    /// The groups that a [`OneHotDetector`](crate::OneHotDetector) finds.
    #[default]
    Auto,
    /// None.
    Off,
    /// These and no others.
    Given(Vec<OneHot>),
}

/// What the user knows of one column. Whatever is not said is inferred, or as in [`Field::new`].
///
/// | setting | means |
/// |---|---|
/// | [`kind`](Self::kind) | what the values are |
/// | [`levels`](Self::levels) | the categories, by their codes; without a kind, the column is categorical |
/// | [`unit`](Self::unit) | what instants are counted in, and what numbers in their column count |
/// | [`format`](Self::format) | how dates are written; without a kind, the column is of instants |
/// | [`frozen`](Self::frozen), [`bounds`](Self::bounds), [`nullable`](Self::nullable), [`other`](Self::other) | as in [`Field`] |
/// | [`sentinel`](Self::sentinel) | the number that stands for a missing cell, as in [`Field`] |
/// | [`missing`](Self::missing) | the words that stand for a missing cell in this column |
/// | [`edges`](Self::edges) | the edges of its bins, for whoever discretises it |
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnOverrides {
    pub(super) kind: Option<Declared>,
    pub(super) levels: Option<Vec<String>>,
    pub(super) unit: Option<TimeUnit>,
    pub(super) format: Option<String>,
    pub(super) frozen: bool,
    pub(super) bounds: Option<[f64; 2]>,
    pub(super) sentinel: Option<f64>,
    pub(super) missing: Option<Vec<String>>,
    pub(super) nullable: bool,
    pub(super) other: bool,
    pub(super) edges: Option<Vec<f64>>,
}

impl ColumnOverrides {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the values are.
    #[must_use]
    pub fn kind(self, kind: Declared) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// The names of the codes, 0 for the first (the lowest, where the column is ordinal).
    #[must_use]
    pub fn levels<T: Into<String>>(self, levels: impl IntoIterator<Item = T>) -> Self {
        Self { levels: Some(levels.into_iter().map(Into::into).collect()), ..self }
    }

    /// The unit instants are counted in. Default: of a file's own instants, the file's; of texts, days where all are dates,
    /// else seconds, or the finest unit written.
    #[must_use]
    pub fn unit(self, unit: TimeUnit) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// How instants are written, as in [`chrono::format::strftime`]: "%d/%m/%Y".
    #[must_use]
    pub fn format(self, format: impl Into<String>) -> Self {
        Self { format: Some(format.into()), ..self }
    }

    /// Never perturbs the column.
    #[must_use]
    pub fn frozen(self, frozen: bool) -> Self {
        Self { frozen, ..self }
    }

    /// Keeps perturbed values between these bounds.
    #[must_use]
    pub fn bounds(self, least: f64, greatest: f64) -> Self {
        Self { bounds: Some([least, greatest]), ..self }
    }

    /// The number that stands for a missing cell.
    #[must_use]
    pub fn sentinel(self, value: f64) -> Self {
        Self { sentinel: Some(value), ..self }
    }

    /// The words that stand for a missing cell in this column, instead of the table's.
    #[must_use]
    pub fn missing<T: Into<String>>(self, words: impl IntoIterator<Item = T>) -> Self {
        Self { missing: Some(words.into_iter().map(Into::into).collect()), ..self }
    }

    /// Whether rows may have a missing cell here though training has none.
    #[must_use]
    pub fn nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }

    /// Whether rows may have a category that training does not.
    #[must_use]
    pub fn other(self, other: bool) -> Self {
        Self { other, ..self }
    }

    /// The edges of the column's bins.
    #[must_use]
    pub fn edges(self, edges: impl Into<Vec<f64>>) -> Self {
        Self { edges: Some(edges.into()), ..self }
    }

    /// The column as a schema's field of a kind.
    pub(super) fn field(&self, name: &str, kind: Kind) -> Result<Field, Error> {
        let mut field = Field::new(name, kind).frozen(self.frozen).nullable(self.nullable).other(self.other);
        if let Some([least, greatest]) = self.bounds {
            field = field.bounds(least, greatest)?;
        }
        Ok(match self.sentinel {
            Some(value)
                if field.kind().levels().is_some_and(|levels| (0..levels.len()).any(|code| code as f64 == value)) =>
            {
                let reason = format!(
                    "the number {value} for a missing cell is the code of a level, of which there are {}: give the text instead, missing = \"{value}\"",
                    field.kind().levels().map_or(0, <[String]>::len)
                );
                return Err(Error::Declared { name: name.into(), reason });
            }
            Some(value) => field.sentinel(value),
            None => field,
        })
    }

    /// Declarations that contradict each other.
    pub(super) fn check(&self, name: &str) -> Result<(), Error> {
        let fail = |reason: &str| Err(Error::Declared { name: name.into(), reason: reason.into() });
        if let Some(levels) = &self.levels {
            let twice = levels.iter().enumerate().find(|(i, level)| levels[..*i].contains(level));
            if let Some((_, level)) = twice {
                return fail(&format!("the level {level:?} is given twice"));
            }
            if levels.is_empty() {
                return fail("it has levels, and none is named");
            }
            if !matches!(self.kind, None | Some(Declared::Categorical | Declared::Ordinal)) {
                return fail("it has levels, so its kind must be categorical or ordinal");
            }
        }
        if self.kind == Some(Declared::Ordinal) && self.levels.is_none() {
            return fail("it is ordinal, so its levels must be given, the lowest first");
        }
        if (self.format.is_some() || self.unit.is_some())
            && (!matches!(self.kind, None | Some(Declared::Instant)) || self.levels.is_some())
        {
            return fail("it has a format or a unit of time, so its kind must be instant");
        }
        if let Some(format) = &self.format
            && chrono::format::StrftimeItems::new(format).any(|item| item == chrono::format::Item::Error)
        {
            return fail(&format!("{format:?} is no format of dates: write it as in \"%d/%m/%Y\""));
        }
        if self.sentinel.is_some_and(|value| !value.is_finite()) {
            return fail("the number for a missing cell must be finite: NaN always stands for one");
        }
        if let Some(edges) = &self.edges {
            let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
            if !rising || edges.iter().any(|edge| !edge.is_finite()) {
                return Err(Error::Edges { name: name.into(), edges: edges.clone() });
            }
        }
        self.field(name, Kind::Continuous).map(|_| ())
    }

    /// The kind declared, whether by its name or by what goes with it only.
    pub(super) fn declared(&self) -> Option<Declared> {
        self.kind.or(if self.levels.is_some() {
            Some(Declared::Categorical)
        } else if self.format.is_some() || self.unit.is_some() {
            Some(Declared::Instant)
        } else {
            None
        })
    }
}

/// What the user knows of a table: which column is the label, which are left out, and what the others are. Made in code, or read
/// from a TOML file by `from_toml` (feature `toml`).
///
/// ```
/// use lime_tabular::{ColumnOverrides, Declared, Overrides};
/// let known = Overrides::new()
///     .label("default")
///     .drop(["customer"])
///     .column("age", ColumnOverrides::new().bounds(18.0, 110.0))
///     .column("size", ColumnOverrides::new().kind(Declared::Ordinal).levels(["S", "M", "L"]));
/// assert_eq!(known.label_name(), Some("default"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    pub(super) label: Option<String>,
    pub(super) drop: Vec<String>,
    pub(super) missing: Option<Vec<String>>,
    pub(super) one_hot: OneHots,
    pub(super) columns: BTreeMap<String, ColumnOverrides>,
}

impl Overrides {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The column of the label, which is no feature.
    #[must_use]
    pub fn label(self, name: impl Into<String>) -> Self {
        Self { label: Some(name.into()), ..self }
    }

    /// Columns left out, beside those named before.
    #[must_use]
    pub fn drop<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.drop.extend(names.into_iter().map(Into::into));
        self
    }

    /// The words that stand for a missing cell, whatever their case. Default: [`MISSING`].
    #[must_use]
    pub fn missing<T: Into<String>>(self, words: impl IntoIterator<Item = T>) -> Self {
        Self { missing: Some(words.into_iter().map(Into::into).collect()), ..self }
    }

    /// Which columns are one-hot codes. Default: those that are found.
    #[must_use]
    pub fn one_hot(self, one_hot: OneHots) -> Self {
        Self { one_hot, ..self }
    }

    /// What is known of a column, instead of what was said of it before.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, known: ColumnOverrides) -> Self {
        self.columns.insert(name.into(), known);
        self
    }

    /// The column of the label.
    pub fn label_name(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The columns left out.
    pub fn dropped(&self) -> &[String] {
        &self.drop
    }

    /// What is known of a column.
    pub fn of(&self, column: &str) -> Option<&ColumnOverrides> {
        self.columns.get(column)
    }

    /// The bin edges given for a column.
    pub fn edges_of(&self, column: &str) -> Option<&[f64]> {
        self.columns.get(column).and_then(|known| known.edges.as_deref())
    }

    /// The same with everything that a schema says of its columns declared, so that a table read with them has that schema.
    #[must_use]
    pub fn with_schema(mut self, schema: &Schema) -> Self {
        for field in schema.fields() {
            let known = self.columns.entry(field.name().to_string()).or_default();
            let (kind, levels, unit) = match field.kind() {
                Kind::Continuous => (Declared::Continuous, None, None),
                Kind::Integer => (Declared::Integer, None, None),
                Kind::Boolean => (Declared::Boolean, None, None),
                Kind::Categorical => (Declared::Categorical, None, None),
                Kind::Levels(names) => (Declared::Categorical, Some(names.clone()), None),
                Kind::Ordinal(names) => (Declared::Ordinal, Some(names.clone()), None),
                Kind::Instant(unit) => (Declared::Instant, None, Some(*unit)),
            };
            (known.kind, known.levels, known.unit) = (Some(kind), levels, unit);
            (known.frozen, known.bounds) = (field.is_frozen(), field.limits());
            (known.nullable, known.other) = (field.is_nullable(), field.takes_other());
            known.sentinel = Some(field.missing()).filter(|value| !value.is_nan());
        }
        self.one_hot = match schema.groups() {
            [] => OneHots::Off,
            groups => OneHots::Given(groups.to_vec()),
        };
        self
    }

    /// Names that are no column's, and columns named for two roles.
    pub(super) fn check(&self, names: &[String]) -> Result<(), Error> {
        let known = |name: &String, place: String| match names.contains(name) {
            true => Ok(()),
            false => Err(Error::UnknownColumn { name: name.clone(), place, known: names.to_vec() }),
        };
        if let Some(label) = &self.label {
            known(label, "label".into())?;
        }
        for name in &self.drop {
            known(name, "drop".into())?;
            if self.label.as_ref() == Some(name) {
                return Err(Error::TwoRoles { name: name.clone(), first: "label", second: "drop" });
            }
        }
        for name in self.columns.keys() {
            known(name, format!("columns.{name:?}"))?;
        }
        if let OneHots::Given(groups) = &self.one_hot {
            for group in groups {
                for name in &group.columns {
                    known(name, format!("the one-hot group {:?}", group.name))?;
                }
            }
        }
        self.check_columns()
    }

    pub(super) fn check_columns(&self) -> Result<(), Error> {
        self.columns.iter().try_for_each(|(name, known)| known.check(name))
    }
}
