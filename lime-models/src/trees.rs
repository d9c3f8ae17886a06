//! Ensembles of decision trees, `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of ONNX.

use lime_core::{Leaf, Leaves, Region};
use tract_onnx::pb::NodeProto;

/// An ensemble whose indices are known to lead somewhere.
#[derive(Debug)]
pub(crate) struct Forest {
    /// The nodes of all trees.
    nodes: Vec<Node>,
    /// The root of each tree.
    roots: Vec<usize>,
    /// What leaves add, to which output.
    votes: Vec<(usize, f64)>,
    /// What is added to the sum of the votes, one value each output.
    base: Vec<f64>,
    /// What the sum of the votes is multiplied with.
    scale: f64,
    transform: Transform,
    /// The highest feature a branch asks for.
    last_feature: Option<usize>,
    /// The labels of a classifier.
    labels: Option<Vec<i64>>,
}

#[derive(Debug)]
enum Node {
    Branch { feature: usize, mode: Mode, threshold: f32, missing: bool, yes: usize, no: usize },
    Leaf { first: usize, end: usize },
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Leq,
    Lt,
    Geq,
    Gt,
    Eq,
    Neq,
}

impl Mode {
    /// The 64-bit numbers that pass the comparison once they are rounded to 32 bits.
    fn region(self, threshold: f32) -> Region {
        let t = threshold;
        match self {
            // No number compares with NaN, and all differ from it.
            Mode::Neq => Mode::Eq.region(t).complement(),
            _ if t.is_nan() => Region::equal(f64::NAN),
            Mode::Leq => rounds_to_at_most(t),
            Mode::Lt => rounds_to_at_most(t.next_down()),
            Mode::Geq => rounds_to_at_most(t.next_down()).complement(),
            Mode::Gt => rounds_to_at_most(t).complement(),
            Mode::Eq => rounds_to_at_most(t).and(&rounds_to_at_most(t.next_down()).complement()),
        }
    }
}

/// The numbers that round to `t` or less: those up to the middle between it and the next. The middle itself goes to the even one.
fn rounds_to_at_most(t: f32) -> Region {
    let next = t.next_up();
    if next.is_infinite() {
        return Region::at_most(f64::INFINITY);
    }
    let middle = 0.5 * (f64::from(t) + f64::from(next));
    if t.to_bits() & 1 == 0 { Region::at_most(middle) } else { Region::below(middle) }
}

/// From the sums of the votes to the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transform {
    None,
    Softmax,
    Logistic,
    /// Two outputs 1 - s and s of one sum s.
    Complement,
    /// Two outputs -s and s of one sum s.
    Opposite,
    /// Two outputs 1 - p and p of one sum, p its logistic.
    Probability,
}

/// The attributes of a node.
struct Attributes<'a>(&'a NodeProto);

impl<'a> Attributes<'a> {
    fn ints(&self, name: &str) -> &'a [i64] {
        self.0.attribute.iter().find(|a| a.name == name).map_or(&[], |a| &a.ints)
    }

    fn floats(&self, name: &str) -> &'a [f32] {
        self.0.attribute.iter().find(|a| a.name == name).map_or(&[], |a| &a.floats)
    }

    fn strings(&self, name: &str) -> &'a [Vec<u8>] {
        self.0.attribute.iter().find(|a| a.name == name).map_or(&[], |a| &a.strings)
    }

    fn string(&self, name: &str, default: &'a str) -> &'a str {
        let given = self.0.attribute.iter().find(|a| a.name == name);
        given.map_or(default, |a| std::str::from_utf8(&a.s).unwrap_or("no text"))
    }
}

