//! Whatever is wrong is told by a typed error with the value and the place, and harms nothing that comes after.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::nalgebra::DMatrix;
use lime_core::{
    Block, BoxError, Design, Direct, Draw, Error, Evidence, Explainer, Explanation, First, Fitting, Kernel, Law,
    LocalModel, Model, Moments, Neighbourhood, Origin, Real, Representation, Rows, Sampler, Selector, Similarity,
    Source, Space, Stage, Surrogate, Targets, Warning, kernel_fn, model_fn, quality::infidelity, sampler_fn,
};
use lime_kernels::{Euclidean, Exponential, Fixed, Interpretable, Radial, RootDimension, Seen, Width, profile_fn};
use lime_samplers::{MonteCarlo, Normal};
use lime_surrogates::Ridge;
use lime_surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};

/// A model that counts how often it is asked.
struct Counting<M> {
    model: M,
    calls: AtomicUsize,
}

impl<M> Counting<M> {
    fn new(model: M) -> Self {
        Self { model, calls: AtomicUsize::new(0) }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl<B, F: Real, M: Model<B, F>> Model<B, F> for Counting<M> {
    fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.model.predict(batch)
    }
}

fn sum<F: Real>(z: &DMatrix<F>) -> DMatrix<F> {
    DMatrix::from_fn(z.nrows(), 2, |i, t| {
        (0..z.ncols()).fold(F::of(t as f64), |sum, j| sum + z[(i, j)] * F::of((j + t) as f64))
    })
}

/// The outcome on one thread and on two.
fn both<F, S, K, L, G, R>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    model: &(dyn Model<R::Batch, F> + Sync),
) -> [Result<Explanation, Error>; 2]
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Sampler<F>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    [explainer.explain(representation, model), pool.install(|| explainer.explain_parallel(representation, model))]
}

type Plain = Explainer<MonteCarlo, Radial, NoSelection, Ridge>;

fn explainer() -> Plain {
    with(MonteCarlo, Radial::default(), NoSelection, Ridge::default())
}

fn with<S, K, L, G>(sampler: S, kernel: K, selector: L, surrogate: G) -> Explainer<S, K, L, G> {
    Explainer::new(sampler, kernel, selector, surrogate).samples(1000).batch_size(100)
}

fn masks() -> Direct<f64> {
    Direct::new(Space::masks(4))
}

/// Refused before the model is asked, with this message.
#[track_caller]
fn refused<F, S, K, L, G, R>(explainer: &Explainer<S, K, L, G>, representation: &R, message: &str)
where
    F: Real,
    R: Representation<F, Batch = DMatrix<F>> + ?Sized,
    S: Sampler<F>,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let model = Counting::new(model_fn(sum::<F>));
    for result in both(explainer, representation, &model) {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    assert_eq!(model.calls(), 0, "{message}");
}

#[test]
fn settings_are_checked_before_the_model_is_asked() {
    for samples in [0, 1] {
        let message = format!("{samples} samples asked for: a surrogate needs at least 2 (the default is 5000)");
        refused(&explainer().samples(samples), &masks(), &message);
    }
    for (samples, batch) in [(1000, 0), (usize::MAX, usize::MAX)] {
        let message =
            format!("the batch size is {batch}: it must be at least 1, and a batch of 4 features must fit in memory");
        refused(&explainer().samples(samples).batch_size(batch), &masks(), &message);
    }
    let none = "no target to explain: give at least one output, the top 1 or more, or all";
    refused(&explainer().targets(Targets::Given(Vec::new())), &masks(), none);
    refused(&explainer().targets(Targets::Top(0)), &masks(), none);
    let nothing = "the instance has no interpretable features, so there is nothing to explain";
    refused(&explainer(), &Direct::new(Space::<f64>::masks(0)), nothing);
    refused(&explainer(), &Direct::new(Space::<f32>::new(Vec::new(), Vec::new()).unwrap()), nothing);
}

#[test]
fn parameters_of_parts_are_checked_when_they_are_made() {
    let features = "0 features asked for: an explanation needs at least 1";
    assert_eq!(HighestWeights::new(0).unwrap_err().to_string(), features);
    assert_eq!(ForwardSelection::new(0).unwrap_err().to_string(), features);
    assert_eq!(Auto::new(0).unwrap_err().to_string(), features);
    for value in [-1.0, -f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = Ridge::new(value).unwrap_err();
        assert!(matches!(error, lime_surrogates::Error::Penalty { .. }));
        assert_eq!(error.to_string(), format!("the penalty alpha is {value}: it must be a finite number, 0 or above"));
    }
    for value in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let message = format!("the kernel width is {value}: it must be a finite number above 0");
        assert_eq!(Radial::exponential(value).unwrap_err().to_string(), message);
        assert_eq!(Fixed::new(value).unwrap_err().to_string(), message);
        assert_eq!(RootDimension::new(value).unwrap_err().to_string(), message);
    }
}

