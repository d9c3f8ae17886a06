//! Stability, error and calibration of estimators on real models, as tables and plots.
//!
//! `cargo xtask quality` runs it: on the tasks, estimators and budgets of a configuration (quality.toml beside this file is the one it
//! takes unless told of another), over several instances and seeds, against a reference of very many calls. It writes quality.csv,
//! quality.md and plots; `--check` fails, naming each row that misses its target.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod config;
mod estimators;
mod limits;
mod measure;
mod report;
mod stopping;
mod targets;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lime::BoxError;
use measure::Measured;

/// Measure estimators on real models.
#[derive(Debug, Parser)]
struct Args {
    /// The tasks, estimators and budgets
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the table and the plots go
    #[arg(long, value_name = "DIRECTORY", default_value = "target/quality")]
    out: PathBuf,
    /// Only the task of this name
    #[arg(long, value_name = "TASK")]
    only: Option<String>,
    /// Fail, naming each row that misses its target
    #[arg(long)]
    check: bool,
}

fn measure_task(config: &config::Config, task: &config::Task, measured: &mut Measured) -> Result<(), BoxError> {
    let instances = tasks::instances(task, task.instances.unwrap_or(config.instances))?;
    let references = measure::references(config, task, &instances)?;
    measure::measure(config, task, (&instances, &references), &mut measured.rows)?;
    if task.stopping {
        measured.stops.push(stopping::measure(config, task, (&instances, &references))?);
    }
    if let Some(instance) = instances.first() {
        measured.goes_on.push((task.name.clone(), instance.goes_on()?));
    }
    Ok(())
}

fn run(args: &Args) -> Result<bool, BoxError> {
    let config = config::Config::read(args.config.as_deref())?;
    std::fs::create_dir_all(&args.out)?;
    let asked = |name: &str| args.only.as_ref().is_none_or(|only| only == name);
    let mut names: Vec<&str> = config.limits.iter().map(|_| "limits").collect();
    names.extend(config.task.iter().map(|task| task.name.as_str()));
    if let Some(only) = args.only.as_ref().filter(|only| !names.contains(&only.as_str())) {
        return Err(format!("there is no task {only:?}: {}", names.join(", ")).into());
    }
    let mut measured = Measured::default();
    if let Some(path) = config.limits.as_ref().filter(|_| asked("limits")) {
        match limits::measure(path, config.seeds) {
            Ok(limits) => measured.limits = limits,
            Err(error) => measured.not_run.push(format!("limits: not run: {error}")),
        }
    }
    for task in config.task.iter().filter(|task| asked(&task.name)) {
        eprintln!("{}", task.name);
        // What cannot be run here (an engine that is not installed) is a target missed, not passed over, and the others are run.
        if let Err(error) = measure_task(&config, task, &mut measured) {
            println!("{}: not run: {error}", task.name);
            measured.not_run.push(format!("{}: not run: {error}", task.name));
        }
        // After each task: a run takes long, and one that is interrupted keeps what it measured.
        report::write(&args.out, &measured, &targets::verdicts(&config, &measured))?;
    }
    let verdicts = targets::verdicts(&config, &measured);
    report::write(&args.out, &measured, &verdicts)?;
    println!("written to {}", args.out.display());
    for verdict in verdicts.iter().filter(|verdict| !verdict.met) {
        println!("missed: {}", verdict.what);
    }
    Ok(verdicts.iter().all(|verdict| verdict.met))
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(met) if met || !args.check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
