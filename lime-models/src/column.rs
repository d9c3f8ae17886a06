//! A column of the batches a model is asked for: its name and, where it holds codes of text, what they stand for.

/// What a column of a batch holds.
///
/// A batch is all numbers. In a column of text they are codes: 0 stands for the first of the levels, 1 for the second; NaN
/// is a missing cell in both kinds.
///
/// | column | cell | a model's input of text gets | of floating-point numbers | of integers, of booleans |
/// |---|---|---|---|---|
/// | number | v | refused | v | v, rounded; 0 and 1 |
/// | number | NaN | refused | NaN | refused |
/// | text | code c | level c | level c as a number | level c as a number |
/// | text | NaN | the text for a missing cell | that text as a number, or NaN | that text as a number, or refused |
///
/// ```
/// use lime_models::ColumnSpec;
///
/// let island = ColumnSpec::text("island", ["Biscoe", "Dream", "Torgersen"]);
/// assert_eq!(island.levels().unwrap()[1], "Dream");
/// assert_eq!(island.missing(), "");
/// assert_eq!(island.with_missing("NA").missing(), "NA");
/// assert_eq!(ColumnSpec::number("year").levels(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    name: String,
    levels: Option<Vec<String>>,
    missing: String,
}

impl ColumnSpec {
    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        ColumnSpec { name: name.into(), levels: None, missing: String::new() }
    }

    /// A column of codes for the levels, in their order.
    pub fn text(name: impl Into<String>, levels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let levels = levels.into_iter().map(Into::into).collect();
        ColumnSpec { name: name.into(), levels: Some(levels), missing: String::new() }
    }

    /// The text that stands for a missing cell. Default: the empty text. The model has to have been trained with it.
    #[must_use]
    pub fn with_missing(mut self, text: impl Into<String>) -> Self {
        self.missing = text.into();
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The levels of a column of text.
    pub fn levels(&self) -> Option<&[String]> {
        self.levels.as_deref()
    }

    /// The text that stands for a missing cell.
    pub fn missing(&self) -> &str {
        &self.missing
    }
}

/// What to do with columns that no input of a model asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extra {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out.
    Ignore,
}
