//! The pipeline: waves of batches are prepared and answered, cut into tiles, absorbed in tile order and fitted.
//!
//! What makes a run the same on any number of threads and for any batch size:
//! - the design gives a row the same values whatever range it is asked in;
//! - restoring, weighing and (as far as the model allows) answering are row by row;
//! - evidence is made of tiles of 256 rows aligned to row 0, each absorbed into fresh evidence, merged in tile order.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::kernel::Visitor;
use crate::{
    Block, BoxError, Details, Draw, Error, Evidence, Exact, Explainer, Explanation, FeatureWeight, First, Fitting,
    Kernel, LocalModel, Model, Moments, Neighbourhood, Origin, Real, Representation, Rows, Selector, Similarity,
    Source, Space, Stage, Surrogate, TILE, TargetExplanation, Warning,
};

/// One batch in the making: its rows, and how far it got.
pub(crate) struct Slot<F: Real, B> {
    rows: Range<usize>,
    draw: Draw<F>,
    batch: B,
    weights: Vec<F>,
    clusters: Vec<usize>,
    drawn: bool,
    answers: DMatrix<F>,
    outcome: Result<(), Error>,
}

type Prepare<'a, F, B> = &'a (dyn Fn(&mut Slot<F, B>) -> Result<(), Error> + Sync);
type AskAlone<'a, F, B> = &'a dyn Fn(&B, usize) -> Result<DMatrix<F>, Error>;
type AskSlots<'a, F, B> = &'a mut dyn FnMut(&mut [Slot<F, B>], Prepare<'_, F, B>);

/// How the model is reached: many slots, in whatever order and on whatever threads, and the instance alone.
pub(crate) struct Ask<'a, F: Real, B> {
    pub(crate) slots: AskSlots<'a, F, B>,
    pub(crate) alone: AskAlone<'a, F, B>,
}

/// Runs a part and turns its error or panic into one of ours. An error that is one of ours already stays as it is.
pub(crate) fn guard<T>(
    stage: Stage,
    rows: Range<usize>,
    work: impl FnOnce() -> Result<T, BoxError>,
) -> Result<T, Error> {
    let Range { start: first, end } = rows;
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(match source.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(source) => Error::Part { stage, first, end, source },
        }),
        Err(panic) => Err(Error::Panic { stage, first, end, message: panic_message(panic.as_ref()) }),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

/// Prepares a slot and asks the model for it; the result is left in the slot.
pub(crate) fn answer<F: Real, B, M: Model<B, F> + ?Sized>(
    slot: &mut Slot<F, B>,
    prepare: Prepare<'_, F, B>,
    model: &M,
) {
    slot.outcome = prepare(slot).and_then(|()| {
        slot.answers = guard(Stage::Predict, slot.rows.clone(), || model.predict(&slot.batch))?;
        check_answers(&slot.answers, slot.rows.clone())
    });
}

/// Asks the model for inputs that are not rows of the design.
pub(crate) fn answer_alone<F: Real, B, M: Model<B, F> + ?Sized>(
    batch: &B,
    rows: usize,
    model: &M,
) -> Result<DMatrix<F>, Error> {
    let answers = guard(Stage::Predict, 0..rows, || model.predict(batch))?;
    check_answers(&answers, 0..rows)?;
    Ok(answers)
}

fn check_answers<F: Real>(answers: &DMatrix<F>, rows: Range<usize>) -> Result<(), Error> {
    if answers.nrows() != rows.len() {
        return Err(Error::AnswerRows { first: rows.start, asked: rows.len(), answered: answers.nrows() });
    }
    if answers.ncols() == 0 {
        return Err(Error::AnswerOutputs { first: rows.start, expected: 1, found: 0 });
    }
    if answers.iter().all(|y| y.is_finite()) {
        return Ok(());
    }
    let wrong = (0..answers.nrows())
        .flat_map(|i| (0..answers.ncols()).map(move |j| (i, j)))
        .find(|&place| !answers[place].is_finite());
    match wrong {
        Some((i, j)) => Err(Error::AnswerValue { row: rows.start + i, output: j, value: answers[(i, j)].wide() }),
        None => Ok(()),
    }
}

fn check_weights<F: Real>(weights: &[F], first: usize, stage: Stage) -> Result<(), Error> {
    match weights.iter().position(|w| !(*w >= F::zero() && w.is_finite())) {
        Some(at) => Err(Error::Weight { stage, row: first + at, value: weights[at].wide() }),
        None => Ok(()),
    }
}

