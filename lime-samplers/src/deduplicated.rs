//! Equal masks once.

use std::collections::HashMap;
use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space, TILE};

use crate::Error;
use crate::hash::mix;
use crate::mask::check_masks;

/// Any sampler of masks, with equal masks drawn once: the weight of a row is the sum of the weights of the rows it stands for.
/// The fit is the same, whatever its penalty, and the model is asked for every mask only once.
///
/// Worth it where 2^d is not far above n, or where the model is slow; [`Exhaustive`](crate::Exhaustive) serves 2^d <= n. Of n
/// fair masks of d features 2^d (1 - (1 - 2^-d)^n) differ on average.
///
/// The design has as many rows as there are different masks and cannot be continued. The instance comes first where it is among them, and
/// then the masks shuffled: common ones appear early, so that in the order of their appearance a run that is interrupted would
/// have too much of them, with the weights of all n rows. A mask is of the cluster in which it first appears. A row that is the
/// instance stays so, and masks equal to it count with it.
///
/// O(n d) once, when the design is made; memory d bits for each different mask.
///
/// # Errors
/// When the design is made: [`Error::NotAMask`] in a space with a number; [`Error::Noise`] where the masks do not determine
/// the model's input, as in a table's bins; [`Error::MaskValue`] where the sampler gives anything but 0 and 1; what the
/// sampler reports.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::{Deduplicated, MonteCarlo};
///
/// let space = Space::<f64>::masks(3);
/// let sampler = Deduplicated(MonteCarlo);
/// let design = sampler.design(&space, 1_000, 0)?;
/// assert_eq!(design.rows(), 8);
/// let mut draw = Draw::new(&space, 8);
/// design.fill(0..8, &mut draw);
/// assert_eq!(draw.instance, [0]);
/// assert_eq!(draw.weight.iter().sum::<f64>(), 1000.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deduplicated<S>(
    /// The sampler.
    pub S,
);

/// A mask as bits, feature j in bit j % 64 of word j / 64.
type Bits = Box<[u64]>;

/// What is known of a mask: when it first appeared among the different ones, in which cluster, the sum of its weights, and whether it is
/// the instance.
struct Found {
    order: usize,
    cluster: usize,
    weight: f64,
    instance: bool,
}

struct Different {
    masks: Vec<Bits>,
    weights: Vec<f64>,
    clusters: Vec<usize>,
    /// Whether row 0 is the instance.
    instance: bool,
}

/// The masks of a tile as bits, and where one is not made of 0 and 1 its row and feature.
fn bits<F: Real>(draw: &Draw<F>) -> Result<Vec<Bits>, (usize, usize)> {
    let words = draw.z.ncols().div_ceil(64);
    let mut masks = vec![vec![0u64; words].into_boxed_slice(); draw.rows()];
    for (j, column) in draw.z.column_iter().enumerate() {
        for (row, (mask, &z)) in masks.iter_mut().zip(column.iter()).enumerate() {
            if z == F::one() {
                mask[j / 64] |= 1 << (j % 64);
            } else if z != F::zero() {
                return Err((row, j));
            }
        }
    }
    Ok(masks)
}

impl<F: Real, S: Sampler<F>> Sampler<F> for Deduplicated<S> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        const WAY_OUT: &str = "use the sampler as it is";
        check_masks(space, "Deduplicated", WAY_OUT)?;
        if space.noise() {
            return Err(Error::Noise { sampler: "Deduplicated", way_out: WAY_OUT }.into());
        }
        let design = self.0.design(space, rows, seed)?;
        let rows = design.rows();
        let mut found: HashMap<Bits, Found> = HashMap::new();
        let mut draw = Draw::new(space, 0);
        for start in (0..rows).step_by(TILE) {
            let end = (start + TILE).min(rows);
            draw.reset(end - start);
            design.fill(start..end, &mut draw);
            let masks = bits(&draw).map_err(|(row, feature)| Error::MaskValue {
                row: start + row,
                feature,
                value: draw.z[(row, feature)].wide(),
            })?;
            for ((row, mask), weight) in masks.into_iter().enumerate().zip(&draw.weight) {
                let order = found.len();
                let cluster = design.cluster(start + row);
                let mask = found.entry(mask).or_insert(Found { order, cluster, weight: 0.0, instance: false });
                mask.weight += weight.wide();
                mask.instance |= draw.instance.contains(&row);
            }
        }
        let mut found: Vec<(Bits, Found)> = found.into_iter().collect();
        // A fixed shuffle: when a mask appears is chance already, and a sampler that has none keeps its rows whatever the seed.
        found.sort_unstable_by_key(|(_, found)| (!found.instance, mix(!(found.order as u64))));
        let weights = found.iter().map(|(_, found)| found.weight).collect();
        let clusters = found.iter().map(|(_, found)| found.cluster).collect();
        let instance = found.first().is_some_and(|(_, found)| found.instance);
        let masks = found.into_iter().map(|(mask, _)| mask).collect();
        Ok(Box::new(Different { masks, weights, clusters, instance }))
    }
}

impl<F: Real> Design<F> for Different {
    fn rows(&self) -> usize {
        self.masks.len()
    }

    fn cluster(&self, row: usize) -> usize {
        self.clusters.get(row).copied().unwrap_or(row)
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let masks = &self.masks[rows.clone()];
        let bit = [F::zero(), F::one()];
        for (j, mut column) in draw.z.column_iter_mut().enumerate() {
            for (z, mask) in column.iter_mut().zip(masks) {
                *z = bit[usize::from(mask[j / 64] >> (j % 64) & 1 == 1)];
            }
        }
        for (weight, &own) in draw.weight.iter_mut().zip(&self.weights[rows.clone()]) {
            *weight = F::of(own);
        }
        if self.instance && rows.contains(&0) {
            draw.instance.push(0);
        }
    }
}
