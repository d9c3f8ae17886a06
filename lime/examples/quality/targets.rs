//! What the numbers should be.

use lime::tabular::RECOMMENDED_SAMPLES;

use crate::config::{Config, Kind};
use crate::measure::{Measured, Row};

/// A target, and whether it is met.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) met: bool,
}

fn find<'a>(rows: &'a [Row], task: &str, estimator: &str, samples: usize) -> Option<&'a Row> {
    rows.iter().find(|row| row.task == task && row.estimator == estimator && row.samples == samples)
}

pub(crate) fn verdicts(config: &Config, measured: &Measured) -> Vec<Verdict> {
    let Measured { limits, rows, stops, goes_on, not_run } = measured;
    let mut verdicts = Vec::new();
    let mut verdict = |what: String, met: bool| verdicts.push(Verdict { what, met });
    for what in not_run {
        verdict(what.clone(), false);
    }
    for limit in limits {
        if let Some(at_most) = limit.at_most {
            verdict(
                format!("{}: off by {:.1e}, at most {at_most:.0e}", limit.what, limit.error),
                limit.error <= at_most,
            );
        }
    }
    for (task, same) in goes_on {
        verdict(format!("{task}: 2048 samples after 512 have the bits of 2048 from the start"), *same);
    }
    for task in &config.task {
        let name = &task.name;
        let at = |estimator: &str, samples: usize| find(rows, name, estimator, samples);
        // The original's quality at 5000 calls from 512.
        if let (Some(original), Some(few)) = (at("original", 5000), at("recommended", 512)) {
            verdict(
                format!("{name}: error {:.2e} at 512, the original's at 5000 {:.2e}", few.error, original.error),
                few.error <= original.error,
            );
            verdict(
                format!("{name}: Jaccard@5 {:.3} at 512, the original's at 5000 {:.3}", few.jaccard, original.jaccard),
                few.jaccard >= original.jaccard,
            );
        }
        // Another seed names the same five features.
        if let Some(default) = at("recommended", RECOMMENDED_SAMPLES) {
            let least = if name == "network" { 0.88 } else { 0.97 };
            verdict(
                format!(
                    "{name}: Jaccard@5 {:.3} at the default {RECOMMENDED_SAMPLES}, at least {least}",
                    default.jaccard
                ),
                default.jaccard >= least,
            );
        }
        // Masks.
        if task.kind != Kind::Table
            && let (Some(original), Some(ours)) = (at("original", 512), at("recommended", 512))
        {
            let gain = original.error / ours.error;
            let least = if task.features <= 20 { 8.0 } else { 4.0 };
            verdict(format!("{name}: error 1/{gain:.1} of the original's at 512, at most 1/{least}"), gain >= least);
        }
    }
    // Intervals. Those of the process of masks, whose parts learn from fewer samples than the whole, may be wider than they say, but no
    // narrower: 128 samples of 40 features have 0.997.
    for row in rows {
        // The original's ridge and a single scrambling have no intervals, nor do exact answers, which are the recommended ones of trees.
        let exact = row.estimator == "recommended" && row.calls < 2.0;
        let with_intervals = !["original", "one-scrambling"].contains(&row.estimator.as_str()) && !exact;
        if row.coverage.is_none() && with_intervals {
            verdict(format!("{} {} {}: no intervals", row.task, row.estimator, row.samples), false);
        }
        if let Some(coverage) = row.coverage {
            let masks = config.task.iter().any(|task| task.name == row.task && task.kind != Kind::Table);
            let many = row.samples >= 16 * (row.features + 1);
            let high = match (masks, many) {
                (true, false) => 1.0,
                (false, true) => 0.97,
                _ => 0.985,
            };
            verdict(
                format!(
                    "{} {} {}: coverage {coverage:.3}, between 0.93 and {high}",
                    row.task, row.estimator, row.samples
                ),
                (0.93..=high).contains(&coverage),
            );
        }
    }
    for stop in stops {
        if let [theirs, ours] = &stop.rules[..] {
            verdict(
                format!("{}: the five features are right in {:.3} of runs, at least 0.95", stop.task, ours.right),
                ours.right >= 0.95,
            );
            verdict(
                format!("{}: stops after {:.0} calls, S-LIME's rule after {:.0}", stop.task, ours.calls, theirs.calls),
                ours.calls <= 0.5 * theirs.calls,
            );
        }
    }
    verdicts
}
