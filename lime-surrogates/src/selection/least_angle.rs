//! The path of least angle regression, for units of one feature or more.

use lime_core::Moments;
use nalgebra::DMatrix;

use super::partial::{NEWS, Partial};

/// Strengths closer than this, relative to the higher, are equal: the first by index counts.
const EQUAL: f64 = 1e-12;

/// A unit, and what makes its features uncorrelated with variance 1: one row for each direction they have.
struct Unit {
    features: Vec<usize>,
    whiten: DMatrix<f64>,
    free: bool,
}

impl Unit {
    fn new(moments: &Moments, features: Vec<usize>) -> Self {
        let p = features.len();
        let scatter = moments.scatter_matrix(&features);
        let mut left: Vec<f64> = scatter.diagonal().as_slice().to_vec();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        let mut along: Vec<Vec<f64>> = Vec::new();
        loop {
            let share = |i: usize| left[i] / scatter[(i, i)];
            let candidates = (0..p).filter(|&i| left[i] > NEWS * scatter[(i, i)]);
            let Some(pivot) = candidates.reduce(|top, i| if share(i) > share(top) { i } else { top }) else { break };
            let mut row = vec![0.0; p];
            row[pivot] = 1.0;
            for (earlier, along) in rows.iter().zip(&along) {
                for (value, earlier) in row.iter_mut().zip(earlier) {
                    *value -= along[pivot] * earlier;
                }
            }
            let root = left[pivot].sqrt();
            row.iter_mut().for_each(|value| *value /= root);
            let with: Vec<f64> = (0..p).map(|j| (0..p).map(|i| row[i] * scatter[(i, j)]).sum()).collect();
            for (left, with) in left.iter_mut().zip(&with) {
                *left -= with * with;
            }
            left[pivot] = 0.0;
            rows.push(row);
            along.push(with);
        }
        let whiten = DMatrix::from_fn(rows.len(), p, |i, j| rows[i][j]);
        Self { features, whiten, free: true }
    }

    /// These values of its features, in the directions.
    fn white(&self, values: &[f64]) -> Vec<f64> {
        let row = |i: usize| self.features.iter().enumerate().map(move |(k, &j)| self.whiten[(i, k)] * values[j]).sum();
        (0..self.whiten.nrows()).map(row).collect()
    }
}

fn mean_product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len().max(1) as f64
}

/// The path of least angle regression. Inner products are sums over the rows with their weights.
pub(super) struct LeastAngle<'a> {
    units: Vec<Unit>,
    partial: Partial<'a>,
    /// Of each feature with the residual.
    with_residual: Vec<f64>,
    /// Of each direction the joined features have with the residual, and with what was taken out of it.
    along: Vec<f64>,
    taken_out: Vec<f64>,
    /// The strength that all joined units have.
    strength: f64,
}

impl<'a> LeastAngle<'a> {
    pub(super) fn new(moments: &'a Moments, units: Vec<Vec<usize>>, target: usize) -> Self {
        let all: Vec<usize> = (0..moments.features()).collect();
        let with_residual: Vec<f64> = all.iter().map(|&j| moments.cross(j, target)).collect();
        Self {
            units: units.into_iter().map(|unit| Unit::new(moments, unit)).collect(),
            partial: Partial::new(moments, all, target),
            with_residual,
            along: Vec::new(),
            taken_out: Vec::new(),
            strength: 0.0,
        }
    }

    pub(super) fn unit(&self, unit: usize) -> &[usize] {
        &self.units[unit].features
    }

    /// The features that joined with their coefficients: what was taken out of the answers to leave the residual.
    pub(super) fn fit(&self) -> Vec<(usize, f64)> {
        self.partial.taken().iter().copied().zip(self.partial.coefficients(&self.taken_out)).collect()
    }