#[test]
fn spaces_that_cannot_be() {
    let levels = |own, frequency: &[f64]| Law::<f64>::Levels { own, frequency: frequency.to_vec() };
    let message = |laws, origin: &[f64]| Space::new(laws, origin.to_vec()).unwrap_err().to_string();
    assert_eq!(message(vec![Law::mask()], &[]), "1 laws for an instance of 0 coordinates");
    for value in [f64::NAN, f64::INFINITY] {
        let expected = format!("feature 1: the instance's coordinate is {value}, not a finite number");
        assert_eq!(message(vec![Law::mask(); 2], &[1.0, value]), expected);
    }
    assert_eq!(message(vec![levels(0, &[])], &[1.0]), "feature 0: the instance has level 0 of only 0 levels");
    assert_eq!(message(vec![levels(0, &[1.5, -0.5])], &[1.0]), "feature 0: the frequency 1.5 is not between 0 and 1");
    assert_eq!(message(vec![levels(0, &[f64::NAN])], &[1.0]), "feature 0: the frequency NaN is not between 0 and 1");
    assert_eq!(message(vec![levels(1, &[0.5, 0.25])], &[1.0]), "feature 0: the frequencies sum to 0.75, not to 1");
    assert_eq!(
        Normal::new(0.0, 0.0).unwrap_err().to_string(),
        "the standard deviation is 0: it must be finite and above 0"
    );
}

/// What goes wrong in a part.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Error,
    Panic,
    /// A weight, an answer or a coefficient of this value.
    Value(f64),
    /// One row too few, or too many.
    Rows,
    /// Another number of outputs.
    Outputs(usize),
}

/// A sampler that numbers its rows: z' is the row's number and three bits of it.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    design: Option<Fault>,
    /// What goes wrong from which row on.
    fill: Option<(usize, Fault)>,
    /// Whether row 0 is the instance.
    instance: bool,
}

const NUMBERED: Numbered = Numbered { design: None, fill: None, instance: true };

struct NumberedDesign<'a>(&'a Numbered, usize);

impl Sampler<f64> for Numbered {
    fn design<'a>(&'a self, _: &'a Space<f64>, rows: usize, _: u64) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
        match self.design {
            Some(Fault::Error) => Err("no design here".into()),
            Some(Fault::Panic) => panic!("the design is in ruins"),
            Some(Fault::Rows) => Ok(Box::new(NumberedDesign(self, 1))),
            _ => Ok(Box::new(NumberedDesign(self, rows))),
        }
    }
}

impl Design<f64> for NumberedDesign<'_> {
    fn rows(&self) -> usize {
        self.1
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<f64>) {
        for (at, row) in rows.clone().enumerate() {
            draw.z[(at, 0)] = row as f64;
            for j in 1..4 {
                draw.z[(at, j)] = ((row >> j) % 2) as f64;
            }
            if row == 0 && self.0.instance {
                draw.instance.push(at);
            }
        }
        let Some((bad, fault)) = self.0.fill.filter(|(bad, _)| rows.contains(bad)) else { return };
        match fault {
            Fault::Panic => panic!("row {bad} is in ruins"),
            Fault::Value(weight) => draw.weight[bad - rows.start] = weight,
            _ => draw.reset(rows.len() + 1),
        }
    }
}

/// The space of [`Numbered`], whose row 0 is the instance.
fn numbered() -> Direct<f64> {
    Direct::new(Space::new(vec![Law::mask(); 4], vec![0.0; 4]).unwrap())
}

fn flat(_: &[f64], _: &[f64]) -> f64 {
    1.0
}

fn by_number<K, L, G>(sampler: Numbered, kernel: K, selector: L, surrogate: G) -> Explainer<Numbered, K, L, G> {
    with(sampler, kernel, selector, surrogate).targets(Targets::All)
}

/// A model that does something wrong in every batch with a certain row.
struct Faulty(usize, Fault);

impl Model<DMatrix<f64>, f64> for Faulty {
    fn predict(&self, z: &DMatrix<f64>) -> Result<DMatrix<f64>, BoxError> {
        let mut answers = sum(z);
        let Some(at) = z.column(0).iter().position(|z| *z == self.0 as f64) else { return Ok(answers) };
        match self.1 {
            Fault::Error => return Err("the service is gone".into()),
            Fault::Panic => panic!("the model is in ruins"),
            Fault::Value(value) => answers[(at, 1)] = value,
            Fault::Rows => answers = answers.remove_row(at),
            Fault::Outputs(outputs) => answers = DMatrix::zeros(z.nrows(), outputs),
        }
        Ok(answers)
    }
}

/// Everything that can be wrong with the answers to some rows, one of them `row`, and what is said of it.
fn faults(rows: Range<usize>, row: usize) -> Vec<(Fault, String)> {
    let (first, asked) = (rows.start, rows.len());
    vec![
        (Fault::Error, format!("the model failed on rows {rows:?}: the service is gone")),
        (Fault::Panic, format!("the model panicked on rows {rows:?}: the model is in ruins")),
        (Fault::Value(f64::NAN), format!("the model answered row {row}, output 1 with NaN, not a finite number")),
        (Fault::Value(f64::INFINITY), format!("the model answered row {row}, output 1 with inf, not a finite number")),
        (
            Fault::Value(-f64::INFINITY),
            format!("the model answered row {row}, output 1 with -inf, not a finite number"),
        ),
        (Fault::Rows, format!("the model was asked for {asked} rows (rows {rows:?}) and answered with {}", asked - 1)),
        (Fault::Outputs(0), format!("the model answered rows {first}.. with 0 output(s) where 1 were expected")),
        (Fault::Outputs(1), format!("the model answered rows {first}.. with 1 output(s) where 2 were expected")),
        (Fault::Outputs(3), format!("the model answered rows {first}.. with 3 output(s) where 2 were expected")),
    ]
}

