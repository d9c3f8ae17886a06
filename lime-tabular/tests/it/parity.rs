//! The original's bins, and the mean and spread of its coefficients over seeds: lime 0.2.0.1 (see reference/README.md).

use crate::support::{Spread, classes, json, lists, numbers, row, table};
use lime_core::nalgebra::DMatrix;
use lime_core::{BoxError, Draw, Explainer, Model, Representation, Space, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{
    Around, Binned, Decile, Discretizer, Entropy, Quartile, Sample, Tabular, TabularRepresentation, TruncatedNormal,
};
use serde_json::Value;

const SEEDS: u64 = 300;

/// The reference's closed-form model: s = (x - mu) / sd; W s + b + V sin(s) + 0.7 s0 s1, through a softmax unless it has one
/// output.
fn model(parameters: &Value) -> impl Model<DMatrix<f64>, f64> + Sync + use<> {
    let (mu, sd, b) = (numbers(&parameters["mu"]), numbers(&parameters["sd"]), numbers(&parameters["b"]));
    let (w, v) = (lists(&parameters["W"]), lists(&parameters["V"]));
    model_fn(move |rows: &DMatrix<f64>| {
        let mut out = DMatrix::zeros(rows.nrows(), b.len());
        let mut s = vec![0.0; mu.len()];
        for i in 0..rows.nrows() {
            for (j, s) in s.iter_mut().enumerate() {
                *s = (rows[(i, j)] - mu[j]) / sd[j];
            }
            for k in 0..b.len() {
                let linear: f64 = w[k].iter().zip(&s).map(|(w, s)| w * s).sum();
                let wave: f64 = v[k].iter().zip(&s).map(|(v, s)| v * s.sin()).sum();
                out[(i, k)] = linear + b[k] + wave + 0.7 * s[0] * s[1];
            }
            if b.len() > 1 {
                let top = out.row(i).max();
                let sum: f64 = out.row(i).iter().map(|y| (y - top).exp()).sum();
                out.row_mut(i).apply(|y| *y = (*y - top).exp() / sum);
            }
        }
        out
    })
}

/// The original draws 0 from a bin whose edges coincide, whatever its one value is (strictly, how many standard deviations the
/// edge is from the mean, which is rounding); ours draws the value. To compare the rest, this representation does as the
/// original does.
struct ZeroForOneValuedBin {
    inner: TabularRepresentation<f64>,
    /// The columns that have such a bin, its value, and what the original draws.
    bins: Vec<(usize, f64, f64)>,
}

/// Such bins of a case.
fn one_valued(case: &Value) -> Vec<(usize, f64, f64)> {
    let mut found = Vec::new();
    for column in 0..case["bin_min"].as_array().map_or(0, Vec::len) {
        let [min, max, mean, sd] = ["bin_min", "bin_max", "bin_mean", "bin_sd"].map(|key| numbers(&case[key][column]));
        // A bin without training values has 0 for its mean, and is never drawn from.
        let same = (0..min.len()).filter(|&bin| min[bin] == max[bin] && (mean[bin] - min[bin]).abs() < 1e-9);
        found.extend(same.map(|bin| (column, min[bin], (min[bin] - mean[bin]) / sd[bin])));
    }
    found
}

impl Representation<f64> for ZeroForOneValuedBin {
    type Batch = DMatrix<f64>;

    fn space(&self) -> &Space<f64> {
        self.inner.space()
    }

    fn names(&self) -> Vec<String> {
        self.inner.names()
    }

    fn allocate(&self, rows: usize) -> DMatrix<f64> {
        self.inner.allocate(rows)
    }

    fn resize(&self, batch: &mut DMatrix<f64>, rows: usize) {
        self.inner.resize(batch, rows);
    }

    fn restore(&self, draw: &Draw<f64>, batch: &mut DMatrix<f64>, at: usize) -> Result<(), BoxError> {
        self.inner.restore(draw, batch, at)?;
        for &(column, value, drawn) in &self.bins {
            for i in at..at + draw.rows() {
                if batch[(i, column)] == value {
                    batch[(i, column)] = drawn;
                }
            }
        }
        for &i in &draw.instance {
            self.inner.instance(batch, at + i)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut DMatrix<f64>, at: usize) -> Result<(), BoxError> {
        self.inner.instance(batch, at)
    }
}

/// All cases of the reference.
fn cases(file: &Value) -> &[Value] {
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    cases
}

/// The discretiser of a case, where it has one.
fn discretizer(case: &Value) -> Option<Box<dyn Discretizer>> {
    match case["discretizer"].as_str().unwrap() {
        "quartile" => Some(Box::new(Quartile)),
        "decile" => Some(Box::new(Decile)),
        "entropy" => Some(Box::new(Entropy::default())),
        "none_mean" | "none_instance" => None,
        other => panic!("{other}"),
    }
}

#[test]
fn bins_and_frequencies_are_the_originals() {
    let file = json("reference/tabular_stats.json");
    let (mut compared, mut cut) = (0, 0);
    for case in cases(&file) {
        let Some(discretizer) = discretizer(case) else { continue };
        let dataset = case["dataset"].as_str().unwrap();
        let (names, training) = table(dataset);
        let labels = classes(dataset);
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        cut += 1;
        for (j, name) in names.iter().enumerate() {
            let sample = Sample::with_labels(training.column(j).as_slice(), &labels).unwrap();
            let edges = discretizer.edges(&sample).unwrap();
            let binned = Binned::from_sample(name, &sample, &edges, &TruncatedNormal).unwrap();
            let expected_names: Vec<&str> =
                case["names"][j].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
            assert_eq!(binned.names(), expected_names);
            assert_eq!(binned.bin_of(instance[j]) as u64, case["instance_bins"][j].as_u64().unwrap(), "{name}");
            // Edges and counts are the same bits; means and spreads differ in the order of summation.
            let bins = binned.bins();
            assert_eq!(bins.iter().map(|b| b.min).collect::<Vec<_>>(), numbers(&case["bin_min"][j]), "{name}");
            assert_eq!(bins.iter().map(|b| b.max).collect::<Vec<_>>(), numbers(&case["bin_max"][j]), "{name}");
            // The original leaves bins out that no training value falls into.
            let occupied: Vec<f64> = bins.iter().map(|b| b.frequency).filter(|f| *f > 0.0).collect();
            assert_eq!(occupied, numbers(&case["bin_freq"][j]), "{name}");
            let (means, sds) = (numbers(&case["bin_mean"][j]), numbers(&case["bin_sd"][j]));
            for (bin, (mean, sd)) in bins.iter().zip(means.iter().zip(&sds)) {
                assert!((bin.mean - mean).abs() <= 1e-12 * mean.abs(), "{name}: {} {mean}", bin.mean);
                assert!((bin.sd - sd).abs() <= 1e-9 * sd.abs() + 1e-15, "{name}: {} {sd}", bin.sd);
                compared += 1;
            }
        }
    }
    assert_eq!(cut, 6);
    assert!(compared > 300, "{compared}");
}

#[test]
fn coefficients_are_the_originals_in_mean_and_spread() {
    let file = json("reference/tabular_stats.json");
    let (mut largest, mut compared, mut farthest_sd) = (0.0f64, 0, 0.0f64);
    for case in cases(&file) {
        let dataset = case["dataset"].as_str().unwrap();
        let what = format!("{dataset} {} {}", case["row"], case["discretizer"]);
        let (names, training) = table(dataset);
        let instance = row(&training, case["row"].as_u64().unwrap() as usize);
        let labels = classes(dataset);
        let builder = Tabular::builder(&training).feature_names(names).classes(&labels);
        let builder = match (discretizer(case), case["discretizer"].as_str().unwrap()) {
            (Some(discretizer), _) => builder.discretizer(discretizer),
            (None, "none_mean") => builder.without_discretizer(),
            (None, _) => builder.without_discretizer().around(Around::Instance),
        };
        let inner = builder.learn().unwrap().represent(&instance).unwrap();
        let representation = ZeroForOneValuedBin { inner, bins: one_valued(case) };
        let black_box = model(&file["models"][dataset]);
        let targets: Vec<usize> = numbers(&case["labels"]).iter().map(|t| *t as usize).collect();
        let d = instance.len();
        let mut coefficients = vec![vec![Spread::default(); d]; targets.len()];
        let mut intercepts = vec![Spread::default(); targets.len()];
        let (mut score, mut local) = (Spread::default(), Spread::default());
        for seed in 0..SEEDS {
            let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default())
                .samples(case["num_samples"].as_u64().unwrap() as usize)
                .seed(seed)
                .targets(Targets::Given(targets.clone()));
            let explanation = explainer.explain(&representation, &black_box).unwrap();
            for (t, target) in explanation.targets.iter().enumerate() {
                for (spread, weight) in coefficients[t].iter_mut().zip(target.dense(d)) {
                    spread.push(weight);
                }
                intercepts[t].push(target.intercept.unwrap());
            }
            // The original keeps these for the last label it explains.
            let last = explanation.targets.last().unwrap();
            score.push(last.score);
            local.push(last.local_prediction);
        }
        let mut check = |ours: &Spread, mean: f64, sd: f64, what: &str| {
            let theirs = sd / case["seeds"].as_f64().unwrap().sqrt();
            let z = (ours.mean() - mean) / (ours.error().powi(2) + theirs * theirs).sqrt();
            assert!(z.abs() <= 4.0, "{what}: {} for {mean}, z = {z:.2}", ours.mean());
            let ratio = ours.sd() / sd;
            assert!((0.75..=1.25).contains(&ratio), "{what}: spread {} for {sd}", ours.sd());
            largest = largest.max(z.abs());
            farthest_sd = farthest_sd.max((ratio - 1.0).abs());
            compared += 1;
        };
        for t in 0..targets.len() {
            let (means, sds) = (numbers(&case["coef_mean"][t]), numbers(&case["coef_sd"][t]));
            for j in 0..d {
                check(&coefficients[t][j], means[j], sds[j], &format!("{what} target {t} feature {j}"));
            }
            let (mean, sd) = (numbers(&case["intercept_mean"])[t], numbers(&case["intercept_sd"])[t]);
            check(&intercepts[t], mean, sd, &format!("{what} intercept"));
        }
        let value = |key: &str| case[key].as_f64().unwrap();
        check(&score, value("score_mean"), value("score_sd"), &format!("{what} score"));
        check(&local, value("local_pred_mean"), value("local_pred_sd"), &format!("{what} local prediction"));
    }
    println!(
        "{compared} means over {SEEDS} seeds compared: largest |z| {largest:.2}; spreads differ by at most {:.0} %",
        100.0 * farthest_sd
    );
    assert!(compared > 200, "{compared}");
}
