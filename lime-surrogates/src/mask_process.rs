//! Least squares on masks with a Gaussian process of interactions for control variate.

use std::collections::HashMap;

use lime_core::{
    BoxError, Error as CoreError, Evidence, Fitting, Grouped, Law, LinearFit, Moments, Real, Record, Rows, SizeLaw,
    Space, Surrogate, Warning,
};
use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::interactions::Interactions;
use crate::jackknife::{check_confidence, check_groups, rank, uneven_spread};
use crate::least_squares::OrdinaryLeastSquares;
use crate::size_moments::sign_moments;

/// Least squares on masks that learns the model's interactions and takes them out of the samples' noise: the same limit as
/// [`OrdinaryLeastSquares`] with far fewer answers of the model.
///
/// What a linear fit sees as noise on masks is mostly the interactions of features. Here a Gaussian process learns them from the answers;
/// its projection onto z' under the law of the masks is known in closed form, and the linear fit is left with what the process did not
/// foresee. With f_-g the process given all rows but those of group g,
///
/// ```text
/// coefficients = mean over groups of projection(f_-g)  +  least squares of y - f_-g, each row by the process that has not seen it
/// ```
///
/// The second part removes the bias of the first, so the limit is that of least squares whatever the process is worth (control variates with
/// cross-fitting: Chernozhukov et al. 2018, "Double/debiased machine learning", definition 3.1; for kernels Oates, Girolami & Chopin 2017,
/// "Control functionals for Monte Carlo integration"). Additive models are recovered exactly.
///
/// **The process** has a linear trend of which nothing is known before (universal kriging) and interactions: the additive kernel
/// sum_p s_p e_p(rho_j x_j x'_j), x = 2 z - 1, p = 2, 3, 4 (Duvenaud, Nickisch & Rasmussen 2011, "Additive Gaussian processes", section 2.3)
/// and, for interactions of any order, the Hamming kernel s prod_j (1 + rho_j x_j x'_j), with one variance an order, one relevance rho_j a
/// feature and a noise, by 16 updates of their restricted likelihood on at most 512 rows (or 3 (d + 1), where that is more). The noise is
/// held above 0.3 of the variance about a linear fit while relevances are learned, and then lowered as long as rows left out are foreseen
/// better: by its likelihood alone a process trusts a model that gives equal answers, as lexicons do, to be one of few words. Of equal masks
/// it learns from the first. Variances and relevances are learned from all groups; rows left out are deleted from the posterior in closed
/// form (Dubrule 1983, "Cross validation of kriging in a unique neighborhood").
///
/// **The law** is the weighted one that the samples follow, P(k) psi(k), and the limit is the projection under it. It is told by a
/// [`SizeLaw`], and the samples with their weights (sampler and kernel together) are held against it: where the share of any sizes, or of any
/// feature, is further off than chance allows, the fit is refused. So the original's sampler and kernel serve, and so do draws of the law
/// itself under a uniform kernel.
///
/// **Errors** of the coefficients are those of a jackknife over the groups (see [`Jackknife`](crate::Jackknife)) of the second part. A row belongs
/// to the group "cluster modulo G", so that pairs stay together, and equal masks stay together too. A few masks
/// that nothing foresees may make up most of what is left, so that the errors themselves are known badly: Student's t has the degrees of
/// freedom that the kurtosis of the replicates leaves (Satterthwaite 1946, "An approximate distribution of estimates of variance
/// components"), and G - 1 at most. Where all rows are of one cluster they are not split: the process then explains rows that it has seen,
/// and no errors are told.
///
/// | parameter | default | range |
/// |---|---|---|
/// | law | | any [`SizeLaw`] with masks of more than one size |
/// | [`rows`](Self::rows), the first rows that the process learns from | 1024 | any; 0 for plain least squares |
/// | [`groups`](Self::groups) | 32 | >= 2 |
/// | [`confidence`](Self::confidence) | 0.95 | between 0 and 1 |
/// | [`trusting`](Self::trusting) | no | yes or no |
///
/// **Trusting the process.** What the process says of the coefficients by itself has a far smaller error than the correction where it has
/// understood the model, and a bias where it has not. [`trusting`](Self::trusting) weighs the two for each coefficient,
///
/// ```text
/// b_process + c v / (c v + sd^2) (b - b_process)
/// ```
///
/// with v the variance that the process gives its own coefficient, times the mean square of its standardised errors where that is above 1, sd
/// the jackknife's error of b, and c >= 1 the number of times by which v falls short of the squared differences that sd does not explain,
/// over all coefficients (an empirical Bayes estimate: Morris 1983, "Parametric empirical Bayes inference"). The intervals have the standard
/// error sqrt(c v / (c v + sd^2)) sd. They rest on v, and cover less than they say where the process errs without showing it: 0.88 to 0.90
/// of the limits at 14 features where 0.95 is nominal. Without trust the estimate is unbiased, and they rest on the samples alone.
///
/// With m = min(n, rows): O(m^3 + m d^2) a target for the posterior, beside about 10 times O(512^3); O(n m d) for rows beyond m. Memory
/// O(n d + m^2).
///
/// Measured with `cargo xtask quality`.
///
/// ```
/// use lime_core::{Direct, Explainer, SizeLaw, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Unweighted;
/// use lime_samplers::MaskPairs;
/// use lime_surrogates::{MaskProcess, selection::NoSelection};
///
/// // z0 z1 under fair coins: 1/2 each in the limit. The process learns the product, so that 64 masks suffice.
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0).component_mul(&z.column(1)) + z.column(2) * 2.0);
/// let law = SizeLaw::fair();
/// let explainer = Explainer::new(MaskPairs::new(law.clone()), Unweighted, NoSelection, MaskProcess::new(law)).samples(64);
/// let found = explainer.explain(&Direct::new(Space::masks(6)), &model)?.targets[0].dense(6);
/// for (found, limit) in found.iter().zip([0.5, 0.5, 2.0, 0.0, 0.0, 0.0]) {
///     assert!((found - limit).abs() < 0.01, "{found} {limit}");
/// }
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaskProcess {
    law: SizeLaw,
    rows: usize,
    groups: usize,
    confidence: f64,
    trusting: bool,
}

