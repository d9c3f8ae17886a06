//! Comparisons of LIME components with criterion, for those of the workspace and for anyone's own.
//!
//! One group a trait, swept over the number of samples n and of features d, on the same inputs for every component. A
//! component joins a comparison with one line:
//!
//! ```
//! use criterion::Criterion;
//! use lime_bench::{Samplers, Sweep};
//! use lime_core::sampler_fn;
//! use lime_samplers::MonteCarlo;
//!
//! fn compare(c: &mut Criterion) {
//!     Samplers::new(c, Sweep::default())
//!         .compare("Monte Carlo", &MonteCarlo)
//!         .compare("my own", &sampler_fn(|_, _, z: &mut [f64]| z.fill(0.0)));
//! }
//! # let _ = compare;
//! ```
//!
//! With `criterion_group!` and `criterion_main!` around it, that is a bench of your own crate, `harness = false`. The
//! workspace's own run with `cargo bench -p lime-bench --bench samplers` (`kernels`, `surrogates`, `selection`), and
//! `cargo bench -p lime-bench --bench accuracy` prints how far estimates are from exact results. What whole explanations cost:
//!
//! | bench | question |
//! |---|---|
//! | `end_to_end` | how long does an explanation take beside a model that costs nothing: tables, texts, pictures, in f64 and f32 |
//! | `growth` | how does that grow with samples, features, targets, superpixels, words and threads |
//! | `representations` | how long do the model's inputs take to write |
//! | `roofline` | what bounds each stage on this machine: `cargo xtask roofline` prints it |
//!
//! A component that refuses a size (enumeration of 2^30 masks) is reported on standard error and left out there.

mod data;
mod kernels;
mod per_size;
mod samplers;
mod selection;
mod surrogates;

use criterion::measurement::WallTime;
use criterion::{AxisScale, BenchmarkGroup, Criterion, PlotConfiguration};
use std::time::Duration;

pub use crate::data::Neighbourhood;
pub use crate::kernels::Kernels;
pub use crate::per_size::PerSize;
pub use crate::samplers::Samplers;
pub use crate::selection::Selectors;
pub use crate::surrogates::Surrogates;

/// The sizes of a comparison: every number of samples with every number of features.
///
/// ```
/// use lime_bench::Sweep;
/// assert_eq!(Sweep::default(), Sweep { rows: vec![500, 5_000], features: vec![10, 30, 100] });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The numbers of samples n.
    pub rows: Vec<usize>,
    /// The numbers of interpretable features d.
    pub features: Vec<usize>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self { rows: vec![500, 5_000], features: vec![10, 30, 100] }
    }
}

impl Sweep {
    /// Every pair (n, d), n outermost.
    fn sizes(&self) -> Vec<(usize, usize)> {
        self.rows.iter().flat_map(|&n| self.features.iter().map(move |&d| (n, d))).collect()
    }
}

/// A group with logarithmic axes, and a second a bench: comparisons have many.
fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(20);
    group
}

/// Says that a component is left out at a size.
#[allow(clippy::print_stderr, reason = "criterion itself reports to the terminal")]
fn left_out(group: &str, name: &str, (n, d): (usize, usize), why: &dyn std::fmt::Display) {
    eprintln!("{group}: {name} is left out at n = {n}, d = {d}: {why}");
}
