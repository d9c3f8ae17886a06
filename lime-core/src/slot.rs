//! Batches in the making: drawn, restored, weighed and answered.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nalgebra::DMatrix;

use crate::watch::Watch;
use crate::{Block, BoxError, Draw, Error, Model, Neighbourhood, Real, Representation, Rows, Similarity, Space, Stage};

/// One batch in the making: its rows, and how far it got.
pub(crate) struct Slot<F: Real, B> {
    pub(crate) rows: Range<usize>,
    pub(crate) draw: Draw<F>,
    pub(crate) batch: B,
    pub(crate) weights: Vec<F>,
    pub(crate) clusters: Vec<usize>,
    pub(crate) drawn: bool,
    pub(crate) answers: DMatrix<F>,
    pub(crate) outcome: Result<(), Error>,
}

pub(crate) type Prepare<'a, F, B> = &'a (dyn Fn(&mut Slot<F, B>) -> Result<(), Error> + Sync);
type AskAlone<'a, F, B> = &'a dyn Fn(&B, usize) -> Result<DMatrix<F>, Error>;
type AskSlots<'a, F, B> = &'a mut dyn FnMut(&mut [Slot<F, B>], Prepare<'_, F, B>, Option<&Watch<'_>>);

/// How the model is reached: many slots, in whatever order and on whatever threads, and single inputs.
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

/// Prepares a slot and asks the model for it, unless the run was cancelled; the result is left in the slot.
pub(crate) fn answer<F: Real, B, M: Model<B, F> + ?Sized>(
    slot: &mut Slot<F, B>,
    prepare: Prepare<'_, F, B>,
    watch: Option<&Watch<'_>>,
    model: &M,
) {
    slot.outcome = prepare(slot).and_then(|()| {
        if watch.is_some_and(Watch::cancelled) {
            return Err(Error::Cancelled);
        }
        slot.answers = guard(Stage::Predict, slot.rows.clone(), || model.predict(&slot.batch))?;
        check_answers(&slot.answers, slot.rows.clone())?;
        if let Some(watch) = watch {
            watch.answered(slot.rows.len());
        }
        Ok(())
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

impl<F: Real, B> Slot<F, B> {
    /// A slot for these rows, nothing drawn.
    pub(crate) fn new<R: Representation<F, Batch = B> + ?Sized>(representation: &R, rows: Range<usize>) -> Self {
        let count = rows.len();
        Slot {
            rows,
            draw: Draw::new(representation.space(), count),
            batch: representation.allocate(count),
            weights: vec![F::zero(); count],
            clusters: Vec::new(),
            drawn: false,
            answers: DMatrix::zeros(0, 0),
            outcome: Ok(()),
        }
    }

    /// Draws the samples, in both spaces.
    pub(crate) fn draw<R: Representation<F, Batch = B> + ?Sized>(
        &mut self,
        neighbourhood: &dyn Neighbourhood<F, B>,
        representation: &R,
    ) -> Result<(), Error> {
        let (rows, count) = (self.rows.clone(), self.rows.len());
        self.draw.reset(count);
        if self.weights.len() != count {
            guard(Stage::Restore, rows.clone(), || {
                representation.resize(&mut self.batch, count);
                Ok(())
            })?;
            self.weights.resize(count, F::zero());
        }
        guard(Stage::Sample, rows.clone(), || neighbourhood.fill(rows.clone(), &mut self.draw, &mut self.batch, 0))?;
        check_draw(&self.draw, representation.space(), rows.clone())?;
        self.clusters.clear();
        self.clusters.extend(rows.map(|row| neighbourhood.cluster(row)));
        self.drawn = true;
        Ok(())
    }

    /// Weighs the samples: design weight times similarity.
    pub(crate) fn weigh(&mut self, similarity: &dyn Similarity<F, B>) -> Result<(), Error> {
        let rows = self.rows.clone();
        let weigh = || similarity.weigh(Block::new(&self.draw, &self.batch, 0), &mut self.weights);
        guard(Stage::Weigh, rows.clone(), weigh)?;
        check_weights(&self.weights, rows.start, Stage::Weigh)?;
        for (weight, &design) in self.weights.iter_mut().zip(&self.draw.weight) {
            *weight *= design;
        }
        Ok(())
    }

    /// Some of the answered rows, counted from the slot's first.
    pub(crate) fn part(&self, from: usize, count: usize) -> Rows<'_, F> {
        Rows::new(
            self.rows.start + from,
            self.draw.z.rows(from, count),
            self.draw.noise.rows(from, count),
            &self.weights[from..from + count],
            self.answers.rows(from, count),
        )
        .with_clusters(&self.clusters[from..from + count])
    }
}

/// Gives the slots of a wave the rows from `next` up to `until`, reusing their memory; fewer slots, and a shorter last one, at the end.
pub(crate) fn deal<F: Real, R: Representation<F> + ?Sized>(
    slots: &mut Vec<Slot<F, R::Batch>>,
    next: &mut usize,
    until: usize,
    (batch_size, wave): (usize, usize),
    representation: &R,
) {
    let mut used = 0;
    while used < wave && *next < until {
        let rows = *next..(*next + batch_size).min(until);
        *next = rows.end;
        if let Some(slot) = slots.get_mut(used) {
            slot.rows = rows;
            slot.drawn = false;
        } else {
            slots.push(Slot::new(representation, rows));
        }
        used += 1;
    }
    slots.truncate(used);
}
