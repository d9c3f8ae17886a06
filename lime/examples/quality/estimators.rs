//! Estimators by their names: put one of your own here.

use lime::kernels::{Radial, Unweighted};
use lime::samplers::{Distinct, Exhaustive, MaskPairs, MaskSize, MonteCarlo, RemovedCount, Sobol};
use lime::surrogates::selection::{NoSelection, StableSelection};
use lime::surrogates::stopping::{StablePath, TopSeparated};
use lime::surrogates::{Jackknife, MaskProcess, Recorded, RichBasis, Ridge};
use lime::tabular::TabularRepresentation;
use lime::{
    BoxError, Explainer, Explanation, Kernel, Leaves, Model, Representation, Sampler, SizeLaw, StopRule, Surrogate,
    TargetExplanation,
};

/// What the kernel and the law of the samples go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modality {
    Table,
    Picture,
    Text,
}

/// An explanation of the top output.
pub(crate) struct Answer {
    pub(crate) target: TargetExplanation,
    pub(crate) features: usize,
    pub(crate) calls: usize,
}

impl Answer {
    fn new(mut explanation: Explanation) -> Result<Self, BoxError> {
        let (features, calls) = (explanation.feature_names.len(), explanation.model_calls);
        let target = explanation.targets.pop().ok_or("no target")?;
        Ok(Self { target, features, calls })
    }

    pub(crate) fn weights(&self) -> Vec<f64> {
        self.target.dense(self.features)
    }

    /// For each interval, whether it holds the reference.
    pub(crate) fn covers(&self, reference: &[f64]) -> Vec<bool> {
        let features = self.target.features.iter();
        features
            .filter_map(|f| f.interval.map(|[low, high]| low <= reference[f.index] && reference[f.index] <= high))
            .collect()
    }
}

/// Where a stop rule ended a run, and the five features it found.
pub(crate) struct Stopped {
    pub(crate) answer: Answer,
    /// Whether the rule was satisfied, rather than the samples used up.
    pub(crate) satisfied: bool,
}

/// The law under which masks are drawn where they all weigh the same: the original's law and kernel in one.
fn law(modality: Modality) -> Result<SizeLaw, BoxError> {
    let base = if modality == Modality::Text { SizeLaw::removed_count() } else { SizeLaw::fair() };
    Ok(base.weighed_by_cosine(0.25)?)
}

/// Pairs of masks as the recommended preset draws them: texts have a law that is far from symmetric.
fn pairs(modality: Modality, law: SizeLaw) -> MaskPairs {
    let pairs = MaskPairs::new(law);
    if modality == Modality::Text { pairs.with_own_sizes() } else { pairs }
}

type Asked = (usize, u64);

fn run<R, M, S, K, G>(
    representation: &R,
    model: &M,
    (sampler, kernel, surrogate): (S, K, G),
    (samples, seed): Asked,
) -> Result<Answer, BoxError>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64>,
    S: Sampler<f64>,
    K: Kernel<f64, R::Batch>,
    G: Surrogate<f64>,
{
    let explainer = Explainer::new(sampler, kernel, NoSelection, surrogate).samples(samples).seed(seed);
    Answer::new(explainer.batch_size(1024).explain(representation, model)?)
}

pub(crate) fn explain<R, M>(
    name: &str,
    modality: Modality,
    representation: &R,
    model: &M,
    asked: Asked,
) -> Result<Answer, BoxError>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64>,
{
    let ridge = Ridge::new(1.0)?;
    match (name, modality) {
        // The original's sampler, kernel and ridge.
        ("original", Modality::Table) => run(representation, model, (MonteCarlo, Radial::default(), ridge), asked),
        ("original", Modality::Picture) => run(representation, model, (MonteCarlo, Radial::for_images(), ridge), asked),
        ("original", Modality::Text) => run(representation, model, (RemovedCount, Radial::for_text(), ridge), asked),
        // The same with errors.
        ("ridge", Modality::Table) => {
            run(representation, model, (MonteCarlo, Radial::default(), Jackknife::new(ridge)), asked)
        }
        ("least-squares", Modality::Table) => {
            let squares = Jackknife::new(Ridge::new(0.0)?);
            run(representation, model, (MonteCarlo, Radial::default(), squares), asked)
        }
        ("rich", Modality::Table) => {
            run(representation, model, (MonteCarlo, Radial::default(), RichBasis::new()), asked)
        }
        ("one-scrambling", Modality::Table) => run(
            representation,
            model,
            (Sobol::default(), Radial::default(), RichBasis::new().logit(RichBasis::KEPT)),
            asked,
        ),
        // The recommended sampler and estimator, for what is no tree ensemble: those have exact answers.
        ("recommended" | "sampled", Modality::Table) => run(
            representation,
            model,
            (Sobol::interleaved(8)?, Radial::default(), RichBasis::new().logit(RichBasis::KEPT)),
            asked,
        ),
        (_, Modality::Picture | Modality::Text) => {
            let law = law(modality)?;
            let process = MaskProcess::new(law.clone());
            let squares = Jackknife::new(Ridge::new(0.0)?);
            let sizes = law.probabilities(representation.space().features())?;
            let drawn = MaskSize::new(move |kept, _| sizes[kept]);
            let pairs = pairs(modality, law);
            match name {
                "tilted" => run(representation, model, (drawn, Unweighted, squares), asked),
                "pairs" => run(representation, model, (pairs, Unweighted, squares), asked),
                "process" => run(representation, model, (drawn, Unweighted, process), asked),
                // As `lime text` does: each mask is a call of the model.
                "recommended" if modality == Modality::Text => {
                    run(representation, model, (Distinct(pairs), Unweighted, process), asked)
                }
                "recommended" => run(representation, model, (pairs, Unweighted, process), asked),
                "trusting" => run(representation, model, (pairs.with_corners(), Unweighted, process.trusting()), asked),
                _ => Err(format!("there is no estimator {name:?} of masks").into()),
            }
        }
        _ => Err(format!("there is no estimator {name:?} for this kind of task").into()),
    }
}

