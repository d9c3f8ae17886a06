//! The file format of an explanation, `lime-explanation` version 1. New keys may be added within the version.

use serde::{Deserialize, Serialize};

use crate::{Details, Explanation, FeatureWeight, TargetExplanation, Warning};

const FORMAT: &str = "lime-explanation";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    format: String,
    version: u32,
    kind: String,
    samples: usize,
    requested: Option<usize>,
    seed: u64,
    #[serde(default)]
    model_calls: usize,
    #[serde(default)]
    effective_sample_size: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    prediction: Vec<f64>,
    explanations: Vec<Target>,
    #[serde(default)]
    output_names: Vec<String>,
    #[serde(default)]
    feature_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    frozen: Vec<String>,
    #[serde(flatten)]
    details: Details,
}

#[derive(Serialize, Deserialize)]
struct Target {
    target: usize,
    name: Option<String>,
    intercept: Option<f64>,
    local_prediction: f64,
    score: Option<f64>,
    /// Null where it was asked for and is not defined.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_or_number")]
    held_out: Option<Option<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    features: Vec<FeatureWeight>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

fn null_or_number<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<f64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<Explanation> for Document {
    fn from(explanation: Explanation) -> Self {
        Document {
            format: FORMAT.into(),
            version: VERSION,
            kind: explanation.kind,
            samples: explanation.samples,
            requested: Some(explanation.requested),
            seed: explanation.seed,
            model_calls: explanation.model_calls,
            effective_sample_size: explanation.effective_sample_size,
            stopped: explanation.stopped,
            prediction: explanation.prediction,
            explanations: explanation
                .targets
                .into_iter()
                .map(|t| Target {
                    target: t.target,
                    name: t.name,
                    intercept: t.intercept,
                    local_prediction: t.local_prediction,
                    score: t.score.is_finite().then_some(t.score),
                    held_out: t.held_out.map(|score| score.is_finite().then_some(score)),
                    confidence: t.confidence,
                    features: t.features,
                    rules: t.rules,
                    warnings: t.warnings,
                })
                .collect(),
            output_names: explanation.output_names,
            feature_names: explanation.feature_names,
            frozen: explanation.frozen,
            details: explanation.details,
        }
    }
}

impl TryFrom<Document> for Explanation {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        if document.format != FORMAT || document.version != VERSION {
            return Err(format!(
                "format {:?} version {}: only {FORMAT:?} version {VERSION} can be read",
                document.format, document.version
            ));
        }
        Ok(Explanation {
            kind: document.kind,
            samples: document.samples,
            requested: document.requested.unwrap_or(document.samples),
            seed: document.seed,
            model_calls: document.model_calls,
            effective_sample_size: document.effective_sample_size,
            stopped: document.stopped,
            prediction: document.prediction,
            output_names: document.output_names,
            feature_names: document.feature_names,
            frozen: document.frozen,
            details: document.details,
            targets: document
                .explanations
                .into_iter()
                .map(|t| TargetExplanation {
                    target: t.target,
                    name: t.name,
                    intercept: t.intercept,
                    local_prediction: t.local_prediction,
                    score: t.score.unwrap_or(f64::NAN),
                    held_out: t.held_out.map(|score| score.unwrap_or(f64::NAN)),
                    confidence: t.confidence,
                    features: t.features,
                    rules: t.rules,
                    warnings: t.warnings,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explanation() -> Explanation {
        Explanation {
            kind: "tabular".into(),
            samples: 10,
            requested: 12,
            seed: 3,
            model_calls: 11,
            effective_sample_size: 7.5,
            stopped: Some("settled".into()),
            prediction: vec![0.25, 0.75],
            output_names: vec!["no".into(), "yes".into()],
            feature_names: vec!["a".into(), "b".into()],
            frozen: vec!["c=1".into()],
            details: Details::new().with("rows", 7),
            targets: vec![TargetExplanation {
                target: 1,
                name: Some("yes".into()),
                intercept: Some(0.1),
                local_prediction: 0.7,
                score: 0.9,
                held_out: Some(0.85),
                confidence: Some(0.95),
                features: vec![FeatureWeight {
                    index: 1,
                    name: "b".into(),
                    weight: -1.0 / 3.0,
                    sd: Some(0.5),
                    interval: Some([-1.5, 0.5]),
                    details: Details::new().with("box", vec![crate::Detail::from(1), 2.5.into()]),
                }],
                rules: vec!["a > 0.5: 0.25".into()],
                warnings: vec![Warning::FewEffectiveSamples { effective: 1.5, needed: 4 }],
            }],
        }
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        let text = serde_json::to_string(&explanation()).unwrap();
        assert!(text.starts_with(
            r#"{"format":"lime-explanation","version":1,"kind":"tabular","samples":10,"requested":12,"seed":3,"model_calls":11,"#
        ));
        assert!(text.contains(
            r#""explanations":[{"target":1,"name":"yes","intercept":0.1,"local_prediction":0.7,"score":0.9,"held_out":0.85,"confidence":0.95,"features":[{"index":1,"name":"b","weight":-0.3333333333333333,"sd":0.5,"interval":[-1.5,0.5],"box":[1,2.5]}],"rules":["a > 0.5: 0.25"]"#
        ));
        assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation());
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut unknown = explanation();
        unknown.targets[0].score = f64::NAN;
        unknown.targets[0].held_out = Some(f64::NAN);
        unknown.targets[0].name = None;
        unknown.targets[0].features[0].sd = None;
        unknown.targets[0].rules.clear();
        unknown.frozen.clear();
        let text = serde_json::to_string(&unknown).unwrap();
        assert!(text.contains(r#""name":null"#) && text.contains(r#""score":null"#), "{text}");
        assert!(!text.contains("\"sd\"") && !text.contains("\"rules\"") && !text.contains("frozen"), "{text}");
        let read = serde_json::from_str::<Explanation>(&text).unwrap().targets.remove(0);
        assert!(read.score.is_nan() && read.held_out.unwrap().is_nan());
        // Not asked for is another thing.
        unknown.targets[0].held_out = None;
        let text = serde_json::to_string(&unknown).unwrap();
        assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap().targets[0].held_out, None);
    }

    #[test]
    fn other_documents_are_refused() {
        let text = serde_json::to_string(&explanation()).unwrap();
        for (from, to) in [("\"version\":1", "\"version\":2"), ("lime-explanation", "else")] {
            let error = serde_json::from_str::<Explanation>(&text.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains("can be read"), "{error}");
        }
    }
}
