//! What the command writes, and where.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;

use lime::Explanation;
use lime::report::Terminal;

use super::error::CliError;

/// Says something to the person at the terminal, on standard error.
pub(crate) fn complain(what: &str, message: &dyn Display) {
    // Where standard error is gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{what}: {message}");
}

/// Writes the explanation where the arguments say: as JSON to a file or standard output, or drawn on the terminal.
pub(crate) fn write(explanation: &Explanation, json: Option<&Path>) -> Result<(), CliError> {
    match json {
        None => to_stdout(&Terminal::new().width(terminal_width()).color(true).render(explanation)),
        Some(path) if path == Path::new("-") => to_stdout(&(serde_json::to_string(explanation)? + "\n")),
        Some(path) => to_file(path, &(serde_json::to_string(explanation)? + "\n")),
    }
}

fn terminal_width() -> u16 {
    // COLUMNS is what a shell knows of a terminal; without it a line is 100 characters at most.
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.unwrap_or(100u16).clamp(40, 160)
}

/// anstream takes the colours out where standard output is no terminal or NO_COLOR is set.
fn to_stdout(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read as far as they wanted has no complaint.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|source| CliError::Write { path: "standard output".into(), source }),
    }
}

/// The file appears whole or not at all.
fn to_file(path: &Path, text: &str) -> Result<(), CliError> {
    let fail = |source| CliError::Write { path: path.into(), source };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".lime-").tempfile_in(directory).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}
