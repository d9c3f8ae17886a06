//! Pairs of workers in turn.

use anyhow::Result;

use super::environments::Environments;
use super::table::{Row, Times};
use super::worker::{Job, Worker, Workers, median};
use super::workload::{Growth, Ourselves, Workload};

/// Everything a measurement needs.
#[derive(Debug)]
pub(crate) struct Bench {
    pub rounds: usize,
    pub workers: Workers,
    pub peers: Environments,
}

/// The medians of both sides and of the ratio of each round.
struct Paired {
    first: f64,
    second: f64,
    ratio: f64,
}

/// Both workers in turn, some runs of each a round.
fn paired(first: &mut Worker, second: &mut Worker, runs: (usize, usize), rounds: usize) -> Result<Paired> {
    let (mut firsts, mut seconds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let theirs = second.median(runs.1)?;
        let ours = first.median(runs.0)?;
        firsts.push(ours);
        seconds.push(theirs);
        ratios.push(ours / theirs);
    }
    Ok(Paired { first: median(firsts), second: median(seconds), ratio: median(ratios) })
}

/// Our time over another's. What keeps the other side from running is in the row.
pub(crate) fn speed(bench: &mut Bench, work: &Workload, threads: usize) -> Result<Row> {
    let threads = work.threads.unwrap_or(threads);
    let job = Job { work: work.work, samples: work.samples, threads };
    let mut ours = bench.workers.start(work.package, job)?;
    ours.median(work.runs.0)?;
    // Targets are for one thread, or the workload's own number.
    let target = work.at_most.filter(|_| threads == work.threads.unwrap_or(1)).map(|share| 1.0 / share);
    let row = Row::new(format!("{}, n = {}", work.what, work.samples), threads);
    let attempt = bench.peers.start(work.script, job).and_then(|mut theirs| {
        if work.rounds > 1 {
            theirs.median(work.runs.1)?;
        }
        let times = paired(&mut ours, &mut theirs, work.runs, bench.rounds.min(work.rounds))?;
        theirs.finish()?;
        Ok(times)
    });
    let row = match attempt {
        Ok(times) => {
            row.times(Times { ours: times.first, theirs: (work.peer, times.second), ratio: times.ratio, target })
        }
        Err(error) => row.failed(ours.median(work.runs.0)?, work.peer, &error),
    };
    ours.finish()?;
    Ok(row)
}

/// Our time over our own.
pub(crate) fn ourselves(bench: &mut Bench, work: &Ourselves) -> Result<Row> {
    let job = |(name, threads): (&'static str, usize)| Job { work: name, samples: work.samples, threads };
    let mut first = bench.workers.start(work.package, job(work.work))?;
    let mut second = bench.workers.start(work.package, job(work.against))?;
    first.run()?;
    second.run()?;
    // One run of each in turn: the two are as long as each other, or nearly so.
    let times = paired(&mut first, &mut second, (1, 1), bench.rounds.min(work.rounds) * work.runs)?;
    first.finish()?;
    second.finish()?;
    let row = Row::new(format!("{}, n = {}", work.what, work.samples), work.work.1);
    let theirs = ("ourselves", times.second);
    Ok(row.times(Times { ours: times.first, theirs, ratio: times.ratio, target: Some(work.at_most) }))
}

/// What the machine gives to as many processes at once as a workload has threads, each of which does on one thread what it is measured
/// against: the time of all over their number, against that of one alone. More cannot be asked of threads.
pub(crate) fn processes(bench: &Bench, work: &Ourselves) -> Result<Row> {
    let (name, threads) = work.against;
    let job = Job { work: name, samples: work.samples, threads };
    let mut workers: Vec<Worker> =
        (0..work.work.1).map(|_| bench.workers.start(work.package, job)).collect::<Result<_>>()?;
    for worker in &mut workers {
        worker.run()?;
    }
    let (mut alone, mut at_once, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds.min(work.rounds) {
        let one = workers[0].run()?;
        workers.iter_mut().try_for_each(Worker::begin)?;
        let all: Vec<f64> = workers.iter_mut().map(Worker::end).collect::<Result<_>>()?;
        let each = all.iter().fold(0.0f64, |longest, time| longest.max(*time)) / all.len() as f64;
        alone.push(one);
        at_once.push(each);
        ratios.push(each / one);
    }
    let row = Row::new(format!("{}: processes in place of threads, n = {}", work.what, work.samples), threads);
    let theirs = ("ourselves", median(alone));
    for worker in workers {
        worker.finish()?;
    }
    Ok(row.times(Times { ours: median(at_once), theirs, ratio: median(ratios), target: None }))
}

/// How much more memory many samples take than few.
pub(crate) fn grown(bench: &mut Bench, work: &Growth) -> Result<Row> {
    let peak = |mut worker: Worker| {
        worker.run()?;
        worker.finish()
    };
    let job = |samples: usize| Job { work: work.work, samples, threads: 1 };
    let ours = |workers: &Workers, samples| peak(workers.start(work.package, job(samples))?);
    let theirs = |peers: &mut Environments, samples| peak(peers.start(work.script, job(samples))?);
    let (few, many) = work.samples;
    let ours = ours(&bench.workers, many)? - ours(&bench.workers, few)?;
    let theirs = theirs(&mut bench.peers, few).and_then(|few| Ok(theirs(&mut bench.peers, many)? - few));
    let row = Row::new(format!("{}, n = {many} over n = {few}", work.what), 1);
    Ok(row.memory(ours, work.peer, theirs, work.at_most))
}
