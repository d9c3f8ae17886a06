//! The normal equations of a linear surrogate, and the way from coefficients to a fit.

use lime_core::{LinearFit, Moments, Real, Space, Warning};
use nalgebra::DMatrix;

use crate::Error;
use crate::solve::{Solution, finite, rank, solve_in_place};

/// Z'WZ and Z'Wy of some features and targets: about the weighted means where the surrogate has an intercept, about zero
/// where it has none.
#[derive(Debug)]
pub(crate) struct Equations<'a> {
    moments: &'a Moments,
    active: &'a [usize],
    targets: &'a [usize],
    intercept: bool,
    /// Z'WZ, (active, active).
    pub(crate) gram: DMatrix<f64>,
    /// Z'Wy, (active, targets).
    pub(crate) cross: DMatrix<f64>,
}

impl<'a> Equations<'a> {
    /// The equations of a fit, which needs samples that count, and sums that are finite.
    pub(crate) fn new(
        moments: &'a Moments,
        active: &'a [usize],
        targets: &'a [usize],
        intercept: bool,
    ) -> Result<Self, Error> {
        check(moments, active, targets)?;
        if moments.weight() <= 0.0 {
            return Err(Error::NoWeight);
        }
        let equations = Self::gather(moments, active, targets, intercept);
        if equations.finite() { Ok(equations) } else { Err(Error::NotFinite) }
    }

    /// The same unchecked, for selections: they choose even where no fit is possible.
    pub(crate) fn gather(moments: &'a Moments, active: &'a [usize], targets: &'a [usize], intercept: bool) -> Self {
        let (gram, cross) = if intercept {
            (moments.scatter_matrix(active), moments.cross_matrix(active, targets))
        } else {
            (moments.raw_scatter_matrix(active), moments.raw_cross_matrix(active, targets))
        };
        Self { moments, active, targets, intercept, gram, cross }
    }

    /// Whether all sums are.
    pub(crate) fn finite(&self) -> bool {
        finite(&self.gram) && finite(&self.cross)
    }

    /// sum w.
    pub(crate) fn weight(&self) -> f64 {
        self.moments.weight()
    }

    /// sum w y^2 of the target in this column, about its mean or about zero as the other sums are.
    pub(crate) fn total(&self, column: usize) -> f64 {
        let target = self.targets[column];
        let mean = if self.intercept { 0.0 } else { self.moments.answer_mean(target) };
        self.moments.total(target) + if mean == 0.0 { 0.0 } else { self.weight() * mean * mean }
    }

    /// The coefficients of the least sum of squares plus alpha |b|^2, (active, targets).
    pub(crate) fn penalised(&self, alpha: f64) -> Result<Solution, Error> {
        // A penalty makes any system regular, so what the samples determine is to be seen without it.
        let determined = if alpha > 0.0 { self.rank() } else { self.samples() };
        let mut solution = solve_in_place(self.gram.clone(), alpha, &self.cross)?;
        solution.rank = solution.rank.min(determined);
        Ok(solution)
    }

    /// The same where nobody asks what the samples determine: the rank is that of the penalised system.
    pub(crate) fn shrunk(self, alpha: f64) -> Result<Solution, Error> {
        solve_in_place(self.gram, alpha, &self.cross)
    }

    /// How many of the coefficients the samples determine.
    pub(crate) fn rank(&self) -> usize {
        rank(&self.gram).min(self.samples())
    }

    /// How many coefficients so many samples can determine: a mean takes one of them.
    fn samples(&self) -> usize {
        self.moments.positive_rows().saturating_sub(usize::from(self.intercept))
    }

    /// The fit of these coefficients to the target in this column; the samples determine `rank` of them.
    pub(crate) fn fit(&self, column: usize, coefficients: Vec<f64>, rank: usize) -> LinearFit {
        let (moments, active, target) = (self.moments, self.active, self.targets[column]);
        let fit = if self.intercept {
            LinearFit::centred(moments, active, coefficients, target)
        } else {
            LinearFit::with_intercept(moments, active, coefficients, 0.0, target)
        };
        flagged(fit, rank, active.len())
    }

    /// The fits of a solution, one a target.
    pub(crate) fn fits(&self, solution: &Solution) -> Vec<LinearFit> {
        let columns = solution.x.column_iter().enumerate();
        columns.map(|(t, column)| self.fit(t, column.iter().copied().collect(), solution.rank)).collect()
    }
}

/// Whether a fit is possible: the features and targets exist, no feature is there twice, and the answers could be squared.
pub(crate) fn check(moments: &Moments, active: &[usize], targets: &[usize]) -> Result<(), Error> {
    let (features, answered) = (moments.features(), moments.targets());
    if let Some(&feature) = active.iter().find(|&&j| j >= features) {
        return Err(Error::NoFeature { feature, features });
    }
    let mut seen = vec![false; features];
    if let Some(&feature) = active.iter().find(|&&j| std::mem::replace(&mut seen[j], true)) {
        return Err(Error::ListedTwice { feature });
    }
    if let Some(&target) = targets.iter().find(|&&t| t >= answered) {
        return Err(Error::NoTarget { target, targets: answered });
    }
    if targets.iter().all(|&t| moments.total(t).is_finite()) { Ok(()) } else { Err(Error::NotFinite) }
}

/// A fit of so many features, with a warning where not all coefficients are determined.
pub(crate) fn flagged(fit: LinearFit, rank: usize, features: usize) -> LinearFit {
    if rank < features { fit.warn(Warning::RankDeficient { rank, features }) } else { fit }
}

/// Empty moments about the instance and the model's prediction for it.
pub(crate) fn moments<F: Real>(space: &Space<F>, prediction: &[f64]) -> Moments {
    let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
    Moments::new(&origin, prediction)
}

/// [`Surrogate`](lime_core::Surrogate) for a type whose `fits` needs nothing but the moments, and whose parameters fit any
/// space, or those with a number of features that a method of its own accepts.
macro_rules! surrogate_from_moments {
    ($surrogate:ty $(, $check:ident)?) => {
        impl<F: ::lime_core::Real> ::lime_core::Surrogate<F> for $surrogate {
            type Evidence = ::lime_core::Moments;
            type Fit = ::lime_core::LinearFit;
            $(
                fn check(&self, space: &::lime_core::Space<F>) -> Result<(), ::lime_core::BoxError> {
                    Ok(self.$check(space.features())?)
                }
            )?

            fn evidence(&self, space: &::lime_core::Space<F>, prediction: &[f64]) -> ::lime_core::Moments {
                $crate::equations::moments(space, prediction)
            }

            fn fit(
                &self,
                given: &::lime_core::Fitting<'_, F, ::lime_core::Moments>,
                active: &[usize],
                targets: &[usize],
            ) -> Result<Vec<::lime_core::LinearFit>, ::lime_core::BoxError> {
                Ok(self.fits(given.moments(), active, targets)?)
            }
        }
    };
}

pub(crate) use surrogate_from_moments;
