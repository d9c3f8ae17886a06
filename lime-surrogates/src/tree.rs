//! A regression tree.

mod fit;
mod grow;
mod prune;
mod rules;
mod samples;

use std::sync::Arc;

use lime_core::{BoxError, Fitting, Law, Real, Record, Space, Surrogate};

pub use fit::{TreeFit, TreeNode};
pub use prune::PruningStep;

use crate::Error;
use crate::equations::check;
use fit::Tree;
use grow::{Grower, Limits};
use samples::Samples;

/// A regression tree grown by weighted least squares: CART (Breiman, Friedman, Olshen and Stone, 1984, "Classification and
/// Regression Trees", chapter 8).
///
/// A node holds the samples of a box, predicts their weighted mean and has the impurity
///
/// ```text
/// i(t) = sum_i w_i (y_i - mean(t))^2 / w(t),    w(t) = sum_i w_i     over the samples of the node
/// ```
///
/// It is split on the active feature and at the threshold, z_j <= threshold to the left, that lower the impurity most:
///
/// ```text
/// gain(t) = w(t) / w(root) [ i(t) - w(l)/w(t) i(l) - w(r)/w(t) i(r) ]
/// ```
///
/// Splits, thresholds and predictions are those of scikit-learn's `DecisionTreeRegressor`, whose names the parameters keep:
///
/// | parameter | default | range | scikit-learn |
/// |---|---|---|---|
/// | [`max_depth`](Self::max_depth), [`without_max_depth`](Self::without_max_depth) | 3 | >= 1, or none | `max_depth` |
/// | [`max_leaves`](Self::max_leaves) | none | >= 2 | `max_leaf_nodes` |
/// | [`min_samples_leaf`](Self::min_samples_leaf) | 1 | >= 1 | `min_samples_leaf` |
/// | [`min_weight_leaf`](Self::min_weight_leaf) | 0 | 0 to 0.5, of all weight | `min_weight_fraction_leaf` |
/// | [`min_impurity_decrease`](Self::min_impurity_decrease) | 0 | finite, >= 0, in squared answers | `min_impurity_decrease` |
/// | [`prune`](Self::prune) | none | finite, >= 0, in squared answers a leaf | `ccp_alpha` |
/// | [`joint`](Self::joint) | a tree for each target | | `y` with several columns |
///
/// The default depth makes at most 8 rules of at most 3 conditions: an explanation is to be read. Trees as surrogates for one
/// prediction, and of all classes at once: Sokol and Flach (2020), "LIMEtree: Consistent and Faithful Surrogate Explanations of
/// Multiple Classes".
///
/// # What it decides where a choice is open
/// - A threshold lies midway between neighbouring values, or at the lower one where no number lies between. Values that differ
///   from their neighbour by no more than 1e-7 are the same, so a feature's unit is to be far above that.
/// - Equal gains (within 1e-12 of the node's sum of squares) go to the lower feature, then to the lower threshold, and equal
///   nodes of a best-first tree to the one made first. scikit-learn draws the order of the features.
/// - A split that gains nothing is made where there is none better, as in scikit-learn: two features of which only the parity
///   counts can be told only by splitting on both. [`prune`](Self::prune) with 0 takes back what came to nothing.
/// - A node is pure where its impurity is at most 2^-52 of the root's, or no more than the rounding of the answers
///   (scikit-learn: at most 2^-52 whatever the answers' unit). So scaling or shifting the answers does not change the tree.
/// - Samples of weight zero do not exist.
/// - Features are compared as they are (scikit-learn rounds them to 32 bits first).
///
/// # Cost
/// O(d n log n) to sort the columns once for all targets, only O(d n) where they have two values as masks and bins do, then
/// O(d n k) a level for k targets. The evidence keeps all rows, O(n (d + k)). `cargo bench -p lime-bench --bench surrogates`
/// measures the default tree beside the other surrogates.
///
/// # Errors
/// Fitting fails with [`Error::NotFinite`] where the answers are too large to square, [`Error::NoWeight`] where no sample
/// counts, and [`Error::NoFeature`], [`Error::ListedTwice`] and [`Error::NoTarget`] for features and targets that are none.
///
/// ```
/// use lime_core::nalgebra::DMatrix;
/// use lime_core::{Direct, Explainer, Space, model_fn};
/// use lime_kernels::Radial;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{DecisionTree, selection::NoSelection};
///
/// // Both parts together make the answer.
/// let model = model_fn(|z: &DMatrix<f64>| DMatrix::from_fn(z.nrows(), 1, |i, _| 1.0 + z[(i, 0)] * z[(i, 2)]));
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, DecisionTree::default()).samples(500);
/// let explanation = explainer.explain(&Direct::new(Space::masks(3)), &model).unwrap();
/// let target = &explanation.targets[0];
/// assert_eq!((target.intercept, target.local_prediction, target.score), (None, 2.0, 1.0));
/// assert_eq!(target.dense(3)[1], 0.0);
/// assert!(target.rules[0].starts_with("z0 and z2: 2 (weight "));
/// assert!(target.rules[1].starts_with("not z0: 1 (weight "));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DecisionTree {
    limits: Limits,
    pruning: Option<f64>,
    joint: bool,
}

impl DecisionTree {
    /// A tree of at most this depth: 1 or more. Depth 1 is a single split.
    ///
    /// # Errors
    /// [`Error::TreeDepth`] for 0.
    pub fn new(max_depth: usize) -> Result<Self, Error> {
        Self::default().max_depth(max_depth)
    }

