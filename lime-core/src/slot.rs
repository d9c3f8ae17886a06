//! Batches in the making: drawn, restored, weighed and answered.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nalgebra::DMatrix;

use crate::source::sealed::Asked;
use crate::watch::Watch;
use crate::{
    Block, BoxError, Draw, Error, Model, Neighbourhood, Real, Representation, Rows, Similarity, Space, Stage,
    Vectorised, on_widest_vectors,
};

/// Rows of one run in a batch, and how far they got.
pub(crate) struct Segment<F: Real> {
    /// Whose rows: several runs may share a batch.
    pub(crate) run: usize,
    pub(crate) rows: Range<usize>,
    /// Where they start in the batch.
    pub(crate) at: usize,
    pub(crate) draw: Draw<F>,
    pub(crate) weights: Vec<F>,
    pub(crate) clusters: Vec<usize>,
    pub(crate) drawn: bool,
    pub(crate) answers: DMatrix<F>,
}

/// One batch in the making.
pub(crate) struct Slot<F: Real, B> {
    /// What it is made of, at least one, one after the other.
    pub(crate) segments: Vec<Segment<F>>,
    pub(crate) batch: B,
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
        let first = slot.segments.first().map_or(0, |segment| segment.rows.start);
        let rows = first..first + slot.rows();
        let answers = guard(Stage::Predict, rows.clone(), || model.predict(&slot.batch))?;
        check_answers(&answers, rows.clone())?;
        slot.take(answers);
        if let Some(watch) = watch {
            watch.answered(rows.len());
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
    if first_of(answers.as_slice(), |y| !y.is_finite()).is_none() {
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

/// The place of the first value of which this is so. As a rule there is none, for which all are looked at, whatever comes first.
fn first_of<F: Real>(values: &[F], wrong: impl Fn(F) -> bool) -> Option<usize> {
    let mut any = false;
    on_widest_vectors(Whether { values, wrong: &wrong, any: &mut any });
    if any { values.iter().position(|value| wrong(*value)) } else { None }
}

/// Whether something is so of any value.
struct Whether<'a, F, P> {
    values: &'a [F],
    wrong: P,
    any: &'a mut bool,
}

impl<F: Real, P: Fn(F) -> bool> Vectorised for Whether<'_, F, P> {
    #[inline(always)]
    fn run(self) {
        let Self { values, wrong, any } = self;
        *any = values.iter().fold(false, |any, value| any | wrong(*value));
    }
}

fn check_weights<F: Real>(weights: &[F], first: usize, stage: Stage) -> Result<(), Error> {
    match first_of(weights, |w| !((w >= F::zero()) & w.is_finite())) {
        Some(at) => Err(Error::Weight { stage, row: first + at, value: weights[at].wide() }),
        None => Ok(()),
    }
}

/// Whether a part has left a draw in order.
pub(crate) fn check_draw<F: Real>(draw: &Draw<F>, space: &Space<F>, rows: Range<usize>) -> Result<(), Error> {
    let first = rows.start;
    check_samples(draw, space, rows)?;
    check_numbers(&draw.noise, "noise", first)
}

/// The same of a draw that is to be restored: then noise matters.
pub(crate) fn check_draw_and_noise<F: Real>(draw: &Draw<F>, space: &Space<F>, rows: Range<usize>) -> Result<(), Error> {
    let first = rows.start;
    check_samples(draw, space, rows)?;
    check_noise(draw, first)
}

/// The same of all but the values of the noise.
fn check_samples<F: Real>(draw: &Draw<F>, space: &Space<F>, rows: Range<usize>) -> Result<(), Error> {
    check_weights(&draw.weight, rows.start, Stage::Sample)?;
    let (count, features) = (rows.len(), space.features());
    let asked = ((count, features), (count, if space.noise() { features } else { 0 }), count);
    let found = (draw.z.shape(), draw.noise.shape(), draw.weight.len());
    if found != asked {
        let message = format!("it left samples, noise and weights of shapes {found:?} where {asked:?} were asked for");
        return Err(Error::Part { stage: Stage::Sample, first: rows.start, end: rows.end, source: message.into() });
    }
    check_numbers(&draw.z, "coordinate", rows.start)
}

/// Whether all noise is inside (0, 1), but for rows that are the instance: nothing of them is random.
fn check_noise<F: Real>(draw: &Draw<F>, first: usize) -> Result<(), Error> {
    let (noise, wrong) = (&draw.noise, |value: F| !((value > F::zero()) & (value < F::one())));
    if first_of(noise.as_slice(), wrong).is_none() {
        return Ok(());
    }
    check_numbers(noise, "noise", first)?;
    let random = (0..noise.nrows()).filter(|at| !draw.instance.contains(at));
    let mut entries = random.flat_map(|at| (0..noise.ncols()).map(move |feature| (at, feature)));
    match entries.find(|&entry| wrong(noise[entry])) {
        Some((at, feature)) => Err(Error::Noise { row: first + at, feature, value: noise[(at, feature)].wide() }),
        None => Ok(()),
    }
}

/// Whether all of a design's values are numbers; `what` they are.
fn check_numbers<F: Real>(values: &DMatrix<F>, what: &'static str, first: usize) -> Result<(), Error> {
    match first_of(values.as_slice(), |value| !value.is_finite()) {
        Some(at) => {
            let (feature, row) = (at / values.nrows(), first + at % values.nrows());
            Err(Error::Sample { row, feature, what, value: values[at].wide() })
        }
        None => Ok(()),
    }
}

impl<F: Real> Segment<F> {
    /// Rows of a run of which nothing is drawn.
    pub(crate) fn new(space: &Space<F>, run: usize, rows: Range<usize>, at: usize) -> Self {
        let count = rows.len();
        Self {
            run,
            rows,
            at,
            draw: Draw::new(space, count),
            weights: vec![F::zero(); count],
            clusters: Vec::new(),
            drawn: false,
            answers: DMatrix::zeros(0, 0),
        }
    }

