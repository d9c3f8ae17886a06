//! Parts behind pointers, parts of the user's own and models behind a lock: the same bits as the plain ones.

use std::cell::Cell;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use lime_core::nalgebra::{DMatrix, DMatrixView, DVector};
use lime_core::{
    Block, BoxError, Design, Direct, Draw, Evidence, Explainer, Explanation, First, Fitting, Kernel, LinearFit,
    LocalModel, Model, Moments, Origin, Real, Representation, Rows, Sampler, Selector, Similarity, Space, Stream,
    Surrogate, TILE, Targets, kernel_fn, model_fn, representation_fn, sampler_fn,
};
use lime_kernels::{Euclidean, Exponential, Fixed, Interpretable, Metric, Profile, Radial, RootDimension, Seen, Width};
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::{HighestWeights, NoSelection};
use proptest::prelude::{Rng, RngExt};

type DynKernel = dyn Kernel<f64, DMatrix<f64>>;
type DynSelector = dyn Selector<f64, Moments>;
type DynSurrogate = dyn Surrogate<f64, Evidence = Moments, Fit = LinearFit>;
type DynRepresentation = dyn Representation<f64, Batch = DMatrix<f64>>;
type DynModel = dyn Model<DMatrix<f64>, f64> + Sync;

/// Every number of an explanation, bit for bit.
fn bits(explanation: &Explanation) -> Vec<u64> {
    let mut bits = vec![explanation.samples as u64, explanation.model_calls as u64];
    bits.extend(explanation.prediction.iter().map(|y| y.to_bits()));
    bits.push(explanation.effective_sample_size.to_bits());
    for target in &explanation.targets {
        let numbers = [target.intercept.unwrap_or(f64::NAN), target.local_prediction, target.score];
        bits.push(target.target as u64);
        bits.extend(numbers.map(f64::to_bits));
        bits.extend(target.features.iter().flat_map(|f| [f.index as u64, f.weight.to_bits()]));
    }
    bits
}

/// A model without a linear part, row by row.
fn wave(z: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(z.nrows(), 2, |i, t| {
        let sum: f64 = (0..z.ncols()).map(|j| (z[(i, j)] * (j as f64 + 0.7) + t as f64).sin()).sum();
        sum + z[(i, 0)] * z[(i, z.ncols() - 1)]
    })
}

fn set<S, K, L, G>(explainer: Explainer<S, K, L, G>) -> Explainer<S, K, L, G> {
    explainer.samples(700).seed(9).batch_size(100).targets(Targets::All)
}

/// The explanation by these parts, which is the same on one thread and on all.
fn explain<S, K, L, G, R, M>(explainer: Explainer<S, K, L, G>, representation: &R, model: &M) -> Explanation
where
    R: Representation<f64> + ?Sized,
    M: Model<R::Batch, f64> + Sync + ?Sized,
    S: Sampler<f64>,
    K: Kernel<f64, R::Batch>,
    G: Surrogate<f64>,
    L: Selector<f64, G::Evidence>,
{
    let explainer = set(explainer);
    let serial = explainer.explain(representation, model).unwrap();
    let parallel = explainer.explain_parallel(representation, model).unwrap();
    assert_eq!(bits(&serial), bits(&parallel));
    serial
}

fn plain() -> Explanation {
    let explainer = Explainer::new(MonteCarlo, Radial::default(), HighestWeights::new(3).unwrap(), Ridge::default());
    explain(explainer, &Direct::new(Space::masks(5)), &model_fn(wave))
}