impl Forest {
    /// The ensemble in a node of the graph. The error says what is amiss with it.
    pub(crate) fn read(node: &NodeProto) -> Result<Self, String> {
        let given = Attributes(node);
        let classifier = node.op_type == "TreeEnsembleClassifier";
        let labels = classifier.then(|| given.ints("classlabels_int64s").to_vec());
        let targets = node.attribute.iter().find(|a| a.name == "n_targets").map_or(1, |a| a.i);
        let outputs = labels.as_ref().map_or(usize::try_from(targets).unwrap_or(0), Vec::len);
        let prefix = if classifier { "class" } else { "target" };
        let ballots = Ballots::read(&given, prefix, outputs)?;
        if outputs > ballots.all.len() {
            return Err(format!("it has {outputs} outputs and only {} votes for them", ballots.all.len()));
        }

        // A classifier of two classes may vote with one sum.
        let single = classifier && outputs == 2 && ballots.all.iter().all(|ballot| ballot.output == 0);
        let transform = match (given.string("post_transform", "NONE"), single) {
            ("NONE", false) => Transform::None,
            ("SOFTMAX", false) => Transform::Softmax,
            ("LOGISTIC", false) => Transform::Logistic,
            ("LOGISTIC", true) => Transform::Probability,
            ("NONE", true) if ballots.all.iter().all(|ballot| ballot.weight >= 0.0) => Transform::Complement,
            ("NONE", true) => Transform::Opposite,
            (other, _) => return Err(format!("its post_transform {other} is not supported")),
        };

        let sums = if single { 1 } else { outputs };
        let base: Vec<f64> = match given.floats("base_values") {
            [] => vec![0.0; sums],
            base if base.len() == sums => base.iter().copied().map(f64::from).collect(),
            base => return Err(format!("it has {} base_values for {sums} sum(s)", base.len())),
        };
        let mut forest = Forest {
            nodes: Vec::new(),
            roots: Vec::new(),
            votes: Vec::new(),
            base,
            scale: 1.0,
            transform,
            last_feature: None,
            labels,
        };
        forest.plant(&given, &ballots)?;
        forest.scale = match given.string("aggregate_function", "SUM") {
            "SUM" => 1.0,
            "AVERAGE" => 1.0 / forest.roots.len() as f64,
            other => return Err(format!("its aggregate_function {other} is not supported")),
        };
        Ok(forest)
    }

