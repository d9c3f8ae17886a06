//! Sparse rows of wide tables against dense ones, closed forms and enumeration, and what is refused.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::nalgebra::{DMatrix, DVector};
use lime_core::{
    BoxError, Draw, Error as CoreError, Explainer, Explanation, Interpret, Neighbourhood, Real, Representation,
    Sampler, Source, Targets, model_fn,
};
use lime_kernels::{Radial, Unweighted};
use lime_samplers::{Coalitions, Exhaustive, MonteCarlo, Sobol};
use lime_surrogates::selection::NoSelection;
use lime_surrogates::{ConstrainedLeastSquares, OrdinaryLeastSquares};
use lime_tabular::nalgebra_sparse::{CooMatrix, CsrMatrix};
use lime_tabular::{
    Around, Baseline, Error, Gaussian, SparseMask, SparseNumeric, SparseRow, SparseTable, Tabular, copy_sparse_rows,
    explainer,
};
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn sparse<F: Real>(dense: &DMatrix<F>) -> CsrMatrix<F> {
    CsrMatrix::from(dense)
}

fn dense<F: Real>(sparse: &CsrMatrix<F>) -> DMatrix<F> {
    let mut dense = DMatrix::zeros(sparse.nrows(), sparse.ncols());
    for (i, j, &value) in sparse.triplet_iter() {
        dense[(i, j)] = value;
    }
    dense
}

fn narrow<F: Real>(values: &[f64]) -> Vec<F> {
    values.iter().map(|&v| F::of(v)).collect()
}

/// Any 32 bits from a number.
fn hash(i: usize) -> u32 {
    let mut x = (i as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x >> 32) as u32
}

const WIDTH: usize = 100_000;
const NONZERO: usize = 200;

/// 200 of 100,000 columns, the last one among them.
fn wide_columns() -> Vec<usize> {
    (0..NONZERO).map(|j| 500 * j + if j + 1 == NONZERO { 499 } else { hash(j) as usize % 500 }).collect()
}

fn slope(column: usize) -> f64 {
    f64::from(hash(column)) / f64::from(u32::MAX) * 4.0 - 2.0
}

/// Counts of 64 documents; every document has some of the instance's words, and some others.
fn documents() -> CsrMatrix<f64> {
    let columns = wide_columns();
    let mut counts = CooMatrix::new(64, WIDTH);
    for (j, &column) in columns.iter().enumerate() {
        for row in (0..64).filter(|row| hash(row * NONZERO + j).is_multiple_of(3)) {
            counts.push(row, column, f64::from(1 + hash(row + j) % 5));
        }
    }
    for (row, &column) in columns.iter().enumerate().take(64) {
        counts.push(row, column / 500 * 500 + (column + 1) % 500, 1.0);
    }
    CsrMatrix::from(&counts)
}

fn wide_row() -> SparseRow<f64> {
    let values = (0..NONZERO).map(|j| f64::from(1 + hash(7 * j) % 9) / 4.0).collect();
    SparseRow::new(WIDTH, wide_columns(), values).unwrap()
}

fn linear(rows: &CsrMatrix<f64>) -> DVector<f64> {
    let slopes = DVector::from_fn(rows.ncols(), |j, _| slope(j));
    (rows * &slopes).add_scalar(0.75)
}

#[test]
fn masks_of_a_wide_row_recover_a_linear_model() {
    let row = SparseMask::new(wide_row());
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, OrdinaryLeastSquares::new());
    let explanation = explainer.samples(1_000).explain(&row, &model_fn(linear)).unwrap();
    let target = &explanation.targets[0];
    let mut largest = 0.0f64;
    for (j, weight) in target.dense(NONZERO).into_iter().enumerate() {
        largest = largest.max((weight - slope(row.row().columns()[j]) * row.row().values()[j]).abs());
    }
    assert!(largest < 1e-9 && (target.intercept.unwrap() - 0.75).abs() < 1e-9, "{largest:e}");
    assert!(explanation.feature_names.iter().zip(wide_columns()).all(|(name, column)| *name == column.to_string()));
}

#[test]
fn numbers_of_a_wide_row_recover_a_linear_model() {
    let table = SparseTable::learn(&documents()).unwrap();
    for around in [Around::Mean, Around::Instance] {
        let row = table.clone().around(around).represent(&wide_row()).unwrap();
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, OrdinaryLeastSquares::new());
        let explanation = explainer.samples(1_000).explain(&row, &model_fn(linear)).unwrap();
        let target = &explanation.targets[0];
        let (mut largest, mut intercept) = (0.0f64, 0.75);
        for (j, weight) in target.dense(NONZERO).into_iter().enumerate() {
            let column = row.row().columns()[j];
            largest = largest.max((weight - slope(column) * table.sd(column).unwrap()).abs());
            intercept += slope(column) * table.mean(column).unwrap();
        }
        assert!(largest < 1e-9, "{largest:e}");
        assert!((target.intercept.unwrap() - intercept).abs() < 1e-9);
    }
}

