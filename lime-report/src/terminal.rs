//! An explanation as a bar chart of characters.

use std::fmt::Write as _;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use lime_core::{Explanation, FeatureWeight, TargetExplanation};
use owo_colors::OwoColorize;

use crate::marked::marked;

/// Draws explanations for a terminal: a line a feature with its weight (and half of its interval, or else its standard deviation, where
/// the surrogate knows one) as a bar, then the surrogate's rules where it is made of rules, then what makes it doubtful.
///
/// | setting | default | |
/// |---|---|---|
/// | [`width`](Self::width) | 80 | columns, at least 40 |
/// | [`color`](Self::color) | off | green for what raises the output, red for what lowers it, by ANSI sequences; of a text of up to 4 kB, the words in place too |
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_report::Terminal;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Ridge, selection::NoSelection};
///
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 - z.column(1));
/// let explanation = explainer.explain(&Direct::new(Space::masks(2)), &model)?;
///
/// let text = Terminal::new().render(&explanation);
/// let lines: Vec<&str> = text.lines().collect();
/// assert_eq!(lines[0], "prediction  1.0000");
/// assert!(lines[2].starts_with("output 0  R2 1.000"));
/// assert!(lines[3].starts_with("  z0  +1.99"), "{text}");
/// assert!(lines[4].starts_with("  z1  -0.99"));
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    width: u16,
    color: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { width: 80, color: false }
    }
}

/// Outputs shown with the prediction before the rest is left out.
const OUTPUTS: usize = 8;

impl Terminal {
    /// A terminal of 80 columns without colour.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of columns to fill; fewer than 40 count as 40.
    #[must_use]
    pub fn width(mut self, columns: u16) -> Self {
        self.width = columns.max(40);
        self
    }

    /// Whether to colour the bars.
    #[must_use]
    pub fn color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// The explanation as text, with a line break at its end. Control characters in names are replaced.
    pub fn render(&self, explanation: &Explanation) -> String {
        let mut text = Self::prediction(explanation);
        for target in &explanation.targets {
            text.push('\n');
            self.target(&mut text, explanation, target);
        }
        text
    }

    fn prediction(explanation: &Explanation) -> String {
        let mut text = String::from("prediction");
        for (output, value) in explanation.prediction.iter().enumerate().take(OUTPUTS) {
            let name = explanation.output_names.get(output);
            let name = name.map_or(String::new(), |name| format!("{} ", printable(name)));
            let _ = write!(text, "  {name}{value:.4}");
        }
        if explanation.prediction.len() > OUTPUTS {
            let _ = write!(text, "  ... {} outputs", explanation.prediction.len());
        }
        text.push('\n');
        if !explanation.frozen.is_empty() {
            let names: Vec<String> = explanation.frozen.iter().map(|name| printable(name)).collect();
            let _ = writeln!(text, "held fixed  {}", names.join(", "));
        }
        if let Some(reason) = &explanation.stopped {
            let (samples, requested) = (explanation.samples, explanation.requested);
            let _ = writeln!(text, "stopped after {samples} of {requested} samples: {}", printable(reason));
        }
        text
    }

    fn target(&self, text: &mut String, explanation: &Explanation, target: &TargetExplanation) {
        let name = target.name.as_deref().map_or(format!("output {}", target.target), printable);
        let model = explanation.prediction.get(target.target).copied().unwrap_or(f64::NAN);
        let _ = write!(text, "{name}  R2 {:.3}", target.score);
        if let Some(score) = target.held_out {
            let _ = write!(text, " (held out {score:.3})");
        }
        if let Some(intercept) = target.intercept {
            let _ = write!(text, "  intercept {intercept:.4}");
        }
        let _ = writeln!(text, "  local prediction {:.4} (model {model:.4})", target.local_prediction);
        if let Some(confidence) = target.confidence.filter(|_| target.features.iter().any(|f| f.interval.is_some())) {
            let _ =
                writeln!(text, "  weights ± what other samples may move them by ({} % intervals)", percent(confidence));
        } else if explanation.samples == 0 {
            let _ = writeln!(text, "  exact weights, without samples");
        }
        let _ = writeln!(text, "{}", self.chart(&target.features));
        for rule in &target.rules {
            let _ = writeln!(text, "  {}", printable(rule));
        }
        for warning in &target.warnings {
            let _ = writeln!(text, "  warning: {warning}");
        }
        if self.color
            && let Some(marked) = marked(explanation, target)
        {
            let _ = writeln!(text, "\n{marked}");
        }
    }

