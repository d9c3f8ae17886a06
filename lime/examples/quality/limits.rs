//! Answers that are known: the limits of the reference, by enumeration and from few calls, and runs that are gone on with.

use std::collections::BTreeMap;
use std::fs;

use lime::kernels::{Cosine, Euclidean, Exponential, Fixed, Interpretable, Radial, RootDimension, Unweighted};
use lime::nalgebra::{DMatrix, DVector};
use lime::samplers::{Exhaustive, LatinHypercube, MonteCarlo};
use lime::surrogates::selection::NoSelection;
use lime::surrogates::{OrdinaryLeastSquares, RichBasis, Ridge};
use lime::tabular::{Quantiles, Tabular};
use lime::{
    Basis, BoxError, Direct, Explainer, Explanation, Kernel, Model, Representation as _, Space, TargetExplanation,
    model_fn, presets,
};
use serde::Deserialize;

/// How far we are from a limit, over all cases of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    pub(crate) what: String,
    /// Rows asked of the model, the most.
    pub(crate) calls: usize,
    /// The largest distance of a coefficient, of limits above 1 over the limit.
    pub(crate) error: f64,
    /// What it may be; none where it is for information.
    pub(crate) at_most: Option<f64>,
}

#[derive(Deserialize)]
struct Reference {
    masks: Vec<Masks>,
    tabular: Vec<Linear>,
}

/// c0 + a'z + z'Bz + tanh(c'z).
#[derive(Deserialize)]
struct Masks {
    d: usize,
    c0: f64,
    a: Vec<f64>,
    #[serde(rename = "B")]
    b: Vec<Vec<f64>>,
    c: Vec<f64>,
    limits: BTreeMap<String, Coefficients>,
    shapley: Vec<f64>,
}

#[derive(Deserialize)]
struct Coefficients {
    coef: Vec<f64>,
}

/// f0 + f'x on a table in bins.
#[derive(Deserialize)]
struct Linear {
    dataset: String,
    row: usize,
    percentiles: Vec<f64>,
    f0: f64,
    f: Vec<f64>,
    coef: Vec<f64>,
}

impl Masks {
    fn model(&self) -> impl Model<DMatrix<f64>, f64> + Sync {
        model_fn(|masks: &DMatrix<f64>| -> Vec<f64> {
            let dot = |u: &[f64], z: &[f64]| u.iter().zip(z).map(|(u, z)| u * z).sum::<f64>();
            let of = |z: &[f64]| {
                let pairs: f64 = z.iter().zip(&self.b).map(|(own, row)| own * dot(row, z)).sum();
                self.c0 + dot(&self.a, z) + pairs + dot(&self.c, z).tanh()
            };
            masks.row_iter().map(|z| of(&z.iter().copied().collect::<Vec<_>>())).collect()
        })
    }

    fn row(&self) -> Direct<f64> {
        Direct::new(Space::masks(self.d))
    }
}

fn first(explanation: &Explanation) -> Result<&TargetExplanation, BoxError> {
    Ok(explanation.targets.first().ok_or("no target")?)
}

/// The calls and the largest error so far, with those of one more explanation.
fn further(worst: (usize, f64), explanation: &Explanation, limit: &[f64]) -> Result<(usize, f64), BoxError> {
    let found = first(explanation)?.dense(limit.len());
    let error = found.iter().zip(limit).map(|(found, limit)| (found - limit).abs() / limit.abs().max(1.0));
    Ok((worst.0.max(explanation.model_calls), error.fold(worst.1, f64::max)))
}

type AnyKernel = Box<dyn Kernel<f64, DMatrix<f64>>>;