    /// Adds the trees.
    fn plant(&mut self, given: &Attributes<'_>, ballots: &Ballots) -> Result<(), String> {
        let (trees, ids) = (given.ints("nodes_treeids"), given.ints("nodes_nodeids"));
        let (yes, no) = (given.ints("nodes_truenodeids"), given.ints("nodes_falsenodeids"));
        let (features, thresholds) = (given.ints("nodes_featureids"), given.floats("nodes_values"));
        let (modes, missing) = (given.strings("nodes_modes"), given.ints("nodes_missing_value_tracks_true"));
        let count = modes.len();
        let lengths = [trees, ids, yes, no, features].map(<[i64]>::len);
        if count == 0
            || lengths.iter().any(|&length| length != count)
            || thresholds.len() != count
            || ![0, count].contains(&missing.len())
        {
            return Err("its attributes nodes_* are not of one length, or empty".into());
        }

        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&n| (trees[n], ids[n]));
        let mut reached = 0;
        for tree in order.chunk_by(|&a, &b| trees[a] == trees[b]) {
            let id = trees[tree[0]];
            if tree.windows(2).any(|pair| ids[pair[0]] == ids[pair[1]]) {
                return Err(format!("two nodes of tree {id} have one number"));
            }
            let root = self.nodes.len();
            self.roots.push(root);
            // The node that has a number, as its place in the tree.
            let find = |number: i64| tree.binary_search_by_key(&number, |&n| ids[n]).ok();
            for &n in tree {
                let Some(mode) = mode(&modes[n])? else {
                    let first = self.votes.len();
                    self.votes.extend(ballots.of(id, ids[n]).iter().map(|ballot| (ballot.output, ballot.weight)));
                    reached += self.votes.len() - first;
                    self.nodes.push(Node::Leaf { first, end: self.votes.len() });
                    continue;
                };
                let child = |number: i64| {
                    find(number)
                        .ok_or_else(|| format!("node {} of tree {id} leads to node {number}, which is none", ids[n]))
                };
                let feature = usize::try_from(features[n])
                    .map_err(|_| format!("node {} of tree {id} asks for feature {}", ids[n], features[n]))?;
                self.last_feature = self.last_feature.max(Some(feature));
                self.nodes.push(Node::Branch {
                    feature,
                    mode,
                    threshold: thresholds[n],
                    missing: missing.get(n).is_some_and(|&tracks| tracks != 0),
                    yes: root + child(yes[n])?,
                    no: root + child(no[n])?,
                });
            }
            if let Some(twice) = self.reached_twice(root) {
                return Err(format!("tree {id} is no tree: two ways lead to its node {}", ids[tree[twice - root]]));
            }
        }
        if reached != ballots.all.len() {
            return Err("some of its votes belong to no leaf".into());
        }
        Ok(())
    }

    /// The first node to which two ways lead from a root.
    fn reached_twice(&self, root: usize) -> Option<usize> {
        let mut seen = vec![false; self.nodes.len() - root];
        let mut ahead = vec![root];
        while let Some(node) = ahead.pop() {
            if std::mem::replace(&mut seen[node - root], true) {
                return Some(node);
            }
            if let Node::Branch { yes, no, .. } = self.nodes[node] {
                ahead.extend([yes, no]);
            }
        }
        None
    }

    /// The number of outputs.
    pub(crate) fn outputs(&self) -> usize {
        self.labels.as_ref().map_or(self.base.len(), Vec::len)
    }

    /// The number of features that the branches need.
    pub(crate) fn features(&self) -> usize {
        self.last_feature.map_or(0, |last| last + 1)
    }

    /// The labels of a classifier.
    pub(crate) fn labels(&self) -> Option<&[i64]> {
        self.labels.as_deref()
    }

    /// The same model as a sum over leaves, of rows of so many columns. The error says why it is none.
    pub(crate) fn leaves(&self, columns: usize) -> Result<Leaves, String> {
        // What the sum of the votes is to each output.
        let signs: &[(usize, f64)] = match self.transform {
            Transform::None => &[],
            Transform::Complement | Transform::Opposite => &[(0, -1.0), (1, 1.0)],
            Transform::Softmax | Transform::Logistic | Transform::Probability => {
                return Err(
                    "its scores are a logistic or softmax function of what the leaves add up to; the scores before it \
                            can be explained: export the model with the option {'raw_scores': True}"
                        .into(),
                );
            }
        };
        let base = match self.transform {
            Transform::Complement => vec![1.0 - self.base[0], self.base[0]],
            Transform::Opposite => vec![-self.base[0], self.base[0]],
            _ => self.base.clone(),
        };
        let mut leaves = Vec::new();
        for &root in &self.roots {
            let mut ahead: Vec<(usize, Vec<(usize, Region)>)> = vec![(root, Vec::new())];
            while let Some((place, path)) = ahead.pop() {
                match &self.nodes[place] {
                    Node::Leaf { first, end } => {
                        let votes = self.votes[*first..*end].iter().flat_map(|&(output, weight)| {
                            let own = signs.is_empty().then_some((output, self.scale * weight));
                            own.into_iter().chain(signs.iter().map(move |(k, sign)| (*k, sign * self.scale * weight)))
                        });
                        let leaf = Leaf::new(votes);
                        leaves.push(path.into_iter().fold(leaf, |leaf, (column, region)| leaf.when(column, region)));
                    }
                    Node::Branch { feature, mode, threshold, missing, yes, no } => {
                        let region = mode.region(*threshold).with_missing(*missing);
                        let mut other = path.clone();
                        other.push((*feature, region.complement()));
                        ahead.push((*no, other));
                        let mut path = path;
                        path.push((*feature, region));
                        ahead.push((*yes, path));
                    }
                }
            }
        }
        Leaves::new(columns, base, leaves).map_err(|error| error.to_string())
    }

    /// The outputs for one row, which has the features that the branches need.
    pub(crate) fn answer(&self, row: &[f32], outputs: &mut [f64]) {
        let sums = self.base.len();
        outputs.fill(0.0);
        for &root in &self.roots {
            let mut place = root;
            let (first, end) = loop {
                match self.nodes[place] {
                    Node::Leaf { first, end } => break (first, end),
                    Node::Branch { feature, mode, threshold, missing, yes, no } => {
                        let value = row[feature];
                        let holds = match mode {
                            _ if value.is_nan() => missing,
                            Mode::Leq => value <= threshold,
                            Mode::Lt => value < threshold,
                            Mode::Geq => value >= threshold,
                            Mode::Gt => value > threshold,
                            Mode::Eq => value == threshold,
                            Mode::Neq => value != threshold,
                        };
                        place = if holds { yes } else { no };
                    }
                }
            };
            for &(output, weight) in &self.votes[first..end] {
                outputs[output] += weight;
            }
        }
        outputs[..sums].iter_mut().zip(&self.base).for_each(|(sum, base)| *sum = *sum * self.scale + base);
        self.transform.apply(outputs);
    }
}