/// The rows that hyper-parameters are learned from: this many, or a multiple of the trend's coefficients where that is more.
const LEARNING: usize = 512;
const LEARNING_A_COEFFICIENT: usize = 3;
/// How many standard deviations the samples may be away from the law.
const TOLERANCE: f64 = 6.0;
/// A share of the answers' variance that is rounding.
const ROUNDING: f64 = 1e-20;

impl MaskProcess {
    /// The most rows that the process learns from unless another number is asked for.
    pub const ROWS: usize = 1024;
    /// The number of groups unless another is asked for.
    pub const GROUPS: usize = 32;

    /// A surrogate whose limit is the projection under this law.
    pub fn new(law: SizeLaw) -> Self {
        Self { law, rows: Self::ROWS, groups: Self::GROUPS, confidence: 0.95, trusting: false }
    }

    /// How many rows, the first ones, the process learns from at most. Its cost grows with their third power.
    #[must_use]
    pub fn rows(self, most: usize) -> Self {
        Self { rows: most, ..self }
    }

    /// Trusts the process as far as the rows that it has not seen do not speak against it: see above. Default: no, which is unbiased.
    #[must_use]
    pub fn trusting(self) -> Self {
        Self { trusting: true, ..self }
    }

    /// The number of groups: each is foreseen by a process that learns from the others.
    ///
    /// # Errors
    /// [`Error::JackknifeGroups`] below 2.
    pub fn groups(self, groups: usize) -> Result<Self, Error> {
        Ok(Self { groups: check_groups(groups)?, ..self })
    }

    /// The nominal coverage of the intervals.
    ///
    /// # Errors
    /// [`Error::Confidence`] unless it is between 0 and 1.
    pub fn confidence(self, confidence: f64) -> Result<Self, Error> {
        Ok(Self { confidence: check_confidence(confidence)?, ..self })
    }
}

