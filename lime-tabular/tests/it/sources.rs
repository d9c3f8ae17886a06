//! Sources of training rows: which rows, how often, whatever the range, the seed, the threads and the batches; and what they
//! refuse before the model is asked.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::{
    BoxError, BoxedSource, Direct, Draw, Explainer, Explanation, Interpret, Kernel, Law, Neighbourhood, Real,
    Representation, Source, Space, Targets, model_fn,
};
use lime_kernels::{Euclidean, Exponential, Fixed, Interpretable, Original, Radial};
use lime_samplers::{Bootstrap, Dlime, Error, MonteCarlo, Nearest, Normal};
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Rows around three centres, in three columns of different units.
fn training<F: Real>(rows: usize) -> DMatrix<F> {
    DMatrix::from_fn(rows, 3, |i, j| {
        let noise = ((i * 7919 + j * 104_729 + i * i * 31 + i * j * i * 17) % 1009) as f64 / 1009.0;
        let centre = ((i * i + j) % 3) as f64 * 1.2;
        F::of((centre + noise * 1.5) * [1.0, 10.0, 0.01][j])
    })
}

const QUERY: [f64; 3] = [1.7, 12.5, 0.031];

/// An instance whose inputs are its interpretable coordinates.
fn instance<F: Real>(row: &[f64], noise: bool) -> Direct<F> {
    let law = || Law::Continuous(Arc::new(Normal::new(0.0, 1.0).unwrap()));
    let laws = row.iter().map(|_| law()).collect();
    let space = Space::new(laws, row.iter().map(|&x| F::of(x)).collect()).unwrap();
    Direct::new(space.with_noise(noise))
}

/// A source of every kind, and a sampler, which is a source too.
fn sources() -> Vec<(&'static str, BoxedSource<'static, f64, Direct<f64>>)> {
    let rows = training::<f64>(60);
    vec![
        ("bootstrap", Bootstrap::new(rows.clone()).unwrap().boxed()),
        ("bootstrap of the nearest", Bootstrap::new(rows.clone()).unwrap().nearest(25).unwrap().boxed()),
        ("nearest", Nearest::new(rows.clone()).unwrap().neighbours(40).unwrap().boxed()),
        ("nearest by budget", Nearest::new(rows.clone()).unwrap().boxed()),
        ("DLIME", Dlime::new(rows, 2).unwrap().boxed()),
        ("Monte Carlo", MonteCarlo.boxed()),
    ]
}

