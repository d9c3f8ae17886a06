//! What training data tell about a table.

use lime_core::Real;
use nalgebra::DMatrix;

use crate::builder::{TabularBuilder, Training};
use crate::representation::FeatureAt;
use crate::{Baseline, Error, Feature, Field, Kind, Schema, Summary, TabularRepresentation};

/// A table as training data tell it: its interpretable features, each a [`Column`](crate::Column) and the model's inputs that hold it. Makes a
/// representation of any row.
///
/// Cheap to clone: the columns are shared.
#[derive(Debug, Clone)]
pub struct Tabular<F: Real> {
    schema: Schema,
    names: Vec<String>,
    output_names: Vec<String>,
    features: Vec<Feature<F>>,
    /// For each input its feature and its place among that feature's columns.
    owners: Vec<(usize, usize)>,
}

impl<F: Real> Tabular<F> {
    /// Starts learning from training data, (rows, columns), the model's own inputs. At least 2 rows and 1 column; NaN is a
    /// missing cell, all other values are finite.
    pub fn builder(training: &DMatrix<F>) -> TabularBuilder<'_, F> {
        TabularBuilder::new(Training::Matrix(training))
    }

    /// Starts learning from a [`Summary`] of each column: of training data that passed by in a stream, in bounded
    /// memory. What needs whole rows cannot be learned from them: bins by class ([`Entropy`](crate::Entropy)), and whether the columns of a
    /// one-hot group are ever 1 together, which [`OneHotDetector`](crate::OneHotDetector) tells.
    ///
    /// ```
    /// use lime_tabular::{Summary, Tabular};
    ///
    /// let mut columns = [Summary::exact(), Summary::exact()];
    /// for (age, weight) in [(31.0, 80.0), (44.0, f64::NAN), (25.0, 61.0), (60.0, 75.0)] {
    ///     columns[0].absorb(&[age]);
    ///     columns[1].absorb(&[weight]);
    /// }
    /// let table: Tabular<f64> = Tabular::from_summaries(&columns).feature_names(["age", "weight"]).learn()?;
    /// let row = table.represent(&[44.0, f64::NAN])?;
    /// assert_eq!(lime_core::Representation::names(&row), ["37.50 < age <= 48.00", "weight is missing"]);
    /// # Ok::<(), lime_tabular::Error>(())
    /// ```
    pub fn from_summaries(columns: &[Summary]) -> TabularBuilder<'_, F> {
        TabularBuilder::new(Training::Summaries(columns))
    }

    /// A table from its features, without training data. `names` are those of the model's inputs.
    ///
    /// # Errors
    /// [`Error::Owners`] unless each input belongs to one feature, [`Error::NoColumn`], [`Error::Width`] for an encoding of
    /// another width, [`Error::AllFrozen`].
    pub fn new<T: Into<String>>(
        names: impl IntoIterator<Item = T>,
        features: impl IntoIterator<Item = Feature<F>>,
    ) -> Result<Self, Error> {
        let fields = names.into_iter().map(|name| Field::new(name, Kind::Continuous));
        Self::of(Schema::new(fields)?, features.into_iter().collect())
    }

    /// A table whose inputs have a schema.
    pub(crate) fn of(schema: Schema, features: Vec<Feature<F>>) -> Result<Self, Error> {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().into()).collect();
        let columns = names.len();
        let mut owners: Vec<Vec<(usize, usize)>> = vec![Vec::new(); columns];
        for (number, feature) in features.iter().enumerate() {
            let width = feature.encoding.as_ref().map_or(1, |encoding| encoding.width());
            if width != feature.columns.len() || width == 0 {
                return Err(Error::Width { name: feature.name.clone(), width, columns: feature.columns.len() });
            }
            for (part, &column) in feature.columns.iter().enumerate() {
                let Some(owner) = owners.get_mut(column) else { return Err(Error::NoColumn { column, columns }) };
                owner.push((number, part));
            }
        }
        let single = |(column, owner): (usize, Vec<(usize, usize)>)| match owner[..] {
            [owner] => Ok(owner),
            _ => Err(Error::Owners { column, name: names[column].clone(), features: owner.len() }),
        };
        let owners = owners.into_iter().enumerate().map(single).collect::<Result<_, _>>()?;
        if features.iter().all(|feature| feature.frozen) {
            return Err(Error::AllFrozen);
        }
        Ok(Self { schema, names, output_names: Vec::new(), features, owners })
    }

    /// Names for the model's outputs (class names), to be kept with the table: they are saved with it, and an explainer is
    /// given them by `explainer.output_names(table.output_names())`. Default: none.
    #[must_use]
    pub fn with_output_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.output_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// The names of the model's outputs, where they have been given.
    pub fn output_names(&self) -> &[String] {
        &self.output_names
    }

    /// What the model's inputs are.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The number of columns, which is the number of the model's inputs.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The columns' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The interpretable features, those held fixed among them.
    pub fn features(&self) -> &[Feature<F>] {
        &self.features
    }

    /// The interpretable representation of a row.
    ///
    /// # Errors
    /// [`Error::RowLength`], [`Error::RowValue`] for an infinite value, [`Error::Column`] for one the column does not have (an
    /// unseen category, a missing cell where training has none).
    pub fn represent(&self, row: &[F]) -> Result<TabularRepresentation<F>, Error> {
        let codes = self.codes(row)?;
        let (mut at, mut frozen, mut frozen_names) = (Vec::new(), Vec::new(), Vec::new());
        for (feature, code) in self.features.iter().zip(codes) {
            let column = feature.columns[0];
            if feature.frozen {
                frozen.extend(&feature.columns);
                frozen_names.push(self.written(feature, code));
                continue;
            }
            if code.wide().is_nan() && !feature.law.takes_missing() {
                return Err(Error::MissingCell { column, name: feature.name.clone() });
            }
            let around = feature.law.at(code);
            let around = around.map_err(|source| Error::Column { column, name: feature.name.clone(), source })?;
            at.push(FeatureAt {
                at: around.into(),
                columns: feature.columns.clone(),
                encoding: feature.encoding.clone(),
            });
        }
        TabularRepresentation::new(row.to_vec(), at, frozen, frozen_names)
    }

    /// The row as a mask over the table's typical row: the training mean of numbers, the most frequent of categories. Features that are
    /// held fixed keep the row's values there too, so that they weigh nothing. See [`Baseline`], which takes any other baseline too.
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
    /// [`Error::RowLength`], [`Error::RowValue`] (also for a missing cell), [`Error::NotTypical`] for a column of the user's own that tells no value.
    pub fn baseline(&self, row: &[F]) -> Result<Baseline<F>, Error> {
        self.codes(row)?;
        if let Some(column) = row.iter().position(|x| !x.is_finite()) {
            return Err(Error::RowValue { column, name: self.names[column].clone(), value: row[column].wide() });
        }
        let mut baseline = row.to_vec();
        for feature in &self.features {
            if feature.frozen {
                continue;
            }
            let (column, name) = (feature.columns[0], feature.name.clone());
            let typical = feature.law.typical().ok_or(Error::NotTypical { column, name })?;
            match &feature.encoding {
                None => baseline[column] = typical,
                Some(encoding) => {
                    for (part, &column) in feature.columns.iter().enumerate() {
                        encoding.encode(&[typical], part, &mut baseline[column..=column]);
                    }
                }
            }
        }
        let groups: Vec<usize> = self.owners.iter().map(|(feature, _)| *feature).collect();
        let names: Vec<String> = self.features.iter().map(|feature| feature.name.clone()).collect();
        Baseline::new(row, &baseline)?.groups(&groups)?.feature_names(names)
    }

    /// A feature's value in words. One that training does not have is no hindrance where it is not perturbed.
    fn written(&self, feature: &Feature<F>, code: F) -> String {
        let known = !code.wide().is_nan() || feature.law.takes_missing();
        let at = known.then(|| feature.law.at(code).ok()).flatten();
        // Categories have names, a missing cell has; a bin's would say less than the number.
        if let Some(at) = at.filter(|at| at.shares(F::one()).is_some_and(|values| values.len() == 1)) {
            return at.name();
        }
        match self.schema.fields().get(feature.columns[0]).map(Field::kind) {
            Some(Kind::Instant(unit)) => format!("{}={}", feature.name, unit.write(code.wide())),
            Some(Kind::Ordinal(levels)) => {
                let level = levels.get(code.wide() as usize).cloned().unwrap_or_else(|| code.to_string());
                format!("{}={level}", feature.name)
            }
            _ => format!("{}={code}", feature.name),
        }
    }

    /// Each feature's one value in a row of the model's inputs.
    fn codes(&self, row: &[F]) -> Result<Vec<F>, Error> {
        if row.len() != self.width() {
            return Err(Error::RowLength { expected: self.width(), found: row.len() });
        }
        for (column, (&x, name)) in row.iter().zip(&self.names).enumerate() {
            if x.wide().is_infinite() {
                return Err(Error::RowValue { column, name: name.clone(), value: x.wide() });
            }
        }
        let mut codes = Vec::with_capacity(self.features.len());
        for feature in &self.features {
            let column = feature.columns[0];
            codes.push(match &feature.encoding {
                None => row[column],
                Some(encoding) => {
                    let values: Vec<F> = feature.columns.iter().map(|&column| row[column]).collect();
                    let code = encoding.decode(&values);
                    code.map_err(|source| Error::Column { column, name: feature.name.clone(), source })?
                }
            });
        }
        Ok(codes)
    }
}
