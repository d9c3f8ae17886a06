//! An explanation as a page of HTML.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lime_core::{Explanation, FeatureWeight, TargetExplanation};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::pieces::{Piece, pieces, text_of};
use crate::terminal::{margin, number, percent, printable};

/// The look: light and dark, and on paper.
const STYLE: &str = include_str!("page.css");

/// What the page may load: nothing but what it holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Outputs whose predictions are seen at once; the rest are folded.
const OUTPUTS: usize = 20;

/// An explanation as a page of HTML: one file that loads nothing and runs nothing, for light and dark screens and for paper.
/// [`to_string`](ToString::to_string) is the page.
///
/// It has the prediction for every output, and for each target the fidelity of the surrogate, what makes it doubtful, a bar
/// a feature in the order of the explanation (whiskers are one standard deviation to either side, where the surrogate knows one),
/// the surrogate's rules where it is made of rules, and the text with its units marked in place where the explanation is of
/// one. Bluish green raises the output and vermilion lowers it, two colours that colour-blind people tell apart (Okabe and Ito
/// 2008); the sign is also in the number and in the side of the bar, and under a unit as a solid or a dashed line.
///
/// | setting | default | |
/// |---|---|---|
/// | [`title`](Self::title) | "Explanation" | |
/// | [`text`](Self::text) | the explanation's own | what the units are marked in |
/// | [`features`](Self::features) | all | bars of a target at most; a text is marked for all features |
/// | [`picture`](Self::picture) | none | a PNG, which becomes part of the file |
///
/// Control characters in names are replaced, and characters that turn the direction of writing end with the name they are in.
///
/// ```
/// use lime_core::{Direct, Explainer, Space, model_fn, nalgebra::DMatrix};
/// use lime_kernels::Radial;
/// use lime_report::Page;
/// use lime_samplers::MonteCarlo;
/// use lime_surrogates::{Ridge, selection::NoSelection};
///
/// let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 - z.column(1));
/// let explanation = explainer.explain(&Direct::new(Space::masks(2)), &model)?;
///
/// let page = Page::new(&explanation).title("Two & one").to_string();
/// assert!(page.contains("<h1>Two &amp; one</h1>"));
/// assert!(page.contains("R2 1.000"));
/// let weights: Vec<&str> = page.split("class=\"number ").skip(1).map(|rest| &rest[..12]).collect();
/// assert!(weights[0].starts_with("raises\">+1.9") && weights[1].starts_with("lowers\">-0.9"), "{weights:?}");
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page<'a> {
    explanation: &'a Explanation,
    title: Option<String>,
    text: Option<&'a str>,
    features: usize,
    /// What is under a picture, and its PNG.
    pictures: Vec<(String, Vec<u8>)>,
}

impl<'a> Page<'a> {
    /// The page of an explanation.
    pub fn new(explanation: &'a Explanation) -> Self {
        Self { explanation, title: None, text: None, features: usize::MAX, pictures: Vec::new() }
    }

    /// What the page is called.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The text that the units of the features are places in.
    #[must_use]
    pub fn text(mut self, text: &'a str) -> Self {
        self.text = Some(text);
        self
    }

    /// How many features of a target have a bar at most, the first ones.
    #[must_use]
    pub fn features(mut self, features: usize) -> Self {
        self.features = features;
        self
    }

    /// With one picture more, a PNG, and what is said of it.
    #[must_use]
    pub fn picture(mut self, caption: impl Into<String>, png: impl Into<Vec<u8>>) -> Self {
        self.pictures.push((caption.into(), png.into()));
        self
    }

