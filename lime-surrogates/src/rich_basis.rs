//! A regression on more than the interpretable features, brought back to them.

use std::fmt;

use lime_core::{
    BoxError, Evidence, Fitting, Grouped, Law, LinearFit, Moments, Real, Record, Rows, Space, Surrogate, Warning,
};
use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::equations::{check, flagged, moments};
use crate::jackknife::{check_confidence, check_groups, spread};
use crate::logit_control::{Control, Sampled};
use crate::solve::{Solution, eigen, solve};

/// Weighted least squares on z' with what z' hides accounted for: the other bin or category that a sample has, and where in its bin it
/// is, as the columns of each feature's [`Basis`](lime_core::Basis):
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i - g.r_i)^2 + lambda |g|^2        r = column - E[column | z'_j]
/// ```
///
/// b is what is reported; r is a control variate. Given z' its mean is zero, and the similarity depends on z' alone, so r is uncorrelated
/// with every z'_j, and b tends to the coefficients of [`OrdinaryLeastSquares`](crate::OrdinaryLeastSquares) whatever the model and lambda
/// are. With few samples it is nearer to them: what the columns explain of the answers is no noise any more. A model that is linear in
/// the table's numbers lies in the span of the columns, and b is exact once the samples determine it.
///
/// lambda is chosen for each target by restricted maximum likelihood (Patterson & Thompson 1971), with g and the residuals as random
/// effects of two variances, among 33 values from 1e-6 to 100 times the mean of the columns' sums of squares; where there are more samples than columns
/// it is 0 instead of the lowest, and where the columns explain the answers but for rounding. The penalty is in the columns' own units: bases scale them alike.
///
/// A model that answers with probabilities is far from any sum of columns where it is sure of itself. With [`logit`](Self::logit), answers
/// that are all between 0 and 1 are also regressed by a fractional logistic regression (Papke & Wooldridge 1996) on each feature's
/// [coordinate](lime_core::Basis::coordinate), or its columns where it has none, with a penalty of 0.1 on the squared slopes: g. Its
/// values less their means given z' are a second control variate, gamma (g - E[g | z']) with gamma by least squares, where that leaves
/// less by Akaike's criterion. E[g | z'] is the mean of 256 draws of what z' hides, by the features' laws, for each sample: no call of the
/// model.
///
/// The sampling errors are those of the delete-a-group jackknife, as with [`Jackknife`](crate::Jackknife), with lambda, g and gamma held. All features
/// enter the regression; those selected are reported, since for independent features a coefficient does not depend on which others there
/// are. The intercept takes the others at their means.
///
/// | parameter | default | range |
/// |---|---|---|
/// | [`groups`](Self::groups) | 32 | >= 2 |
/// | [`confidence`](Self::confidence) | 0.95 | between 0 and 1 |
/// | [`without_errors`](Self::without_errors) | with errors | |
/// | [`logit`](Self::logit) | not used | kept up to so many samples |
///
/// For kernels that are functions of z' only, as all on the interpretable distance are, and samplers whose coordinates and noise are
/// independent (that draw the noise by themselves, as all samplers of laws do; not training rows). Row 0 of a design that begins with the
/// instance itself is no draw, and is left out ([`Rows::instance_first`]). A space without bases has no r: then this is ordinary least
/// squares with errors.
///
/// Few points of one scrambling of Sobol' alias: bins of one feature fall onto those of others (240 points
/// in 30 features of quartile bins), and then the columns are not told apart; interleaved ones alias where there are hardly more points than
/// columns. A Latin hypercube does not: it is the design for a linear model from so few.
///
/// One pass. With p = d' + columns of all bases (for quartile bins about 7 d'): O(n p^2) time and, for G groups, O(G p^2) memory; a fit
/// takes O(G p^3). With `logit`, O(n d') memory for as long as samples are kept, and O(n (d'^2 + p)) time a fit.
///
/// ```
/// use std::sync::Arc;
/// use lime_core::{Basis, Evidence, Fitting, Law, Rows, Space, Surrogate, nalgebra::DMatrix};
/// use lime_surrogates::RichBasis;
///
/// /// In a bin around 5 of width 2, or at 0.
/// struct Place;
///
/// impl Basis<f64> for Place {
///     fn columns(&self) -> usize {
///         1
///     }
///
///     fn fill(&self, _: usize, z: &[f64], noise: &[f64], values: &mut [f64]) {
///         for ((value, z), u) in values.iter_mut().zip(z).zip(noise) {
///             *value = z * 2.0 * (u - 0.5);
///         }
///     }
///
///     fn mean(&self, _: usize, _: f64) -> f64 {
///         0.0
///     }
/// }
///
/// let law = Law::Levels { own: 0, frequency: vec![0.5, 0.5] };
/// let space = Space::new(vec![law], vec![1.0])?.with_noise(true).with_bases(vec![Some(Arc::new(Place))])?;
/// // Five samples of the model 3 x, with x uniform from 4 to 6 where z' is 1.
/// let z = DMatrix::from_row_slice(5, 1, &[1.0, 0.0, 1.0, 1.0, 0.0]);
/// let noise = DMatrix::from_row_slice(5, 1, &[0.1, 0.5, 0.3, 0.2, 0.4]);
/// let y = DMatrix::from_fn(5, 1, |i, _| 3.0 * z[i] * (4.0 + 2.0 * noise[i]));
/// let surrogate = RichBasis::new();
/// let mut evidence = surrogate.evidence(&space, &[15.0]);
/// evidence.absorb(&Rows::new(0, z.as_view(), noise.as_view(), &[1.0; 5], y.as_view()));
/// let fit = &surrogate.fit(&Fitting::new(&space, &evidence), &[0], &[0])?[0];
/// // The mean of 3 x in the bin is 15, although all samples were below the middle of it but one.
/// assert!((fit.coefficients()[0].1 - 15.0).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RichBasis {
    groups: usize,
    confidence: f64,
    errors: bool,
    logit: usize,
}

