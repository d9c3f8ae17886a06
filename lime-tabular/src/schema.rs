//! What the columns of a table are.

use crate::Error;

/// What a column's values are. In the numbers a model or a training matrix holds, texts are codes and instants are counts of
/// a unit of time; NaN is a missing cell.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Kind {
    /// Numbers.
    Continuous,
    /// Whole numbers: perturbed values are whole too.
    Integer,
    /// 0 or 1, written "name=false" and "name=true".
    Boolean,
    /// Numbers that are categories, written "year=2007".
    Categorical,
    /// Categories by their codes, 0 for the first name, written "sex=female".
    Levels(Vec<String>),
    /// Categories in order by their codes, 0 for the lowest: cut into bins as numbers are, written "size <= M".
    Ordinal(Vec<String>),
    /// Instants, perturbed as numbers are and written as dates: the count of this unit since 1970-01-01T00:00:00Z.
    Instant(TimeUnit),
}

impl Kind {
    /// The names of the codes, for kinds that have them.
    pub fn levels(&self) -> Option<&[String]> {
        match self {
            Kind::Levels(names) | Kind::Ordinal(names) => Some(names),
            _ => None,
        }
    }
}

/// The unit that instants are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TimeUnit {
    /// Days: Arrow's date32.
    Days,
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds: what pandas counts in.
    Nanoseconds,
}

impl TimeUnit {
    /// Seconds in one of the unit.
    pub fn seconds(self) -> f64 {
        match self {
            TimeUnit::Days => 86_400.0,
            TimeUnit::Seconds => 1.0,
            TimeUnit::Milliseconds => 1e-3,
            TimeUnit::Microseconds => 1e-6,
            TimeUnit::Nanoseconds => 1e-9,
        }
    }

    /// A count of the unit as a date, or as a date and a time unless it is midnight; as the number itself where it is beyond the
    /// calendar.
    pub fn write(self, count: f64) -> String {
        let seconds = count * self.seconds();
        let date = chrono::DateTime::from_timestamp(seconds.floor() as i64, 0).filter(|_| seconds.abs() < 1e15);
        match date {
            Some(date) if date.time() == chrono::NaiveTime::MIN => date.format("%Y-%m-%d").to_string(),
            Some(date) => date.format("%Y-%m-%dT%H:%M:%S").to_string(),
            None => count.to_string(),
        }
    }
}

/// What one column is and how it may be perturbed.
///
/// ```
/// use lime_tabular::{Field, Kind};
/// let age = Field::new("age", Kind::Integer).bounds(0.0, 120.0)?.sentinel(-1.0);
/// assert_eq!(age.name(), "age");
/// assert!(!age.is_frozen());
/// assert!(Field::new("age", Kind::Integer).bounds(3.0, 1.0).is_err());
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Field {
    name: String,
    kind: Kind,
    #[cfg_attr(feature = "serde", serde(default))]
    frozen: bool,
    #[cfg_attr(feature = "serde", serde(default, with = "bounds"))]
    bounds: Option<[f64; 2]>,
    #[cfg_attr(feature = "serde", serde(default))]
    sentinel: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default))]
    nullable: bool,
    #[cfg_attr(feature = "serde", serde(default))]
    other: bool,
}

impl Field {
    /// A column with a name, perturbed without restrictions.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, frozen: false, bounds: None, sentinel: None, nullable: false, other: false }
    }

    /// The same column as another kind.
    #[must_use]
    pub fn with_kind(self, kind: Kind) -> Self {
        let other = self.other;
        Self { kind, ..self }.other(other)
    }

    /// Never perturbs the column: it keeps the instance's value, is no feature, and is reported as held fixed. (A source of
    /// training rows brings these rows as they are.)
    #[must_use]
    pub fn frozen(self, frozen: bool) -> Self {
        Self { frozen, ..self }
    }

    /// Keeps perturbed numbers between these bounds, either of which may be infinite. Default: none.
    ///
    /// # Errors
    /// [`Error::Bounds`] unless `least <= greatest`.
    pub fn bounds(self, least: f64, greatest: f64) -> Result<Self, Error> {
        if least <= greatest {
            Ok(Self { bounds: Some([least, greatest]), ..self })
        } else {
            Err(Error::Bounds { name: self.name, least, greatest })
        }
    }

    /// A number that stands for a missing cell, in training, in rows and in what the model is given. Without one it is NaN
    /// (which is always taken as missing).
    #[must_use]
    pub fn sentinel(self, value: f64) -> Self {
        Self { sentinel: Some(value), nullable: true, ..self }
    }

    /// Whether rows may have a missing cell here though no training row has one. Where training has some, they always may.
    /// Default: no.
    #[must_use]
    pub fn nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }

    /// Whether rows may have a category that training does not. Default: no, such a row is refused. Named levels get one more,
    /// "other", for it unless they have one of that name.
    #[must_use]
    pub fn other(mut self, other: bool) -> Self {
        if let Kind::Levels(names) = &mut self.kind
            && other
            && !names.iter().any(|name| name == "other")
        {
            names.push("other".into());
        }
        Self { other, ..self }
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it is held fixed.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// The bounds of its perturbed values.
    pub fn limits(&self) -> Option<[f64; 2]> {
        self.bounds
    }

    /// What stands for a missing cell: the sentinel, or NaN.
    pub fn missing(&self) -> f64 {
        self.sentinel.unwrap_or(f64::NAN)
    }

    /// Whether a value stands for a missing cell.
    pub fn is_missing(&self, value: f64) -> bool {
        value.is_nan() || self.sentinel == Some(value)
    }

    /// Whether rows may have a missing cell though training has none.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether rows may have a category that training does not.
    pub fn takes_other(&self) -> bool {
        self.other
    }
}

