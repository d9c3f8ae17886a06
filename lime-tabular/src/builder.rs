//! Learning a table from training data.

use std::sync::Arc;

use lime_core::Real;
use nalgebra::DMatrix;

use crate::{
    Around, Binned, Categorical, Column, Discretizer, Encoding, Error, Feature, Field, Gaussian, Kind, OneHot,
    OneHotEncoding, Optional, Quartile, Sample, Schema, Summary, Tabular, TruncatedNormal, Whole, Within,
};

/// What there is to learn from.
#[derive(Clone, Copy)]
pub(crate) enum Training<'a, F: Real> {
    Matrix(&'a DMatrix<F>),
    Summaries(&'a [Summary]),
}

impl<F: Real> Training<'_, F> {
    fn rows(&self) -> usize {
        match self {
            Training::Matrix(training) => training.nrows(),
            Training::Summaries(summaries) => {
                let rows = summaries.first().map_or(0, Summary::rows);
                usize::try_from(rows).unwrap_or(usize::MAX)
            }
        }
    }

    fn columns(&self) -> usize {
        match self {
            Training::Matrix(training) => training.ncols(),
            Training::Summaries(summaries) => summaries.len(),
        }
    }
}

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
#[must_use = "it is learn() that makes the table"]
pub struct TabularBuilder<'a, F: Real> {
    training: Training<'a, F>,
    schema: Schema,
    columns: Vec<(usize, Arc<dyn Column<F>>)>,
    discretizer: Option<Box<dyn Discretizer + 'a>>,
    discretizers: Vec<(usize, Box<dyn Discretizer + 'a>)>,
    within: Box<dyn Within + 'a>,
    classes: Option<&'a [usize]>,
    around: Around,
    /// The first thing that was asked for and cannot be.
    wrong: Option<Error>,
}

impl<'a, F: Real> TabularBuilder<'a, F> {
    pub(crate) fn new(training: Training<'a, F>) -> Self {
        Self {
            schema: Schema::continuous(training.columns()),
            training,
            columns: Vec::new(),
            discretizer: Some(Box::new(Quartile)),
            discretizers: Vec::new(),
            within: Box::new(TruncatedNormal),
            classes: None,
            around: Around::Mean,
            wrong: None,
        }
    }

    /// What the columns are, all at once, in the order of the training data's columns.
    pub fn schema(mut self, schema: Schema) -> Self {
        let (names, columns) = (schema.fields().len(), self.training.columns());
        if names == columns {
            self.schema = schema;
        } else {
            self.wrong.get_or_insert(Error::Names { names, columns });
        }
        self
    }

    /// A name for each column.
    pub fn feature_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let columns = self.training.columns();
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
        let columns = self.training.columns();
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
    pub fn categorical(self, column: usize) -> Self {
        self.kind(column, Kind::Categorical)
    }

    /// Makes a column categorical with named levels: its values are codes, 0 for the first name ("sex=female").
    pub fn levels<T: Into<String>>(self, column: usize, names: impl IntoIterator<Item = T>) -> Self {
        self.kind(column, Kind::Levels(names.into_iter().map(Into::into).collect()))
    }

    /// Makes a column one of whole numbers: perturbed values are whole too.
    pub fn integer(self, column: usize) -> Self {
        self.kind(column, Kind::Integer)
    }

    /// Holds a column fixed: it keeps the row's value in every sample and is no feature.
    pub fn frozen(self, column: usize) -> Self {
        self.field(column, |field| Ok(field.frozen(true)))
    }

    /// Keeps perturbed values of a column of numbers between two bounds. Bins do so by themselves: they end where training
    /// does.
    pub fn bounds(self, column: usize, least: f64, greatest: f64) -> Self {
        self.field(column, |field| field.bounds(least, greatest))
    }

    /// Makes columns of 0 and 1 the one-hot code of a category, one feature.
    pub fn one_hot(mut self, group: OneHot) -> Self {
        match self.schema.clone().one_hot(group) {
            Ok(schema) => self.schema = schema,
            Err(error) => drop(self.wrong.get_or_insert(error)),
        }
        self
    }

    /// Describes a column by a [`Column`] of one's own instead of learning it.
    pub fn column(mut self, column: usize, law: impl Column<F> + 'static) -> Self {
        let columns = self.training.columns();
        if column >= columns {
            self.wrong.get_or_insert(Error::NoColumn { column, columns });
        }
        self.columns.push((column, Arc::new(law)));
        self
    }

    /// How continuous columns are cut into bins. Default: [`Quartile`].
    pub fn discretizer(mut self, discretizer: impl Discretizer + 'a) -> Self {
        self.discretizer = Some(Box::new(discretizer));
        self
    }

