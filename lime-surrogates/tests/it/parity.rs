//! The original's numbers on fixed neighbourhoods: lime 0.2.0.1 and scikit-learn 1.9.1 (see reference/README.md).

use lime_core::nalgebra::DMatrix;
use lime_core::{Evidence, Fitting, LinearFit, Moments, Rows, Selector, Space, Surrogate, TILE};
use lime_surrogates::selection::{Auto, ForwardSelection, HighestWeights, LassoPath, NoSelection};
use lime_surrogates::{BayesianRidge, ElasticNet, Lars, Lasso, OrdinaryLeastSquares, Ridge};
use serde_json::Value;

/// The largest relative difference to closed forms, and to what either side found by iteration.
const CLOSED: f64 = 1e-8;
const ITERATED: f64 = 1e-7;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

struct Case {
    space: Space<f64>,
    moments: Moments,
    json: Value,
}

impl Case {
    fn fit(&self, surrogate: &impl Surrogate<f64, Evidence = Moments, Fit = LinearFit>, target: usize) -> LinearFit {
        let all: Vec<usize> = (0..self.moments.features()).collect();
        surrogate.fit(&Fitting::new(&self.space, &self.moments), &all, &[target]).unwrap().remove(0)
    }
}

fn cases(name: &str) -> Vec<Case> {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().map(|json| {
        let (z, weights) = (matrix(&json["Z"]), numbers(&json["weights"]));
        let y = if json["y"][0].is_array() {
            matrix(&json["y"])
        } else {
            DMatrix::from_vec(z.nrows(), 1, numbers(&json["y"]))
        };
        // Row 0 is the instance; the laws do not matter to a fit.
        let origin: Vec<f64> = z.row(0).iter().copied().collect();
        let space = Space::new(Space::<f64>::masks(origin.len()).laws().to_vec(), origin.clone()).unwrap();
        let prediction: Vec<f64> = y.row(0).iter().copied().collect();
        let mut moments = Moments::new(&origin, &prediction);
        let none = DMatrix::zeros(z.nrows(), 0);
        for start in (0..z.nrows()).step_by(TILE) {
            let count = TILE.min(z.nrows() - start);
            let mut tile = Moments::new(&origin, &prediction);
            tile.absorb(&Rows::new(
                start,
                z.rows(start, count),
                none.rows(start, count),
                &weights[start..start + count],
                y.rows(start, count),
            ));
            Evidence::<f64>::merge(&mut moments, tile);
        }
        Case { space, moments, json: json.clone() }
    });
    cases.collect()
}

#[track_caller]
fn within(found: f64, expected: f64, scale: f64, tolerance: f64, what: &str) -> f64 {
    let error = (found - expected).abs() / expected.abs().max(scale);
    assert!(error <= tolerance, "{what}: {found} for {expected}");
    error
}

#[track_caller]
fn close(found: f64, expected: f64, scale: f64, what: &str) -> f64 {
    within(found, expected, scale, CLOSED, what)
}

/// Intercept and coefficients of a fit, those that are 0 exactly so on both sides.
#[track_caller]
fn same(fit: &LinearFit, expected: &Value, tolerance: f64, what: &str) -> f64 {
    let coefficients = numbers(&expected["coef"]);
    let scale = coefficients.iter().fold(1e-6f64, |top, b| top.max(b.abs()));
    assert_eq!(fit.coefficients().len(), coefficients.len(), "{what}");
    let mut worst = within(fit.intercept(), expected["intercept"].as_f64().unwrap(), scale, tolerance, what);
    for (&(j, found), expected) in fit.coefficients().iter().zip(coefficients) {
        assert_eq!(found == 0.0, expected == 0.0, "{what} feature {j}: {found} for {expected}");
        worst = worst.max(within(found, expected, scale, tolerance, what));
    }
    worst
}

fn selector(method: &str, features: usize) -> Box<dyn Selector<f64, Moments>> {
    match method {
        "none" => Box::new(NoSelection),
        "forward_selection" => Box::new(ForwardSelection::new(features).unwrap()),
        "highest_weights" => Box::new(HighestWeights::new(features).unwrap()),
        "lasso_path" => Box::new(LassoPath::new(features).unwrap()),
        "auto" => Box::new(Auto::new(features).unwrap()),
        _ => panic!("{method}"),
    }
}

