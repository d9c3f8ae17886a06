//! Feature selection: which features may appear in the explanation.

use std::marker::PhantomData;

use crate::{BoxError, Evidence, Moments, Real, Space};

/// A sample that the surrogate must reproduce, with the model's answers to it: see [`Surrogate::exact`](crate::Surrogate::exact).
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// z', d' long.
    pub z: Vec<f64>,
    /// The model's answers for the targets.
    pub answers: Vec<f64>,
}

/// What selectors and surrogates are given: the space and the evidence of all answered samples.
#[derive(Debug)]
pub struct Fitting<'a, F: Real, E: ?Sized> {
    space: &'a Space<F>,
    evidence: &'a E,
    exact: &'a [Exact],
    scalar: PhantomData<F>,
}

impl<F: Real, E: ?Sized> Clone for Fitting<'_, F, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Real, E: ?Sized> Copy for Fitting<'_, F, E> {}

impl<'a, F: Real, E: Evidence<F> + ?Sized> Fitting<'a, F, E> {
    /// Evidence gathered in a space.
    pub fn new(space: &'a Space<F>, evidence: &'a E) -> Self {
        Self { space, evidence, exact: &[], scalar: PhantomData }
    }

    /// The same with samples that the surrogate must reproduce. Default: none.
    #[must_use]
    pub fn with_exact(self, exact: &'a [Exact]) -> Self {
        Self { exact, ..self }
    }

    /// The interpretable space around the instance.
    pub fn space(&self) -> &'a Space<F> {
        self.space
    }

    /// What the surrogate remembers of the samples.
    pub fn evidence(&self) -> &'a E {
        self.evidence
    }

    /// The answers to the samples that the surrogate has said it must reproduce, in its order.
    pub fn exact(&self) -> &'a [Exact] {
        self.exact
    }

    /// The weighted moments of the samples.
    pub fn moments(&self) -> &'a Moments {
        self.evidence.moments()
    }
}

/// A rule that chooses the features of an explanation.
///
/// Most rules need the moments only, and so work with every evidence:
///
/// ```
/// use lime_core::{BoxError, Evidence, Fitting, Real, Selector};
///
/// /// The feature that varies most with the target.
/// struct MostCorrelated;
///
/// impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for MostCorrelated {
///     fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
///         let moments = given.moments();
///         let strength = |j: usize| {
///             let variance = moments.scatter(j, j);
///             if variance > 0.0 { moments.cross(j, target).powi(2) / variance } else { 0.0 }
///         };
///         Ok((0..moments.features()).max_by(|&a, &b| strength(a).total_cmp(&strength(b))).into_iter().collect())
///     }
/// }
/// ```
pub trait Selector<F: Real, E: ?Sized>: Send + Sync {
    /// The features chosen for a target (its position among those of the evidence), each at most once, in the order they
    /// were chosen where there is one.
    ///
    /// # Errors
    /// Where no choice is possible: the error says why.
    fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError>;

    /// Whether the rule can choose in a space, asked before the model is: parameters that name features have to fit it.
    /// Default: yes.
    ///
    /// # Errors
    /// Where it cannot: the error says why and what to do.
    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        let _ = space;
        Ok(())
    }
}

macro_rules! forward_selector {
    ($($pointer:ty),*) => {$(
        impl<F: Real, E: ?Sized, T: Selector<F, E> + ?Sized> Selector<F, E> for $pointer {
            fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
                (**self).select(given, target)
            }

            fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
                (**self).check(space)
            }
        }
    )*};
}

forward_selector!(&T, Box<T>, std::sync::Arc<T>);
