//! TIFF files as they come from instruments: floating point and any number of bands, which the general library does not read.

use std::io::Cursor;

use ::image::{ImageFormat, metadata::Orientation};
use ::tiff::ColorType;
use ::tiff::TiffError;
use ::tiff::decoder::{Decoder as TiffDecoder, DecodingResult, Limits};
use ::tiff::tags::Tag;

use super::Decoder;
use crate::{Error, Image};

/// Whether there is more than one picture in a file.
pub(super) fn several(bytes: &[u8]) -> bool {
    TiffDecoder::new(Cursor::new(bytes)).is_ok_and(|decoder| decoder.more_images())
}

/// The picture as it lies in the file, and how it is to be turned; none where the general library reads it.
#[allow(clippy::type_complexity)]
pub(super) fn bands(
    settings: &Decoder,
    name: &str,
    bytes: &[u8],
    format: ImageFormat,
) -> Result<Option<(Result<Image, Error>, Orientation)>, Error> {
    if format != ImageFormat::Tiff {
        return Ok(None);
    }
    let fail = |error| unreadable(name, &error);
    let mut decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(fail)?;
    let channels = match decoder.colortype().map_err(fail)? {
        ColorType::Gray(32 | 64) => 1,
        ColorType::GrayA(32 | 64) => 2,
        ColorType::RGB(64) => 3,
        ColorType::RGBA(64) => 4,
        ColorType::Multiband { num_samples, .. } => usize::from(num_samples),
        _ => return Ok(None),
    };
    let (width, height) = decoder.dimensions().map_err(fail)?;
    settings.allow(name, [height.into(), width.into(), channels as u64])?;
    let mut limits = Limits::default();
    // f64 are twice as long as what they become.
    limits.decoding_buffer_size = usize::try_from(settings.limit.saturating_mul(2)).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size.max(limits.intermediate_buffer_size);
    decoder = decoder.with_limits(limits);
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(fail)?;
    let (white, values): (f32, Vec<f32>) = match result {
        DecodingResult::U8(values) => (255.0, values.into_iter().map(f32::from).collect()),
        DecodingResult::U16(values) => (65_535.0, values.into_iter().map(f32::from).collect()),
        DecodingResult::U32(values) => (4_294_967_295.0, values.into_iter().map(|value| value as f32).collect()),
        DecodingResult::F32(values) => (1.0, values),
        DecodingResult::F64(values) => (1.0, values.into_iter().map(|value| value as f32).collect()),
        _ => {
            let reason = "its numbers are neither unsigned, of 32 bits at most, nor floating point of 32 or 64".into();
            return Err(Error::UnsupportedPicture { name: name.into(), reason });
        }
    };
    let (height, width) = (height as usize, width as usize);
    let values = if layout.planes > 1 { interleave(&values, height * width) } else { values };
    Ok(Some((Image::new(height, width, channels, white, values), orientation)))
}

/// (c, h, w) to (h, w, c).
fn interleave(planes: &[f32], pixels: usize) -> Vec<f32> {
    (0..pixels).flat_map(|pixel| planes.iter().skip(pixel).step_by(pixels).copied()).collect()
}

fn unreadable(name: &str, error: &TiffError) -> Error {
    let (name, reason) = (name.to_string(), error.to_string());
    match error {
        TiffError::UnsupportedError(_) | TiffError::LimitsExceeded => Error::UnsupportedPicture { name, reason },
        _ => Error::Damaged { name, reason },
    }
}
