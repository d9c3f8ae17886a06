//! The instance in row 0 of any design.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space};

/// Any sampler, with the instance itself in row 0 in place of the sampler's own row 0: the original's convention.
///
/// Row 0 keeps the design weight it had, so that their mean stays 1. Everything else is the sampler's. The pipeline asks the
/// model for the instance beside the design where row 0 is not it; with this it is one of the rows, and counts in the fit.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::{BernoulliMask, WithInstance};
///
/// let space = Space::<f64>::masks(40);
/// let mut draw = Draw::new(&space, 2);
/// WithInstance(BernoulliMask::new(0.1)?).design(&space, 2, 0)?.fill(0..2, &mut draw);
/// assert_eq!((draw.instance.as_slice(), draw.z.row(0).sum()), ([0].as_slice(), 40.0));
/// assert!(draw.z.row(1).sum() < 20.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WithInstance<S>(
    /// The sampler.
    pub S,
);

struct InstanceFirst<'a, F: Real> {
    space: &'a Space<F>,
    design: Box<dyn Design<F> + 'a>,
}

impl<F: Real, S: Sampler<F>> Sampler<F> for WithInstance<S> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(InstanceFirst { space, design: self.0.design(space, rows, seed)? }))
    }
}

impl<F: Real> Design<F> for InstanceFirst<'_, F> {
    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn extensible(&self) -> bool {
        self.design.extensible()
    }

    fn cluster(&self, row: usize) -> usize {
        self.design.cluster(row)
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        self.design.fill(rows.clone(), draw);
        if !draw.instance.contains(&0) {
            draw.set_instance_first(&rows, self.space);
        }
    }
}