#[test]
fn pointers_to_parts_give_the_same_bits() {
    let expected = bits(&plain());
    let (selector, direct, model) = (HighestWeights::new(3).unwrap(), Direct::new(Space::masks(5)), model_fn(wave));

    let sampler: Box<dyn Sampler<f64>> = Box::new(MonteCarlo);
    let kernel: Box<DynKernel> = Box::<Radial>::default();
    let boxed: Box<DynSelector> = Box::new(selector);
    let surrogate: Box<DynSurrogate> = Box::<Ridge>::default();
    let representation: Box<DynRepresentation> = Box::new(direct.clone());
    let black_box: Box<DynModel> = Box::new(model);
    let references = Explainer::new(&*sampler, &*kernel, &*boxed, &*surrogate);
    assert_eq!(bits(&explain(references.clone(), &*representation, &*black_box)), expected, "&dyn");
    assert_eq!(bits(&explain(references, &&*representation, &&*black_box)), expected, "&&dyn");
    let boxes = Explainer::new(sampler, kernel, boxed, surrogate);
    assert_eq!(bits(&explain(boxes, &representation, &black_box)), expected, "Box<dyn>");

    let sampler: Arc<dyn Sampler<f64>> = Arc::new(MonteCarlo);
    let kernel: Arc<DynKernel> = Arc::new(Radial::default());
    let shared: Arc<DynSelector> = Arc::new(selector);
    let surrogate: Arc<DynSurrogate> = Arc::new(Ridge::default());
    let representation: Arc<DynRepresentation> = Arc::new(direct.clone());
    let black_box: Arc<dyn Model<DMatrix<f64>, f64> + Send + Sync> = Arc::new(model);
    let arcs = Explainer::new(sampler, kernel, shared, surrogate);
    assert_eq!(bits(&explain(arcs.clone(), &representation, &black_box)), expected, "Arc<dyn>");
    assert_eq!(bits(&explain(arcs, &Box::new(representation), &Box::new(black_box))), expected, "Box<Arc<dyn>>");

    let ridge = Ridge::default();
    let plain = Explainer::new(&MonteCarlo, Box::new(Radial::default()), Arc::new(selector), &ridge);
    assert_eq!(bits(&explain(plain, &Arc::new(&direct), &&model)), expected, "pointers to types");
    for width in
        [Box::new(RootDimension::default()) as Box<dyn Width<f64>>, Box::new(Fixed::new(0.75 * 5f64.sqrt()).unwrap())]
    {
        let kernel = Radial::new(Interpretable(Euclidean), Exponential, width);
        assert_eq!(
            bits(&explain(Explainer::new(MonteCarlo, kernel, selector, Ridge::default()), &direct, &model)),
            expected
        );
    }
}

#[test]
fn a_lock_lets_a_model_of_one_thread_answer_many() {
    let asked = Cell::new(0);
    let counting = model_fn(|z: &DMatrix<f64>| {
        asked.set(asked.get() + z.nrows());
        wave(z)
    });
    let explainer =
        set(Explainer::new(MonteCarlo, Radial::default(), HighestWeights::new(3).unwrap(), Ridge::default()));
    let direct = Direct::new(Space::masks(5));
    let alone = explainer.explain(&direct, &counting).unwrap();
    assert_eq!((bits(&alone), asked.get()), (bits(&plain()), 700));

    // Cell is not Sync, and a reference to it is not Send: the cell goes into the lock with the model.
    struct Counter(Cell<usize>);
    impl Model<DMatrix<f64>, f64> for Counter {
        fn predict(&self, z: &DMatrix<f64>) -> Result<DMatrix<f64>, BoxError> {
            self.0.set(self.0.get() + z.nrows());
            Ok(wave(z))
        }
    }
    let locked = Mutex::new(Counter(Cell::new(0)));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let parallel = pool.install(|| explainer.explain_parallel(&direct, &locked)).unwrap();
    assert_eq!((bits(&parallel), locked.into_inner().unwrap().0.get()), (bits(&alone), 700));
    let boxed: Mutex<Box<dyn Model<DMatrix<f64>, f64> + Send>> = Mutex::new(Box::new(Counter(Cell::new(0))));
    assert_eq!(bits(&explainer.explain_parallel(&direct, &boxed).unwrap()), bits(&alone));
}

#[test]
fn whatever_form_a_closures_answer_has() {
    fn answer<A: lime_core::Answer<f64>>(form: impl Fn(DVector<f64>) -> A + Sync) -> Vec<u64> {
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
        let model = model_fn(|z: &DMatrix<f64>| form(wave(z).column(0).into_owned()));
        bits(&explain(explainer, &Direct::new(Space::masks(4)), &model))
    }
    let expected = answer(|y| y);
    assert_eq!(answer(|y| DMatrix::from_columns(&[y])), expected);
    assert_eq!(answer(|y| y.as_slice().to_vec()), expected);
    assert_eq!(answer(Ok::<_, String>), expected);
    assert_eq!(answer(|y| Ok::<_, std::io::Error>(y.as_slice().to_vec())), expected);
}

/// What `sampler_fn` does with a closure that keeps each part with probability 3/4, written out.
struct ThreeQuarters;

struct ThreeQuartersDesign<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    seed: u64,
}

