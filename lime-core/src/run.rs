//! The pipeline: waves of batches are prepared and answered, cut into tiles, absorbed in tile order and fitted.
//!
//! What makes a run the same on any number of threads and for any batch size:
//! - the design gives a row the same values whatever range it is asked in;
//! - restoring, weighing and (as far as the model allows) answering are row by row;
//! - evidence is made of tiles of 256 rows aligned to row 0, each absorbed into fresh evidence, merged in tile order;
//! - stop rules look at numbers of rows that depend on neither.

use std::cell::Cell;
use std::time::Instant;

use nalgebra::DMatrix;

use crate::finish::{Finished, finish};
use crate::gather::Gathered;
use crate::held_out::{self, Fidelity, Held};
use crate::kernel::Visitor;
use crate::session::Fingerprint;
use crate::slot::{Ask, Slot, deal, guard};
use crate::watch::{Watch, Watcher};
use crate::{
    Block, Checkpoint, Draw, Error, Estimate, Exact, Explainer, Explanation, First, Fitting, Kernel, Look,
    Neighbourhood, Origin, Real, Representation, Selector, Similarity, Source, Space, Stage, StopRule, Surrogate, TILE,
    Verdict, Warning,
};

/// What a run is told beside its explainer: nothing, usually.
pub(crate) struct Control<'a, F: Real, E> {
    /// When to stop before the samples are used up.
    pub(crate) rule: Option<&'a dyn StopRule<F, E>>,
    /// Who is told of each batch.
    pub(crate) watcher: Option<&'a Watcher<'a>>,
    /// What to go on from.
    pub(crate) from: Option<Checkpoint<F, E>>,
    /// Whether a checkpoint is wanted.
    pub(crate) keep: bool,
    /// Where else the checkpoint is put, also where the run fails.
    pub(crate) kept: Option<&'a mut Option<Checkpoint<F, E>>>,
}

impl<F: Real, E> Default for Control<'_, F, E> {
    fn default() -> Self {
        Self { rule: None, watcher: None, from: None, keep: false, kept: None }
    }
}

/// An explanation, and where it can be gone on from.
pub(crate) type Ended<F, E> = (Explanation, Option<Checkpoint<F, E>>);

/// Runs the pipeline, `wave` batches at a time.
pub(crate) fn run<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    wave: usize,
    ask: Ask<'_, F, R::Batch>,
    control: Control<'_, F, G::Evidence>,
) -> Result<Ended<F, G::Evidence>, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Source<F, R>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    // The steps have guards of their own that say more; this one is for what lies between them.
    let work = || Ok(pipeline(explainer, representation, wave, ask, control));
    guard(Stage::Other, 0..explainer.samples, work).flatten()
}

/// The names of the features, one each, of which there is one at least.
pub(crate) fn feature_names<F: Real, R: Representation<F> + ?Sized>(representation: &R) -> Result<Vec<String>, Error> {
    let features = representation.space().features();
    if features == 0 {
        return Err(Error::NoFeatures);
    }
    let names = representation.names();
    if names.len() == features { Ok(names) } else { Err(Error::Names { expected: features, found: names.len() }) }
}

/// Where neighbourhoods come from.
pub(crate) struct Neighbours<'a, R: ?Sized, S> {
    pub(crate) sampler: &'a S,
    pub(crate) representation: &'a R,
    pub(crate) seed: u64,
}

impl<'a, R: ?Sized, S> Neighbours<'a, R, S> {
    /// The neighbourhood of so many samples under a seed.
    pub(crate) fn draw<F: Real>(
        &self,
        samples: usize,
        seed: u64,
    ) -> Result<Box<dyn Neighbourhood<F, R::Batch> + 'a>, Error>
    where
        R: Representation<F>,
        S: Source<F, R>,
    {
        let neighbourhood = || self.sampler.neighbourhood(self.representation, samples, seed);
        let neighbourhood = guard(Stage::Sample, 0..samples, neighbourhood)?;
        let rows = neighbourhood.rows();
        if rows < 2 { Err(Error::Design { rows, samples }) } else { Ok(neighbourhood) }
    }
}

