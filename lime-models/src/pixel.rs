//! What a picture's numbers are to the engines.

#[cfg(feature = "onnxruntime")]
use ort::session::SessionInputValue;
#[cfg(feature = "onnxruntime")]
use ort::value::TensorRef;
use tract_onnx::prelude::Datum;

use crate::Element;

/// A number that models of pictures take.
pub(crate) trait Pixel: lime_image::Element + Datum {
    /// What it is called.
    const ELEMENT: Element;

    /// Pictures as an input of a session, without a copy.
    #[cfg(feature = "onnxruntime")]
    fn given(batch: &[Self], shape: [usize; 4]) -> ort::Result<SessionInputValue<'_>>;
}

impl Pixel for f32 {
    const ELEMENT: Element = Element::Float32;

    #[cfg(feature = "onnxruntime")]
    fn given(batch: &[Self], shape: [usize; 4]) -> ort::Result<SessionInputValue<'_>> {
        Ok(TensorRef::from_array_view((shape, batch))?.into())
    }
}

impl Pixel for u8 {
    const ELEMENT: Element = Element::Uint8;

    #[cfg(feature = "onnxruntime")]
    fn given(batch: &[Self], shape: [usize; 4]) -> ort::Result<SessionInputValue<'_>> {
        Ok(TensorRef::from_array_view((shape, batch))?.into())
    }
}
