//! Least squares that reproduces given samples.

use lime_core::{BoxError, Exact, Fitting, LinearFit, Moments, Real, Space, Surrogate};
use nalgebra::{DMatrix, DVector, DVectorViewMut};

use crate::Error;
use crate::equations::{check, flagged, moments};
use crate::solve::{PIVOT, solve};

/// Weighted least squares among the models that reproduce given samples exactly:
///
/// ```text
/// minimise  sum_i w_i (y_i - b0 - b.z_i)^2   subject to   b0 + b.z_r = f(z_r)  for the given z_r
/// ```
///
/// With the empty mask and the instance itself reproduced ([`shapley`](Self::shapley)), the intercept is f(empty) and the
/// coefficients sum to f(x) - f(empty). Weighted by the Shapley kernel pi(k) = (d - 1) / (C(d, k) k (d - k)), k the number
/// of ones, this is Kernel SHAP (Lundberg and Lee, 2017, "A Unified Approach to Interpreting Model Predictions", theorem
/// 2): over all 2^d - 2 other masks the coefficients are the Shapley values. The constraints stand where that kernel is
/// infinite.
///
/// | parameter | default | range |
/// |---|---|---|
/// | samples to reproduce | none: [`shapley`](Self::shapley) or [`through`](Self::through) | one or more, each d' long |
///
/// The explainer asks the model for these samples beside those of the design. With selected features the constraints are
/// on the model of these: features that were not selected count as if their coefficient were 0. Constraints that follow
/// from others change nothing; the answers need to agree with that to 1e-6 of the largest (and 1e-12 of the samples'
/// mean answer). Where they do not, the fit is
/// an error ([`Error::Contradiction`]), as it may be for more samples than selected features plus one. A fit that samples
/// and constraints do not determine carries [`Warning::RankDeficient`](lime_core::Warning::RankDeficient); one that the
/// constraints determine alone needs no samples.
///
/// For r samples to reproduce, O(d^3 + r d^2) once for all targets, O(d^2) each.
///
/// ```
/// use lime_core::{Exact, Fitting, Moments, Rows, Space, Surrogate, nalgebra::{DMatrix, dmatrix}};
/// use lime_surrogates::ConstrainedLeastSquares;
///
/// // f(z) = 10 + z0 + 2 z1 + 4 z0 z1: the two players share what they gain together.
/// let (z, y, none) = (dmatrix![1.0, 0.0; 0.0, 1.0], dmatrix![11.0; 12.0], DMatrix::zeros(2, 0));
/// let mut moments = Moments::new(&[1.0, 1.0], &[17.0]);
/// moments.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[0.5, 0.5], y.as_view()));
/// let reproduced = [([0.0, 0.0], 10.0), ([1.0, 1.0], 17.0)];
/// let exact = reproduced.map(|(z, answer)| Exact { z: z.to_vec(), answers: vec![answer] });
///
/// let space = Space::<f64>::masks(2);
/// let given = Fitting::new(&space, &moments).with_exact(&exact);
/// let fit = ConstrainedLeastSquares::shapley().fit(&given, &[0, 1], &[0])?.remove(0);
/// let [(0, first), (1, second)] = fit.coefficients() else { panic!() };
/// assert!((first - 3.0).abs() < 1e-14 && (second - 4.0).abs() < 1e-14 && (fit.intercept() - 10.0).abs() < 1e-14);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConstrainedLeastSquares {
    reproduced: Reproduced,
}

#[derive(Debug, Clone, PartialEq)]
enum Reproduced {
    EmptyAndInstance,
    Given(Vec<Vec<f64>>),
}

/// Answers that a linear model cannot all meet differ from what it says by more than this share of the largest.
const AGREEMENT: f64 = 1e-6;
/// What the mean answer, which is taken out of them for the while, may add to that.
const ROUNDING: f64 = 1e-12;

impl ConstrainedLeastSquares {
    /// Reproduces the empty mask (z' all 0) and the instance (z' = x', all 1 for masks), in this order.
    pub fn shapley() -> Self {
        Self { reproduced: Reproduced::EmptyAndInstance }
    }

    /// Reproduces these samples, each given by its interpretable coordinates.
    ///
    /// # Errors
    /// [`Error::NoExact`] for none, [`Error::ExactLength`] for different lengths, [`Error::ExactValue`] for a coordinate
    /// that is not finite. That the length is the space's is checked by the explainer, before the model is asked.
    pub fn through(rows: Vec<Vec<f64>>) -> Result<Self, Error> {
        let Some(expected) = rows.first().map(Vec::len) else { return Err(Error::NoExact) };
        for (row, z) in rows.iter().enumerate() {
            if z.len() != expected {
                return Err(Error::ExactLength { row, expected, found: z.len() });
            }
            if let Some((feature, &value)) = z.iter().enumerate().find(|(_, z)| !z.is_finite()) {
                return Err(Error::ExactValue { row, feature, value });
            }
        }
        Ok(Self { reproduced: Reproduced::Given(rows) })
    }

