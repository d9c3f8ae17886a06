//! What training data tell about sequences of rows.

use lime_core::Real;

use crate::{Error, SequenceRepresentation, Sequences, Tabular, TabularBuilder};

/// Sequences as training data tell them: each feature at each time step is a column of a [`Tabular`]. Makes a representation of
/// any sequence. The original's `RecurrentTabularExplainer`.
///
/// Columns are ordered feature by feature, time within, and named by their distance from the last step: "load_t-2",
/// "load_t-1", "load_t-0". Steps are perturbed independently of each other, by the laws their training values tell; for
/// stretches of time that are kept or replaced as a whole see [`SeriesRepresentation`](crate::series::SeriesRepresentation).
///
/// ```
/// use lime_core::{Representation, model_fn, nalgebra::DMatrix};
/// use lime_tabular::{SequenceTable, Sequences, explainer};
///
/// // Windows of three days over a table of two columns, and a model of the rise from the first day to the last.
/// let days = DMatrix::from_fn(40, 2, |day, j| if j == 0 { day as f64 } else { -(day as f64) });
/// let windows = Sequences::windows(&days, 3)?;
/// let rise = model_fn(|batch: &Sequences<f64>| batch.iter().map(|row| row[4] - row[0]).collect::<Vec<_>>());
///
/// let table = SequenceTable::builder(&windows).feature_names(["load", "price"]).learn()?;
/// let row = table.represent(windows.row(9))?;
/// assert_eq!(row.names()[..3], ["load_t-2 <= 9.25", "load_t-1 <= 10.25", "load_t-0 <= 11.25"]);
///
/// let explanation = explainer().samples(2_000).explain(&row, &rise)?;
/// let top: Vec<usize> = explanation.targets[0].features[..2].iter().map(|f| f.index).collect();
/// assert!(top.contains(&0) && top.contains(&2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SequenceTable<F: Real> {
    table: Tabular<F>,
    steps: usize,
}

impl<F: Real> SequenceTable<F> {
    /// Starts learning from training data: at least 2 sequences. NaN is a missing cell, all other values are finite.
    pub fn builder(training: &Sequences<F>) -> SequenceTableBuilder<'_, F> {
        SequenceTableBuilder { training, names: None, settings: Vec::new(), missing: None }
    }

    /// A table of one's own, learned from [`Sequences::columns`], as sequences of `steps` steps: feature f at step t is its
    /// column f steps + t. Its names stay as they are.
    ///
    /// # Errors
    /// [`Error::Steps`] unless its width is a multiple of `steps`, at least one.
    pub fn new(table: Tabular<F>, steps: usize) -> Result<Self, Error> {
        let columns = table.width();
        if columns == 0 || !columns.is_multiple_of(steps) {
            return Err(Error::Steps { columns, steps });
        }
        Ok(Self { table, steps })
    }

    /// (steps, features) of a sequence.
    pub fn shape(&self) -> (usize, usize) {
        (self.steps, self.table.width() / self.steps)
    }

    /// The table of all features at all steps.
    pub fn table(&self) -> &Tabular<F> {
        &self.table
    }

    /// The interpretable representation of a sequence, step by step: a row of [`Sequences`].
    ///
    /// # Errors
    /// [`Error::SequenceLength`]; [`Error::RowValue`] for an infinite value, [`Error::MissingCell`] for a missing one where
    /// training has none at this step, [`Error::Column`] for one the column does not have (a category that training does not
    /// have at this step).
    pub fn represent(&self, row: &[F]) -> Result<SequenceRepresentation<F>, Error> {
        let (steps, features) = self.shape();
        if row.len() != self.table.width() {
            return Err(Error::SequenceLength { steps, features, found: row.len() });
        }
        let columns: Vec<F> = (0..row.len()).map(|j| row[(j % steps) * features + j / steps]).collect();
        Ok(SequenceRepresentation::new(self.table.represent(&columns)?, row.to_vec(), steps))
    }
}

/// A setting of the table underneath.
type Setting<'a, F> = Box<dyn for<'b> FnOnce(TabularBuilder<'b, F>) -> TabularBuilder<'b, F> + 'a>;

/// Collects what a [`SequenceTable`] should learn.
///
/// | setting | default |
/// |---|---|
/// | [`feature_names`](Self::feature_names) | "0", "1" ... |
/// | [`categorical`](Self::categorical), [`levels`](Self::levels) | all features continuous |
/// | [`tabular`](Self::tabular) | as [`TabularBuilder`] has it: quartiles |
#[allow(missing_debug_implementations)]
pub struct SequenceTableBuilder<'a, F: Real> {
    training: &'a Sequences<F>,
    names: Option<Vec<String>>,
    settings: Vec<Setting<'a, F>>,
    /// A feature that was named and does not exist.
    missing: Option<usize>,
}

impl<'a, F: Real> SequenceTableBuilder<'a, F> {
    /// A name for each feature. "load" is "load_t-1" at the last step but one.
    #[must_use]
    pub fn feature_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Makes a feature categorical at every step, as [`TabularBuilder::categorical`].
    #[must_use]
    pub fn categorical(self, feature: usize) -> Self {
        self.each_step(feature, |builder, column| builder.categorical(column))
    }

    /// Makes a feature categorical with named levels at every step, as [`TabularBuilder::levels`].
    #[must_use]
    pub fn levels<T: Into<String>>(self, feature: usize, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.each_step(feature, move |builder, column| builder.levels(column, names.iter().cloned()))
    }

    fn each_step(
        mut self,
        feature: usize,
        set: impl for<'b> Fn(TabularBuilder<'b, F>, usize) -> TabularBuilder<'b, F> + 'a,
    ) -> Self {
        let (_, steps, features) = self.training.shape();
        if feature >= features {
            self.missing = Some(feature);
            return self;
        }
        self.tabular(move |builder| (feature * steps..(feature + 1) * steps).fold(builder, &set))
    }

    /// Any other setting of the table underneath, whose column f steps + t is feature f at step t. Settings are made in the order
    /// of the calls.
    ///
    /// ```
    /// use lime_core::Representation;
    /// use lime_tabular::{SequenceTable, Sequences};
    /// let training = Sequences::new((2, 2, 1), vec![1.0, 10.0, 3.0, 30.0])?;
    /// let table = SequenceTable::builder(&training).tabular(|table| table.without_discretizer()).learn()?;
    /// assert_eq!(table.represent(&[1.0, 40.0])?.space().origin(), [-1.0, 2.0]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    #[must_use]
    pub fn tabular(mut self, set: impl for<'b> FnOnce(TabularBuilder<'b, F>) -> TabularBuilder<'b, F> + 'a) -> Self {
        self.settings.push(Box::new(set));
        self
    }

    /// Learns.
    ///
    /// # Errors
    /// [`Error`]: training data too small or infinite, names that do not fit, features that do not exist, and what else the
    /// table underneath refuses. Columns are those of the table.
    pub fn learn(self) -> Result<SequenceTable<F>, Error> {
        let (_, steps, features) = self.training.shape();
        if let Some(column) = self.missing {
            return Err(Error::NoColumn { column, columns: features });
        }
        let names = self.names.unwrap_or_else(|| (0..features).map(|f| f.to_string()).collect());
        if names.len() != features {
            return Err(Error::Names { names: names.len(), columns: features });
        }
        let names = names.iter().flat_map(|name| (0..steps).rev().map(move |back| format!("{name}_t-{back}")));
        let training = self.training.columns();
        let builder = Tabular::builder(&training).feature_names(names);
        SequenceTable::new(self.settings.into_iter().fold(builder, |builder, set| set(builder)).learn()?, steps)
    }
}
