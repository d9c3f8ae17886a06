//! How a tree grows: which node is split next, where, and when to stop.

use super::prune::preorder;
use super::samples::{APART, Column, Samples, Values, power_of_two};
use crate::Error;

/// Gains that differ by no more than this share of their node's sum of squares are equal.
const TIE: f64 = 1e-12;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    pub(super) depth: usize,
    pub(super) leaves: Option<usize>,
    pub(super) leaf_samples: usize,
    /// A share of the weight of all samples.
    pub(super) leaf_weight: f64,
    pub(super) decrease: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 3, leaves: None, leaf_samples: 1, leaf_weight: 0.0, decrease: 0.0 }
    }
}

/// A node of a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vertex {
    pub(super) depth: usize,
    pub(super) samples: usize,
    pub(super) weight: f64,
    /// The weighted mean of each output.
    pub(super) means: Vec<f64>,
    /// The weighted sum of squares of each output about its mean.
    pub(super) squares: Vec<f64>,
    pub(super) split: Option<Split>,
}

/// How a node is split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: usize,
    pub(super) threshold: f64,
    /// The neighbouring values that the threshold lies between.
    pub(super) between: (f64, f64),
    /// By how much the sum of squares falls, summed over the outputs.
    pub(super) gain: f64,
    /// The position of the child of the samples at most at the threshold.
    pub(super) left: usize,
    /// The position of the child of the samples above.
    pub(super) right: usize,
}

/// The best split of a node.
#[derive(Debug, Clone, Copy)]
struct Found {
    column: usize,
    between: (f64, f64),
    gain: f64,
}

/// A node that is to be split: its vertex, its rows as a range of every order, and its best split.
#[derive(Debug, Clone, Copy)]
struct Open {
    vertex: usize,
    start: usize,
    end: usize,
    found: Found,
}

/// A tree in the making.
pub(super) struct Grower<'a> {
    samples: &'a Samples,
    answers: Vec<&'a [f64]>,
    limits: &'a Limits,
    /// All rows, those of a node side by side, by index.
    rows: Vec<usize>,
    /// The same for each column of many values, by value.
    orders: Vec<Vec<usize>>,
    /// For each row its weight and, for each output, weight times answer about the mean of its node, in units of a power of
    /// two near the node's weight.
    parts: Vec<f64>,
    /// Whether each row goes left at the split being made.
    left: Vec<bool>,
    scratch: Vec<usize>,
    /// The impurity, summed over the outputs, up to which a node is pure.
    pure: f64,
    vertices: Vec<Vertex>,
}

impl<'a> Grower<'a> {
    /// A tree for the targets at these positions among the samples'.
    pub(super) fn new(samples: &'a Samples, targets: &[usize], limits: &'a Limits) -> Self {
        let n = samples.rows();
        let order = |column: &Column| match &column.values {
            Values::Two { .. } => Vec::new(),
            Values::Many { order, .. } => order.clone(),
        };
        Self {
            samples,
            answers: targets.iter().map(|&target| samples.answers[target].as_slice()).collect(),
            limits,
            rows: (0..n).collect(),
            orders: samples.columns.iter().map(order).collect(),
            parts: vec![0.0; n * (1 + targets.len())],
            left: vec![false; n],
            scratch: vec![0; n],
            pure: 0.0,
            vertices: Vec::new(),
        }
    }

    /// The nodes of the grown tree, in preorder.
    pub(super) fn grow(mut self) -> Result<Vec<Vertex>, Error> {
        let n = self.rows.len();
        let root = self.measure(0, n, 0);
        if !root.squares.iter().all(|squares| squares.is_finite()) {
            return Err(Error::NotFinite);
        }
        // No more than rounding: of the root's impurity, and of the answers themselves.
        let rounding = self.answers.iter().map(|answers| {
            let largest = answers.iter().fold(0.0, |top: f64, answer| top.max(answer.abs()));
            (2.0 * f64::EPSILON * largest).powi(2)
        });
        self.pure = (f64::EPSILON * root.squares.iter().sum::<f64>() / root.weight).max(rounding.sum());
        let mut frontier: Vec<Open> = Vec::new();
        self.open(root, 0, n, &mut frontier);
        let (mut leaves, most) = (1, self.limits.leaves.unwrap_or(usize::MAX));
        while leaves < most
            && let Some(node) = self.next(&mut frontier)
        {
            self.split(&node, &mut frontier);
            leaves += 1;
        }
        Ok(preorder(&self.vertices, |_| false))
    }

