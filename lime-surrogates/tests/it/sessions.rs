//! Runs that stop early, are watched, called off, and gone on with.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use lime_core::{
    BoxError, Checkpoint, Design, Direct, Draw, Error, Explainer, Explanation, Law, Look, Model, Progress, Sampler,
    Selector, SizeLaw, Space, StopRule, Surrogate, Verdict, Warning, kernel_fn, model_fn, nalgebra::DMatrix,
};
use lime_kernels::{Euclidean, Exponential, Interpretable, MedianDistance, Radial, Unweighted};
use lime_samplers::{BernoulliMask, Exhaustive, LatinHypercube, MonteCarlo, Sobol};
use lime_surrogates::selection::{HighestWeights, NoSelection, StableSelection};
use lime_surrogates::stopping::{Budget, Either, OrderSettled, RelativeWidth, SignsSettled, StablePath, TopSeparated};
use lime_surrogates::{DecisionTree, Jackknife, MaskProcess, OrdinaryLeastSquares, Recorded, Ridge};

type Parts<S> = Explainer<S, Radial, NoSelection, Jackknife<Ridge>>;

fn explainer<S>(sampler: S) -> Parts<S> {
    Explainer::new(sampler, Radial::default(), NoSelection, Jackknife::new(Ridge::new(1.0).unwrap())).seed(5)
}

fn row() -> Direct<f64> {
    Direct::new(Space::masks(7))
}

fn model() -> impl Model<DMatrix<f64>, f64> + Sync {
    model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        z.row_iter().map(|z| (z[0] + 2.0 * z[1] - z[2] + z[3] * z[4]).tanh() + 0.5 * z[0] * z[5]).collect()
    })
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn gone_on<S: Sampler<f64> + Clone>(sampler: S) {
    let whole = explainer(sampler.clone()).samples(2048).explain(&row(), &model()).unwrap();
    for (steps, batch, threads) in
        [([512, 2048], 256, 1), ([300, 2048], 7, 2), ([512, 1000], 300, 2), ([1, 700], 64, 1)]
    {
        let part = explainer(sampler.clone()).batch_size(batch);
        let run = |samples: usize, from| {
            let explainer = part.clone().samples(samples);
            in_pool(threads, || {
                let (row, model) = (row(), model());
                let session = explainer.session(&row, &model);
                let session = match from {
                    Some(checkpoint) => session.continuing(checkpoint),
                    None => session,
                };
                session.run_parallel()
            })
        };
        let mut checkpoint = None;
        for samples in steps.into_iter().filter(|&samples| samples > 1) {
            checkpoint = run(samples, checkpoint).unwrap().checkpoint;
        }
        // Also where all samples are there already.
        assert_eq!(run(2048, checkpoint.clone()).unwrap().explanation, whole);
        if steps[1] == 2048 {
            let kept = checkpoint.unwrap();
            assert_eq!(kept.samples(), 2048);
            let more = run(3000, Some(kept)).unwrap().explanation;
            assert_eq!(more, explainer(sampler.clone()).samples(3000).explain(&row(), &model()).unwrap());
        }
    }
}

#[test]
fn more_samples_give_the_bits_of_a_run_from_the_start() {
    gone_on(MonteCarlo);
    gone_on(Sobol::default());
}

