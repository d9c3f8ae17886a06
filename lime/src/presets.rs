//! Methods of the literature, each put together from the public parts.
//!
//! | preset | sampler | kernel | selection | surrogate |
//! |---|---|---|---|---|
//! | [`kernel_shap`] | coalitions | none, the design's weights | all | constrained least squares |
//! | [`glime`] | kernel-tilted | none, the law is the kernel's | all | ridge |
//! | [`baylime`] | Monte Carlo | exponential | auto | Bayesian ridge |
//! | [`limetree`] | Monte Carlo | exponential | all | one tree for all targets |
//! | [`dlime`] | a cluster of training rows | exponential | highest weights | ridge |
//! | [`s_lime`] | Monte Carlo, as many as it takes | exponential | stable | ridge |
//! | [`captum`] | masks with p = 1/2 | exponential, on inputs | all | lasso |
//! | [`xplique`] | masks with p = 1/2 | exponential, on inputs | all | ridge |
//!
//! The original's own is [`tabular::original`](crate::tabular::original). Each is a few lines: read them, and put other parts
//! in their place.

use crate::nalgebra::DMatrix;
use lime_kernels::{Cosine, Euclidean, Exponential, Fixed, Original, Radial, Unweighted};
use lime_samplers::{BernoulliMask, Coalitions, Dlime, MonteCarlo, Tilted};
use lime_surrogates::selection::{Auto, HighestWeights, NoSelection, StableSelection};
use lime_surrogates::{
    BayesianRidge, ConstrainedLeastSquares, DecisionTree, Error as Unsettled, Lasso, Recorded, Ridge,
};

use crate::{BoxError, Error, Explainer, Explanation, Model, Real, Representation, Targets};

/// Kernel SHAP (Lundberg and Lee 2017): coalitions weighted by the Shapley kernel, and least squares under the constraints that
/// the empty and the full mask are reproduced. With 2^d - 2 samples or more the coefficients are the Shapley values.
///
/// For representations by masks without noise: [`tabular::Baseline`](crate::tabular::Baseline), words, super-pixels.
///
/// ```
/// use lime::{Direct, Space, model_fn, nalgebra::DMatrix, presets};
///
/// // A product is shared equally, a sum goes where it comes from.
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0).component_mul(&z.column(1)) + z.column(2) * 3.0);
/// let explanation = presets::kernel_shap().explain(&Direct::new(Space::masks(3)), &model)?;
/// let shapley = explanation.targets[0].dense(3);
/// assert!(shapley.iter().zip([0.5, 0.5, 3.0]).all(|(found, exact)| (found - exact).abs() < 1e-12));
/// # Ok::<(), lime::Error>(())
/// ```
pub fn kernel_shap() -> Explainer<Coalitions, Unweighted, NoSelection, ConstrainedLeastSquares> {
    Explainer::new(Coalitions, Unweighted, NoSelection, ConstrainedLeastSquares::shapley()).samples(2_048)
}

/// GLIME (Tan, Tian and Li 2023): samples from the law that LIME's kernel turns the reference law into, all of weight 1. The
/// limit is LIME's, with less variance; width 0.75 sqrt(d').
pub fn glime() -> Explainer<Tilted, Unweighted, NoSelection, Ridge> {
    Explainer::new(Tilted::default(), Unweighted, NoSelection, Ridge::default())
}

/// BayLIME (Zhao et al. 2021) without prior knowledge: LIME with a Bayesian ridge, which reports the standard deviation of each
/// coefficient. For priors put `BayesianRidge::default().prior(..)` in its place.
pub fn baylime() -> Explainer<MonteCarlo, Radial, Auto, BayesianRidge> {
    Explainer::new(MonteCarlo, Radial::default(), Auto::default(), BayesianRidge::default())
}

/// LIMEtree (Sokol and Flach 2020): one regression tree for the three top outputs at once, so that the explanations of competing
/// classes agree with each other.
pub fn limetree() -> Explainer<MonteCarlo, Radial, NoSelection, DecisionTree> {
    Explainer::new(MonteCarlo, Radial::default(), NoSelection, DecisionTree::default().joint()).targets(Targets::Top(3))
}

