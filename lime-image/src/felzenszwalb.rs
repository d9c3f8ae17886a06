//! Superpixels by merging along a minimum spanning tree.

use lime_core::{BoxError, Vectorised, on_widest_vectors};

use crate::forest::Forest;
use crate::parameter::at_least_0;
use crate::{Error, Image, Segmenter, Segments, color, gaussian};

const COMPONENT: &str = "felzenszwalb";

/// Efficient graph-based segmentation (Felzenszwalb and Huttenlocher 2004, IJCV 59, algorithm 1), as scikit-image's
/// `felzenszwalb`: for equal settings, equal superpixels, numbered alike.
///
/// Neighbouring pixels, diagonal ones too, are joined by edges that weigh the Euclidean distance of their smoothed values, 0 to
/// 1 for each channel. Edges are taken from the lightest on, and one between two superpixels A and B makes them one where
///
/// weight < min(Int(A) + k / |A|, Int(B) + k / |B|), k = scale / 255,
///
/// with Int the weight that last joined a superpixel, 0 for a pixel, and |A| the number of its pixels. Then every edge at a
/// superpixel below the least size, lightest first, makes it one with its neighbour. Superpixels are connected (8 neighbours).
///
/// | parameter | default | range |
/// |---|---|---|
/// | [`scale`](Self::scale) | 100 | finite, >= 0: the larger, the larger the superpixels |
/// | [`sigma`](Self::sigma) | 0.5 | 0 to 1000: the Gaussian that smooths the picture, in pixels |
/// | [`min_size`](Self::min_size) | 50 | any number of pixels; 0 and 1 change nothing |
///
/// scikit-image's own defaults, 1, 0.8 and 20, cut a photograph into hundreds of superpixels, more than an explanation has use
/// for.
///
/// Any number of channels will do, and none is converted. Weights are f64, the right-hand side is rounded to f32, and edges of
/// equal weight are taken in scikit-image's order before it sorts (right, down, down right, up right; each in rows from the
/// top): its sort leaves them in an order that depends on the processor.
///
/// O(n) for n pixels, O(n log n) where most weights are nearly equal; about 130 bytes for each pixel.
///
/// ```
/// use lime_image::{Felzenszwalb, Image, Segmenter};
///
/// // Dark and bright, 10 x 6 pixels each.
/// let values: Vec<u8> = (0..120).map(|pixel| if pixel % 12 < 6 { 10 } else { 240 }).collect();
/// let segments = Felzenszwalb::new().sigma(0.0)?.segment(&Image::from_u8(10, 12, 1, &values)?)?;
/// assert_eq!(segments.count(), 2);
/// assert_eq!(segments.pixels(0), 60);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Felzenszwalb {
    scale: f64,
    sigma: f64,
    min_size: usize,
}

impl Felzenszwalb {
    /// Scale 100, sigma 0.5, at least 50 pixels.
    pub fn new() -> Self {
        Self { scale: 100.0, sigma: 0.5, min_size: 50 }
    }

    /// How much superpixels may differ within: the larger, the larger they are.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless it is a finite number >= 0.
    pub fn scale(mut self, scale: f64) -> Result<Self, Error> {
        self.scale = at_least_0(COMPONENT, "scale", scale)?;
        Ok(self)
    }

    /// The standard deviation of the Gaussian that smooths the picture first, in pixels. 0 leaves it as it is.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless it is from 0 to 1000.
    pub fn sigma(mut self, sigma: f64) -> Result<Self, Error> {
        self.sigma = gaussian::sigma(COMPONENT, sigma)?;
        Ok(self)
    }

    /// The least number of pixels of a superpixel, where the picture has as many.
    #[must_use]
    pub fn min_size(mut self, pixels: usize) -> Self {
        self.min_size = pixels;
        self
    }
}

impl Default for Felzenszwalb {
    fn default() -> Self {
        Self::new()
    }
}