impl Default for RichBasis {
    fn default() -> Self {
        Self { groups: crate::Jackknife::<()>::GROUPS, confidence: 0.95, errors: true, logit: 0 }
    }
}

impl RichBasis {
    /// A good limit for [`logit`](Self::logit).
    pub const KEPT: usize = 16_384;

    /// With errors by 32 groups and intervals of confidence 0.95.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the errors out, and with them all but one or two of the fit's factorisations.
    #[must_use]
    pub fn without_errors(self) -> Self {
        Self { errors: false, ..self }
    }

    /// Uses the control variate for probabilities with up to so many samples, which are kept; with more they are let go, and it is not
    /// used: memory does not grow. [`KEPT`](Self::KEPT) is the presets' limit; 0 is without it.
    #[must_use]
    pub fn logit(self, samples: usize) -> Self {
        Self { logit: samples, ..self }
    }

    /// The number of groups of the jackknife.
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

/// What [`RichBasis`] remembers: the moments of z', and by groups those of z' with the centred columns of the bases.
#[derive(Clone)]
pub struct RichEvidence<F: Real> {
    space: Space<F>,
    moments: Moments,
    /// Those of z' with the columns.
    wide: Grouped<Moments>,
    prediction: Vec<f64>,
    columns: usize,
    /// The samples, while there are no more than `limit` of them.
    kept: Option<Record<F>>,
    limit: usize,
}

impl<F: Real> fmt::Debug for RichEvidence<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RichEvidence")
            .field("moments", &self.moments)
            .field("columns", &self.columns)
            .field("groups", &self.wide.groups().len())
            .finish_non_exhaustive()
    }
}

impl<F: Real> RichEvidence<F> {
    fn new(space: &Space<F>, prediction: &[f64], groups: usize, limit: usize) -> Self {
        let features = space.features();
        let columns = (0..features).filter_map(|j| Some(space.basis(j)?.columns())).sum();
        let mut origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
        origin.resize(features + columns, 0.0);
        Self {
            space: space.clone(),
            moments: moments(space, prediction),
            wide: Grouped::new(Moments::new(&origin, prediction), groups),
            prediction: prediction.to_vec(),
            columns,
            kept: (limit > 0).then(|| Record::new(space, prediction)),
            limit,
        }
    }

