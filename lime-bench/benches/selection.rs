//! The selectors of `lime-surrogates`, side by side.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{Selectors, Sweep};
use lime_surrogates::Ridge;
use lime_surrogates::selection::{
    Auto, BackwardElimination, ByCriterion, Criterion as Information, FixedFeatures, ForwardSelection, HighestFitted,
    HighestWeights, LassoPath, NoSelection, StableSelection,
};

fn compare(c: &mut Criterion) {
    Selectors::new(c, Sweep { rows: vec![5_000], features: vec![10, 30, 100] })
        .compare("none", &NoSelection)
        .compare("fixed", &FixedFeatures::new(vec![0, 1, 2]).unwrap())
        .compare("auto 10", &Auto::default())
        .compare("highest weights 10", &HighestWeights::default())
        .compare("highest fitted 10", &HighestFitted::new(Ridge::default(), 10).unwrap())
        .compare("forward 6", &ForwardSelection::new(6).unwrap())
        .compare("backward 6", &BackwardElimination::new(6).unwrap())
        .compare("lasso path 6", &LassoPath::new(6).unwrap())
        .compare("lasso path, all of it", &LassoPath::new(100).unwrap())
        .compare("bic", &ByCriterion::new(Information::Bic))
        .compare_on_rows("stable 5", &StableSelection::default());
}

criterion_group!(benches, compare);
criterion_main!(benches);
