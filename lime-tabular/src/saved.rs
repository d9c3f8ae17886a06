//! A learned table as a document: `lime-table`, version 1.
//!
//! It holds what training told of the columns and no training rows, so that an explainer can be handed to people who may not
//! see the data. Single values it does hold: the least and the greatest in each bin, edges of bins that are training values,
//! all categories, and all values where they are drawn from themselves ([`Empirical`](crate::Empirical)).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use lime_core::{BoxError, Real};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Bin, BinLaw, Binned, Categorical, Column, Encoding, Error, Feature, Gaussian, OneHotEncoding, Optional, Schema,
    Tabular, Whole,
};

const FORMAT: &str = "lime-table";
const VERSION: u32 = 1;

/// A part of a table as data: what it is called, and what it takes to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The name that a [`Loader`] knows the type by.
    pub kind: String,
    /// Its contents.
    pub value: Value,
}

impl Saved {
    /// A part of this kind with these contents; none where they cannot be written.
    pub fn new(kind: &str, contents: &impl Serialize) -> Option<Self> {
        Some(Self { kind: kind.into(), value: serde_json::to_value(contents).ok()? })
    }

    /// The contents as a type.
    ///
    /// # Errors
    /// Where they are not of that type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BoxError> {
        serde_json::from_value(self.value.clone()).map_err(|error| format!("{}: {error}", self.kind).into())
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    schema: Schema,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    output_names: Vec<String>,
    features: Vec<FeatureDocument>,
}

#[derive(Serialize, Deserialize)]
struct FeatureDocument {
    name: String,
    columns: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoding: Option<Saved>,
    #[serde(default)]
    frozen: bool,
    law: Saved,
}

impl<F: Real> Tabular<F> {
    /// The table as a JSON document, `lime-table` version 1: statistics of the columns and no rows. Of a column's values it holds
    /// the least and the greatest of each bin, bin edges, which may be values, and the categories; all of them where values in
    /// bins are drawn by [`Empirical`](crate::Empirical); none of a column of numbers without bins.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Tabular;
    ///
    /// let table = Tabular::builder(&dmatrix![1.0, 0.0; 2.0, 1.0; 4.0, 1.0]).categorical(1).learn()?;
    /// let text = table.to_json()?;
    /// let again = Tabular::<f64>::from_json(&text)?;
    /// assert_eq!(again.to_json()?, text);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsaved`] for a column or an encoding of one's own that does not implement `saved`.
    pub fn to_json(&self) -> Result<String, Error> {
        let unsaved = |feature: &Feature<F>| Error::Unsaved { name: feature.name.clone() };
        let features = self.features().iter().map(|feature| {
            let encoding = feature.encoding.as_ref().map(|encoding| encoding.saved().ok_or_else(|| unsaved(feature)));
            Ok(FeatureDocument {
                name: feature.name.clone(),
                columns: feature.columns.clone(),
                encoding: encoding.transpose()?,
                frozen: feature.frozen,
                law: feature.law.saved().ok_or_else(|| unsaved(feature))?,
            })
        });
        let document = Document {
            format: FORMAT.into(),
            version: VERSION,
            schema: self.schema().clone(),
            output_names: self.output_names().to_vec(),
            features: features.collect::<Result<_, Error>>()?,
        };
        serde_json::to_string(&document).map_err(|error| Error::Document { reason: error.to_string() })
    }

    /// A table from its document, made of the columns of this crate; [`Loader`] knows others too.
    ///
    /// # Errors
    /// [`Error::Document`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Loader::new().load(text)
    }
}

type Load<F, T> = Box<dyn Fn(&Loader<F>, &Saved) -> Result<Arc<T>, BoxError>>;

/// Makes tables from documents, with columns and encodings of one's own among them.
///
/// ```
/// use std::sync::Arc;
/// use lime_core::{BoxError, nalgebra::dmatrix};
/// use lime_tabular::{Around, Column, ColumnAt, Gaussian, Loader, Saved, Tabular};
///
/// /// A column that is never perturbed by more than a normal law around the row's own value.
/// #[derive(Debug)]
/// struct Near(f64);
///
/// impl Column<f64> for Near {
///     fn at(&self, x: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
///         Gaussian::learn("near", &[-self.0, self.0], Around::Instance).at(x)
///     }
///
///     fn saved(&self) -> Option<Saved> {
///         Saved::new("near", &self.0)
///     }
/// }
///
/// let table = Tabular::builder(&dmatrix![1.0, 2.0; 3.0, 5.0]).column(1, Near(0.5)).learn()?;
/// let text = table.to_json()?;
/// assert!(Tabular::<f64>::from_json(&text).is_err());
///
/// let loader = Loader::new().column("near", |saved| Ok(Arc::new(Near(saved.read()?))));
/// assert_eq!(loader.load(&text)?.width(), 2);
/// # Ok::<(), lime_tabular::Error>(())
/// ```
pub struct Loader<F: Real> {
    columns: HashMap<String, Load<F, dyn Column<F>>>,
    encodings: HashMap<String, Load<F, dyn Encoding<F>>>,
}

