//! What is measured.

use std::path::Path;

use lime::BoxError;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Seeds of each estimator and instance.
    pub(crate) seeds: u64,
    /// Instances of each task.
    pub(crate) instances: usize,
    /// Samples of the reference.
    pub(crate) reference: usize,
    /// A file of known limits.
    pub(crate) limits: Option<String>,
    pub(crate) task: Vec<Task>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The model's file; none of texts for VADER.
    #[serde(default)]
    pub(crate) model: String,
    /// The table, the picture, or a file with a text a line.
    #[serde(default)]
    pub(crate) data: String,
    /// The number of features: of a family of functions, and about that of pictures and texts.
    #[serde(default)]
    pub(crate) features: usize,
    /// Instances, where they are not as many as for other tasks.
    pub(crate) instances: Option<usize>,
    /// Seeds of each estimator, likewise; stop rules have those of all tasks.
    pub(crate) seeds: Option<u64>,
    /// Samples of the reference, likewise.
    pub(crate) reference: Option<usize>,
    /// Each with its budgets.
    pub(crate) estimators: Vec<Budgets>,
    /// Whether stop rules are compared, too.
    #[serde(default)]
    pub(crate) stopping: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budgets {
    pub(crate) name: String,
    pub(crate) samples: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A row of numbers; the last column of the file is what the model predicts.
    Table,
    /// A picture in superpixels.
    Picture,
    /// Texts, by the model or by VADER.
    Texts,
    /// Random polynomials with a tanh, on masks as of pictures.
    Polynomials,
}

impl Config {
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, BoxError> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?,
            None => include_str!("quality.toml").to_string(),
        };
        Ok(toml::from_str(&text)?)
    }
}
