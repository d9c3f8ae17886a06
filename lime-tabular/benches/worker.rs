//! One side of a paired comparison of tables (`cargo xtask compare`): see `xtask/worker.rs`, and `xtask/python/compare` for the
//! other side.
#![allow(clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

mod support;
#[path = "../../xtask/worker.rs"]
mod worker;

use lime_core::nalgebra::DMatrix;
use lime_core::{
    BoxError, Explainer, Kernel, Model as _, Moments, Real, Representation, Selector, Source, Surrogate, model_fn,
};
use lime_kernels::{Cosine, Euclidean, Radial, Unweighted};
use lime_samplers::{BernoulliMask, Coalitions, MonteCarlo};
use lime_surrogates::selection::{ForwardSelection, LassoPath, NoSelection};
use lime_surrogates::{ConstrainedLeastSquares, Lasso, Ridge};
use lime_tabular::{Baseline, Tabular};
use support::{dot, row, training};
use worker::Job;

/// How many features a selection leaves.
const SELECTED: usize = 6;

fn main() {
    worker::main(work);
}

fn work(job: &Job) -> Result<(), BoxError> {
    match job.work.as_str() {
        "quartile" => each(job, original(NoSelection), &row(true)),
        "gaussian" => each(job, original(NoSelection), &row(false)),
        "forward" => each(job, original(ForwardSelection::new(SELECTED)?), &row(true)),
        "lasso-path" => each(job, original(LassoPath::new(SELECTED)?), &row(true)),
        "rows" => rows(job),
        "captum" => {
            let (kernel, surrogate) = (Radial::captum(Cosine, 1.0)?, Lasso::new(0.01)?);
            each(job, Explainer::new(BernoulliMask::default(), kernel, NoSelection, surrogate), &standardised::<f32>()?)
        }
        "xplique" | "xplique-whole" => each(job, xplique()?, &standardised::<f32>()?),
        "xplique-f64" => each(job, xplique()?, &standardised::<f64>()?),
        "kernel-shap" => {
            let surrogate = ConstrainedLeastSquares::shapley();
            each(job, Explainer::new(Coalitions, Unweighted, NoSelection, surrogate), &standardised::<f64>()?)
        }
        work => {
            let known = "quartile, gaussian, forward, lasso-path, rows, captum, xplique, xplique-whole, xplique-f64, \
                kernel-shap";
            Err(format!("no workload {work:?}: {known}").into())
        }
    }
}

/// The original's parts but for the selection.
fn original<L: Selector<f64, Moments>>(selector: L) -> Explainer<MonteCarlo, Radial, L, Ridge> {
    Explainer::new(MonteCarlo, Radial::default(), selector, Ridge::default())
}

/// xplique's parts.
fn xplique<F: Real>() -> Result<Explainer<BernoulliMask, impl Kernel<F, DMatrix<F>>, NoSelection, Ridge>, BoxError> {
    let (kernel, surrogate) = (Radial::xplique(Euclidean, 45.0)?, Ridge::new(2.0)?);
    Ok(Explainer::new(BernoulliMask::default(), kernel, NoSelection, surrogate))
}

/// Row 0 in units of its columns' deviations, against their means.
fn standardised<F: Real>() -> Result<Baseline<F>, BoxError> {
    let training = training();
    let row = training.row(0);
    let values = row.iter().zip(training.column_iter());
    let row: Vec<F> = values.map(|(x, of)| F::of((x - of.mean()) / of.variance().sqrt())).collect();
    Ok(Baseline::new(&row, &vec![F::zero(); row.len()])?)
}

fn each<F, R, S, K, L, G>(job: &Job, explainer: Explainer<S, K, L, G>, representation: &R) -> Result<(), BoxError>
where
    F: Real,
    R: Representation<F, Batch = DMatrix<F>>,
    S: Source<F, R>,
    K: Kernel<F, DMatrix<F>>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let (plain, explainer) = (dot(), explainer.samples(job.samples));
    let model = model_fn(|rows: &DMatrix<F>| job.in_model(|| plain.predict(rows)));
    job.each(|| job.explain(&explainer, representation, &model))
}

/// All rows of the training data in one call.
fn rows(job: &Job) -> Result<(), BoxError> {
    let (plain, explainer) = (dot(), original(NoSelection).samples(job.samples));
    let model = model_fn(|rows: &DMatrix<f64>| job.in_model(|| plain.predict(rows)));
    let training = training();
    let table = Tabular::builder(&training).learn()?;
    job.each(|| {
        let rows = training.row_iter().map(|row| table.represent(&row.iter().copied().collect::<Vec<_>>()));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        for explanation in explainer.explain_many(&rows, &model) {
            explanation?;
        }
        Ok(())
    })
}
