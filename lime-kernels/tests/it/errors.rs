//! Every error, and what it says: the value, the place and the way out.

use lime_core::nalgebra::{DMatrix, DMatrixView, dmatrix};
use lime_core::{Block, BoxError, Draw, First, Kernel, Origin, Real, Space};
use lime_kernels::{
    Distance, EffectiveSamples, Error, Euclidean, Exponential, Fixed, Gower, GowerColumn, Interpretable, Mahalanobis,
    MedianDistance, Metric, Original, Radial, RootDimension, Seen, ShapleyKernel, SquaredEuclidean, TopHat, Uniform,
    Width,
};

const NUMBERS: [f64; 5] = [0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

#[track_caller]
fn says<T>(result: Result<T, Error>, expected: &Error, message: &str) {
    let found = result.err().unwrap();
    // NaN is not equal to itself, but prints the same.
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    assert_eq!(found.to_string(), message);
}

/// The typed error inside what a kernel or a rule returns.
#[track_caller]
fn typed<T>(result: Result<T, BoxError>) -> Result<T, Error> {
    result.map_err(|error| *error.downcast().unwrap())
}

/// Centres a kernel at masks of `z` columns, with inputs of `x` columns.
fn centre(kernel: &dyn Kernel<f64, DMatrix<f64>>, z: usize, x: usize) -> Result<(), Error> {
    let (space, instance, batch) = (Space::masks(z), DMatrix::zeros(1, x), DMatrix::from_element(3, x, 1.0));
    let draw = Draw::new(&space, 3);
    typed(kernel.at(Origin::new(space.origin(), &instance), First::new(Block::new(&draw, &batch, 0))).map(|_| ()))
}

fn width<F: Real>(rule: &dyn Width<F>, distances: &[F]) -> Result<F, Error> {
    typed(rule.width(&Seen::new(2, &Exponential, || Ok(distances.to_vec()))))
}

#[test]
fn widths() {
    for value in NUMBERS {
        let message = format!("the kernel width is {value}: it must be a finite number above 0");
        let error = Error::Width { value };
        says(Fixed::new(value), &error, &message);
        says(RootDimension::new(value), &error, &message);
        says(MedianDistance::new(value), &error, &message);
        says(Radial::exponential(value), &error, &message);
        says(Radial::captum(Euclidean, value), &error, &message);
        says(Radial::xplique(Euclidean, value), &error, &message);
    }
    // A width that f32 rounds to zero.
    let space = Space::<f32>::masks(2);
    let (draw, kernel) = (Draw::new(&space, 1), Radial::exponential(1e-60).unwrap());
    let centred = kernel.at(Origin::new(space.origin(), &()), First::new(Block::new(&draw, &(), 0))).map(|_| ());
    says(typed(centred), &Error::Width { value: 0.0 }, "the kernel width is 0: it must be a finite number above 0");
}

#[test]
fn distances_a_rule_cannot_use() {
    for value in [-1.0, f64::INFINITY, f64::NAN] {
        let message = format!(
            "the distance of row 1 from the instance is {value}: distances are finite and not negative, so rescale the features or take another metric"
        );
        let rules: [Box<dyn Width<f64>>; 2] =
            [Box::new(MedianDistance::default()), Box::new(EffectiveSamples::new(0.5).unwrap())];
        for rule in rules {
            says(width(rule.as_ref(), &[0.0, value]), &Error::Distance { row: 1, value }, &message);
        }
    }
    // As an overflow of the data themselves.
    let instance = dmatrix![0.0];
    let (space, batch) = (Space::masks(1), dmatrix![1.0; 1e200]);
    let kernel = Radial::new(Original(SquaredEuclidean), Exponential, MedianDistance::default());
    let draw = Draw::new(&space, 2);
    let centred =
        kernel.at(Origin::new(space.origin(), &instance), First::new(Block::new(&draw, &batch, 0))).map(|_| ());
    let message = "the distance of row 1 from the instance is inf: distances are finite and not negative, so rescale the features or take another metric";
    says(typed(centred), &Error::Distance { row: 1, value: f64::INFINITY }, message);
}

#[test]
fn no_distance() {
    let message = "the first 3 samples are all at distance 0 from the instance, which gives no width: take a fixed width, or a distance in which they differ";
    says(width(&MedianDistance::default(), &[0.0; 3]), &Error::NoDistance { rows: 3 }, message);
    says(width(&EffectiveSamples::new(0.5).unwrap(), &[0f32; 3]), &Error::NoDistance { rows: 3 }, message);
    assert!(width::<f64>(&MedianDistance::default(), &[]).is_err());
    assert!(width::<f64>(&EffectiveSamples::new(0.5).unwrap(), &[]).is_err());
}

#[test]
fn effective_samples() {
    for value in [0.0, 1.0, -0.5, 1.5, f64::INFINITY, f64::NAN] {
        let message = format!("the share of effective samples is {value}: it must be above 0 and below 1");
        says(EffectiveSamples::new(value), &Error::Share { value }, &message);
    }
    let half = EffectiveSamples::new(0.5).unwrap();
    let fails = |seen: Seen<'_, f64>, least: f64, most: f64| {
        let message = format!(
            "no width makes 0.5 of the first 4 samples effective: between the narrowest and the widest kernel the effective sample size goes from {least} to {most}, so ask for a share in between or take a fixed width"
        );
        says(typed(half.width(&seen)), &Error::EffectiveSamples { share: 0.5, rows: 4, least, most }, &message);
    };
    fails(Seen::new(1, &Uniform, || Ok(vec![0.0, 1.0, 2.0, 3.0])), 4.0, 4.0);
    fails(Seen::new(1, &Exponential, || Ok(vec![2.0; 4])), 4.0, 4.0);
    fails(Seen::new(1, &TopHat, || Ok(vec![2.0; 4])), 4.0, 4.0);
    fails(Seen::new(1, &Exponential, || Ok(vec![0.0, 0.0, 0.0, 1.0])), 3.0, 4.0);
    fails(Seen::new(1, &TopHat, || Ok(vec![1.0, 1.0, 1.0, 2.0])), 3.0, 4.0);
    // A profile that never weighs anything.
    let nothing = lime_kernels::profile_fn(|_: f64| 0.0);
    fails(Seen::new(1, &nothing, || Ok(vec![0.0, 1.0, 2.0, 3.0])), 0.0, 0.0);
}

