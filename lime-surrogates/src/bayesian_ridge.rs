//! Bayesian ridge regression.

use lime_core::{LinearFit, Moments, Warning};
use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::equations::{Equations, surrogate_from_moments};
use crate::error::{check_iterations, check_tolerance};
use crate::solve::eigen;

/// Bayesian linear regression: coefficients with standard deviations, and penalties that come from the samples.
///
/// ```text
/// y_i ~ N(b0 + b.z_i, 1 / (alpha w_i))      b_j ~ N(mu_j, 1 / lambda_j)      b0 flat
/// posterior:  b ~ N(m, S),  S = (alpha Z'WZ + Lambda)^-1,  m = S (Lambda mu + alpha Z'Wy)      Z, y less their means
/// ```
///
/// By default mu is 0 and the noise precision alpha and the prior precision lambda, one for all features, are those of the
/// highest evidence under Gamma priors (MacKay, 1992, "Bayesian Interpolation", section 4; Tipping, 2001, "Sparse Bayesian
/// Learning and the Relevance Vector Machine"). The solution is scikit-learn's `BayesianRidge().fit(Z, y,
/// sample_weight=w)`.
///
/// With [`prior`](Self::prior) and [`noise_precision`](Self::noise_precision) it is BayLIME (Zhao, Huang, Huang, Robu and
/// Flynn, 2021, "BayLIME: Bayesian Local Interpretable Model-Agnostic Explanations"):
///
/// | BayLIME | given |
/// |---|---|
/// | non-informative | nothing |
/// | partial prior knowledge | mu and lambda; alpha is estimated |
/// | full prior knowledge | mu, lambda and alpha: a closed form |
///
/// | parameter | default | range |
/// |---|---|---|
/// | prior mean mu, precision lambda | 0, estimated | finite; finite, > 0 |
/// | noise precision alpha | estimated | finite, > 0 |
/// | hyper-priors, shape and rate | 1e-6 each | finite, > 0 |
/// | intercept | fitted | fitted or zero |
/// | tolerance | 1e-10 | finite, > 0 |
/// | iterations | 10 000 | >= 1 |
///
/// A weight counts as that many samples: twice the weights tell twice as much, and n is sum w in the update of alpha. So
/// with similarities as weights, which are 1 at most, deviations are wider than the number of rows suggests. They are
/// about the surrogate's own model with noise that is normal and of one size; they say nothing of a model that is not
/// linear there.
///
/// An estimated lambda is one for all features in their own units: coordinates that differ by orders of magnitude are to be
/// standardised, or a prior given.
///
/// The Gram matrix is decomposed once for all targets, O(d^3); an iteration is O(d), until alpha and lambda change by no
/// more than the tolerance, relatively. After that many without, the fit carries [`Warning::NotConverged`]. A prior makes
/// every coefficient determinate; [`Warning::RankDeficient`] says that the samples do not.
///
/// ```
/// use lime_core::{Fitting, Moments, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::BayesianRidge;
///
/// // One feature with sum (z - mean)^2 = 1 and slope 4 in the samples; the prior says 1. With equal precisions, halfway.
/// let (z, y, none) = (dmatrix![1.0; 1.0; 0.0; 0.0], dmatrix![5.0; 4.0; 1.0; 0.0], DMatrix::zeros(4, 0));
/// let mut moments = Moments::new(&[1.0], &[5.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let informed = BayesianRidge::default().prior(vec![1.0], 3.0)?.noise_precision(3.0)?;
/// let fit = informed.fit(&Fitting::new(&Space::<f64>::masks(1), &moments), &[0], &[0])?.remove(0);
/// assert!((fit.coefficients()[0].1 - 2.5).abs() < 1e-12);
/// assert!((fit.deviations()[0] - (1.0f64 / 6.0).sqrt()).abs() < 1e-12);
///
/// // The precisions of the highest evidence trust these samples more; scikit-learn 1.9.1 has 3.91667 and 3.00000.
/// let posterior = BayesianRidge::default().posterior(&moments, &[0], 0)?;
/// assert!((posterior.mean()[0] - 3.91667).abs() < 1e-5 && (posterior.noise_precision() - 3.0).abs() < 1e-5);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BayesianRidge {
    prior: Option<Prior>,
    noise_precision: Option<f64>,
    noise_hyper: Gamma,
    precision_hyper: Gamma,
    intercept: bool,
    tolerance: f64,
    iterations: usize,
}

/// Normal priors of the coefficients, one a feature of the space.
#[derive(Debug, Clone, PartialEq)]
struct Prior {
    mean: Vec<f64>,
    precision: Precision,
}

/// The precisions of the coefficients' prior, 1 / variance.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// The same for all features.
    Same(f64),
    /// One for each feature of the space.
    Each(Vec<f64>),
}

