//! Ensembles of axis-aligned trees as what they are: boxes with values.

use nalgebra::DMatrix;

use crate::region::{Cut, Region};
use crate::{BoxError, Error, Model, Real};

/// A leaf of a tree: what it adds to the model's outputs where all its conditions hold, each a [`Region`] of one column.
///
/// ```
/// use lime_core::{Leaf, Region};
/// // 0.25 for output 1 where x_0 <= 3 and x_2 > 1.
/// let leaf = Leaf::new([(1, 0.25)]).when(0, Region::at_most(3.0)).when(2, Region::above(1.0));
/// assert_eq!((leaf.conditions().len(), leaf.votes()), (2, &[(1, 0.25)][..]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    votes: Vec<(usize, f64)>,
    conditions: Vec<(usize, Region)>,
}

impl Leaf {
    /// A leaf that adds these values to these outputs, everywhere as yet.
    pub fn new(votes: impl IntoIterator<Item = (usize, f64)>) -> Self {
        Self { votes: votes.into_iter().collect(), conditions: Vec::new() }
    }

    /// Only where a column is in a region too: conditions on one column add up.
    #[must_use]
    pub fn when(mut self, column: usize, region: Region) -> Self {
        match self.conditions.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(at) => self.conditions[at].1 = self.conditions[at].1.and(&region),
            Err(at) => self.conditions.insert(at, (column, region)),
        }
        self
    }

    /// The columns it asks for, rising, with the region of each.
    pub fn conditions(&self) -> &[(usize, Region)] {
        &self.conditions
    }

    /// What it adds, to which output.
    pub fn votes(&self) -> &[(usize, f64)] {
        &self.votes
    }
}

/// A model that is a sum over boxes: f(x) = base + the values of all leaves x is in. Every regression tree is one, and every
/// sum or mean of them; so are the probabilities of a random forest. Scores that go through a link afterwards (a boosted
/// classifier's logistic) are not, but what goes into the link is.
///
/// For rows of tables in bins or categories its explanation has a closed form: it is an [`ExactModel`](crate::ExactModel)
/// there. As a [`Model`] it answers rows, at O(leaves depth) each.
///
/// ```
/// use lime_core::{Leaf, Leaves, Model, Region, nalgebra::dmatrix};
///
/// // 1 where x_0 <= 3, else 2, but 5 where x_1 is 7 too.
/// let (low, seven) = (Region::at_most(3.0), Region::equal(7.0));
/// let stump = Leaves::new(2, vec![0.0], [
///     Leaf::new([(0, 1.0)]).when(0, low.clone()),
///     Leaf::new([(0, 2.0)]).when(0, low.complement()).when(1, seven.complement()),
///     Leaf::new([(0, 5.0)]).when(0, low.complement()).when(1, seven),
/// ])?;
/// let answers = stump.predict(&dmatrix![3.0, 7.0; 4.0, 6.0; 4.0, 7.0])?;
/// assert_eq!(answers.as_slice(), [1.0, 2.0, 5.0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Leaves {
    columns: usize,
    base: Vec<f64>,
    leaves: Vec<Leaf>,
    cuts: Vec<Vec<Cut>>,
}

impl Leaves {
    /// The model of `columns` inputs with these leaves: `base` is what its outputs are where no leaf adds anything, one value
    /// an output.
    ///
    /// # Errors
    /// [`Error::Leaves`] without inputs or outputs, and for a leaf that asks for a column or adds to an output that there is
    /// none of, or a value that is not finite.
    pub fn new(columns: usize, base: Vec<f64>, leaves: impl IntoIterator<Item = Leaf>) -> Result<Self, Error> {
        let fail = |message: String| Err(Error::Leaves { message });
        if columns == 0 || base.is_empty() {
            return fail(format!("{columns} columns and {} outputs: at least one of each is needed", base.len()));
        }
        if let Some(output) = base.iter().position(|value| !value.is_finite()) {
            return fail(format!("output {output} starts from {}, which is not finite", base[output]));
        }
        let leaves: Vec<Leaf> = leaves.into_iter().collect();
        let mut cuts: Vec<Vec<Cut>> = vec![Vec::new(); columns];
        for (number, leaf) in leaves.iter().enumerate() {
            for (column, region) in &leaf.conditions {
                let Some(cuts) = cuts.get_mut(*column) else {
                    return fail(format!("leaf {number} asks for column {column} of {columns}, numbered from 0"));
                };
                cuts.extend(region.intervals().iter().flatten());
            }
            for (output, value) in &leaf.votes {
                if *output >= base.len() || !value.is_finite() {
                    let outputs = base.len();
                    return fail(format!("leaf {number} adds {value} to output {output} of {outputs}"));
                }
            }
        }
        for cuts in &mut cuts {
            cuts.sort_by(Cut::order);
            cuts.dedup_by(|a, b| a.order(b).is_eq());
        }
        Ok(Self { columns, base, leaves, cuts })
    }