impl Transform {
    fn apply(self, outputs: &mut [f64]) {
        let logistic = |sum: f64| 1.0 / (1.0 + (-sum).exp());
        match self {
            Transform::None => {}
            Transform::Logistic => outputs.iter_mut().for_each(|output| *output = logistic(*output)),
            Transform::Softmax => {
                let highest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                outputs.iter_mut().for_each(|output| *output = (*output - highest).exp());
                let total: f64 = outputs.iter().sum();
                outputs.iter_mut().for_each(|output| *output /= total);
            }
            Transform::Complement => outputs.copy_from_slice(&[1.0 - outputs[0], outputs[0]]),
            Transform::Opposite => outputs.copy_from_slice(&[-outputs[0], outputs[0]]),
            Transform::Probability => outputs.copy_from_slice(&[logistic(-outputs[0]), logistic(outputs[0])]),
        }
    }
}

/// The comparison a branch makes, nothing for a leaf.
fn mode(name: &[u8]) -> Result<Option<Mode>, String> {
    Ok(Some(match name {
        b"LEAF" => return Ok(None),
        b"BRANCH_LEQ" => Mode::Leq,
        b"BRANCH_LT" => Mode::Lt,
        b"BRANCH_GTE" => Mode::Geq,
        b"BRANCH_GT" => Mode::Gt,
        b"BRANCH_EQ" => Mode::Eq,
        b"BRANCH_NEQ" => Mode::Neq,
        other => return Err(format!("its node mode {} is not supported", String::from_utf8_lossy(other))),
    }))
}

/// What leaves add to the outputs, in the order of their trees and numbers.
struct Ballots {
    all: Vec<Ballot>,
}

struct Ballot {
    tree: i64,
    leaf: i64,
    output: usize,
    weight: f64,
}

