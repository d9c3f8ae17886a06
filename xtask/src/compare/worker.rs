//! Worker processes: a line in, the milliseconds of one run out; at the end the peak memory.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, root};

/// What numerical libraries, theirs and ours, read the number of their threads from.
const THREADS: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
];

/// What a worker does over and over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub work: &'static str,
    pub samples: usize,
    pub threads: usize,
}

pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(command: &mut Command, job: Job) -> Result<Self> {
        let threads = job.threads.to_string();
        command.args([job.work, &job.samples.to_string(), &threads]);
        command.envs(THREADS.map(|name| (name, &threads))).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { bail!("no pipes") };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// A worker of the other side, and the versions of what it runs, which it says first.
    pub(crate) fn python(python: &Path, script: &str, job: Job) -> Result<(Self, String)> {
        let scripts = root().join("xtask/python/compare");
        let mut command = Command::new(python);
        let command = command.env("PYTHONPATH", scripts.join("shared")).arg(scripts.join(script));
        let mut worker = Self::start(command, job)?;
        let versions = worker.line()?;
        Ok((worker, versions))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the worker stopped: {}", self.child.wait()?);
        }
        match line.trim().strip_prefix("error ") {
            Some(error) => bail!("{error}"),
            None => Ok(line.trim().to_string()),
        }
    }

    /// The milliseconds of one run.
    pub(crate) fn run(&mut self) -> Result<f64> {
        self.begin()?;
        self.end()
    }

    /// Starts a run that [`end`](Self::end) waits for.
    pub(crate) fn begin(&mut self) -> Result<()> {
        writeln!(self.input, "run")?;
        Ok(self.input.flush()?)
    }

    /// The milliseconds of the run that was begun.
    pub(crate) fn end(&mut self) -> Result<f64> {
        self.line()?.parse().context("no time")
    }

    /// The median of some runs.
    pub(crate) fn median(&mut self, runs: usize) -> Result<f64> {
        Ok(median((0..runs).map(|_| self.run()).collect::<Result<_>>()?))
    }

    /// Ends the worker: its peak memory in MiB.
    pub(crate) fn finish(mut self) -> Result<f64> {
        drop(self.input);
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        self.child.wait()?;
        let kilobytes = line.trim().strip_prefix("peak").and_then(|rest| rest.trim().strip_suffix("kB"));
        let kilobytes: f64 = kilobytes.context("no peak memory")?.trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Those with a bench `worker`.
const PACKAGES: [&str; 3] = ["lime-image", "lime-tabular", "lime-text"];

/// Our workers: the bench `worker` of each package.
#[derive(Debug)]
pub(crate) struct Workers(HashMap<String, PathBuf>);

impl Workers {
    /// Builds all at once: what they share is built once, and the same whatever is asked for.
    pub(crate) fn build() -> Result<Self> {
        let packages = PACKAGES.map(|package| format!("--package {package}")).join(" ");
        let words = format!("bench {packages} --bench worker --no-run --message-format json");
        let output = cargo(&words).current_dir(root()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("cargo {words}: {}", output.status);
        }
        let mut found = HashMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let (program, manifest) = (message["executable"].as_str(), message["manifest_path"].as_str());
            let (Some(program), Some(manifest)) = (program, manifest) else { continue };
            let folder = Path::new(manifest).parent().and_then(Path::file_name).unwrap_or_default();
            if message["target"]["name"] == "worker" {
                found.insert(folder.to_string_lossy().into_owned(), program.into());
            }
        }
        Ok(Self(found))
    }

    pub(crate) fn start(&self, package: &str, job: Job) -> Result<Worker> {
        let program = self.0.get(package).with_context(|| format!("cargo named no worker of {package}"))?;
        Worker::start(&mut Command::new(program), job)
    }
}