/// A value for each row that depends on its non-zero values in order, and on nothing else.
fn twisted<F: Real>(row: impl Iterator<Item = F>) -> F {
    let sum = row.enumerate().fold(F::zero(), |sum, (j, x)| sum + F::of(((j * 37) % 11) as f64 - 5.0) * x);
    sum.sin() + sum * F::of(0.1)
}

fn twisted_rows<F: Real>(rows: &CsrMatrix<F>) -> Vec<F> {
    rows.row_iter().map(|row| twisted(row.values().iter().copied())).collect()
}

fn twisted_dense<F: Real>(rows: &DMatrix<F>) -> Vec<F> {
    rows.row_iter().map(|row| twisted(row.iter().copied())).collect()
}

fn bits(explanation: &Explanation) -> Vec<Vec<u64>> {
    let target = |target: &lime_core::TargetExplanation| {
        let mut numbers = target.dense(explanation.feature_names.len());
        numbers.extend([target.intercept.unwrap(), target.local_prediction, target.score]);
        numbers.into_iter().map(f64::to_bits).collect()
    };
    explanation.targets.iter().map(target).collect()
}

/// The table of the instance's columns alone, dense.
fn few_columns<F: Real>(training: &CsrMatrix<f64>, columns: &[usize]) -> DMatrix<F> {
    let all = dense(training).select_columns(columns);
    all.map(F::of)
}