#[test]
fn a_design_of_so_many_rows_is_not_gone_on_with() {
    let first = explainer(LatinHypercube::default()).samples(512).session(&row(), &model()).run().unwrap();
    assert!(first.checkpoint.is_none());
    let asked = AtomicUsize::new(0);
    let counting = model_fn(|z: &DMatrix<f64>| {
        asked.fetch_add(z.nrows(), Ordering::Relaxed);
        z.column_sum()
    });
    let checkpoint = explainer(MonteCarlo).samples(512).session(&row(), &model()).run().unwrap().checkpoint.unwrap();
    let error =
        explainer(LatinHypercube::default()).session(&row(), &counting).continuing(checkpoint).run().unwrap_err();
    assert!(matches!(error, Error::NotExtensible { samples: 5000 }), "{error}");
    let every = explainer(Exhaustive::new());
    let error = every.session(&row(), &counting).until(&SignsSettled::new(1).unwrap()).run().unwrap_err();
    assert!(matches!(error, Error::NotExtensible { samples: 128 }), "{error}");
    assert_eq!(asked.into_inner(), 0);
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let (row, model) = (row(), model());
    let asked = |n: usize, seed: u64| explainer(MonteCarlo).samples(n).seed(seed);
    let kept = || asked(512, 5).session(&row, &model).run().unwrap().checkpoint.unwrap();
    let message = |result: Result<_, Error>| match result.map(|_: lime_core::Outcome<f64, _>| ()) {
        Err(Error::Checkpoint { message }) => message,
        other => format!("{other:?}"),
    };
    assert!(message(asked(2048, 6).session(&row, &model).continuing(kept()).run()).contains("seed is 5, not 6"));
    assert!(
        message(asked(511, 5).session(&row, &model).continuing(kept()).run()).contains("it has 512 samples, and 511")
    );
    let other = Direct::new(Space::masks(6));
    assert!(
        message(asked(2048, 5).session(&other, &model).continuing(kept()).run())
            .contains("has 7 features, and this one 6")
    );
}

/// A width found from 100 samples is not the width that is found from 256.
#[test]
fn a_width_rule_that_saw_too_little_is_refused() {
    let kernel = Radial::new(Interpretable(Euclidean), Exponential, MedianDistance::default());
    let explainer = Explainer::new(MonteCarlo, kernel, NoSelection, Ridge::default());
    let (row, model) = (row(), model());
    let go_on = |from: usize| {
        let first = explainer.clone().samples(from).session(&row, &model).run().unwrap();
        explainer.clone().samples(600).session(&row, &model).continuing(first.checkpoint.unwrap()).run()
    };
    assert!(go_on(100).unwrap_err().to_string().contains("start with 256 at least"));
    assert_eq!(go_on(256).unwrap().explanation, explainer.clone().samples(600).explain(&row, &model).unwrap());
}

/// Where a rule ends a run depends on neither threads nor batches, and the explanation is the one of as many samples.
#[test]
fn rules_end_runs_at_the_same_sample() {
    let (row, model) = (row(), model());
    let rules: [&dyn lime_core::StopRule<f64, lime_core::Grouped<lime_core::Moments>>; 4] = [
        &RelativeWidth::new(0.3).unwrap(),
        &TopSeparated::new(2).unwrap(),
        &OrderSettled::new(2).unwrap(),
        &SignsSettled::new(3).unwrap(),
    ];
    for rule in rules {
        let run = |threads: usize, batch: usize| {
            let explainer = explainer(MonteCarlo).samples(100_000).batch_size(batch);
            in_pool(threads, || explainer.session(&row, &model).until(rule).run_parallel().unwrap())
        };
        let end = run(1, 256);
        let (samples, reason) = (end.explanation.samples, end.explanation.stopped.clone());
        assert!(samples < 100_000 && end.explanation.requested == 100_000);
        for (threads, batch) in [(2, 1000), (2, 33)] {
            assert_eq!(run(threads, batch).explanation, end.explanation);
        }
        let plain = explainer(MonteCarlo).samples(samples).explain(&row, &model).unwrap();
        assert_eq!(end.explanation.targets, plain.targets);
        println!("{samples} samples: {}", reason.unwrap());
    }
}

#[test]
fn the_rule_of_s_lime_asks_for_what_its_test_needs() {
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Recorded::new(Ridge::default()));
    let explainer = explainer.samples(100_000);
    let (row, model) = (row(), model_fn(|z: &DMatrix<f64>| z.column(0) * 1.01 + z.column(1) + z.column(2) * 0.1));
    let rule = StablePath::new(StableSelection::new(2).unwrap()).first(100);
    let end = explainer.session(&row, &model).until(&rule).run().unwrap().explanation;
    assert!(end.stopped.is_some() && (101..20_000).contains(&end.samples), "{}", end.samples);
}