/// What is settled before any sample is drawn.
pub(crate) struct Setup<'a, F: Real, R: Representation<F> + ?Sized> {
    pub(crate) names: Vec<String>,
    pub(crate) neighbourhood: Box<dyn Neighbourhood<F, R::Batch> + 'a>,
    pub(crate) exact: Vec<Vec<F>>,
    instance: R::Batch,
    pub(crate) samples: usize,
    batch_size: usize,
}

impl<'a, F: Real, R: Representation<F> + ?Sized> Setup<'a, F, R> {
    pub(crate) fn new<S, K, L, G>(
        explainer: &'a Explainer<S, K, L, G>,
        representation: &'a R,
        wave: usize,
    ) -> Result<Self, Error>
    where
        S: Source<F, R>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        if explainer.samples < 2 {
            return Err(Error::Samples { samples: explainer.samples });
        }
        if explainer.batch_size == 0 {
            return Err(Error::BatchSize { rows: 0, features: representation.space().features() });
        }
        explainer.targets.check()?;
        let space = representation.space();
        let names = feature_names(representation)?;
        guard(Stage::Select, 0..0, || explainer.selector.check(space))?;
        guard(Stage::Fit, 0..0, || explainer.surrogate.check(space))?;
        let neighbourhood = explainer.neighbours(representation).draw(explainer.samples, explainer.seed)?;
        let samples = neighbourhood.rows();
        let exact = guard(Stage::Fit, 0..0, || Ok(explainer.surrogate.exact(space)))?;
        if let Some(wrong) = exact.iter().find(|z| z.len() != space.features()) {
            return Err(Error::ExactRow { z: wrong.iter().map(|z| z.wide()).collect(), features: space.features() });
        }
        if let Some(open) = exact.iter().find(|z| space.noise() && z.as_slice() != space.origin()) {
            return Err(Error::ExactNoise { z: open.iter().map(|z| z.wide()).collect() });
        }
        let mut instance = representation.allocate(1);
        guard(Stage::Restore, 0..1, || representation.instance(&mut instance, 0))?;
        let batch_size = explainer.batch_size.min(samples);
        let values = batch_size.checked_mul(wave).and_then(|rows| rows.checked_mul(16 * space.features()));
        if values.is_none_or(|values| isize::try_from(values).is_err()) {
            return Err(Error::BatchSize { rows: batch_size, features: space.features() });
        }
        Ok(Self { names, neighbourhood, exact, instance, samples, batch_size })
    }

    /// Draws the samples of a slot that has only this run's.
    pub(crate) fn draw(&self, slot: &mut Slot<F, R::Batch>, representation: &R) -> Result<(), Error> {
        let Slot { segments, batch, .. } = slot;
        let neighbourhood = self.neighbourhood.as_ref();
        segments.iter_mut().try_for_each(|segment| segment.draw(neighbourhood, representation.space(), batch))
    }

    /// The kernel centred at the instance, shown the first tile: what `start` does not hold of it is drawn if it is asked for.
    pub(crate) fn centre<K: Kernel<F, R::Batch>>(
        &'a self,
        kernel: &'a K,
        representation: &'a R,
        start: &Slot<F, R::Batch>,
    ) -> Result<Centred<'a, F, R::Batch>, Error> {
        let tile = self.samples.min(TILE);
        let looked = Cell::new(false);
        let rest = |visitor: &mut Visitor<'_, F, R::Batch>| {
            looked.set(true);
            let mut from = start.segments[0].rows.end;
            while from < tile {
                let rows = from..tile.min(from + self.batch_size);
                from = rows.end;
                let mut slot = Slot::new(representation, rows);
                self.draw(&mut slot, representation)?;
                visitor(Block::new(&slot.segments[0].draw, &slot.batch, 0))?;
            }
            Ok(())
        };
        let similarity = guard(Stage::Weigh, 0..tile, || {
            let start = Block::new(&start.segments[0].draw, &start.batch, 0).first(tile);
            let origin = Origin::new(representation.space().origin(), &self.instance);
            kernel.at(origin, First::with_rest(start, tile, &rest))
        })?;
        Ok(Centred { similarity, looked: looked.get() })
    }
}

/// A kernel centred at an instance, and whether it looked at the first tile.
pub(crate) struct Centred<'a, F: Real, B> {
    pub(crate) similarity: Box<dyn Similarity<F, B> + 'a>,
    looked: bool,
}

