//! Runs that stop when enough is known, are watched, called off, or gone on with.

use std::fmt;
use std::ops::ControlFlow;

use crate::gather::Gathered;
use crate::run::{Control, Ended, Looks};
use crate::watch::Watcher;
use crate::{
    Error, Explainer, Explanation, Kernel, Law, Model, Progress, Real, Representation, Selector, Source, StopRule,
    Surrogate,
};

/// Where a run ended, with all it has gathered: an explainer with more samples goes on from here
/// ([`Session::continuing`]) and comes to the bits it would have had from the start.
#[derive(Debug, Clone)]
pub struct Checkpoint<F: Real, E> {
    pub(crate) seed: u64,
    pub(crate) instance: Fingerprint,
    /// The number of samples the kernel was shown, where it looked at them.
    pub(crate) tile: Option<usize>,
    pub(crate) model_calls: usize,
    /// The looks of its stop rule, where it had one.
    pub(crate) looks: Option<Looks>,
    pub(crate) state: Gathered<F, E>,
}

impl<F: Real, E> Checkpoint<F, E> {
    /// The number of samples gathered.
    pub fn samples(&self) -> usize {
        self.state.absorbed
    }

    /// Whether a run of an explainer can go on from here.
    pub(crate) fn check<S, K, L, G>(
        &self,
        explainer: &Explainer<S, K, L, G>,
        instance: &Fingerprint,
        samples: usize,
    ) -> Result<(), Error> {
        let fail = |message: String| Err(Error::Checkpoint { message });
        let done = self.samples();
        if self.seed != explainer.seed {
            return fail(format!("its seed is {}, not {}", self.seed, explainer.seed));
        }
        if let Some(difference) = self.instance.difference(instance) {
            return fail(format!("it is of another instance: {difference}"));
        }
        if explainer.targets.resolve(&self.state.prediction)? != self.state.targets {
            return fail(format!("its targets are {:?}, not {:?}", self.state.targets, explainer.targets));
        }
        if done > samples {
            return fail(format!("it has {done} samples, and {samples} are asked for: ask for as many, or more"));
        }
        Ok(())
    }
}

/// What tells instances apart without a call of the model: their features, and the laws they are perturbed by.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    names: Vec<String>,
    frozen: Vec<String>,
    /// For each feature the instance's own coordinate, and its law by a few numbers.
    laws: Vec<Vec<f64>>,
}

impl Fingerprint {
    pub(crate) fn of<F: Real, R: Representation<F> + ?Sized>(representation: &R, names: &[String]) -> Self {
        let space = representation.space();
        let law = |(law, origin): (&Law<F>, &F)| {
            let mut numbers = vec![origin.wide()];
            match law {
                Law::Levels { own, frequency } => {
                    numbers.push(*own as f64);
                    numbers.extend(frequency);
                }
                Law::Continuous(law) => numbers.extend([0.2, 0.7].map(|u| law.quantile(F::of(u)).wide())),
            }
            numbers
        };
        let laws = space.laws().iter().zip(space.origin()).map(law).collect();
        Self { names: names.to_vec(), frozen: representation.frozen(), laws }
    }

    fn difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (self.names.len(), other.names.len());
        if ours != theirs {
            return Some(format!("that has {ours} features, and this one {theirs}"));
        }
        if let Some((name, other)) = self.names.iter().zip(&other.names).find(|(name, other)| name != other) {
            return Some(format!("that has the feature {name:?} where this one has {other:?}"));
        }
        if self.frozen != other.frozen {
            return Some(format!("that has {:?} left alone, and this one {:?}", self.frozen, other.frozen));
        }
        let bits = |law: &Vec<f64>| law.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let differ = self.laws.iter().zip(&other.laws).position(|(law, other)| bits(law) != bits(other))?;
        Some(format!("the feature {:?} follows another law", self.names[differ]))
    }
}

