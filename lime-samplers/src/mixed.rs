//! Rows of two samplers in turn.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream};

use crate::Error;

/// Rows of two samplers in a fixed proportion p: row i is the next one of the first sampler where floor((i + 1) p) > floor(i p),
/// and else the next one of the second. Of any n rows from row 0 on, floor(n p) are the first's.
///
/// Each sampler draws under a seed of its own, derived from the seed. Design weights, instance rows and clusters are those of
/// the parts; no cluster of one is a cluster of the other. The mixture may be continued where both parts may. A sampler that
/// puts the instance in its row 0 puts it in the first of its rows here, which need not be row 0.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `share`, p | | inside (0, 1), rounded up to 2^-32 |
///
/// # Errors
/// When the design is made: [`Error::MixedRows`] where a part does not give as many rows as asked (an enumeration); what the
/// parts report.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::{BernoulliMask, Mixed};
///
/// // One row in four keeps nearly everything.
/// let sampler = Mixed::new(BernoulliMask::new(0.99)?, 0.25, BernoulliMask::new(0.5)?)?;
/// let space = Space::<f64>::masks(100);
/// let mut draw = Draw::new(&space, 8);
/// sampler.design(&space, 8, 0)?.fill(0..8, &mut draw);
/// let kept = draw.z.column_sum();
/// assert_eq!((0..8).filter(|&i| kept[i] > 80.0).collect::<Vec<_>>(), [3, 7]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixed<A, B> {
    first: A,
    share: Proportion,
    second: B,
}

/// A proportion in 2^-32, so that a row's part is a matter of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Proportion(u32);

impl Proportion {
    /// How many of the first `rows` rows are the first sampler's.
    fn before(self, rows: usize) -> usize {
        ((rows as u128 * u128::from(self.0)) >> 32) as usize
    }
}

impl<A, B> Mixed<A, B> {
    /// A share of rows from `first`, the rest from `second`.
    ///
    /// # Errors
    /// [`Error::Share`] unless `share` is inside (0, 1).
    pub fn new(first: A, share: f64, second: B) -> Result<Self, Error> {
        if !(share > 0.0 && share < 1.0) {
            return Err(Error::Share { what: "share of the first sampler", value: share });
        }
        // Up, so that 10 rows of a share of 0.7 are 7. The cast saturates.
        let share = Proportion((share * 4_294_967_296.0).ceil() as u32);
        Ok(Self { first, share, second })
    }
}

struct Turns<'a, F: Real> {
    space: &'a Space<F>,
    share: Proportion,
    rows: usize,
    first: Box<dyn Design<F> + 'a>,
    second: Box<dyn Design<F> + 'a>,
}

impl<F: Real, A: Sampler<F>, B: Sampler<F>> Sampler<F> for Mixed<A, B> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        let mut words = [0u64; 4];
        Stream::new(seed).words(0..1, 0..4, |column, _, word| words[column] = word.iter().map(|&w| u64::from(w)).sum());
        let asked = self.share.before(rows);
        let first = self.first.design(space, asked, words[0] << 32 | words[1])?;
        let second = self.second.design(space, rows - asked, words[2] << 32 | words[3])?;
        for (part, asked, found) in [("first", asked, first.rows()), ("second", rows - asked, second.rows())] {
            if asked != found {
                return Err(Error::MixedRows { part, asked, found }.into());
            }
        }
        Ok(Box::new(Turns { space, share: self.share, rows, first, second }))
    }
}

impl<F: Real> Turns<'_, F> {
    /// Whether a row is the first sampler's, and which of that sampler's rows it is.
    fn part(&self, row: usize) -> (bool, usize) {
        let before = self.share.before(row);
        if self.share.before(row + 1) > before { (true, before) } else { (false, row - before) }
    }
}

impl<F: Real> Design<F> for Turns<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        self.first.extensible() && self.second.extensible()
    }

    fn cluster(&self, row: usize) -> usize {
        let (first, at) = self.part(row);
        if first { self.first.cluster(at).wrapping_mul(2) } else { self.second.cluster(at).wrapping_mul(2) + 1 }
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let (start, end) = (self.share.before(rows.start), self.share.before(rows.end));
        for (is_first, design, part) in
            [(true, &self.first, start..end), (false, &self.second, rows.start - start..rows.end - end)]
        {
            if part.is_empty() {
                continue;
            }
            // Where the part's rows go, in their order.
            let places: Vec<usize> =
                rows.clone().filter(|&row| self.part(row).0 == is_first).map(|row| row - rows.start).collect();
            let mut own = Draw::new(self.space, part.len());
            design.fill(part, &mut own);
            for (to, from) in [(&mut draw.z, &own.z), (&mut draw.noise, &own.noise)] {
                for (mut to, from) in to.column_iter_mut().zip(from.column_iter()) {
                    for (&place, &value) in places.iter().zip(from.iter()) {
                        to[place] = value;
                    }
                }
            }
            for (&place, &weight) in places.iter().zip(&own.weight) {
                draw.weight[place] = weight;
            }
            draw.instance.extend(own.instance.iter().filter_map(|&at| places.get(at)));
        }
        draw.instance.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_are_kept_from_row_0_on() {
        for (share, parts) in [(0.7, (7, 10)), (0.1, (1, 10)), (0.3, (3, 10)), (1.0 / 3.0, (1, 3)), (0.5, (1, 2))] {
            let Proportion(p) = Mixed::new((), share, ()).unwrap().share;
            for n in 0..10_000 {
                assert_eq!(Proportion(p).before(n), n * parts.0 / parts.1, "{share} {n}");
            }
        }
        // The shares next to 0 and 1 still give every row to one of the parts.
        for share in [f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0] {
            let share = Mixed::new((), share, ()).unwrap().share;
            assert!((0..1000).all(|n| share.before(n + 1) - share.before(n) <= 1));
        }
        for share in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(Mixed::new((), share, ()), Err(Error::Share { .. })), "{share}");
        }
    }
}