#[test]
fn columns_of_gower() {
    says(Gower::new([]), &Error::NoColumns, "0 columns: a metric needs at least 1");
    for value in NUMBERS {
        let message = format!(
            "the range of column 1 is {value}: it must be a finite number above 0, and a column of one value is `GowerColumn::Constant`"
        );
        let columns = [GowerColumn::Category, GowerColumn::Number { range: value }];
        says(Gower::new(columns), &Error::Range { column: 1, value }, &message);
    }
    let gower = Gower::new([GowerColumn::Category, GowerColumn::Constant]).unwrap();
    for value in [-1.0, f64::INFINITY, f64::NAN] {
        let message = format!("the weight of column 1 is {value}: it must be a finite number, 0 or above");
        says(gower.clone().with_weights(&[1.0, value]), &Error::ColumnWeight { column: 1, value }, &message);
    }
    let message = "3 weight(s) for 2 column(s): there must be one for each";
    says(gower.clone().with_weights(&[1.0; 3]), &Error::ColumnWeights { expected: 2, found: 3 }, message);
    let message = "the columns' weights sum to 0: the sum must be a finite number above 0";
    says(gower.clone().with_weights(&[0.0; 2]), &Error::WeightSum { sum: 0.0 }, message);
    let message = "the columns' weights sum to inf: the sum must be a finite number above 0";
    says(gower.with_weights(&[f64::MAX; 2]), &Error::WeightSum { sum: f64::INFINITY }, message);
}