/// The rows of the samples, gathered.
struct Samples {
    /// z', (n, d).
    masks: DMatrix<f64>,
    weight: Vec<f64>,
    cluster: Vec<usize>,
    /// (n, targets).
    answers: DMatrix<f64>,
}

impl Samples {
    fn gather<F: Real>(record: &Record<F>) -> Self {
        let (n, d, targets) = (record.rows(), record.moments().features(), record.moments().targets());
        let (mut masks, mut answers) = (DMatrix::zeros(n, d), DMatrix::zeros(n, targets));
        let (mut weight, mut cluster) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for rows in record.tiles() {
            let (first, count) = (weight.len(), rows.weight.len());
            for j in 0..d {
                for (to, z) in masks.view_mut((first, j), (count, 1)).iter_mut().zip(rows.z.column(j).iter()) {
                    *to = z.wide();
                }
            }
            for t in 0..targets {
                for (to, y) in answers.view_mut((first, t), (count, 1)).iter_mut().zip(rows.answers.column(t).iter()) {
                    *to = y.wide();
                }
            }
            weight.extend(rows.weight.iter().map(|w| w.wide()));
            cluster.extend((0..count).map(|row| rows.cluster(row)));
        }
        Self { masks, weight, cluster, answers }
    }

    /// For each row the first one of the same mask.
    fn equal(&self) -> Vec<usize> {
        let mut masks: HashMap<Vec<bool>, usize> = HashMap::new();
        let rows = self.masks.row_iter().map(|row| row.iter().map(|z| *z == 1.0).collect());
        rows.enumerate().map(|(row, mask)| *masks.entry(mask).or_insert(row)).collect()
    }

    /// Refuses samples that are no masks, or that do not follow a law of sizes.
    fn check(&self, sizes: &[f64]) -> Result<(), Error> {
        let (n, d) = self.masks.shape();
        let total: f64 = self.weight.iter().sum();
        let squares: f64 = self.weight.iter().map(|w| w * w).sum();
        if total.is_nan() || total <= 0.0 {
            return Err(Error::NoWeight);
        }
        let deviation = TOLERANCE * squares.sqrt() / total;
        let mut found = vec![0.0; d + 1];
        for i in 0..n {
            let mut kept = 0;
            for (feature, &value) in self.masks.row(i).iter().enumerate() {
                if value != 0.0 && value != 1.0 {
                    return Err(Error::NotAMask { row: i, feature, value });
                }
                kept += usize::from(value == 1.0);
            }
            found[kept] += self.weight[i] / total;
        }
        // The distribution functions: a share of p has the variance p (1 - p) over the effective number of samples. What follows is
        // at most 1/4, and as much again for a single row that is put there, as the original puts the instance.
        let (mut below, mut expected) = (0.0, 0.0);
        for (kept, (found, q)) in found.iter().zip(sizes).enumerate() {
            below += found;
            expected += q;
            if (below - expected).abs() > 0.5 * deviation {
                return Err(Error::OffTheLaw {
                    what: format!("at most {kept} of {d} features"),
                    found: below,
                    expected,
                });
            }
        }
        let mean = sizes.iter().enumerate().map(|(kept, q)| q * kept as f64).sum::<f64>() / d as f64;
        for (feature, column) in self.masks.column_iter().enumerate() {
            let share = column.iter().zip(&self.weight).map(|(z, w)| z * w).sum::<f64>() / total;
            if (share - mean).abs() > 0.5 * deviation {
                return Err(Error::OffTheLaw { what: format!("feature {feature}"), found: share, expected: mean });
            }
        }
        Ok(())
    }
}

/// The projection onto some features and a constant under a law of sizes, of which the signs have these moments.
pub(crate) struct Projection {
    sizes: Vec<f64>,
    moments: Vec<f64>,
    mean: f64,
}

