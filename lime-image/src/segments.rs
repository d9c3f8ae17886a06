//! A map from pixels to superpixels.

use lime_core::BoxError;

use crate::{Error, Image, Segmenter};

/// The smallest rectangle around a superpixel, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Its first row.
    pub top: usize,
    /// Its first column.
    pub left: usize,
    /// Its number of rows.
    pub height: usize,
    /// Its number of columns.
    pub width: usize,
}

/// A map from pixels to superpixels, the interpretable features of a picture: any map at all. A superpixel may be in
/// several pieces.
///
/// Superpixels are numbered from 0 in ascending order of the ids they came with; every number has pixels.
///
/// As a [`Segmenter`] it gives itself, for pictures of its own size.
///
/// ```
/// use lime_image::Segments;
///
/// let segments = Segments::new(2, 3, &[7, 7, -1, 7, 40, -1])?;
/// assert_eq!(segments.labels(), [1, 1, 0, 1, 2, 0]);
/// assert_eq!(segments.count(), 3);
/// assert_eq!(segments.ids(), [-1, 7, 40]);
/// assert_eq!(segments.pixels(1), 3);
/// # Ok::<(), lime_image::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segments {
    height: usize,
    width: usize,
    labels: Vec<u32>,
    ids: Vec<i64>,
    pixels: Vec<usize>,
    bounds: Vec<Bounds>,
}

impl Segments {
    /// The superpixels of a label map, (h, w) in rows from the top: pixels with equal ids are one superpixel.
    ///
    /// # Errors
    /// No pixels, or a number of ids other than `height * width`.
    pub fn new<I: Copy + Into<i64>>(height: usize, width: usize, ids: &[I]) -> Result<Self, Error> {
        if height == 0 || width == 0 {
            return Err(Error::Empty { height, width, channels: 1 });
        }
        if height.checked_mul(width) != Some(ids.len()) {
            return Err(Error::Labels { height, width, found: ids.len() });
        }
        if u32::try_from(ids.len()).is_err() {
            return Err(Error::TooLarge { height, width });
        }
        let mut distinct: Vec<i64> = Vec::new();
        let mut last = None;
        for &id in ids {
            // Neighbours are mostly of one superpixel.
            if last.replace(id.into()) != Some(id.into()) {
                distinct.push(id.into());
            }
        }
        distinct.sort_unstable();
        distinct.dedup();
        let mut last = (distinct[0], 0);
        let mut labels = Vec::with_capacity(ids.len());
        for &id in ids {
            let id = id.into();
            if id != last.0 {
                // Every id is among them, and there are no more than pixels.
                last = (id, distinct.binary_search(&id).unwrap_or(0) as u32);
            }
            labels.push(last.1);
        }
        Ok(Self::from_numbered(height, width, labels, distinct))
    }

    /// From labels that are numbers into `ids` already.
    fn from_numbered(height: usize, width: usize, labels: Vec<u32>, ids: Vec<i64>) -> Self {
        let mut pixels = vec![0; ids.len()];
        let mut ends = vec![(usize::MAX, usize::MAX, 0, 0); ids.len()];
        for (row, labels) in labels.chunks_exact(width).enumerate() {
            for (column, &label) in labels.iter().enumerate() {
                let label = label as usize;
                pixels[label] += 1;
                let (top, left, bottom, right) = &mut ends[label];
                *top = row.min(*top);
                *left = column.min(*left);
                *bottom = row;
                *right = column.max(*right);
            }
        }
        let bounds = ends
            .into_iter()
            .map(|(top, left, bottom, right)| Bounds { top, left, height: bottom + 1 - top, width: right + 1 - left })
            .collect();
        Self { height, width, labels, ids, pixels, bounds }
    }

    /// The number of rows of pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The number of columns of pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The superpixel of every pixel, (h, w).
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The number of superpixels.
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// The id that each superpixel came with, ascending.
    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    /// The number of pixels of a superpixel; 0 where there is none of that number.
    pub fn pixels(&self, superpixel: usize) -> usize {
        self.pixels.get(superpixel).copied().unwrap_or(0)
    }

    /// The smallest rectangle around a superpixel, where there is one of that number.
    pub fn bounds(&self, superpixel: usize) -> Option<Bounds> {
        self.bounds.get(superpixel).copied()
    }

    /// Checks that a picture has as many rows and columns of pixels.
    pub(crate) fn fit(&self, image: &Image) -> Result<(), Error> {
        let (height, width) = (image.height(), image.width());
        if (self.height, self.width) == (height, width) {
            return Ok(());
        }
        Err(Error::SegmentsSize { height, width, found: (self.height, self.width) })
    }
}

impl Segmenter for Segments {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        self.fit(image)?;
        Ok(self.clone())
    }
}
