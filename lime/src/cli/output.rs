//! What the command writes, and where.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lime::Explanation;
use lime::image::WholeFile;
use lime::report::{Page, Terminal};

use super::error::CliError;
use super::shared_args::RunArgs;

/// Says something to the person at the terminal, on standard error.
pub(crate) fn complain(what: &str, message: &dyn Display) {
    // Where standard error is gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{what}: {message}");
}

/// Where the explanation goes. Opened before the work begins, so that a place that cannot be written is known by then.
#[derive(Debug)]
pub(crate) enum Output {
    /// Drawn on the terminal.
    Terminal,
    /// As JSON to standard output.
    Stdout,
    /// As JSON to a file of this name.
    File(WholeFile, PathBuf),
}

/// Where the explanation goes, and its page of HTML where one is asked for.
#[derive(Debug)]
pub(crate) struct Destination {
    output: Output,
    page: Option<Output>,
}

impl Destination {
    /// The places that `--json` and `--html` name.
    pub(crate) fn open(json: Option<&Path>, html: Option<&Path>) -> Result<Self, CliError> {
        Ok(Self { output: Output::open(json)?, page: html.map(Output::place).transpose()? })
    }

    /// Whether a page is asked for.
    pub(crate) fn has_page(&self) -> bool {
        self.page.is_some()
    }

    /// Writes the explanation there.
    pub(crate) fn write(self, explanation: &Explanation) -> Result<(), CliError> {
        self.write_some(explanation, usize::MAX, Vec::new())
    }

    /// Writes the explanation there; people are shown no more than `features` features of each target, and these pictures.
    pub(crate) fn write_some(
        self,
        explanation: &Explanation,
        features: usize,
        pictures: Vec<(&'static str, Vec<u8>)>,
    ) -> Result<(), CliError> {
        if let Some(place) = self.page {
            let title = format!("Explanation of a prediction ({})", explanation.kind);
            let page = Page::new(explanation).title(title).features(features);
            let page = pictures.into_iter().fold(page, |page, (caption, png)| page.picture(caption, png));
            place.put(page.to_string().as_bytes())?;
        }
        self.output.write_some(explanation, features)
    }
}

/// Refuses options that are to be written to the same file, one over the other, or to standard output, which is for `--json`: those of
/// `run`, and these.
pub(crate) fn check_apart(run: &RunArgs, others: &[(&'static str, &Option<PathBuf>)]) -> Result<(), CliError> {
    let mut taken: Vec<(&'static str, PathBuf)> = Vec::new();
    for &(option, path) in [("--json", &run.json), ("--html", &run.html)].iter().chain(others) {
        let Some(path) = path else { continue };
        if path == Path::new("-") && option != "--json" {
            return Err(CliError::StandardOutput { option });
        }
        let file = resolved(path);
        if let Some(&(one, _)) = taken.iter().find(|(_, other)| *other == file) {
            return Err(CliError::OneFile { one, other: option, path: path.clone() });
        }
        taken.push((option, file));
    }
    Ok(())
}

/// The one name of a file, which need not exist, where its folder does.
fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(new).unwrap_or_else(|| path.to_path_buf())
}

/// Puts a text into a file, whole or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    Output::place(path)?.put(format!("{text}\n").as_bytes())
}

impl Output {
    /// The place that `--json` names, or the terminal without it.
    pub(crate) fn open(json: Option<&Path>) -> Result<Self, CliError> {
        match json {
            None => Ok(Output::Terminal),
            Some(path) if path == Path::new("-") => Ok(Output::Stdout),
            Some(path) => Self::place(path),
        }
    }

    fn place(path: &Path) -> Result<Self, CliError> {
        let file = WholeFile::open(path).map_err(|source| CliError::Write { path: path.into(), source })?;
        Ok(Output::File(file, path.to_path_buf()))
    }

    /// Writes the explanation there; the terminal shows no more than `features` features of each target.
    fn write_some(self, explanation: &Explanation, features: usize) -> Result<(), CliError> {
        let text = match self {
            Output::Terminal => {
                let mut shown = explanation.clone();
                shown.targets.iter_mut().for_each(|target| target.features.truncate(features));
                Terminal::new().width(terminal_width()).color(true).render(&shown)
            }
            _ => serde_json::to_string(explanation)? + "\n",
        };
        self.put(text.as_bytes())
    }

    /// Writes bytes there.
    pub(crate) fn put(self, bytes: &[u8]) -> Result<(), CliError> {
        match self {
            Output::Terminal | Output::Stdout => to_stdout(bytes),
            Output::File(file, path) => file.put(bytes).map_err(|source| CliError::Write { path, source }),
        }
    }
}

fn terminal_width() -> u16 {
    // COLUMNS is what a shell knows of a terminal; without it a line is 100 characters at most.
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.unwrap_or(100u16).clamp(40, 160)
}

/// anstream takes the colours out where standard output is no terminal or NO_COLOR is set.
fn to_stdout(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever read as far as they wanted has no complaint.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|source| CliError::Write { path: "standard output".into(), source }),
    }
}
