//! Models of pictures whose file leaves their size open: what is ready for each size that comes.

#[cfg(feature = "onnxruntime")]
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use crate::image_answers::Answers;
use crate::image_plan::{ImageGraph, ImagePlan};
#[cfg(feature = "onnxruntime")]
use crate::image_session::ImageSession;
use crate::pixel::Pixel;
use crate::{Error, Runtime};

/// The number of sizes that are kept ready.
const KEPT: usize = 4;

/// A model that is ready to run.
#[derive(Clone)]
pub(crate) enum Ready {
    Tract(ImagePlan),
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(Arc<ImageSession>),
}

impl Ready {
    pub(crate) fn runtime(&self) -> Runtime {
        match self {
            Ready::Tract(_) => Runtime::Tract,
            #[cfg(feature = "onnxruntime")]
            Ready::OnnxRuntime(_) => Runtime::OnnxRuntime,
        }
    }

    pub(crate) fn outputs(&self) -> Option<usize> {
        match self {
            Ready::Tract(plan) => plan.outputs,
            #[cfg(feature = "onnxruntime")]
            Ready::OnnxRuntime(session) => session.outputs,
        }
    }

    pub(crate) fn run<T: Pixel>(&self, batch: &[T], shape: [usize; 4]) -> Result<Answers, String> {
        match self {
            Ready::Tract(plan) => plan.run(batch, shape),
            #[cfg(feature = "onnxruntime")]
            Ready::OnnxRuntime(session) => session.run(batch, shape),
        }
    }
}

/// What to do about a size that tract cannot be made ready for.
type Otherwise = Box<dyn Fn(Error) -> Result<Ready, Error> + Send + Sync>;

/// Plans for the sizes that came last.
pub(crate) struct ImageSizes {
    graph: ImageGraph,
    otherwise: Otherwise,
    ready: Mutex<Vec<([usize; 3], Ready)>>,
}

impl ImageSizes {
    pub(crate) fn new(graph: ImageGraph, otherwise: Otherwise) -> Self {
        Self { graph, otherwise, ready: Mutex::default() }
    }

    /// What is ready for pictures of these sides.
    pub(crate) fn ready(&self, sides: [usize; 3]) -> Result<Ready, Error> {
        let mut kept = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match kept.iter().position(|(of, _)| *of == sides) {
            Some(at) => at,
            None => {
                let ready = ImagePlan::compile(&self.graph, sides).map(Ready::Tract).or_else(&self.otherwise)?;
                kept.insert(0, (sides, ready));
                kept.truncate(KEPT);
                0
            }
        };
        kept[..=at].rotate_right(1);
        Ok(kept[0].1.clone())
    }
}
