//! A Gaussian process of interactions between features, on masks.

use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::size_moments::ProductMoments;
use crate::solve::eigen;
use crate::spd::inverse_factor;

/// The orders of interaction with a variance of their own: pairs, triples and quadruples of features.
const ORDERS: usize = 3;
/// How often the parameters are updated: on half of the rows that are learned from, and on all of them.
const UPDATES: [usize; 2] = [10, 6];
/// The least noise while they are. A model that answers alike where a word says nothing has a likelihood without bound for what fits those
/// answers to the last digit, however badly it foresees others.
const LEARNING_NOISE: f64 = 0.3;
/// Columns of the kernel's derivatives at a time.
const COLUMNS: usize = 32;
/// The noises that are tried in the end, as shares of the one that was learned.
const LESS_NOISE: [f64; 4] = [0.1, 0.01, 1e-3, 1e-4];
/// The least share of the noise in a mask's prior variance, so that the equations stay well conditioned.
const NOISE: f64 = 1e-7;
/// How many features' worth of evidence holds a relevance where it began.
const PRIOR: f64 = 0.5;
/// The largest relevance: at 1 masks with and without the feature have nothing in common.
const RELEVANT: f64 = 0.98;
/// A row's precision below this share of the one it has where the trend is known: it alone tells of a direction of the trend.
const ALONE: f64 = 1e-10;
/// Eigenvalues of the trend's equations below this share of the largest are taken for zero.
const EIGENVALUE: f64 = 1e-12;

/// The additive kernel of Duvenaud, Nickisch & Rasmussen (2011, "Additive Gaussian processes", equation 6) with, for interactions of any
/// order, a product kernel beside it, for signs x = 2 z - 1:
///
/// ```text
/// k(x, x') = sum_p s_p e_p(rho_1 x_1 x'_1, ..., rho_d x_d x'_d)  +  s prod_j (1 + rho_j x_j x'_j)        p = 2, 3, 4
/// ```
///
/// with e_p the elementary symmetric polynomial: the product of any p features has a coefficient of variance s_p + s times the product of
/// their relevances rho. The second part is a Hamming kernel, prod_j exp(-theta_j [x_j != x'_j]) with rho_j = tanh(theta_j / 2), up to a
/// constant. The variance of what is left, the noise, stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interactions {
    /// s_2, s_3, s_4.
    variance: [f64; ORDERS],
    /// s.
    any_order: f64,
    /// rho, below 1.
    relevance: Vec<f64>,
    noise: f64,
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

/// What the rows of two matrices of signs have in common, for some relevances.
struct Common {
    newton: Newton,
    /// The power sums sum_j (rho_j x_j x'_j)^r for r = 1 and 3.
    first: DMatrix<f64>,
    third: DMatrix<f64>,
    /// prod_j (1 + rho_j x_j x'_j).
    product: DMatrix<f64>,
}

impl Common {
    fn of(left: &DMatrix<f64>, right: &DMatrix<f64>, relevance: &[f64]) -> Self {
        let right = right.transpose();
        let sums = |weight: fn(f64) -> f64| {
            let mut scaled = left.clone();
            for (mut column, &rho) in scaled.column_iter_mut().zip(relevance) {
                column *= weight(rho);
            }
            scaled * &right
        };
        // 1 + rho u = sqrt(1 - rho^2) exp(u artanh rho) for u of 1 or -1.
        let constant = 0.5 * relevance.iter().map(|rho| (-rho * rho).ln_1p()).sum::<f64>();
        let product = sums(f64::atanh).map(|sum| (sum + constant).exp());
        Self { newton: Newton::of(relevance), first: sums(|rho| rho), third: sums(|rho| rho.powi(3)), product }
    }
}

/// Evidence of a parameter: what the answers explain by it, and what they would by chance.
#[derive(Debug, Clone, Copy)]
struct Share {
    explained: f64,
    expected: f64,
}

impl Share {
    /// The factor of the parameter's update.
    fn factor(self) -> f64 {
        if self.explained > 0.0 && self.expected > 0.0 { (self.explained / self.expected).sqrt() } else { 0.0 }
    }
}

impl Interactions {
    /// What is thought of `features` features before any answer is seen, in units of the answers' variance about a linear model.
    fn prior(features: usize) -> Self {
        let relevance = Self::relevance_before(features);
        // C(d, p) products share the variance of an order.
        let mut sum = features as f64 * relevance;
        let mut variance = [0.0; ORDERS];
        for (order, (variance, share)) in variance.iter_mut().zip([0.3, 0.1, 0.05]).enumerate() {
            sum *= relevance * features.saturating_sub(order + 1) as f64 / (order + 2) as f64;
            *variance = if sum > 0.0 { share / sum } else { 0.0 };
        }
        let curved = (1.0 + relevance).powf(features as f64) - 1.0 - features as f64 * relevance;
        Self { variance, any_order: 0.4 / curved, relevance: vec![relevance; features], noise: LEARNING_NOISE }
    }

