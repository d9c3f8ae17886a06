//! The surrogates of `lime-surrogates`, side by side.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lime_bench::{Surrogates, Sweep};
use lime_surrogates::{
    BayesianRidge, ConstrainedLeastSquares, DecisionTree, ElasticNet, Lars, Lasso, OrdinaryLeastSquares, Ridge,
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
        .compare("tree", &DecisionTree::default());
}

criterion_group!(benches, compare);
criterion_main!(benches);