impl Projection {
    fn new(sizes: Vec<f64>) -> Self {
        // Of the products of all features and one more, or of four and one more.
        let moments = sign_moments(&sizes, sizes.len().max(5));
        Self { mean: 0.5 * (1.0 + moments[1]), moments, sizes }
    }

    /// The coefficient of z_j by cov(x_j, f) and the mean of that over so many features, whose signs have the covariance a 1 + b 11'.
    fn slope(&self, covariance: f64, mean: f64, features: usize) -> f64 {
        let (a, b) = (1.0 - self.moments[2], self.moments[2] - self.moments[1] * self.moments[1]);
        let inverse = |v: f64| if v > 1e-12 { 1.0 / v } else { 0.0 };
        2.0 * ((covariance - mean) * inverse(a) + mean * inverse(a + features as f64 * b))
    }

    /// The slopes of a product of `order` signs of which `shared` are among so many features: on the features it is made of, and on others.
    fn slopes(&self, features: usize, order: usize, shared: usize) -> [f64; 2] {
        let constant = self.moments[1] * self.moments[order];
        let (own, foreign) = (self.moments[order - 1] - constant, self.moments[order + 1] - constant);
        let share = shared.min(features) as f64 / features.max(1) as f64;
        let mean = share * own + (1.0 - share) * foreign;
        [own, foreign].map(|covariance| self.slope(covariance, mean, features))
    }

    /// In place of E f and cov(x_j, f), a row for each f, the intercept and the coefficients of z_j.
    fn project(&self, covariances: &mut DMatrix<f64>) {
        let features = covariances.ncols() - 1;
        for i in 0..covariances.nrows() {
            let sum: f64 = (1..=features).map(|at| covariances[(i, at)]).sum();
            let mean = sum / features.max(1) as f64;
            let mut slopes = 0.0;
            for at in 1..=features {
                let slope = self.slope(covariances[(i, at)], mean, features);
                covariances[(i, at)] = slope;
                slopes += slope;
            }
            covariances[(i, 0)] -= self.mean * slopes;
        }
    }
}

/// What is the same for all targets.
struct Drawn {
    signs: DMatrix<f64>,
    /// For each row the first one of the same mask.
    equal: Vec<usize>,
    /// The group of each row, and how many groups there are.
    group: Vec<usize>,
    groups: usize,
}

/// A target without its interactions.
struct Purged {
    /// The answers without what the process foresees of their interactions.
    left: DVector<f64>,
    /// The projection of what was taken out, intercept and coefficients, by group (or one for all), and of the rows beyond the process's.
    projections: Vec<DVector<f64>>,
    beyond: DVector<f64>,
    /// The coefficients of the process itself and their variances, where it is to be trusted and knows of a trend.
    own: Option<(Vec<f64>, Vec<f64>)>,
}

impl MaskProcess {
    /// The group of each row, and how many groups there are: one where all rows are of one cluster. Rows of one cluster are together, and so
    /// are rows of one mask, which a process that has seen one of them knows.
    fn groups_of(&self, cluster: &[usize], equal: &[usize]) -> (Vec<usize>, usize) {
        let n = cluster.len();
        if cluster.iter().all(|&other| other == cluster[0]) {
            return (vec![0; n], 1);
        }
        // Sets of rows by their first ones: a forest in which every row points to an earlier one, or to itself.
        let mut earlier: Vec<usize> = (0..n).collect();
        fn root(earlier: &mut [usize], mut row: usize) -> usize {
            while earlier[row] != row {
                earlier[row] = earlier[earlier[row]];
                row = earlier[row];
            }
            row
        }
        let mut clusters: HashMap<usize, usize> = HashMap::new();
        for row in 0..n {
            for other in [equal[row], *clusters.entry(cluster[row]).or_insert(row)] {
                let (one, other) = (root(&mut earlier, row), root(&mut earlier, other));
                earlier[one.max(other)] = one.min(other);
            }
        }
        let groups = (0..n).map(|row| cluster[root(&mut earlier, row)] % self.groups).collect();
        (groups, self.groups)
    }