    /// The relevance of one of so many features before any answer is seen: interactions are of two or three of them.
    fn relevance_before(features: usize) -> f64 {
        (2.0 / features as f64).min(0.5)
    }

    /// The kernel of masks that have this in common.
    fn kernel(&self, common: &Common) -> DMatrix<f64> {
        common.first.zip_zip_map(&common.third, &common.product, |first, third, product| {
            let e = common.newton.polynomials(first, third);
            self.variance.iter().zip(&e[1..]).map(|(s, e)| s * e).sum::<f64>() + self.any_order * product
        })
    }

    /// The kernel between the rows of two matrices of signs.
    pub(crate) fn between(&self, left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
        self.kernel(&Common::of(left, right, &self.relevance))
    }

    /// The kernel's expectations under a law of sizes (q of 0, ..., d), whose signs have these [moments](crate::size_moments::sign_moments): row
    /// i has E k(x, x_i), then cov(x_j, k(x, x_i)) for each of the features j.
    pub(crate) fn covariances(
        &self,
        signs: &DMatrix<f64>,
        (sizes, moments): (&[f64], &[f64]),
        features: &[usize],
    ) -> DMatrix<f64> {
        let newton = Newton::of(&self.relevance);
        let mut products = ProductMoments::new(sizes);
        let mut covariances = DMatrix::zeros(signs.nrows(), 1 + features.len());
        for i in 0..signs.nrows() {
            let slopes: Vec<f64> = self.relevance.iter().zip(signs.row(i).iter()).map(|(rho, x)| rho * x).collect();
            let (p1, p3) = slopes.iter().fold((0.0, 0.0), |(p1, p3), u| (p1 + u, p3 + u * u * u));
            let e = newton.polynomials(p1, p3);
            let mean: f64 = self.variance.iter().enumerate().map(|(at, s)| s * moments[at + 2] * e[at + 1]).sum();
            let (whole, with_sign) = products.of(&slopes);
            covariances[(i, 0)] = mean + self.any_order * whole;
            for (at, &j) in features.iter().enumerate() {
                let u = slopes[j];
                // The polynomials without feature j, from the first on.
                let mut without = e[0] - u;
                let mut product = 0.0;
                for (order, variance) in self.variance.iter().enumerate() {
                    let next = e[order + 1] - u * without;
                    product += variance * (moments[order + 3] * next + moments[order + 1] * u * without);
                    without = next;
                }
                let any_order = self.any_order * (with_sign[j] - moments[1] * whole);
                covariances[(i, 1 + at)] = product - moments[1] * mean + any_order;
            }
        }
        covariances
    }

