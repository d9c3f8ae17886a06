//! Sessions of ONNX Runtime for one model: as many as threads have asked at the same time.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::logging::LogLevel;
use ort::session::Session;

use crate::engine::guarded;

/// A session can be run by one thread at a time only. Each works on the thread that asks, so that an answer does not depend
/// on the number of threads.
pub(crate) struct Sessions {
    bytes: Vec<u8>,
    /// Where tensors are that are kept beside the model file.
    directory: Option<PathBuf>,
    idle: Mutex<Vec<Session>>,
}

impl Sessions {
    /// The sessions of the model in these bytes. The library has been loaded.
    pub(crate) fn open(bytes: Vec<u8>, directory: Option<&Path>) -> Result<Self, String> {
        let sessions = Sessions { bytes, directory: directory.map(Path::to_path_buf), idle: Mutex::default() };
        sessions.with(|_| Ok(()))?;
        Ok(sessions)
    }

    /// What is done with a session. After a panic that session is not used again.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Session) -> Result<T, String>) -> Result<T, String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        guarded(|| {
            let mut session = match idle {
                Some(session) => session,
                None => self.session().map_err(|error| error.to_string())?,
            };
            let result = work(&mut session);
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
            result
        })
    }

    fn session(&self) -> ort::Result<Session> {
        let mut builder = Session::builder()?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_deterministic_compute(true)?
            .with_memory_pattern(false)?
            .with_log_level(LogLevel::Fatal)?;
        if let Some(directory) = self.directory.as_deref().and_then(Path::to_str) {
            let directory = if directory.is_empty() { "." } else { directory };
            builder = builder.with_config_entry("session.model_external_initializers_file_folder_path", directory)?;
        }
        builder.commit_from_memory(&self.bytes)
    }
}
