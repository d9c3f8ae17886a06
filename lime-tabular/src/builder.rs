//! Learning a table from training data.

use std::sync::Arc;

use lime_core::Real;
use nalgebra::DMatrix;

use crate::{
    Around, Binned, Categorical, Column, Discretizer, Encoding, Error, Feature, Field, Gaussian, Kind, OneHot,
    OneHotEncoding, Optional, Quartile, Sample, Schema, Tabular, TruncatedNormal, Whole, Within,
};

/// Collects what a [`Tabular`] should learn.
///
/// | setting | default |
/// |---|---|
/// | [`schema`](Self::schema), or piece by piece: | |
/// | [`feature_names`](Self::feature_names) | "0", "1" ... |
/// | [`categorical`](Self::categorical), [`levels`](Self::levels), [`integer`](Self::integer) | all columns continuous |
/// | [`one_hot`](Self::one_hot) | each column a feature |
/// | [`frozen`](Self::frozen) | every feature is perturbed |
/// | [`bounds`](Self::bounds) | none |
/// | [`discretizer`](Self::discretizer) | [`Quartile`] |
/// | [`within`](Self::within), inside its bins | [`TruncatedNormal`] |
/// | [`classes`](Self::classes), for [`Entropy`](crate::Entropy) | none |
/// | [`around`](Self::around) (without discretiser) | the training mean |
///
/// Cells that are NaN are missing: a level of their own ([`Optional`]).
#[allow(missing_debug_implementations)]
pub struct TabularBuilder<'a, F: Real> {
    training: &'a DMatrix<F>,
    schema: Schema,
    columns: Vec<(usize, Arc<dyn Column<F>>)>,
    discretizer: Option<Box<dyn Discretizer + 'a>>,
    within: Box<dyn Within + 'a>,
    classes: Option<&'a [usize]>,
    around: Around,
    /// The first thing that was asked for and cannot be.
    wrong: Option<Error>,
}

impl<'a, F: Real> TabularBuilder<'a, F> {
    pub(crate) fn new(training: &'a DMatrix<F>) -> Self {
        Self {
            training,
            schema: Schema::continuous(training.ncols()),
            columns: Vec::new(),
            discretizer: Some(Box::new(Quartile)),
            within: Box::new(TruncatedNormal),
            classes: None,
            around: Around::Mean,
            wrong: None,
        }
    }

