//! A sampler, a similarity kernel and a surrogate of one's own, written against lime-core alone.
//!
//! The question: which switches of a machine decide whether it runs? The sampler visits every setting once, the kernel counts
//! changed switches, and the surrogate is not a line but the average effect of each switch. Run with
//! `cargo run --example own_parts`.
#![allow(clippy::print_stdout)]

use std::ops::Range;

use lime_core::nalgebra::DMatrix;
use lime_core::{
    Block, BoxError, Design, Direct, Draw, Evidence, Explainer, Fitting, Kernel, LocalModel, Moments, Origin, Real,
    Rows, Sampler, Selector, Similarity, Space, Surrogate, model_fn,
};

/// Every combination of switches, all on first: 2^d rows whatever the budget.
struct EverySetting;

struct Settings<'a, F: Real>(&'a Space<F>);

impl<F: Real> Sampler<F> for EverySetting {
    fn design<'a>(&'a self, space: &'a Space<F>, _: usize, _: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        if space.features() > 20 {
            return Err(
                format!("{} switches have too many settings to visit; 20 are the most", space.features()).into()
            );
        }
        Ok(Box::new(Settings(space)))
    }
}

impl<F: Real> Design<F> for Settings<'_, F> {
    fn rows(&self) -> usize {
        1 << self.0.features()
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        for (at, row) in rows.enumerate() {
            for j in 0..self.0.features() {
                draw.z[(at, j)] = if row >> j & 1 == 0 { F::one() } else { F::zero() };
            }
            if row == 0 {
                draw.instance.push(at);
            }
        }
    }
}

/// Halves with every switch that changed.
struct Halving;

impl<F: Real, B> Kernel<F, B> for Halving {
    fn at<'a>(&'a self, _: Origin<'a, F, B>, _: Block<'_, F, B>) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        Ok(Box::new(Halving))
    }
}

impl<F: Real, B> Similarity<F, B> for Halving {
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        let z = block.z();
        for (row, weight) in weights.iter_mut().enumerate() {
            let changed = z.ncols() as f64 - z.row(row).sum().wide();
            *weight = F::of(0.5f64.powf(changed));
        }
        Ok(())
    }
}

/// For each switch, the weighted mean of the answers with it on less that with it off.
struct AverageEffect;

/// Sums of weights and weighted answers, with each switch on and off.
#[derive(Clone)]
struct Sums {
    moments: Moments,
    on: Vec<[f64; 2]>,
    off: Vec<[f64; 2]>,
}

impl<F: Real> Evidence<F> for Sums {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.moments.absorb(rows);
        for (i, weight) in rows.weight.iter().enumerate() {
            let (weight, answer) = (weight.wide(), rows.answers[(i, 0)].wide());
            for j in 0..self.on.len() {
                let side = if rows.z[(i, j)] > F::zero() { &mut self.on[j] } else { &mut self.off[j] };
                side[0] += weight;
                side[1] += weight * answer;
            }
        }
    }

    fn merge(&mut self, later: Self) {
        Evidence::<F>::merge(&mut self.moments, later.moments);
        for (mine, theirs) in self.on.iter_mut().chain(&mut self.off).zip(later.on.iter().chain(&later.off)) {
            mine[0] += theirs[0];
            mine[1] += theirs[1];
        }
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }
}

struct Effects(Vec<(usize, f64)>);

impl LocalModel for Effects {
    fn intercept(&self) -> Option<f64> {
        None
    }

    fn weights(&self) -> &[(usize, f64)] {
        &self.0
    }

    fn local_prediction(&self) -> f64 {
        self.0.iter().map(|(_, effect)| effect).sum()
    }

    fn score(&self) -> f64 {
        f64::NAN
    }
}

impl<F: Real> Surrogate<F> for AverageEffect {
    type Evidence = Sums;
    type Fit = Effects;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Sums {
        let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
        let none = vec![[0.0; 2]; origin.len()];
        Sums { moments: Moments::new(&origin, prediction), on: none.clone(), off: none }
    }

    fn fit(&self, given: &Fitting<'_, F, Sums>, active: &[usize], targets: &[usize]) -> Result<Vec<Effects>, BoxError> {
        let sums = given.evidence();
        let mean = |side: [f64; 2]| side[1] / side[0];
        let effects: Vec<_> = active.iter().map(|&j| (j, mean(sums.on[j]) - mean(sums.off[j]))).collect();
        Ok(targets.iter().map(|_| Effects(effects.clone())).collect())
    }
}

/// Every switch.
struct All;

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
    fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
        Ok((0..given.space().features()).collect())
    }
}

fn main() -> Result<(), BoxError> {
    // The machine runs if the main switch is on, and at least one of two pumps.
    let machine = model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        let on = |i, j| z[(i, j)] > 0.5;
        (0..z.nrows()).map(|i| if on(i, 0) && (on(i, 1) || on(i, 2)) { 1.0 } else { 0.0 }).collect()
    });
    let explainer = Explainer::new(EverySetting, Halving, All, AverageEffect);
    let explanation = explainer.explain(&Direct::new(Space::masks(4)), &machine)?;
    println!("{} settings visited", explanation.samples);
    for feature in &explanation.targets[0].features {
        println!("{}  {:+.3}", feature.name, feature.weight);
    }
    // By hand: with the main switch on, at least one pump is on with weight 8/9; each pump matters where the other is off.
    let effect = explanation.targets[0].dense(4);
    let expected = [8.0 / 9.0, 2.0 / 9.0, 2.0 / 9.0, 0.0];
    assert!(effect.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{effect:?}");
    Ok(())
}
