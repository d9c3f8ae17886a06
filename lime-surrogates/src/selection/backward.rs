//! Backward elimination.

use lime_core::{BoxError, Evidence, Fitting, Moments, Real};
use nalgebra::DMatrix;

use super::nested::selector_from_order;
use super::partial::{Partial, ROUNDING, quadratic};
use super::{Nested, check, check_features};
use crate::Error;
use crate::cholesky::cholesky;

/// Backward elimination (Draper and Smith, 1966): least squares on all features, from which the unit is dropped whose removal
/// raises the weighted sum of squared residuals least, until K are left. The last to be dropped come first.
///
/// A unit is a feature, or a group of the [`Space`](lime_core::Space::with_groups), dropped as a whole. With P the inverse of
/// the scatter of the features still in, and b their coefficients, dropping the unit u raises the sum by
///
/// ```text
/// loss = b_u' (P_uu)^-1 b_u            b_u^2 / P_uu for a single feature
/// ```
///
/// and one update of P and b for each of its features takes the place of a new fit: O(d^2) a step, O(d^3) in all, and O(d^2)
/// memory. Features that do not vary, or that those before them explain, go first and at no loss, the last of them by index
/// first; so it is wherever the losses are equal. Groups that explain each other in part only are fitted again, O(d^3) for
/// each unit still in, until what is left determines every coefficient.
///
/// | parameter | default | range |
/// |---|---|---|
/// | features K, counting units | 10 | >= 1; all where there are fewer |
///
/// Where features work together (y depends on z_1 - z_2, and the two rise and fall together), it keeps both, and
/// [`ForwardSelection`](super::ForwardSelection) may see neither.
///
/// # Errors
/// [`Error::NotFinite`] from a selection where the moments overflowed.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::selection::BackwardElimination;
///
/// let z = dmatrix![1.0, 1.0; 0.0, 1.0; 1.0, 0.0; 0.0, 0.0];
/// let y = dmatrix![5.0; 4.0; 1.0; 0.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let space = Space::<f64>::masks(2);
/// assert_eq!(BackwardElimination::new(2)?.select(&Fitting::new(&space, &moments), 0)?, [1, 0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackwardElimination {
    features: usize,
}

impl Default for BackwardElimination {
    fn default() -> Self {
        Self { features: 10 }
    }
}

impl BackwardElimination {
    /// At most this many features: 1 or more.
    ///
    /// # Errors
    /// [`Error::Features`] for 0.
    pub fn new(features: usize) -> Result<Self, Error> {
        Ok(Self { features: check_features(features)? })
    }
}

/// The positions of all units, in the order they are dropped.
fn drop_order(moments: &Moments, units: &[Vec<usize>], target: usize) -> Result<Vec<usize>, Error> {
    let all: Vec<usize> = (0..moments.features()).collect();
    // Of each unit the features that its own others do not explain: they stand for all of it.
    let mut own: Vec<Vec<usize>> = units.iter().map(|unit| independent(moments, unit, target)).collect();

    // Units explained by those before them go at no loss, the last first.
    let mut before = Partial::new(moments, all, target);
    let mut entangled = false;
    for unit in &mut own {
        let (news, _) = before.take(unit);
        entangled |= 0 < news && news < unit.len();
        if news == 0 {
            unit.clear();
        }
    }
    let mut dropped: Vec<usize> = (0..units.len()).rev().filter(|&u| own[u].is_empty()).collect();
    let mut alive: Vec<usize> = (0..units.len()).filter(|&u| !own[u].is_empty()).collect();

    if entangled {
        dropped.extend(untangle(moments, &mut alive, &own, target));
    }

    let mut inverse = Inverse::new(moments, &alive, &own, target)?;
    while !alive.is_empty() {
        let losses: Vec<(usize, f64)> = alive.iter().map(|&u| (u, inverse.loss(u))).collect();
        let Some(least) = least(&losses, moments.total(target)) else { break };
        alive.retain(|&u| u != least);
        dropped.push(least);
        inverse.drop(least);
    }
    Ok(dropped)
}

/// Drops units, fitting again without each of those left, until the features left determine every coefficient.
fn untangle(moments: &Moments, alive: &mut Vec<usize>, own: &[Vec<usize>], target: usize) -> Vec<usize> {
    // How many of the features left without a unit are independent, how many there are, and what they explain.
    let fit = |alive: &[usize], without: Option<usize>| {
        let left = alive.iter().filter(|&&u| Some(u) != without);
        let columns: Vec<usize> = left.flat_map(|&u| own[u].iter().copied()).collect();
        let every: Vec<usize> = (0..columns.len()).collect();
        let (rank, explained) = Partial::new(moments, columns, target).take(&every);
        (rank, every.len(), explained)
    };
    let mut dropped = Vec::new();
    loop {
        let (rank, features, explained) = fit(alive, None);
        if rank == features {
            return dropped;
        }
        let losses: Vec<(usize, f64)> = alive.iter().map(|&u| (u, explained - fit(alive, Some(u)).2)).collect();
        let Some(least) = least(&losses, moments.total(target)) else { return dropped };
        alive.retain(|&u| u != least);
        dropped.push(least);
    }
}

