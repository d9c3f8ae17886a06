//! The columns of a draw, a piece at a time.

use std::ops::Range;

use lime_core::{Draw, Real};

/// What samplers write to: z' and noise, stored column by column.
pub(crate) struct Columns<'a, F> {
    z: &'a mut [F],
    noise: &'a mut [F],
    rows: usize,
}

impl<'a, F: Real> Columns<'a, F> {
    /// Those of a draw.
    pub(crate) fn of(draw: &'a mut Draw<F>) -> Self {
        let rows = draw.rows();
        Self { z: draw.z.as_mut_slice(), noise: draw.noise.as_mut_slice(), rows }
    }

    /// z' and noise of feature `j` in these rows of the draw; no noise where the draw has none.
    pub(crate) fn at(&mut self, j: usize, rows: Range<usize>) -> (&mut [F], &mut [F]) {
        let place = j * self.rows + rows.start..j * self.rows + rows.end;
        let noise = if self.noise.is_empty() { &mut [] } else { &mut self.noise[place.clone()] };
        (&mut self.z[place], noise)
    }
}
