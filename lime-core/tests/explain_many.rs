//! Many instances at once are explained as one by one are: to the same bits, in order, whatever becomes of the others.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ThreadId;

use lime_core::nalgebra::DMatrix;
use lime_core::{
    BoxError, Direct, Error, Evidence, Explainer, Explanation, Fitting, Kernel, LinearFit, Model, Moments, Real,
    Sampler, Selector, Space, Stage, Surrogate, kernel_fn, model_fn, sampler_fn,
};
use rand::RngExt;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Each coefficient by itself.
struct Marginal;

impl<F: Real> Surrogate<F> for Marginal {
    type Evidence = Moments;
    type Fit = LinearFit;

    fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
        let origin: Vec<f64> = space.origin().iter().map(|x| x.wide()).collect();
        Moments::new(&origin, prediction)
    }

    fn fit(
        &self,
        given: &Fitting<'_, F, Moments>,
        active: &[usize],
        targets: &[usize],
    ) -> Result<Vec<LinearFit>, BoxError> {
        let m = given.moments();
        let weights = |t: usize| active.iter().map(|&j| m.cross(j, t) / m.scatter(j, j)).collect();
        Ok(targets.iter().map(|&t| LinearFit::centred(m, active, weights(t), t)).collect())
    }
}

struct All;

impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
    fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
        Ok((0..given.moments().features()).collect())
    }
}

fn explainer() -> Explainer<impl Sampler<f64>, impl Kernel<f64, DMatrix<f64>>, All, Marginal> {
    let coin =
        sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
    let near = kernel_fn(|x: &[f64], z: &[f64]| (-x.iter().zip(z).map(|(x, z)| (x - z) * (x - z)).sum::<f64>()).exp());
    Explainer::new(coin, near, All, Marginal).samples(700).seed(9).batch_size(100)
}

fn instances(sizes: impl IntoIterator<Item = usize>) -> Vec<Direct<f64>> {
    sizes.into_iter().map(|features| Direct::new(Space::masks(features))).collect()
}

