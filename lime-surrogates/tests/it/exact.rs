//! Explanations without sampling error: enumerated masks against numpy's enumeration (reference/exact.json) and against closed
//! forms, and samplers against those limits.

use lime_core::nalgebra::DMatrix;
use lime_core::{Direct, Explainer, Explanation, Kernel, Law, Model, Sampler, Space, TargetExplanation, model_fn};
use lime_kernels::{Cosine, Euclidean, Exponential, Fixed, Interpretable, Radial, Uniform};
use lime_samplers::{Deduplicated, Exhaustive, LeaveOneOut, MaskSize, MonteCarlo, RemovedCount, Tilted};
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use serde_json::Value;

type Batch = DMatrix<f64>;
type DynKernel = Box<dyn Kernel<f64, Batch>>;

fn cosine() -> impl Kernel<f64, Batch> {
    Radial::new(Interpretable(Cosine), Exponential, Fixed::new(0.25).unwrap())
}

fn uniform() -> impl Kernel<f64, Batch> {
    Radial::new(Interpretable(Euclidean), Uniform, Fixed::new(1.0).unwrap())
}

fn explain(
    sampler: impl Sampler<f64>,
    kernel: impl Kernel<f64, Batch>,
    space: Space<f64>,
    model: &(impl Model<Batch, f64> + Sync),
    (samples, seed): (usize, u64),
) -> Explanation {
    let explainer = Explainer::new(sampler, kernel, NoSelection, Ridge::new(0.0).unwrap()).samples(samples).seed(seed);
    explainer.explain(&Direct::new(space), model).unwrap()
}

/// The intercept, and the coefficients in the features' order.
fn coefficients(target: &TargetExplanation, d: usize) -> Vec<f64> {
    [vec![target.intercept.unwrap()], target.dense(d)].concat()
}

fn close(found: &[f64], expected: &[f64], allowed: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= allowed, "{what}: {found} for {expected} at {i}");
    }
}

/// A function of one mask as a model.
fn by_row(f: impl Fn(&[f64]) -> f64 + Sync) -> impl Model<Batch, f64> + Sync {
    model_fn(move |z: &Batch| {
        let row = |i: usize| f(&z.row(i).iter().copied().collect::<Vec<_>>());
        (0..z.nrows()).map(row).collect::<Vec<f64>>()
    })
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The cases of the reference: (d, f, limits).
fn cases() -> Vec<(usize, impl Model<Batch, f64> + Sync, Value)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/exact.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["masks"].as_array().unwrap().iter().map(|case| {
        let (c0, a, c) = (case["c0"].as_f64().unwrap(), numbers(&case["a"]), numbers(&case["c"]));
        let b: Vec<Vec<f64>> = case["B"].as_array().unwrap().iter().map(numbers).collect();
        let f = move |z: &[f64]| {
            let linear: f64 = z.iter().zip(&a).map(|(z, a)| z * a).sum();
            let pairs: f64 =
                (0..z.len()).flat_map(|i| (0..z.len()).map(move |j| (i, j))).map(|(i, j)| z[i] * b[i][j] * z[j]).sum();
            c0 + linear + pairs + z.iter().zip(&c).map(|(z, c)| z * c).sum::<f64>().tanh()
        };
        (case["d"].as_u64().unwrap() as usize, by_row(f), case["limits"].clone())
    });
    cases.collect()
}