fn pipeline<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    wave: usize,
    mut ask: Ask<'_, F, R::Batch>,
    control: Control<'_, F, G::Evidence>,
) -> Result<Ended<F, G::Evidence>, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Source<F, R>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let started = Instant::now();
    let space = representation.space();
    let setup = Setup::new(explainer, representation, wave)?;
    let (samples, sizes) = (setup.samples, (setup.batch_size, wave));
    let neighbourhood = setup.neighbourhood.as_ref();
    let Control { rule, watcher, from, keep, kept: mut place } = control;
    if (rule.is_some() || from.is_some()) && !neighbourhood.extensible() {
        return Err(Error::NotExtensible { samples });
    }

    let tile = samples.min(TILE);
    if let Some(kept) = &from {
        kept.check(explainer, &Fingerprint::of(representation, &setup.names), samples)?;
    }
    // Whatever goes wrong now, what there is stays.
    if let Some(place) = &mut place {
        place.clone_from(&from);
    }
    let kept = from.as_ref().map_or(0, |kept| kept.state.absorbed);
    let mut next = kept;
    let mut looks = from.as_ref().and_then(|kept| kept.looks).unwrap_or_default();
    let mut look = guard(Stage::Stop, kept..kept, || {
        Ok(match rule {
            // A budget that the earlier run has spent: the rule is asked before the model is.
            Some(rule) if kept > 0 && rule.limit() <= kept => (looks.next(rule, kept - 1, samples).0, kept),
            Some(rule) => looks.next(rule, kept, samples),
            None => (0, samples),
        })
    })?;
    let mut slots: Vec<Slot<F, R::Batch>> = Vec::new();
    deal(&mut slots, &mut next, look.1, sizes, representation)?;

    // The first samples, which the kernel is shown: those of the first slot, but where a run is gone on with.
    let mut shown = (kept > 0).then(|| Slot::new(representation, 0..setup.batch_size));
    let first = match &mut shown {
        Some(shown) => shown,
        None => &mut slots[0],
    };
    setup.draw(first, representation)?;
    let starts_with_instance = first.segments[0].draw.instance.contains(&0);
    let Centred { similarity, looked } = setup.centre(&explainer.kernel, representation, first)?;
    if let Some(found) = from.as_ref().and_then(|kept| kept.tile)
        && found != tile
    {
        let message = format!(
            "the kernel's width was found from the first {found} samples, and of {samples} samples it would be found from {tile}: start with {TILE} at least"
        );
        return Err(Error::Checkpoint { message });
    }
    let prepare = |slot: &mut Slot<F, R::Batch>| slot.prepare(neighbourhood, space, similarity.as_ref());

    let watch = watcher.map(|watcher| Watch::new(watcher, started, kept, samples));
    let watch = watch.as_ref();
    let (mut gathered, alone, mut model_calls) = match from {
        Some(kept) => (Some(kept.state), Alone::none(), kept.model_calls),
        None => {
            let alone = Alone::ask(representation, &setup, !starts_with_instance, &ask)?;
            let calls = alone.calls;
            (None, alone, calls)
        }
    };
    if let Some(watch) = watch {
        watch.asked(alone.calls);
    }
    let mut stopped = None;
    let failure = loop {
        if watch.is_some_and(Watch::cancelled) && !slots.is_empty() {
            break Some(Error::Cancelled);
        }
        (ask.slots)(&mut slots, &prepare, watch);
        let good = slots.iter().position(|slot| slot.outcome.is_err()).unwrap_or(slots.len());
        let mut failure = slots.get_mut(good).and_then(|slot| std::mem::replace(&mut slot.outcome, Ok(())).err());
        if good > 0 {
            let state = match &mut gathered {
                Some(state) => state,
                None => {
                    let at_instance = alone.instance.as_ref().unwrap_or(&slots[0].segments[0].answers);
                    let prediction: Vec<f64> = at_instance.row(0).iter().map(|y| y.wide()).collect();
                    gathered.insert(start(explainer, space, prediction, &alone.exact)?)
                }
            };
            let outputs = state.prediction.len();
            let mut usable = Vec::with_capacity(good);
            for segment in slots[..good].iter_mut().flat_map(|slot| &mut slot.segments) {
                if let Err(error) = segment.keep(&state.targets, outputs) {
                    failure = Some(error);
                    break;
                }
                usable.push(&*segment);
            }
            model_calls += usable.iter().map(|segment| segment.rows.len()).sum::<usize>();
            // Evidence that failed to take in a tile cannot be trusted with the rest, so this is no interruption.
            state.absorb(&usable, &explainer.surrogate, space, wave > 1)?;
        }
        if let Some(error) = failure {
            break Some(error);
        }
        if let Some(rule) = rule
            && let Some(state) = &gathered
            && next == look.1
            && next < samples
        {
            let counts = (samples, model_calls);
            let evidence = match state.closed(&explainer.surrogate, space) {
                Ok(evidence) => evidence,
                Err(error) => break Some(error),
            };
            let mut asked = None;
            let fit = || Ok(finish(explainer, representation, &setup.names, (&evidence, state), counts));
            // Too few samples for an explanation are too few to stop.
            if let Ok(finished) = guard(Stage::Fit, 0..next, fit).flatten() {
                let estimates = finished.estimates();
                if let Some(watch) = watch {
                    watch.looked(estimates.iter().filter_map(Estimate::relative_width).reduce(f64::max));
                }
                let now = Look {
                    number: look.0,
                    samples: next,
                    requested: samples,
                    model_calls,
                    elapsed: started.elapsed(),
                    explanation: &finished.explanation,
                    estimates: &estimates,
                    given: Fitting::new(space, &evidence).with_exact(&state.exact),
                };
                match guard(Stage::Stop, 0..next, || rule.decide(&now)) {
                    Ok(Verdict::Continue) => {}
                    Ok(Verdict::LookAt(rows)) => asked = Some(rows),
                    Ok(Verdict::Stop(reason)) => {
                        stopped = Some(reason);
                        break None;
                    }
                    Err(error) => break Some(error),
                }
            } else if next >= rule.limit().max(2) {
                // No more samples are allowed: what is wrong with these is told by the fit that ends the run.
                break None;
            }
            looks = Looks { number: look.0 + 1, before: next, asked };
            look = match guard(Stage::Stop, 0..next, || Ok(looks.next(rule, next, samples))) {
                Ok(look) => look,
                Err(error) => break Some(error),
            };
        }
        if next == samples {
            break None;
        }
        if let Err(error) = deal(&mut slots, &mut next, look.1, sizes, representation) {
            break Some(error);
        }
    };

    // A watcher that panics calls the run off, which says nothing of why.
    let panic = || watch.and_then(Watch::panic);
    let failure = match failure {
        None | Some(Error::Cancelled) => panic().or(failure),
        failure => failure,
    };
    // The batches' memory is for the fit now.
    drop(slots);
    let Some(mut state) = gathered else { return Err(failure.unwrap_or(Error::NoTargets)) };
    let absorbed = state.absorbed;
    let keep = keep && absorbed > 0 && neighbourhood.extensible();
    let checkpoint = keep.then(|| Checkpoint {
        seed: explainer.seed,
        instance: Fingerprint::of(representation, &setup.names),
        tile: looked.then_some(tile),
        model_calls,
        looks: rule.map(|_| looks),
        state: state.clone(),
    });
    if let Some(place) = place
        && checkpoint.is_some()
    {
        place.clone_from(&checkpoint);
    }
    state.close(&explainer.surrogate, space)?;
    let counts = (samples, model_calls);
    let finished = finish(explainer, representation, &setup.names, (state.total(), &state), counts);
    if let Some(cause) = failure {
        if absorbed == 0 {
            return Err(cause);
        }
        let partial = finished.ok().map(|finished| Box::new(finished.explanation));
        return Err(Error::Interrupted { answered: absorbed, samples, partial, cause: Box::new(cause) });
    }
    let Finished { mut explanation, fits } = finished?;
    explanation.stopped = stopped;
    if explainer.held_out > 0 {
        let mut failure = None;
        let held = Held { fits: &fits, targets: &state.targets, reference: &state.reference };
        let neighbours = explainer.neighbours(representation);
        let scores =
            held_out::scores(&neighbours, explainer.held_out, similarity.as_ref(), &held, sizes, (&mut ask, watch));
        match scores {
            Ok(Fidelity::Scores(scores, calls)) => {
                explanation.model_calls += calls;
                for (target, score) in explanation.targets.iter_mut().zip(scores) {
                    target.held_out = Some(score);
                    if score < Warning::LOW_FIDELITY {
                        target.warnings.push(Warning::LowFidelity { score });
                    }
                }
            }
            Ok(Fidelity::Unknown(reason)) => {
                for target in &mut explanation.targets {
                    target.warnings.push(Warning::NotHeldOut { reason: reason.clone() });
                }
            }
            Err(cause) => failure = Some(cause),
        }
        if let Some(cause) = panic().or(failure) {
            let (partial, cause) = (Some(Box::new(explanation)), Box::new(cause));
            return Err(Error::Interrupted { answered: absorbed, samples, partial, cause });
        }
    }
    Ok((explanation, checkpoint))
}