    /// The node to split next: the last one, depth first, or the one that gains most, where leaves are counted.
    fn next(&self, frontier: &mut Vec<Open>) -> Option<Open> {
        if self.limits.leaves.is_none() {
            return frontier.pop();
        }
        let most = frontier.iter().map(|open| open.found.gain).fold(0.0, f64::max);
        let tie = TIE * self.vertices.first()?.squares.iter().sum::<f64>();
        let best = frontier.iter().position(|open| open.found.gain >= most - tie)?;
        Some(frontier.remove(best))
    }

    /// Adds a measured node, and to the frontier if it can be split.
    fn open(&mut self, vertex: Vertex, start: usize, end: usize, frontier: &mut Vec<Open>) -> usize {
        let position = self.vertices.len();
        if let Some(found) = self.search(&vertex, start, end) {
            frontier.push(Open { vertex: position, start, end, found });
        }
        self.vertices.push(vertex);
        position
    }

    /// Makes a node of a range of the rows, and the parts that a search for its best split needs.
    fn measure(&mut self, start: usize, end: usize, depth: usize) -> Vertex {
        let rows = &self.rows[start..end];
        let weights = &self.samples.weight;
        let weight: f64 = rows.iter().map(|&row| weights[row]).sum();
        let per_unit = 1.0 / power_of_two(weight);
        let stride = 1 + self.answers.len();
        for &row in rows {
            self.parts[row * stride] = weights[row] * per_unit;
        }
        let heaviest = rows.iter().copied().reduce(|top, row| if weights[row] > weights[top] { row } else { top });
        let (mut means, mut squares) = (Vec::new(), Vec::new());
        for (t, answers) in self.answers.iter().enumerate() {
            // About the heaviest sample's answer first: so a constant has no squares, whatever its value, and others lose no
            // digits, as that sample's own square about the mean is a fair part of them.
            let base = heaviest.map_or(0.0, |row| answers[row]);
            let mean = rows.iter().map(|&row| weights[row] * (answers[row] - base)).sum::<f64>() / weight;
            let mut sum = 0.0;
            for &row in rows {
                let centred = (answers[row] - base) - mean;
                let weighted = weights[row] * centred;
                sum += weighted * centred;
                self.parts[row * stride + 1 + t] = weighted * per_unit;
            }
            means.push(base + mean);
            squares.push(sum);
        }
        Vertex { depth, samples: rows.len(), weight, means, squares, split: None }
    }

    /// The best split of a measured node, if it may be split.
    fn search(&self, vertex: &Vertex, start: usize, end: usize) -> Option<Found> {
        let root = self.vertices.first().map_or(vertex.weight, |root| root.weight);
        // A sum of weights that should just suffice may be short of it by rounding.
        let least = (1.0 - TIE) * self.limits.leaf_weight * root;
        let squares: f64 = vertex.squares.iter().sum();
        if vertex.depth >= self.limits.depth
            || vertex.samples / 2 < self.limits.leaf_samples
            || vertex.weight < 2.0 * least
            || squares <= self.pure * vertex.weight
        {
            return None;
        }
        let unit = power_of_two(vertex.weight);
        let scan = Scan {
            parts: &self.parts,
            outputs: self.answers.len(),
            weight: vertex.weight / unit,
            least_samples: self.limits.leaf_samples,
            least_weight: least / unit,
            tie: TIE * squares / unit,
        };
        let mut best: Option<Found> = None;
        for (index, column) in self.samples.columns.iter().enumerate() {
            let found = match &column.values {
                Values::Two { lower, upper, is_upper } => {
                    scan.two(&self.rows[start..end], is_upper).map(|gain| (gain, (*lower, *upper)))
                }
                Values::Many { values, .. } => {
                    let order = &self.orders[index][start..end];
                    // For one output the sums are a number that the compiler knows to be one.
                    match self.answers.len() {
                        1 => scan.many(order, values, &mut [0.0]),
                        outputs => scan.many(order, values, &mut vec![0.0; outputs]),
                    }
                }
            };
            if let Some((gain, between)) = found
                && best.is_none_or(|best| gain > best.gain + scan.tie)
            {
                best = Some(Found { column: index, between, gain });
            }
        }
        let mut best = best?;
        best.gain *= unit;
        let decrease = best.gain / (root * self.answers.len() as f64);
        (decrease >= (1.0 - TIE) * self.limits.decrease).then_some(best)
    }

