//! Many pictures for a model.

use std::fmt;
use std::ops::Range;

use crate::Element;

/// How the numbers of a picture lie in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Layout {
    /// (n, height, width, channels): TensorFlow, Keras, image files. The default.
    #[default]
    Nhwc,
    /// (n, channels, height, width): PyTorch and most ONNX files.
    Nchw,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layout::Nhwc => "nhwc",
            Layout::Nchw => "nchw",
        })
    }
}

/// A model's input: `len` pictures of one shape, contiguous, in either [`Layout`].
///
/// ```
/// use lime_image::{ImageBatch, Layout};
///
/// let mut batch = ImageBatch::<f32>::new(2, 4, 5, 3, Layout::Nchw);
/// batch.image_mut(1).fill(0.5);
/// assert_eq!(batch.shape(), [2, 3, 4, 5]);
/// assert_eq!(batch.as_slice().len(), 120);
/// assert_eq!(batch.image(1)[0], 0.5);
/// ```
#[derive(Clone)]
pub struct ImageBatch<T> {
    height: usize,
    width: usize,
    channels: usize,
    layout: Layout,
    data: Vec<T>,
    /// What stands in each place: so that the next picture there is written where it differs.
    pub(crate) written: Vec<Written>,
}

/// The picture in one place of a batch, where a representation put it there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Written {
    /// The representation, 0 for none.
    pub(crate) by: u64,
    /// The superpixels that are shown, a bit each.
    pub(crate) mask: Vec<u64>,
}

impl<T: Element> ImageBatch<T> {
    /// A batch of pictures, all values 0 (of [`Element`]'s default).
    pub fn new(len: usize, height: usize, width: usize, channels: usize, layout: Layout) -> Self {
        let data = vec![T::default(); len * height * width * channels];
        Self { height, width, channels, layout, data, written: vec![Written::default(); len] }
    }

    /// Makes the batch hold `len` pictures, more or fewer; those that stay keep their values.
    pub fn resize(&mut self, len: usize) {
        self.data.resize(len * self.height * self.width * self.channels, T::default());
        self.written.resize(len, Written::default());
    }

    /// The picture at a position, to be written: in the batch's layout.
    ///
    /// # Panics
    /// Where there is no such position.
    pub fn image_mut(&mut self, at: usize) -> &mut [T] {
        let (values, written) = self.places(at..at + 1);
        written[0].by = 0;
        values
    }

    /// The pictures at some positions and what is known of them.
    pub(crate) fn places(&mut self, at: Range<usize>) -> (&mut [T], &mut [Written]) {
        let size = self.height * self.width * self.channels;
        (&mut self.data[at.start * size..at.end * size], &mut self.written[at])
    }
}

impl<T> ImageBatch<T> {
    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The height of every picture in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The width of every picture in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of values of a pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How the numbers lie.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The sides of the batch as an array, outermost first: [n, h, w, c] or [n, c, h, w].
    pub fn shape(&self) -> [usize; 4] {
        match self.layout {
            Layout::Nhwc => [self.len(), self.height, self.width, self.channels],
            Layout::Nchw => [self.len(), self.channels, self.height, self.width],
        }
    }

    /// All numbers, in the order of [`shape`](Self::shape).
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The numbers of the picture at a position, in the batch's layout.
    ///
    /// # Panics
    /// Where there is no such position.
    pub fn image(&self, at: usize) -> &[T] {
        let size = self.height * self.width * self.channels;
        &self.data[at * size..][..size]
    }

    /// The pictures one after the other.
    pub fn images(&self) -> impl ExactSizeIterator<Item = &[T]> {
        self.data.chunks_exact((self.height * self.width * self.channels).max(1))
    }
}

impl<T> fmt::Debug for ImageBatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageBatch").field("shape", &self.shape()).field("layout", &self.layout).finish_non_exhaustive()
    }
}