    /// The same with at most this depth: 1 or more.
    ///
    /// # Errors
    /// [`Error::TreeDepth`] for 0.
    pub fn max_depth(mut self, depth: usize) -> Result<Self, Error> {
        if depth == 0 {
            return Err(Error::TreeDepth);
        }
        self.limits.depth = depth;
        Ok(self)
    }

    /// Lets the tree grow as deep as the other parameters allow.
    #[must_use]
    pub fn without_max_depth(mut self) -> Self {
        self.limits.depth = usize::MAX;
        self
    }

    /// At most this many leaves, 2 or more, and no more than the depth allows. The tree then grows best first, always at the node
    /// whose split gains most, and not depth first.
    ///
    /// # Errors
    /// [`Error::TreeLeaves`] for less than 2.
    pub fn max_leaves(mut self, leaves: usize) -> Result<Self, Error> {
        if leaves < 2 {
            return Err(Error::TreeLeaves { leaves });
        }
        self.limits.leaves = Some(leaves);
        Ok(self)
    }

    /// At least this many samples of a weight above zero in every leaf: 1 or more.
    ///
    /// # Errors
    /// [`Error::LeafSamples`] for 0.
    pub fn min_samples_leaf(mut self, samples: usize) -> Result<Self, Error> {
        if samples == 0 {
            return Err(Error::LeafSamples);
        }
        self.limits.leaf_samples = samples;
        Ok(self)
    }

    /// At least this share of the samples' weight in every leaf: 0 to 0.5.
    ///
    /// # Errors
    /// [`Error::LeafWeight`] for other values.
    pub fn min_weight_leaf(mut self, share: f64) -> Result<Self, Error> {
        if !(0.0..=0.5).contains(&share) {
            return Err(Error::LeafWeight { value: share });
        }
        self.limits.leaf_weight = share;
        Ok(self)
    }

    /// Splits gain at least this much, in the square of the answers' unit: finite, 0 or above.
    ///
    /// # Errors
    /// [`Error::ImpurityDecrease`] for other values.
    pub fn min_impurity_decrease(mut self, decrease: f64) -> Result<Self, Error> {
        if !(decrease >= 0.0 && decrease.is_finite()) {
            return Err(Error::ImpurityDecrease { value: decrease });
        }
        self.limits.decrease = decrease;
        Ok(self)
    }

    /// Prunes the grown tree to the smallest subtree that minimises its impurity plus `alpha` a leaf: Breiman's minimal
    /// cost-complexity pruning, see [`TreeFit::pruned`]. Finite, 0 or above; 0 only takes back splits that gained nothing
    /// (scikit-learn's default of 0 does not prune at all, which here is not to call this).
    ///
    /// # Errors
    /// [`Error::Pruning`] for other values.
    pub fn prune(mut self, alpha: f64) -> Result<Self, Error> {
        self.pruning = Some(prune::check_alpha(alpha)?);
        Ok(self)
    }

    /// One tree for all targets that are fitted together, instead of one a target: so they are explained by the same rules. Its
    /// impurity is the mean of theirs as they are, so a target of large variance counts for more. Targets are fitted together if
    /// the selection gives them the same features, as [`NoSelection`](crate::selection::NoSelection) does.
    #[must_use]
    pub fn joint(mut self) -> Self {
        self.joint = true;
        self
    }
}

impl<F: Real> Surrogate<F> for DecisionTree {
    type Evidence = Record<F>;
    type Fit = TreeFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Record<F> {
        Record::new(space, prediction)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Record<F>>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<TreeFit>, BoxError> {
        let (space, moments) = (given.space(), given.moments());
        check(moments, active, targets)?;
        let known = space.features();
        if let Some(&feature) = active.iter().find(|&&j| j >= known) {
            return Err(Error::NoFeature { feature, features: known }.into());
        }
        let mut features = active.to_vec();
        features.sort_unstable();
        let samples = Samples::new(given.evidence(), &features, targets);
        if samples.rows() == 0 {
            return Err(Error::NoWeight.into());
        }
        let masks = samples.masks(space.features()).into_iter().zip(space.laws());
        let levels: Arc<[bool]> = masks.map(|(mask, law)| mask && matches!(law, Law::Levels { .. })).collect();
        let origin: Arc<[f64]> = space.origin().iter().map(|x| x.wide()).collect();
        let active: Arc<[usize]> = active.into();
        let grow = |columns: &[usize]| -> Result<Arc<Tree>, Error> {
            let nodes = Grower::new(&samples, columns, &self.limits).grow()?;
            let varies = columns.iter().map(|&column| moments.total(targets[column]) > 0.0).collect();
            let (levels, origin, active) = (levels.clone(), origin.clone(), active.clone());
            let tree = Tree { nodes, varies, levels, origin, active };
            Ok(Arc::new(match self.pruning {
                Some(alpha) => tree.pruned(alpha),
                None => tree,
            }))
        };
        let columns: Vec<usize> = (0..targets.len()).collect();
        let mut fits = Vec::with_capacity(targets.len());
        for together in columns.chunks(if self.joint { columns.len().max(1) } else { 1 }) {
            let tree = grow(together)?;
            fits.extend((0..together.len()).map(|output| TreeFit::new(tree.clone(), output)));
        }
        Ok(fits)
    }
}
