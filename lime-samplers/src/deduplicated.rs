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
/// instance stays so, and masks equal to it count with it. A jackknife deletes a mask with all rows that it stands for, some of which
/// another draw would have again: where many masks are equal its errors are too large, two to three times for 600 rows of 7 masks.
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

/// As many different masks as there are rows asked for, of any sampler of masks that is extensible: it is drawn from until one more would be
/// new, so that the number of rows is the number of calls of the model. What [`Deduplicated`] says of weights, order and clusters holds here.
///
/// Where masks are so few that 16 times as many draws do not have enough of them, the rows are those that there are, with the weights of all
/// draws: nearly those of [`Exhaustive`](crate::Exhaustive), which is for fewer masks than rows. At the end as many draws stand for the rows
/// as were needed, up to 16 for each; a ridge penalty is felt against them.
///
/// O(16 n d) at most when the design is made, mostly little more than O(n d); memory d bits for each mask. Cannot be continued.
///
/// # Errors
/// As [`Deduplicated`]; [`Error::NotExtensible`] for a sampler whose first rows depend on how many are asked for.
///
/// ```
/// use lime_core::{Draw, Sampler, SizeLaw, Space};
/// use lime_samplers::{Deduplicated, Distinct, MaskPairs};
///
/// // Of ten words the original hides few most of the time, and often the same.
/// let (space, pairs) = (Space::<f64>::masks(10), MaskPairs::new(SizeLaw::removed_count().weighed_by_cosine(0.25)?).with_own_sizes());
/// assert!(Deduplicated(&pairs).design(&space, 200, 1)?.rows() < 160);
/// assert_eq!(Distinct(&pairs).design(&space, 200, 1)?.rows(), 200);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Distinct<S>(
    /// The sampler.
    pub S,
);

/// How many draws there are for each different mask at most.
const DRAWS: usize = 16;

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
        check(space, "Deduplicated")?;
        let design = self.0.design(space, rows, seed)?;
        Ok(Box::new(Different::new(design.as_ref(), space, usize::MAX)?))
    }
}

impl<F: Real, S: Sampler<F>> Sampler<F> for Distinct<S> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check(space, "Distinct")?;
        let design = self.0.design(space, rows.saturating_mul(DRAWS), seed)?;
        if !design.extensible() {
            return Err(Error::NotExtensible { sampler: "Distinct", way_out: "use Deduplicated" }.into());
        }
        Ok(Box::new(Different::new(design.as_ref(), space, rows)?))
    }
}

/// Refuses a space whose masks are not all there is to a sample.
fn check<F: Real>(space: &Space<F>, sampler: &'static str) -> Result<(), Error> {
    const WAY_OUT: &str = "use the sampler as it is";
    check_masks(space, sampler, WAY_OUT)?;
    if space.noise() { Err(Error::Noise { sampler, way_out: WAY_OUT }) } else { Ok(()) }
}

impl Different {
    /// The different masks of a design, up to where one more than `most` would come.
    fn new<F: Real>(design: &(dyn Design<F> + '_), space: &Space<F>, most: usize) -> Result<Self, Error> {
        let rows = design.rows();
        let mut found: HashMap<Bits, Found> = HashMap::new();
        let mut draw = Draw::new(space, 0);
        'draws: for start in (0..rows).step_by(TILE) {
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
                if order == most && !found.contains_key(&mask) {
                    break 'draws;
                }
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
        Ok(Self { masks, weights, clusters, instance })
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
