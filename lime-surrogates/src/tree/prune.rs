//! Minimal cost-complexity pruning.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::grow::Vertex;
use crate::Error;

/// Links whose alphas differ by no more than this share are equally weak.
const TIE: f64 = 1e-12;

/// A subtree of the sequence that minimal cost-complexity pruning makes:
/// [`TreeFit::pruning_path`](crate::TreeFit::pruning_path).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PruningStep {
    /// The price of a leaf from which on this subtree is the smallest of the cheapest, up to the next step's.
    pub alpha: f64,
    /// The number of its leaves.
    pub leaves: usize,
    /// Its impurity: the mean of its leaves' by weight.
    pub impurity: f64,
}

/// A price of a leaf, if it is one.
pub(super) fn check_alpha(alpha: f64) -> Result<f64, Error> {
    if alpha >= 0.0 && alpha.is_finite() { Ok(alpha) } else { Err(Error::Pruning { value: alpha }) }
}

/// An inner node as a link that can be cut, the weakest greatest.
#[derive(Debug, PartialEq)]
struct Link {
    alpha: f64,
    node: usize,
    /// The leaves below when the link was weighed; with other leaves below it is out of date.
    leaves: usize,
}

impl Eq for Link {}

impl Ord for Link {
    fn cmp(&self, other: &Self) -> Ordering {
        other.alpha.total_cmp(&self.alpha).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Link {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A tree whose weakest links are cut one after the other.
struct Pruner<'a> {
    nodes: &'a [Vertex],
    parent: Vec<Option<usize>>,
    /// The leaves below each node: 1 where it is a leaf or has been cut, 0 where it is no longer in the tree.
    leaves: Vec<usize>,
    /// By how much all splits below lower the sum of squares. Sums of gains, not differences of squares, keep their digits.
    gain: Vec<f64>,
    /// The sum of squares that the leaves below leave.
    residual: Vec<f64>,
    links: BinaryHeap<Link>,
    /// Weight times outputs: what sums of squares are divided by.
    scale: f64,
}

impl<'a> Pruner<'a> {
    /// Nodes in preorder.
    fn new(nodes: &'a [Vertex]) -> Self {
        let n = nodes.len();
        let scale = nodes.first().map_or(1.0, |root| root.weight * root.means.len() as f64);
        let residual = nodes.iter().map(|node| node.squares.iter().sum()).collect();
        let (parent, leaves, gain) = (vec![None; n], vec![1; n], vec![0.0; n]);
        let mut pruner = Self { nodes, parent, leaves, gain, residual, links: BinaryHeap::new(), scale };
        for node in (0..n).rev() {
            if let Some(split) = &nodes[node].split {
                pruner.parent[split.left] = Some(node);
                pruner.parent[split.right] = Some(node);
                pruner.weigh(node);
            }
        }
        pruner
    }

    /// Sums up what is below an inner node, and makes it a link anew.
    fn weigh(&mut self, node: usize) {
        if let Some(split) = &self.nodes[node].split {
            let (left, right) = (split.left, split.right);
            self.leaves[node] = self.leaves[left] + self.leaves[right];
            self.gain[node] = split.gain + (self.gain[left] + self.gain[right]);
            self.residual[node] = self.residual[left] + self.residual[right];
            let leaves = self.leaves[node];
            self.links.push(Link { alpha: self.gain[node] / self.scale / (leaves - 1) as f64, node, leaves });
        }
    }

    /// The weakest link.
    fn weakest(&mut self) -> Option<(usize, f64)> {
        while let Some(link) = self.links.peek() {
            if self.leaves[link.node] == link.leaves {
                return Some((link.node, link.alpha));
            }
            self.links.pop();
        }
        None
    }

    /// Makes a node a leaf.
    fn cut(&mut self, node: usize) {
        let mut below = vec![node];
        while let Some(gone) = below.pop() {
            if self.leaves[gone] > 1
                && let Some(split) = &self.nodes[gone].split
            {
                below.extend([split.left, split.right]);
            }
            self.leaves[gone] = 0;
        }
        self.leaves[node] = 1;
        self.gain[node] = 0.0;
        self.residual[node] = self.nodes[node].squares.iter().sum();
        let mut above = self.parent[node];
        while let Some(ancestor) = above {
            self.weigh(ancestor);
            above = self.parent[ancestor];
        }
    }

    /// Cuts all links that are worth at most `alpha` a leaf, and returns the subtrees on the way.
    fn prune(&mut self, alpha: f64) -> Vec<PruningStep> {
        let root: f64 = self.nodes.first().map_or(0.0, |root| root.squares.iter().sum());
        let nothing = f64::EPSILON * root / self.scale;
        let (mut steps, mut price) = (Vec::new(), 0.0);
        while price <= alpha && !self.nodes.is_empty() {
            let mut next = f64::INFINITY;
            while let Some((node, worth)) = self.weakest() {
                if worth > price * (1.0 + TIE) + nothing {
                    next = worth;
                    break;
                }
                self.cut(node);
            }
            steps.push(PruningStep { alpha: price, leaves: self.leaves[0], impurity: self.residual[0] / self.scale });
            price = next;
        }
        steps
    }
}

/// The subtrees of some nodes in preorder, from the whole tree to its root.
pub(super) fn path(nodes: &[Vertex]) -> Vec<PruningStep> {
    Pruner::new(nodes).prune(f64::MAX)
}

/// The nodes of the smallest of the subtrees that are cheapest at a price of a leaf, in preorder.
pub(super) fn prune(nodes: &[Vertex], alpha: f64) -> Vec<Vertex> {
    let mut pruner = Pruner::new(nodes);
    pruner.prune(alpha);
    preorder(nodes, |node| pruner.leaves[node] == 1)
}

/// Nodes in preorder, the root first, of which some become leaves.
pub(super) fn preorder(nodes: &[Vertex], is_leaf: impl Fn(usize) -> bool) -> Vec<Vertex> {
    let mut ordered: Vec<Vertex> = Vec::new();
    // A node, and where its parent's split has to point to it: left or right.
    let mut stack: Vec<(usize, Option<(usize, bool)>)> = if nodes.is_empty() { Vec::new() } else { vec![(0, None)] };
    while let Some((node, parent)) = stack.pop() {
        let position = ordered.len();
        if let Some((parent, is_left)) = parent
            && let Some(split) = &mut ordered[parent].split
        {
            *(if is_left { &mut split.left } else { &mut split.right }) = position;
        }
        let mut vertex = nodes[node].clone();
        if is_leaf(node) {
            vertex.split = None;
        }
        if let Some(split) = &vertex.split {
            stack.extend([(split.right, Some((position, false))), (split.left, Some((position, true)))]);
        }
        ordered.push(vertex);
    }
    ordered
}