impl<F: Real> fmt::Debug for Loader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, encodings) = (self.columns.keys(), self.encodings.keys());
        f.debug_struct("Loader").field("columns", &columns).field("encodings", &encodings).finish()
    }
}

impl<F: Real> Default for Loader<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Real> Loader<F> {
    /// A loader that knows the columns and encodings of this crate.
    pub fn new() -> Self {
        let mut known = Self { columns: HashMap::new(), encodings: HashMap::new() };
        known.encodings.insert(
            "one_hot".into(),
            Box::new(|_, saved| Ok(Arc::new(OneHotEncoding::new(saved.read::<Vec<String>>()?)?))),
        );
        let known = known
            .column("gaussian", |saved| Ok(Arc::new(saved.read::<Gaussian>()?.checked()?)))
            .column("binned", |saved| Ok(Arc::new(saved.read::<BinnedDocument>()?.column()?)))
            .column("categorical", |saved| Ok(Arc::new(saved.read::<CategoricalDocument>()?.column()?)));
        known.nested("whole", |loader, saved| Ok(Arc::new(Whole::new(loader.law(&saved.read()?)?)))).nested(
            "optional",
            |loader, saved| {
                let parts: OptionalDocument = saved.read()?;
                let code = F::of(parts.code.unwrap_or(f64::NAN));
                Ok(Arc::new(Optional::new(parts.name, loader.law(&parts.column)?, parts.share, code)?))
            },
        )
    }

    /// Adds a column: how it is made from what its [`Column::saved`] gave.
    #[must_use]
    pub fn column(self, kind: &str, load: impl Fn(&Saved) -> Result<Arc<dyn Column<F>>, BoxError> + 'static) -> Self {
        self.nested(kind, move |_, saved| load(saved))
    }

    /// Adds a column that holds another, which the loader is given to make with [`law`](Self::law).
    #[must_use]
    pub fn nested(
        mut self,
        kind: &str,
        load: impl Fn(&Self, &Saved) -> Result<Arc<dyn Column<F>>, BoxError> + 'static,
    ) -> Self {
        self.columns.insert(kind.into(), Box::new(load));
        self
    }

    /// Adds an encoding.
    #[must_use]
    pub fn encoding(
        mut self,
        kind: &str,
        load: impl Fn(&Saved) -> Result<Arc<dyn Encoding<F>>, BoxError> + 'static,
    ) -> Self {
        self.encodings.insert(kind.into(), Box::new(move |_, saved| load(saved)));
        self
    }

    /// A column from its saved form.
    ///
    /// # Errors
    /// Where its kind is not known, or its contents make none.
    pub fn law(&self, saved: &Saved) -> Result<Arc<dyn Column<F>>, BoxError> {
        known(&self.columns, &saved.kind)?(self, saved)
    }

    /// A table from its document.
    ///
    /// # Errors
    /// [`Error::Document`] where it is none, of another version, or holds a kind of column that the loader does not know; what
    /// [`Tabular::new`] refuses.
    pub fn load(&self, text: &str) -> Result<Tabular<F>, Error> {
        let fail = |reason: String| Error::Document { reason };
        let head: Head = serde_json::from_str(text).map_err(|error| fail(error.to_string()))?;
        if head.format != FORMAT || head.version != VERSION {
            let Head { format, version } = head;
            let only = format!("format {format:?} version {version}: only {FORMAT:?} version {VERSION} can be read");
            return Err(fail(only));
        }
        let document: Document = serde_json::from_str(text).map_err(|error| fail(error.to_string()))?;
        let mut features = Vec::with_capacity(document.features.len());
        for FeatureDocument { name, columns, encoding, frozen, law } in document.features {
            let wrong = |error: BoxError| fail(format!("feature {name:?}: {error}"));
            let law = self.law(&law).map_err(wrong)?;
            let encoding = encoding.map(|saved| known(&self.encodings, &saved.kind)?(self, &saved));
            let encoding = encoding.transpose().map_err(wrong)?;
            features.push(Feature { name, columns, encoding, law, frozen });
        }
        // Names are checked once more: a document may be written by hand.
        let schema = document.schema.checked()?;
        Ok(Tabular::of(schema, features)?.with_output_names(document.output_names))
    }
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

fn known<'a, T>(kinds: &'a HashMap<String, T>, kind: &str) -> Result<&'a T, BoxError> {
    let all = || {
        let mut all: Vec<&str> = kinds.keys().map(String::as_str).collect();
        all.sort_unstable();
        all.join(", ")
    };
    kinds
        .get(kind)
        .ok_or_else(|| format!("the kind {kind:?} is not among those known, {}; add it to the Loader", all()).into())
}