/// The same sampler and seed in the same space: what is explained by 100,000 columns is what the 200 explain, to the last bit.
#[test]
fn explanations_are_those_of_a_dense_table() {
    fn check<F: Real>() {
        let (training, row) = (documents(), wide_row());
        let few = few_columns::<F>(&training, row.columns());
        let values = narrow::<F>(row.values());
        let (mut mean, mut sd) = (vec![0.0; WIDTH], vec![0.0; WIDTH]);
        for (column, &at) in few.column_iter().zip(row.columns()) {
            let column: Vec<f64> = column.iter().map(|v| v.wide()).collect();
            let learned = Gaussian::learn("", &column, Around::Mean);
            (mean[at], sd[at]) = (learned.mean(), learned.sd());
        }
        let stored = SparseTable::from_statistics(&mean, &sd).unwrap();
        let row = SparseRow::new(WIDTH, row.columns().to_vec(), values.clone()).unwrap();
        for around in [Around::Mean, Around::Instance] {
            let table = Tabular::builder(&few).without_discretizer().around(around).learn().unwrap();
            let explainer = explainer().samples(700).seed(5);
            let expected =
                explainer.explain(&table.represent(&values).unwrap(), &model_fn(twisted_dense::<F>)).unwrap();
            let numeric = stored.clone().around(around).represent(&row).unwrap();
            let found = explainer.explain(&numeric, &model_fn(twisted_rows::<F>)).unwrap();
            assert_eq!(bits(&found), bits(&expected));
            assert_eq!(found.kind, expected.kind);
        }
        // And masks over zeros.
        let explainer = explainer().samples(700).seed(5);
        let baseline = Baseline::new(&values, &[F::zero(); NONZERO]).unwrap();
        let expected = explainer.explain(&baseline, &model_fn(twisted_dense::<F>)).unwrap();
        let found = explainer.explain(&SparseMask::new(row), &model_fn(twisted_rows::<F>)).unwrap();
        assert_eq!(bits(&found), bits(&expected));
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn threads_and_batches_do_not_matter() {
    let table = SparseTable::learn(&documents()).unwrap();
    let model = model_fn(|rows: &CsrMatrix<f64>| {
        let answers: Vec<f64> = twisted_rows(rows).into_iter().chain(twisted_rows(&(rows * 2.0))).collect();
        DMatrix::from_vec(rows.nrows(), 2, answers)
    });
    fn check<R: Representation<f64, Batch = CsrMatrix<f64>>>(
        row: &R,
        model: &(impl lime_core::Model<CsrMatrix<f64>, f64> + Sync),
    ) {
        let explainer = explainer().samples(700).targets(Targets::All);
        let expected = bits(&explainer.explain(row, model).unwrap());
        for batch in [1, 7, 300] {
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let explainer = explainer.clone().batch_size(batch);
                let found = pool.install(|| explainer.explain_parallel(row, model)).unwrap();
                assert_eq!(bits(&found), expected);
            }
        }
    }
    check(&table.represent(&wide_row()).unwrap(), &model);
    check(&SparseMask::new(wide_row()), &model);
}

/// `StandardScaler(with_mean=False)` of scikit-learn 1.9.1 on the same matrix.
#[test]
fn statistics_are_those_of_scikit_learn() {
    #[rustfmt::skip]
    let rows = [
        0.0, 3.0, 0.0, 1.5, 2.0, 0.0,
        0.0, 0.0, 0.0, -2.5, 2.0, 0.0,
        7.0, 0.0, 0.0, 0.0, 2.0, 1e-3,
        0.0, 1.0, 0.0, 0.25, 2.0, 0.0,
        0.0, 0.0, 0.0, 4.0, 2.0, 0.0,
        0.0, 0.0, 0.0, 0.0, 2.0, -1e3,
        2.0, 5.0, 0.0, 0.125, 2.0, 0.0,
    ];
    let table = SparseTable::learn(&sparse(&DMatrix::from_row_slice(7, 6, &rows))).unwrap();
    let mean = [1.2857142857142858, 1.2857142857142858, 0.0, 0.48214285714285715, 2.0, -142.857];
    let sd = [2.4327694808466287, 1.8294640678379568, 1.0, 1.810717807829767, 1.0, 349.927164433237];
    for j in 0..6 {
        assert!((table.mean(j).unwrap() / mean[j] - 1.0).abs() < 1e-15 || mean[j] == 0.0);
        assert!((table.sd(j).unwrap() / sd[j] - 1.0).abs() < 1e-15, "{j}: {:?}", table.sd(j));
    }
    assert_eq!((table.mean(2), table.sd(2), table.sd(4), table.width()), (Some(0.0), Some(1.0), Some(1.0), 6));
}

/// A training matrix with about so many values, and one row of it that has some.
fn training() -> impl Strategy<Value = DMatrix<f64>> {
    (2usize..40, 1usize..12).prop_flat_map(|(rows, columns)| {
        let short = |v: f64| f64::from(v as f32);
        let value = prop_oneof![
            6 => Just(0.0),
            3 => (1i32..9).prop_map(f64::from),
            2 => (-10.0..10.0).prop_map(short),
            1 => (1e6f64..1.00001e6).prop_map(short),
        ];
        prop::collection::vec(value, rows * columns).prop_map(move |v| DMatrix::from_vec(rows, columns, v))
    })
}

fn two_pass(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, square.sqrt())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn statistics_are_those_of_the_dense_matrix(training in training(), zeros in any::<bool>()) {
        let matrix = if zeros {
            // Zeros may be stored.
            let (rows, columns) = training.shape();
            let offsets = (0..=rows).map(|i| i * columns).collect();
            let indices = (0..rows).flat_map(|_| 0..columns).collect();
            let values = training.transpose().as_slice().to_vec();
            CsrMatrix::try_from_csr_data(rows, columns, offsets, indices, values).unwrap()
        } else {
            sparse(&training)
        };
        let table = SparseTable::learn(&matrix).unwrap();
        let narrow = SparseTable::learn(&sparse(&training.map(|v| v as f32))).unwrap();
        let without = SparseTable::learn(&sparse(&training)).unwrap();
        for (j, column) in training.column_iter().enumerate() {
            // To the last bit, whether zeros are stored or not.
            prop_assert_eq!((table.mean(j), table.sd(j)), (without.mean(j), without.sd(j)));
            let (mean, sd) = two_pass(column.as_slice());
            let gaussian = Gaussian::learn("", column.as_slice(), Around::Mean);
            let scale = column.amax().max(1e-300);
            for table in [&table, &narrow] {
                prop_assert!((table.mean(j).unwrap() - mean).abs() <= 1e-12 * scale);
                let found = table.sd(j).unwrap();
                prop_assert!((found - gaussian.sd()).abs() <= 1e-12 * gaussian.sd().max(scale), "{found} {}", gaussian.sd());
                prop_assert!(sd > 1e-9 * scale || found == 1.0 || (found - sd).abs() < 1e-12 * scale);
            }
        }
    }

    /// Multiplying a column by c leaves its coefficient in standard deviations as it is: bit by bit for powers of 2.
    #[test]
    fn units_do_not_matter(power in -8i32..9, other in 0.01f64..100.0, seed in any::<u64>()) {
        let training = DMatrix::from_fn(32, 6, |i, j| f64::from((hash(i * 6 + j) % 5).saturating_sub(1)));
        let values = [2.0, 0.0, 1.0, 3.0, 0.0, 1.0];
        let explain = |c: f64| {
            let mut scaled = training.clone();
            scaled.column_mut(3).scale_mut(c);
            let table = SparseTable::learn(&sparse(&scaled)).unwrap();
            let mut row = values;
            row[3] *= c;
            let row = table.represent(&SparseRow::from_dense(&row).unwrap()).unwrap();
            let model = model_fn(move |rows: &CsrMatrix<f64>| {
                let unit = |(&j, &x): (&usize, &f64)| if j == 3 { x / c } else { x };
                let rows = rows.row_iter();
                rows.map(|row| twisted(row.col_indices().iter().zip(row.values()).map(unit))).collect::<Vec<f64>>()
            });
            explainer().samples(400).seed(seed).explain(&row, &model).unwrap()
        };
        let expected = explain(1.0);
        prop_assert_eq!(bits(&explain(2f64.powi(power))), bits(&expected));
        let found = explain(other);
        for (found, expected) in found.targets[0].dense(4).iter().zip(expected.targets[0].dense(4)) {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    /// Rows of several instances in one batch, in any order of filling: each is what it is alone, and the rest is left alone.
    #[test]
    fn batches_hold_rows_of_several_instances(
        training in training(),
        fills in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, 1usize..5, any::<u64>()), 1..8),
        f32s in any::<bool>(),
    ) {
        if f32s { mixed_batches::<f32>(&training, &fills)? } else { mixed_batches::<f64>(&training, &fills)? }
    }

    /// What is restored reads as it was drawn, and any row reads as the dense row does.
    #[test]
    fn rows_are_read(training in training(), pick in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let (matrix, at) = (sparse(&training), pick.index(training.nrows()));
        let Ok(row) = SparseRow::of(&matrix, at) else { return Ok(()) };
        let table = SparseTable::learn(&matrix).unwrap();
        let (numeric, mask) = (table.represent(&row).unwrap(), table.mask(&row).unwrap());
        let features = row.columns().len();
        let mut draw = Draw::new(numeric.space(), training.nrows());
        numeric.interpret(&matrix, 0..training.nrows(), &mut draw).unwrap();
        let mut present = Draw::new(mask.space(), training.nrows());
        mask.interpret(&matrix, 0..training.nrows(), &mut present).unwrap();
        for i in 0..training.nrows() {
            for (j, &column) in row.columns().iter().enumerate() {
                let x = training[(i, column)];
                prop_assert_eq!(draw.z[(i, j)], (x - table.mean(column).unwrap()) / table.sd(column).unwrap());
                prop_assert_eq!(present.z[(i, j)], f64::from(u8::from(x != 0.0)));
            }
        }
        prop_assert!((0..features).all(|j| draw.z[(at, j)] == numeric.space().origin()[j]));
        prop_assert!((0..features).all(|j| present.z[(at, j)] == 1.0));

        let mut drawn = Draw::new(mask.space(), 20);
        MonteCarlo.design(mask.space(), 20, seed).unwrap().fill(0..20, &mut drawn);
        let (mut batch, mut again) = (mask.allocate(25), Draw::new(mask.space(), 20));
        mask.restore(&drawn, &mut batch, 3).unwrap();
        mask.interpret(&batch, 3..23, &mut again).unwrap();
        prop_assert_eq!(again.z, drawn.z);
        let drawn = draw_of(&numeric, 20, seed);
        let mut again = Draw::new(numeric.space(), 20);
        numeric.restore(&drawn, &mut batch, 3).unwrap();
        numeric.interpret(&batch, 3..23, &mut again).unwrap();
        for (j, &column) in row.columns().iter().enumerate() {
            let off = 1e-14 * (1.0 + table.mean(column).unwrap().abs() / table.sd(column).unwrap());
            for i in 0..20 {
                prop_assert!((again.z[(i, j)] - drawn.z[(i, j)]).abs() < off * (1.0 + drawn.z[(i, j)].abs()));
            }
        }
    }
}

