//! Coalitions by size, for Shapley values.

use std::ops::Range;

use lime_core::{BoxError, Design, Draw, Real, Sampler, Space};

use crate::Error;
use crate::hash::SplitMix;
use crate::mask::check_masks;
use crate::permutation::Permutation;

/// The coalitions of Kernel SHAP: masks by their sizes, from the outside in, each with its complement, weighted by the Shapley
/// kernel.
///
/// Of the masks with k of d features, 0 < k < d, every one has the weight (d - 1) / (C(d, k) k (d - k)) (Lundberg & Lee 2017,
/// "A unified approach to interpreting model predictions", theorem 2), so the size k has (d - 1) / (k (d - k)) in all. Under a
/// uniform kernel, a least-squares fit that reproduces f(0) and f(1) exactly has the Shapley values as coefficients where all
/// masks are rows, and estimates them where they are not. The empty and the full mask, of infinite weight, are those
/// constraints and never rows.
///
/// A budget of n rows is spent as by shap's `KernelExplainer`: the sizes 1 and d - 1, then 2 and d - 2 and so on are enumerated
/// as long as the size's share of the weight of what is left, times the rows left, suffices for all its masks. Unlike there, the
/// rest of the rows is
/// - dealt to the remaining sizes in proportion to their weights, rounded by systematic sampling: a size has the whole number
///   of pairs below or above its share, and its share on average;
/// - drawn without replacement within a size, every mask equally likely. Sizes with more than 2^64 masks are drawn with
///   replacement; that one of n draws repeats another has a probability below n^2 2^-65;
/// - paired for every size: rows 2i and 2i + 1 are a mask and its complement (Covert & Lee 2021, "Improving KernelSHAP"),
///   which are one [`cluster`](Design::cluster).
///
/// The weights make up each size's own total again, equal within the size, whatever rounding gave it. Only a size whose share
/// is below one pair, so that it may have no row, keeps the weight in proportion to which it was drawn. All are scaled to a
/// mean of 1.
///
/// The number of rows is the budget, less one where that is odd, and 2^d - 2 where that is less. Another budget is another
/// design, not a longer one. The laws' frequencies are not used.
///
/// O(n k) time for the members of n coalitions of size k and their complements, O(n d) to write them, O(d) memory and up to 34
/// numbers a feature.
///
/// # Errors
/// [`Error::NotAMask`] in a space with a coordinate that is a number, [`Error::RandomCoalition`] in one that leaves the model's
/// input random, [`Error::NoCoalition`] below two features and [`Error::CoalitionRows`] below two rows.
///
/// ```
/// use lime_core::{Draw, Sampler, Space};
/// use lime_samplers::Coalitions;
///
/// let space = Space::<f64>::masks(4);
/// let design = Coalitions.design(&space, 5_000, 0)?;
/// assert_eq!(design.rows(), 14);
/// let mut draw = Draw::new(&space, 14);
/// design.fill(0..14, &mut draw);
/// // Size 1 against size 2: 3 / (4 * 1 * 3) = 1/4 against 3 / (6 * 2 * 2) = 1/8.
/// assert_eq!(draw.z.row(0).sum(), 1.0);
/// assert_eq!(draw.z.row(13).sum(), 2.0);
/// assert_eq!(draw.weight[0], 2.0 * draw.weight[13]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coalitions;

/// The numbers of subsets C(n, k) that fit 64 bits.
struct Binomials {
    sizes: usize,
    /// C(n, k) at `n (sizes + 1) + k`.
    table: Vec<u64>,
}

impl Binomials {
    /// Of sets of up to `d` elements: all sizes k up to d / 2 with fewer than 2^64 subsets of k elements.
    fn new(d: usize) -> Self {
        let mut sizes = 0;
        let mut count = 1u128;
        while sizes < d / 2 {
            count = count * (d - sizes) as u128 / (sizes + 1) as u128;
            if count >= u128::from(u64::MAX) {
                break;
            }
            sizes += 1;
        }
        let width = sizes + 1;
        let mut table = vec![0u64; (d + 1) * width];
        table[0] = 1;
        for n in 1..=d {
            let (before, now) = table.split_at_mut(n * width);
            let before = &before[(n - 1) * width..];
            now[0] = 1;
            for k in 1..width {
                now[k] = before[k] + before[k - 1];
            }
        }
        Self { sizes, table }
    }

    /// C(n, k) for n up to d, where it is known.
    fn get(&self, n: usize, k: usize) -> Option<u64> {
        (k <= self.sizes).then(|| self.table[n * (self.sizes + 1) + k])
    }