/// Whether a part has left a draw in order.
pub(crate) fn check_draw<F: Real>(draw: &Draw<F>, space: &Space<F>, rows: Range<usize>) -> Result<(), Error> {
    check_weights(&draw.weight, rows.start, Stage::Sample)?;
    let (count, features) = (rows.len(), space.features());
    let asked = ((count, features), (count, if space.noise() { features } else { 0 }), count);
    let found = (draw.z.shape(), draw.noise.shape(), draw.weight.len());
    if found != asked {
        let message = format!("it left samples, noise and weights of shapes {found:?} where {asked:?} were asked for");
        return Err(Error::Part { stage: Stage::Sample, first: rows.start, end: rows.end, source: message.into() });
    }
    Ok(())
}

/// Draws the samples of a slot, in both spaces.
fn draw_slot<F: Real, R: Representation<F> + ?Sized>(
    slot: &mut Slot<F, R::Batch>,
    neighbourhood: &dyn Neighbourhood<F, R::Batch>,
    representation: &R,
) -> Result<(), Error> {
    let (rows, count) = (slot.rows.clone(), slot.rows.len());
    slot.draw.reset(count);
    if slot.weights.len() != count {
        guard(Stage::Restore, rows.clone(), || {
            representation.resize(&mut slot.batch, count);
            Ok(())
        })?;
        slot.weights.resize(count, F::zero());
    }
    guard(Stage::Sample, rows.clone(), || neighbourhood.fill(rows.clone(), &mut slot.draw, &mut slot.batch, 0))?;
    check_draw(&slot.draw, representation.space(), rows.clone())?;
    slot.clusters.clear();
    slot.clusters.extend(rows.map(|row| neighbourhood.cluster(row)));
    slot.drawn = true;
    Ok(())
}

/// Weighs the samples of a slot: design weight times similarity.
fn weigh_slot<F: Real, B>(slot: &mut Slot<F, B>, similarity: &dyn Similarity<F, B>) -> Result<(), Error> {
    let rows = slot.rows.clone();
    guard(Stage::Weigh, rows.clone(), || similarity.weigh(Block::new(&slot.draw, &slot.batch, 0), &mut slot.weights))?;
    check_weights(&slot.weights, rows.start, Stage::Weigh)?;
    for (weight, &design) in slot.weights.iter_mut().zip(&slot.draw.weight) {
        *weight *= design;
    }
    Ok(())
}

/// Answered rows that do not fill a tile yet.
struct OpenTile<F: Real> {
    start: usize,
    filled: usize,
    z: DMatrix<F>,
    noise: DMatrix<F>,
    weight: Vec<F>,
    clusters: Vec<usize>,
    answers: DMatrix<F>,
}

impl<F: Real> OpenTile<F> {
    fn new(start: usize, space: &Space<F>, targets: usize) -> Self {
        let noise = if space.noise() { space.features() } else { 0 };
        Self {
            start,
            filled: 0,
            z: DMatrix::zeros(TILE, space.features()),
            noise: DMatrix::zeros(TILE, noise),
            weight: vec![F::zero(); TILE],
            clusters: vec![0; TILE],
            answers: DMatrix::zeros(TILE, targets),
        }
    }

    fn take<B>(&mut self, slot: &Slot<F, B>, from: usize, count: usize) {
        let at = self.filled;
        self.z.rows_mut(at, count).copy_from(&slot.draw.z.rows(from, count));
        self.noise.rows_mut(at, count).copy_from(&slot.draw.noise.rows(from, count));
        self.weight[at..at + count].copy_from_slice(&slot.weights[from..from + count]);
        self.clusters[at..at + count].copy_from_slice(&slot.clusters[from..from + count]);
        self.answers.rows_mut(at, count).copy_from(&slot.answers.rows(from, count));
        self.filled += count;
    }

    fn rows(&self) -> Rows<'_, F> {
        Rows::new(
            self.start,
            self.z.rows(0, self.filled),
            self.noise.rows(0, self.filled),
            &self.weight[..self.filled],
            self.answers.rows(0, self.filled),
        )
        .with_clusters(&self.clusters[..self.filled])
    }
}

