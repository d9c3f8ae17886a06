//! Fewer superpixels: the most alike neighbours join.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use lime_core::BoxError;

use crate::color::{lab, unit};
use crate::parameter::at_least_one;
use crate::{Error, Image, Segmenter, Segments};

impl Segments {
    /// At most so many superpixels, 1 or more: the two neighbours (4-neighbours) join whose union adds the least to the variance
    /// within superpixels, until no more are left. For superpixels of n_a and n_b pixels with the mean colours m_a and m_b, that is
    /// `n_a n_b / (n_a + n_b) |m_a - m_b|^2` (Ward 1963), of CIE Lab where the picture has 3 channels, and of value / white
    /// otherwise. Of equal pairs, the one with the lowest numbers joins. A union has the lowest id of its parts.
    ///
    /// As many superpixels as asked for, or fewer, are left as they are.
    ///
    /// # Cost
    /// O(h w) for the means, and O(log E) for each of the E pairs of neighbours, at first and again whenever one of the two has
    /// grown.
    ///
    /// # Errors
    /// [`Error::Parameter`] for `at_most` 0; [`Error::SegmentsSize`] for a picture of another size.
    ///
    /// ```
    /// use lime_image::{Image, Segments};
    ///
    /// let image = Image::from_f32(1, 4, 1, vec![0.0, 0.2, 0.5, 1.0])?;
    /// let segments = Segments::new(1, 4, &[4, 5, 6, 7])?;
    /// // 0.2^2 / 2 = 0.02 is the least; then 2/3 (0.5 - 0.1)^2 = 0.107, which is below 0.5^2 / 2 = 0.125.
    /// assert_eq!(segments.merged(&image, 3)?.labels(), [0, 0, 1, 2]);
    /// let two = segments.merged(&image, 2)?;
    /// assert_eq!((two.labels(), two.ids()), (&[0, 0, 0, 1][..], &[4, 7][..]));
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn merged(&self, image: &Image, at_most: usize) -> Result<Self, Error> {
        let at_most = check(at_most)?;
        self.fit(image)?;
        if self.count() <= at_most {
            return Ok(self.clone());
        }
        let mut regions = Regions::new(self, image);
        // A label map is a connected graph: as long as there are two superpixels, some are neighbours.
        for _ in at_most..self.count() {
            regions.join();
        }
        let unions = regions.unions();
        let ids: Vec<i64> = self.labels().iter().map(|&label| self.ids()[unions[label as usize] as usize]).collect();
        Self::new(self.height(), self.width(), &ids)
    }
}

/// The superpixels of a segmenter, at most so many of them: see [`Segments::merged`].
///
/// ```
/// use lime_image::{AtMost, Grid, Image, Segmenter};
///
/// let image = Image::from_u8(2, 4, 1, &[10, 10, 10, 90, 10, 10, 90, 90])?;
/// let segments = AtMost::new(Grid::new(2, 4)?, 2)?.segment(&image)?;
/// assert_eq!(segments.labels(), [0, 0, 0, 1, 0, 0, 1, 1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtMost<S> {
    segmenter: S,
    at_most: usize,
}

impl<S: Segmenter> AtMost<S> {
    /// At most so many superpixels of a segmenter, 1 or more.
    ///
    /// # Errors
    /// [`Error::Parameter`] for 0.
    pub fn new(segmenter: S, at_most: usize) -> Result<Self, Error> {
        Ok(Self { segmenter, at_most: check(at_most)? })
    }
}

impl<S: Segmenter> Segmenter for AtMost<S> {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        Ok(self.segmenter.segment(image)?.merged(image, self.at_most)?)
    }
}

fn check(at_most: usize) -> Result<usize, Error> {
    at_least_one("merging", "number of superpixels", at_most)
}

/// The graph of superpixels. A union has the lowest number of its parts.
struct Regions {
    channels: usize,
    /// The pixels of each, and the sums of each channel over them.
    pixels: Vec<f64>,
    sums: Vec<f64>,
    neighbours: Vec<BTreeSet<u32>>,
    /// Where each went: itself until it joins a lower number.
    union: Vec<u32>,
    /// How often each has changed: pairs of before do not count.
    changes: Vec<u32>,
    pairs: BinaryHeap<Reverse<Pair>>,
}