#[test]
fn selections_and_fits_are_the_originals() {
    let (mut compared, mut worst) = (0, 0.0f64);
    for case in cases("local_fit") {
        let given = Fitting::new(&case.space, &case.moments);
        for expected in case.json["lime"].as_array().unwrap() {
            let method = expected["method"].as_str().unwrap();
            let features = expected["num_features"].as_u64().unwrap() as usize;
            let target = expected["label"].as_u64().unwrap() as usize;
            let selector = selector(method, features);
            let what = format!("seed {} {method} {features} label {target}", case.json["seed"]);
            let selected = selector.select(&given, target).unwrap();
            let expected_selected: Vec<usize> = numbers(&expected["selected"]).iter().map(|v| *v as usize).collect();
            assert_eq!(selected, expected_selected, "{what}");

            let fit: LinearFit = Ridge::default().fit(&given, &selected, &[target]).unwrap().remove(0);
            let mut found = fit.coefficients().to_vec();
            found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            let explanation: Vec<Vec<f64>> = expected["explanation"].as_array().unwrap().iter().map(numbers).collect();
            assert_eq!(found.len(), explanation.len(), "{what}");
            for ((feature, coefficient), pair) in found.iter().zip(&explanation) {
                assert_eq!(*feature, pair[0] as usize, "{what}");
                worst = worst.max(close(*coefficient, pair[1], 1e-6, &what));
            }
            for (found, key) in
                [(fit.intercept(), "intercept"), (fit.score(), "score"), (fit.local_prediction(), "local_pred")]
            {
                worst = worst.max(close(found, expected[key].as_f64().unwrap(), 1e-6, &format!("{what} {key}")));
            }
            compared += 1;
        }
    }
    println!("{compared} explanations, largest relative difference {worst:.1e}");
    assert_eq!(compared, 12 * 5 * 2 * 2);
}