/// The exact coefficients of a tree ensemble.
pub(crate) fn exact(representation: &TabularRepresentation<f64>, leaves: &Leaves) -> Result<Answer, BoxError> {
    Answer::new(Explainer::new((), Radial::default(), (), ()).explain_exactly(representation, leaves)?)
}

/// The coefficients of all masks where there are no more than `samples`; else of very many samples, without bias: pairs of masks by the law of
/// the kernel with interactions taken out, and tables with what z' hides accounted for.
pub(crate) fn reference<R, M>(
    modality: Modality,
    representation: &R,
    model: &M,
    samples: usize,
) -> Result<Vec<f64>, BoxError>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64>,
{
    let (asked, squares) = ((samples, u64::MAX), Ridge::new(0.0)?);
    let features = representation.space().features();
    Ok(match modality {
        Modality::Table => {
            let rich = RichBasis::new().without_errors();
            run(representation, model, (Sobol::default(), Radial::default(), rich), asked)?
        }
        _ if features < 31 && 1 << features <= samples => {
            let sizes = law(modality)?.probabilities(features)?;
            let every = Exhaustive::by_size(move |kept, _| sizes[kept]);
            run(representation, model, (every, Unweighted, squares), asked)?
        }
        // Without the process that takes interactions out the reference would err as much as what is measured by it.
        _ => explain("recommended", modality, representation, model, asked)?,
    }
    .weights())
}

pub(crate) fn stop<R, M>(
    rule: &str,
    modality: Modality,
    representation: &R,
    model: &M,
    (most, seed): Asked,
) -> Result<Stopped, BoxError>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64>,
{
    fn until<R, M, S, K, G>(
        representation: &R,
        model: &M,
        (sampler, kernel, surrogate): (S, K, G),
        rule: &dyn StopRule<f64, G::Evidence>,
        (most, seed): Asked,
    ) -> Result<Stopped, BoxError>
    where
        R: Representation<f64>,
        M: Model<R::Batch, f64>,
        S: Sampler<f64>,
        K: Kernel<f64, R::Batch>,
        G: Surrogate<f64>,
    {
        let explainer = Explainer::new(sampler, kernel, NoSelection, surrogate).samples(most).seed(seed);
        let end = explainer.session(representation, model).until(rule).run()?;
        let satisfied = end.explanation.stopped.is_some();
        Ok(Stopped { answer: Answer::new(end.explanation)?, satisfied })
    }
    let asked = (most, seed);
    match (rule, modality) {
        ("s-lime", Modality::Table) => {
            let parts = (MonteCarlo, Radial::default(), Recorded::new(Ridge::new(1.0)?));
            until(representation, model, parts, &StablePath::new(StableSelection::new(5)?), asked)
        }
        ("top-five", Modality::Table) => {
            let parts = (Sobol::interleaved(16)?, Radial::default(), RichBasis::new().logit(RichBasis::KEPT));
            until(representation, model, parts, &TopSeparated::new(5)?, asked)
        }
        _ => Err(format!("there is no stop rule {rule:?} for this kind of task").into()),
    }
}

/// Whether the recommended preset's parts, asked for 512 samples and then for 2048, give the bits of 2048 from the start.
pub(crate) fn goes_on<R, M>(modality: Modality, representation: &R, model: &M) -> Result<bool, BoxError>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64>,
{
    fn same<R, M, S, K, G>(
        representation: &R,
        model: &M,
        (sampler, kernel, surrogate): (S, K, G),
    ) -> Result<bool, BoxError>
    where
        R: Representation<f64>,
        M: Model<R::Batch, f64>,
        S: Sampler<f64> + Clone,
        K: Kernel<f64, R::Batch> + Clone,
        G: Surrogate<f64> + Clone,
    {
        let some = Explainer::new(sampler, kernel, NoSelection, surrogate).samples(512);
        let all = some.clone().samples(2048);
        let kept = some.session(representation, model).run()?.checkpoint.ok_or("the samples cannot be gone on with")?;
        let end = all.session(representation, model).continuing(kept).run()?.explanation;
        Ok(end == all.explain(representation, model)?)
    }
    if modality == Modality::Table {
        let parts = (Sobol::interleaved(8)?, Radial::default(), RichBasis::new().logit(RichBasis::KEPT));
        return same(representation, model, parts);
    }
    let law = law(modality)?;
    same(representation, model, (pairs(modality, law.clone()), Unweighted, MaskProcess::new(law)))
}
