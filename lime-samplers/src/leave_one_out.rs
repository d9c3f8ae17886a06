//! Each feature absent in turn.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream};

use crate::columns::Columns;
use crate::mask::{NUMBERS, check_masks};
use crate::points::units;

/// The instance, and then each feature absent in turn: d + 1 rows, whatever number is asked for.
///
/// Row 0 is x', row j + 1 is x' with z'_j = 0. A linear surrogate without a penalty then goes through every row (under any
/// weights above 0), and has the coefficients
///
/// beta_j = f(h_x(x')) - f(h_x(x' without j)):
///
/// occlusion (Zeiler and Fergus 2014), or erasure for words (Li, Monroe and Jurafsky 2016). It sees no interaction. Where the
/// space has noise, what takes the place of an absent feature is one random draw, by one 32-bit word a coordinate. O(d^2).
///
/// # Errors
/// [`Error::NotAMask`](crate::Error::NotAMask) in a space with a number.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::LeaveOneOut;
///
/// let space = Space::<f64>::masks(3);
/// let design = LeaveOneOut.design(&space, 5_000, 0)?;
/// assert_eq!(design.rows(), 4);
/// let mut draw = Draw::new(&space, 4);
/// design.fill(0..4, &mut draw);
/// assert_eq!(draw.z.column(1).as_slice(), [1.0, 1.0, 0.0, 1.0]);
/// assert_eq!(draw.instance, [0]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeaveOneOut;

struct Removals<'a, F: Real> {
    space: &'a Space<F>,
    stream: Stream,
}

impl<F: Real> Sampler<F> for LeaveOneOut {
    fn design<'a>(&'a self, space: &'a Space<F>, _: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "LeaveOneOut", NUMBERS)?;
        Ok(Box::new(Removals { space, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Removals<'_, F> {
    fn rows(&self) -> usize {
        self.space.features() + 1
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        for (j, &x) in self.space.origin().iter().enumerate() {
            let mut column = draw.z.column_mut(j);
            column.fill(x);
            if rows.contains(&(j + 1)) {
                column[j + 1 - rows.start] = F::zero();
            }
        }
        if draw.noise.ncols() > 0 {
            let mut columns = Columns::of(draw);
            self.stream.words(rows.clone(), 0..self.space.features(), |j, at, words| units(words, columns.at(j, at).1));
        }
        if rows.start == 0 && !rows.is_empty() {
            draw.instance.push(0);
        }
    }
}