    /// Takes the interactions out of a target's answers; `None` where there is nothing to take out.
    fn purge(
        &self,
        drawn: &Drawn,
        (projection, active): (&Projection, &[usize]),
        answers: &DVector<f64>,
    ) -> Result<Option<Purged>, Error> {
        let Drawn { signs, equal, group, groups } = drawn;
        let groups = *groups;
        let (n, d) = signs.shape();
        let first = self.rows.min(n);
        if first < 4 || d < 2 {
            return Ok(None);
        }
        // Answers in units of their deviation from a linear model, so that the process starts near where it ends.
        let design = signs.clone().insert_column(0, 1.0);
        let solution = crate::solve::solve(
            &(design.transpose() * &design),
            &DMatrix::from_column_slice(1 + d, 1, design.tr_mul(answers).as_slice()),
        )?;
        let rest = answers - &design * solution.x.column(0);
        let mean = answers.mean();
        let (curved, total) = (rest.norm_squared(), answers.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>());
        let free = n.saturating_sub(solution.rank);
        let rounding = 8.0 * f64::EPSILON * answers.amax();
        if free == 0 || curved.is_nan() || curved <= ROUNDING * total + n as f64 * rounding * rounding {
            return Ok(None);
        }
        let scale = (curved / free as f64).sqrt();
        let scaled = answers.map(|y| (y - mean) / scale);

        let own = signs.rows(0, first).into_owned();
        // Equal masks have equal answers, which is not for want of noise.
        let different = (0..first).filter(|&row| equal[row] == row);
        let learning: Vec<usize> = different.take(LEARNING.max(LEARNING_A_COEFFICIENT * (d + 1))).collect();
        let process = Interactions::learn(&own.select_rows(&learning), &scaled.select_rows(&learning))?;
        let Some(posterior) = process.given(&own, &scaled.rows(0, first).into_owned())? else { return Ok(None) };
        let mut covariances = process.covariances(&own, (&projection.sizes, &projection.moments), active);
        projection.project(&mut covariances);
        let all = covariances.tr_mul(&posterior.alpha);

        let mut left = scaled.clone();
        let mut projections = vec![DVector::zeros(1 + active.len()); groups];
        // The squared errors of the rows left out, in units of what the process believes they are.
        let mut surprise = 0.0;
        if groups > 1 {
            let image = &posterior.whitened * &covariances;
            let mut members = vec![Vec::new(); groups];
            for (row, &group) in group.iter().enumerate().take(first) {
                members[group].push(row);
            }
            for (rows, projected) in members.iter().zip(&mut projections) {
                let deleted = posterior.without(rows, &own)?;
                surprise += deleted.shift.norm_squared();
                *projected = (&all - image.tr_mul(&deleted.shift)) * scale;
                for (&row, &value) in rows.iter().zip(deleted.left.iter()) {
                    left[row] = value;
                }
            }
        } else {
            let seen = process.between(&own, &own) * &posterior.alpha;
            left.rows_mut(0, first).iter_mut().zip(seen.iter()).for_each(|(left, seen)| *left -= seen);
            projections[0] = &all * scale;
        }
        let mut from = first;
        while from < n {
            let count = (n - from).min(lime_core::TILE);
            let foreseen = process.between(&signs.rows(from, count).into_owned(), &own) * &posterior.alpha;
            left.rows_mut(from, count).iter_mut().zip(foreseen.iter()).for_each(|(left, foreseen)| *left -= foreseen);
            from += count;
        }
        let left = left.map(|y| y * scale + mean);
        // The trend of features that were not chosen would have to be projected too.
        let all_chosen = active.len() == d;
        let own = (self.trusting && groups > 1 && all_chosen && posterior.determined()).then(|| {
            let prior = process.prior_variances(active, |order, shared| projection.slopes(active.len(), order, shared));
            let of_each = active.iter().enumerate().zip(prior).map(|((at, &j), prior)| {
                // From signs to masks: x = 2 z - 1.
                let coefficient = scale * (all[1 + at] + 2.0 * posterior.coefficients[1 + j]);
                let mut trend = DVector::zeros(1 + d);
                trend[1 + j] = 2.0;
                let gain = posterior.gain(&covariances.column(1 + at).into_owned(), &trend);
                (coefficient, (prior - gain).max(0.0) * scale * scale * (surprise / first as f64).max(1.0))
            });
            of_each.unzip()
        });
        Ok(left.iter().all(|y| y.is_finite()).then(|| Purged { left, projections, beyond: all * scale, own }))
    }

