//! Exact coefficients of tree ensembles: against the least-squares fit over all rows of small tables, each with its probability and
//! weight, and against explanations from samples where columns are continuous.

use std::sync::Arc;

use crate::support::{Spread, row, table};
use lime_core::nalgebra::{DMatrix, DVector, dmatrix};
use lime_core::{BoxError, ExactFit, ExactModel, Explainer, Leaf, Leaves, Model, Region, Stage, Targets};
use lime_kernels::{
    Exponential, Fixed, Hamming, Interpretable, Laplace, Manhattan, MedianDistance, Radial, Separable, Unweighted,
};
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{
    Bin, BinLaw, Binned, Categorical, Column, ColumnAt, Edges, Empirical, Error, Field, Gaussian, Kind, LinearModel,
    OneHot, Optional, Sample, Schema, Tabular, TabularRepresentation, Uniform, Whole, Within, explainer,
};
use proptest::prelude::*;

/// A tree as a program would follow it.
enum Tree {
    Leaf(Vec<f64>),
    Branch { column: usize, mode: u32, threshold: f64, missing: bool, ways: Box<[Tree; 2]> },
}

impl Tree {
    /// A random tree: `columns` holds the thresholds that may be asked for in each.
    fn grow(choices: &mut impl Iterator<Item = u32>, depth: u32, outputs: usize, columns: &[&[f64]]) -> Self {
        let mut choose = |n: usize| choices.next().unwrap() as usize % n;
        if depth == 0 || choose(5) == 0 {
            return Tree::Leaf((0..outputs).map(|_| choose(2001) as f64 / 1000.0 - 1.0).collect());
        }
        let column = choose(columns.len());
        let threshold = columns[column][choose(columns[column].len())];
        let (mode, missing) = (choose(6) as u32, choose(2) == 0);
        let ways = [0, 1].map(|_| Tree::grow(choices, depth - 1, outputs, columns));
        Tree::Branch { column, mode, threshold, missing, ways: Box::new(ways) }
    }

    fn answer(&self, row: &[f64]) -> &[f64] {
        match self {
            Tree::Leaf(values) => values,
            Tree::Branch { column, mode, threshold, missing, ways } => {
                let x = row[*column];
                let holds = match mode {
                    _ if x.is_nan() => *missing,
                    0 => x <= *threshold,
                    1 => x < *threshold,
                    2 => x >= *threshold,
                    3 => x > *threshold,
                    4 => x == *threshold,
                    _ => x != *threshold,
                };
                ways[usize::from(!holds)].answer(row)
            }
        }
    }

    fn leaves(&self, path: &[(usize, Region)], found: &mut Vec<Leaf>) {
        match self {
            Tree::Leaf(values) => {
                let leaf = Leaf::new(values.iter().copied().enumerate());
                found.push(path.iter().fold(leaf, |leaf, (column, region)| leaf.when(*column, region.clone())));
            }
            Tree::Branch { column, mode, threshold, missing, ways } => {
                let t = *threshold;
                let region = match mode {
                    0 => Region::at_most(t),
                    1 => Region::below(t),
                    2 => Region::at_least(t),
                    3 => Region::above(t),
                    4 => Region::equal(t),
                    _ => Region::equal(t).complement(),
                };
                let yes = region.with_missing(*missing);
                let no = yes.complement();
                for (way, region) in ways.iter().zip([yes, no]) {
                    way.leaves(&[path, &[(*column, region)]].concat(), found);
                }
            }
        }
    }
}

struct Forest {
    base: Vec<f64>,
    trees: Vec<Tree>,
}

impl Forest {
    fn new(seed: u64, trees: usize, depth: u32, outputs: usize, columns: &[&[f64]]) -> Self {
        // Knuth's generator.
        let mut state = seed;
        let mut choices = std::iter::from_fn(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((state >> 33) as u32)
        });
        let base = (0..outputs).map(|k| 0.25 + k as f64).collect();
        Self { base, trees: (0..trees).map(|_| Tree::grow(&mut choices, depth, outputs, columns)).collect() }
    }

    fn answer(&self, row: &[f64]) -> Vec<f64> {
        let mut outputs = self.base.clone();
        for tree in &self.trees {
            outputs.iter_mut().zip(tree.answer(row)).for_each(|(output, value)| *output += value);
        }
        outputs
    }

    fn leaves(&self, columns: usize) -> Leaves {
        let mut found = Vec::new();
        self.trees.iter().for_each(|tree| tree.leaves(&[], &mut found));
        Leaves::new(columns, self.base.clone(), found).unwrap()
    }
}