/// A range of rows in both spaces, by way of a place in a batch full of other things.
fn filled<F: Real>(
    rows: &(dyn Neighbourhood<F, DMatrix<F>> + '_),
    representation: &Direct<F>,
    range: Range<usize>,
    at: usize,
) -> (Draw<F>, DMatrix<F>) {
    let mut draw = Draw::new(representation.space(), range.len());
    draw.z.fill(F::of(f64::NAN));
    draw.noise.fill(F::of(f64::NAN));
    let mut batch = representation.allocate(range.len() + 2 * at);
    batch.fill(F::of(f64::NAN));
    rows.fill(range.clone(), &mut draw, &mut batch, at).unwrap();
    let untouched = batch.rows(0, at).iter().chain(batch.rows(at + range.len(), at).iter()).all(|v| !v.is_finite());
    assert!(untouched, "written outside of {range:?}");
    (draw, batch.rows(at, range.len()).into_owned())
}

/// Which training rows a source takes. Row 0 must be the instance.
fn indices<F: Real>(
    source: &impl Source<F, Direct<F>>,
    query: &[f64],
    (budget, seed): (usize, u64),
    training: &DMatrix<F>,
) -> Vec<usize> {
    let representation = instance(query, false);
    let rows = source.neighbourhood(&representation, budget, seed).unwrap();
    let (draw, batch) = filled(rows.as_ref(), &representation, 0..rows.rows(), 0);
    assert_eq!(draw.instance, [0]);
    assert!(batch.row(0).iter().zip(query).all(|(a, &b)| *a == F::of(b)));
    assert_eq!(draw.z, batch);
    let find = |i| training.row_iter().position(|row| row == batch.row(i)).unwrap();
    (1..batch.nrows()).map(find).collect()
}

proptest! {
    #![proptest_config(config())]

    /// A row does not depend on the range it is asked in, nor on where in the batch it goes.
    #[test]
    fn any_range_gives_the_same_rows(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1usize..80, 0usize..5), 1..6),
        noise in any::<bool>(),
        seed in any::<u64>(),
    ) {
        for (name, source) in sources() {
            let representation = instance::<f64>(&QUERY, noise);
            let rows = source.neighbourhood(&representation, 600, seed).unwrap();
            let (whole, inputs) = filled(rows.as_ref(), &representation, 0..rows.rows(), 0);
            prop_assert_eq!(&whole.instance, &[0], "{}", name);
            prop_assert_eq!(whole.noise.ncols(), if noise { 3 } else { 0 });
            prop_assert!(whole.noise.iter().all(|u| *u == 0.5 || name == "Monte Carlo" && *u > 0.0 && *u < 1.0));
            prop_assert!(whole.weight.iter().all(|w| *w == 1.0));
            for &(from, count, at) in &cuts {
                let from = from.index(rows.rows());
                let range = from..(from + count).min(rows.rows());
                let (part, batch) = filled(rows.as_ref(), &representation, range.clone(), at);
                prop_assert_eq!(&part.z, &whole.z.rows(range.start, range.len()), "{} {:?}", name, range);
                prop_assert_eq!(&batch, &inputs.rows(range.start, range.len()));
                prop_assert_eq!(part.instance, if from == 0 { vec![0] } else { vec![] });
            }
        }
    }

    /// No row that is left out is nearer than one that is taken, by distances computed here.
    #[test]
    fn nearest_rows_are_the_nearest(
        values in prop::collection::vec(prop::collection::vec(prop_oneof![-10.0..10.0f64, Just(1.0)], 4), 2..60),
        query in prop::collection::vec(-12.0..12.0f64, 4),
        k in any::<prop::sample::Index>(),
        scaled in any::<bool>(),
    ) {
        let n = values.len();
        // Column 4 does not vary; column 5 tells rows apart that are otherwise the same.
        let value = |i: usize, j: usize| match j { 4 => 3.0, 5 => i as f64 * 1e-9, _ => values[i][j] };
        let rows = DMatrix::from_fn(n, 6, value);
        let point: Vec<f64> = query.iter().copied().chain([77.0, 0.0]).collect();
        let k = 1 + k.index(n);
        let source = Nearest::new(rows.clone()).unwrap().neighbours(k).unwrap();
        let source = if scaled { source } else { source.unscaled() };
        let taken = indices(&source, &point, (9, 0), &rows);
        prop_assert_eq!(taken.len(), k);
        prop_assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "each once, in training order: {:?}", taken);
        let sd: Vec<f64> = (0..6).map(|j| if scaled { rows.column(j).variance().sqrt() } else { 1.0 }).collect();
        let varies: Vec<bool> = rows.column_iter().map(|column| column.iter().any(|v| *v != column[0])).collect();
        let part = |i: usize, j: usize| ((rows[(i, j)] - point[j]) / sd[j]).powi(2);
        let distance = |i: usize| (0..6).filter(|&j| varies[j] || !scaled).map(|j| part(i, j)).sum::<f64>();
        let farthest = taken.iter().map(|&i| distance(i)).fold(0.0, f64::max);
        let closest = (0..n).filter(|i| !taken.contains(i)).map(distance).fold(f64::INFINITY, f64::min);
        prop_assert!(farthest <= closest * (1.0 + 1e-9), "{} {}", farthest, closest);
        // The bootstrap of the k nearest draws from the same.
        let draws = Bootstrap::new(rows.clone()).unwrap().nearest(k).unwrap();
        let draws = if scaled { draws } else { draws.unscaled() };
        prop_assert!(indices(&draws, &point, (200, 1), &rows).iter().all(|i| taken.contains(i)));
    }

    /// The units of the columns do not matter, and every cluster asked for is there.
    #[test]
    fn units_do_not_matter(exponents in prop::array::uniform3(-40i32..40), k in 1usize..60, clusters in 1usize..60) {
        let rows = training::<f64>(60);
        let units = exponents.map(|e| 2f64.powi(e));
        let others = DMatrix::from_fn(60, 3, |i, j| rows[(i, j)] * units[j]);
        let query: Vec<f64> = QUERY.iter().zip(units).map(|(x, unit)| x * unit).collect();
        let nearest = |rows: &DMatrix<f64>, query: &[f64]| {
            indices(&Nearest::new(rows.clone()).unwrap().neighbours(k).unwrap(), query, (2, 0), rows)
        };
        prop_assert_eq!(nearest(&rows, &QUERY), nearest(&others, &query));
        let dlime = Dlime::new(rows, clusters).unwrap();
        let others = Dlime::new(others, clusters).unwrap();
        prop_assert_eq!(dlime.labels(), others.labels());
        // Numbered in the order of their first rows.
        let mut next = 0;
        for &label in dlime.labels() {
            prop_assert!(label <= next);
            next = next.max(label + 1);
        }
        prop_assert_eq!(next, clusters);
    }
}