    /// Splits a node into two and opens them.
    fn split(&mut self, node: &Open, frontier: &mut Vec<Open>) {
        let Open { vertex, start, end, found } = *node;
        let column = &self.samples.columns[found.column];
        let (below, above) = found.between;
        let middle = below / 2.0 + above / 2.0;
        let threshold = if middle < above { middle.max(below) } else { below };
        let (Values::Two { is_upper: values, .. } | Values::Many { values, .. }) = &column.values;
        let at_most = if matches!(column.values, Values::Two { .. }) { 0.0 } else { threshold };
        for &row in &self.rows[start..end] {
            self.left[row] = values[row] <= at_most;
        }
        let depth = self.vertices[vertex].depth + 1;
        let middle = start + partition(&mut self.rows[start..end], &self.left, &mut self.scratch);
        if depth < self.limits.depth {
            for order in self.orders.iter_mut().filter(|order| !order.is_empty()) {
                partition(&mut order[start..end], &self.left, &mut self.scratch);
            }
        }
        // Depth first, the left one is to be the next: so it is the last.
        let right = self.measure(middle, end, depth);
        let left = self.measure(start, middle, depth);
        let (left, right) = if self.limits.leaves.is_none() {
            let right = self.open(right, middle, end, frontier);
            (self.open(left, start, middle, frontier), right)
        } else {
            let left = self.open(left, start, middle, frontier);
            (left, self.open(right, middle, end, frontier))
        };
        let split = Split { feature: column.feature, threshold, between: found.between, gain: found.gain, left, right };
        self.vertices[vertex].split = Some(split);
    }
}

/// Brings the rows that go left before the others, both in their order, and returns their number.
fn partition(rows: &mut [usize], left: &[bool], scratch: &mut [usize]) -> usize {
    let (mut lefts, mut rights) = (0, 0);
    for i in 0..rows.len() {
        // Both are written and one of them counts: which one cannot be predicted.
        let row = rows[i];
        rows[lefts] = row;
        scratch[rights] = row;
        let goes_left = usize::from(left[row]);
        lefts += goes_left;
        rights += 1 - goes_left;
    }
    rows[lefts..].copy_from_slice(&scratch[..rights]);
    lefts
}

/// The search for a node's best split, one column at a time.
///
/// With the answers about their mean, the sums S and weights w on the two sides have S_l = -S_r, so the gain
/// sum_t (S_l^2 / w_l + S_r^2 / w_r) is sum_t S^2 W / (w (W - w)) with either side's S and w. The lighter side is the one
/// summed, so that no digits are lost where a side weighs next to nothing.
struct Scan<'a> {
    parts: &'a [f64],
    outputs: usize,
    weight: f64,
    least_samples: usize,
    least_weight: f64,
    tie: f64,
}

