//! The numbers as CSV, Markdown and plots.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use lime::BoxError;
use plotters::prelude::*;

use crate::limits::Limit;
use crate::measure::{Measured, Row};
use crate::targets::Verdict;

/// A row for the terminal.
pub(crate) fn line(row: &Row) -> String {
    let coverage = row.coverage.map_or(String::new(), |c| format!("  coverage {c:.3}"));
    format!(
        "{:<16} {:<14} {:>6} samples  error {:.2e}  Jaccard@5 {:.3}{coverage}  {:.1} ms",
        row.task, row.estimator, row.samples, row.error, row.jaccard, row.time
    )
}

/// A limit for the terminal.
pub(crate) fn limit_line(limit: &Limit) -> String {
    format!("{:<60} {:>6} calls  off by {:.1e}", limit.what, limit.calls, limit.error)
}

pub(crate) fn write(out: &Path, measured: &Measured, verdicts: &[Verdict]) -> Result<(), BoxError> {
    let Measured { limits, rows, stops, .. } = measured;
    let mut csv = csv::Writer::from_path(out.join("quality.csv"))?;
    csv.write_record(["task", "features", "estimator", "samples", "calls", "error", "jaccard5", "coverage", "ms"])?;
    let mut text = String::from(
        "| task | d | estimator | samples | calls | relative squared error | Jaccard@5 | coverage of 95 % | ms |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let coverage = row.coverage.map_or(String::new(), |c| format!("{c:.3}"));
        csv.write_record([
            row.task.clone(),
            row.features.to_string(),
            row.estimator.clone(),
            row.samples.to_string(),
            format!("{:.0}", row.calls),
            format!("{:e}", row.error),
            format!("{:.4}", row.jaccard),
            coverage.clone(),
            format!("{:.3}", row.time),
        ])?;
        let (task, estimator) = (&row.task, &row.estimator);
        let _ = writeln!(
            text,
            "| {task} | {} | {estimator} | {} | {:.0} | {:.2e} | {:.3} | {coverage} | {:.1} |",
            row.features, row.samples, row.calls, row.error, row.jaccard, row.time
        );
    }
    csv.flush()?;
    text.push_str("\n| limit | calls | off by | at most |\n|---|---|---|---|\n");
    for limit in limits {
        let at_most = limit.at_most.map_or("-".into(), |most| format!("{most:.0e}"));
        let _ = writeln!(text, "| {} | {} | {:.1e} | {at_most} |", limit.what, limit.calls, limit.error);
    }
    text.push_str("\n| task | instances | rule | calls | right | ended |\n|---|---|---|---|---|---|\n");
    for stop in stops {
        for rule in &stop.rules {
            let (task, instances) = (&stop.task, stop.instances);
            let _ = writeln!(
                text,
                "| {task} | {instances} | {} | {:.0} | {:.3} | {:.3} |",
                rule.name, rule.calls, rule.right, rule.ended
            );
        }
    }
    text.push_str("\n| target | met |\n|---|---|\n");
    for verdict in verdicts {
        let _ = writeln!(text, "| {} | {} |", verdict.what, if verdict.met { "yes" } else { "no" });
    }
    fs::write(out.join("quality.md"), &text)?;
    let mut tasks: Vec<&str> = rows.iter().map(|row| row.task.as_str()).collect();
    tasks.dedup();
    for task in tasks {
        plot(&out.join(format!("{task}.svg")), task, rows)?;
    }
    Ok(())
}

/// Error against calls, a line an estimator, on logarithmic axes.
fn plot(path: &Path, task: &str, rows: &[Row]) -> Result<(), BoxError> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.task == task && row.error > 0.0).collect();
    let range = |value: fn(&Row) -> f64| {
        let low = rows.iter().map(|row| value(row)).fold(f64::INFINITY, f64::min);
        let high = rows.iter().map(|row| value(row)).fold(0.0, f64::max);
        (0.7 * low)..(1.4 * high)
    };
    if rows.is_empty() {
        return Ok(());
    }
    let area = SVGBackend::new(path, (720, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(task, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(range(|row| row.calls).log_scale(), range(|row| row.error).log_scale())?;
    chart.configure_mesh().x_desc("model calls").y_desc("relative squared error").draw()?;
    let mut names: Vec<&str> = rows.iter().map(|row| row.estimator.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for (index, name) in names.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        let points: Vec<(f64, f64)> =
            rows.iter().filter(|row| row.estimator == *name).map(|row| (row.calls, row.error)).collect();
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 4, color.filled())))?;
        let line = chart.draw_series(LineSeries::new(points, color))?;
        line.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
    area.present()?;
    Ok(())
}