/// Pearson's statistic of counts that should be equal.
fn chi_square(counts: &[usize]) -> f64 {
    let expected = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum()
}

#[test]
fn every_row_is_drawn_as_often() {
    let rows = training::<f64>(50);
    let all = Bootstrap::new(rows.clone()).unwrap();
    let some = all.clone().nearest(10).unwrap();
    let near = indices(&Nearest::new(rows.clone()).unwrap().neighbours(10).unwrap(), &QUERY, (2, 0), &rows);
    let counts = |source: &Bootstrap<f64>, seed| {
        let mut counts = vec![0; 50];
        for index in indices(source, &QUERY, (20_001, seed), &rows) {
            counts[index] += 1;
        }
        counts
    };
    for seed in 0..20 {
        // scipy 1.17.1: chi2.ppf([5e-5, 1 - 5e-5], 49), then with 9 degrees of freedom.
        let statistic = chi_square(&counts(&all, seed));
        assert!((19.47..97.22).contains(&statistic), "seed {seed}: {statistic}");
        let counts = counts(&some, seed);
        assert!((0..50).all(|i| (counts[i] > 0) == near.contains(&i)));
        let statistic = chi_square(&near.iter().map(|&i| counts[i]).collect::<Vec<_>>());
        assert!((0.56..35.43).contains(&statistic), "seed {seed}: {statistic}");
    }
    let [first, second] = [1, 2].map(|seed| indices(&all, &QUERY, (500, seed), &rows));
    assert_ne!(first, second);
}

/// scikit-learn 1.9.1: `NearestNeighbors(n_neighbors=5)` on `StandardScaler().fit_transform(X)`, and on X itself.
#[test]
fn nearest_rows_of_scikit_learn() {
    let rows = training::<f64>(60);
    let nearest = || Nearest::new(rows.clone()).unwrap().neighbours(5).unwrap();
    assert_eq!(indices(&nearest(), &QUERY, (2, 0), &rows), [15, 39, 42, 48, 54]);
    assert_eq!(indices(&nearest().unscaled(), &QUERY, (2, 0), &rows), [9, 15, 30, 39, 48]);
    let rows = training::<f32>(60);
    let nearest = Nearest::new(rows.clone()).unwrap().neighbours(5).unwrap();
    assert_eq!(indices(&nearest, &QUERY, (2, 0), &rows), [15, 39, 42, 48, 54]);
}

#[test]
fn the_budget_decides_where_nothing_else_does() {
    let rows = training::<f64>(60);
    let nearest = Nearest::new(rows.clone()).unwrap();
    for (budget, expected) in [(2, 1), (31, 30), (61, 60), (62, 60), (5_000, 60)] {
        let taken = indices(&nearest, &QUERY, (budget, 0), &rows);
        assert_eq!(taken.len(), expected);
        let given = nearest.clone().neighbours(expected).unwrap();
        assert_eq!(indices(&given, &QUERY, (9, 1), &rows), taken);
    }
    let representation = instance(&QUERY, false);
    for (name, source) in sources() {
        let rows = source.neighbourhood(&representation, 100, 0).unwrap();
        assert_eq!(rows.extensible(), name.starts_with("bootstrap") || name == "Monte Carlo", "{name}");
        if rows.extensible() {
            let more = source.neighbourhood(&representation, 300, 0).unwrap();
            let (short, _) = filled(rows.as_ref(), &representation, 0..100, 0);
            let (long, _) = filled(more.as_ref(), &representation, 0..300, 0);
            assert_eq!(short.z, long.z.rows(0, 100));
        }
    }
}

