//! The file format of an explanation, `lime-explanation` version 1. New keys may be added within the version.

use serde::{Deserialize, Serialize};

use crate::{Explanation, FeatureWeight, TargetExplanation, Warning};

const FORMAT: &str = "lime-explanation";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    format: String,
    version: u32,
    kind: String,
    samples: usize,
    seed: u64,
    #[serde(default)]
    model_calls: usize,
    #[serde(default)]
    effective_sample_size: f64,
    prediction: Vec<f64>,
    explanations: Vec<Target>,
    #[serde(default)]
    feature_names: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Target {
    target: usize,
    name: Option<String>,
    intercept: Option<f64>,
    local_prediction: f64,
    score: Option<f64>,
    features: Vec<FeatureWeight>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

impl From<Explanation> for Document {
    fn from(explanation: Explanation) -> Self {
        Document {
            format: FORMAT.into(),
            version: VERSION,
            kind: explanation.kind,
            samples: explanation.samples,
            seed: explanation.seed,
            model_calls: explanation.model_calls,
            effective_sample_size: explanation.effective_sample_size,
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
                    features: t.features,
                    warnings: t.warnings,
                })
                .collect(),
            feature_names: explanation.feature_names,
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
            seed: document.seed,
            model_calls: document.model_calls,
            effective_sample_size: document.effective_sample_size,
            prediction: document.prediction,
            feature_names: document.feature_names,
            targets: document
                .explanations
                .into_iter()
                .map(|t| TargetExplanation {
                    target: t.target,
                    name: t.name,
                    intercept: t.intercept,
                    local_prediction: t.local_prediction,
                    score: t.score.unwrap_or(f64::NAN),
                    features: t.features,
                    warnings: t.warnings,
                })
                .collect(),
        })
    }
}