#[test]
fn an_interruption_keeps_what_was_answered_and_harms_nothing() {
    let explainer = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default());
    let before = explainer.explain(&numbered(), &model_fn(sum)).unwrap();
    assert_eq!((before.samples, before.model_calls), (1000, 1000));
    let shorter = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default()).samples(600);
    let so_far = shorter.explain(&numbered(), &model_fn(sum)).unwrap();
    for (fault, message) in faults(600..700, 640) {
        for result in both(&explainer, &numbered(), &Faulty(640, fault)) {
            let error = result.unwrap_err();
            assert_eq!(error.to_string(), format!("stopped after 600 of 1000 samples: {message}"));
            let Error::Interrupted { answered, samples, partial, cause } = error else { panic!("{error}") };
            assert_eq!((answered, samples, cause.to_string()), (600, 1000, message.clone()));
            let mut partial = *partial.unwrap();
            assert_eq!((partial.samples, partial.requested), (600, 1000));
            partial.requested = 600;
            assert_eq!(partial, so_far, "{fault:?}");
        }
        for again in both(&explainer, &numbered(), &model_fn(sum)) {
            assert_eq!(again.unwrap(), before, "{fault:?}");
        }
    }
}

#[test]
fn before_the_first_answer_there_is_nothing_to_keep() {
    // Row 0 is the instance and in the first batch; another number of outputs is none before there was a first.
    let explainer = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default());
    for (fault, message) in faults(0..100, 40).into_iter().take(7) {
        for result in both(&explainer, &numbered(), &Faulty(40, fault)) {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    // The instance is asked for alone, before all rows.
    let apart = by_number(Numbered { instance: false, ..NUMBERED }, kernel_fn(flat), NoSelection, Ridge::default());
    for (fault, message) in faults(0..1, 0).into_iter().take(7) {
        for result in both(&apart, &numbered(), &Faulty(0, fault)) {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    for (fault, message) in faults(0..100, 40) {
        for result in both(&apart, &numbered(), &Faulty(40, fault)) {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    for result in both(&apart, &numbered(), &model_fn(sum)) {
        assert_eq!(result.unwrap().model_calls, 1001);
    }
}

#[test]
fn too_little_for_an_explanation_is_no_partial_one() {
    let explainer = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default()).batch_size(1);
    for result in both(&explainer, &numbered(), &Faulty(1, Fault::Error)) {
        let Err(Error::Interrupted { answered: 1, samples: 1000, partial: None, cause }) = result else { panic!() };
        assert_eq!(cause.to_string(), "the model failed on rows 1..2: the service is gone");
    }
}

#[test]
fn a_lock_survives_the_panic_of_its_model() {
    let explainer = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default());
    let model = Mutex::new(Faulty(640, Fault::Panic));
    for result in both(&explainer, &numbered(), &model) {
        assert!(matches!(result, Err(Error::Interrupted { answered: 600, .. })), "{result:?}");
    }
    model.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).0 = 5000;
    for result in both(&explainer, &numbered(), &model) {
        assert_eq!(result.unwrap(), explainer.explain(&numbered(), &model_fn(sum)).unwrap());
    }
}

#[test]
fn targets_and_names_have_to_fit_the_model() {
    let model = model_fn(sum::<f64>);
    for result in both(&explainer().targets(Targets::Given(vec![1, 2])), &masks(), &model) {
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), "target 2 does not exist: the model has 2 output(s), numbered from 0");
        assert!(matches!(error, Error::Target { target: 2, outputs: 2 }));
    }
    for names in [vec![], vec!["no"], vec!["no", "yes", "perhaps"]] {
        let count = names.len();
        for result in both(&explainer().output_names(names.clone()), &masks(), &model) {
            assert_eq!(result.unwrap_err().to_string(), format!("{count} output names for a model of 2 output(s)"));
        }
    }
    for result in both(&explainer().targets(Targets::Given(vec![1, 1, 0])), &masks(), &model) {
        let targets: Vec<usize> = result.unwrap().targets.iter().map(|t| t.target).collect();
        assert_eq!(targets, [1, 1, 0]);
    }
    for result in both(&explainer().targets(Targets::Top(7)).output_names(["no", "yes"]), &masks(), &model) {
        let names: Vec<Option<String>> = result.unwrap().targets.into_iter().map(|t| t.name).collect();
        assert_eq!(names, [Some("yes".to_string()), Some("no".to_string())]);
    }
}