impl Model<DMatrix<f64>, f64> for Forest {
    fn predict(&self, batch: &DMatrix<f64>) -> Result<DMatrix<f64>, BoxError> {
        let mut answers = DMatrix::zeros(batch.nrows(), self.base.len());
        for i in 0..batch.nrows() {
            answers.row_mut(i).copy_from_slice(&self.answer(&row(batch, i)));
        }
        Ok(answers)
    }
}

/// A feature of the small tables: each value of the model's inputs it may have, with its probability, and whether it is the
/// instance's level.
type Atoms = Vec<(Vec<f64>, f64, bool)>;

/// For each output the least-squares fit of the model's answer on z' and 1, and its R2, over all rows that can be, each weighted by its
/// probability and by `factor` for each feature that changed.
fn enumerated(features: &[Atoms], factor: f64, model: impl Fn(&[f64]) -> Vec<f64>) -> Vec<(Vec<f64>, f64)> {
    let mut rows: Vec<(Vec<f64>, Vec<f64>, f64)> = vec![(Vec::new(), Vec::new(), 1.0)];
    for atoms in features {
        let mut longer = Vec::new();
        for (inputs, z, weight) in &rows {
            for (values, probability, own) in atoms.iter().filter(|(_, probability, _)| *probability > 0.0) {
                let z = [&z[..], &[f64::from(u8::from(*own))]].concat();
                let weight = weight * probability * if *own { 1.0 } else { factor };
                longer.push(([&inputs[..], values].concat(), z, weight));
            }
        }
        rows = longer;
    }
    let d = features.len();
    let root = |i: usize| rows[i].2.sqrt();
    let x = DMatrix::from_fn(rows.len(), d + 1, |i, j| root(i) * if j == d { 1.0 } else { rows[i].1[j] });
    let answers: Vec<Vec<f64>> = rows.iter().map(|(inputs, ..)| model(inputs)).collect();
    let qr = x.clone().qr();
    let fit = |k: usize| {
        let y = DVector::from_fn(rows.len(), |i, _| root(i) * answers[i][k]);
        let fitted = qr.r().solve_upper_triangular(&(qr.q().transpose() * &y)).unwrap();
        let ones = DVector::from_fn(rows.len(), |i, _| root(i));
        let mean = ones.dot(&y) / ones.norm_squared();
        let score = 1.0 - (&y - &x * &fitted).norm_squared() / (&y - ones * mean).norm_squared();
        (fitted.as_slice().to_vec(), score)
    };
    (0..answers[0].len()).map(fit).collect()
}

#[track_caller]
fn agree(
    representation: &TabularRepresentation<f64>,
    features: &[Atoms],
    forest: &Forest,
    kernel: &dyn Separable<f64>,
) -> f64 {
    let leaves = forest.leaves(representation.row().len());
    let fits: Vec<ExactFit> = leaves.exact(representation, kernel).unwrap();
    let brute = enumerated(features, kernel.factor(features.len()).unwrap(), |row| forest.answer(row));
    let prediction = forest.answer(representation.row());
    let mut farthest = 0.0f64;
    for (k, (fit, (expected, score))) in fits.iter().zip(&brute).enumerate() {
        assert!((fit.prediction - prediction[k]).abs() <= 1e-14 * forest.trees.len() as f64);
        let size = expected.iter().fold(1.0f64, |size, value| size.max(value.abs()));
        for (j, (found, expected)) in fit.weights.iter().chain([&fit.intercept]).zip(expected).enumerate() {
            let error = (found - expected).abs() / size;
            assert!(error <= 1e-12, "output {k} coefficient {j}: {found} for {expected}");
            farthest = farthest.max(error);
        }
        // Where the answers vary at all.
        if score.is_finite() && !fit.score.is_nan() {
            assert!((fit.score - score).abs() <= 1e-9, "output {k}: R2 {} for {score}", fit.score);
        }
    }
    farthest
}