fn slot_rows<F: Real, B>(slot: &Slot<F, B>, from: usize, count: usize) -> Rows<'_, F> {
    Rows::new(
        slot.rows.start + from,
        slot.draw.z.rows(from, count),
        slot.draw.noise.rows(from, count),
        &slot.weights[from..from + count],
        slot.answers.rows(from, count),
    )
    .with_clusters(&slot.clusters[from..from + count])
}

/// What is known once the first rows are answered, and what has been gathered since.
struct Gathered<F: Real, E> {
    prediction: Vec<f64>,
    targets: Vec<usize>,
    reference: Vec<f64>,
    exact: Vec<Exact>,
    total: E,
    open: Option<OpenTile<F>>,
    absorbed: usize,
}

/// Evidence of one tile. A tile is absorbed into fresh evidence whichever thread does it.
fn absorb_tile<F: Real, G: Surrogate<F>>(
    surrogate: &G,
    space: &Space<F>,
    reference: &[f64],
    rows: &Rows<'_, F>,
) -> Result<G::Evidence, Error> {
    guard(Stage::Absorb, rows.start..rows.start + rows.weight.len(), || {
        let mut evidence = surrogate.evidence(space, reference);
        evidence.absorb(rows);
        Ok(evidence)
    })
}

fn merge<F: Real, E: Evidence<F>>(total: &mut E, later: E) -> Result<(), Error> {
    guard(Stage::Absorb, 0..0, || {
        total.merge(later);
        Ok(())
    })
}

impl<F: Real, E: Evidence<F>> Gathered<F, E> {
    /// Absorbs answered slots, which follow the rows absorbed so far without a gap. Their answers hold the targets only.
    fn absorb<B: Send + Sync, G: Surrogate<F, Evidence = E>>(
        &mut self,
        slots: &[Slot<F, B>],
        surrogate: &G,
        space: &Space<F>,
        parallel: bool,
    ) -> Result<(), Error> {
        let mut full: Vec<OpenTile<F>> = Vec::new();
        let mut whole: Vec<(usize, usize)> = Vec::new();
        // The tiles in row order: (false, i) is the i-th of `full`, (true, i) the i-th of `whole`.
        let mut order = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let mut from = 0;
            while from < slot.rows.len() {
                let row = slot.rows.start + from;
                let count = (TILE - row % TILE).min(slot.rows.len() - from);
                if count == TILE {
                    order.push((true, whole.len()));
                    whole.push((index, from));
                } else {
                    let mut tile = self.open.take().unwrap_or_else(|| OpenTile::new(row, space, self.targets.len()));
                    tile.take(slot, from, count);
                    if tile.filled == TILE {
                        order.push((false, full.len()));
                        full.push(tile);
                    } else {
                        self.open = Some(tile);
                    }
                }
                from += count;
            }
        }
        let reference = &self.reference;
        let tile = |&(is_whole, i): &(bool, usize)| {
            let rows = if is_whole { slot_rows(&slots[whole[i].0], whole[i].1, TILE) } else { full[i].rows() };
            absorb_tile(surrogate, space, reference, &rows)
        };
        // As many tiles at once as there are threads: evidence of d features may hold d^2 numbers.
        let at_once = if parallel { rayon::current_num_threads() } else { 1 };
        for some in order.chunks(at_once) {
            let tiles: Vec<Result<E, Error>> =
                if parallel { some.par_iter().map(tile).collect() } else { some.iter().map(tile).collect() };
            for evidence in tiles {
                merge(&mut self.total, evidence?)?;
            }
        }
        self.absorbed += slots.iter().map(|slot| slot.rows.len()).sum::<usize>();
        Ok(())
    }

    /// Absorbs the rows of the last tile, which need not be full.
    fn close<G: Surrogate<F, Evidence = E>>(&mut self, surrogate: &G, space: &Space<F>) -> Result<(), Error> {
        if let Some(tile) = self.open.take() {
            merge(&mut self.total, absorb_tile(surrogate, space, &self.reference, &tile.rows())?)?;
        }
        Ok(())
    }
}

/// Runs the pipeline, `wave` batches at a time.
pub(crate) fn run<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    wave: usize,
    ask: Ask<'_, F, R::Batch>,
) -> Result<Explanation, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Source<F, R>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    // The steps have guards of their own that say more; this one is for what lies between them.
    let work = || Ok(pipeline(explainer, representation, wave, ask));
    guard(Stage::Other, 0..explainer.samples, work).flatten()
}

