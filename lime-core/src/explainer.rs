//! The composition: sampler, similarity kernel, selector and surrogate make an explainer.

use rayon::prelude::*;

use crate::many::explain_shared;
use crate::run::{Control, Ended, Neighbours, run};
use crate::slot::{Ask, answer, answer_alone, guard};
use crate::watch::Watch;
use crate::{
    Error, Explanation, Kernel, Model, Real, Representation, Selector, Session, Source, Stage, Surrogate, Targets,
};

/// Explains predictions of any model: composed of a sampler, a similarity kernel, a feature selector and a surrogate, each
/// of which may be anybody's.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`samples`](Self::samples) | 5000 | >= 2 |
/// | [`seed`](Self::seed) | 0 | any |
/// | [`targets`](Self::targets) | the model's top output | at least one |
/// | [`batch_size`](Self::batch_size) | 256 | >= 1 |
/// | [`output_names`](Self::output_names) | none | as many as outputs |
/// | [`held_out`](Self::held_out) | 0 | any |
///
/// The same explainer serves any number of instances and models. Equal inputs give equal bits, on any number of threads and
/// with any batch size, as far as the model's answer to a row does not depend on its batch.
///
/// ```
/// use lime_core::{kernel_fn, model_fn, sampler_fn, Direct, Explainer, Space};
/// use lime_core::nalgebra::DMatrix;
/// use rand::RngExt;
/// # use lime_core::{BoxError, Fitting, LinearFit, Moments, Real, Selector, Surrogate, Evidence};
/// # struct Marginal;
/// # impl<F: Real> Surrogate<F> for Marginal {
/// #     type Evidence = Moments;
/// #     type Fit = LinearFit;
/// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
/// #         let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
/// #         Moments::new(&origin, prediction)
/// #     }
/// #     fn fit(&self, given: &Fitting<'_, F, Moments>, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
/// #         let m = given.moments();
/// #         Ok(targets.iter().map(|&t| {
/// #             LinearFit::centred(m, active, active.iter().map(|&j| m.cross(j, t) / m.scatter(j, j)).collect(), t)
/// #         }).collect())
/// #     }
/// # }
/// # struct All;
/// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
/// #     fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
/// #         Ok((0..given.moments().features()).collect())
/// #     }
/// # }
/// let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// let uniform = kernel_fn(|_: &[f64], _: &[f64]| 1.0);
/// let explainer = Explainer::new(coin, uniform, All, Marginal).samples(2_000).seed(7);
///
/// let instance = Direct::new(Space::masks(3));
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 - z.column(2));
/// let explanation = explainer.explain(&instance, &model)?;
///
/// let top = &explanation.targets[0].features[0];
/// assert_eq!(top.name, "z0");
/// assert!((top.weight - 2.0).abs() < 0.1);
/// # Ok::<(), lime_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Explainer<S, K, L, G> {
    pub(crate) sampler: S,
    pub(crate) kernel: K,
    pub(crate) selector: L,
    pub(crate) surrogate: G,
    pub(crate) samples: usize,
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    pub(crate) targets: Targets,
    pub(crate) output_names: Option<Vec<String>>,
    pub(crate) effective_samples: Option<usize>,
    pub(crate) held_out: usize,
}

impl<S, K, L, G> Explainer<S, K, L, G> {
    /// The number of samples unless another is asked for, the original's.
    pub const SAMPLES: usize = 5_000;
    /// The number of rows the model is asked for at once unless another is asked for.
    pub const BATCH_SIZE: usize = 256;

    /// An explainer of these parts with the default settings.
    pub fn new(sampler: S, kernel: K, selector: L, surrogate: G) -> Self {
        Self {
            sampler,
            kernel,
            selector,
            surrogate,
            samples: Self::SAMPLES,
            seed: 0,
            batch_size: Self::BATCH_SIZE,
            targets: Targets::default(),
            output_names: None,
            effective_samples: None,
            held_out: 0,
        }
    }

