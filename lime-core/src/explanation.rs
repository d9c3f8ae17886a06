//! The result: what each interpretable feature did to the prediction.

use std::fmt;

use crate::Details;

/// What makes an explanation doubtful. It is still given; read it with care.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Warning {
    /// The weighted samples tell less than the surrogate has coefficients: the effective sample size is under 2 (features + 1), or under
    /// what the explainer was told to ask for.
    FewEffectiveSamples {
        /// (sum w)^2 / sum w^2.
        effective: f64,
        /// What would be needed.
        needed: usize,
    },
    /// The weighted samples do not determine every coefficient: some combination of features does not vary, or varies less
    /// than the arithmetic can resolve. Coefficients along it are the smallest that fit.
    RankDeficient {
        /// The number of directions the samples determine.
        rank: usize,
        /// The number of features in the surrogate.
        features: usize,
    },
    /// The model gave the same answer to every sample that counts: there is nothing to explain, and R2 is not defined.
    ConstantAnswers,
    /// The fit is by iteration, and stopped short of the accuracy asked for. The coefficients are those it had got to.
    NotConverged {
        /// The iterations it was allowed.
        iterations: usize,
        /// The error that is left, in the surrogate's own measure: the relative duality gap of a lasso.
        left: f64,
        /// The error that was asked for, in the same measure.
        tolerance: f64,
    },
    /// The surrogate hardly tells the model's answers to samples it was not fitted to: its weighted R2 there is below 0.1.
    LowFidelity {
        /// The R2.
        score: f64,
    },
    /// Fidelity was asked for on samples that the surrogate was not fitted to, and there are none: the sampler draws no others.
    NotHeldOut {
        /// What the sampler says.
        reason: String,
    },
    /// The surrogate estimates the sampling error of its weights, and the samples are too few for that. Stop rules that go by errors ask
    /// for more.
    UnknownErrors,
    /// Not even the sign of the largest weight is settled: its interval holds zero.
    Unsettled {
        /// The feature's name.
        feature: String,
        /// The interval's lower end.
        low: f64,
        /// The interval's upper end.
        high: f64,
    },
}

impl Warning {
    /// The R2 on held-out samples below which a surrogate is no likeness of the model.
    pub const LOW_FIDELITY: f64 = 0.1;
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::FewEffectiveSamples { effective, needed } => write!(
                f,
                "the samples weigh as much as {effective:.1} equal ones where at least {needed} are needed: take more samples or a larger kernel width"
            ),
            Warning::RankDeficient { rank, features } => write!(
                f,
                "the samples determine only {rank} of {features} coefficients: some features vary together or not at all"
            ),
            Warning::ConstantAnswers => f.write_str("the model gave the same answer to every sample that counts"),
            Warning::LowFidelity { score } => write!(
                f,
                "the surrogate is no likeness of the model here: R2 is {score:.3} on samples it was not fitted to, so take a narrower kernel or more features"
            ),
            Warning::NotHeldOut { reason } => {
                write!(f, "there are no samples to hold out, so R2 is of those it was fitted to alone: {reason}")
            }
            Warning::UnknownErrors => {
                f.write_str("the samples are too few to tell how far the weights may be off: take more")
            }
            Warning::Unsettled { feature, low, high } => write!(
                f,
                "not even the sign of the largest weight is settled: that of {feature} lies between {low:.4} and {high:.4}, so take more samples"
            ),
            Warning::NotConverged { iterations, left, tolerance } => write!(
                f,
                "the fit did not converge: after {iterations} iterations the error is {left:.1e} where {tolerance:.1e} was asked for, so allow more of them"
            ),
        }
    }
}

/// A feature of an explanation.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FeatureWeight {
    /// The interpretable feature, counted from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its coefficient in the surrogate, or its importance where the surrogate has no coefficients.
    pub weight: f64,
    /// The standard deviation of the weight, where the surrogate knows one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sd: Option<f64>,
    /// The bounds between which the weight of endlessly many samples lies with the target's [`confidence`](TargetExplanation::confidence),
    /// where the sampling error was estimated.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub interval: Option<[f64; 2]>,
    /// What else the representation says of it: a superpixel's number of pixels, a word's place.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub details: Details,
}

/// The explanation of one of the model's outputs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TargetExplanation {
    /// The model's output, counted from 0.
    pub target: usize,
    /// Its name, where one is known.
    pub name: Option<String>,
    /// The surrogate's intercept, where it has one.
    pub intercept: Option<f64>,
    /// g(x'): the surrogate's own prediction for the instance.
    pub local_prediction: f64,
    /// Weighted R2 of the surrogate on the samples, 1 - residual / total sum of squares; NaN where the answers do not vary.
    pub score: f64,
    /// The same on fresh samples that the surrogate was not fitted to, where the explainer was told to draw some
    /// ([`Explainer::held_out`](crate::Explainer::held_out)); NaN where the answers to them do not vary.
    pub held_out: Option<f64>,
    /// The nominal coverage of the features' intervals, where there are any.
    pub confidence: Option<f64>,
    /// The selected features, by falling absolute weight.
    pub features: Vec<FeatureWeight>,
    /// The surrogate in words, where it is made of rules: one a line.
    pub rules: Vec<String>,
    /// What makes this explanation doubtful.
    pub warnings: Vec<Warning>,
}