fn keep<F: Real>(generator: &mut impl Rng, z: &mut [F]) {
    z.fill_with(|| if generator.random_bool(0.75) { F::one() } else { F::zero() });
}

impl<F: Real> Sampler<F> for ThreeQuarters {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(ThreeQuartersDesign { space, rows, seed }))
    }
}

impl<F: Real> Design<F> for ThreeQuartersDesign<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut z = vec![F::zero(); self.space.features()];
        for (at, row) in rows.enumerate() {
            if row == 0 {
                draw.set_instance(at, self.space);
            } else {
                keep(&mut Stream::new(self.seed).row(row), &mut z);
                z.iter().enumerate().for_each(|(j, &z)| draw.z[(at, j)] = z);
            }
        }
    }
}

#[test]
fn a_sampler_of_ones_own() {
    let direct = Direct::new(Space::masks(5));
    let closure = sampler_fn(|generator, _, z: &mut [f64]| keep(generator, z));
    let by_closure =
        explain(Explainer::new(closure, Radial::default(), NoSelection, Ridge::default()), &direct, &model_fn(wave));
    let by_type = Explainer::new(ThreeQuarters, Radial::default(), NoSelection, Ridge::default());
    assert_eq!(bits(&by_closure), bits(&explain(by_type, &direct, &model_fn(wave))));

    let linear = model_fn(|z: &DMatrix<f64>| z.column(1) * 3.0 - z.column(4));
    let exact = Explainer::new(ThreeQuarters, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
    for (weight, expected) in
        explain(exact, &direct, &linear).targets[0].dense(5).iter().zip([0.0, 3.0, 0.0, 0.0, -1.0])
    {
        assert!((weight - expected).abs() < 1e-12, "{weight}");
    }
}

/// The parts of the original's kernel, written out.
struct Own;

impl<F: Real> Metric<F> for Own {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        for (i, distance) in distances.iter_mut().enumerate() {
            let sum = origin.iter().zip(rows.row(i).iter()).fold(F::zero(), |sum, (&x, &z)| sum + (z - x) * (z - x));
            *distance = sum.sqrt();
        }
    }
}

impl<F: Real> Profile<F> for Own {
    fn weight(&self, ratio: F) -> F {
        (ratio * ratio * F::of(-0.5)).exp()
    }
}

impl<F: Real> Width<F> for Own {
    fn width(&self, seen: &Seen<'_, F>) -> Result<F, BoxError> {
        Ok(F::of(0.75 * (seen.features() as f64).sqrt()))
    }
}

impl<F: Real, B> Kernel<F, B> for Own {
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        _: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        Ok(Box::new(OwnAt(origin.z)))
    }
}

struct OwnAt<'a, F>(&'a [F]);

impl<F: Real, B> Similarity<F, B> for OwnAt<'_, F> {
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        Own.distances(self.0, block.z(), weights);
        let width = Own.width(&Seen::new(self.0.len(), &Own, || Ok(Vec::new())))?;
        weights.iter_mut().for_each(|weight| *weight = Own.weight(*weight / width));
        Ok(())
    }
}

#[test]
fn a_kernel_of_ones_own() {
    let (selector, direct) = (HighestWeights::new(3).unwrap(), Direct::new(Space::masks(5)));
    let expected = bits(&plain());
    let parts = Explainer::new(MonteCarlo, Radial::new(Interpretable(Own), Own, Own), selector, Ridge::default());
    assert_eq!(bits(&explain(parts, &direct, &model_fn(wave))), expected, "parts of a kernel");
    let whole = Explainer::new(MonteCarlo, Own, selector, Ridge::default());
    assert_eq!(bits(&explain(whole, &direct, &model_fn(wave))), expected, "a kernel");
    let closure = kernel_fn(|z: &[f64], x: &[f64]| {
        let sum = z.iter().zip(x).fold(0.0, |sum, (z, x)| sum + (z - x) * (z - x));
        let ratio = f64::sqrt(sum) / (0.75 * 5f64.sqrt());
        (ratio * ratio * -0.5).exp()
    });
    let closure = Explainer::new(MonteCarlo, closure, selector, Ridge::default());
    assert_eq!(bits(&explain(closure, &direct, &model_fn(wave))), expected, "a closure");
}

