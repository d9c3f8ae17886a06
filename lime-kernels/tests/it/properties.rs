//! What every distance, profile, width rule and kernel promises.

use std::sync::Arc;

use lime_core::nalgebra::{DMatrix, DMatrixView, DVector, SymmetricEigen};
use lime_core::{Block, BoxError, Draw, First, Kernel, Origin, Real, Space};
use lime_kernels::{
    Cosine, Distance, EffectiveSamples, Epanechnikov, Euclidean, Exponential, Fixed, Gower, GowerColumn, Hamming,
    Interpretable, Laplace, Mahalanobis, Manhattan, MedianDistance, Metric, Original, Profile, Radial, RootDimension,
    Seen, ShapleyKernel, SquaredEuclidean, TopHat, Tricube, Uniform, Width, profile_fn,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

type Named<T> = (&'static str, T);
type DynKernel<F> = Box<dyn Kernel<F, DMatrix<F>>>;
type DynDistance<F> = Arc<dyn Distance<F, DMatrix<F>>>;

/// A table around its first row, with masks of as many features. Row 0 is the instance.
#[derive(Debug, Clone)]
struct Table {
    /// Multiples of 1/8, which f32 holds exactly. The instance's are above 0.
    rows: DMatrix<f64>,
    /// 0 and 1; row 0 all 1.
    masks: DMatrix<f64>,
    categories: Vec<usize>,
}

impl Table {
    /// The same table with its columns in another order.
    fn permuted(&self, order: &[usize]) -> Self {
        Self {
            rows: self.rows.select_columns(order),
            masks: self.masks.select_columns(order),
            categories: (0..order.len()).filter(|j| self.categories.contains(&order[*j])).collect(),
        }
    }

    /// Rows `range` as a draw and the whole table as a batch, handed to `with` as a block.
    fn block<F: Real, T>(&self, range: std::ops::Range<usize>, with: impl FnOnce(Block<'_, F, DMatrix<F>>) -> T) -> T {
        let batch = self.rows.map(F::of);
        let mut draw = Draw::new(&Space::masks(self.masks.ncols()), range.len());
        draw.z.copy_from(&self.masks.rows(range.start, range.len()).map(F::of));
        with(Block::new(&draw, &batch, range.start))
    }

    /// What a kernel makes of the table, weighed in pieces that end at `cuts`.
    fn weigh<F: Real>(&self, kernel: &dyn Kernel<F, DMatrix<F>>, cuts: &[usize]) -> Vec<F> {
        let n = self.rows.nrows();
        let (z, instance) = (vec![F::one(); self.masks.ncols()], self.rows.rows(0, 1).map(F::of));
        let origin = Origin::new(&z, &instance);
        let similarity = self.block(0..n, |first| kernel.at(origin, First::new(first)).unwrap());
        let mut weights = vec![F::of(f64::NAN); n];
        let mut from = 0;
        for &to in cuts.iter().chain([&n]) {
            self.block(from..to, |block| similarity.weigh(block, &mut weights[from..to]).unwrap());
            from = to;
        }
        weights
    }

    /// The distances of a table's rows.
    fn distances<F: Real>(&self, distance: &dyn Distance<F, DMatrix<F>>) -> Vec<F> {
        let (z, instance) = (vec![F::one(); self.masks.ncols()], self.rows.rows(0, 1).map(F::of));
        let mut distances = vec![F::of(f64::NAN); self.rows.nrows()];
        let origin = Origin::new(&z, &instance);
        self.block(0..self.rows.nrows(), |block| distance.distances(origin, block, &mut distances).unwrap());
        distances
    }

    fn gower<F: Real>(&self) -> Gower {
        // Weights that go with the columns and not with their places.
        let weights: Vec<f64> = self.rows.row(0).iter().map(|x| 0.5 + x).collect();
        Gower::from_rows(&self.rows.map(F::of), &self.categories).unwrap().with_weights(&weights).unwrap()
    }

    fn metrics<F: Real>(&self) -> Vec<Named<Arc<dyn Metric<F>>>> {
        vec![
            ("Euclidean", Arc::new(Euclidean)),
            ("SquaredEuclidean", Arc::new(SquaredEuclidean)),
            ("Manhattan", Arc::new(Manhattan)),
            ("Cosine", Arc::new(Cosine)),
            ("Hamming", Arc::new(Hamming)),
            ("Gower", Arc::new(self.gower::<F>())),
            ("Mahalanobis", Arc::new(Mahalanobis::from_rows(&self.rows.map(F::of), 0.3).unwrap())),
        ]
    }

    /// Every metric in both spaces.
    fn distance_list<F: Real>(&self) -> Vec<Named<DynDistance<F>>> {
        let mut list: Vec<Named<DynDistance<F>>> = Vec::new();
        for (name, metric) in self.metrics::<F>() {
            list.push((name, Arc::new(Interpretable(metric.clone()))));
            list.push((name, Arc::new(Original(metric))));
        }
        list
    }

    /// Every distance with every profile.
    fn radials<F: Real>(&self) -> Vec<(String, DynKernel<F>, DynDistance<F>)> {
        let mut list: Vec<(String, DynKernel<F>, DynDistance<F>)> = Vec::new();
        for (name, distance) in self.distance_list::<F>() {
            for (profile_name, profile) in profiles::<F>() {
                let kernel = Radial::new(distance.clone(), profile, Fixed::new(1.234_567).unwrap());
                list.push((format!("{profile_name} of {name}"), Box::new(kernel), distance.clone()));
            }
        }
        list
    }
}

fn profiles<F: Real>() -> Vec<Named<Box<dyn Profile<F>>>> {
    vec![
        ("Exponential", Box::new(Exponential)),
        ("Laplace", Box::new(Laplace)),
        ("Epanechnikov", Box::new(Epanechnikov)),
        ("Tricube", Box::new(Tricube)),
        ("TopHat", Box::new(TopHat)),
        ("Uniform", Box::new(Uniform)),
    ]
}

/// The kernels that come whole.
fn conventions<F: Real>() -> Vec<Named<DynKernel<F>>> {
    vec![
        ("tables", Box::new(Radial::default())),
        ("images", Box::new(Radial::for_images())),
        ("text", Box::new(Radial::for_text())),
        ("captum, cosine", Box::new(Radial::captum(Cosine, 1.0).unwrap())),
        ("captum, Euclidean", Box::new(Radial::captum(Euclidean, 1.0).unwrap())),
        ("xplique, Euclidean", Box::new(Radial::xplique(Euclidean, 45.0).unwrap())),
        ("xplique, cosine", Box::new(Radial::xplique(Cosine, 1.0).unwrap())),
    ]
}

/// Tables of 1 to 6 columns, the last of them a category in every other, and 2 to 24 rows.
fn tables() -> impl Strategy<Value = Table> {
    (1..7usize, 2..25usize, any::<bool>()).prop_flat_map(|(d, n, category)| {
        let values = prop::collection::vec(-32..33i32, n * d);
        (values, prop::collection::vec(any::<bool>(), n * d)).prop_map(move |(values, kept)| {
            let mut rows = DMatrix::from_fn(n, d, |i, j| f64::from(values[i * d + j]) / 8.0);
            rows.row_mut(0).apply(|x| *x = x.abs() + 0.125);
            if category {
                rows.column_mut(d - 1).apply(|x| *x = x.abs().floor() % 3.0 + 1.0);
            }
            let masks = DMatrix::from_fn(n, d, |i, j| if i == 0 || kept[i * d + j] { 1.0 } else { 0.0 });
            Table { rows, masks, categories: if category { vec![d - 1] } else { vec![] } }
        })
    })
}

fn with_order() -> impl Strategy<Value = (Table, Vec<usize>)> {
    tables().prop_flat_map(|table| {
        let order: Vec<usize> = (0..table.rows.ncols()).collect();
        (Just(table), Just(order).prop_shuffle())
    })
}

fn with_cuts() -> impl Strategy<Value = (Table, Vec<usize>)> {
    tables().prop_flat_map(|table| {
        let n = table.rows.nrows();
        let cuts = prop::collection::btree_set(1..n, 0..4.min(n));
        (Just(table), cuts.prop_map(|cuts| cuts.into_iter().collect()))
    })
}

fn row(matrix: &DMatrix<f64>, i: usize) -> Vec<f64> {
    matrix.row(i).iter().copied().collect()
}

fn distance(metric: &dyn Metric<f64>, from: &[f64], to: &[f64]) -> f64 {
    let mut distances = [f64::NAN];
    metric.distances(from, DMatrix::from_row_slice(1, to.len(), to).as_view(), &mut distances);
    distances[0]
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

fn bits<F: Real>(values: &[F]) -> Vec<u64> {
    values.iter().map(|v| v.wide().to_bits()).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn distances_are_symmetric_zero_at_the_instance_and_obey_the_triangle(table in tables(), picks in any::<[prop::sample::Index; 3]>()) {
        let n = table.rows.nrows();
        let [a, b, c] = picks.map(|pick| row(&table.rows, pick.index(n)));
        for (name, metric) in table.metrics() {
            let metric = metric.as_ref();
            let there = distance(metric, &a, &b);
            prop_assert!(there >= 0.0 && there.is_finite(), "{}", name);
            prop_assert_eq!(there, distance(metric, &b, &a), "{}", name);
            if name != "Cosine" || a.iter().any(|x| *x != 0.0) {
                prop_assert_eq!(distance(metric, &a, &a), 0.0, "{}", name);
            }
            if !["SquaredEuclidean", "Cosine"].contains(&name) {
                let around = distance(metric, &a, &c) + distance(metric, &c, &b);
                prop_assert!(there <= around + 1e-12 * around.max(1.0), "{}: {} > {}", name, there, around);
            }
        }
    }

    #[test]
    fn profiles_fall_from_one_and_never_below_zero(near in 0.0..3.0f64, step in 0.0..3.0f64) {
        for (name, profile) in profiles::<f64>() {
            prop_assert_eq!(profile.weight(0.0), 1.0, "{}", name);
            let (close, far) = (profile.weight(near), profile.weight(near + step));
            prop_assert!(far <= close && far >= 0.0, "{}: {} {}", name, close, far);
        }
    }

    #[test]
    fn kernels_fall_with_the_distance_from_one_at_the_instance(table in tables()) {
        for (name, kernel, distance) in table.radials::<f64>() {
            let (weights, distances) = (table.weigh(kernel.as_ref(), &[]), table.distances(&distance));
            prop_assert_eq!(weights[0], 1.0, "{}", name);
            let mut order: Vec<usize> = (0..weights.len()).collect();
            order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
            for pair in order.windows(2) {
                prop_assert!(weights[pair[1]] <= weights[pair[0]] && weights[pair[1]] >= 0.0, "{}", name);
            }
        }
        for (name, kernel) in conventions::<f64>() {
            prop_assert_eq!(table.weigh(kernel.as_ref(), &[])[0], 1.0, "{}", name);
        }
    }

    #[test]
    fn kernels_are_blind_to_the_order_of_features((table, order) in with_order()) {
        let permuted = table.permuted(&order);
        let mut pairs: Vec<(String, DynKernel<f64>, DynKernel<f64>)> = Vec::new();
        for ((name, one, distance), (_, other, _)) in table.radials().into_iter().zip(permuted.radials()) {
            // A top hat falls at once.
            if table.distances(&distance).iter().all(|d: &f64| (d - 1.234_567).abs() > 1e-9) {
                pairs.push((name, one, other));
            }
        }
        pairs.extend(conventions().into_iter().zip(conventions()).map(|((name, one), (_, other))| (name.into(), one, other)));
        if order.len() > 1 {
            pairs.push(("Shapley".into(), Box::new(ShapleyKernel), Box::new(ShapleyKernel)));
        }
        for (name, one, other) in pairs {
            let (one, other) = (table.weigh(one.as_ref(), &[]), permuted.weigh(other.as_ref(), &[]));
            for (a, b) in one.iter().zip(&other) {
                prop_assert!(close(*a, *b, 1e-9), "{}: {} {}", name, a, b);
            }
        }
    }

    #[test]
    fn kernels_weigh_row_by_row((table, cuts) in with_cuts()) {
        fn check<F: Real>(table: &Table, cuts: &[usize]) -> Result<(), TestCaseError> {
            let mut kernels: Vec<(String, DynKernel<F>)> = Vec::new();
            kernels.extend(table.radials::<F>().into_iter().map(|(name, kernel, _)| (name, kernel)));
            kernels.extend(conventions::<F>().into_iter().map(|(name, kernel)| (name.to_string(), kernel)));
            if table.masks.ncols() > 1 {
                kernels.push(("Shapley".into(), Box::new(ShapleyKernel)));
            }
            for (name, kernel) in kernels {
                let whole = table.weigh(kernel.as_ref(), &[]);
                prop_assert_eq!(bits(&whole), bits(&table.weigh(kernel.as_ref(), cuts)), "{}", name);
            }
            Ok(())
        }
        check::<f64>(&table, &cuts)?;
        check::<f32>(&table, &cuts)?;
    }

    #[test]
    fn kernels_agree_in_both_precisions(table in tables()) {
        let both = table.radials::<f64>().into_iter().zip(table.radials::<f32>());
        for ((name, wide, distance), (_, narrow, _)) in both {
            // A top hat falls at once.
            let away = table.distances(&distance).iter().all(|d: &f64| (d - 1.234_567).abs() > 1e-4);
            for (a, b) in table.weigh(wide.as_ref(), &[]).iter().zip(table.weigh(narrow.as_ref(), &[])) {
                prop_assert!(!away || close(*a, b.wide(), 1e-4), "{}: {} {}", name, a, b);
            }
        }
        for ((name, wide), (_, narrow)) in conventions::<f64>().into_iter().zip(conventions::<f32>()) {
            for (a, b) in table.weigh(wide.as_ref(), &[]).iter().zip(table.weigh(narrow.as_ref(), &[])) {
                prop_assert!(close(*a, b.wide(), 1e-5), "{}: {} {}", name, a, b);
            }
        }
        if table.masks.ncols() > 1 {
            for (a, b) in table.weigh::<f64>(&ShapleyKernel, &[]).iter().zip(table.weigh::<f32>(&ShapleyKernel, &[])) {
                prop_assert!(close(*a, b.wide(), 1e-6));
            }
        }
    }

    /// exp(-d^2 / w) is exp(-d^2 / (2 nu^2)) for nu = sqrt(w / 2).
    #[test]
    fn laplace_of_the_square_is_the_exponential_kernel(table in tables(), width in 0.1..10.0f64) {
        for i in 0..table.rows.nrows() {
            let (x, z) = (row(&table.rows, 0), row(&table.rows, i));
            let squared = Laplace.weight(distance(&SquaredEuclidean, &x, &z) / width);
            let plain = Exponential.weight(distance(&Euclidean, &x, &z) / (width / 2.0).sqrt());
            prop_assert!((squared - plain).abs() < 1e-12);
        }
    }

    /// On masks with k of d parts kept: the distances of the literature.
    #[test]
    fn masks_are_as_far_as_their_missing_parts(table in tables()) {
        let d = table.masks.ncols() as f64;
        for mask in table.masks.row_iter() {
            let kept: f64 = mask.sum();
            let gower = Gower::new(vec![GowerColumn::Category; mask.len()]).unwrap();
            let metrics: [&dyn Metric<f64>; 6] = [&Euclidean, &SquaredEuclidean, &Manhattan, &Cosine, &Hamming, &gower];
            let expected = [(d - kept).sqrt(), d - kept, d - kept, 1.0 - (kept / d).sqrt(), (d - kept) / d, (d - kept) / d];
            let z: Vec<f64> = mask.iter().copied().collect();
            for (metric, expected) in metrics.into_iter().zip(expected) {
                prop_assert!((distance(metric, &vec![1.0; z.len()], &z) - expected).abs() < 1e-12);
            }
        }
    }

    /// Gower (1971): 1 minus the weighted mean of the columns' similarities.
    #[test]
    fn gower_is_one_minus_the_mean_similarity(table in tables()) {
        let d = table.rows.ncols();
        let columns: Vec<Vec<f64>> = table.rows.column_iter().map(|column| column.iter().copied().collect()).collect();
        let gower = table.gower::<f64>();
        for i in 0..table.rows.nrows() {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (j, column) in columns.iter().enumerate() {
                let (least, most) = column.iter().fold((f64::MAX, f64::MIN), |(l, m), v| (l.min(*v), m.max(*v)));
                let weight = 0.5 + column[0];
                let similarity = match column[i] == column[0] {
                    true => 1.0,
                    false if table.categories.contains(&j) => 0.0,
                    false => 1.0 - (column[i] - column[0]).abs() / (most - least),
                };
                sum += weight * similarity;
                weights += weight;
            }
            let expected = 1.0 - sum / weights;
            let found = distance(&gower, &row(&table.rows, 0), &row(&table.rows, i));
            prop_assert!((found - expected).abs() < 1e-12 && found < 1.0 + 1e-12, "{} {} {}", d, found, expected);
        }
    }

    /// With W = S^(-1/2), from the eigenvectors of S.
    #[test]
    fn mahalanobis_is_euclidean_after_whitening(table in tables(), ridge in 0.01..2.0f64) {
        let (n, d) = table.rows.shape();
        let centred = DMatrix::from_fn(n, d, |i, j| table.rows[(i, j)] - table.rows.column(j).mean());
        let sample = centred.transpose() * &centred / (n - 1) as f64;
        let mut constant = false;
        let covariance = &sample + DMatrix::identity(d, d) * ridge;
        let shrunk = DMatrix::from_fn(d, d, |i, j| {
            constant |= sample[(i, i)] < 1e-12;
            if i == j { sample[(i, j)] } else { sample[(i, j)] * 0.7 }
        });
        let mut cases = vec![(covariance.clone(), Mahalanobis::new(&covariance).unwrap())];
        if !constant {
            cases.push((shrunk, Mahalanobis::from_rows(&table.rows, 0.3).unwrap()));
        }
        for (covariance, metric) in cases {
            let eigen = SymmetricEigen::new(covariance);
            let roots = DVector::from_iterator(d, eigen.eigenvalues.iter().map(|value| 1.0 / value.sqrt()));
            let whiten = &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose();
            let white = &table.rows * whiten;
            for i in 0..n {
                let expected = distance(&Euclidean, &row(&white, 0), &row(&white, i));
                let found = distance(&metric, &row(&table.rows, 0), &row(&table.rows, i));
                prop_assert!(close(found, expected, 1e-9), "{} {}", found, expected);
            }
        }
    }

    /// Units do not matter to the metrics that are built from the data.
    #[test]
    fn units_do_not_matter_to_gower_and_mahalanobis(table in tables(), scale in 1e-6..1e6f64, shift in -100.0..100.0f64) {
        let other = table.rows.map(|x| x * scale + shift);
        let metrics = |rows: &DMatrix<f64>| -> [Box<dyn Metric<f64>>; 2] {
            let gower = Gower::from_rows(rows, &table.categories).unwrap();
            [Box::new(gower), Box::new(Mahalanobis::from_rows(rows, 0.3).unwrap())]
        };
        for (one, two) in metrics(&table.rows).iter().zip(metrics(&other)) {
            for i in 0..table.rows.nrows() {
                let there = distance(one.as_ref(), &row(&table.rows, 0), &row(&table.rows, i));
                // The shift costs digits where the scale is small.
                prop_assert!(close(there, distance(two.as_ref(), &row(&other, 0), &row(&other, i)), 1e-6 + 1e-12 / scale));
            }
        }
    }
}

/// gower 0.1.2 (Python), whose ranges are those of the rows given.
#[test]
fn gower_agrees_with_python() {
    let rows = DMatrix::from_row_slice(
        5,
        4,
        &[21.0, 1.0, 0.0, 2.5, 35.0, 2.0, 1.0, 2.5, 60.0, 1.0, 1.0, 7.5, 42.0, 3.0, 0.0, 5.0, 28.0, 2.0, 0.0, 3.0],
    );
    let gower = Gower::from_rows(&rows, &[1, 2]).unwrap();
    let weighted = gower.clone().with_weights(&[2.0, 1.0, 0.5, 3.0]).unwrap();
    let expected = [
        [0.0, 0.589_743_6, 0.75, 0.509_615_4, 0.319_871_78],
        [0.0, 0.341_222_88, 0.846_153_86, 0.550_295_9, 0.255_226_82],
    ];
    for (metric, expected) in [gower, weighted].iter().zip(expected) {
        for (i, expected) in expected.into_iter().enumerate() {
            // It computes in f32.
            assert!((distance(metric, &row(&rows, 0), &row(&rows, i)) - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn gower_counts_a_constant_column_in_the_divisor_only() {
    let rows = DMatrix::from_row_slice(2, 2, &[0.0, 7.0, 4.0, 7.0]);
    let gower = Gower::from_rows(&rows, &[]).unwrap();
    assert_eq!(gower.columns(), [GowerColumn::Number { range: 4.0 }, GowerColumn::Constant]);
    assert_eq!(distance(&gower, &[0.0, 7.0], &[4.0, 9.0]), 0.5);
    // Beyond the range, beyond 1; and a range that f32 takes for 0.
    assert_eq!(distance(&gower, &[0.0, 7.0], &[12.0, 7.0]), 1.5);
    let tiny = Gower::new([GowerColumn::Number { range: 1e-60 }]).unwrap();
    let mut distances = [f32::NAN; 2];
    tiny.distances(&[1.0f32], DMatrix::from_column_slice(2, 1, &[1.0, 2.0]).as_view(), &mut distances);
    assert_eq!(distances, [0.0, f32::INFINITY]);
}

/// scipy 1.17.1: `mahalanobis(x, z, inv(S))`, with S given, and S of six training rows (`cov`, divisor n - 1) with its
/// correlations shrunk.
#[test]
fn mahalanobis_agrees_with_scipy() {
    let covariance = DMatrix::from_row_slice(3, 3, &[2.0, 0.6, -0.4, 0.6, 1.5, 0.3, -0.4, 0.3, 0.8]);
    let metric = Mahalanobis::new(&covariance).unwrap();
    for (z, expected) in [
        ([0.0, 0.0, 0.0], 2.829_112_222_763_926_7),
        ([1.5, -1.0, 2.5], 2.526_027_306_560_317_6),
        ([-3.0, 4.0, 1.0], 7.662_958_321_207_165_5),
    ] {
        assert!((distance(&metric, &[1.0, -2.0, 0.5], &z) - expected).abs() < 1e-13);
    }
    let training = DMatrix::from_row_slice(
        6,
        3,
        &[5.1, 3.5, 1.4, 4.9, 3.0, 1.4, 6.2, 2.9, 4.3, 5.9, 3.0, 5.1, 6.7, 3.1, 4.7, 5.0, 3.4, 1.6],
    );
    for (shrinkage, expected) in [
        (0.0, [2.500_600_509_685_708_7, 2.864_879_141_298_996_7, 2.326_870_582_430_997]),
        (0.25, [2.540_091_310_135_029_5, 2.463_511_838_846_732_5, 2.339_415_312_060_598_5]),
        (1.0, [3.304_922_197_644_395_4, 3.109_674_948_284_973, 3.279_921_356_380_660_4]),
    ] {
        let metric = Mahalanobis::from_rows(&training, shrinkage).unwrap();
        for (i, expected) in expected.into_iter().enumerate() {
            let found = distance(&metric, &row(&training, 0), &row(&training, i + 2));
            assert!((found - expected).abs() < 1e-11, "{found} {expected}");
        }
    }
}

/// More rows than one tile, a constant column, fewer rows than columns, values whose squares overflow.
#[test]
fn mahalanobis_at_the_edges() {
    let rows = DMatrix::from_fn(600, 3, |i, j| f64::from(u32::try_from((i * (j + 3)) % 17).unwrap()));
    let metric = Mahalanobis::from_rows(&rows, 0.1).unwrap();
    let mut distances = vec![f64::NAN; 600];
    metric.distances(&row(&rows, 1), rows.as_view(), &mut distances);
    for i in [0, 1, 255, 256, 511, 512, 599] {
        assert_eq!(distances[i], distance(&metric, &row(&rows, 1), &row(&rows, i)));
    }
    metric.distances(&row(&rows, 1), rows.rows(0, 0), &mut []);

    // 0.1 has a mean of three that is not 0.1.
    let constant = DMatrix::from_row_slice(3, 2, &[1.0, 0.1, 2.0, 0.1, 3.0, 0.1]);
    let metric = Mahalanobis::from_rows(&constant, 0.0).unwrap();
    assert!((distance(&metric, &[1.0, 0.1], &[3.0, 5.0]) - 2.0).abs() < 1e-15);

    let flat = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 5.0, 4.0, 9.0]);
    assert!(Mahalanobis::from_rows(&flat, 0.0).is_err());
    assert!(distance(&Mahalanobis::from_rows(&flat, 1e-3).unwrap(), &[1.0, 2.0, 3.0], &[5.0, 4.0, 9.0]).is_finite());

    let large = DMatrix::from_column_slice(3, 1, &[1e200, 2e200, 3e200]);
    let metric = Mahalanobis::from_rows(&large, 0.0).unwrap();
    assert!((distance(&metric, &[1e200], &[3e200]) - 2.0).abs() < 1e-14);
}

/// The weights of one mask of each size, 0 to d.
fn shapley<F: Real>(d: usize) -> Vec<F> {
    let mut draw = Draw::new(&Space::masks(d), d + 1);
    for k in 0..=d {
        draw.z.row_mut(k).columns_mut(0, k).fill(F::one());
    }
    let (z, block) = (vec![F::one(); d], Block::new(&draw, &(), 0));
    let mut weights = vec![F::of(f64::NAN); d + 1];
    ShapleyKernel.at(Origin::new(&z, &()), First::new(block)).unwrap().weigh(block, &mut weights).unwrap();
    weights
}

fn binomial(n: u128, k: u128) -> u128 {
    (0..k).fold(1, |product, i| product * (n - i) / (i + 1))
}

#[test]
fn the_shapley_kernel_is_theorem_2() {
    for d in 2..=60u32 {
        let weights = shapley::<f64>(d as usize);
        let pi = |k: u32| {
            let count = binomial(u128::from(d), u128::from(k)) as f64;
            f64::from(d - 1) / (count * f64::from(k) * f64::from(d - k))
        };
        assert_eq!([weights[0], weights[d as usize]], [0.0, 0.0]);
        assert_eq!(weights[1], 1.0);
        let mut over_all_masks = 0.0;
        for k in 1..d {
            let weight = weights[k as usize];
            assert!((weight / (pi(k) / pi(1)) - 1.0).abs() < 1e-13, "d = {d}, k = {k}");
            assert_eq!(weight, weights[(d - k) as usize]);
            over_all_masks += binomial(u128::from(d), u128::from(k)) as f64 * weight;
        }
        // sum_k d (d - 1) / (k (d - k)) = 2 (d - 1) H_{d - 1}
        let harmonic: f64 = (1..d).map(|k| 1.0 / f64::from(k)).sum();
        assert!((over_all_masks / (2.0 * f64::from(d - 1) * harmonic) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn the_shapley_kernel_of_many_features_neither_overflows_nor_vanishes() {
    let weights = shapley::<f64>(1000);
    assert!(weights[1..1000].iter().all(|w| *w > 0.0 && *w <= 1.0));
    assert!(weights[1..=500].windows(2).all(|pair| pair[1] < pair[0]));
    // 1 / C(998, 499); ln C(998, 499) by Python's `math.comb`.
    assert!((weights[500].ln() + 688.081_967_707_065).abs() < 1e-9);
    assert_eq!(weights[2], 1.0 / 998.0);
    let weights = shapley::<f32>(1000);
    assert_eq!((weights[1], weights[2], weights[500]), (1.0, 1.0 / 998.0, 0.0));
    assert!(shapley::<f64>(2000).iter().all(|w| w.is_finite()));
}

/// Least squares over all masks with the empty and the full one as constraints gives the Shapley values, here those of a
/// brute-force sum over all coalitions.
#[test]
fn the_shapley_kernel_leads_to_shapley_values() {
    let d = 5usize;
    let masks: Vec<Vec<f64>> = (0..1u32 << d).map(|m| (0..d).map(|j| f64::from(m >> j & 1)).collect()).collect();
    let game = |z: &[f64]| {
        1.0 + 2.0 * z[0] - z[1] + 3.0 * z[0] * z[2] - 4.0 * z[1] * z[3] * z[4] + (z.iter().sum::<f64>()).exp()
    };
    let answers: Vec<f64> = masks.iter().map(|mask| game(mask)).collect();

    let factorial = |n: usize| (1..=n).product::<usize>() as f64;
    let values: Vec<f64> = (0..d)
        .map(|j| {
            let without = (0..masks.len()).filter(|m| m >> j & 1 == 0);
            without
                .map(|m| {
                    let size = m.count_ones() as usize;
                    let weight = factorial(size) * factorial(d - size - 1) / factorial(d);
                    weight * (answers[m | 1 << j] - answers[m])
                })
                .sum()
        })
        .collect();

    let mut draw = Draw::new(&Space::<f64>::masks(d), masks.len());
    draw.z = DMatrix::from_fn(masks.len(), d, |i, j| masks[i][j]);
    let (z, block) = (vec![1.0; d], Block::new(&draw, &(), 0));
    let mut weights = vec![f64::NAN; masks.len()];
    ShapleyKernel.at(Origin::new(&z, &()), First::new(block)).unwrap().weigh(block, &mut weights).unwrap();

    // The last coefficient is what the constraints leave: f(1) - f(0) - the others.
    let (empty, all) = (answers[0], answers[masks.len() - 1] - answers[0]);
    let x = DMatrix::from_fn(masks.len(), d - 1, |i, j| masks[i][j] - masks[i][d - 1]);
    let y = DVector::from_fn(masks.len(), |i, _| answers[i] - empty - masks[i][d - 1] * all);
    let weighted = DMatrix::from_fn(masks.len(), d - 1, |i, j| x[(i, j)] * weights[i]);
    let solved = (weighted.transpose() * &x).lu().solve(&(weighted.transpose() * y)).unwrap();
    for j in 0..d - 1 {
        assert!((solved[j] - values[j]).abs() < 1e-10, "{} {}", solved[j], values[j]);
    }
    assert!((all - solved.sum() - values[d - 1]).abs() < 1e-10);
}

/// Kish's effective sample size.
fn kish(weights: &[f64]) -> f64 {
    weights.iter().sum::<f64>().powi(2) / weights.iter().map(|w| w * w).sum::<f64>()
}

/// Distances of a tile: some of them 0, those away from the instance apart by more than rounding.
fn distances() -> impl Strategy<Value = Vec<f64>> {
    (prop::collection::btree_set(1..10_000u32, 2..257), 1..4usize, 1e-3..1e3f64).prop_map(|(away, zeros, unit)| {
        let mut distances = vec![0.0; zeros];
        distances.extend(away.into_iter().rev().map(|d| f64::from(d) * unit));
        distances.truncate(256);
        distances
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn half_of_the_distances_are_within_the_median(distances in distances(), factor in 0.1..10.0f64) {
        let rule = MedianDistance::new(factor).unwrap();
        let width = rule.width(&Seen::new(1, &Uniform, || Ok(distances.clone()))).unwrap() / factor;
        let away: Vec<f64> = distances.iter().copied().filter(|d| *d > 0.0).collect();
        let slack = 1e-12 * width;
        let (below, above) = (
            away.iter().filter(|d| **d <= width + slack).count(),
            away.iter().filter(|d| **d >= width - slack).count(),
        );
        prop_assert!(2 * below >= away.len() && 2 * above >= away.len());
        let nearest = |side: &dyn Fn(f64) -> bool| away.iter().copied().filter(|d| side(*d)).map(|d| (d - width).abs()).fold(f64::MAX, f64::min);
        // Between the middle two, in the middle.
        if away.len().is_multiple_of(2) {
            prop_assert!((nearest(&|d| d < width) - nearest(&|d| d > width)).abs() <= slack);
        } else {
            prop_assert!(nearest(&|_| true) <= slack);
        }
    }

    #[test]
    fn the_share_of_effective_samples_is_met(distances in distances(), share in 0.02..0.98f64) {
        fn check<F: Real>(distances: &[f64], share: f64, tolerance: f64) -> Result<(), TestCaseError> {
            let zeros = distances.iter().filter(|d| **d == 0.0).count() as f64;
            let target = share * distances.len() as f64;
            for (name, profile) in profiles::<F>() {
                let given: Vec<F> = distances.iter().map(|d| F::of(*d)).collect();
                let seen = Seen::new(1, profile.as_ref(), || Ok(given.clone()));
                let found = EffectiveSamples::new(share).unwrap().width(&seen);
                let size = |width: F| kish(&given.iter().map(|&d| profile.weight(d / width).wide()).collect::<Vec<_>>());
                match found {
                    Ok(width) if name == "TopHat" => {
                        prop_assert!(size(width) >= target && size(width * F::of(1.0 - 1e-5)) < target);
                    }
                    Ok(width) => {
                        prop_assert!(name != "Uniform" && target > zeros * (1.0 - 1e-9), "{}", name);
                        prop_assert!((size(width) / target - 1.0).abs() < tolerance, "{}: {} {}", name, size(width), target);
                    }
                    Err(_) => prop_assert!(name == "Uniform" || target <= zeros * (1.0 + 1e-9), "{} {}", name, target),
                }
            }
            Ok(())
        }
        check::<f64>(&distances, share, 1e-5)?;
        check::<f32>(&distances, share, 1e-4)?;
    }

    #[test]
    fn width_rules_follow_the_units(distances in distances(), power in -20..20i32) {
        let unit = 2f64.powi(power);
        let scaled: Vec<f64> = distances.iter().map(|d| d * unit).collect();
        let rules: [Box<dyn Width<f64>>; 2] = [Box::new(MedianDistance::default()), Box::new(EffectiveSamples::new(0.7).unwrap())];
        for rule in rules {
            let width = |distances: &[f64]| rule.width(&Seen::new(1, &Laplace, || Ok(distances.to_vec())));
            match (width(&distances), width(&scaled)) {
                (Ok(one), Ok(two)) => prop_assert!(close(one, two / unit, 2e-6)),
                (one, two) => prop_assert!(one.is_err() && two.is_err()),
            }
        }
    }

    /// In a kernel, the rules see the distances and the profile of that kernel.
    #[test]
    fn width_rules_in_a_kernel(table in tables()) {
        let (n, share) = (table.rows.nrows() as f64, 0.9);
        let away = table.distances::<f64>(&Original(Manhattan)).iter().filter(|d| **d > 0.0).count() as f64;
        prop_assume!(away > 0.0);
        // Those like the instance stay, whatever the width.
        if n - away < share * n {
            let kernel = Radial::new(Original(Manhattan), Laplace, EffectiveSamples::new(share).unwrap());
            prop_assert!((kish(&table.weigh(&kernel, &[1])) / n - share).abs() < 1e-5);
        }
        // A top hat as wide as the median keeps half of the others.
        let kernel = Radial::new(Original(Manhattan), TopHat, MedianDistance::new(1.0 + 1e-12).unwrap());
        let kept = table.weigh(&kernel, &[]).iter().sum::<f64>() - (n - away);
        prop_assert!(2.0 * kept >= away);
    }
}

/// The text explainer's distance, times 100 as it stands there.
struct CosineTimes100;

impl<F: Real> Metric<F> for CosineTimes100 {
    fn distances(&self, origin: &[F], rows: DMatrixView<'_, F>, distances: &mut [F]) {
        Cosine.distances(origin, rows, distances);
        distances.iter_mut().for_each(|d| *d *= F::of(100.0));
    }
}

proptest! {
    #![proptest_config(config())]

    /// The formulas of lime 0.2.0.1, captum 0.9.0 and xplique 2.0.2, as their sources write them.
    #[test]
    fn conventions_are_those_of_the_sources(table in tables(), width in 0.1..10.0f64) {
        let d = table.masks.ncols() as f64;
        let lime = |d: f64, width: f64| (-d.powi(2) / width.powi(2)).exp().sqrt();
        let x = row(&table.rows, 0);
        let text = Radial::new(Interpretable(CosineTimes100), Exponential, Fixed::new(25.0).unwrap());
        let found: Vec<Vec<f64>> = [
            Box::new(Radial::default()) as DynKernel<f64>,
            Box::new(Radial::for_images()),
            Box::new(Radial::for_text()),
            Box::new(text),
            Box::new(Radial::captum(Cosine, width).unwrap()),
            Box::new(Radial::captum(Euclidean, width).unwrap()),
            Box::new(Radial::xplique(Cosine, width).unwrap()),
            Box::new(Radial::xplique(Euclidean, width).unwrap()),
        ]
        .iter()
        .map(|kernel| table.weigh(kernel.as_ref(), &[]))
        .collect();
        for i in 0..table.rows.nrows() {
            let (kept, z) = (table.masks.row(i).sum(), row(&table.rows, i));
            let missing = d - kept;
            let masked = 1.0 - (kept / d).sqrt();
            let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
            let dot: f64 = x.iter().zip(&z).map(|(a, b)| a * b).sum();
            let cosine = if norm(&z) > 0.0 { 1.0 - dot / (norm(&x) * norm(&z)) } else { 1.0 };
            let difference: Vec<f64> = x.iter().zip(&z).map(|(a, b)| a - b).collect();
            let euclidean = norm(&difference);
            let expected = [
                lime(missing.sqrt(), 0.75 * d.sqrt()),
                lime(masked, 0.25),
                lime(100.0 * masked, 25.0),
                lime(100.0 * masked, 25.0),
                (-cosine.powi(2) / (2.0 * width.powi(2))).exp(),
                (-euclidean.powi(2) / (2.0 * width.powi(2))).exp(),
                (-cosine.powi(2) / width.powi(2)).exp(),
                (-euclidean.powi(2) / width.powi(2)).exp(),
            ];
            for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
                prop_assert!((found[i] - expected).abs() < 1e-12, "{}: {} {}", at, found[i], expected);
            }
        }
    }
}

#[test]
fn parts_behind_pointers_are_the_parts() {
    let space = Space::<f64>::masks(4);
    let mut draw = Draw::new(&space, 3);
    draw.z.row_mut(1).fill(1.0);
    draw.z[(2, 0)] = 1.0;
    let block = Block::new(&draw, &(), 0);
    let kernel = Radial::new(Interpretable(Hamming), Tricube, Fixed::new(0.8).unwrap());
    let mut weights = [f64::NAN; 3];
    let origin = Origin::new(space.origin(), &());
    kernel.at(origin, First::new(block)).unwrap().weigh(block, &mut weights).unwrap();
    // The same from boxed parts.
    let distance: Box<dyn Distance<f64, ()>> = Box::new(Interpretable(Box::new(Hamming) as Box<dyn Metric<f64>>));
    let profile: Arc<dyn Profile<f64>> = Arc::new(Tricube);
    let boxed = Radial::new(distance, profile, Box::new(Fixed::new(0.8).unwrap()) as Box<dyn Width<f64>>);
    let mut again = [f64::NAN; 3];
    boxed.at(origin, First::new(block)).unwrap().weigh(block, &mut again).unwrap();
    assert_eq!(again, weights);
    let tricube = |r: f64| (1.0 - r.powi(3)).powi(3);
    assert_eq!(weights[..2], [0.0, 1.0]);
    assert!((weights[2] - tricube(0.75 / 0.8)).abs() < 1e-12);
}

/// Counts how often the distances are computed.
#[test]
fn distances_of_the_first_tile_are_computed_once_and_only_if_asked_for() {
    let count = std::cell::Cell::new(0);
    let seen = Seen::<f64>::new(4, &Uniform, || {
        count.set(count.get() + 1);
        Ok(vec![0.0, 2.0])
    });
    assert_eq!(RootDimension::new(1.0).unwrap().width(&seen).unwrap(), 2.0);
    assert_eq!(Fixed::new(3.0).unwrap().width(&seen).unwrap(), 3.0);
    assert_eq!(count.get(), 0);
    for _ in 0..2 {
        let width: Result<f64, BoxError> = MedianDistance::default().width(&seen);
        assert_eq!(width.unwrap(), 2.0);
    }
    assert_eq!(count.get(), 1);
}

/// Squares of these are beyond f32 or below it, and products of two squares too.
#[test]
fn cosines_of_great_and_small_values_in_f32() {
    for scale in [1e-30f32, 1e-12, 1.0, 1e12, 1e30] {
        let rows = DMatrix::from_row_slice(3, 2, &[scale, 0.0, scale, scale, 3.0 * scale, 4.0 * scale]);
        let mut distances = [f32::NAN; 3];
        Cosine.distances(&[scale, 0.0], rows.as_view(), &mut distances);
        let expected = [0.0, 1.0 - 0.5f32.sqrt(), 0.4];
        assert!(distances.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{scale}: {distances:?}");
    }
}

/// No profile makes a weight of a distance that is NaN: the run refuses it.
#[test]
fn inputs_that_are_nan_have_no_weight() {
    let (space, instance, batch) =
        (Space::<f64>::masks(1), DMatrix::from_element(1, 1, 2.0), DMatrix::from_element(1, 1, f64::NAN));
    let draw = Draw::new(&space, 1);
    let (origin, block) = (Origin::new(space.origin(), &instance), Block::new(&draw, &batch, 0));
    let metrics: [Box<dyn Metric<f64>>; 4] =
        [Box::new(Euclidean), Box::new(SquaredEuclidean), Box::new(Manhattan), Box::new(Cosine)];
    for (at, metric) in metrics.iter().enumerate() {
        let profiles: [Box<dyn Profile<f64>>; 6] = [
            Box::new(Exponential),
            Box::new(Laplace),
            Box::new(Epanechnikov),
            Box::new(Tricube),
            Box::new(TopHat),
            Box::new(Uniform),
        ];
        for (profile, name) in profiles.into_iter().zip(0..) {
            let kernel = Radial::new(Original(metric), profile, Fixed::new(1.0).unwrap());
            let mut weights = [0.0];
            kernel.at(origin, First::new(block)).unwrap().weigh(block, &mut weights).unwrap();
            assert!(weights[0].is_nan(), "metric {at}, profile {name}: {weights:?}");
        }
    }
}

/// Whoever asks for the weights of many ratios gets the bits of each, behind any pointer, and NaN stays.
#[test]
fn many_ratios_have_the_weights_of_each() {
    fn hold<F: Real + std::fmt::LowerExp>(profile: &dyn Profile<F>, ratios: &[F]) {
        let mut weights = ratios.to_vec();
        profile.weights(&mut weights);
        for (&weight, &ratio) in weights.iter().zip(ratios) {
            if ratio.wide().is_nan() {
                assert!(weight.wide().is_nan());
                continue;
            }
            let expected = profile.weight(ratio);
            assert_eq!(weight.wide().to_bits(), expected.wide().to_bits(), "{ratio:e}: {weight:e}");
        }
    }
    let ratios: Vec<f64> =
        (0..1000).map(|i| f64::from(i) * 0.041).chain([f64::NAN, f64::INFINITY, 0.0, 1e-300]).collect();
    let single: Vec<f32> = ratios.iter().map(|&ratio| ratio as f32).collect();
    let kinked = profile_fn(|ratio: f64| if ratio < 1.0 { 1.0 - ratio } else { 0.0 });
    for profile in [&Exponential as &dyn Profile<f64>, &Laplace, &Tricube, &Epanechnikov, &TopHat, &Uniform, &kinked] {
        hold(profile, &ratios);
    }
    hold::<f32>(&Exponential, &single);
    hold::<f32>(&Laplace, &single);

    /// Says by which of its functions it was asked.
    struct Asked;
    impl Profile<f64> for Asked {
        fn weight(&self, _: f64) -> f64 {
            1.0
        }

        fn weights(&self, ratios: &mut [f64]) {
            ratios.fill(2.0);
        }
    }
    let pointers: [Box<dyn Profile<f64>>; 3] = [Box::new(&Asked), Box::new(Box::new(Asked)), Box::new(Arc::new(Asked))];
    for profile in pointers {
        let mut weights = [0.0];
        profile.weights(&mut weights);
        assert_eq!(weights, [2.0]);
    }
}

/// Parts are added column after column, from the first on: the sums have these bits.
#[test]
fn parts_of_a_distance_are_added_in_their_order() {
    for columns in 1..=9 {
        let scale = |j: usize| [1e8, 1.0, 1e-8, 3e7, 1e-3, 7e4][j % 6];
        let rows = DMatrix::from_fn(67, columns, |i, j| scale(j) * (1.0 + i as f64 / 67.0));
        let origin: Vec<f64> = (0..columns).map(|j| scale(j) * 0.3).collect();
        let mut found = vec![f64::NAN; 67];
        SquaredEuclidean.distances(&origin, rows.as_view(), &mut found);
        for (i, found) in found.iter().enumerate() {
            let expected =
                (0..columns).fold(0.0, |sum, j| sum + (rows[(i, j)] - origin[j]) * (rows[(i, j)] - origin[j]));
            assert_eq!(found.to_bits(), expected.to_bits(), "{columns} columns, row {i}");
        }
    }
}
