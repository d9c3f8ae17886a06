//! Pictures and label maps from files.

mod jpeg;
mod labels;
mod orientation;
mod tiff;

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ::image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use ::image::{
    AnimationDecoder as _, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    metadata::Orientation,
};

use crate::{Error, Image, Segments};

/// Reads pictures from files: PNG, JPEG, WebP, TIFF and GIF, known by their content, not their name.
///
/// | in the file | picture |
/// |---|---|
/// | 8 bits a value and fewer, palettes | white 255 |
/// | 16 bits | white 65535 |
/// | 32 bits, whole numbers (TIFF) | white 4294967295 |
/// | floating point (TIFF) | white 1 |
/// | gray; gray and alpha; colours; colours and alpha | 1, 2, 3, 4 channels: [`Image::to_rgb`] and [`Image::to_gray`] make others of them |
/// | any number of bands (TIFF) | as many channels |
/// | an orientation, of cameras (EXIF) | turned upright |
/// | several pictures: animations, pages | the first, and a [`Note`] |
///
/// Colour profiles are not looked at.
///
/// | setting | default | |
/// |---|---|---|
/// | [`limit`](Self::limit) | 512 MiB | bytes of the picture in memory, 4 a value: 44 megapixels of 3 channels |
///
/// ```
/// use lime_image::{Decoder, Error, Image};
///
/// let png = Image::from_u16(2, 3, 1, &[0, 1, 2, 3, 4, 65535])?.encode_png()?;
/// let image = Decoder::new().decode(&png)?.image;
/// assert_eq!((image.height(), image.width(), image.channels(), image.white()), (2, 3, 1, 65535.0));
/// let refused = Decoder::new().limit(23).decode(&png).unwrap_err();
/// assert!(matches!(refused, Error::PictureLimit { needed: 24, limit: 23, .. }));
/// # Ok::<(), lime_image::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoder {
    limit: u64,
}

/// A picture from a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// The picture.
    pub image: Image,
    /// What there is to know about it.
    pub notes: Vec<Note>,
}

/// What a picture does not show of its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The file has more pictures than the one that was read.
    FirstOfSeveral {
        /// What the file is: "GIF", "TIFF".
        format: &'static str,
    },
    /// The camera was not upright, and the picture is turned.
    Turned {
        /// The orientation in the file, of EXIF: 2 to 8.
        orientation: u8,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::FirstOfSeveral { format } => {
                write!(f, "the {format} file has several pictures, of which the first is used")
            }
            Note::Turned { orientation } => {
                write!(f, "the picture is turned upright, by the orientation {orientation} in its file")
            }
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self { limit: 512 << 20 }
    }
}

/// A picture and what was learnt on the way to it.
struct Read {
    loaded: Loaded,
    format: ImageFormat,
}

