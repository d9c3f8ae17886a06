//! What stands where a superpixel is hidden.

use lime_core::BoxError;

use crate::{Error, Image, Segments};

/// What stands where a superpixel is hidden: another picture of the same shape and white, of which the hidden superpixels are
/// shown.
///
/// A picture is a fill: it is shown as it is, where it has the shape of the one explained.
///
/// # A fill of one's own
/// The picture upside down.
///
/// ```
/// use lime_core::BoxError;
/// use lime_image::{Fill, Image, Segments};
///
/// struct UpsideDown;
///
/// impl Fill for UpsideDown {
///     fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
///         let row = image.width() * image.channels();
///         let values = image.values().chunks(row).rev().flatten().copied().collect();
///         Ok(Image::new(image.height(), image.width(), image.channels(), image.white(), values)?)
///     }
/// }
///
/// let image = Image::from_u8(2, 1, 1, &[10, 20])?;
/// let segments = Segments::new(2, 1, &[0, 1])?;
/// assert_eq!(UpsideDown.fill(&image, &segments)?.values(), [20.0, 10.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Fill: Send + Sync {
    /// The picture that is shown where superpixels of `image` are hidden.
    ///
    /// # Errors
    /// Where the fill does not fit the picture: the error says why.
    fn fill(&self, image: &Image, segments: &Segments) -> Result<Image, BoxError>;
}

macro_rules! forward_fill {
    ($($pointer:ty),*) => {$(
        impl<T: Fill + ?Sized> Fill for $pointer {
            fn fill(&self, image: &Image, segments: &Segments) -> Result<Image, BoxError> {
                (**self).fill(image, segments)
            }
        }
    )*};
}

forward_fill!(&T, Box<T>, std::sync::Arc<T>);

impl Fill for Image {
    fn fill(&self, image: &Image, _segments: &Segments) -> Result<Image, BoxError> {
        same_shape(image, self)?;
        Ok(self.clone())
    }
}

/// Checks that a fill has the shape and the white of the picture.
pub(crate) fn same_shape(image: &Image, fill: &Image) -> Result<(), Error> {
    let shape = |image: &Image| (image.height(), image.width(), image.channels());
    if shape(image) != shape(fill) {
        return Err(Error::FillShape { expected: shape(image), found: shape(fill) });
    }
    if image.white() != fill.white() {
        return Err(Error::FillWhite { expected: image.white(), found: fill.white() });
    }
    Ok(())
}

/// A fill from a closure that gives the picture shown where superpixels are hidden.
///
/// ```
/// use lime_image::{Fill, Image, Segments, fill_fn};
///
/// let black = fill_fn(|image: &Image, _: &Segments| {
///     let values = vec![0.0; image.values().len()];
///     Ok(Image::new(image.height(), image.width(), image.channels(), image.white(), values)?)
/// });
/// let image = Image::from_u8(1, 1, 3, &[1, 2, 3])?;
/// assert_eq!(black.fill(&image, &Segments::new(1, 1, &[0])?)?.values(), [0.0; 3]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn fill_fn<H>(fill: H) -> FillFn<H>
where
    H: Fn(&Image, &Segments) -> Result<Image, BoxError> + Send + Sync,
{
    FillFn { fill }
}

/// What [`fill_fn`] returns.
#[derive(Debug, Clone)]
pub struct FillFn<H> {
    fill: H,
}

impl<H> Fill for FillFn<H>
where
    H: Fn(&Image, &Segments) -> Result<Image, BoxError> + Send + Sync,
{
    fn fill(&self, image: &Image, segments: &Segments) -> Result<Image, BoxError> {
        (self.fill)(image, segments)
    }
}