/// A look at so many rows after one at `before`, or at the limit between the two.
fn within(limit: usize, before: usize, rows: usize) -> usize {
    let limit = limit.max(1);
    if before < limit { rows.min(limit) } else { rows }
}

/// The looks of a stop rule that have been.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Looks {
    /// How many.
    number: usize,
    /// The rows at the last one.
    before: usize,
    /// The rows at which it asked for the next.
    asked: Option<usize>,
}

impl Looks {
    /// The number and the rows of the first look beyond `done` rows: the next one, or a later. A run has `samples` rows at most.
    fn next<F: Real, E>(self, rule: &dyn StopRule<F, E>, done: usize, samples: usize) -> (usize, usize) {
        let Self { mut number, mut before, mut asked } = self;
        loop {
            let rows = asked.take().unwrap_or_else(|| rule.next_look(number, before));
            let next = within(rule.limit(), before, rows).max(before + 1);
            if next > done || next >= samples {
                return (number, next.min(samples));
            }
            (number, before) = (number + 1, next);
        }
    }
}

/// The model's answers to what is no row of the design.
pub(crate) struct Alone<F: Real> {
    /// At the instance, where no row of the design is it.
    pub(crate) instance: Option<DMatrix<F>>,
    /// At the samples that the surrogate must reproduce; no answer where the sample is the instance.
    pub(crate) exact: Vec<(Vec<F>, Option<DMatrix<F>>)>,
    pub(crate) calls: usize,
}

