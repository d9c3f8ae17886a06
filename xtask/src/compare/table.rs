//! Results as a Markdown table.

use std::fmt;

use anyhow::Result;

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    what: String,
    threads: usize,
    ours: String,
    theirs: String,
    ratio: String,
    target: String,
    verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Met,
    Missed,
    /// There is no target.
    Shown,
    /// The other side did not run, and why.
    NotRun(String),
}

/// Medians in milliseconds, and the share of the other's time that ours is and may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub ours: f64,
    pub theirs: (&'static str, f64),
    pub ratio: f64,
    pub target: Option<f64>,
}

impl Row {
    pub(crate) fn new(what: String, threads: usize) -> Self {
        let (ours, theirs, ratio, target) = Default::default();
        Self { what, threads, ours, theirs, ratio, target, verdict: Verdict::Shown }
    }

    pub(crate) fn times(self, times: Times) -> Self {
        let (peer, theirs) = times.theirs;
        let verdict = verdict(times.ratio, times.target);
        let target = times.target.map_or_else(|| "-".into(), share);
        let theirs = format!("{peer}: {}", milliseconds(theirs));
        Self { ours: milliseconds(times.ours), theirs, ratio: share(times.ratio), target, verdict, ..self }
    }

    /// Peak memory in MiB.
    pub(crate) fn memory(self, ours: f64, peer: &str, theirs: Result<f64>, at_most: f64) -> Self {
        let mebibytes = |amount: f64| format!("{amount:+.1} MiB");
        let row = Self { ours: mebibytes(ours), target: mebibytes(at_most), ..self };
        match theirs {
            Ok(theirs) => {
                let (ratio, verdict) = (share(ours.max(0.0) / theirs), verdict(ours, Some(at_most)));
                Self { theirs: format!("{peer}: {}", mebibytes(theirs)), ratio, verdict, ..row }
            }
            Err(error) => row.not_run(peer, &error),
        }
    }

    /// Ours, where the other side did not run.
    pub(crate) fn failed(self, ours: f64, peer: &str, error: &anyhow::Error) -> Self {
        Self { ours: milliseconds(ours), target: "-".into(), ..self }.not_run(peer, error)
    }

    fn not_run(self, peer: &str, error: &anyhow::Error) -> Self {
        // One line, and no end of a cell.
        let error = format!("{error:#}").replace('\n', " ").replace('|', "/");
        Self { theirs: format!("{peer}: -"), ratio: "-".into(), verdict: Verdict::NotRun(error), ..self }
    }

    /// Whether nothing is wrong with it.
    pub(crate) fn met(&self) -> bool {
        matches!(self.verdict, Verdict::Met | Verdict::Shown)
    }
}

fn verdict(found: f64, at_most: Option<f64>) -> Verdict {
    match at_most {
        None => Verdict::Shown,
        Some(most) if found <= most => Verdict::Met,
        Some(_) => Verdict::Missed,
    }
}

fn milliseconds(time: f64) -> String {
    match time {
        time if time < 10.0 => format!("{time:.3} ms"),
        time if time < 1e3 => format!("{time:.1} ms"),
        time => format!("{:.2} s", time / 1e3),
    }
}

fn share(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 0.95 => format!("{ratio:.2}"),
        ratio if ratio > 0.1 => format!("1/{:.2}", 1.0 / ratio),
        ratio if ratio > 0.02 => format!("1/{:.1}", 1.0 / ratio),
        ratio if ratio > 0.0 => format!("1/{:.0}", 1.0 / ratio),
        _ => "0".into(),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met => f.write_str("met"),
            Self::Missed => f.write_str("**missed**"),
            Self::Shown => Ok(()),
            Self::NotRun(why) => write!(f, "**not run**: {why}"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, threads, ours, theirs, ratio, target, verdict } = self;
        write!(f, "| {what} | {threads} | {ours} | {theirs} | {ratio} | {target} | {verdict} |")
    }
}

/// The table, and below it the machine and what ran.
pub(crate) fn markdown<'a>(rows: &[Row], machine: &str, versions: impl Iterator<Item = &'a str>) -> String {
    let mut text =
        String::from("| workload | threads | ours | theirs | ratio | at most | |\n|---|---|---|---|---|---|---|\n");
    for row in rows {
        text += &format!("{row}\n");
    }
    text += &format!("\nOn {machine}; the others:\n\n");
    for versions in versions {
        text += &format!("- {versions}\n");
    }
    text
}

/// The processor's name, its cores, the memory and how busy it is already, where the system tells. Times are to be trusted where it
/// is not: what takes the other side many times as long is interrupted as many times as often.
pub(crate) fn machine() -> String {
    let read = |file: &str, key: &str| -> Option<String> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let processor = read("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = read("/proc/meminfo", "MemTotal").and_then(|text| text.strip_suffix(" kB")?.parse::<f64>().ok());
    let memory = memory.map(|kilobytes| format!(", {:.0} GiB of memory", kilobytes / (1024.0 * 1024.0)));
    let load = std::fs::read_to_string("/proc/loadavg").ok();
    let load = load.and_then(|text| Some(format!(", load {} before the run", text.split_whitespace().next()?)));
    format!("{processor}, {cores} cores{}{}", memory.unwrap_or_default(), load.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row::new("work".into(), 1)
    }

    #[test]
    fn a_target_is_met_at_its_limit_and_missed_above() {
        let times = |ratio| row().times(Times { ours: 1.0, theirs: ("lime", 4.0), ratio, target: Some(0.25) });
        assert!(times(0.25).met());
        assert!(!times(0.26).met());
        assert_eq!(times(0.25).to_string(), "| work | 1 | 1.000 ms | lime: 4.000 ms | 1/4.00 | 1/4.00 | met |");
    }

    #[test]
    fn memory_is_missed_by_growth_whatever_the_other_side_takes() {
        assert!(row().memory(15.9, "lime", Ok(1428.0), 16.0).met());
        assert!(!row().memory(16.1, "lime", Ok(1428.0), 16.0).met());
    }

    #[test]
    fn what_did_not_run_is_not_met_and_says_why_in_one_cell() {
        let failed = row().failed(1.0, "shap", &anyhow::anyhow!("no|such\nversion"));
        assert!(!failed.met());
        assert_eq!(failed.to_string(), "| work | 1 | 1.000 ms | shap: - | - | - | **not run**: no/such version |");
        assert!(!row().memory(1.0, "lime", Err(anyhow::anyhow!("gone")), 16.0).met());
    }
}