#[test]
fn samplers_that_fail() {
    let design =
        |fault| by_number(Numbered { design: Some(fault), ..NUMBERED }, kernel_fn(flat), NoSelection, Ridge::default());
    refused(&design(Fault::Error), &numbered(), "the sampler failed on rows 0..1000: no design here");
    refused(&design(Fault::Panic), &numbered(), "the sampler panicked on rows 0..1000: the design is in ruins");
    let message = "the sampler's design has 1 row(s) for the 1000 samples asked for: at least 2 are needed";
    refused(&design(Fault::Rows), &numbered(), message);

    for (fault, message) in [
        (Fault::Panic, "the sampler panicked on rows R: row BAD is in ruins"),
        (Fault::Value(-1.0), "the sampler gave row BAD the weight -1: weights are finite and not negative"),
        (Fault::Value(f64::NAN), "the sampler gave row BAD the weight NaN: weights are finite and not negative"),
        (Fault::Value(f64::INFINITY), "the sampler gave row BAD the weight inf: weights are finite and not negative"),
        (
            Fault::Rows,
            "the sampler failed on rows R: it left samples, noise and weights of shapes ((101, 4), (101, 0), 101) where ((100, 4), (100, 0), 100) were asked for",
        ),
    ] {
        let fill = |row| {
            by_number(Numbered { fill: Some((row, fault)), ..NUMBERED }, kernel_fn(flat), NoSelection, Ridge::default())
        };
        refused(&fill(40), &numbered(), &message.replace('R', "0..100").replace("BAD", "40"));
        for result in both(&fill(640), &numbered(), &model_fn(sum)) {
            let Err(Error::Interrupted { answered: 600, partial: Some(partial), cause, .. }) = result else { panic!() };
            assert_eq!(cause.to_string(), message.replace('R', "600..700").replace("BAD", "640"));
            assert_eq!(partial.samples, 600);
        }
    }
    let closure = sampler_fn(|_, _, _: &mut [f64]| panic!("no dice"));
    let message = "the sampler panicked on rows 0..100: no dice";
    refused(&with(closure, Radial::default(), NoSelection, Ridge::default()), &masks(), message);
}

/// A design that gives its blocks other shapes than it was given them in.
#[derive(Debug, Clone, Copy)]
enum Misshapen {
    Samples,
    Noise,
    Instance,
}

impl Sampler<f64> for Misshapen {
    fn design<'a>(&'a self, _: &'a Space<f64>, _: usize, _: u64) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
        Ok(Box::new(*self))
    }
}

impl Design<f64> for Misshapen {
    fn rows(&self) -> usize {
        10
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<f64>) {
        match self {
            Misshapen::Samples => draw.z = DMatrix::zeros(rows.len(), 5),
            Misshapen::Noise => draw.noise = DMatrix::zeros(rows.len() + 1, 5),
            Misshapen::Instance => draw.instance.push(rows.len()),
        }
    }
}

#[test]
fn blocks_of_another_shape_are_refused() {
    // This one copes with any shape, so it is not the one to complain.
    let tolerant = lime_core::representation_fn(Space::masks(4), vec![1.0], |_: &[f64], x: &mut [f64]| x[0] = 0.5);
    let left = "the sampler failed on rows 0..10: it left samples, noise and weights of shapes";
    for (design, message) in [
        (Misshapen::Samples, format!("{left} ((10, 5), (10, 0), 10) where ((10, 4), (10, 0), 10) were asked for")),
        (Misshapen::Noise, format!("{left} ((10, 4), (11, 5), 10) where ((10, 4), (10, 0), 10) were asked for")),
        (Misshapen::Instance, "the representation panicked on rows 0..10: ".into()),
    ] {
        let explainer = with(design, kernel_fn(flat), NoSelection, Ridge::default());
        for result in both(&explainer, &tolerant, &model_fn(sum)) {
            let error = result.unwrap_err().to_string();
            assert!(error.starts_with(&message), "{error}");
        }
    }
}

/// Writes z' and leaves the noise as it comes.
struct WithoutNoise;

impl Sampler<f64> for WithoutNoise {
    fn design<'a>(&'a self, _: &'a Space<f64>, _: usize, _: u64) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
        Ok(Box::new(Self))
    }
}

impl Design<f64> for WithoutNoise {
    fn rows(&self) -> usize {
        10
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<f64>) {
        draw.instance.extend(rows.clone().position(|row| row == 0));
        draw.z.fill(1.0);
        rows.enumerate().for_each(|(at, row)| draw.z[(at, row % 4)] = 0.0);
    }
}

/// Left at 0 noise would have all values at the lower ends of their bins. The instance has none.
#[test]
fn noise_that_was_not_written_is_refused() {
    let bins = lime_core::representation_fn(Space::masks(4).with_noise(true), vec![1.0], |_: &[f64], x: &mut [f64]| {
        x[0] = 0.5
    });
    let explainer = with(WithoutNoise, kernel_fn(flat), NoSelection, Ridge::default());
    for result in both(&explainer, &bins, &model_fn(sum)) {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Noise { row: 1, feature: 0, value: 0.0 }), "{error}");
    }
    let masks = lime_core::representation_fn(Space::masks(4), vec![1.0], |_: &[f64], x: &mut [f64]| x[0] = 0.5);
    for result in both(&explainer, &masks, &model_fn(sum)) {
        result.unwrap();
    }
}

/// A neighbourhood in the model's own space that leaves its draw out of order.
#[derive(Clone, Copy)]
enum Disorder {
    Coordinate,
    Weight,
    Shape,
}

impl Source<f64, Direct<f64>> for Disorder {
    fn neighbourhood<'a>(
        &'a self,
        _: &'a Direct<f64>,
        _: usize,
        _: u64,
    ) -> Result<Box<dyn Neighbourhood<f64, DMatrix<f64>> + 'a>, BoxError> {
        Ok(Box::new(*self))
    }
}

impl Neighbourhood<f64, DMatrix<f64>> for Disorder {
    fn rows(&self) -> usize {
        10
    }

