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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tract_onnx::pb::AttributeProto;

    use super::*;

    fn ints(name: &str, ints: &[i64]) -> AttributeProto {
        AttributeProto { name: name.into(), ints: ints.into(), ..Default::default() }
    }

    /// One tree: 0 leads to 1 and 2, 1 to 3 and 4.
    fn tree(yes: [i64; 5], no: [i64; 5]) -> NodeProto {
        let modes: Vec<Vec<u8>> =
            [&b"BRANCH_LEQ"[..], b"BRANCH_LEQ", b"LEAF", b"LEAF", b"LEAF"].map(<[u8]>::to_vec).into();
        let modes = AttributeProto { name: "nodes_modes".into(), strings: modes, ..Default::default() };
        let attribute = vec![
            ints("nodes_treeids", &[0; 5]),
            ints("nodes_nodeids", &[0, 1, 2, 3, 4]),
            ints("nodes_featureids", &[0, 2, 0, 0, 0]),
            ints("nodes_truenodeids", &yes),
            ints("nodes_falsenodeids", &no),
            modes,
        ];
        NodeProto { op_type: "TreeEnsembleRegressor".into(), input: vec!["x".into()], attribute, ..Default::default() }
    }

    /// The same, with leaves apart from the branches: branch 0 leads to branch 1 and leaf 0, branch 1 to leaves 1 and 2.
    fn apart(yes: [i64; 2], no_leaf: [i64; 2]) -> NodeProto {
        let attribute = vec![
            ints("tree_roots", &[0]),
            ints("nodes_featureids", &[0, 2]),
            ints("nodes_truenodeids", &yes),
            ints("nodes_falsenodeids", &[0, 2]),
            ints("nodes_trueleafs", &[0, 1]),
            ints("nodes_falseleafs", &no_leaf),
            ints("leaf_targetids", &[0, 0, 0]),
        ];
        NodeProto { op_type: "TreeEnsemble".into(), input: vec!["x".into()], attribute, ..Default::default() }
    }

    #[test]
    fn ways_that_do_not_end_are_found() {
        assert_eq!(ends(&tree([1, 3, 0, 0, 0], [2, 4, 0, 0, 0])), Ok(()));
        assert_eq!(ends(&tree([1, 0, 0, 0, 0], [2, 4, 0, 0, 0])), Err("no way leads to its node 0".into()));
        assert_eq!(ends(&tree([1, 3, 0, 0, 0], [2, 2, 0, 0, 0])), Err("two ways lead to its node 2".into()));
        assert_eq!(ends(&tree([1, 3, 0, 0, 0], [2, 9, 0, 0, 0])), Err("its node 1 leads to none".into()));
        assert_eq!(ends(&apart([1, 1], [1, 1])), Ok(()));
        assert_eq!(ends(&apart([1, 3], [1, 1])), Err("its node 1 leads to none".into()));
        assert_eq!(ends(&apart([0, 1], [1, 1])), Err("two ways lead to its node 0".into()));
        assert_eq!(ends(&apart([1, 1], [1, 0])), Err("its node 1 leads to none".into()));
    }

    #[test]
    fn features_are_checked_against_widths() {
        let graph = GraphProto { node: vec![tree([1, 3, 0, 0, 0], [2, 4, 0, 0, 0])], ..Default::default() };
        let bounds = TreeBounds::of(&graph, &[true]).unwrap();
        let widths = |width| move || Ok(BTreeMap::from([("x".to_string(), width)]));
        assert_eq!(bounds.check(widths(2)), Err("its trees use 3 columns of \"x\", which has 2".into()));
        assert_eq!(bounds.check(widths(3)), Ok(()));
        assert!(TreeBounds::of(&graph, &[false]).unwrap().features.is_empty());
    }
}