/// The unit of the least loss; of equal ones the last. Losses that are rounding are none.
fn least(losses: &[(usize, f64)], total: f64) -> Option<usize> {
    let loss = |value: f64| if value > ROUNDING * total { value } else { 0.0 };
    let least = losses.iter().reduce(|least, next| if loss(next.1) <= loss(least.1) { next } else { least });
    least.map(|(unit, _)| *unit)
}

/// Features of a unit that the rest of it does not explain, and that explain that rest.
fn independent(moments: &Moments, unit: &[usize], target: usize) -> Vec<usize> {
    let mut partial = Partial::new(moments, unit.to_vec(), target);
    partial.take(&(0..unit.len()).collect::<Vec<_>>());
    partial.taken().iter().map(|&k| unit[k]).collect()
}

/// The inverse of L L', for a lower triangular L.
fn inverse(lower: &DMatrix<f64>) -> DMatrix<f64> {
    let n = lower.nrows();
    let mut inverse = DMatrix::identity(n, n);
    for j in 0..n {
        // Above the diagonal it is zero.
        lower.view((j, j), (n - j, n - j)).solve_lower_triangular_mut(&mut inverse.view_mut((j, j), (n - j, 1)));
    }
    inverse.transpose() * inverse
}

/// The inverse of the scatter of the features still in, and their coefficients, in units in which each has variance 1.
struct Inverse {
    /// Of which the first `features.len()` rows and columns count.
    matrix: DMatrix<f64>,
    coefficients: Vec<f64>,
    /// The unit each feature belongs to.
    units: Vec<usize>,
    /// Where each unit's features stand.
    places: Vec<Vec<usize>>,
}

impl Inverse {
    fn new(moments: &Moments, alive: &[usize], own: &[Vec<usize>], target: usize) -> Result<Self, Error> {
        let mut places = vec![Vec::new(); own.len()];
        let (mut features, mut units) = (Vec::new(), Vec::new());
        for &u in alive {
            for &j in &own[u] {
                places[u].push(features.len());
                features.push(j);
                units.push(u);
            }
        }
        let scale: Vec<f64> = features.iter().map(|&j| 1.0 / moments.scatter(j, j).sqrt()).collect();
        let gram = DMatrix::from_fn(features.len(), features.len(), |a, b| {
            moments.scatter(features[a], features[b]) * scale[a] * scale[b]
        });
        let cross: Vec<f64> = features.iter().zip(&scale).map(|(&j, s)| moments.cross(j, target) * s).collect();
        let factor = cholesky(gram).map_err(|_| Error::Unsolved { features: features.len() })?;
        let mut coefficients = DMatrix::from_column_slice(cross.len(), 1, &cross);
        factor.solve_mut(&mut coefficients);
        let matrix = inverse(&factor.unpack());
        let coefficients = coefficients.as_slice().to_vec();
        Ok(Self { matrix, coefficients, units, places })
    }

    /// By how much the sum of squared residuals rises without this unit.
    fn loss(&self, unit: usize) -> f64 {
        let places = &self.places[unit];
        if let [i] = places[..] {
            return self.coefficients[i].powi(2) / self.matrix[(i, i)];
        }
        let block = DMatrix::from_fn(places.len(), places.len(), |a, b| self.matrix[(places[a], places[b])]);
        let diagonal: Vec<f64> = (0..places.len()).map(|a| block[(a, a)]).collect();
        quadratic(block, places.iter().map(|&i| self.coefficients[i]).collect(), &diagonal)
    }

    /// Takes a unit out.
    fn drop(&mut self, unit: usize) {
        while let Some(place) = self.places[unit].pop() {
            self.drop_feature(place);
        }
    }

    fn drop_feature(&mut self, place: usize) {
        // The last feature's row and column take the place of the dropped one's.
        let last = self.units.len() - 1;
        self.matrix.swap_rows(place, last);
        self.matrix.swap_columns(place, last);
        self.coefficients.swap(place, last);
        self.units.swap(place, last);
        if place != last {
            for at in &mut self.places[self.units[place]] {
                if *at == last {
                    *at = place;
                }
            }
        }
        self.units.pop();
        let coefficient = self.coefficients.pop().unwrap_or(0.0);
        let pivot = self.matrix[(last, last)];
        let gone: Vec<f64> = self.matrix.column(last).iter().take(last).copied().collect();
        for (j, own) in gone.iter().enumerate() {
            let factor = own / pivot;
            self.coefficients[j] -= factor * coefficient;
            for (value, other) in self.matrix.column_mut(j).iter_mut().zip(&gone) {
                *value -= factor * other;
            }
        }
    }
}

impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for BackwardElimination {
    fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError> {
        let units = given.space().units();
        let dropped = drop_order(check(given, target)?, &units, target)?;
        Ok(dropped.iter().rev().take(self.features).map(|&u| units[u].clone()).collect())
    }
}

selector_from_order!(BackwardElimination);
