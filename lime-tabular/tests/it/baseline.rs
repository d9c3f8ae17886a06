//! Columns kept or replaced by a baseline: every mask, groups, exact coefficients, and what is refused.

use crate::support::{row, table};
use lime_core::nalgebra::{DMatrix, DVector, dmatrix};
use lime_core::{BoxError, Draw, Explainer, Law, Real, Representation, Sampler, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Baseline, Column, ColumnAt, Error, Tabular};
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// A row, a baseline, and the feature of each column: every feature has one.
fn case() -> impl Strategy<Value = (Vec<f64>, Vec<f64>, Vec<usize>)> {
    (1usize..8, 0usize..6).prop_flat_map(|(features, more)| {
        let columns = features + more;
        let values = || prop::collection::vec((-100i32..100).prop_map(|v| f64::from(v) / 8.0), columns);
        let others = prop::collection::vec(0..features, more);
        let feature = others.prop_map(move |others| (0..features).chain(others).collect::<Vec<_>>()).prop_shuffle();
        (values(), values(), feature)
    })
}

fn narrow<F: Real>(values: &[f64]) -> Vec<F> {
    values.iter().map(|&v| F::of(v)).collect()
}

fn columns_follow_their_feature<F: Real>(
    (row, baseline, feature): &(Vec<f64>, Vec<f64>, Vec<usize>),
    at: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let representation = Baseline::<F>::new(&narrow(row), &narrow(baseline)).unwrap().groups(feature).unwrap();
    let space = representation.space();
    let features = feature.iter().max().unwrap() + 1;
    prop_assert_eq!((space.features(), space.noise(), representation.kind()), (features, false, "tabular"));
    prop_assert!(space.origin().iter().all(|x| *x == F::one()));
    let mut draw = Draw::new(space, 40);
    MonteCarlo.design(space, 40, seed).unwrap().fill(0..40, &mut draw);
    let mut batch = representation.allocate(40 + 2 * at);
    batch.fill(F::of(f64::NAN));
    representation.restore(&draw, &mut batch, at).unwrap();
    for j in 0..row.len() {
        prop_assert_eq!(batch[(at, j)], F::of(row[j]));
        for i in 0..40 {
            let from = if draw.z[(i, feature[j])] == F::one() { row } else { baseline };
            prop_assert_eq!(batch[(at + i, j)], F::of(from[j]));
        }
    }
    prop_assert!(batch.rows(0, at).iter().chain(batch.rows(at + 40, at).iter()).all(|v| !v.is_finite()));
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn columns_are_the_rows_or_the_baselines(case in case(), at in 0usize..4, seed in any::<u64>()) {
        columns_follow_their_feature::<f64>(&case, at, seed)?;
        columns_follow_their_feature::<f32>(&case, at, seed)?;
    }

    /// A linear model is additive in the masks: a feature's coefficient is the sum of slope (row - baseline) over its columns,
    /// the intercept the answer at the baseline.
    #[test]
    fn linear_models_are_recovered((row, baseline, feature) in case(), slopes in prop::collection::vec(-8i32..8, 16)) {
        let representation = Baseline::new(&row, &baseline).unwrap().groups(&feature).unwrap();
        let slopes = DVector::from_iterator(row.len(), slopes.iter().take(row.len()).map(|&s| f64::from(s)));
        let model = model_fn(|rows: &DMatrix<f64>| (rows * &slopes).add_scalar(1.5));
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
        let explanation = explainer.samples(600).explain(&representation, &model).unwrap();
        let target = &explanation.targets[0];
        let features = representation.space().features();
        let mut expected = vec![0.0; features];
        for j in 0..row.len() {
            expected[feature[j]] += slopes[j] * (row[j] - baseline[j]);
        }
        for (found, expected) in target.dense(features).iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-9, "{target:?}");
        }
        let empty = 1.5 + slopes.iter().zip(&baseline).map(|(s, b)| s * b).sum::<f64>();
        prop_assert!((target.intercept.unwrap() - empty).abs() < 1e-9);
    }
}

#[test]
fn names_say_which_columns() {
    let plain = Baseline::new(&[1.0, 2.0, 3.0], &[0.0; 3]).unwrap();
    assert_eq!(plain.names(), ["0", "1", "2"]);
    let grouped = plain.clone().groups(&[1, 0, 1]).unwrap();
    assert_eq!(grouped.names(), ["1", "0, 2"]);
    let named = grouped.feature_names(["age", "size"]).unwrap();
    assert_eq!(named.names(), ["age", "size"]);
    assert_eq!((named.row(), named.baseline()), (&[1.0, 2.0, 3.0][..], &[0.0; 3][..]));
    // Names go with their columns.
    let named = plain.feature_names(["a", "b", "c"]).unwrap().groups(&[2, 0, 1]).unwrap();
    assert_eq!(named.names(), ["b", "c", "a"]);
}

#[test]
fn threads_and_batches_do_not_matter() {
    let values = [3.0, -1.0, 0.5, 8.0];
    let representation = Baseline::new(&values, &[0.0, 1.0, 0.0, 2.0]).unwrap().groups(&[0, 1, 2, 1]).unwrap();
    let model = model_fn(|rows: &DMatrix<f64>| {
        DMatrix::from_fn(rows.nrows(), 2, |i, t| rows[(i, 0)] * rows[(i, 3)] + (rows[(i, 1)] + t as f64).sin())
    });
    let explainer = lime_tabular::explainer().samples(700).targets(Targets::All);
    let expected = explainer.explain(&representation, &model).unwrap();
    for batch in [1, 7, 300] {
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let explainer = explainer.clone().batch_size(batch);
            let found = pool.install(|| explainer.explain_parallel(&representation, &model)).unwrap();
            for (found, expected) in found.targets.iter().zip(&expected.targets) {
                let bits = |weights: Vec<f64>| weights.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(found.dense(3)), bits(expected.dense(3)));
                assert_eq!(found.intercept, expected.intercept);
            }
        }
    }
}