#[test]
fn ridge_is_scikit_learns() {
    let mut compared = 0;
    for case in cases("local_fit") {
        let given = Fitting::new(&case.space, &case.moments);
        let (d, k) = (case.moments.features(), case.moments.targets());
        let (active, targets): (Vec<usize>, Vec<usize>) = ((0..d).collect(), (0..k).collect());
        for expected in case.json["sklearn"]["ridge"].as_array().unwrap() {
            let with_intercept = expected["fit_intercept"].as_bool().unwrap();
            let ridge = Ridge::new(expected["alpha"].as_f64().unwrap()).unwrap();
            let ridge = if with_intercept { ridge } else { ridge.without_intercept() };
            let coefficients = matrix(&expected["coef"]);
            for (t, fit) in ridge.fit(&given, &active, &targets).unwrap().iter().enumerate() {
                for (j, &(_, coefficient)) in fit.coefficients().iter().enumerate() {
                    close(coefficient, coefficients[(t, j)], 1e-6, &format!("seed {} ridge", case.json["seed"]));
                    compared += 1;
                }
                let intercept = if with_intercept { numbers(&expected["intercept"])[t] } else { 0.0 };
                close(fit.intercept(), intercept, 1e-6, "intercept");
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn sparse_and_bayesian_fits_are_scikit_learns() {
    let (mut compared, mut worst) = (0, 0.0f64);
    for case in cases("local_fit") {
        let (sklearn, seed) = (&case.json["sklearn"], &case.json["seed"]);
        for expected in sklearn["lasso"].as_array().unwrap() {
            let lasso = Lasso::new(expected["alpha"].as_f64().unwrap()).unwrap();
            worst = worst.max(same(&case.fit(&lasso, 0), expected, ITERATED, &format!("seed {seed} lasso")));
            compared += 1;
        }
        for expected in sklearn["elastic_net"].as_array().unwrap() {
            let (alpha, ratio) = (expected["alpha"].as_f64().unwrap(), expected["l1_ratio"].as_f64().unwrap());
            let net = ElasticNet::new(alpha, ratio).unwrap();
            worst = worst.max(same(&case.fit(&net, 0), expected, ITERATED, &format!("seed {seed} elastic net")));
            compared += 1;
        }
        worst = worst.max(bayesian(&case, &BayesianRidge::default(), &sklearn["bayesian_ridge"]));
        compared += 1;
    }
    println!("{compared} fits, largest relative difference {worst:.1e}");
    assert_eq!(compared, 12 * (3 + 2 + 1));
}

fn bayesian(case: &Case, ridge: &BayesianRidge, expected: &Value) -> f64 {
    let what = format!("seed {} Bayesian ridge", case.json["seed"]);
    let fit = case.fit(ridge, 0);
    let mut worst = same(&fit, expected, ITERATED, &what);
    for (found, expected) in fit.deviations().iter().zip(numbers(&expected["coef_sd"])) {
        worst = worst.max(within(*found, expected, 1e-6, ITERATED, &what));
    }
    let all: Vec<usize> = (0..case.moments.features()).collect();
    let posterior = ridge.posterior(&case.moments, &all, 0).unwrap();
    let means: Vec<f64> = fit.coefficients().iter().map(|(_, b)| *b).collect();
    assert_eq!(posterior.mean(), means);
    for (deviation, found) in fit.deviations().iter().zip(posterior.deviations()) {
        within(found, *deviation, 0.0, CLOSED, &what);
    }
    let alpha = within(posterior.noise_precision(), expected["alpha"].as_f64().unwrap(), 1e-6, ITERATED, &what);
    let lambda = within(posterior.precision()[0], expected["lambda"].as_f64().unwrap(), 1e-6, ITERATED, &what);
    worst.max(alpha).max(lambda)
}

/// scikit-learn divides the correlations by the number of rows, and leaves rounding where a coefficient has come to 0.
fn same_path(case: &Case, lars: Lars, expected: &Value) -> f64 {
    let what = format!("seed {} path", case.json["seed"]);
    let all: Vec<usize> = (0..case.moments.features()).collect();
    let path = lars.path(&case.moments, &all, 0).unwrap();
    let (alphas, coefficients) = (numbers(&expected["alphas"]), matrix(&expected["coefs"]));
    assert_eq!(path.knots().len(), alphas.len(), "{what}");
    assert!(path.finished());
    let mut worst = 0.0f64;
    for (k, (knot, alpha)) in path.knots().iter().zip(&alphas).enumerate() {
        let found = knot.correlation() / case.moments.rows() as f64;
        worst = worst.max(within(found, *alpha, alphas[0], CLOSED, &what));
        close(knot.alpha(), knot.correlation() / case.moments.weight(), 1e-12, &what);
        for (j, found) in knot.coefficients().iter().enumerate() {
            let expected = coefficients[(k, j)];
            assert_eq!(*found == 0.0, expected.abs() < 1e-13, "{what} knot {k}: {found} for {expected}");
            worst = worst.max(within(*found, expected, 1e-3, CLOSED, &what));
        }
    }
    worst
}

#[test]
fn paths_are_scikit_learns() {
    let (mut compared, mut dropped, mut plain, mut worst) = (0, 0, 0, 0.0f64);
    for case in cases("local_fit") {
        worst = worst.max(same_path(&case, Lars::complete(), &case.json["sklearn"]["lars_path"]));
        compared += 1;
    }
    for case in cases("linear") {
        if let Some(expected) = case.json.get("lasso_path") {
            worst = worst.max(same_path(&case, Lars::complete(), expected));
            dropped += case.json["drops"].as_u64().unwrap();
            compared += 1;
        }
        if let Some(expected) = case.json.get("lar_path") {
            worst = worst.max(same_path(&case, Lars::complete().without_drops(), expected));
            plain += 1;
        }
    }
    println!("{compared} paths of the lasso, {plain} plain, {dropped} features leave, largest difference {worst:.1e}");
    assert_eq!((compared, plain, dropped), (12 + 9, 3, 8));
}

#[test]
fn fits_of_hard_samples_are_scikit_learns() {
    let (mut compared, mut worst) = (0, 0.0f64);
    for case in cases("linear") {
        for (key, intercept) in [("intercept", true), ("origin", false)] {
            let (expected, what) = (&case.json["fits"][key], format!("seed {} {key}", case.json["seed"]));
            for expected in expected["elastic_net"].as_array().unwrap() {
                let (alpha, ratio) = (expected["alpha"].as_f64().unwrap(), expected["l1_ratio"].as_f64().unwrap());
                let net = ElasticNet::new(alpha, ratio).unwrap();
                let net = if intercept { net } else { net.without_intercept() };
                worst = worst.max(same(&case.fit(&net, 0), expected, ITERATED, &format!("{what} {net:?}")));
                compared += 1;
            }
            let ridge = BayesianRidge::default();
            let ridge = if intercept { ridge } else { ridge.without_intercept() };
            worst = worst.max(bayesian(&case, &ridge, &expected["bayesian_ridge"]));
            if let Some(expected) = expected.get("least_squares") {
                let least = OrdinaryLeastSquares::new();
                let least = if intercept { least } else { least.without_intercept() };
                same(&case.fit(&least, 0), expected, CLOSED, &what);
                compared += 1;
            }
        }
    }
    println!("{compared} fits, largest relative difference {worst:.1e}");
    assert_eq!(compared, 2 * (9 * 5 + 3 * 2));
}
