//! Pictures turned upright.

use ::image::metadata::Orientation;

use crate::{Error, Image};

/// The picture as it is to be seen, of the picture as it lies in its file.
pub(super) fn upright(image: Image, orientation: Orientation) -> Result<Image, Error> {
    if orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let (height, width, channels) = (image.height(), image.width(), image.channels());
    // The last row and column of the file.
    let (bottom, right) = (height - 1, width - 1);
    let turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (rows, columns) = if turned { (width, height) } else { (height, width) };
    let mut values = Vec::with_capacity(image.values().len());
    for row in 0..rows {
        for column in 0..columns {
            let (y, x) = match orientation {
                Orientation::NoTransforms => (row, column),
                Orientation::FlipHorizontal => (row, right - column),
                Orientation::Rotate180 => (bottom - row, right - column),
                Orientation::FlipVertical => (bottom - row, column),
                // 5 of EXIF: across the diagonal from the top left.
                Orientation::Rotate90FlipH => (column, row),
                Orientation::Rotate90 => (bottom - column, row),
                // 7: across the other one.
                Orientation::Rotate270FlipH => (bottom - column, right - row),
                Orientation::Rotate270 => (column, right - row),
            };
            values.extend_from_slice(&image.values()[(y * width + x) * channels..][..channels]);
        }
    }
    Image::new(rows, columns, channels, image.white(), values)
}