    /// The factors of a unit's features in the combination that correlates with the residual, brought to the length of which
    /// the weighted product with the residual is the unit's strength.
    pub(super) fn direction(&self, unit: usize) -> Vec<(usize, f64)> {
        let whiten = &self.units[unit].whiten;
        let mut white = self.units[unit].white(&self.with_residual);
        let length = white.iter().map(|c| c * c).sum::<f64>().sqrt();
        let root = (white.len() as f64).sqrt();
        match white.first_mut() {
            // None correlates more than another.
            Some(first) if length == 0.0 => *first = 1.0 / root,
            _ => white.iter_mut().for_each(|c| *c /= length * root),
        }
        let factor = |k: usize| white.iter().enumerate().map(|(i, c)| whiten[(i, k)] * c).sum::<f64>();
        self.units[unit].features.iter().enumerate().map(|(k, &j)| (j, factor(k))).collect()
    }

    /// How many directions a unit's features have.
    pub(super) fn rank(&self, unit: usize) -> usize {
        self.units[unit].whiten.nrows()
    }

    /// The units that can still join, by position: those that the joined ones do not explain.
    fn candidates(&self) -> impl Iterator<Item = usize> {
        let news = |unit: &Unit| unit.free && unit.features.iter().any(|&j| self.partial.news(j));
        (0..self.units.len()).filter(move |&u| news(&self.units[u]))
    }

    /// The root of the mean squared product of a unit's directions with the residual.
    pub(super) fn strength(&self, unit: usize) -> f64 {
        let white = self.units[unit].white(&self.with_residual);
        mean_product(&white, &white).sqrt()
    }

    /// What a unit alone would explain of the residual.
    pub(super) fn explains(&self, unit: usize) -> f64 {
        self.units[unit].white(&self.with_residual).iter().map(|c| c * c).sum()
    }

    /// The strongest candidate but one.
    pub(super) fn strongest(&self, but: Option<usize>) -> Option<usize> {
        let candidates = self.candidates().filter(|&u| Some(u) != but).map(|u| (u, self.strength(u)));
        let best = candidates.reduce(|best, next| if next.1 > best.1 * (1.0 + EQUAL) { next } else { best });
        best.map(|(unit, _)| unit)
    }

    /// Takes the direction of the joined units out of the residual, until a candidate is as strong as they are. Returns it.
    pub(super) fn advance(&mut self) -> Option<usize> {
        if self.along.is_empty() {
            return self.strongest(None);
        }
        let direction = self.partial.project(&self.along);
        let shares = self.candidates().map(|u| (u, self.share(u, &direction)));
        let (unit, share) = shares.reduce(|best, next| if next.1 < best.1 * (1.0 - EQUAL) { next } else { best })?;
        for (with, direction) in self.with_residual.iter_mut().zip(&direction) {
            *with -= share * direction;
        }
        for (along, out) in self.along.iter_mut().zip(&mut self.taken_out) {
            *out += share * *along;
            *along *= 1.0 - share;
        }
        Some(unit)
    }

    /// The share of the joined units' fit to be taken out until this candidate is as strong as they are. With b its inner
    /// products with the residual and a with the fit, the least share that solves mean (b - share a)^2 = (1 - share)^2 C^2.
    fn share(&self, unit: usize, direction: &[f64]) -> f64 {
        let (unit, square) = (&self.units[unit], self.strength * self.strength);
        let (a, b) = (unit.white(direction), unit.white(&self.with_residual));
        let second = mean_product(&a, &a) - square;
        let first = mean_product(&a, &b) - square;
        let constant = (mean_product(&b, &b) - square).min(0.0);
        let root = (first * first - second * constant).max(0.0).sqrt();
        let share = constant / (first - root);
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Lets a unit join, which has to be as strong as those that have joined.
    pub(super) fn join(&mut self, unit: usize) {
        self.strength = self.strength(unit);
        self.units[unit].free = false;
        let features = std::mem::take(&mut self.units[unit].features);
        while let Some((new, _)) = self.partial.take_next(&features) {
            let along = self.partial.along_newest(self.with_residual[new], &self.along);
            self.along.push(along);
            self.taken_out.push(0.0);
        }
        self.units[unit].features = features;
    }
}
