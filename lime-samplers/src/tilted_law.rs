//! A continuous law tilted by a kernel, by a table.

use lime_core::{Quantile, Real};

use crate::Error;
use crate::points::inside;

/// Cells of (0, 1) that the table starts from.
const CELLS: usize = 1024;
/// The most cells there are after those have been cut in which the kernel varies.
const MOST_CELLS: usize = 8 * CELLS;
/// How much ln k may vary in a cell that matters.
const VARIATION: f64 = 0.1;
/// Cells of this width are not cut: words have 32 bits, and much less is not told apart.
const LEAST_WIDTH: f64 = 1e-12;
/// Cells of up to this width may be left uncut although the kernel varies in them.
const TINY: f64 = 1e-10;
/// How much ln k may vary in a tiny cell for its mean over four nodes to be one.
const STEEP: f64 = 1.0;
/// The share of the tilted law, by its greatest possible value, from which on a cell matters.
const MATTERS: f64 = 1e-8;
/// Gauss and Legendre's rule of four points on (0, 1): Abramowitz and Stegun, table 25.4.
const NODES: [(f64, f64); 4] = [
    (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
    (0.330_009_478_207_571_9, 0.326_072_577_431_273_1),
    (0.669_990_521_792_428_1, 0.326_072_577_431_273_1),
    (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
];

/// A stretch of u, the share of the law below a value, over which the table's density is constant.
#[derive(Debug, Clone, Copy)]
struct Cell {
    low: f64,
    width: f64,
    /// The table's probability of the cells before this one, and of this one.
    start: f64,
    probability: f64,
    /// ln of the kernel's mean over the cell.
    log_mean: f64,
    /// Whether the kernel varies too much in a tiny cell: values in it are drawn by the given law, with weight 1.
    flat: bool,
}

/// The law of z with the density k(z) = exp(-(z - x)^2 / (2 nu^2)) against a given law: drawn from a density that is constant
/// over cells of u = F(z), with the ratio of the two as a weight.
#[derive(Debug)]
pub(crate) struct TiltedLaw {
    x: f64,
    /// 1 / (2 nu^2).
    rate: f64,
    cells: Vec<Cell>,
    /// For each of as many even parts of (0, 1), the cell that its start belongs to.
    guide: Vec<u32>,
}

impl TiltedLaw {
    /// The tilted law of coordinate `feature`, around `x`, with width nu.
    pub(crate) fn new<F: Real>(law: &dyn Quantile<F>, x: f64, width: f64, feature: usize) -> Result<Self, Error> {
        let rate = 0.5 / width / width;
        let quantile = |u: f64| {
            let value = law.quantile(inside(u)).wide();
            if value.is_finite() { Ok(value) } else { Err(Error::Quantile { feature, u, value }) }
        };
        let log_kernel = |z: f64| -rate * (z - x) * (z - x);

        // The quantile function rises, so the least and the greatest ln k in a cell are known from its ends.
        let range = |a: f64, b: f64| {
            let nearest = if x < a { a } else { b.min(x) };
            (log_kernel(a).min(log_kernel(b)), log_kernel(nearest))
        };
        let edges: Result<Vec<(f64, f64)>, Error> =
            (0..=CELLS).map(|i| i as f64 / CELLS as f64).map(|u| Ok((u, quantile(u)?))).collect();
        let edges = edges?;
        let highest = edges.windows(2).map(|ends| range(ends[0].1, ends[1].1).1).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 =
            edges.windows(2).map(|ends| (range(ends[0].1, ends[1].1).1 - highest).exp()).sum::<f64>() / CELLS as f64;
        let mut cells = Vec::with_capacity(2 * CELLS);
        let mut open: Vec<[(f64, f64); 2]> = edges.windows(2).rev().map(|ends| [ends[0], ends[1]]).collect();
        while let Some([low, high]) = open.pop() {
            // Cut in two where the kernel varies and the cell matters.
            let (least, greatest) = range(low.1, high.1);
            let width = high.0 - low.0;
            if greatest - least > VARIATION
                && width > LEAST_WIDTH
                && width * (greatest - highest).exp() > MATTERS * total
                && cells.len() + open.len() < MOST_CELLS
            {
                let middle = 0.5 * (low.0 + high.0);
                let middle = (middle, quantile(middle)?);
                open.extend([[middle, high], [low, middle]]);
                continue;
            }
            let mut log = [0.0; NODES.len()];
            for (log, (node, _)) in log.iter_mut().zip(NODES) {
                *log = log_kernel(quantile(low.0 + width * node)?);
            }
            let top = log.iter().fold(f64::NEG_INFINITY, |top, &log| top.max(log));
            let mean: f64 = log.iter().zip(NODES).map(|(log, (_, share))| share * (log - top).exp()).sum();
            let flat = width <= TINY && greatest - least > STEEP;
            cells.push(Cell { low: low.0, width, start: 0.0, probability: 0.0, log_mean: top + mean.ln(), flat });
        }
        let highest = cells.iter().fold(f64::NEG_INFINITY, |top, cell| top.max(cell.log_mean));
        let total: f64 = cells.iter().map(|cell| cell.width * (cell.log_mean - highest).exp()).sum();
        // No number where the kernel underflows at all values of the law, even relative to the nearest.
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::OutOfReach { feature, width });
        }
        let mut start = 0.0;
        for cell in &mut cells {
            cell.probability = cell.width * (cell.log_mean - highest).exp() / total;
            cell.start = start;
            start += cell.probability;
        }
        cells.retain(|cell| cell.probability > 0.0);
        let guide = (0..CELLS).map(|part| {
            let share = part as f64 / CELLS as f64;
            cells.partition_point(|cell| cell.start <= share).saturating_sub(1) as u32
        });
        Ok(Self { x, rate, guide: guide.collect(), cells })
    }

    /// Draws a column: values into `z` by these words, and ln of their weights, kernel over table, on top of `log_weight`.
    pub(crate) fn draw<F: Real>(
        &self,
        law: &dyn Quantile<F>,
        words: &[u32],
        z: &mut [F],
        u: &mut [F],
        log_weight: &mut [f64],
    ) {
        let mut drawn = Vec::with_capacity(words.len());
        for (u, &word) in u.iter_mut().zip(words) {
            let share = f64::unit(word);
            let mut at = self.guide[(share * CELLS as f64) as usize] as usize;
            while self.cells.get(at + 1).is_some_and(|next| next.start <= share) {
                at += 1;
            }
            let cell = &self.cells[at];
            let position = ((share - cell.start) / cell.probability).min(1.0);
            *u = inside(cell.low + cell.width * position);
            drawn.push(cell);
        }
        law.fill(u, z);
        for ((z, log_weight), cell) in z.iter().zip(log_weight).zip(drawn) {
            let distance = z.wide() - self.x;
            *log_weight -= if cell.flat { 0.0 } else { cell.log_mean + self.rate * distance * distance };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Normal, normal_cdf};

    #[test]
    fn kernels_that_reach_nothing() {
        let law = Normal::new(0.0, 1.0).unwrap();
        for (x, width) in [(0.0, 1e-160), (0.3, 1e-160), (1e10, 1e-150), (0.0, f64::MIN_POSITIVE)] {
            let refused = TiltedLaw::new::<f64>(&law, x, width, 3).map(|_| ());
            assert_eq!(refused, Err(Error::OutOfReach { feature: 3, width }), "{x} {width}");
        }
    }

    /// Where the kernel is narrower than the words resolve, or the instance is out of their reach, weights stay near 1.
    #[test]
    fn kernels_beyond_the_resolution_of_words() {
        let law = Normal::new(0.0, 1.0).unwrap();
        let words: Vec<u32> = (0..1000u32).map(|i| i * 4_294_967 + 2_147_483).collect();
        for x in [0.0, 0.4, 3.0, 7.0, 30.0] {
            for nu in [1e-13, 1e-14, 1e-20, 1e-100] {
                let tilted = TiltedLaw::new::<f64>(&law, x, nu, 0).unwrap();
                let (mut z, mut u, mut log) = ([0.0f64; 1000], [0.0; 1000], [0.0; 1000]);
                tilted.draw(&law, &words, &mut z, &mut u, &mut log);
                let mean = log.iter().map(|log: &f64| log.exp()).sum::<f64>() / 1000.0;
                assert!((mean - 1.0).abs() < 0.05, "{x} {nu}: {mean}");
                assert!(x > 6.0 || z.iter().all(|z| (z - x).abs() < 1e-7), "{x} {nu}");
            }
        }
    }

    /// A normal law times a normal kernel is a normal law: N(0, 1) tilted around x with width nu has the variance
    /// s^2 = nu^2 / (1 + nu^2) and the mean x s^2 / nu^2.
    #[test]
    fn a_tilted_normal_law_is_normal() {
        let law = Normal::new(0.0, 1.0).unwrap();
        for (x, nu) in [(0.0, 0.75), (1.3, 4.1), (-4.0, 1.0), (0.4, 0.05), (0.4, 1e-3), (12.0, 2.0), (30.0, 0.5)] {
            let tilted = TiltedLaw::new::<f64>(&law, x, nu, 0).unwrap();
            let n = 20_000u32;
            let words: Vec<u32> = (0..n).map(|i| ((u64::from(i) * 2 + 1) * (1 << 31) / u64::from(n)) as u32).collect();
            let (mut z, mut u, mut log) = (vec![0.0f64; words.len()], vec![0.0; words.len()], vec![0.0; words.len()]);
            tilted.draw(&law, &words, &mut z, &mut u, &mut log);
            let weight: Vec<f64> = log.iter().map(|log| log.exp()).collect();
            let total: f64 = weight.iter().sum();
            let squares: f64 = weight.iter().map(|w| w * w).sum();
            // An instance out of the reach of 32-bit uniforms has a neighbourhood of few values; it must still be one.
            if x.abs() > 10.0 {
                assert!(total > 0.0 && z.iter().all(|z| z.is_finite()), "{x} {nu}");
                continue;
            }
            assert!((total / f64::from(n) - 1.0).abs() < 1e-4, "{x} {nu}: {}", total / f64::from(n));
            assert!(total * total / squares > 0.99 * f64::from(n), "{x} {nu}: {}", total * total / squares);
            let variance = nu * nu / (1.0 + nu * nu);
            let (mean, sd) = (x * variance / (nu * nu), variance.sqrt());
            let mut below = 0.0;
            let mut order: Vec<usize> = (0..z.len()).collect();
            order.sort_by(|&a, &b| z[a].total_cmp(&z[b]));
            for i in order {
                below += weight[i] / total;
                let exact = normal_cdf((z[i] - mean) / sd);
                assert!((below - exact).abs() < 2e-3, "{x} {nu}: {below} for {exact} at {}", z[i]);
            }
        }
    }
}
