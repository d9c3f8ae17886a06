//! One prediction explained with several kernels on the same answers of the model.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nalgebra::DMatrix;

use crate::stop::relative_width;
use crate::{
    BoxError, Error, Explainer, Explanation, Kernel, Model, Real, Representation, Selector, Source, Surrogate, Warning,
};

/// A model that is asked once, and then repeats its answers in the order it was asked.
struct Repeated<'a, F: Real, M: ?Sized> {
    model: &'a M,
    answers: Mutex<Vec<DMatrix<F>>>,
    next: AtomicUsize,
}

impl<B, F: Real, M: Model<B, F> + ?Sized> Model<B, F> for Repeated<'_, F, M> {
    fn predict(&self, batch: &B) -> Result<DMatrix<F>, BoxError> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().map_err(|_| "the model panicked before")?;
        if let Some(known) = answers.get(place) {
            return Ok(known.clone());
        }
        let new = self.model.predict(batch)?;
        answers.push(new.clone());
        Ok(new)
    }
}

/// What one kernel gives.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PathPoint {
    /// The kernel's width, or whatever else tells it from the others.
    pub width: f64,
    /// The explanation, its `model_calls` those of the first kernel: the others had none.
    pub explanation: Explanation,
}

impl PathPoint {
    /// The fidelity of a target: on held-out samples where there are any, else on the samples themselves.
    pub fn fidelity(&self, target: usize) -> Option<f64> {
        let target = self.explanation.targets.get(target)?;
        Some(target.held_out.unwrap_or(target.score))
    }

    /// The widest interval of a target over its largest weight: how unstable it is. `None` without intervals.
    pub fn relative_width(&self, target: usize) -> Option<f64> {
        let features = &self.explanation.targets.get(target)?.features;
        relative_width(features.iter().filter_map(|f| f.interval), features.iter().map(|f| f.weight))
    }

    /// Whether the samples suffice for this kernel: enough of them count, and the largest weight of each target is known to a half.
    fn sound(&self) -> bool {
        (0..self.explanation.targets.len()).all(|target| {
            let few = |warning: &Warning| {
                matches!(warning, Warning::FewEffectiveSamples { .. } | Warning::RankDeficient { .. })
            };
            !self.explanation.targets[target].warnings.iter().any(few)
                && self.relative_width(target).is_none_or(|width| width <= 1.0)
        })
    }

    /// The least fidelity of any target; minus infinity where one has none.
    fn least_fidelity(&self) -> f64 {
        let scores = (0..self.explanation.targets.len()).filter_map(|target| self.fidelity(target));
        scores.map(|score| if score.is_nan() { f64::NEG_INFINITY } else { score }).fold(f64::INFINITY, f64::min)
    }
}

/// Explanations of one prediction with several kernels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KernelPath {
    /// One point a kernel, in the order given.
    pub points: Vec<PathPoint>,
    /// The place of the recommended one; `None` where the samples suffice for none.
    pub recommended: Option<usize>,
}

/// Explains one prediction with each of several kernels, on the same samples and the same answers of the model: it is asked as often
/// as for one. Fidelity, effective sample size and the width of intervals stand beside each other then.
///
/// Recommended is, among the kernels for which the samples suffice (no warning of few effective samples or of coefficients that are not
/// determined, and no interval wider than the largest weight), the one whose surrogate is most faithful: by R2 on held-out samples, of
/// the target where it is least ([`Explainer::held_out`]; without it by R2 on the samples themselves, which favours few). Equal ones go
/// to the one given first: give narrow kernels first, which are the more local ones.
///
/// Runs on the calling thread; n answers are kept meanwhile.
///
/// ```
/// # use lime_core::{BoxError, Evidence, Fitting, LinearFit, Moments, Real, Selector, Surrogate};
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
/// use lime_core::{Direct, Explainer, Space, kernel_fn, model_fn, nalgebra::DMatrix, quality::kernel_path, sampler_fn};
/// use rand::RngExt;
///
/// # let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// let kernels = [0.05, 0.5, 5.0].map(|width| {
///     let kernel = kernel_fn(move |z: &[f64], x: &[f64]| (-(z.iter().zip(x).filter(|(a, b)| a != b).count() as f64) / width).exp());
///     (width, kernel)
/// });
/// let explainer = Explainer::new(coin, (), All, Marginal).samples(500).held_out(500);
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 - z.column(1));
/// let path = kernel_path(&explainer, kernels, &Direct::new(Space::masks(4)), &model)?;
/// // The narrowest kernel sees nothing but the instance.
/// let effective: Vec<f64> = path.points.iter().map(|point| point.explanation.effective_sample_size).collect();
/// assert!(effective[0] < 50.0 && effective[1] > effective[0] && effective[2] > 400.0);
/// println!("recommended: {:?}", path.recommended.map(|best| path.points[best].width));
/// # Ok::<(), lime_core::Error>(())
/// ```
///
/// # Errors
/// As [`Explainer::explain`], of the first kernel that fails; one under which all samples weigh nothing is left out of the path instead.
pub fn kernel_path<F, R, M, S, K, L, G, U>(
    explainer: &Explainer<S, U, L, G>,
    kernels: impl IntoIterator<Item = (f64, K)>,
    representation: &R,
    model: &M,
) -> Result<KernelPath, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
    S: Source<F, R> + Clone,
    K: Kernel<F, R::Batch>,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let repeated = Repeated { model, answers: Mutex::default(), next: AtomicUsize::new(0) };
    let mut points = Vec::new();
    for (width, kernel) in kernels {
        repeated.next.store(0, Ordering::Relaxed);
        match explainer.with_kernel(kernel).explain(representation, &repeated) {
            Ok(explanation) => points.push(PathPoint { width, explanation }),
            Err(Error::NoWeight { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut recommended: Option<(usize, f64)> = None;
    for (place, point) in points.iter().enumerate().filter(|(_, point)| point.sound()) {
        let fidelity = point.least_fidelity();
        if recommended.is_none_or(|(_, best)| fidelity > best) {
            recommended = Some((place, fidelity));
        }
    }
    Ok(KernelPath { points, recommended: recommended.map(|(place, _)| place) })
}
