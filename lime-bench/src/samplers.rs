//! Samplers.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use lime_core::{Draw, Sampler, Space, TILE};

use crate::{Sweep, group, left_out};

/// A comparison of samplers: the time to make a design of n rows and to fill all of them, in tiles of 256, with masks of d
/// features. Throughput counts values, n d.
#[allow(missing_debug_implementations, reason = "criterion's group has none")]
pub struct Samplers<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    sweep: Sweep,
}

impl<'c> Samplers<'c> {
    /// The group `samplers`.
    pub fn new(criterion: &'c mut Criterion, sweep: Sweep) -> Self {
        Self { group: group(criterion, "samplers"), sweep }
    }

    /// Adds a sampler.
    pub fn compare(&mut self, name: &str, sampler: &impl Sampler<f64>) -> &mut Self {
        for (n, d) in self.sweep.sizes() {
            let space = Space::masks(d);
            let rows = match sampler.design(&space, n, 0) {
                Ok(design) => design.rows(),
                Err(error) => {
                    left_out("samplers", name, (n, d), &error);
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