/// What [`Categorical`] is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct CategoricalDocument {
    name: String,
    values: Vec<f64>,
    names: Vec<String>,
    frequency: Vec<f64>,
    #[serde(default)]
    other: bool,
}

impl From<&Categorical> for CategoricalDocument {
    fn from(column: &Categorical) -> Self {
        Self {
            name: column.name().into(),
            values: column.values().to_vec(),
            names: column.names().to_vec(),
            frequency: column.frequency().to_vec(),
            other: column.takes_other(),
        }
    }
}

impl CategoricalDocument {
    fn column(self) -> Result<Categorical, Error> {
        let column = Categorical::from_parts(&self.name, self.values, self.names, self.frequency)?;
        Ok(column.with_other(self.other))
    }
}

/// What [`Binned`] is made of. Laws that are all the truncated normal of their bins are left out.
#[derive(Serialize, Deserialize)]
pub(crate) struct BinnedDocument {
    name: String,
    edges: Vec<f64>,
    names: Vec<String>,
    bins: Vec<Bin>,
    ends: Vec<Option<[f64; 2]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    laws: Option<Vec<Option<LawDocument>>>,
}

/// The law inside a bin.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LawDocument {
    TruncatedNormal,
    Uniform(f64, f64),
    Finite(Vec<(f64, f64)>),
}

impl LawDocument {
    /// None for a law of the user's own.
    fn new(law: &BinLaw, bin: &Bin) -> Option<Self> {
        if *law == BinLaw::truncated_normal(bin) {
            return Some(Self::TruncatedNormal);
        }
        let uniform = || law.bounds().map(|(min, max)| Self::Uniform(min, max));
        law.shares().map(Self::Finite).or_else(uniform)
    }

    fn law(self, bin: &Bin) -> Result<BinLaw, Error> {
        Ok(match self {
            Self::TruncatedNormal => BinLaw::truncated_normal(bin),
            Self::Uniform(min, max) => BinLaw::uniform(min, max),
            Self::Finite(shares) => BinLaw::finite(&shares)?,
        })
    }
}

impl BinnedDocument {
    pub(crate) fn new(column: &Binned) -> Option<Self> {
        let pairs = || column.laws().iter().zip(column.bins());
        let usual = pairs().all(|(law, bin)| law.as_ref().is_none_or(|law| *law == BinLaw::truncated_normal(bin)));
        let mut laws = Vec::new();
        for (law, bin) in pairs().filter(|_| !usual) {
            laws.push(match law {
                None => None,
                Some(law) => Some(LawDocument::new(law, bin)?),
            });
        }
        Some(Self {
            name: column.name().into(),
            edges: column.edges().to_vec(),
            names: column.names().to_vec(),
            bins: column.bins().to_vec(),
            ends: column.ends().to_vec(),
            laws: (!usual).then_some(laws),
        })
    }

    fn column(self) -> Result<Binned, Error> {
        let bins = self.bins.clone();
        let column = Binned::from_parts(&self.name, self.edges, self.bins, self.ends)?.with_names(self.names)?;
        let Some(laws) = self.laws else { return Ok(column) };
        if laws.len() != bins.len() {
            let message = format!("{} laws for {} bins", laws.len(), bins.len());
            return Err(Error::Statistics { name: self.name, message });
        }
        let laws = laws.into_iter().zip(&bins).map(|(law, bin)| law.map(|law| law.law(bin)).transpose());
        column.with_laws(laws.collect::<Result<_, _>>()?)
    }
}

/// What [`Optional`] is made of. A code that is not a number is null.
#[derive(Serialize, Deserialize)]
pub(crate) struct OptionalDocument {
    pub(crate) name: String,
    pub(crate) share: f64,
    pub(crate) code: Option<f64>,
    pub(crate) column: Saved,
}