fn pipeline<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    wave: usize,
    ask: Ask<'_, F, R::Batch>,
) -> Result<Explanation, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Source<F, R>,
    K: Kernel<F, R::Batch>,
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
    if space.features() == 0 {
        return Err(Error::NoFeatures);
    }
    let names = representation.names();
    if names.len() != space.features() {
        return Err(Error::Names { expected: space.features(), found: names.len() });
    }
    guard(Stage::Select, 0..0, || explainer.selector.check(space))?;
    guard(Stage::Fit, 0..0, || explainer.surrogate.check(space))?;
    let neighbourhood = guard(Stage::Sample, 0..explainer.samples, || {
        explainer.sampler.neighbourhood(representation, explainer.samples, explainer.seed)
    })?;
    let neighbourhood = neighbourhood.as_ref();
    let samples = neighbourhood.rows();
    if samples < 2 {
        return Err(Error::Design { rows: samples, samples: explainer.samples });
    }
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
    let new_slot = |rows: Range<usize>| {
        let count = rows.len();
        Slot {
            rows,
            draw: Draw::new(space, count),
            batch: representation.allocate(count),
            weights: vec![F::zero(); count],
            clusters: Vec::new(),
            drawn: false,
            answers: DMatrix::zeros(0, 0),
            outcome: Ok(()),
        }
    };
    let mut slots: Vec<Slot<F, R::Batch>> = Vec::new();
    let mut next = 0;
    deal(&mut slots, &mut next, samples, batch_size, wave, &new_slot);

    // The first tile, for the kernel's width rules: what the first batch does not hold is drawn if it is asked for.
    let tile = samples.min(TILE);
    draw_slot(&mut slots[0], neighbourhood, representation)?;
    let starts_with_instance = slots[0].draw.instance.contains(&0);
    let rest = |visitor: &mut Visitor<'_, F, R::Batch>| {
        let mut from = batch_size;
        while from < tile {
            let mut slot = new_slot(from..tile.min(from + batch_size));
            draw_slot(&mut slot, neighbourhood, representation)?;
            visitor(Block::new(&slot.draw, &slot.batch, 0))?;
            from = slot.rows.end;
        }
        Ok(())
    };
    let similarity = guard(Stage::Weigh, 0..tile, || {
        let start = Block::new(&slots[0].draw, &slots[0].batch, 0).first(tile);
        explainer.kernel.at(Origin::new(space.origin(), &instance), First::with_rest(start, tile, &rest))
    })?;
    let prepare = |slot: &mut Slot<F, R::Batch>| {
        if !slot.drawn {
            draw_slot(slot, neighbourhood, representation)?;
        }
        weigh_slot(slot, similarity.as_ref())
    };

    let alone = Alone::ask(representation, &instance, !starts_with_instance, exact, &ask)?;
    let mut model_calls = alone.calls;
    let mut gathered: Option<Gathered<F, G::Evidence>> = None;
    let failure = loop {
        (ask.slots)(&mut slots, &prepare);
        let good = slots.iter().position(|slot| slot.outcome.is_err()).unwrap_or(slots.len());
        let mut failure = slots.get_mut(good).and_then(|slot| std::mem::replace(&mut slot.outcome, Ok(())).err());
        if good > 0 {
            let state = match &mut gathered {
                Some(state) => state,
                None => {
                    let at_instance = alone.instance.as_ref().unwrap_or(&slots[0].answers);
                    let prediction: Vec<f64> = at_instance.row(0).iter().map(|y| y.wide()).collect();
                    gathered.insert(start(explainer, space, prediction, &alone.exact)?)
                }
            };
            let outputs = state.prediction.len();
            let mut usable = good;
            for (index, slot) in slots[..good].iter_mut().enumerate() {
                let found = slot.answers.ncols();
                if found != outputs {
                    failure = Some(Error::AnswerOutputs { first: slot.rows.start, expected: outputs, found });
                    usable = index;
                    break;
                }
                if !state.targets.iter().copied().eq(0..outputs) {
                    slot.answers = slot.answers.select_columns(&state.targets);
                }
            }
            model_calls += slots[..usable].iter().map(|slot| slot.rows.len()).sum::<usize>();
            // Evidence that failed to take in a tile cannot be trusted with the rest, so this is no interruption.
            state.absorb(&slots[..usable], &explainer.surrogate, space, wave > 1)?;
        }
        if let Some(error) = failure {
            break Some(error);
        }
        if next == samples {
            break None;
        }
        deal(&mut slots, &mut next, samples, batch_size, wave, &new_slot);
    };

    let absorbed = gathered.as_ref().map_or(0, |state| state.absorbed);
    let finished = match gathered {
        Some(state) => finish(explainer, representation, names, state, (samples, model_calls)),
        None => Err(Error::NoTargets),
    };
    match failure {
        None => finished,
        Some(cause) if absorbed == 0 => Err(cause),
        Some(cause) => Err(Error::Interrupted {
            answered: absorbed,
            samples,
            partial: finished.ok().map(Box::new),
            cause: Box::new(cause),
        }),
    }
}