    fn fill(&self, _: Range<usize>, draw: &mut Draw<f64>, batch: &mut DMatrix<f64>, _: usize) -> Result<(), BoxError> {
        batch.fill(1.0);
        match self {
            Disorder::Coordinate => draw.z[(3, 2)] = f64::NAN,
            Disorder::Weight => draw.weight[4] = -1.0,
            Disorder::Shape => draw.z = DMatrix::zeros(10, 3),
        }
        Ok(())
    }
}

#[test]
fn neighbourhoods_out_of_order_are_refused() {
    for disorder in [Disorder::Coordinate, Disorder::Weight, Disorder::Shape] {
        let model = Counting::new(model_fn(sum::<f64>));
        let error = with(disorder.boxed(), kernel_fn(flat), NoSelection, Ridge::default()).explain(&masks(), &model);
        let error = error.unwrap_err();
        let found = match disorder {
            Disorder::Coordinate => matches!(error, Error::Sample { row: 3, feature: 2, .. }),
            Disorder::Weight => matches!(error, Error::Weight { stage: Stage::Sample, row: 4, .. }),
            Disorder::Shape => matches!(error, Error::Part { stage: Stage::Sample, .. }),
        };
        assert!(found && model.calls() == 0, "{error}");
    }
}

/// The measures of quality ask samplers, too.
#[test]
fn infidelity_refuses_samples_that_are_none() {
    let space = masks();
    let explanation = explainer().explain(&space, &model_fn(sum)).unwrap();
    let model = Counting::new(model_fn(sum::<f64>));
    let of = |sampler: &dyn Sampler<f64>| {
        infidelity(&space, &model, &explanation, &explanation.targets[0], sampler, (10, 0)).unwrap_err()
    };
    let holes = sampler_fn(|_, _: &Space<f64>, z: &mut [f64]| z.fill(f64::NAN));
    let (nan, shape) = (of(&holes), of(&Misshapen::Samples));
    assert!(matches!(nan, Error::Sample { feature: 0, .. }), "{nan}");
    assert!(matches!(shape, Error::Part { stage: Stage::Sample, .. }), "{shape}");
    assert_eq!(model.calls(), 0);
}

/// A width rule with this result.
struct Rule(Result<f64, &'static str>);

impl<F: Real> Width<F> for Rule {
    fn width(&self, _: &Seen<'_, F>) -> Result<F, BoxError> {
        Ok(F::of(self.0?))
    }
}

/// A kernel that cannot be centred, or not weigh.
struct Broken {
    at: Option<Fault>,
    weigh: Option<(usize, Fault)>,
}

impl Kernel<f64, DMatrix<f64>> for Broken {
    fn at<'a>(
        &'a self,
        _: Origin<'a, f64, DMatrix<f64>>,
        _: First<'_, f64, DMatrix<f64>>,
    ) -> Result<Box<dyn Similarity<f64, DMatrix<f64>> + 'a>, BoxError> {
        match self.at {
            Some(Fault::Error) => Err("no centre here".into()),
            Some(_) => panic!("the kernel is in ruins"),
            None => Ok(Box::new(BrokenAt(self))),
        }
    }
}

struct BrokenAt<'a>(&'a Broken);

