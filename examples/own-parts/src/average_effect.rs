//! A surrogate that is no linear model, with evidence of its own.

use lime_core::{BoxError, Evidence, Fitting, LocalModel, Moments, Real, Rows, Space, Surrogate};

/// For each switch, the weighted mean of the answers with it on less that with it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AverageEffect;

/// A sum of weights, and one of weighted answers.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    weight: f64,
    answers: f64,
}

impl Sum {
    fn add(&mut self, weight: f64, answers: f64) {
        self.weight += weight;
        self.answers += answers;
    }

    fn mean(self) -> f64 {
        self.answers / self.weight
    }
}

/// The evidence: for each target and switch, the sums with the switch on and with it off.
#[derive(Debug, Clone)]
pub struct Sums {
    moments: Moments,
    sides: Vec<Vec<[Sum; 2]>>,
}

impl<F: Real> Evidence<F> for Sums {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.moments.absorb(rows);
        for (target, switches) in self.sides.iter_mut().enumerate() {
            for (j, [on, off]) in switches.iter_mut().enumerate() {
                for (i, weight) in rows.weight.iter().enumerate() {
                    let side = if rows.z[(i, j)] > F::zero() { &mut *on } else { &mut *off };
                    side.add(weight.wide(), weight.wide() * rows.answers[(i, target)].wide());
                }
            }
        }
    }

    fn merge(&mut self, later: Self) {
        Evidence::<F>::merge(&mut self.moments, later.moments);
        let theirs = later.sides.iter().flatten().flatten();
        for (mine, theirs) in self.sides.iter_mut().flatten().flatten().zip(theirs) {
            mine.add(theirs.weight, theirs.answers);
        }
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }
}

/// The effects on one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects(Vec<(usize, f64)>);

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
        let sides = vec![vec![[Sum::default(); 2]; origin.len()]; prediction.len()];
        Sums { moments: Moments::new(&origin, prediction), sides }
    }

    fn fit(&self, given: &Fitting<'_, F, Sums>, active: &[usize], targets: &[usize]) -> Result<Vec<Effects>, BoxError> {
        let effects = |target: usize| {
            let switches = &given.evidence().sides[target];
            let effect = |&j: &usize| {
                let [on, off] = switches[j];
                if on.weight > 0.0 && off.weight > 0.0 {
                    Ok((j, on.mean() - off.mean()))
                } else {
                    Err(format!("switch {j} was seen in one position only: take more samples"))
                }
            };
            active.iter().map(effect).collect::<Result<_, _>>().map(Effects)
        };
        Ok(targets.iter().map(|&target| effects(target)).collect::<Result<_, _>>()?)
    }
}
