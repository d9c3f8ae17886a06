//! Samples of 5000 rows on one core: masks, and uniforms by the identity, so that no law's own cost is counted.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::{Draw, Law, Quantile, Real, Sampler, Space};
use lime_samplers::{Coalitions, Halton, LatinHypercube, MonteCarlo, Permutation, Sobol};

const ROWS: usize = 5_000;

struct Identity;

impl<F: Real> Quantile<F> for Identity {
    fn quantile(&self, u: F) -> F {
        u
    }

    fn fill(&self, u: &[F], values: &mut [F]) {
        values.copy_from_slice(u);
    }
}

/// The rows of a design that is made already, in batches of 1000 as an explainer asks for them.
fn fill<F: Real>(c: &mut Criterion, name: &str, sampler: &dyn Sampler<F>, space: &Space<F>) {
    let design = sampler.design(space, ROWS, 2016).unwrap();
    let rows = design.rows();
    let mut draw = Draw::new(space, 1000.min(rows));
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements((rows * space.features()) as u64));
    group.bench_function(BenchmarkId::new("fill", space.features()), |b| {
        b.iter(|| {
            for start in (0..rows).step_by(1000) {
                let end = rows.min(start + 1000);
                draw.reset(end - start);
                design.fill(start..end, &mut draw);
            }
            black_box(&draw);
        });
    });
    group.bench_function(BenchmarkId::new("design", space.features()), |b| {
        b.iter(|| black_box(sampler.design(space, ROWS, 2016).unwrap().rows()));
    });
    group.finish();
}

fn points(c: &mut Criterion) {
    let laws = |d: usize| vec![Law::<f64>::Continuous(Arc::new(Identity)); d];
    for d in [30, 300, 1000] {
        let uniforms = Space::new(laws(d), vec![0.5; d]).unwrap();
        fill(c, "uniforms, Monte Carlo", &MonteCarlo, &uniforms);
        fill(c, "uniforms, Sobol'", &Sobol::default(), &uniforms);
        fill(c, "uniforms, Halton", &Halton::default(), &uniforms);
        fill(c, "uniforms, Latin hypercube", &LatinHypercube::default(), &uniforms);
    }
    let masks = Space::<f64>::masks(30);
    fill(c, "masks, Monte Carlo", &MonteCarlo, &masks);
    fill(c, "masks, Sobol'", &Sobol::default(), &masks);
    fill(c, "masks f32, Sobol'", &Sobol::default(), &Space::<f32>::masks(30));
    for d in [30, 300] {
        fill(c, "coalitions", &Coalitions, &Space::<f64>::masks(d));
    }
    let order = Permutation::new(5_000, 2016);
    let mut group = c.benchmark_group("permutation");
    group.throughput(Throughput::Elements(5_000));
    group.bench_function("at", |b| b.iter(|| (0..5_000).filter_map(|i| order.at(i)).fold(0, |a, b| a ^ b)));
    group.finish();
}

criterion_group!(benches, points);
criterion_main!(benches);
