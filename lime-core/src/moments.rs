//! Weighted moments: all that linear surrogates and selectors need to know of the samples.

use std::cell::RefCell;

use nalgebra::{DMatrix, DVector};

use crate::gemm::transposed_product;
use crate::products::{LANES, Products};
use crate::two_valued::TwoValued;
use crate::{Evidence, Real, Rows};

/// Weighted first and second moments of the samples and the model's answers, mergeable, in `f64` whatever the data's type.
///
/// With w the weights, z the samples and y the answers, both shifted by reference values near the data (the instance x' and
/// the model's prediction f(x), so that offsets cost no digits):
///
/// - M = sum w [1 z]' [1 z y], of shape (1 + d, 1 + d + k), and sum w y^2 for each target;
/// - the number of rows and sum w^2.
///
/// Memory is O(d (d + k)) however many rows were absorbed. Absorbing costs O(d (d + k)) a row, as one matrix product a tile, and
/// an addition in place of four products where all features have two values in the tile, one of them the instance's (masks, bins).
///
/// ```
/// use lime_core::{Moments, Rows};
/// use nalgebra::dmatrix;
///
/// let z = dmatrix![0.0; 1.0; 1.0];
/// let y = dmatrix![1.0; 3.0; 5.0];
/// let none = nalgebra::DMatrix::zeros(3, 0);
/// let mut moments = Moments::new(&[0.0], &[0.0]);
/// let rows = Rows::new(0, z.as_view(), none.as_view(), &[1.0, 1.0, 2.0], y.as_view());
/// moments.absorb(&rows);
/// assert_eq!(moments.weight(), 4.0);
/// assert_eq!(moments.mean(0), 0.75);
/// assert_eq!(moments.answer_mean(0), 3.5);
/// assert_eq!(moments.scatter(0, 0), 0.75);
/// assert_eq!(moments.effective_sample_size(), 16.0 / 6.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    origin: Vec<f64>,
    reference: Vec<f64>,
    rows: usize,
    positive: usize,
    weight_squares: f64,
    /// M.
    products: Products,
    answer_squares: Vec<f64>,
}

/// Columns of a block of M: the blocks below the diagonal are not computed, which saves up to half of the work. Narrower ones
/// save more where d is small, and pack more often.
fn panel(width: usize) -> usize {
    if width < 200 { 16 } else { 64 }
}