impl Scan<'_> {
    /// The gain of a side with this weight and sum of squared sums.
    fn gain(&self, weight: f64, squares: f64) -> f64 {
        // Not a number where a side weighs nothing beside the other: then it gains nothing.
        (squares * self.weight / (weight * (self.weight - weight))).max(0.0)
    }

    /// The gain of the only split of a column of two values, if there is one.
    fn two(&self, rows: &[usize], is_upper: &[f64]) -> Option<f64> {
        let stride = 1 + self.outputs;
        let uppers = rows.iter().filter(|&&row| is_upper[row] > 0.0).count();
        if uppers.min(rows.len() - uppers) < self.least_samples {
            return None;
        }
        let sides = |part: usize| two_sums(rows, |row| (self.parts[row * stride + part], is_upper[row]));
        let (lower, upper) = sides(0);
        let lighter = lower.min(upper);
        if lighter < self.least_weight {
            return None;
        }
        let squares = (1..stride).map(|part| {
            let (below, above) = sides(part);
            (if lower < upper { below } else { above }).powi(2)
        });
        Some(self.gain(lighter, squares.sum()))
    }

    /// The greatest gain of a column of many values and the values its threshold lies between, if there is a split.
    /// `sums` has room for one sum an output.
    fn many(&self, order: &[usize], values: &[f64], sums: &mut impl AsMut<[f64]>) -> Option<(f64, (f64, f64))> {
        let sums = sums.as_mut();
        let stride = 1 + sums.len();
        let n = order.len();
        // The weight and sums of one row more; returns the sum of their squares.
        let add = |row: usize, weight: &mut f64, sums: &mut [f64]| {
            let parts = &self.parts[row * stride..(row + 1) * stride];
            *weight += parts[0];
            let mut squares = 0.0;
            for (sum, part) in sums.iter_mut().zip(&parts[1..]) {
                *sum += part;
                squares += *sum * *sum;
            }
            squares
        };
        // The values on both sides of a cut, if it is one.
        let cut = |lefts: usize, weight: f64| {
            let (below, above) = (values[order[lefts - 1]], values[order[lefts]]);
            let samples = lefts.min(n - lefts);
            (above > below + APART && samples >= self.least_samples && weight >= self.least_weight)
                .then_some((below, above))
        };
        let mut best: Option<(f64, (f64, f64))> = None;
        let (mut weight, mut lefts) = (0.0, 0);
        while lefts + 1 < n {
            let squares = add(order[lefts], &mut weight, sums);
            if weight > self.weight / 2.0 {
                break;
            }
            lefts += 1;
            if let Some(between) = cut(lefts, weight) {
                let gain = self.gain(weight, squares);
                if best.is_none_or(|(top, _)| gain > top + self.tie) {
                    best = Some((gain, between));
                }
            }
        }
        // The rest from the other end: of equal gains, the last one seen is the lower.
        let mut rest: Option<(f64, (f64, f64))> = None;
        let mut top = f64::NEG_INFINITY;
        weight = 0.0;
        sums.fill(0.0);
        for left in (lefts + 1..n).rev() {
            let squares = add(order[left], &mut weight, sums);
            if let Some(between) = cut(left, weight) {
                let gain = self.gain(weight, squares);
                if gain >= top - self.tie {
                    rest = Some((gain, between));
                    top = top.max(gain);
                }
            }
        }
        match (best, rest) {
            (Some(low), Some(high)) => Some(if high.0 > low.0 + self.tie { high } else { low }),
            (low, high) => low.or(high),
        }
    }
}

/// The sums of a value over the rows whose indicator is 0 and 1, in four lanes to keep the adder busy.
fn two_sums(rows: &[usize], of: impl Fn(usize) -> (f64, f64)) -> (f64, f64) {
    let (mut zeros, mut ones) = ([0.0; 4], [0.0; 4]);
    let mut add = |lane: usize, row: usize| {
        let (value, one) = of(row);
        ones[lane] += value * one;
        zeros[lane] += value * (1.0 - one);
    };
    let mut chunks = rows.chunks_exact(4);
    for chunk in &mut chunks {
        for (lane, &row) in chunk.iter().enumerate() {
            add(lane, row);
        }
    }
    for (lane, &row) in chunks.remainder().iter().enumerate() {
        add(lane, row);
    }
    (zeros.iter().sum(), ones.iter().sum())
}
