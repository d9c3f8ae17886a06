//! Sobol' points.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, TILE};

use crate::{Error, points};

/// The primitive polynomials and initial numbers of Joe & Kuo (2008), as `data/joe_kuo.py` writes them.
static TABLE: &[u8] = include_bytes!("../data/joe_kuo.bin");

/// Bits of a coordinate.
const BITS: usize = u32::BITS as usize;

/// Bits of a row's position in its tile.
const TILE_BITS: usize = TILE.ilog2() as usize;

/// Sobol' points: the first 2^m rows, and every further 2^m, are spread evenly over the boxes of side lengths 2^-k.
///
/// Coordinate j of row i is XOR over the bits k of the Gray code of i of the direction number v_jk (Sobol' 1967; Antonov &
/// Saleev 1979), with the direction numbers of Joe & Kuo (2008, "Constructing Sobol sequences with better two-dimensional
/// projections", the file new-joe-kuo-6.21201); the law's inverse distribution function makes of it z'_j and the noise.
///
/// The points are scrambled (Owen 1995, "Randomly permuted (t,m,s)-nets and (t,s)-sequences"): each digit is flipped or not
/// by chance, depending on the seed, the coordinate and the digits before it. Every point is then uniform, every mean over
/// them unbiased, and the evenness is kept; the error falls as n^-3/2, but for logarithms, where what is averaged is smooth (Owen 1997),
/// against n^-1/2 of independent draws. The flips are computed by a hash (Laine & Karras 2011; Burley 2020, "Practical hash-based Owen
/// scrambling").
///
/// The lowest error is had where the number of rows is a power of two. For discretised tables of 30 features and four real
/// models the coefficients had 2.4 to 4.8 times less variance than with [`MonteCarlo`](crate::MonteCarlo) at equal n (512 and
/// 4096 rows).
///
/// **Masks of probability 1/2** use the first digit of a coordinate only, and the first digits of all coordinates are a
/// two-level factorial design of m generators. Under equal weights a feature's coefficient is free of the other features and
/// of products of two, exactly; but products of three alias: one may fall whole onto a fourth feature, which then has 1/4 of
/// the product's coefficient without being in it, under every seed. From 402 features on, 1024 rows have features that are
/// always equal or always opposite and cannot be told apart. Where interactions of three and more features matter, take
/// independent masks.
///
/// The rows are not independent of each other: an error estimated as if they were is usually too large.
///
/// | parameter | default | |
/// |---|---|---|
/// | [`unscrambled`](Self::unscrambled) | no | the points themselves, shifted by 2^-33; the seed is not used |
/// | [`interleaved`](Self::interleaved) | 1 | scramblings of the same points, independent of each other, whose rows alternate |
///
/// Rows of different scramblings are independent, so that errors can be estimated by leaving one scrambling out at a time.
///
/// Any row in any order; O(n d) time, one XOR, a scrambling of three multiplications and the inverse distribution function a
/// value; 156 bytes a coordinate. Feature j has dimension j. The instance is no row of it.
///
/// # Errors
/// [`Error::SobolDimensions`] for more than [`DIMENSIONS`](Self::DIMENSIONS) features and [`Error::SobolRows`] for more than
/// 2^32 rows.
///
/// ```
/// use lime_core::{Draw, Law, Sampler, Space};
/// use lime_samplers::Sobol;
///
/// let law = Law::Levels { own: 0, frequency: vec![0.25, 0.75] };
/// let space = Space::<f64>::new(vec![law; 2], vec![1.0; 2])?;
/// let mut draw = Draw::new(&space, 64);
/// Sobol::default().design(&space, 64, 0)?.fill(0..64, &mut draw);
/// // Exactly a quarter of the samples have the instance's level, and exactly a sixteenth in both features.
/// assert_eq!(draw.z.row_sum().as_slice(), [16.0, 16.0]);
/// assert_eq!(draw.z.column(0).dot(&draw.z.column(1)), 4.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sobol {
    unscrambled: bool,
    scramblings: usize,
}