#[test]
fn enumerated_explanations_are_the_limits_of_the_reference() {
    let mut compared = 0;
    for (d, model, limits) in cases() {
        for (law, sampler) in [("image", Exhaustive::new()), ("text", Exhaustive::removed_count())] {
            let kernels: [(&str, DynKernel); 3] = [
                ("cosine_exp_0.25", Box::new(cosine())),
                ("euclidean_exp", Box::<Radial>::default()),
                ("uniform", Box::new(uniform())),
            ];
            for (kernel, similarity) in kernels {
                let name = format!("{law}/{kernel}");
                let explanation = explain(sampler.clone(), similarity, Space::masks(d), &model, (5_000, 0));
                assert_eq!((explanation.samples, explanation.model_calls), (1 << d, (1 << d) + 1));
                let (target, limit) = (&explanation.targets[0], &limits[&name]);
                let expected = [vec![limit["intercept"].as_f64().unwrap()], numbers(&limit["coef"])].concat();
                close(&coefficients(target, d), &expected, 1e-10, &name);
                close(&[target.score], &[limit["weighted_r2"].as_f64().unwrap()], 1e-10, &name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 6 * 2 * 3);
}

fn choose(d: usize, k: usize) -> f64 {
    (0..k).map(|i| (d - i) as f64 / (i + 1) as f64).product()
}

/// f = the product of z_i over the first p features. With alpha_q = E[pi z_1 ... z_q], A = alpha_1 - alpha_2,
/// B = alpha_2 - alpha_1^2 / alpha_0 and g_j = E[pi z_j f] - (alpha_1 / alpha_0) E[pi f],
/// beta_j = (g_j - B / (A + d B) sum_k g_k) / A.
#[test]
fn products_of_features_have_their_closed_form() {
    for d in [3usize, 6, 9] {
        for p in 1..d {
            let images = |psi: &dyn Fn(usize) -> f64, q: usize| {
                (q..=d).map(|k| choose(d - q, k - q) * psi(k)).sum::<f64>() / (1u64 << d) as f64
            };
            let text = |psi: &dyn Fn(usize) -> f64, q: usize| {
                let all_kept = |m: usize| {
                    (0..q).map(|i| (d as f64 - m as f64 - i as f64).max(0.0) / (d - i) as f64).product::<f64>()
                };
                (1..=d).map(|m| psi(d - m) * all_kept(m)).sum::<f64>() / d as f64
            };
            let cosine_psi = |k: usize| (-8.0 * (1.0 - (k as f64 / d as f64).sqrt()).powi(2)).exp();
            let euclidean_psi = |k: usize| (-((d - k) as f64) / (2.0 * 0.5625 * d as f64)).exp();
            type Alpha<'a> = &'a dyn Fn(&dyn Fn(usize) -> f64, usize) -> f64;
            let laws: [(Exhaustive, Alpha<'_>); 2] =
                [(Exhaustive::new(), &images), (Exhaustive::removed_count(), &text)];
            for (sampler, alpha) in laws {
                type Psi<'a> = &'a dyn Fn(usize) -> f64;
                let kernels: [(DynKernel, Psi<'_>); 3] = [
                    (Box::new(cosine()), &cosine_psi),
                    (Box::<Radial>::default(), &euclidean_psi),
                    (Box::new(uniform()), &|_| 1.0),
                ];
                for (kernel, psi) in kernels {
                    let of: Vec<f64> = (0..=p + 1).map(|q| alpha(psi, q)).collect();
                    let (a0, a1, a2) = (alpha(psi, 0), alpha(psi, 1), alpha(psi, 2));
                    let (a, b) = (a1 - a2, a2 - a1 * a1 / a0);
                    let g: Vec<f64> = (0..d).map(|j| if j < p { of[p] } else { of[p + 1] } - a1 / a0 * of[p]).collect();
                    let sum: f64 = g.iter().sum();
                    let beta: Vec<f64> = g.iter().map(|g| (g - b / (a + d as f64 * b) * sum) / a).collect();
                    let intercept = (of[p] - a1 * beta.iter().sum::<f64>()) / a0;
                    let model = by_row(move |z| z[..p].iter().product());
                    let explanation = explain(&sampler, kernel, Space::masks(d), &model, (5_000, 0));
                    let found = coefficients(&explanation.targets[0], d);
                    close(&found, &[vec![intercept], beta].concat(), 1e-10, &format!("{sampler:?}, {p} of {d}"));
                }
            }
        }
    }
}

fn frequencies() -> [f64; 6] {
    [0.25, 0.5, 0.9, 0.1, 0.6, 0.33]
}

fn table() -> Space<f64> {
    let laws = frequencies().map(|own| Law::Levels { own: 0, frequency: vec![own, 1.0 - own] });
    Space::new(laws.to_vec(), vec![1.0; 6]).unwrap()
}

fn interacting(z: &[f64]) -> f64 {
    2.0 * z[0] - z[1] * z[2] + (z[3] + 2.0 * z[4] - z[5]).sin() + z[0] * z[3] * z[5]
}

/// Under the tilted law features are independent with q_j = w_j / (w_j + (1 - w_j) e^(-1 / (2 nu^2))), and
/// beta_j = E_q[f | z_j = 1] - E_q[f | z_j = 0], beta_0 = E_q[f] - sum_j q_j beta_j, whatever f is.
fn tilted_limit(nu: f64) -> Vec<f64> {
    let e = (-0.5 / (nu * nu)).exp();
    let q = frequencies().map(|w| w / (w + (1.0 - w) * e));
    let mean = |fixed: Option<(usize, usize)>| -> f64 {
        let masks = (0..64usize).filter(|mask| fixed.is_none_or(|(j, side)| mask >> j & 1 == side));
        masks
            .map(|mask| {
                let z: Vec<f64> = (0..6).map(|j| (mask >> j & 1) as f64).collect();
                let free = (0..6).filter(|j| fixed.is_none_or(|(fixed, _)| fixed != *j));
                free.map(|j| if z[j] == 1.0 { q[j] } else { 1.0 - q[j] }).product::<f64>() * interacting(&z)
            })
            .sum()
    };
    let beta: Vec<f64> = (0..6).map(|j| mean(Some((j, 1))) - mean(Some((j, 0)))).collect();
    let intercept = mean(None) - q.iter().zip(&beta).map(|(q, beta)| q * beta).sum::<f64>();
    [vec![intercept], beta].concat()
}

#[test]
fn coefficients_are_differences_of_means_under_the_tilted_law() {
    for nu in [0.5, 1.0, 0.75 * 6f64.sqrt()] {
        let kernel = Radial::exponential(nu).unwrap();
        let explanation = explain(Exhaustive::new(), kernel, table(), &by_row(interacting), (64, 0));
        close(&coefficients(&explanation.targets[0], 6), &tilted_limit(nu), 1e-10, &format!("width {nu}"));
    }
}

/// For each coefficient, the mean and the mean square of its distance from the limit, over as many seeds.
fn errors(limit: &[f64], seeds: u32, explain: impl Fn(u64) -> Vec<f64>) -> Vec<(f64, f64)> {
    let mut errors = vec![(0.0, 0.0); limit.len()];
    for seed in 0..seeds {
        for ((error, value), limit) in errors.iter_mut().zip(explain(u64::from(seed))).zip(limit) {
            error.0 += (value - limit) / f64::from(seeds);
            error.1 += (value - limit).powi(2) / f64::from(seeds);
        }
    }
    errors
}

/// The mean of each coefficient over seeds is within 4 standard errors of its limit.
fn approaches(limit: &[f64], explain: impl Fn(u64) -> Vec<f64>, what: &str) {
    let seeds = 200;
    for (j, (mean, square)) in errors(limit, seeds, explain).into_iter().enumerate() {
        let z = mean / ((square - mean * mean) / f64::from(seeds)).sqrt();
        assert!(z.abs() < 4.0, "{what}: coefficient {j} is off by {mean}, z = {z}");
    }
}

#[test]
fn tilted_samples_approach_the_limit_closer_than_weighted_ones() {
    let model = by_row(interacting);
    // At the original's width, 0.75 sqrt(d), the similarities hardly vary, and there is nothing to gain.
    for (nu, gain) in [(0.5, 1.5), (1.0, 1.0), (0.75 * 6f64.sqrt(), 0.9)] {
        let limit = tilted_limit(nu);
        let (sampler, kernel) = (Tilted::new(nu).unwrap(), Radial::exponential(nu).unwrap());
        let tilted = |seed| coefficients(&explain(sampler, uniform(), table(), &model, (1_000, seed)).targets[0], 6);
        let weighted = |seed| coefficients(&explain(MonteCarlo, kernel, table(), &model, (1_000, seed)).targets[0], 6);
        approaches(&limit, tilted, &format!("width {nu}"));
        let total = |errors: Vec<(f64, f64)>| errors.iter().map(|(_, square)| square).sum::<f64>();
        let (tilted, weighted) = (total(errors(&limit, 200, tilted)), total(errors(&limit, 200, weighted)));
        assert!(gain * tilted < weighted, "width {nu}: {tilted} for {weighted}");
    }
}

#[test]
fn masks_by_size_approach_the_limits_of_images_and_text() {
    for (d, model, limits) in cases().into_iter().take(2) {
        let limit =
            |name: &str| [vec![limits[name]["intercept"].as_f64().unwrap()], numbers(&limits[name]["coef"])].concat();
        let tilted = MaskSize::tilted(|kept, d| (-8.0 * (1.0 - (kept as f64 / d as f64).sqrt()).powi(2)).exp());
        let one =
            |seed| coefficients(&explain(tilted, uniform(), Space::masks(d), &model, (1_000, seed)).targets[0], d);
        approaches(&limit("image/cosine_exp_0.25"), one, "images");
        // Row 0 is the instance, which the limit leaves out: a share of 1/n of the rows.
        let one = |seed| {
            coefficients(&explain(RemovedCount, uniform(), Space::masks(d), &model, (20_000, seed)).targets[0], d)
        };
        approaches(&limit("text/uniform"), one, "text");
    }
}

#[test]
fn leaving_one_out_gives_the_differences_themselves() {
    let model = by_row(interacting);
    let expected: Vec<f64> = (0..6)
        .map(|j| {
            let mut z = [1.0; 6];
            let all = interacting(&z);
            z[j] = 0.0;
            all - interacting(&z)
        })
        .collect();
    for kernel in [Box::new(uniform()) as DynKernel, Box::<Radial>::default(), Box::new(cosine())] {
        let explanation = explain(LeaveOneOut, kernel, Space::masks(6), &model, (5_000, 0));
        assert_eq!((explanation.samples, explanation.model_calls), (7, 7));
        close(&explanation.targets[0].dense(6), &expected, 1e-10, "leave one out");
    }
}

#[test]
fn counting_equal_masks_changes_the_calls_and_not_the_fit() {
    for (d, model, _) in cases().into_iter().take(3) {
        for sampler in [Box::new(MonteCarlo) as Box<dyn Sampler<f64>>, Box::new(RemovedCount)] {
            let whole = explain(&sampler, cosine(), Space::masks(d), &model, (2_000, 4));
            let counted = explain(Deduplicated(&sampler), cosine(), Space::masks(d), &model, (2_000, 4));
            assert!(counted.model_calls <= 1 << d && whole.model_calls == 2_000);
            let [whole, counted] = [&whole.targets[0], &counted.targets[0]];
            close(&coefficients(counted, d), &coefficients(whole, d), 1e-10, "counted");
            close(&[counted.score], &[whole.score], 1e-10, "score");
        }
    }
}