impl<F: Real> Alone<F> {
    pub(crate) fn none() -> Self {
        Self { instance: None, exact: Vec::new(), calls: 0 }
    }

    fn ask<R: Representation<F> + ?Sized>(
        representation: &R,
        setup: &Setup<'_, F, R>,
        ask_instance: bool,
        ask: &Ask<'_, F, R::Batch>,
    ) -> Result<Self, Error> {
        let mut alone = Self::none();
        if ask_instance {
            alone.instance = Some((ask.alone)(&setup.instance, 1)?);
            alone.calls += 1;
        }
        let space = representation.space();
        let (mut draw, mut batch) = (Draw::new(space, 1), representation.allocate(1));
        for z in &setup.exact {
            let mut answer = None;
            if z.as_slice() != space.origin() {
                draw.reset(1);
                for (place, &value) in draw.z.iter_mut().zip(z) {
                    *place = value;
                }
                guard(Stage::Restore, 0..0, || representation.restore(&draw, &mut batch, 0))?;
                answer = Some((ask.alone)(&batch, 1)?);
                alone.calls += 1;
            }
            alone.exact.push((z.clone(), answer));
        }
        Ok(alone)
    }
}

/// What can be decided once the model's answer at the instance is known.
pub(crate) fn start<F: Real, S, K, L, G: Surrogate<F>>(
    explainer: &Explainer<S, K, L, G>,
    space: &Space<F>,
    prediction: Vec<f64>,
    exact: &[(Vec<F>, Option<DMatrix<F>>)],
) -> Result<Gathered<F, G::Evidence>, Error> {
    let targets = explainer.outputs(&prediction)?;
    let mut rows = Vec::with_capacity(exact.len());
    for (z, answer) in exact {
        let outputs = answer.as_ref().map_or(prediction.len(), DMatrix::ncols);
        if outputs != prediction.len() {
            return Err(Error::AnswerOutputs { first: 0, expected: prediction.len(), found: outputs });
        }
        rows.push(Exact {
            z: z.iter().map(|z| z.wide()).collect(),
            answers: targets.iter().map(|&t| answer.as_ref().map_or(prediction[t], |y| y[(0, t)].wide())).collect(),
        });
    }
    Gathered::new(&explainer.surrogate, space, prediction, targets, rows)
}
