//! A tree in words.

use std::fmt::Write;

use super::fit::Tree;
use super::grow::Split;

/// The rule of each leaf: the instance's own first, then from left to right.
pub(super) fn rules(tree: &Tree, output: usize, names: &[String]) -> Vec<String> {
    let own = tree.leaf(&tree.origin);
    let mut rules = Vec::new();
    tree.each_leaf(|path, leaf| {
        let conditions = conditions(tree, path, leaf, names);
        let conditions = if conditions.is_empty() { "always".into() } else { conditions.join(" and ") };
        let rule = format!("{conditions}: {}", prediction(tree, output, leaf));
        if leaf == own {
            rules.insert(0, rule);
        } else {
            rules.push(rule);
        }
    });
    rules
}

/// The tree as indented text: a line for each branch and each leaf.
pub(super) fn drawing(tree: &Tree, output: usize) -> String {
    let mut text = String::new();
    let mut last: Vec<usize> = Vec::new();
    tree.each_leaf(|path, leaf| {
        // The branches that this leaf's path shares with the last one's have been drawn.
        let steps: Vec<usize> = path.iter().skip(1).copied().chain([leaf]).take(path.len()).collect();
        let known = steps.iter().zip(&last).take_while(|(a, b)| a == b).count();
        for (depth, (&node, &child)) in path.iter().zip(&steps).enumerate().skip(known) {
            if let Some(split) = &tree.nodes[node].split {
                let sign = if child == split.left { "<=" } else { ">" };
                let _ = writeln!(text, "{}z{} {sign} {}", "|   ".repeat(depth), split.feature, threshold(split));
            }
        }
        let _ = writeln!(text, "{}{}", "|   ".repeat(path.len()), prediction(tree, output, leaf));
        last = steps;
    });
    text
}

/// What a leaf predicts, and the share of the samples' weight in it.
fn prediction(tree: &Tree, output: usize, leaf: usize) -> String {
    let (root, leaf) = (&tree.nodes[0], &tree.nodes[leaf]);
    let spread = (root.squares[output] / root.weight).sqrt();
    let mean = leaf.means[output];
    let value = digits(mean, 4, |written| spread == 0.0 || (written - mean).abs() <= 1e-3 * spread);
    let share = digits(100.0 * leaf.weight / root.weight, 2, |_| true);
    format!("{value} (weight {share} %)")
}

/// What holds for one feature on the way to a leaf.
struct Interval<'a> {
    feature: usize,
    above: Option<&'a Split>,
    at_most: Option<&'a Split>,
}

/// The conditions of a leaf, one a feature, in the order the features were first asked for.
fn conditions(tree: &Tree, path: &[usize], leaf: usize, names: &[String]) -> Vec<String> {
    let mut intervals: Vec<Interval<'_>> = Vec::new();
    for (&node, &child) in path.iter().zip(path.iter().skip(1).chain([&leaf])) {
        let Some(split) = &tree.nodes[node].split else { continue };
        let at = intervals.iter().position(|interval| interval.feature == split.feature).unwrap_or_else(|| {
            intervals.push(Interval { feature: split.feature, above: None, at_most: None });
            intervals.len() - 1
        });
        // Later splits are tighter.
        if child == split.left {
            intervals[at].at_most = Some(split);
        } else {
            intervals[at].above = Some(split);
        }
    }
    intervals.iter().map(|interval| interval.words(tree, names)).collect()
}

impl Interval<'_> {
    fn words(&self, tree: &Tree, names: &[String]) -> String {
        let name = names.get(self.feature).cloned().unwrap_or_else(|| format!("z{}", self.feature));
        if tree.levels.get(self.feature) == Some(&true) {
            return match self.above {
                Some(_) => name,
                None if name.contains(char::is_whitespace) => format!("not ({name})"),
                None => format!("not {name}"),
            };
        }
        match (self.above, self.at_most) {
            (Some(above), Some(at_most)) => format!("{} < {name} <= {}", threshold(above), threshold(at_most)),
            (Some(above), None) => format!("{name} > {}", threshold(above)),
            (None, Some(at_most)) => format!("{name} <= {}", threshold(at_most)),
            (None, None) => name,
        }
    }
}

/// A threshold, written so that it still separates the samples.
fn threshold(split: &Split) -> String {
    let (below, above) = split.between;
    digits(split.threshold, 4, |written| below <= written && written < above)
}

/// A number with the fewest significant digits, but no fewer than `least`, that will do.
fn digits(value: f64, least: usize, will_do: impl Fn(f64) -> bool) -> String {
    let rounded = |digits: usize| format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    let written = (least..=17).map(rounded).find(|&written| will_do(written)).unwrap_or(value);
    if written == 0.0 {
        "0".into()
    } else if (1e-5..1e16).contains(&written.abs()) {
        written.to_string()
    } else {
        format!("{written:e}")
    }
}
