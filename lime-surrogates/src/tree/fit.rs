//! A fitted regression tree.

use std::fmt;
use std::sync::Arc;

use lime_core::{LocalModel, Real};

use super::grow::Vertex;
use super::prune::{self, PruningStep};
use super::rules;
use crate::Error;

/// The nodes of a tree, for as many outputs as were fitted together, and what is asked of it in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// In preorder, the root first; there is one.
    pub(super) nodes: Vec<Vertex>,
    /// Whether each output's answers vary by more than rounding.
    pub(super) varies: Vec<bool>,
    /// For each feature, whether it says with 0 and 1 that a level is absent or present.
    pub(super) levels: Arc<[bool]>,
    /// The instance x'.
    pub(super) origin: Arc<[f64]>,
    /// The active features as they were given.
    pub(super) active: Arc<[usize]>,
}

impl Tree {
    /// The tree pruned at a price of a leaf.
    pub(super) fn pruned(&self, alpha: f64) -> Self {
        Self { nodes: prune::prune(&self.nodes, alpha), ..self.clone() }
    }

    /// The position of the leaf of a sample that is long enough.
    pub(super) fn leaf<F: Real>(&self, z: &[F]) -> usize {
        let mut at = 0;
        while let Some(split) = &self.nodes[at].split {
            at = if z[split.feature].wide() <= split.threshold { split.left } else { split.right };
        }
        at
    }

    /// Calls with each leaf, from left to right, and the nodes above it from the root on.
    pub(super) fn each_leaf(&self, mut call: impl FnMut(&[usize], usize)) {
        let mut path = Vec::new();
        for (position, node) in self.nodes.iter().enumerate() {
            path.truncate(node.depth);
            match node.split {
                Some(_) => path.push(position),
                None => call(&path, position),
            }
        }
    }

    /// The share of the fall in impurity that is each feature's, by index; all 0 where it does not fall by more than rounding.
    fn importances(&self) -> Vec<f64> {
        let mut importances = vec![0.0; self.origin.len()];
        let mut total = 0.0;
        for split in self.nodes.iter().filter_map(|node| node.split) {
            importances[split.feature] += split.gain;
            total += split.gain;
        }
        let squares: f64 = self.nodes[0].squares.iter().sum();
        let scale = if total > f64::EPSILON * squares { 1.0 / total } else { 0.0 };
        importances.into_iter().map(|importance| importance * scale).collect()
    }

    /// Weighted R2 for an output; NaN where its answers do not vary.
    fn score(&self, output: usize) -> f64 {
        let total = self.nodes[0].squares[output];
        if !self.varies[output] || total <= 0.0 {
            return f64::NAN;
        }
        let leaves = self.nodes.iter().filter(|node| node.split.is_none());
        1.0 - leaves.map(|leaf| leaf.squares[output]).sum::<f64>() / total
    }
}