impl From<f64> for Precision {
    fn from(precision: f64) -> Self {
        Precision::Same(precision)
    }
}

impl From<Vec<f64>> for Precision {
    fn from(precision: Vec<f64>) -> Self {
        Precision::Each(precision)
    }
}

impl Precision {
    fn of(&self, feature: usize) -> f64 {
        match self {
            Precision::Same(precision) => *precision,
            Precision::Each(precisions) => precisions[feature],
        }
    }

    fn values(&self) -> &[f64] {
        match self {
            Precision::Same(precision) => std::slice::from_ref(precision),
            Precision::Each(precisions) => precisions,
        }
    }
}

/// A Gamma prior of a precision.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gamma {
    shape: f64,
    rate: f64,
}

impl Default for Gamma {
    fn default() -> Self {
        Self { shape: 1e-6, rate: 1e-6 }
    }
}

impl Default for BayesianRidge {
    fn default() -> Self {
        Self {
            prior: None,
            noise_precision: None,
            noise_hyper: Gamma::default(),
            precision_hyper: Gamma::default(),
            intercept: true,
            tolerance: 1e-10,
            iterations: 10_000,
        }
    }
}

fn positive(what: &'static str, value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(Error::Precision { what, value }) }
}

impl BayesianRidge {
    /// Gives the coefficients this prior instead of one that is estimated: a mean for every feature of the space, selected
    /// or not, and a precision (1 / variance) for all or for each. It serves every target alike.
    ///
    /// # Errors
    /// [`Error::PriorMean`] for a mean that is not finite, [`Error::Precision`] for a precision that is not finite and
    /// above 0, [`Error::PriorLength`] for another number of precisions than means. That both are as many as the features
    /// is seen before the model is asked.
    pub fn prior(mut self, mean: Vec<f64>, precision: impl Into<Precision>) -> Result<Self, Error> {
        let precision = precision.into();
        if let Some((feature, &value)) = mean.iter().enumerate().find(|(_, mean)| !mean.is_finite()) {
            return Err(Error::PriorMean { feature, value });
        }
        for &value in precision.values() {
            positive("prior precision lambda", value)?;
        }
        if let Precision::Each(precisions) = &precision
            && precisions.len() != mean.len()
        {
            let (means, precisions) = (mean.len(), precisions.len());
            return Err(Error::PriorLength { means, precisions, features: means });
        }
        self.prior = Some(Prior { mean, precision });
        Ok(self)
    }

    /// Gives the noise this precision (1 / variance, of a sample of weight 1) instead of one that is estimated.
    ///
    /// # Errors
    /// [`Error::Precision`] for one that is not finite and above 0.
    pub fn noise_precision(mut self, alpha: f64) -> Result<Self, Error> {
        self.noise_precision = Some(positive("noise precision alpha", alpha)?);
        Ok(self)
    }

    /// The shape and the rate of the Gamma prior of alpha: scikit-learn's `alpha_1` and `alpha_2`.
    ///
    /// # Errors
    /// [`Error::Precision`] for one that is not finite and above 0.
    pub fn noise_hyper_prior(mut self, shape: f64, rate: f64) -> Result<Self, Error> {
        self.noise_hyper = Gamma {
            shape: positive("shape of alpha's hyper-prior", shape)?,
            rate: positive("rate of alpha's hyper-prior", rate)?,
        };
        Ok(self)
    }

    /// The shape and the rate of the Gamma prior of lambda: scikit-learn's `lambda_1` and `lambda_2`.
    ///
    /// # Errors
    /// [`Error::Precision`] for one that is not finite and above 0.
    pub fn precision_hyper_prior(mut self, shape: f64, rate: f64) -> Result<Self, Error> {
        self.precision_hyper = Gamma {
            shape: positive("shape of lambda's hyper-prior", shape)?,
            rate: positive("rate of lambda's hyper-prior", rate)?,
        };
        Ok(self)
    }

    /// Leaves the intercept out: it is 0, and sums are about zero instead of the means.
    #[must_use]
    pub fn without_intercept(mut self) -> Self {
        self.intercept = false;
        self
    }

    /// The relative change of alpha and lambda that ends the iteration: finite, above 0.
    ///
    /// # Errors
    /// [`Error::Tolerance`] for other values.
    pub fn tolerance(self, tolerance: f64) -> Result<Self, Error> {
        Ok(Self { tolerance: check_tolerance(tolerance)?, ..self })
    }

    /// How many iterations there may be: 1 or more.
    ///
    /// # Errors
    /// [`Error::Iterations`] for 0.
    pub fn iterations(self, iterations: usize) -> Result<Self, Error> {
        Ok(Self { iterations: check_iterations(iterations)?, ..self })
    }

