//! The Python environments of the other side, each made when something first needs it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::worker::{Job, Worker};
use crate::python::environment;

/// An interpreter for each folder of `xtask/python/compare`, or why there is none.
#[derive(Debug, Default)]
pub(crate) struct Environments {
    interpreters: BTreeMap<&'static str, Result<PathBuf, String>>,
    versions: BTreeMap<&'static str, String>,
}

impl Environments {
    /// A worker of a script, in the environment of the script's folder.
    pub(crate) fn start(&mut self, script: &'static str, job: Job) -> Result<Worker> {
        let folder = script.split_once('/').map_or(script, |(folder, _)| folder);
        let made = self.interpreters.entry(folder).or_insert_with(|| {
            environment(&format!("compare/{folder}")).map_err(|error| format!("cannot be installed: {error:#}"))
        });
        let python = made.as_ref().map_err(|error| anyhow!("{error}"))?;
        let (worker, versions) = Worker::python(python, script, job)?;
        self.versions.insert(folder, versions);
        Ok(worker)
    }

    /// The packages that ran, an environment each.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &str> {
        self.versions.values().map(String::as_str)
    }
}
