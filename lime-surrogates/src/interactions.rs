//! A Gaussian process of interactions between features, on masks.

use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::solve::eigen;
use crate::spd::inverse_factor;

/// The orders of interaction: pairs, triples and quadruples of features.
pub(crate) const ORDERS: usize = 3;
/// How often the variances are updated.
const UPDATES: usize = 15;
/// The least share of the noise in a mask's prior variance, so that the equations stay well conditioned.
const NOISE: f64 = 1e-7;
/// How many features' worth of evidence holds a relevance at 1.
const PRIOR: f64 = 0.5;
/// Eigenvalues of the trend's equations below this share of the largest are taken for zero.
const EIGENVALUE: f64 = 1e-12;

/// The additive kernel of Duvenaud, Nickisch & Rasmussen (2011, "Additive Gaussian processes", equation 6) for signs x = 2 z - 1:
///
/// ```text
/// k(x, x') = sum_p s_p e_p(rho_1 x_1 x'_1, ..., rho_d x_d x'_d)        p = 2, 3, 4
/// ```
///
/// with e_p the elementary symmetric polynomial: the product of any p features has a coefficient of variance s_p times the product of their
/// relevances rho. The variance of what is left, the noise, stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interactions {
    /// s_2, s_3, s_4.
    pub(crate) variance: [f64; ORDERS],
    /// rho, with the mean 1.
    pub(crate) relevance: Vec<f64>,
    pub(crate) noise: f64,
}

/// The polynomials e_1 to e_4 by Newton's identities, of which the even power sums are the same for all masks.
#[derive(Debug, Clone, Copy)]
struct Newton {
    p2: f64,
    p4: f64,
}

impl Newton {
    fn of(relevance: &[f64]) -> Self {
        Self { p2: relevance.iter().map(|r| r * r).sum(), p4: relevance.iter().map(|r| r.powi(4)).sum() }
    }

    /// e_1, ..., e_4 from the first and the third power sum.
    fn polynomials(self, p1: f64, p3: f64) -> [f64; ORDERS + 1] {
        let square = p1 * p1;
        [
            p1,
            0.5 * (square - self.p2),
            (p1 * (square - 3.0 * self.p2) + 2.0 * p3) / 6.0,
            (square * (square - 6.0 * self.p2) + 3.0 * self.p2 * self.p2 + 8.0 * p1 * p3 - 6.0 * self.p4) / 24.0,
        ]
    }
}

/// The power sums sum_j (rho_j x_j x'_j)^r for r = 1 and 3, of the rows of `left` with those of `right`.
fn power_sums(left: &DMatrix<f64>, right: &DMatrix<f64>, relevance: &[f64]) -> [DMatrix<f64>; 2] {
    let right = right.transpose();
    [1, 3].map(|power| {
        let mut scaled = left.clone();
        for (mut column, rho) in scaled.column_iter_mut().zip(relevance) {
            column *= rho.powi(power);
        }
        scaled * &right
    })
}

impl Interactions {
    /// What is thought of `features` features before any answer is seen, in units of the answers' variance about a linear model.
    fn prior(features: usize) -> Self {
        // C(d, p) products share the variance of an order.
        let mut count = features as f64;
        let mut variance = [0.0; ORDERS];
        for (order, (variance, share)) in variance.iter_mut().zip([0.6, 0.2, 0.1]).enumerate() {
            count *= features.saturating_sub(order + 1) as f64 / (order + 2) as f64;
            *variance = if count > 0.0 { share / count } else { 0.0 };
        }
        Self { variance, relevance: vec![1.0; features], noise: 0.1 }
    }

    /// The kernel between the rows of two matrices of signs.
    pub(crate) fn between(&self, left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
        let newton = Newton::of(&self.relevance);
        let [mut first, third] = power_sums(left, right, &self.relevance);
        for (p1, p3) in first.iter_mut().zip(third.iter()) {
            let e = newton.polynomials(*p1, *p3);
            *p1 = self.variance.iter().zip(&e[1..]).map(|(s, e)| s * e).sum();
        }
        first
    }

