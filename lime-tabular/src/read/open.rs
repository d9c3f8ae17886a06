//! Files by their names.

use std::fs::File;
use std::path::Path;

use super::reader::{Reader, ReaderBuilder};
use crate::Error;

/// The endings of names, and the feature that reads them.
const ENDINGS: [(&[&str], &str, bool); 3] = [
    (&["csv", "tsv"], "csv", cfg!(feature = "csv")),
    (&["parquet", "pq"], "parquet", cfg!(feature = "parquet")),
    (&["arrow", "arrows", "feather", "ipc"], "arrow", cfg!(feature = "arrow")),
];

/// The endings, and what is to be done for those that this build does not read.
fn known() -> String {
    let ending = |(endings, feature, built): &(&[&str], &str, bool)| {
        let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let missing = if *built { String::new() } else { format!(" (needs the feature {feature})") };
        format!("{}{missing}", endings.join(", "))
    };
    ENDINGS.iter().map(ending).collect::<Vec<_>>().join(", ")
}

impl ReaderBuilder {
    /// Opens a file by the ending of its name: .csv, .tsv (feature `csv`); .parquet, .pq (feature `parquet`); .arrow, .arrows,
    /// .feather, .ipc (feature `arrow`).
    ///
    /// # Errors
    /// [`Error::Format`], [`Error::Unread`], and those of the format's own method.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Reader, Error> {
        let path = path.as_ref();
        let table = path.display().to_string();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let format = ENDINGS.iter().find(|(endings, _, built)| *built && endings.contains(&ending.as_str()));
        let Some((_, format, _)) = format else { return Err(Error::Format { table, known: known() }) };
        let file = File::open(path).map_err(|source| Error::Unread { table: table.clone(), source: source.into() })?;
        match *format {
            #[cfg(feature = "csv")]
            "csv" if ending == "tsv" && self.delimiter.is_none() => self.delimiter(b'\t').csv(&table, file),
            #[cfg(feature = "csv")]
            "csv" => self.csv(&table, file),
            #[cfg(feature = "parquet")]
            "parquet" => self.parquet(&table, file),
            #[cfg(feature = "arrow")]
            "arrow" => self.arrow(&table, file),
            _ => {
                drop(file);
                Err(Error::Format { table, known: known() })
            }
        }
    }
}
