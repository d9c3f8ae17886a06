//! The exact coefficients of tree ensembles.

use lime_core::{BoxError, Cut, ExactFit, ExactModel, Law, Leaf, Leaves, Real, Region, Representation};
use lime_kernels::Separable;

use crate::representation::FeatureAt;
use crate::{Error, TabularRepresentation};

/// Two numbers, for z' = 1 and for z' = 0.
type Given = [f64; 2];

/// How likely a feature's inputs are in a region.
enum Masses {
    /// Of one input: the mass below each cut that the leaves make in it, and of a missing cell.
    Number { below: Vec<Given>, missing: Given },
    /// Of several: the values of these inputs for each code of the feature, with its share, for z' = 1 and z' = 0.
    Codes { columns: Vec<usize>, codes: [Vec<(f64, Vec<f64>)>; 2] },
}

/// A feature that leaves ask for.
struct Asked {
    /// P(z' = 1) under the kernel's weights.
    q: f64,
    masses: Masses,
}

impl Asked {
    fn new<F: Real>(feature: &FeatureAt<F>, law: &Law<F>, factor: f64, leaves: &Leaves) -> Result<Self, Error> {
        let Law::Levels { own, frequency } = law else { return Err(Error::NotLevels { name: feature.at.name() }) };
        let w = frequency[*own];
        let q = if w <= 0.0 { 0.0 } else { w / (w + (1.0 - w).max(0.0) * factor) };
        // A level that is the only one is never left.
        let z = [F::one(), if w >= 1.0 { F::one() } else { F::zero() }];
        let masses = match &feature.encoding {
            None => {
                let column = feature.columns.first().copied().unwrap_or_default();
                let no_form = || Error::NoBelow { name: feature.at.name() };
                let at = |cut: &Cut| -> Option<Given> {
                    let mut below = [0.0; 2];
                    for (below, z) in below.iter_mut().zip(z) {
                        *below = feature.at.below(z, cut.at)?[usize::from(cut.after)];
                    }
                    Some(below)
                };
                let below = leaves.cuts(column).iter().map(|cut| at(cut).ok_or_else(no_form));
                let present = at(&Cut { at: f64::INFINITY, after: true }).ok_or_else(no_form)?;
                Masses::Number { below: below.collect::<Result<_, _>>()?, missing: present.map(|p| (1.0 - p).max(0.0)) }
            }
            Some(encoding) => {
                let values = |code: F| {
                    let mut value = [F::zero()];
                    let parts = (0..feature.columns.len()).map(|part| {
                        encoding.encode(&[code], part, &mut value);
                        value[0].wide()
                    });
                    parts.collect::<Vec<f64>>()
                };
                let side = |z: F| -> Result<Vec<(f64, Vec<f64>)>, Error> {
                    let shares = feature.at.shares(z).ok_or_else(|| Error::NoBelow { name: feature.at.name() })?;
                    Ok(shares.into_iter().map(|(code, share)| (share, values(code))).collect())
                };
                Masses::Codes { columns: feature.columns.clone(), codes: [side(z[0])?, side(z[1])?] }
            }
        };
        Ok(Self { q, masses })
    }

    /// The mass of the regions that a leaf asks for in the feature's inputs.
    fn mass(&self, conditions: &[&(usize, Region)], leaves: &Leaves) -> Given {
        match &self.masses {
            Masses::Number { below, missing } => {
                let mut mass = [0.0; 2];
                for (column, region) in conditions.iter().copied() {
                    let upto =
                        |cut| leaves.place(*column, cut).and_then(|at| below.get(at)).copied().unwrap_or_default();
                    for [from, to] in region.intervals() {
                        let (from, to) = (upto(from), upto(to));
                        (0..2).for_each(|z| mass[z] += to[z] - from[z]);
                    }
                    if region.missing() {
                        (0..2).for_each(|z| mass[z] += missing[z]);
                    }
                }
                mass
            }
            Masses::Codes { columns, codes } => codes.each_ref().map(|codes| {
                let inside = |values: &[f64]| {
                    conditions.iter().all(|(column, region)| {
                        let part = columns.iter().position(|owned| owned == column);
                        part.is_some_and(|part| region.contains(values[part]))
                    })
                };
                codes.iter().filter(|(_, values)| inside(values)).map(|(share, _)| share).sum()
            }),
        }
    }

    fn mixed(&self, [one, zero]: Given) -> f64 {
        self.q * one + (1.0 - self.q) * zero
    }
}

/// A row's features and what the leaves of a model ask of them.
struct Setting<'a, F: Real> {
    row: &'a TabularRepresentation<F>,
    leaves: &'a Leaves,
    /// The feature of each column; none for one that is held fixed.
    owner: Vec<Option<usize>>,
    asked: Vec<Option<Asked>>,
}

