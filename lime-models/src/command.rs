//! A model in another process.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use lime_core::{BoxError, Model, Real};
use nalgebra::DMatrix;

use crate::Error;

/// A model in another process: whatever reads lines and writes lines, in any language.
///
/// The command, a program and its arguments in the quotation of a shell, is started when the model is first asked, and is kept open. For every batch it
/// is given a line, a JSON array of strings, and answers with a line, a JSON array of as many arrays of numbers: the scores of each
/// text, as many for each. Its standard error is kept for the message of a failure.
///
/// | setting | default | |
/// |---|---|---|
/// | [`time_limit`](Self::time_limit) | 60 seconds | for a batch, the first of which waits for the program to start |
///
/// A program that ends is started again, once; a program that does not answer in time is ended. After any failure the next batch
/// starts a new one. Batches of several threads wait for each other.
///
/// ```python
/// import json, sys
/// for line in sys.stdin:
///     scores = [[1 - p, p] for p in classifier(json.loads(line))]
///     print(json.dumps(scores), flush=True)
/// ```
///
/// ```
/// use lime_core::{Model, nalgebra::{DMatrix, dmatrix}};
/// use lime_models::CommandModel;
///
/// // Whatever the texts are, the answer is for two.
/// let model = CommandModel::new("sh -c 'while read -r line; do echo \"[[0.25, 0.75], [0.5, 0.5]]\"; done'");
/// let answer: DMatrix<f64> = model.predict(&vec!["one".to_string(), "two".to_string()])?;
/// assert_eq!(answer, dmatrix![0.25, 0.75; 0.5, 0.5]);
///
/// let three = vec![String::new(); 3];
/// let error = Model::<_, f64>::predict(&model, &three).unwrap_err();
/// assert!(error.to_string().contains("2 answers for 3 texts"));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub struct CommandModel {
    command: String,
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    program: Option<Program>,
    answered: bool,
    restarted: bool,
}

impl CommandModel {
    /// The model that a command is.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), limit: Duration::from_secs(60), state: Mutex::new(State::default()) }
    }

    /// The longest that a batch may take.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command.
    pub fn command(&self) -> &str {
        &self.command
    }

    fn failed(&self, what: String, program: Option<Program>) -> Error {
        let said = program.map(Program::end).unwrap_or_default();
        Error::Command { command: self.command.clone(), what, said }
    }

    /// Asks the program, which is started where there is none, and once more where it has ended since.
    fn ask(&self, line: &str) -> Result<String, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let program = match state.program.take() {
                Some(program) => program,
                None => Program::start(&self.command).map_err(|error| self.failed(error.to_string(), None))?,
            };
            if let Ok(early) = program.lines.try_recv() {
                let early = early.unwrap_or_default();
                let what =
                    format!("it wrote {:?} before it was asked: one line a batch, and nothing else", shown(&early));
                return Err(self.failed(what, Some(program)));
            }
            // Where nobody takes the line, nobody answers either.
            let _ = program.input.send(format!("{line}\n"));
            match program.lines.recv_timeout(self.limit) {
                Ok(Ok(answer)) => {
                    state.program = Some(program);
                    state.answered = true;
                    return Ok(answer);
                }
                Ok(Err(error)) => {
                    return Err(self.failed(format!("its answer cannot be read: {error}"), Some(program)));
                }
                // It has worked before: it may again.
                Err(RecvTimeoutError::Disconnected) if state.answered && !state.restarted => {
                    state.restarted = true;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let again = if state.restarted { " and has been started again before" } else { "" };
                    *state = State::default();
                    return Err(self.failed(format!("it ended without an answer{again}"), Some(program)));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let what = format!("it did not answer within {:?}", self.limit);
                    return Err(self.failed(what, Some(program)));
                }
            }
        }
    }

    /// Takes the program, which has shown that it cannot be relied on.
    fn forget(&self) -> Option<Program> {
        std::mem::take(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner)).program
    }
}

impl<F: Real> Model<Vec<String>, F> for CommandModel {
    fn predict(&self, batch: &Vec<String>) -> Result<DMatrix<F>, BoxError> {
        let line = serde_json::to_string(batch)?;
        let answer = self.ask(&line)?;
        let wrong = |what: String| self.failed(what, self.forget());
        let scores: Vec<Vec<f64>> = serde_json::from_str(&answer).map_err(|error| {
            wrong(format!("its answer {:?} is no JSON array of arrays of numbers: {error}", shown(&answer)))
        })?;
        if scores.len() != batch.len() {
            return Err(wrong(format!("it gave {} answers for {} texts", scores.len(), batch.len())).into());
        }
        let outputs = scores.first().map_or(0, Vec::len);
        if let Some((text, found)) = scores.iter().enumerate().find(|(_, scores)| scores.len() != outputs) {
            let what = format!("it gave {} scores for text {text} and {outputs} for the first", found.len());
            return Err(wrong(what).into());
        }
        Ok(DMatrix::from_row_iterator(scores.len(), outputs, scores.into_iter().flatten().map(F::of)))
    }
}

impl fmt::Debug for CommandModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandModel")
            .field("command", &self.command)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The beginning of a line.
fn shown(line: &str) -> String {
    line.chars().take(100).collect()
}

/// A running program.
struct Program {
    child: Child,
    input: Sender<String>,
    lines: Receiver<std::io::Result<String>>,
    said: Arc<Mutex<VecDeque<u8>>>,
    listener: Option<thread::JoinHandle<()>>,
}

/// So much of the end of standard error is kept.
const KEPT: usize = 4_096;

impl Program {
    fn start(command: &str) -> std::io::Result<Self> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words =
            words.ok_or_else(|| std::io::Error::other("its quotation marks do not match, or there is nothing"))?;
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(mut stdin), Some(stdout), Some(mut stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(std::io::Error::other("it has no pipes"));
        };
        // Threads of their own: a program that reads or writes nothing must not hold up whoever waits for it.
        let (input, to_write) = channel::<String>();
        thread::spawn(move || {
            for line in to_write {
                if stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        let (read, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if read.send(line).is_err() {
                    return;
                }
            }
        });
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let keep = Arc::clone(&said);
        let listener = thread::spawn(move || {
            let mut some = [0; 1_024];
            while let Ok(count @ 1..) = stderr.read(&mut some) {
                let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&some[..count]);
                let more = kept.len().saturating_sub(KEPT);
                kept.drain(..more);
            }
        });
        Ok(Self { child, input, lines, said, listener: Some(listener) })
    }

    /// Ends the program: what it last wrote to standard error.
    fn end(mut self) -> String {
        // One that has ended by itself has said everything; one that has not is ended.
        for _ in 0..20 {
            if matches!(self.child.try_wait(), Ok(Some(_)))
                && let Some(listener) = self.listener.take().filter(thread::JoinHandle::is_finished)
            {
                let _ = listener.join();
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(said.make_contiguous()).trim().to_string()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
