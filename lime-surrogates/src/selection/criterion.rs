//! Information criteria: how many features the samples support.

use lime_core::{BoxError, Evidence, Fitting, Moments, Real, Selector, Space};

use super::partial::{Partial, ROUNDING};
use super::{ForwardSelection, Nested, check};

/// An information criterion of a linear model, the lower the better: what it leaves unexplained, and a price for its
/// parameters.
///
/// With n the samples, s^2 the mean squared residual and m = k + 2 parameters (k coefficients, the intercept, the variance):
///
/// | | value | source |
/// |---|---|---|
/// | `Aic` | n ln s^2 + 2 m | Akaike, 1974 |
/// | `Aicc` | n ln s^2 + 2 m n / (n - m - 1), that is AIC + 2 m (m + 1) / (n - m - 1) | Hurvich and Tsai, 1989 |
/// | `Bic` | n ln s^2 + m ln n | Schwarz, 1978 |
///
/// Terms that are the same for all models of the samples, n (1 + ln 2 pi), are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// Akaike's information criterion: aims at the best prediction, and takes more features than BIC from 8 samples on.
    Aic,
    /// AIC corrected for few samples, to be preferred below 40 samples a parameter (Burnham and Anderson, 2002).
    Aicc,
    /// The Bayesian information criterion: finds the features of a linear model as the samples grow.
    Bic,
}

impl Criterion {
    /// The value for a model of `coefficients` coefficients (the intercept not among them) with this mean squared residual,
    /// fitted to `samples` samples.
    ///
    /// Negative infinity for a mean square of 0. Infinity, whatever the fit, where there are no more samples than parameters
    /// (`Aicc`: than parameters and one): such a model reproduces any answers.
    ///
    /// ```
    /// use lime_surrogates::selection::Criterion;
    /// let value = Criterion::Aicc.value(20.0, 0.5, 3);
    /// assert!((value - (20.0 * 0.5f64.ln() + 10.0 + 60.0 / 14.0)).abs() < 1e-12);
    /// assert_eq!(Criterion::Bic.value(5.0, 0.0, 3), f64::INFINITY);
    /// ```
    pub fn value(self, samples: f64, mean_square: f64, coefficients: usize) -> f64 {
        let parameters = (coefficients + 2) as f64;
        let (spare, price) = match self {
            Criterion::Aic => (samples - parameters, 2.0 * parameters),
            Criterion::Aicc => {
                let spare = samples - parameters - 1.0;
                (spare, 2.0 * parameters * samples / spare)
            }
            Criterion::Bic => (samples - parameters, samples.ln() * parameters),
        };
        if spare > 0.0 { samples * mean_square.ln() + price } else { f64::INFINITY }
    }
}

/// As many features as a [`Criterion`] finds best along an order: by default that of [`ForwardSelection`] over all of them.
///
/// | parameter | default | range |
/// |---|---|---|
/// | criterion | | |
/// | the order | [`ForwardSelection`] over all units | any [`Nested`] rule: its K is the most that can be chosen |
///
/// The models of the first 1, 2, ... units are compared, and of equal ones the smaller is taken. It always takes one unit,
/// because an explanation of none says nothing. A model that leaves no more than rounding (1e-13 of the total sum of squares)
/// ends the comparison and is the choice, as far as there are enough samples for it. A feature that those before it explain
/// adds no parameter.
///
/// The weights tell which answers matter, not how many there were. So n is Kish's effective sample size, (sum w)^2 / sum w^2,
/// which is the number of samples where the weights are equal, and s^2 the weighted mean of the squared residuals: neither
/// changes with the scale of the weights. With the number of rows for n, samples too far away to count would buy features.
/// Repeating every row doubles n, though it tells nothing new, and doubling every weight changes nothing.
///
/// K features cost O(K^3) beside the order, and no fits.
///
/// # Errors
/// [`Error::NotFinite`](crate::Error::NotFinite) from a selection where the moments overflowed, and what the order returns.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Selector, Space, nalgebra::DMatrix};
/// use lime_surrogates::selection::{BackwardElimination, ByCriterion, Criterion};
///
/// // Two features matter, two do not, and the answers are noisy.
/// let z = DMatrix::from_fn(16, 4, |i, j| f64::from((i >> j & 1) as u8));
/// let noise = [3, -1, 4, -1, -5, 9, -2, -6, 5, -3, 5, -8, 9, -7, -9, 3].map(|digit| f64::from(digit) / 20.0);
/// let y = DMatrix::from_fn(16, 1, |i, _| 3.0 * z[(i, 2)] - 2.0 * z[(i, 0)] + noise[i]);
/// let none = DMatrix::zeros(16, 0);
/// let mut moments = Moments::new(&[1.0; 4], &[1.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 16], y.as_view()));
///
/// let (space, bic) = (Space::<f64>::masks(4), ByCriterion::new(Criterion::Bic));
/// assert_eq!(bic.select(&Fitting::new(&space, &moments), 0)?, [2, 0]);
/// let one = bic.along(BackwardElimination::new(1)?);
/// assert_eq!(one.select(&Fitting::new(&space, &moments), 0)?, [2]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByCriterion<P = ForwardSelection> {
    criterion: Criterion,
    path: P,
}

impl ByCriterion {
    /// As many features as the criterion finds best, out of all in the order of forward selection.
    pub fn new(criterion: Criterion) -> Self {
        Self { criterion, path: ForwardSelection::all() }
    }
}

impl<P> ByCriterion<P> {
    /// The same along another order: `ForwardSelection::new(5)?` for at most five features,
    /// [`FixedFeatures`](super::FixedFeatures) for an order of one's own.
    #[must_use]
    pub fn along<Q>(self, path: Q) -> ByCriterion<Q> {
        ByCriterion { criterion: self.criterion, path }
    }

    /// How many of the units, in their order, are best.
    fn best(&self, moments: &Moments, order: &[Vec<usize>], target: usize) -> usize {
        let total = moments.total(target);
        let columns = order.concat();
        let samples = moments.effective_sample_size();
        let mut partial = Partial::new(moments, columns, target);
        let (mut best, mut lowest) = (1, f64::INFINITY);
        let (mut from, mut coefficients, mut residual) = (0, 0, total);
        for (position, unit) in order.iter().enumerate() {
            let (count, gain) = partial.take(&(from..from + unit.len()).collect::<Vec<_>>());
            from += unit.len();
            coefficients += count;
            residual = (residual - gain).max(0.0);
            let perfect = residual <= ROUNDING * total;
            let mean_square = if perfect { 0.0 } else { residual / moments.weight() };
            let value = self.criterion.value(samples, mean_square, coefficients);
            if value < lowest {
                (best, lowest) = (position + 1, value);
            }
            if perfect {
                break;
            }
        }
        best
    }
}

impl<F: Real, E: Evidence<F> + ?Sized, P: Nested<F, E>> Selector<F, E> for ByCriterion<P> {
    fn select(&self, given: &Fitting<'_, F, E>, target: usize) -> Result<Vec<usize>, BoxError> {
        check(given, target)?;
        let order = self.path.order(given, target)?;
        let (chosen, features) = (order.concat(), given.moments().features());
        if chosen.iter().any(|&j| j >= features) {
            return Err(lime_core::Error::Selection { chosen, features }.into());
        }
        let best = self.best(given.moments(), &order, target);
        Ok(order.into_iter().take(best).flatten().collect())
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        self.path.check(space)
    }
}