/// What a [`Session`] ends with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome<F: Real, E> {
    /// The explanation; its `stopped` says whether a stop rule ended the run.
    pub explanation: Explanation,
    /// Where to go on from; `None` where the sampler's rows depend on how many there are ([`Design::extensible`](crate::Design::extensible)).
    pub checkpoint: Option<Checkpoint<F, E>>,
}

/// One explanation with more to say about the run than how many samples it has. Made by [`Explainer::session`].
///
/// ```
/// use std::ops::ControlFlow;
/// use lime_core::{kernel_fn, model_fn, sampler_fn, BoxError, Direct, Explainer, Look, Real, Space, StopRule, Verdict};
/// use lime_core::nalgebra::DMatrix;
/// use rand::RngExt;
/// # use lime_core::{Fitting, LinearFit, Moments, Selector, Surrogate, Evidence};
/// # #[derive(Clone)]
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
/// # #[derive(Clone)]
/// # struct All;
/// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
/// #     fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
/// #         Ok((0..given.moments().features()).collect())
/// #     }
/// # }
/// # let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// # let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), All, Marginal).samples(2_000).seed(7);
/// /// A budget of model calls.
/// struct Calls(usize);
///
/// impl<F: Real, E: ?Sized> StopRule<F, E> for Calls {
///     fn decide(&self, look: &Look<'_, F, E>) -> Result<Verdict, BoxError> {
///         Ok(if look.model_calls < self.0 { Verdict::Continue } else { Verdict::Stop("budget spent".into()) })
///     }
///
///     fn next_look(&self, _: usize, before: usize) -> usize {
///         before + 100
///     }
/// }
///
/// let instance = Direct::new(Space::masks(3));
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 2.0 - z.column(2));
/// let tell = |progress: &lime_core::Progress| {
///     println!("{} of {}", progress.samples, progress.requested);
///     ControlFlow::Continue(())
/// };
/// let first = explainer.session(&instance, &model).until(&Calls(500)).watched_by(&tell).run()?;
/// assert_eq!((first.explanation.samples, first.explanation.model_calls), (500, 500));
/// assert_eq!(first.explanation.stopped.as_deref(), Some("budget spent"));
///
/// // All 2000 samples, of which 500 are there: the same bits as from the start.
/// let checkpoint = first.checkpoint.ok_or("the sampler's rows are no sequence")?;
/// let all = explainer.session(&instance, &model).continuing(checkpoint).run()?;
/// assert_eq!(all.explanation, explainer.explain(&instance, &model)?);
/// # Ok::<(), BoxError>(())
/// ```
pub struct Session<'a, F: Real, R: ?Sized, M: ?Sized, S, K, L, G: Surrogate<F>> {
    explainer: &'a Explainer<S, K, L, G>,
    representation: &'a R,
    model: &'a M,
    control: Control<'a, F, G::Evidence>,
}

impl<F: Real, R: ?Sized, M: ?Sized, S, K, L, G: Surrogate<F>> fmt::Debug for Session<'_, F, R, M, S, K, L, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("until", &self.control.rule.is_some())
            .field("watched", &self.control.watcher.is_some())
            .field("continuing", &self.control.from.as_ref().map(Checkpoint::samples))
            .finish_non_exhaustive()
    }
}