    /// How many columns the bases have.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Keeps no samples where there are too many.
    fn let_go(&mut self) {
        if self.kept.as_ref().is_some_and(|record| record.rows() > self.limit) {
            self.kept = None;
        }
    }

    /// z' and the centred columns of all bases, one row a sample.
    fn wide_columns(&self, rows: &Rows<'_, F>) -> DMatrix<f64> {
        let (n, features) = (rows.weight.len(), self.space.features());
        let mut wide = DMatrix::zeros(n, features + self.columns);
        for (to, from) in wide.column_iter_mut().zip(rows.z.column_iter()) {
            for (to, from) in to.into_iter().zip(from.iter()) {
                *to = from.wide();
            }
        }
        let mut at = features;
        for j in 0..features {
            let Some(basis) = self.space.basis(j).filter(|_| rows.noise.ncols() == features) else { continue };
            let (z, noise) = (rows.z.column(j), rows.noise.column(j));
            let levels = matches!(self.space.laws()[j], Law::Levels { .. });
            for column in 0..basis.columns() {
                let values = &mut wide.as_mut_slice()[(at + column) * n..][..n];
                basis.fill(column, z.as_slice(), noise.as_slice(), values);
                let [outside, inside] = [F::zero(), F::one()].map(|z| basis.mean(column, z));
                for (value, &z) in values.iter_mut().zip(z.as_slice()) {
                    *value -= match levels {
                        true if z > F::of(0.5) => inside,
                        true => outside,
                        false => basis.mean(column, z),
                    };
                }
            }
            at += basis.columns();
        }
        wide
    }

