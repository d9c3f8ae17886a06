//! One side of a paired comparison (`cargo xtask compare`): runs a workload once for every line of standard input and
//! answers with the milliseconds it took, the model's own time taken out. The last line is the peak of resident memory.
#![allow(clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

mod support;

use std::io::BufRead as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lime_core::nalgebra::DMatrix;
use lime_core::{Explainer, Model, Moments, Selector, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::{ForwardSelection, NoSelection};
use support::{dot, row};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let Some(workload) = arguments.next() else { return };
    let samples: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    let selector: Box<dyn Selector<f64, Moments>> = match (workload.as_str(), ForwardSelection::new(6)) {
        ("forward", Ok(forward)) => Box::new(forward),
        ("quartile" | "gaussian", _) => Box::new(NoSelection),
        _ => panic!("no workload {workload:?}: quartile, gaussian, forward"),
    };
    let representation = row(workload != "gaussian");
    let explainer = Explainer::new(MonteCarlo, Radial::default(), selector, Ridge::default()).samples(samples);
    let (plain, in_model) = (dot(), Mutex::new(Duration::ZERO));
    let timed = model_fn(|rows: &DMatrix<f64>| {
        let start = Instant::now();
        let answer = plain.predict(rows);
        if let Ok(mut total) = in_model.lock() {
            *total += start.elapsed();
        }
        answer
    });
    for _ in std::io::stdin().lock().lines() {
        let start = Instant::now();
        if let Err(error) = explainer.explain(&representation, &timed) {
            panic!("{error}");
        }
        let all = start.elapsed();
        let model = in_model.lock().map(|mut total| std::mem::take(&mut *total)).unwrap_or_default();
        println!("{:.6}", (all - model).as_secs_f64() * 1e3);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    println!("peak {}", peak.trim());
}