    /// The subset of k elements with this rank among those of 0..n, elements in falling order: the one with
    /// rank = C(c_k, k) + ... + C(c_1, 1), c_k > ... > c_1 (the combinatorial number system; Knuth 2011, section 7.2.1.3).
    fn subset(&self, mut rank: u64, n: usize, k: usize, members: &mut Vec<usize>) {
        let width = self.sizes + 1;
        let mut above = n;
        for k in (1..=k).rev() {
            // The greatest c with C(c, k) <= rank: it is at least k - 1 and below the last one.
            let (mut low, mut high) = (k - 1, above);
            while high - low > 1 {
                let middle = low.midpoint(high);
                if self.table[middle * width + k] <= rank {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            rank -= self.table[low * width + k];
            members.push(low);
            above = low;
        }
    }
}

/// How the subsets of one size are chosen.
enum Choice {
    /// By their ranks, in order.
    All,
    /// By their ranks, without replacement.
    Without(Permutation),
    /// One independent of the other.
    Independent(u64),
}

/// The pairs of one size and its complement.
struct Stratum {
    /// The index of its first pair.
    first: usize,
    size: usize,
    /// The features the drawn masks may hold: all but the last where size and complement are the same, so that each pair
    /// comes once.
    among: usize,
    choice: Choice,
    /// The design weight of each of its rows.
    weight: f64,
}

/// What a size gets of the budget.
struct Share {
    size: usize,
    among: usize,
    /// How many pairs there are, where that fits 64 bits.
    pairs: Option<u64>,
    /// The Shapley kernel's weight of all of them.
    mass: f64,
    /// How many pairs are taken.
    taken: usize,
    /// The weight of them all.
    weight: f64,
    complete: bool,
}

/// Deals `budget` pairs to the sizes.
fn deal(d: usize, binomials: &Binomials, mut budget: usize, start: f64) -> Vec<Share> {
    let mut shares: Vec<Share> = (1..=d / 2)
        .map(|size| {
            let middle = 2 * size == d;
            let among = if middle { d - 1 } else { d };
            let mass = (d - 1) as f64 / (size as f64 * (d - size) as f64);
            let mass = if middle { mass } else { 2.0 * mass };
            Share { size, among, pairs: binomials.get(among, size), mass, taken: 0, weight: 0.0, complete: false }
        })
        .collect();
    let mut mass: f64 = shares.iter().map(|share| share.mass).sum();
    let mut complete = 0;
    for share in &mut shares {
        // shap's rule, with its tolerance.
        let Some(pairs) = share.pairs.filter(|&p| budget as f64 * share.mass / mass >= p as f64 * (1.0 - 1e-8)) else {
            break;
        };
        share.taken = budget.min(usize::try_from(pairs).unwrap_or(usize::MAX));
        (share.weight, share.complete) = (share.mass, true);
        budget -= share.taken;
        mass -= share.mass;
        complete += 1;
    }
    let rest = &mut shares[complete..];
    let mass: f64 = rest.iter().map(|share| share.mass).sum();
    let (mut before, mut dealt, last) = (0.0, 0, rest.len().saturating_sub(1));
    for (at, share) in rest.iter_mut().enumerate() {
        let quota = budget as f64 * share.mass / mass;
        before += quota;
        // Systematic sampling: the numbers start, start + 1, ... up to the budget, each counted where it falls.
        let upto = if at == last { budget } else { ((before + start) as usize).clamp(dealt, budget) };
        let pairs = share.pairs.and_then(|pairs| usize::try_from(pairs).ok());
        share.taken = (upto - dealt).min(pairs.unwrap_or(usize::MAX));
        dealt = upto;
        share.weight = match share.taken {
            0 => 0.0,
            _ if quota >= 1.0 => share.mass,
            taken => taken as f64 * mass / budget as f64,
        };
    }
    shares
}

/// Pairs of masks, the sizes from the outside in.
struct Pairs {
    pairs: usize,
    strata: Vec<Stratum>,
    binomials: Binomials,
}

fn check<F: Real>(space: &Space<F>, rows: usize) -> Result<(), Error> {
    let way_out = "discretise it, or explain with MonteCarlo, Sobol or LatinHypercube samples and another surrogate";
    check_masks(space, "Coalitions", way_out)?;
    if space.noise() {
        return Err(Error::RandomCoalition);
    }
    if space.features() < 2 {
        return Err(Error::NoCoalition { features: space.features() });
    }
    if rows < 2 {
        return Err(Error::CoalitionRows(rows));
    }
    Ok(())
}

impl<F: Real> Sampler<F> for Coalitions {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        check(space, rows)?;
        let d = space.features();
        let binomials = Binomials::new(d);
        let mut words = SplitMix::new(seed);
        let start = f64::unit((words.next() >> 32) as u32);
        let shares = deal(d, &binomials, rows / 2, start);
        let pairs: usize = shares.iter().map(|share| share.taken).sum();
        let total: f64 = shares.iter().map(|share| share.weight).sum();
        let mut first = 0;
        let mut strata = Vec::new();
        for share in shares {
            let key = words.next();
            if share.taken == 0 {
                continue;
            }
            let choice = match share.pairs {
                Some(_) if share.complete => Choice::All,
                Some(pairs) => Choice::Without(Permutation::new(pairs, key)),
                None => Choice::Independent(key),
            };
            let weight = share.weight / share.taken as f64 * (pairs as f64 / total);
            strata.push(Stratum { first, size: share.size, among: share.among, choice, weight });
            first += share.taken;
        }
        Ok(Box::new(Pairs { pairs, strata, binomials }))
    }
}

impl Pairs {
    /// The members of the mask in row `2 pair`; its complement is the next row.
    fn members(&self, stratum: &Stratum, pair: usize, members: &mut Vec<usize>) {
        members.clear();
        let at = (pair - stratum.first) as u64;
        let (n, k) = (stratum.among, stratum.size);
        match &stratum.choice {
            Choice::All => self.binomials.subset(at, n, k, members),
            Choice::Without(order) => self.binomials.subset(order.image(at), n, k, members),
            Choice::Independent(key) => {
                // Floyd's algorithm (Bentley & Floyd 1987, "A sample of brilliance").
                let mut words = SplitMix::new(key.wrapping_add(at));
                let mut inside = vec![false; n];
                for last in n - k..n {
                    let chosen = words.below(last as u64 + 1) as usize;
                    let member = if inside[chosen] { last } else { chosen };
                    inside[member] = true;
                    members.push(member);
                }
            }
        }
    }
}

impl<F: Real> Design<F> for Pairs {
    fn rows(&self) -> usize {
        2 * self.pairs
    }

