//! An input of a model: its name, what it holds and how wide it is.

use std::fmt;

/// What the entries of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Element {
    /// 32-bit floating-point numbers.
    Float32,
    /// 64-bit floating-point numbers.
    Float64,
    /// 32-bit integers.
    Int32,
    /// 64-bit integers.
    Int64,
    /// 8-bit numbers without a sign: bytes.
    Uint8,
    /// Truth values.
    Bool,
    /// Text.
    Text,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::Float32 => "32-bit numbers",
            Element::Float64 => "64-bit numbers",
            Element::Int32 => "32-bit integers",
            Element::Int64 => "64-bit integers",
            Element::Uint8 => "bytes",
            Element::Bool => "booleans",
            Element::Text => "text",
        })
    }
}

/// An input of a model, of shape (rows, width) or (rows,).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub(crate) name: String,
    pub(crate) element: Element,
    pub(crate) width: Option<usize>,
    /// Whether the shape is (rows,).
    pub(crate) flat: bool,
}

impl Input {
    /// The name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the entries are.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of columns, 1 for the shape (rows,), unless the file leaves it open.
    pub fn width(&self) -> Option<usize> {
        self.width
    }
}