    /// How one column is cut into bins, whatever the others are: edges that are known beforehand, say.
    pub fn discretizer_of(mut self, column: usize, discretizer: impl Discretizer + 'a) -> Self {
        let columns = self.training.columns();
        if column >= columns {
            self.wrong.get_or_insert(Error::NoColumn { column, columns });
        }
        self.discretizers.push((column, Box::new(discretizer)));
        self
    }

    /// How values vary inside the bins. Default: [`TruncatedNormal`].
    pub fn within(mut self, within: impl Within + 'a) -> Self {
        self.within = Box::new(within);
        self
    }

    /// The class of each training row, numbered in any way, for a discretiser that learns from classes:
    /// [`Entropy`](crate::Entropy). Default: none.
    pub fn classes(mut self, classes: &'a [usize]) -> Self {
        self.classes = Some(classes);
        self
    }

    /// Leaves continuous columns as they are, perturbed by a normal law: see [`Gaussian`].
    pub fn without_discretizer(mut self) -> Self {
        self.discretizer = None;
        self
    }

    /// The centre of the normal law, where there is no discretiser. Default: the training mean.
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
        // Columns may have been changed one by one since they were put together.
        let checked = self.schema.clone().checked();
        let (rows, columns) = (self.training.rows(), self.training.columns());
        if rows < 2 || columns == 0 {
            return Err(Error::Size { rows, columns });
        }
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        checked?;
        if let Training::Summaries(summaries) = self.training {
            for (summary, field) in summaries.iter().zip(self.schema.fields()) {
                if summary.rows() != rows as u64 {
                    let (name, found) = (field.name().into(), summary.rows());
                    return Err(Error::SummaryRows { name, found, expected: rows as u64 });
                }
            }
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
                let law = match self.training {
                    Training::Matrix(training) => {
                        let values: Vec<f64> = training.column(j).iter().map(|v| v.wide()).collect();
                        if let Some(row) = values.iter().position(|value| value.is_infinite()) {
                            return Err(Error::TrainingValue { row, column: j, name: name.into(), value: values[row] });
                        }
                        self.learn_column(j, field, &values)?
                    }
                    Training::Summaries(summaries) => self.learn_summary(j, field, &summaries[j])?,
                };
                features.push(Feature::shared(name, j, law).frozen(field.is_frozen()));
            }
        }
        Tabular::of(self.schema, features)
    }

    /// How one column varies, from its training values.
    fn learn_column(&self, column: usize, field: &Field, cells: &[f64]) -> Result<Arc<dyn Column<F>>, Error> {
        let (name, rows) = (field.name(), cells.len());
        // The sentinel as the training data have it, which may be in single precision.
        let code = F::of(field.missing()).wide();
        let missing = |cell: f64| field.is_missing(cell) || cell == code;
        let present: Vec<usize> = (0..rows).filter(|&row| !missing(cells[row])).collect();
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
        self.learn_sample(column, field, &sample, (rows - present.len()) as f64 / rows as f64)
    }

    /// How one column varies, from its summary.
    fn learn_summary(&self, column: usize, field: &Field, summary: &Summary) -> Result<Arc<dyn Column<F>>, Error> {
        let name = field.name();
        if summary.infinite() > 0 {
            return Err(Error::Infinite { name: name.into(), values: summary.infinite() });
        }
        if summary.count() == 0 {
            return Err(Error::AllMissing { name: name.into() });
        }
        let (values, counts) = summary.values();
        let sample = match counts {
            Some(counts) => Sample::weighted(&values, &counts)?,
            None => Sample::new(&values)?,
        };
        if let Some(&value) = values.iter().find(|value| field.is_missing(**value)) {
            return Err(Error::SentinelKept { name: name.into(), value });
        }
        let missing = summary.missing() as f64 / (summary.count() + summary.missing()) as f64;
        self.learn_sample(column, field, &sample, missing)
    }

    /// How one column varies, from its training values and the share of cells that are missing.
    fn learn_sample(
        &self,
        column: usize,
        field: &Field,
        sample: &Sample,
        missing: f64,
    ) -> Result<Arc<dyn Column<F>>, Error> {
        let name = field.name();
        let [least, greatest] = field.limits().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        // In the training data's own precision.
        let beyond = |value: &f64| F::of(*value) < F::of(least) || F::of(*value) > F::of(greatest);
        if let Some(value) = [sample.min(), sample.max()].into_iter().find(beyond) {
            return Err(Error::OutOfBounds { name: name.into(), value, least, greatest });
        }
        let law: Arc<dyn Column<F>> = match field.kind() {
            Kind::Continuous => self.learn_number(column, field, sample)?,
            Kind::Integer | Kind::Instant(_) => Arc::new(Whole::new(self.learn_number(column, field, sample)?)),
            Kind::Boolean => Arc::new(Categorical::levels_from_sample(name, sample, &["false".into(), "true".into()])?),
            Kind::Categorical => Arc::new(Categorical::from_sample(name, sample).with_other(field.takes_other())),
            Kind::Ordinal(levels) if self.discretizer_at(column).is_some() => {
                Categorical::levels_from_sample(name, sample, levels)?;
                Arc::new(Whole::new(self.learn_number(column, field, sample)?))
            }
            Kind::Levels(levels) | Kind::Ordinal(levels) => {
                Arc::new(Categorical::levels_from_sample(name, sample, levels)?)
            }
        };
        if missing == 0.0 && !field.is_nullable() {
            return Ok(law);
        }
        Ok(Arc::new(Optional::new(name, law, missing, F::of(field.missing()))?))
    }

    /// The rule that cuts a column, if one does.
    fn discretizer_at(&self, column: usize) -> Option<&dyn Discretizer> {
        let own = self.discretizers.iter().rev().find(|(of, _)| *of == column).map(|(_, own)| own);
        own.or(self.discretizer.as_ref()).map(|discretizer| &**discretizer as &dyn Discretizer)
    }

    fn learn_number(&self, column: usize, field: &Field, sample: &Sample) -> Result<Arc<dyn Column<F>>, Error> {
        let name = field.name();
        let Some(discretizer) = self.discretizer_at(column) else {
            let (mean, sd) = sample.mean_and_sd();
            if !(mean.is_finite() && sd.is_finite()) {
                return Err(Error::Overflow { name: name.into(), min: sample.min(), max: sample.max() });
            }
            let law = Gaussian::from_sample(name, sample, self.around);
            let whole = !matches!(field.kind(), Kind::Continuous);
            return Ok(match field.limits() {
                // Rounding may not leave the bounds.
                Some([least, greatest]) if whole => Arc::new(law.between(least.ceil(), greatest.floor())?),
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
        let wrong = |reason: String| Error::OneHot { group: group.name.clone(), reason };
        let fields: Vec<&Field> = places.iter().filter_map(|&place| self.schema.fields().get(place)).collect();
        let nullable = fields.iter().any(|field| field.is_nullable());
        let field = Field::new(group.name.clone(), Kind::Levels(group.levels.clone())).nullable(nullable);
        let law = match self.training {
            Training::Matrix(training) => {
                let mut codes = Vec::with_capacity(training.nrows());
                let mut values = vec![F::zero(); places.len()];
                for row in 0..training.nrows() {
                    for (value, &place) in values.iter_mut().zip(places) {
                        *value = training[(row, place)];
                    }
                    let code =
                        encoding.decode(&values).map_err(|source| wrong(format!("training row {row}: {source}")))?;
                    codes.push(code.wide());
                }
                self.learn_column(places[0], &field, &codes)?
            }
            // How often each column is 1 tells the frequencies; that no row has two is the reader's to know.
            Training::Summaries(summaries) => {
                let rows = self.training.rows() as f64;
                let mut ones = Vec::with_capacity(places.len());
                for (&place, column) in places.iter().zip(&group.columns) {
                    let summary = &summaries[place];
                    if summary.missing() + summary.infinite() > 0
                        || !(summary.is_exact() && summary.is_whole())
                        || summary.min() < 0.0
                        || summary.max() > 1.0
                    {
                        return Err(wrong(format!("the column {column:?} has other values than 0 and 1")));
                    }
                    ones.push((summary.mean() * summary.count() as f64).round());
                }
                let total: f64 = ones.iter().sum();
                if total > rows {
                    return Err(wrong(format!("the columns hold {total} ones in {rows} rows")));
                }
                let present: Vec<(f64, f64)> = ones
                    .iter()
                    .enumerate()
                    .map(|(code, ones)| (code as f64, *ones))
                    .filter(|(_, ones)| *ones > 0.0)
                    .collect();
                if present.is_empty() {
                    return Err(Error::AllMissing { name: group.name.clone() });
                }
                let (codes, counts): (Vec<f64>, Vec<f64>) = present.into_iter().unzip();
                self.learn_sample(places[0], &field, &Sample::weighted(&codes, &counts)?, (rows - total) / rows)?
            }
        };
        let encoding: Arc<dyn Encoding<F>> = Arc::new(encoding);
        let frozen = fields.iter().any(|field| field.is_frozen());
        Ok(Feature { name: group.name.clone(), columns: places.to_vec(), encoding: Some(encoding), law, frozen })
    }
}