/// scikit-learn 1.9.1: `AgglomerativeClustering(n_clusters=c).fit(X).labels_`, renumbered by first rows, with X from
/// `StandardScaler` and as it is.
#[test]
fn clusters_of_scikit_learn() {
    let rows = training::<f64>(60);
    for (clusters, scaled, unscaled) in [
        (
            2,
            "011011011011011011011011011011011011011011011011011011011011",
            "011011001001011011001011010011011011111011011011010011011001",
        ),
        (
            4,
            "011012021023031033023032032013011033021033022031032033022023",
            "011021001302022312002011020321321012112321311312310011311001",
        ),
        (
            7,
            "011012021324041354024056046315311054061345326351352055366025",
            "011023401502022562402466420523521412332526533562560063536006",
        ),
    ] {
        let digits = |labels: &[usize]| labels.iter().map(ToString::to_string).collect::<String>();
        assert_eq!(digits(Dlime::new(rows.clone(), clusters).unwrap().labels()), scaled);
        assert_eq!(digits(Dlime::unscaled(rows.clone(), clusters).unwrap().labels()), unscaled);
        assert_eq!(digits(Dlime::new(training::<f32>(60), clusters).unwrap().labels()), scaled);
    }
    assert_eq!(Dlime::new(rows.clone(), 1).unwrap().labels(), [0; 60]);
    assert_eq!(Dlime::new(rows, 60).unwrap().labels(), (0..60).collect::<Vec<_>>());
    assert_eq!(Dlime::new(dmatrix![4.0], 1).unwrap().labels(), [0]);
    // Rows that are all the same: any two clusters, and both there.
    let same = Dlime::new(DMatrix::from_element(9, 2, 0.1), 2).unwrap();
    assert!(same.labels().contains(&0) && same.labels().contains(&1));
}

#[test]
fn dlime_takes_the_cluster_of_the_nearest_row_whatever_the_seed() {
    let rows = training::<f64>(60);
    let nearest = Nearest::new(rows.clone()).unwrap().neighbours(1).unwrap();
    for clusters in [1, 2, 4, 7, 60] {
        let dlime = Dlime::new(rows.clone(), clusters).unwrap();
        for row in [0, 17, 59] {
            let query: Vec<f64> = rows.row(row).iter().map(|x| x * 1.001).collect();
            let taken = indices(&dlime, &query, (2, 0), &rows);
            let own = dlime.labels()[indices(&nearest, &query, (2, 0), &rows)[0]];
            let expected: Vec<usize> = (0..60).filter(|&i| dlime.labels()[i] == own).collect();
            assert_eq!(taken, expected);
            for (budget, seed) in [(5_000, 1), (3, u64::MAX)] {
                assert_eq!(indices(&dlime, &query, (budget, seed), &rows), taken);
            }
        }
    }
    // Most of the k nearest rows decide, by hand: from 1.2 they lie at 0.1, 0, 2.5, 2.6, 2.7.
    let rows = dmatrix![0.0; 0.1; 2.5; 2.6; 2.7];
    let dlime = Dlime::new(rows.clone(), 2).unwrap();
    assert_eq!(dlime.labels(), [0, 0, 1, 1, 1]);
    for (k, expected) in [(1, &[0, 1][..]), (2, &[0, 1]), (3, &[0, 1]), (4, &[0, 1]), (5, &[2, 3, 4])] {
        assert_eq!(indices(&dlime.clone().neighbours(k).unwrap(), &[1.2], (2, 0), &rows), expected, "{k}");
    }
}

fn kernels<F: Real>() -> Vec<Box<dyn Kernel<F, DMatrix<F>>>> {
    let width = || Fixed::new(20.0).unwrap();
    vec![
        Box::new(Radial::new(Original(Euclidean), Exponential, width())),
        Box::new(Radial::new(Interpretable(Euclidean), Exponential, width())),
    ]
}

