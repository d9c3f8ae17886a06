//! One side of a paired comparison of texts (`cargo xtask compare`): see `xtask/worker.rs`, and
//! `xtask/python/compare/lime/text.py` for the other side.
#![allow(clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

mod support;
#[path = "../../xtask/worker.rs"]
mod worker;

use lime_core::{BoxError, Targets, model_fn};
use lime_text::{Document, original};
use nalgebra::DMatrix;
use support::text;
use worker::Job;

fn main() {
    worker::main(work);
}

fn work(job: &Job) -> Result<(), BoxError> {
    let (words, distinct, positions) = match job.work.as_str() {
        "text-60" => (60, 60, false),
        "text-400" => (400, 240, false),
        "text-positions" => (443, 240, true),
        work => return Err(format!("no workload {work:?}: text-60, text-400, text-positions").into()),
    };
    let text = text(words, distinct);
    let model = model_fn(|texts: &Vec<String>| {
        job.in_model(|| DMatrix::from_fn(texts.len(), 2, |row, _| texts[row].len() as f64))
    });
    let explainer = original().samples(job.samples).targets(Targets::Given(vec![1]));
    job.each(|| {
        // The text is cut up each time, as the original does.
        let builder = Document::builder(&text);
        let document: Document = if positions { builder.positions() } else { builder }.build()?;
        job.explain(&explainer, &document, &model)
    })
}