/// What [`DecisionTree`](crate::DecisionTree) fits: a regression tree, seen as the surrogate of one target.
///
/// Its [`weights`](LocalModel::weights) are the impurity-based importances of the active features: the share of the whole fall
/// in impurity that was gained by splitting on each, summing to 1, and all 0 where nothing was gained (scikit-learn's
/// `feature_importances_`). They have no sign and there is no intercept; what the features do is in the
/// [`rules`](LocalModel::rules), one a leaf:
///
/// ```text
/// petal width <= 0.8: 0.98 (weight 31 %)
/// 0.8 < petal width <= 1.75 and sepal length > 4.95: 0.02 (weight 44 %)
/// ```
///
/// - The instance's own rule comes first, the others follow as their leaves stand from left to right.
/// - Conditions on one feature are one condition, in the place of the first.
/// - A feature that is 1 where the sample has the instance's own level and else 0 ([`Law::Levels`](lime_core::Law::Levels), and
///   no other value among the samples) is "a" where it is 1 and "not a" where it is 0, or "not (a b)" where the name is not one
///   word. A tree without splits has the rule "always".
/// - Thresholds have four significant digits, or as many more as it takes to separate the samples; predictions four, or as many
///   more as a thousandth of the answers' standard deviation needs. [`TreeNode`] has all digits.
/// - The weight is the share of the samples' weight in the leaf.
///
/// Printing the fit draws the tree, with the features as z0, z1 and so on.
///
/// ```
/// use lime_core::nalgebra::{DMatrix, dmatrix};
/// use lime_core::{Evidence, Fitting, LocalModel, Rows, Space, Surrogate};
/// use lime_surrogates::DecisionTree;
///
/// let z = dmatrix![1.0, 1.0; 1.0, 0.0; 0.0, 1.0; 0.0, 0.0];
/// let (y, none) = (dmatrix![5.0; 3.0; 1.0; 1.0], DMatrix::zeros(4, 0));
/// let (space, tree) = (Space::<f64>::masks(2), DecisionTree::default());
/// let mut record = tree.evidence(&space, &[5.0]);
/// record.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// let fit = tree.fit(&Fitting::new(&space, &record), &[0, 1], &[0])?.remove(0);
///
/// let names = ["good".to_string(), "not bad".to_string()];
/// assert_eq!(fit.rules(&names), [
///     "good and not bad: 5 (weight 25 %)",
///     "not good: 1 (weight 50 %)",
///     "good and not (not bad): 3 (weight 25 %)",
/// ]);
/// assert_eq!(fit.to_string(), "\
/// z0 <= 0.5
/// |   1 (weight 50 %)
/// z0 > 0.5
/// |   z1 <= 0.5
/// |   |   3 (weight 25 %)
/// |   z1 > 0.5
/// |   |   5 (weight 25 %)
/// ");
/// assert_eq!(fit.predict(&[1.0, 0.0])?, 3.0);
/// assert_eq!(fit.weights(), [(0, 9.0 / 11.0), (1, 2.0 / 11.0)]);
/// let alphas: Vec<(f64, usize)> = fit.pruning_path().iter().map(|step| (step.alpha, step.leaves)).collect();
/// assert_eq!(alphas, [(0.0, 3), (0.5, 2), (2.25, 1)]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TreeFit {
    tree: Arc<Tree>,
    output: usize,
    importances: Vec<(usize, f64)>,
    local_prediction: f64,
    score: f64,
}

impl TreeFit {
    /// A tree as the surrogate of one of its outputs.
    pub(super) fn new(tree: Arc<Tree>, output: usize) -> Self {
        let importances = tree.importances();
        Self {
            importances: tree.active.iter().map(|&feature| (feature, importances[feature])).collect(),
            local_prediction: tree.nodes[tree.leaf(&tree.origin)].means[output],
            score: tree.score(output),
            tree,
            output,
        }
    }

    /// The tree's prediction for a sample z', d' long. A coordinate that is NaN goes right.
    ///
    /// # Errors
    /// [`Error::Coordinates`] for another length.
    pub fn predict<F: Real>(&self, z: &[F]) -> Result<f64, Error> {
        Ok(self.leaf(z)?.value())
    }