impl<'a, F: Real> Setting<'a, F> {
    fn new(row: &'a TabularRepresentation<F>, leaves: &'a Leaves, factor: f64) -> Result<Self, Error> {
        let mut owner = vec![None; row.row().len()];
        for (j, feature) in row.features().iter().enumerate() {
            feature.columns.iter().for_each(|&column| owner[column] = Some(j));
        }
        let mut used = vec![false; row.features().len()];
        for (column, _) in leaves.leaves().iter().flat_map(Leaf::conditions) {
            if let Some(j) = owner[*column] {
                used[j] = true;
            }
        }
        let features = row.features().iter().zip(row.space().laws()).zip(used);
        let ask = |((feature, law), used): ((&FeatureAt<F>, &Law<F>), bool)| {
            used.then(|| Asked::new(feature, law, factor, leaves)).transpose()
        };
        Ok(Self { row, leaves, owner, asked: features.map(ask).collect::<Result<_, _>>()? })
    }

    /// The features a leaf asks for and the mass of its box in each; nothing where a column that is held fixed is outside.
    fn masses(&self, leaf: &Leaf, parts: &mut Vec<(usize, f64, Given)>) -> bool {
        parts.clear();
        let mut conditions: Vec<(usize, &(usize, Region))> = Vec::with_capacity(leaf.conditions().len());
        for condition in leaf.conditions() {
            match self.owner[condition.0] {
                Some(j) => conditions.push((j, condition)),
                None if condition.1.contains(self.row.row()[condition.0].wide()) => {}
                None => return false,
            }
        }
        conditions.sort_by_key(|(j, _)| *j);
        for together in conditions.chunk_by(|a, b| a.0 == b.0) {
            let j = together[0].0;
            if let Some(asked) = &self.asked[j] {
                let regions: Vec<&(usize, Region)> = together.iter().map(|(_, condition)| *condition).collect();
                let mass = asked.mass(&regions, self.leaves);
                parts.push((j, asked.mixed(mass), mass));
            }
        }
        true
    }
}

/// Theory: under the kernel's weights the z'_j are independent Bernoulli(q_j), q_j = w_j / (w_j + (1 - w_j) e) with the kernel's
/// factor e ([`Separable`]) and the frequency w_j of the instance's level, and the limit of a least-squares fit is
///
/// ```text
/// beta_j = E[f | z'_j = 1] - E[f | z'_j = 0] = sum over leaves of value (P_j1 - P_j0) prod over k != j of P_k
/// beta_0 = E[f] - sum_j q_j beta_j
/// ```
///
/// with P_j1 and P_j0 the mass of the leaf's box in feature j given z'_j ([`ColumnAt::below`](crate::ColumnAt::below); the joint
/// mass where several inputs hold one feature), and P_k = q_k P_k1 + (1 - q_k) P_k0. O(depth) for each leaf.
impl<F: Real, K: Separable<F> + ?Sized> ExactModel<TabularRepresentation<F>, K> for Leaves {
    /// # Errors
    /// [`Error::ModelColumns`] unless the model has the row's columns; [`Error::NotLevels`] and [`Error::NoBelow`] for a column
    /// that leaves ask for and that is a number without bins, or tells no distribution function; [`Error::Factor`], and what the kernel
    /// reports.
    fn exact(&self, row: &TabularRepresentation<F>, kernel: &K) -> Result<Vec<ExactFit>, BoxError> {
        if self.columns() != row.row().len() {
            return Err(Error::ModelColumns { model: self.columns(), row: row.row().len() }.into());
        }
        let features = row.features().len();
        let factor = kernel.factor(features)?;
        if !(factor.is_finite() && factor >= 0.0) {
            return Err(Error::Factor { value: factor }.into());
        }
        let setting = Setting::new(row, self, factor)?;
        let mut means = self.base().to_vec();
        let mut weights = vec![vec![0.0; features]; self.outputs()];
        let (mut parts, mut after) = (Vec::new(), Vec::new());
        for leaf in self.leaves() {
            if !setting.masses(leaf, &mut parts) {
                continue;
            }
            // The products of what comes after each part; those of what comes before run along.
            after.clear();
            after.resize(parts.len() + 1, 1.0);
            for at in (0..parts.len()).rev() {
                after[at] = after[at + 1] * parts[at].1;
            }
            leaf.votes().iter().for_each(|(output, value)| means[*output] += value * after[0]);
            let mut before = 1.0;
            for (at, (j, mixed, [one, zero])) in parts.iter().enumerate() {
                let others = before * after[at + 1];
                before *= mixed;
                leaf.votes().iter().for_each(|(output, value)| weights[*output][*j] += value * (one - zero) * others);
            }
        }
        let instance: Vec<f64> = row.row().iter().map(|x| x.wide()).collect();
        let fits = self.answer(&instance).into_iter().zip(means).zip(weights);
        let fit = |((prediction, mean), weights): ((f64, f64), Vec<f64>)| {
            let asked = setting.asked.iter().zip(&weights);
            let at_means: f64 = asked.map(|(asked, weight)| asked.as_ref().map_or(0.0, |asked| asked.q * weight)).sum();
            ExactFit::new(prediction, mean - at_means, weights)
        };
        Ok(fits.map(fit).collect())
    }
}