/// Whatever rows a linear model is asked for, least squares gives it back.
#[test]
fn a_linear_model_is_recovered() {
    fn check<F: Real>(sources: Vec<BoxedSource<'static, F, Direct<F>>>, tolerance: f64)
    where
        BoxedSource<'static, F, Direct<F>>: Source<F, Direct<F>>,
    {
        let slopes = [2.0, -0.5, 150.0];
        let linear = model_fn(|rows: &DMatrix<F>| {
            let slopes = DVector::from_iterator(3, slopes.iter().map(|&s| F::of(s)));
            (rows * slopes).add_scalar(F::of(7.0))
        });
        for source in sources {
            for kernel in kernels() {
                let explainer = Explainer::new(source.clone(), kernel, NoSelection, Ridge::new(0.0).unwrap());
                let explanation = explainer.samples(500).explain(&instance::<F>(&QUERY, true), &linear).unwrap();
                let target = &explanation.targets[0];
                for (found, expected) in target.dense(3).iter().zip(slopes) {
                    assert!((found / expected - 1.0).abs() < tolerance, "{target:?}");
                }
                assert!((target.intercept.unwrap() - 7.0).abs() < 7.0 * tolerance, "{target:?}");
                assert!(target.warnings.is_empty(), "{target:?}");
            }
        }
    }
    check(sources().into_iter().take(5).map(|(_, source)| source).collect(), 1e-10);
    let rows = training::<f32>(60);
    check(
        vec![
            Bootstrap::new(rows.clone()).unwrap().nearest(30).unwrap().boxed(),
            Nearest::new(rows.clone()).unwrap().boxed(),
            Dlime::new(rows, 2).unwrap().boxed(),
        ],
        1e-4,
    );
}

/// Every number of an explanation, bit for bit.
fn bits(explanation: &Explanation) -> Vec<u64> {
    let mut bits: Vec<u64> = explanation.prediction.iter().map(|y| y.to_bits()).collect();
    bits.extend([explanation.effective_sample_size.to_bits(), explanation.samples as u64]);
    for target in &explanation.targets {
        bits.extend([target.intercept.unwrap(), target.local_prediction, target.score].map(f64::to_bits));
        bits.extend(target.features.iter().flat_map(|f| [f.index as u64, f.weight.to_bits()]));
    }
    bits
}

#[test]
fn threads_and_batches_do_not_matter() {
    let rows = training::<f64>(700);
    let sources: Vec<BoxedSource<'_, f64, Direct<f64>>> = vec![
        Bootstrap::new(rows.clone()).unwrap().boxed(),
        Bootstrap::new(rows.clone()).unwrap().nearest(300).unwrap().boxed(),
        Nearest::new(rows).unwrap().boxed(),
        Dlime::new(training(1_000), 2).unwrap().boxed(),
    ];
    let model = model_fn(|rows: &DMatrix<f64>| {
        DMatrix::from_fn(rows.nrows(), 2, |i, t| (rows[(i, 0)] * (1.0 + t as f64)).sin() + rows[(i, 1)] * rows[(i, 2)])
    });
    let representation = instance::<f64>(&QUERY, false);
    for source in sources {
        let explainer = |batch| {
            let width = Fixed::new(20.0).unwrap();
            let kernel = Radial::new(Original(Euclidean), Exponential, width);
            let explainer = Explainer::new(source.clone(), kernel, NoSelection, Ridge::default());
            explainer.samples(900).seed(5).targets(Targets::All).batch_size(batch)
        };
        let expected = explainer(256).explain(&representation, &model).unwrap();
        // Several tiles, and the instance asked for once.
        assert!(expected.samples > 256 && expected.model_calls == expected.samples, "{expected:?}");
        for batch in [1, 7, 300] {
            let explainer = explainer(batch);
            assert_eq!(bits(&explainer.explain(&representation, &model).unwrap()), bits(&expected), "{batch}");
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let parallel = pool.install(|| explainer.explain_parallel(&representation, &model)).unwrap();
                assert_eq!(bits(&parallel), bits(&expected), "{batch} on {threads}");
            }
        }
    }
}

#[test]
fn rows_and_settings_that_are_none() {
    let zeros = |rows: usize, columns: usize| DMatrix::<f64>::zeros(rows, columns);
    for (rows, columns) in [(0, 0), (0, 3), (3, 0)] {
        let expected = Error::NoRows { rows, columns };
        assert_eq!(Bootstrap::new(zeros(rows, columns)).unwrap_err(), expected);
        assert_eq!(Nearest::new(zeros(rows, columns)).unwrap_err(), expected);
        assert_eq!(Dlime::new(zeros(rows, columns), 1).unwrap_err(), expected);
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut rows = training::<f64>(9);
        rows[(4, 2)] = value;
        let message = format!("training row 4, column 2 is {value}: values must be finite numbers");
        assert_eq!(Bootstrap::new(rows.clone()).unwrap_err().to_string(), message);
        assert_eq!(Nearest::new(rows.clone()).unwrap_err().to_string(), message);
        assert_eq!(Dlime::new(rows, 2).unwrap_err().to_string(), message);
    }
    for wrong in [0, 10, usize::MAX] {
        let nine = || training::<f64>(9);
        let expected = Error::Nearest { nearest: wrong, rows: 9 };
        assert_eq!(Bootstrap::new(nine()).unwrap().nearest(wrong).unwrap_err(), expected);
        assert_eq!(Nearest::new(nine()).unwrap().neighbours(wrong).unwrap_err(), expected);
        assert_eq!(Dlime::new(nine(), 2).unwrap().neighbours(wrong).unwrap_err(), expected);
        assert_eq!(Dlime::new(nine(), wrong).unwrap_err(), Error::Clusters { clusters: wrong, rows: 9 });
    }
    let error = Dlime::new(zeros(20_001, 1), 2).unwrap_err();
    assert_eq!(error, Error::TooManyRows { rows: 20_001, most: 20_000 });
    assert!(error.to_string().contains("take the nearest rows (Nearest, Bootstrap::nearest)"), "{error}");
    // Distances that cannot be squared; in standard deviations they can.
    let wide = dmatrix![0.0; 1.0; 1e200];
    assert_eq!(Dlime::unscaled(wide.clone(), 2).unwrap_err(), Error::Distance { row: 0 });
    assert_eq!(Dlime::new(wide, 2).unwrap().labels(), [0, 0, 1]);
    assert_eq!(Dlime::new(dmatrix![0.0; f64::MAX; -f64::MAX], 2).unwrap_err(), Error::Distance { row: 1 });
}

