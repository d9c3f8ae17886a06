//! Independent draws.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, Stream, TILE};

use crate::columns::Columns;
use crate::points::units;

/// Independent samples: every coordinate is drawn by its own law, by the inverse of its distribution function.
///
/// This is the sampler of Ribeiro et al. (2016) for tables and images: z'_j is 1 with the training frequency of the
/// instance's bin, or with probability 1/2 for a super-pixel; a continuous coordinate follows its normal law. Row 0 is the
/// instance itself, as in the original.
///
/// One 32-bit word a coordinate; row `i` depends on (seed, i) only. O(n d).
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::MonteCarlo;
///
/// let space = Space::<f64>::masks(2);
/// let mut draw = Draw::new(&space, 10_000);
/// MonteCarlo.design(&space, 10_000, 0)?.fill(0..10_000, &mut draw);
/// assert_eq!(draw.instance, [0]);
/// assert!((draw.z.column(1).mean() - 0.5).abs() < 0.02);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonteCarlo;

struct Independent<'a, F: Real> {
    space: &'a Space<F>,
    rows: usize,
    stream: Stream,
}

impl<F: Real> Sampler<F> for MonteCarlo {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(Independent { space, rows, stream: Stream::new(seed) }))
    }
}

impl<F: Real> Design<F> for Independent<'_, F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut u = [F::zero(); TILE];
        let mut columns = Columns::of(draw);
        self.stream.words(rows.clone(), 0..self.space.features(), |j, at, words| {
            let u = &mut u[..words.len()];
            units(words, u);
            let (z, noise) = columns.at(j, at);
            self.space.laws()[j].invert(u, z, noise);
        });
        draw.set_instance_first(&rows, self.space);
    }
}
