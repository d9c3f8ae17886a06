//! Phi by table, for columns of it.

use std::sync::LazyLock;

use crate::normal_cdf;

/// Cells a unit.
const CELLS: f64 = 128.0;
/// The table covers arguments of this magnitude; Phi(-8.5) is 1e-17.
const LARGEST: usize = 8;

/// Phi(-t) for t >= 0 as a cubic in the position within each cell, through the exact values and slopes at its ends.
static TABLE: LazyLock<Vec<[f64; 4]>> = LazyLock::new(|| {
    let density = |t: f64| (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0..LARGEST * CELLS as usize)
        .map(|cell| {
            let (low, high) = (cell as f64 / CELLS, (cell + 1) as f64 / CELLS);
            let (a, b) = (normal_cdf(-low), normal_cdf(-high));
            let (da, db) = (-density(low) / CELLS, -density(high) / CELLS);
            [a, da, 3.0 * (b - a) - 2.0 * da - db, 2.0 * (a - b) + da + db]
        })
        .collect()
});

/// Replaces each x by Phi(x): within 2e-11, and in the lower tail within 1e-7 of the value itself.
pub(crate) fn fill(values: &mut [f64]) {
    let table: &[[f64; 4]] = &TABLE;
    for value in values {
        let x = *value;
        let position = x.abs() * CELLS;
        // A cast to an integer saturates, and NaN gives 0.
        let cell = position as usize;
        *value = match table.get(cell) {
            Some(cubic) => {
                let t = position - cell as f64;
                let tail = cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3]));
                if x < 0.0 { tail } else { 1.0 - tail }
            }
            None => normal_cdf(x),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_exact_function() {
        let x: Vec<f64> = (-100_000..=100_000).map(|i| f64::from(i) * 1.2e-4).collect();
        let mut phi = x.clone();
        fill(&mut phi);
        for (x, phi) in x.iter().zip(phi) {
            let exact = normal_cdf(*x);
            assert!((phi - exact).abs() < 2e-11 && (phi / exact - 1.0).abs() < 1e-7, "{x}: {phi} {exact}");
        }
        let mut ends = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN, -0.0];
        fill(&mut ends);
        assert_eq!((ends[0], ends[1], ends[2].is_nan(), ends[3]), (0.0, 1.0, true, 0.5));
    }
}