    /// What the columns are, all at once, in the order of the training data's columns.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        let (names, columns) = (schema.fields().len(), self.training.ncols());
        if names == columns {
            self.schema = schema;
        } else {
            self.wrong.get_or_insert(Error::Names { names, columns });
        }
        self
    }

    /// A name for each column.
    #[must_use]
    pub fn feature_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let columns = self.training.ncols();
        if names.len() != columns {
            self.wrong.get_or_insert(Error::Names { names: names.len(), columns });
            return self;
        }
        match self.schema.clone().renamed(names) {
            Ok(schema) => self.schema = schema,
            Err(error) => drop(self.wrong.get_or_insert(error)),
        }
        self
    }

    fn field(mut self, column: usize, change: impl FnOnce(Field) -> Result<Field, Error>) -> Self {
        let columns = self.training.ncols();
        let field = self.schema.fields().get(column).cloned();
        match field.ok_or(Error::NoColumn { column, columns }).and_then(change) {
            Ok(field) => self.schema = self.schema.set(column, |_| field),
            Err(error) => drop(self.wrong.get_or_insert(error)),
        }
        self
    }

    fn kind(self, column: usize, kind: Kind) -> Self {
        self.field(column, |field| Ok(field.with_kind(kind)))
    }

    /// Makes a column categorical: its values are the categories, each named by its number ("year=2007").
    #[must_use]
    pub fn categorical(self, column: usize) -> Self {
        self.kind(column, Kind::Categorical)
    }

    /// Makes a column categorical with named levels: its values are codes, 0 for the first name ("sex=female").
    #[must_use]
    pub fn levels<T: Into<String>>(self, column: usize, names: impl IntoIterator<Item = T>) -> Self {
        self.kind(column, Kind::Levels(names.into_iter().map(Into::into).collect()))
    }

    /// Makes a column one of whole numbers: perturbed values are whole too.
    #[must_use]
    pub fn integer(self, column: usize) -> Self {
        self.kind(column, Kind::Integer)
    }

    /// Holds a column fixed: it keeps the row's value in every sample and is no feature.
    #[must_use]
    pub fn frozen(self, column: usize) -> Self {
        self.field(column, |field| Ok(field.frozen(true)))
    }

    /// Keeps perturbed values of a column of numbers between two bounds. Bins do so by themselves: they end where training
    /// does.
    #[must_use]
    pub fn bounds(self, column: usize, least: f64, greatest: f64) -> Self {
        self.field(column, |field| field.bounds(least, greatest))
    }

    /// Makes columns of 0 and 1 the one-hot code of a category, one feature.
    #[must_use]
    pub fn one_hot(mut self, group: OneHot) -> Self {
        match self.schema.clone().one_hot(group) {
            Ok(schema) => self.schema = schema,
            Err(error) => drop(self.wrong.get_or_insert(error)),
        }
        self
    }

    /// Describes a column by a [`Column`] of one's own instead of learning it.
    #[must_use]
    pub fn column(mut self, column: usize, law: impl Column<F> + 'static) -> Self {
        let columns = self.training.ncols();
        if column >= columns {
            self.wrong.get_or_insert(Error::NoColumn { column, columns });
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
    /// [`Error`]: training data too small or not finite, names that do not fit, columns that do not exist, values out of
    /// bounds, columns that are no one-hot code, a discretiser that fails.
    pub fn learn(mut self) -> Result<Tabular<F>, Error> {
        let (rows, columns) = self.training.shape();
        if rows < 2 || columns == 0 {
            return Err(Error::Size { rows, columns });
        }
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        if let Some(classes) = self.classes.map(<[usize]>::len).filter(|classes| *classes != rows) {
            return Err(Error::Classes { classes, rows });
        }
        let mut features = Vec::with_capacity(columns);
        for (j, field) in self.schema.fields().iter().enumerate() {
            let name = field.name();
            if let Some((_, own)) = self.columns.iter().rev().find(|(column, _)| *column == j) {
                features.push(Feature::shared(name, j, Arc::clone(own)).frozen(field.is_frozen()));
            } else if let Some(group) = self.schema.groups().iter().find(|g| g.columns.iter().any(|c| c == name)) {
                // The feature stands where the first of its columns does.
                let places: Vec<usize> = group.columns.iter().filter_map(|c| self.schema.position(c)).collect();
                if places.iter().min() == Some(&j) {
                    features.push(self.learn_group(group, &places)?);
                }
            } else {
                let mut values = Vec::with_capacity(rows);
                for (row, value) in self.training.column(j).iter().map(|v| v.wide()).enumerate() {
                    if value.is_infinite() {
                        return Err(Error::TrainingValue { row, column: j, name: name.into(), value });
                    }
                    values.push(value);
                }
                features.push(Feature::shared(name, j, self.learn_column(field, &values)?).frozen(field.is_frozen()));
            }
        }
        Tabular::of(self.schema, features)
    }

    /// How one column varies, from its training values.
    fn learn_column(&self, field: &Field, cells: &[f64]) -> Result<Arc<dyn Column<F>>, Error> {
        let (name, rows) = (field.name(), cells.len());
        let present: Vec<usize> = (0..rows).filter(|&row| !field.is_missing(cells[row])).collect();
        if present.is_empty() {
            return Err(Error::AllMissing { name: name.into() });
        }
        let values: Vec<f64> = present.iter().map(|&row| cells[row]).collect();
        let sample = match self.classes {
            Some(classes) => {
                Sample::with_labels(&values, &present.iter().map(|&row| classes[row]).collect::<Vec<_>>())?
            }
            None => Sample::new(&values)?,
        };
        self.learn_sample(field, &sample, (rows - present.len()) as f64 / rows as f64)
    }

    /// How one column varies, from its training values and the share of cells that are missing.
    fn learn_sample(&self, field: &Field, sample: &Sample, missing: f64) -> Result<Arc<dyn Column<F>>, Error> {
        let name = field.name();
        let [least, greatest] = field.limits().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        if let Some(value) = [sample.min(), sample.max()].into_iter().find(|value| *value < least || *value > greatest)
        {
            return Err(Error::OutOfBounds { name: name.into(), value, least, greatest });
        }
        let column: Arc<dyn Column<F>> = match field.kind() {
            Kind::Continuous => self.learn_number(field, sample)?,
            Kind::Integer | Kind::Instant(_) => Arc::new(Whole::new(self.learn_number(field, sample)?)),
            Kind::Boolean => Arc::new(Categorical::levels_from_sample(name, sample, &["false".into(), "true".into()])?),
            Kind::Categorical => Arc::new(Categorical::from_sample(name, sample).with_other(field.takes_other())),
            Kind::Ordinal(levels) if self.discretizer.is_some() => {
                Categorical::levels_from_sample(name, sample, levels)?;
                Arc::new(Whole::new(self.learn_number(field, sample)?))
            }
            Kind::Levels(levels) | Kind::Ordinal(levels) => {
                Arc::new(Categorical::levels_from_sample(name, sample, levels)?)
            }
        };
        if missing == 0.0 && !field.is_nullable() {
            return Ok(column);
        }
        Ok(Arc::new(Optional::new(name, column, missing, F::of(field.missing()))?))
    }

    fn learn_number(&self, field: &Field, sample: &Sample) -> Result<Arc<dyn Column<F>>, Error> {
        let name = field.name();
        let Some(discretizer) = &self.discretizer else {
            let law = Gaussian::from_sample(name, sample, self.around);
            return Ok(match field.limits() {
                Some([least, greatest]) => Arc::new(law.between(least, greatest)?),
                None => Arc::new(law),
            });
        };
        let edges = discretizer.edges(sample);
        let edges = edges.map_err(|source| Error::Discretizer { name: name.into(), source })?;
        let binned = Binned::from_sample(name, sample, &edges, &*self.within)?;
        Ok(Arc::new(match field.kind() {
            // The edge between two levels lies anywhere between their codes.
            Kind::Ordinal(levels) => {
                binned.written(|edge| levels.get(edge.max(0.0) as usize).cloned().unwrap_or_default())
            }
            Kind::Instant(unit) => binned.written(|edge| unit.write(edge)),
            _ => binned,
        }))
    }

    /// The category that columns of 0 and 1 are a code of.
    fn learn_group(&self, group: &OneHot, places: &[usize]) -> Result<Feature<F>, Error> {
        let encoding = OneHotEncoding::new(group.columns.iter().cloned())?;
        let rows = self.training.nrows();
        let (mut codes, mut values) = (Vec::with_capacity(rows), vec![F::zero(); places.len()]);
        for row in 0..rows {
            for (value, &place) in values.iter_mut().zip(places) {
                *value = self.training[(row, place)];
            }
            let code = encoding.decode(&values).map_err(|source| Error::OneHot {
                group: group.name.clone(),
                reason: format!("training row {row}: {source}"),
            })?;
            codes.push(code.wide());
        }
        let fields: Vec<&Field> = places.iter().filter_map(|&place| self.schema.fields().get(place)).collect();
        let nullable = fields.iter().any(|field| field.is_nullable());
        let field = Field::new(group.name.clone(), Kind::Levels(group.levels.clone())).nullable(nullable);
        let law = self.learn_column(&field, &codes)?;
        let encoding: Arc<dyn Encoding<F>> = Arc::new(encoding);
        let frozen = fields.iter().any(|field| field.is_frozen());
        Ok(Feature { name: group.name.clone(), columns: places.to_vec(), encoding: Some(encoding), law, frozen })
    }
}