#[test]
fn training_rows() {
    let message = "category column 2 does not exist: the rows have 2 column(s), numbered from 0";
    says(Gower::from_rows(&dmatrix![1.0, 2.0], &[0, 2]), &Error::Category { column: 2, columns: 2 }, message);
    let none = DMatrix::<f64>::zeros(0, 2);
    let message = "0 training row(s): at least 1 are needed";
    says(Gower::from_rows(&none, &[]), &Error::TrainingRows { found: 0, needed: 1 }, message);
    let message = "1 training row(s): at least 2 are needed";
    says(Mahalanobis::from_rows(&dmatrix![1.0, 2.0], 0.0), &Error::TrainingRows { found: 1, needed: 2 }, message);

    let empty = DMatrix::<f64>::zeros(2, 0);
    says(Gower::from_rows(&empty, &[]), &Error::NoColumns, "0 columns: a metric needs at least 1");
    says(Mahalanobis::from_rows(&empty, 0.0), &Error::NoColumns, "0 columns: a metric needs at least 1");

    for value in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let rows = dmatrix![1.0, 2.0; 3.0, value];
        let message = format!(
            "row 1, column 1 of the training rows is {value}, not a finite number: leave the row out or fill it in"
        );
        let error = Error::TrainingValue { row: 1, column: 1, value };
        says(Gower::from_rows(&rows, &[1]), &error, &message);
        says(Mahalanobis::from_rows(&rows, 0.0), &error, &message);
    }
    let wide = dmatrix![1.0, -1e308; 2.0, 1e308];
    let message = "the range of column 1 is inf: it must be a finite number above 0, and a column of one value is `GowerColumn::Constant`";
    says(Gower::from_rows(&wide, &[]), &Error::Range { column: 1, value: f64::INFINITY }, message);
    assert!(Gower::from_rows(&wide, &[1]).is_ok());
    assert_eq!(Mahalanobis::from_rows(&wide, 0.0), Err(Error::Range { column: 1, value: f64::INFINITY }));
}

#[test]
fn covariances() {
    let none = DMatrix::zeros(0, 0);
    says(Mahalanobis::new(&none), &Error::NoColumns, "0 columns: a metric needs at least 1");
    let message = "the covariance is 2 x 3: it must be square";
    says(Mahalanobis::new(&DMatrix::zeros(2, 3)), &Error::NotSquare { rows: 2, columns: 3 }, message);
    for value in [f64::INFINITY, f64::NAN] {
        let message = format!("the covariance of columns 1 and 0 is {value}, not a finite number");
        let error = Error::Covariance { row: 1, column: 0, value };
        says(Mahalanobis::new(&dmatrix![1.0, 0.0; value, 1.0]), &error, &message);
    }
    let message = "the covariance of columns 0 and 1 is 0.5 above the diagonal and 0.25 below: it must be symmetric";
    let error = Error::NotSymmetric { row: 0, column: 1, value: 0.5, mirrored: 0.25 };
    says(Mahalanobis::new(&dmatrix![1.0, 0.5; 0.25, 1.0]), &error, message);
    for value in [0.0, -2.0] {
        let message = format!(
            "the variance of column 1 is {value}: it must be above 0, so leave the column out or add a ridge to the diagonal"
        );
        says(Mahalanobis::new(&dmatrix![1.0, 0.0; 0.0, value]), &Error::Variance { column: 1, value }, &message);
    }
    // Correlations of 1 and 1.5 with two columns that have none.
    let message = "the covariance is not positive definite: the columns before column 2 leave -2.25 of its variance (the pivot), and at least 1e-10 is needed, so add a ridge to the diagonal or shrink the covariance";
    let impossible = dmatrix![4.0, 0.0, 2.0; 0.0, 1.0, 1.5; 2.0, 1.5, 1.0];
    let error = Error::Pivot { column: 2, value: 1.0 - (1.0 + 1.5 * 1.5), least: 1e-10 };
    says(Mahalanobis::new(&impossible), &error, message);

    // The third column is the sum of the first two.
    let rows = dmatrix![1.0, 0.0, 1.0; 0.0, 1.0, 1.0; 2.0, 5.0, 7.0; 1.0, 1.0, 2.0];
    assert!(matches!(Mahalanobis::from_rows(&rows, 0.0), Err(Error::Pivot { column: 2, value, .. }) if value < 1e-10));
    assert!(Mahalanobis::from_rows(&rows, 1e-6).is_ok());
    for value in [-0.1, 1.1, f64::NAN] {
        let message = format!("the shrinkage is {value}: it must be between 0 (none) and 1 (no correlations)");
        says(Mahalanobis::from_rows(&rows, value), &Error::Shrinkage { value }, &message);
    }
}