    /// The posterior of some features' coefficients for a target (its position among those of the moments), with its
    /// covariance and precisions. [`fit`](lime_core::Surrogate::fit) gives the same means and deviations for many targets.
    ///
    /// # Errors
    /// [`Error::NoWeight`] if no sample counts, [`Error::NotFinite`] if the moments have overflowed,
    /// [`Error::PriorLength`] for a prior of another space, [`Error::NoFeature`] and [`Error::NoTarget`] for what does not
    /// exist.
    pub fn posterior(&self, moments: &Moments, features: &[usize], target: usize) -> Result<Posterior, Error> {
        let targets = [target];
        let equations = Equations::new(moments, features, &targets, self.intercept)?;
        let basis = Basis::new(self, &equations, moments.features(), features)?;
        let estimate = basis.estimate(self, &equations, 0);
        Ok(Posterior {
            covariance: basis.covariance(&estimate),
            precision: basis.precision.iter().map(|precision| precision * estimate.lambda).collect(),
            noise_precision: estimate.alpha,
            iterations: estimate.iterations,
            change: estimate.change,
            mean: estimate.mean,
        })
    }

    /// Whether a prior is for so many features.
    fn check_prior(&self, features: usize) -> Result<(), Error> {
        match &self.prior {
            Some(Prior { mean, precision }) if mean.len() != features => {
                Err(Error::PriorLength { means: mean.len(), precisions: precision.values().len(), features })
            }
            _ => Ok(()),
        }
    }

    fn fits(&self, moments: &Moments, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, Error> {
        let equations = Equations::new(moments, active, targets, self.intercept)?;
        let basis = Basis::new(self, &equations, moments.features(), active)?;
        let rank = equations.rank();
        let fits = (0..targets.len()).map(|t| {
            let estimate = basis.estimate(self, &equations, t);
            let deviations = basis.deviations(&estimate);
            let fit = equations.fit(t, estimate.mean, rank).with_deviations(deviations);
            if estimate.change <= self.tolerance {
                fit
            } else {
                let (iterations, tolerance) = (self.iterations, self.tolerance);
                fit.warn(Warning::NotConverged { iterations, left: estimate.change, tolerance })
            }
        });
        Ok(fits.collect())
    }
}

surrogate_from_moments!(BayesianRidge, check_prior);

/// What is known of the coefficients once the samples have been seen: a normal distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    mean: Vec<f64>,
    covariance: DMatrix<f64>,
    precision: Vec<f64>,
    noise_precision: f64,
    iterations: usize,
    change: f64,
}

impl Posterior {
    /// The mean of each coefficient: what the surrogate reports.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariance of the coefficients.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// The standard deviation of each coefficient.
    pub fn deviations(&self) -> Vec<f64> {
        self.covariance.diagonal().iter().map(|variance| variance.sqrt()).collect()
    }

    /// lambda: the precision of each coefficient's prior, given or estimated.
    pub fn precision(&self) -> &[f64] {
        &self.precision
    }

    /// alpha: the precision of the noise, given or estimated.
    pub fn noise_precision(&self) -> f64 {
        self.noise_precision
    }

    /// How many iterations were made: 0 where both precisions are given.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The last relative change of a precision that was estimated.
    pub fn change(&self) -> f64 {
        self.change
    }
}

/// The eigenvectors of the Gram matrix, in units in which the prior has the same precision for all coefficients.
struct Basis {
    /// The precision of each coefficient's prior where it is given, and 1 where it is to be estimated.
    precision: Vec<f64>,
    /// The unit of each coefficient, 1 / sqrt(precision).
    unit: Vec<f64>,
    /// The prior mean of each coefficient.
    mean: DVector<f64>,
    values: Vec<f64>,
    vectors: DMatrix<f64>,
}

impl Basis {
    fn new(ridge: &BayesianRidge, equations: &Equations<'_>, features: usize, active: &[usize]) -> Result<Self, Error> {
        ridge.check_prior(features)?;
        let (precision, mean): (Vec<f64>, Vec<f64>) = match &ridge.prior {
            None => (vec![1.0; active.len()], vec![0.0; active.len()]),
            Some(Prior { mean, precision }) => active.iter().map(|&j| (precision.of(j), mean[j])).unzip(),
        };
        let unit: Vec<f64> = precision.iter().map(|precision| 1.0 / precision.sqrt()).collect();
        let scaled = DMatrix::from_fn(unit.len(), unit.len(), |a, b| equations.gram[(a, b)] * unit[a] * unit[b]);
        let (values, vectors) = eigen(scaled)?;
        let largest = values.iter().fold(0.0f64, |top, v| top.max(*v));
        let rounding = f64::EPSILON * unit.len() as f64 * largest;
        let values = values.iter().map(|&value| if value > rounding { value } else { 0.0 }).collect();
        Ok(Self { precision, unit, mean: DVector::from_vec(mean), values, vectors })
    }