    /// The control variates of some targets for the answers kept, where there are any: what they have in common with columns and answers.
    fn controls(&self, targets: &[usize]) -> Result<Vec<Option<Controlled>>, Error> {
        let none = || targets.iter().map(|_| None).collect();
        let Some(record) = &self.kept else { return Ok(none()) };
        let Some(sampled) = Sampled::new(&self.space, record) else { return Ok(none()) };
        let controls: Vec<Option<Control>> =
            targets.iter().map(|&target| sampled.control(target)).collect::<Result<_, Error>>()?;
        let (width, groups) = (self.space.features() + self.columns, self.wide.groups().len());
        let empty = || Products { control: 0.0, square: 0.0, answer: 0.0, columns: vec![0.0; width] };
        let mut found: Vec<Option<Controlled>> = controls
            .iter()
            .map(|control| {
                let parameters = control.as_ref()?.parameters;
                Some(Controlled { parameters, total: empty(), groups: vec![empty(); groups] })
            })
            .collect();
        if controls.iter().all(Option::is_none) {
            return Ok(found);
        }
        for (at, rows) in record.tiles().enumerate() {
            let wide = self.wide_columns(&rows);
            let origin = self.wide.total().origin();
            for ((control, found), &target) in controls.iter().zip(&mut found).zip(targets) {
                let (Some(control), Some(found)) = (control, found) else { continue };
                for (row, value) in control.values[at].iter().enumerate() {
                    let weighted = rows.weight[row].wide() * value;
                    let answer = rows.answers[(row, target)].wide() - self.prediction[target];
                    for sums in [&mut found.total, &mut found.groups[rows.cluster(row) % groups]] {
                        sums.control += weighted;
                        sums.square += weighted * value;
                        sums.answer += weighted * answer;
                        for ((sum, value), origin) in sums.columns.iter_mut().zip(wide.row(row).iter()).zip(origin) {
                            *sum += weighted * (value - origin);
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Weighted sums of products of a control variate: with one, itself, the answers and the columns, these shifted as the moments are.
#[derive(Debug, Clone)]
struct Products {
    control: f64,
    square: f64,
    answer: f64,
    columns: Vec<f64>,
}

impl Products {
    /// The control variate's sums of squares and of products with the answers, about the means: those of the answers and of `reference`,
    /// which they are shifted by.
    fn centred(&self, weight: f64, mean: f64, reference: f64) -> (f64, f64) {
        let square = self.square - self.control / weight * self.control;
        (square, self.answer - (mean - reference) * self.control)
    }

    /// Without those of a group.
    fn without(&self, group: &Self) -> Self {
        Self {
            control: self.control - group.control,
            square: self.square - group.square,
            answer: self.answer - group.answer,
            columns: self.columns.iter().zip(&group.columns).map(|(all, group)| all - group).collect(),
        }
    }
}

/// A control variate in all samples, and in each group of them.
struct Controlled {
    parameters: usize,
    total: Products,
    groups: Vec<Products>,
}

/// What a regression has to know of the answers to a target, about their mean.
#[derive(Debug, Clone)]
struct Answers {
    /// With each column of the regression.
    cross: DVector<f64>,
    /// With themselves.
    total: f64,
    mean: f64,
}

impl Answers {
    fn new(wide: &Moments, target: usize) -> Self {
        let cross = DVector::from_fn(wide.features(), |j, _| wide.cross(j, target));
        Self { cross, total: wide.total(target), mean: wide.answer_mean(target) }
    }

    /// The coefficient of a control variate by least squares; `None` where it does not vary.
    fn slope(&self, control: &Products, wide: &Moments, reference: f64) -> Option<f64> {
        let (square, answer) = control.centred(wide.weight(), self.mean, reference);
        let slope = answer / square;
        (square > 0.0 && slope.is_finite()).then_some(slope)
    }

    /// The answers less `slope` times a control variate.
    fn less(&self, slope: f64, control: &Products, wide: &Moments, reference: f64) -> Self {
        let (square, answer) = control.centred(wide.weight(), self.mean, reference);
        let cross = DVector::from_fn(wide.features(), |j, _| {
            let shared = control.columns[j] - (wide.mean(j) - wide.origin()[j]) * control.control;
            self.cross[j] - if wide.varies(j) { slope * shared } else { 0.0 }
        });
        let total = (self.total - 2.0 * slope * answer + slope * slope * square.max(0.0)).max(0.0);
        Self { cross, total, mean: self.mean - slope * (control.control / wide.weight()) }
    }
}

impl<F: Real> Evidence<F> for RichEvidence<F> {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.moments.absorb(rows);
        if let Some(record) = &mut self.kept {
            record.absorb(rows);
        }
        self.let_go();
        let n = rows.weight.len();
        let wide = self.wide_columns(rows);
        let skipped = usize::from(rows.instance_first).min(n);
        let weight: Vec<f64> = rows.weight.iter().map(|w| w.wide()).collect();
        let clusters: Vec<usize> = (0..n).map(|row| rows.cluster(row)).collect();
        let answers = rows.answers.map(|y| y.wide());
        let (none, left) = (DMatrix::zeros(n, 0), n - skipped);
        let kept = Rows::new(
            rows.start + skipped,
            wide.rows(skipped, left),
            none.rows(skipped, left),
            &weight[skipped..],
            answers.rows(skipped, left),
        );
        Evidence::<f64>::absorb(&mut self.wide, &kept.with_clusters(&clusters[skipped..]));
    }

    fn merge(&mut self, later: Self) {
        Evidence::<F>::merge(&mut self.moments, later.moments);
        Evidence::<f64>::merge(&mut self.wide, later.wide);
        match (&mut self.kept, later.kept) {
            (Some(kept), Some(later)) => kept.merge(later),
            (kept, _) => *kept = None,
        }
        self.let_go();
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }
}

/// The penalties that are tried, as powers of ten times the mean of the columns' sums of squares.
const POWERS: std::ops::RangeInclusive<i32> = -24..=8;
const STEPS: f64 = 4.0;
/// The share of the answers' sum of squares up to which a residual is rounding.
const EXACT: f64 = 1e-12;

/// What decides about a penalty: the richer columns, once z' is taken out of them and of the answers.
struct Choice {
    values: Vec<f64>,
    /// The answers along the eigenvectors, one column a target.
    along: DMatrix<f64>,
    /// The sums of squares of the answers: what z' leaves of them, and all.
    totals: Vec<f64>,
    all: Vec<f64>,
    /// The rows that count less the directions of z' and the intercept.
    degrees: usize,
    /// How many of the coefficients of z' the samples determine.
    rank: usize,
    /// Whether there are enough samples for all columns.
    determined: bool,
}

impl Choice {
    fn new(wide: &Moments, features: usize, answers: &[&Answers]) -> Result<Self, Error> {
        let z: Vec<usize> = (0..features).collect();
        let columns: Vec<usize> = (features..wide.features()).collect();
        let gram = wide.scatter_matrix(&z);
        let both = DMatrix::from_fn(features, columns.len(), |a, b| wide.scatter(a, columns[b]));
        let right = DMatrix::from_fn(features, answers.len(), |j, t| answers[t].cross[j]);
        let (slopes, plain) = (solve(&gram, &both)?, solve(&gram, &right)?);
        let rest = wide.scatter_matrix(&columns) - both.tr_mul(&slopes.x);
        let cross = DMatrix::from_fn(columns.len(), answers.len(), |c, t| answers[t].cross[columns[c]]);
        let cross = cross - both.tr_mul(&plain.x);
        let (values, vectors) = eigen(0.5 * (&rest + rest.transpose()))?;
        let explained = |t: usize| right.column(t).dot(&plain.x.column(t));
        Ok(Self {
            along: vectors.tr_mul(&cross),
            totals: answers.iter().enumerate().map(|(t, answers)| (answers.total - explained(t)).max(0.0)).collect(),
            all: answers.iter().map(|answers| answers.total).collect(),
            degrees: wide.positive_rows().saturating_sub(1 + plain.rank),
            rank: plain.rank.min(wide.positive_rows().saturating_sub(1)),
            determined: wide.positive_rows() > 1 + wide.features(),
            values: values.iter().map(|value| value.max(0.0)).collect(),
        })
    }

    /// The penalty of the greatest restricted likelihood, and -2 log of that but for a constant.
    fn penalty(&self, target: usize) -> (f64, f64) {
        let scale = self.values.iter().sum::<f64>() / self.values.len().max(1) as f64;
        let total = self.totals[target];
        if !(scale > 0.0 && total > 0.0) {
            return (0.0, self.degrees as f64 * total.ln());
        }
        let along = self.along.column(target);
        if self.determined {
            let top = self.values.iter().fold(0.0f64, |top, v| top.max(*v));
            let kept = self.values.iter().zip(along.iter()).filter(|(v, _)| **v > 1e-11 * top);
            let explained: f64 = kept.map(|(v, a)| a * a / v).sum();
            // The model is in the span of the columns, but for rounding.
            if total - explained <= EXACT * self.all[target] {
                return (0.0, f64::NEG_INFINITY);
            }
        }
        let deviance = |lambda: f64| {
            let explained: f64 = self.values.iter().zip(along.iter()).map(|(v, a)| a * a / (v + lambda)).sum();
            let residual = (total - explained).max(1e-15 * total);
            let volume: f64 = self.values.iter().map(|v| (v / lambda).ln_1p()).sum();
            self.degrees as f64 * residual.ln() + volume
        };
        let lambda = |power: i32| scale * 10f64.powf(f64::from(power) / STEPS);
        let mut best = (f64::INFINITY, *POWERS.start());
        for power in POWERS {
            let deviance = deviance(lambda(power));
            if deviance < best.0 {
                best = (deviance, power);
            }
        }
        (if best.1 == *POWERS.start() && self.determined { 0.0 } else { lambda(best.1) }, best.0)
    }
}

/// The coefficients of all features, and then of the richer columns, under a penalty of the latter.
fn coefficients(wide: &Moments, features: usize, answers: &Answers, lambda: f64) -> Result<Solution, Error> {
    let all: Vec<usize> = (0..wide.features()).collect();
    let mut gram = wide.scatter_matrix(&all);
    for j in features..wide.features() {
        gram[(j, j)] += lambda;
    }
    let right = DMatrix::from_column_slice(answers.cross.len(), 1, answers.cross.as_slice());
    solve(&gram, &right)
}

impl<F: Real> Surrogate<F> for RichBasis {
    type Evidence = RichEvidence<F>;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> RichEvidence<F> {
        RichEvidence::new(space, prediction, if self.errors { self.groups } else { 1 }, self.logit)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, RichEvidence<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        let (moments, evidence) = (given.moments(), given.evidence());
        check(moments, active, targets)?;
        let (wide, features) = (evidence.wide.total(), moments.features());
        if wide.weight() <= 0.0 {
            return Err(Error::NoWeight.into());
        }
        // The answers as they are, and those less a control variate.
        let plain: Vec<Answers> = targets.iter().map(|&target| Answers::new(wide, target)).collect();
        let controls = evidence.controls(targets)?;
        let less = |at: usize| {
            let (control, reference) = (controls[at].as_ref()?, evidence.prediction[targets[at]]);
            let slope = plain[at].slope(&control.total, wide, reference)?;
            Some((slope, plain[at].less(slope, &control.total, wide, reference)))
        };
        let controlled: Vec<Option<(f64, Answers)>> = (0..targets.len()).map(less).collect();
        let all: Vec<&Answers> =
            plain.iter().chain(controlled.iter().map(|found| found.as_ref().map_or(&plain[0], |(_, a)| a))).collect();
        let choice = Choice::new(wide, features, &all)?;
        let varying = (0..features).filter(|&j| wide.scatter(j, j) > 0.0).count();
        let rests: Vec<Moments> = if self.errors { evidence.wide.leave_one_out::<f64>().collect() } else { Vec::new() };
        let filled: Vec<usize> =
            (0..evidence.wide.groups().len()).filter(|&k| evidence.wide.groups()[k].rows() > 0).collect();
        let mut fits = Vec::with_capacity(targets.len());
        for (at, &target) in targets.iter().enumerate() {
            let (mut lambda, deviance) = choice.penalty(at);
            let (mut answers, mut used) = (&plain[at], None);
            if let (Some((slope, less)), Some(control)) = (&controlled[at], &controls[at]) {
                let (other, least) = choice.penalty(targets.len() + at);
                if least + 2.0 * (control.parameters + 1) as f64 <= deviance {
                    (lambda, answers, used) = (other, less, Some((*slope, control)));
                }
            }
            let Solution { x: all, rank } = coefficients(wide, features, answers, lambda)?;
            // What is not active stands at its mean, and so do the richer columns: at zero.
            let mut intercept = answers.mean;
            for (j, coefficient) in all.iter().enumerate() {
                intercept -= coefficient * wide.mean(j);
            }
            for j in (0..features).filter(|j| !active.contains(j)) {
                intercept += all[j] * wide.mean(j);
            }
            let chosen = active.iter().map(|&j| all[j]).collect();
            let fit = LinearFit::with_intercept(moments, active, chosen, intercept, target);
            // All features are fitted, whichever are told of: those that vary have to be determined.
            let fit = if choice.rank < varying {
                flagged(fit, choice.rank, features)
            } else {
                flagged(fit, choice.rank.min(active.len()), active.len())
            };
            let mut replicates = DMatrix::zeros(active.len(), rests.len());
            let mut known = rests.len() > 1;
            for ((mut column, rest), &group) in replicates.column_iter_mut().zip(&rests).zip(&filled) {
                let mut answers = Answers::new(rest, target);
                if let Some((slope, control)) = used {
                    let products = control.total.without(&control.groups[group]);
                    answers = answers.less(slope, &products, rest, evidence.prediction[target]);
                }
                // Where the rest does not suffice for as much as the whole, so little is known that no error can be.
                match coefficients(rest, features, &answers, lambda) {
                    Ok(without) if rest.weight() > 0.0 && without.rank >= rank => {
                        for (value, &j) in column.iter_mut().zip(active) {
                            *value = without.x[j];
                        }
                    }
                    _ => {
                        known = false;
                        break;
                    }
                }
            }
            fits.push(if known {
                let errors = spread(&fit, replicates, self.confidence);
                fit.with_uncertainty(errors)
            } else if rests.len() > 1 {
                fit.warn(Warning::UnknownErrors)
            } else {
                fit
            });
        }
        Ok(fits)
    }
}