/// A metric of two columns, as a user would write one.
struct Pair;

impl<F: Real> Metric<F> for Pair {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        for (distance, row) in distances.iter_mut().zip(rows.row_iter()) {
            *distance = (row[0] - origin[0]).abs() + (row[1] - origin[1]).abs();
        }
    }

    fn check(&self, columns: usize) -> Result<(), BoxError> {
        if columns == 2 { Ok(()) } else { Err(Error::Columns { expected: 2, found: columns }.into()) }
    }
}

#[test]
fn columns_of_the_data() {
    let metrics: [Box<dyn Metric<f64>>; 3] = [
        Box::new(Gower::new([GowerColumn::Category; 2]).unwrap()),
        Box::new(Mahalanobis::new(&DMatrix::identity(2, 2)).unwrap()),
        Box::new(Pair),
    ];
    for metric in metrics {
        for found in [1, 3] {
            let message = format!(
                "the metric was built for 2 column(s) and the data have {found}: build it from data of the same columns"
            );
            let error = Error::Columns { expected: 2, found };
            let width = || Fixed::new(1.0).unwrap();
            // Before the first weighing, in either space, whatever the width, through pointers.
            says(centre(&Radial::new(Interpretable(&metric), Exponential, width()), found, 2), &error, &message);
            says(centre(&Radial::new(Original(&metric), Exponential, width()), 2, found), &error, &message);
            let boxed: Box<dyn Distance<f64, DMatrix<f64>> + '_> = Box::new(Original(&metric));
            says(centre(&Radial::new(boxed, Exponential, MedianDistance::default()), 2, found), &error, &message);
        }
        assert_eq!(centre(&Radial::new(Interpretable(&metric), Exponential, Fixed::new(1.0).unwrap()), 2, 5), Ok(()));
        assert_eq!(centre(&Radial::new(Original(&metric), Exponential, Fixed::new(1.0).unwrap()), 5, 2), Ok(()));
    }
}

#[test]
fn shapley_kernel() {
    for features in [0, 1] {
        let message = format!(
            "{features} feature(s): the Shapley kernel weighs the masks between the empty and the full one, and there are none below 2 features"
        );
        says(centre(&ShapleyKernel, features, 1), &Error::NoMasksBetween { features }, &message);
    }
    let space = Space::<f64>::masks(3);
    let mut draw = Draw::new(&space, 2);
    let at = |z: &[f64], draw: &Draw<f64>| {
        typed(ShapleyKernel.at(Origin::new(z, &()), First::new(Block::new(draw, &(), 0))).map(|_| ()))
    };
    let message = "feature 1 of the instance is 0.5 in interpretable space: the Shapley kernel needs a space of masks, in which it is 1";
    says(at(&[1.0, 0.5, 1.0], &draw), &Error::FullMask { feature: 1, value: 0.5 }, message);

    let ones = [1.0; 3];
    let masks = draw.clone();
    for value in [0.5, -1.0, f64::NAN] {
        draw.z[(1, 2)] = value;
        let message =
            format!("feature 2 of row 1 of the block is {value}: the Shapley kernel needs masks, of 0 and 1 only");
        let error = Error::Mask { row: 1, feature: 2, value };
        says(at(&ones, &draw), &error, &message);
        // In a later block too.
        let similarity = ShapleyKernel.at(Origin::new(&ones, &()), First::new(Block::new(&masks, &(), 0))).unwrap();
        says(typed(similarity.weigh(Block::new(&draw, &(), 0), &mut [0.0; 2])), &error, &message);
    }
}