#[test]
fn a_rule_without_errors_to_go_by_says_so_and_keeps_the_explanation() {
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default());
    let error = explainer.session(&row(), &model()).until(&SignsSettled::new(1).unwrap()).run().unwrap_err();
    assert!(error.to_string().contains("Jackknife::new"), "{error}");
    assert!(matches!(error, Error::Interrupted { answered: 128, partial: Some(_), .. }));
}

/// While there are fewer samples than it takes to leave some out, surrogates say that they do not know their errors, and rules ask for more.
#[test]
fn rules_wait_for_errors_that_take_more_samples() {
    fn waits<G>(surrogate: G)
    where
        G: Surrogate<f64> + Clone,
        NoSelection: Selector<f64, G::Evidence>,
    {
        let explainer = Explainer::new(BernoulliMask::default(), Unweighted, NoSelection, surrogate);
        let row = Direct::new(Space::masks(150));
        let model = model_fn(|z: &DMatrix<f64>| z.row_iter().map(|z| (z[0] - 0.5 * z[1]).tanh()).collect::<Vec<_>>());
        let unknown = |explanation: &Explanation| explanation.targets[0].warnings.contains(&Warning::UnknownErrors);
        let rules: [&dyn StopRule<f64, G::Evidence>; 4] = [
            &RelativeWidth::new(0.3).unwrap(),
            &TopSeparated::new(2).unwrap(),
            &OrderSettled::new(2).unwrap(),
            &SignsSettled::new(2).unwrap(),
        ];
        assert!(unknown(&explainer.clone().samples(140).explain(&row, &model).unwrap()));
        for rule in rules {
            let end = explainer.session(&row, &model).until(rule).run().unwrap().explanation;
            assert!(end.stopped.is_some() && end.samples > 150 && !unknown(&end), "{end:?}");
        }
    }
    waits(Jackknife::new(OrdinaryLeastSquares::default()));
    waits(Jackknife::new(Ridge::new(0.0).unwrap()));
    waits(MaskProcess::new(SizeLaw::fair()));
}

/// What the parity of the kept features says of each: nothing.
fn parity() -> impl Model<DMatrix<f64>, f64> + Sync {
    model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        z.row_iter().map(|z| z.iter().map(|z| 2.0 * z - 1.0).product()).collect()
    })
}

/// Of forty coefficients that are all zero the two largest have been moved there by the samples: their signs are not settled.
#[test]
fn signs_of_coefficients_that_are_zero_are_not_settled() {
    let row = Direct::new(Space::masks(40));
    let rule = SignsSettled::new(2).unwrap();
    let settled = (0..40).filter(|&seed| {
        let surrogate = Jackknife::new(Ridge::new(0.0).unwrap());
        let explainer = Explainer::new(MonteCarlo, Unweighted, NoSelection, surrogate).samples(2000).seed(seed);
        explainer.session(&row, &parity()).until(&rule).run().unwrap().explanation.stopped.is_some()
    });
    assert!(settled.count() <= 2);
}

/// Features that were selected out of as many as there are samples look surer than they are.
#[test]
fn what_is_selected_out_of_many_is_not_settled_by_few_samples() {
    let row = Direct::new(Space::masks(120));
    let rule = SignsSettled::new(1).unwrap().alpha(0.5).unwrap();
    for seed in 0..40 {
        let (selector, surrogate) = (HighestWeights::new(3).unwrap(), Jackknife::new(Ridge::new(0.01).unwrap()));
        let explainer = Explainer::new(MonteCarlo, Unweighted, selector, surrogate).samples(240).seed(seed);
        let end = explainer.session(&row, &parity()).until(&rule).run().unwrap().explanation;
        assert_eq!(end.stopped, None, "{seed}");
    }
}