    fn target(
        &self,
        samples: &Samples,
        (drawn, projection): (&Drawn, &Projection),
        (moments, active, target): (&Moments, &[usize], usize),
    ) -> Result<LinearFit, Error> {
        let (n, groups, group) = (drawn.signs.nrows(), drawn.groups, &drawn.group);
        let answers = samples.answers.column(target).into_owned();
        let purged = self.purge(drawn, (projection, active), &answers)?;
        let left = purged.as_ref().map_or(&answers, |purged| &purged.left);

        // Least squares of what is left, with and without each group.
        let mut evidence = Grouped::new(Moments::new(moments.origin(), &[left.mean()]), groups);
        let none = DMatrix::<f64>::zeros(n, 0);
        let mut from = 0;
        while from < n {
            let count = (n - from).min(lime_core::TILE);
            let rows = Rows::new(
                from,
                samples.masks.rows(from, count),
                none.rows(from, count),
                &samples.weight[from..from + count],
                nalgebra::DMatrixView::from_slice(&left.as_slice()[from..from + count], count, 1),
            );
            Evidence::<f64>::absorb(&mut evidence, &rows.with_clusters(&group[from..from + count]));
            from += count;
        }
        let space_fit = |moments: &Moments| -> Result<LinearFit, Error> {
            let mut fits = OrdinaryLeastSquares::default().fits(moments, active, &[0])?;
            Ok(fits.remove(0))
        };
        // The weight of each group among the process's rows, and of the rows beyond.
        let mut share = vec![0.0; groups];
        let mut beyond = vec![0.0; groups];
        for row in 0..n {
            if row < self.rows {
                share[group[row]] += samples.weight[row]
            } else {
                beyond[group[row]] += samples.weight[row]
            }
        }
        let add = |fit: &LinearFit, without: Option<usize>| -> (f64, Vec<f64>) {
            let mut coefficients: Vec<f64> = fit.coefficients().iter().map(|(_, b)| *b).collect();
            let mut intercept = fit.intercept();
            if let Some(purged) = &purged {
                let mut sum = DVector::zeros(1 + active.len());
                let mut total = 0.0;
                for g in (0..groups).filter(|g| Some(*g) != without) {
                    sum += &purged.projections[g] * share[g] + &purged.beyond * beyond[g];
                    total += share[g] + beyond[g];
                }
                sum /= total;
                intercept += sum[0];
                coefficients.iter_mut().zip(sum.iter().skip(1)).for_each(|(b, more)| *b += more);
            }
            (intercept, coefficients)
        };
        let whole = space_fit(evidence.total())?;
        let complete = whole.warnings().is_empty();
        let (intercept, coefficients) = add(&whole, None);
        let mut fit = LinearFit::with_intercept(moments, active, coefficients, intercept, target);
        for warning in whole.warnings() {
            fit = fit.warn(warning.clone());
        }
        let filled: Vec<usize> = (0..groups).filter(|&g| evidence.groups()[g].rows() > 0).collect();
        if filled.len() < 2 {
            return Ok(fit);
        }
        let mut replicates = DMatrix::zeros(active.len(), filled.len());
        for ((mut column, &g), rest) in replicates.column_iter_mut().zip(&filled).zip(evidence.leave_one_out::<f64>()) {
            // Where the rest does not suffice for as much as the whole, so little is known that no error can be.
            let Some(without) = space_fit(&rest).ok().filter(|rest| rank(rest) >= rank(&whole)) else {
                return Ok(fit.warn(Warning::UnknownErrors));
            };
            column.iter_mut().zip(add(&without, Some(g)).1).for_each(|(to, b)| *to = b);
        }
        let errors = uneven_spread(&fit, replicates, self.confidence);
        let Some((own, variances)) = purged.as_ref().and_then(|purged| purged.own.as_ref()).filter(|_| complete) else {
            return Ok(fit.with_uncertainty(errors));
        };
        Ok(self.between(&fit, &errors, (own, variances), (moments, active, target)))
    }

