//! What training data tell about a table.

use std::sync::Arc;

use lime_core::Real;
use nalgebra::DMatrix;

use crate::{
    Around, Baseline, Binned, Categorical, Column, Discretizer, Error, Gaussian, Quartile, Sample,
    TabularRepresentation, TruncatedNormal, Within,
};

/// A table as training data tell it: a [`Column`] for each of the model's inputs. Makes a representation of any row.
///
/// Cheap to clone: the columns are shared.
#[derive(Debug, Clone)]
pub struct Tabular<F: Real> {
    names: Vec<String>,
    columns: Vec<Arc<dyn Column<F>>>,
}

impl<F: Real> Tabular<F> {
    /// Starts learning from training data, (rows, columns), the model's own inputs. At least 2 rows and 1 column, all values
    /// finite.
    pub fn builder(training: &DMatrix<F>) -> TabularBuilder<'_, F> {
        TabularBuilder {
            training,
            names: None,
            levels: vec![Levels::Continuous; training.ncols()],
            columns: Vec::new(),
            discretizer: Some(Box::new(Quartile)),
            within: Box::new(TruncatedNormal),
            classes: None,
            around: Around::Mean,
            missing: None,
        }
    }

    /// The number of columns, which is the number of the model's inputs.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns.
    pub fn columns(&self) -> &[Arc<dyn Column<F>>] {
        &self.columns
    }

    /// The interpretable representation of a row.
    ///
    /// # Errors
    /// [`Error::RowLength`], [`Error::RowValue`] for a value that is not finite, [`Error::Column`] for one the column does not
    /// have (an unseen category).
    pub fn represent(&self, row: &[F]) -> Result<TabularRepresentation<F>, Error> {
        self.check(row)?;
        let mut at = Vec::with_capacity(row.len());
        for (column, (&x, name)) in row.iter().zip(&self.names).enumerate() {
            let around = self.columns[column].at(x);
            at.push(around.map_err(|source| Error::Column { column, name: name.clone(), source })?);
        }
        TabularRepresentation::new(row.to_vec(), at)
    }

    /// The row as a mask over the table's typical row: the training mean of numbers, the most frequent of categories. See
    /// [`Baseline`], which takes any other baseline too.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::Tabular;
    ///
    /// let training = dmatrix![1.0, 0.0; 2.0, 1.0; 6.0, 1.0];
    /// let table = Tabular::builder(&training).levels(1, ["no", "yes"]).learn()?;
    /// assert_eq!(table.baseline(&[5.0, 0.0])?.baseline(), [3.0, 1.0]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RowLength`], [`Error::RowValue`], [`Error::NotTypical`] for a column of the user's own that tells no value.
    pub fn baseline(&self, row: &[F]) -> Result<Baseline<F>, Error> {
        self.check(row)?;
        let mut typical = Vec::with_capacity(row.len());
        for (column, (law, name)) in self.columns.iter().zip(&self.names).enumerate() {
            typical.push(law.typical().ok_or_else(|| Error::NotTypical { column, name: name.clone() })?);
        }
        Baseline::new(row, &typical)?.feature_names(self.names.iter().cloned())
    }

    /// Whether a row has a finite value for each column.
    fn check(&self, row: &[F]) -> Result<(), Error> {
        if row.len() != self.columns.len() {
            return Err(Error::RowLength { expected: self.columns.len(), found: row.len() });
        }
        for (column, (&x, name)) in row.iter().zip(&self.names).enumerate() {
            if !x.is_finite() {
                return Err(Error::RowValue { column, name: name.clone(), value: x.wide() });
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
enum Levels {
    Continuous,
    Values,
    Named(Vec<String>),
}

/// Collects what a [`Tabular`] should learn.
///
/// | setting | default |
/// |---|---|
/// | [`feature_names`](Self::feature_names) | "0", "1" ... |
/// | [`categorical`](Self::categorical), [`levels`](Self::levels) | all columns continuous |
/// | [`discretizer`](Self::discretizer) | [`Quartile`] |
/// | [`within`](Self::within), inside its bins | [`TruncatedNormal`] |
/// | [`classes`](Self::classes), for [`Entropy`](crate::Entropy) | none |
/// | [`around`](Self::around) (without discretiser) | the training mean |
#[allow(missing_debug_implementations)]
pub struct TabularBuilder<'a, F: Real> {
    training: &'a DMatrix<F>,
    names: Option<Vec<String>>,
    levels: Vec<Levels>,
    columns: Vec<(usize, Arc<dyn Column<F>>)>,
    discretizer: Option<Box<dyn Discretizer + 'a>>,
    within: Box<dyn Within + 'a>,
    classes: Option<&'a [usize]>,
    around: Around,
    /// A column that was named and does not exist.
    missing: Option<usize>,
}

impl<'a, F: Real> TabularBuilder<'a, F> {
    /// A name for each column.
    #[must_use]
    pub fn feature_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    fn set_levels(mut self, column: usize, levels: Levels) -> Self {
        match self.levels.get_mut(column) {
            Some(slot) => *slot = levels,
            None => self.missing = Some(column),
        }
        self
    }

    /// Makes a column categorical: its values are the categories, each named by its number ("year=2007").
    #[must_use]
    pub fn categorical(self, column: usize) -> Self {
        self.set_levels(column, Levels::Values)
    }

    /// Makes a column categorical with named levels: its values are codes, 0 for the first name ("sex=female").
    #[must_use]
    pub fn levels<T: Into<String>>(self, column: usize, names: impl IntoIterator<Item = T>) -> Self {
        self.set_levels(column, Levels::Named(names.into_iter().map(Into::into).collect()))
    }

    /// Describes a column by a [`Column`] of one's own instead of learning it.
    #[must_use]
    pub fn column(mut self, column: usize, law: impl Column<F> + 'static) -> Self {
        if column >= self.levels.len() {
            self.missing = Some(column);
        }
        self.columns.push((column, Arc::new(law)));
        self
    }

    /// How continuous columns are cut into bins. Default: [`Quartile`].
    #[must_use]
    pub fn discretizer(mut self, discretizer: impl Discretizer + 'a) -> Self {
        self.discretizer = Some(Box::new(discretizer));
        self
    }

    /// How values vary inside the bins. Default: [`TruncatedNormal`].
    #[must_use]
    pub fn within(mut self, within: impl Within + 'a) -> Self {
        self.within = Box::new(within);
        self
    }

    /// The class of each training row, numbered in any way, for a discretiser that learns from classes:
    /// [`Entropy`](crate::Entropy). Default: none.
    #[must_use]
    pub fn classes(mut self, classes: &'a [usize]) -> Self {
        self.classes = Some(classes);
        self
    }

    /// Leaves continuous columns as they are, perturbed by a normal law: see [`Gaussian`].
    #[must_use]
    pub fn without_discretizer(mut self) -> Self {
        self.discretizer = None;
        self
    }

    /// The centre of the normal law, where there is no discretiser. Default: the training mean.
    #[must_use]
    pub fn around(mut self, around: Around) -> Self {
        self.around = around;
        self
    }

    /// Learns.
    ///
    /// # Errors
    /// [`Error`]: training data too small or not finite, names that do not fit, columns that do not exist, a discretiser that
    /// fails.
    pub fn learn(self) -> Result<Tabular<F>, Error> {
        let (rows, columns) = self.training.shape();
        if rows < 2 || columns == 0 {
            return Err(Error::Size { rows, columns });
        }
        let names = self.names.unwrap_or_else(|| (0..columns).map(|j| j.to_string()).collect());
        if names.len() != columns {
            return Err(Error::Names { names: names.len(), columns });
        }
        if let Some(column) = self.missing {
            return Err(Error::NoColumn { column, columns });
        }
        if let Some(classes) = self.classes.map(<[usize]>::len).filter(|classes| *classes != rows) {
            return Err(Error::Classes { classes, rows });
        }
        let mut learned: Vec<Arc<dyn Column<F>>> = Vec::with_capacity(columns);
        for (j, name) in names.iter().enumerate() {
            if let Some((_, own)) = self.columns.iter().rev().find(|(column, _)| *column == j) {
                learned.push(Arc::clone(own));
                continue;
            }
            let values: Vec<f64> = self.training.column(j).iter().map(|v| v.wide()).collect();
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(Error::TrainingValue { row, column: j, name: name.clone(), value: values[row] });
            }
            learned.push(match (&self.levels[j], &self.discretizer) {
                (Levels::Values, _) => Arc::new(Categorical::learn(name, &values)?),
                (Levels::Named(levels), _) => Arc::new(Categorical::with_levels(name, &values, levels)?),
                (Levels::Continuous, None) => Arc::new(Gaussian::learn(name, &values, self.around)),
                (Levels::Continuous, Some(discretizer)) => {
                    let sample = match self.classes {
                        Some(classes) => Sample::with_labels(&values, classes)?,
                        None => Sample::new(&values)?,
                    };
                    let edges = discretizer.edges(&sample);
                    let edges = edges.map_err(|source| Error::Discretizer { name: name.clone(), source })?;
                    Arc::new(Binned::from_sample(name, &sample, &edges, &*self.within)?)
                }
            });
        }
        Ok(Tabular { names, columns: learned })
    }
}
