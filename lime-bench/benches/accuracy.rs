//! How far estimates are from exact results: `cargo bench -p lime-bench --bench accuracy` prints a table.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use lime_core::nalgebra::DMatrix;
use lime_core::{Direct, Explainer, Kernel, Model, Sampler, Space, model_fn};
use lime_kernels::Unweighted;
use lime_samplers::{Coalitions, MaskSize};
use lime_surrogates::ConstrainedLeastSquares;
use lime_surrogates::selection::NoSelection;

const FEATURES: usize = 10;
const SEEDS: u64 = 200;

/// Interactions of every order, and a curve: nothing a linear surrogate could get right by itself.
fn model() -> impl Model<DMatrix<f64>, f64> {
    model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        let row = |i: usize| {
            let sum: f64 = z.row(i).iter().enumerate().map(|(j, z)| z * (1.0 + j as f64).sin()).sum();
            sum + z[(i, 0)] * z[(i, 1)] * z[(i, 2)] - 2.0 * z[(i, 3)] * z[(i, 4)] + (2.0 * sum).tanh()
        };
        (0..z.nrows()).map(row).collect()
    })
}

fn shapley(
    sampler: impl Sampler<f64>,
    kernel: impl Kernel<f64, DMatrix<f64>>,
    samples: usize,
    seed: u64,
) -> (Vec<f64>, usize) {
    let explainer = Explainer::new(sampler, kernel, NoSelection, ConstrainedLeastSquares::shapley());
    let explainer = explainer.samples(samples).seed(seed).effective_samples(0);
    let explanation = explainer.explain(&Direct::new(Space::masks(FEATURES)), &model()).unwrap();
    (explanation.targets[0].dense(FEATURES), explanation.model_calls)
}

/// The Shapley values by their definition, over all 2^d masks.
fn by_definition() -> Vec<f64> {
    let masks = DMatrix::from_fn(1 << FEATURES, FEATURES, |mask, j| if mask >> j & 1 == 1 { 1.0 } else { 0.0 });
    let value = model().predict(&masks).unwrap();
    // k! (d - k - 1)! / d!, for k features already there.
    let share: Vec<f64> = (0..FEATURES)
        .map(|k| (1..=k).fold(1.0, |w, i| w * i as f64 / (FEATURES - i) as f64) / FEATURES as f64)
        .collect();
    let gain = |mask: usize, j: usize| value[mask | 1 << j] - value[mask];
    let without = |j: usize| (0..1usize << FEATURES).filter(move |mask| mask >> j & 1 == 0);
    (0..FEATURES).map(|j| without(j).map(|m| share[m.count_ones() as usize] * gain(m, j)).sum()).collect()
}

fn main() {
    let (all, exact) = ((1 << FEATURES) - 2, by_definition());
    let size = exact.iter().map(|phi| phi * phi).sum::<f64>().sqrt();
    println!(
        "Kernel SHAP, d = {FEATURES}: root mean square error of the Shapley values over {SEEDS} seeds, relative to their norm"
    );
    println!("{:>10} {:>8} {:>14} {:>18}", "samples", "calls", "Coalitions", "with replacement");
    for samples in [all / 16, all / 8, all / 4, all / 2, all] {
        let error = |run: &dyn Fn(u64) -> Vec<f64>| {
            let squares =
                (0..SEEDS).map(|seed| run(seed).iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
            (squares.sum::<f64>() / SEEDS as f64).sqrt() / size
        };
        let calls = shapley(Coalitions, Unweighted, samples, 0).1;
        let coalitions = error(&|seed| shapley(Coalitions, Unweighted, samples, seed).0);
        let kernel =
            MaskSize::new(
                |kept, d| if kept == 0 || kept == d { 0.0 } else { (d - 1) as f64 / (kept * (d - kept)) as f64 },
            );
        let replaced = error(&|seed| shapley(kernel, Unweighted, samples, seed).0);
        println!("{samples:>10} {calls:>8} {coalitions:>14.2e} {replaced:>18.2e}");
    }
}