impl<'a, F, R, M, S, K, L, G> Session<'a, F, R, M, S, K, L, G>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
    G: Surrogate<F>,
{
    pub(crate) fn new(explainer: &'a Explainer<S, K, L, G>, representation: &'a R, model: &'a M) -> Self {
        Self { explainer, representation, model, control: Control { keep: true, ..Control::default() } }
    }

    /// Ends the run when the rule says so, or with the explainer's samples. Default: no rule.
    #[must_use]
    pub fn until(mut self, rule: &'a dyn StopRule<F, G::Evidence>) -> Self {
        self.control.rule = Some(rule);
        self
    }

    /// Tells someone after each batch that the model has answered, on the thread that asked for it; [`ControlFlow::Break`] calls
    /// the run off: batches under way are waited for, and the model is asked for no other. The run then ends in
    /// [`Error::Interrupted`] with the explanation so far, as it does where this panics; [`kept_in`](Self::kept_in) says how to go on with
    /// it. Default: nobody.
    #[must_use]
    pub fn watched_by(mut self, watcher: &'a (dyn Fn(&Progress) -> ControlFlow<()> + Sync)) -> Self {
        let watcher: &'a Watcher<'a> = watcher;
        self.control.watcher = Some(watcher);
        self
    }

    /// Goes on from where an earlier run of the same parts, instance, model, seed and targets ended, with the samples it has not
    /// had: the result has the bits of a run from the start. Default: from the start.
    ///
    /// Another instance is known by its features' names and laws. A row in the same bins, a picture of as many superpixels, or another model is
    /// not: see to it that it is the same.
    #[must_use]
    pub fn continuing(mut self, checkpoint: Checkpoint<F, G::Evidence>) -> Self {
        self.control.from = Some(checkpoint);
        self
    }

    /// Puts the checkpoint here, too, also where the run fails: one that was called off, or whose model failed in the middle
    /// ([`Error::Interrupted`]), is gone on with from there.
    ///
    /// What was here before is replaced once the settings are checked: by the checkpoint that the run goes on from, if it does, and
    /// then by its own. `None` stays where no sample was answered, where samples are not to be gone on with ([`Outcome::checkpoint`]),
    /// and where evidence failed to take in a tile or the pipeline itself panicked. Default: nowhere.
    ///
    /// ```
    /// # use lime_core::{kernel_fn, model_fn, sampler_fn, BoxError, Direct, Error, Explainer, Real, Space};
    /// # use lime_core::{Fitting, LinearFit, Moments, Selector, Surrogate, Evidence};
    /// # use lime_core::nalgebra::DMatrix;
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
    /// # let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), Nothing, Mean).samples(2_000);
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// // A service that is away once.
    /// let batches = AtomicUsize::new(0);
    /// let service = model_fn(|z: &DMatrix<f64>| match batches.fetch_add(1, Ordering::Relaxed) {
    ///     4 => Err(BoxError::from("connection reset")),
    ///     _ => Ok(z.column_sum()),
    /// });
    /// let instance = Direct::new(Space::masks(3));
    /// let mut kept = None;
    /// let error = explainer.session(&instance, &service).kept_in(&mut kept).run();
    /// assert!(matches!(error, Err(Error::Interrupted { .. })));
    ///
    /// let rest = explainer.session(&instance, &service).continuing(kept.ok_or("nothing was kept")?).run()?;
    /// assert_eq!(rest.explanation, explainer.explain(&instance, &service)?);
    /// # Ok::<(), BoxError>(())
    /// ```
    #[must_use]
    pub fn kept_in(mut self, place: &'a mut Option<Checkpoint<F, G::Evidence>>) -> Self {
        self.control.kept = Some(place);
        self
    }

    /// Runs on the calling thread.
    ///
    /// # Errors
    /// As [`Explainer::explain`]; [`Error::NotExtensible`] with a rule or a checkpoint where the sampler's rows depend on how many there
    /// will be, and [`Error::Checkpoint`] for one of another run, both before the model is asked.
    pub fn run(self) -> Result<Outcome<F, G::Evidence>, Error>
    where
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        L: Selector<F, G::Evidence>,
    {
        self.explainer.serial(self.representation, self.model, self.control).map(Outcome::from)
    }

    /// The same, bit for bit, on all threads of the current rayon pool.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_parallel(self) -> Result<Outcome<F, G::Evidence>, Error>
    where
        M: Sync,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        L: Selector<F, G::Evidence>,
    {
        self.explainer.parallel(self.representation, self.model, self.control).map(Outcome::from)
    }
}

impl<F: Real, E> From<Ended<F, E>> for Outcome<F, E> {
    fn from((explanation, checkpoint): Ended<F, E>) -> Self {
        Self { explanation, checkpoint }
    }
}