fn draw_of<F: Real, R: Representation<F>>(row: &R, rows: usize, seed: u64) -> Draw<F> {
    let mut draw = Draw::new(row.space(), rows);
    MonteCarlo.design(row.space(), rows, seed).unwrap().fill(0..rows, &mut draw);
    draw
}

fn mixed_batches<F: Real>(
    training: &DMatrix<f64>,
    fills: &[(prop::sample::Index, usize, usize, u64)],
) -> Result<(), TestCaseError> {
    let training = training.map(F::of);
    let matrix = sparse(&training);
    let table = SparseTable::learn(&matrix).unwrap();
    let height = 16;
    let mut batch = CsrMatrix::zeros(height, training.ncols());
    let mut expected = DMatrix::<F>::zeros(height, training.ncols());
    for (pick, at, rows, seed) in fills {
        let Ok(row) = SparseRow::of(&matrix, pick.index(matrix.nrows())) else { continue };
        let (at, rows) = (*at, *rows);
        expected.rows_mut(at, rows).fill(F::zero());
        match seed % 4 {
            0 => {
                let mask = table.mask(&row).unwrap();
                let draw = draw_of(&mask, rows, *seed);
                mask.restore(&draw, &mut batch, at).unwrap();
                for (j, &column) in row.columns().iter().enumerate() {
                    let values = draw.z.column(j) * row.values()[j];
                    expected.view_mut((at, column), (rows, 1)).copy_from(&values);
                }
            }
            1 => {
                let numeric = table.represent(&row).unwrap();
                let draw = draw_of(&numeric, rows, *seed);
                numeric.restore(&draw, &mut batch, at).unwrap();
                for (j, &column) in row.columns().iter().enumerate() {
                    let (mean, sd) = (F::of(table.mean(column).unwrap()), F::of(table.sd(column).unwrap()));
                    for i in 0..rows {
                        let value = if i == 0 { row.values()[j] } else { mean + sd * draw.z[(i, j)] };
                        expected[(at + i, column)] = value;
                    }
                }
            }
            2 => {
                table.mask(&row).unwrap().instance(&mut batch, at).unwrap();
                expected.rows_mut(at, rows).copy_from(&dense(&batch).rows(at, rows));
                for (&column, &value) in row.columns().iter().zip(row.values()) {
                    prop_assert_eq!(expected[(at, column)], value);
                }
            }
            _ => {
                let picked: Vec<usize> = (0..rows).map(|i| (pick.index(matrix.nrows()) + i) % matrix.nrows()).collect();
                copy_sparse_rows(&matrix, &picked, &mut batch, at).unwrap();
                expected.rows_mut(at, rows).copy_from(&training.select_rows(&picked));
            }
        }
        prop_assert_eq!(&dense(&batch), &expected);
        prop_assert_eq!((batch.nrows(), batch.ncols()), (height, training.ncols()));
    }
    Ok(())
}