impl Segmenter for Felzenszwalb {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        let (height, width, channels) = (image.height(), image.width(), image.channels());
        let mut values = color::unit(image);
        gaussian::smooth(&mut values, height, width, channels, self.sigma);
        let edges = Edges::of(values, height, width, channels);
        let labels = merge(&edges, image.pixels(), self.scale / 255.0, self.min_size);
        Ok(Segments::new(height, width, &labels)?)
    }
}

/// Edges that are looked at together.
const AT_ONCE: usize = 32;

/// The superpixels that edges, lightest first, join.
fn merge(edges: &Edges, pixels: usize, scale: f64, min_size: usize) -> Vec<u32> {
    let mut forest = Forest::new(pixels);
    let mut merged = vec![Merged::new(0.0, 1, scale); pixels];
    // Edges that are not inside a superpixel yet: those the least size is about.
    let mut between = Vec::new();
    for some in edges.sorted.chunks(AT_ONCE) {
        // Most edges are inside a superpixel by the time they are taken, and most of its pixels are near its root. Which ones is
        // beyond any processor's prediction, so the others are put together without a branch, and the memory is asked for at once.
        let (mut apart, mut count) = ([(0, 0, 0); AT_ONCE], 0);
        for &edge in some {
            let (a, b) = edges.ends(edge);
            let (a, b) = (forest.nearer(a), forest.nearer(b));
            apart[count] = (edge, a, b);
            count += usize::from(a != b);
        }
        for &(edge, a, b) in &apart[..count] {
            let (a, b) = (forest.root(a), forest.root(b));
            if a == b {
                continue;
            }
            let (in_a, in_b) = (merged[a as usize], merged[b as usize]);
            let weight = edges.weight(edge);
            if weight < f64::from(in_a.limit.min(in_b.limit)) {
                merged[forest.join(a, b) as usize] = Merged::new(weight, in_a.size + in_b.size, scale);
            } else {
                between.push(edge);
            }
        }
    }
    for edge in between {
        let (a, b) = edges.ends(edge);
        let (a, b) = (forest.root(a), forest.root(b));
        let (in_a, in_b) = (merged[a as usize], merged[b as usize]);
        if a != b && (in_a.size.min(in_b.size) as usize) < min_size {
            merged[forest.join(a, b) as usize].size = in_a.size + in_b.size;
        }
    }
    forest.labels()
}

/// What is known of a superpixel: its pixels, and the weight below which it takes a neighbour in.
#[derive(Debug, Clone, Copy)]
struct Merged {
    size: u32,
    limit: f32,
}

impl Merged {
    /// Of as many pixels, joined last by an edge of that weight.
    fn new(weight: f64, size: u32, scale: f64) -> Self {
        Self { size, limit: (weight + scale / f64::from(size)) as f32 }
    }
}

/// The edges from a pixel to the right, down and down right, and the one from its right neighbour down left.
///
/// An edge is a direction (2 bits) and the pixel it is counted from (32 bits), in the low bits of a word.
struct Edges {
    /// From the pixel that an edge is counted from to its ends, by direction.
    steps: [[u32; 2]; 4],
    pixels: usize,
    /// By direction and pixel; 0 where there is no such edge.
    weights: Vec<f64>,
    /// All edges in ascending order of weight. What is above the low bits is of no meaning.
    sorted: Vec<u64>,
}

/// The bits of an edge.
const EDGE: u32 = 34;