    fn markup(&self) -> Markup {
        let title = self.title.as_deref().map_or("Explanation".into(), printable);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (title) }
                    (self.facts())
                    (self.predictions())
                    @for (caption, png) in &self.pictures {
                        figure {
                            img alt=(printable(caption)) src={ "data:image/png;base64," (STANDARD.encode(png)) };
                            figcaption { (printable(caption)) }
                        }
                    }
                    @for target in &self.explanation.targets {
                        (self.target(target))
                    }
                }
            }
        }
    }

    fn facts(&self) -> Markup {
        let e = self.explanation;
        let cut = e.requested > e.samples;
        html! {
            p.facts {
                "kind " (name(&e.kind)) ", " (e.samples) " samples"
                @if cut { " of " (e.requested)
                    @if let Some(reason) = &e.stopped { " (stopped: " (name(reason)) ")" } @else { " (the run was interrupted)" }
                }
                ", which weigh as much as " (format!("{:.1}", e.effective_sample_size)) " equal ones; seed " (e.seed)
            }
            @if !e.frozen.is_empty() {
                p.facts {
                    "held fixed: "
                    @for (at, frozen) in e.frozen.iter().enumerate() {
                        @if at > 0 { ", " }
                        (name(frozen))
                    }
                }
            }
        }
    }

    fn predictions(&self) -> Markup {
        let e = self.explanation;
        let rows = |from: usize, count: usize| {
            html! {
                table {
                    tbody {
                        @for (output, value) in e.prediction.iter().enumerate().skip(from).take(count) {
                            tr.target[e.target(output).is_some()] {
                                th scope="row" { (output_name(e.output_names.get(output), output)) }
                                td.number { (format!("{value:.4}")) }
                            }
                        }
                    }
                }
            }
        };
        html! {
            h3 { "Prediction" }
            (rows(0, OUTPUTS))
            @if e.prediction.len() > OUTPUTS {
                details {
                    summary { (e.prediction.len() - OUTPUTS) " outputs more" }
                    (rows(OUTPUTS, usize::MAX))
                }
            }
        }
    }

    fn target(&self, target: &TargetExplanation) -> Markup {
        let model = self.explanation.prediction.get(target.target).copied().unwrap_or(f64::NAN);
        let more = target.features.len().saturating_sub(self.features);
        html! {
            section {
                h2 { (output_name(target.name.as_ref(), target.target)) }
                p.facts {
                    @if target.score.is_nan() {
                        "R2 is not defined: the answers do not vary"
                    } @else {
                        "R2 " (format!("{:.3}", target.score))
                    }
                    @if let Some(score) = target.held_out { ", on held-out samples " (format!("{score:.3}")) }
                    @if let Some(intercept) = target.intercept { ", intercept " (format!("{intercept:.4}")) }
                    ", local prediction " (format!("{:.4}", target.local_prediction))
                    " (model " (format!("{model:.4}")) ")"
                }
                @if !target.warnings.is_empty() {
                    ul.warnings {
                        @for warning in &target.warnings { li { "Warning: " (warning) } }
                    }
                }
                @if target.features.is_empty() {
                    p { "No feature has a weight." }
                } @else {
                    (bars(&target.features[..target.features.len() - more], target.confidence))
                    @if more > 0 { p.facts { (more) " features more are not shown" } }
                }
                @if !target.rules.is_empty() {
                    h3 { "Rules" }
                    ul {
                        @for rule in &target.rules { li { (name(rule)) } }
                    }
                }
                @if let Some(text) = self.text.or_else(|| text_of(self.explanation)) {
                    h3 { "Text" }
                    p.facts {
                        "What is marked " mark.raises style="--share:0.5" { "raises" } " or "
                        mark.lowers style="--share:0.5" { "lowers" } " the output, the more the stronger the colour."
                    }
                    (marked(text, target))
                }
            }
        }
    }
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.markup().into_string())
    }
}

/// A name, apart from the direction of writing of what is around it.
fn name(name: &str) -> Markup {
    html! { bdi { (printable(name)) } }
}

fn output_name(known: Option<&String>, output: usize) -> Markup {
    match known {
        Some(known) => name(known),
        None => html! { "output " (output) },
    }
}