/// Always these features.
struct Always(Vec<usize>);

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for Always {
    fn select(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_selector_of_ones_own() {
    let direct = Direct::new(Space::masks(5));
    let model =
        model_fn(|z: &DMatrix<f64>| z.column(3) * 2.0 - z.column(0) + z.column(1).component_mul(&z.column(2)) * 0.1);
    let ranked = Explainer::new(MonteCarlo, Radial::default(), HighestWeights::new(2).unwrap(), Ridge::default());
    let chosen = Explainer::new(MonteCarlo, Radial::default(), Always(vec![3, 0]), Ridge::default());
    assert_eq!(bits(&explain(chosen, &direct, &model)), bits(&explain(ranked, &direct, &model)));
    let none = Explainer::new(MonteCarlo, Radial::default(), Always(Vec::new()), Ridge::default());
    let none = &explain(none, &direct, &model).targets[0];
    assert!(none.features.is_empty() && none.score.abs() < 1e-12, "{}", none.score);
}

/// A tree of one split, on evidence that keeps the rows. It notes the tiles it is given.
#[derive(Default)]
struct Stump {
    tiles: Mutex<Vec<Range<usize>>>,
}

#[derive(Clone)]
struct Kept {
    moments: Moments,
    rows: Vec<(Vec<f64>, f64, Vec<f64>)>,
    tiles: Vec<Range<usize>>,
}

struct Split {
    weights: Vec<(usize, f64)>,
    at_instance: f64,
    score: f64,
}

impl<F: Real> Evidence<F> for Kept {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.moments.absorb(rows);
        self.tiles.push(rows.start..rows.start + rows.weight.len());
        for (i, weight) in rows.weight.iter().enumerate() {
            let z = rows.z.row(i).iter().map(|z| z.wide()).collect();
            self.rows.push((z, weight.wide(), rows.answers.row(i).iter().map(|y| y.wide()).collect()));
        }
    }

    fn merge(&mut self, later: Self) {
        Evidence::<F>::merge(&mut self.moments, later.moments);
        self.rows.extend(later.rows);
        self.tiles.extend(later.tiles);
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }
}

impl LocalModel for Split {
    fn intercept(&self) -> Option<f64> {
        None
    }

    fn weights(&self) -> &[(usize, f64)] {
        &self.weights
    }

    fn local_prediction(&self) -> f64 {
        self.at_instance
    }

    fn score(&self) -> f64 {
        self.score
    }
}

impl<F: Real> Surrogate<F> for Stump {
    type Evidence = Kept;
    type Fit = Split;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Kept {
        let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
        Kept { moments: Moments::new(&origin, prediction), rows: Vec::new(), tiles: Vec::new() }
    }

    fn fit(&self, given: &Fitting<'_, F, Kept>, active: &[usize], targets: &[usize]) -> Result<Vec<Split>, BoxError> {
        let evidence = given.evidence();
        *self.tiles.lock().unwrap() = evidence.tiles.clone();
        let split = |target: usize, j: usize| {
            let side = |present: bool| {
                let rows = || evidence.rows.iter().filter(move |row| (row.0[j] > 0.5) == present);
                let weight: f64 = rows().map(|row| row.1).sum();
                let mean = rows().map(|row| row.1 * row.2[target]).sum::<f64>() / weight;
                (mean, rows().map(|row| row.1 * (row.2[target] - mean).powi(2)).sum::<f64>())
            };
            let (with, without) = (side(true), side(false));
            let score = 1.0 - (with.1 + without.1) / evidence.moments.total(target);
            Split { weights: vec![(j, with.0 - without.0)], at_instance: with.0, score }
        };
        let best = |target| {
            let splits = active.iter().map(|&j| split(target, j));
            splits.max_by(|a, b| a.score.total_cmp(&b.score)).ok_or_else(|| "no feature to split on".into())
        };
        targets.iter().map(|&target| best(target)).collect()
    }
}

#[test]
fn a_surrogate_of_ones_own() {
    let direct = Direct::new(Space::masks(4));
    let model = model_fn(|z: &DMatrix<f64>| z.column(2) * 3.0);
    for batch in [1, 100, 300, 700] {
        let explainer =
            Explainer::new(MonteCarlo, Radial::default(), HighestWeights::new(2).unwrap(), Stump::default());
        let explainer = set(explainer).batch_size(batch);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let parallel = pool.install(|| explainer.explain_parallel(&direct, &model)).unwrap();
        let explanation = explainer.explain(&direct, &model).unwrap();
        assert_eq!(bits(&parallel), bits(&explanation));
        let target = &explanation.targets[0];
        assert_eq!((target.intercept, target.features.len()), (None, 1));
        assert_eq!((target.features[0].index, target.features[0].name.as_str()), (2, "z2"));
        for (found, expected) in [(target.features[0].weight, 3.0), (target.local_prediction, 3.0), (target.score, 1.0)]
        {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }
}

#[test]
fn evidence_takes_whole_tiles_in_order_whatever_the_batch() {
    let direct = Direct::new(Space::masks(4));
    for (batch, threads) in [1, 100, 256, 300, 700].into_iter().flat_map(|batch| [(batch, 1), (batch, 2)]) {
        let stump = Stump::default();
        let explainer = set(Explainer::new(MonteCarlo, Radial::default(), NoSelection, &stump)).batch_size(batch);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| explainer.explain_parallel(&direct, &model_fn(wave))).unwrap();
        assert_eq!(stump.tiles.into_inner().unwrap(), [0..TILE, TILE..2 * TILE, 2 * TILE..700], "batches of {batch}");
    }
}

/// Sentences with words left out: a batch is a list of texts.
struct Words {
    words: Vec<String>,
    space: Space<f64>,
}

impl Representation<f64> for Words {
    type Batch = Vec<String>;

    fn space(&self) -> &Space<f64> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.words.clone()
    }

    fn kind(&self) -> &str {
        "text"
    }

    fn allocate(&self, rows: usize) -> Vec<String> {
        vec![String::new(); rows]
    }

    fn resize(&self, batch: &mut Vec<String>, rows: usize) {
        batch.resize(rows, String::new());
    }

    fn restore(&self, draw: &Draw<f64>, batch: &mut Vec<String>, at: usize) -> Result<(), BoxError> {
        for row in 0..draw.rows() {
            let kept = self.words.iter().enumerate().filter(|(j, _)| draw.z[(row, *j)] > 0.5);
            batch[at + row] = kept.map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ");
        }
        Ok(())
    }

    fn instance(&self, batch: &mut Vec<String>, at: usize) -> Result<(), BoxError> {
        batch[at] = self.words.join(" ");
        Ok(())
    }
}

