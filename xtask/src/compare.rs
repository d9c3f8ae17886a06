//! The same work here and in the original, in turn, on one thread each, the model's own time taken out.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, root, run as run_process};
use crate::python::environment;

/// What to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this workload: quartile, gaussian, forward, image, image-f32, quickshift, slic, felzenszwalb, text-60, text-400,
    /// text-positions, memory, image-memory
    #[arg(long, value_name = "WORKLOAD")]
    only: Option<String>,
    /// Paired rounds
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Fail, naming each row that misses its target
    #[arg(long)]
    check: bool,
}

/// Work that both sides do.
struct Workload {
    name: &'static str,
    /// What the table says of it.
    what: &'static str,
    /// The package whose bench `worker` does it here, and the script that does it there.
    package: &'static str,
    script: &'static str,
    samples: usize,
    /// At most this share of the other side's time.
    target: f64,
    /// Runs in a round, of which the median counts: the other side's take many times longer.
    rounds: (usize, usize),
}

const fn tabular(name: &'static str, what: &'static str, target: f64) -> Workload {
    let (package, script) = ("lime-tabular", "worker.py");
    Workload { name, what, package, script, samples: 5_000, target, rounds: (20, 3) }
}

const fn image(name: &'static str, what: &'static str, target: f64) -> Workload {
    let (package, script) = ("lime-image", "worker_image.py");
    Workload { name, what, package, script, samples: 1_000, target, rounds: (5, 1) }
}

const fn text(name: &'static str, what: &'static str, target: f64) -> Workload {
    let (package, script) = ("lime-text", "worker_text.py");
    Workload { name, what, package, script, samples: 5_000, target, rounds: (10, 1) }
}

const SPEED: [Workload; 11] = [
    tabular("quartile", "tabular quartile, n = 5000, d = 30", 1.0 / 30.0),
    tabular("gaussian", "tabular gaussian, n = 5000, d = 30", 1.0 / 7.0),
    tabular("forward", "tabular forward, n = 5000, d = 30", 1.0 / 200.0),
    image("image", "image 299 x 299 x 3, bytes, n = 1000, 56 superpixels", 1.0 / 45.0),
    image("image-f32", "image 299 x 299 x 3, f32, n = 1000, 56 superpixels", 1.0 / 45.0),
    image("quickshift", "quickshift(4, 200, 0.2), 299 x 299 x 3", 1.0 / 10.0),
    image("slic", "SLIC(100, 10, sigma 1), 299 x 299 x 3", 1.0 / 5.0),
    image("felzenszwalb", "felzenszwalb(100, 0.5, 50), 299 x 299 x 3", 1.0 / 5.0),
    text("text-60", "text, bag of 60 words, n = 5000", 1.0 / 50.0),
    text("text-400", "text, bag of 400 words, 240 of them different, n = 5000", 1.0 / 50.0),
    text("text-positions", "text, 443 positions, n = 5000", 1.0 / 40.0),
];
/// Forward selection of six takes at most this much of the time without selection.
const FORWARD_OVER_NONE: f64 = 1.3;
/// Peak memory at a million samples is at most this many MiB above that at ten thousand.
const MEMORY: f64 = 16.0;
/// Peak memory of 3000 perturbed pictures is at most this many MiB above that of 300.
const IMAGE_MEMORY: f64 = 2.0;
/// Runs in a round of the comparisons with ourselves.
const OURS_A_ROUND: usize = 20;

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

/// Our workers, each built when it is first asked for.
#[derive(Default)]
struct Workers(HashMap<&'static str, PathBuf>);

impl Workers {
    fn of(&mut self, package: &'static str) -> Result<PathBuf> {
        if let Some(path) = self.0.get(package) {
            return Ok(path.clone());
        }
        let path = our_worker(package)?;
        self.0.insert(package, path.clone());
        Ok(path)
    }
}

/// Builds our worker in a package with the bench profile and finds it.
fn our_worker(package: &str) -> Result<PathBuf> {
    let words = format!("bench --package {package} --bench worker --no-run --message-format json");
    let output = cargo(&words).current_dir(root()).stderr(Stdio::inherit()).output()?;
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
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    let names: Vec<&str> = SPEED.iter().map(|work| work.name).chain(["memory", "image-memory"]).collect();
    if !names.iter().any(|name| wanted(name)) {
        bail!("no workload {:?}: {}", args.only, names.join(", "));
    }
    let python = environment("compare")?;
    let versions = "from importlib.metadata import version; \
        print('peers:', ', '.join(f'{name} {version(name)}' for name in ('lime', 'scikit-image', 'scikit-learn', 'numpy')))";
    run_process(Command::new(&python).args(["-c", versions]))?;
    let (mut rows, mut workers) = (Vec::new(), Workers::default());
    for work in SPEED.iter().filter(|work| wanted(work.name)) {
        rows.push(speed(&workers.of(work.package)?, &python, work, args.rounds)?);
    }
    if wanted("forward") {
        rows.push(forward_over_none(&workers.of("lime-tabular")?, args.rounds)?);
    }
    if wanted("memory") {
        rows.push(memory(&workers.of("lime-tabular")?, "quartile", (10_000, 1_000_000), MEMORY)?);
    }
    if wanted("image-memory") {
        rows.push(memory(&workers.of("lime-image")?, "image-f32", (300, 3_000), IMAGE_MEMORY)?);
    }
    println!(
        "\n| workload | lime (Rust) | the original, or scikit-image | ratio | target | |\n|---|---|---|---|---|---|"
    );
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

fn speed(ours: &Path, python: &Path, work: &Workload, rounds: usize) -> Result<Row> {
    let script = root().join("xtask/python/compare").join(work.script);
    let (mut our, (ours_a_round, theirs_a_round)) = (worker(ours, work.name, work.samples)?, work.rounds);
    let mut their = Worker::start(Command::new(python).arg(script).args([work.name, &work.samples.to_string()]))?;
    // One round to warm up.
    for _ in 0..theirs_a_round {
        their.run()?;
    }
    for _ in 0..ours_a_round {
        our.run()?;
    }
    let (mut our_times, mut their_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let their_time = median((0..theirs_a_round).map(|_| their.run()).collect::<Result<_>>()?);
        let our_time = median((0..ours_a_round).map(|_| our.run()).collect::<Result<_>>()?);
        our_times.push(our_time);
        their_times.push(their_time);
        ratios.push(our_time / their_time);
    }
    our.finish()?;
    their.finish()?;
    let ratio = median(ratios);
    Ok(Row {
        name: work.what.into(),
        ours: format!("{:.3} ms", median(our_times)),
        theirs: format!("{:.1} ms", median(their_times)),
        ratio: format!("1/{:.1}", 1.0 / ratio),
        target: format!("1/{:.0}", 1.0 / work.target),
        met: ratio <= work.target,
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

fn memory(ours: &Path, workload: &str, samples: (usize, usize), most: f64) -> Result<Row> {
    let peak = |samples: usize| -> Result<f64> {
        let mut worker = worker(ours, workload, samples)?;
        worker.run()?;
        worker.finish()
    };
    let (few, many) = (peak(samples.0)?, peak(samples.1)?);
    Ok(Row {
        name: format!("peak memory, {workload}, n = {} over n = {}", samples.1, samples.0),
        ours: format!("{many:.1} MiB over {few:.1} MiB"),
        theirs: "-".into(),
        ratio: format!("{:+.1} MiB", many - few),
        target: format!("+{most} MiB"),
        met: many - few <= most,
    })
}
