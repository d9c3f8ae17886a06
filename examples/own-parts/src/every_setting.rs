//! A sampler that knows how many rows it needs.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space};

/// Every combination of switches, all on first: 2^d rows whatever the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EverySetting;

struct Settings<'a, F: Real>(&'a Space<F>);

impl<F: Real> Sampler<F> for EverySetting {
    fn design<'a>(&'a self, space: &'a Space<F>, _: usize, _: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        if space.features() > 20 {
            return Err(format!("{} switches have too many settings: 20 are the most", space.features()).into());
        }
        Ok(Box::new(Settings(space)))
    }
}

impl<F: Real> Design<F> for Settings<'_, F> {
    fn rows(&self) -> usize {
        1 << self.0.features()
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        for (at, row) in rows.enumerate() {
            for j in 0..self.0.features() {
                draw.z[(at, j)] = if row >> j & 1 == 0 { F::one() } else { F::zero() };
            }
            if row == 0 {
                draw.instance.push(at);
            }
        }
    }
}
