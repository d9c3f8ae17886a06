//! What the user knows of a table's columns, as a TOML file.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::overrides::{ColumnOverrides, Declared, OneHots, Overrides};
use crate::{Error, OneHot, Schema, TimeUnit};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    drop: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "is_auto")]
    one_hot: OneHots,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<String, Column>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Declared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    levels: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<TimeUnit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    frozen: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bounds: Option<[f64; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Missing>,
    #[serde(default, skip_serializing_if = "is_false")]
    nullable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    other: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edges: Option<Vec<f64>>,
}

/// A group, with the levels where they are not what the columns' names tell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    levels: Option<Vec<String>>,
}

/// What stands for a missing cell in a column: a number, or a word or words.
#[derive(Debug)]
struct Missing {
    sentinel: Option<f64>,
    words: Option<Vec<String>>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_auto(one_hot: &OneHots) -> bool {
    *one_hot == OneHots::Auto
}

impl Serialize for OneHots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            OneHots::Auto => serializer.serialize_str("auto"),
            OneHots::Off => serializer.serialize_str("off"),
            OneHots::Given(groups) => serializer.collect_seq(groups.iter().map(|group| {
                let usual = OneHot::new(group.name.clone(), group.columns.clone());
                let levels = (usual.levels != group.levels).then(|| group.levels.clone());
                Group { name: group.name.clone(), columns: group.columns.clone(), levels }
            })),
        }
    }
}

