//! An interpretable feature and the columns of the model's input that are its.

use std::sync::Arc;

use lime_core::Real;

use crate::{Column, Encoding};

/// An interpretable feature of a table: how it varies, and which of the model's inputs hold it.
#[derive(Debug, Clone)]
pub struct Feature<F: Real> {
    pub(crate) name: String,
    pub(crate) columns: Vec<usize>,
    pub(crate) encoding: Option<Arc<dyn Encoding<F>>>,
    pub(crate) law: Arc<dyn Column<F>>,
    pub(crate) frozen: bool,
}

impl<F: Real> Feature<F> {
    /// A feature that is one column of the model's input.
    pub fn new(name: impl Into<String>, column: usize, law: impl Column<F> + 'static) -> Self {
        Self::shared(name, column, Arc::new(law))
    }

    pub(crate) fn shared(name: impl Into<String>, column: usize, law: Arc<dyn Column<F>>) -> Self {
        Self { name: name.into(), columns: vec![column], encoding: None, law, frozen: false }
    }

    /// A feature that several columns hold by an encoding, in the encoding's order.
    pub fn encoded(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = usize>,
        encoding: impl Encoding<F> + 'static,
        law: impl Column<F> + 'static,
    ) -> Self {
        let (encoding, columns) = (Some(Arc::new(encoding) as Arc<dyn Encoding<F>>), columns.into_iter().collect());
        Self { name: name.into(), columns, encoding, law: Arc::new(law), frozen: false }
    }

    /// Whether the feature keeps the instance's value in every sample, and is reported as held fixed. Default: no.
    #[must_use]
    pub fn frozen(self, frozen: bool) -> Self {
        Self { frozen, ..self }
    }

    /// The feature's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns of the model's input that hold it.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// How several columns hold it; none where it is one column.
    pub fn encoding(&self) -> Option<&Arc<dyn Encoding<F>>> {
        self.encoding.as_ref()
    }

    /// How it varies.
    pub fn law(&self) -> &Arc<dyn Column<F>> {
        &self.law
    }

    /// Whether it is held fixed.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }
}
