//! A row of a table whose columns are present or set to a baseline.

use lime_core::{BoxError, Draw, Real, Representation, Space, Vectorised, on_widest_vectors};
use nalgebra::DMatrix;

use crate::Error;

/// A row of a table as a mask: where z'_j is 1 the columns of feature j have the row's values, where it is 0 the baseline's.
///
/// The representation of Kernel SHAP (Lundberg and Lee, 2017, section 4.1) with one background row, of captum's `Lime`
/// (`baselines`, `feature_mask`) and of xplique's (`ref_value`, `map_to_interpret_space`). Nothing is left random, so the
/// empty mask has one answer and surrogates may reproduce it exactly.
///
/// | setting | default |
/// |---|---|
/// | [`groups`](Self::groups) | every column a feature of its own |
/// | [`feature_names`](Self::feature_names) | the numbers of the feature's columns: "0", "1", "2, 3" |
///
/// A group does not have to be one stretch of columns. O(n c) for n samples of c columns.
///
/// ```
/// use lime_core::{Draw, Representation};
/// use lime_core::nalgebra::dmatrix;
/// use lime_tabular::Baseline;
///
/// // Four columns; the second and the third make one feature.
/// let row = Baseline::new(&[1.0, 2.0, 3.0, 4.0], &[0.0, 0.0, 0.5, 0.5])?.groups(&[0, 1, 1, 2])?;
/// assert_eq!(row.names(), ["0", "1, 2", "3"]);
///
/// let mut draw = Draw::new(row.space(), 2);
/// draw.z.copy_from(&dmatrix![1.0, 0.0, 1.0; 0.0, 1.0, 0.0]);
/// let mut batch = row.allocate(2);
/// row.restore(&draw, &mut batch, 0)?;
/// assert_eq!(batch, dmatrix![1.0, 0.0, 0.5, 4.0; 0.0, 2.0, 3.0, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Baseline<F: Real> {
    row: Vec<F>,
    baseline: Vec<F>,
    /// The feature of each column.
    feature: Vec<usize>,
    names: Option<Vec<String>>,
    space: Space<F>,
}

impl<F: Real> Baseline<F> {
    /// A row and its baseline, a value for each of the model's inputs: of one length, at least one, finite.
    ///
    /// # Errors
    /// [`Error::BaselineLength`], [`Error::RowValue`], [`Error::BaselineValue`].
    pub fn new(row: &[F], baseline: &[F]) -> Result<Self, Error> {
        let columns = row.len();
        if columns != baseline.len() || columns == 0 {
            return Err(Error::BaselineLength { row: columns, baseline: baseline.len() });
        }
        if let Some(column) = row.iter().position(|x| !x.is_finite()) {
            return Err(Error::RowValue { column, name: column.to_string(), value: row[column].wide() });
        }
        if let Some(column) = baseline.iter().position(|x| !x.is_finite()) {
            return Err(Error::BaselineValue { column, value: baseline[column].wide() });
        }
        Ok(Self {
            row: row.to_vec(),
            baseline: baseline.to_vec(),
            feature: (0..columns).collect(),
            names: None,
            space: Space::masks(columns),
        })
    }

    /// The feature of each column, counted from 0 without gaps: columns with the same number are kept and replaced together. Names that were
    /// given go with the columns, and those of a group are joined.
    ///
    /// # Errors
    /// [`Error::Groups`] unless there is one for each column; [`Error::GroupGap`] for a number that no column has;
    /// [`Error::GroupNames`] where names for another number of features have been given.
    pub fn groups(self, groups: &[usize]) -> Result<Self, Error> {
        if groups.len() != self.row.len() {
            return Err(Error::Groups { groups: groups.len(), columns: self.row.len() });
        }
        let highest = groups.iter().copied().max().unwrap_or_default();
        // There are no more features than columns.
        let mut seen = vec![false; groups.len()];
        for &feature in groups {
            if let Some(seen) = seen.get_mut(feature) {
                *seen = true;
            }
        }
        if let Some(missing) = seen.iter().position(|seen| !seen).filter(|missing| *missing < highest) {
            return Err(Error::GroupGap { missing, highest });
        }
        let columns = self.feature.iter().copied().eq(0..self.row.len());
        let names = self.names.map(|names| if columns { joined(&names, groups, highest + 1) } else { names });
        let grouped = Self { names, feature: groups.to_vec(), space: Space::masks(highest + 1), ..self };
        match &grouped.names {
            Some(names) => grouped.check_names(names.len()).map(|()| grouped),
            None => Ok(grouped),
        }
    }

    /// A name for each feature: each group, or each column without groups.
    ///
    /// # Errors
    /// [`Error::GroupNames`] for another number of names.
    pub fn feature_names<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.check_names(names.len())?;
        Ok(Self { names: Some(names), ..self })
    }

    fn check_names(&self, names: usize) -> Result<(), Error> {
        let features = self.space.features();
        if names == features { Ok(()) } else { Err(Error::GroupNames { names, features }) }
    }

    /// The row itself.
    pub fn row(&self) -> &[F] {
        &self.row
    }

    /// The baseline, a value for each column.
    pub fn baseline(&self) -> &[F] {
        &self.baseline
    }
}

/// The names of each group's columns, in one.
fn joined(names: &[String], groups: &[usize], features: usize) -> Vec<String> {
    let of = |feature| -> Vec<&str> {
        let members = names.iter().zip(groups).filter(|(_, group)| **group == feature);
        members.map(|(name, _)| name.as_str()).collect()
    };
    (0..features).map(|feature| of(feature).join(", ")).collect()
}

impl<F: Real> Representation<F> for Baseline<F> {
    type Batch = DMatrix<F>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        if let Some(names) = &self.names {
            return names.clone();
        }
        let mut columns: Vec<Vec<String>> = vec![Vec::new(); self.space.features()];
        for (column, &feature) in self.feature.iter().enumerate() {
            columns[feature].push(column.to_string());
        }
        columns.iter().map(|columns| columns.join(", ")).collect()
    }

    fn kind(&self) -> &str {
        "tabular"
    }

    fn allocate(&self, rows: usize) -> DMatrix<F> {
        DMatrix::zeros(rows, self.row.len())
    }

    fn fits(&self, batch: &DMatrix<F>) -> bool {
        batch.ncols() == self.row.len()
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        let (rows, height) = (draw.rows(), batch.nrows());
        let values = batch.as_mut_slice();
        for (j, &feature) in self.feature.iter().enumerate() {
            let (present, absent) = (self.row[j], self.baseline[j]);
            let place = &mut values[j * height + at..j * height + at + rows];
            on_widest_vectors(Choice { values: place, z: draw.z.column(feature).as_slice(), present, absent });
        }
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut DMatrix<F>, at: usize) -> Result<(), BoxError> {
        for (j, &x) in self.row.iter().enumerate() {
            batch[(at, j)] = x;
        }
        Ok(())
    }
}

/// Makes the values of a column of z': present where it is 1, absent where it is 0.
struct Choice<'a, F> {
    values: &'a mut [F],
    z: &'a [F],
    present: F,
    absent: F,
}

impl<F: Real> Vectorised for Choice<'_, F> {
    #[inline(always)]
    fn run(self) {
        // Of numbers at hand, not of two places to load from, which the vectors would do one by one.
        let Self { values, z, present, absent } = self;
        for (value, &z) in values.iter_mut().zip(z) {
            *value = if z > F::of(0.5) { present } else { absent };
        }
    }
}
