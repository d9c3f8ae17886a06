//! Watching a run from outside, and calling it off.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::slot::guard;
use crate::{Error, Stage};

/// How far a run has come, as its watcher is told after every batch that the model has answered.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The samples answered so far, those of an earlier run that is continued included.
    pub samples: usize,
    /// The samples there will be at most.
    pub requested: usize,
    /// The rows that this run has asked the model for so far and got answers to.
    pub model_calls: usize,
    /// The time since the run began.
    pub elapsed: Duration,
    /// At the last look of a stop rule, the width of the widest interval of a selected feature over the largest coefficient;
    /// `None` before the first, or without intervals.
    pub width: Option<f64>,
}

pub(crate) type Watcher<'a> = dyn Fn(&Progress) -> ControlFlow<()> + Sync + 'a;

/// The watcher of a run with what it is told.
pub(crate) struct Watch<'a> {
    pub(crate) watcher: &'a Watcher<'a>,
    started: Instant,
    kept: usize,
    requested: usize,
    answered: AtomicUsize,
    calls: AtomicUsize,
    width: AtomicU64,
    cancelled: AtomicBool,
    /// Its panic, where it has.
    panic: Mutex<Option<Error>>,
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("answered", &self.answered).finish_non_exhaustive()
    }
}

impl<'a> Watch<'a> {
    /// Watches a run that starts with `kept` samples of an earlier one.
    pub(crate) fn new(watcher: &'a Watcher<'a>, started: Instant, kept: usize, requested: usize) -> Self {
        Self {
            watcher,
            started,
            kept,
            requested,
            answered: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            width: AtomicU64::new(f64::NAN.to_bits()),
            cancelled: AtomicBool::new(false),
            panic: Mutex::new(None),
        }
    }

    /// Whether the run was called off: nothing more may be asked of the model.
    pub(crate) fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The watcher's panic, if it has: told once.
    pub(crate) fn panic(&self) -> Option<Error> {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Tells the watcher of so many more samples. A panic of it calls the run off: what was answered is kept.
    pub(crate) fn answered(&self, rows: usize) {
        self.calls.fetch_add(rows, Ordering::Relaxed);
        let answered = self.answered.fetch_add(rows, Ordering::Relaxed) + rows;
        let width = f64::from_bits(self.width.load(Ordering::Relaxed));
        let progress = Progress {
            samples: self.kept + answered,
            requested: self.requested,
            model_calls: self.calls.load(Ordering::Relaxed),
            elapsed: self.started.elapsed(),
            width: (!width.is_nan()).then_some(width),
        };
        match guard(Stage::Watch, 0..0, || Ok((self.watcher)(&progress))) {
            Ok(ControlFlow::Continue(())) => return,
            Ok(ControlFlow::Break(())) => {}
            Err(panic) => *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic),
        }
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Notes rows the model was asked for that are no samples.
    pub(crate) fn asked(&self, rows: usize) {
        self.calls.fetch_add(rows, Ordering::Relaxed);
    }

    /// Notes the width of the intervals at a look.
    pub(crate) fn looked(&self, width: Option<f64>) {
        self.width.store(width.unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
    }
}
