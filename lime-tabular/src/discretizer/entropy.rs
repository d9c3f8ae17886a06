//! Bins where the classes part.

use std::ops::Range;

use lime_core::BoxError;

use crate::{Discretizer, Error, Sample};

/// Edges at the thresholds of a classification tree grown on the column alone, which parts the classes of the training rows
/// by entropy: up to 2^depth bins. Where the tree does not split, one edge at the median. The original's
/// `discretizer="entropy"`, so the tree is scikit-learn's `DecisionTreeClassifier(criterion="entropy", max_depth=depth)`:
///
/// - values are compared in single precision, and those within 1e-7 of their neighbour are one value;
/// - a threshold is the midpoint between neighbours, the first of equally good ones;
/// - a node is split unless it is pure, at full depth, or of one value, however little a split gains.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `depth` | 3 | 1 to 16 |
///
/// The classes come with the [`Sample`], or from [`TabularBuilder::classes`](crate::TabularBuilder::classes); where its values
/// have counts, these are the samples' weights. O(depth n k) for n values of k classes.
///
/// ```
/// use lime_tabular::{Discretizer, Entropy, Sample};
/// let sample = Sample::with_labels(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0, 0, 1, 1, 0])?;
/// assert_eq!(Entropy::default().edges(&sample)?, [2.5, 4.5]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
///
/// # Errors
/// When it cuts: [`Error::NoLabels`] without classes, [`Error::BeyondSingle`] for a value beyond single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entropy {
    depth: usize,
}

impl Default for Entropy {
    fn default() -> Self {
        Self { depth: 3 }
    }
}

impl Entropy {
    /// Grows the tree to this depth.
    ///
    /// # Errors
    /// [`Error::Bins`] for a depth out of range.
    pub fn new(depth: usize) -> Result<Self, Error> {
        let (least, most) = (1, 16);
        if !(least..=most).contains(&depth) {
            return Err(Error::Bins { what: "depth", value: depth, least, most });
        }
        Ok(Self { depth })
    }
}

impl Discretizer for Entropy {
    fn edges(&self, sample: &Sample) -> Result<Vec<f64>, BoxError> {
        let labels = sample.labels().ok_or(Error::NoLabels)?;
        if let Some(&value) = sample.values().iter().find(|value| !(**value as f32).is_finite()) {
            return Err(Error::BeyondSingle { value }.into());
        }
        let column = Column::new(sample, labels);
        let mut edges = Vec::new();
        let whole = 0..column.values.len();
        let impurity = column.impurity(&column.weigh(&whole));
        let mut open = vec![(whole, impurity, 0)];
        while let Some((node, impurity, depth)) = open.pop() {
            if depth == self.depth || impurity <= f64::EPSILON {
                continue;
            }
            let Some(split) = column.split(&node, impurity) else { continue };
            edges.push(split.threshold);
            open.push((node.start..split.at, split.left, depth + 1));
            open.push((split.at..node.end, split.right, depth + 1));
        }
        if edges.is_empty() {
            let middle = 0.5 * (sample.total() - 1.0);
            edges.push((sample.order(middle.floor()) + sample.order(middle.ceil())) / 2.0);
        }
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        Ok(edges)
    }
}

/// Values that differ by no more are one: scikit-learn's `FEATURE_THRESHOLD`.
const APART: f32 = 1e-7;

/// The column as the tree sees it.
struct Column {
    values: Vec<f32>,
    /// The class of each value, numbered from 0.
    classes: Vec<usize>,
    weights: Option<Vec<f64>>,
    /// The number of classes.
    count: usize,
    total: f64,
}

/// The weight of each class, and their sum.
#[derive(Clone)]
struct Weights {
    classes: Vec<f64>,
    total: f64,
}

impl Weights {
    fn none(classes: usize) -> Self {
        Self { classes: vec![0.0; classes], total: 0.0 }
    }
}

struct Split {
    /// The position of the first value of the right side.
    at: usize,
    threshold: f64,
    /// The impurity of each side.
    left: f64,
    right: f64,
}

impl Column {
    fn new(sample: &Sample, labels: &[usize]) -> Self {
        let mut known = labels.to_vec();
        known.sort_unstable();
        known.dedup();
        Self {
            values: sample.values().iter().map(|value| *value as f32).collect(),
            classes: labels.iter().map(|label| known.partition_point(|other| other < label)).collect(),
            weights: sample.counts().map(<[f64]>::to_vec),
            count: known.len(),
            total: sample.total(),
        }
    }

    fn weigh(&self, node: &Range<usize>) -> Weights {
        let mut weights = Weights::none(self.count);
        node.clone().for_each(|at| self.add(at, &mut weights));
        weights
    }

    fn add(&self, at: usize, weights: &mut Weights) {
        let weight = self.weights.as_ref().map_or(1.0, |each| each[at]);
        weights.classes[self.classes[at]] += weight;
        weights.total += weight;
    }

    /// The entropy of the classes, in bits. The order of the steps is scikit-learn's: it decides between splits that are
    /// equally good but for rounding.
    fn impurity(&self, weights: &Weights) -> f64 {
        let mut entropy = 0.0;
        for weight in weights.classes.iter().filter(|weight| **weight > 0.0) {
            let share = weight / weights.total;
            entropy -= share * (share.ln() / std::f64::consts::LN_2);
        }
        entropy
    }

    /// The best split of a node, if it has one.
    fn split(&self, node: &Range<usize>, impurity: f64) -> Option<Split> {
        let values = &self.values;
        if values[node.end - 1] <= values[node.start] + APART {
            return None;
        }
        let all = self.weigh(node);
        let (mut left, mut right) = (Weights::none(self.count), all.clone());
        let mut best = f64::NEG_INFINITY;
        let mut found = None;
        for at in node.start + 1..node.end {
            self.add(at - 1, &mut left);
            if values[at] <= values[at - 1] + APART {
                continue;
            }
            for (right, (all, left)) in right.classes.iter_mut().zip(all.classes.iter().zip(&left.classes)) {
                *right = all - left;
            }
            right.total = all.total - left.total;
            let sides = (self.impurity(&left), self.impurity(&right));
            let quality = -right.total * sides.1 - left.total * sides.0;
            if quality > best {
                best = quality;
                let gain = impurity - (right.total / all.total * sides.1) - (left.total / all.total * sides.0);
                let threshold = f64::from(values[at - 1]) / 2.0 + f64::from(values[at]) / 2.0;
                found = Some((gain, Split { at, threshold, left: sides.0, right: sides.1 }));
            }
        }
        let (gain, split) = found?;
        // Rounding alone does not keep a node whole.
        (all.total / self.total * gain + f64::EPSILON >= 0.0).then_some(split)
    }
}