/// A row that its representation cannot be read from, or that is no row.
struct Odd {
    space: Space<f64>,
    row: Vec<f64>,
}

impl Odd {
    fn new(row: &[f64]) -> Self {
        Self { space: Space::masks(2), row: row.to_vec() }
    }
}

impl Representation<f64> for Odd {
    type Batch = DMatrix<f64>;

    fn space(&self) -> &Space<f64> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    fn allocate(&self, rows: usize) -> DMatrix<f64> {
        DMatrix::zeros(rows, self.row.len())
    }

    fn resize(&self, batch: &mut DMatrix<f64>, rows: usize) {
        *batch = self.allocate(rows);
    }

    fn restore(&self, _: &Draw<f64>, _: &mut DMatrix<f64>, _: usize) -> Result<(), BoxError> {
        Err("nothing is restored where rows are training rows".into())
    }

    fn instance(&self, batch: &mut DMatrix<f64>, at: usize) -> Result<(), BoxError> {
        for (j, &x) in self.row.iter().enumerate() {
            batch[(at, j)] = x;
        }
        Ok(())
    }
}

impl Interpret<f64> for Odd {
    fn interpret(&self, _: &DMatrix<f64>, _: Range<usize>, _: &mut Draw<f64>) -> Result<(), BoxError> {
        Err("unreadable".into())
    }
}

/// What does not fit the instance is refused before the model is asked.
#[test]
fn instances_that_do_not_fit_the_rows() {
    let rows = training::<f64>(9);
    let sources: Vec<BoxedSource<'_, f64, Odd>> = vec![
        Bootstrap::new(rows.clone()).unwrap().nearest(3).unwrap().boxed(),
        Nearest::new(rows.clone()).unwrap().boxed(),
        Dlime::new(rows, 2).unwrap().boxed(),
    ];
    let calls = AtomicUsize::new(0);
    let model = model_fn(|rows: &DMatrix<f64>| {
        calls.fetch_add(1, Ordering::Relaxed);
        rows.column_sum()
    });
    for source in &sources {
        let ask = |row: &[f64]| {
            let explainer = Explainer::new(source.clone(), Radial::default(), NoSelection, Ridge::default());
            match explainer.explain(&Odd::new(row), &model).unwrap_err() {
                lime_core::Error::Part { source, .. } => source,
                other => other.into(),
            }
        };
        let typed = |row: &[f64]| *ask(row).downcast::<Error>().unwrap();
        assert_eq!(typed(&[1.0, 2.0]), Error::Columns { training: 3, instance: 2 });
        assert_eq!(typed(&[1.0; 4]), Error::Columns { training: 3, instance: 4 });
        assert_eq!(typed(&[]), Error::Columns { training: 3, instance: 0 });
        assert_eq!(typed(&[1.0, f64::INFINITY, 1.0]), Error::InstanceValue { column: 1, value: f64::INFINITY });
        assert!(matches!(typed(&[1.0, 1.0, f64::NAN]), Error::InstanceValue { column: 2, .. }));
        assert_eq!(typed(&[1.0, 1e300, 1.0]), Error::Distance { row: 0 });
        assert_eq!(ask(&[1.0, 1.0, 1.0]).to_string(), "unreadable");
    }
    assert_eq!(calls.into_inner(), 0);
}
