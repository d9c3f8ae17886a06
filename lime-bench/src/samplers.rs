//! Samplers.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use lime_core::{Draw, Sampler, Space, TILE};

use crate::{Sweep, group, left_out};

/// A comparison of samplers: the time to make a design of n rows and to fill all of them, in tiles of 256. Throughput counts
/// values, n d.
#[allow(missing_debug_implementations, reason = "criterion's group has none")]
pub struct Samplers<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    name: String,
    sweep: Sweep,
    space: Box<dyn Fn(usize) -> Space<f64>>,
}

impl<'c> Samplers<'c> {
    /// The group `samplers`: masks of d features.
    pub fn new(criterion: &'c mut Criterion, sweep: Sweep) -> Self {
        Self::on(criterion, "samplers", sweep, Space::masks)
    }

    /// A group of another name, whose spaces of d features `space` makes.
    pub fn on(
        criterion: &'c mut Criterion,
        name: &str,
        sweep: Sweep,
        space: impl Fn(usize) -> Space<f64> + 'static,
    ) -> Self {
        Self { group: group(criterion, name), name: name.into(), sweep, space: Box::new(space) }
    }

    /// Adds a sampler.
    pub fn compare(&mut self, name: &str, sampler: &impl Sampler<f64>) -> &mut Self {
        for (n, d) in self.sweep.sizes() {
            let space = (self.space)(d);
            let rows = match sampler.design(&space, n, 0) {
                Ok(design) => design.rows(),
                Err(error) => {
                    left_out(&self.name, name, (n, d), &error);
                    continue;
                }
            };
            let mut draw = Draw::new(&space, TILE);
            self.group.throughput(Throughput::Elements((rows * d) as u64));
            self.group.bench_function(BenchmarkId::new(name, format!("n={n} d={d}")), |b| {
                b.iter(|| {
                    let Ok(design) = sampler.design(&space, n, 0) else { return };
                    for start in (0..rows).step_by(TILE) {
                        let range = start..(start + TILE).min(rows);
                        draw.reset(range.len());
                        design.fill(range, &mut draw);
                        black_box(&draw);
                    }
                });
            });
        }
        self
    }
}