/// The watcher hears of every batch, and after it has called the run off the model is asked for nothing.
#[test]
fn a_watcher_hears_of_batches_and_calls_off() {
    for threads in [1, 2] {
        let (calls, heard) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let counting = model_fn(|z: &DMatrix<f64>| {
            calls.fetch_add(1, Ordering::Relaxed);
            z.column_sum()
        });
        let watcher = |progress: &Progress| {
            assert_eq!(progress.requested, 5000);
            let heard = heard.fetch_add(1, Ordering::Relaxed) + 1;
            if heard >= 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let explainer = explainer(MonteCarlo).batch_size(50);
        let error =
            in_pool(threads, || explainer.session(&row(), &counting).watched_by(&watcher).run_parallel().unwrap_err());
        let Error::Interrupted { answered, partial, cause, .. } = error else { panic!("{error}") };
        assert!(matches!(*cause, Error::Cancelled));
        // Batches that were under way are waited for.
        let calls = calls.into_inner();
        assert!((5..5 + threads).contains(&calls), "{calls}");
        assert_eq!(heard.into_inner(), calls);
        assert!((200..=50 * calls).contains(&answered), "{answered}");
        assert_eq!(partial.unwrap().samples, answered);
    }
}

/// What was answered before a run was called off, or failed, is gone on with, from within a tile too.
#[test]
fn an_interrupted_run_is_gone_on_with() {
    let (row, plain) = (row(), model());
    for (threads, batch) in [(1, 50), (2, 50), (2, 333)] {
        let explainer = explainer(MonteCarlo).batch_size(batch);
        let whole = explainer.explain(&row, &plain).unwrap();
        let calls = AtomicUsize::new(0);
        let failing = model_fn(|z: &DMatrix<f64>| match calls.fetch_add(1, Ordering::Relaxed) {
            7 => Err("away"),
            _ => Ok(plain.predict(z).unwrap()),
        });
        let watcher = |progress: &Progress| match progress.samples {
            0..1_000 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let mut kept = None;
        let session = explainer.session(&row, &failing).kept_in(&mut kept);
        let error = in_pool(threads, || session.run_parallel().unwrap_err());
        let Error::Interrupted { answered, .. } = error else { panic!("{error}") };
        let first = kept.clone().unwrap();
        assert_eq!(first.samples(), answered);
        let session = explainer.session(&row, &plain).continuing(first).watched_by(&watcher).kept_in(&mut kept);
        assert!(session.run().unwrap_err().to_string().ends_with("called off"));
        let second = kept.clone().unwrap();
        assert!((answered + 1..5_000).contains(&second.samples()), "{}", second.samples());
        let end = explainer.session(&row, &plain).continuing(second).kept_in(&mut kept).run().unwrap();
        assert_eq!(end.explanation, whole);
        assert_eq!(kept.unwrap().samples(), whole.samples);
    }
    // Nothing to go on with: an older checkpoint does not stay for this run's.
    let explainer = explainer(MonteCarlo);
    let older = || explainer.clone().samples(300).session(&row, &plain).run().unwrap().checkpoint;
    let absent = model_fn(|_: &DMatrix<f64>| Err::<DMatrix<f64>, _>("away"));
    let mut kept = older();
    assert!(explainer.session(&row, &absent).kept_in(&mut kept).run().is_err() && kept.is_none());
    // Answers of another number of outputs than at the instance, which is asked about alone: no sample is gathered.
    let two = model_fn(|z: &DMatrix<f64>| DMatrix::repeat(z.nrows(), if z.nrows() == 1 { 2 } else { 1 }, 0.5));
    let masks =
        Explainer::new(BernoulliMask::default(), Radial::default(), NoSelection, Jackknife::new(Ridge::default()));
    let mut kept = older();
    assert!(masks.session(&row, &two).kept_in(&mut kept).run().is_err() && kept.is_none());
    // What a run goes on from is not lost where it comes to nothing.
    let session = explainer.session(&row, &absent).continuing(older().unwrap()).kept_in(&mut kept);
    assert!(session.run().is_err());
    assert_eq!(kept.unwrap().samples(), 300);
    // Samples to hold out fail: all others are there, and are not asked for again.
    let (asked, fail) = (AtomicUsize::new(0), AtomicUsize::new(1));
    let model = model_fn(|z: &DMatrix<f64>| {
        match asked.fetch_add(z.nrows(), Ordering::Relaxed) >= 5_000 && fail.load(Ordering::Relaxed) == 1 {
            true => Err("away"),
            false => plain.predict(z).map_err(|_| "never"),
        }
    });
    let explainer = explainer.held_out(500);
    let mut kept = None;
    assert!(explainer.session(&row, &model).kept_in(&mut kept).run().is_err());
    fail.store(0, Ordering::Relaxed);
    let before = asked.load(Ordering::Relaxed);
    let end = explainer.session(&row, &model).continuing(kept.unwrap()).run().unwrap().explanation;
    assert_eq!(asked.into_inner(), before + 500);
    assert_eq!(end, explainer.explain(&row, &plain).unwrap());
}

/// A rule that asks for its looks has them where it would have had them, whatever came between.
#[test]
fn looks_that_were_asked_for_are_kept() {
    #[derive(Debug)]
    struct Far;
    impl<E: ?Sized> StopRule<f64, E> for Far {
        fn decide(&self, look: &Look<'_, f64, E>) -> Result<Verdict, BoxError> {
            Ok(match look.number {
                0 => Verdict::LookAt(4_000),
                1 => Verdict::Continue,
                _ => Verdict::Stop(format!("at look {} of {}", look.number, look.samples)),
            })
        }
    }
    let (row, model) = (row(), model());
    let explainer = explainer(MonteCarlo).samples(9_000);
    let whole = explainer.session(&row, &model).until(&Far).run().unwrap().explanation;
    assert_eq!(whole.samples, 5_000);
    // Called off before the look that was asked for, and after it; and out of samples in between.
    for at in [1_000, 4_500] {
        let watcher = |progress: &Progress| match progress.samples < at {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let mut kept = None;
        assert!(explainer.session(&row, &model).until(&Far).watched_by(&watcher).kept_in(&mut kept).run().is_err());
        let end = explainer.session(&row, &model).until(&Far).continuing(kept.unwrap()).run().unwrap();
        assert_eq!(end.explanation, whole);
        let short = explainer.clone().samples(at).session(&row, &model).until(&Far).run().unwrap();
        let end = explainer.session(&row, &model).until(&Far).continuing(short.checkpoint.unwrap()).run().unwrap();
        assert_eq!(end.explanation, whole);
    }
}

/// Whichever part panics, what was answered is kept, and the part is named.
#[test]
fn parts_that_panic_between_batches() {
    struct NoMore;
    impl<E: ?Sized> StopRule<f64, E> for NoMore {
        fn decide(&self, _: &Look<'_, f64, E>) -> Result<Verdict, BoxError> {
            Ok(Verdict::Continue)
        }

        fn next_look(&self, number: usize, before: usize) -> usize {
            assert!(number < 3, "no more looks");
            before + 300
        }
    }
    struct Told(usize);
    impl Sampler<f64> for Told {
        fn design<'a>(&'a self, _: &'a Space<f64>, rows: usize, _: u64) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
            Ok(Box::new(ToldRows { rows, told: self.0 }))
        }
    }
    struct ToldRows {
        rows: usize,
        told: usize,
    }
    impl Design<f64> for ToldRows {
        fn rows(&self) -> usize {
            self.rows
        }

        fn fill(&self, rows: std::ops::Range<usize>, draw: &mut Draw<f64>) {
            for (at, row) in rows.enumerate() {
                (0..7).for_each(|j| draw.z[(at, j)] = f64::from(u8::from(((row * 37 % 101) >> (j % 5)) & 1 == 1)));
            }
        }

        fn extensible(&self) -> bool {
            true
        }

        fn clusters(&self, rows: std::ops::Range<usize>, clusters: &mut Vec<usize>) {
            let count = if rows.start < 700 { rows.len() } else { self.told };
            clusters.extend(rows.cycle().take(count));
        }
    }
    let (row, model) = (row(), model());
    let mut kept = None;
    let error = explainer(MonteCarlo).session(&row, &model).until(&NoMore).kept_in(&mut kept).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "stopped after 900 of 5000 samples: the stop rule panicked on rows 0..900: no more looks"
    );
    assert_eq!(kept.unwrap().samples(), 900);
    for told in [0, 1, 99, 101] {
        let mut kept = None;
        let told_wrongly = explainer(Told(told)).batch_size(100);
        let error = told_wrongly.session(&row, &model).kept_in(&mut kept).run().unwrap_err().to_string();
        assert!(error.contains(&format!("the groups of {told} rows where 100 were asked for")), "{error}");
        assert_eq!(kept.unwrap().samples(), 700);
    }
}

#[test]
fn a_watcher_that_panics_calls_off_and_says_so() {
    let (row, model) = (row(), model());
    for (panics_at, held_out) in [(1_000, 0), (5_000, 0), (5_200, 500), (5_500, 500)] {
        let explainer = explainer(MonteCarlo).batch_size(100).held_out(held_out);
        let watcher = |progress: &Progress| {
            assert!(progress.samples < panics_at, "no terminal");
            ControlFlow::Continue(())
        };
        let error = explainer.session(&row, &model).watched_by(&watcher).run().unwrap_err();
        let Error::Interrupted { answered, partial: Some(partial), cause, .. } = error else { panic!("{error}") };
        assert_eq!(cause.to_string(), "the watcher panicked: no terminal");
        assert_eq!((answered, partial.samples), (panics_at.min(5_000), panics_at.min(5_000)));
        let session = explainer.session(&row, &model).watched_by(&watcher);
        let error = in_pool(2, || session.run_parallel().unwrap_err()).to_string();
        assert!(error.ends_with("the watcher panicked: no terminal"), "{error}");
    }
}

#[test]
fn the_watcher_is_told_how_wide_the_intervals_are() {
    let widths = std::sync::Mutex::new(Vec::new());
    let watcher = |progress: &Progress| {
        widths.lock().unwrap().extend(progress.width);
        ControlFlow::Continue(())
    };
    let rule = Budget::calls(2000);
    let explainer = explainer(MonteCarlo);
    explainer.session(&row(), &model()).until(&rule).watched_by(&watcher).run().unwrap();
    let widths = widths.into_inner().unwrap();
    assert!(widths.len() > 5 && widths[0] > 2.0 * widths[widths.len() - 1], "{widths:?}");
}

/// Whatever the other rule looks at, and where a run is gone on with.
#[test]
fn no_more_calls_than_allowed() {
    struct Far;
    impl<E: ?Sized> StopRule<f64, E> for Far {
        fn decide(&self, look: &Look<'_, f64, E>) -> Result<Verdict, BoxError> {
            Ok(if look.number == 0 { Verdict::LookAt(4_000) } else { Verdict::Continue })
        }
    }
    let (row, model) = (row(), model());
    let explainer = explainer(MonteCarlo);
    let run = |rule: &dyn StopRule<f64, _>| explainer.session(&row, &model).until(rule).run().unwrap();
    for calls in [3, 128, 129, 300] {
        let ends = [run(&Budget::calls(calls)), run(&Either(Far, Budget::calls(calls)))];
        for end in ends.map(|end| end.explanation) {
            assert_eq!(end.samples, calls);
            assert!(end.stopped.unwrap().contains("samples were allowed"));
        }
    }
    let from = run(&Budget::calls(200)).checkpoint.unwrap();
    let on = |from: &Checkpoint<_, _>, calls| {
        explainer.session(&row, &model).continuing(from.clone()).until(&Budget::calls(calls)).run().unwrap().explanation
    };
    let some = run(&Budget::calls(300));
    assert_eq!(on(&from, 300), some.explanation);
    // A budget that is spent asks for nothing.
    let from = some.checkpoint.unwrap();
    for calls in [0, 200, 300] {
        assert_eq!((on(&from, calls).samples, on(&from, calls).model_calls), (300, some.explanation.model_calls));
    }
    assert!(run(&Budget::calls(0)).explanation.model_calls < 5);
    // Where no number of samples has an explanation, too: all of them are too far away.
    let asked = AtomicUsize::new(0);
    let counted = model_fn(|z: &DMatrix<f64>| {
        asked.fetch_add(z.nrows(), Ordering::Relaxed);
        z.column_sum()
    });
    let far = kernel_fn(|_: &[f64], _: &[f64]| 0.0);
    let explainer = Explainer::new(MonteCarlo, far, NoSelection, Jackknife::new(Ridge::default()));
    let error = explainer.session(&row, &counted).until(&Budget::calls(200)).run().unwrap_err();
    assert!(matches!(error, Error::NoWeight { .. }) && asked.into_inner() <= 201, "{error}");
}

/// Rules that test spend their error over looks: a run that is gone on with has no other numbers than one from the start.
#[test]
fn looks_are_numbered_from_the_start() {
    #[derive(Default)]
    struct Looks(std::sync::Mutex<Vec<(usize, usize)>>);
    impl<E: ?Sized> StopRule<f64, E> for Looks {
        fn decide(&self, look: &Look<'_, f64, E>) -> Result<Verdict, BoxError> {
            self.0.lock().unwrap().push((look.number, look.samples));
            Ok(Verdict::Continue)
        }
    }
    let (row, model) = (row(), model());
    let explainer = explainer(MonteCarlo).samples(1500);
    let (whole, rest) = (Looks::default(), Looks::default());
    explainer.session(&row, &model).until(&whole).run().unwrap();
    let from = explainer.clone().samples(500).session(&row, &model).run().unwrap().checkpoint.unwrap();
    explainer.session(&row, &model).continuing(from).until(&rest).run().unwrap();
    let mut expected = whole.0.into_inner().unwrap();
    expected.retain(|(_, samples)| *samples > 500);
    assert_eq!(rest.0.into_inner().unwrap(), expected);
}

#[test]
fn another_instance_is_not_gone_on_with() {
    let table = |own: f64| {
        let law = |own| Law::Levels { own: 0, frequency: vec![own, 1.0 - own] };
        Direct::new(Space::new(vec![law(0.5), law(own)], vec![1.0; 2]).unwrap())
    };
    let explainer = explainer(MonteCarlo).samples(100);
    let model = model_fn(|z: &DMatrix<f64>| z.column_sum());
    let kept = explainer.session(&table(0.25), &model).run().unwrap().checkpoint.unwrap();
    let on = |own| explainer.clone().samples(200).session(&table(own), &model).continuing(kept.clone()).run();
    assert!(on(0.25).is_ok());
    let error = on(0.75).unwrap_err().to_string();
    assert!(error.contains("another instance") && error.contains("another law"), "{error}");
}

/// Neither a tree, which would split by it, nor the equations see a coordinate that is no number.
#[test]
fn samples_are_numbers() {
    #[derive(Debug)]
    struct Hole(f64);
    impl Sampler<f64> for Hole {
        fn design<'a>(
            &'a self,
            space: &'a Space<f64>,
            rows: usize,
            seed: u64,
        ) -> Result<Box<dyn Design<f64> + 'a>, BoxError> {
            Ok(Box::new(With(MonteCarlo.design(space, rows, seed)?, self.0)))
        }
    }
    struct With<'a>(Box<dyn Design<f64> + 'a>, f64);
    impl Design<f64> for With<'_> {
        fn rows(&self) -> usize {
            self.0.rows()
        }
        fn fill(&self, rows: std::ops::Range<usize>, draw: &mut Draw<f64>) {
            self.0.fill(rows.clone(), draw);
            if rows.contains(&300) {
                draw.z[(300 - rows.start, 2)] = self.1;
            }
        }
    }
    for value in [f64::NAN, f64::INFINITY] {
        let explainer = Explainer::new(Hole(value), Radial::default(), NoSelection, DecisionTree::default());
        let cause = match explainer.samples(1000).explain(&row(), &model()).unwrap_err() {
            Error::Interrupted { cause, answered, .. } => (*cause, answered),
            error => (error, 0),
        };
        assert!(matches!(cause, (Error::Sample { row: 300, feature: 2, .. }, 256)), "{cause:?}");
    }
}