impl Decoder {
    /// A decoder of pictures up to 512 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes a picture may have in memory, at 4 a value, and a file on disk.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// The picture of a file.
    ///
    /// # Errors
    /// [`Error::Read`] where the file cannot be read, [`Error::EmptyFile`], [`Error::NotAPicture`], [`Error::Damaged`],
    /// [`Error::UnsupportedPicture`], [`Error::PictureLimit`] and [`Error::FileLimit`] by what is in it, [`Error::InFile`] for values that
    /// are not finite. All name the file.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Loaded, Error> {
        let path = path.as_ref();
        Ok(self.picture(&path.display().to_string(), &self.read(path)?)?.loaded)
    }

    /// The picture of a file's bytes.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn decode(&self, bytes: &[u8]) -> Result<Loaded, Error> {
        Ok(self.picture(NAMELESS, bytes)?.loaded)
    }

    /// The superpixels of a label map or a mask.
    ///
    /// | in the file | pixels of one superpixel | its id |
    /// |---|---|---|
    /// | gray, 8 or 16 bits; TIFF also whole numbers of 32 bits and floating point, up to 2^24 | of one value | the value |
    /// | colours, palettes | of one colour | `(red n + green) n + blue`, n = 256 for 8 bits and 65536 for 16 |
    ///
    /// Fewer than 8 bits are stretched to 0..=255, so that a mask of one bit has the ids 0 and 255. Alpha is not looked at.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::LabelFile`] for values that are no whole numbers, and for JPEG, which changes them.
    pub fn load_segments(&self, path: impl AsRef<Path>) -> Result<Segments, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        labels::segments(&name, &self.picture(&name, &self.read(path)?)?)
    }

    /// The superpixels of a label map's bytes.
    ///
    /// # Errors
    /// As [`load_segments`](Self::load_segments).
    pub fn decode_segments(&self, bytes: &[u8]) -> Result<Segments, Error> {
        labels::segments(NAMELESS, &self.picture(NAMELESS, bytes)?)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let name = || path.display().to_string();
        let fail = |error: std::io::Error| Error::Read { name: name(), reason: error.to_string() };
        let file = File::open(path).map_err(fail)?;
        let mut bytes = Vec::new();
        // A small picture may be a long file, but a picture's bytes are no more than its values but for what is said about it.
        let most = self.limit.max(1 << 20);
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(fail)?;
        if bytes.len() as u64 > most {
            return Err(Error::FileLimit { name: name(), limit: most });
        }
        Ok(bytes)
    }

    /// Behind a guard: decoders are other people's, and files may come from anywhere.
    fn picture(&self, name: &str, bytes: &[u8]) -> Result<Read, Error> {
        catch_unwind(AssertUnwindSafe(|| self.unguarded(name, bytes)))
            .unwrap_or_else(|_| Err(Error::Damaged { name: name.into(), reason: "its decoder panicked".into() }))
    }

    fn unguarded(&self, name: &str, bytes: &[u8]) -> Result<Read, Error> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { name: name.into() });
        }
        let format = format(name, bytes)?;
        let mut notes = Vec::new();
        let (image, orientation) = match tiff::bands(self, name, bytes, format)? {
            Some(read) => read,
            None => self.common(name, bytes, format)?,
        };
        if several(bytes, format) {
            notes.push(Note::FirstOfSeveral { format: label(format) });
        }
        if orientation != Orientation::NoTransforms {
            notes.push(Note::Turned { orientation: orientation.to_exif() });
        }
        let image = image.and_then(|image| orientation::upright(image, orientation));
        let image = image.map_err(|source| Error::InFile { name: name.into(), source: Box::new(source) })?;
        Ok(Read { loaded: Loaded { image, notes }, format })
    }

    /// What the library reads by itself: the picture as it lies in the file, and how it is to be turned.
    #[allow(clippy::type_complexity)]
    fn common(
        &self,
        name: &str,
        bytes: &[u8],
        format: ImageFormat,
    ) -> Result<(Result<Image, Error>, Orientation), Error> {
        let fail = |error| unreadable(name, &error);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(self.limits());
        let mut decoder = reader.into_decoder().map_err(fail)?;
        let (width, height) = decoder.dimensions();
        self.allow(name, [height.into(), width.into(), decoder.color_type().channel_count().into()])?;
        // What is wrong with the orientation is wrong with nothing else.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let picture = DynamicImage::from_decoder(decoder).map_err(fail)?;
        if format == ImageFormat::Jpeg && !jpeg::ends(bytes) {
            let reason = "the JPEG data have no end".into();
            return Err(Error::Damaged { name: name.into(), reason });
        }
        Ok((convert(name, picture)?, orientation))
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        // Room for what the decoders need beside the picture.
        limits.max_alloc = Some(self.limit.saturating_mul(2).max(64 << 20));
        limits
    }

    /// Checks the memory for a picture of (h, w, c).
    fn allow(&self, name: &str, [height, width, channels]: [u64; 3]) -> Result<(), Error> {
        let needed = height.saturating_mul(width).saturating_mul(channels).saturating_mul(4);
        if needed > self.limit {
            return Err(Error::PictureLimit { name: name.into(), height, width, channels, needed, limit: self.limit });
        }
        Ok(())
    }
}