/// Columns of 0 and 1 of which one is 1 in every row: one category, and one interpretable feature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OneHot {
    /// The feature's name: "color".
    pub name: String,
    /// The columns, by their names: at least two.
    pub columns: Vec<String>,
    /// The category that each column stands for: "red".
    pub levels: Vec<String>,
}

impl OneHot {
    /// A group of columns with its name. Each column stands for the category that its own name ends in after the group's
    /// ("color_red" and "color=red" are red), or for its whole name.
    pub fn new<T: Into<String>>(name: impl Into<String>, columns: impl IntoIterator<Item = T>) -> Self {
        let name = name.into();
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        let level = |column: &String| {
            let rest = column.strip_prefix(name.as_str()).unwrap_or(column);
            let rest = rest.trim_start_matches(['_', '=', '.', ':', '-', ' ']);
            if rest.is_empty() { column.clone() } else { rest.to_string() }
        };
        let levels = columns.iter().map(level).collect();
        Self { name, columns, levels }
    }
}

/// The columns of a table, in the order of the model's inputs, and which of them are one-hot codes of a category.
///
/// ```
/// use lime_tabular::{Field, Kind, OneHot, Schema};
/// let schema = Schema::new([
///     Field::new("age", Kind::Integer),
///     Field::new("color_red", Kind::Boolean),
///     Field::new("color_blue", Kind::Boolean),
/// ])?
/// .one_hot(OneHot::new("color", ["color_red", "color_blue"]))?;
/// assert_eq!(schema.groups()[0].levels, ["red", "blue"]);
/// assert_eq!(schema.position("color_blue"), Some(2));
/// # Ok::<(), lime_tabular::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Schema {
    fields: Vec<Field>,
    #[cfg_attr(feature = "serde", serde(default))]
    groups: Vec<OneHot>,
}

impl Schema {
    /// Columns in the order of the model's inputs.
    ///
    /// # Errors
    /// [`Error::TwiceNamed`].
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Result<Self, Error> {
        let fields: Vec<Field> = fields.into_iter().collect();
        let mut names: Vec<&str> = fields.iter().map(Field::name).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::TwiceNamed { name: pair[0].into() }),
            None => Ok(Self { fields, groups: Vec::new() }),
        }
    }

    /// The same columns under other names, as many, in order.
    pub(crate) fn renamed(self, names: Vec<String>) -> Result<Self, Error> {
        let mut groups = self.groups;
        for column in groups.iter_mut().flat_map(|group| &mut group.columns) {
            let place = self.fields.iter().position(|field| field.name == *column);
            if let Some(name) = place.and_then(|place| names.get(place)) {
                column.clone_from(name);
            }
        }
        let fields = self.fields.into_iter().zip(names).map(|(field, name)| Field { name, ..field });
        Ok(Self { groups, ..Self::new(fields)? })
    }

    /// The same schema, if its parts go together: one that was read, or whose columns were changed, may not be.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        for field in &self.fields {
            if let Some([least, greatest]) = field.bounds {
                field.clone().bounds(least, greatest)?;
            }
        }
        self.groups.into_iter().try_fold(Self::new(self.fields)?, Self::one_hot)
    }

    /// Columns of numbers named "0", "1" ...
    pub fn continuous(columns: usize) -> Self {
        let fields = (0..columns).map(|j| Field::new(j.to_string(), Kind::Continuous)).collect();
        Self { fields, groups: Vec::new() }
    }

    /// Adds a group of columns that are one category.
    ///
    /// # Errors
    /// [`Error::OneHot`] unless it has two columns or more, with as many levels, all of them in the schema, each in this
    /// group only and once.
    pub fn one_hot(mut self, group: OneHot) -> Result<Self, Error> {
        let fail = |reason: String| Err(Error::OneHot { group: group.name.clone(), reason });
        if group.columns.len() < 2 || group.levels.len() != group.columns.len() {
            let (columns, levels) = (group.columns.len(), group.levels.len());
            return fail(format!(
                "it has {columns} column(s) and {levels} level(s), and needs two or more, as many of each"
            ));
        }
        for (i, column) in group.columns.iter().enumerate() {
            if self.position(column).is_none() {
                return fail(format!("there is no column {column:?}"));
            }
            let taken = self.groups.iter().find(|other| other.columns.contains(column));
            if let Some(other) = taken {
                return fail(format!("the column {column:?} is in the group {:?} already", other.name));
            }
            if group.columns[..i].contains(column) {
                return fail(format!("the column {column:?} is in it twice"));
            }
        }
        self.groups.push(group);
        Ok(self)
    }

    /// The columns.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A column, to be changed as a whole: `schema.set(2, |field| field.frozen(true))`. Nothing happens where there is none.
    #[must_use]
    pub fn set(mut self, column: usize, change: impl FnOnce(Field) -> Field) -> Self {
        if let Some(field) = self.fields.get_mut(column) {
            *field = change(field.clone());
        }
        self
    }

    /// The groups of one-hot columns.
    pub fn groups(&self) -> &[OneHot] {
        &self.groups
    }

    /// The position of a column by its name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// Bounds as data: one that is infinite is null, since JSON has no such number.
#[cfg(feature = "serde")]
pub(crate) mod bounds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(bounds: &Option<[f64; 2]>, serializer: S) -> Result<S::Ok, S::Error> {
        bounds.map(|bounds| bounds.map(|bound| Some(bound).filter(|bound| bound.is_finite()))).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[f64; 2]>, D::Error> {
        let bounds: Option<[Option<f64>; 2]> = Option::deserialize(deserializer)?;
        Ok(bounds.map(|[least, greatest]| [least.unwrap_or(f64::NEG_INFINITY), greatest.unwrap_or(f64::INFINITY)]))
    }
}