    /// The same model for rows of so many columns, of which those at the end are not asked for.
    ///
    /// # Errors
    /// [`Error::Leaves`] where it asks for more.
    pub fn with_columns(self, columns: usize) -> Result<Self, Error> {
        Self::new(columns, self.base, self.leaves)
    }

    /// The number of inputs.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.base.len()
    }

    /// What the outputs are where no leaf adds anything.
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// The leaves.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// All cuts that the leaves' regions make in a column, rising; none for a column that no leaf asks for.
    pub fn cuts(&self, column: usize) -> &[Cut] {
        self.cuts.get(column).map_or(&[], Vec::as_slice)
    }

    /// The place of a cut among [`cuts`](Self::cuts).
    pub fn place(&self, column: usize, cut: &Cut) -> Option<usize> {
        self.cuts(column).binary_search_by(|other| other.order(cut)).ok()
    }

    /// The outputs for one row, NaN a missing cell; columns that it lacks are missing.
    pub fn answer(&self, row: &[f64]) -> Vec<f64> {
        let mut outputs = self.base.clone();
        for leaf in &self.leaves {
            let inside =
                |(column, region): &(usize, Region)| region.contains(row.get(*column).copied().unwrap_or(f64::NAN));
            if leaf.conditions.iter().all(inside) {
                leaf.votes.iter().for_each(|(output, value)| outputs[*output] += value);
            }
        }
        outputs
    }
}

impl<F: Real> Model<DMatrix<F>, F> for Leaves {
    fn predict(&self, batch: &DMatrix<F>) -> Result<DMatrix<F>, BoxError> {
        if batch.ncols() != self.columns {
            let message = format!("rows of {} columns where the leaves are of {}", batch.ncols(), self.columns);
            return Err(Error::Leaves { message }.into());
        }
        let mut answers = DMatrix::zeros(batch.nrows(), self.outputs());
        let mut row = vec![0.0; self.columns];
        for i in 0..batch.nrows() {
            for (j, x) in row.iter_mut().enumerate() {
                *x = batch[(i, j)].wide();
            }
            for (k, output) in self.answer(&row).into_iter().enumerate() {
                answers[(i, k)] = F::of(output);
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_that_fit_no_model() {
        let message = |columns, base: Vec<f64>, leaf: Leaf| Leaves::new(columns, base, [leaf]).unwrap_err().to_string();
        let leaf = || Leaf::new([(0, 1.0)]).when(1, Region::at_most(0.0));
        assert!(message(1, vec![0.0], leaf()).contains("leaf 0 asks for column 1 of 1"));
        assert!(message(0, vec![0.0], leaf()).contains("0 columns and 1 outputs"));
        assert!(message(2, vec![], leaf()).contains("2 columns and 0 outputs"));
        assert!(message(2, vec![f64::NAN], leaf()).contains("output 0 starts from NaN"));
        assert!(message(2, vec![0.0], Leaf::new([(1, 1.0)])).contains("leaf 0 adds 1 to output 1 of 1"));
        assert!(message(2, vec![0.0], Leaf::new([(0, f64::INFINITY)])).contains("leaf 0 adds inf"));

        let model = Leaves::new(2, vec![0.5], [leaf()]).unwrap();
        assert_eq!(model.answer(&[9.0, 0.0]), [1.5]);
        assert_eq!(model.answer(&[9.0]), [0.5]);
        assert!(model.predict(&DMatrix::<f64>::zeros(1, 3)).is_err());
        assert_eq!(model.clone().with_columns(3).unwrap().columns(), 3);
        assert!(model.with_columns(1).is_err());
    }

    #[test]
    fn cuts_are_found_again() {
        let leaf = |t: f64| Leaf::new([(0, 1.0)]).when(0, Region::at_most(t));
        let model = Leaves::new(1, vec![0.0], [leaf(2.0), leaf(-0.0), leaf(0.0), leaf(2.0)]).unwrap();
        let places: Vec<f64> = model.cuts(0).iter().map(|cut| cut.at).collect();
        assert_eq!(places, [f64::NEG_INFINITY, 0.0, 2.0]);
        assert_eq!(model.place(0, &Cut { at: 2.0, after: true }), Some(2));
        assert_eq!(model.place(0, &Cut { at: 2.0, after: false }), None);
        assert_eq!(model.place(1, &Cut { at: 2.0, after: false }), None);
    }
}