/// The atoms of a column whose cells are counted, NaN among them.
fn counted(cells: &[f64], is_own: impl Fn(f64) -> bool) -> Atoms {
    let mut distinct = cells.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let share =
        |value: f64| cells.iter().filter(|cell| cell.total_cmp(&value).is_eq()).count() as f64 / cells.len() as f64;
    distinct.iter().map(|&value| (vec![value], share(value), is_own(value))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    /// Categories by their numbers, a one-hot category, categories and bins of finitely many values some of which are missing, and a
    /// column that is held fixed.
    #[test]
    fn small_tables(
        cells in prop::collection::vec((0u8..4, 0usize..3, 0u8..4, 0u8..8), 8..30),
        seed in any::<u64>(),
        own in any::<prop::sample::Index>(),
    ) {
        let n = cells.len();
        let own = own.index(n);
        let missing_at = |cell: u8, code: u8| if cell == code { f64::NAN } else { f64::from(cell) };
        let code: Vec<f64> = cells.iter().map(|cell| f64::from(cell.0) * 1.5 - 1.0).collect();
        let color: Vec<usize> = cells.iter().map(|cell| cell.1).collect();
        let grade: Vec<f64> = cells.iter().map(|cell| missing_at(cell.2, 3)).collect();
        let dose: Vec<f64> = cells.iter().map(|cell| missing_at(cell.3, 7)).collect();
        let training = DMatrix::from_fn(n, 7, |i, j| match j {
            0 => code[i],
            4 => grade[i],
            5 => dose[i],
            6 => i as f64,
            _ => f64::from(u8::from(color[i] == j - 1)),
        });
        let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
        let bin = |value: f64| if value.is_nan() { 2 } else { usize::from(value > 2.5) };
        let hot = |color: usize| (0..3).map(|j| f64::from(u8::from(j == color))).collect::<Vec<f64>>();
        let colors: Vec<f64> = color.iter().map(|color| *color as f64).collect();
        let mut features = [
            counted(&code, |value| same(value, code[own])),
            counted(&colors, |value| same(value, colors[own])),
            counted(&grade, |value| same(value, grade[own])),
            counted(&dose, |value| bin(value) == bin(dose[own])),
        ];
        features[1].iter_mut().for_each(|(inputs, ..)| *inputs = hot(inputs[0] as usize));
        // Each feature has more than one level, or its coefficient is not determined; and some cells are there.
        prop_assume!(features.iter().all(|atoms| atoms.iter().any(|(.., own)| !own)));
        prop_assume!([&grade, &dose].iter().all(|cells| cells.iter().any(|cell| !cell.is_nan())));
        features[3].iter_mut().for_each(|(inputs, ..)| inputs.push(own as f64));

        let table = Tabular::builder(&training)
            .categorical(0)
            .one_hot(OneHot::new("color", ["1", "2", "3"]))
            .categorical(4)
            .frozen(6)
            .discretizer_of(5, Edges::new(&[2.5]).unwrap())
            .within(Empirical)
            .learn()
            .unwrap();
        let representation = table.represent(&row(&training, own)).unwrap();
        let bits = [0.0, 0.5, 1.0];
        let thresholds: [&[f64]; 7] = [
            &[-1.0, 0.5, 1.0, 2.0, 3.5], &bits, &bits, &bits, &[0.0, 1.0, 1.5, 2.0], &[0.0, 1.0, 2.0, 2.5, 3.0, 5.0, 6.0],
            &[4.0, 9.5],
        ];
        let forest = Forest::new(seed, 6, 5, 2, &thresholds);
        agree(&representation, &features, &forest, &Radial::exponential(0.6).unwrap());
        agree(&representation, &features, &forest, &Radial::default());
        let width = Fixed::new(1.5).unwrap();
        agree(&representation, &features, &forest, &Radial::new(Interpretable(Manhattan), Laplace, width));
        agree(&representation, &features, &forest, &Radial::new(Interpretable(Hamming), Laplace, width));
        agree(&representation, &features, &forest, &Unweighted);
    }
}

/// Values drawn as [`Within`] that only its quantile function tells.
#[derive(Debug)]
struct Low;

impl Within for Low {
    fn law(&self, bin: &Bin, _: &Sample) -> Result<BinLaw, BoxError> {
        let (min, max) = (bin.min, bin.max);
        Ok(BinLaw::new(move |u| min + (max - min) * u * u))
    }
}

/// What lies below every place, by evenly spaced uniforms through `restore`.
#[track_caller]
fn below_is_what_is_drawn(what: &str, at: &dyn ColumnAt<f64>, places: &[f64]) {
    const N: u32 = 100_000;
    let noise: Vec<f64> = (0..N).map(|i| (f64::from(i) + 0.5) / f64::from(N)).collect();
    for z in [1.0, 0.0] {
        let mut drawn = vec![f64::NAN; noise.len()];
        at.restore(&vec![z; noise.len()], &noise, &mut drawn);
        for &t in places.iter().chain(&[f64::NEG_INFINITY, f64::INFINITY]) {
            let found = at.below(z, t).unwrap();
            let share = |below: &dyn Fn(f64) -> bool| drawn.iter().filter(|x| below(**x)).count() as f64 / f64::from(N);
            for (found, expected) in found.into_iter().zip([share(&|x| x < t), share(&|x| x <= t)]) {
                assert!((found - expected).abs() <= 5e-4, "{what}, z' = {z}, t = {t}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn what_is_below_a_place() {
    let values: Vec<f64> = (0..60).map(|i| f64::from(i * i % 83) / 8.0 - 3.0).collect();
    let sample = Sample::new(&values).unwrap();
    let edges = [-1.3, 1.75, 4.2];
    let places: Vec<f64> = (-40..80).map(|i| f64::from(i) / 8.0).chain(edges).collect();
    let column = |within: &dyn Within| Binned::from_sample("x", &sample, &edges, within).unwrap();
    let columns = [
        ("normal", column(&lime_tabular::TruncatedNormal)),
        ("uniform", column(&Uniform)),
        ("training values", column(&Empirical)),
        ("one's own", column(&Low)),
    ];
    for (what, column) in columns {
        let column: Arc<dyn Column<f64>> = Arc::new(column);
        let whole: Arc<dyn Column<f64>> = Arc::new(Whole::new(Arc::clone(&column)));
        for x in [-2.0, 0.0, 2.0, 6.0] {
            below_is_what_is_drawn(what, &*column.at(x).unwrap(), &places);
            below_is_what_is_drawn(&format!("{what}, whole"), &*whole.at(x).unwrap(), &places);
        }
        for code in [f64::NAN, -99.0] {
            let optional = Optional::new("x", Arc::clone(&column), 0.2, code).unwrap();
            below_is_what_is_drawn(what, &*optional.at(2.0).unwrap(), &[&places[..], &[-99.0]].concat());
            below_is_what_is_drawn(what, &*optional.at(code).unwrap(), &[&places[..], &[-99.0]].concat());
        }
    }
    let category: Arc<dyn Column<f64>> =
        Arc::new(Categorical::learn("c", &[1.0, 1.0, 2.0, 5.0, 5.0]).unwrap().with_other(true));
    for x in [1.0, 5.0, 7.0] {
        below_is_what_is_drawn("categories", &*category.at(x).unwrap(), &[0.5, 1.0, 2.0, 3.0, 5.0, 7.0]);
    }
    // A number that stands for a missing cell and that is drawn as another number instead.
    let spared = Optional::new("c", category, 0.2, 5.0).unwrap();
    assert_eq!(spared.at(1.0).unwrap().below(0.0, 3.0), None);
    assert_eq!(spared.at(5.0).unwrap().shares(0.0), None);
}

/// Continuous columns, whole numbers and missing cells: the mean of 40 explanations from 4096 samples each.
#[test]
fn samples_approach_exact_coefficients() {
    let (names, mut training) = table("wine");
    for i in 0..training.nrows() {
        training[(i, 2)] = (training[(i, 2)] * 4.0).round();
        if i % 5 == 0 {
            training[(i, 3)] = f64::NAN;
        }
    }
    let learned = Tabular::builder(&training).feature_names(names).integer(2).within(Uniform);
    let normal = Tabular::builder(&training).integer(2);
    let thresholds: Vec<Vec<f64>> = (0..13)
        .map(|j| {
            let mut cells: Vec<f64> = training.column(j).iter().copied().filter(|cell| !cell.is_nan()).collect();
            cells.sort_by(f64::total_cmp);
            cells.iter().step_by(7).copied().collect()
        })
        .collect();
    let thresholds: Vec<&[f64]> = thresholds.iter().map(Vec::as_slice).collect();
    let forest = Forest::new(11, 40, 5, 1, &thresholds);
    let leaves = forest.leaves(13);
    let (mut largest, mut compared) = (0.0f64, 0);
    for (table, own) in [
        (learned.learn().unwrap(), 7),
        (normal.learn().unwrap(), 5),
        (Tabular::builder(&training).integer(2).learn().unwrap(), 90),
    ] {
        let representation = table.represent(&row(&training, own)).unwrap();
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
        let exact = explainer.explain_exactly(&representation, &leaves).unwrap();
        let exact = &exact.targets[0];
        let mut spread = vec![Spread::default(); 15];
        for seed in 0..40 {
            let explainer = explainer.clone().samples(4096).seed(seed);
            let explanation = explainer.explain(&representation, &forest).unwrap();
            let target = &explanation.targets[0];
            let found = target.dense(13).into_iter().chain([target.intercept.unwrap(), target.score]);
            spread.iter_mut().zip(found).for_each(|(spread, found)| spread.push(found));
        }
        let expected = exact.dense(13).into_iter().chain([exact.intercept.unwrap()]);
        for (j, (spread, expected)) in spread.iter().zip(expected).enumerate() {
            let z = (spread.mean() - expected) / spread.error();
            assert!(z.abs() <= 4.0, "row {own} coefficient {j}: {} for {expected}, z = {z:.2}", spread.mean());
            largest = largest.max(z.abs());
            compared += 1;
        }
        assert!((spread[14].mean() - exact.score).abs() < 0.02, "R2 {} for {}", spread[14].mean(), exact.score);
    }
    println!("{compared} coefficients approached: largest |z| {largest:.2}");
}

/// A linear model over finitely many values is a sum of boxes too.
#[test]
fn linear_models_as_boxes() {
    let training = dmatrix![1.0, 7.0, 0.0; 1.0, 8.0, 1.0; 4.0, 9.0, 1.0; 5.0, 7.5, 1.0];
    let table = Tabular::builder(&training).categorical(0).categorical(2).within(Empirical).learn().unwrap();
    let slopes = [2.0, -3.0, 0.5];
    let boxes = (0..3).flat_map(|column| {
        let mut values: Vec<f64> = training.column(column).iter().copied().collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values.into_iter().map(move |x| Leaf::new([(0, slopes[column] * x)]).when(column, Region::equal(x)))
    });
    let boxes = Leaves::new(3, vec![1.0], boxes).unwrap();
    let linear = LinearModel::new([(1.0, slopes.to_vec())]).unwrap();
    for instance in [[1.0, 7.0, 1.0], [4.0, 8.0, 0.0]] {
        let representation = table.represent(&instance).unwrap();
        let limit = representation.linear_limit(1.0, &slopes).unwrap();
        let (of_boxes, of_slopes) = (
            explainer().explain_exactly(&representation, &boxes).unwrap(),
            explainer().explain_exactly(&representation, &linear).unwrap(),
        );
        assert_eq!(of_slopes.targets[0].dense(3), limit.weights);
        assert_eq!(of_slopes.targets[0].intercept, Some(limit.intercept));
        for (found, expected) in of_boxes.targets[0].dense(3).iter().zip(&limit.weights) {
            assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} for {expected}");
        }
        assert!((of_boxes.targets[0].intercept.unwrap() - limit.intercept).abs() <= 1e-11);
        assert!((of_boxes.prediction[0] - of_slopes.prediction[0]).abs() <= 1e-12);
        let score = of_boxes.targets[0].score;
        assert!(score > 0.0 && score <= 1.0 + 1e-12, "{score}");
    }
    let batch = dmatrix![1.0, 7.0, 1.0];
    assert_eq!(linear.predict(&batch).unwrap()[(0, 0)], boxes.predict(&batch).unwrap()[(0, 0)]);
}

/// Single precision: values are compared as they come out.
#[test]
fn single_precision() {
    let cells: Vec<f32> = (0..40).map(|i| (i % 7) as f32 * 0.1).collect();
    let training = DMatrix::from_fn(40, 2, |i, j| cells[(i * (j + 3)) % 40]);
    let table = Tabular::builder(&training).within(Empirical).learn().unwrap();
    let leaf = |column, region: Region| Leaf::new([(0, 1.0 + column as f64)]).when(column, region);
    let t = f64::from(0.3f32);
    let leaves =
        [leaf(0, Region::at_most(t)), leaf(1, Region::above(t)), leaf(1, Region::below(t)).when(0, Region::equal(t))];
    let leaves = Leaves::new(2, vec![0.0], leaves).unwrap();
    let wide: DMatrix<f64> = training.map(f64::from);
    let double = Tabular::builder(&wide).within(Empirical).learn().unwrap();
    for i in 0..7 {
        let instance = [training[(i, 0)], training[(i, 1)]];
        let narrow = leaves.exact(&table.represent(&instance).unwrap(), &Unweighted).unwrap();
        let double = leaves.exact(&double.represent(&instance.map(f64::from)).unwrap(), &Unweighted).unwrap();
        for (a, b) in narrow[0].weights.iter().zip(&double[0].weights) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}

/// Levels that never occur and levels that always do.
#[test]
fn levels_without_a_choice() {
    let training = dmatrix![3.0, 1.0; 3.0, 2.0; 3.0, 4.0];
    let schema = Schema::new([Field::new("a", Kind::Categorical), Field::new("b", Kind::Categorical).other(true)]);
    let table = Tabular::builder(&training).schema(schema.unwrap()).learn().unwrap();
    let b = |region: Region| Leaf::new([(0, 2.0)]).when(1, region).when(0, Region::at_least(3.0));
    let leaves = Leaves::new(2, vec![0.5], [b(Region::at_most(1.5)), b(Region::equal(9.0))]).unwrap();
    let fit = leaves.exact(&table.represent(&[3.0, 9.0]).unwrap(), &Unweighted).unwrap().remove(0);
    assert_eq!((fit.prediction, fit.weights[0]), (2.5, 0.0));
    // 1 of 3 levels otherwise, 2 of which 1 lies below.
    assert!((fit.weights[1] - 2.0 * (1.0 - 1.0 / 3.0)).abs() < 1e-15, "{}", fit.weights[1]);
    assert!((fit.intercept - (0.5 + 2.0 / 3.0)).abs() < 1e-15, "{}", fit.intercept);
}

#[test]
fn what_has_no_exact_answer() {
    let training = dmatrix![1.0, 2.0; 2.0, 3.0; 3.0, 5.0; 4.0, 7.0];
    let leaf = |column| Leaf::new([(0, 1.0)]).when(column, Region::at_most(2.5));
    let leaves = |column| Leaves::new(2, vec![0.0], [leaf(column)]).unwrap();
    let names = ["a", "b"];
    let binned = Tabular::builder(&training).feature_names(names).learn().unwrap().represent(&[1.0, 2.0]).unwrap();
    let error =
        |row: &TabularRepresentation<f64>, leaves: &Leaves| match explainer().explain_exactly(row, leaves).unwrap_err()
        {
            lime_core::Error::Part { stage: Stage::Fit, source, .. } => source.downcast::<Error>().unwrap(),
            other => panic!("{other}"),
        };
    let wide = Leaves::new(3, vec![0.0], [leaf(0)]).unwrap();
    assert!(matches!(*error(&binned, &wide), Error::ModelColumns { model: 3, row: 2 }));

    let numbers = Tabular::builder(&training).feature_names(names).without_discretizer().learn().unwrap();
    let numbers = numbers.represent(&[1.0, 2.0]).unwrap();
    let found = error(&numbers, &leaves(1));
    assert!(
        matches!(&*found, Error::NotLevels { name } if name == "b") && found.to_string().contains("cut the column")
    );
    // A column that no leaf asks for is not in the way.
    let mixed =
        Tabular::builder(&training).column(0, Gaussian::learn("a", &[1.0, 2.0], Default::default())).learn().unwrap();
    let mixed = mixed.represent(&[1.0, 2.0]).unwrap();
    let explained = explainer().explain_exactly(&mixed, &leaves(1)).unwrap();
    assert_eq!(explained.targets[0].dense(2)[0], 0.0);
    assert!(explained.targets[0].dense(2)[1] > 0.5);

    let silent = Tabular::builder(&training).column(1, Silent(Binned::learn("s", &[1.0, 2.0, 3.0], &[1.5]).unwrap()));
    let silent = silent.learn().unwrap().represent(&[1.0, 3.0]).unwrap();
    assert!(matches!(&*error(&silent, &leaves(1)), Error::NoBelow { name } if name == "s > 1.50"));
    assert!(leaves(0).exact(&silent, &Radial::default()).is_ok());

    let sampled = Radial::new(Interpretable(lime_kernels::Euclidean), Exponential, MedianDistance::default());
    assert!(leaves(0).exact(&binned, &sampled).unwrap_err().to_string().contains("found from samples"));
    struct Wrong;
    impl Separable<f64> for Wrong {
        fn factor(&self, _: usize) -> Result<f64, BoxError> {
            Ok(f64::NAN)
        }
    }
    assert!(leaves(0).exact(&binned, &Wrong).unwrap_err().to_string().contains("the factor NaN"));

    for (outputs, message) in [
        (vec![], "no outputs"),
        (vec![(0.0, vec![1.0]), (0.0, vec![])], "0 coefficients for output 1 and 1"),
        (vec![(f64::NAN, vec![1.0])], "the number NaN in output 0"),
    ] {
        assert!(LinearModel::new(outputs).unwrap_err().to_string().contains(message));
    }
    let linear = LinearModel::new([(0.0, vec![1.0])]).unwrap();
    assert!(matches!(
        linear.predict(&training).unwrap_err().downcast_ref(),
        Some(Error::ModelColumns { model: 1, row: 2 })
    ));
    assert!(ExactModel::exact(&linear, &binned, &Radial::default()).is_err());
}

/// A column that tells nothing but how it is drawn.
#[derive(Debug)]
struct Silent(Binned);

#[derive(Debug)]
struct SilentAt(Box<dyn ColumnAt<f64>>);

impl Column<f64> for Silent {
    fn at(&self, x: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
        Ok(Box::new(SilentAt(self.0.at(x)?)))
    }
}

impl ColumnAt<f64> for SilentAt {
    fn name(&self) -> String {
        self.0.name()
    }

    fn law(&self) -> lime_core::Law<f64> {
        self.0.law()
    }

    fn origin(&self) -> f64 {
        self.0.origin()
    }

    fn restore(&self, z: &[f64], noise: &[f64], values: &mut [f64]) {
        self.0.restore(z, noise, values);
    }
}

/// What is printed and saved.
#[test]
fn explanations_of_all_outputs() {
    let (names, training) = table("iris");
    let table = Tabular::builder(&training).feature_names(names).learn().unwrap();
    let leaf = |k, region: Region| Leaf::new([(k, 1.0)]).when(2, region);
    let low = Region::at_most(2.45);
    let leaves = Leaves::new(4, vec![0.0; 2], [leaf(0, low.clone()), leaf(1, low.complement())]).unwrap();
    let explainer = explainer().targets(Targets::All).output_names(["short", "long"]);
    let explanation = explainer.explain_exactly(&table.represent(&row(&training, 0)).unwrap(), &leaves).unwrap();
    assert_eq!((&*explanation.kind, explanation.samples, explanation.model_calls), ("tabular", 0, 0));
    assert_eq!((explanation.prediction.clone(), explanation.feature_names.len()), (vec![1.0, 0.0], 4));
    let [short, long] = &explanation.targets[..] else { panic!("{explanation:?}") };
    assert_eq!((short.name.as_deref(), long.name.as_deref()), (Some("short"), Some("long")));
    assert_eq!((short.features[0].index, &*short.features[0].name), (2, "petal length (cm) <= 1.60"));
    for (a, b) in short.dense(4).iter().zip(long.dense(4)) {
        assert!((a + b).abs() < 1e-15);
    }
    assert!((short.intercept.unwrap() + long.intercept.unwrap() - 1.0).abs() < 1e-15);
    assert!(short.warnings.is_empty() && short.features.iter().all(|feature| feature.interval.is_none()));
}