impl Similarity<f64, DMatrix<f64>> for BrokenAt<'_> {
    fn weigh(&self, block: Block<'_, f64, DMatrix<f64>>, weights: &mut [f64]) -> Result<(), BoxError> {
        weights.fill(1.0);
        let Some((bad, fault)) = self.0.weigh else { return Ok(()) };
        match (block.z().column(0).iter().position(|z| *z == bad as f64), fault) {
            (Some(_), Fault::Error) => return Err("no similarity here".into()),
            (Some(_), Fault::Panic) => panic!("the similarity is in ruins"),
            (Some(at), Fault::Value(value)) => weights[at] = value,
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn kernels_that_fail() {
    let width = |rule| {
        with(MonteCarlo, Radial::new(Interpretable(Euclidean), Exponential, Rule(rule)), NoSelection, Ridge::default())
    };
    for value in [0.0, -2.0, f64::NAN, f64::INFINITY] {
        let message = format!(
            "the similarity kernel failed on rows 0..256: the kernel width is {value}: it must be a finite number above 0"
        );
        refused(&width(Ok(value)), &masks(), &message);
    }
    refused(&width(Err("no width")), &masks(), "the similarity kernel failed on rows 0..256: no width");
    // A width that only f64 has.
    let narrow = with(MonteCarlo, Radial::exponential(1e-300).unwrap(), NoSelection, Ridge::default());
    let message =
        "the similarity kernel failed on rows 0..256: the kernel width is 0: it must be a finite number above 0";
    refused(&narrow, &Direct::new(Space::<f32>::masks(4)), message);

    let at = |fault| by_number(NUMBERED, Broken { at: Some(fault), weigh: None }, NoSelection, Ridge::default());
    refused(&at(Fault::Error), &numbered(), "the similarity kernel failed on rows 0..256: no centre here");
    refused(&at(Fault::Panic), &numbered(), "the similarity kernel panicked on rows 0..256: the kernel is in ruins");

    for (fault, message) in [
        (Fault::Error, "the similarity kernel failed on rows R: no similarity here"),
        (Fault::Panic, "the similarity kernel panicked on rows R: the similarity is in ruins"),
        (Fault::Value(-0.5), "the similarity kernel gave row BAD the weight -0.5: weights are finite and not negative"),
        (
            Fault::Value(f64::NAN),
            "the similarity kernel gave row BAD the weight NaN: weights are finite and not negative",
        ),
        (
            Fault::Value(f64::INFINITY),
            "the similarity kernel gave row BAD the weight inf: weights are finite and not negative",
        ),
    ] {
        let weigh =
            |row| by_number(NUMBERED, Broken { at: None, weigh: Some((row, fault)) }, NoSelection, Ridge::default());
        for result in both(&weigh(40), &numbered(), &model_fn(sum)) {
            assert_eq!(result.unwrap_err().to_string(), message.replace('R', "0..100").replace("BAD", "40"));
        }
        for result in both(&weigh(640), &numbered(), &model_fn(sum)) {
            let Err(Error::Interrupted { answered: 600, partial: Some(partial), cause, .. }) = result else { panic!() };
            assert_eq!(cause.to_string(), message.replace('R', "600..700").replace("BAD", "640"));
            assert_eq!(partial.samples, 600);
        }
    }
    let profile = Radial::new(Interpretable(Euclidean), profile_fn(|ratio: f64| 0.1 - ratio), Fixed::new(1.0).unwrap());
    for result in both(&with(MonteCarlo, profile, NoSelection, Ridge::default()), &masks(), &model_fn(sum)) {
        assert!(matches!(result, Err(Error::Weight { stage: Stage::Weigh, row: 1.., value: ..0.0 })), "{result:?}");
    }
}

#[test]
fn samples_too_far_away_for_the_kernel() {
    fn check<F: Real>() {
        let explainer = with(MonteCarlo, Radial::exponential(1e-3).unwrap(), NoSelection, Ridge::default());
        for result in both(&explainer, &Direct::new(Space::<F>::masks(30)), &model_fn(sum::<F>)) {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::NoWeight { samples: 1000, positive: 1 }), "{error}");
            let message = error.to_string();
            assert!(message.starts_with("the similarity is zero for all of the 1000 samples but 1"), "{message}");
            assert!(message.ends_with("choose a larger kernel width"), "{message}");
        }
    }
    check::<f64>();
    check::<f32>();
    // Two features: many samples are the instance's like, and nothing else counts.
    let alike = with(MonteCarlo, Radial::exponential(1e-3).unwrap(), NoSelection, Ridge::default());
    for result in both(&alike, &Direct::new(Space::<f64>::masks(2)), &model_fn(sum::<f64>)) {
        assert!(matches!(result, Err(Error::NoWeight { samples: 1000, positive: 200..300 })), "{result:?}");
    }
    let nothing = with(MonteCarlo, kernel_fn(|_: &[f64], _: &[f64]| 0.0), NoSelection, Ridge::default());
    for result in both(&nothing, &masks(), &model_fn(sum)) {
        assert!(matches!(result, Err(Error::NoWeight { samples: 1000, positive: 0 })), "{result:?}");
    }
}

/// A representation with faults of its own.
struct Unfit {
    direct: Direct<f64>,
    names: usize,
    instance: Option<Fault>,
    restore: Option<(usize, Fault)>,
}

impl Representation<f64> for Unfit {
    type Batch = DMatrix<f64>;

    fn space(&self) -> &Space<f64> {
        self.direct.space()
    }

    fn names(&self) -> Vec<String> {
        assert!(self.names < 99, "the names are in ruins");
        vec!["name".into(); self.names]
    }

    fn allocate(&self, rows: usize) -> DMatrix<f64> {
        self.direct.allocate(rows)
    }

    fn resize(&self, batch: &mut DMatrix<f64>, rows: usize) {
        self.direct.resize(batch, rows);
    }

    fn restore(&self, draw: &Draw<f64>, batch: &mut DMatrix<f64>, at: usize) -> Result<(), BoxError> {
        if let Some((row, fault)) = self.restore
            && draw.z.column(0).iter().any(|z| *z == row as f64)
        {
            assert!(fault != Fault::Panic, "the restorer is in ruins");
            return Err("no input for this".into());
        }
        self.direct.restore(draw, batch, at)
    }

    fn instance(&self, batch: &mut DMatrix<f64>, at: usize) -> Result<(), BoxError> {
        match self.instance {
            Some(Fault::Panic) => panic!("the instance is in ruins"),
            Some(_) => Err("no input for the instance".into()),
            None => self.direct.instance(batch, at),
        }
    }
}

#[test]
fn representations_that_fail() {
    let explainer = by_number(NUMBERED, kernel_fn(flat), NoSelection, Ridge::default());
    let unfit = |names, instance, restore| Unfit { direct: numbered(), names, instance, restore };
    for names in [0, 3, 5] {
        let message = format!("the representation gives {names} feature names for 4 features");
        refused(&explainer, &unfit(names, None, None), &message);
    }
    refused(&explainer, &unfit(99, None, None), "the pipeline panicked on rows 0..1000: the names are in ruins");
    let message = "the representation failed on rows 0..1: no input for the instance";
    refused(&explainer, &unfit(4, Some(Fault::Error), None), message);
    let message = "the representation panicked on rows 0..1: the instance is in ruins";
    refused(&explainer, &unfit(4, Some(Fault::Panic), None), message);
    for (fault, message) in [
        (Fault::Error, "the representation failed on rows R: no input for this"),
        (Fault::Panic, "the representation panicked on rows R: the restorer is in ruins"),
    ] {
        refused(&explainer, &unfit(4, None, Some((40, fault))), &message.replace('R', "0..100"));
        for result in both(&explainer, &unfit(4, None, Some((640, fault))), &model_fn(sum)) {
            let Err(Error::Interrupted { answered: 600, partial: Some(_), cause, .. }) = result else { panic!() };
            assert_eq!(cause.to_string(), message.replace('R', "600..700"));
        }
    }
}

