//! Similarity kernels.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use lime_core::nalgebra::DMatrix;
use lime_core::{Block, First, Kernel, Origin};

use crate::{Neighbourhood, Sweep, group, left_out};

/// A comparison of kernels: the time to centre one at the instance and to weigh n masks of d features, in tiles of 256. The
/// model's inputs are the masks themselves. Throughput counts rows, n.
#[allow(missing_debug_implementations, reason = "criterion's group has none")]
pub struct Kernels<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    sweep: Sweep,
}

impl<'c> Kernels<'c> {
    /// The group `kernels`.
    pub fn new(criterion: &'c mut Criterion, sweep: Sweep) -> Self {
        Self { group: group(criterion, "kernels"), sweep }
    }

    /// Adds a kernel.
    pub fn compare(&mut self, name: &str, kernel: &impl Kernel<f64, DMatrix<f64>>) -> &mut Self {
        for (n, d) in self.sweep.sizes() {
            let given = Neighbourhood::new(n, d, 1);
            let Some(first) = given.draws().first() else { continue };
            let instance = DMatrix::from_row_slice(1, d, given.space().origin());
            let origin = Origin::new(given.space().origin(), &instance);
            let first = First::new(Block::new(first, &first.z, 0));
            if let Err(error) = kernel.at(origin, first) {
                left_out("kernels", name, (n, d), &error);
                continue;
            }
            let mut weights = vec![0.0; first.rows()];
            self.group.throughput(Throughput::Elements(n as u64));
            self.group.bench_function(BenchmarkId::new(name, format!("n={n} d={d}")), |b| {
                b.iter(|| {
                    let Ok(similarity) = kernel.at(origin, first) else { return };
                    for draw in given.draws() {
                        let weights = &mut weights[..draw.rows()];
                        let _ = black_box(similarity.weigh(Block::new(draw, &draw.z, 0), weights));
                    }
                });
            });
        }
        self
    }
}
