//! Where stop rules end, and whether they were right.

use lime::BoxError;
use rayon::prelude::*;

use crate::config::{Config, Task};
use crate::tasks::Instance;

/// The samples a run may have. S-LIME's rule, which wants each step of its path settled, uses them up in most runs: its mean is of runs cut short.
const MOST: usize = 200_000;
/// The fifth coefficient leads the sixth by this share of the largest, where the five are separated. Of the network, a lead of 0.02 is told
/// from chance by some 200,000 samples only, and by both rules in few runs.
const LEAD: f64 = 0.05;

/// Two rules on the instances of a task whose five largest coefficients are separated.
#[derive(Debug, Clone)]
pub(crate) struct Stops {
    pub(crate) task: String,
    pub(crate) instances: usize,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// Rows asked of the model, the mean.
    pub(crate) calls: f64,
    /// The share of runs whose five features are those of the reference.
    pub(crate) right: f64,
    /// The share of runs that the rule ended before the samples were used up.
    pub(crate) ended: f64,
}

/// The five largest, and by how much the fifth leads the sixth over the largest.
fn five(weights: &[f64]) -> (Vec<usize>, f64) {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
    let at = |rank: usize| order.get(rank).map_or(0.0, |&j| weights[j].abs());
    let lead = (at(4) - at(5)) / at(0);
    order.truncate(5);
    order.sort_unstable();
    (order, lead)
}

pub(crate) fn measure(
    config: &Config,
    task: &Task,
    (instances, references): (&[Box<dyn Instance>], &[Vec<f64>]),
) -> Result<Stops, BoxError> {
    let found = instances.iter().zip(references.iter().map(|weights| five(weights)));
    let separated: Vec<_> = found.filter(|(_, (_, lead))| *lead >= LEAD).collect();
    let mut rules = Vec::new();
    for name in ["s-lime", "top-five"] {
        let runs: Result<Vec<Vec<_>>, BoxError> = separated
            .par_iter()
            .map(|(instance, (expected, _))| {
                (0..config.seeds)
                    .map(|seed| {
                        let end = instance.stop(name, MOST, seed)?;
                        let found = five(&end.answer.weights()).0;
                        Ok((end.answer.calls as f64, found == *expected, end.satisfied))
                    })
                    .collect()
            })
            .collect();
        let runs: Vec<(f64, bool, bool)> = runs?.into_iter().flatten().collect();
        let share = |holds: &dyn Fn(&(f64, bool, bool)) -> bool| {
            runs.iter().filter(|run| holds(run)).count() as f64 / runs.len() as f64
        };
        let calls = runs.iter().map(|(calls, ..)| calls).sum::<f64>() / runs.len() as f64;
        let rule = Rule { name, calls, right: share(&|run| run.1), ended: share(&|run| run.2) };
        println!(
            "{:<16} {:<14} {:>8.0} calls  right {:.3}  ended {:.3}",
            task.name, rule.name, rule.calls, rule.right, rule.ended
        );
        rules.push(rule);
    }
    Ok(Stops { task: task.name.clone(), instances: separated.len(), rules })
}
