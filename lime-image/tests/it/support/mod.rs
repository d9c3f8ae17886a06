//! Reference pictures and label maps.
#![allow(dead_code, clippy::unwrap_used)]

use lime_image::{Image, Segments};
use serde_json::Value;

fn path(name: &str) -> String {
    format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A reference picture.
pub(crate) fn picture(name: &str) -> Image {
    let pixels = image::open(path(&format!("{name}.png"))).unwrap().into_rgb8();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Image::from_u8(height, width, 3, pixels.as_raw()).unwrap()
}

/// A label map of scikit-image's.
pub(crate) fn label_map(name: &str) -> Segments {
    let labels = image::open(path(&format!("{name}.png"))).unwrap().into_luma16();
    let (width, height) = (labels.width() as usize, labels.height() as usize);
    Segments::new(height, width, labels.as_raw()).unwrap()
}

/// A reference file.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}
