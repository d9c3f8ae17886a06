//! The same work here and in the systems that do it in Python, in turn, the model's own time taken out.

mod environments;
mod measure;
mod table;
mod worker;
mod workload;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use environments::Environments;
use measure::{Bench, grown, ourselves, processes, speed};
use table::{Row, machine, markdown};
use worker::Workers;
use workload::{GROWTH, OURSELVES, SPEED};

/// What to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the workloads of this name; another name lists them
    #[arg(long, value_name = "WORKLOAD")]
    only: Option<String>,
    /// Paired rounds, at most: what takes the other side many seconds has fewer
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Threads each: one, as the targets say, or all the machine has
    #[arg(long, value_enum, value_delimiter = ',', default_value = "one")]
    threads: Vec<Threads>,
    /// Fail, naming each row that misses its target or whose other side cannot be run
    #[arg(long)]
    check: bool,
    /// A file for the table too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Threads {
    One,
    All,
}

impl Threads {
    fn number(self) -> Result<usize> {
        match self {
            Self::One => Ok(1),
            Self::All => Ok(std::thread::available_parallelism().context("how many threads there are")?.get()),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    let mut names: Vec<&str> = SPEED.iter().map(|work| work.name).collect();
    names.extend(OURSELVES.iter().map(|work| work.name).chain(GROWTH.iter().map(|work| work.name)));
    names.dedup();
    if !names.iter().any(|name| wanted(name)) {
        bail!("no workload {:?}: {}", args.only.as_deref().unwrap_or_default(), names.join(", "));
    }
    // Before building and running make it busy.
    let machine = machine();
    let (workers, peers) = (Workers::build()?, Environments::default());
    let mut bench = Bench { rounds: args.rounds.max(1), workers, peers };
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |row: Row| {
        println!("{row}");
        rows.push(row);
    };
    for (index, threads) in args.threads.iter().enumerate() {
        let number = threads.number()?;
        for work in SPEED.iter().filter(|work| wanted(work.name)) {
            // What has a number of threads of its own is measured once.
            if index == 0 || work.threads.is_none() {
                add(speed(&mut bench, work, number)?);
            }
        }
    }
    for work in OURSELVES.iter().filter(|work| wanted(work.name)) {
        add(ourselves(&mut bench, work)?);
        if work.work.1 > work.against.1 {
            add(processes(&bench, work)?);
        }
    }
    for work in GROWTH.iter().filter(|work| wanted(work.name)) {
        add(grown(&mut bench, work)?);
    }
    let text = markdown(&rows, &machine, bench.peers.versions());
    println!("\n{text}");
    if let Some(file) = &args.markdown {
        std::fs::write(file, &text).with_context(|| format!("{}", file.display()))?;
    }
    let missed: Vec<String> = rows.iter().filter(|row| !row.met()).map(ToString::to_string).collect();
    if args.check && !missed.is_empty() {
        bail!("targets missed:\n{}", missed.join("\n"));
    }
    Ok(())
}