/// The picture of a file, up to 512 MiB: [`Decoder::load`].
///
/// # Errors
/// As [`Decoder::load`].
pub fn load(path: impl AsRef<Path>) -> Result<Loaded, Error> {
    Decoder::new().load(path)
}

/// The picture of a file's bytes, up to 512 MiB: [`Decoder::decode`].
///
/// # Errors
/// As [`Decoder::load`].
pub fn decode(bytes: &[u8]) -> Result<Loaded, Error> {
    Decoder::new().decode(bytes)
}

/// The superpixels of a label map or a mask: [`Decoder::load_segments`].
///
/// # Errors
/// As [`Decoder::load_segments`].
pub fn load_segments(path: impl AsRef<Path>) -> Result<Segments, Error> {
    Decoder::new().load_segments(path)
}

/// The name of a picture that came as bytes.
const NAMELESS: &str = "the picture";

/// What the bytes are, where they are a picture of a kind that is read.
fn format(name: &str, bytes: &[u8]) -> Result<ImageFormat, Error> {
    let guess = ::image::guess_format(bytes).ok();
    match guess {
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Tiff | ImageFormat::Gif) => {}
        _ => {
            let found = match guess {
                Some(other) => format!("a picture of the kind {other:?}, which is not read"),
                None if bytes.iter().take(512).all(|byte| matches!(byte, 9..=13 | 32..=126)) => "a text".into(),
                None => "no picture of a kind that is known".into(),
            };
            return Err(Error::NotAPicture { name: name.into(), found });
        }
    }
    Ok(guess.unwrap_or(ImageFormat::Png))
}

fn label(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Tiff => "TIFF",
        _ => "GIF",
    }
}

/// Whether there is more than one picture in a file that was read.
fn several(bytes: &[u8], format: ImageFormat) -> bool {
    let cursor = Cursor::new(bytes);
    match format {
        ImageFormat::Png => PngDecoder::new(cursor).and_then(|decoder| decoder.is_apng()).unwrap_or(false),
        ImageFormat::WebP => WebPDecoder::new(cursor).is_ok_and(|decoder| decoder.has_animation()),
        ImageFormat::Gif => {
            GifDecoder::new(cursor).is_ok_and(|decoder| decoder.into_frames().nth(1).is_some_and(|frame| frame.is_ok()))
        }
        ImageFormat::Tiff => tiff::several(bytes),
        _ => false,
    }
}

/// The library's picture as ours. What is wrong with its values is the inner result.
fn convert(name: &str, picture: DynamicImage) -> Result<Result<Image, Error>, Error> {
    let (height, width) = (picture.height() as usize, picture.width() as usize);
    let channels = usize::from(picture.color().channel_count());
    Ok(match picture {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => Image::from_u8(height, width, channels, picture.as_bytes()),
        DynamicImage::ImageLuma16(picture) => Image::from_u16(height, width, channels, picture.as_raw()),
        DynamicImage::ImageLumaA16(picture) => Image::from_u16(height, width, channels, picture.as_raw()),
        DynamicImage::ImageRgb16(picture) => Image::from_u16(height, width, channels, picture.as_raw()),
        DynamicImage::ImageRgba16(picture) => Image::from_u16(height, width, channels, picture.as_raw()),
        DynamicImage::ImageRgb32F(picture) => Image::from_f32(height, width, channels, picture.into_raw()),
        DynamicImage::ImageRgba32F(picture) => Image::from_f32(height, width, channels, picture.into_raw()),
        other => {
            let reason = format!("pixels of the kind {:?}", other.color());
            return Err(Error::UnsupportedPicture { name: name.into(), reason });
        }
    })
}

fn unreadable(name: &str, error: &ImageError) -> Error {
    let (name, reason) = (name.to_string(), error.to_string());
    match error {
        ImageError::Unsupported(_) | ImageError::Limits(_) => Error::UnsupportedPicture { name, reason },
        _ => Error::Damaged { name, reason },
    }
}
