//! Masks of independent features.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream};

use crate::Error;
use crate::columns::Columns;
use crate::mask::{NUMBERS, check_masks, keep, keep_bit, share_of_words};

/// Masks whose features are kept independently, each with the same probability p:
///
/// P(z') = p^k (1 - p)^(d - k) for a mask that keeps k of d features.
///
/// captum and xplique draw so, with p = 1/2. Its law differs from that of [`MonteCarlo`](crate::MonteCarlo) where a feature's
/// own is not p (a table's bin), and in row 0, which is a draw like any other.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `p`, the probability of keeping a feature | 1/2 | inside (0, 1), rounded to 2^-32 |
///
/// One 32-bit word a coordinate, and the same masks for f32 and f64. O(n d). What remains of a word once z' is decided is the
/// noise. Where p is 1/2 and the space has no noise, a bit a coordinate.
///
/// # Errors
/// [`Error::NotAMask`] in a space with a number.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::BernoulliMask;
///
/// let space = Space::<f64>::masks(50);
/// let mut draw = Draw::new(&space, 2_000);
/// BernoulliMask::new(0.8)?.design(&space, 2_000, 1)?.fill(0..2_000, &mut draw);
/// assert!((draw.z.mean() - 0.8).abs() < 0.005);
/// assert!(draw.instance.is_empty());
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BernoulliMask {
    p: f64,
}

impl BernoulliMask {
    /// Masks that keep each feature with probability `p`, inside (0, 1).
    ///
    /// # Errors
    /// [`Error::Share`] for other values.
    pub fn new(p: f64) -> Result<Self, Error> {
        if p > 0.0 && p < 1.0 {
            Ok(Self { p })
        } else {
            Err(Error::Share { what: "probability of keeping a feature", value: p })
        }
    }
}

impl Default for BernoulliMask {
    fn default() -> Self {
        Self { p: 0.5 }
    }
}

/// Bits of a word.
const WORD: usize = u32::BITS as usize;

struct Masks {
    features: usize,
    rows: usize,
    share: u64,
    /// Whether features are bits of words.
    bits: bool,
    stream: Stream,
}

impl<F: Real> Sampler<F> for BernoulliMask {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "BernoulliMask", NUMBERS)?;
        let (features, share) = (space.features(), share_of_words(self.p));
        let bits = share == 1 << 31 && !space.noise();
        Ok(Box::new(Masks { features, rows, share, bits, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Masks {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut columns = Columns::of(draw);
        if self.bits {
            self.stream.words(rows, 0..self.features.div_ceil(WORD), |column, at, words| {
                for j in (WORD * column..self.features).take(WORD) {
                    keep_bit(words, j % WORD, columns.at(j, at.clone()).0);
                }
            });
            return;
        }
        self.stream.words(rows, 0..self.features, |j, at, words| {
            let (z, noise) = columns.at(j, at);
            keep(words, self.share, z, noise);
        });
    }
}
