//! The exact coefficients of tree ensembles.

use lime_core::{BoxError, ExactFit, ExactModel, Law, Leaf, Leaves, Real, Region, Representation};
use lime_kernels::Separable;

use crate::mass::{Asked, Side};
use crate::representation::FeatureAt;
use crate::{Error, TabularRepresentation};

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

    /// A leaf's box by features; nothing where a column that is held fixed is outside.
    fn sides(&self, leaf: &'a Leaf) -> Option<Corner<'a>> {
        let mut conditions: Vec<(usize, &(usize, Region))> = Vec::with_capacity(leaf.conditions().len());
        for condition in leaf.conditions() {
            match self.owner[condition.0] {
                Some(j) => conditions.push((j, condition)),
                None if condition.1.contains(self.row.row()[condition.0].wide()) => {}
                None => return None,
            }
        }
        conditions.sort_by_key(|(j, _)| *j);
        let mut sides = Vec::with_capacity(conditions.len());
        for together in conditions.chunk_by(|a, b| a.0 == b.0) {
            let j = together[0].0;
            if let Some(asked) = &self.asked[j] {
                let regions: Vec<&(usize, Region)> = together.iter().map(|(_, condition)| *condition).collect();
                sides.push(asked.side(j, &regions, self.leaves));
            }
        }
        Some(Corner { votes: leaf.votes(), sides })
    }

    /// E[(f - base)^2] of each output, by the overlaps of all pairs of boxes.
    fn squares(&self, boxes: &[Corner<'_>]) -> Vec<f64> {
        let mut squares = vec![0.0; self.leaves.outputs()];
        for (at, a) in boxes.iter().enumerate() {
            for (b, times) in boxes[at..].iter().zip(std::iter::once(1.0).chain(std::iter::repeat(2.0))) {
                let mass = times * a.overlap(b, &self.asked);
                if mass == 0.0 {
                    continue;
                }
                for (output, value) in a.votes {
                    let others = b.votes.iter().filter(|(other, _)| other == output);
                    others.for_each(|(_, other)| squares[*output] += mass * value * other);
                }
            }
        }
        squares
    }
}

/// A leaf that can be reached: its values and the sides of its box.
struct Corner<'a> {
    votes: &'a [(usize, f64)],
    /// By rising feature.
    sides: Vec<Side>,
}

impl Corner<'_> {
    /// The mass of what lies in both boxes.
    fn overlap(&self, other: &Self, asked: &[Option<Asked>]) -> f64 {
        let (mut a, mut b) = (self.sides.iter().peekable(), other.sides.iter().peekable());
        let mut mass = 1.0;
        while mass != 0.0 {
            let (first, second) = (a.peek().map(|side| side.feature), b.peek().map(|side| side.feature));
            let alone = match (first, second) {
                (None, None) => break,
                (Some(i), Some(j)) if i == j => {
                    if let (Some(one), Some(two), Some(asked)) = (a.next(), b.next(), &asked[i]) {
                        mass *= asked.overlap(one, two);
                    }
                    continue;
                }
                (Some(i), Some(j)) if i > j => b.next(),
                (None, _) => b.next(),
                _ => a.next(),
            };
            mass *= alone.map_or(1.0, |side| side.mixed);
        }
        mass
    }
}

/// More pairs of leaves than this are not gone through for R2.
const MOST_PAIRS: usize = 1 << 21;

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
///
/// R2 = sum_j q_j (1 - q_j) beta_j^2 / Var f, with E[f^2] from the overlaps of all pairs of leaves: O(leaves^2 depth), left out
/// (NaN) beyond 2^21 pairs, some 2000 leaves.
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
        let boxes: Vec<Corner<'_>> = self.leaves().iter().filter_map(|leaf| setting.sides(leaf)).collect();
        let mut means = vec![0.0; self.outputs()];
        let mut weights = vec![vec![0.0; features]; self.outputs()];
        let mut after = Vec::new();
        for Corner { votes, sides } in &boxes {
            // The products of what comes after each side; those of what comes before run along.
            after.clear();
            after.resize(sides.len() + 1, 1.0);
            for at in (0..sides.len()).rev() {
                after[at] = after[at + 1] * sides[at].mixed;
            }
            votes.iter().for_each(|(output, value)| means[*output] += value * after[0]);
            let mut before = 1.0;
            for (at, side) in sides.iter().enumerate() {
                let [one, zero] = side.mass;
                let step = (one - zero) * before * after[at + 1];
                before *= side.mixed;
                votes.iter().for_each(|(output, value)| weights[*output][side.feature] += value * step);
            }
        }
        let pairs = boxes.len().saturating_mul(boxes.len() + 1) / 2;
        let squares = (pairs <= MOST_PAIRS).then(|| setting.squares(&boxes));

        let instance: Vec<f64> = row.row().iter().map(|x| x.wide()).collect();
        let mut fits = Vec::with_capacity(self.outputs());
        for (output, (prediction, weights)) in self.answer(&instance).into_iter().zip(weights).enumerate() {
            let (mut at_means, mut explained) = (0.0, 0.0);
            for (asked, weight) in setting.asked.iter().zip(&weights) {
                let q = asked.as_ref().map_or(0.0, Asked::q);
                at_means += q * weight;
                explained += q * (1.0 - q) * weight * weight;
            }
            let mean = means[output];
            let score = squares.as_ref().map_or(f64::NAN, |squares| {
                let variance = squares[output] - mean * mean;
                // What is left of equal answers is rounding.
                if variance > 1e-12 * squares[output] { explained / variance } else { f64::NAN }
            });
            fits.push(ExactFit::new(prediction, self.base()[output] + mean - at_means, weights).with_score(score));
        }
        Ok(fits)
    }
}