    /// The number of perturbed samples, the instance included where the sampler puts it first. At least 2; default 5000.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    /// The seed of all randomness. Default 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many rows the model is asked for at once, at most. At least 1; default 256. Memory grows with it; results do not
    /// depend on it.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
        self
    }

    /// Which of the model's outputs to explain. Default: the one with the highest score at the instance.
    #[must_use]
    pub fn targets(mut self, targets: Targets) -> Self {
        self.targets = targets;
        self
    }

    /// Names for the model's outputs (class names), one each. Default: none.
    #[must_use]
    pub fn output_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.output_names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The effective sample size, (sum w)^2 / sum w^2, under which the explanation carries
    /// [`Warning::FewEffectiveSamples`](crate::Warning::FewEffectiveSamples). 0 for never. Default: 2 (K + 1) for an
    /// explanation of K features.
    #[must_use]
    pub fn effective_samples(mut self, at_least: usize) -> Self {
        self.effective_samples = Some(at_least);
        self
    }

    /// How many further samples, of a seed of their own, the model is asked for once the surrogate is fitted, to tell its
    /// fidelity on samples it has not seen ([`TargetExplanation::held_out`](crate::TargetExplanation::held_out)). 0 for none; default 0.
    /// Of a sampler that draws no others the explanation carries [`Warning::NotHeldOut`](crate::Warning::NotHeldOut).
    #[must_use]
    pub fn held_out(mut self, samples: usize) -> Self {
        self.held_out = samples;
        self
    }

    /// The same explainer with another kernel.
    pub(crate) fn with_kernel<N>(&self, kernel: N) -> Explainer<S, N, &L, &G>
    where
        S: Clone,
    {
        Explainer {
            sampler: self.sampler.clone(),
            kernel,
            selector: &self.selector,
            surrogate: &self.surrogate,
            samples: self.samples,
            seed: self.seed,
            batch_size: self.batch_size,
            targets: self.targets.clone(),
            output_names: self.output_names.clone(),
            effective_samples: self.effective_samples,
            held_out: self.held_out,
        }
    }

    /// The outputs to explain, given the model's answer at the instance, which has as many as there are names.
    pub(crate) fn outputs(&self, prediction: &[f64]) -> Result<Vec<usize>, Error> {
        let targets = self.targets.resolve(prediction)?;
        match &self.output_names {
            Some(names) if names.len() != prediction.len() => {
                Err(Error::OutputNames { names: names.len(), outputs: prediction.len() })
            }
            _ => Ok(targets),
        }
    }

    pub(crate) fn neighbours<'a, R: ?Sized>(&'a self, representation: &'a R) -> Neighbours<'a, R, S> {
        Neighbours { sampler: &self.sampler, representation, seed: self.seed }
    }

    /// A run with more to say about it than how many samples there are: until when ([`StopRule`](crate::StopRule)), who is told of its
    /// progress and may call it off, and what earlier run it goes on from.
    pub fn session<'a, F, R, M>(&'a self, representation: &'a R, model: &'a M) -> Session<'a, F, R, M, S, K, L, G>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: Model<R::Batch, F> + ?Sized,
        G: Surrogate<F>,
    {
        Session::new(self, representation, model)
    }

    /// Explains the model's prediction for the instance of `representation`, on the calling thread.
    ///
    /// # Errors
    /// [`Error`]: settings out of range, before the model is asked; what a part of the pipeline reports or gets wrong. Where
    /// drawing, weighing or answering fails after the first rows have been absorbed, [`Error::Interrupted`] is around the
    /// cause, with the explanation so far.
    pub fn explain<F, R, M>(&self, representation: &R, model: &M) -> Result<Explanation, Error>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: Model<R::Batch, F> + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        Ok(self.serial(representation, model, Control::default())?.0)
    }

    /// The same explanation, bit for bit, on all threads of the current rayon pool: samples are prepared, answered and
    /// absorbed in parallel, so the model is called from several threads at once.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn explain_parallel<F, R, M>(&self, representation: &R, model: &M) -> Result<Explanation, Error>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: Model<R::Batch, F> + Sync + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        Ok(self.parallel(representation, model, Control::default())?.0)
    }

    /// Explains many instances, each as [`explain`](Self::explain) does and to the same bits, on all threads of the current
    /// rayon pool: a thread takes one instance at a time, so memory is that of one explanation a thread. The results stand in
    /// the order of the instances; one that fails does not keep the others from theirs.
    ///
    /// Where the samples of one instance would leave batches partly empty (fewer than four batches, and not a whole number of
    /// them), instances whose inputs [fit](Representation::fits) beside each other share them: the model is asked for full
    /// batches. One in whose batch something fails is then explained once more by itself, which asks the model again.
    ///
    /// ```
    /// use lime_core::{Direct, Space, nalgebra::DMatrix, model_fn};
    /// # use lime_core::{kernel_fn, sampler_fn, BoxError, Explainer, Fitting, LinearFit, Moments, Real, Selector, Surrogate, Evidence};
    /// # use rand::RngExt;
    /// # struct Mean;
    /// # impl<F: Real> Surrogate<F> for Mean {
    /// #     type Evidence = Moments;
    /// #     type Fit = LinearFit;
    /// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
    /// #         Moments::new(&vec![1.0; space.features()], prediction)
    /// #     }
    /// #     fn fit(&self, given: &Fitting<'_, F, Moments>, _: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
    /// #         Ok(targets.iter().map(|&t| LinearFit::centred(given.moments(), &[], vec![], t)).collect())
    /// #     }
    /// # }
    /// # struct Nothing;
    /// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for Nothing {
    /// #     fn select(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
    /// #         Ok(vec![])
    /// #     }
    /// # }
    /// # let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
    /// # let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), Nothing, Mean).samples(100);
    /// let rows = [Direct::new(Space::masks(2)), Direct::new(Space::masks(5))];
    /// let model = model_fn(|z: &DMatrix<f64>| z.column_sum());
    /// let explanations = explainer.explain_many(&rows, &model);
    /// assert_eq!(explanations[1].as_ref().map(|e| e.prediction[0]).ok(), Some(5.0));
    /// ```
    ///
    /// # Errors
    /// For each instance as [`explain`](Self::explain).
    pub fn explain_many<F, R, M>(&self, representations: &[R], model: &M) -> Vec<Result<Explanation, Error>>
    where
        F: Real,
        R: Representation<F>,
        M: Model<R::Batch, F> + Sync + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        if !self.shares() {
            return representations.par_iter().map(|representation| self.explain(representation, model)).collect();
        }
        let mut results = Vec::with_capacity(representations.len());
        let mut rest = representations;
        while let Some(first) = rest.first() {
            let alike = guard(Stage::Other, 0..0, || {
                let batch = first.allocate(1);
                Ok(rest
                    .iter()
                    .take(self.window(first.space().features()))
                    .take_while(|other| other.fits(&batch))
                    .count())
            });
            let (some, others) = rest.split_at(alike.unwrap_or(0).max(1));
            match some {
                [one] => results.push(self.explain(one, model)),
                several => results.extend(explain_shared(self, several, model)),
            }
            rest = others;
        }
        results
    }

    /// Explains instances as they come, as [`explain_many`](Self::explain_many) does, and hands over the results in their order: the
    /// memory is that of a few explanations a thread, however many instances there are.
    ///
    /// ```
    /// # use lime_core::{kernel_fn, sampler_fn, BoxError, Explainer, Fitting, LinearFit, Moments, Real, Selector, Surrogate, Evidence};
    /// # use rand::RngExt;
    /// # struct Mean;
    /// # impl<F: Real> Surrogate<F> for Mean {
    /// #     type Evidence = Moments;
    /// #     type Fit = LinearFit;
    /// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
    /// #         Moments::new(&vec![1.0; space.features()], prediction)
    /// #     }
    /// #     fn fit(&self, given: &Fitting<'_, F, Moments>, _: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
    /// #         Ok(targets.iter().map(|&t| LinearFit::centred(given.moments(), &[], vec![], t)).collect())
    /// #     }
    /// # }
    /// # struct Nothing;
    /// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for Nothing {
    /// #     fn select(&self, _: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
    /// #         Ok(vec![])
    /// #     }
    /// # }
    /// # let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
    /// # let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), Nothing, Mean).samples(100);
    /// use lime_core::{Direct, Space, nalgebra::DMatrix, model_fn};
    ///
    /// let model = model_fn(|z: &DMatrix<f64>| z.column_sum());
    /// let mut predictions = Vec::new();
    /// explainer.explain_stream((1..1000).map(|d| Direct::new(Space::masks(1 + d % 5))), &model, |explanation| {
    ///     predictions.extend(explanation.map(|explanation| explanation.prediction[0]));
    /// });
    /// assert_eq!(predictions[..6], [2.0, 3.0, 4.0, 5.0, 1.0, 2.0]);
    /// ```
    pub fn explain_stream<F, R, M>(
        &self,
        representations: impl IntoIterator<Item = R>,
        model: &M,
        mut each: impl FnMut(Result<Explanation, Error>),
    ) where
        F: Real,
        R: Representation<F>,
        M: Model<R::Batch, F> + Sync + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        let at_once = if self.shares() { self.window(0) } else { 8 * rayon::current_num_threads() };
        let mut representations = representations.into_iter();
        loop {
            let some: Vec<R> = representations.by_ref().take(at_once).collect();
            if some.is_empty() {
                return;
            }
            self.explain_many(&some, model).into_iter().for_each(&mut each);
        }
    }

    /// Whether instances share batches: where one alone would leave the last of few batches partly empty.
    fn shares(&self) -> bool {
        self.held_out == 0
            && self.batch_size > 0
            && !self.samples.is_multiple_of(self.batch_size)
            && self.samples < self.batch_size.saturating_mul(4)
    }

    /// How many instances of so many features share batches: their samples fill sixteen batches at least, and their evidence, some
    /// d^2 numbers each, stays within a few hundred megabytes.
    fn window(&self, features: usize) -> usize {
        let rows = self.batch_size.saturating_mul(16.max(4 * rayon::current_num_threads()));
        let fit = (1 << 25) / features.saturating_add(1).saturating_pow(2);
        rows.div_ceil(self.samples.max(1)).min(fit.max(1))
    }

    pub(crate) fn serial<F, R, M>(
        &self,
        representation: &R,
        model: &M,
        control: Control<'_, F, G::Evidence>,
    ) -> Result<Ended<F, G::Evidence>, Error>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: Model<R::Batch, F> + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        let mut slots = |slots: &mut [_], prepare: &(dyn Fn(&mut _) -> _ + Sync), watch: Option<&Watch<'_>>| {
            for slot in slots {
                answer(slot, prepare, watch, model);
            }
        };
        let ask = Ask { slots: &mut slots, alone: &|batch, rows| answer_alone(batch, rows, model) };
        run(self, representation, 1, ask, control)
    }

    pub(crate) fn parallel<F, R, M>(
        &self,
        representation: &R,
        model: &M,
        control: Control<'_, F, G::Evidence>,
    ) -> Result<Ended<F, G::Evidence>, Error>
    where
        F: Real,
        R: Representation<F> + ?Sized,
        M: Model<R::Batch, F> + Sync + ?Sized,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        let mut slots = |slots: &mut [_], prepare: &(dyn Fn(&mut _) -> _ + Sync), watch: Option<&Watch<'_>>| {
            slots.par_iter_mut().for_each(|slot| answer(slot, prepare, watch, model));
        };
        let ask = Ask { slots: &mut slots, alone: &|batch, rows| answer_alone(batch, rows, model) };
        run(self, representation, 2 * rayon::current_num_threads(), ask, control)
    }
}