/// The bits of a cost, which are in the order of numbers >= 0; two regions, the lower first; and how often each had changed.
type Pair = (u64, [u32; 2], [u32; 2]);

impl Regions {
    fn new(segments: &Segments, image: &Image) -> Self {
        let (count, channels) = (segments.count(), image.channels());
        let values = if channels == 3 { lab(image) } else { unit(image) };
        let mut sums = vec![0.0; count * channels];
        for (values, &label) in values.chunks_exact(channels).zip(segments.labels()) {
            for (sum, value) in sums[label as usize * channels..].iter_mut().zip(values) {
                *sum += value;
            }
        }
        let mut neighbours = vec![BTreeSet::new(); count];
        let mut touch = |a: u32, b: u32| {
            if a != b {
                neighbours[a as usize].insert(b);
                neighbours[b as usize].insert(a);
            }
        };
        let rows: Vec<&[u32]> = segments.labels().chunks_exact(segments.width()).collect();
        for row in &rows {
            row.windows(2).for_each(|pair| touch(pair[0], pair[1]));
        }
        for pair in rows.windows(2) {
            pair[0].iter().zip(pair[1]).for_each(|(&above, &below)| touch(above, below));
        }
        let mut regions = Self {
            channels,
            pixels: (0..count).map(|label| segments.pixels(label) as f64).collect(),
            sums,
            neighbours,
            // No more labels than pixels, which fit u32.
            union: (0..count as u32).collect(),
            changes: vec![0; count],
            pairs: BinaryHeap::new(),
        };
        for a in 0..count as u32 {
            let above: Vec<u32> = regions.neighbours[a as usize].range(a..).copied().collect();
            above.into_iter().for_each(|b| regions.offer(a, b));
        }
        regions
    }

    /// What a union adds to the sum of squares within regions.
    fn cost(&self, a: u32, b: u32) -> f64 {
        let (a, b) = (a as usize, b as usize);
        let (m, n) = (self.pixels[a], self.pixels[b]);
        let of = |region: usize| &self.sums[region * self.channels..][..self.channels];
        let squares: f64 = of(a).iter().zip(of(b)).map(|(a, b)| (a / m - b / n) * (a / m - b / n)).sum();
        // An empty sum may be -0.
        m * n / (m + n) * squares.abs()
    }

    fn offer(&mut self, a: u32, b: u32) {
        let pair = [a.min(b), a.max(b)];
        let changes = pair.map(|region| self.changes[region as usize]);
        self.pairs.push(Reverse((self.cost(pair[0], pair[1]).to_bits(), pair, changes)));
    }

    /// Joins the pair of least cost.
    fn join(&mut self) {
        let pair = loop {
            let Some(Reverse((_, pair, changes))) = self.pairs.pop() else { return };
            if pair.map(|region| self.changes[region as usize]) == changes {
                break pair;
            }
        };
        let [a, b] = pair;
        for region in pair {
            self.changes[region as usize] += 1;
        }
        self.union[b as usize] = a;
        self.pixels[a as usize] += self.pixels[b as usize];
        for channel in 0..self.channels {
            self.sums[a as usize * self.channels + channel] += self.sums[b as usize * self.channels + channel];
        }
        for neighbour in std::mem::take(&mut self.neighbours[b as usize]) {
            self.neighbours[neighbour as usize].remove(&b);
            if neighbour != a {
                self.neighbours[neighbour as usize].insert(a);
                self.neighbours[a as usize].insert(neighbour);
            }
        }
        let neighbours: Vec<u32> = self.neighbours[a as usize].iter().copied().collect();
        neighbours.into_iter().for_each(|neighbour| self.offer(a, neighbour));
    }

    /// Where each superpixel went in the end.
    fn unions(mut self) -> Vec<u32> {
        // A union is lower than its parts, and so is known before them.
        for label in 0..self.union.len() {
            self.union[label] = self.union[self.union[label] as usize];
        }
        self.union
    }
}
