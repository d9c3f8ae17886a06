//! Surrogates.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use lime_core::{Exact, Fitting, Surrogate};

use crate::{Neighbourhood, Sweep, group, left_out};

/// A comparison of surrogates, two benches each: `NAME: absorb` is the time to take in n answered rows (throughput counts
/// rows), `NAME: fit` the time to fit all d features to one target afterwards.
#[allow(missing_debug_implementations, reason = "criterion's group has none")]
pub struct Surrogates<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    sweep: Sweep,
}

impl<'c> Surrogates<'c> {
    /// The group `surrogates`.
    pub fn new(criterion: &'c mut Criterion, sweep: Sweep) -> Self {
        Self { group: group(criterion, "surrogates"), sweep }
    }

    /// Adds a surrogate.
    pub fn compare(&mut self, name: &str, surrogate: &impl Surrogate<f64>) -> &mut Self {
        for (n, d) in self.sweep.sizes() {
            let given = Neighbourhood::new(n, d, 1);
            let prediction = given.prediction();
            let absorb = || given.absorb(|| surrogate.evidence(given.space(), &prediction));
            let size = format!("n={n} d={d}");
            self.group.throughput(Throughput::Elements(n as u64));
            self.group.bench_function(BenchmarkId::new(format!("{name}: absorb"), &size), |b| {
                b.iter(|| black_box(absorb()));
            });
            let (evidence, exact) = (absorb(), exact(surrogate, &given, &prediction));
            let fitting = Fitting::new(given.space(), &evidence).with_exact(&exact);
            let active: Vec<usize> = (0..d).collect();
            if let Err(error) = surrogate.fit(&fitting, &active, &[0]) {
                left_out("surrogates", name, (n, d), &error);
                continue;
            }
            self.group.throughput(Throughput::Elements(1));
            self.group.bench_function(BenchmarkId::new(format!("{name}: fit"), &size), |b| {
                b.iter(|| black_box(surrogate.fit(&fitting, &active, &[0]).is_ok()));
            });
        }
        self
    }
}

/// The samples that a surrogate must reproduce, with answers that no fit can object to.
fn exact(surrogate: &impl Surrogate<f64>, given: &Neighbourhood, prediction: &[f64]) -> Vec<Exact> {
    let rows = surrogate.exact(given.space());
    let answer = |z: &[f64]| z.iter().enumerate().map(|(j, z)| z * (j as f64).sin()).sum::<f64>();
    let answers = |z: &[f64]| prediction.iter().map(|_| answer(z)).collect();
    rows.into_iter().map(|z| Exact { answers: answers(&z), z }).collect()
}