thread_local! {
    /// Two copies of a tile's columns, kept from one tile to the next: memory of this size, given back each time, costs more
    /// than the copying does.
    static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

impl Moments {
    /// Empty moments, with the shifts to use: `origin` for the samples (d' values), `reference` for the answers (one a target).
    pub fn new(origin: &[f64], reference: &[f64]) -> Self {
        let (d, k) = (origin.len(), reference.len());
        Self {
            origin: origin.to_vec(),
            reference: reference.to_vec(),
            rows: 0,
            positive: 0,
            weight_squares: 0.0,
            products: Products::new(1 + d, 1 + d + k),
            answer_squares: vec![0.0; k],
        }
    }

    /// Takes in the rows of one tile.
    pub fn absorb<F: Real>(&mut self, rows: &Rows<'_, F>) {
        let n = rows.weight.len();
        let width = 1 + self.features() + self.targets();
        if n == 0 {
            return;
        }
        match TwoValued::of(rows.z, &self.origin) {
            Some(features) => self.absorb_subsets(rows, &features),
            None => SCRATCH.with_borrow_mut(|scratch| {
                if scratch.len() < 2 * n * width {
                    scratch.resize(2 * n * width, 0.0);
                }
                let (plain, weighted) = scratch[..2 * n * width].split_at_mut(n * width);
                self.absorb_columns(rows, plain, weighted);
            }),
        }
        self.rows += n;
        self.positive += rows.weight.iter().filter(|w| **w > F::zero()).count();
    }

    /// Adds the products of a tile. `plain` and `weighted` are for the columns [1 z y], shifted, and the same times the weights.
    fn absorb_columns<F: Real>(&mut self, rows: &Rows<'_, F>, plain: &mut [f64], weighted: &mut [f64]) {
        let n = rows.weight.len();
        let (d, k) = (self.features(), self.targets());
        let width = 1 + d + k;
        plain[..n].fill(1.0);
        let (weight, columns) = weighted.split_at_mut(n);
        for (wide, weight) in weight.iter_mut().zip(rows.weight) {
            *wide = weight.wide();
        }
        self.weight_squares += dot(weight, weight);
        let pairs = plain.chunks_exact_mut(n).skip(1).zip(columns.chunks_exact_mut(n));
        for (j, (plain, weighted)) in pairs.enumerate() {
            let (values, shift) = match j.checked_sub(d) {
                None => (rows.z.column(j), self.origin[j]),
                Some(t) => (rows.answers.column(t), self.reference[t]),
            };
            for (((plain, weighted), weight), value) in
                plain.iter_mut().zip(weighted.iter_mut()).zip(weight.iter()).zip(values.as_slice())
            {
                *plain = value.wide() - shift;
                *weighted = *weight * *plain;
            }
            if let Some(t) = j.checked_sub(d) {
                self.answer_squares[t] += dot(plain, weighted);
            }
        }
        // What the tile adds is summed up by itself first, a panel at a time.
        let mut sums = vec![0.0; (1 + d) * panel(width).min(width)];
        for from in (0..width).step_by(panel(width)) {
            let to = (from + panel(width)).min(width);
            let height = to.min(1 + d);
            transposed_product(n, (&weighted[from * n..], to - from), (plain, height), &mut sums, to - from);
            for part in (from..to).step_by(LANES) {
                let sums = sums.chunks_exact(to - from).map(|sums| &sums[part - from..]);
                for (entry, sums) in self.products.panel(part).iter_mut().zip(sums) {
                    for (entry, sum) in entry.0.iter_mut().zip(sums) {
                        *entry += sum;
                    }
                }
            }
        }
    }

    /// The same for features that have two values each.
    fn absorb_subsets<F: Real>(&mut self, rows: &Rows<'_, F>, features: &TwoValued) {
        let weight: Vec<f64> = rows.weight.iter().map(|w| w.wide()).collect();
        self.weight_squares += dot(&weight, &weight);
        let mut plain = vec![0.0; weight.len()];
        let mut weighted = Vec::with_capacity(weight.len() * self.targets());
        for (t, square) in self.answer_squares.iter_mut().enumerate() {
            let shift = self.reference[t];
            for (plain, answer) in plain.iter_mut().zip(rows.answers.column(t).as_slice()) {
                *plain = answer.wide() - shift;
            }
            let from = weighted.len();
            weighted.extend(plain.iter().zip(&weight).map(|(y, w)| w * y));
            *square += dot(&plain, &weighted[from..]);
        }
        features.add_products(&weight, &weighted, &mut self.products);
    }

    fn product(&self, i: usize, j: usize) -> f64 {
        self.products.get(i, j)
    }

    /// Whether the weighted samples vary in feature `j` by more than rounding: the rest of its second moment about the
    /// instance once the mean is taken out is above 1e-12 of it, and the moment is not so small that digits are lost to
    /// underflow. One that is not finite varies, so that whatever is made of it is not finite either.
    pub fn varies(&self, j: usize) -> bool {
        let (mean, square) = (self.product(0, 1 + j), self.product(1 + j, 1 + j));
        let rest = square - mean * (mean / self.weight());
        !square.is_finite() || square > f64::MIN_POSITIVE / f64::EPSILON && rest > 1e-12 * square
    }

    /// The number of interpretable features, d'.
    pub fn features(&self) -> usize {
        self.origin.len()
    }

    /// The number of targets.
    pub fn targets(&self) -> usize {
        self.reference.len()
    }

    /// The number of rows absorbed.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of rows with a weight above zero.
    pub fn positive_rows(&self) -> usize {
        self.positive
    }

    /// The instance x', the shift of the samples.
    pub fn origin(&self) -> &[f64] {
        &self.origin
    }

    /// sum w.
    pub fn weight(&self) -> f64 {
        self.product(0, 0)
    }

    /// Kish's effective sample size, (sum w)^2 / sum w^2: how many samples of equal weight would tell as much. 0 without rows.
    pub fn effective_sample_size(&self) -> f64 {
        if self.weight_squares > 0.0 { self.weight() * self.weight() / self.weight_squares } else { 0.0 }
    }

    /// The weighted mean of feature `j`, in its own units. The weight must not be zero.
    pub fn mean(&self, j: usize) -> f64 {
        self.origin[j] + self.product(0, 1 + j) / self.weight()
    }

    /// The weighted mean of the answers to target `t`. The weight must not be zero.
    pub fn answer_mean(&self, t: usize) -> f64 {
        self.reference[t] + self.product(0, 1 + self.features() + t) / self.weight()
    }

    /// sum w (z_i - mean z_i) (z_j - mean z_j); 0 if one of them does not [vary](Self::varies).
    pub fn scatter(&self, i: usize, j: usize) -> f64 {
        if !self.varies(i) || !self.varies(j) {
            return 0.0;
        }
        self.product(1 + i, 1 + j) - self.product(0, 1 + i) * self.product(0, 1 + j) / self.weight()
    }

    /// sum w (z_j - mean z_j) (y_t - mean y_t); 0 if the feature does not [vary](Self::varies).
    pub fn cross(&self, j: usize, t: usize) -> f64 {
        if !self.varies(j) {
            return 0.0;
        }
        let y = 1 + self.features() + t;
        self.product(1 + j, y) - self.product(0, 1 + j) * self.product(0, y) / self.weight()
    }

    /// sum w (y_t - mean y_t)^2, the weighted total sum of squares of target `t`: 0 where it is no more than rounding (1e-13 of
    /// the sum of squares about the reference), infinite where the answers are too large to square.
    pub fn total(&self, t: usize) -> f64 {
        let (y, square) = (self.product(0, 1 + self.features() + t), self.answer_squares[t]);
        let rest = square - y * (y / self.weight());
        if !square.is_finite() {
            f64::INFINITY
        } else if rest > 1e-13 * square {
            rest
        } else {
            0.0
        }
    }

    /// The [`scatter`](Self::scatter) matrix of some features, (active, active).
    pub fn scatter_matrix(&self, active: &[usize]) -> DMatrix<f64> {
        // Each entry as `scatter` has it, but what a feature has of its own is found once, and the upper half is the lower one.
        let weight = self.weight();
        let own: Vec<(bool, f64)> = active.iter().map(|&j| (self.varies(j), self.product(0, 1 + j))).collect();
        let mut scatter = DMatrix::zeros(active.len(), active.len());
        for ((a, &i), mut column) in active.iter().enumerate().zip(scatter.column_iter_mut()) {
            let (varies, mean) = own[a];
            if !varies {
                continue;
            }
            for ((entry, &j), (varies, other)) in column.as_mut_slice().iter_mut().zip(active).zip(&own).skip(a) {
                if *varies {
                    *entry = self.product(1 + i, 1 + j) - mean * other / weight;
                }
            }
        }
        scatter.fill_upper_triangle_with_lower_triangle();
        scatter
    }

    /// The [`cross`](Self::cross) products of some features with some targets, (active, targets).
    pub fn cross_matrix(&self, active: &[usize], targets: &[usize]) -> DMatrix<f64> {
        DMatrix::from_fn(active.len(), targets.len(), |a, t| self.cross(active[a], targets[t]))
    }

    /// sum w z_i z_j about zero, neither centred nor shifted, for some features, (active, active).
    pub fn raw_scatter_matrix(&self, active: &[usize]) -> DMatrix<f64> {
        let weight = self.weight();
        let means: Vec<f64> = active.iter().map(|&j| self.mean(j)).collect();
        let mut scatter = self.scatter_matrix(active);
        for (b, mut column) in scatter.column_iter_mut().enumerate() {
            for (entry, mean) in column.iter_mut().zip(&means) {
                *entry += weight * mean * means[b];
            }
        }
        scatter
    }

    /// sum w z_j y_t about zero, neither centred nor shifted, (active, targets).
    pub fn raw_cross_matrix(&self, active: &[usize], targets: &[usize]) -> DMatrix<f64> {
        let weight = self.weight();
        DMatrix::from_fn(active.len(), targets.len(), |a, b| {
            let (j, t) = (active[a], targets[b]);
            self.cross(j, t) + weight * self.mean(j) * self.answer_mean(t)
        })
    }

    /// The weighted residual sum of squares of a linear model of some features on target `t`.
    pub fn residual(&self, active: &[usize], coefficients: &[f64], intercept: f64, t: usize) -> f64 {
        let predicted: f64 = intercept + active.iter().zip(coefficients).map(|(&j, c)| c * self.mean(j)).sum::<f64>();
        let offset = self.answer_mean(t) - predicted;
        self.centred_residual(active, coefficients, t) + self.weight() * offset * offset
    }

    /// The same with the intercept that makes the weighted mean residual zero, to more digits: the means stay out of it.
    pub(crate) fn centred_residual(&self, active: &[usize], coefficients: &[f64], t: usize) -> f64 {
        let b = DVector::from_column_slice(coefficients);
        let cross = DVector::from_fn(active.len(), |a, _| self.cross(active[a], t));
        (self.total(t) - 2.0 * b.dot(&cross) + b.dot(&(self.scatter_matrix(active) * &b))).max(0.0)
    }

    /// Weighted R2 of a linear model of some features on target `t`: 1 - residual / total, the original's score. NaN where
    /// the answers do not vary.
    pub fn score(&self, active: &[usize], coefficients: &[f64], intercept: f64, t: usize) -> f64 {
        let total = self.total(t);
        if total > 0.0 { 1.0 - self.residual(active, coefficients, intercept, t) / total } else { f64::NAN }
    }
}

/// The sum of the products: in eight parts, which are added up at a time, and what is left over.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((eights, rest), (other_eights, other_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut parts = [0.0; 8];
    for (a, b) in eights.iter().zip(other_eights) {
        for ((part, a), b) in parts.iter_mut().zip(a).zip(b) {
            *part += a * b;
        }
    }
    parts.iter().sum::<f64>() + rest.iter().zip(other_rest).map(|(a, b)| a * b).sum::<f64>()
}