#[test]
fn baselines_that_are_none() {
    fn check<F: Real>() {
        let new = |row: &[f64], baseline: &[f64]| Baseline::<F>::new(&narrow(row), &narrow(baseline));
        for (row, baseline) in [(0, 0), (2, 3), (3, 2), (0, 1), (1, 0)] {
            assert_eq!(
                new(&vec![0.0; row], &vec![0.0; baseline]).unwrap_err().to_string(),
                format!(
                    "the row has {row} value(s) and the baseline {baseline}: both need one for each column, and at least one"
                )
            );
        }
        for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            assert_eq!(
                new(&[0.0, value], &[0.0, 0.0]).unwrap_err().to_string(),
                format!("column 1 (1) of the row is {shown}: values must be finite numbers")
            );
            assert_eq!(
                new(&[0.0, 0.0], &[value, 0.0]).unwrap_err().to_string(),
                format!("column 0 of the baseline is {shown}: values must be finite numbers")
            );
        }
        let four = || new(&[1.0; 4], &[0.0; 4]).unwrap();
        for groups in [&[][..], &[0, 0, 0], &[0; 5]] {
            let columns = groups.len();
            assert!(matches!(four().groups(groups), Err(Error::Groups { groups, columns: 4 }) if groups == columns));
        }
        for (groups, missing, highest) in [
            ([0, 1, 1, 3], 2, 3),
            ([1, 1, 1, 1], 0, 1),
            ([0, 1, 2, 4], 3, 4),
            ([0, 0, 0, usize::MAX], 1, usize::MAX),
            ([3, 3, 2, 5], 0, 5),
        ] {
            assert_eq!(
                four().groups(&groups).unwrap_err().to_string(),
                format!(
                    "no column belongs to feature {missing} where the highest is {highest}: number features from 0 without gaps"
                )
            );
        }
        let wrong = |names| matches!(names, Err(Error::GroupNames { names: 2, features: 4 }));
        assert!(wrong(four().feature_names(["a", "b"])));
        // Names of columns are joined, those of groups are for as many groups.
        let grouped = four().feature_names(["a", "b", "c", "d"]).unwrap().groups(&[0, 1, 1, 0]).unwrap();
        assert_eq!(grouped.names(), ["a, d", "b, c"]);
        let error = grouped.groups(&[0, 1, 1, 2]).unwrap_err();
        assert_eq!(error.to_string(), "2 names for 3 features: give one for each, after the groups");
    }
    check::<f64>();
    check::<f32>();
}

/// A column of one's own that tells no typical value and cannot be read.
#[derive(Debug)]
struct Bare;

impl Column<f64> for Bare {
    fn at(&self, _: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
        Ok(Box::new(Bare))
    }
}

impl ColumnAt<f64> for Bare {
    fn name(&self) -> String {
        "bare".into()
    }

    fn law(&self) -> Law<f64> {
        Law::mask()
    }

    fn origin(&self) -> f64 {
        1.0
    }

    fn restore(&self, z: &[f64], _: &[f64], values: &mut [f64]) {
        values.copy_from_slice(z);
    }
}

/// The mean of every number, binned or not, and the first of the most frequent categories.
#[test]
fn tables_have_a_typical_row() {
    for name in ["iris", "wine", "breast_cancer"] {
        let (names, training) = table(name);
        let first = row(&training, 0);
        for builder in [Tabular::builder(&training), Tabular::builder(&training).without_discretizer()] {
            let table = builder.feature_names(names.clone()).learn().unwrap();
            let representation = table.baseline(&first).unwrap();
            assert_eq!(representation.row(), first);
            assert_eq!(representation.names(), names);
            for (found, column) in representation.baseline().iter().zip(training.column_iter()) {
                assert!((found / column.mean() - 1.0).abs() < 1e-12, "{found} {}", column.mean());
            }
        }
    }
    let training = dmatrix![7.0, 0.0, 1.0; 5.0, 1.0, 1.0; 7.0, 2.0, 1.0; 5.0, 2.0, 1.0; 9.0, 1.0, 1.0];
    let builder = || Tabular::builder(&training).categorical(0).levels(1, ["a", "b", "c"]);
    let table = builder().learn().unwrap();
    // A mask does not need the row's category to be one of training's.
    assert_eq!(table.baseline(&[4.0, 0.0, 2.0]).unwrap().baseline(), [5.0, 1.0, 1.0]);
    assert!(matches!(table.baseline(&[1.0]), Err(Error::RowLength { expected: 3, found: 1 })));
    assert!(matches!(table.baseline(&[1.0, f64::NAN, 0.0]), Err(Error::RowValue { column: 1, .. })));
    let own = builder().feature_names(["x", "y", "z"]).column(2, Bare).learn().unwrap();
    assert_eq!(
        own.baseline(&[5.0, 0.0, 1.0]).unwrap_err().to_string(),
        "column 2 (z) has no typical value: implement Column::typical for its type, or give the baseline yourself to Baseline::new"
    );
}