    fn cluster(&self, row: usize) -> usize {
        row / 2
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        // Complements are full and masks empty, but for the masks' members.
        for mut column in draw.z.column_iter_mut() {
            for (z, row) in column.iter_mut().zip(rows.clone()) {
                *z = if row % 2 == 0 { F::zero() } else { F::one() };
            }
        }
        let mut members = Vec::new();
        let mut row = rows.start;
        while row < rows.end {
            let pair = row / 2;
            let end = rows.end.min(2 * pair + 2);
            let at = self.strata.partition_point(|stratum| stratum.first <= pair) - 1;
            let stratum = &self.strata[at];
            self.members(stratum, pair, &mut members);
            for row in row..end {
                let (at, present) = (row - rows.start, if row % 2 == 0 { F::one() } else { F::zero() });
                draw.weight[at] = F::of(stratum.weight);
                for &member in &members {
                    draw.z[(at, member)] = present;
                }
            }
            row = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_number_the_subsets() {
        for d in 2..=14 {
            let binomials = Binomials::new(d);
            assert_eq!(binomials.sizes, d / 2);
            for k in 1..=d / 2 {
                let mut seen = std::collections::BTreeSet::new();
                for rank in 0..binomials.get(d, k).unwrap() {
                    let mut members = Vec::new();
                    binomials.subset(rank, d, k, &mut members);
                    assert!(members.len() == k && members.iter().all(|&member| member < d));
                    assert!(members.is_sorted_by(|a, b| a > b));
                    assert!(seen.insert(members));
                }
                let count: u64 = (0..k as u64).fold(1, |count, i| count * (d as u64 - i) / (i + 1));
                assert_eq!(seen.len() as u64, count);
            }
        }
    }

    #[test]
    fn sizes_are_known_as_far_as_64_bits_go() {
        // C(67, 33) is the greatest middle below 2^64; C(68, 31) and C(1000, 8) are above.
        assert_eq!(Binomials::new(67).get(67, 33), Some(14_226_520_737_620_288_370));
        assert_eq!(Binomials::new(68).sizes, 30);
        assert_eq!(Binomials::new(68).get(68, 31), None);
        assert_eq!(Binomials::new(1000).sizes, 7);
        assert_eq!(Binomials::new(1000).get(1000, 7), Some(194_280_608_456_793_000));
        let (binomials, mut members) = (Binomials::new(67), Vec::new());
        binomials.subset(14_226_520_737_620_288_369, 67, 33, &mut members);
        assert!(members.into_iter().eq((34..67).rev()));
    }
}