    /// The kernel's expectations under an exchangeable law with these [moments](crate::size_moments::sign_moments): row i has E k(x, x_i),
    /// then cov(x_j, k(x, x_i)) for each of the features j.
    pub(crate) fn covariances(&self, signs: &DMatrix<f64>, moments: &[f64], features: &[usize]) -> DMatrix<f64> {
        let newton = Newton::of(&self.relevance);
        let mut covariances = DMatrix::zeros(signs.nrows(), 1 + features.len());
        for i in 0..signs.nrows() {
            let (mut p1, mut p3) = (0.0, 0.0);
            for (rho, x) in self.relevance.iter().zip(signs.row(i).iter()) {
                p1 += rho * x;
                p3 += rho * rho * rho * x;
            }
            let e = newton.polynomials(p1, p3);
            let mean: f64 = self.variance.iter().enumerate().map(|(at, s)| s * moments[at + 2] * e[at + 1]).sum();
            covariances[(i, 0)] = mean;
            for (at, &j) in features.iter().enumerate() {
                let u = self.relevance[j] * signs[(i, j)];
                // The polynomials without feature j, from the first on.
                let mut without = e[0] - u;
                let mut product = 0.0;
                for (order, variance) in self.variance.iter().enumerate() {
                    let next = e[order + 1] - u * without;
                    product += variance * (moments[order + 3] * next + moments[order + 1] * u * without);
                    without = next;
                }
                covariances[(i, 1 + at)] = product - moments[1] * mean;
            }
        }
        covariances
    }

    /// The prior variance of the coefficients of some features in the projection, for a law with these moments; `others` are the features that
    /// are not among them. Each product of p features has two slopes, on those it is made of and on the others; see
    /// [`Projection`](crate::mask_process::Projection).
    pub(crate) fn prior_variances(&self, features: &[usize], slopes: impl Fn(usize, usize) -> [f64; 2]) -> Vec<f64> {
        // The coefficients of the polynomial with the roots of some relevances: e_0, ..., e_4.
        let add = |e: &mut [f64; ORDERS + 2], rho: f64| {
            for order in (1..e.len()).rev() {
                e[order] += rho * e[order - 1];
            }
        };
        let one = [1.0, 0.0, 0.0, 0.0, 0.0];
        let mut outside = one;
        for (j, &rho) in self.relevance.iter().enumerate() {
            if !features.contains(&j) {
                add(&mut outside, rho);
            }
        }
        let variance = |j: usize| {
            let mut inside = one;
            for &other in features.iter().filter(|&&other| other != j) {
                add(&mut inside, self.relevance[other]);
            }
            let mut sum = 0.0;
            for (at, s) in self.variance.iter().enumerate() {
                let order = at + 2;
                for shared in 0..=order {
                    // Products of `shared` of the features, with and without feature j.
                    let [own, foreign] = slopes(order, shared);
                    let with = if shared > 0 { self.relevance[j] * inside[shared - 1] } else { 0.0 };
                    sum += s * outside[order - shared] * (own * own * with + foreign * foreign * inside[shared]);
                }
            }
            sum
        };
        features.iter().map(|&j| variance(j)).collect()
    }