#[test]
fn a_representation_of_ones_own() {
    let words: Vec<String> = ["not", "good", "at", "all"].map(String::from).to_vec();
    let model = model_fn(|texts: &Vec<String>| {
        let score = |text: &String| {
            f64::from(u8::from(text.contains("good"))) - 2.0 * f64::from(u8::from(text.contains("not")))
        };
        texts.iter().map(score).collect::<Vec<f64>>()
    });
    let text: Box<dyn Representation<f64, Batch = Vec<String>>> =
        Box::new(Words { space: Space::masks(words.len()), words });
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
    let explanation = explain(explainer, &text, &model);
    let features = &explanation.targets[0].features;
    assert_eq!((explanation.kind.as_str(), explanation.prediction[0]), ("text", -1.0));
    assert_eq!((features[0].name.as_str(), features[1].name.as_str()), ("not", "good"));
    assert!((features[0].weight + 2.0).abs() < 1e-12 && (features[1].weight - 1.0).abs() < 1e-12);

    // The same by a closure, with inputs that are numbers.
    let numbers = representation_fn(Space::masks(4), vec![-2.0, 1.0], |z: &[f64], input: &mut [f64]| {
        input.copy_from_slice(&[-2.0 * z[0], z[1]]);
    });
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
    let sum = explain(explainer, &numbers, &model_fn(|input: &DMatrix<f64>| input.column_sum()));
    assert_eq!(bits(&sum), bits(&explanation));
}

#[test]
fn one_explainer_serves_both_precisions() {
    let explainer =
        set(Explainer::new(MonteCarlo, Radial::default(), HighestWeights::new(3).unwrap(), Ridge::default()));
    let wide = explainer.explain(&Direct::new(Space::<f64>::masks(5)), &model_fn(wave)).unwrap();
    let narrow = model_fn(|z: &DMatrix<f32>| wave(&z.map(f64::from)).map(|y| y as f32));
    let narrow = explainer.explain(&Direct::new(Space::<f32>::masks(5)), &narrow).unwrap();
    for (wide, narrow) in wide.targets.iter().zip(&narrow.targets) {
        for (wide, narrow) in wide.dense(5).iter().zip(narrow.dense(5)) {
            assert!((wide - narrow).abs() < 1e-5, "{narrow} for {wide}");
        }
    }
}