/// DLIME (Zafar and Khan 2019): the training rows of the instance's own cluster instead of random samples, so that nothing in
/// the explanation is random. `training` has rows in the model's own inputs; the paper makes 2 `clusters`.
///
/// # Errors
/// What [`Dlime::new`] says about the rows and the number of clusters.
///
/// ```
/// use lime::nalgebra::DMatrix;
/// use lime::{model_fn, presets, tabular::Tabular};
///
/// let training = DMatrix::from_fn(40, 2, |i, j| ((i * (7 + 4 * j)) % 40) as f64 + 100.0 * (i / 20) as f64);
/// let row = Tabular::builder(&training).without_discretizer().learn()?.represent(&[10.0, 10.0])?;
/// let explainer = presets::dlime(training, 2)?.samples(100);
/// let model = model_fn(|rows: &DMatrix<f64>| rows.column(0) * 2.0);
/// let explain = |seed| explainer.clone().seed(seed).explain(&row, &model);
/// assert_eq!(explain(1)?.targets, explain(2)?.targets);
/// # Ok::<(), lime::BoxError>(())
/// ```
pub fn dlime<F: Real>(
    training: DMatrix<F>,
    clusters: usize,
) -> Result<Explainer<Dlime<F>, Radial, HighestWeights, Ridge>, BoxError> {
    let rows = Dlime::new(training, clusters)?;
    Ok(Explainer::new(rows, Radial::default(), HighestWeights::default(), Ridge::default()))
}

/// S-LIME (Zhou, Hooker and Wang 2021): as many samples as it takes to tell the `features` chosen from the others by a test of
/// level 5 % at each step of the selection, from 1000 up to `at_most`.
///
/// Each attempt starts again with as many samples as the test asked for.
///
/// # Errors
/// As [`Explainer::explain`]. Where `at_most` samples do not settle the choice, [`Error::Part`] with
/// [`surrogates::Error::Unstable`](crate::surrogates::Error::Unstable) as its source, which names the rivals.
///
/// ```
/// use lime::{Direct, Space, model_fn, nalgebra::DMatrix, presets};
///
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 1.1 + z.column(1) + z.column(2) * 0.1);
/// let explanation = presets::s_lime(2, 100_000, &Direct::new(Space::masks(3)), &model)?;
/// let chosen: Vec<usize> = explanation.targets[0].features.iter().map(|f| f.index).collect();
/// assert_eq!(chosen, [0, 1]);
/// # Ok::<(), lime::BoxError>(())
/// ```
pub fn s_lime<F, R, M>(features: usize, at_most: usize, representation: &R, model: &M) -> Result<Explanation, BoxError>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
{
    let (selection, surrogate) = (StableSelection::new(features)?, Recorded::new(Ridge::default()));
    let explainer = Explainer::new(MonteCarlo, Radial::default(), selection, surrogate);
    let mut samples = 1_000.min(at_most);
    loop {
        let error = match explainer.clone().samples(samples).explain(representation, model) {
            Ok(explanation) => return Ok(explanation),
            Err(error) => error,
        };
        match &error {
            Error::Part { source, .. } if samples < at_most => match source.downcast_ref() {
                Some(Unsettled::Unstable { needed, .. }) => samples = (*needed).max(samples + 1).min(at_most),
                _ => return Err(error.into()),
            },
            _ => return Err(error.into()),
        }
    }
}

/// The exponential kernel of a distance between the model's inputs.
pub type OnInputs<M> = Radial<Original<M>, Exponential, Fixed>;

/// captum's `Lime` by its defaults (0.9): masks with p = 1/2, the exponential kernel of width 1 on the cosine distance of the
/// inputs, lasso with penalty 0.01, 25 samples.
///
/// Its representation is [`tabular::Baseline`](crate::tabular::Baseline), with a baseline of zeros.
///
/// # Errors
/// None: its parameters are in range.
pub fn captum() -> Result<Explainer<BernoulliMask, OnInputs<Cosine>, NoSelection, Lasso>, BoxError> {
    let kernel = Radial::captum(Cosine, 1.0)?;
    Ok(Explainer::new(BernoulliMask::default(), kernel, NoSelection, Lasso::new(0.01)?).samples(25))
}

/// xplique's `Lime` by its defaults (2.0): masks with p = 1/2, its exponential kernel of width 45 on the Euclidean distance of the
/// inputs, ridge with penalty 2, 150 samples.
///
/// Its representation is [`tabular::Baseline`](crate::tabular::Baseline), with a baseline of its `ref_value`, zeros for tables.
///
/// # Errors
/// None: its parameters are in range.
pub fn xplique() -> Result<Explainer<BernoulliMask, OnInputs<Euclidean>, NoSelection, Ridge>, BoxError> {
    let kernel = Radial::xplique(Euclidean, 45.0)?;
    Ok(Explainer::new(BernoulliMask::default(), kernel, NoSelection, Ridge::new(2.0)?).samples(150))
}
