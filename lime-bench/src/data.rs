//! What components are compared on.

use std::ops::Range;

use lime_core::nalgebra::DMatrix;
use lime_core::{Draw, Evidence, Rows, Space, Stream, TILE};

/// A neighbourhood of masks: each feature present with probability 1/2, row 0 the instance, weights exponential in the share
/// of absent features, answers of a model with pairwise interactions. The same for every component and on every machine.
#[derive(Debug)]
pub struct Neighbourhood {
    space: Space<f64>,
    draws: Vec<Draw<f64>>,
    weights: Vec<Vec<f64>>,
    answers: Vec<DMatrix<f64>>,
    rows: usize,
}

impl Neighbourhood {
    /// `rows` samples of `features` features, and `targets` answers to each.
    pub fn new(rows: usize, features: usize, targets: usize) -> Self {
        let space = Space::masks(features);
        let stream = Stream::new(2016);
        let (mut draws, mut weights, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for start in (0..rows).step_by(TILE) {
            let range = start..(start + TILE).min(rows);
            let mut draw = Draw::new(&space, range.len());
            stream.words(range.clone(), 0..features, |j, at, words| {
                for (i, &word) in at.zip(words) {
                    draw.z[(i, j)] = f64::from(word >> 31);
                }
            });
            if start == 0 {
                draw.set_instance(0, &space);
            }
            let absent = |i: usize| features as f64 - draw.z.row(i).sum();
            weights.push((0..range.len()).map(|i| (-absent(i) / features as f64).exp()).collect());
            answers.push(DMatrix::from_fn(range.len(), targets, |i, t| {
                let z = draw.z.row(i);
                let linear: f64 = z.iter().enumerate().map(|(j, z)| z * ((j + t) as f64).sin()).sum();
                linear + z[0] * z[features / 2] + 0.1 * (7.0 * linear).sin()
            }));
            draws.push(draw);
        }
        Self { space, draws, weights, answers, rows }
    }

    /// The space of the samples.
    pub fn space(&self) -> &Space<f64> {
        &self.space
    }

    /// The number of samples.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The samples, tile by tile.
    pub fn draws(&self) -> &[Draw<f64>] {
        &self.draws
    }

    /// The rows of a tile.
    fn range(&self, tile: usize) -> Range<usize> {
        tile * TILE..((tile + 1) * TILE).min(self.rows)
    }

    /// The model's answers at the instance.
    pub fn prediction(&self) -> Vec<f64> {
        self.answers.first().map(|y| y.row(0).iter().copied().collect()).unwrap_or_default()
    }

    /// Absorbs all rows into evidence, as the explainer does: each tile into fresh evidence, merged in order.
    pub fn absorb<E: Evidence<f64>>(&self, fresh: impl Fn() -> E) -> E {
        let mut total = fresh();
        for (tile, draw) in self.draws.iter().enumerate() {
            let mut evidence = fresh();
            evidence.absorb(&Rows::new(
                self.range(tile).start,
                draw.z.as_view(),
                draw.noise.as_view(),
                &self.weights[tile],
                self.answers[tile].as_view(),
            ));
            total.merge(evidence);
        }
        total
    }
}
