//! Explanations from training rows: real tables, the quartile representation, sources of lime-samplers.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{row, table};
use lime_core::nalgebra::DMatrix;
use lime_core::{
    BoxError, BoxedSource, Draw, Error as CoreError, Explainer, Interpret, Kernel, Law, Representation, Source, Stage,
    model_fn,
};
use lime_kernels::{Euclidean, Exponential, Fixed, Original, Radial};
use lime_samplers::{Bootstrap, Dlime, MonteCarlo, Nearest};
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Column, ColumnAt, Error, Tabular, TabularRepresentation};

type Sources = Vec<(&'static str, BoxedSource<'static, f64, TabularRepresentation<f64>>)>;

fn sources(training: &DMatrix<f64>) -> Sources {
    vec![
        ("all", Bootstrap::new(training.clone()).unwrap().boxed()),
        ("half", Bootstrap::new(training.clone()).unwrap().nearest(training.nrows() / 2).unwrap().boxed()),
        ("nearest", Nearest::new(training.clone()).unwrap().boxed()),
        ("cluster", Dlime::new(training.clone(), 1).unwrap().boxed()),
        ("Monte Carlo", MonteCarlo.boxed()),
    ]
}

/// A logistic model that rises in one column and falls in another. Being in the top quartile of what it rises in speaks for
/// the prediction, being in the bottom one against it, and the other way round.
#[test]
fn signs_of_a_monotone_model() {
    let (names, training) = table("wine");
    let at = |name: &str| names.iter().position(|n| n == name).unwrap();
    // Two columns with a correlation of -0.05 (numpy 2.4.6).
    let (rising, falling) = (at("magnesium"), at("malic_acid"));
    let standard = |j: usize| (training.column(j).mean(), training.column(j).variance().sqrt());
    let ((m1, s1), (m2, s2)) = (standard(rising), standard(falling));
    let model = model_fn(move |rows: &DMatrix<f64>| {
        let answer = |i| 1.0 / (1.0 + f64::exp(-(rows[(i, rising)] - m1) / s1 + (rows[(i, falling)] - m2) / s2));
        (0..rows.nrows()).map(answer).collect::<Vec<f64>>()
    });
    let table = Tabular::builder(&training).feature_names(names).learn().unwrap();
    let mut checked = [0; 4];
    for index in (0..training.nrows()).step_by(6) {
        let representation = table.represent(&row(&training, index)).unwrap();
        let names = representation.names();
        for (_, source) in sources(&training) {
            let kernels: [Box<dyn Kernel<f64, DMatrix<f64>>>; 2] = [
                Box::new(Radial::default()),
                Box::new(Radial::new(Original(Euclidean), Exponential, Fixed::new(2_000.0).unwrap())),
            ];
            for kernel in kernels {
                let explainer = Explainer::new(source.clone(), kernel, NoSelection, Ridge::default());
                let explanation = explainer.samples(1_000).explain(&representation, &model).unwrap();
                assert_eq!(explanation.kind, "tabular");
                let weights = explanation.targets[0].dense(names.len());
                for (j, slope) in [(rising, 1.0), (falling, -1.0)] {
                    // "a > 3.00" is the top quartile, "a <= 1.00" the bottom one, "1.00 < a <= 3.00" between.
                    let top = names[j].contains(" > ");
                    if top || !names[j].contains(" < ") {
                        let sign = if top { slope } else { -slope };
                        assert!(sign * weights[j] > 0.0, "row {index}: {} {}", names[j], weights[j]);
                        checked[usize::from(top) + if j == rising { 2 } else { 0 }] += 1;
                    }
                }
            }
        }
    }
    assert!(checked.iter().all(|&count| count >= 40), "{checked:?}");
}

