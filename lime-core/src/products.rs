//! The sums of products of columns, of which no half is kept twice.

/// Columns of a panel.
pub(crate) const LANES: usize = 16;

/// A number for each column of a panel, in cache lines of its own: a vector that lies in two of them takes twice as long to fetch.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lanes(pub(crate) [f64; LANES]);

impl Lanes {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, other) in self.0.iter_mut().zip(&other.0) {
            *mine += other;
        }
    }

    /// Adds left (right times other) to as many lanes as these have, from one on; there must be as many.
    #[inline(always)]
    pub(crate) fn add_scaled<const N: usize>(&mut self, from: usize, other: &[f64; N], left: f64, right: &[f64; N]) {
        if let Some(sums) = self.0.get_mut(from..).and_then(|lanes| lanes.first_chunk_mut::<N>()) {
            let mut more = *sums;
            for ((sum, other), right) in more.iter_mut().zip(other).zip(right) {
                *sum += left * (right * other);
            }
            *sums = more;
        }
    }
}

/// Sums of the products of each of the first `left` of some columns with each of all `width` of them: those of columns a <= b.
///
/// The columns b are cut into panels of [`LANES`], one after the other in memory; a panel has the sums for a = 0, 1, ... up to
/// its last column. Where a > b, and beyond the last column, a lane means nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Products {
    left: usize,
    width: usize,
    sums: Vec<Lanes>,
}

impl Products {
    /// All sums 0.
    pub(crate) fn new(left: usize, width: usize) -> Self {
        Self { left, width, sums: vec![Lanes::ZERO; start(left, width.div_ceil(LANES))] }
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The sum of two columns, in either order; the lesser one is one of the first `left`.
    #[inline]
    pub(crate) fn get(&self, a: usize, b: usize) -> f64 {
        let (a, b) = (a.min(b), a.max(b));
        self.sums[start(self.left, b / LANES) + a].0[b % LANES]
    }

    /// The sums of the panel that starts with column `from`.
    #[inline]
    pub(crate) fn panel(&mut self, from: usize) -> &mut [Lanes] {
        let panel = from / LANES;
        &mut self.sums[start(self.left, panel)..start(self.left, panel + 1)]
    }

    /// Adds the sums of other rows.
    pub(crate) fn merge(&mut self, later: &Self) {
        for (mine, theirs) in self.sums.iter_mut().zip(&later.sums) {
            mine.add(theirs);
        }
    }
}

/// How many entries the panels before this one have.
#[inline]
fn start(left: usize, panel: usize) -> usize {
    // Panel p has LANES (p + 1) entries while these are no more than all.
    let growing = panel.min(left / LANES);
    LANES * growing * (growing + 1) / 2 + (panel - growing) * left
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No two sums share a place, and each panel has those of its columns.
    #[test]
    fn each_pair_has_a_place_of_its_own() {
        for (left, width) in [(1, 1), (1, 2), (16, 17), (17, 17), (31, 33), (32, 40), (33, 34), (50, 200)] {
            let mut products = Products::new(left, width);
            for from in (0..width).step_by(LANES) {
                for (a, entry) in products.panel(from).iter_mut().enumerate() {
                    for (lane, sum) in entry.0.iter_mut().enumerate() {
                        *sum = (1000 * a + from + lane) as f64;
                    }
                }
            }
            for b in 0..width {
                for a in 0..left.min(b + 1) {
                    assert_eq!(products.get(a, b), (1000 * a + b) as f64, "{left} {width}: {a} {b}");
                    assert_eq!(products.get(b, a), products.get(a, b));
                }
            }
        }
    }
}