/// An explanation of a model's prediction for one instance.
///
/// With the feature `serde` it is written as the document `lime-explanation`, version 1:
///
/// ```text
/// {"format":"lime-explanation","version":1,"kind":"tabular","samples":n,"requested":n,"seed":s,"model_calls":c,
///  "effective_sample_size":e,"prediction":[..],
///  "explanations":[{"target":i,"name":"..","intercept":..,"local_prediction":..,"score":..,
///    "held_out":..,"confidence":..,
///    "features":[{"index":j,"name":"..","weight":..,"sd":..,"interval":[..,..]}],"rules":[".."],"warnings":[{"kind":"..",..}]}],
///  "output_names":[..],"feature_names":[..],"frozen":[..]}
/// ```
///
/// `requested` is more than `samples` where the run was interrupted, or ended by a stop rule: `stopped` says why then. A name that is not known and a score that is not a number are null.
/// `sd`, `interval`, `held_out` and `confidence` are left out where they are not known (`held_out` is null where it was asked for and is not defined), `rules` where it has none, `frozen` where nothing was held fixed.
/// What a representation has to say beside ([`Details`]) are further keys of the document, and of each feature.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "crate::document::Document", try_from = "crate::document::Document"))]
#[non_exhaustive]
pub struct Explanation {
    /// The kind of data: "tabular", "sequence", "series", "text", "image", "custom".
    pub kind: String,
    /// The number of perturbed samples the surrogate was fitted to, the instance included where the sampler puts it first.
    /// 0 where the answer is exact and took none ([`Explainer::explain_exactly`](crate::Explainer::explain_exactly)).
    pub samples: usize,
    /// The number of samples the run was to have: more than `samples` where it was interrupted or ended by a stop rule.
    pub requested: usize,
    /// The seed.
    pub seed: u64,
    /// The number of rows the model was asked for and answered: those of the samples, and the instance where no sample is it.
    pub model_calls: usize,
    /// Kish's effective sample size of the weights, (sum w)^2 / sum w^2.
    pub effective_sample_size: f64,
    /// Why a stop rule ended the run before all samples were used, in words; `None` where none did.
    pub stopped: Option<String>,
    /// f(x): the model's own outputs for the instance, all of them.
    pub prediction: Vec<f64>,
    /// The names of the model's outputs; empty where they are not known.
    pub output_names: Vec<String>,
    /// The name of every interpretable feature.
    pub feature_names: Vec<String>,
    /// What of the instance was held fixed on purpose and is no feature.
    pub frozen: Vec<String>,
    /// What else the representation says of the instance: a picture's size.
    pub details: Details,
    /// One explanation a target, in the order asked for.
    pub targets: Vec<TargetExplanation>,
}

impl Explanation {
    /// The explanation of an output, if it was a target.
    pub fn target(&self, output: usize) -> Option<&TargetExplanation> {
        self.targets.iter().find(|t| t.target == output)
    }
}

impl TargetExplanation {
    /// Why this explanation should not be trusted as it is, in words; `None` where nothing speaks against it.
    ///
    /// ```
    /// # use lime_core::{kernel_fn, model_fn, sampler_fn, BoxError, Direct, Explainer, Fitting, LinearFit, Moments, Real, Selector, Space, Surrogate, Evidence};
    /// # struct Mean;
    /// # impl<F: Real> Surrogate<F> for Mean {
    /// #     type Evidence = Moments;
    /// #     type Fit = LinearFit;
    /// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
    /// #         Moments::new(&vec![1.0; space.features()], prediction)
    /// #     }
    /// #     fn fit(&self, given: &Fitting<'_, F, Moments>, _: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
    /// #         Ok(targets.iter().map(|&t| LinearFit::centred(given.moments(), &[], vec![], t)).collect())
    /// #     }
    /// # }
    /// # struct Nothing;
    /// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for Nothing {
    /// #     fn select(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
    /// #         Ok(vec![])
    /// #     }
    /// # }
    /// # let coin = sampler_fn(|_, _, z: &mut [f64]| z[0] = 0.0);
    /// # let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), Nothing, Mean).samples(100);
    /// let constant = model_fn(|z: &lime_core::nalgebra::DMatrix<f64>| vec![0.5; z.nrows()]);
    /// let explanation = explainer.explain(&Direct::new(Space::masks(2)), &constant)?;
    /// let verdict = explanation.targets[0].verdict();
    /// assert_eq!(verdict.as_deref(), Some("the model gave the same answer to every sample that counts"));
    /// # Ok::<(), lime_core::Error>(())
    /// ```
    pub fn verdict(&self) -> Option<String> {
        let doubts: Vec<String> = self.warnings.iter().map(ToString::to_string).collect();
        (!doubts.is_empty()).then(|| doubts.join("; "))
    }

    /// The weights of all interpretable features by index, 0 for those that were not selected; `features` is their number.
    pub fn dense(&self, features: usize) -> Vec<f64> {
        let mut weights = vec![0.0; features];
        for feature in &self.features {
            if let Some(weight) = weights.get_mut(feature.index) {
                *weight = feature.weight;
            }
        }
        weights
    }
}
