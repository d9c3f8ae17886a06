//! The stages of an explanation beside what bounds them, and how its time grows: the benches of lime-bench as two tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::{cargo, root, run as run_process};

/// What to print and what to insist on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print what was measured last instead of measuring
    #[arg(long)]
    last: bool,
    /// Fail for each stage above 1.5 times its bound that docs/performance.md gives no reason for ("**quartile, draw**"), and
    /// for each time that grows faster than it may
    #[arg(long)]
    check: bool,
}

/// A stage takes at most so many times its bound.
const OVER_BOUND: f64 = 1.5;
/// The workloads and stages, in the order they are printed in.
const WORKLOADS: [&str; 4] = ["quartile", "gaussian", "text", "image"];
const STAGES: [&str; 5] = ["draw", "write", "weigh", "products", "solve"];
/// Lines of the bench `growth`, and the power of x that its time may grow with. A line is measured to a few hundredths.
const GROWTH: [(&str, f64); 2] = [("samples", 1.05), ("features", 2.05)];

/// Seconds a perturbation by group, function and value, and how many perturbations a run has.
type Times = BTreeMap<(String, String, String), (f64, f64)>;

pub(crate) fn run(args: &Args) -> Result<()> {
    let measured = root().join("target/criterion");
    let start = SystemTime::now();
    if !args.last {
        let lines = GROWTH.map(|(name, _)| name).join("|");
        for bench in ["--bench roofline".to_string(), format!("--bench growth -- ^growth/({lines})/")] {
            let mut command = cargo(&format!("bench --quiet --package lime-bench {bench}"));
            run_process(command.env("CRITERION_HOME", &measured))?;
        }
    }
    let since = if args.last { SystemTime::UNIX_EPOCH } else { start };
    let mut times = Times::new();
    for group in ["roofline", "growth"] {
        collect(&measured, group, since, &mut times)?;
    }
    let mut wrong = stages(&times)?;
    wrong.extend(growth(&times)?);
    if args.check && !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(())
}

/// Reads what criterion wrote for the groups of a bench since a moment: its directories are named for the groups.
fn collect(measured: &Path, bench: &str, since: SystemTime, times: &mut Times) -> Result<()> {
    let mut pending: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(measured).with_context(|| measured.display().to_string())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&format!("{bench}_")) {
            pending.push(entry.path());
        }
    }
    while let Some(directory) = pending.pop() {
        let sample = directory.join("new/sample.json");
        if sample.exists() {
            if std::fs::metadata(&sample)?.modified()? >= since {
                let name = read(&directory.join("new/benchmark.json"))?;
                let part = |key: &str| name[key].as_str().unwrap_or_default().to_string();
                let samples = name["throughput"]["Elements"].as_f64().context("a run of no perturbations")?;
                let took = undisturbed(&read(&sample)?)? / samples;
                times.insert((part("group_id"), part("function_id"), part("value_str")), (took, samples));
            }
            continue;
        }
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// The lowest decile of criterion's samples, in seconds a run: the others are what a machine with more to do adds.
fn undisturbed(sample: &Value) -> Result<f64> {
    let numbers =
        |key: &str| sample[key].as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<f64>>();
    let mut runs: Vec<f64> = numbers("times").iter().zip(numbers("iters")).map(|(time, runs)| time / runs).collect();
    runs.sort_by(f64::total_cmp);
    let decile = runs.get(runs.len() / 10).context("criterion wrote no samples")?;
    Ok(decile * 1e-9)
}

/// Prints the stages, and gives those above their bound that have no reason.
fn stages(times: &Times) -> Result<Vec<String>> {
    let reasons = std::fs::read_to_string(root().join("docs/performance.md")).unwrap_or_default();
    let mut wrong = Vec::new();
    println!("\n| workload | stage | ms | share | bounds, ms | over the largest | over their sum |");
    println!("|---|---|---|---|---|---|---|");
    for workload in WORKLOADS {
        let group = format!("roofline/{workload}");
        let time = |stage: &str| {
            let found = times.get(&(group.clone(), stage.to_string(), "time".to_string())).copied();
            found.with_context(|| format!("nothing was measured for {workload}, {stage}"))
        };
        let (whole, samples) = time("explain")?;
        let whole = whole * samples;
        let mut rest = whole;
        for stage in STAGES {
            let took = time(stage)?.0 * samples;
            rest -= took;
            let of_stage = times.iter().filter(|((of, function, _), _)| *of == group && function == stage);
            let bounds: Vec<(&str, f64)> = of_stage
                .filter_map(|((.., value), time)| Some((value.strip_prefix("bound, ")?, time.0 * samples)))
                .collect();
            let listed: Vec<String> = bounds.iter().map(|(what, time)| format!("{what} {:.3}", time * 1e3)).collect();
            let largest = bounds.iter().fold(0.0, |top: f64, (_, time)| top.max(*time));
            let (over, sum) = (took / largest, took / bounds.iter().map(|(_, time)| time).sum::<f64>());
            let (name, ms, share) = (format!("{workload} | {stage}"), took * 1e3, 100.0 * took / whole);
            println!("| {name} | {ms:.3} | {share:.0} % | {} | {over:.1} | {sum:.1} |", listed.join(", "));
            if over > OVER_BOUND && !reasons.contains(&format!("**{workload}, {stage}**")) {
                wrong.push(format!("{workload}, {stage}: {over:.2} times its bound, and no reason is given"));
            }
        }
        println!("| {workload} | the rest | {:.3} | {:.0} % | | | |", rest * 1e3, 100.0 * rest / whole);
        println!("| {workload} | **all** | {:.3} | 100 % | | | |", whole * 1e3);
    }
    Ok(wrong)
}

/// Prints the powers of x that times grow with, and gives those above their limits.
fn growth(times: &Times) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    println!("\n| with | of | ms | exponent | last step | limit |\n|---|---|---|---|---|---|");
    for (sweep, limit) in GROWTH {
        let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for ((group, line, x), (time, samples)) in times {
            if *group == format!("growth/{sweep}") {
                lines.entry(line).or_default().push((x.parse().with_context(|| x.clone())?, time * samples));
            }
        }
        if lines.is_empty() {
            bail!("nothing was measured of growth with {sweep}");
        }
        for (line, mut points) in lines {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (all, last) = (exponent(&points), exponent(&points[points.len().saturating_sub(2)..]));
            let listed: Vec<String> = points.iter().map(|(x, time)| format!("{x}: {:.2}", time * 1e3)).collect();
            println!("| {sweep} | {line} | {} | {all:.2} | {last:.2} | {limit} |", listed.join(", "));
            if all.is_nan() || all > limit {
                wrong.push(format!("{line} grows with {sweep} to the power of {all:.2}"));
            }
        }
    }
    Ok(wrong)
}

/// The slope of a line through the logarithms of points, by least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let products = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum::<f64>();
    products / logs.iter().map(|log| (log.0 - x) * (log.0 - x)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_powers() {
        let points = [1.0, 2.0, 5.0, 40.0].map(|x: f64| (x, 3.0 * x.powf(1.5)));
        assert!((exponent(&points) - 1.5).abs() < 1e-12);
        assert!((exponent(&points[2..]) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn the_lowest_decile_is_a_time_a_run() {
        let sample = serde_json::json!({ "iters": [1.0, 2.0, 4.0], "times": [9e9, 6e9, 16e9] });
        assert_eq!(undisturbed(&sample).ok(), Some(3.0));
        assert!(undisturbed(&serde_json::json!({})).is_err());
    }
}