impl Edges {
    fn of(values: Vec<f64>, height: usize, width: usize, channels: usize) -> Self {
        let (pixels, below) = (height * width, width as u32);
        let row = width * channels;
        // Down and to the right from one end to the other, each 0 or 1; the last goes from right to left.
        let directions = [(0, 1), (1, 0), (1, 1), (1, 1)];
        let mut weights = vec![0.0; 4 * pixels];
        for (direction, (weights, (down, right))) in weights.chunks_exact_mut(pixels).zip(directions).enumerate() {
            let (from, to) = if direction == 3 { (right, 0) } else { (0, right) };
            for y in 0..height - down {
                let a = &values[y * row + from * channels..][..row - right * channels];
                let b = &values[(y + down) * row + to * channels..][..row - right * channels];
                on_widest_vectors(Distances { out: &mut weights[y * width..][..width - right], a, b, channels });
            }
        }
        // Their memory is for sorting.
        drop(values);
        // Weights are not negative: their bits rise with them. As many as there is room for stand above an edge's.
        let words = (0_u64..).zip(weights.chunks_exact(pixels).zip(directions)).flat_map(
            |(direction, (weights, (down, right)))| {
                let rows = (0_u64..).step_by(width).zip(weights.chunks_exact(width)).take(height - down);
                rows.flat_map(move |(pixel, weights)| {
                    let edges = (direction << 32 | pixel..).zip(&weights[..width - right]);
                    edges.map(|(edge, weight)| weight.to_bits() >> (EDGE - 1) << EDGE | edge)
                })
            },
        );
        let count = directions.iter().map(|(down, right)| (height - down) * (width - right)).sum();
        let mut sorted = sort(words, count);
        let mut edges = Self {
            steps: [[0, 1], [0, below], [0, below.wrapping_add(1)], [1, below]],
            pixels,
            weights,
            sorted: Vec::new(),
        };
        // What the bits above could not tell apart.
        let mut next = 0;
        while let Some(found) = sorted[next..].windows(2).position(|pair| pair[0] >> EDGE == pair[1] >> EDGE) {
            let start = next + found;
            let alike = sorted[start..].iter().take_while(|&edge| edge >> EDGE == sorted[start] >> EDGE).count();
            sorted[start..start + alike].sort_by(|&a, &b| edges.weight(a).total_cmp(&edges.weight(b)));
            next = start + alike;
        }
        edges.sorted = sorted;
        edges
    }

    /// The two pixels of an edge. By table: no direction is likelier than another.
    fn ends(&self, edge: u64) -> (u32, u32) {
        let [a, b] = self.steps[(edge >> 32 & 3) as usize];
        (edge as u32 + a, edge as u32 + b)
    }

    fn weight(&self, edge: u64) -> f64 {
        self.weights[(edge >> 32 & 3) as usize * self.pixels + edge as u32 as usize]
    }
}

/// The Euclidean distances of pixels.
struct Distances<'a> {
    out: &'a mut [f64],
    a: &'a [f64],
    b: &'a [f64],
    channels: usize,
}

impl Vectorised for Distances<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { out, a, b, channels } = self;
        if channels == 3 {
            for ((out, a), b) in out.iter_mut().zip(a.as_chunks::<3>().0).zip(b.as_chunks::<3>().0) {
                let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
                *out = (x * x + y * y + z * z).sqrt();
            }
            return;
        }
        for ((out, a), b) in out.iter_mut().zip(a.chunks_exact(channels)).zip(b.chunks_exact(channels)) {
            *out = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        }
    }
}

/// As many words sorted by the bits above those of an edge, equal ones in their order: three rounds of a radix sort.
fn sort(words: impl Iterator<Item = u64> + Clone, count: usize) -> Vec<u64> {
    const DIGIT: u32 = (u64::BITS - EDGE) / 3;
    let digit = |word: u64, round: u32| (word >> (EDGE + round * DIGIT)) as usize & ((1 << DIGIT) - 1);
    let mut places = [[0_usize; 1 << DIGIT]; 3];
    words.clone().for_each(|word| {
        for (round, counts) in (0..).zip(&mut places) {
            counts[digit(word, round)] += 1;
        }
    });
    for counts in &mut places {
        let mut place = 0;
        for count in counts {
            place += std::mem::replace(count, place);
        }
    }
    let mut put = |word: u64, round: u32, to: &mut [u64]| {
        let place = &mut places[round as usize][digit(word, round)];
        to[*place] = word;
        *place += 1;
    };
    let (mut sorted, mut other) = (vec![0; count], vec![0; count]);
    words.for_each(|word| put(word, 0, &mut sorted));
    sorted.iter().for_each(|&word| put(word, 1, &mut other));
    other.iter().for_each(|&word| put(word, 2, &mut sorted));
    sorted
}