fn curved(z: &DMatrix<f64>) -> Vec<f64> {
    z.row_iter().map(|row| row.iter().enumerate().map(|(j, z)| z * (j as f64 + 0.3)).sum::<f64>().sin()).collect()
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// All numbers with all their digits: a float is written so that it reads back as itself.
fn bits(results: &[Result<Explanation, Error>]) -> Vec<String> {
    results.iter().map(|result| format!("{result:?}")).collect()
}

#[test]
fn the_same_bits_in_order_on_any_number_of_threads() {
    let (explainer, rows, model) = (explainer(), instances((0..23).map(|i| 2 + i % 7)), model_fn(curved));
    let alone: Vec<_> = rows.iter().map(|row| explainer.explain(row, &model)).collect();
    assert!(alone.iter().all(Result::is_ok));
    assert_ne!(bits(&alone)[0], bits(&alone)[1]);
    for threads in [1, 2] {
        let many = pool(threads).install(|| explainer.explain_many(&rows, &model));
        assert_eq!(bits(&many), bits(&alone), "{threads} threads");
    }
    let parallel: Vec<_> = pool(2).install(|| rows.iter().map(|row| explainer.explain_parallel(row, &model)).collect());
    assert_eq!(bits(&parallel), bits(&alone));
}

#[test]
fn no_instances() {
    assert!(explainer().explain_many(&instances([]), &model_fn(curved)).is_empty());
}

/// A model that refuses inputs of three columns and panics at inputs of four.
fn moody(z: &DMatrix<f64>) -> Result<Vec<f64>, BoxError> {
    match z.ncols() {
        3 => Err("three is too many".into()),
        4 => panic!("four columns"),
        _ => Ok(curved(z)),
    }
}

#[test]
fn what_fails_does_not_keep_the_others_from_theirs() {
    let explainer = explainer();
    let rows = instances([2, 3, 5, 4, 0, 2, 4, 3, 6]);
    for threads in [1, 2] {
        let many = pool(threads).install(|| explainer.explain_many(&rows, &model_fn(moody)));
        assert_eq!(many.len(), rows.len());
        for at in [1, 7] {
            let error = many[at].as_ref().unwrap_err();
            assert!(matches!(error, Error::Part { stage: Stage::Predict, .. }), "{error:?}");
            assert!(error.to_string().contains("three is too many"), "{error}");
        }
        for at in [3, 6] {
            let error = many[at].as_ref().unwrap_err();
            assert!(matches!(error, Error::Panic { stage: Stage::Predict, .. }), "{error:?}");
            assert!(error.to_string().contains("four columns"), "{error}");
        }
        assert!(matches!(many[4], Err(Error::NoFeatures)));
        for at in [0, 2, 5, 8] {
            let alone = explainer.explain(&rows[at], &model_fn(curved)).unwrap();
            assert_eq!(format!("{:?}", many[at].as_ref().unwrap()), format!("{alone:?}"));
        }
    }
}

/// A model that panics at its fifth call of an instance: the explanation so far is kept, for that instance only.
#[test]
fn a_model_that_panics_midway() {
    struct Late(Mutex<usize>);
    impl Model<DMatrix<f64>, f64> for Late {
        fn predict(&self, z: &DMatrix<f64>) -> Result<DMatrix<f64>, BoxError> {
            let fifth = z.ncols() == 5 && {
                let mut calls = self.0.lock().unwrap();
                *calls += 1;
                *calls == 5
            };
            assert!(!fifth, "tired");
            Ok(DMatrix::from_vec(z.nrows(), 1, curved(z)))
        }
    }
    let rows = instances([2, 5, 3]);
    for threads in [1, 2] {
        let many = pool(threads).install(|| explainer().explain_many(&rows, &Late(Mutex::new(0))));
        let alone = explainer().explain(&rows[1], &Late(Mutex::new(0)));
        assert_eq!(format!("{:?}", many[1]), format!("{alone:?}"));
        assert!(matches!(&many[1], Err(Error::Interrupted { .. })), "{:?}", many[1]);
        assert!(many[1].as_ref().unwrap_err().to_string().contains("tired"));
        assert!(many[0].is_ok() && many[2].is_ok());
    }
}

/// Settings out of range are told for each instance, without a call of the model.
#[test]
fn bad_settings() {
    let calls = AtomicUsize::new(0);
    let counting = model_fn(|z: &DMatrix<f64>| {
        calls.fetch_add(1, Ordering::Relaxed);
        curved(z)
    });
    let results = explainer().samples(1).explain_many(&instances([2, 3]), &counting);
    assert!(results.len() == 2 && results.iter().all(|result| matches!(result, Err(Error::Samples { samples: 1 }))));
    assert_eq!(calls.into_inner(), 0);
}

/// Instances are shared out: in a pool of two threads, the model's first calls wait for each other.
#[test]
fn instances_are_explained_at_once() {
    let seen: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
    let model = model_fn(|z: &DMatrix<f64>| {
        let id = std::thread::current().id();
        let started = std::time::Instant::now();
        loop {
            let mut seen = seen.lock().unwrap();
            if !seen.contains(&id) {
                seen.push(id);
            }
            if seen.len() > 1 || started.elapsed().as_secs() > 10 {
                return curved(z);
            }
            drop(seen);
            std::thread::yield_now();
        }
    });
    let many = pool(2).install(|| explainer().explain_many(&instances([2, 3]), &model));
    assert!(many.iter().all(Result::is_ok));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

/// Notes the sizes of its batches.
struct Noting(Mutex<Vec<usize>>);

impl Model<DMatrix<f64>, f64> for Noting {
    fn predict(&self, z: &DMatrix<f64>) -> Result<DMatrix<f64>, BoxError> {
        self.0.lock().unwrap().push(z.nrows());
        Ok(DMatrix::from_vec(z.nrows(), 1, curved(z)))
    }
}

/// Where the samples of one instance do not fill a batch, several share it, to the same bits.
#[test]
fn instances_share_batches() {
    let rows = instances((0..40).map(|i| 4 + i / 30));
    for (samples, batch) in [(70, 1000), (70, 64), (300, 1000), (700, 512)] {
        let explainer = explainer().samples(samples).batch_size(batch);
        let alone: Vec<_> = rows.iter().map(|row| explainer.explain(row, &model_fn(curved))).collect();
        for threads in [1, 2] {
            let noting = Noting(Mutex::new(Vec::new()));
            let many = pool(threads).install(|| explainer.explain_many(&rows, &noting));
            assert_eq!(bits(&many), bits(&alone), "{samples} samples, {batch} rows at once, {threads} threads");
            let sizes = noting.0.into_inner().unwrap();
            assert_eq!(sizes.iter().sum::<usize>(), 40 * samples);
            // Full batches, but for the last of each lot.
            let full = sizes.iter().filter(|rows| **rows == batch).count();
            assert!(sizes.len() - full <= 10 && full + 10 >= 40 * samples / batch, "{sizes:?}");
            let mut streamed = Vec::new();
            pool(threads).install(|| {
                explainer.explain_stream(instances((0..40).map(|i| 4 + i / 30)), &noting_again(), |e| streamed.push(e))
            });
            assert_eq!(bits(&streamed), bits(&alone));
        }
    }
}

fn noting_again() -> Noting {
    Noting(Mutex::new(Vec::new()))
}

/// One of the instances gets an answer that is no number: the others have theirs, and it says which sample it was.
#[test]
fn what_fails_in_a_shared_batch_fails_alone() {
    let rows = instances([5; 12]);
    let seen = Mutex::new(0);
    // The instance is the first row of each run: the seventh is answered with NaN ever after.
    let spoilt = model_fn(|z: &DMatrix<f64>| -> Vec<f64> {
        let mut answers = curved(z);
        let mut seen = seen.lock().unwrap();
        for (answer, row) in answers.iter_mut().zip(z.row_iter()) {
            *seen += usize::from(row.sum() == 5.0 && *seen < 7);
            if *seen == 7 && row.sum() == 0.0 {
                *answer = f64::NAN;
            }
        }
        answers
    });
    let explainer = explainer().samples(90).batch_size(1000);
    let many = pool(1).install(|| explainer.explain_many(&rows, &spoilt));
    let failed = many.iter().filter(|result| result.is_err()).count();
    assert!(failed > 0, "{failed}");
    for result in many {
        match result {
            Ok(explanation) => assert_eq!(explanation.samples, 90),
            Err(error) => assert!(matches!(error, Error::AnswerValue { .. } | Error::Interrupted { .. }), "{error}"),
        }
    }
}
