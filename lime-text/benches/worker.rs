//! One side of a paired comparison (`cargo xtask compare`): runs a workload once for every line of standard input and
//! answers with the milliseconds it took, the model's own time taken out. The last line is the peak of resident memory.
#![allow(clippy::panic, clippy::print_stdout, missing_docs)]

mod support;

use std::io::BufRead as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lime_core::{BoxError, Targets, model_fn};
use lime_text::{Document, explainer};
use nalgebra::DMatrix;
use support::text;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let Some(workload) = arguments.next() else { return };
    let samples: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    if let Err(error) = work(&workload, samples) {
        panic!("{error}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    println!("peak {}", peak.trim());
}

fn work(workload: &str, samples: usize) -> Result<(), BoxError> {
    let (words, distinct, positions) = match workload {
        "text-60" => (60, 60, false),
        "text-400" => (400, 240, false),
        "text-positions" => (443, 240, true),
        _ => return Err(format!("no workload {workload:?}: text-60, text-400, text-positions").into()),
    };
    let (text, in_model) = (text(words, distinct), Mutex::new(Duration::ZERO));
    let model = model_fn(|texts: &Vec<String>| {
        let start = Instant::now();
        let answer = DMatrix::from_fn(texts.len(), 2, |row, _| texts[row].len() as f64);
        if let Ok(mut total) = in_model.lock() {
            *total += start.elapsed();
        }
        answer
    });
    let explainer = explainer().samples(samples).targets(Targets::Given(vec![1]));
    for _ in std::io::stdin().lock().lines() {
        let start = Instant::now();
        // The text is cut up each time, as the original does.
        let builder = Document::builder(&text);
        let document: Document = if positions { builder.positions() } else { builder }.build()?;
        explainer.explain(&document, &model)?;
        let all = start.elapsed();
        let model = in_model.lock().map(|mut total| std::mem::take(&mut *total)).unwrap_or_default();
        println!("{:.6}", (all - model).as_secs_f64() * 1e3);
    }
    Ok(())
}
