//! Label maps from pictures.

use ::image::ImageFormat;

use super::Read;
use crate::{Error, Segments};

/// The greatest whole number below which an f32 holds all of them.
const EXACT: f32 = 16_777_216.0;

/// The superpixels of a picture: by its values where it is gray, by its colours otherwise.
pub(super) fn segments(name: &str, read: &Read) -> Result<Segments, Error> {
    let fail = |reason: String| Error::LabelFile { name: name.into(), reason };
    if read.format == ImageFormat::Jpeg {
        return Err(fail("JPEG changes values, so that labels run into each other: save it as PNG".into()));
    }
    let image = &read.loaded.image;
    let channels = image.channels();
    if channels > 4 {
        return Err(fail(format!("it has {channels} channels: save the labels as one")));
    }
    // 256 for bytes, 65536 for the rest: no value of two or more channels is above.
    let base = if image.white() == 255.0 { 256 } else { 65_536 };
    let counted = if channels < 3 { 1 } else { 3 };
    let greatest = if counted == 1 { EXACT } else { 65_535.0 };
    let mut ids = Vec::with_capacity(image.pixels());
    for (pixel, values) in image.values().chunks_exact(channels).enumerate() {
        let mut id = 0_i64;
        for &value in &values[..counted] {
            if value != value.trunc() || value.abs() > greatest || (counted == 3 && value < 0.0) {
                let (row, column) = (pixel / image.width(), pixel % image.width());
                return Err(fail(format!(
                    "row {row}, column {column} is {value}: labels are whole numbers up to {greatest}"
                )));
            }
            id = id * base + value as i64;
        }
        ids.push(id);
    }
    Segments::new(image.height(), image.width(), &ids)
}
