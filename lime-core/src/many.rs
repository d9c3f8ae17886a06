//! Many instances whose samples share the model's batches.

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::finish::finish;
use crate::gather::Gathered;
use crate::run::{Alone, Centred, Setup, start};
use crate::slot::{Prepare, Segment, Slot, answer, answer_alone, guard};
use crate::{
    Draw, Error, Explainer, Explanation, Kernel, Model, Real, Representation, Selector, Source, Stage, Surrogate,
};

/// One instance's run among others.
struct Run<'a, F: Real, R: Representation<F>, E> {
    representation: &'a R,
    setup: &'a Setup<'a, F, R>,
    centred: Centred<'a, F, R::Batch>,
    starts_with_instance: bool,
    alone: Alone<F>,
    state: Option<Gathered<F, E>>,
    /// Whether something went wrong with a batch it has rows in: it is to be explained by itself then.
    failed: bool,
    error: Option<Error>,
}

/// Explains instances whose inputs fit into one batch ([`Representation::fits`]), each to the bits of a run by itself. What fails is explained by
/// itself afterwards, so that it says what is wrong and the others have theirs.
pub(crate) fn explain_shared<F, R, M, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representations: &[R],
    model: &M,
) -> Vec<Result<Explanation, Error>>
where
    F: Real,
    R: Representation<F>,
    M: Model<R::Batch, F> + Sync + ?Sized,
    S: Source<F, R>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let setups: Vec<Option<Setup<'_, F, R>>> = representations
        .par_iter()
        .map(|representation| guard(Stage::Other, 0..0, || Ok(Setup::new(explainer, representation, 1))).ok()?.ok())
        .collect();
    let mut runs: Vec<Option<Run<'_, F, R, G::Evidence>>> = setups
        .par_iter()
        .zip(representations)
        .map(|(setup, representation)| {
            let setup = setup.as_ref()?;
            guard(Stage::Other, 0..0, || Ok(begin(explainer, setup, representation))).ok()?
        })
        .collect();
    ask_alone(&mut runs, explainer.batch_size, model);
    ask_shared(explainer, &mut runs, model);
    let results: Vec<Option<Result<Explanation, Error>>> = runs
        .into_par_iter()
        .map(|run| {
            let run = run.filter(|run| !run.failed)?;
            guard(Stage::Other, 0..0, || Ok(end(explainer, run))).ok()
        })
        .collect();
    results
        .into_par_iter()
        .zip(representations)
        .map(|(result, representation)| result.unwrap_or_else(|| explainer.explain(representation, model)))
        .collect()
}

fn begin<'a, F, R, S, K, L, G>(
    explainer: &'a Explainer<S, K, L, G>,
    setup: &'a Setup<'a, F, R>,
    representation: &'a R,
) -> Option<Run<'a, F, R, G::Evidence>>
where
    F: Real,
    R: Representation<F>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
{
    // One row suffices for a kernel that does not look at the samples.
    let mut first = Slot::new(representation, 0..1);
    setup.draw(&mut first, representation).ok()?;
    let starts_with_instance = first.segments[0].draw.instance.contains(&0);
    let centred = setup.centre(&explainer.kernel, representation, &first).ok()?;
    let alone = Alone::none();
    Some(Run { representation, setup, centred, starts_with_instance, alone, state: None, failed: false, error: None })
}

