//! Local, model-agnostic explanations (LIME): one crate that brings the others together.
//!
//! The traits, [`Explainer`] and [`Explanation`] stand at the top; the components are in modules, one a crate:
//!
//! | module | crate | holds |
//! |---|---|---|
//! | (top) | `lime-core` | the traits of the pipeline and the explainer that composes them |
//! | [`samplers`] | `lime-samplers` | how perturbed samples are drawn |
//! | [`kernels`] | `lime-kernels` | similarity kernels: distances, profiles, widths |
//! | [`surrogates`] | `lime-surrogates` | surrogates and feature selection |
//! | [`tabular`] | `lime-tabular` | rows of tables |
//! | [`text`] | `lime-text` | texts |
//! | `image` | `lime-image` | pictures (feature `image`) |
//! | [`presets`] | (here) | methods of the literature, put together from these parts |
//! | `models` | `lime-models` | ONNX models (feature `onnx`) |
//! | `report` | `lime-report` | explanations for people (feature `report`) |
//!
//! Whoever wants one part takes its crate alone; `default-features = false` leaves the command line and ONNX out of this one.
//!
//! ```
//! use lime::nalgebra::DMatrix;
//! use lime::{model_fn, tabular};
//!
//! let training = DMatrix::from_row_slice(4, 2, &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0]);
//! let table = tabular::Tabular::builder(&training).feature_names(["dose", "weight"]).learn()?;
//! let model = model_fn(|rows: &DMatrix<f64>| rows.column_sum());
//! let explanation = tabular::explainer().explain(&table.represent(&[1.0, 40.0])?, &model)?;
//! assert_eq!(explanation.targets[0].features[0].name, "weight > 32.50");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod presets;

pub use lime_core::*;
#[cfg(feature = "image")]
pub use lime_image as image;
pub use lime_kernels as kernels;
#[cfg(feature = "onnx")]
pub use lime_models as models;
#[cfg(feature = "report")]
pub use lime_report as report;
pub use lime_samplers as samplers;
pub use lime_surrogates as surrogates;
pub use lime_tabular as tabular;
pub use lime_text as text;

/// The README's code is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