/// The model's answers to what is no row of the design.
struct Alone<F: Real> {
    /// At the instance, where no row of the design is it.
    instance: Option<DMatrix<F>>,
    /// At the samples that the surrogate must reproduce; no answer where the sample is the instance.
    exact: Vec<(Vec<F>, Option<DMatrix<F>>)>,
    calls: usize,
}

impl<F: Real> Alone<F> {
    fn ask<R: Representation<F> + ?Sized>(
        representation: &R,
        instance: &R::Batch,
        ask_instance: bool,
        exact: Vec<Vec<F>>,
        ask: &Ask<'_, F, R::Batch>,
    ) -> Result<Self, Error> {
        let mut alone = Self { instance: None, exact: Vec::new(), calls: 0 };
        if ask_instance {
            alone.instance = Some((ask.alone)(instance, 1)?);
            alone.calls += 1;
        }
        let space = representation.space();
        let (mut draw, mut batch) = (Draw::new(space, 1), representation.allocate(1));
        for z in exact {
            let mut answer = None;
            if z.as_slice() != space.origin() {
                draw.reset(1);
                for (place, &value) in draw.z.iter_mut().zip(&z) {
                    *place = value;
                }
                guard(Stage::Restore, 0..0, || representation.restore(&draw, &mut batch, 0))?;
                answer = Some((ask.alone)(&batch, 1)?);
                alone.calls += 1;
            }
            alone.exact.push((z, answer));
        }
        Ok(alone)
    }
}

/// Gives the slots of a wave their rows, reusing their memory; fewer slots, and a shorter last one, at the end.
fn deal<F: Real, B>(
    slots: &mut Vec<Slot<F, B>>,
    next: &mut usize,
    samples: usize,
    batch_size: usize,
    wave: usize,
    new_slot: &impl Fn(Range<usize>) -> Slot<F, B>,
) {
    let mut used = 0;
    while used < wave && *next < samples {
        let rows = *next..(*next + batch_size).min(samples);
        *next = rows.end;
        if let Some(slot) = slots.get_mut(used) {
            slot.rows = rows;
            slot.drawn = false;
        } else {
            slots.push(new_slot(rows));
        }
        used += 1;
    }
    slots.truncate(used);
}

/// What can be decided once the model's answer at the instance is known.
fn start<F: Real, S, K, L, G: Surrogate<F>>(
    explainer: &Explainer<S, K, L, G>,
    space: &Space<F>,
    prediction: Vec<f64>,
    exact: &[(Vec<F>, Option<DMatrix<F>>)],
) -> Result<Gathered<F, G::Evidence>, Error> {
    let targets = explainer.targets.resolve(&prediction)?;
    if let Some(names) = &explainer.output_names
        && names.len() != prediction.len()
    {
        return Err(Error::OutputNames { names: names.len(), outputs: prediction.len() });
    }
    let reference: Vec<f64> = targets.iter().map(|&t| prediction[t]).collect();
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
    let total = guard(Stage::Absorb, 0..0, || Ok(explainer.surrogate.evidence(space, &reference)))?;
    Ok(Gathered { prediction, targets, reference, exact: rows, total, open: None, absorbed: 0 })
}

