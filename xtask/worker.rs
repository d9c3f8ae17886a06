//! Our side of a paired comparison (`cargo xtask compare`), which the benches `worker` share: a line of standard input in, the
//! milliseconds of one run out, the model's own time taken out. The last line is the peak of resident memory.

use std::io::BufRead as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lime_core::{BoxError, Explainer, Kernel, Model, Real, Representation, Selector, Source, Surrogate};

/// What to do over and over: the arguments WORK SAMPLES THREADS.
pub struct Job {
    pub work: String,
    pub samples: usize,
    pub threads: usize,
    in_model: AtomicU64,
}

impl Job {
    /// Calls the model's own function, whose time does not count.
    pub fn in_model<T>(&self, answer: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let answer = answer();
        self.in_model.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        answer
    }

    /// One explanation, on as many threads as the job says.
    pub fn explain<F, R, M, S, K, L, G>(
        &self,
        explainer: &Explainer<S, K, L, G>,
        representation: &R,
        model: &M,
    ) -> Result<(), BoxError>
    where
        F: Real,
        R: Representation<F>,
        M: Model<R::Batch, F> + Sync,
        S: Source<F, R>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        if self.threads == 1 {
            explainer.explain(representation, model)?;
        } else {
            explainer.explain_parallel(representation, model)?;
        }
        Ok(())
    }

    /// Runs once for every line of standard input. Threads ask the model side by side: its time is their mean.
    pub fn each(&self, mut run: impl FnMut() -> Result<(), BoxError>) -> Result<(), BoxError> {
        for _ in std::io::stdin().lock().lines() {
            let start = Instant::now();
            run()?;
            let all = start.elapsed();
            let model = Duration::from_nanos(self.in_model.swap(0, Ordering::Relaxed) / self.threads as u64);
            println!("{:.6}", all.saturating_sub(model).as_secs_f64() * 1e3);
        }
        Ok(())
    }
}

/// Does what the arguments say; nothing without any, as when the benches run.
pub fn main(work: impl FnOnce(&Job) -> Result<(), BoxError>) {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(name) = arguments.next() else { return };
    let mut number = |default| arguments.next().and_then(|argument| argument.parse().ok()).unwrap_or(default);
    let job = Job { work: name, samples: number(5_000), threads: number(1).max(1), in_model: AtomicU64::new(0) };
    if let Err(error) = work(&job) {
        panic!("{error}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    println!("peak {}", peak.trim());
}