impl Default for Sobol {
    fn default() -> Self {
        Self { unscrambled: false, scramblings: 1 }
    }
}

impl Sobol {
    /// The number of dimensions: those of the polynomials of degree up to 15.
    pub const DIMENSIONS: usize = 3667;

    /// Leaves the points as they are, once each whatever was asked of [`interleaved`](Self::interleaved). Row 0 is the corner
    /// (0, ..., 0) of the cube, the far tail of every continuous law.
    #[must_use]
    pub fn unscrambled(self) -> Self {
        Self { unscrambled: true, ..self }
    }

    /// The points under several scramblings, of which each has its own flips: row i is point i / s, rounded down, of scrambling
    /// i mod s, which is the row's [cluster](Design::cluster).
    ///
    /// The rows of one scrambling are as even as that many points are, which is less than so many rows of one scrambling would
    /// be: the fewer the better, and 8 or more for errors with intervals that are not much wider for it.
    ///
    /// ```
    /// use lime_core::{Draw, Sampler, Space};
    /// use lime_samplers::Sobol;
    ///
    /// let space = Space::<f64>::masks(3);
    /// let sampler = Sobol::interleaved(4)?;
    /// let design = sampler.design(&space, 32, 0)?;
    /// let mut draw = Draw::new(&space, 32);
    /// design.fill(0..32, &mut draw);
    /// assert_eq!((design.cluster(5), design.cluster(9)), (1, 1));
    /// // Eight points of each scrambling: every feature is kept in four of them.
    /// for scrambling in 0..4 {
    ///     let kept: f64 = draw.z.column(2).iter().skip(scrambling).step_by(4).sum();
    ///     assert_eq!(kept, 4.0);
    /// }
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Scramblings`] for none.
    pub fn interleaved(scramblings: usize) -> Result<Self, Error> {
        if scramblings == 0 { Err(Error::Scramblings) } else { Ok(Self { unscrambled: false, scramblings }) }
    }

    /// How many sequences of points there are in it.
    fn sequences(self) -> usize {
        if self.unscrambled { 1 } else { self.scramblings }
    }
}

/// One dimension: by which words the bits of a row's number change it, all in reversed bit order.
struct Column {
    words: [u32; BITS],
    /// One for each sequence of points; none where they stay as they are.
    scramblings: Vec<Scrambling>,
}

/// The direction numbers v_1, v_2, ... of dimensions 0, 1, ...
fn direction_numbers() -> impl Iterator<Item = [u32; BITS]> {
    let mut table = TABLE.chunks_exact(2).map(|bytes| u32::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let first = std::array::from_fn(|k| 1 << (BITS - 1 - k));
    let others = std::iter::from_fn(move || {
        let polynomial = table.next()?;
        let degree = polynomial.ilog2() as usize;
        let mut v = [0u32; BITS];
        for (k, m) in table.by_ref().take(degree).enumerate() {
            v[k] = m << (BITS - 1 - k);
        }
        // The recurrence of the polynomial, whose bit s - i is the coefficient a_i, at degree s.
        for k in degree..BITS {
            v[k] = v[k - degree] ^ (v[k - degree] >> degree);
            for i in (1..degree).filter(|i| polynomial >> (degree - i) & 1 == 1) {
                v[k] ^= v[k - i];
            }
        }
        Some(v)
    });
    std::iter::once(first).chain(others)
}

/// A nested uniform scrambling: each bit of a word of reversed bit order (the first digit is bit 0) is flipped or not, as the
/// key and the bits below it say.
///
/// The first step draws the flips of the first three digits from all there are: each is an arbitrary function of the digits
/// before it. Multiplication and addition carry upwards only, so the others keep the form; they are the hash of Laine &
/// Karras (2011) with the constants of Vegdahl (2021, "Building a better LK hash"), which alone leaves the flips of the first
/// digits dependent on each other.
#[derive(Debug, Clone, Copy)]
struct Scrambling([u32; 6]);

impl Scrambling {
    #[inline(always)]
    fn apply(self, x: u32) -> u32 {
        let Scrambling([flip, one, two, both, factor, term]) = self;
        let (before, earlier) = (x << 1, x << 2);
        let x = x ^ flip ^ (before & one) ^ (earlier & two) ^ (before & earlier & both);
        let x = x.wrapping_mul(factor | 1);
        let x = x ^ x.wrapping_mul(0x0552_6c56);
        let x = x.wrapping_add(term);
        x ^ x.wrapping_mul(0x53a2_2864)
    }
}

impl Column {
    fn new(v: [u32; BITS], scramblings: Vec<Scrambling>) -> Self {
        // Bit k of a number is in bits k and k - 1 of its Gray code.
        let words = std::array::from_fn(|k| {
            let lower = k.checked_sub(1).map_or(0, |lower| v[lower]);
            (v[k] ^ lower).reverse_bits()
        });
        Self { words, scramblings }
    }

    /// The coordinates of the rows of one tile.
    fn tile(&self, tile: usize) -> [u32; TILE] {
        let mut x = [0; TILE];
        let above = self.words[TILE_BITS..].iter().enumerate();
        x[0] = above.filter(|(bit, _)| tile >> bit & 1 == 1).fold(0, |x, (_, word)| x ^ word);
        for (k, word) in self.words[..TILE_BITS].iter().enumerate() {
            let (lower, upper) = x.split_at_mut(1 << k);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                *upper = *lower ^ word;
            }
        }
        x
    }
}

struct Points<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    columns: Vec<Column>,
    sequences: usize,
}

impl<F: Real> Points<'_, F> {
    /// The words of coordinate `j` of some rows of one tile, where every sequence has its turn.
    fn alternate(&self, j: usize, rows: Range<usize>, words: &mut [u32; TILE]) {
        let column = &self.columns[j];
        // The points that these rows are of: those of a tile, or of the end of one and the start of the next.
        let (first, last) = (rows.start / self.sequences, (rows.end - 1) / self.sequences);
        let mut point = first;
        while point <= last {
            let tile = column.tile(point / TILE);
            let inside = point % TILE;
            let count = (TILE - inside).min(last + 1 - point);
            for (sequence, scrambling) in column.scramblings.iter().enumerate() {
                let mut scrambled = [0; TILE];
                let scrambled = &mut scrambled[..count];
                scrambled.copy_from_slice(&tile[inside..inside + count]);
                scrambled.iter_mut().for_each(|x| *x = scrambling.apply(*x));
                for (at, &word) in scrambled.iter().enumerate() {
                    let row = (point + at) * self.sequences + sequence;
                    if rows.contains(&row) {
                        words[row - rows.start] = word;
                    }
                }
            }
            point += count;
        }
    }
}

impl<F: Real> Sampler<F> for Sobol {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let features = space.features();
        if features > Self::DIMENSIONS {
            return Err(Error::SobolDimensions { features, most: Self::DIMENSIONS }.into());
        }
        if rows as u64 > 1 << BITS {
            return Err(Error::SobolRows(rows).into());
        }
        let numbers = direction_numbers();
        let sequences = self.sequences();
        let columns = if self.unscrambled {
            numbers.take(features).map(|v| Column::new(v, Vec::new())).collect()
        } else {
            let fail = Error::SobolRows(rows);
            let keys = points::keys(seed, features.checked_mul(sequences).ok_or(fail)?);
            let of = |j: usize| keys.iter().skip(j).step_by(features).map(|key| Scrambling(*key)).collect();
            numbers.take(features).enumerate().map(|(j, v)| Column::new(v, of(j))).collect()
        };
        Ok(Box::new(Points { space, rows, columns, sequences }))
    }
}

impl<F: Real> Design<F> for Points<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    /// The points of one scrambling are spread as one.
    fn cluster(&self, row: usize) -> usize {
        row % self.sequences
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        points::fill(self.space, rows, draw, |j, rows, u| {
            let column = &self.columns[j];
            let mut tile;
            let words = if self.sequences > 1 {
                tile = [0; TILE];
                let count = rows.len();
                self.alternate(j, rows, &mut tile);
                &mut tile[..count]
            } else {
                tile = column.tile(rows.start / TILE);
                let inside = rows.start % TILE;
                let words = &mut tile[inside..inside + u.len()];
                // A loop for each step: one loop for all is not vectorised and takes twice as long.
                if let Some(scrambling) = column.scramblings.first() {
                    words.iter_mut().for_each(|x| *x = scrambling.apply(*x));
                }
                words
            };
            words.iter_mut().for_each(|x| *x = x.reverse_bits());
            points::units(words, u);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::SplitMix;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn the_table_holds_a_generator_matrix_for_every_dimension() {
        let mut numbers: Vec<[u32; BITS]> = direction_numbers().collect();
        assert_eq!(numbers.len(), Sobol::DIMENSIONS);
        for v in &numbers {
            for (k, v) in v.iter().enumerate() {
                assert_eq!(v.trailing_zeros() as usize, BITS - 1 - k);
            }
        }
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), Sobol::DIMENSIONS);
    }

    fn key(words: &mut SplitMix) -> Scrambling {
        Scrambling([(); 6].map(|()| words.next() as u32))
    }

    #[test]
    fn a_digit_is_flipped_as_the_digits_before_it_say() {
        let mut words = SplitMix::new(1);
        for _ in 0..2_000 {
            let (scrambling, x) = (key(&mut words), words.next() as u32);
            let y = scrambling.apply(x);
            for digit in 0..u32::BITS {
                // Whatever follows the digit changes nothing up to it, and the digit itself nothing but itself.
                let upto = u32::MAX >> (u32::BITS - 1 - digit);
                let other = scrambling.apply(x & upto | words.next() as u32 & !upto);
                assert_eq!((other ^ y) & upto, 0);
                assert_eq!((scrambling.apply(x ^ 1 << digit) ^ y) & upto, 1 << digit);
            }
        }
    }

    /// The probability, under independent fair flips, of a chi-square above that of the flips at these nodes (the digits before
    /// and their number) over many keys.
    fn fair(nodes: &[(u32, u32)], keys: u64, words: &mut SplitMix) -> f64 {
        let mut counts = vec![0u64; 1 << nodes.len()];
        for _ in 0..keys {
            let scrambling = key(words);
            let flips = nodes.iter().map(|&(before, digit)| scrambling.apply(before) >> digit & 1);
            counts[flips.fold(0, |cell, flip| cell << 1 | flip as usize)] += 1;
        }
        let expected = keys as f64 / counts.len() as f64;
        let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
        ChiSquared::new((counts.len() - 1) as f64).unwrap().sf(statistic)
    }

    /// Owen (1995) asks for independent fair flips at all nodes of the tree of digits.
    #[test]
    fn flips_are_fair_and_independent() {
        let mut words = SplitMix::new(2);
        let top = [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (3, 2)];
        assert!(fair(&top, 1 << 17, &mut words) > 1e-4);
        let mut tests = 0;
        let mut low = 0;
        for depth in [4, 8, 12, 32] {
            for size in [2, 3, 4, 6] {
                for _ in 0..12 {
                    let mut nodes = Vec::new();
                    while nodes.len() < size {
                        let digit = words.below(depth) as u32;
                        let node = (words.below(1 << digit) as u32, digit);
                        if !nodes.contains(&node) {
                            nodes.push(node);
                        }
                    }
                    let p = fair(&nodes, 1 << 12, &mut words);
                    assert!(p > 1e-6, "{nodes:?}: {p}");
                    tests += 1;
                    low += usize::from(p < 0.01);
                }
            }
        }
        assert!(low < tests / 25, "{low} of {tests}");
    }
}