/// A batch that has been filled keeps its memory, and stores the instance's columns and nothing else.
#[test]
fn batches_are_filled_in_place() {
    let table = SparseTable::learn(&documents()).unwrap();
    let (numeric, mask) = (table.represent(&wide_row()).unwrap(), table.mask(&wide_row()).unwrap());
    let mut batch = mask.allocate(256);
    mask.restore(&draw_of(&mask, 256, 0), &mut batch, 0).unwrap();
    let place = |batch: &CsrMatrix<f64>| (batch.values().as_ptr(), batch.col_indices().as_ptr());
    let (before, first) = (place(&batch), batch.clone());
    assert_eq!((batch.nnz(), batch.row_offsets().len()), (256 * NONZERO, 257));
    for seed in 1..4 {
        mask.restore(&draw_of(&mask, 256, seed), &mut batch, 0).unwrap();
        numeric.restore(&draw_of(&numeric, 100, seed), &mut batch, 77).unwrap();
        numeric.instance(&mut batch, 255).unwrap();
        assert_eq!((place(&batch), batch.nnz()), (before, 256 * NONZERO));
    }
    numeric.resize(&mut batch, 13);
    assert_eq!((place(&batch), batch.nrows(), batch.nnz()), (before, 13, 13 * NONZERO));
    numeric.resize(&mut batch, 256);
    mask.restore(&draw_of(&mask, 256, 0), &mut batch, 0).unwrap();
    assert_eq!((place(&batch), batch), (before, first));
    // A batch of another width starts again.
    let mut other = CsrMatrix::identity(5);
    mask.resize(&mut other, 3);
    assert_eq!((other.nrows(), other.ncols(), other.nnz()), (3, WIDTH, 0));
}

/// Columns that never vary in training: deviations of 1, and perturbed all the same.
#[test]
fn columns_that_do_not_vary() {
    let training = DMatrix::from_row_slice(3, 3, &[0.0, 4.0, 1.0, 0.0, 4.0, 2.0, 0.0, 4.0, 6.0]);
    let table = SparseTable::learn(&sparse(&training)).unwrap();
    assert_eq!((table.mean(0), table.sd(0)), (Some(0.0), Some(1.0)));
    assert_eq!((table.mean(1), table.sd(1)), (Some(4.0), Some(1.0)));
    let row = table.represent(&SparseRow::from_dense(&[2.0, 5.0, 0.0]).unwrap()).unwrap();
    assert_eq!(row.space().origin(), [2.0, 1.0]);
    let model = model_fn(|rows: &CsrMatrix<f64>| rows * &DVector::from_vec(vec![3.0, -1.0, 8.0]));
    let explainer = Explainer::new(Sobol::default(), Radial::default(), NoSelection, OrdinaryLeastSquares::new());
    let weights = explainer.samples(256).explain(&row, &model).unwrap().targets[0].dense(2);
    assert!((weights[0] - 3.0).abs() < 1e-12 && (weights[1] + 1.0).abs() < 1e-12, "{weights:?}");
}

/// Shapley values by their definition: over all orders of the features.
fn shapley(value: &dyn Fn(&[bool]) -> f64, features: usize) -> Vec<f64> {
    fn orders(rest: &mut Vec<usize>, done: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize])) {
        if rest.is_empty() {
            return visit(done);
        }
        for i in 0..rest.len() {
            let next = rest.remove(i);
            done.push(next);
            orders(rest, done, visit);
            done.pop();
            rest.insert(i, next);
        }
    }
    let (mut sums, mut count) = (vec![0.0; features], 0.0);
    orders(&mut (0..features).collect(), &mut Vec::new(), &mut |order| {
        let mut mask = vec![false; features];
        let mut before = value(&mask);
        for &j in order {
            mask[j] = true;
            let after = value(&mask);
            sums[j] += after - before;
            before = after;
        }
        count += 1.0;
    });
    sums.into_iter().map(|sum| sum / count).collect()
}

