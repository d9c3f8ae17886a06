//! The numbers of an estimator on a task.

use std::time::Instant;

use lime::{BoxError, quality::jaccard};
use rayon::prelude::*;

use crate::config::{Config, Task};
use crate::estimators::Answer;
use crate::limits::Limit;
use crate::stopping::Stops;
use crate::tasks::Instance;

/// An estimator at a budget, over all instances and seeds of a task.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) task: String,
    pub(crate) features: usize,
    pub(crate) estimator: String,
    pub(crate) samples: usize,
    /// Rows asked of the model, the mean.
    pub(crate) calls: f64,
    /// |b - reference|^2 / |reference|^2, the mean.
    pub(crate) error: f64,
    /// The mean pairwise Jaccard index of the five largest weights between seeds, the mean over instances.
    pub(crate) jaccard: f64,
    /// The share of intervals that hold the reference, where there are any.
    pub(crate) coverage: Option<f64>,
    /// Milliseconds an explanation, the model's included.
    pub(crate) time: f64,
}

/// What another set of seeds would have given the reference: |difference|^2 / |reference|^2 for an instance.
pub(crate) fn relative_error(weights: &[f64], reference: &[f64]) -> f64 {
    let size: f64 = reference.iter().map(|b| b * b).sum();
    weights.iter().zip(reference).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / size
}

/// All that a run has measured so far.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) limits: Vec<Limit>,
    pub(crate) rows: Vec<Row>,
    pub(crate) stops: Vec<Stops>,
    /// Of tasks, whether runs that are gone on with have the bits of those from the start.
    pub(crate) goes_on: Vec<(String, bool)>,
    /// Tasks that could not be run, and why.
    pub(crate) not_run: Vec<String>,
}

/// The coefficients that each instance is held against.
pub(crate) fn references(
    config: &Config,
    task: &Task,
    instances: &[Box<dyn Instance>],
) -> Result<Vec<Vec<f64>>, BoxError> {
    let samples = task.reference.unwrap_or(config.reference);
    instances.par_iter().map(|instance| instance.reference(samples)).collect()
}

pub(crate) fn measure(
    config: &Config,
    task: &Task,
    (instances, references): (&[Box<dyn Instance>], &[Vec<f64>]),
    rows: &mut Vec<Row>,
) -> Result<(), BoxError> {
    let seeds = task.seeds.unwrap_or(config.seeds);
    for budgets in &task.estimators {
        for &samples in &budgets.samples {
            let started = Instant::now();
            let answers: Result<Vec<Vec<Answer>>, BoxError> = instances
                .par_iter()
                .map(|instance| (0..seeds).map(|seed| instance.explain(&budgets.name, samples, seed)).collect())
                .collect();
            let answers = answers?;
            let count = (instances.len() as u64 * seeds) as f64;
            let threads = rayon::current_num_threads() as f64;
            let time = started.elapsed().as_secs_f64() * 1e3 * threads / count;
            let with_reference = || answers.iter().zip(references);
            let pairs =
                || with_reference().flat_map(|(answers, reference)| answers.iter().map(move |a| (a, reference)));
            let error = pairs().map(|(answer, b)| relative_error(&answer.weights(), b)).sum::<f64>() / count;
            let stable = answers.iter().map(|answers| {
                let targets: Vec<_> = answers.iter().map(|answer| answer.target.clone()).collect();
                jaccard(&targets, 5)
            });
            let covered: Vec<bool> = pairs().flat_map(|(answer, b)| answer.covers(b)).collect();
            let coverage = covered.iter().filter(|covers| **covers).count() as f64 / covered.len() as f64;
            let row = Row {
                task: task.name.clone(),
                features: references.first().map_or(0, Vec::len),
                estimator: budgets.name.clone(),
                samples,
                calls: pairs().map(|(answer, _)| answer.calls as f64).sum::<f64>() / count,
                error,
                jaccard: stable.sum::<f64>() / instances.len() as f64,
                coverage: (!covered.is_empty()).then_some(coverage),
                time,
            };
            println!("{}", crate::report::line(&row));
            rows.push(row);
        }
    }
    Ok(())
}
