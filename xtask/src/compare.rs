//! The same work here and in the original, in turn, on one thread each, the model's own time taken out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, root, run as run_process};
use crate::python::environment;

/// What to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this workload: quartile, gaussian, forward, memory
    #[arg(long, value_name = "WORKLOAD")]
    only: Option<String>,
    /// Paired rounds
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Fail, naming each row that misses its target
    #[arg(long)]
    check: bool,
}

/// A workload of 5000 samples: at most this share of the original's time.
const SPEED: [(&str, f64); 3] = [("quartile", 1.0 / 20.0), ("gaussian", 1.0 / 7.0), ("forward", 1.0 / 20.0)];
/// Forward selection of six takes at most this much of the time without selection.
const FORWARD_OVER_NONE: f64 = 1.3;
/// Peak memory at a million samples is at most this many MiB above that at ten thousand.
const MEMORY: f64 = 64.0;
/// Runs in a round, of which the median counts: the original's take many times longer.
const OURS_A_ROUND: usize = 20;
const THEIRS_A_ROUND: usize = 3;

/// A worker process: a line in, the milliseconds of one run out; at the end its peak memory.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { bail!("no pipes") };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the worker stopped");
        }
        Ok(line.trim().to_string())
    }

    fn run(&mut self) -> Result<f64> {
        writeln!(self.input, "run")?;
        self.input.flush()?;
        self.line()?.parse().context("no time")
    }

    /// Ends the worker: its peak memory in MiB.
    fn finish(mut self) -> Result<f64> {
        drop(self.input);
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        self.child.wait()?;
        let kilobytes = line.trim().strip_prefix("peak").and_then(|rest| rest.trim().strip_suffix("kB"));
        let kilobytes: f64 = kilobytes.context("no peak memory")?.trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Builds our worker with the bench profile and finds it.
fn our_worker() -> Result<PathBuf> {
    let words = "bench --package lime-tabular --bench worker --no-run --message-format json";
    let output = cargo(words).current_dir(root()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("cargo {words}: {}", output.status);
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let artifact = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|message| message["target"]["name"] == "worker" && message["executable"].is_string());
    let path = artifact.and_then(|message| message["executable"].as_str().map(PathBuf::from));
    path.context("cargo named no executable for the worker")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One measured row of the table and whether it meets its target.
struct Row {
    name: String,
    ours: String,
    theirs: String,
    ratio: String,
    target: String,
    met: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let ours = our_worker()?;
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    if !SPEED.iter().any(|(name, _)| wanted(name)) && !wanted("memory") {
        bail!("no workload {:?}: quartile, gaussian, forward, memory", args.only);
    }
    let python = environment("compare")?;
    run_process(Command::new(&python).args(["-c", "import lime, numpy, sklearn; print('peers: lime', '0.2.0.1')"]))?;
    let mut rows = Vec::new();
    for (name, target) in SPEED.into_iter().filter(|(name, _)| wanted(name)) {
        rows.push(speed(&ours, &python, name, target, args.rounds)?);
    }
    if wanted("forward") {
        rows.push(forward_over_none(&ours, args.rounds)?);
    }
    if wanted("memory") {
        rows.push(memory(&ours)?);
    }
    println!("\n| workload | lime (Rust) | lime 0.2.0.1 | ratio | target | |\n|---|---|---|---|---|---|");
    for row in &rows {
        let verdict = if row.met { "met" } else { "missed" };
        println!("| {} | {} | {} | {} | {} | {verdict} |", row.name, row.ours, row.theirs, row.ratio, row.target);
    }
    let missed: Vec<&str> = rows.iter().filter(|row| !row.met).map(|row| row.name.as_str()).collect();
    if args.check && !missed.is_empty() {
        bail!("targets missed: {}", missed.join(", "));
    }
    Ok(())
}

fn worker(program: &Path, workload: &str, samples: usize) -> Result<Worker> {
    Worker::start(Command::new(program).args([workload, &samples.to_string()]))
}

fn speed(ours: &Path, python: &Path, workload: &str, target: f64, rounds: usize) -> Result<Row> {
    let script = root().join("xtask/python/compare/worker.py");
    let mut our = worker(ours, workload, 5_000)?;
    let mut their = Worker::start(Command::new(python).arg(script).args([workload, "5000"]))?;
    // One round to warm up.
    for _ in 0..THEIRS_A_ROUND {
        their.run()?;
    }
    for _ in 0..OURS_A_ROUND {
        our.run()?;
    }
    let (mut our_times, mut their_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let their_time = median((0..THEIRS_A_ROUND).map(|_| their.run()).collect::<Result<_>>()?);
        let our_time = median((0..OURS_A_ROUND).map(|_| our.run()).collect::<Result<_>>()?);
        our_times.push(our_time);
        their_times.push(their_time);
        ratios.push(our_time / their_time);
    }
    our.finish()?;
    their.finish()?;
    let ratio = median(ratios);
    Ok(Row {
        name: format!("tabular {workload}, n = 5000, d = 30"),
        ours: format!("{:.3} ms", median(our_times)),
        theirs: format!("{:.1} ms", median(their_times)),
        ratio: format!("1/{:.1}", 1.0 / ratio),
        target: format!("1/{:.0}", 1.0 / target),
        met: ratio <= target,
    })
}

fn forward_over_none(ours: &Path, rounds: usize) -> Result<Row> {
    let (mut forward, mut none) = (worker(ours, "forward", 5_000)?, worker(ours, "quartile", 5_000)?);
    let (mut forward_times, mut none_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..=rounds * OURS_A_ROUND {
        let (f, n) = (forward.run()?, none.run()?);
        forward_times.push(f);
        none_times.push(n);
        ratios.push(f / n);
    }
    forward.finish()?;
    none.finish()?;
    let ratio = median(ratios);
    Ok(Row {
        name: "forward selection of 6 over no selection".into(),
        ours: format!("{:.3} ms over {:.3} ms", median(forward_times), median(none_times)),
        theirs: "-".into(),
        ratio: format!("{ratio:.2}"),
        target: format!("{FORWARD_OVER_NONE}"),
        met: ratio <= FORWARD_OVER_NONE,
    })
}

fn memory(ours: &Path) -> Result<Row> {
    let peak = |samples: usize| -> Result<f64> {
        let mut worker = worker(ours, "quartile", samples)?;
        worker.run()?;
        worker.finish()
    };
    let (few, many) = (peak(10_000)?, peak(1_000_000)?);
    Ok(Row {
        name: "peak memory, n = 1,000,000 over n = 10,000".into(),
        ours: format!("{many:.1} MiB over {few:.1} MiB"),
        theirs: "-".into(),
        ratio: format!("{:+.1} MiB", many - few),
        target: format!("+{MEMORY} MiB"),
        met: many - few <= MEMORY,
    })
}