/// Asks the model for the instances and the samples that surrogates must reproduce, where they are no rows of a design.
fn ask_alone<F, R, M, E>(runs: &mut [Option<Run<'_, F, R, E>>], batch_size: usize, model: &M)
where
    F: Real,
    R: Representation<F>,
    M: Model<R::Batch, F> + Sync + ?Sized,
    E: Send + Sync,
{
    // Each is a run and the sample; none is the instance.
    let mut wanted: Vec<(usize, Option<&[F]>)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let Some(run) = run else { continue };
        if !run.starts_with_instance {
            wanted.push((index, None));
        }
        let origin = run.representation.space().origin();
        wanted.extend(run.setup.exact.iter().filter(|z| z.as_slice() != origin).map(|z| (index, Some(z.as_slice()))));
    }
    let ask = |some: &[(usize, Option<&[F]>)]| -> Result<DMatrix<F>, Error> {
        let run = |index: usize| runs[index].as_ref().ok_or(Error::NoTargets);
        let mut batch = run(some[0].0)?.representation.allocate(some.len());
        for (at, &(index, z)) in some.iter().enumerate() {
            let representation = run(index)?.representation;
            match z {
                None => guard(Stage::Restore, 0..1, || representation.instance(&mut batch, at))?,
                Some(z) => {
                    let mut draw = Draw::new(representation.space(), 1);
                    for (place, &value) in draw.z.iter_mut().zip(z) {
                        *place = value;
                    }
                    guard(Stage::Restore, 0..1, || representation.restore(&draw, &mut batch, at))?;
                }
            }
        }
        answer_alone(&batch, some.len(), model)
    };
    let parts: Vec<_> = wanted.chunks(batch_size).collect();
    let answers: Vec<_> = parts.par_iter().map(|some| ask(some)).collect();
    let found = parts.iter().zip(&answers).flat_map(|(some, answers)| {
        some.iter().enumerate().map(move |(at, &(index, z))| {
            let answer = answers.as_ref().ok().map(|answers| answers.rows(at, 1).into_owned());
            (index, z.map(<[F]>::to_vec), answer)
        })
    });
    let found: Vec<_> = found.collect();
    for (index, z, answer) in found {
        let Some(run) = runs.get_mut(index).and_then(Option::as_mut) else { continue };
        run.failed |= answer.is_none();
        run.alone.calls += 1;
        match z {
            None => run.alone.instance = answer,
            Some(z) => run.alone.exact.push((z, answer)),
        }
    }
    for run in runs.iter_mut().flatten() {
        // In the surrogate's order, those that are the instance among them.
        let origin = run.representation.space().origin();
        let mut asked = std::mem::take(&mut run.alone.exact).into_iter();
        run.alone.exact = (run.setup.exact.iter())
            .map(|z| match z.as_slice() == origin {
                true => (z.clone(), None),
                false => asked.next().unwrap_or_else(|| (z.clone(), None)),
            })
            .collect();
    }
}

/// Asks the model for the samples of all runs, one run's after the other's, in batches of the size asked for.
fn ask_shared<F, R, M, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    runs: &mut [Option<Run<'_, F, R, G::Evidence>>],
    model: &M,
) where
    F: Real,
    R: Representation<F>,
    M: Model<R::Batch, F> + Sync + ?Sized,
    S: Sync,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Sync,
{
    let mut ahead = (0, 0);
    let mut batches: Vec<R::Batch> = Vec::new();
    loop {
        let mut slots: Vec<Slot<F, R::Batch>> = Vec::new();
        while slots.len() < 2 * rayon::current_num_threads() {
            let segments = next_segments(runs, &mut ahead, explainer.batch_size);
            let Some(first) = segments.first().and_then(|segment| runs[segment.run].as_ref()) else { break };
            let rows = segments.iter().map(|segment| segment.rows.len()).sum();
            let batch = match batches.pop() {
                Some(mut batch) => {
                    let resized = guard(Stage::Restore, 0..rows, || {
                        first.representation.resize(&mut batch, rows);
                        Ok(())
                    });
                    if resized.is_ok() { batch } else { first.representation.allocate(rows) }
                }
                None => first.representation.allocate(rows),
            };
            slots.push(Slot { segments, batch, outcome: Ok(()) });
        }
        if slots.is_empty() {
            return;
        }
        {
            let runs = &*runs;
            let prepare = |slot: &mut Slot<F, R::Batch>| {
                let Slot { segments, batch, .. } = slot;
                segments.iter_mut().try_for_each(|segment| {
                    let run = runs[segment.run].as_ref().ok_or(Error::NoTargets)?;
                    let (neighbourhood, similarity) = (&run.setup.neighbourhood, &run.centred.similarity);
                    segment.prepare(neighbourhood.as_ref(), run.representation.space(), similarity.as_ref(), batch)
                })
            };
            let prepare: Prepare<'_, F, R::Batch> = &prepare;
            slots.par_iter_mut().for_each(|slot| answer(slot, prepare, None, model));
        }
        let mut parts: Vec<Vec<&mut Segment<F>>> = runs.iter().map(|_| Vec::new()).collect();
        for slot in &mut slots {
            for segment in &mut slot.segments {
                match (&slot.outcome, &mut runs[segment.run]) {
                    (Err(_), Some(run)) => run.failed = true,
                    _ => parts[segment.run].push(segment),
                }
            }
        }
        runs.par_iter_mut().zip(parts).for_each(|(run, mut segments)| {
            let Some(run) = run.as_mut().filter(|run| !run.failed && run.error.is_none()) else { return };
            if segments.is_empty() {
                return;
            }
            let taken = guard(Stage::Absorb, 0..0, || Ok(take(explainer, run, &mut segments)));
            run.error = taken.flatten().err();
        });
        batches.extend(slots.into_iter().map(|slot| slot.batch));
    }
}

/// The rows of the next batch: those of a run from where the last batch ended, and of the runs after it.
fn next_segments<F: Real, R: Representation<F>, E>(
    runs: &[Option<Run<'_, F, R, E>>],
    (index, row): &mut (usize, usize),
    batch_size: usize,
) -> Vec<Segment<F>> {
    let mut segments = Vec::new();
    let mut filled = 0;
    while filled < batch_size && *index < runs.len() {
        let Some(run) = runs[*index].as_ref().filter(|run| !run.failed && *row < run.setup.samples) else {
            (*index, *row) = (*index + 1, 0);
            continue;
        };
        let end = run.setup.samples.min(*row + batch_size - filled);
        segments.push(Segment::new(run.representation.space(), *index, *row..end, filled));
        filled += end - *row;
        *row = end;
    }
    segments
}

/// Absorbs a run's answered rows, which follow those before.
fn take<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    run: &mut Run<'_, F, R, G::Evidence>,
    segments: &mut [&mut Segment<F>],
) -> Result<(), Error>
where
    F: Real,
    R: Representation<F>,
    G: Surrogate<F>,
{
    let space = run.representation.space();
    let state = match &mut run.state {
        Some(state) => state,
        None => {
            let at_instance = run.alone.instance.as_ref().unwrap_or(&segments[0].answers);
            let prediction: Vec<f64> = at_instance.row(0).iter().map(|y| y.wide()).collect();
            run.state.insert(start(explainer, space, prediction, &run.alone.exact)?)
        }
    };
    let outputs = state.prediction.len();
    for segment in segments.iter_mut() {
        segment.keep(&state.targets, outputs)?;
    }
    let segments: Vec<&Segment<F>> = segments.iter().map(|segment| &**segment).collect();
    state.absorb(&segments, &explainer.surrogate, space, false)
}

/// The explanation of a run that has all its rows.
fn end<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    run: Run<'_, F, R, G::Evidence>,
) -> Result<Explanation, Error>
where
    F: Real,
    R: Representation<F>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    if let Some(error) = run.error {
        return Err(error);
    }
    let mut state = run.state.ok_or(Error::NoTargets)?;
    state.close(&explainer.surrogate, run.representation.space())?;
    let counts = (run.setup.samples, run.setup.samples + run.alone.calls);
    let finished = finish(explainer, run.representation, &run.setup.names, (state.total(), &state), counts)?;
    Ok(finished.explanation)
}