    /// Between what the process says of the coefficients and what the rows it has not seen say, by the variances of both.
    fn between(
        &self,
        fit: &LinearFit,
        errors: &lime_core::Uncertainty,
        (own, variances): (&[f64], &[f64]),
        (moments, active, target): (&Moments, &[usize], usize),
    ) -> LinearFit {
        let apart: Vec<f64> = fit.coefficients().iter().zip(own).map(|((_, b), own)| b - own).collect();
        let beyond: f64 = apart.iter().zip(&errors.deviations).map(|(gap, sd)| gap * gap - sd * sd).sum();
        let believed: f64 = variances.iter().sum();
        // How many times as large as the process believes its errors are.
        let excess = (beyond / believed).max(1.0);
        let shares: Vec<f64> = variances
            .iter()
            .zip(&errors.deviations)
            .map(|(variance, sd)| {
                let known = if believed > 0.0 { excess * variance } else { beyond.max(0.0) };
                if known + sd * sd > 0.0 { known / (known + sd * sd) } else { 1.0 }
            })
            .collect();
        let coefficients: Vec<f64> =
            apart.iter().zip(&shares).zip(own).map(|((gap, share), own)| own + share * gap).collect();
        let mut replicates = errors.replicates.clone();
        for mut column in replicates.column_iter_mut() {
            for (at, value) in column.iter_mut().enumerate() {
                *value = coefficients[at] + shares[at].sqrt() * (*value - fit.coefficients()[at].1);
            }
        }
        // The intercept that goes with the coefficients: what they lose or gain at the features' means.
        let moved: f64 = active
            .iter()
            .zip(&coefficients)
            .zip(fit.coefficients())
            .map(|((&j, new), (_, old))| (new - old) * moments.mean(j))
            .sum();
        let mut mixed = LinearFit::with_intercept(moments, active, coefficients, fit.intercept() - moved, target);
        for warning in fit.warnings() {
            mixed = mixed.warn(warning.clone());
        }
        let errors = uneven_spread(&mixed, replicates, self.confidence);
        mixed.with_uncertainty(errors)
    }
}

impl<F: Real> Surrogate<F> for MaskProcess {
    type Evidence = Record<F>;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Record<F> {
        Record::new(space, prediction)
    }

    fn check(&self, space: &Space<F>) -> Result<(), BoxError> {
        if let Some(feature) = space.laws().iter().position(|law| !matches!(law, Law::Levels { .. })) {
            return Err(Error::Number { feature }.into());
        }
        let sizes = self.law.probabilities(space.features()).map_err(|error: CoreError| BoxError::from(error))?;
        if sizes.iter().filter(|q| **q > 0.0).count() < 2 {
            return Err(Error::OneSize.into());
        }
        Ok(())
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Record<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        let moments = given.moments();
        crate::equations::check(moments, active, targets)?;
        let sizes = self.law.probabilities(moments.features())?;
        let samples = Samples::gather(given.evidence());
        samples.check(&sizes)?;
        let (signs, equal) = (samples.masks.map(|z| 2.0 * z - 1.0), samples.equal());
        let (group, groups) = self.groups_of(&samples.cluster, &equal);
        let drawn = Drawn { signs, equal, group, groups };
        let projection = Projection::new(sizes);
        let fits: Result<Vec<LinearFit>, Error> = targets
            .iter()
            .map(|&target| self.target(&samples, (&drawn, &projection), (moments, active, target)))
            .collect();
        Ok(fits?)
    }
}