#[test]
fn masks_are_enumerated_and_shared_as_shapley_does() {
    let row = SparseRow::new(1_000, vec![3, 40, 41, 700, 999], vec![1.0, 2.0, -1.0, 0.5, 3.0]).unwrap();
    let mask = SparseMask::new(row.clone());
    let model = model_fn(twisted_rows::<f64>);
    let explainer =
        Explainer::new(Coalitions, Unweighted, NoSelection, ConstrainedLeastSquares::shapley()).samples(100);
    let found = explainer.explain(&mask, &model).unwrap().targets[0].dense(5);
    let value = |kept: &[bool]| twisted(row.values().iter().zip(kept).map(|(&x, &kept)| if kept { x } else { 0.0 }));
    for (found, expected) in found.iter().zip(shapley(&value, 5)) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    // All 32 masks are asked for.
    let seen = AtomicUsize::new(0);
    let counting = model_fn(|rows: &CsrMatrix<f64>| {
        for row in rows.row_iter() {
            let code = row.values().iter().enumerate().map(|(j, x)| usize::from(*x != 0.0) << j).sum::<usize>();
            seen.fetch_or(1 << code, Ordering::Relaxed);
        }
        twisted_rows(rows)
    });
    let explainer = Explainer::new(Exhaustive::new(), Unweighted, NoSelection, OrdinaryLeastSquares::new());
    assert_eq!(explainer.explain(&mask, &counting).unwrap().samples, 32);
    assert_eq!(seen.into_inner(), (1 << 32) - 1);
}

/// Training rows as they came, a neighbourhood in the model's own space.
struct Rows(CsrMatrix<f64>);

struct RowsOf<'a, R>(&'a CsrMatrix<f64>, &'a R);

impl<R: Interpret<f64, Batch = CsrMatrix<f64>>> Source<f64, R> for Rows {
    fn neighbourhood<'a>(
        &'a self,
        representation: &'a R,
        _: usize,
        _: u64,
    ) -> Result<Box<dyn Neighbourhood<f64, CsrMatrix<f64>> + 'a>, BoxError> {
        Ok(Box::new(RowsOf(&self.0, representation)))
    }
}

impl<R: Interpret<f64, Batch = CsrMatrix<f64>>> Neighbourhood<f64, CsrMatrix<f64>> for RowsOf<'_, R> {
    fn rows(&self) -> usize {
        self.0.nrows()
    }

    fn fill(
        &self,
        rows: Range<usize>,
        draw: &mut Draw<f64>,
        batch: &mut CsrMatrix<f64>,
        at: usize,
    ) -> Result<(), BoxError> {
        let place = at..at + rows.len();
        copy_sparse_rows(self.0, &rows.collect::<Vec<_>>(), batch, at)?;
        self.1.interpret(batch, place, draw)
    }
}

/// Rows of any pattern as the neighbourhood: a linear model of the instance's columns is recovered, and a row that cannot be
/// read stops the run before the model is asked.
#[test]
fn training_rows_are_a_neighbourhood() {
    let training = DMatrix::from_fn(80, 40, |i, j| f64::from((hash(i * 40 + j) % 7).saturating_sub(3)));
    let matrix = sparse(&training);
    let row = SparseRow::of(&matrix, 0).unwrap();
    let slopes = DVector::from_fn(40, |j, _| if row.columns().contains(&j) { slope(j) } else { 0.0 });
    let asked = AtomicUsize::new(0);
    let model = model_fn(|rows: &CsrMatrix<f64>| {
        asked.fetch_add(1, Ordering::Relaxed);
        rows * &slopes
    });
    let table = SparseTable::learn(&matrix).unwrap();
    let numeric = table.represent(&row).unwrap();
    let explainer = |rows| Explainer::new(Rows(rows), Unweighted, NoSelection, OrdinaryLeastSquares::new());
    for batch in [7, 80] {
        let explainer = explainer(matrix.clone()).batch_size(batch).effective_samples(0);
        let found = explainer.explain(&numeric, &model).unwrap().targets[0].dense(row.columns().len());
        for (found, &column) in found.iter().zip(row.columns()) {
            assert!((found - slope(column) * table.sd(column).unwrap()).abs() < 1e-9);
        }
    }
    asked.store(0, Ordering::Relaxed);
    let mut broken = matrix.clone();
    let at = broken.row_offsets()[1];
    let column = broken.col_indices()[at];
    broken.values_mut()[at] = f64::NAN;
    let error = explainer(broken).explain(&numeric, &model).unwrap_err();
    let name = format!("column {column} ({column}) of input 1 is NaN: values must be finite numbers");
    assert!(matches!(&error, CoreError::Part { source, .. } if source.to_string() == name), "{error}");
    assert_eq!(asked.into_inner(), 0);
}