    /// Learns variances, relevances and noise from answers to masks by their restricted likelihood, which knows nothing of the linear part:
    /// the minorise-maximise updates of variance components (Zhou, Hu, Zhou & Lange 2019, "MM algorithms for variance components models"),
    ///
    /// ```text
    /// s  <-  s sqrt(a'K_s a / tr(M K_s))        a = M y
    /// ```
    ///
    /// with K_s the derivative of the kernel and M the precision of the answers with every linear function taken out. A relevance has the same
    /// update, with a gamma prior around 1.
    pub(crate) fn learn(signs: &DMatrix<f64>, answers: &DVector<f64>) -> Result<Self, Error> {
        let (n, d) = signs.shape();
        let mut process = Self::prior(d);
        for _ in 0..UPDATES {
            let newton = Newton::of(&process.relevance);
            let [first, third] = power_sums(signs, signs, &process.relevance);
            let gram = process.gram(&first, &third);
            let Some(posterior) = Posterior::new(&gram, signs, answers)? else { break };
            let precision = posterior.whitened.tr_mul(&posterior.whitened);
            let alpha = &posterior.alpha;

            let (mut explained, mut expected) = ([0.0; ORDERS], [0.0; ORDERS]);
            // For the relevances: the kernels of what a feature's products leave when it is taken out, by the answers and by the precision.
            let mut once = [DMatrix::zeros(n, n), DMatrix::zeros(n, n)];
            let mut thrice = [DMatrix::zeros(n, n), DMatrix::zeros(n, n)];
            let mut constant = [[0.0; ORDERS]; 2];
            let [s2, s3, s4] = process.variance;
            for column in 0..n {
                for row in 0..n {
                    let at = (row, column);
                    let e = newton.polynomials(first[at], third[at]);
                    let weights = [alpha[row] * alpha[column], precision[at]];
                    for order in 0..ORDERS {
                        explained[order] += weights[0] * e[order + 1];
                        expected[order] += weights[1] * e[order + 1];
                    }
                    let (one, three) = (s2 * e[0] + s3 * e[1] + s4 * e[2], s3 + s4 * e[0]);
                    for (side, weight) in weights.into_iter().enumerate() {
                        once[side][at] = weight * one;
                        thrice[side][at] = weight * three;
                        constant[side][0] += weight;
                        constant[side][1] += weight * e[0];
                        constant[side][2] += weight * e[1];
                    }
                }
            }
            let parts = [0, 1].map(|side| {
                let (once, thrice) = (&once[side] * signs, &thrice[side] * signs);
                let [c0, c1, c2] = constant[side];
                process
                    .relevance
                    .iter()
                    .enumerate()
                    .map(|(j, &rho)| {
                        let x = signs.column(j);
                        let square = rho * rho;
                        let odd = rho * x.dot(&once.column(j)) + rho * square * x.dot(&thrice.column(j));
                        odd - square * (s2 * c0 + s3 * c1 + s4 * c2) - square * square * s4 * c0
                    })
                    .collect::<Vec<f64>>()
            });
            let ratio = |explained: f64, expected: f64| {
                if explained > 0.0 && expected > 0.0 { (explained / expected).sqrt() } else { 0.0 }
            };
            for order in 0..ORDERS {
                process.variance[order] *= ratio(explained[order], expected[order]);
            }
            process.noise *= ratio(alpha.norm_squared(), precision.trace());
            let [explained, expected] = parts;
            for ((rho, explained), expected) in process.relevance.iter_mut().zip(explained).zip(expected) {
                *rho *= ratio(explained + PRIOR, expected + PRIOR * *rho);
            }
            let mean = process.relevance.iter().sum::<f64>() / d as f64;
            if mean > 0.0 && mean.is_finite() {
                process.relevance.iter_mut().for_each(|rho| *rho /= mean);
            }
        }
        Ok(process)
    }

    /// The kernel with the noise, from power sums.
    fn gram(&self, first: &DMatrix<f64>, third: &DMatrix<f64>) -> DMatrix<f64> {
        let newton = Newton::of(&self.relevance);
        let mut gram = first.zip_map(third, |p1, p3| {
            let e = newton.polynomials(p1, p3);
            self.variance.iter().zip(&e[1..]).map(|(s, e)| s * e).sum()
        });
        for i in 0..gram.nrows() {
            let own: f64 = gram[(i, i)];
            gram[(i, i)] = own + self.noise.max(NOISE * own);
        }
        gram
    }

    /// What answers to masks tell of the process; `None` where the equations cannot be solved.
    pub(crate) fn given(&self, signs: &DMatrix<f64>, answers: &DVector<f64>) -> Result<Option<Posterior>, Error> {
        let [first, third] = power_sums(signs, signs, &self.relevance);
        Posterior::new(&self.gram(&first, &third), signs, answers)
    }
}

