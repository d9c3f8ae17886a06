//! The surrogates of `lime-surrogates`, side by side.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{Surrogates, Sweep};
use lime_core::SizeLaw;
use lime_surrogates::{
    BayesianRidge, ConstrainedLeastSquares, DecisionTree, ElasticNet, Hc3, Jackknife, Lars, Lasso, MaskProcess,
    OrdinaryLeastSquares, Ridge,
};

fn compare(c: &mut Criterion) {
    Surrogates::new(c, Sweep { rows: vec![5_000], features: vec![10, 30, 100] })
        .compare("ridge", &Ridge::default())
        .compare("least squares", &OrdinaryLeastSquares::new())
        .compare("constrained", &ConstrainedLeastSquares::shapley())
        .compare("lasso", &Lasso::new(0.01).unwrap())
        .compare("elastic net", &ElasticNet::new(0.01, 0.5).unwrap())
        .compare("lars, whole path", &Lars::complete())
        .compare("bayesian ridge", &BayesianRidge::default())
        .compare("tree", &DecisionTree::default())
        .compare("ridge, hc3", &Hc3::new(Ridge::default()))
        .compare("ridge, jackknife", &Jackknife::new(Ridge::default()));
    // Made for few samples: what it costs grows with their square.
    Surrogates::new(c, Sweep { rows: vec![512], features: vec![10, 30, 100] })
        .compare("mask process", &MaskProcess::new(SizeLaw::fair()));
}

criterion_group!(benches, compare);
criterion_main!(benches);
