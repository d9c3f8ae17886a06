//! Whether weights say by how much the prediction changes.

use crate::slot::{answer_alone, check_draw_and_noise, guard};
use crate::{Draw, Error, Explanation, Model, Real, Representation, Sampler, Stage, TargetExplanation};

/// The infidelity of an explanation (Yeh, Hsieh, Suggala, Inouye and Ravikumar 2019): over `samples` perturbed samples z' of a sampler,
///
/// ```text
/// mean of ( sum_j w_j (x'_j - z'_j)  -  (f(x) - f(z)) )^2
/// ```
///
/// the squared error with which the weights tell the change of the model's output. 0 for weights that tell it exactly; the units are those
/// of the output, squared. Rows that are the instance itself do not count. The samples are asked of the model in batches of 256.
///
/// ```
/// # use lime_core::{kernel_fn, BoxError, Explainer, Fitting, LinearFit, Moments, Real, Selector, Surrogate, Evidence};
/// # struct Marginal;
/// # impl<F: Real> Surrogate<F> for Marginal {
/// #     type Evidence = Moments;
/// #     type Fit = LinearFit;
/// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
/// #         Moments::new(&space.origin().iter().map(|x| x.wide()).collect::<Vec<_>>(), prediction)
/// #     }
/// #     fn fit(&self, given: &Fitting<'_, F, Moments>, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
/// #         let m = given.moments();
/// #         Ok(targets.iter().map(|&t| LinearFit::centred(m, active, active.iter().map(|&j| m.cross(j, t) / m.scatter(j, j)).collect(), t)).collect())
/// #     }
/// # }
/// # struct All;
/// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
/// #     fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
/// #         Ok((0..given.moments().features()).collect())
/// #     }
/// # }
/// use lime_core::{Direct, Space, model_fn, nalgebra::DMatrix, quality::infidelity, sampler_fn};
/// use rand::RngExt;
///
/// let coin = || sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// let row = Direct::new(Space::masks(1));
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 3.0);
/// # let explainer = Explainer::new(coin(), kernel_fn(|_: &[f64], _: &[f64]| 1.0), All, Marginal);
/// let explanation = explainer.explain(&row, &model)?;
/// assert!(infidelity(&row, &model, &explanation, &explanation.targets[0], &coin(), (100, 1))? < 1e-20);
/// # Ok::<(), lime_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Target`], [`Error::Selection`] for an explanation of another instance, [`Error::Design`]; what the sampler, the representation or the
/// model reports.
pub fn infidelity<F, R, M, S>(
    representation: &R,
    model: &M,
    explanation: &Explanation,
    target: &TargetExplanation,
    sampler: &S,
    (samples, seed): (usize, u64),
) -> Result<f64, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
    S: Sampler<F> + ?Sized,
{
    const BATCH: usize = 256;
    let space = representation.space();
    let features: Vec<usize> = target.features.iter().map(|feature| feature.index).collect();
    if features.iter().any(|&j| j >= space.features()) {
        return Err(Error::Selection { chosen: features, features: space.features() });
    }
    let outputs = explanation.prediction.len();
    let at = target.target;
    let Some(&prediction) = explanation.prediction.get(at) else { return Err(Error::Target { target: at, outputs }) };
    let design = guard(Stage::Sample, 0..samples, || sampler.design(space, samples, seed))?;
    let rows = design.rows();
    let (mut sum, mut counted, mut from) = (0.0, 0usize, 0);
    let (mut draw, mut batch) = (Draw::new(space, 0), representation.allocate(0));
    while from < rows {
        let range = from..rows.min(from + BATCH);
        let count = range.len();
        if draw.rows() != count {
            representation.resize(&mut batch, count);
        }
        draw.reset(count);
        guard(Stage::Sample, range.clone(), || {
            design.fill(range.clone(), &mut draw);
            Ok(())
        })?;
        check_draw_and_noise(&draw, space, range.clone())?;
        guard(Stage::Restore, range.clone(), || representation.restore(&draw, &mut batch, 0))?;
        let answers = answer_alone(&batch, count, model)?;
        if answers.ncols() != outputs {
            return Err(Error::AnswerOutputs { first: from, expected: outputs, found: answers.ncols() });
        }
        for row in (0..count).filter(|row| !draw.instance.contains(row)) {
            let told: f64 = target
                .features
                .iter()
                .map(|feature| {
                    let j = feature.index;
                    feature.weight * (space.origin()[j].wide() - draw.z[(row, j)].wide())
                })
                .sum();
            let error = told - (prediction - answers[(row, at)].wide());
            sum += error * error;
            counted += 1;
        }
        from = range.end;
    }
    if counted == 0 { Err(Error::Design { rows: counted, samples }) } else { Ok(sum / counted as f64) }
}