    /// Draws the samples, in both spaces. The batch has room for them.
    pub(crate) fn draw<B>(
        &mut self,
        neighbourhood: &dyn Neighbourhood<F, B>,
        space: &Space<F>,
        batch: &mut B,
    ) -> Result<(), Error> {
        let (rows, count) = (self.rows.clone(), self.rows.len());
        self.draw.reset(count);
        self.weights.resize(count, F::zero());
        guard(Stage::Sample, rows.clone(), || neighbourhood.fill(rows.clone(), &mut self.draw, batch, self.at))?;
        if !neighbourhood.checks(Asked) {
            check_draw(&self.draw, space, rows.clone())?;
        }
        self.clusters.clear();
        guard(Stage::Sample, rows.clone(), || {
            neighbourhood.clusters(rows, &mut self.clusters);
            let told = self.clusters.len();
            if told == count {
                Ok(())
            } else {
                Err(format!("it told the groups of {told} rows where {count} were asked for").into())
            }
        })?;
        self.drawn = true;
        Ok(())
    }

    /// Weighs the samples: design weight times similarity.
    pub(crate) fn weigh<B>(&mut self, similarity: &dyn Similarity<F, B>, batch: &B) -> Result<(), Error> {
        let rows = self.rows.clone();
        let weigh = || similarity.weigh(Block::new(&self.draw, batch, self.at), &mut self.weights);
        guard(Stage::Weigh, rows.clone(), weigh)?;
        check_weights(&self.weights, rows.start, Stage::Weigh)?;
        for (weight, &design) in self.weights.iter_mut().zip(&self.draw.weight) {
            *weight *= design;
        }
        Ok(())
    }

    /// Draws the samples, unless they are drawn, and weighs them.
    pub(crate) fn prepare<B>(
        &mut self,
        neighbourhood: &dyn Neighbourhood<F, B>,
        space: &Space<F>,
        similarity: &dyn Similarity<F, B>,
        batch: &mut B,
    ) -> Result<(), Error> {
        if !self.drawn {
            self.draw(neighbourhood, space, batch)?;
        }
        self.weigh(similarity, batch)
    }

    /// Some of the answered rows, counted from the segment's first.
    pub(crate) fn part(&self, from: usize, count: usize) -> Rows<'_, F> {
        Rows::new(
            self.rows.start + from,
            self.draw.z.rows(from, count),
            self.draw.noise.rows(from, count),
            &self.weights[from..from + count],
            self.answers.rows(from, count),
        )
        .with_clusters(&self.clusters[from..from + count])
        .with_instance_first(self.rows.start + from == 0 && self.draw.instance.contains(&0))
    }

    /// Leaves only the targets' answers. Fails where the model has not as many outputs as before.
    pub(crate) fn keep(&mut self, targets: &[usize], outputs: usize) -> Result<(), Error> {
        let found = self.answers.ncols();
        if found != outputs {
            return Err(Error::AnswerOutputs { first: self.rows.start, expected: outputs, found });
        }
        if !targets.iter().copied().eq(0..outputs) {
            self.answers = self.answers.select_columns(targets);
        }
        Ok(())
    }
}

impl<F: Real, B> Slot<F, B> {
    /// A batch of one run's rows, nothing drawn.
    pub(crate) fn new<R: Representation<F, Batch = B> + ?Sized>(representation: &R, rows: Range<usize>) -> Self {
        let batch = representation.allocate(rows.len());
        Self { segments: vec![Segment::new(representation.space(), 0, rows, 0)], batch, outcome: Ok(()) }
    }

    /// Draws and weighs the samples of a slot that has only one run's.
    pub(crate) fn prepare(
        &mut self,
        neighbourhood: &dyn Neighbourhood<F, B>,
        space: &Space<F>,
        similarity: &dyn Similarity<F, B>,
    ) -> Result<(), Error> {
        let Self { segments, batch, .. } = self;
        segments.iter_mut().try_for_each(|segment| segment.prepare(neighbourhood, space, similarity, batch))
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.rows.len()).sum()
    }

    /// Gives each segment its answers.
    fn take(&mut self, answers: DMatrix<F>) {
        match &mut self.segments[..] {
            [one] => one.answers = answers,
            several => {
                for segment in several {
                    segment.answers = answers.rows(segment.at, segment.rows.len()).into_owned();
                }
            }
        }
    }
}

/// Gives the slots of a wave the rows from `next` up to `until`, reusing their memory; fewer slots, and a shorter last one, at the end.
pub(crate) fn deal<F: Real, R: Representation<F> + ?Sized>(
    slots: &mut Vec<Slot<F, R::Batch>>,
    next: &mut usize,
    until: usize,
    (batch_size, wave): (usize, usize),
    representation: &R,
) -> Result<(), Error> {
    let mut used = 0;
    while used < wave && *next < until {
        let rows = *next..(*next + batch_size).min(until);
        *next = rows.end;
        match slots.get_mut(used) {
            Some(Slot { segments, batch, .. }) if segments.len() == 1 => {
                if segments[0].rows.len() != rows.len() {
                    guard(Stage::Restore, rows.clone(), || {
                        representation.resize(batch, rows.len());
                        Ok(())
                    })?;
                }
                segments[0].rows = rows;
                segments[0].drawn = false;
            }
            _ => slots.push(guard(Stage::Restore, rows.clone(), || Ok(Slot::new(representation, rows)))?),
        }
        used += 1;
    }
    slots.truncate(used);
    Ok(())
}
