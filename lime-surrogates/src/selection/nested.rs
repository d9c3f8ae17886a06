//! Orders of features, whose first K are a choice of K.

use lime_core::{BoxError, Fitting, Real, Space};

/// A rule that puts features in an order, such that its choice of K is the first K of them: the choices are nested.
///
/// What is ordered are the [units](lime_core::Space::units) of the space, groups and single features. A
/// [`ByCriterion`](super::ByCriterion) decides how many of them an explanation takes.
///
/// # An order of one's own
/// By variance.
///
/// ```
/// use lime_core::{BoxError, Evidence, Fitting, Moments, Real, Rows, Selector, Space, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::selection::{ByCriterion, Criterion, Nested};
///
/// struct ByVariance;
///
/// impl<F: Real, E: Evidence<F> + ?Sized> Nested<F, E> for ByVariance {
///     fn order(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<Vec<usize>>, BoxError> {
///         let variance = |unit: &[usize]| unit.iter().map(|&j| given.moments().scatter(j, j)).sum::<f64>();
///         let mut units = given.space().units();
///         units.sort_by(|a, b| variance(b).total_cmp(&variance(a)));
///         Ok(units)
///     }
/// }
///
/// let z = dmatrix![1.0, 3.0; 0.0, 0.0; 1.0, 0.0; 0.0, 3.0];
/// let y = dmatrix![3.1; 0.0; 0.0; 3.0];
/// let none = DMatrix::zeros(4, 0);
/// let mut moments = Moments::new(&[1.0, 3.0], &[3.1]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let (space, selector) = (Space::<f64>::masks(2), ByCriterion::new(Criterion::Bic).along(ByVariance));
/// assert_eq!(selector.select(&Fitting::new(&space, &moments), 0)?, [1]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Nested<F: Real, E: ?Sized>: Send + Sync {
    /// The units in the order they are chosen for a target (its position among those of the evidence): features of the space,
    /// each in at most one unit. Where the rule has a largest number of units, no more than that.
    ///
    /// # Errors
    /// Where there is no order: the error says why.
    fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError>;

    /// Whether the rule can order the features of a space: [`Selector::check`](lime_core::Selector::check). Default: yes.
    ///
    /// # Errors
    /// Where it cannot: the error says why and what to do.
    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        let _ = space;
        Ok(())
    }
}

macro_rules! forward_nested {
    ($($pointer:ty),*) => {$(
        impl<F: Real, E: ?Sized, T: Nested<F, E> + ?Sized> Nested<F, E> for $pointer {
            fn order(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<Vec<usize>>, BoxError> {
                (**self).order(given, target)
            }

            fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
                (**self).check(space)
            }
        }
    )*};
}

forward_nested!(&T, Box<T>, std::sync::Arc<T>);

/// [`Selector`](lime_core::Selector) for a type that is [`Nested`]: all the units it orders, for any space it can order.
macro_rules! selector_from_order {
    ($selector:ty) => {
        impl<F: ::lime_core::Real, E: ::lime_core::Evidence<F> + ?Sized> ::lime_core::Selector<F, E> for $selector {
            fn select(
                &self,
                given: &::lime_core::Fitting<'_, F, E>,
                target: usize,
            ) -> Result<Vec<usize>, ::lime_core::BoxError> {
                Ok($crate::selection::Nested::order(self, given, target)?.concat())
            }

            fn check(&self, space: &::lime_core::Space<F>) -> Result<(), ::lime_core::BoxError> {
                $crate::selection::Nested::<F, E>::check(self, space)
            }
        }
    };
}

pub(super) use selector_from_order;
