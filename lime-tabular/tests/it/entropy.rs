//! Entropy bins are those of scikit-learn's trees (reference/entropy.json), bit for bit.

use crate::support::{json, numbers};
use lime_tabular::{Discretizer, Entropy, Sample};

#[test]
fn edges_are_scikit_learns() {
    let file = json("reference/entropy.json");
    let cases = file["cases"].as_array().unwrap();
    for (i, case) in cases.iter().enumerate() {
        let values = numbers(&case["values"]);
        let labels: Vec<usize> = numbers(&case["labels"]).iter().map(|label| *label as usize).collect();
        let sample = match case.get("counts") {
            Some(counts) => Sample::weighted_with_labels(&values, &numbers(counts), &labels).unwrap(),
            None => Sample::with_labels(&values, &labels).unwrap(),
        };
        let entropy = Entropy::new(case["depth"].as_u64().unwrap() as usize).unwrap();
        assert_eq!(entropy.edges(&sample).unwrap(), numbers(&case["edges"]), "case {i}, kind {}", case["kind"]);
    }
    assert!(cases.len() >= 30);
}