    /// Whether the answers to the samples are there, and of the evidence's shape.
    fn check(&self, exact: &[Exact], moments: &Moments) -> Result<(), Error> {
        let expected = match &self.reproduced {
            Reproduced::EmptyAndInstance => 2,
            Reproduced::Given(rows) => rows.len(),
        };
        if exact.len() != expected {
            return Err(Error::ExactAnswers { expected, found: exact.len() });
        }
        let (features, targets) = (moments.features(), moments.targets());
        for (row, Exact { z, answers }) in exact.iter().enumerate() {
            if (z.len(), answers.len()) != (features, targets) {
                let (coordinates, answers) = (z.len(), answers.len());
                return Err(Error::ExactShape { row, coordinates, answers, features, targets });
            }
            if z.iter().chain(answers).any(|v| !v.is_finite()) {
                return Err(Error::NotFinite);
            }
        }
        Ok(())
    }

    fn fits(
        &self,
        moments: &Moments,
        exact: &[Exact],
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, Error> {
        check(moments, active, targets)?;
        self.check(exact, moments)?;
        // The unknowns are g at the samples' mean, less their mean answer, and the coefficients in units of the features'
        // spread: so the first has nothing to do with the others, and the matrix of the sum of squares has a unit diagonal.
        let weight = moments.weight();
        let counted = weight > 0.0;
        let centre: Vec<f64> =
            active.iter().map(|&j| if counted { moments.mean(j) } else { moments.origin()[j] }).collect();
        let base: Vec<f64> = targets.iter().map(|&t| if counted { moments.answer_mean(t) } else { 0.0 }).collect();
        let unit: Vec<f64> = (0..active.len())
            .map(|a| {
                let spread = (moments.scatter(active[a], active[a]) / weight).sqrt();
                let reach = exact.iter().fold(0.0f64, |top, e| top.max((e.z[active[a]] - centre[a]).abs()));
                if spread > 0.0 {
                    spread
                } else if reach > 0.0 {
                    reach
                } else {
                    1.0
                }
            })
            .collect();
        let unknowns = 1 + active.len();
        let mut squares = DMatrix::zeros(unknowns, unknowns);
        let mut right = DMatrix::zeros(unknowns, targets.len());
        if counted {
            squares[(0, 0)] = 1.0;
            for (b, &j) in active.iter().enumerate() {
                for (a, &i) in active.iter().enumerate() {
                    squares[(1 + a, 1 + b)] = moments.scatter(i, j) / weight / unit[a] / unit[b];
                }
                for (t, &target) in targets.iter().enumerate() {
                    right[(1 + b, t)] = moments.cross(j, target) / weight / unit[b];
                }
            }
        }
        let constraints = DMatrix::from_fn(unknowns, exact.len(), |i, r| match i.checked_sub(1) {
            None => 1.0,
            Some(a) => (exact[r].z[active[a]] - centre[a]) / unit[a],
        });
        let values = DMatrix::from_fn(exact.len(), targets.len(), |r, t| exact[r].answers[targets[t]] - base[t]);

        let eliminated = Eliminated::new(constraints);
        let met = eliminated.meet(&values);
        for (row, implied) in eliminated.redundant(&met) {
            for (t, &target) in targets.iter().enumerate() {
                let largest = exact.iter().fold(0.0f64, |top, e| top.max(e.answers[target].abs()));
                let (answer, implied) = (exact[row].answers[target], implied[t] + base[t]);
                if (answer - implied).abs() > AGREEMENT * largest + ROUNDING * base[t].abs() {
                    return Err(Error::Contradiction { row, answer, implied, features: active.len() });
                }
            }
        }
        if !counted && eliminated.rank() < unknowns {
            return Err(Error::NoWeight);
        }
        let (solution, determined) = eliminated.minimise(squares, right, met)?;
        let rank = (eliminated.rank() + determined.min(moments.positive_rows())).saturating_sub(1);
        let fits = targets.iter().enumerate().map(|(t, &target)| {
            let solution = solution.column(t);
            let coefficients: Vec<f64> = unit.iter().enumerate().map(|(a, unit)| solution[1 + a] / unit).collect();
            let at_centre: f64 = coefficients.iter().zip(&centre).map(|(b, c)| b * c).sum();
            let intercept = solution[0] + base[t] - at_centre;
            flagged(LinearFit::with_intercept(moments, active, coefficients, intercept, target), rank, active.len())
        });
        Ok(fits.collect())
    }
}

/// Constraints B'u = a, rotated by Householder reflections Q until they bind the first unknowns of v = Q'u only: Q'B is
/// upper triangular, with the constraints in an order that puts those last that follow from others (QR with column
/// pivoting).
struct Eliminated {
    /// The vectors of the reflections I - 2 v v', in the order they were applied.
    reflections: Vec<DVector<f64>>,
    /// Q'B, in the order of the constraints.
    triangle: DMatrix<f64>,
    /// The constraints in the order they were eliminated; redundant ones follow.
    order: Vec<usize>,
}

impl Eliminated {
    fn new(constraints: DMatrix<f64>) -> Self {
        let lengths: Vec<f64> = constraints.column_iter().map(|column| column.norm()).collect();
        let mut order: Vec<usize> = (0..constraints.ncols()).collect();
        let mut triangle = constraints;
        let mut reflections: Vec<DVector<f64>> = Vec::new();
        for step in 0..triangle.nrows().min(order.len()) {
            let rest = |r: usize| triangle.column(r).rows_range(step..).norm();
            let Some(next) = (step..order.len()).max_by(|&a, &b| rest(order[a]).total_cmp(&rest(order[b]))) else {
                break;
            };
            if rest(order[next]) <= PIVOT * lengths[order[next]] {
                break;
            }
            order.swap(step, next);
            let mut axis = triangle.column(order[step]).into_owned();
            axis.rows_mut(0, step).fill(0.0);
            let length = axis.norm();
            axis[step] += length.copysign(axis[step]);
            axis.normalize_mut();
            for mut column in triangle.column_iter_mut() {
                reflect(&axis, column.as_view_mut());
            }
            reflections.push(axis);
        }
        Self { reflections, triangle, order }
    }

