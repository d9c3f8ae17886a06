//! What else there is to say of an instance or a feature, for files and reports.

use std::collections::BTreeMap;

/// Named facts about an instance or one of its interpretable features, that a representation adds to the explanation: how many
/// pixels a superpixel has, where a word stands.
///
/// In the document of an explanation they are keys beside the fixed ones, so they must not have their names.
///
/// ```
/// use lime_core::{Detail, Details};
///
/// let details = Details::new().with("pixels", 120).with("centre", vec![Detail::from(4.5), Detail::from(7.0)]);
/// assert_eq!(details.get("pixels"), Some(&Detail::Integer(120)));
/// assert_eq!(details.iter().count(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Details(BTreeMap<String, Detail>);

impl Details {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one fact more; an earlier one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Detail>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The fact of a name.
    pub fn get(&self, name: &str) -> Option<&Detail> {
        self.0.get(name)
    }

    /// All facts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Detail)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value of [`Details`]: what JSON can say.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Detail {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number; one that is not finite is null in JSON.
    Number(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Detail>),
    /// Named values.
    Named(Details),
}

macro_rules! detail_from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Detail {
            fn from(value: $type) -> Self {
                Detail::$variant(value.into())
            }
        }
    )*};
}

detail_from!(bool => Bool, i32 => Integer, u32 => Integer, i64 => Integer, f64 => Number, &str => Text, String => Text,
    Vec<Detail> => List, Details => Named);

impl From<usize> for Detail {
    /// Beyond the largest `i64`, that one.
    fn from(value: usize) -> Self {
        Detail::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