impl<'de> Deserialize<'de> for OneHots {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = OneHots;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(r#""auto", "off" or groups ([[one_hot]] with name and columns)"#)
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<OneHots, E> {
                match word {
                    "auto" => Ok(OneHots::Auto),
                    "off" => Ok(OneHots::Off),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, groups: A) -> Result<OneHots, A::Error> {
                let groups = Vec::<Group>::deserialize(SeqAccessDeserializer::new(groups))?;
                let group = |group: Group| {
                    let usual = OneHot::new(group.name, group.columns);
                    match group.levels {
                        Some(levels) => OneHot { levels, ..usual },
                        None => usual,
                    }
                };
                Ok(OneHots::Given(groups.into_iter().map(group).collect()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Serialize for Missing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.sentinel, &self.words) {
            (Some(value), None) => serializer.serialize_f64(value),
            (None, words) => serializer.collect_seq(words.iter().flatten()),
            (Some(value), Some(words)) => {
                use serde::ser::SerializeSeq;
                let mut sequence = serializer.serialize_seq(Some(words.len() + 1))?;
                sequence.serialize_element(&value)?;
                words.iter().try_for_each(|word| sequence.serialize_element(word))?;
                sequence.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Missing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Missing;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number, a word, or a list of words with one number at most")
            }

            fn visit_f64<E>(self, value: f64) -> Result<Missing, E> {
                Ok(Missing { sentinel: Some(value), words: None })
            }

            fn visit_i64<E>(self, value: i64) -> Result<Missing, E> {
                Ok(Missing { sentinel: Some(value as f64), words: None })
            }

            fn visit_str<E>(self, word: &str) -> Result<Missing, E> {
                Ok(Missing { sentinel: None, words: Some(vec![word.into()]) })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Missing, A::Error> {
                let (mut sentinel, mut words) = (None, Vec::new());
                while let Some(one) = sequence.next_element::<Missing>()? {
                    if one.sentinel.is_some() && sentinel.is_some() {
                        return Err(A::Error::custom("a column has one number for missing cells at most"));
                    }
                    sentinel = sentinel.or(one.sentinel);
                    words.extend(one.words.into_iter().flatten());
                }
                Ok(Missing { sentinel, words: Some(words) })
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl From<Column> for ColumnOverrides {
    fn from(column: Column) -> Self {
        let Column { kind, levels, unit, format, frozen, bounds, missing, nullable, other, edges } = column;
        let (sentinel, missing) = missing.map_or((None, None), |missing| (missing.sentinel, missing.words));
        Self { kind, levels, unit, format, frozen, bounds, sentinel, missing, nullable, other, edges }
    }
}

impl From<&ColumnOverrides> for Column {
    fn from(known: &ColumnOverrides) -> Self {
        let ColumnOverrides { kind, levels, unit, format, frozen, bounds, sentinel, missing, nullable, other, edges } =
            known.clone();
        let missing = (sentinel.is_some() || missing.is_some()).then_some(Missing { sentinel, words: missing });
        Self { kind, levels, unit, format, frozen, bounds, missing, nullable, other, edges }
    }
}

impl Overrides {
    /// Reads what is known of a table from TOML. Nothing is mandatory:
    ///
    /// ```
    /// # use lime_tabular::Overrides;
    /// let known = Overrides::from_toml(r#"
    /// label = "default"
    /// drop = ["customer"]
    /// missing = ["?", "unknown"]         # instead of lime_tabular::MISSING
    /// one_hot = "auto"                   # "off", or groups as below
    ///
    /// [columns.size]
    /// kind = "ordinal"                   # continuous, integer, boolean, categorical, ordinal or instant
    /// levels = ["S", "M", "L"]
    ///
    /// [columns.age]
    /// bounds = [18, 110]
    /// missing = -999                     # a number, or words: ["?"]
    /// nullable = true
    /// edges = [25, 40, 65]
    ///
    /// [columns."opened on"]
    /// format = "%d/%m/%Y"
    /// unit = "days"                      # seconds, milliseconds, microseconds or nanoseconds
    ///
    /// [columns.region]
    /// frozen = true
    /// other = true
    /// "#)?;
    /// assert_eq!(known.edges_of("age"), Some(&[25.0, 40.0, 65.0][..]));
    /// assert!(Overrides::from_toml("[columns.age]\nkid = \"integer\"").is_err());
    ///
    /// let known = Overrides::from_toml("[[one_hot]]\nname = \"color\"\ncolumns = [\"color_red\", \"color_blue\"]")?;
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Declarations`] with the line and what is allowed there; what [`Error::Declared`], [`Error::Bounds`] and
    /// [`Error::Edges`] say of declarations that contradict each other. Whether the columns exist is seen when a table is read.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let document: Document =
            toml::from_str(text).map_err(|source| Error::Declarations { source: source.into() })?;
        let Document { label, drop, missing, one_hot, columns } = document;
        let columns = columns.into_iter().map(|(name, column)| (name, column.into())).collect();
        let known = Self { label, drop, missing, one_hot, columns };
        known.check_columns()?;
        Ok(known)
    }

    /// Writes what [`from_toml`](Self::from_toml) reads, the columns in order of their names.
    ///
    /// # Errors
    /// [`Error::Declarations`].
    pub fn to_toml(&self) -> Result<String, Error> {
        let Self { label, drop, missing, one_hot, columns } = self.clone();
        let columns = columns.iter().map(|(name, known)| (name.clone(), known.into())).collect();
        let document = Document { label, drop, missing, one_hot, columns };
        toml::to_string(&document).map_err(|source| Error::Declarations { source: source.into() })
    }
}

impl Schema {
    /// The schema as declarations that [`Overrides::from_toml`] reads: a table read with them has this schema. The order of the
    /// columns is the table's and is not written.
    ///
    /// ```
    /// use lime_tabular::{Field, Kind, Schema};
    /// let schema = Schema::new([Field::new("age", Kind::Integer).bounds(0.0, 120.0)?])?;
    /// let toml = "one_hot = \"off\"\n\n[columns.age]\nkind = \"integer\"\nbounds = [0.0, 120.0]\n";
    /// assert_eq!(schema.to_toml()?, toml);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Declarations`].
    pub fn to_toml(&self) -> Result<String, Error> {
        Overrides::new().with_schema(self).to_toml()
    }
}
