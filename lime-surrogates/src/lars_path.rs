//! The path of least angle regression.

use crate::equations::Equations;
use crate::factor::Factor;

/// The coefficients of least angle regression or the lasso at every point where a feature joins or leaves, from all 0 on.
/// Between two knots they are linear in alpha. Made by [`Lars::path`](crate::Lars::path).
#[derive(Debug, Clone, PartialEq)]
pub struct LarsPath {
    features: Vec<usize>,
    knots: Vec<Knot>,
    finished: bool,
}

/// A point of the path where its direction changes, or where it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Knot {
    alpha: f64,
    correlation: f64,
    coefficients: Vec<f64>,
}

impl LarsPath {
    /// The features of the path, in the order in which the coefficients are given.
    pub fn features(&self) -> &[usize] {
        &self.features
    }

    /// The knots by falling alpha. The first has all coefficients 0; there is no other where no feature varies with the
    /// answers.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// Whether the path came to where it was to stop. One with very many more knots than features is cut off.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Where the path ends.
    pub(crate) fn into_end(self) -> Knot {
        let zero = Knot { alpha: 0.0, correlation: 0.0, coefficients: vec![0.0; self.features.len()] };
        self.knots.into_iter().next_back().unwrap_or(zero)
    }
}

impl Knot {
    /// The penalty at which [`Lasso`](crate::Lasso) has these coefficients: the correlation over sum w.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// max_j |sum w (z_j - mean) r| over the features, r being what the coefficients leave of the answers. scikit-learn's
    /// `lars_path` on centred rows times sqrt(w) divides this by the number of rows,
    /// [`Moments::rows`](lime_core::Moments::rows), for its alphas.
    pub fn correlation(&self) -> f64 {
        self.correlation
    }

    /// The coefficients, one a feature of the path. Those of features that are not in the model are 0 exactly.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The positions of the coefficients that are not 0, rising.
    pub fn nonzero(&self) -> impl Iterator<Item = usize> {
        self.coefficients.iter().enumerate().filter(|(_, b)| **b != 0.0).map(|(j, _)| j)
    }

    pub(crate) fn into_coefficients(self) -> Vec<f64> {
        self.coefficients
    }
}

/// Where a path ends, and of which kind it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The path ends where one more feature would join.
    pub(crate) features: usize,
    /// The path ends at this correlation.
    pub(crate) correlation: f64,
    /// Whether a coefficient that comes to 0 leaves: the lasso's paths.
    pub(crate) drops: bool,
}

/// A correlation below this share of that of a feature which explains the answers completely is rounding.
const ROUNDING: f64 = 1e-12;
/// Events closer than this share of the first correlation are at the same knot.
const TIE: f64 = 1e-13;
/// A feature whose correlation follows that of the model's features to this share is a combination of them.
const PARALLEL: f64 = 1e-12;
/// More events than this for every feature, and the path is cut off.
const EVENTS: usize = 100;

/// What ends a stretch of the path.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// This feature's correlation reaches that of the model's features, with this sign.
    Join(usize, f64),
    /// The coefficient of this member of the model comes to 0.
    Leave(usize),
    End,
}

/// The path of the target in a column of the equations.
///
/// With A the features of the model, s the signs of their correlations and C their common absolute value, the coefficients
/// are b_A = G_AA^-1 (c_A - C s): linear in C, and so are all correlations c - G_.A b_A. The next event is the largest C
/// below the present one at which another correlation reaches C, or (lasso) a coefficient 0. This is the path of Efron,
/// Hastie, Johnstone and Tibshirani (2004, sections 2 and 3.1), but every knot is computed from the equations, not from
/// the knot before.
pub(crate) fn trace(equations: &Equations<'_>, features: &[usize], column: usize, limits: Limits) -> LarsPath {
    let (gram, d) = (&equations.gram, features.len());
    let cross: Vec<f64> = equations.cross.column(column).iter().copied().collect();
    let varying: Vec<usize> = (0..d).filter(|&j| gram[(j, j)] > 0.0).collect();
    let total = equations.total(column);
    let perfect = varying.iter().fold(0.0f64, |top, &j| top.max((gram[(j, j)] * total).sqrt()));
    let first = varying.iter().fold(0.0f64, |top, &j| top.max(cross[j].abs()));
    let floor = ROUNDING * perfect;
    let weight = equations.weight();
    let knot = |correlation: f64, coefficients: Vec<f64>| Knot {
        alpha: if correlation > 0.0 { correlation / weight } else { 0.0 },
        correlation,
        coefficients,
    };
    let mut path = LarsPath { features: features.to_vec(), knots: vec![knot(first, vec![0.0; d])], finished: true };
    if first <= floor.max(limits.correlation) {
        return path;
    }

    let (mut members, mut signs): (Vec<usize>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut factor = Factor::default();
    // What is not to join: members, and those that the members leave nothing of.
    let mut barred = vec![false; d];
    // The signs of those that left at the present knot: they go inward from there.
    let mut inward = vec![0.0; d];
    let mut level = first;
    for _ in 0..EVENTS * (d + 1) {
        let mut fixed: Vec<f64> = members.iter().map(|&j| cross[j]).collect();
        let mut slope = signs.clone();
        factor.solve(&mut fixed);
        factor.solve(&mut slope);
        // The correlations: `rest` + C `rate`.
        let (mut rest, mut rate) = (cross.clone(), vec![0.0; d]);
        for ((&j, fixed), slope) in members.iter().zip(&fixed).zip(&slope) {
            let products = gram.column(j);
            for ((rest, rate), product) in rest.iter_mut().zip(&mut rate).zip(products.iter()) {
                *rest -= product * fixed;
                *rate += product * slope;
            }
        }

        let (mut at, mut event) = (limits.correlation, Event::End);
        for &j in varying.iter().filter(|&&j| !barred[j]) {
            for sign in [1.0, -1.0] {
                let closing = 1.0 - sign * rate[j];
                if closing > PARALLEL && inward[j] != sign {
                    let reached = (sign * rest[j] / closing).min(level);
                    if reached > at.max(floor) {
                        (at, event) = (reached, Event::Join(j, sign));
                    }
                }
            }
        }
        for (member, ((sign, fixed), slope)) in signs.iter().zip(&fixed).zip(&slope).enumerate() {
            if limits.drops && sign * slope < 0.0 {
                let reached = (fixed / slope).min(level);
                if reached >= at.max(floor) {
                    (at, event) = (reached, Event::Leave(member));
                }
            }
        }

        if at < level - TIE * first {
            level = at;
            inward.fill(0.0);
            let mut coefficients = vec![0.0; d];
            for ((&j, fixed), slope) in members.iter().zip(&fixed).zip(&slope) {
                coefficients[j] = fixed - level * slope;
            }
            path.knots.push(knot(level, coefficients));
        }
        match event {
            Event::Join(..) if members.len() >= limits.features => return path,
            Event::Join(j, sign) => {
                barred[j] = true;
                if factor.join(members.iter().map(|&i| gram[(i, j)]).collect(), gram[(j, j)]) {
                    members.push(j);
                    signs.push(sign);
                }
            }
            Event::Leave(member) => {
                let j = members.remove(member);
                inward[j] = signs.remove(member);
                factor.leave(member);
                if let Some(knot) = path.knots.last_mut() {
                    knot.coefficients[j] = 0.0;
                }
                // What depended on the members may do so no longer.
                barred.fill(false);
                members.iter().for_each(|&j| barred[j] = true);
            }
            Event::End => return path,
        }
    }
    path.finished = false;
    path
}