#[test]
fn names_need_not_exist_until_they_are_asked_for() {
    let table = SparseTable::learn(&documents()).unwrap();
    assert_eq!(table.name(12_345), "12345");
    let row = SparseRow::new(WIDTH, vec![5, 99_999], vec![1.0, 2.0]).unwrap();
    assert_eq!(table.represent(&row).unwrap().names(), ["5", "99999"]);
    let called = table.clone().named_by(|word| format!("w{word}"));
    assert_eq!(called.represent(&row).unwrap().names(), ["w5", "w99999"]);
    assert_eq!(called.mask(&row).unwrap().names(), ["w5", "w99999"]);
    let listed = table.clone().feature_names((0..WIDTH).map(|j| format!("listed {j}"))).unwrap();
    assert_eq!(listed.mask(&row).unwrap().names(), ["listed 5", "listed 99999"]);
    assert_eq!(listed.name(WIDTH), WIDTH.to_string());
    let error = table.feature_names(["a", "b"]).unwrap_err();
    assert_eq!(error.to_string(), "2 feature names for 100000 columns");
    assert_eq!(SparseMask::new(row).named_by(|_| "word").names(), ["word", "word"]);
}

fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn rows_that_are_none() {
    fn check<F: Real>() {
        let new =
            |width, columns: &[usize], values: &[f64]| SparseRow::<F>::new(width, columns.to_vec(), narrow(values));
        refuses(new(5, &[1, 2], &[1.0]), "the sparse row has 2 columns and 1 values: give one value a column");
        refuses(new(5, &[1, 5], &[1.0; 2]), "column 5 does not exist: the sparse row has 5 columns, numbered from 0");
        refuses(new(0, &[0], &[1.0]), "column 0 does not exist: the sparse row has 0 columns, numbered from 0");
        let order = "of the sparse row comes after column 3: sort the columns and give each once";
        refuses(new(5, &[3, 1], &[1.0; 2]), &format!("column 1 {order}"));
        refuses(new(5, &[0, 3, 3], &[1.0; 3]), &format!("column 3 {order}"));
        for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            let message = format!("column 4 (4) of the row is {shown}: values must be finite numbers");
            refuses(new(5, &[1, 4], &[1.0, value]), &message);
            refuses(SparseRow::from_dense(&narrow::<F>(&[0.0, 0.0, 0.0, 0.0, value])), &message);
        }
        let empty = "all 5 columns of the sparse row are 0, so there is nothing to explain";
        refuses(new(5, &[], &[]), empty);
        refuses(new(5, &[0, 4], &[0.0, -0.0]), empty);
        refuses(SparseRow::from_dense(&[F::zero(); 5]), empty);
        let matrix = sparse(&DMatrix::from_row_slice(2, 5, &narrow::<F>(&[0., 1., 0., 0., 2., 0., 0., 0., 0., 0.])));
        assert_eq!(SparseRow::of(&matrix, 0).unwrap(), new(5, &[1, 4], &[1.0, 2.0]).unwrap());
        refuses(SparseRow::of(&matrix, 1), empty);
        refuses(SparseRow::of(&matrix, 2), "row 2 does not exist: the matrix has 2, numbered from 0");

        let table = SparseTable::from_statistics(&[0.0; 4], &[1.0; 4]).unwrap();
        let row = new(5, &[1], &[1.0]).unwrap();
        let message = "the sparse row has 5 columns, zeros included, where the table has 4";
        refuses(table.represent(&row), message);
        refuses(table.mask(&row), message);
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn training_data_that_is_none() {
    fn check<F: Real>() {
        for (rows, columns) in [(0, 0), (0, 3), (1, 3), (5, 0)] {
            let error = SparseTable::learn(&CsrMatrix::<F>::zeros(rows, columns)).unwrap_err();
            assert!(matches!(error, Error::Size { rows: r, columns: c } if (r, c) == (rows, columns)));
        }
        for (value, shown) in [(f64::NAN, "NaN"), (f64::NEG_INFINITY, "-inf")] {
            let training = DMatrix::from_row_slice(2, 2, &narrow::<F>(&[1.0, 0.0, 2.0, value]));
            let message = format!("training row 1, column 1 (1) is {shown}: values must be finite numbers");
            refuses(SparseTable::learn(&sparse(&training)), &message);
        }
    }
    check::<f64>();
    check::<f32>();
    let training = DMatrix::from_row_slice(3, 2, &[0.0, 1e200, 0.0, -1e199, 1.0, 0.0]);
    refuses(
        SparseTable::learn(&sparse(&training)),
        "column 1: the mean or spread of the values from -1e199 to 1e200 is beyond f64, so rescale the column",
    );
    // Large, and the same everywhere.
    let constant = SparseTable::learn(&sparse(&DMatrix::from_element(3, 1, 1e200))).unwrap();
    assert_eq!((constant.mean(0), constant.sd(0)), (Some(1e200), Some(1.0)));
}

#[test]
fn statistics_that_are_none() {
    let one_each = |means, sds| {
        format!("{means} means and {sds} standard deviations: give one of each for every column, at least one")
    };
    for (means, sds) in [(0, 0), (2, 3), (1, 0)] {
        refuses(SparseTable::from_statistics(&vec![0.0; means], &vec![1.0; sds]), &one_each(means, sds));
    }
    let beyond = "it must be finite in the row's number type, a standard deviation above 0";
    for (mean, sd, shown) in [
        (f64::NAN, 1.0, "mean is NaN"),
        (f64::INFINITY, 1.0, "mean is inf"),
        (0.0, -1.0, "standard deviation is -1e0"),
        (0.0, f64::NAN, "standard deviation is NaN"),
        (0.0, f64::INFINITY, "standard deviation is inf"),
    ] {
        let message = format!("column 1 (1): the training {shown}: {beyond}");
        refuses(SparseTable::from_statistics(&[0.0, mean], &[1.0, sd]), &message);
    }
    // Fine in f64, and not in f32.
    for (mean, sd, shown) in [
        (1e300, 1.0, "mean is 1e300"),
        (0.0, 1e60, "standard deviation is 1e60"),
        (0.0, 1e-60, "standard deviation is 1e-60"),
    ] {
        let table = SparseTable::from_statistics(&[0.0, mean], &[1.0, sd]).unwrap().named_by(|j| format!("w{j}"));
        let row = SparseRow::from_dense(&[0.0f32, 1.0]).unwrap();
        refuses(table.represent(&row), &format!("column 1 (w1): the training {shown}: {beyond}"));
        assert!(table.represent(&SparseRow::from_dense(&[0.0f64, 1.0]).unwrap()).is_ok());
        assert!(table.represent(&SparseRow::from_dense(&[1.0f32, 0.0]).unwrap()).is_ok());
    }
    // So many standard deviations that they are no number.
    let table = SparseTable::from_statistics(&[0.0], &[1e-300]).unwrap();
    for around in [Around::Mean, Around::Instance] {
        let far = table.clone().around(around).represent(&SparseRow::from_dense(&[1e300]).unwrap());
        assert!(matches!(far, Err(Error::Space(_) | Error::Column { column: 0, .. })), "{far:?}");
    }
}

#[test]
fn batches_that_are_none() {
    let row = SparseRow::new(10, vec![2, 3], vec![1.0, 2.0]).unwrap();
    let table = SparseTable::from_statistics(&[0.0; 10], &[1.0; 10]).unwrap();
    let (numeric, mask): (SparseNumeric<f64>, SparseMask<f64>) =
        (table.represent(&row).unwrap(), table.mask(&row).unwrap());
    let draw = draw_of(&mask, 3, 0);
    let says = |result: Result<(), BoxError>, message: &str| assert_eq!(result.unwrap_err().to_string(), message);
    let place = |rows, columns, end| {
        format!(
            "a batch of {rows} rows and {columns} columns cannot hold rows up to {end} of 10 columns: allocate or resize it by the same representation"
        )
    };
    says(mask.restore(&draw, &mut CsrMatrix::zeros(3, 9), 0), &place(3, 9, 3));
    says(numeric.restore(&draw, &mut CsrMatrix::zeros(3, 10), 1), &place(3, 10, 4));
    says(mask.instance(&mut CsrMatrix::zeros(3, 10), 3), &place(3, 10, 4));
    let mut read = Draw::new(mask.space(), 3);
    says(mask.interpret(&CsrMatrix::zeros(3, 10), 2..4, &mut read), &place(3, 10, 4));
    let message = "inputs of 9 value(s) cannot be read where the row has 10";
    says(numeric.interpret(&CsrMatrix::zeros(3, 9), 0..3, &mut read), message);
    // A value that is not finite, whether the column is a feature or not.
    for (column, name) in [(2, "two"), (7, "7")] {
        let mut matrix = CooMatrix::new(3, 10);
        matrix.push(1, column, f64::INFINITY);
        let named = mask.clone().named_by(|j| if j == 2 { "two" } else { "three" });
        let message = format!("column {column} ({name}) of input 1 is inf: values must be finite numbers");
        says(named.interpret(&CsrMatrix::from(&matrix), 0..3, &mut read), &message);
    }
    let from = CsrMatrix::<f64>::zeros(2, 10);
    let mut batch = CsrMatrix::zeros(3, 10);
    refuses(copy_sparse_rows(&from, &[0, 2], &mut batch, 0), "row 2 does not exist: the matrix has 2, numbered from 0");
    refuses(copy_sparse_rows(&from, &[0, 1], &mut batch, 2), &place(3, 10, 4));
    refuses(copy_sparse_rows(&from, &[0], &mut batch, usize::MAX), &place(3, 10, usize::MAX));
    refuses(copy_sparse_rows(&from, &[0], &mut CsrMatrix::zeros(3, 9), 0), &place(3, 9, 1));
}
