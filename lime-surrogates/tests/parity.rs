//! The original's numbers on fixed neighbourhoods: lime 0.2.0.1 and scikit-learn 1.9.1 (see reference/README.md).
#![allow(clippy::unwrap_used)]

use lime_core::nalgebra::DMatrix;
use lime_core::{Evidence, Fitting, LinearFit, Moments, Rows, Selector, Space, Surrogate, TILE};
use lime_surrogates::Ridge;
use lime_surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};
use serde_json::Value;

const RELATIVE: f64 = 1e-8;

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

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/local_fit.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().map(|json| {
        let (z, y, weights) = (matrix(&json["Z"]), matrix(&json["y"]), numbers(&json["weights"]));
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
fn close(found: f64, expected: f64, scale: f64, what: &str) -> f64 {
    let error = (found - expected).abs() / expected.abs().max(scale);
    assert!(error <= RELATIVE, "{what}: {found} for {expected}");
    error
}

fn selector(method: &str, features: usize) -> Option<Box<dyn Selector<f64, Moments>>> {
    Some(match method {
        "none" => Box::new(NoSelection),
        "forward_selection" => Box::new(ForwardSelection::new(features).unwrap()),
        "highest_weights" => Box::new(HighestWeights::new(features).unwrap()),
        "auto" => Box::new(Auto::new(features).unwrap()),
        _ => return None,
    })
}

#[test]
fn selections_and_fits_are_the_originals() {
    let (mut compared, mut worst) = (0, 0.0f64);
    for case in cases() {
        let given = Fitting::new(&case.space, &case.moments);
        for expected in case.json["lime"].as_array().unwrap() {
            let method = expected["method"].as_str().unwrap();
            let features = expected["num_features"].as_u64().unwrap() as usize;
            let target = expected["label"].as_u64().unwrap() as usize;
            let Some(selector) = selector(method, features) else { continue };
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
    assert_eq!(compared, 12 * 4 * 2 * 2);
}

#[test]
fn ridge_is_scikit_learns() {
    let mut compared = 0;
    for case in cases() {
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