    /// The prior variance of the coefficients of some features in the projection. Each product of p features, so many of which are among those,
    /// has two slopes, on those it is made of and on the others; see [`Projection`](crate::mask_process::Projection).
    pub(crate) fn prior_variances(&self, features: &[usize], slopes: impl Fn(usize, usize) -> [f64; 2]) -> Vec<f64> {
        // The elementary symmetric polynomials of some relevances, from e_0 on.
        let polynomials = |relevances: &mut dyn Iterator<Item = f64>| {
            let mut e = vec![1.0];
            for rho in relevances {
                e.push(0.0);
                for order in (1..e.len()).rev() {
                    e[order] += rho * e[order - 1];
                }
            }
            e
        };
        let others = self.relevance.iter().enumerate().filter(|(j, _)| !features.contains(j));
        let outside = polynomials(&mut others.map(|(_, &rho)| rho));
        let variance = |j: usize| {
            let others = features.iter().filter(|&&other| other != j);
            let inside = polynomials(&mut others.map(|&other| self.relevance[other]));
            let mut sum = 0.0;
            for order in 1..=self.relevance.len() {
                let own = order.checked_sub(2).and_then(|at| self.variance.get(at)).copied().unwrap_or(0.0);
                let s = own + self.any_order;
                for shared in (order + 1).saturating_sub(outside.len())..=order.min(inside.len()) {
                    // Products of `shared` of the features, with and without feature j.
                    let [own, foreign] = slopes(order, shared);
                    let with = if shared > 0 { self.relevance[j] * inside[shared - 1] } else { 0.0 };
                    let without = inside.get(shared).copied().unwrap_or(0.0);
                    sum += s * outside[order - shared] * (own * own * with + foreign * foreign * without);
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
    /// update, with a gamma prior around where it began. In the end the noise is lowered as long as each row is foreseen better from the others.
    pub(crate) fn learn(signs: &DMatrix<f64>, answers: &DVector<f64>) -> Result<Self, Error> {
        let (n, d) = signs.shape();
        let mut process = Self::prior(d);
        // Half of the rows lead near, for an eighth of the price, where they suffice for a trend.
        let half = (n / 2).max(2 * (d + 1)).min(n);
        let part = (signs.rows(0, half).into_owned(), answers.rows(0, half).into_owned());
        for ((signs, answers), updates) in [(&part.0, &part.1), (signs, answers)].into_iter().zip(UPDATES) {
            for _ in 0..updates {
                let common = Common::of(signs, signs, &process.relevance);
                let Some(posterior) = Posterior::new(&process.gram(&common), signs, answers)? else { break };
                process.update(signs, &common, &posterior);
            }
        }
        let common = Common::of(signs, signs, &process.relevance);
        let surprise = |process: &Self| -> Result<f64, Error> {
            let posterior = Posterior::new(&process.gram(&common), signs, answers)?;
            Ok(posterior.map_or(f64::INFINITY, |posterior| posterior.surprise()))
        };
        let (learned, mut least) = (process.noise, surprise(&process)?);
        for share in LESS_NOISE {
            let less = Self { noise: share * learned, ..process.clone() };
            let found = surprise(&less)?;
            if found.is_nan() || found >= least {
                break;
            }
            (process, least) = (less, found);
        }
        Ok(process)
    }

    /// One update of all parameters.
    fn update(&mut self, signs: &DMatrix<f64>, common: &Common, posterior: &Posterior) {
        let n = signs.nrows();
        let precision = posterior.whitened.transpose() * &posterior.whitened;
        let alpha = &posterior.alpha;

        // By the answers and by the precision: the sums of 1, e_1, ..., e_4, and of the products.
        let mut sums = [[0.0; ORDERS + 2]; 2];
        let mut products = [0.0; 2];
        // For the relevances x_j' W x_j, with W the weights times what each kernel leaves of feature j's products: of the additive one what goes
        // with rho_j and with its cube, and the product itself. Some columns of W at a time, which stay in the cache.
        let transposed = signs.transpose();
        let mut along = [(); 2].map(|()| [(); 3].map(|()| vec![0.0; signs.ncols()]));
        let mut blocks = [(); 2].map(|()| [(); 3].map(|()| DMatrix::zeros(n, COLUMNS.min(n))));
        let [s2, s3, s4] = self.variance;
        for from in (0..n).step_by(COLUMNS) {
            let count = COLUMNS.min(n - from);
            for column in 0..count {
                for row in 0..n {
                    let at = (row, from + column);
                    let e = common.newton.polynomials(common.first[at], common.third[at]);
                    let weights = [alpha[row] * alpha[from + column], precision[at]];
                    let parts = [s2 * e[0] + s3 * e[1] + s4 * e[2], s3 + s4 * e[0], common.product[at]];
                    for (side, weight) in weights.into_iter().enumerate() {
                        for (block, part) in blocks[side].iter_mut().zip(parts) {
                            block[(row, column)] = weight * part;
                        }
                        products[side] += weight * common.product[at];
                        sums[side][0] += weight;
                        for (sum, e) in sums[side][1..].iter_mut().zip(e) {
                            *sum += weight * e;
                        }
                    }
                }
            }
            for (along, block) in along.iter_mut().flatten().zip(blocks.iter().flatten()) {
                let with_signs = &transposed * block.columns(0, count);
                for (column, own) in with_signs.column_iter().zip(transposed.columns(from, count).column_iter()) {
                    for ((along, value), x) in along.iter_mut().zip(&column).zip(&own) {
                        *along += value * x;
                    }
                }
            }
        }
        let parts = [0, 1].map(|side| {
            let [c0, c1, c2, ..] = sums[side];
            let [once, thrice, any] = &along[side];
            let part = |(j, &rho): (usize, &f64)| {
                let square = rho * rho;
                let odd = rho * once[j] + rho * square * thrice[j];
                let orders = odd - square * (s2 * c0 + s3 * c1 + s4 * c2) - square * square * s4 * c0;
                orders + self.any_order * rho * (any[j] - rho * products[side]) / (1.0 - square)
            };
            self.relevance.iter().enumerate().map(part).collect::<Vec<f64>>()
        });
        let [explained, expected] = parts;
        let began = Self::relevance_before(signs.ncols());
        for ((rho, explained), expected) in self.relevance.iter_mut().zip(explained).zip(expected) {
            let share = Share { explained: explained + PRIOR, expected: expected + PRIOR * *rho / began };
            *rho = (*rho * share.factor()).min(RELEVANT);
        }
        let [explained, expected] = sums;
        for (variance, (explained, expected)) in
            self.variance.iter_mut().zip(explained.into_iter().zip(expected).skip(2))
        {
            *variance *= Share { explained, expected }.factor();
        }
        let [explained, expected] = products;
        self.any_order *= Share { explained, expected }.factor();
        let noise = Share { explained: alpha.norm_squared(), expected: precision.trace() };
        self.noise = (self.noise * noise.factor()).max(LEARNING_NOISE);
    }

    /// The kernel with the noise.
    fn gram(&self, common: &Common) -> DMatrix<f64> {
        let mut gram = self.kernel(common);
        for i in 0..gram.nrows() {
            let own: f64 = gram[(i, i)];
            gram[(i, i)] = own + self.noise.max(NOISE * own);
        }
        gram
    }

    /// What answers to masks tell of the process; `None` where the equations cannot be solved.
    pub(crate) fn given(&self, signs: &DMatrix<f64>, answers: &DVector<f64>) -> Result<Option<Posterior>, Error> {
        Posterior::new(&self.gram(&Common::of(signs, signs, &self.relevance)), signs, answers)
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
        let (values, vectors) = eigen(image.transpose() * &image)?;
        let largest = values.iter().fold(0.0f64, |top, v| top.max(*v));
        let kept: Vec<usize> = (0..values.len()).filter(|&k| values[k] > EIGENVALUE * largest).collect();
        let mut back = vectors.select_columns(&kept);
        for (mut column, &k) in back.column_iter_mut().zip(&kept) {
            column /= values[k].sqrt();
        }
        let basis = &image * &back;
        let along = basis.transpose() * &factor;
        let mut whitened = factor.clone();
        whitened.gemm(-1.0, &basis, &along, 1.0);
        let alpha = whitened.tr_mul(&(&whitened * answers));
        let trend = &back * along;
        let coefficients = &trend * answers;
        Ok(Some(Self { whitened, alpha, trend, coefficients, factor, image, back }))
    }

    /// The precision of a row's answer given the others, 0 for one without which some direction of the trend is unknown: nothing foresees it.
    fn precision(&self, row: usize) -> f64 {
        let precision = self.whitened.column(row).norm_squared();
        if precision > ALONE * self.factor.column(row).norm_squared() { precision } else { 0.0 }
    }

    /// The sum of the squared errors of each answer foreseen from the others.
    fn surprise(&self) -> f64 {
        let foreseen = (0..self.alpha.len()).map(|row| (self.alpha[row], self.precision(row)));
        foreseen.filter(|(_, precision)| *precision > 0.0).map(|(alpha, precision)| (alpha / precision).powi(2)).sum()
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
        let foreseen: Vec<usize> = (0..rows.len()).filter(|&i| self.precision(rows[i]) > 0.0).collect();
        let deleted: Vec<usize> = foreseen.iter().map(|&i| rows[i]).collect();
        let columns = self.whitened.select_columns(&deleted);
        let right = DMatrix::from_fn(deleted.len(), 1, |i, _| self.alpha[deleted[i]]);
        let errors = crate::solve::solve(&columns.tr_mul(&columns), &right)?.x.column(0).into_owned();
        let coefficients = &self.coefficients - self.trend.select_columns(&deleted) * &errors;
        let mut left = trend(&signs.select_rows(rows)) * coefficients;
        for (&i, error) in foreseen.iter().zip(errors.iter()) {
            left[i] += error;
        }
        Ok(Deleted { left, shift: columns * errors })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Only row 0 hides feature 0: nothing foresees it, and it leaves the others' errors alone.
    #[test]
    fn a_row_that_tells_of_a_feature_alone() {
        let (n, d) = (40, 5);
        let signs = DMatrix::from_fn(n, d, |i, j| {
            let hidden = if j == 0 { i == 0 } else { (i * 7 + j * j * 5 + i * j) % 3 == 0 };
            if hidden { -1.0 } else { 1.0 }
        });
        let answers = DVector::from_fn(n, |i, _| (1.3 * i as f64).sin());
        let posterior = Interactions::prior(d).given(&signs, &answers).unwrap().unwrap();
        let rows = [0, 1, 2, 3];
        let (all, others) = (posterior.without(&rows, &signs).unwrap(), posterior.without(&rows[1..], &signs).unwrap());
        assert!(all.left.amax() < 10.0 && posterior.surprise() < 100.0, "{}", all.left);
        assert!((all.shift - others.shift).amax() < 1e-9);
        assert!((all.left.rows(1, 3) - others.left).amax() < 1e-9);
    }
}
