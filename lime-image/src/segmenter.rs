//! How a picture is cut into superpixels.

use lime_core::BoxError;

use crate::{Image, Segments};

/// Cuts a picture into superpixels. The same picture gives the same superpixels every time.
///
/// # A segmenter of one's own
/// The left half and the right half.
///
/// ```
/// use lime_core::BoxError;
/// use lime_image::{Image, Segmenter, Segments};
///
/// struct Halves;
///
/// impl Segmenter for Halves {
///     fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
///         let right = |pixel: usize| u8::from(pixel % image.width() >= image.width() / 2);
///         let ids: Vec<u8> = (0..image.pixels()).map(right).collect();
///         Ok(Segments::new(image.height(), image.width(), &ids)?)
///     }
/// }
///
/// let image = Image::from_u8(2, 4, 1, &[0; 8])?;
/// assert_eq!(Halves.segment(&image)?.labels(), [0, 0, 1, 1, 0, 0, 1, 1]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Segmenter: Send + Sync {
    /// The superpixels of a picture, of its height and width.
    ///
    /// # Errors
    /// Where the picture cannot be cut up this way: the error says why.
    fn segment(&self, image: &Image) -> Result<Segments, BoxError>;
}

macro_rules! forward_segmenter {
    ($($pointer:ty),*) => {$(
        impl<T: Segmenter + ?Sized> Segmenter for $pointer {
            fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
                (**self).segment(image)
            }
        }
    )*};
}

forward_segmenter!(&T, Box<T>, std::sync::Arc<T>);

/// A segmenter from a closure that gives the superpixels of a picture.
///
/// ```
/// use lime_image::{Image, Segmenter, Segments, segmenter_fn};
///
/// let rows = segmenter_fn(|image: &Image| {
///     let ids: Vec<u32> = (0..image.pixels()).map(|pixel| (pixel / image.width()) as u32).collect();
///     Ok(Segments::new(image.height(), image.width(), &ids)?)
/// });
/// assert_eq!(rows.segment(&Image::from_u8(2, 2, 1, &[0; 4])?)?.count(), 2);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn segmenter_fn<S>(segment: S) -> SegmenterFn<S>
where
    S: Fn(&Image) -> Result<Segments, BoxError> + Send + Sync,
{
    SegmenterFn { segment }
}

/// What [`segmenter_fn`] returns.
#[derive(Debug, Clone)]
pub struct SegmenterFn<S> {
    segment: S,
}

impl<S> Segmenter for SegmenterFn<S>
where
    S: Fn(&Image) -> Result<Segments, BoxError> + Send + Sync,
{
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        (self.segment)(image)
    }
}