    fn chart(&self, features: &[FeatureWeight]) -> String {
        let largest = features.iter().fold(0.0f64, |top, f| top.max(f.weight.abs()));
        let half = usize::from(self.width / 6);
        let deviations = features.iter().any(|f| margin(f).is_some());
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        for feature in features {
            let share = if largest > 0.0 { feature.weight.abs() / largest } else { 0.0 };
            let bar = bar(share, half, feature.weight < 0.0);
            let mut row = vec![
                Cell::new(printable(&feature.name)),
                Cell::new(number(feature.weight)).set_alignment(CellAlignment::Right),
            ];
            if deviations {
                let margin = margin(feature);
                let margin = margin.map_or(String::new(), |m| format!("± {}", number(m).trim_start_matches('+')));
                row.push(Cell::new(margin));
            }
            row.push(Cell::new(bar));
            table.add_row(row);
        }
        if let Some(column) = table.column_mut(0) {
            column.set_padding((2, 1));
        }
        if let Some(column) = table.column_mut(2 + usize::from(deviations)) {
            let width = u16::try_from(2 * half + 3).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        let text = table.trim_fmt();
        if self.color { text.lines().map(color).collect::<Vec<_>>().join("\n") } else { text }
    }
}

/// Colours the bar of a line: what is left of the axis red, what is right of it green.
fn color(line: &str) -> String {
    let Some((left, right)) = line.rsplit_once('│') else { return line.to_string() };
    let text = left.trim_end_matches(['█', '▐']);
    let bar = &left[text.len()..];
    format!("{text}{}│{}", bar.red(), right.green())
}

/// How far a weight may be off: half of its interval, or else its standard deviation.
pub(crate) fn margin(feature: &FeatureWeight) -> Option<f64> {
    feature.interval.map(|[low, high]| 0.5 * (high - low)).or(feature.sd)
}

/// A share as a percentage: 95, 99.9.
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.3}", 100.0 * share);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A weight with its sign, to four decimals or, where that shows too little or too much, in scientific notation.
pub(crate) fn number(weight: f64) -> String {
    let size = weight.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) { format!("{weight:+.3e}") } else { format!("{weight:+.4}") }
}

/// A bar to the right of an axis, or to its left, in eighths of a character to the right and halves to the left.
fn bar(share: f64, half: usize, left: bool) -> String {
    let eighths = (share.clamp(0.0, 1.0) * half as f64 * 8.0).round() as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    if left {
        let part = if rest >= 4 { "▐" } else { "" };
        let blank = half - full - usize::from(rest >= 4);
        format!("{}{part}{}│{}", " ".repeat(blank), "█".repeat(full), " ".repeat(half))
    } else {
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest];
        format!("{}│{}{part}", " ".repeat(half), "█".repeat(full))
    }
}

pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_their_share_of_the_width() {
        assert_eq!(bar(1.0, 4, false), "    │████");
        assert_eq!(bar(0.5, 4, true), "  ██│    ");
        assert_eq!(bar(1.0 / 32.0, 4, false), "    │▏");
        assert_eq!(bar(0.0, 4, true), "    │    ");
        assert_eq!(bar(1.0, 4, true), "████│    ");
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number(0.25), "+0.2500");
        assert_eq!(number(-1e-7), "-1.000e-7");
        assert_eq!(number(0.0), "+0.0000");
    }

    #[test]
    fn deviations_and_rules_are_shown_where_there_are_any() {
        let text = r#"{"format":"lime-explanation","version":1,"kind":"custom","samples":2,"seed":0,"prediction":[1.0],
            "explanations":[{"target":0,"name":null,"intercept":null,"local_prediction":1.0,"score":null,
            "features":[{"index":0,"name":"a","weight":0.5,"sd":0.125},{"index":1,"name":"b","weight":-0.25}],
            "rules":["a: 1.0000"]}]}"#;
        let explanation: Explanation = serde_json::from_str(text).unwrap();
        let lines: Vec<String> = Terminal::new().render(&explanation).lines().map(String::from).collect();
        assert!(lines[3].starts_with("  a  +0.5000  ± 0.1250"), "{lines:?}");
        assert!(lines[4].starts_with("  b  -0.2500   "), "{lines:?}");
        assert_eq!(lines[5], "  a: 1.0000");
    }

    #[test]
    fn intervals_come_before_deviations() {
        let text = r#"{"format":"lime-explanation","version":1,"kind":"custom","samples":300,"requested":5000,"seed":0,"stopped":"enough",
            "prediction":[1.0],"explanations":[{"target":0,"name":null,"intercept":null,"local_prediction":1.0,"score":0.9,"held_out":0.875,
            "confidence":0.95,"features":[{"index":0,"name":"a","weight":0.5,"sd":0.125,"interval":[0.25,0.75]}]}]}"#;
        let explanation: Explanation = serde_json::from_str(text).unwrap();
        let lines: Vec<String> = Terminal::new().render(&explanation).lines().map(String::from).collect();
        assert_eq!(lines[1], "stopped after 300 of 5000 samples: enough");
        assert!(lines[3].starts_with("output 0  R2 0.900 (held out 0.875)"), "{lines:?}");
        assert!(lines[4].contains("(95 % intervals)"), "{lines:?}");
        assert!(lines[5].starts_with("  a  +0.5000  ± 0.2500"), "{lines:?}");
        assert_eq!((percent(0.999), percent(0.9)), ("99.9".into(), "90".into()));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\nb"), "a\u{fffd}[31m\u{fffd}b");
    }
}
