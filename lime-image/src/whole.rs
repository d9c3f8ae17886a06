//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Error;

/// A file that appears whole or not at all: written beside its place, then put there.
///
/// It is opened before there is anything to write, so that a place which cannot be written is known early. What is no regular
/// file, a device or a pipe, is written as it is. Where a link leads is written, not the link. A file that exists keeps its
/// permissions.
///
/// ```
/// use lime_image::WholeFile;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("numbers.txt");
/// let file = WholeFile::open(&path)?;
/// assert!(!path.exists());
/// file.put(b"1 2 3\n")?;
/// assert_eq!(std::fs::read(&path)?, b"1 2 3\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct WholeFile {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// What is written, and where it goes.
    Beside(NamedTempFile, PathBuf),
    Itself(PathBuf),
}

impl WholeFile {
    /// Makes ready to write a file at this place.
    ///
    /// # Errors
    /// A place that is a directory, or in none, or in one that no file can be made in.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let known = fs::metadata(path).ok();
        if known.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            return Ok(Self { place: Place::Itself(path.to_path_buf()) });
        }
        let place = if known.is_some() { path.canonicalize()? } else { path.to_path_buf() };
        let directory = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".lime-");
        if let Some(permissions) = known.map_or_else(new_file, |known| Some(known.permissions())) {
            builder.permissions(permissions);
        }
        Ok(Self { place: Place::Beside(builder.tempfile_in(directory)?, place) })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Whatever the system says of writing it, and of putting it in its place.
    pub fn put(self, bytes: &[u8]) -> io::Result<()> {
        match self.place {
            Place::Itself(path) => fs::write(path, bytes),
            Place::Beside(mut file, place) => {
                file.write_all(bytes)?;
                file.as_file().sync_all()?;
                file.persist(place)?;
                Ok(())
            }
        }
    }
}

/// Writes a file, whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = WholeFile::open(path).and_then(|file| file.put(bytes));
    written.map_err(|error| Error::Write { name: path.display().to_string(), reason: error.to_string() })
}

/// The permissions of a new file, before the umask.
#[cfg(unix)]
fn new_file() -> Option<fs::Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file() -> Option<fs::Permissions> {
    None
}
