//! How likely a feature's inputs are in the regions that leaves ask for.

use lime_core::{Cut, Law, Leaves, Real, Region};

use crate::Error;
use crate::representation::FeatureAt;

/// Two numbers, for z' = 1 and for z' = 0.
type Given = [f64; 2];

/// A feature that leaves ask for.
pub(crate) struct Asked {
    /// P(z' = 1) under the kernel's weights.
    q: f64,
    masses: Masses,
}

enum Masses {
    /// Of one input: the mass below each cut that the leaves make in it, and of a missing cell.
    Number { below: Vec<Given>, missing: Given },
    /// Of several: the values of these inputs for each code of the feature, with its share given z'.
    Codes { columns: Vec<usize>, codes: Vec<(Given, Vec<f64>)> },
}

/// One side of a leaf's box: a region of a feature's inputs.
pub(crate) struct Side {
    pub(crate) feature: usize,
    /// Its mass given z', and under the kernel's weights.
    pub(crate) mass: Given,
    pub(crate) mixed: f64,
    shape: Shape,
}

enum Shape {
    /// Intervals between cuts, by their places among all, and whether a missing cell belongs to it.
    Intervals(Vec<[usize; 2]>, bool),
    /// Which of the codes do.
    Codes(Vec<bool>),
}

impl Asked {
    /// Prepares a feature whose z' has this law, for the leaves of a model.
    pub(crate) fn new<F: Real>(
        feature: &FeatureAt<F>,
        law: &Law<F>,
        factor: f64,
        leaves: &Leaves,
    ) -> Result<Self, Error> {
        let Law::Levels { own, frequency } = law else { return Err(Error::NotLevels { name: feature.at.name() }) };
        let w = frequency[*own];
        let q = if w <= 0.0 { 0.0 } else { w / (w + (1.0 - w).max(0.0) * factor) };
        // A level that is the only one is never left.
        let z = [F::one(), if w >= 1.0 { F::one() } else { F::zero() }];
        let no_form = || Error::NoBelow { name: feature.at.name() };
        let Some(encoding) = &feature.encoding else {
            let column = feature.columns.first().copied().unwrap_or_default();
            let at = |cut: &Cut| -> Option<Given> {
                let mut below = [0.0; 2];
                for (below, z) in below.iter_mut().zip(z) {
                    *below = feature.at.below(z, cut.at)?[usize::from(cut.after)];
                }
                Some(below)
            };
            let below = leaves.cuts(column).iter().map(|cut| at(cut).ok_or_else(no_form));
            let present = at(&Cut { at: f64::INFINITY, after: true }).ok_or_else(no_form)?;
            let missing = present.map(|present| (1.0 - present).max(0.0));
            return Ok(Self { q, masses: Masses::Number { below: below.collect::<Result<_, _>>()?, missing } });
        };
        let mut codes = Vec::new();
        for (side, z) in z.into_iter().enumerate() {
            for (code, share) in feature.at.shares(z).ok_or_else(no_form)? {
                let mut given = [0.0; 2];
                given[side] = share;
                let mut values = Vec::with_capacity(feature.columns.len());
                for part in 0..feature.columns.len() {
                    let mut value = [F::zero()];
                    encoding.encode(&[code], part, &mut value);
                    values.push(value[0].wide());
                }
                codes.push((given, values));
            }
        }
        Ok(Self { q, masses: Masses::Codes { columns: feature.columns.clone(), codes } })
    }

    /// P(z' = 1) under the kernel's weights.
    pub(crate) fn q(&self) -> f64 {
        self.q
    }

    fn mixed(&self, [one, zero]: Given) -> f64 {
        self.q * one + (1.0 - self.q) * zero
    }

    /// The side that a leaf's conditions on the feature's inputs make.
    pub(crate) fn side(&self, feature: usize, conditions: &[&(usize, Region)], leaves: &Leaves) -> Side {
        let shape = match &self.masses {
            Masses::Number { .. } => {
                // One input has one condition.
                let mut intervals = Vec::new();
                let mut missing = false;
                for (column, region) in conditions.iter().copied() {
                    let place = |cut| leaves.place(*column, cut).unwrap_or_default();
                    intervals.extend(region.intervals().iter().map(|ends| ends.each_ref().map(place)));
                    missing = region.missing();
                }
                Shape::Intervals(intervals, missing)
            }
            Masses::Codes { columns, codes } => {
                let inside = |values: &[f64]| {
                    conditions.iter().all(|(column, region)| {
                        let part = columns.iter().position(|owned| owned == column);
                        part.is_some_and(|part| region.contains(values[part]))
                    })
                };
                Shape::Codes(codes.iter().map(|(_, values)| inside(values)).collect())
            }
        };
        let mass = self.mass(&shape, &shape);
        Side { feature, mass, mixed: self.mixed(mass), shape }
    }

    /// The mass under the kernel's weights of what belongs to two sides of this feature.
    pub(crate) fn overlap(&self, a: &Side, b: &Side) -> f64 {
        self.mixed(self.mass(&a.shape, &b.shape))
    }

    /// The mass given z' of what belongs to both.
    fn mass(&self, a: &Shape, b: &Shape) -> Given {
        let mut mass = [0.0; 2];
        match (&self.masses, a, b) {
            (Masses::Number { below, missing }, Shape::Intervals(a, in_a), Shape::Intervals(b, in_b)) => {
                let (mut i, mut j) = (0, 0);
                while let (Some(one), Some(two)) = (a.get(i), b.get(j)) {
                    let (from, to) = (one[0].max(two[0]), one[1].min(two[1]));
                    if from < to {
                        (0..2).for_each(|z| mass[z] += below[to][z] - below[from][z]);
                    }
                    if one[1] < two[1] { i += 1 } else { j += 1 }
                }
                if *in_a && *in_b {
                    (0..2).for_each(|z| mass[z] += missing[z]);
                }
            }
            (Masses::Codes { codes, .. }, Shape::Codes(a), Shape::Codes(b)) => {
                for ((given, _), _) in codes.iter().zip(a.iter().zip(b)).filter(|(_, (a, b))| **a && **b) {
                    (0..2).for_each(|z| mass[z] += given[z]);
                }
            }
            _ => {}
        }
        mass
    }
}