impl<F: Real> Evidence<F> for Moments {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        Moments::absorb(self, rows);
    }

    fn merge(&mut self, later: Self) {
        self.products.merge(&later.products);
        self.rows += later.rows;
        self.positive += later.positive;
        self.weight_squares += later.weight_squares;
        for (mine, theirs) in self.answer_squares.iter_mut().zip(later.answer_squares) {
            *mine += theirs;
        }
    }

    fn moments(&self) -> &Moments {
        self
    }

    fn absorbs_in_place(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
        let mut matrix = DMatrix::zeros(rows, columns);
        crate::Stream::new(seed).words(0..rows, 0..columns, |j, at, words| {
            for (i, &word) in at.zip(words) {
                matrix[(i, j)] = f64::unit(word) * 3.0 + 100.0;
            }
        });
        matrix
    }

    /// The sums of columns of two values are those of the same columns under the product for any, to rounding; exactly where
    /// the weights and the values are whole numbers. More columns than one panel, fewer rows than a tile, two targets.
    #[test]
    fn columns_of_two_values_are_as_any_others() {
        for (n, d, k) in [(256, 40, 1), (255, 15, 2), (1, 3, 1), (100, 230, 0)] {
            let (uniform, y) = (random(n, d, 4), random(n, k, 5));
            let origin: Vec<f64> = (0..d).map(|j| if j % 3 == 0 { 0.0 } else { 1.0 }).collect();
            let other: Vec<f64> = (0..d).map(|j| [1.0, 0.0, -3.5][j % 3]).collect();
            let z =
                DMatrix::from_fn(
                    n,
                    d,
                    |i, j| if uniform[(i, j)] < 101.0 + j as f64 / 200.0 { origin[j] } else { other[j] },
                );
            let reference = vec![101.5; k];
            let none = DMatrix::zeros(n, 0);
            for whole in [false, true] {
                let weight: Vec<f64> = random(n, 1, 6).iter().map(|w| if whole { w.floor() } else { *w }).collect();
                let y = y.map(|y| if whole { y.round() } else { y });
                let rows = Rows::new(0, z.as_view(), none.as_view(), &weight, y.as_view());
                let mut moments = Moments::new(&origin, &reference);
                moments.absorb(&rows);
                let (mut any, width) = (Moments::new(&origin, &reference), 1 + d + k);
                any.absorb_columns(&rows, &mut vec![0.0; n * width], &mut vec![0.0; n * width]);
                for b in 0..width {
                    for a in 0..=b.min(d) {
                        let (found, expected) = (moments.product(a, b), any.product(a, b));
                        let rounding = if whole { 0.0 } else { 1e-12 * (expected.abs() + 100.0 * n as f64) };
                        assert!((found - expected).abs() <= rounding, "{n} {d} {a} {b}: {found} {expected}");
                    }
                }
                for (found, expected) in moments.answer_squares.iter().zip(&any.answer_squares) {
                    assert!((found - expected).abs() <= 1e-13 * expected);
                }
            }
        }
    }

    /// Against the definition with explicit means, through more columns than one panel.
    #[test]
    fn moments_are_those_of_the_definition() {
        let (n, d, k) = (200, 150, 2);
        let (z, y, w) = (random(n, d, 1), random(n, k, 2), random(n, 1, 3));
        let none = DMatrix::zeros(n, 0);
        let mut moments = Moments::new(&vec![101.0; d], &[100.5, 102.0]);
        let rows = Rows::new(0, z.as_view(), none.as_view(), w.as_slice(), y.as_view());
        moments.absorb(&rows);
        let total: f64 = w.sum();
        let mean = |column: &[f64]| column.iter().zip(w.iter()).map(|(v, w)| v * w).sum::<f64>() / total;
        let centred = |a: &[f64], b: &[f64]| {
            let (ma, mb) = (mean(a), mean(b));
            a.iter().zip(b).zip(w.iter()).map(|((a, b), w)| w * (a - ma) * (b - mb)).sum::<f64>()
        };
        let column = |m: &DMatrix<f64>, j: usize| m.column(j).iter().copied().collect::<Vec<_>>();
        for (i, j) in [(0, 0), (3, 70), (70, 3), (149, 149), (63, 64), (130, 140)] {
            let expected = centred(&column(&z, i), &column(&z, j));
            assert!((moments.scatter(i, j) - expected).abs() < 1e-9 * total, "{i} {j}");
        }
        for (j, t) in [(0, 0), (149, 1)] {
            let expected = centred(&column(&z, j), &column(&y, t));
            assert!((moments.cross(j, t) - expected).abs() < 1e-9 * total);
            assert!((moments.mean(j) - mean(&column(&z, j))).abs() < 1e-10);
            assert!((moments.total(t) - centred(&column(&y, t), &column(&y, t))).abs() < 1e-9 * total);
        }
    }
}