/// R2 on fresh samples, against R2 of the same fit on a large sample of another seed, by hand.
#[test]
fn fidelity_is_told_on_samples_the_fit_has_not_seen() {
    let (row, model) = (row(), model());
    let explainer = explainer(MonteCarlo).samples(60);
    let plain = explainer.explain(&row, &model).unwrap();
    let held = explainer.clone().held_out(20_000).explain(&row, &model).unwrap();
    assert_eq!(held.model_calls, plain.model_calls + 20_000);
    let (fit, target) = (&plain.targets[0], &held.targets[0]);
    assert_eq!(fit.features, target.features);

    let (weights, mut sums) = (fit.dense(7), [0.0; 4]);
    let all = DMatrix::from_fn(128, 7, |i, j| f64::from(u8::from(i >> j & 1 == 1)));
    let answers = model.predict(&all).unwrap();
    for (z, y) in all.row_iter().zip(answers.iter()) {
        let absent = 7.0 - z.sum();
        let width = 0.75 * 7f64.sqrt();
        let weight = (-absent / (width * width)).exp().sqrt();
        let guess = fit.intercept.unwrap() + z.iter().zip(&weights).map(|(z, b)| z * b).sum::<f64>();
        for (sum, term) in sums.iter_mut().zip([1.0, *y, y * y, (y - guess) * (y - guess)]) {
            *sum += weight * term;
        }
    }
    let expected = 1.0 - sums[3] / (sums[2] - sums[1] * sums[1] / sums[0]);
    let found = target.held_out.unwrap();
    assert!((found - expected).abs() < 0.02, "{found} against {expected}");
    // The same bits in other batches.
    assert_eq!(
        in_pool(2, || explainer.clone().held_out(20_000).batch_size(33).explain_parallel(&row, &model)).unwrap(),
        held
    );
    // There is nothing to hold out of all masks.
    let every = Explainer::new(Exhaustive::new(), Radial::default(), NoSelection, Ridge::default()).held_out(100);
    let target = every.explain(&row, &model).unwrap().targets.remove(0);
    assert_eq!(target.held_out, None);
    assert!(
        matches!(&target.warnings[..], [.., Warning::NotHeldOut { reason }] if reason.contains("128 masks")),
        "{target:?}"
    );
}

/// Noise has no explanation: the verdict says so.
#[test]
fn what_is_not_to_be_trusted_is_said_in_words() {
    let noise = model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        z.row_iter()
            .map(|z| z.iter().enumerate().map(|(j, z)| z * 1e3 * (j as f64 + 0.3).exp()).sum::<f64>().sin())
            .collect()
    });
    let explanation = explainer(MonteCarlo).samples(300).held_out(1000).explain(&row(), &noise).unwrap();
    let verdict = explanation.targets[0].verdict().unwrap();
    assert!(verdict.contains("no likeness of the model"), "{verdict}");
    let good = explainer(MonteCarlo).samples(300).held_out(1000).explain(&row(), &model()).unwrap();
    assert_eq!(good.targets[0].verdict(), None);
}
