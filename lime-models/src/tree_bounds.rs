//! What tree ensembles ask for and what they get. ONNX Runtime checks neither the numbers of features nor whether a way through
//! the nodes ends.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tract_onnx::pb::{GraphProto, NodeProto};

use crate::Error;
use crate::graph::{everything_in, name, operator};

/// The inputs of the tree ensembles of a graph, with the number of features that each needs.
#[derive(Debug)]
pub(crate) struct TreeBounds {
    /// By the name of the value.
    pub(crate) features: BTreeMap<String, usize>,
    checked: OnceLock<()>,
}

impl TreeBounds {
    /// Those of the nodes that are kept.
    pub(crate) fn of(graph: &GraphProto, kept: &[bool]) -> Result<Self, Error> {
        let mut features = BTreeMap::new();
        for (node, _) in graph.node.iter().zip(kept).filter(|(_, kept)| **kept) {
            for (depth, inner) in everything_in(node).into_iter().enumerate() {
                if !inner.op_type.starts_with("TreeEnsemble") {
                    continue;
                }
                let wrong = |reason: &str| Error::Operator {
                    operator: operator(inner),
                    node: name(inner),
                    reason: reason.into(),
                };
                if depth > 0 {
                    return Err(wrong("it is within another operator, where its features cannot be checked"));
                }
                ends(inner).map_err(|reason| wrong(&reason))?;
                let ids = inner.attribute.iter().find(|a| a.name == "nodes_featureids").map_or(&[][..], |a| &a.ints);
                let ids: Result<Vec<usize>, _> = ids.iter().map(|&id| usize::try_from(id)).collect();
                let ids = ids.map_err(|_| wrong("it asks for a feature of negative number"))?;
                let Some(input) = inner.input.first() else { return Err(wrong("it has no input")) };
                let needed: &mut usize = features.entry(input.clone()).or_default();
                *needed = (*needed).max(ids.iter().max().map_or(0, |last| last.saturating_add(1)));
            }
        }
        Ok(TreeBounds { features, checked: OnceLock::new() })
    }

    /// Checks them once, given the widths of these values.
    pub(crate) fn check(&self, widths: impl FnOnce() -> Result<BTreeMap<String, usize>, String>) -> Result<(), String> {
        if self.checked.get().is_some() {
            return Ok(());
        }
        let widths = widths()?;
        for (value, needed) in &self.features {
            let width = widths.get(value).copied().unwrap_or(0);
            if width < *needed {
                return Err(format!("its trees use {needed} columns of \"{value}\", which has {width}"));
            }
        }
        self.checked.get_or_init(|| ());
        Ok(())
    }
}

/// Where a branch leads: to a node, by its place, or to a leaf that is none.
enum Way {
    Node(usize),
    Leaf,
}

/// Checks that every way from a root ends: that each node is reached once.
fn ends(node: &NodeProto) -> Result<(), String> {
    let ints = |name: &str| node.attribute.iter().find(|a| a.name == name).map_or(&[][..], |a| &a.ints);
    let (yes, no) = (ints("nodes_truenodeids"), ints("nodes_falsenodeids"));
    let count = yes.len();
    if no.len() != count || ints("nodes_featureids").len() != count {
        return Err("its attributes nodes_* are not of one length".into());
    }
    let place = |number: i64, end: usize| usize::try_from(number).ok().filter(|&place| place < end);

    if node.op_type == "TreeEnsemble" {
        let roots = ints("tree_roots").iter().map(|&root| place(root, count));
        let roots: Option<Vec<usize>> = roots.collect();
        let (yes_leaf, no_leaf, leaves) =
            (ints("nodes_trueleafs"), ints("nodes_falseleafs"), ints("leaf_targetids").len());
        if yes_leaf.len() != count || no_leaf.len() != count {
            return Err("its attributes nodes_* are not of one length".into());
        }
        let way = |to: i64, leaf: i64| {
            if leaf != 0 { place(to, leaves).map(|_| Way::Leaf) } else { place(to, count).map(Way::Node) }
        };
        let ways = |n: usize| Some([way(yes[n], yes_leaf[n])?, way(no[n], no_leaf[n])?]);
        return reached_once(count, roots.ok_or("it has a root that is no node")?, ways);
    }

    let (trees, ids) = (ints("nodes_treeids"), ints("nodes_nodeids"));
    let modes = node.attribute.iter().find(|a| a.name == "nodes_modes").map_or(&[][..], |a| &a.strings);
    if trees.len() != count || ids.len() != count || modes.len() != count {
        return Err("its attributes nodes_* are not of one length".into());
    }
    let places: BTreeMap<(i64, i64), usize> = (0..count).map(|n| ((trees[n], ids[n]), n)).collect();
    if places.len() != count {
        return Err("two of its nodes have one number".into());
    }
    let branches = |n: &usize| modes[*n] != b"LEAF";
    let child = |n: usize, to: i64| places.get(&(trees[n], to)).copied();
    let mut below = vec![false; count];
    for n in (0..count).filter(branches) {
        [yes[n], no[n]].into_iter().filter_map(|to| child(n, to)).for_each(|child| below[child] = true);
    }
    let roots = (0..count).filter(|&n| !below[n]).collect();
    reached_once(count, roots, |n| match branches(&n) {
        true => Some([Way::Node(child(n, yes[n])?), Way::Node(child(n, no[n])?)]),
        false => Some([Way::Leaf, Way::Leaf]),
    })
}

fn reached_once(count: usize, roots: Vec<usize>, ways: impl Fn(usize) -> Option<[Way; 2]>) -> Result<(), String> {
    let mut seen = vec![false; count];
    let mut ahead = roots;
    while let Some(node) = ahead.pop() {
        if std::mem::replace(&mut seen[node], true) {
            return Err(format!("two ways lead to its node {node}"));
        }
        for way in ways(node).ok_or_else(|| format!("its node {node} leads to none"))? {
            if let Way::Node(next) = way {
                ahead.push(next);
            }
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(node) => Err(format!("no way leads to its node {node}")),
        None => Ok(()),
    }
}
