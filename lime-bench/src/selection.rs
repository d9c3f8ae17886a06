//! Feature selection.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};
use lime_core::{Evidence, Fitting, Moments, Record, Selector};

use crate::{Neighbourhood, Sweep, group, left_out};

/// A comparison of selectors: the time to choose features for one target from the evidence of n rows of d features.
#[allow(missing_debug_implementations, reason = "criterion's group has none")]
pub struct Selectors<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    sweep: Sweep,
}

impl<'c> Selectors<'c> {
    /// The group `selection`.
    pub fn new(criterion: &'c mut Criterion, sweep: Sweep) -> Self {
        Self { group: group(criterion, "selection"), sweep }
    }

    /// Adds a selector that needs the moments only.
    pub fn compare(&mut self, name: &str, selector: &impl Selector<f64, Moments>) -> &mut Self {
        self.with(name, selector, |given| Moments::new(given.space().origin(), &given.prediction()))
    }

    /// Adds a selector that needs the rows.
    pub fn compare_on_rows(&mut self, name: &str, selector: &impl Selector<f64, Record<f64>>) -> &mut Self {
        self.with(name, selector, |given| Record::new(given.space(), &given.prediction()))
    }

    fn with<E: Evidence<f64>>(
        &mut self,
        name: &str,
        selector: &impl Selector<f64, E>,
        fresh: impl Fn(&Neighbourhood) -> E,
    ) -> &mut Self {
        for (n, d) in self.sweep.sizes() {
            let given = Neighbourhood::new(n, d, 1);
            let evidence = given.absorb(|| fresh(&given));
            let fitting = Fitting::new(given.space(), &evidence);
            if let Err(error) = selector.select(&fitting, 0) {
                left_out("selection", name, (n, d), &error);
                continue;
            }
            self.group.bench_function(BenchmarkId::new(name, format!("n={n} d={d}")), |b| {
                b.iter(|| black_box(selector.select(&fitting, 0).is_ok()));
            });
        }
        self
    }
}
