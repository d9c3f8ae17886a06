//! What the subcommands have in common.

use std::time::Duration;

use lime::kernels::Unweighted;
use lime::surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};
use lime::surrogates::stopping::{Budget, OrderSettled, RelativeWidth, SignsSettled, TopSeparated};
use lime::surrogates::{Jackknife, MaskProcess, OrdinaryLeastSquares, Ridge};
use lime::{
    Error, Evidence, Explainer, Explanation, Grouped, Kernel, Model, Moments, Representation, Selector, SizeLaw,
    Source, StopRule, Surrogate, Targets, Warning,
};

use super::args::Select;
use super::error::CliError;
use super::output;
use super::shared_args::{RunArgs, SubjectArgs, Until};

/// How features are selected, behind a pointer.
pub(crate) type AnySelector = Box<dyn Selector<f64, Grouped<Moments>>>;

/// The explainer with this sampler and this kernel that the arguments name, but for its outputs: the original's estimator with this penalty,
/// and errors. The features are chosen by `select` where the arguments do not say.
pub(crate) fn explainer<S, K>(
    sampler: S,
    kernel: K,
    select: Select,
    subject: &SubjectArgs,
    (run, penalty): (&RunArgs, f64),
) -> Result<Explainer<S, K, AnySelector, Jackknife<Ridge>>, CliError> {
    let surrogate = Jackknife::new(Ridge::new(penalty)?);
    let selector = selector(subject.select.unwrap_or(select), subject.features)?;
    Ok(explainer_of(sampler, kernel, selector, surrogate, run))
}

/// The explainer of these parts with the settings that the arguments name, but for its outputs.
pub(crate) fn explainer_of<S, K, L, G>(
    sampler: S,
    kernel: K,
    selector: L,
    surrogate: G,
    run: &RunArgs,
) -> Explainer<S, K, L, G> {
    let explainer = Explainer::new(sampler, kernel, selector, surrogate);
    explainer.samples(run.samples()).seed(run.seed).batch_size(run.batch).held_out(run.held_out)
}

/// The explainer of masks that needs fewest samples, drawn by this sampler from a law that holds the kernel: all of them weigh the same.
pub(crate) fn explainer_of_masks<S>(
    sampler: S,
    law: SizeLaw,
    run: &RunArgs,
) -> Explainer<S, Unweighted, NoSelection, MaskProcess> {
    explainer_of(sampler, Unweighted, NoSelection, MaskProcess::new(law), run)
}

/// Whether there are no more masks than samples, and calls that may be made: each is asked for once then, and the answer is what samples
/// without end would give.
pub(crate) fn is_enumerable(features: usize, run: &RunArgs) -> bool {
    let calls = match run.until {
        Some(Until::Calls(calls)) => calls.min(run.samples()),
        Some(Until::Seconds(_)) => 0,
        _ => run.samples(),
    };
    // The law of texts leaves the text itself out: of a single feature it would leave one mask.
    (2..30).contains(&features) && 1_usize << features <= calls
}

/// The explainer by all masks, which this sampler gives: they have no error, and there are no others to hold out or to take.
pub(crate) fn explainer_of_every<S, K>(
    sampler: S,
    kernel: K,
    run: &RunArgs,
) -> Explainer<S, K, NoSelection, OrdinaryLeastSquares> {
    let explainer = explainer_of(sampler, kernel, NoSelection, OrdinaryLeastSquares::default(), run);
    explainer.held_out(0).effective_samples(0)
}

/// An explanation by all masks, with a warning where others were to be held out.
pub(crate) fn of_every(mut explanation: Explanation, run: &RunArgs) -> Explanation {
    if run.held_out > 0 {
        for target in &mut explanation.targets {
            target.warnings.push(Warning::NotHeldOut { reason: "every mask is among them".into() });
        }
    }
    explanation
}

/// Explains, until the rule says so where there is one.
pub(crate) fn explain<R, M, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    model: &M,
    run: &RunArgs,
) -> Result<Explanation, Error>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64> + Sync + ?Sized,
    S: Source<f64, R>,
    K: Kernel<f64, R::Batch>,
    G: Surrogate<f64>,
    L: Selector<f64, G::Evidence>,
{
    let Some(until) = run.until else { return explainer.explain_parallel(representation, model) };
    let rule = rule::<G::Evidence>(until).map_err(|source| Error::Part {
        stage: lime::Stage::Stop,
        first: 0,
        end: 0,
        source: source.into(),
    })?;
    Ok(explainer.session(representation, model).until(&rule).run_parallel()?.explanation)
}

fn rule<E: Evidence<f64>>(until: Until) -> Result<Box<dyn StopRule<f64, E>>, lime::surrogates::Error> {
    Ok(match until {
        Until::Width(share) => Box::new(RelativeWidth::new(share)?),
        Until::Top(count) => Box::new(TopSeparated::new(count)?),
        Until::Order(count) => Box::new(OrderSettled::new(count)?),
        Until::Signs(count) => Box::new(SignsSettled::new(count)?),
        Until::Calls(calls) => Box::new(Budget::calls(calls)),
        Until::Seconds(seconds) => Box::new(Budget::time(Duration::from_secs_f64(seconds.min(1e9)))),
    })
}

/// How features are selected.
fn selector(select: Select, features: usize) -> Result<AnySelector, CliError> {
    Ok(match select {
        Select::None => Box::new(NoSelection),
        Select::Auto => Box::new(Auto::new(features)?),
        Select::Forward => Box::new(ForwardSelection::new(features)?),
        Select::HighestWeights => Box::new(HighestWeights::new(features)?),
    })
}

/// The threads to work on; as many as there are cores unless it is said.
pub(crate) fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, CliError> {
    let threads = threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| CliError::Threads { threads, source })
}

/// The explainer for the outputs to explain, of a model whose outputs have these names, or none unless there is one for each.
pub(crate) fn with_outputs<S, K, L, G>(
    explainer: Explainer<S, K, L, G>,
    targets: Targets,
    outputs: usize,
    names: Vec<String>,
) -> Explainer<S, K, L, G> {
    let explainer = explainer.targets(targets);
    if names.len() == outputs { explainer.output_names(names) } else { explainer }
}

/// The outputs to explain, of a model whose outputs have these names or none.
pub(crate) fn targets(
    target: Option<&str>,
    top: Option<usize>,
    all: bool,
    outputs: usize,
    names: &[String],
) -> Result<Targets, CliError> {
    if all {
        return Ok(Targets::All);
    }
    let Some(target) = target else { return Ok(Targets::Top(top.unwrap_or(1))) };
    let by_name = names.iter().position(|name| name == target);
    let by_index = || target.parse().ok().filter(|index| *index < outputs);
    match by_name.or_else(by_index) {
        Some(index) => Ok(Targets::Given(vec![index])),
        None => Err(CliError::Target { target: target.into(), outputs, classes: names.to_vec() }),
    }
}

/// Writes an explanation, or what was computed of it before a failure.
pub(crate) fn keep<E: Into<CliError>>(
    done: Result<Explanation, E>,
    write: impl FnOnce(&Explanation) -> Result<(), CliError>,
) -> Result<(), CliError> {
    match done.map_err(Into::into) {
        Ok(explanation) => write(&explanation),
        Err(error) => {
            if let CliError::Explain(Error::Interrupted { partial: Some(partial), .. }) = &error
                && let Err(unwritten) = write(partial)
            {
                output::complain("error", &unwritten);
            }
            Err(error)
        }
    }
}