/// scikit-learn 1.9.1: `NearestNeighbors(n_neighbors=8)` on `StandardScaler().fit_transform(X)`.
#[test]
fn nearest_rows_of_scikit_learn() {
    for (name, index, expected) in [
        ("wine", 0, [0, 7, 20, 22, 40, 54, 55, 56]),
        ("wine", 100, [75, 76, 80, 81, 97, 100, 101, 104]),
        ("breast_cancer", 0, [0, 25, 77, 108, 181, 300, 302, 393]),
        ("breast_cancer", 100, [16, 49, 54, 100, 135, 171, 385, 514]),
    ] {
        let (_, training) = table(name);
        let representation = Tabular::builder(&training).learn().unwrap().represent(&row(&training, index)).unwrap();
        let nearest = Nearest::new(training.clone()).unwrap().neighbours(8).unwrap();
        let rows = nearest.neighbourhood(&representation, 2, 0).unwrap();
        let (mut draw, mut batch) = (Draw::new(representation.space(), 9), representation.allocate(9));
        rows.fill(0..9, &mut draw, &mut batch, 0).unwrap();
        for (at, of) in std::iter::once(index).chain(expected).enumerate() {
            assert_eq!(batch.row(at), training.row(of), "{name} {index}");
        }
        assert!(draw.z.row(0).iter().all(|z| *z == 1.0));
        assert!(draw.noise.iter().all(|u| *u == 0.5));
    }
}

/// scikit-learn 1.9.1: `AgglomerativeClustering(n_clusters=c).fit(StandardScaler().fit_transform(X)).labels_`, renumbered by
/// first rows: the sizes of the clusters, and for the wine in three of them every label.
#[test]
fn clusters_of_scikit_learn() {
    for (name, sizes) in [
        ("wine", vec![122, 56]),
        ("wine", vec![64, 58, 56]),
        ("wine", vec![64, 30, 36, 28, 20]),
        ("breast_cancer", vec![184, 385]),
        ("breast_cancer", vec![115, 69, 385]),
        ("breast_cancer", vec![59, 56, 54, 385, 15]),
    ] {
        let dlime = Dlime::new(table(name).1, sizes.len()).unwrap();
        let count = |cluster| dlime.labels().iter().filter(|label| **label == cluster).count();
        assert_eq!((0..sizes.len()).map(count).collect::<Vec<_>>(), sizes, "{name}");
    }
    let (_, wine) = table("wine");
    let labels: String = Dlime::new(wine, 3).unwrap().labels().iter().map(ToString::to_string).collect();
    let expected = "000000000000000000000000000000000000000000000000000000000001221110012120101112111112111111\
                    1111112111111111111111111111211011111111222222222222222222222222222222222222222222222222";
    assert_eq!(labels, expected);
}

/// A column that leaves the default of [`ColumnAt::interpret`].
#[derive(Debug)]
struct Mute;

impl Column<f64> for Mute {
    fn at(&self, _: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
        Ok(Box::new(Mute))
    }
}

impl ColumnAt<f64> for Mute {
    fn name(&self) -> String {
        "mute".into()
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

/// A column that cannot be read is named, with what to do, before the model is asked; samplers do not need it read.
#[test]
fn columns_that_cannot_be_read() {
    let (_, training) = table("iris");
    let table = Tabular::builder(&training).column(2, Mute).learn().unwrap();
    let representation = table.represent(&row(&training, 7)).unwrap();
    for (name, source) in sources(&training) {
        let calls = AtomicUsize::new(0);
        let model = model_fn(|rows: &DMatrix<f64>| {
            calls.fetch_add(1, Ordering::Relaxed);
            rows.column_sum()
        });
        let explainer = Explainer::new(source, Radial::default(), NoSelection, Ridge::default());
        let result = explainer.explain(&representation, &model);
        if name == "Monte Carlo" {
            assert!(result.is_ok());
            continue;
        }
        assert_eq!(calls.into_inner(), 0);
        let CoreError::Part { stage: Stage::Sample, source, .. } = result.unwrap_err() else { unreachable!() };
        assert!(matches!(*source.downcast::<Error>().unwrap(), Error::Column { column: 2, ref name, ref source }
            if name == "mute" && source.to_string().contains("implement ColumnAt::interpret")));
    }
}

#[test]
fn inputs_that_cannot_be_read() {
    let (names, training) = table("iris");
    let table = Tabular::builder(&training).feature_names(names).learn().unwrap();
    let representation = table.represent(&row(&training, 7)).unwrap();
    let mut draw = Draw::new(representation.space(), 2);
    let mut read = |batch: &DMatrix<f64>| representation.interpret(batch, 1..3, &mut draw).unwrap_err().to_string();
    assert_eq!(read(&DMatrix::zeros(3, 5)), "inputs of 5 value(s) cannot be read where the row has 4");
    let mut batch = DMatrix::zeros(3, 4);
    batch[(0, 1)] = f64::NAN;
    batch[(2, 3)] = f64::INFINITY;
    assert_eq!(read(&batch), "column 3 (petal width (cm) <= 0.30) of input 2 is inf: values must be finite numbers");
}