/// A process given answers, beside a linear trend of which nothing is known before (universal kriging).
///
/// With K the kernel and the noise, K^-1 = W'W, H = [1 x] the trend and Q an orthonormal basis of W H, the precision of the answers with the
/// trend taken out is M = W'(1 - Q Q')W, and the process at x is k(x, .) alpha with alpha = M y.
#[derive(Debug)]
pub(crate) struct Posterior {
    /// (1 - Q Q') W, so that M is its own product.
    pub(crate) whitened: DMatrix<f64>,
    pub(crate) alpha: DVector<f64>,
    /// From answers to the trend's coefficients, (1 + d, n).
    trend: DMatrix<f64>,
    /// The trend's coefficients.
    pub(crate) coefficients: DVector<f64>,
    /// W, and W H.
    factor: DMatrix<f64>,
    image: DMatrix<f64>,
    /// The inverse root of H'K^-1 H, (1 + d, rank).
    back: DMatrix<f64>,
}

/// [1 x] for the rows of x.
fn trend(signs: &DMatrix<f64>) -> DMatrix<f64> {
    signs.clone().insert_column(0, 1.0)
}

impl Posterior {
    fn new(gram: &DMatrix<f64>, signs: &DMatrix<f64>, answers: &DVector<f64>) -> Result<Option<Self>, Error> {
        let Some(factor) = inverse_factor(gram) else { return Ok(None) };
        let image = &factor * trend(signs);
        let (values, vectors) = eigen(image.tr_mul(&image))?;
        let largest = values.iter().fold(0.0f64, |top, v| top.max(*v));
        let kept: Vec<usize> = (0..values.len()).filter(|&k| values[k] > EIGENVALUE * largest).collect();
        let mut back = vectors.select_columns(&kept);
        for (mut column, &k) in back.column_iter_mut().zip(&kept) {
            column /= values[k].sqrt();
        }
        let basis = &image * &back;
        let along = basis.tr_mul(&factor);
        let whitened = &factor - &basis * &along;
        let alpha = whitened.tr_mul(&(&whitened * answers));
        let trend = &back * along;
        let coefficients = &trend * answers;
        Ok(Some(Self { whitened, alpha, trend, coefficients, factor, image, back }))
    }

    /// Whether the answers determine the whole trend.
    pub(crate) fn determined(&self) -> bool {
        self.back.ncols() == self.back.nrows()
    }

    /// How much less than before the answers leave unknown of a value that has the covariances `data` with them and is this `trend` of the
    /// trend's coefficients; what not to know those adds is counted in.
    pub(crate) fn gain(&self, data: &DVector<f64>, trend: &DVector<f64>) -> f64 {
        let white = &self.factor * data;
        let open = self.back.tr_mul(&(trend - self.image.tr_mul(&white)));
        white.norm_squared() - open.norm_squared()
    }

    /// What is left of these rows' answers when the interactions that the other rows tell of are taken out, linear trend and all, and the
    /// errors of predicting them from the other rows.
    pub(crate) fn without(&self, rows: &[usize], signs: &DMatrix<f64>) -> Result<Deleted, Error> {
        let columns = self.whitened.select_columns(rows);
        let precision = columns.tr_mul(&columns);
        let right = DMatrix::from_fn(rows.len(), 1, |i, _| self.alpha[rows[i]]);
        let errors = crate::solve::solve(&precision, &right)?.x.column(0).into_owned();
        let shift = &columns * &errors;
        let coefficients = &self.coefficients - self.trend.select_columns(rows) * &errors;
        let left = trend(&signs.select_rows(rows)) * coefficients + &errors;
        Ok(Deleted { left, shift })
    }
}

/// A process without some rows.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// Their answers without the interactions.
    pub(crate) left: DVector<f64>,
    /// (1 - Q Q') W times their errors: alpha of the process without the rows is alpha - W'(1 - Q Q') of this.
    pub(crate) shift: DVector<f64>,
}