    /// The leaf of a sample z', d' long.
    ///
    /// # Errors
    /// [`Error::Coordinates`] for another length.
    pub fn leaf<F: Real>(&self, z: &[F]) -> Result<TreeNode<'_>, Error> {
        let expected = self.tree.origin.len();
        if z.len() != expected {
            return Err(Error::Coordinates { found: z.len(), expected });
        }
        Ok(TreeNode { fit: self, position: self.tree.leaf(z) })
    }

    /// The root.
    pub fn root(&self) -> TreeNode<'_> {
        TreeNode { fit: self, position: 0 }
    }

    /// All nodes: a node before those below it, and what is left of it before what is right.
    pub fn nodes(&self) -> impl Iterator<Item = TreeNode<'_>> {
        (0..self.tree.nodes.len()).map(|position| TreeNode { fit: self, position })
    }

    /// The number of leaves.
    pub fn leaves(&self) -> usize {
        self.tree.nodes.iter().filter(|node| node.split.is_none()).count()
    }

    /// The number of splits on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        self.tree.nodes.iter().map(|node| node.depth).max().unwrap_or(0)
    }

    /// The number of targets this tree was fitted to: 1, or more if it is a [joint](crate::DecisionTree::joint) one.
    pub fn outputs(&self) -> usize {
        self.tree.varies.len()
    }

    /// The mean over all targets of the tree of their weighted R2 (scikit-learn's `score`); targets whose answers do not vary
    /// are left out (they are 1 or 0 in scikit-learn), and it is NaN where none varies.
    pub fn average_score(&self) -> f64 {
        let scores: Vec<f64> =
            (0..self.outputs()).map(|output| self.tree.score(output)).filter(|score| !score.is_nan()).collect();
        if scores.is_empty() { f64::NAN } else { scores.iter().sum::<f64>() / scores.len() as f64 }
    }

    /// The sequence of subtrees that minimal cost-complexity pruning makes of this tree, from all of it to the root alone.
    ///
    /// With R(T) the impurity of a tree (the weighted mean of its leaves', and of its targets') and |T| the number of its leaves,
    /// the subtree for a price alpha of a leaf is the smallest one that minimises
    ///
    /// ```text
    /// R_alpha(T) = R(T) + alpha |T|
    /// ```
    ///
    /// The subtrees for rising alpha are nested, and each follows from the one before by cutting the nodes t with the least
    /// (R(t) - R(T_t)) / (|T_t| - 1), T_t being what is below t: Breiman et al. (1984), section 3.3. As scikit-learn's
    /// `cost_complexity_pruning_path`, except that equally weak links are cut in one step, and that the first step, alpha 0, is
    /// without splits that gained nothing. O(m h log m) for m nodes and depth h.
    pub fn pruning_path(&self) -> Vec<PruningStep> {
        prune::path(&self.tree.nodes)
    }

    /// This tree pruned at a price `alpha` of a leaf, finite and 0 or above: the step of its
    /// [`pruning_path`](Self::pruning_path) with the greatest alpha up to that.
    ///
    /// # Errors
    /// [`Error::Pruning`] for other values.
    pub fn pruned(&self, alpha: f64) -> Result<Self, Error> {
        Ok(Self::new(Arc::new(self.tree.pruned(prune::check_alpha(alpha)?)), self.output))
    }
}

impl LocalModel for TreeFit {
    fn intercept(&self) -> Option<f64> {
        None
    }

    fn weights(&self) -> &[(usize, f64)] {
        &self.importances
    }

    fn local_prediction(&self) -> f64 {
        self.local_prediction
    }

    fn score(&self) -> f64 {
        self.score
    }

    fn rules(&self, names: &[String]) -> Vec<String> {
        rules::rules(&self.tree, self.output, names)
    }
}

impl fmt::Display for TreeFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rules::drawing(&self.tree, self.output))
    }
}

/// A node of a [`TreeFit`], to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreeNode<'a> {
    fit: &'a TreeFit,
    position: usize,
}

impl<'a> TreeNode<'a> {
    fn vertex(&self) -> &'a Vertex {
        &self.fit.tree.nodes[self.position]
    }

    /// The feature it is split on and the threshold, up to which samples go left; none for a leaf.
    pub fn split(&self) -> Option<(usize, f64)> {
        self.vertex().split.map(|split| (split.feature, split.threshold))
    }

    /// The nodes of the samples that go left and right; none for a leaf.
    pub fn children(&self) -> Option<(TreeNode<'a>, TreeNode<'a>)> {
        let split = self.vertex().split?;
        let at = |position| TreeNode { fit: self.fit, position };
        Some((at(split.left), at(split.right)))
    }

    /// Whether it is a leaf.
    pub fn is_leaf(&self) -> bool {
        self.vertex().split.is_none()
    }

    /// The number of splits above it.
    pub fn depth(&self) -> usize {
        self.vertex().depth
    }

    /// The number of its samples, of those with a weight above zero.
    pub fn samples(&self) -> usize {
        self.vertex().samples
    }

    /// The share of the samples' weight that is in it, 0 to 1.
    pub fn share(&self) -> f64 {
        self.vertex().weight / self.fit.tree.nodes[0].weight
    }

    /// The weighted mean of its samples' answers to the fit's target: what a leaf predicts.
    pub fn value(&self) -> f64 {
        self.vertex().means[self.fit.output]
    }

    /// Its impurity: the weighted variance of its samples' answers, the mean of it over the targets of the tree.
    pub fn impurity(&self) -> f64 {
        let vertex = self.vertex();
        vertex.squares.iter().sum::<f64>() / (vertex.weight * vertex.squares.len() as f64)
    }
}
