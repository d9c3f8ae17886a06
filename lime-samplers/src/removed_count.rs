//! The original's masks for text.

use lime_core::{BoxError, Design, Real, Sampler, Space};

use crate::mask::{NUMBERS, check_masks};
use crate::subset::{Subsets, removed_count};

/// Masks with m removed features, m uniform on 1..=d, and then every set of m features as likely as any other:
///
/// P(z') = 1 / (d C(d, k)) for a mask that keeps k < d of d features.
///
/// This is the sampler of Ribeiro et al. (2016) for text, where features are words. Row 0 is the instance itself, as in the
/// original, and no other row equals it.
///
/// The subset is drawn by selection sampling (Knuth, TAOCP vol. 2, 3.4.2, algorithm S): d + 1 words a row, 2 d + 1 where the
/// space has noise. O(n d), whatever m.
///
/// # Errors
/// [`Error::NotAMask`](crate::Error::NotAMask) in a space with a number.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::RemovedCount;
///
/// let space = Space::<f64>::masks(4);
/// let mut draw = Draw::new(&space, 9_000);
/// RemovedCount.design(&space, 9_000, 0)?.fill(0..9_000, &mut draw);
/// let kept = draw.z.column_sum();
/// assert_eq!((draw.instance.as_slice(), kept[0]), ([0].as_slice(), 4.0));
/// // One of 0, 1, 2, 3 features is kept, a quarter of the rows each.
/// assert!((kept.iter().filter(|k| **k == 3.0).count() as f64 / 9_000.0 - 0.25).abs() < 0.02);
/// assert_eq!(kept.iter().filter(|k| **k == 4.0).count(), 1);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemovedCount;

impl<F: Real> Sampler<F> for RemovedCount {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check_masks(space, "RemovedCount", NUMBERS)?;
        Ok(Box::new(Subsets::new(space, rows, seed, &removed_count(space.features()), true)))
    }
}