/// The limits of pictures and texts, and Shapley values, from all masks.
fn enumerated(cases: &[Masks], limits: &mut Vec<Limit>) -> Result<(), BoxError> {
    for (law, every) in [("image", Exhaustive::new()), ("text", Exhaustive::removed_count())] {
        let kernels: [(&str, AnyKernel); 3] = [
            ("cosine_exp_0.25", Box::new(Radial::new(Interpretable(Cosine), Exponential, Fixed::new(0.25)?))),
            ("euclidean_exp", Box::new(Radial::new(Interpretable(Euclidean), Exponential, RootDimension::default()))),
            ("uniform", Box::new(Unweighted)),
        ];
        for (kernel, similarity) in &kernels {
            let what = format!("{law}/{kernel}");
            let mut worst = (0, 0.0);
            for case in cases {
                let explainer = Explainer::new(&every, similarity, NoSelection, OrdinaryLeastSquares::new());
                let found = explainer.samples(1 << case.d).explain(&case.row(), &case.model())?;
                let limit = case.limits.get(&what).ok_or_else(|| format!("the reference has no limit {what}"))?;
                worst = further(worst, &found, &limit.coef)?;
            }
            limits.push(Limit { what, calls: worst.0, error: worst.1, at_most: Some(1e-10) });
        }
    }
    let mut worst = (0, 0.0);
    for case in cases {
        let found = presets::kernel_shap().samples(1 << case.d).explain(&case.row(), &case.model())?;
        worst = further(worst, &found, &case.shapley)?;
    }
    limits.push(Limit { what: "Shapley values".into(), calls: worst.0, error: worst.1, at_most: Some(1e-10) });
    Ok(())
}

/// The limits of linear models of tables: by the rich basis from few calls of a Latin hypercube, and by the original's estimator from 5000.
fn linear(cases: &[Linear], seeds: u64, limits: &mut Vec<Limit>) -> Result<(), BoxError> {
    for case in cases {
        let rows = crate::tasks::rows(&format!("lime/assets/{}.csv", case.dataset.replace('_', "-")))?.1;
        let shares: Vec<f64> = case.percentiles.iter().map(|p| p / 100.0).collect();
        let table = Tabular::builder(&rows).discretizer(Quantiles::new(&shares)?).learn()?;
        if case.row >= rows.nrows() || case.f.len() != rows.ncols() {
            return Err(format!("{}: the table is not the reference's", case.dataset).into());
        }
        let row: Vec<f64> = rows.row(case.row).iter().copied().collect();
        let represented = table.represent(&row)?;
        let slopes = DVector::from_vec(case.f.clone());
        let model = model_fn(|rows: &DMatrix<f64>| (rows * &slopes).add_scalar(case.f0));
        let d = row.len();
        let space = represented.space();
        let columns = 1 + (0..d).map(|j| 1 + space.basis(j).map_or(0, Basis::columns)).sum::<usize>();
        let calls = if case.percentiles.len() == 3 { 8 * d } else { columns + columns / 5 };
        let (mut rich, mut original) = ((0, 0.0), (0, 0.0));
        for seed in 0..seeds {
            let parts = (Radial::default(), NoSelection);
            let few = Explainer::new(LatinHypercube::default(), parts.0, parts.1, RichBasis::new());
            let found = few.samples(calls - 1).seed(seed).explain(&represented, &model)?;
            rich = further(rich, &found, &case.coef)?;
            let many = Explainer::new(MonteCarlo, parts.0, parts.1, Ridge::new(1.0)?);
            original = further(original, &many.seed(seed).explain(&represented, &model)?, &case.coef)?;
        }
        let what =
            |by: &str| format!("linear model on {}, {d} features in {} bins, {by}", case.dataset, shares.len() + 1);
        limits.push(Limit { what: what("rich basis"), calls: rich.0, error: rich.1, at_most: Some(1e-10) });
        limits.push(Limit { what: what("original"), calls: original.0, error: original.1, at_most: None });
    }
    Ok(())
}

/// All limits of a reference.
pub(crate) fn measure(path: &str, seeds: u64) -> Result<Vec<Limit>, BoxError> {
    let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let reference: Reference = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
    if reference.masks.is_empty() || reference.tabular.is_empty() {
        return Err(format!("{path}: it has no limits of masks, or none of tables").into());
    }
    let mut limits = Vec::new();
    enumerated(&reference.masks, &mut limits)?;
    linear(&reference.tabular, seeds, &mut limits)?;
    for limit in &limits {
        println!("{}", crate::report::limit_line(limit));
    }
    Ok(limits)
}