/// Selects, fits and writes down the explanation.
fn finish<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    names: Vec<String>,
    mut state: Gathered<F, G::Evidence>,
    (requested, model_calls): (usize, usize),
) -> Result<Explanation, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let space = representation.space();
    state.close(&explainer.surrogate, space)?;
    let moments: &Moments = state.total.moments();
    let (samples, positive) = (state.absorbed, moments.positive_rows());
    // What counts is all like the instance, and it is the weights' doing.
    let alike = || positive < samples && (0..moments.features()).all(|j| !moments.varies(j));
    if positive < 2 || alike() {
        return Err(Error::NoWeight { samples, positive });
    }
    let given = Fitting::new(space, &state.total).with_exact(&state.exact);

    // Targets with the same features are fitted together.
    let mut together: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for target in 0..state.targets.len() {
        let active = guard(Stage::Select, 0..samples, || explainer.selector.select(&given, target))?;
        let mut seen = vec![false; space.features()];
        let valid = active.iter().all(|&j| seen.get_mut(j).is_some_and(|seen| !std::mem::replace(seen, true)));
        if !valid {
            return Err(Error::Selection { chosen: active, features: space.features() });
        }
        match together.iter_mut().find(|(features, _)| *features == active) {
            Some((_, targets)) => targets.push(target),
            None => together.push((active, vec![target])),
        }
    }
    let mut explained: Vec<(usize, TargetExplanation)> = Vec::new();
    for (active, targets) in &together {
        let fits = guard(Stage::Fit, 0..samples, || explainer.surrogate.fit(&given, active, targets))?;
        if fits.len() != targets.len() {
            return Err(Error::Fits { expected: targets.len(), found: fits.len() });
        }
        for (&position, fit) in targets.iter().zip(&fits) {
            let target = state.targets[position];
            let mut explanation = target_explanation(fit, target, explainer.output_names.as_deref(), &names)?;
            let effective = moments.effective_sample_size();
            let needed = explainer.effective_samples.unwrap_or(2 * (active.len() + 1));
            if effective < needed as f64 {
                explanation.warnings.insert(0, Warning::FewEffectiveSamples { effective, needed });
            }
            if moments.total(position) == 0.0 {
                explanation.warnings.push(Warning::ConstantAnswers);
            }
            explained.push((position, explanation));
        }
    }
    explained.sort_by_key(|(position, _)| *position);
    let details = guard(Stage::Other, 0..0, || {
        for feature in explained.iter_mut().flat_map(|(_, target)| &mut target.features) {
            feature.details = representation.feature_details(feature.index);
        }
        Ok(representation.details())
    })?;
    Ok(Explanation {
        kind: representation.kind().to_string(),
        samples,
        requested,
        seed: explainer.seed,
        model_calls,
        effective_sample_size: moments.effective_sample_size(),
        prediction: state.prediction,
        output_names: explainer.output_names.clone().unwrap_or_default(),
        feature_names: names,
        frozen: representation.frozen(),
        details,
        targets: explained.into_iter().map(|(_, target)| target).collect(),
    })
}

fn target_explanation(
    fit: &impl LocalModel,
    target: usize,
    output_names: Option<&[String]>,
    names: &[String],
) -> Result<TargetExplanation, Error> {
    let (intercept, local_prediction) = (fit.intercept(), fit.local_prediction());
    let mut features = Vec::with_capacity(fit.weights().len());
    let uncertainty = fit.uncertainty();
    for (place, &(index, weight)) in fit.weights().iter().enumerate() {
        let Some(name) = names.get(index) else {
            return Err(Error::Selection { chosen: vec![index], features: names.len() });
        };
        if !weight.is_finite() {
            return Err(Error::NotFinite { target, what: format!("weight of feature {index}"), value: weight });
        }
        features.push(FeatureWeight {
            index,
            name: name.clone(),
            weight,
            sd: fit.deviation(index),
            interval: uncertainty.and_then(|errors| errors.intervals.get(place).copied()),
            details: Details::new(),
        });
    }
    for (what, value) in [("intercept", intercept.unwrap_or(0.0)), ("local prediction", local_prediction)] {
        if !value.is_finite() {
            return Err(Error::NotFinite { target, what: what.into(), value });
        }
    }
    features.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    Ok(TargetExplanation {
        target,
        name: output_names.and_then(|names| names.get(target).cloned()),
        intercept,
        local_prediction,
        score: fit.score(),
        held_out: None,
        confidence: uncertainty.map(|errors| errors.confidence),
        features,
        rules: fit.rules(names),
        warnings: fit.warnings().to_vec(),
    })
}