    /// The precisions and the posterior mean for the target in a column of the equations.
    fn estimate(&self, ridge: &BayesianRidge, equations: &Equations<'_>, column: usize) -> Estimate {
        // From the prior mean on: what it leaves of the answers, and its covariances along the eigenvectors.
        let cross = equations.cross.column(column);
        let fitted = &equations.gram * &self.mean;
        let total = (equations.total(column) - self.mean.dot(&(2.0 * cross - &fitted))).max(0.0);
        let rest = DVector::from_fn(cross.len(), |j, _| (cross[j] - fitted[j]) * self.unit[j]);
        let along: Vec<f64> = self.vectors.column_iter().map(|vector| vector.dot(&rest)).collect();

        let weight = equations.weight();
        let (estimate_alpha, estimate_lambda) = (ridge.noise_precision.is_none(), ridge.prior.is_none());
        let variance = equations.total(column) / weight;
        let mut alpha = ridge.noise_precision.unwrap_or(1.0 / (variance + f64::EPSILON));
        let mut lambda = 1.0;
        let (mut iterations, mut change) = (0, 0.0);
        while (estimate_alpha || estimate_lambda) && iterations < ridge.iterations {
            iterations += 1;
            let ratio = lambda / alpha;
            // gamma, the number of coefficients the samples determine; |b - mu|^2; and the residual sum of squares.
            let (mut determined, mut square, mut explained) = (0.0, 0.0, 0.0);
            for (_, value, along) in self.directions(&along) {
                let b = along / (value + ratio);
                determined += value / (value + ratio);
                square += b * b;
                explained += b * along;
            }
            let residual = (total - explained - ratio * square).max(0.0);
            let before = (alpha, lambda);
            if estimate_lambda {
                let Gamma { shape, rate } = ridge.precision_hyper;
                lambda = (determined + 2.0 * shape) / (square + 2.0 * rate);
            }
            if estimate_alpha {
                let Gamma { shape, rate } = ridge.noise_hyper;
                alpha = if weight > determined {
                    (weight - determined + 2.0 * shape) / (residual + 2.0 * rate)
                } else {
                    // Samples that weigh less than they determine: expectation maximisation, which has the same fixed points.
                    (weight + 2.0 * shape) / (residual + determined / alpha + 2.0 * rate)
                };
            }
            change = (alpha / before.0 - 1.0).abs().max((lambda / before.1 - 1.0).abs());
            if change <= ridge.tolerance {
                break;
            }
        }

        let mut mean = DVector::zeros(along.len());
        for (k, value, along) in self.directions(&along) {
            mean.axpy(along / (value + lambda / alpha), &self.vectors.column(k), 1.0);
        }
        let mean = mean.iter().zip(&self.unit).zip(self.mean.iter()).map(|((b, unit), mean)| mean + b * unit).collect();
        Estimate { mean, alpha, lambda, iterations, change }
    }

    /// The directions the samples say something of: their places, eigenvalues and covariances with the answers.
    fn directions<'a>(&'a self, along: &'a [f64]) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
        let all = self.values.iter().zip(along).enumerate();
        all.filter(|(_, (value, _))| **value > 0.0).map(|(k, (&value, &along))| (k, value, along))
    }

    /// The eigenvectors, each times the posterior deviation along it, in the coefficients' own units.
    fn spread(&self, estimate: &Estimate) -> DMatrix<f64> {
        let mut spread = self.vectors.clone();
        for (mut vector, value) in spread.column_iter_mut().zip(&self.values) {
            let deviation = 1.0 / (estimate.alpha * value + estimate.lambda).sqrt();
            for (entry, unit) in vector.iter_mut().zip(&self.unit) {
                *entry *= deviation * unit;
            }
        }
        spread
    }

    fn deviations(&self, estimate: &Estimate) -> Vec<f64> {
        let mut variances = vec![0.0; self.unit.len()];
        for vector in self.spread(estimate).column_iter() {
            for (variance, entry) in variances.iter_mut().zip(vector.iter()) {
                *variance += entry * entry;
            }
        }
        variances.into_iter().map(f64::sqrt).collect()
    }

    fn covariance(&self, estimate: &Estimate) -> DMatrix<f64> {
        let spread = self.spread(estimate).transpose();
        DMatrix::from_fn(self.unit.len(), self.unit.len(), |i, j| spread.column(i).dot(&spread.column(j)))
    }
}

/// What the samples say of one target.
struct Estimate {
    mean: Vec<f64>,
    alpha: f64,
    lambda: f64,
    iterations: usize,
    change: f64,
}