/// Which way a weight goes, as a class of the style.
fn side(weight: f64) -> &'static str {
    match weight {
        weight if weight > 0.0 => "raises",
        weight if weight < 0.0 => "lowers",
        _ => "neither",
    }
}

/// A table of features with a bar each, on one scale.
fn bars(features: &[FeatureWeight], confidence: Option<f64>) -> Markup {
    let ends = features.iter().map(|f| f.weight.abs() + margin(f).unwrap_or(0.0));
    let reach = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
    let margins = features.iter().any(|f| margin(f).is_some());
    html! {
        table.bars {
            thead {
                tr {
                    th scope="col" { "feature" }
                    th.number scope="col" { "weight" }
                    @if margins {
                        th.number scope="col" {
                            @match confidence {
                                Some(confidence) => { (percent(confidence)) " % interval" }
                                None => "standard deviation",
                            }
                        }
                    }
                    td.bar {}
                }
            }
            tbody {
                @for feature in features {
                    tr {
                        th scope="row" { (name(&feature.name)) }
                        td class={ "number " (side(feature.weight)) } { (number(feature.weight)) }
                        @if margins {
                            td.number {
                                @if let Some(margin) = margin(feature) { "± " (number(margin).trim_start_matches('+')) }
                            }
                        }
                        td.bar { (bar(feature, reach)) }
                    }
                }
            }
        }
    }
}

/// A bar from 0 to a weight, with its whisker, on a scale from -100 to 100 for minus to plus `reach`.
fn bar(feature: &FeatureWeight, reach: f64) -> Markup {
    let place = |value: f64| if reach > 0.0 { (value / reach * 100.0).clamp(-100.0, 100.0) } else { 0.0 };
    let two = |value: f64| format!("{value:.2}");
    let end = if feature.weight.is_nan() { 0.0 } else { place(feature.weight) };
    let sd = feature.sd.map(|sd| [feature.weight - sd, feature.weight + sd]);
    let whisker = feature.interval.or(sd).map(|[low, high]| (place(low), place(high)));
    // The scale ends where the longest whisker does: a little beyond, so that its line is seen.
    html! {
        svg viewBox="-102 0 204 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class=(side(feature.weight)) x=(two(end.min(0.0))) y="1.5" width=(two(end.abs())) height="7" {}
            line x1="0" y1="0" x2="0" y2="10" {}
            @if let Some((low, high)) = whisker.filter(|(low, high)| low < high) {
                line.whisker x1=(two(low)) y1="5" x2=(two(high)) y2="5" {}
                @for tip in [low, high] {
                    line.whisker x1=(two(tip)) y1="3" x2=(two(tip)) y2="7" {}
                }
            }
        }
    }
}

/// A text with its units in colours, the stronger the more they weigh.
fn marked(text: &str, target: &TargetExplanation) -> Markup {
    let sizes = target.features.iter().map(|feature| feature.weight.abs());
    let largest = sizes.filter(|size| size.is_finite()).fold(0.0, f64::max);
    html! {
        div.text dir="auto" {
            @for Piece { text, feature } in pieces(text, target) {
                @if let Some(feature) = feature {
                    @let share = if largest > 0.0 { (feature.weight.abs() / largest).min(1.0) } else { 0.0 };
                    // The number first: what the name says of the direction of writing comes after it.
                    mark class=(side(feature.weight)) style=(format!("--share:{:.2}", 0.1 + 0.6 * share))
                        title={ (number(feature.weight)) " " (printable(&feature.name)) } { (lines(text)) }
                } @else {
                    (lines(text))
                }
            }
        }
    }
}

/// A text without control characters, line breaks and tabs aside.
fn lines(text: &str) -> String {
    let kept = |c: char| matches!(c, '\n' | '\r' | '\t') || !c.is_control();
    text.chars().map(|c| if kept(c) { c } else { '\u{fffd}' }).collect()
}