    /// How many constraints there are that do not follow from others.
    fn rank(&self) -> usize {
        self.reflections.len()
    }

    /// The first unknowns after rotation, which the constraints determine, from the constraints' values.
    fn meet(&self, values: &DMatrix<f64>) -> DMatrix<f64> {
        let mut met: DMatrix<f64> = DMatrix::zeros(self.rank(), values.ncols());
        for t in 0..values.ncols() {
            for step in 0..self.rank() {
                let constraint = self.triangle.column(self.order[step]);
                let known: f64 = (0..step).map(|i| constraint[i] * met[(i, t)]).sum();
                met[(step, t)] = (values[(self.order[step], t)] - known) / constraint[step];
            }
        }
        met
    }

    /// The redundant constraints, with the value that the others give each of them for every target.
    fn redundant(&self, met: &DMatrix<f64>) -> Vec<(usize, Vec<f64>)> {
        let value =
            |r: usize| met.column_iter().map(|met| met.dot(&self.triangle.column(r).rows(0, self.rank()))).collect();
        self.order[self.rank()..].iter().map(|&r| (r, value(r))).collect()
    }

    /// The u of the least u'Su - 2 u'h with these constraints met, and how many directions S determined.
    fn minimise(
        &self,
        mut squares: DMatrix<f64>,
        mut right: DMatrix<f64>,
        met: DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, usize), Error> {
        let (bound, unknowns) = (self.rank(), squares.nrows());
        let free = unknowns - bound;
        for axis in &self.reflections {
            for mut column in squares.column_iter_mut().chain(right.column_iter_mut()) {
                reflect(axis, column.as_view_mut());
            }
            // The same from the right: S is symmetric, so it may be transposed instead.
            squares.transpose_mut();
            for mut column in squares.column_iter_mut() {
                reflect(axis, column.as_view_mut());
            }
        }
        let mut rest = squares.view((bound, bound), (free, free)).into_owned();
        let mut left = right.rows(bound, free).into_owned();
        for (t, mut left) in left.column_iter_mut().enumerate() {
            for i in 0..bound {
                left.axpy(-met[(i, t)], &squares.column(i).rows(bound, free), 1.0);
            }
        }
        // A direction in which nothing varies has been mixed from ones that do, and so is not exactly 0.
        for i in (0..free).filter(|&i| rest[(i, i)] <= PIVOT).collect::<Vec<_>>() {
            rest.column_mut(i).fill(0.0);
            rest.row_mut(i).fill(0.0);
            left.row_mut(i).fill(0.0);
        }
        let solution = solve(&rest, &left)?;
        let mut unknown = DMatrix::zeros(unknowns, right.ncols());
        unknown.rows_mut(0, bound).copy_from(&met);
        unknown.rows_mut(bound, free).copy_from(&solution.x);
        for axis in self.reflections.iter().rev() {
            for mut column in unknown.column_iter_mut() {
                reflect(axis, column.as_view_mut());
            }
        }
        Ok((unknown, solution.rank))
    }
}

/// x - 2 v (v'x) for a v of length 1.
fn reflect(axis: &DVector<f64>, mut x: DVectorViewMut<'_, f64>) {
    let along = axis.dot(&x);
    x.axpy(-2.0 * along, axis, 1.0);
}

impl<F: Real> Surrogate<F> for ConstrainedLeastSquares {
    type Evidence = Moments;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
        moments(space, prediction)
    }

    fn exact(&self, space: &Space<F>) -> Vec<Vec<F>> {
        match &self.reproduced {
            Reproduced::EmptyAndInstance => vec![vec![F::zero(); space.features()], space.origin().to_vec()],
            Reproduced::Given(rows) => rows.iter().map(|z| z.iter().map(|&z| F::of(z)).collect()).collect(),
        }
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Moments>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        Ok(self.fits(given.moments(), given.exact(), active, targets)?)
    }
}