impl Ballots {
    fn read(given: &Attributes<'_>, prefix: &str, outputs: usize) -> Result<Self, String> {
        let ints = |name| given.ints(&format!("{prefix}_{name}"));
        let (trees, leaves, places) = (ints("treeids"), ints("nodeids"), ints("ids"));
        let weights = given.floats(&format!("{prefix}_weights"));
        let count = weights.len();
        if count == 0 || [trees, leaves, places].iter().any(|column| column.len() != count) {
            return Err(format!("its attributes {prefix}_* are not of one length, or empty"));
        }
        let ballot = |n: usize| match usize::try_from(places[n]) {
            Ok(output) if output < outputs => {
                Ok(Ballot { tree: trees[n], leaf: leaves[n], output, weight: weights[n].into() })
            }
            _ => Err(format!("leaf {} of tree {} votes for output {} of {outputs}", leaves[n], trees[n], places[n])),
        };
        let mut all = (0..count).map(ballot).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|ballot| (ballot.tree, ballot.leaf));
        Ok(Ballots { all })
    }

    /// The votes of one leaf.
    fn of(&self, tree: i64, leaf: i64) -> &[Ballot] {
        let first = self.all.partition_point(|ballot| (ballot.tree, ballot.leaf) < (tree, leaf));
        let length = self.all[first..].partition_point(|ballot| (ballot.tree, ballot.leaf) == (tree, leaf));
        &self.all[first..first + length]
    }
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::AttributeProto;

    use super::*;

    fn ints(name: &str, ints: &[i64]) -> AttributeProto {
        AttributeProto { name: name.into(), ints: ints.into(), ..Default::default() }
    }

    fn floats(name: &str, floats: &[f32]) -> AttributeProto {
        AttributeProto { name: name.into(), floats: floats.into(), ..Default::default() }
    }

    fn string(name: &str, s: &str) -> AttributeProto {
        AttributeProto { name: name.into(), s: s.as_bytes().to_vec(), ..Default::default() }
    }

    fn modes(modes: [&str; 3]) -> AttributeProto {
        let strings = modes.map(|mode| mode.as_bytes().to_vec()).to_vec();
        AttributeProto { name: "nodes_modes".into(), strings, ..Default::default() }
    }

    /// A stump: x[1] <= 0.5 leads to leaf 1, which votes 0.25 for class 0, else to leaf 2, which votes 2 for class 1.
    fn stump() -> NodeProto {
        NodeProto {
            op_type: "TreeEnsembleClassifier".into(),
            attribute: vec![
                ints("nodes_treeids", &[0, 0, 0]),
                ints("nodes_nodeids", &[0, 1, 2]),
                ints("nodes_truenodeids", &[1, 0, 0]),
                ints("nodes_falsenodeids", &[2, 0, 0]),
                ints("nodes_featureids", &[1, 0, 0]),
                floats("nodes_values", &[0.5, 0.0, 0.0]),
                modes(["BRANCH_LEQ", "LEAF", "LEAF"]),
                ints("class_treeids", &[0, 0]),
                ints("class_nodeids", &[1, 2]),
                ints("class_ids", &[0, 1]),
                floats("class_weights", &[0.25, 2.0]),
                ints("classlabels_int64s", &[10, 20]),
            ],
            ..Default::default()
        }
    }

    /// The stump with other attributes.
    fn with(attributes: impl IntoIterator<Item = AttributeProto>) -> Result<Forest, String> {
        let mut node = stump();
        for attribute in attributes {
            node.attribute.retain(|a| a.name != attribute.name);
            node.attribute.push(attribute);
        }
        Forest::read(&node)
    }

    fn answer(forest: &Forest, x: f32) -> Vec<f64> {
        let mut outputs = vec![f64::NAN; forest.outputs()];
        forest.answer(&[f32::NAN, x], &mut outputs);
        outputs
    }

    #[test]
    fn a_row_finds_its_leaf_whatever_the_comparison() {
        // For each comparison, whether -1, 0.5 and 3 pass it.
        for (mode, passes) in [
            ("BRANCH_LEQ", [true, true, false]),
            ("BRANCH_LT", [true, false, false]),
            ("BRANCH_GTE", [false, true, true]),
            ("BRANCH_GT", [false, false, true]),
            ("BRANCH_EQ", [false, true, false]),
            ("BRANCH_NEQ", [true, false, true]),
        ] {
            let forest = with([modes([mode, "LEAF", "LEAF"])]).unwrap();
            for (x, passes) in [-1.0, 0.5, 3.0].into_iter().zip(passes) {
                assert_eq!(answer(&forest, x), if passes { [0.25, 0.0] } else { [0.0, 2.0] }, "{x} {mode} 0.5");
            }
        }
        assert_eq!(answer(&with([]).unwrap(), f32::NAN), [0.0, 2.0]);
        let tracked = with([ints("nodes_missing_value_tracks_true", &[1, 0, 0])]).unwrap();
        assert_eq!(answer(&tracked, f32::NAN), [0.25, 0.0]);
        assert_eq!((tracked.features(), tracked.outputs(), tracked.labels()), (2, 2, Some(&[10, 20][..])));
    }

    #[test]
    fn sums_become_outputs() {
        let softmax = with([string("post_transform", "SOFTMAX"), floats("base_values", &[1.75, 0.0])]).unwrap();
        assert_eq!(
            answer(&softmax, 0.0),
            [1.0 / (1.0 + (-2.0_f64).exp()), (-2.0_f64).exp() / (1.0 + (-2.0_f64).exp())]
        );
        let logistic = with([string("post_transform", "LOGISTIC")]).unwrap();
        assert_eq!(answer(&logistic, 1.0), [0.5, 1.0 / (1.0 + (-2.0_f64).exp())]);

        let single = || ints("class_ids", &[0, 0]);
        assert_eq!(answer(&with([single()]).unwrap(), 0.0), [0.75, 0.25]);
        let signed = with([single(), floats("class_weights", &[-0.5, 2.0]), floats("base_values", &[0.25])]).unwrap();
        assert_eq!(answer(&signed, 0.0), [0.25, -0.25]);
        let boosted = with([single(), string("post_transform", "LOGISTIC"), floats("base_values", &[-0.25])]).unwrap();
        assert_eq!(answer(&boosted, 0.0), [0.5, 0.5]);

        assert!(with([single(), string("post_transform", "SOFTMAX")]).unwrap_err().contains("SOFTMAX"));
        assert!(with([string("post_transform", "PROBIT")]).unwrap_err().contains("PROBIT"));
        assert!(with([floats("base_values", &[1.0])]).unwrap_err().contains("1 base_values for 2 sum(s)"));
    }

    #[test]
    fn a_regressor_adds_or_averages() {
        let mut node = stump();
        node.op_type = "TreeEnsembleRegressor".into();
        for attribute in &mut node.attribute {
            attribute.name = attribute.name.replace("class_", "target_");
        }
        node.attribute.push(AttributeProto { name: "n_targets".into(), i: 2, ..Default::default() });
        node.attribute.push(floats("base_values", &[1.0, 0.0]));
        let sum = Forest::read(&node).unwrap();
        assert_eq!((answer(&sum, 0.0), sum.labels()), (vec![1.25, 0.0], None));
        node.attribute.push(string("aggregate_function", "AVERAGE"));
        assert_eq!(answer(&Forest::read(&node).unwrap(), 0.0), [1.25, 0.0]);
        node.attribute.last_mut().unwrap().s = b"MAX".to_vec();
        assert!(Forest::read(&node).unwrap_err().contains("MAX"));
        node.attribute.iter_mut().for_each(|a| a.i = i64::MAX);
        assert!(Forest::read(&node).unwrap_err().contains("9223372036854775807 outputs and only 2 votes"));
    }

    #[test]
    fn leaves_answer_as_the_trees_do() {
        let single = || ints("class_ids", &[0, 0]);
        let others = [
            vec![],
            vec![floats("base_values", &[0.5, -2.0])],
            vec![single(), floats("base_values", &[0.25])],
            vec![single(), floats("class_weights", &[-0.5, 2.0]), floats("base_values", &[0.25])],
            vec![ints("nodes_missing_value_tracks_true", &[1, 0, 0])],
        ];
        let places = [-1.5f32, -0.1, -0.0, 0.0, f32::MIN_POSITIVE, 0.5, 0.1, 0.3, 16_777_217.0, f32::MAX, -f32::MAX];
        for mode in ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"] {
            for (other, threshold) in others.iter().zip(places.iter().cycle().skip(3)).chain(others.iter().zip(&places))
            {
                let given = [modes([mode, "LEAF", "LEAF"]), floats("nodes_values", &[*threshold, 0.0, 0.0])];
                let forest = with(given.into_iter().chain(other.iter().cloned())).unwrap();
                let leaves = forest.leaves(2).unwrap();
                // Each 32-bit number beside the threshold, what lies between them, and what rounds to them.
                let (below, above) = (f64::from(threshold.next_down()), f64::from(threshold.next_up()));
                let near = [below, f64::from(*threshold), above].into_iter().filter(|x| x.is_finite());
                let near = near.flat_map(|x| [x, x.next_up(), x.next_down(), 0.5 * (x + f64::from(*threshold))]);
                let middles = near.clone().flat_map(|x| [x.next_up(), x.next_down()]);
                for x in near
                    .clone()
                    .chain(middles)
                    .chain([f64::NAN, -7.0, 7.0])
                    .filter(|x| (*x as f32).abs() <= f32::MAX || x.is_nan())
                {
                    assert_eq!(leaves.answer(&[f64::NAN, x]), answer(&forest, x as f32), "{x:e} {mode} {threshold:e}");
                }
            }
        }
        let nan = with([floats("nodes_values", &[f32::NAN, 0.0, 0.0])]).unwrap();
        assert_eq!(nan.leaves(2).unwrap().answer(&[0.0, 3.0]), answer(&nan, 3.0));
        let mut average = stump();
        average.attribute.push(string("aggregate_function", "AVERAGE"));
        let average = Forest::read(&average).unwrap();
        assert_eq!(average.leaves(2).unwrap().answer(&[0.0, 3.0]), answer(&average, 3.0));
        for transform in ["SOFTMAX", "LOGISTIC"] {
            let boosted = with([string("post_transform", transform)]).unwrap();
            assert!(boosted.leaves(2).unwrap_err().contains("raw_scores"));
        }
    }

    #[test]
    fn indices_that_lead_nowhere_are_found() {
        for (attribute, values, message) in [
            ("class_ids", &[0, 2][..], "leaf 2 of tree 0 votes for output 2 of 2"),
            ("class_ids", &[0, -1], "leaf 2 of tree 0 votes for output -1 of 2"),
            ("class_ids", &[0], "its attributes class_* are not of one length, or empty"),
            ("class_nodeids", &[0, 2], "some of its votes belong to no leaf"),
            ("class_treeids", &[0, 1], "some of its votes belong to no leaf"),
            ("classlabels_int64s", &[], "leaf 1 of tree 0 votes for output 0 of 0"),
            ("nodes_truenodeids", &[3, 0, 0], "node 0 of tree 0 leads to node 3, which is none"),
            ("nodes_truenodeids", &[0, 0, 0], "tree 0 is no tree: two ways lead to its node 0"),
            ("nodes_nodeids", &[0, 1, 1], "two nodes of tree 0 have one number"),
            ("nodes_nodeids", &[0, 1], "its attributes nodes_* are not of one length, or empty"),
            ("nodes_featureids", &[-1, 0, 0], "node 0 of tree 0 asks for feature -1"),
        ] {
            assert_eq!(with([ints(attribute, values)]).unwrap_err(), message);
        }
        let unknown = with([modes(["BRANCH_MEMBER", "LEAF", "LEAF"])]).unwrap_err();
        assert_eq!(unknown, "its node mode BRANCH_MEMBER is not supported");
    }
}