/// A selector with this choice, or one that panics.
struct Chosen(Option<Result<Vec<usize>, &'static str>>);

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for Chosen {
    fn select(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
        match &self.0 {
            Some(chosen) => Ok(chosen.clone()?),
            None => panic!("the choice is in ruins"),
        }
    }
}

#[test]
fn selections_that_are_none() {
    for (chosen, message) in [
        (Some(Ok(vec![4])), "the feature selection chose [4] out of 4 features: each may be chosen once"),
        (Some(Ok(vec![0, 2, 0])), "the feature selection chose [0, 2, 0] out of 4 features: each may be chosen once"),
        (Some(Err("no choice")), "the feature selection failed on rows 0..1000: no choice"),
        (None, "the feature selection panicked on rows 0..1000: the choice is in ruins"),
    ] {
        let explainer = with(MonteCarlo, Radial::default(), Chosen(chosen), Ridge::default());
        for result in both(&explainer, &masks(), &model_fn(sum)) {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
}

/// A surrogate with faults in its evidence (a panic from a row on, or in a merge) or in its fit.
#[derive(Clone)]
struct Fragile {
    absorb: Option<usize>,
    merge: bool,
    fit: Result<Loose, Fault>,
}

#[derive(Clone)]
struct FragileEvidence(Moments, Fragile);

/// A fit that may be anything.
#[derive(Clone)]
struct Loose {
    intercept: Option<f64>,
    weights: Vec<(usize, f64)>,
    local_prediction: f64,
    ruined: bool,
}

const LOOSE: Loose = Loose { intercept: None, weights: Vec::new(), local_prediction: 0.0, ruined: false };

impl Evidence<f64> for FragileEvidence {
    fn absorb(&mut self, rows: &Rows<'_, f64>) {
        let bad = self.1.absorb.is_some_and(|row| (rows.start..rows.start + rows.weight.len()).contains(&row));
        assert!(!bad, "the evidence is in ruins");
        self.0.absorb(rows);
    }

    fn merge(&mut self, later: Self) {
        assert!(!self.1.merge, "the merge is in ruins");
        Evidence::<f64>::merge(&mut self.0, later.0);
    }

    fn moments(&self) -> &Moments {
        &self.0
    }
}

impl LocalModel for Loose {
    fn intercept(&self) -> Option<f64> {
        self.intercept
    }

    fn weights(&self) -> &[(usize, f64)] {
        assert!(!self.ruined, "the weights are in ruins");
        &self.weights
    }

    fn local_prediction(&self) -> f64 {
        self.local_prediction
    }

    fn score(&self) -> f64 {
        f64::NAN
    }
}

impl Surrogate<f64> for Fragile {
    type Evidence = FragileEvidence;
    type Fit = Loose;

    fn evidence(&self, space: &Space<f64>, prediction: &[f64]) -> FragileEvidence {
        FragileEvidence(Moments::new(space.origin(), prediction), self.clone())
    }

    fn fit(
        &self,
        _: &Fitting<'_, f64, FragileEvidence>,
        _: &[usize],
        targets: &[usize],
    ) -> Result<Vec<Loose>, BoxError> {
        match &self.fit {
            Ok(fit) => Ok(vec![fit.clone(); targets.len()]),
            Err(Fault::Error) => Err("no fit here".into()),
            Err(Fault::Rows) => Ok(vec![LOOSE; targets.len() - 1]),
            Err(Fault::Outputs(more)) => Ok(vec![LOOSE; targets.len() + more]),
            Err(_) => panic!("the fit is in ruins"),
        }
    }
}

#[test]
fn surrogates_that_fail() {
    let explainer =
        |absorb, merge, fit| by_number(NUMBERED, kernel_fn(flat), NoSelection, Fragile { absorb, merge, fit });
    for result in both(&explainer(None, false, Ok(LOOSE)), &numbered(), &model_fn(sum)) {
        assert!(result.unwrap().targets[1].features.is_empty());
    }
    let rescale = "the model's outputs or the features are too large to square, so rescale them";
    let no_number = "the surrogate has divided zero by zero, as where a feature does not vary or the samples are too few, or taken \
        infinity from infinity, for which rescale the outputs or features";
    let weights = |weights: &[(usize, f64)]| Ok(Loose { weights: weights.to_vec(), ..LOOSE });
    for (fit, message) in [
        (Err(Fault::Error), "the surrogate failed on rows 0..1000: no fit here".to_string()),
        (Err(Fault::Panic), "the surrogate panicked on rows 0..1000: the fit is in ruins".into()),
        (Err(Fault::Rows), "the surrogate returned 1 fits for 2 targets".into()),
        (Err(Fault::Outputs(1)), "the surrogate returned 3 fits for 2 targets".into()),
        (weights(&[(0, 1.0), (3, f64::NAN)]), format!("the weight of feature 3 for target 0 is NaN: {no_number}")),
        (weights(&[(2, f64::INFINITY)]), format!("the weight of feature 2 for target 0 is inf: {rescale}")),
        (weights(&[(4, 1.0)]), "the feature selection chose [4] out of 4 features: each may be chosen once".into()),
        (Ok(Loose { intercept: Some(f64::NAN), ..LOOSE }), format!("the intercept for target 0 is NaN: {no_number}")),
        (
            Ok(Loose { local_prediction: f64::NEG_INFINITY, ..LOOSE }),
            format!("the local prediction for target 0 is -inf: {rescale}"),
        ),
        (Ok(Loose { ruined: true, ..LOOSE }), "the pipeline panicked on rows 0..1000: the weights are in ruins".into()),
    ] {
        for result in both(&explainer(None, false, fit.clone()), &numbered(), &model_fn(sum)) {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    for (row, rows) in [(40, "0..256"), (640, "512..768"), (999, "768..1000")] {
        for result in both(&explainer(Some(row), false, Ok(LOOSE)), &numbered(), &model_fn(sum)) {
            let message = format!("the surrogate's evidence panicked on rows {rows}: the evidence is in ruins");
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    for result in both(&explainer(None, true, Ok(LOOSE)), &numbered(), &model_fn(sum)) {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Panic { stage: Stage::Absorb, .. }), "{error}");
    }
}

#[test]
fn more_features_than_samples_are_flagged() {
    for alpha in [0.0, 1.0] {
        let explainer = with(MonteCarlo, Radial::default(), NoSelection, Ridge::new(alpha).unwrap());
        let explainer = explainer.samples(5).targets(Targets::All);
        for result in both(&explainer, &Direct::new(Space::masks(20)), &model_fn(sum::<f64>)) {
            for target in result.unwrap().targets {
                assert_eq!(target.features.len(), 20);
                assert!(target.features.iter().all(|f| f.weight.is_finite()) && target.local_prediction.is_finite());
                assert!(target.warnings.iter().any(|w| matches!(w, Warning::FewEffectiveSamples { needed: 42, .. })));
                let deficient = |w: &Warning| matches!(w, Warning::RankDeficient { rank: ..5, features: 20 });
                assert!(alpha > 0.0 || target.warnings.iter().any(deficient), "{:?}", target.warnings);
            }
        }
    }
}

/// Outputs and features too large to square are told so; whatever is returned is finite and true.
#[test]
fn overflow_is_an_error() {
    let direct = Direct::new(Space::<f64>::masks(4));
    let mut errors = 0;
    for exponent in [0, 100, 150, 153, 154, 155, 160, 200, 300, 307] {
        let large = 10f64.powi(exponent);
        let model = model_fn(move |z: &DMatrix<f64>| sum(z) * large);
        for result in both(&explainer(), &direct, &model) {
            match result {
                Ok(explanation) => {
                    assert!(exponent < 160, "1e{exponent}");
                    let target = &explanation.targets[0];
                    assert!(target.warnings.is_empty(), "1e{exponent}: {:?}", target.warnings);
                    assert!(target.score.is_finite() && target.intercept.unwrap().is_finite(), "1e{exponent}");
                    assert!((target.features[0].weight / (4.0 * large) - 1.0).abs() < 0.1, "1e{exponent}");
                }
                Err(error) => {
                    errors += 1;
                    assert!(exponent > 150, "1e{exponent}: {error}");
                    assert!(error.to_string().contains("too large to square, so rescale them"), "{error}");
                }
            }
        }
    }
    assert!(errors >= 6, "{errors}");

    for z in [1e160, 1e308, f64::NAN, f64::INFINITY] {
        let explainer =
            with(sampler_fn(move |_, _, row: &mut [f64]| row.fill(z)), kernel_fn(flat), NoSelection, Ridge::default());
        for result in both(&explainer, &direct, &model_fn(|z: &DMatrix<f64>| vec![0.5; z.nrows()])) {
            let error = result.unwrap_err();
            let found =
                if z.is_finite() { "too large to square, so rescale them" } else { "it must be a finite number" };
            assert!(error.to_string().contains(found), "{error}");
        }
    }
}

#[test]
fn answers_that_do_not_vary_are_flagged() {
    let explainer = by_number(Numbered { instance: false, ..NUMBERED }, kernel_fn(flat), NoSelection, Ridge::default());
    for value in [0.0, 0.1, -1e9] {
        for result in both(&explainer, &numbered(), &model_fn(move |z: &DMatrix<f64>| vec![value; z.nrows()])) {
            let target = &result.unwrap().targets[0];
            assert!(target.score.is_nan() && target.warnings.contains(&Warning::ConstantAnswers));
            assert!(target.features.iter().all(|f| f.weight == 0.0) && target.local_prediction == value);
        }
    }
    // The instance itself does not count here, and its answer is another.
    let apart = kernel_fn(|z: &[f64], _: &[f64]| if z[0] == 0.0 { 0.0 } else { 1.0 / z[0] });
    let explainer = by_number(Numbered { instance: false, ..NUMBERED }, apart, NoSelection, Ridge::default());
    let model = model_fn(|z: &DMatrix<f64>| z.column(0).map(|row| if row == 0.0 { 5.0 } else { 0.1 }));
    for result in both(&explainer, &numbered(), &model) {
        let target = &result.unwrap().targets[0];
        assert!(target.score.is_nan() && target.warnings.contains(&Warning::ConstantAnswers), "{target:?}");
        assert!((target.local_prediction - 0.1).abs() < 1e-12);
    }
}
