//! LIME for rows of tables.
//!
//! A [`Tabular`] learns from training data how each column varies; [`Tabular::represent`] turns a row into a
//! [`TabularRepresentation`], which any [`Explainer`](lime_core::Explainer) explains; [`explainer`] is the recommended one, [`original`] the original's.
//!
//! ```
//! use lime_core::{Targets, model_fn, nalgebra::{DMatrix, dmatrix}};
//! use lime_tabular::{Tabular, explainer};
//!
//! // Four training rows of two columns, and a model that adds them up.
//! let training = dmatrix![1.0, 10.0; 2.0, 20.0; 3.0, 30.0; 4.0, 40.0];
//! let table = Tabular::builder(&training).feature_names(["dose", "weight"]).learn()?;
//! let row = table.represent(&[1.0, 40.0])?;
//! let model = model_fn(|rows: &DMatrix<f64>| rows.column_sum());
//!
//! let explanation = explainer().samples(1_000).explain(&row, &model)?;
//! assert_eq!(explanation.targets[0].features[0].name, "weight > 32.50");
//! assert!(explanation.targets[0].features[0].weight > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How a column varies is a [`Column`]: [`Binned`] where it is discretised (the default, by [`Quartile`]s), [`Gaussian`]
//! where it is not, [`Categorical`] where its values are categories, or a type of the user's own. Bins are cut by a
//! [`Discretizer`], and values inside them drawn by a [`Within`].
//!
//! | representation of a row | a perturbed row | sampled by | reads |
//! |---|---|---|---|
//! | [`TabularRepresentation`] | values drawn from training bins, normal laws or categories | samplers, sources of training rows | yes |
//! | [`Baseline`] | columns, or groups of them, kept or replaced by a baseline's | samplers of masks | no |
//! | [`SequenceRepresentation`] | the first's values, for each feature at each step of a sequence | samplers, a user's own sources | yes |
//! | [`series::SeriesRepresentation`] | stretches of a time series kept or replaced | samplers of masks | no |
#![cfg_attr(
    feature = "sparse",
    doc = "| [`SparseMask`], [`SparseNumeric`] | non-zero columns of a sparse row kept or zeroed, or drawn from normal laws | samplers, sources of sparse rows | yes |"
)]
#![cfg_attr(
    not(feature = "sparse"),
    doc = "| `SparseMask`, `SparseNumeric` (feature `sparse`) | non-zero columns of a sparse row kept or zeroed, or drawn from normal laws | samplers, sources of sparse rows | yes |"
)]
//!
//! Tree ensembles ([`Leaves`](lime_core::Leaves)) and linear models ([`LinearModel`]) need no samples: their explanations are known
//! exactly, under kernels that are products over features ([`Separable`](lime_kernels::Separable)), and
//! [`Explainer::explain_exactly`](lime_core::Explainer::explain_exactly) writes them down.
//!
//! A table in a file (features `csv`, `arrow`, `parquet`) is read by a `Reader`, which infers its [`Schema`] and gives its rows
//! as numbers in blocks; `Overrides`, in code or in TOML (feature `toml`), declare what cannot be inferred. A [`Summary`] or
//! [`Counts`] learns a column of such blocks in one pass, in bounded memory with the feature `sketch`.

mod baseline;
mod binned;
mod binned_basis;
mod builder;
mod categorical;
mod column;
mod discretizer;
mod encoding;
mod error;
mod exact;
mod feature;
mod gaussian;
mod linear;
mod linear_model;
mod mass;
mod mixture;
mod optional;
mod preset;
mod quantile;
mod read;
mod representation;
mod sample;
#[cfg(feature = "serde")]
mod saved;
mod schema;
mod sequence;
pub mod series;
#[cfg(feature = "sparse")]
mod sparse;
mod summary;
mod table;
mod whole;
mod within;

#[cfg(feature = "sparse")]
pub use nalgebra_sparse;

pub use crate::baseline::Baseline;
pub use crate::binned::{Bin, Binned};
pub use crate::builder::TabularBuilder;
pub use crate::categorical::Categorical;
pub use crate::column::{Column, ColumnAt};
pub use crate::discretizer::{Decile, Discretizer, Edges, Entropy, EqualWidth, Quantiles, Quartile};
pub use crate::encoding::{Encoding, OneHotEncoding};
pub use crate::error::Error;
pub use crate::feature::Feature;
pub use crate::gaussian::{Around, Gaussian};
pub use crate::linear::LinearLimit;
pub use crate::linear_model::LinearModel;
pub use crate::optional::Optional;
pub use crate::preset::{OriginalExplainer, RECOMMENDED_SAMPLES, TabularExplainer, explainer, original, recommended};
pub use crate::quantile::quantile;
pub use crate::read::OneHotDetector;
#[cfg(feature = "read")]
pub use crate::read::{
    Block, ColumnOverrides, Declared, MISSING, Note, OneHots, Overrides, Reader, ReaderBuilder, RowParser,
};
pub use crate::representation::TabularRepresentation;
pub use crate::sample::Sample;
#[cfg(feature = "serde")]
pub use crate::saved::{Loader, Saved};
pub use crate::schema::{Field, Kind, OneHot, Schema, TimeUnit};
pub use crate::sequence::{SequenceRepresentation, SequenceTable, SequenceTableBuilder, Sequences};
#[cfg(feature = "sparse")]
pub use crate::sparse::{SparseMask, SparseNumeric, SparseRow, SparseTable, copy_sparse_rows};
pub use crate::summary::{Counts, Summary};
pub use crate::table::Tabular;
pub use crate::whole::Whole;
pub use crate::within::{BinLaw, Empirical, TruncatedNormal, Uniform, Within};
